"""A task is a function that still runs as one, and that becomes a node inside a workflow."""

from __future__ import annotations

import asyncio
import functools
import inspect
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

import planweave as pw


@pw.task(executor="inline")
def double(x: int, times: int = 1) -> int:
    """Double a number."""
    return x << times


@pw.task
async def triple(x: int) -> int:
    await asyncio.sleep(0)
    return 3 * x


def result_of(build: Callable[[], Any]) -> Any:
    """What a workflow of this function gives."""
    return pw.workflow(build).run().result


def test_outside_a_workflow_a_call_just_runs_the_function() -> None:
    """Law: without a tracer, task(x) is fn(x): for coroutines too, which are then awaited as usual."""
    assert double(4) == 8
    assert double(4, times=2) == 16

    async def main() -> object:
        coroutine: Any = triple(2)
        return await coroutine

    assert asyncio.run(main()) == 6


def test_inside_a_workflow_a_call_gives_a_handle_and_runs_nothing() -> None:
    """Law: tracing calls no body."""
    calls = []

    @pw.task
    def note(x: int) -> int:
        calls.append(x)
        return x

    @pw.workflow
    def flow() -> int:
        return note(1)

    assert [node.id for node in flow.graph().nodes] == ["note"]
    assert calls == []
    flow.run()
    assert calls == [1]


def test_a_task_is_known_by_what_its_function_is_known_by() -> None:
    """Law: name, docstring, signature, module and the bare function can be asked of the task."""
    assert double.fn(3) == 6
    assert not isinstance(double.fn, pw.Task)
    assert double.name == vars(double)["__name__"] == "double"
    assert double.__doc__ == "Double a number."
    assert double.__module__ == __name__
    assert inspect.signature(double) == inspect.signature(double.fn)
    assert repr(double) == "<task 'double'>"


def test_another_name_is_what_nodes_are_called() -> None:
    """Law: @task(name=...) names the nodes, not the function."""

    @pw.task(name="twice", executor="inline")
    def function(x: int) -> int:
        return 2 * x

    @pw.workflow
    def flow() -> int:
        return function(2)

    assert [node.id for node in flow.graph().nodes] == ["twice"]
    assert flow.run().result == 4


class Adder:
    """A callable object."""

    def __init__(self, much: int) -> None:
        self.much = much

    def __call__(self, x: int) -> int:
        return x + self.much


class AsyncAdder(Adder):
    """The same as a coroutine."""

    async def __call__(self, x: int) -> int:  # type: ignore[override]
        await asyncio.sleep(0)
        return x + self.much


class Inheriting(AsyncAdder):
    """One whose class has its call from another."""


async def add_slowly(x: int, much: int) -> int:
    await asyncio.sleep(0)
    return x + much


@pytest.mark.parametrize(
    ("callable_", "name"),
    [
        (lambda x: x + 1, "lambda"),
        (functools.partial(int.__add__, 1), "__add__"),
        (functools.partial(add_slowly, much=1), "add_slowly"),
        (Adder(1), "Adder"),
        (AsyncAdder(1), "AsyncAdder"),
        (Inheriting(1), "Inheriting"),
        (functools.partial(Inheriting(1)), "Inheriting"),
        (functools.partial(functools.partial(add_slowly), much=1), "add_slowly"),
        (Inheriting(1).__call__, "__call__"),
        (Fraction(1).__add__, "__add__"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_whatever_can_be_called_can_be_a_task(callable_: Callable[[int], Any], name: str) -> None:
    """Law: functions, lambdas, partials, methods and callable objects become tasks under the name they have."""
    task = pw.task(callable_)
    assert task.name == name
    assert result_of(lambda: task(4)) == 5


class Yielding:
    def __call__(self) -> Any:
        yield 1


class YieldingToo(Yielding):
    pass


def lines(path: str) -> Any:
    yield path


async def chunks() -> Any:
    yield 1


@pytest.mark.parametrize(
    ("callable_", "name"),
    [
        (lines, "lines"),
        (chunks, "chunks"),
        (functools.partial(lines, "path"), "lines"),
        (functools.partial(functools.partial(chunks)), "chunks"),
        (YieldingToo(), "YieldingToo"),
        (functools.partial(YieldingToo()), "YieldingToo"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_whatever_yields_is_no_task(callable_: Any, name: str) -> None:
    """Law: a generator is refused in whatever it is wrapped, and called by its name."""
    with pytest.raises(pw.DefinitionError, match=f"'{name}' is a generator, but a task has one output"):
        pw.task(callable_)


def test_a_task_that_closes_over_a_handle_is_refused() -> None:
    """Law: in a body a handle would have no value; so are handles in defaults and in partials."""

    def build(make: Callable[[Any], Any]) -> Callable[[], Any]:
        return lambda: [make(double(1))]

    makes: list[Callable[[Any], Any]] = [
        lambda handle: pw.task(lambda: handle),
        lambda handle: pw.task(lambda x=handle: x),
        lambda handle: pw.task(functools.partial(int, handle)),
        lambda handle: pw.task(Adder(handle)),
    ]
    for make in makes:
        with pytest.raises(pw.DefinitionError, match=r"uses the handle 'double' of the workflow around it"):
            pw.workflow(build(make)).graph()


def test_a_handle_is_no_function() -> None:
    """Law: what a task gave cannot be made a task or a workflow, though a handle can be asked to be called."""
    handles: list[Any] = []
    pw.workflow(lambda: handles.append(double(1))).graph()
    for make in (pw.task, pw.workflow):
        with pytest.raises(pw.DefinitionError, match=r"<handle of 'double'> is no function"):
            make(handles[0])


def test_a_default_that_cannot_be_shown_makes_no_trouble() -> None:
    """Law: a message with the head of a function is short and can be made, whatever its defaults are."""

    class Raising:
        def __repr__(self) -> str:
            raise ValueError

    def build(default: Any) -> Callable[[], Any]:
        task: pw.Task[..., Any] = pw.task(name="odd")(functools.partial(lambda x, y: x, y=default))
        return lambda: [task()]

    for default in (Raising(), [1] * 10**6, "x" * 10**6):
        with pytest.raises(pw.BindingError) as caught:
            result_of(build(default))
        assert (caught.value.mend or "").startswith("its parameters are odd(x, *, y=") and len(str(caught.value)) < 500


def test_a_builtin_that_hides_its_parameters_takes_what_it_is_given() -> None:
    """Law: where Python knows no signature, positional arguments are passed on as they are."""
    with pytest.raises(ValueError, match="no signature"):
        inspect.signature(max)
    greatest: pw.Task[..., Any] = pw.task(max)
    assert result_of(lambda: greatest(3, double(4), 5)) == 8


def test_a_class_is_a_task_that_makes_its_objects() -> None:
    """Law: a class is a callable like any other."""
    fraction: pw.Task[..., Any] = pw.task(Fraction)
    assert fraction.name == "Fraction"
    assert result_of(lambda: fraction(double(1), 4)) == Fraction(1, 2)


def test_a_decorated_function_runs_with_its_decorators() -> None:
    """Law: a wrapper made with functools.wraps is what runs, under the signature of what it wraps."""

    def shouting(fn: Callable[[str], str]) -> Callable[[str], str]:
        @functools.wraps(fn)
        def wrapper(name: str) -> str:
            return fn(name) + "!"

        return wrapper

    @pw.task
    @shouting
    def greet(name: str) -> str:
        return f"hello {name}"

    assert list(inspect.signature(greet).parameters) == ["name"]
    assert result_of(lambda: greet("you")) == "hello you!"


def test_a_task_made_of_a_task_has_its_function_and_another_policy() -> None:
    """Law: task(task, ...) wraps the bare function once, and leaves the other task as it is."""
    careful = pw.task(retry=pw.Retry(attempts=5), name="careful")(double)
    assert careful.fn is double.fn
    assert (careful.name, careful.policy.retry) == ("careful", pw.Retry(attempts=5))
    assert (double.name, double.policy.retry) == ("double", None)


def test_using_changes_one_call_only() -> None:
    """Law: task.using(...) is another task; what it does not name stays, and the task itself never changes."""
    base = pw.task(timeout=5, pool="api")(double.fn)
    other = base.using(timeout=9, id="special")
    assert (other.policy.timeout, other.policy.pool, other.id) == (9, "api", "special")
    assert (base.policy.timeout, base.id) == (5, None)
    assert base.using(retry=None).policy == base.policy


def test_using_gathers_what_to_wait_for() -> None:
    """Law: after= of nested using() adds up; one handle is as good as a list of one."""

    @pw.workflow
    def flow() -> int:
        first: Any = double.using(id="a")(1)
        second, third = double.using(id="b")(2), double.using(id="c")(3)
        return double.using(id="d", after=first).using(after=[second, (third,)])(4)

    graph = flow.graph()
    assert [graph.nodes[i].id for i in graph.predecessors[graph.position("d")]] == ["a", "b", "c"]
    assert {graph.nx.edges[before, "d"]["kind"] for before in "abc"} == {"control"}
    assert flow.run().result == 8


def test_a_task_called_in_the_body_of_a_task_is_a_plain_call() -> None:
    """Law: only a workflow makes nodes; in a running body a task is its function."""

    @pw.task
    def outer(x: int) -> int:
        return double(x) + 1

    @pw.workflow
    def flow() -> int:
        return outer(5)

    run = flow.run()
    assert run.result == 11
    assert list(run.nodes) == ["outer"]


def test_a_static_method_can_be_a_task_and_a_method_cannot() -> None:
    """Law: a task in a class is found by the class; through an object it refuses, since nobody would pass self."""

    class Reports:
        @pw.task
        def write(self) -> str:
            return "written"

        @staticmethod
        @pw.task(executor="inline")
        def count(x: int) -> int:
            return x + 1

        @classmethod
        @pw.task
        def read(cls) -> str:
            return "read"

    assert result_of(lambda: Reports.count(1)) == 2
    assert isinstance(Reports.write, pw.Task)
    if sys.version_info < (3, 13):  # later ones pass the class like any other argument
        with pytest.raises(pw.DefinitionError, match="'read' is a class method of Reports: a task has no self"):
            Reports.read()  # type: ignore[call-arg]  # that is the mistake
    else:
        assert result_of(Reports.read) == "read"
    with pytest.raises(pw.DefinitionError, match="'write' is a method of Reports: a task has no self"):
        _ = Reports().write


def test_tasks_are_compared_and_hashed_by_identity() -> None:
    """Law: two tasks of one function are two tasks, and tasks can be keys."""
    one, other = pw.task(double.fn), pw.task(double.fn)
    assert one != other
    assert len({one: 1, other: 2}) == 2


def test_one_task_may_be_used_by_many_workflows() -> None:
    """Law: a task keeps nothing of the workflows that it is used in."""

    @pw.workflow
    def first() -> int:
        return double(1)

    @pw.workflow
    def second() -> int:
        return double(double(1))

    assert [len(first.graph()), len(second.graph()), len(first.graph())] == [1, 2, 1]
