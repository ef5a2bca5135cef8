"""Repair: another plan for a problem, when a step of the one that is being carried out has failed.

What is done stays. The tasks that the failed steps belong to are decomposed anew, the nearest first, then those around
them, up to the problem itself. Two ways are tried, each from the nearest task upwards:

1. *A decomposition that continues what was done.* Whatever was done of the tasks that are decomposed anew must be the
   beginning of the new decomposition. The plan as a whole is then one for the problem as it was stated.
2. *A decomposition from now on.* The tasks are decomposed from the state of now, and what was done of them was done for
   nothing, but for its effects. The steps that are new decompose what is open of the problem.

Tasks that have begun elsewhere keep their methods; tasks that have not begun are free to be decomposed anew.

What is guaranteed of a plan that is found: its new steps can be taken from the state of now, in each of the orders
that are left, and reach the goal, and they are, with what was done (in case 2 without what was done for nothing), a
decomposition of the problem. This has been checked by the verifier, on a problem in which what was done changes what
the record says. In case 1, where no observation has changed the state, the plan has passed the check as a plan of the
problem itself besides; relaxed plans excepted, whose steps may have been done in orders that methods forbid. Not
checked are the conditions of methods whose tasks have begun: they have held.

Sources: D. Höller, P. Bercher, G. Behnke, S. Biundo, "HTN plan repair via model transformation", KI 2020; for the way
upwards, R. P. Goldman, U. Kuter, R. G. Freedman, "Stable plan repair for state-space HTN planning", HPlan 2020.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from planweave.engine.plan import Decomposition, Plan
from planweave.engine.recovery import Happening
from planweave.planners.htn.begun import Begun, Tree
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.errors import InvalidPlan, NoPlan, PlanningTimeout
from planweave.planners.htn.execution import Execution, execution_of
from planweave.planners.htn.joined import Joined
from planweave.planners.htn.links import plan_of
from planweave.planners.htn.model import Problem
from planweave.planners.htn.observation import facts_of
from planweave.planners.htn.pinned import from_now_on, from_the_beginning
from planweave.planners.htn.solution import Solution
from planweave.planners.htn.verification.claim import claim_of_plan
from planweave.planners.htn.verification.fit import Rulebook

ONE_BY_ONE = 4
"""So many levels of tasks are tried one after another; from there on the way upwards grows twofold."""


@dataclass(frozen=True)
class Repair:
    """The recovery of a hierarchical plan; see ``engine/recovery.py``.

    Attributes:
        problem: that the plan is for.
        planner: finds solutions: ``planner(problem, *, deadline, seed)``.
        seed: of what is random in the planner.
        memory: bytes that the process may hold.
        given_up: what was done for nothing.
    """

    problem: Problem
    planner: Callable[..., Solution]
    seed: int = 0
    memory: float = float("inf")
    given_up: tuple[Decomposition, ...] = ()

    def check(self, facts: Mapping[str, Any]) -> None:
        """Refuse an observation that is no fact of the problem, with ``ValueRefused``."""
        facts_of(facts, self.problem)

    def replan(
        self,
        plan: Plan,
        history: Sequence[Happening],
        failed: Collection[str],
        *,
        able: Collection[str],
        seconds: float,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Plan:
        """A plan that goes on from what has happened: see above for what is guaranteed.

        Args:
            plan: whose steps failed.
            history: what has happened to its steps, and to those of plans before it.
            failed: the ids of the steps that failed.
            able: the operators that may be used.
            seconds: of processor time.
            stopped: whether nobody wants it any more.

        Raises:
            NoPlan: there is none.
            PlanningTimeout: none was found in time.
            ValueRefused: an observation is no fact of the problem.
        """
        trees = (*plan.decomposition, *self.given_up)
        claim = claim_of_plan(replace(plan, decomposition=trees))
        roots = claim.entries[claim.top].children[: len(plan.decomposition)]
        tree = Tree(claim, roots, Rulebook(self.problem))
        execution = execution_of(tree, plan.steps, history)
        limits = Deadline.after(seconds, memory=self.memory)
        deadline = Watched(limits.until, limits.seconds, limits.memory, stopped=stopped)
        return _Search(self, plan, tree, execution, frozenset(able)).run(failed, deadline)


@dataclass(frozen=True, slots=True)
class Watched(Deadline):
    """A deadline that is over as well when nobody wants what is looked for any more: ``stopped`` says that."""

    stopped: Callable[[], bool] = lambda: False

    def within(self, seconds: float) -> Watched:
        """A deadline from now on that ends no later than this one."""
        sooner = Deadline.within(self, seconds)
        return replace(self, until=sooner.until, seconds=sooner.seconds)

    def check(self, doing: str, *, more: int = 0, work: int = 1) -> None:
        """Go on only where the limits allow it, and somebody still wants it."""
        if self.stopped():
            raise PlanningTimeout("nobody waits for another plan any more")
        Deadline.check(self, doing, more=more, work=work)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What is decomposed anew, and whether what was done of it must be the beginning of that."""

    free: frozenset[int]
    continues: bool


class _Search:
    """Looks for another plan."""

    def __init__(self, repair: Repair, plan: Plan, tree: Tree, execution: Execution, able: frozenset[str]) -> None:
        self._repair = repair
        self._plan = plan
        self._tree = tree
        self._execution = execution
        self._able = able
        self._begun = Begun(tree, execution.done)

    def run(self, failed: Collection[str], deadline: Watched) -> Plan:
        """Try one attempt after another; each gets an equal share of the time that is left."""
        attempts = list(self._attempts(failed))
        late: PlanningTimeout | None = None
        proof: NoPlan | None = None
        for i, attempt in enumerate(attempts):
            deadline.check("looking for another plan")
            try:
                return self._try(attempt, deadline.within(deadline.left / (len(attempts) - i)))
            except NoPlan as error:
                proof = error
            except PlanningTimeout as error:
                late = error
            except InvalidPlan:
                continue  # the planner cannot be asked for another one
        if late is not None:
            raise PlanningTimeout(
                f"none was found in {deadline.seconds:g} seconds of processor time",
                mend="raise replan_time_limit=, or give the tasks more methods",
                statistics=late.statistics,
            ) from late
        raise NoPlan(
            f"no other plan exists for '{self._repair.problem.name}', whichever task is decomposed anew",
            mend=self._advice(),
            reason=proof.reason if proof is not None else None,
        ) from proof

    def _advice(self) -> str:
        unable = [name for name in self._repair.problem.domain.operators if name not in self._able]
        if unable:
            return f"give actions to the operators that have none: {', '.join(unable)}"
        return "give the tasks more methods, or let actions observe what they find"

    # ---------------------------------------------------------------------- attempts

    def _attempts(self, failed: Collection[str]) -> Iterator[_Attempt]:
        steps = [i for i, step in enumerate(self._plan.steps) if step.id in failed]
        entries = self._tree.claim.entries
        if not any(entries[i].task in self._execution.forbidden for i in steps):
            yield _Attempt(frozenset(steps), False)  # what was observed may let them be done after all
        levels = list(dict.fromkeys(self._levels(steps)))
        begun = {level: any(self._begun.has_begun(number) for number in level) for level in levels}
        yield from (_Attempt(level, begun[level]) for level in levels)
        yield from (_Attempt(level, False) for level in levels if begun[level])

    def _levels(self, steps: Sequence[int]) -> Iterator[frozenset[int]]:
        """The tasks that steps belong to, then those that these belong to, and so on."""
        top, parents = self._tree.claim.top, self._tree.claim.parents
        level, height, next_one = set(steps), 0, 1
        while level != {top}:
            level = {parents.get(number, top) for number in level}
            height += 1
            if height == next_one or level == {top}:
                next_one += 1 if height < ONE_BY_ONE else height
                yield self._outermost(level)

    def _outermost(self, level: Collection[int]) -> frozenset[int]:
        """Those that stand in none of the others."""
        top = self._tree.claim.top
        if top in level:
            return frozenset({top})
        return frozenset(one for one in level if not any(above in level for above in self._tree.above(one)))

    def _try(self, attempt: _Attempt, deadline: Watched) -> Plan:
        state = from_the_beginning if attempt.continues else from_now_on
        pinned = state(self._tree, self._begun, self._execution, attempt.free, self._able)
        solution = self._repair.planner(pinned.problem, deadline=deadline, seed=self._repair.seed)
        plan_of(pinned.problem, solution)  # which checks it
        joined = Joined(self._plan, self._tree, self._begun, self._execution, pinned, solution)
        return self._checked(joined)

    def _checked(self, joined: Joined) -> Plan:
        """The joined plan, when it has passed the checks."""
        repair = replace(self._repair, given_up=joined.given_up)
        plan = joined.plan()
        if not (joined.given_up or self._execution.is_disturbed or self._plan.is_relaxed):
            plan_of(self._repair.problem, joined.solution)
        return replace(plan.relaxed() if self._plan.is_relaxed else plan, recovery=repair)
