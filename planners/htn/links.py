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

from planweave.engine.plan import CausalLink, Decomposition, Fact, Plan, Step
from planweave.planners.htn.model import Problem
from planweave.planners.htn.solution import Solution
from planweave.planners.htn.truth import Literal
from planweave.planners.htn.verification.attempt import Event, Kind
from planweave.planners.htn.verification.claim import Claim, claim_of_solution
from planweave.planners.htn.verification.fit import Rulebook
from planweave.planners.htn.verification.order import covers
from planweave.planners.htn.verification.timeline import Timeline, timeline
from planweave.planners.htn.verify import check_claim


def plan_of(problem: Problem, solution: Solution) -> Plan:
    """The plan that a solution is.

    Its links say which step made each precondition true (or, of a negative one, false) last before its step; a fact
    that a task made comes from the last step of that task. Its orderings are those that methods, the problem, links and
    threats need, without those that follow from others.

    Args:
        problem: what the solution is for.
        solution: the steps in the order in which they are taken, and how each task was decomposed.

    Raises:
        InvalidPlan: the solution is none.

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
    claim = claim_of_solution(solution)
    check_claim(claim, problem)
    found = timeline(claim, Rulebook(problem), ordered=True)
    steps = _steps(claim, problem)
    producers = _Producers(found.events)

    def named(pairs: Iterable[tuple[int, int]]) -> tuple[tuple[str, str], ...]:
        return tuple((steps[one].id, steps[two].id) for one, two in pairs)

    return Plan(
        problem.name,
        steps,
        tuple(_links(found, producers, steps)),
        named(_Ordering(found, producers, ordered=True).pairs()),
        _decomposition(claim, steps),
        named(_Ordering(found, producers, ordered=False).pairs()),
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
        steps.append(Step(found, name, arguments, tuple(one.name.removeprefix("?") for one in parameters)))
    return tuple(steps)


def _decomposition(claim: Claim, steps: Sequence[Step]) -> tuple[Decomposition, ...]:
    made = {i: Decomposition(step.name, step.arguments, step=step.id) for i, step in enumerate(steps)}
    for number in claim.postorder:
        entry = claim.entries[number]
        children = tuple(made[child] for child in entry.children)
        made[number] = Decomposition(entry.task.name, entry.task.arguments, entry.method, children)
    return made[claim.top].children


# ---------------------------------------------------------------------- who makes what so


def _changes(event: Event) -> Iterator[Literal]:
    """What an event makes so."""
    yield from ((fact, True) for fact in event.adds)
    yield from ((fact, False) for fact in event.deletes)


class _Producers:
    """For each event and each literal that allows it, the event that made it so last; None: it is so initially."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.of: list[dict[Literal, int | None]] = []
        self.used: set[tuple[int, Literal]] = set()
        """Events with the literals that others need them for."""
        last: dict[Literal, int] = {}
        for i, event in enumerate(events):
            found = {literal: last.get(literal) for literal in (*event.reasons, *event.conditions)}
            self.used.update((one, literal) for literal, one in found.items() if one is not None)
            self.of.append(found)
            last.update(dict.fromkeys(_changes(event), i))


def _links(found: Timeline, producers: _Producers, steps: Sequence[Step]) -> Iterator[CausalLink]:
    for event, makers in zip(found.events, producers.of, strict=True):
        if event.kind is Kind.STEP:
            for fact, positive in event.reasons:
                maker = makers[fact, positive]
                producer = None if maker is None else found.claim.spans[found.events[maker].number][1]
                name = None if producer is None or producer < 0 else steps[producer].id
                yield CausalLink(name, fact, steps[event.number].id, positive)


# ---------------------------------------------------------------------- what that needs


class _Ordering:
    """The orderings that a timeline needs, found in one walk along it.

    All masks are of steps, and hold with each step all that come before it. Beginnings and ends of tasks are events of
    their own, which the steps before them are passed on through.
    """

    def __init__(self, found: Timeline, producers: _Producers, *, ordered: bool) -> None:
        self.found = found
        self.claim = found.claim
        self.producers = producers
        self.below: dict[int, int] = {}
        """For each step, those before it."""
        self.events: list[int] = []
        """For each event, those that are over with it."""
        self.begins: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        self.consumers: dict[Literal, int] = {}
        """For each literal, all that have needed it so far."""
        self.undoers: dict[Literal, int] = {}
        """For each literal, all that have undone it so far."""
        self.touched: dict[Fact, int] = {}
        """For each fact, all that have changed or needed it so far."""
        self.earlier: dict[int, list[int]] = {}
        for fit in found.fits.values() if ordered else ():
            for one, two in fit.orderings:
                self.earlier.setdefault(two, []).append(one)
        for i, event in enumerate(found.events):
            self._place(i, event)

    def pairs(self) -> Iterator[tuple[int, int]]:
        """The orderings that do not follow from others."""
        for two, mask in sorted(self.below.items()):
            for one in covers(mask, self.below):
                yield one, two

    def _place(self, i: int, event: Event) -> None:
        before = self._inside(event)
        for maker in self.producers.of[i].values():
            before |= 0 if maker is None else self.events[maker]
        for fact, becomes in _changes(event):
            before |= self.consumers.get((fact, not becomes), 0)
            if (i, (fact, becomes)) in self.producers.used:
                before |= self.undoers.get((fact, becomes), 0)
            if event.kind is Kind.END:  # it happens at no step of its own, so its place must be clear
                before |= self.touched.get(fact, 0)
        over = before
        if event.kind is Kind.STEP:
            self.below[event.number] = before
            over |= 1 << event.number
        if event.kind is Kind.BEGIN:
            self.begins[event.number] = over
        else:
            self.ends[event.number] = over
        self.events.append(over)
        self._remember(i, event, over)

    def _inside(self, event: Event) -> int:
        """What the tasks that an event stands in put before it."""
        number = event.number
        if event.kind is Kind.GOAL:
            return 0
        if event.kind is Kind.END:
            before = self.begins[number]
            for child in self.claim.entries[number].children:
                before |= self.ends[child]
            return before
        before = 0 if number == self.claim.top else self.begins[self.claim.parents[number]]
        for one in self.earlier.get(number, ()):
            before |= self.ends[one]
        return before

    def _remember(self, i: int, event: Event, over: int) -> None:
        for literal in self.producers.of[i]:
            self.consumers[literal] = self.consumers.get(literal, 0) | over
            self.touched[literal[0]] = self.touched.get(literal[0], 0) | over
        for fact, becomes in _changes(event):
            self.undoers[fact, not becomes] = self.undoers.get((fact, not becomes), 0) | over
            self.touched[fact] = self.touched.get(fact, 0) | over
