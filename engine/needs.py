"""Workflows from plain tasks and what each needs: ``pw.workflow_from``."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from planweave.engine.dag import cycle_error, find_cycle, successors_of, topological_order
from planweave.engine.errors import DefinitionError, UnknownNameError
from planweave.engine.graph import Input
from planweave.engine.location import Location
from planweave.engine.naming import check_name
from planweave.engine.policy import DEFAULT_POLICY
from planweave.engine.task import Task, make_task
from planweave.engine.tracer import active
from planweave.engine.wording import clip, listing
from planweave.engine.workflow import Workflow, check_pools


def workflow_from(
    tasks: Mapping[str, Callable[..., Any]],
    needs: Mapping[str, Iterable[str]],
    *,
    name: str = "workflow",
    pools: Mapping[str, int] | None = None,
) -> Workflow[..., dict[str, Any]]:
    """A workflow of plain tasks with dependencies.

    Each task is called with the results of its needs, in their order. Parameters without a default beyond those
    are inputs of the run, by name. The result of a run is a dict of the values of the last tasks.

    Args:
        tasks: a function or task by name; the names are the ids of the nodes.
        needs: for each task that waits for others, their names; all others wait for nothing.
        name: of the workflow.
        pools: limits of the pools that the tasks name.

    Raises:
        UnknownNameError: ``needs`` names a task that is not there.
        CycleError: tasks need each other.
        DefinitionError: something is no function, or ``tasks`` or ``needs`` is no dict.

    >>> report = workflow_from(
    ...     {"research": lambda topic: [topic], "analysis": len, "synthesis": lambda n: f"{n} facts"},
    ...     {"analysis": ["research"], "synthesis": ["analysis"]},
    ... )
    >>> report.run(topic="graphs").result
    {'synthesis': '1 facts'}
    """
    where = Location.of(sys._getframe(1))
    check_name(name, "name", where)
    check_pools(pools or {}, where)
    _check_mapping("tasks", tasks, '{"research": research, "analysis": analyse}', where)
    _check_mapping("needs", needs, '{"analysis": ["research"]}, or {} where nothing waits', where)
    listed = {key: _listed(key, some, where) for key, some in needs.items()}
    order = _ordered(tasks, listed, where)
    made = {key: _task(key, tasks[key], where) for key in order}
    inputs: dict[str, Input] = {}
    for key, task in made.items():
        for one in _inputs_of(task, len(listed.get(key, ()))):
            inputs.setdefault(one.name, one)

    needed = {need for some in listed.values() for need in some}

    def compose(**given: Any) -> dict[str, Any]:
        tracer = active()
        assert tracer is not None, "only traced"
        handles: dict[str, Any] = {}
        for key, task in made.items():
            values = [handles[need] for need in listed.get(key, ())]
            free = _inputs_of(task, len(values))
            by_position = _positional_only(task) if free else ()
            values += [given[one.name] for one in free if one.name in by_position]  # those that come next
            keywords = {one.name: given[one.name] for one in free if one.name not in by_position}
            handles[key] = tracer.call(task, tuple(values), keywords, where)
        return {key: handle for key, handle in handles.items() if key not in needed}

    compose.__name__ = compose.__qualname__ = name
    compose.__dict__["__signature__"] = inspect.Signature(
        [inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, annotation=inputs[key].annotation) for key in inputs]
    )
    return Workflow(compose, name, tuple(inputs.values()), dict(pools or {}), where)


def _check_mapping(what: str, given: object, form: str, where: Location) -> None:
    if not isinstance(given, Mapping):
        raise DefinitionError(f"the {what} are {clip(given)}, which is no dict", where=where, mend=f"use {form}")


def _listed(key: str, some: Iterable[str], where: Location) -> tuple[str, ...]:
    """The needs of a task, which may come as any iterable, read once."""
    if isinstance(some, str):
        raise DefinitionError(
            f"the needs of {clip(key)} are the text {clip(some)}", where=where, mend=f"use [{clip(some)}]"
        )
    if not isinstance(some, Iterable):
        raise DefinitionError(
            f"the needs of {clip(key)} are {clip(some)}", where=where, mend="use a list of the names of tasks"
        )
    return tuple(some)


def _ordered(tasks: Mapping[str, Any], needs: Mapping[str, tuple[str, ...]], where: Location) -> list[str]:
    """The names so that each comes after what it needs; in the given order where that allows it."""
    position = {key: i for i, key in enumerate(tasks)}
    before: list[tuple[int, ...]] = [()] * len(position)
    for key, some in needs.items():
        for need in (key, *some):
            if not isinstance(need, str) or need not in position:
                raise _unknown(need, f" (needed by {clip(key)})" if need != key else "", tasks, where)
        before[position[key]] = tuple(dict.fromkeys(position[need] for need in some))
    order = topological_order(before, successors_of(before))
    names = list(tasks)
    if len(order) < len(names):
        done = set(order)
        left = [() if i in done else tuple(j for j in some if j not in done) for i, some in enumerate(before)]
        raise cycle_error([names[i] for i in find_cycle(left)], where)
    return [names[i] for i in order]


def _unknown(name: str, why: str, tasks: Mapping[str, Any], where: Location) -> UnknownNameError:
    from difflib import get_close_matches

    # by the first ones only: each comparison takes its time
    near = get_close_matches(str(name)[:100], [key[:100] for key in list(tasks)[:10_000] if isinstance(key, str)], n=3)
    return UnknownNameError(
        f"there is no task {clip(name)}{why}",
        where=where,
        mend=f"did you mean: {listing(near)}" if near else "add it to the tasks, or remove it from the needs",
    )


def _task(name: str, fn: Any, where: Location) -> Task[..., Any]:
    check_name(name, "id", where)
    policy = fn.policy if isinstance(fn, Task) else DEFAULT_POLICY
    return make_task(fn, name=name, version=None, policy=policy, where=where).using(id=name)


def _positional_only(task: Task[..., Any]) -> set[str]:
    return {one.name for one in task.signature.parameters.values() if one.kind is one.POSITIONAL_ONLY}


def _inputs_of(task: Task[..., Any], filled: int) -> list[Input]:
    """The parameters of a task that nothing fills after its first ``filled`` ones."""
    parameters = list(task.signature.parameters.values())
    plain = [one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    free = plain[filled:] + [one for one in parameters if one.kind is one.KEYWORD_ONLY]
    return [Input(one.name, task.hints.get(one.name, Any)) for one in free if one.default is one.empty]
