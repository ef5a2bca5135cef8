"""The hash of a value: equal for equal content, different for whatever a task could tell apart, or an error."""

from __future__ import annotations

import copy
import datetime
import decimal
import enum
import fractions
import functools
import ipaddress
import itertools
import pathlib
import re
import threading
import types
import uuid
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import pydantic
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.content.hash import MAX_DEPTH, content_hash
from planweave.engine.content.piece import leaf, tag
from planweave.engine.state import NodeState

T = TypeVar("T")


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Word(enum.StrEnum):
    RED = "red"


class Permission(enum.Flag):
    READ = 1
    WRITE = 2
    SHARE = 4


@dataclass
class Point:
    x: Any
    y: Any = 0


@dataclass
class Place:
    x: Any
    y: Any = 0


@dataclass(frozen=True, slots=True)
class Slotted:
    x: Any


class Deeper(Slotted):
    """Has attributes in a slot, in a slot of its own and in a dictionary."""

    __slots__ = ("__dict__", "depth")


class Named(Point):
    """No dataclass itself."""

    def __init__(self, x: Any, name: str) -> None:
        super().__init__(x)
        self.name = name


@dataclass
class Unset:
    x: int
    y: int = field(init=False)


@dataclass
class Box(Generic[T]):
    x: T


class Model(pydantic.BaseModel):
    x: Any = None
    _seen: Any = pydantic.PrivateAttr(0)

    @classmethod
    def of(cls, value: Any) -> Model:
        return cls.model_construct(x=value)


class Loose(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")


class Link(pydantic.BaseModel):
    url: pydantic.HttpUrl
    at: datetime.datetime


Pair = namedtuple("Pair", ["x", "y"])


class Item(NamedTuple):
    x: Any
    y: Any


class NotedItem(Item):
    note: str


def with_attributes(value: Any, **attributes: Any) -> Any:
    """The value, with attributes that its constructor does not take."""
    for name, held in attributes.items():
        object.__setattr__(value, name, held)
    return value


def moment(zone: datetime.tzinfo | None, fold: int = 0) -> datetime.datetime:
    return datetime.datetime(2024, 10, 27, 2, 30, tzinfo=zone, fold=fold)


TWO_HOURS = datetime.timedelta(hours=2)


def different() -> list[Any]:
    """Values of which no two are the same, made anew."""
    return [
        *(None, "None", Ellipsis, True, 1, 1.0, 1 + 0j, "1", b"1", bytearray(b"1"), decimal.Decimal(1)),
        *(2**70, 2**70 + 1, 10**5000, 1 + 2j, decimal.Decimal("1.0"), fractions.Fraction(1, 3), fractions.Fraction(1)),
        *(0.0, -0.0, float("nan"), float("inf")),
        *("", b"", "\ud800", "\ud801", b"\xff\xfe", range(3), range(4), slice(3), slice(0, 3)),
        *([], (), {}, set(), frozenset(), deque(), Counter(), OrderedDict(), defaultdict()),
        *([1], (1,), [[1]], [1, 2], [2, 1], [True], [(1,)], ["1", "2"], ["1, 2"], ["12"], [[], []], [[[]]]),
        *({1: "x"}, {"1": "x"}, {True: "x"}, {"1": ["x"]}, {"x": 1}, {1: 2, 3: 4}, {3: 4, 1: 2}, {1: 2, 3: 5}),
        *({1}, {"1"}, {(1, 2)}, {1, 2}, frozenset({1, 2}), {frozenset({1}), frozenset({2})}, {frozenset({1, 2})}),
        *(deque([1]), deque([True]), deque([(1,)]), deque([[1]]), deque([1], maxlen=1), deque([1], maxlen=2)),
        *(OrderedDict({"1": "x"}), with_attributes(OrderedDict({"1": "x"}), note=1), Counter({"1": 1})),
        *(defaultdict(int, {1: 2}), defaultdict[int, Any](list, {1: 2}), defaultdict(None, {1: 2})),
        *(Pair(1, 2), Item(1, 2), Item(1, (2,)), (1, 2), NotedItem(1, 2), with_attributes(NotedItem(1, 2), note="x")),
        *(Point(1), Place(1), Point((1,)), Point([1]), Point(True), Point({1: 2}), Point({"1": 2}), Point(1, Point(2))),
        *(with_attributes(Point(1), note=1), with_attributes(Point(1), note=2), Named(1, "a"), Named(1, "b")),
        *(Slotted(1), Slotted("1"), Deeper(1)),
        *(with_attributes(Deeper(1), depth=1), with_attributes(Deeper(1), other=1)),
        *(Unset(1), with_attributes(Unset(1), y=0), Box(1), Box[int](1), Box[Any](1), Box[list[int]]([1]), Box([1])),
        *(Model(), Model(x=None), Model(x=1), Model(x="1"), Model(x=(1,)), Model(x=[1])),
        *(with_attributes(Model(x=1), _seen=1), with_attributes(Model(x=1), _seen=2)),
        *(Loose.model_validate({"x": 1}), Loose.model_validate({"y": 1}), Loose()),
        *(pydantic.SecretStr("alice"), pydantic.SecretStr("bob")),
        *(pydantic.SecretBytes(b"alice"), pydantic.SecretBytes(b"bob")),
        *(pydantic.Secret[int](1), pydantic.Secret[int](2), pydantic.Secret[str]("1")),
        Link.model_validate({"url": "http://a.org/", "at": "2024-01-01T00:00:00Z"}),
        Link.model_validate({"url": "http://b.org/", "at": "2024-01-01T00:00:00Z"}),
        Link.model_validate({"url": "http://a.org/", "at": "2024-01-01T01:00:00+01:00"}),
        *(Colour.RED, Colour.BLUE, Word.RED, "red", "RED", NodeState.FAILED, pw.Missing(NodeState.FAILED, "x")),
        *(Permission(0), Permission.READ, Permission.READ | Permission.WRITE, Permission.READ | Permission.SHARE),
        *(pathlib.Path("1"), pathlib.PurePosixPath("1"), pathlib.PureWindowsPath("1")),
        *(uuid.UUID(int=1), uuid.UUID(int=2)),
        *(ipaddress.ip_address("127.0.0.1"), ipaddress.ip_network("127.0.0.1"), ipaddress.ip_address("::1")),
        *(datetime.date(2024, 10, 27), moment(None).replace(hour=0, minute=0), "2024-10-27"),
        *(datetime.timedelta(seconds=1), datetime.timedelta(microseconds=1)),
        *(ZoneInfo("UTC"), datetime.UTC, datetime.timezone(TWO_HOURS), datetime.timezone(TWO_HOURS, "CEST")),
        *(moment(None), moment(None, fold=1)),
        *(moment(ZoneInfo("Europe/Berlin")), moment(ZoneInfo("Europe/Berlin"), fold=1)),
        *(moment(datetime.timezone(TWO_HOURS)), moment(datetime.timezone(TWO_HOURS, "CEST")), moment(datetime.UTC)),
        *(datetime.time(1), datetime.time(1, fold=1), datetime.time(1, tzinfo=datetime.UTC)),
        *(re.compile("a"), re.compile("a", re.IGNORECASE), re.compile(b"a"), re.compile("b")),
    ]


def test_values_that_differ_have_different_hashes() -> None:
    """Law: whatever differs in type or content, at any depth, has another hash."""
    hashes: dict[str, Any] = {}
    for value in different():
        found = content_hash(value)
        assert found not in hashes, f"{value!r} and {hashes[found]!r}"
        hashes[found] = value


def test_values_that_are_equal_have_one_hash() -> None:
    """Law: the same content made anew has the same hash."""
    for one, other in zip(different(), different(), strict=True):
        assert content_hash(one) == content_hash(other), repr(one)


NUMBERS = st.booleans() | st.integers() | st.floats(allow_nan=False)
LEAVES = st.none() | NUMBERS | st.text(max_size=3) | st.binary(max_size=3)
KEYS = LEAVES | st.tuples(LEAVES) | st.tuples(LEAVES, LEAVES) | st.frozensets(LEAVES, max_size=2)


def holders(inner: Any) -> Any:
    """What may hold values."""
    some = st.lists(inner, max_size=3)
    mapping = st.dictionaries(KEYS, inner, max_size=3)
    return some | some.map(tuple) | some.map(deque) | mapping | st.builds(Point, inner, inner)


NESTED = st.recursive(KEYS, holders, max_leaves=10)


def told(value: Any) -> str:
    """The value as a text that tells types apart, and does not depend on the order of sets."""
    if isinstance(value, frozenset):
        return f"frozenset({sorted(map(told, value))})"
    if isinstance(value, dict):
        return f"dict({[(told(key), told(held)) for key, held in value.items()]})"
    if isinstance(value, list | tuple | deque):
        return f"{type(value).__name__}({[told(held) for held in value]})"
    return f"Point({told(value.x)}, {told(value.y)})" if isinstance(value, Point) else repr(value)


@given(NESTED, NESTED)
def test_two_values_share_a_hash_exactly_if_they_share_their_content(one: Any, other: Any) -> None:
    """Law: nothing at any depth is mixed up: not types, not where one part ends and the next begins."""
    assert (content_hash(one) == content_hash(other)) == (told(one) == told(other))


@given(st.sets(st.text() | st.integers()))
@example({0, 8})
def test_a_set_has_no_order(members: set[Any]) -> None:
    """Law: equal sets have one hash, whatever the order in which they give their members."""
    backwards = set(dict.fromkeys(reversed([*members])))
    assert content_hash(members) == content_hash(backwards)


def test_parts_cannot_be_shifted_from_one_place_to_another() -> None:
    """Law: an object with a part here is not one with that part there."""

    class Left(Slotted):
        __slots__ = ("a", "b")

    shifted = [with_attributes(Left(1), a=2), with_attributes(Left(1), b=2), with_attributes(Left(1), a=2, b=2)]
    assert len({content_hash(value) for value in (Left(1), *shifted)}) == 4


def test_a_text_cannot_pass_for_several() -> None:
    """Law: a value that spells out how others are written down is still one value."""
    forged = "a" + leaf(tag("builtins.str"), b"b").decode()
    assert len({content_hash(value) for value in (["a", "b"], [forged], ["a12:builtins.strb"], ["a", "b", ""])}) == 4


def test_classes_of_one_name_are_different() -> None:
    """Law: a class made in a function counts by itself, since it may mean something else than its namesake."""

    def make(sign: int) -> type:
        @dataclass
        class Signed:
            x: int

            def value(self) -> int:
                return sign * self.x

        return Signed

    plus, minus = make(1), make(-1)
    assert content_hash(plus(1)) == content_hash(plus(1)) != content_hash(minus(1))
    for name in ("__module__", "__qualname__"):
        setattr(plus, name, getattr(Point, name))
    assert content_hash(plus(1)) != content_hash(with_attributes(object.__new__(Point), x=1))


def test_a_value_that_stands_in_many_places_is_looked_at_once() -> None:
    """Law: sixty levels of pairs, each of which holds one object twice, are sixty objects and not 2 ** 60."""
    value: Any = [1]
    for _ in range(60):
        value = [value, value]
    assert content_hash(value) == content_hash(copy.deepcopy(value))


# ---------------------------------------------------------------------- what is refused


class Loud(str):
    """A text with more to it."""

    __slots__ = ()


class Rows(list[int]):
    name: str


class Number(int): ...


class Plain:
    x = 1


@dataclass
class Listed(list[int]):
    """A dataclass that holds more than its fields."""

    x: int = 0


class Zone(datetime.tzinfo):
    def utcoffset(self, dt: datetime.datetime | None) -> datetime.timedelta:
        return TWO_HOURS

    dst = utcoffset

    def tzname(self, dt: datetime.datetime | None) -> str:
        return "CEST"


class Hostile(type):
    """Classes of it cannot be looked at."""

    def __hash__(cls) -> int:
        raise RuntimeError("do not look")


class Watched(metaclass=Hostile): ...


def hidden() -> Any:
    """An object whose class tells nothing about itself."""

    class Silent(type):
        def __getattribute__(cls, name: str) -> Any:
            raise RuntimeError("no")

    class Hidden(metaclass=Silent): ...

    return Hidden()


def nested(depth: int, wrap: Callable[[Any], Any] = lambda value: [value]) -> Any:
    """An empty list in this many others."""
    return functools.reduce(lambda value, _: wrap(value), range(depth), [])


def endless(value: Any) -> Any:
    """A value that holds itself."""
    value.append(value)
    return value


REFUSED: dict[str, tuple[Any, str, str | None]] = {
    "object": (object(), "an object has no content to compare", None),
    "plain": (Plain(), f"a {__name__}.Plain has no content to compare", None),
    "class": (int, "a type has no content", None),
    "function": (len, "a builtin_function_or_method has no content", None),
    "lambda": (lambda: 1, "a function has no content", None),
    "lock": (threading.Lock(), "a _thread.lock has no content", None),
    "namespace": (types.SimpleNamespace(a=1), "a types.SimpleNamespace has no content", None),
    "view": (memoryview(b"a"), "a memoryview has no content", None),
    "str": (Loud("x"), f"a {__name__}.Loud may hold more than the str that it is", "pass str(...) of it"),
    "list": (Rows([1]), "may hold more than the list that it is", "pass list(...) of it"),
    "int": (Number(1), "may hold more than the int that it is", "pass int(...) of it"),
    "dataclass": (Listed(), f"a {__name__}.Listed holds more than its attributes show", None),
    "factory": (defaultdict(lambda: 1), "has a factory that is no class", "pass a dict"),
    "zone": (moment(Zone()), f"a {__name__}.Zone is a time zone that cannot be", "use zoneinfo.ZoneInfo"),
    "hostile": (Watched(), f"a {__name__}.Watched cannot be looked at: RuntimeError: do not look", None),
    "hidden": (hidden(), "an object cannot be looked at: RuntimeError: no", None),
    "deep": (nested(MAX_DEPTH), f"a list stands {MAX_DEPTH} deep in it, or holds itself", "pass something flatter"),
    "deeper": (nested(50_000), "a list stands 100 deep", "pass something flatter"),
    "endless": (endless([]), "a list stands 100 deep in it, or holds itself", "pass something flatter"),
    "endless deque": (endless(deque()), "a collections.deque stands 100 deep", "pass something flatter"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_seen_through_is_refused(name: str) -> None:
    """Law: it is an error that says of which type the value is, and what to do; at any depth."""
    value, what, mend = REFUSED[name]
    for holder in (value, [value], {"x": (1, value)}, Point(1, value), Model.of(value)):
        with pytest.raises(pw.ValueRefused) as caught:
            content_hash(holder)
        assert what in caught.value.what
        assert mend is None or mend in str(caught.value.mend)


def test_an_iterator_is_refused_and_not_read() -> None:
    """Law: looking at a value leaves it as it was."""
    for value in (iter([1]), (x for x in [1]), itertools.chain([1]), map(int, "1")):
        with pytest.raises(pw.ValueRefused):
            content_hash(value)
        assert list(value) == [1]


def test_values_may_nest_up_to_the_limit() -> None:
    """Law: one level less than the limit is fine, whatever the containers."""
    wraps: list[Callable[[Any], Any]] = [lambda value: [value], lambda value: {"x": value}, Point, Slotted, Model.of]
    for wrap in wraps:
        assert content_hash(nested(MAX_DEPTH - 1, wrap))
        with pytest.raises(pw.ValueRefused, match=f"stands {MAX_DEPTH} deep"):
            content_hash(nested(MAX_DEPTH, wrap))


def test_no_method_of_an_object_is_called() -> None:
    """Law: an object counts by what it holds: its own ways to print, compare, hash and read itself are not used."""

    @dataclass
    class Touchy:
        x: int

        def touched(self, *args: Any) -> Any:
            raise AssertionError("called")

    for name in ("__repr__", "__eq__", "__hash__", "__getattribute__", "__getattr__", "__reduce_ex__", "__bool__"):
        setattr(Touchy, name, Touchy.touched)
    one, other = object.__new__(Touchy), object.__new__(Touchy)
    object.__setattr__(one, "x", 1)
    object.__setattr__(other, "x", 2)
    assert content_hash(one) != content_hash(other)


# ---------------------------------------------------------------------- arrays and tables


def test_arrays_count_by_type_shape_and_items() -> None:
    """Law: two arrays share a hash if they share type, shape and items; how they lie in memory does not matter."""
    numpy = pytest.importorskip("numpy")
    array, zeros = numpy.array, numpy.zeros
    values = [
        *(array([1, 2]), array([1, 3]), array([1.0, 2.0]), array([[1, 2]]), array([[1], [2]]), array(1)),
        *(array([1, 2], dtype=">i8"), array([1, 2], dtype="i4"), zeros(2), -zeros(2), array(["a"]), array([b"a"])),
        *(array([1, "1"], dtype=object), array(["1", 1], dtype=object), array([[1]], dtype=object), array([None])),
        *(array([1], dtype="M8[s]"), array([1], dtype="M8[ms]"), array([1], dtype="m8[s]"), zeros(1, dtype="i4,f4")),
        *(zeros(1, dtype=[("a", "i4"), ("b", "f4")]), numpy.float64(1), numpy.int64(1), numpy.int32(1)),
        *(numpy.str_("a"), numpy.bytes_(b"a"), numpy.bool_(True), numpy.datetime64(1, "s"), [1, 2], 1.0),
    ]
    assert len({content_hash(value) for value in values}) == len(values)
    grid = numpy.arange(6).reshape(2, 3)
    assert content_hash(grid) == content_hash(grid.T.copy().T) == content_hash(numpy.repeat(grid, 2, 1)[:, ::2])
    odd = [zeros(1, dtype=[("a", object)]), zeros(1).view(numpy.recarray), numpy.ma.array([1]), numpy.dtype("i4")]
    for value in [*odd, array([len])]:
        with pytest.raises(pw.ValueRefused):
            content_hash(value)


def test_tables_count_by_labels_types_and_values() -> None:
    """Law: two tables share a hash if they share index, columns, types, values and notes."""
    pandas = pytest.importorskip("pandas")
    frame, series = pandas.DataFrame, pandas.Series
    zoned = pandas.date_range("2026-01-01", periods=2, tz="Europe/Berlin")
    noted = frame({"a": [1, 2]})
    noted.attrs["note"] = 1
    values = [
        *(frame({"a": [1, 2]}), frame({"a": [1, 3]}), frame({"b": [1, 2]}), frame({"a": [1.0, 2.0]}), noted),
        *(frame({"a": [1, 2]}, index=[0, 2]), frame({"a": [1, 2]}, index=pandas.Index([0, 1])), frame([[1, 2]])),
        *(frame({"a": ["1", "2"]}), frame({"a": ["1", None]}), frame({"a": ["1", ""]}), frame({"a": [1, "2"]})),
        *(frame({"a": [1, 2], "b": [3, 4]}), frame({"b": [3, 4], "a": [1, 2]}), frame({"a": zoned}), frame()),
        *(frame({"a": zoned.tz_convert("UTC")}), frame({"a": zoned.tz_localize(None)}), frame(index=zoned)),
        *(frame({"a": pandas.Categorical(["x", "y"])}), frame({"a": pandas.Categorical(["x", "y"], ordered=True)})),
        *(
            frame({"a": pandas.Categorical(["x", "y"], categories=["y", "x"])}),
            series([1, 2]),
            series([1, 2], name="a"),
        ),
        *(series(["a"], dtype=object), series(["a"], dtype="string"), pandas.Index([1]), pandas.Index([1], name="a")),
        *(frame([[1, 2]], columns=["a", "a"]), frame([[2, 1]], columns=["a", "a"])),
        *(frame({"a": zoned.tz_convert(datetime.timezone(hours * TWO_HOURS, "here"))}) for hours in (1, 2)),
    ]
    assert len({content_hash(value) for value in values}) == len(values)
    assert all(content_hash(value.copy()) == content_hash(value) for value in values)
    odd = [
        series([1, None], dtype="Int64"),
        frame({"a": [1]}, index=pandas.MultiIndex.from_tuples([(1, 2)])),
        pandas.NA,
    ]
    for value in [*odd, pandas.Timestamp(0), frame({"a": [len]})]:
        with pytest.raises(pw.ValueRefused):
            content_hash(value)
