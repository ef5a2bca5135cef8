"""Values of nodes as JSON text: what comes back is equal and of the same types, or it was refused with a reason."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import ipaddress
import json
import math
import pathlib
import re
import threading
import types
import uuid
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Generic, NamedTuple, NewType, NotRequired, TypedDict, TypeVar
from zoneinfo import ZoneInfo

import pydantic
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.content.hash import content_hash
from planweave.engine.store.secret import Secret
from planweave.engine.store.values import LARGEST, dump, load, revive

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
    assert json.loads(text) is not None or value is None  # plain JSON, for whoever reads it
    return load(text, annotation)


def assert_same(one: Any, other: Any) -> None:
    """Equal in content and type at every depth."""
    assert type(one) is type(other)
    assert content_hash(one) == content_hash(other)


# ---------------------------------------------------------------------- there and back

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


def test_the_forms_of_objects_stay_as_they_are() -> None:
    """Law: the same of objects, which only the annotation can name."""
    written = {
        '["~object","Point",{"x":1,"y":2.0}]': (Point(1, 2.0), Point),
        '["~object","Pair",{"left":["~object","Point",{"x":1,"y":0}],"right":null}]': (Pair(Point(1)), Pair),
        '["~object","Loose",{},{"set":["a"],"extra":{"a":1}}]': (Loose.model_validate({"a": 1}), Loose),
        '["~member","Colour","RED"]': (Colour.RED, Colour),
        '["~member","Permission",3]': (Permission.READ | Permission.WRITE, Permission),
        '["~typed","IPv4Address","127.0.0.1"]': (ipaddress.ip_address("127.0.0.1"), ipaddress.IPv4Address),
    }
    for text, (value, annotation) in written.items():
        assert dump(value, annotation) == text
        assert_same(load(text, annotation), value)


ANNOTATED: list[tuple[Any, Any]] = [
    (Point(1, 2.5), Point),
    (Point(True, -0.0), Point | None),
    ([Point(1), Point(2)], list[Point]),
    ([Point(1), Colour.RED, None, 3], list[Point | Colour | int | None]),
    ({"a": Point(1)}, dict[str, Point]),
    ({Colour.RED: [Point(1)], Colour.BLUE: []}, dict[Colour, list[Point]]),
    ({"a": Point(1)}, Mapping[str, Point]),
    ((Point(1), "x", Colour.RED), tuple[Point, str, Colour]),
    ((Point(1), Point(2)), tuple[Point, ...]),
    ((Point(1),), Sequence[Point]),
    ([Point(1)], list[Point] | dict[str, Colour]),
    ({"b": Colour.RED}, list[Point] | dict[str, Colour]),
    ({Colour.RED}, set[Colour]),
    (frozenset({Permission.READ, Permission.READ | Permission.WRITE}), frozenset[Permission]),
    (deque([Point(1)], 4), deque[Point]),
    (Counter([Colour.RED, Colour.RED]), Counter[Colour]),
    (OrderedDict(a=Colour.RED), OrderedDict[str, Colour]),
    (defaultdict(list, {"a": [1]}), defaultdict[str, list[int]]),
    (Word.RED, Word),
    ([Word.RED, "red"], list[Word | str]),
    (Page("a", b"\xff\x00", (Page("b", b""),)), Page),
    (Touched(1), Touched),
    (Box(Point(1)), Box[Point]),
    (Box([Colour.RED]), Box[list[Colour]]),
    (Box((1, b"x")), Box[Any]),
    (IntBox(Point(1)), IntBox),
    (Pair(Point(1), Point(2)), Pair),
    (Plain((1, 2)), Plain),
    (Row(at=Point(1)), Row),
    ({"at": Point(1), "note": Colour.RED}, list[Row] | Row),
    (User(name="a"), User),
    (User(name="a", age=0), User),
    (User(name="a", at=Point(1, 2), tags={"x", "y"}), User),
    (User.model_validate({"name": "a", "link": "http://a.org/?q=1"}), list[int] | User),
    (seen(User(name="a")), User),
    (User.model_construct(name="a", age="not a number"), User),
    (Loose.model_validate({"a": 1, "b": [1, {"~": 2}]}), Loose),
    (Loose(), Loose),
    (Names(["a"]), Names),
    (Aliased.model_validate({"in": "a"}), Aliased),
    (Holding[Point](held=Point(1)), Holding[Point]),
    (Point(1), Annotated[Point, "note"]),
    ([Point(1), None], list[Annotated[Point, "note"] | None]),
    (UserId(3), UserId),
    (ipaddress.ip_network("10.0.0.0/8"), ipaddress.IPv4Network | None),
    (re.compile("a+"), re.Pattern[str]),
    (pw.Missing(pw.NodeState.SKIPPED, "x"), int | pw.Missing),
    ([1, pw.Missing(pw.NodeState.SKIPPED, "x")], list),
]


@pytest.mark.parametrize(("value", "annotation"), ANNOTATED)
def test_objects_come_back_by_the_annotation(value: Any, annotation: Any) -> None:
    """Law: attribute by attribute, at whatever depth the annotation names their class."""
    for whole, said in (
        (value, annotation),
        ([value], list[annotation]),
        (Box({1: value}), Box[dict[int, annotation]]),
    ):
        assert_same(there_and_back(whole, said), whole)


def test_a_constructor_is_not_called_again() -> None:
    """Law: what was returned is what comes back, whatever the class would make of it."""
    back = there_and_back(Touched(1), Touched)
    assert (back.total, back.doubled, back.note) == (2, 4, "of __post_init__")
    with_lock = Touched(1)
    assert with_lock.slow is with_lock.slow  # kept in it, and worked out again when somebody asks
    assert there_and_back(with_lock, Touched).slow is not with_lock.slow


def test_a_model_knows_what_it_was_given() -> None:
    """Law: what was set by a person and what by default is still told apart."""
    for user in (User(name="a"), User(name="a", age=0)):
        back = there_and_back(user, User)
        assert back == user
        assert back.model_fields_set == user.model_fields_set
        assert back._seen == 0
    assert there_and_back(Holding[int](held=1), Holding[int]).model_dump() == {"held": 1}


def test_a_class_that_only_pydantic_can_write_is_written_by_it() -> None:
    """Law: and read back before it counts, by how it compares itself."""
    assert there_and_back(Own(3), Own) == Own(3)
    assert there_and_back([Own(3)], list[Own] | None) == [Own(3)]


def test_a_field_that_came_later_has_its_default() -> None:
    """Law: a class may grow between a crash and a resume; it may not lose what was recorded."""

    @dataclass
    class Grown:
        x: int
        y: int = 5
        z: list[int] = field(default_factory=lambda: [1])

    @dataclass(slots=True)
    class Slim:
        x: int
        y: int = 5

    class Model(pydantic.BaseModel):
        x: int
        y: int = 5

    class Tuple(NamedTuple):
        x: int
        y: int = 5

    for kind in (Grown, Slim, Model, Tuple):
        text = json.dumps(["~object", kind.__qualname__, {"x": 1}])
        assert load(text, kind) == kind(x=1)
        with pytest.raises(ValueError, match="field"):
            load(json.dumps(["~object", kind.__qualname__, {"y": 1}]), kind)
    for kind in (Slim, Tuple):
        with pytest.raises(ValueError, match="field"):
            load(json.dumps(["~object", kind.__qualname__, {"x": 1, "gone": 1}]), kind)


def test_a_dict_of_a_typed_dict_without_classes_needs_no_annotation() -> None:
    """Law: plain data are plain data, whatever the annotation says that they are."""
    for annotation in (Any, int, Row, "unresolved", None):
        assert dump({"a": 1}, annotation) == '{"a":1}'
        assert load('{"a":1}', annotation) == {"a": 1}


def test_a_value_that_stands_in_many_places_is_written_in_each() -> None:
    """Law: equal parts may be one object or several: what comes back is equal."""
    part: Any = [(1,)]
    assert there_and_back([part, {"a": part}, part]) == [part, {"a": part}, part]


# ---------------------------------------------------------------------- what is refused


class Loud(str):
    __slots__ = ()


class Zone(datetime.tzinfo):
    def utcoffset(self, dt: datetime.datetime | None) -> datetime.timedelta:
        return datetime.timedelta(0)

    dst = utcoffset

    def tzname(self, dt: datetime.datetime | None) -> str:
        return "here"


class Hostile(type):
    def __hash__(cls) -> int:
        raise RuntimeError("do not look")


class Watched(metaclass=Hostile): ...


class Sneaky:
    """Comes back from JSON as another."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            lambda x: Sneaky(), serialization=core_schema.plain_serializer_function_ser_schema(lambda x: 1)
        )


@dataclass
class Listed(list[int]):
    x: int = 0


def unset() -> Touched:
    touched = Touched(1)
    del touched.doubled
    return touched


def nested(depth: int, wrap: Callable[[Any], Any] = lambda value: [value]) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = wrap(value)
    return value


def endless(value: Any) -> Any:
    value.append(value)
    return value


def doubled(times: int, wrap: Callable[[Any], Any]) -> Any:
    value: Any = [1]
    for _ in range(times):
        value = wrap(value)
    return value


HALF = "half a surrogate pair"
DEEP = "nests more than 100 deep, or holds itself"
REFUSED: dict[str, tuple[Any, Any, str]] = {
    "nan": (math.nan, float, "nan is no value of JSON"),
    "inf": (math.inf, float, "inf is no value of JSON"),
    "-inf": (-math.inf, Any, "-inf is no value of JSON"),
    "decimal nan": (decimal.Decimal("sNaN"), Any, "sNaN is no finite number"),
    "complex": (complex(0, math.inf), Any, "is no finite number"),
    "half": ("a\ud800", Any, HALF),
    "two halves": ("\ud83d\ude00", Any, HALF),
    "half a path": (pathlib.Path("\udcff"), Any, HALF),
    "long number": (10**4300, int, "more than 4,300 digits"),
    "longer number": (-(10**9000), int, "more than 4,300 digits"),
    "endless": (endless([]), Any, DEEP),
    "endless deque": (endless(deque()), Any, DEEP),
    "secret": (Secret("open sesame"), Any, "a Secret is never recorded: read it from the environment"),
    "typed secret": (Secret("open sesame"), Secret, "a Secret is never recorded"),
    "pydantic secret": (pydantic.SecretStr("a"), pydantic.SecretStr, "would come back as another value"),
    "object": (object(), Any, "an object cannot be kept: return plain data"),
    "annotated object": (object(), object, "object cannot be kept"),
    "plain class": (Unknown(), Unknown, "Unknown cannot be kept"),
    "class": (int, Any, "a type cannot be kept"),
    "function": (len, Any, "cannot be kept"),
    "module": (types, Any, "a module cannot be kept"),
    "lock": (threading.Lock(), Any, "cannot be kept"),
    "unannotated": (Point(1), Any, "stands where nothing is annotated: annotate what the task returns with Point"),
    "other": (Point(1), int | None, "Point is not among what int | None names: annotate what the task returns"),
    "enum": (Colour.RED, Any, "annotate what the task returns with Colour"),
    "str enum": (Word.RED, str, "Word is not among what str names"),
    "model": (User(name="a"), dict, "annotate what the task returns with User"),
    "subclass": (IntBox(Point(1)), Box[Point], "IntBox is not among what Box[Point] names"),
    "text with more": (Loud("a"), str, "Loud cannot be kept"),
    "list with more": (Listed(), Listed, "Listed holds more than its attributes show"),
    "unset": (unset(), Touched, "its field 'doubled' is not set"),
    "sneaky": (Sneaky(), Sneaky, "Sneaky would come back as another value"),
    "pattern": (re.compile("a", re.IGNORECASE), re.Pattern[str], "Pattern would come back as another value"),
    "factory": (defaultdict(lambda: 1), defaultdict[str, int], "would come back as another value"),
    "zone": (datetime.datetime(2024, 1, 1, tzinfo=Zone()), Any, "a time zone of the type Zone cannot be kept"),
    "hostile": (Watched(), Any, "it cannot be looked at: RuntimeError: do not look"),
    "hostile annotation": (Watched(), Watched, "it cannot be looked at"),
    "large": (["x" * (LARGEST // 2)] * 3, Any, "it takes more than 64 MiB"),
    "doubled lists": (doubled(60, lambda part: [part, part]), Any, "it takes more than 64 MiB"),
    "doubled tuples": (doubled(60, lambda part: (part, part)), Any, "it takes more than 64 MiB"),
    "doubled dicts": (doubled(60, lambda part: {"a": part, "b": part}), Any, "it takes more than 64 MiB"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_not_be_read_back_is_refused(name: str) -> None:
    """Law: with the reason, and never written as something else."""
    value, annotation, reason = REFUSED[name]
    with pytest.raises(ValueError, match=re.escape(reason)):
        dump(value, annotation)


@pytest.mark.parametrize(
    "name", [name for name in REFUSED if not name.startswith(("endless", "large", "doubled", "hostile"))]
)
def test_a_refusal_says_where(name: str) -> None:
    """Law: the path leads to the part of the value that is to blame."""
    value, annotation, reason = REFUSED[name]
    for whole, said, path in (
        ([1, value], list[annotation], "[1]: "),  # type: ignore[valid-type]
        ({"a": {2: (value,)}}, dict[str, dict[int, tuple[annotation, ...]]], "['a'][2][0]: "),  # type: ignore[valid-type]
        (Box([value]), Box[list[annotation]], ".held[0]: "),  # type: ignore[valid-type]
    ):
        with pytest.raises(ValueError, match="^" + re.escape(path)) as caught:
            dump(whole, said)
        assert reason in str(caught.value)


def test_keys_are_refused_like_values() -> None:
    """Law: a key that could not be read back is no reason to lose its value."""
    with pytest.raises(ValueError, match=re.escape("(key nan): nan is no value of JSON")):
        dump({math.nan: 1}, Any)
    with pytest.raises(ValueError, match="Colour"):
        dump({"a": {Colour.RED: 1}}, dict[str, dict[str, int]])
    with pytest.raises(ValueError, match=HALF):
        dump({"\ud800": 1}, Any)


WRAPS: list[Callable[[Any], Any]] = [
    lambda value: [value],
    lambda value: (value,),
    lambda value: {"x": value},
    lambda value: {1: value},
    lambda value: deque([value]),
    lambda value: ["~", value],
    lambda value: frozenset({value}) if isinstance(value, int | frozenset) else value,
]


@pytest.mark.parametrize("wrap", WRAPS)
def test_values_may_nest_up_to_the_limit(wrap: Callable[[Any], Any]) -> None:
    """Law: one hundred deep, whatever the containers, and no deeper."""
    deepest = nested(100, wrap)
    assert there_and_back(deepest) == deepest
    for depth in (101, 5_000):
        with pytest.raises(ValueError, match=DEEP):
            dump(nested(depth, wrap), Any)


def test_objects_may_nest_up_to_the_limit() -> None:
    """Law: a hundred objects in each other come back, too."""

    def wrapped(depth: int) -> Page:
        page = Page("a", b"")
        for _ in range(depth):
            page = Page("b", b"", (page,))
        return page

    assert there_and_back(wrapped(49), Page) == wrapped(49)  # a page and the tuple that it stands in are two levels
    with pytest.raises(ValueError, match=DEEP):
        dump(wrapped(50), Page)


def test_two_classes_of_one_name_are_not_mixed_up() -> None:
    """Law: where the name of a class could mean two, its values are refused."""

    def make() -> Any:
        @dataclass
        class Twin:
            x: int = 1

        return Twin

    one, other = make(), make()
    with pytest.raises(ValueError, match="two classes"):
        dump(one(), one | other)
    with pytest.raises(ValueError, match="names no class"):
        load(dump(one(), one), one | other)


# ---------------------------------------------------------------------- what is read

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
