"""Checking a plan against its problem, whoever found it: the rules stand in ``verification/rules.py``."""

from __future__ import annotations

from dataclasses import dataclass

from planweave.engine.plan import Plan
from planweave.planners.htn.domain import Domain
from planweave.planners.htn.errors import DomainError, InvalidPlan
from planweave.planners.htn.model import Problem
from planweave.planners.htn.plantext import PlanText, read_plan_text
from planweave.planners.htn.verification.checks import check_names, check_tree
from planweave.planners.htn.verification.claim import Claim, claim_of_plan, claim_of_text
from planweave.planners.htn.verification.fit import Rulebook
from planweave.planners.htn.verification.keeping import Keeping, order_of
from planweave.planners.htn.verification.partial import check_every_order
from planweave.planners.htn.verification.timeline import Timeline, timeline


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was checked of a valid plan.

    Attributes:
        steps: how many steps the plan has.
        note: what was checked, in words.
    """

    steps: int
    note: str

    def __str__(self) -> str:
        return f"valid: {self.steps} step{'' if self.steps == 1 else 's'}, {self.note}"


def verify(domain: Domain, problem: Problem, plan: Plan | PlanText | str) -> Verdict:
    r"""Check that a plan solves a problem.

    A text is checked in the order in which it lists the steps. Of a plan, every order of the steps that its orderings
    and causal links leave is checked, without enumerating them: each precondition must be shown to be certain whatever
    the order. (That is exact but for conditional effects, disjunctions, and preconditions and effects of compound
    tasks, where a plan may be refused that would do; those that ``plan_of`` and ``Plan.relaxed`` make are not.) A
    relaxed plan need not keep the orderings that methods and the problem impose, only what needs them.

    The preconditions of a method must hold before its first step and after all that the orderings put before its task,
    at some moment where these leave several.

    Args:
        domain: of the problem.
        problem: what the plan is for.
        plan: a plan, or a text in the IPC format.

    Returns:
        What was checked.

    Raises:
        InvalidPlan: the plan breaks a rule; ``rule`` has the word for it, ``step`` the id of the step concerned.
        PlanTextError: the text is no plan at all.
        DomainError: the problem is stated in another domain.

    >>> from planweave.planners.htn.formula import Atom
    >>> from planweave.planners.htn.model import Operator, Subtask, TaskNetwork
    >>> domain = Domain("report")
    >>> domain.add(Operator("gather", effect=Atom("data")), Operator("write", precondition=Atom("data")))
    >>> tasks = TaskNetwork((Subtask("1", "gather"), Subtask("2", "write")))
    >>> problem = Problem("report", domain, {}, frozenset(), tasks)
    >>> str(verify(domain, problem, "==>\n0 gather\n1 write\nroot 0 1\n<=="))
    'valid: 2 steps, in the order listed'
    >>> verify(domain, problem, "==>\n1 write\n0 gather\nroot 0 1\n<==")
    Traceback (most recent call last):
    planweave.planners.htn.errors.InvalidPlan: the precondition of (write) does not hold before it: (data) is false ...

    Sources: D. Höller et al., "HDDL: an extension to PDDL for expressing hierarchical planning problems", AAAI 2020;
    the rules of IPC 2020, https://ipc2020.hierarchical-task.net; for partial orders, ``verification/certain.py``.
    """
    if problem.domain is not domain and problem.domain != domain:
        raise DomainError(
            f"the problem '{problem.name}' is stated in the domain '{problem.domain.name}', another than the one given",
            mend="give the domain of the problem",
        )
    rulebook = Rulebook(problem)
    if not isinstance(plan, Plan):
        claim = claim_of_text(read_plan_text(plan) if isinstance(plan, str) else plan).named(problem)
        check_claim(claim, problem)
        timeline(claim, rulebook, ordered=True)
        return Verdict(claim.count, "in the order listed")
    claim = claim_of_plan(plan)
    check_claim(claim, problem)
    keeping = Keeping(claim, order_of(plan))
    if plan.is_relaxed:
        check_every_order(_relaxed_timeline(claim, rulebook), keeping, rulebook, plan.links, ordered=False)
        return Verdict(claim.count, "in every order; same decomposition, method orderings waived")
    found = timeline(claim, rulebook, ordered=True, keeping=keeping)
    check_every_order(found, keeping, rulebook, plan.links, ordered=True)
    return Verdict(claim.count, "in every order")


def check_claim(claim: Claim, problem: Problem) -> None:
    """Check that names are the problem's and decompositions trees, without which nothing else can be checked.

    Raises:
        InvalidPlan: the first rule that is broken.
    """
    check_names(claim, problem)
    check_tree(claim)


def _relaxed_timeline(claim: Claim, rulebook: Rulebook) -> Timeline:
    """What happens in the order listed, which may keep the orderings of methods, as it does where it was found so."""
    try:
        return timeline(claim, rulebook, ordered=True)
    except InvalidPlan:
        return timeline(claim, rulebook, ordered=False)
