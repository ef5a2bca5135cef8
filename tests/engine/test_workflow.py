"""A workflow is a plain function that composes tasks; whatever else is given is refused where it is written."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest

import planweave as pw
from planweave.engine.tracer import active, no_tracing
from tests.engine.common import add, give


class Composing:
    """A callable object."""

    def __call__(self, x: int = 1) -> int:
        return add(x)


class Waiting:
    """One that would have to be awaited."""

    async def __call__(self, x: int) -> int:
        return x


class Inheriting(Waiting):
    """The same, from another class."""


class Yielding:
    def __call__(self) -> Any:
        yield add(1)


def test_whatever_can_be_called_can_be_a_workflow() -> None:
    """Law: lambdas, partials, methods and callable objects become workflows under the name they have."""
    given: list[Any] = [lambda x=1: add(x), functools.partial(add.fn, 1), Composing()]
    made = [pw.workflow(one) for one in given]
    assert [flow.name for flow in made] == ["lambda", "add", "Composing"]
    bound = pw.workflow(Composing().__call__)
    assert made[0].run().result == made[2].run().result == bound.run().result == 2


@pytest.mark.parametrize(
    "given",
    [dict, int, Composing, max, Waiting(), Inheriting(), functools.partial(Waiting(), 1), Yielding()],
    ids=lambda given: getattr(given, "__name__", type(given).__name__),
)
def test_what_cannot_compose_is_refused(given: Any) -> None:
    """Law: classes, coroutines and generators in any wrapping, and what hides its parameters, are no workflows."""
    with pytest.raises(pw.DefinitionError, match=r"cannot be a workflow: it must be a plain function") as caught:
        pw.workflow(given)
    assert caught.value.where is not None and caught.value.where.file == __file__


@pytest.mark.parametrize("given", ["name", 5, [add]])
def test_what_cannot_be_called_is_refused_with_the_form(given: Any) -> None:
    """Law: whoever writes @pw.workflow("name") is told of name=."""
    with pytest.raises(pw.DefinitionError, match=r"is no function, so it cannot be a workflow") as caught:
        pw.workflow(given)
    assert "@pw.workflow(name=..., pools=...)" in (caught.value.mend or "")


def test_an_option_that_there_is_not_is_refused_with_the_nearest() -> None:
    """Law: a workflow suggests names like a task does, and cuts long ones."""
    workflow: Any = pw.workflow
    task: Any = pw.task
    with pytest.raises(pw.UnknownNameError, match="a workflow has no option 'pool'") as caught:
        workflow(pool={"api": 1})
    assert caught.value.mend == "did you mean pools=?"
    for make in (workflow, task):
        with pytest.raises(pw.UnknownNameError) as caught:
            make(**{"x" * 10_000: 1})
        assert (caught.value.mend or "").startswith("its options: name, ") and len(str(caught.value)) < 400


def test_a_decorated_workflow_is_called_by_its_own_parameters() -> None:
    """Law: the inputs are the parameters of the wrapper, where it names any; else of what it wraps."""

    def doubling(fn: Callable[..., Any]) -> Callable[..., Any]:
        return functools.wraps(fn)(lambda x: fn(x, x))

    def logged(fn: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(fn)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return fn(*args, **kwargs)

        return wrapper

    def both(x: int, y: int) -> int:
        return add(x, y)

    doubled, plain = pw.workflow(doubling(both)), pw.workflow(logged(both))
    assert [one.name for one in doubled.inputs] == ["x"] and doubled.run(x=2).result == 4
    assert [one.name for one in plain.inputs] == ["x", "y"] and plain.run(x=2, y=3).result == 5
    assert pw.workflow(lambda: [doubled(1), plain(1, y=5)]).run().result == [2, 6]
    assert list(inspect.signature(doubled).parameters) == ["x"]


def test_bodies_that_run_while_a_workflow_is_traced_can_be_kept_out_of_it() -> None:
    """Law: within no_tracing a task is its function, and the workflow goes on afterwards."""

    @pw.workflow
    def flow() -> Any:
        with no_tracing():
            assert active() is None
            number = add(1)
        return give(number)

    graph = flow.graph()
    assert [node.id for node in graph.nodes] == ["give"] and graph.run().result == 2


def test_constants_are_shared() -> None:
    """Law: a list that is passed as a constant is one object for all nodes and all runs; the docstring says so."""
    shared: list[int] = []

    @pw.task(executor="inline")
    def gather(into: list[int]) -> int:
        into.append(1)
        return len(into)

    def build() -> Any:
        first = gather.using(id="first")(shared)
        return [first, gather.using(after=[first])(shared)]

    graph = pw.workflow(build).graph()
    assert [pw.run(graph).result, pw.run(graph).result] == [[1, 2], [3, 4]]
    assert "is one object" in (pw.workflow.__doc__ or "")
