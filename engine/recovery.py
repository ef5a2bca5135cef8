"""Recovery: what finds another plan when an action has failed, what it is told, and how the rest of that plan is run.

The engine knows planners by the protocol ``Recovery`` alone; a plan carries its own. All here is pure: what a run has
recorded goes in, and the graph of what is left to do comes out. See docs/design.md, "Replanning".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from planweave.engine.context import context
from planweave.engine.errors import NoOtherPlan, PlanweaveError, describe
from planweave.engine.graph import Graph
from planweave.engine.node import Node, Replan
from planweave.engine.plan import Plan, Step
from planweave.engine.wording import clip


class Kind(StrEnum):
    """What happened to a step."""

    STARTED = "started"
    """An attempt started."""
    OBSERVED = "observed"
    """It told by ``pw.context().observe(facts)`` what it found."""
    DONE = "done"
    """It succeeded: it has the effects of its operator."""
    FAILED = "failed"
    """It failed for good: it has none of them."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to a step of a plan, or of a plan before that.

    Attributes:
        node: the id of the step's node, which no other in the run bears.
        step: the step; a step of a later plan may bear the id of one that was never done.
        kind: what happened.
        facts: what was observed, and whether it is so.
    """

    node: str
    step: Step
    kind: Kind
    facts: Mapping[str, Any] = field(default_factory=dict)


class Recovery(Protocol):
    """Finds another plan; ``planners/htn/repair.py`` does it for hierarchical plans."""

    def check(self, facts: Mapping[str, Any]) -> None:
        """Refuse an observation that means nothing in the plan's world, with ``ValueRefused``."""
        ...

    def replan(
        self,
        plan: Plan,
        history: Sequence[Happening],
        failed: Collection[str],
        *,
        able: Collection[str],
        seconds: float,
        stopped: Callable[[], bool],
    ) -> Plan:
        """A plan that goes on from what has happened.

        Args:
            plan: whose step failed.
            history: all that happened to its steps, and to those of plans before it, in the order of the record.
            failed: the ids of those of its steps that failed.
            able: the operators that have an action.
            seconds: of processor time that it may take.
            stopped: whether nobody wants it any more.

        Returns:
            The steps that were done, under the ids that they have, and then those that are left to do, under ids that
            no step which was done bears. Its links say whose value each of the latter takes. Steps outside its
            decomposition were done for nothing.

        Raises:
            PlanweaveError: there is none, or it was not found in time.
        """
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Situation:
    """What a plan has come to, now that a step of it has failed.

    Attributes:
        replan: how it was compiled.
        plan: the plan.
        history: what has happened.
        failed: the ids of the steps that failed, and the ids of their nodes with the errors.
    """

    replan: Replan
    plan: Plan
    history: tuple[Happening, ...]
    failed: Mapping[str, tuple[str, BaseException]] = field(default_factory=dict)

    def __repr__(self) -> str:
        done = sum(one.kind is Kind.DONE for one in self.history)
        return f"<{clip(self.plan.name)}: {done} of its steps done, {len(self.failed)} failed>"


@dataclass(frozen=True, slots=True)
class Continuation:
    """What is left to do of a plan, as a graph that takes a node's place.

    Attributes:
        plan: of which it is what is left.
        graph: a node for each step that is left, under the step's id.
        results: for the inputs of the graph that take them: the step that was done whose value it is.
        done: the ids of the steps that were done, on which the graph depends.
    """

    plan: Plan
    graph: Graph
    results: Mapping[str, str]
    done: frozenset[str] = frozenset()


def plan_again(situation: Situation) -> Continuation:
    """Find another plan: the body of a node ``replan-1``.

    Raises:
        NoOtherPlan: none was found, or what was found cannot be run.
    """
    replan = situation.replan
    running = context()
    done = frozenset(one.step.id for one in situation.history if one.kind is Kind.DONE)
    try:
        recovery = situation.plan.recovery or replan.plan.recovery
        assert recovery is not None, "the compiler has seen to that"
        plan = recovery.replan(
            situation.plan,
            situation.history,
            tuple(situation.failed),
            able=tuple(replan.actions),
            seconds=replan.seconds,
            stopped=lambda: running.cancelled,
        )
        return continuation(plan, done, replan)
    except PlanweaveError as error:
        failed = ", ".join(f"{clip(name)} failed ({describe(one)})" for name, one in situation.failed.values())
        raise NoOtherPlan(
            f"{failed}, and no other plan was found: {error.what}",
            node=running.node_id,
            where=replan.where,
            mend=error.mend,
        ) from error


def continuation(plan: Plan, done: Collection[str], replan: Replan) -> Continuation:
    """What is left to do of a plan of which these steps have been done; the same whenever it is asked."""
    from planweave.engine.actions import rest_of_plan  # which imports workflows, and with them what runs them

    graph, results = rest_of_plan(plan, done, replan)
    return Continuation(plan, graph, results, frozenset(done))


def is_search(node: Node) -> bool:
    """Whether a node looks for another plan."""
    return node.task is not None and node.task.fn is plan_again
