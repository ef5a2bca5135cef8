"""Arrays of numpy and tables of pandas as JSON text and back."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planweave.engine.content.hash import content_hash
from planweave.engine.store.values import dump, load
from tests.store.classes import VALUES, there_and_back

REASONS = (
    "are no array of|never read|not what a value is written as|no kind of column|labels|no index|no time zone|parsing"
)


def arrays() -> list[Any]:
    numpy = pytest.importorskip("numpy")
    array, zeros = numpy.array, numpy.zeros
    return [
        *(array([1, 2]), array([[1, 2], [3, 4]]), array(1), zeros(0), zeros((3, 0, 2)), array([[1, 2]]).T),
        *(numpy.arange(24).reshape(2, 3, 4)[:, ::2], array([numpy.nan, -0.0, numpy.inf]), array([True, False])),
        *(array([1, 2], dtype=">i8"), array([1], dtype="f2"), array([1j]), array(["a", "äöü"]), array([b"a\0b"])),
        *(array(["2024-01-01", "NaT"], dtype="M8[s]"), array([1], dtype="m8[25us]"), zeros(2, dtype="V3")),
        *(zeros(2, dtype="i4,f4"), zeros(1, dtype=[("a", "i4"), ("b", "f8", (2, 3)), ("c", [("d", "u1")])])),
        *(array(["", ""]), zeros(1, dtype=numpy.dtype({"names": ["a"], "formats": ["i4"], "offsets": [4]}))),
    ]


def test_arrays_come_back_the_same() -> None:
    """Law: type, shape and items; and they can be written to, as new ones can."""
    for value in arrays():
        back = there_and_back(value)
        assert type(back) is type(value)
        assert content_hash(back) == content_hash(value), repr(value)
        assert back.flags.writeable


def test_scalars_come_back_the_same() -> None:
    """Law: a scalar of numpy is no number of Python, and stays what it is."""
    numpy = pytest.importorskip("numpy")
    for value in (
        *(numpy.float64(1.5), numpy.float32(0.1), numpy.float16(1), numpy.int8(-1), numpy.uint64(2**64 - 1)),
        *(numpy.bool_(True), numpy.complex64(1j), numpy.str_("a\0"), numpy.str_(""), numpy.bytes_(b"a\0")),
        *(numpy.datetime64(1, "s"), numpy.datetime64("NaT", "s"), numpy.timedelta64(5, "ms"), numpy.void(b"ab")),
    ):
        back = there_and_back(value)
        assert type(back) is type(value)
        assert content_hash(back) == content_hash(value), repr(value)


@given(st.lists(st.floats(width=32) | st.integers(-5, 5), max_size=6), st.sampled_from(["f4", ">f8", "c8", "U8"]))
def test_any_array_comes_back_the_same(items: list[Any], dtype: str) -> None:
    """Law: also one of nothing, of nan and of texts."""
    numpy = pytest.importorskip("numpy")
    value = numpy.array(items, dtype=dtype)
    assert content_hash(there_and_back(value)) == content_hash(value)


@given(VALUES, st.data())
def test_arrays_stand_among_all_other_values(value: Any, data: Any) -> None:
    """Law: wherever a value may stand, an array may, too."""
    numpy = pytest.importorskip("numpy")
    array = data.draw(st.sampled_from([numpy.arange(3), numpy.array([["a"]]), numpy.float32(1.5), numpy.zeros(0)]))
    wraps: list[Any] = [lambda one: [array, one], lambda one: (one, array), lambda one: {"a": one, 1: [array]}]
    for _ in range(3):
        value = data.draw(st.sampled_from(wraps))(value)
    assert content_hash(there_and_back(value)) == content_hash(value)


@dataclass
class Measured:
    name: str
    values: Any
    rows: list[Any]


def test_arrays_stand_in_other_values() -> None:
    """Law: at any depth, also in objects."""
    numpy = pytest.importorskip("numpy")
    value = Measured("a", numpy.arange(3), [{"x": (numpy.int64(1), numpy.ones(2))}])
    assert content_hash(load(dump(value, Measured), Measured)) == content_hash(value)


def test_arrays_that_could_not_be_read_back_are_refused() -> None:
    """Law: objects of Python never are, nor what an array does not show."""
    numpy = pytest.importorskip("numpy")
    for value, reason in (
        (numpy.array([1, "a"], dtype=object), "holds objects of Python"),
        (numpy.zeros(1, dtype=[("a", object)]), "holds objects of Python"),
        (numpy.zeros(1, dtype=numpy.dtype("i4", metadata={"a": 1})), "holds notes to its type"),
        (numpy.zeros(1, dtype=numpy.dtype([("a", "i1"), ("b", "f8")], align=True)), "would come back as one of"),
        (numpy.zeros(1).view(numpy.recarray), "has no form"),
        (numpy.ma.array([1]), "has no form"),
        (numpy.dtype("i4"), "has no form"),
        (numpy.float64("nan"), "nan is no finite number"),
        (numpy.complex64(complex(0, numpy.inf)), "is no finite number"),
    ):
        with pytest.raises(ValueError, match=reason):
            dump([value], Any)


def test_arrays_that_do_not_fit_are_not_read() -> None:
    """Law: neither objects, nor more items than bytes, nor the other way round."""
    pytest.importorskip("numpy")
    for written in (
        ["~array", "O", [1], "AAAAAAAAAAA="],
        ["~array", "|O", [1], "AAAAAAAAAAA="],
        ["~array", [["a", "O"]], [1], "AAAAAAAAAAA="],
        ["~array", "<i8", [2], "AAAAAAAAAAA="],
        ["~array", "<i8", [-1], "AAAAAAAAAAA="],
        ["~array", "<i8", [10**12], ""],
        ["~array", "<i8", 1, "AAAAAAAAAAA="],
        ["~array", "no type", [1], ""],
        ["~array", "<i8", [True], "AAAAAAAAAAA="],
        ["~scalar", "<i8", ""],
        ["~scalar", "O", "AAAAAAAAAAA="],
    ):
        with pytest.raises(ValueError, match=REASONS):
            load(json.dumps(written), Any)


# ---------------------------------------------------------------------- pandas


def tables() -> list[Any]:
    pandas = pytest.importorskip("pandas")
    frame, series, index = pandas.DataFrame, pandas.Series, pandas.Index
    zoned = pandas.date_range("2026-01-01", periods=2, tz="Europe/Berlin")
    noted = frame({"a": [1, 2]})
    noted.attrs["note"] = (1, b"x")
    pairs = pandas.MultiIndex.from_product([["a", "b"], [1, 2]], names=["x", None])
    return [
        *(frame({"a": [1, 2], "b": [1.5, None]}), frame({"a": [1, 2]}, index=[0, 2]), frame([[1, 2]]), frame(), noted),
        *(frame({"a": ["1", None, "x"]}), frame({"a": ["1", 2, float("nan"), pandas.NA, pandas.NaT, None, (1,)]})),
        *(frame({"a": zoned}), frame({"a": zoned.tz_convert("UTC")}), frame({"a": zoned.tz_localize(None)})),
        *(frame({"a": pandas.Categorical(["x", "y", None])}), frame(index=zoned), frame(columns=["a", "b"])),
        *(frame({"a": pandas.Categorical(["x"], categories=["y", "x"], ordered=True)}), frame({"a": [True, False]})),
        *(frame([[1, 2]], columns=["a", "a"]), frame({1: [1], (2, "x"): [2]}), frame({"a": [1]}, index=["r"])),
        *(frame({"a": range(4)}, index=pairs), frame([[1, 2, 3, 4]], columns=pairs)),
        *(series([1, 2]), series([1, 2], name=("a", 1)), series([], dtype="f4"), series(["a"], dtype=object)),
        *(series(["a", None], dtype="string"), series(["a", None], dtype=pandas.StringDtype("python"))),
        *(series([1, None], dtype="Int64"), series([1, 2], dtype="UInt8"), series([1.5, None], dtype="Float32")),
        *(series([True, None], dtype="boolean"), series([datetime.timedelta(1), None]), series(zoned, index=zoned)),
        *(index([1, 2]), index(["a", "b"], name="n"), pandas.RangeIndex(1, 9, 3, name="r"), zoned, pairs),
        *(
            index([1.5]),
            index(["a", None], dtype=object),
            zoned[::-1],
            pandas.to_timedelta([1, 2], unit="s"),
            zoned[:0],
        ),
        pandas.CategoricalIndex(["a", "b"], ordered=True, name="c"),
        series([1], index=index(["a"])).set_flags(allows_duplicate_labels=False),
    ]


def assert_equal(one: Any, other: Any) -> None:
    testing = pytest.importorskip("pandas").testing
    assert type(one) is type(other)
    kind = {"DataFrame": "frame", "Series": "series"}.get(type(one).__name__, "index")
    exact = {"check_exact": True, **({"check_freq": True, "check_flags": True} if kind != "index" else {})}
    getattr(testing, f"assert_{kind}_equal")(one, other, **exact)
    if kind == "index":
        assert getattr(one, "freqstr", None) == getattr(other, "freqstr", None)
    else:
        assert one.attrs == other.attrs
        assert type(one.index) is type(other.index)


def test_tables_come_back_the_same() -> None:
    """Law: labels, types, values, and which kind of nothing stands where."""
    for value in tables():
        assert_equal(there_and_back(value), value)
        assert dump(there_and_back(value), Any) == dump(value, Any)


def test_what_stands_for_nothing_comes_back_as_itself() -> None:
    """Law: None, nan, NA and NaT are four things in a column of objects."""
    pandas = pytest.importorskip("pandas")
    items = [None, float("nan"), pandas.NA, pandas.NaT, "x"]
    back = there_and_back(pandas.Series(items, dtype=object)).tolist()
    assert [repr(item) for item in back] == [repr(item) for item in items]


def test_moments_of_pandas_come_back_the_same() -> None:
    """Law: with their unit and their zone."""
    pandas = pytest.importorskip("pandas")
    for value in (
        pandas.Timestamp("2026-01-01 01:02:03.123456789"),
        pandas.Timestamp("2026-10-25 00:30", tz="UTC").tz_convert("Europe/Berlin"),
        pandas.Timestamp("2026-10-25 01:30", tz="UTC").tz_convert("Europe/Berlin"),
        pandas.Timestamp("2026-01-01").as_unit("s"),
        pandas.Timedelta(5, "s"),
        pandas.Timedelta("1 days 00:00:00.000000001"),
    ):
        back = there_and_back([value])[0]
        assert type(back) is type(value)
        assert (back, back.unit, str(back)) == (value, value.unit, str(value))


def test_tables_that_could_not_be_read_back_are_refused() -> None:
    """Law: what has no form is named, with what to do."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame
    for value, reason in (
        (frame({"a": [len]}), "cannot be kept"),
        (pandas.Series([1, 2], dtype=pandas.SparseDtype("i8")), "convert it"),
        (pandas.Series(pandas.period_range("2026", periods=2, freq="D")), "convert it"),
        (frame({"a": [1]}, index=pandas.interval_range(0, 1)), "use reset_index"),
        (pandas.NA, "has no form"),
        (pandas.NaT, "has no form"),
    ):
        with pytest.raises(ValueError, match=reason):
            dump(value, Any)


def test_parts_that_are_no_table_are_not_read() -> None:
    """Law: a table of other parts is an error."""
    pytest.importorskip("pandas")
    unfit: list[list[Any]] = [
        ["~frame"],
        ["~frame", 1, 2, 3, 4],
        ["~series", ["~tuple", "range", 0, 2, 1, None], None, ["~tuple", "objects", [1], {}], {}],
        ["~series", ["~tuple", "range", 0, 1, 1, None], None, ["~tuple", "masked", "object", [1], [True]], {}],
        ["~index", ["~tuple", "other"]],
        ["~timestamp", "x", "s", None],
        ["~timestamp", 1, "s", "no zone/.."],
    ]
    for written in unfit:
        with pytest.raises(ValueError, match=REASONS):
            load(json.dumps(written), Any)
