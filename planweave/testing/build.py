"""The builder: makes a workflow of a script, whose tasks do what the script says."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from planweave.engine.control import repeat, sleep, when
from planweave.engine.graph import Graph
from planweave.engine.missing import Missing
from planweave.engine.state import NodeState
from planweave.engine.task import Task, make_task
from planweave.engine.workflow import Workflow, make_workflow
from planweave.testing.hands import spend
from planweave.testing.probe import Probe
from planweave.testing.script import Argument, Branch, Cluster, Do, Each, Item, Loop, Part, Pause, Ref, Script, Work

Scope = Mapping[str, Any]


class Planned(Exception):  # because it is a failure that the script wants
    """A task failed because its script says so."""


def digest(name: str, values: Any) -> str:
    """What a task gives by default: a short hash of its name and its arguments.

    How a missing argument came to be missing may differ between interleavings (which of two failures came first), so
    only whether it was skipped or broke counts.

    >>> digest("a", [1]) == digest("a", [1]), digest("a", [1]) == digest("b", [1])
    (True, False)
    """
    return hashlib.blake2b(repr((name, plain(values))).encode(), digest_size=6).hexdigest()


def plain(value: Any) -> Any:
    """A value with ``Missing`` replaced by the word "skipped" or "broken" in angle brackets."""
    if isinstance(value, Missing):
        return "<skipped>" if value.state is NodeState.SKIPPED else "<broken>"
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return {key: plain(item) for key, item in value.items()} if isinstance(value, dict) else value


def build(script: Script, probe: Probe) -> Workflow[[], Any]:
    """The workflow that a script describes, watched by a probe."""
    return _Builder(probe).workflow(script, "script")


class _Builder:
    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self._tasks: dict[str, Task[..., Any]] = {}

    def workflow(self, script: Script, name: str) -> Workflow[[], Any]:
        return make_workflow(lambda: self._lay(script, {}, None), name, dict(script.pools))

    def _lay(self, script: Script, scope: Scope, item: Any) -> Any:
        """Compose the parts; gives the handle of the output."""
        seen = dict(scope)
        for part in script.parts:
            seen[part.name] = self._add(part, seen, item)
        return None if script.output is None else _value(script.output, seen, item)

    def _add(self, part: Part, scope: Scope, item: Any) -> Any:
        match part:
            case Do():
                task = self._task(part.work).using(id=part.name, after=[scope[name] for name in part.after])
                return task(*[_value(argument, scope, item) for argument in part.args])
            case Each():
                return self._add_map(part, scope, item)
            case Branch(then=then, otherwise=otherwise):
                return when(
                    part.condition if isinstance(part.condition, bool) else scope[part.condition.name],
                    lambda: self._lay(then, scope, item),
                    None if otherwise is None else lambda: self._lay(otherwise, scope, item),
                    id=part.name,
                )
            case Loop(body=body):
                step: Callable[[Any], Any] = (
                    self._task(body) if isinstance(body, Work) else lambda state: self._lay(body, scope, state)
                )
                return repeat(step, 0, until=self._task(part.until), limit=part.limit, id=part.name)
            case Pause():
                return sleep(part.seconds, after=[scope[name] for name in part.after], id=part.name)
            case Cluster(script=script):
                return make_workflow(lambda: self._lay(script, scope, item), part.name, None)()

    def _add_map(self, part: Each, scope: Scope, item: Any) -> Any:
        lists = [list(range(one)) if isinstance(one, int) else scope[one.name] for one in part.over]
        body = part.body
        if isinstance(body, Work):
            fixed = {f"fixed_{ref.name}": scope[ref.name] for ref in part.fixed}
            task = self._task(body).using(id=part.name, after=[scope[name] for name in part.after])
            return task.map(*lists, failures=part.failures, **fixed)
        one: Callable[..., Any] = lambda first: self._lay(body, scope, first)  # noqa: E731  # because only the count differs
        two: Callable[..., Any] = lambda first, second: self._lay(body, scope, first)  # noqa: E731
        inner = make_workflow(one if len(lists) == 1 else two, part.name, None)
        return inner.map(*lists, failures=part.failures)

    def _task(self, work: Work) -> Task[..., Any]:
        """The task of some work; the same work is the same task wherever it stands."""
        if work.name not in self._tasks:
            graph = None if work.grows is None else self.workflow(work.grows, work.name).graph()
            body = _coroutine(work, self._probe, graph) if work.mode == "loop" else _function(work, self._probe, graph)
            self._tasks[work.name] = make_task(body, name=work.name, version=work.name, policy=work.policy, where=None)
        return self._tasks[work.name]


def _value(argument: Argument, scope: Scope, item: Any) -> Any:
    if isinstance(argument, Ref):
        return scope[argument.name]
    if isinstance(argument, Item):
        return item
    return [_value(one, scope, item) for one in argument] if isinstance(argument, tuple) else argument


def _coroutine(work: Work, probe: Probe, graph: Graph | None) -> Callable[..., Any]:
    async def body(*values: Any, **fixed: Any) -> Any:
        with probe.visit(work) as visit:
            seconds = work.attempt(visit.attempt).seconds
            try:
                if seconds is not None:
                    await asyncio.sleep(seconds)
            except asyncio.CancelledError:
                if work.on_cancel == "tidy":
                    await asyncio.sleep(1)
                if work.on_cancel != "refuse":
                    raise
            return _end(work, visit.node, visit.attempt, values, fixed, graph)

    return body


def _function(work: Work, probe: Probe, graph: Graph | None) -> Callable[..., Any]:
    def body(*values: Any, **fixed: Any) -> Any:
        with probe.visit(work) as visit:
            seconds = work.attempt(visit.attempt).seconds
            if seconds is not None:
                spend(seconds)
            return _end(work, visit.node, visit.attempt, values, fixed, graph)

    return body


def _end(work: Work, node: str, attempt: int, values: Any, fixed: Mapping[str, Any], graph: Graph | None) -> Any:
    if work.attempt(attempt).fails or (values and type(values[0]) is int and values[0] in work.fails_on):
        raise Planned(f"attempt {attempt} of '{node}'")
    return graph if graph is not None else given(work, [*values, *fixed.values()])


def given(work: Work, values: list[Any]) -> Any:
    """The value of a task with these arguments."""
    match work.gives:
        case "yes" | "no":
            return work.gives == "yes"
        case "range":
            return list(range(work.number))
        case "next":
            return values[0] + 1
        case "reached":
            return values[0] >= work.number
    # which of its predecessors have a value when it starts differs between interleavings
    return digest(work.name, [] if work.policy.join == "one_success" else values)
