"""Actions: the tasks behind the operators of a plan; with them a plan becomes a graph."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from planweave.engine.compile import compile_nodes
from planweave.engine.errors import BindingError, DefinitionError, UnknownNameError
from planweave.engine.filling import Filling
from planweave.engine.graph import Graph
from planweave.engine.location import Location
from planweave.engine.naming import check_name
from planweave.engine.node import Node
from planweave.engine.plan import CausalLink, Fact, Plan, Step
from planweave.engine.policy import DEFAULT_POLICY, Policy
from planweave.engine.source import Const, Source
from planweave.engine.task import Task, make_task
from planweave.engine.wording import clip, cut
from planweave.engine.workflow import check_pools

Actions = Mapping[str, Callable[..., Any] | None]
"""The function or task of each operator, by name; None declares a no-op."""


def compile_plan(plan: Plan, actions: Actions, pools: Mapping[str, int], where: Location | None) -> Graph:
    """The graph of a plan: each step a node, each link a data edge where the action takes its value; see ``Plan``."""
    check_pools(pools, where)
    if not isinstance(actions, Mapping):
        raise DefinitionError(
            f"actions={clip(actions)} names no operators",
            where=where,
            mend='give each operator its function: actions={"load": load}',
        )
    for step in plan.steps:
        _check_step(step, where)
    position = _positions(plan, where)
    incoming = _incoming(plan, where)
    before: dict[str, dict[str, None]] = {}
    for link in plan.links:
        if link.producer is not None:
            before.setdefault(link.consumer, {})[link.producer] = None
    for first, second in plan.orderings:
        before.setdefault(second, {})[first] = None
    filling = Filling(position)
    tasks: dict[str, Task[..., Any]] = {}
    nodes = []
    for step in plan.steps:
        task = tasks.get(step.name) or tasks.setdefault(step.name, _task(step, actions, where))
        args = filling.arguments(step, task, incoming.get(step.id, ()))
        read = {source for source in args.values() if type(source) is int}
        after = tuple(position[one] for one in before.get(step.id, ()) if position[one] not in read)
        nodes.append(_node(step, task, args, after))
    return compile_nodes(plan.name, nodes, inputs=filling.inputs(), pools=pools, where=where)


def _check_step(step: Step, where: Location | None) -> None:
    check_name("" if step.id is None else step.id, "id", where)
    if isinstance(step.arguments, str):
        raise BindingError(
            f"the objects of the step are the text {clip(step.arguments)} (operator {clip(step.name)})",
            where=where,
            node=step.id,
            mend=f"use ({clip(step.arguments)},)",
        )
    if step.parameters and len(step.parameters) != len(step.arguments):
        raise BindingError(
            f"the step has {_count(step.arguments, 'object')} for {_count(step.parameters, 'parameter')} "
            f"(operator {clip(step.name)})",
            where=where,
            node=step.id,
            mend="give one object for each parameter",
        )


def _count(some: tuple[str, ...], word: str) -> str:
    return f"{len(some)} {word}" if len(some) == 1 else f"{len(some)} {word}s"


def _positions(plan: Plan, where: Location | None) -> dict[str, int]:
    """The position of each step, once every link and ordering is known to name steps."""
    position = {step.id: i for i, step in enumerate(plan.steps)}
    named = [(end, f"the causal link for {one.fact}") for one in plan.links for end in (one.producer, one.consumer)]
    named += [(end, f"the ordering {one[0]} < {one[1]}") for one in plan.orderings for end in one]
    for end, what in named:
        if end is not None and end not in position:
            raise UnknownNameError(
                f"{cut(what)} names the step {clip(end)}, which the plan {clip(plan.name)} does not have",
                where=where,
                mend="add the step, or remove what names it",
            )
    return position


def _incoming(plan: Plan, where: Location | None) -> dict[str, list[CausalLink]]:
    """The links of each step that they end in; each fact comes from one producer."""
    incoming: dict[str, list[CausalLink]] = {}
    producers: dict[tuple[str, Fact], str | None] = {}
    for link in plan.links:
        incoming.setdefault(link.consumer, []).append(link)
        if not link.positive:
            continue
        first = producers.setdefault((link.consumer, link.fact), link.producer)
        if first != link.producer:
            words = ["true initially" if one is None else f"made true by {clip(one)}" for one in (first, link.producer)]
            raise BindingError(
                f"the plan has two links for {cut(str(link.fact), 80)}: it is {words[0]} and {words[1]}",
                where=where,
                node=link.consumer,
                mend="keep the one of the step that makes it true last before this step",
            )
    return incoming


def _node(step: Step, task: Task[..., Any], args: Mapping[str, Source], after: tuple[Source, ...]) -> Node:
    by_position = _by_position(task, args)
    named = [name for name in args if name not in by_position]
    sources = (*by_position.values(), *(args[name] for name in named))
    return Node(step.id, task, sources, tuple(named), after, task.policy, task.where, None)


def _by_position(task: Task[..., Any], args: Mapping[str, Source]) -> dict[str, Source]:
    """What fills the positional-only parameters; a default that others stand behind must be passed like they are."""
    only = [one for one in task.signature.parameters.values() if one.kind is inspect.Parameter.POSITIONAL_ONLY]
    while only and only[-1].name not in args:
        only.pop()
    return {one.name: args[one.name] if one.name in args else Const(one.default) for one in only}


def _nothing() -> None:
    """What a declared no-op does."""


_NO_OP: Task[..., Any] = make_task(
    _nothing, name="no-op", version="1", policy=Policy(executor="inline"), where=Location(__file__, 1)
)


def _task(step: Step, actions: Actions, where: Location | None) -> Task[..., Any]:
    if step.name not in actions:
        raise UnknownNameError(
            f"the operator {clip(step.name)} has no action",
            where=where,
            node=step.id,
            mend=f'add it: actions={{"{cut(str(step.name), 80)}": function}}, or None if nothing is to be done for it',
        )
    action = actions[step.name]
    if action is None:
        return _NO_OP
    if isinstance(action, Task):
        return action
    return make_task(action, name=step.name, version=None, policy=DEFAULT_POLICY, where=where)
