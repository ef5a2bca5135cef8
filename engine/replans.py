"""Replans: what a run knows of its plans that another plan may replace. See docs/design.md, "Replanning".

Behind the steps of such a plan stands a node with a ``Replan``. When a step breaks, the steps that have not begun are
given up; that node begins when those that run have ended, and expands into a node ``replan-1``, which looks for another
plan and expands into what is left of that. If a step of that breaks too, it expands once more, into ``replan-2``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from planweave.engine.compile import compile_nodes
from planweave.engine.errors import LimitReached, ValueRefused, describe
from planweave.engine.frontier import Frontier
from planweave.engine.graph import Graph, Input
from planweave.engine.journal import records_of
from planweave.engine.location import Location
from planweave.engine.node import Node, Replan
from planweave.engine.plan import Plan, Step
from planweave.engine.policy import Policy
from planweave.engine.recovery import Continuation, Happening, Kind, Situation, plan_again
from planweave.engine.rundata import RunData
from planweave.engine.source import Const, InputRef, Source
from planweave.engine.state import NodeState
from planweave.engine.task import make_task
from planweave.engine.wording import clip

_POLICY = Policy(executor="thread", join="all_done")
_HERE = Location(__file__, 1)

_KINDS: dict[Any, Kind] = {
    NodeState.RUNNING: Kind.STARTED,
    NodeState.SUCCEEDED: Kind.DONE,
    NodeState.FAILED: Kind.FAILED,
    NodeState.UPSTREAM_FAILED: Kind.FAILED,
}


@dataclass(slots=True)
class Course:
    """How far a plan has come.

    Attributes:
        replan: how it was compiled.
        inputs: where the values of the inputs of its graph come from in the run.
        plan: the plan, or the one that has replaced it.
        nodes: the position of each step that the plan has nodes for, by the step's id.
        number: how often another plan was looked for.
        known: the steps that had failed by then.
    """

    replan: Replan
    inputs: Mapping[str, Source]
    plan: Plan
    nodes: dict[str, int]
    number: int = 0
    known: set[int] = field(default_factory=set)


class Replans:
    """The plans of a run that another plan may replace, and how far each has come.

    Attributes:
        steps: the steps of all of them by position, each with the position of the node behind its plan.
    """

    def __init__(self, data: RunData, frontier: Frontier, flat: Sequence[Any]) -> None:
        self.steps: dict[int, tuple[int, Step]] = {}
        self._data = data
        self._frontier = frontier
        self._flat = flat
        self._courses: dict[int, Course] = {}
        self.take_up({one.name: InputRef(one.name) for one in data.graph.inputs})

    def take_up(self, inputs: Mapping[str, Source]) -> None:
        """Take up the graph whose nodes were added last, if it is that of such a plan."""
        position = len(self._data.nodes) - 1
        control = self._data.nodes[position].control if position >= 0 else None
        if isinstance(control, Replan):
            first = position - len(control.plan.steps)
            nodes = {step.id: first + i for i, step in enumerate(control.plan.steps)}
            self._courses[position] = Course(control, inputs, control.plan, nodes)
            self._know(position, control.plan, nodes)

    def _know(self, guard: int, plan: Plan, nodes: Mapping[str, int]) -> None:
        new = {nodes[step.id]: (guard, step) for step in plan.steps if nodes[step.id] not in self.steps}
        self.steps.update(new)
        self._frontier.watch_over(guard, list(new))

    # ------------------------------------------------------------------ when a step has broken

    def search(self, guard: int) -> tuple[Graph, dict[str, Source]] | None:
        """A graph of one node that looks for another plan, and its inputs; None: every step was done.

        It waits for the steps that failed, so that pictures show what it is there for.

        Raises:
            LimitReached: that was done as often as it may be.
        """
        course = self._courses[guard]
        if not any(self._frontier.state[i].is_broken for i in self._steps_of(guard)):
            return None
        failed = [i for i in self._failed(guard) if i not in course.known]
        roots = tuple(dict.fromkeys(self._frontier.root_of(i) for i in failed))
        node = self._data.nodes[guard]
        if course.number == course.replan.limit:
            self._data.origins[guard] = roots
            raise self._exhausted(node, course, roots)
        course.number += 1
        course.known.update(failed)
        id = f"{node.id}-{course.number}"
        self._data.origins[len(self._data.nodes)] = roots
        situation = Situation(
            course.replan,
            course.plan,
            tuple(self._history(guard)),
            {self.steps[i][1].id: (self._data.nodes[i].id, self._error_of(i)) for i in failed},
        )
        name = f"replan-{course.number}"
        task = make_task(plan_again, name=name, version="1", policy=_POLICY, where=_HERE)
        inputs: dict[str, Source] = {self._data.nodes[i].id: i for i in failed}
        after = tuple(InputRef(one) for one in inputs)
        search = Node(id, task, (Const(situation),), (), after, _POLICY, node.where, None)
        return compile_nodes(name, [search], inputs=[Input(one) for one in inputs]), inputs

    def _exhausted(self, node: Node, course: Course, roots: Sequence[int]) -> LimitReached:
        first = roots[0]
        times = "once" if course.number == 1 else f"{course.number} times"
        return LimitReached(
            f"{clip(course.plan.name)} was replanned {times}, and {clip(self._data.nodes[first].id)} failed again: "
            f"{describe(self._data.errors[first])}",
            node=node.id,
            where=node.where,
            mend="raise replan=, or look at why actions fail",
        )

    def _error_of(self, position: int) -> BaseException:
        return self._data.errors[self._frontier.root_of(position)]

    def _steps_of(self, guard: int) -> list[int]:
        return [i for i, (one, _) in self.steps.items() if one == guard]

    def _failed(self, guard: int) -> list[int]:
        """The steps that failed, by themselves or in what they became; others could not begin because of them."""
        state, expanded = self._frontier.state, self._frontier.open
        return [
            i
            for i in self._steps_of(guard)
            if state[i] is NodeState.FAILED or (state[i] is NodeState.UPSTREAM_FAILED and i in expanded)
        ]

    # ------------------------------------------------------------------ what has happened

    def _history(self, guard: int) -> Iterator[Happening]:
        failed = set(self._failed(guard))
        for _, kind, position, data in records_of(self._flat):
            step = self._step_above(position, guard)
            if step is None:
                continue
            of_itself = _KINDS.get(kind) if step == position else None
            node, what = self._data.nodes[step].id, self.steps[step][1]
            if kind == "observed":
                yield Happening(node, what, Kind.OBSERVED, data["facts"])
            elif of_itself is not None and (of_itself is not Kind.FAILED or step in failed):
                yield Happening(node, what, of_itself)

    def _step_above(self, position: int, guard: int | None) -> int | None:
        """The step of a plan (of any: None) that a node is, or is a part of."""
        while position >= 0:
            if position in self.steps and guard in (None, self.steps[position][0]):
                return position
            position = self._frontier.parent_of(position)
        return None

    def check(self, position: int, facts: Mapping[str, Any]) -> None:
        """Refuse what a node observes and what means nothing to its plan; called in any thread."""
        step = self._step_above(position, None)
        if step is not None:
            plan = self._courses[self.steps[step][0]].plan
            if plan.recovery is not None:
                plan.recovery.check(facts)

    # ------------------------------------------------------------------ going on

    def sources(self, position: int, rest: Continuation) -> dict[str, Source]:
        """Where the inputs of what is left of a plan come from in the run.

        Raises:
            ValueRefused: the run was not given what a fact that is true initially stands for.
        """
        course = self._courses[self._frontier.parent_of(position)]
        found: dict[str, Source] = {}
        for one in rest.graph.inputs:
            if one.name in rest.results:
                found[one.name] = course.nodes[rest.results[one.name]]
            elif one.name in course.inputs:
                found[one.name] = course.inputs[one.name]
            elif one.required:
                raise ValueRefused(
                    f"the other plan takes the value of {clip(one.name)}, which is no input of the run",
                    node=self._data.nodes[position].id,
                    where=course.replan.where,
                    mend="give the parameter of that name a default",
                )
        return found

    def went_on(self, position: int, rest: Continuation, first: int) -> None:
        """What is left of a plan has nodes now, in order, from the position ``first`` on."""
        guard = self._frontier.parent_of(position)
        course = self._courses[guard]
        nodes = {node.id: first + i for i, node in enumerate(rest.graph.nodes)}
        course.plan = rest.plan
        course.nodes = {step.id: nodes.get(step.id, course.nodes.get(step.id, -1)) for step in rest.plan.steps}
        self._know(guard, rest.plan, course.nodes)
