"""With cache=True equal calls are made once in a run, and only equal ones."""

from __future__ import annotations

import asyncio
import copy
import datetime
import decimal
import enum
import itertools
import pathlib
import threading
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.cache import cache_key
from planweave.engine.state import NodeState
from planweave.testing import run_virtually
from tests.engine.common import add, fail, give, run_of


class Counter:
    """A cached task that counts its calls."""

    def __init__(self, executor: Any = "inline", **options: Any) -> None:
        self.calls: list[Any] = []
        self.task: Any = pw.task(executor=executor, cache=True, name="call", **options)(self._call)

    def _call(self, *args: Any, **kwargs: Any) -> Any:
        self.calls.append((args, kwargs))
        return [len(self.calls)]


def test_equal_calls_are_made_once() -> None:
    """Law: the first computes, the others get the very same object, whichever node asks."""
    counter = Counter()
    run = run_of(lambda: [counter.task(add(1)), counter.task(2), counter.task(give(2)), counter.task(3)])
    one, two, three, other = run.result
    assert one is two is three
    assert (one, other) == ([1], [2])
    assert len(counter.calls) == 2


def test_each_run_has_a_cache_of_its_own() -> None:
    """Law: in memory nothing is remembered from one run to the next."""
    counter = Counter()
    graph = pw.workflow(lambda: counter.task(1)).graph()
    assert [pw.run(graph).result, pw.run(graph).result] == [[1], [2]]


def test_without_asking_nothing_is_cached() -> None:
    """Law: cache=False, the default, computes each call; so does a call that says so by using()."""
    counter = Counter()
    plain = counter.task.using(cache=False)
    assert run_of(lambda: [plain(1), plain(1), counter.task(1), counter.task(1)]).result == [[1], [2], [3], [3]]


def test_a_value_from_the_cache_is_told() -> None:
    """Law: a node whose value came from the cache has no attempt, says cached, and its event too."""
    counter = Counter()
    run = run_of(lambda: [counter.task.using(id="first")(1), counter.task.using(id="second")(1)])
    first, second = run.nodes["first"], run.nodes["second"]
    assert (first.cached, len(first.attempts)) == (False, 1)
    assert (second.cached, second.attempts, second.value) == (True, (), first.value)
    assert [(event.kind, event.data) for event in run.events if event.node == "second"] == [
        ("ready", {}),
        ("succeeded", {"cached": True}),
    ]


@pytest.mark.parametrize("executor", ["thread", "coroutine"])
def test_equal_calls_at_the_same_time_are_one_flight(executor: str) -> None:
    """Law: while one computes, equal calls wait for it instead of computing too, and hold no slot meanwhile."""
    calls = []
    gate = threading.Event()

    def call(x: int) -> int:
        calls.append(x)
        assert gate.wait(20)
        return x * 10

    async def call_slowly(x: int) -> int:
        calls.append(x)
        await asyncio.sleep(0.005)
        return x * 10

    @pw.task(executor="thread")
    def open_gate() -> str:
        gate.set()
        return "open"

    cached: Any = pw.task(cache=True)(call_slowly if executor == "coroutine" else call)
    run = run_of(lambda: [cached.map([1, 1, 1, 1, 1]), open_gate.using(priority=-1)()], threads=2)
    assert run.result == [[10] * 5, "open"]
    assert calls == [1]
    assert sum(node.cached for node in run.nodes.values()) == 4


def test_when_the_first_fails_the_next_one_tries() -> None:
    """Law: a failure is not cached: each waiting call has its own try, one at a time, until one succeeds."""
    tries = itertools.count(1)

    @pw.task(cache=True)
    async def flaky(x: int) -> int:
        number = next(tries)
        await asyncio.sleep(1)
        if number < 3:
            raise ValueError(str(number))
        return number

    async def main() -> pw.Run[Any]:
        run = await pw.workflow(lambda: flaky.map([7, 7, 7, 7, 7], failures="drop")).start()
        return await run.wait()

    run = run_virtually(main)
    assert run.result == [3, 3, 3]
    assert next(tries) == 4
    assert [node.state for node in run.nodes.values()].count(NodeState.FAILED) == 2


def test_retries_of_the_first_come_before_tries_of_the_next() -> None:
    """Law: a call that will be tried again is still the one that computes."""
    counter = itertools.count(1)

    @pw.task(cache=True, retry=pw.Retry(attempts=3, base=1))
    async def flaky(x: int) -> int:
        number = next(counter)
        if number < 3:
            raise ValueError
        return number

    async def main() -> pw.Run[Any]:
        run = await pw.workflow(lambda: flaky.map([7, 7])).start()
        return await run.wait()

    run = run_virtually(main)
    assert run.result == [3, 3]
    assert [node.cached for node in run.nodes.values()] == [False, False, True]


def test_a_graph_that_a_cached_task_gives_is_laid_once() -> None:
    """Law: what is cached is the value that the node comes to, not the graph on its way there."""
    made = []

    @pw.task(cache=True)
    def grow(x: int) -> Any:
        made.append(x)
        return pw.workflow(lambda: add(x)).graph()

    run = run_of(lambda: [grow(1), grow(1), grow(2)])
    assert run.result == [2, 2, 3]
    assert sorted(made) == [1, 2]


# ---------------------------------------------------------------------- what is equal


class Colour(enum.Enum):
    RED = 1


class Word(enum.StrEnum):
    RED = "red"


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


class Model(pydantic.BaseModel):
    x: Any = None


class Loose(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")


Pair = namedtuple("Pair", ["x", "y"])

DIFFERENT: list[Any] = [
    1,
    True,
    1.0,
    "1",
    b"1",
    decimal.Decimal(1),
    None,
    "None",
    0.0,
    -0.0,
    float("nan"),
    float("inf"),
    b"\xff\xfe",
    bytearray(b"1"),
    [],
    (),
    {},
    set(),
    frozenset(),
    [1],
    (1,),
    [[1]],
    [1, 2],
    [2, 1],
    [True],
    {1: "x"},
    {"1": "x"},
    {True: "x"},
    {"1": ["x"]},
    OrderedDict({"1": "x"}),
    {1},
    {"1"},
    {(1, 2)},
    {1, 2},
    frozenset({1, 2}),
    Pair(1, 2),
    (1, 2),
    Point(1),
    Place(1),
    Point((1,)),
    Point([1]),
    Point(True),
    Point({1: 2}),
    Point({"1": 2}),
    Point(1, Point(2)),
    Slotted(1),
    Slotted("1"),
    Model(x=1),
    Model(x="1"),
    Model(x=(1,)),
    Model(x=[1]),
    Loose.model_validate({"x": 1}),
    Loose.model_validate({"y": 1}),
    {"x": 1},
    Colour.RED,
    Word.RED,
    "red",
    "RED",
    pathlib.Path("1"),
    datetime.date(2026, 1, 1),
    datetime.datetime(2026, 1, 1),  # noqa: DTZ001  # because it is one of the values
    "2026-01-01",
    datetime.timedelta(seconds=1),
]


COUNTER = Counter()
(NODE,) = pw.workflow(lambda: COUNTER.task(1)).graph().nodes


def key_of(*args: Any, **kwargs: Any) -> str:
    """The key of a call of one and the same task with these arguments."""
    return cache_key(NODE, args, kwargs)


def test_values_that_differ_have_different_keys() -> None:
    """Law: whatever differs in type or content, at any depth, is another call."""
    keys: dict[str, Any] = {}
    for value in DIFFERENT:
        key = key_of(value)
        assert key not in keys, f"{value!r} and {keys[key]!r}"
        keys[key] = value


def test_values_that_are_equal_have_one_key() -> None:
    """Law: the same content made anew is the same call."""
    for value in DIFFERENT:
        assert key_of(copy.deepcopy(value)) == key_of(value), repr(value)


@given(st.dictionaries(st.text(), st.integers()), st.sets(st.text()))
def test_keys_do_not_depend_on_the_order_of_keywords_and_sets(kwargs: dict[str, int], members: set[str]) -> None:
    """Law: keywords and sets have no order; lists do."""
    backwards = dict(reversed(kwargs.items()))
    assert key_of(**kwargs) == key_of(**backwards)
    assert key_of(members) == key_of(set(dict.fromkeys(sorted(members, reverse=True))))


def test_a_keyword_and_a_position_are_the_same_call_where_python_says_so() -> None:
    """Law: f(1, 2), f(1, y=2) and f(y=2, x=1) are one call."""
    calls = []

    @pw.task(executor="inline", cache=True)
    def call(x: int, y: int = 0) -> int:
        calls.append((x, y))
        return x + y

    assert run_of(lambda: [call(1, 2), call(1, y=2), call(y=2, x=1), call(2, 1)]).result == [3, 3, 3, 3]
    assert calls == [(1, 2), (2, 1)]


def endless() -> list[Any]:
    """A list that holds itself."""
    found: list[Any] = []
    found.append(found)
    return found


@pytest.mark.parametrize(
    "value",
    [object(), len, threading.Lock(), (x for x in [1]), iter([1]), endless()],
    ids=["object", "function", "lock", "generator", "iterator", "endless"],
)
def test_an_argument_without_content_is_refused(value: Any) -> None:
    """Law: what cannot be compared fails the node, which says so; nothing else is touched, least of all an iterator."""
    counter = Counter()

    @pw.task(executor="inline")
    def produce() -> Any:
        return value

    run = run_of(lambda: [counter.task.using(id="call")(produce()), add(1)])
    error = run.nodes["call"].error
    assert isinstance(error, pw.ValueRefused)
    assert error.what.startswith("'call' has cache=True, and an argument of it has no content to compare: ")
    assert error.mend == "pass plain values, dataclasses or pydantic models, or leave cache out"
    assert run.nodes["add"].value == 2
    assert counter.calls == []
    if hasattr(value, "__next__"):
        assert list(value) == [1]


def test_functions_that_close_over_different_things_are_different() -> None:
    """Law: equal code around different values is not an equal call, whether the values can be compared or not."""

    def make(secret: Any) -> Any:
        @pw.task(executor="inline", cache=True)
        def call(x: int) -> Any:
            return x, secret

        return call

    secrets = [1, 2, object(), object(), len, abs]
    tasks = [make(secret) for secret in secrets]
    assert run_of(lambda: [task(1) for task in tasks]).result == [(1, secret) for secret in secrets]


def test_equal_code_in_two_modules_is_different() -> None:
    """Law: what a function means depends on the names around it."""
    from tests.engine.program import execute

    text = """
        @pw.task(executor="inline", cache=True)
        def call(x: int):
            return helper(x)

        def helper(x):
            return {}
        """
    one, other = (execute(text.replace("{}", f'"{name}"'))["call"] for name in ("one", "other"))
    assert run_of(lambda: [one(1), other(1)]).result == ["one", "other"]


def test_a_version_stands_for_the_code() -> None:
    """Law: tasks of one name and version are taken to compute the same; another version does not."""

    def make(version: str | None, value: str) -> Any:
        return pw.task(executor="inline", cache=True, name="call", version=version)(lambda x: value)

    one, same, other = make("1", "one"), make("1", "same"), make("2", "other")
    assert run_of(lambda: [one(1), same(1), other(1)]).result == ["one", "one", "other"]


def test_a_failed_call_is_told_as_itself() -> None:
    """Law: a cached task that fails is a failure like any other."""
    run = run_of(lambda: fail.using(cache=True)("x"))
    assert isinstance(run.error, pw.RunFailed) and list(run.error.causes) == ["fail"]
