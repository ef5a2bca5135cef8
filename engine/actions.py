"""Actions: the tasks behind the operators of a plan; with them a plan becomes a graph."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from planweave.engine.compile import compile_nodes
from planweave.engine.errors import BindingError, DefinitionError, PolicyError, UnknownNameError
from planweave.engine.filling import Filling
from planweave.engine.graph import Graph, Input
from planweave.engine.location import Location
from planweave.engine.naming import check_name
from planweave.engine.node import Node, Replan
from planweave.engine.plan import REPLAN_SECONDS, CausalLink, Fact, Plan, Step
from planweave.engine.policy import DEFAULT_POLICY, Policy
from planweave.engine.returns import returned_by
from planweave.engine.source import Const, InputRef, Nest, Source
from planweave.engine.task import Task, make_task
from planweave.engine.wording import clip, cut
from planweave.engine.workflow import check_pools

Actions = Mapping[str, Callable[..., Any] | None]
"""The function or task of each operator, by name; None declares a no-op."""


def compile_plan(
    plan: Plan,
    actions: Actions,
    pools: Mapping[str, int],
    where: Location | None,
    replan: int = 0,
    seconds: float = REPLAN_SECONDS,
) -> Graph:
    """The graph of a plan: each step a node, each link a data edge where the action takes its value; see ``Plan``."""
    check_pools(pools, where)
    if not isinstance(actions, Mapping):
        raise DefinitionError(
            f"actions={clip(actions)} names no operators",
            where=where,
            mend='give each operator its function: actions={"load": load}',
        )
    _check_replan(plan, replan, seconds, where)
    for step in plan.steps:
        _check_step(step, where)
    laid = _Laid(plan, actions, where, {})
    nodes, output = laid.nodes, None
    if replan:
        control = Replan(plan, dict(actions), dict(pools), replan, float(seconds), where)
        outcome = laid.outcome()
        policy = Policy(join="all_done")
        nodes.append(Node(_free_id(plan.steps), None, (outcome,), (), (), policy, where, control))
        output = len(nodes) - 1
    inputs = laid.filling.inputs()
    return compile_nodes(plan.name, nodes, inputs=inputs, output=output, pools=pools, where=where)


def rest_of_plan(plan: Plan, done: Collection[str], replan: Replan) -> tuple[Graph, Mapping[str, str]]:
    """The graph of the steps of a plan that are left to do.

    Args:
        plan: the plan.
        done: the ids of the steps that were done; others wait for none of them, because that was before.
        replan: how the plan before it was compiled.

    Returns:
        The graph, whose result is that of the whole plan; and for each input that takes the value of a step that was
        done, the id of that step.

    Raises:
        DefinitionError: as ``compile_plan`` does.
    """
    results = {f"({step.id})": step.id for step in plan.steps if step.id in done}  # no input for a fact is called so
    laid = _Laid(plan, replan.actions, replan.where, {id: InputRef(name) for name, id in results.items()})
    inputs = [*laid.filling.inputs(), *(Input(name, laid.returns[id]) for name, id in results.items())]
    output = laid.outcome()
    graph = compile_nodes(plan.name, laid.nodes, inputs=inputs, output=output, pools=replan.pools, where=replan.where)
    return graph, results


class _Laid:
    """The steps of a plan as nodes; some steps may have been done, whose values are given.

    Attributes:
        nodes: a node for each step that is not done, in their order.
        filling: what fills the parameters.
        returns: what type each action of a step that is done returns.
    """

    def __init__(self, plan: Plan, actions: Actions, where: Location | None, done: Mapping[str, Source]) -> None:
        self.plan = plan
        self.nodes: list[Node] = []
        self.returns: dict[str, Any] = {}
        left = [step for step in plan.steps if step.id not in done]
        self._source: dict[str, Source] = {**done, **{step.id: i for i, step in enumerate(left)}}
        self.filling = Filling(self._source)
        self._lay(actions, where, done)

    def _lay(self, actions: Actions, where: Location | None, done: Mapping[str, Source]) -> None:
        plan, tasks = self.plan, dict[str, Task[..., Any]]()
        _check_ends(plan, where)
        incoming = _incoming(plan, where)
        before: dict[str, dict[str, None]] = {}
        for link in plan.links:
            if link.producer is not None:
                before.setdefault(link.consumer, {})[link.producer] = None
        for first, second in plan.orderings:
            before.setdefault(second, {})[first] = None
        for step in plan.steps:
            task = tasks.get(step.name) or tasks.setdefault(step.name, _task(step, actions, where))
            if step.id in done:
                self.returns[step.id] = returned_by(_node(step, task, {}, ()))
                continue
            args = self.filling.arguments(step, task, incoming.get(step.id, ()))
            read = {source for source in args.values() if type(source) is int}
            waits = [self._source[one] for one in before.get(step.id, ())]
            after = tuple(source for source in waits if type(source) is int and source not in read)
            self.nodes.append(_node(step, task, args, after))

    def outcome(self) -> Source:
        """A dict of the values of the last steps, by id: of those that belong to the plan and that no other follows."""
        plan = self.plan
        followed = {link.producer for link in plan.links} | {first for first, _ in plan.orderings}
        leaves = {one.step for tree in plan.decomposition for one in tree.walk()}
        last = [one.id for one in plan.steps if one.id not in followed and (not leaves or one.id in leaves)]
        return Nest(dict, tuple(self._source[id] for id in last), tuple(last))


def _check_replan(plan: Plan, replan: int, seconds: float, where: Location | None) -> None:
    if isinstance(replan, bool) or not isinstance(replan, int) or replan < 0:
        raise PolicyError(f"replan={clip(replan)} is no number of times", where=where, mend="use a whole number from 0")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        raise PolicyError(f"replan_time_limit={clip(seconds)} is no time", where=where, mend="use seconds above 0")
    if replan and plan.recovery is None:
        raise DefinitionError(
            f"nobody could find another plan than {clip(plan.name)}: it has no recovery",
            where=where,
            mend="compile a plan that htn.find_plan found, or give it a recovery=",
        )


def _free_id(steps: Sequence[Step]) -> str:
    """An id from which those of other plans are made, ``replan-1``, and that no step bears."""
    id = "replan"
    while any(step.id == id or step.id.startswith(f"{id}-") for step in steps):
        id += "_"
    return id


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


def _check_ends(plan: Plan, where: Location | None) -> None:
    """Every link and ordering names steps."""
    steps = {step.id for step in plan.steps}
    named = [(end, f"the causal link for {one.fact}") for one in plan.links for end in (one.producer, one.consumer)]
    named += [(end, f"the ordering {one[0]} < {one[1]}") for one in plan.orderings for end in one]
    for end, what in named:
        if end is not None and end not in steps:
            raise UnknownNameError(
                f"{cut(what)} names the step {clip(end)}, which the plan {clip(plan.name)} does not have",
                where=where,
                mend="add the step, or remove what names it",
            )


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
