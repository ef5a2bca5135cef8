"""One attempt to take the steps of a claim in their order.

A task begins when the precondition of its method holds, after all that the orderings put before it; it ends after its
subtasks, when what it declares holds, and then makes what no operator can make (``taskeffect.py``). Beginnings and ends
change nothing else, so the first moment that allows them is the best. Only where an effect that a task makes can do
harm, later moments for it are tried as well: whether it happens at once is then a decision.

This is what preconditions of methods mean by their compilation into tasks of their own, which come before all other
subtasks: D. Höller et al., "HDDL", AAAI 2020; the rules of IPC 2020, https://ipc2020.hierarchical-task.net/rules/tracks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from planweave.engine.plan import Fact
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.errors import InvalidPlan
from planweave.planners.htn.formula import TRUE, Bindings, Formula, Parameter
from planweave.planners.htn.solution import GroundTask
from planweave.planners.htn.truth import Literal, Outcome, Reasons, in_words, outcomes, reasons, witness
from planweave.planners.htn.verification.claim import Claim
from planweave.planners.htn.verification.fit import Fit, Rulebook
from planweave.planners.htn.verification.rules import refuse
from planweave.planners.htn.verification.state import State

MANY = 100
"""After so many steps the deadline is asked."""


class Kind(Enum):
    """What an event is."""

    BEGIN = "a task begins"
    STEP = "a step is taken"
    END = "a task ends"
    GOAL = "all is done"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens.

    Attributes:
        kind: what it is.
        number: of the step or task.
        reasons: literals that allow it.
        conditions: literals for which its conditional effects happen or do not.
        adds: the facts that it makes true.
        deletes: the facts that it makes false.
        outcomes: all that it may change, each with whether it does.
    """

    kind: Kind
    number: int
    reasons: Reasons = ()
    conditions: Reasons = ()
    adds: tuple[Fact, ...] = ()
    deletes: tuple[Fact, ...] = ()
    outcomes: tuple[tuple[Outcome, bool], ...] = ()


class Attempt:
    """One way to take the steps: a fit for each task, and decisions about effects that can do harm.

    Events have numbers: a step its own, a task the same for its beginning, and ``end`` for its end.
    """

    def __init__(
        self, claim: Claim, chosen: Mapping[int, Fit], rulebook: Rulebook, decisions: list[bool], deadline: Deadline
    ) -> None:
        self.claim = claim
        self.deadline = deadline
        self.fits = chosen
        self.rulebook = rulebook
        self.problem = rulebook.problem
        self.state = State(self.problem)
        self.events: list[Event] = []
        self.decisions = decisions
        self.asked = 0
        self.after: list[list[int]] = [[] for _ in range(self.end(len(claim.entries)))]
        self.waits = [0] * len(self.after)
        self.open: list[int] = []
        """Beginnings and ends whose turn it is, but which the state or a decision does not allow yet."""
        for number, fit in chosen.items():
            self._lay(number, fit)

    def end(self, number: int) -> int:
        """The event in which an entry ends."""
        return number if number < self.claim.count else number + len(self.claim.entries) - self.claim.count

    def _lay(self, number: int, fit: Fit) -> None:
        """Lay down what comes before what in a task."""
        children = self.claim.entries[number].children
        pairs = [(number, self.end(number)), *fit.inside(self.end)]
        pairs += [(number, child) for child in children]
        pairs += [(self.end(child), self.end(number)) for child in children]
        for one, two in pairs:
            self.after[one].append(two)
            self.waits[two] += 1

    # ---------------------------------------------------------------------- steps

    def run(self) -> InvalidPlan | None:
        """Take all steps; None: all went well, else what did not.

        Raises:
            PlanningTimeout: a limit is reached.
        """
        self._settle([self.claim.top])
        for step in range(self.claim.count):
            if step % MANY == 0:
                self.deadline.check("verifying the plan")
            failure = self._blocked(step) if self.waits[step] else self._take(step)
            if failure is not None:
                return failure
        if self.open:
            return self._blocked(None)
        why = reasons(self.problem.goal, True, {}, self.state)
        if why is None:
            return refuse("goal", f"the goal does not hold at the end{self._blame(self.problem.goal, {})}")
        self.events.append(Event(Kind.GOAL, self.claim.top, why))
        return None

    def _take(self, step: int) -> InvalidPlan | None:
        entry = self.claim.entries[step]
        operator = self.problem.domain.operators[entry.task.name]
        bindings = bound(operator.parameters, entry.task)
        why = reasons(operator.precondition, True, bindings, self.state)
        if why is None:
            blame = self._blame(operator.precondition, bindings)
            return refuse("precondition", f"the precondition of {entry} does not hold before it{blame}", entry.id)
        self._happen(Kind.STEP, step, why, operator.effect, bindings)
        self._settle(self._released(step))
        return None

    def _happen(self, kind: Kind, number: int, why: Reasons, effect: Formula, bindings: Bindings) -> None:
        """Let an event happen, with what it changes."""
        conditions: dict[Literal, None] = {}
        changes: dict[bool, dict[Fact, None]] = {True: {}, False: {}}
        some: list[tuple[Outcome, bool]] = []
        for outcome in outcomes(effect, bindings, self.problem):
            found = reasons(outcome.condition, True, {}, self.state)
            some.append((outcome, found is not None))
            if found is not None:
                changes[outcome.becomes][outcome.fact] = None
            else:
                found = reasons(outcome.condition, False, {}, self.state) or ()
            conditions.update(dict.fromkeys(found))
        adds = tuple(changes[True])
        deletes = tuple(fact for fact in changes[False] if fact not in changes[True])
        self.state.change(adds, deletes)
        self.events.append(Event(kind, number, why, tuple(conditions), adds, deletes, tuple(some)))

    # ---------------------------------------------------------------------- beginnings and ends

    def _released(self, event: int) -> list[int]:
        """The beginnings and ends whose turn comes with an event."""
        for one in self.after[event]:
            self.waits[one] -= 1
        return [one for one in self.after[event] if not self.waits[one] and one >= self.claim.count]

    def _settle(self, released: Iterable[int]) -> None:
        """Let all begin and end that may, now that the state has changed or these have their turn."""
        turn = deque([*self.open, *released])
        while True:
            self.open = []
            while turn:
                event = turn.popleft()
                if not self._makes(event) and self._allowed(event):
                    turn.extend(self._released(event))
                else:
                    self.open.append(event)
            maker = next((one for one in self.open if self._makes(one) and self._allowed(one)), None)
            if maker is None:
                return
            turn.extend([one for one in self.open if one != maker])
            turn.extend(self._released(maker))

    def _makes(self, event: int) -> bool:
        return event >= len(self.claim.entries) and self.rulebook.effects(self._task(event).name)[1] != TRUE

    def _task(self, event: int) -> GroundTask:
        count = len(self.claim.entries)
        return self.claim.entries[event if event < count else event - count + self.claim.count].task

    def _allowed(self, event: int) -> bool:
        """Let a task begin or end if that is possible now; whether it was."""
        count = len(self.claim.entries)
        if event < count:
            why = self._beginning(event)
            if why is not None:
                self.events.append(Event(Kind.BEGIN, event, why))
            return why is not None
        task = self._task(event)
        known = self.problem.domain.tasks.get(task.name)
        bindings = {} if known is None else bound(known.parameters, task)
        checked, made = self.rulebook.effects(task.name)
        why = reasons(checked, True, bindings, self.state)
        if why is None or (made != TRUE and not self._decide()):
            return False
        self._happen(Kind.END, event - count + self.claim.count, why, made, bindings)
        return True

    def _beginning(self, number: int) -> Reasons | None:
        """Why a task may begin now; None: it may not."""
        pattern = self.rulebook.pattern(self.claim.entries[number].method or "")
        for bindings in self.fits[number].bindings:
            found = witness(pattern.unsettled, pattern.condition, True, bindings, self.state)
            if found is not None:
                return found[1]
        return None

    def _decide(self) -> bool:
        if self.rulebook.made_can_only_help:
            return True
        if self.asked == len(self.decisions):
            self.decisions.append(True)
        self.asked += 1
        return self.decisions[self.asked - 1]

    # ---------------------------------------------------------------------- what went wrong

    def _blocked(self, step: int | None) -> InvalidPlan:
        """Why a step, or the end, cannot come yet: a task before it that cannot begin or end."""
        late = None if step is None else self.claim.entries[step]
        when = "at the end" if late is None else f"before {late}"
        for event in self.open if step is None else self._before(step):
            number = event if event < len(self.claim.entries) else event - len(self.claim.entries) + self.claim.count
            entry = self.claim.entries[number]
            if event != number:
                known = self.problem.domain.tasks[entry.task.name]
                blame = self._blame(self.rulebook.effects(known.name)[0], bound(known.parameters, entry.task))
                if blame:
                    what = f"what {entry} declares as its effect does not hold {when}{blame}"
                    return refuse("task-effect", what, entry.id)
            elif number != self.claim.top:
                pattern = self.rulebook.pattern(entry.method or "")
                blame = "" if pattern.unsettled else self._blame(pattern.condition, self.fits[number].bindings[0])
                what = f"the precondition of the method '{entry.method}' of {entry} does not hold {when}{blame}"
                return refuse("method-precondition", what, entry.id)
        what = "the tasks of the problem do not end" if late is None else f"{late} comes too early"
        return refuse("ordering", what, None if late is None else late.id)

    def _before(self, step: int) -> Sequence[int]:
        """The open events that a step waits for."""
        before: dict[int, list[int]] = {}
        for one, some in enumerate(self.after):
            for two in some:
                before.setdefault(two, []).append(one)
        reached = {step}
        left = [step]
        while left:
            for one in before.get(left.pop(), ()):
                if one not in reached:
                    reached.add(one)
                    left.append(one)
        return [event for event in self.open if event in reached]

    def _blame(self, condition: Formula, bindings: Bindings) -> str:
        why = reasons(condition, False, bindings, self.state)
        return f": {in_words(why)}" if why else ""


def bound(parameters: tuple[Parameter, ...], task: GroundTask) -> dict[str, str]:
    """The object of each parameter of a task."""
    return {one.name: name for one, name in zip(parameters, task.arguments, strict=True)}
