"""Values that could not be read back are refused, with the reason and the place."""

from __future__ import annotations

import datetime
import decimal
import math
import pathlib
import re
import threading
import types
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pydantic
import pytest

from planweave.engine.store.secret import Secret
from planweave.engine.store.values import LARGEST, dump, load
from tests.store.classes import Box, Colour, IntBox, Page, Pair, Point, Touched, Unknown, User, Word, there_and_back


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


class Shifty:
    """Comes back as one of a subclass, which says that it is equal."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shifty)

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            lambda x: Shiftier(), serialization=core_schema.plain_serializer_function_ser_schema(lambda x: 1)
        )


class Shiftier(Shifty): ...


class NotedPair(Pair):
    """A named tuple with a dictionary."""


def noted(value: Any) -> Any:
    value.note = "x"
    return value


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


THE_POINT = Point(1)
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
    "shifty": (Shifty(), Shifty, "Shifty would come back as another value"),
    "noted counter": (noted(Counter("a")), Counter[str], "Counter holds more than its items"),
    "noted dict": (noted(OrderedDict()), Any, "OrderedDict holds more than its items"),
    "noted tuple": (noted(NotedPair(Point(1))), NotedPair, "NotedPair holds more than its items"),
    "two annotations": ((THE_POINT, THE_POINT), tuple[Point, int], "[1]: a tests.store.classes.Point is not among"),
    "pattern": (re.compile("a", re.IGNORECASE), re.Pattern[str], "Pattern would come back as another value"),
    "factory": (defaultdict(lambda: 1), defaultdict[str, int], "would come back as another value"),
    "zone": (datetime.datetime(2024, 1, 1, tzinfo=Zone()), Any, "a time zone of the type Zone cannot be kept"),
    "hostile": (Watched(), Any, "it cannot be looked at: RuntimeError: do not look"),
    "hostile annotation": (Watched(), Watched, "it cannot be looked at"),
    "large": ("é" * (LARGEST // 2), Any, "it takes more than 64 MiB"),  # with the quotes, two bytes too many
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_not_be_read_back_is_refused(name: str) -> None:
    """Law: with the reason, and never written as something else."""
    value, annotation, reason = REFUSED[name]
    with pytest.raises(ValueError, match=re.escape(reason)):
        dump(value, annotation)


@pytest.mark.parametrize("name", [name for name in REFUSED if not name.startswith(("endless", "large", "hostile"))])
def test_a_refusal_says_where(name: str) -> None:
    """Law: the path leads to the part of the value that is to blame."""
    value, annotation, reason = REFUSED[name]
    for whole, said, path in (
        ([1, value], list[annotation], "[1]"),  # type: ignore[valid-type]
        ({"a": {2: (value,)}}, dict[str, dict[int, tuple[annotation, ...]]], "['a'][2][0]"),  # type: ignore[valid-type]
        (Box([value]), Box[list[annotation]], ".held[0]"),  # type: ignore[valid-type]
    ):
        with pytest.raises(ValueError, match="^" + re.escape(path)) as caught:
            dump(whole, said)
        assert reason in str(caught.value)


@pytest.mark.parametrize("wrap", [lambda one: [one, one], lambda one: (one, one), lambda one: {"a": one, "b": one}])
def test_a_value_that_doubles_on_and_on_is_refused_at_once(wrap: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: sixty levels of pairs of the same are too large, and nobody tries to write them out."""
    for module in ("values", "forms.plain", "forms.write"):
        monkeypatch.setattr(f"planweave.engine.store.{module}.LARGEST", 2**18)
    for value, reason in ((nested(60, wrap), "it takes more than"), (nested(99, wrap), "it takes more than")):
        with pytest.raises(ValueError, match=reason):
            dump(value, Any)
    assert there_and_back(nested(13, wrap)) == nested(13, wrap)
    for large in ("é" * 2**17, ["é" * 2**17], ("é" * 2**17,), [1] * 2**18, [(1,)] * 2**15):
        with pytest.raises(ValueError, match="it takes more than"):
            dump(large, Any)


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


def test_a_part_that_stands_in_two_depths_is_too_deep_where_it_is() -> None:
    """Law: what was fine where it stood first is not fine wherever it stands."""
    part = nested(60, lambda value: (value,))
    assert there_and_back([part, nested(39, lambda value: (value,) if value != 1 else part)])
    for deep in (
        [part, nested(50, lambda value: (value,) if value != 1 else part)],
        [nested(50, lambda value: (value,) if value != 1 else part), part],
    ):
        with pytest.raises(ValueError, match=DEEP):
            dump(deep, Any)


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
