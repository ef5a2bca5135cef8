"""Classes of which values are stored, and values of all kinds."""

from __future__ import annotations

import datetime
import enum
import pathlib
import threading
from collections import Counter, OrderedDict, deque, namedtuple
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, NamedTuple, NewType, NotRequired, TypedDict, TypeVar
from zoneinfo import ZoneInfo

import pydantic
from hypothesis import strategies as st

from planweave.engine.content.hash import content_hash
from planweave.engine.store.values import dump, load

T = TypeVar("T")


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Word(enum.StrEnum):
    RED = "red"


class Permission(enum.Flag):
    READ = 1
    WRITE = 2


@dataclass
class Point:
    x: float
    y: float = 0


@dataclass(frozen=True, slots=True)
class Page:
    url: str
    body: bytes
    links: tuple[Page, ...] = ()


@dataclass
class Touched:
    """Its constructor would change what is given."""

    total: int
    doubled: int = field(init=False)

    def __post_init__(self) -> None:
        self.total += 1
        self.doubled = 2 * self.total
        self.note = "of __post_init__"

    @cached_property
    def slow(self) -> threading.Lock:
        return threading.Lock()


@dataclass
class Box(Generic[T]):
    held: T


class IntBox(Box[Point]): ...


class Pair(NamedTuple):
    left: Point
    right: Point | None = None


Plain = namedtuple("Plain", ["x"])


class Row(TypedDict):
    at: Point
    note: NotRequired[Colour]


class User(pydantic.BaseModel):
    name: str
    age: int = 0
    at: Point | None = None
    tags: set[str] = pydantic.Field(default_factory=set)
    link: pydantic.HttpUrl | None = None
    _seen: int = pydantic.PrivateAttr(0)


class Loose(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow", frozen=True)


class Names(pydantic.RootModel[list[str]]): ...


class Aliased(pydantic.BaseModel):
    name: str = pydantic.Field(validation_alias="in", serialization_alias="out")


class Holding(pydantic.BaseModel, Generic[T]):
    held: T


class Own:
    """Tells pydantic how it is written and read."""

    def __init__(self, x: int) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own) and other.x == self.x

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            lambda x: x if isinstance(x, Own) else Own(x),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda own: own.x),
        )


UserId = NewType("UserId", int)


class Unknown:
    x = 1


def seen(user: User) -> User:
    user._seen = 3
    return user


def there_and_back(value: Any, annotation: Any = Any) -> Any:
    text = dump(value, annotation)
    return load(text, annotation)


def assert_same(one: Any, other: Any) -> None:
    """Equal in content and type at every depth."""
    assert type(one) is type(other)
    assert content_hash(one) == content_hash(other)


NUMBERS = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(max_size=5) | st.sampled_from(["~", "~tuple", "~list", "~object", "~blob", "NaN", "Infinity"])
PLAIN_LEAVES = st.none() | NUMBERS | TEXT
ZONES = st.sampled_from([None, datetime.UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")]) | st.builds(
    datetime.timezone, st.timedeltas(datetime.timedelta(hours=-23), datetime.timedelta(hours=23)), st.just("here")
)
LEAVES = (
    PLAIN_LEAVES
    | st.binary(max_size=5)
    | st.complex_numbers(allow_nan=False, allow_infinity=False)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.fractions()
    | st.uuids()
    | st.dates()
    | st.datetimes(timezones=ZONES)
    | st.builds(lambda shown, fold: shown.replace(fold=fold), st.times(timezones=ZONES), st.integers(0, 1))
    | st.timedeltas()
    | st.sampled_from([pathlib.Path("a/b"), pathlib.PurePosixPath(), pathlib.PureWindowsPath("C:/x"), range(1, 9, 3)])
)
KEYS = LEAVES | st.tuples(LEAVES) | st.tuples(LEAVES, LEAVES) | st.frozensets(LEAVES, max_size=2)


def plain_holders(inner: Any) -> Any:
    return st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4)


def holders(inner: Any) -> Any:
    some = st.lists(inner, max_size=3)
    return (
        plain_holders(inner)
        | some.map(tuple)
        | st.builds(deque, some, st.none() | st.integers(0, 3))
        | st.sets(KEYS, max_size=3)
        | st.frozensets(KEYS, max_size=3)
        | st.dictionaries(KEYS, inner, max_size=3)
        | st.dictionaries(KEYS, inner, max_size=3).map(OrderedDict)
        | st.dictionaries(KEYS, st.integers(), max_size=3).map(Counter)
    )


PLAIN = st.recursive(PLAIN_LEAVES, plain_holders, max_leaves=20)
VALUES = st.recursive(KEYS, holders, max_leaves=20)
