"""What is wrong with a plan.

Plans of few steps are judged by brute force, which is exact; the verifier finds the words, and judges what is larger.
"""

from __future__ import annotations

from itertools import islice

from planweave.engine.plan import Plan
from planweave.planners.htn.errors import InvalidPlan
from planweave.planners.htn.model import Problem
from planweave.planners.htn.plantext import PlanTextError
from planweave.planners.htn.solution import Solution
from planweave.planners.htn.verification.keeping import order_of
from planweave.planners.htn.verify import verify
from planweave.testing.htn.judge import is_solution, orders
from planweave.testing.htn.texts import solution_of_text, text_of

FEW = 12
"""Steps and decomposed tasks that brute force can take together."""

ORDERS = 500
"""Orders of steps that it can look at."""

CAUTIOUS = frozenset({"ordering", "precondition", "method-precondition", "task-effect", "goal"})
"""The rules for which the verifier may refuse a partial order of steps that would do: where effects are conditional
(see ``verify``), and where steps that look alike may be either of two subtasks."""


def fault(problem: Problem, found: Solution | Plan | str) -> str | None:
    r"""What is wrong with a plan for a problem, as a sentence; None: nothing.

    >>> from planweave.planners.htn.domain import Domain
    >>> domain = Domain("report")
    >>> domain.operator("gather", effects=["data"])
    >>> problem = domain.problem(tasks=["gather"])
    >>> fault(problem, "==> \n 0 gather \n root 0 \n <=="), fault(problem, "==> \n root \n <==")
    (None, 'the problem has the subtasks (gather), but the plan has none for them (rule: root)')
    """
    if isinstance(found, Plan):
        return _fault_of_plan(problem, found)
    text = found if isinstance(found, str) else text_of(found)
    refusal = _refusal(problem, text)
    if refusal is not None and not isinstance(refusal, InvalidPlan):
        return f"the text is no plan: {refusal.what}"
    try:
        solution = solution_of_text(text, problem)
    except InvalidPlan as error:
        return error.what
    return _judged(refusal, is_solution(problem, solution) if _is_small(solution) else None)


def _fault_of_plan(problem: Problem, plan: Plan) -> str | None:
    try:
        order_of(plan)
    except InvalidPlan as error:
        return error.what
    refusal = _refusal(problem, plan)
    if refusal is not None and getattr(refusal, "rule", None) not in CAUTIOUS:
        return refusal.what
    some = list(islice(orders(plan), ORDERS + 1))
    if len(some) > ORDERS or not _is_small(some[0]):
        return None if refusal is None else refusal.what
    for one in some:
        if not is_solution(problem, one, ordered=not plan.is_relaxed):
            steps = " ".join(map(str, one.steps))
            return f"its orderings leave the order {steps}, which is no solution: {_words(problem, one, plan)}"
    return None


def _words(problem: Problem, solution: Solution, plan: Plan) -> str:
    """What is wrong with one order of the steps of a plan."""
    refusal = _refusal(problem, text_of(solution))
    if refusal is None or (plan.is_relaxed and getattr(refusal, "rule", None) == "ordering"):
        refusal = _refusal(problem, plan)
    return "whatever happens when" if refusal is None else refusal.what


def _refusal(problem: Problem, found: Plan | str) -> InvalidPlan | PlanTextError | None:
    try:
        verify(problem.domain, problem, found)
    except (InvalidPlan, PlanTextError) as error:
        return error
    return None


def _is_small(solution: Solution) -> bool:
    return len(solution.steps) + len(solution.choices) <= FEW


def _judged(refusal: InvalidPlan | None, solves: bool | None) -> str | None:
    """The sentence for what the verifier and brute force say; if they differ, there is a bug in one of them."""
    if solves is None or solves is (refusal is None):
        return None if refusal is None else refusal.what
    says = "accepts" if refusal is None else f"refuses ({refusal.what})"
    raise AssertionError(f"the verifier {says} what brute force {'accepts' if solves else 'refuses'}: please report it")
