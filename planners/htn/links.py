"""From a solution to a plan: which step makes what true for which other, and which orderings that needs.

What happens in the solution is told by the verifier (``verification/timeline.py``), so a wrong solution never becomes a
plan. Then each condition keeps the producer that it had: whatever made it so last comes before it, and whatever undoes
it comes after it or before the producer. Conditional effects keep happening, or not happening, as they did. Orderings
that methods impose are added to that; ``Plan.relaxed`` leaves them out again.

Sources: S. Kambhampati, S. Kedar, "A unified framework for explanation-based generalization of partially ordered and
partially instantiated plans", Artificial Intelligence 67, 1994; C. Bäckström, "Computational aspects of reordering
plans", JAIR 9, 1998.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from planweave.engine.plan import CausalLink, Decomposition, Plan, Step
from planweave.planners.htn.amounts import duration
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.model import Problem
from planweave.planners.htn.solution import Solution
from planweave.planners.htn.verification.attempt import Kind
from planweave.planners.htn.verification.claim import Claim, claim_of_solution
from planweave.planners.htn.verification.fit import Rulebook
from planweave.planners.htn.verification.order import covers
from planweave.planners.htn.verification.producers import Producers
from planweave.planners.htn.verification.timeline import Timeline, timeline
from planweave.planners.htn.verification.walk import Walk
from planweave.planners.htn.verify import check_claim

MANY = 100
"""After so many steps or events the deadline is asked."""


def plan_of(problem: Problem, solution: Solution, *, deadline: Deadline | None = None) -> Plan:
    """The plan that a solution is.

    Its links say which step made each precondition true (or, of a negative one, false) last before its step; a fact
    that a task made comes from the last step of that task. Its orderings are those that methods, the problem, links and
    threats need, without those that follow from others.

    Args:
        problem: what the solution is for.
        solution: the steps in the order in which they are taken, and how each task was decomposed.
        deadline: when to give up; None: never.

    Raises:
        InvalidPlan: the solution is none.
        PlanningTimeout: a limit is reached.

    >>> from planweave.planners.htn.domain import Domain
    >>> from planweave.planners.htn.formula import Atom
    >>> from planweave.planners.htn.model import Operator, Subtask, TaskNetwork
    >>> from planweave.planners.htn.solution import GroundTask
    >>> domain = Domain("report")
    >>> domain.add(Operator("gather", effect=Atom("data")), Operator("write", precondition=Atom("data")))
    >>> tasks = TaskNetwork((Subtask("1", "gather"), Subtask("2", "write")))
    >>> problem = Problem("report", domain, {}, frozenset(), tasks)
    >>> plan = plan_of(problem, Solution((GroundTask("gather"), GroundTask("write")), (), (0, 1)))
    >>> plan.links[0]
    CausalLink(producer='gather', fact=Fact(predicate='data', arguments=()), consumer='write', positive=True)
    """
    deadline = Deadline() if deadline is None else deadline
    claim = claim_of_solution(solution)
    check_claim(claim, problem)
    found = timeline(claim, Rulebook(problem), ordered=True, deadline=deadline)
    steps = _steps(claim, problem)

    def named(pairs: Iterable[tuple[int, int]]) -> tuple[tuple[str, str], ...]:
        return tuple((steps[one].id, steps[two].id) for one, two in pairs)

    return Plan(
        problem.name,
        steps,
        tuple(_links(found, steps)),
        named(_orderings(found, deadline, ordered=True)),
        _decomposition(claim, steps),
        named(_orderings(found, deadline, ordered=False)),
    )


def _steps(claim: Claim, problem: Problem) -> tuple[Step, ...]:
    """The steps under ids that a person can read: ``drive``, ``drive-2``, ..."""
    count: Counter[str] = Counter()
    taken: set[str] = set()
    steps = []
    for entry in claim.entries[: claim.count]:
        name, arguments = entry.task
        found = name
        while not count[name] or found in taken:
            count[name] += 1
            found = name if count[name] == 1 else f"{name}-{count[name]}"
        taken.add(found)
        parameters = problem.domain.operators[name].parameters
        names = tuple(one.name.removeprefix("?") for one in parameters)
        steps.append(Step(found, name, arguments, names, duration(entry.task, problem)))
    return tuple(steps)


def _decomposition(claim: Claim, steps: Sequence[Step]) -> tuple[Decomposition, ...]:
    made = {i: Decomposition(step.name, step.arguments, step=step.id) for i, step in enumerate(steps)}
    for number in claim.postorder:
        entry = claim.entries[number]
        children = tuple(made[child] for child in entry.children)
        made[number] = Decomposition(entry.task.name, entry.task.arguments, entry.method, children)
    return made[claim.top].children


def _links(found: Timeline, steps: Sequence[Step]) -> Iterator[CausalLink]:
    for event, makers in zip(found.events, Producers(found.events).of, strict=True):
        if event.kind is Kind.STEP:
            for fact, positive in event.reasons:
                maker = makers[fact, positive]
                producer = None if maker is None else found.claim.spans[found.events[maker].number][1]
                name = None if producer is None or producer < 0 else steps[producer].id
                yield CausalLink(name, fact, steps[event.number].id, positive)


# ---------------------------------------------------------------------- what that needs


def _orderings(found: Timeline, deadline: Deadline, *, ordered: bool) -> Iterator[tuple[int, int]]:
    """The orderings that a timeline needs and that do not follow from others.

    Beginnings and ends of tasks need their own places: they pass on what comes before them.

    Args:
        found: what happens.
        deadline: limits of processor time and memory.
        ordered: whether to keep the orderings that methods and the problem impose, whatever needs them.
    """
    walk = Walk(found, ordered=ordered)
    below: dict[int, int] = {}
    for i, event in enumerate(found.events):
        if i % MANY == 0:
            deadline.check("looking for what must come before what")
        before = walk.structure(event) | walk.enabling(event) | walk.threatened(i, event)
        if event.kind is Kind.STEP:
            below[event.number] = before
            before |= 1 << event.number
        walk.remember(event, before)
    for two in range(found.claim.count):
        if two % MANY == 0:
            deadline.check("looking for what must come before what")
        for one in covers(below[two], below):
            yield one, two
