"""Actions: the tasks behind the operators of a plan, and how causal links fill their parameters."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, get_args, get_origin

from planweave.engine.compile import compile_nodes
from planweave.engine.errors import BindingError, UnknownNameError
from planweave.engine.graph import Graph, Input
from planweave.engine.location import Location
from planweave.engine.node import Node
from planweave.engine.plan import CausalLink, FactPattern, Plan, Step
from planweave.engine.policy import DEFAULT_POLICY, Policy
from planweave.engine.source import Const, InputRef, Source
from planweave.engine.task import Task, make_task
from planweave.engine.workflow import check_pools

Actions = Mapping[str, Callable[..., Any] | None]
"""The function or task of each operator, by name; None declares a no-op."""


def compile_plan(plan: Plan, actions: Actions, pools: Mapping[str, int], where: Location) -> Graph:
    """The graph of a plan: each step a node, each link a data edge where the action takes its value; see ``Plan``."""
    check_pools(pools, where)
    position = _positions(plan, where)
    incoming: dict[str, list[CausalLink]] = {}
    before: dict[str, dict[str, None]] = {}
    for link in plan.links:
        incoming.setdefault(link.consumer, []).append(link)
        if link.producer is not None:
            before.setdefault(link.consumer, {})[link.producer] = None
    for first, second in plan.orderings:
        before.setdefault(second, {})[first] = None
    inputs: dict[str, Input] = {}
    tasks: dict[str, Task[..., Any]] = {}
    nodes = []
    for step in plan.steps:
        task = tasks.get(step.name) or tasks.setdefault(step.name, _task(step, actions, where))
        args = _arguments(step, task, incoming.get(step.id, ()), position, inputs)
        read = {source for source in args.values() if type(source) is int}
        after = tuple(position[one] for one in before.get(step.id, ()) if position[one] not in read)
        nodes.append(_node(step, task, args, after))
    return compile_nodes(plan.name, nodes, inputs=list(inputs.values()), pools=pools, where=where)


def _positions(plan: Plan, where: Location) -> dict[str, int]:
    """The position of each step, once every link and ordering is known to name steps."""
    for step in plan.steps:
        if step.parameters and len(step.parameters) != len(step.arguments):
            raise BindingError(
                f"the step has {len(step.arguments)} objects for {len(step.parameters)} parameters "
                f"(operator '{step.name}')",
                where=where,
                node=step.id,
                mend="give one object for each parameter",
            )
    position = {step.id: i for i, step in enumerate(plan.steps)}
    named = [(end, f"the causal link for {one.fact}") for one in plan.links for end in (one.producer, one.consumer)]
    named += [(end, f"the ordering {one[0]} < {one[1]}") for one in plan.orderings for end in one]
    for end, what in named:
        if end is not None and end not in position:
            raise UnknownNameError(
                f"{what} names the step {end!r}, which the plan '{plan.name}' does not have",
                where=where,
                mend="add the step, or remove what names it",
            )
    return position


def _node(step: Step, task: Task[..., Any], args: Mapping[str, Source], after: tuple[Source, ...]) -> Node:
    parameters = task.signature.parameters
    ordered = [name for name in args if parameters[name].kind is inspect.Parameter.POSITIONAL_ONLY]
    named = [name for name in args if name not in ordered]
    sources = tuple(args[name] for name in (*ordered, *named))
    return Node(step.id, task, sources, tuple(named), after, task.policy, task.where, None)


def _nothing() -> None:
    """What a declared no-op does."""


_NO_OP: Task[..., Any] = make_task(
    _nothing, name="no-op", version="1", policy=Policy(executor="inline"), where=Location(__file__, 1)
)


def _task(step: Step, actions: Actions, where: Location) -> Task[..., Any]:
    if step.name not in actions:
        raise UnknownNameError(
            f"the operator '{step.name}' has no action",
            where=where,
            node=step.id,
            mend=f'add it: actions={{"{step.name}": function}}, or None if nothing is to be done for it',
        )
    action = actions[step.name]
    if action is None:
        return _NO_OP
    if isinstance(action, Task):
        return action
    return make_task(action, name=step.name, version=None, policy=DEFAULT_POLICY, where=where)


def _arguments(
    step: Step,
    task: Task[..., Any],
    incoming: Sequence[CausalLink],
    position: Mapping[str, int],
    inputs: dict[str, Input],
) -> dict[str, Source]:
    """Where each parameter of the action comes from; what has a default and stands for nothing is left to it."""
    found: dict[str, Source] = {}
    objects = {python_name(name): value for name, value in step.objects.items()}
    for parameter in task.signature.parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        is_object, links = parameter.name in objects, _links_for(step, task, parameter.name, incoming)
        if is_object and links:
            raise _error(
                step, task, parameter.name, "is both a parameter of the operator and a precondition of it", "rename it"
            )
        if is_object:
            found[parameter.name] = Const(objects[parameter.name])
        elif links:
            if len(links) > 1:
                several = " and ".join(str(link.fact) for link in links)
                mend = f'say which: {parameter.name}: Annotated[T, htn.fact("{parameter.name} ?...")]'
                raise _error(step, task, parameter.name, f"could be any of {several}", mend)
            producer = links[0].producer
            found[parameter.name] = position[producer] if producer is not None else _input(parameter, task, inputs)
        elif parameter.default is parameter.empty:
            facts = dict.fromkeys(python_name(link.fact.predicate) for link in incoming if link.positive)
            known = [*objects, *facts]
            mend = f"name it like one of: {', '.join(known)}" if known else "give it a default"
            raise _error(step, task, parameter.name, "stands for nothing that the operator has", mend)
    return found


def _links_for(step: Step, task: Task[..., Any], name: str, incoming: Sequence[CausalLink]) -> list[CausalLink]:
    """The positive links whose fact a parameter stands for: by its ``FactPattern``, else by the predicate's name."""
    positive = {link.fact: link for link in incoming if link.positive}
    annotation = task.annotation(name)
    if get_origin(annotation) is Annotated:
        for extra in get_args(annotation)[1:]:
            if isinstance(extra, FactPattern):
                fact = extra.ground(step.objects)
                if fact not in positive:
                    raise _error(
                        step, task, name, f"stands for {fact}, which is no precondition here", "check the pattern"
                    )
                return [positive[fact]]
    return [link for fact, link in positive.items() if python_name(fact.predicate) == name]


def python_name(name: str) -> str:
    """A name of a planning domain as a parameter of a Python function can bear it.

    >>> python_name("data-available"), python_name("from")
    ('data_available', 'from_')
    """
    name = name.replace("-", "_")
    return f"{name}_" if keyword.iskeyword(name) else name


def _input(parameter: inspect.Parameter, task: Task[..., Any], inputs: dict[str, Input]) -> Source:
    """A fact that was true initially: a run input of that name, with the parameter's default where it has one."""
    if parameter.name not in inputs or not inputs[parameter.name].required:
        kind = task.annotation(parameter.name)
        if parameter.default is parameter.empty:
            inputs[parameter.name] = Input(parameter.name, kind)
        else:
            inputs.setdefault(parameter.name, Input(parameter.name, kind, Const(parameter.default)))
    return InputRef(parameter.name)


def _error(step: Step, task: Task[..., Any], name: str, what: str, mend: str) -> BindingError:
    return BindingError(
        f"parameter '{name}' of '{task.name}' {what} (operator '{step.name}')",
        where=task.where,
        node=step.id,
        mend=mend,
    )
