"""Values of nodes as JSON text: what comes back is equal and of the same types, or it was refused with a reason."""

from __future__ import annotations

import datetime
import decimal
import fractions
import json
import pathlib
import uuid
from collections import Counter, OrderedDict, deque
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import example, given

import planweave as pw
from planweave.engine.store.values import dump, load
from tests.store.classes import PLAIN, VALUES, Row, assert_same, there_and_back


@given(PLAIN | VALUES)
@example(["~tuple", 1])
@example({"~tuple": [1]})
@example([["~list"], ("~list",)])
@example([True, 1, 1.0, -0.0])
@example("\x00\x7f\u2028\U0001f600")
@example(10**4300 - 1)
@example([1.7976931348623157e308, 5e-324, 1e16, 0.1])
def test_what_is_written_comes_back_the_same(value: Any) -> None:
    """Law: equal, and of the same types at every depth."""
    assert_same(there_and_back(value), value)


@given(PLAIN)
def test_plain_data_are_written_as_themselves(value: Any) -> None:
    """Law: whoever reads the text as JSON finds the data, unless a list opens like a form."""
    if "~" not in repr(value):
        assert_same(json.loads(dump(value, Any)), value)


def test_the_forms_stay_as_they_are() -> None:
    """Law: what older versions wrote can be read; this holds the forms still."""
    written = {
        '["~tuple",1,["~tuple"]]': (1, ()),
        '["~list","~tuple",1]': ["~tuple", 1],
        '["~dict",1,"a",["~tuple"],"b"]': {1: "a", (): "b"},
        '["~set",1,2]': {2, 1},
        '["~frozenset"]': frozenset(),
        '["~deque",3,1,2]': deque([1, 2], 3),
        '["~OrderedDict","a",1]': OrderedDict(a=1),
        '["~Counter","a",2]': Counter("aa"),
        '["~bytes","/w=="]': b"\xff",
        '["~bytearray","YQ=="]': bytearray(b"a"),
        '["~complex",1.0,-0.0]': complex(1, -0.0),
        '["~decimal","1.10"]': decimal.Decimal("1.10"),
        '["~fraction",1,3]': fractions.Fraction(1, 3),
        '["~range",0,9,2]': range(0, 9, 2),
        '["~uuid","00000000-0000-0000-0000-000000000001"]': uuid.UUID(int=1),
        '["~date","2024-10-27"]': datetime.date(2024, 10, 27),
        '["~time","02:30:00"]': datetime.time(2, 30),
        '["~datetime","2024-10-27T02:30:00"]': datetime.datetime(2024, 10, 27, 2, 30),  # noqa: DTZ001
        '["~datetime","2024-10-27T02:30:00",1,"Europe/Berlin"]': datetime.datetime(
            2024, 10, 27, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")
        ),
        '["~datetime","2024-10-27T02:30:00",0,["offset",3600.0,"CET"]]': datetime.datetime(
            2024, 10, 27, 2, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=1), "CET")
        ),
        '["~timedelta",-1,86399,5]': datetime.timedelta(seconds=-1, microseconds=5),
        '["~PosixPath","a/b"]': pathlib.PosixPath("a/b"),
        '["~PurePosixPath","a"]': pathlib.PurePosixPath("a"),
        '["~PureWindowsPath","a"]': pathlib.PureWindowsPath("a"),
        '["~missing","failed","load"]': pw.Missing(pw.NodeState.FAILED, "load"),
    }
    for text, value in written.items():
        assert dump(value, Any) == text
        assert_same(load(text, Any), value)


def test_a_dict_of_a_typed_dict_without_classes_needs_no_annotation() -> None:
    """Law: plain data are plain data, whatever the annotation says that they are."""
    for annotation in (Any, int, Row, "unresolved", None):
        assert dump({"a": 1}, annotation) == '{"a":1}'
        assert load('{"a":1}', annotation) == {"a": 1}


def test_a_value_that_stands_in_many_places_is_written_in_each() -> None:
    """Law: equal parts may be one object or several: what comes back is equal."""
    part: Any = [(1,)]
    assert there_and_back([part, {"a": part}, part]) == [part, {"a": part}, part]


def test_a_set_has_no_order() -> None:
    """Law: equal sets are written alike, whatever the order in which they give their members."""
    one, other = {0, 8}, {8, 0}
    assert [*one] != [*other]
    assert dump(one, Any) == dump(other, Any) == '["~set",0,8]'
    assert dump({8: frozenset(other)}, Any) == '["~dict",8,["~frozenset",0,8]]'
