"""Reading what stands in a store: a value or an error, and nothing is made that the annotation does not name."""

from __future__ import annotations

import ipaddress
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planweave.engine.store.values import load, revive
from tests.store.classes import Box, Colour, Pair, Permission, Point, User

TAGS = """~tuple ~list ~set ~frozenset ~dict ~deque ~Counter ~OrderedDict ~bytes ~bytearray ~complex ~decimal ~fraction
    ~range ~uuid ~date ~datetime ~time ~timedelta ~PosixPath ~PurePosixPath ~PureWindowsPath ~missing ~object ~member
    ~typed ~array ~scalar ~frame ~series ~index ~timestamp ~duration ~blob ~ ~~""".split()
WRITTEN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        | st.builds(lambda tag, rest: [tag, *rest], st.sampled_from(TAGS), st.lists(inner, max_size=5))
    ),
    max_leaves=15,
)
NAMED = Point | Pair | User | Colour | Permission | ipaddress.IPv4Address | Box[int] | list[Point]


@given(WRITTEN, st.sampled_from([Any, NAMED, list[NAMED]]))
@settings(max_examples=300)
@example(["~object", "Point", {"x": 1}], NAMED)
@example(["~object", "Point", [1]], NAMED)
@example(["~object", ["Point"], {}], NAMED)
@example(["~object", "User", {"name": 1}, {"set": 5}], NAMED)
@example(["~member", "Colour", []], NAMED)
@example(["~dict", [], 1], Any)
@example(["~dict", 1], Any)
@example(["~set", []], Any)
@example(["~deque"], Any)
@example(["~decimal", "1e999999999999999999999"], Any)
@example(["~fraction", 1, 0], Any)
@example(["~bytes", "a"], Any)
@example(["~datetime", "2024-01-01", 0, "../../etc/passwd"], Any)
def test_reading_gives_a_value_or_a_value_error(written: Any, annotation: Any) -> None:
    """Law: whatever stands in a row, nothing else is raised."""
    for read, stored in ((load, json.dumps(written)), (revive, written)):
        with suppress(ValueError):
            read(stored, annotation)


@given(st.text())
@example("")
@example("[" * 100_000)
@example("[" * 150 + "]" * 150)
@example('["~tuple",' * 190 + "1" + "]" * 190)
@example('{"a":' * 5_000)
@example("9" * 5_000)
@example("[NaN]")
@example('"\\ud800"')
@example("\ud800")
@example("\x00")
def test_text_that_is_no_json_is_an_error(text: str) -> None:
    """Law: no text is taken for None or anything else."""
    try:
        load(text, Any)
    except ValueError:
        return
    json.loads(text)


def test_a_planted_class_is_never_made() -> None:
    """Law: the text names no class that the annotation does not name; nothing is imported or called for it."""
    called = []

    @dataclass
    class Planted:
        x: int = 0

        def __post_init__(self) -> None:
            called.append(self)

    name = Planted.__qualname__
    for text in (
        json.dumps(["~object", name, {"x": 1}]),
        json.dumps(["~typed", name, {"x": 1}]),
        '["~object","os.system",{"command":"true"}]',
        '["~typed","subprocess.Popen",["true"]]',
        '["~object","NodeState",{}]',
        '{"py/object":"os.system"}',
        '{"~object":["Point",{"x":1}]}',
    ):
        for annotation in (Any, object, int, Point, list[Planted]):
            try:
                found = load(text, annotation)
            except ValueError:
                continue
            assert type(found) is dict
    assert not called


def test_what_is_not_read_is_never_none() -> None:
    """Law: a form that is not known, or that does not fit the annotation, is an error with its reason."""
    for text, annotation, reason in (
        ('["~nothing",1]', Any, "there is no form '~nothing'"),
        ('["~blob","ab"]', Any, "there is no form '~blob'"),
        ('["~object","Point",{"x":1}]', Any, "the annotation names no class 'Point'"),
        ('["~object","Point",{"x":1}]', User, "the annotation names no class 'Point'"),
        ('["~object","Point",{"y":1}]', Point, "Point had no field 'x' when it was written"),
        ('["~member","Colour","GREEN"]', Colour, "Colour has no member 'GREEN'"),
        ('["~member","Point","x"]', Point, "Point is no class now whose values open with '~member'"),
        ('["~object","Colour",{}]', Colour, "Colour is no class now whose values open with '~object'"),
        ('["~typed","Point",{"x":1}]', Point, "Point is no class now whose values open with '~typed'"),
        ('["~set",1,1]', Any, "holds one item twice"),
        ('["~dict",1,2,1,2]', Any, "holds one key twice"),
        ('["~datetime","2024-01-01T00:00:00",0,"a/../b"]', Any, "is no time zone"),
    ):
        with pytest.raises(ValueError, match=re.escape(reason)):
            load(text, annotation)
