"""Annotations prove little, and what they prove is true: an error only where no value could be right."""

from __future__ import annotations

import collections.abc
import enum
import inspect
import numbers
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    Optional,
    Protocol,
    TypedDict,
    TypeVar,
    Union,
    Unpack,
    get_args,
    get_origin,
)
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.annotation import element_of, hints, members, provably_not, words

T = TypeVar("T")
Name = NewType("Name", str)


class Animal: ...


class Dog(Animal): ...


class Walker: ...


class DogWalker(Dog, Walker): ...


class Stone: ...


class Named(Protocol):
    name: str


class Row(TypedDict):
    key: str


class Pair(NamedTuple):
    left: int
    right: str


class Colour(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    LOW = 1


class Box(Generic[T]): ...


class Rows(Generic[T], list[str]): ...


@dataclass
class Analysis:
    text: str


@dataclass
class Report:
    text: str


PROVABLE: list[tuple[Any, Any]] = [
    (int, str),
    (str, int),
    (float, str),
    (str, bytes),
    (bytes, str),
    (list, tuple),
    (list, dict),
    (list[int], set[int]),
    (list[int], list[str]),
    (list[int], Sequence[str]),
    (list[int], Iterable[str]),
    (dict[str, int], dict[str, str]),
    (dict[str, int], Mapping[int, int]),
    (list[list[int]], list[list[str]]),
    (tuple[int, str], tuple[str, int]),
    (tuple[int], tuple[int, int]),
    (str, list[str]),
    (str, Path),
    (None, str),
    (str, None),
    (None, int | str),
    (int | None, str),
    (int | str, bytes | None | list[int]),
    (int, Iterable),
    (int, Sized),
    (Animal, str),
    (Animal, Stone),
    (Analysis, Report),
    (list[Analysis], list[Report]),
    (Colour, int),
    (Colour, str),
    (Literal["a"], int),
    (int, Literal["a", "b"]),
    (Literal["a"], Literal["b", "c"]),
    (Name, int),
    (int, Name),
    (Annotated[int, "count"], str),
    (Path, dict),
    (bool, str),
    (Pair, list),
    (pw.Missing, str),
]

POSSIBLE: list[tuple[Any, Any]] = [
    (int, int),
    (int, float),
    (int, complex),
    (bool, int),
    (bool, float),  # a bool is an int, and an int counts as a float
    (Level, float),
    (float, int),  # what is annotated as float may be an int
    (int, bool),  # and an int may be a bool
    (bytearray, bytes),
    (bytes, bytearray),
    (Dog, Animal),
    (Animal, Dog),
    (Animal, Walker),  # a DogWalker is both
    (list[Animal], list[Walker]),
    (int | None, int),
    (int, int | None),
    (int | str, str | bytes),
    (Any, int),
    (int, Any),
    (object, int),
    (int, object),
    (T, int),
    (int, T),
    (list, list[int]),
    (list[int], list),
    (list[Any], list[int]),
    (list[int | None], list[int]),
    (list[bool], list[int]),
    (list[int], list[float]),
    (str, Iterable),
    (str, Sequence[str]),
    (list[str], Iterable[str]),
    (Iterable[str], list[str]),
    (Iterable[str], Sized),  # a list is both
    (Iterable[str], Hashable),  # and so is a tuple
    (Sized, Iterable[int]),
    (Sequence[str], Mapping[str, str]),
    (Iterator[int], Sequence[int]),
    (numbers.Real, numbers.Integral),
    (int, numbers.Real),
    (Fraction, numbers.Rational),
    (dict[str, int], Mapping[str, int]),
    (dict[str, int], Iterable[str]),
    (defaultdict[str, int], dict[str, int]),
    (OrderedDict[str, int], Mapping[str, float]),
    (deque[int], Sequence[int]),
    (enumerate[str], Iterable[tuple[int, str]]),  # its parameter is not what it gives
    (Rows[int], Iterable[str]),
    (Rows[int], list[str]),
    (Box[int], Box[str]),  # nobody knows what T means to a Box
    (tuple[int, ...], tuple[int, int]),
    (tuple[int, str], tuple[Any, ...]),
    (tuple[int, *tuple[str, ...]], tuple[int, str, str]),
    (tuple[int, str, str], tuple[int, Unpack[tuple[str, ...]]]),  # noqa: UP044  # the old spelling is written too
    (tuple[int, str], Sequence[int | str]),
    (Pair, tuple[int, str]),
    (Analysis, Named),
    (dict[str, Any], Row),
    (Row, dict[str, Any]),
    (Literal["a"], str),
    (str, Literal["a"]),
    (Literal["a", "b"], Literal["b"]),
    (Literal[1], float),
    (Level, int),
    (int, Level),
    (Name, str),
    (str, Name),
    (Annotated[int, "count"], int),
    (Callable[[int], str], Callable[[str], int]),
    (type, Callable[..., Any]),
    (type[int], type[str]),
    (Optional[int], Union[None, str]),  # noqa: UP007, UP045  # the old spelling is written too
    (Exception, OSError),
    (inspect.Parameter.empty, int),
]


def name_of(pair: Any) -> str:
    return words(pair)


@pytest.mark.parametrize(("have", "want"), PROVABLE, ids=name_of)
def test_a_mismatch_that_no_value_can_mend_is_proven(have: Any, want: Any) -> None:
    """Law: where no value of the one annotation fits the other, it is an error before anything runs."""
    assert provably_not(have, want)


@pytest.mark.parametrize(("have", "want"), POSSIBLE, ids=name_of)
def test_a_mismatch_that_some_value_can_mend_is_left_to_the_run(have: Any, want: Any) -> None:
    """Law: where some value of the one annotation fits the other, nothing is proven."""
    assert not provably_not(have, want)


def test_a_class_that_comes_later_is_taken_into_account() -> None:
    """Law: what was proven of two classes is proven no more once a class is both."""

    class Swimmer: ...

    class Flyer: ...

    assert provably_not(Swimmer, Flyer)

    class Duck(Swimmer, Flyer): ...

    assert not provably_not(Swimmer, Flyer) and not provably_not(Duck, Flyer)


def test_a_promise_is_judged_by_the_compiler_as_by_the_table() -> None:
    """Law: an edge between two tasks is refused exactly when the annotations prove it wrong."""
    for have, want in [(int, str), (Analysis, Report), (list[int], list[str]), (int | None, int), (Any, int)]:

        def produce() -> Any: ...

        def consume(value: Any) -> None: ...

        produce.__annotations__["return"] = have
        consume.__annotations__["value"] = want
        producer, consumer = pw.task(produce), pw.task(consume)
        assert (graph_of(producer, consumer) is None) == provably_not(have, want)


def compiles(compose: Any) -> bool:
    """Whether the compiler finds nothing wrong."""
    try:
        pw.workflow(compose).graph()
    except pw.TypeMismatchError:
        return False
    return True


@pw.task
def consumed(value: int) -> int:
    return value


def test_a_task_that_returns_a_graph_promises_the_value_of_that() -> None:
    """Law: nothing is proven of what a graph that is yet to come will give."""

    @pw.task
    def laid_out() -> pw.Graph:
        return pw.workflow(lambda: consumed(3)).graph()

    def compose() -> int:
        laid: Any = laid_out()
        return consumed(laid)

    assert pw.workflow(compose).run().result == 3


def test_what_passes_for_another_type_is_no_mismatch() -> None:
    """Law: a mock of a class is one to isinstance, so it is one here: as a constant and as an input."""
    mock = Mock(spec=int)
    assert compiles(lambda: consumed(mock))

    @pw.workflow
    def passed_on(value: int) -> int:
        return consumed(value)

    assert passed_on.run(value=mock).result is mock
    assert not compiles(lambda: consumed(Mock()))


def test_a_part_of_a_dict_may_be_absent_where_its_values_may() -> None:
    """Law: under a tolerant join rule the annotation of the values counts, not that of the keys."""

    @pw.task
    def admits(parts: dict[str, int | pw.Missing]) -> int:
        return len(parts)

    @pw.task
    def demands(parts: dict[str, int]) -> int:
        return len(parts)

    assert compiles(lambda: admits.using(join="all_done")({"part": consumed(1)}))
    assert not compiles(lambda: demands.using(join="all_done")({"part": consumed(1)}))


def graph_of(producer: Any, consumer: Any) -> pw.Graph | None:
    """The graph of ``consumer(producer())``; None where the compiler refuses its types."""

    @pw.workflow
    def flow() -> Any:
        return consumer(producer())

    try:
        return flow.graph()
    except pw.TypeMismatchError:
        return None


# ---------------------------------------------------------------------- no false positive


class Typed(NamedTuple):
    """An annotation, and values that are of it; containers are never empty."""

    annotation: Any
    values: st.SearchStrategy[Any]


def leaf(annotation: Any, *values: Any) -> Typed:
    return Typed(annotation, st.sampled_from(values))


LEAVES = [
    leaf(int, 0, 3, True, Level.LOW),
    leaf(bool, True, False),
    leaf(float, 1.5, 2, True),
    leaf(complex, 1j, 2.5, 3),
    leaf(str, "", "text"),
    leaf(Name, "text"),
    leaf(bytes, b"x", bytearray(b"y")),
    leaf(None, None),
    leaf(Animal, Animal(), Dog(), DogWalker()),
    leaf(Dog, Dog(), DogWalker()),
    leaf(Walker, Walker(), DogWalker()),
    leaf(Stone, Stone()),
    leaf(Level, Level.LOW),
    leaf(Colour, Colour.RED),
    leaf(Literal["text", 3], "text", 3),
    leaf(Any, 1, "x", None, [1], Stone()),
    leaf(object, 1, "x", None),
    leaf(Sized, "x", [1], (1, "x"), {1: 2}),
    leaf(Hashable, "x", 3, (1, 2)),
    leaf(Iterable, "x", [1], {"x"}),
    leaf(Callable[..., Any], len, str, Stone),
]


def containers(inner: st.SearchStrategy[Typed]) -> st.SearchStrategy[Typed]:
    """Containers of the annotations of ``inner``, unions of them, and annotations around them."""

    def some(typed: Typed) -> st.SearchStrategy[list[Any]]:
        return st.lists(typed.values, min_size=1, max_size=2)

    def both(pair: tuple[Typed, Typed]) -> Typed:
        one, other = pair
        annotation = tuple.__class_getitem__((one.annotation, other.annotation))
        return Typed(annotation, st.tuples(one.values, other.values))

    def union(pair: tuple[Typed, Typed]) -> Typed:
        one, other = pair
        return Typed(Union[one.annotation, other.annotation], one.values | other.values)  # noqa: UP007

    return st.one_of(
        inner.map(lambda one: Typed(list[one.annotation], some(one))),  # type: ignore[name-defined]
        inner.map(lambda one: Typed(Sequence[one.annotation], some(one) | some(one).map(tuple))),  # type: ignore[name-defined]
        inner.map(lambda one: Typed(Iterable[one.annotation], some(one) | some(one).map(tuple) | some(one).map(deque))),  # type: ignore[name-defined]
        inner.map(lambda one: Typed(dict[str, one.annotation], some(one).map(lambda xs: {"key": xs[0]}))),  # type: ignore[name-defined]
        inner.map(lambda one: Typed(Mapping[str, one.annotation], some(one).map(lambda xs: {"key": xs[0]}))),  # type: ignore[name-defined]
        inner.map(lambda one: Typed(tuple[one.annotation, ...], some(one).map(tuple))),  # type: ignore[name-defined]
        inner.map(lambda one: Typed(Annotated[one.annotation, "note"], one.values)),
        st.tuples(inner, inner).map(both),
        st.tuples(inner, inner).map(union),
    )


FAMILY = st.recursive(st.sampled_from(LEAVES), containers, max_leaves=4)


def accepts(annotation: Any, value: Any) -> bool:
    """Whether the value may stand where the annotation does, by PEP 484: the yardstick, written apart."""
    if annotation is Any or annotation is object:
        return True
    if annotation is None or annotation is type(None):
        return value is None
    if isinstance(annotation, NewType):
        return accepts(annotation.__supertype__, value)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return accepts(arguments[0], value)
    if origin is Literal:
        return any(type(value) is type(one) and value == one for one in arguments)
    if origin is Union:
        return any(accepts(one, value) for one in arguments)
    if annotation in (float, complex):
        return isinstance(value, int | float) or (annotation is complex and isinstance(value, complex))
    if annotation is bytes:
        return isinstance(value, bytes | bytearray)
    if origin is None or origin is collections.abc.Callable:
        kind: Any = origin or annotation
        return isinstance(value, kind)
    if not isinstance(value, origin):
        return False
    if origin is tuple and Ellipsis not in arguments:
        return len(value) == len(arguments) and all(map(accepts, arguments, value))
    if issubclass(origin, Mapping):
        return all(accepts(arguments[0], key) and accepts(arguments[1], item) for key, item in value.items())
    return all(accepts(arguments[0], item) for item in value)


@given(FAMILY.flatmap(lambda one: st.tuples(st.just(one.annotation), one.values)), FAMILY)
def test_nothing_is_proven_against_a_value_that_fits(have: tuple[Any, Any], want: Typed) -> None:
    """Law: if any value of one annotation may stand where the other does, joining the two is no error."""
    annotation, value = have
    assert accepts(annotation, value), "the strategy gives values of its annotation"
    if accepts(want.annotation, value):
        assert not provably_not(annotation, want.annotation)


@given(FAMILY)
def test_no_annotation_contradicts_itself(typed: Typed) -> None:
    """Law: what gives a type may feed what wants it."""
    assert not provably_not(typed.annotation, typed.annotation)


@given(FAMILY, FAMILY)
def test_proof_is_the_same_in_a_union_of_one_and_through_wrappers(one: Typed, other: Typed) -> None:
    """Law: Annotated changes nothing, and a union is refused only when each of its members is."""
    proof = provably_not(one.annotation, other.annotation)
    assert provably_not(Annotated[one.annotation, "x"], Annotated[other.annotation, "y"]) == proof
    assert provably_not(Union[one.annotation, other.annotation], other.annotation) is False  # noqa: UP007


# ---------------------------------------------------------------------- the rest


def test_hints_are_resolved_and_what_cannot_be_is_left_out() -> None:
    """Law: text annotations become types; one that names nothing proves nothing, and never raises."""

    def good(path: str, count: int = 1) -> list[str]: ...  # type: ignore[empty-body]

    def broken(path: Nowhere, count: int) -> str: ...  # type: ignore[name-defined,empty-body]  # noqa: F821

    assert hints(good) == {"path": str, "count": int, "return": list[str]}
    assert hints(broken) == {}
    assert hints(len) == {}


def test_methods_and_objects_have_the_hints_of_what_is_called() -> None:
    """Law: a bound method, and an object that can be called, are annotated where their function is."""

    class Reader:
        def read(self, name: str) -> int:
            return len(name)

        def __call__(self, size: int) -> str:
            return "x" * size

    assert hints(Reader().read) == {"name": str, "return": int}
    assert hints(Reader()) == {"size": int, "return": str}


def test_the_hints_of_a_coroutine_are_those_of_its_value() -> None:
    """Law: async def f() -> int gives an int."""

    @pw.task
    async def fetch(url: str) -> int:
        return len(url)

    assert fetch.hints["return"] is int


@pytest.mark.parametrize(
    ("annotation", "element"),
    [
        (list[str], str),
        (set[int], int),
        (Sequence[float], float),
        (dict[str, int], str),
        (tuple[int, ...], int),
        (tuple[int, str], Union[int, str]),  # noqa: UP007
        (list[int] | set[str], Union[int, str]),  # noqa: UP007
        (list[int] | None, Any),
        (list, Any),
        (int, Any),
        (Any, Any),
    ],
)
def test_the_type_of_an_item_is_known_where_the_container_says_it(annotation: Any, element: Any) -> None:
    """Law: element_of gives what iterating gives, and Any where that is not known."""
    assert element_of(annotation) == element


def test_the_members_of_a_union_are_flat() -> None:
    """Law: nested unions, Annotated and NewType are seen through."""
    assert members(Union[int, Annotated[str | None, "x"], Name]) == (int, str, type(None), str)  # noqa: UP007


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (int, "int"),
        (None, "None"),
        (type(None), "None"),
        (list[str], "list[str]"),
        (Optional[int], "int | None"),  # noqa: UP045
        (int | None, "int | None"),
        (Any, "Any"),
        (Literal["a"], "Literal['a']"),
        (Callable[[int], str], "Callable[[int], str]"),
        (dict[str, list[Analysis]], "dict[str, list[Analysis]]"),
        (Analysis, "Analysis"),
        (Analysis | None, "Analysis | None"),
        (Name, "Name"),
        (T, "T"),
        (tuple[int, ...], "tuple[int, ...]"),
    ],
)
def test_annotations_are_written_as_a_person_writes_them(annotation: Any, text: str) -> None:
    """Law: messages show annotations as they stand in the file, without the modules that classes come from."""
    assert words(annotation) == text
