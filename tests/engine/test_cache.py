"""With cache=True equal calls are made once in a run, and only equal ones."""

from __future__ import annotations

import asyncio
import itertools
import threading
from dataclasses import dataclass, field
from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.cachekey import cache_key
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


COUNTER = Counter()
(NODE,) = pw.workflow(lambda: COUNTER.task(1)).graph().nodes


def key_of(*args: Any, **kwargs: Any) -> str:
    """The key of a call of one and the same task with these arguments."""
    return cache_key(NODE, args, kwargs)


@given(st.dictionaries(st.text(), st.integers()))
def test_keys_do_not_depend_on_the_order_of_keywords(kwargs: dict[str, int]) -> None:
    """Law: keywords have no order."""
    assert key_of(**kwargs) == key_of(**dict(reversed(kwargs.items())))


def test_arguments_keep_their_places() -> None:
    """Law: an argument by position, by keyword or by another keyword is another call, as is one more or less."""
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        *(((), {}), ((1,), {}), ((1, 2), {}), ((2, 1), {}), (([1, 2],), {}), (((1, 2),), {}), ((1,), {"y": 2})),
        *(((), {"x": 1}), ((), {"y": 1}), ((), {"x": 1, "y": 2}), ((), {"x": 2, "y": 1}), ((("x", 1),), {})),
    ]
    assert len({key_of(*args, **kwargs) for args, kwargs in calls}) == len(calls)


def test_secrets_are_told_apart() -> None:
    """Law: a task gets no value of another call, though both arguments print alike."""

    @pw.task(executor="inline", cache=True)
    def login(secret: pydantic.SecretStr) -> str:
        return secret.get_secret_value()

    names = ["alice", "bob", "alice"]
    assert run_of(lambda: [login(pydantic.SecretStr(name)) for name in names]).result == names


def test_a_keyword_and_a_position_are_the_same_call_where_python_says_so() -> None:
    """Law: f(1, 2), f(1, y=2) and f(y=2, x=1) are one call."""
    calls = []

    @pw.task(executor="inline", cache=True)
    def call(x: int, y: int = 0) -> int:
        calls.append((x, y))
        return x + y

    assert run_of(lambda: [call(1, 2), call(1, y=2), call(y=2, x=1), call(2, 1)]).result == [3, 3, 3, 3]
    assert calls == [(1, 2), (2, 1)]


class Untouchable:
    """Cannot even be asked what it is."""

    @property  # type: ignore[misc]  # because it is meant to be odd
    def __class__(self) -> Any:
        raise RuntimeError("no")

    def __repr__(self) -> str:
        raise RuntimeError("no")


@dataclass
class Unset:
    x: int
    y: int = field(init=False)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (object(), "an object has no content to compare"),
        (iter([1]), "a list_iterator has no content to compare"),
        ([threading.Lock()], "a _thread.lock has no content to compare"),
        (Untouchable(), f"a {__name__}.Untouchable has no content to compare"),
    ],
    ids=["object", "iterator", "lock in a list", "untouchable"],
)
def test_an_argument_without_content_is_refused(value: Any, words: str) -> None:
    """Law: what cannot be compared fails the node, which names the argument and its type; nothing else is touched."""
    calls = []

    @pw.task(executor="inline")
    def produce() -> Any:
        return value

    @pw.task(executor="inline", cache=True)
    def call(first: Any, second: Any) -> None:
        calls.append(second)

    run = run_of(lambda: [call(1, produce()), add(1)])
    error = run.nodes["call"].error
    assert isinstance(error, pw.ValueRefused)
    assert error.what == f"'call' has cache=True, but its argument 'second' cannot be compared: {words}"
    assert error.mend == "pass plain values, dataclasses or pydantic models, or leave cache out"
    assert error.node == "call" and error.where is not None and error.where.file == __file__
    assert run.nodes["add"].value == 2
    assert calls == []
    if hasattr(value, "__next__"):
        assert list(value) == [1]


def test_an_argument_with_a_part_unset_has_a_content() -> None:
    """Law: an attribute that nobody has set is no error, least of all one that ends the run."""

    @pw.task(executor="inline", cache=True)
    def call(value: Unset) -> int:
        return value.x

    assert run_of(lambda: [call(Unset(1)), call(Unset(2)), call(Unset(1))]).result == [1, 2, 1]


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


def test_a_name_and_a_version_are_not_mixed_up() -> None:
    """Law: two tasks share their calls when both name and version are the same, not when they read the same."""

    def make(name: str, version: str) -> Any:
        return pw.task(executor="inline", cache=True, name=name, version=version)(lambda x: (name, version))

    labels = [("a b", "c"), ("a", "b c")]
    tasks = [make(*label) for label in labels]
    assert run_of(lambda: [task(1) for task in tasks]).result == labels


def test_a_failed_call_is_told_as_itself() -> None:
    """Law: a cached task that fails is a failure like any other."""
    run = run_of(lambda: fail.using(cache=True)("x"))
    assert isinstance(run.error, pw.RunFailed) and list(run.error.causes) == ["fail"]
