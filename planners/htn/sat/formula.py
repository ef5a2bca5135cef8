"""The formula: what may be done, position by position, as far as the positions have been refined.

A model says for each position what is done there, and for each moment which facts hold. A position that is not refined
may be open: then a compound task is done there, of which only is known what it needs and what it may change. What may
hold at a position is carried along from the start; what cannot be done in any such state is left out.
"""

from __future__ import annotations

from collections.abc import Iterable

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.ground.grounded import Grounded
from planweave.planners.htn.sat.changes import Changes, moments_between
from planweave.planners.htn.sat.choices import Choices, Part, Ways
from planweave.planners.htn.sat.clauses import Clauses
from planweave.planners.htn.sat.literals import Mask, Opposites, bits, possible
from planweave.planners.htn.sat.position import Moment, Position
from planweave.planners.htn.sat.solver import TRUE, Solver
from planweave.planners.htn.sat.tables import Tables


class Formula:
    """A formula that is refined from the top task on.

    Attributes:
        root: the position of the top task.
        positions: those that are not refined, in order.
        is_impossible: whether it is known that there is no plan.
    """

    def __init__(self, grounded: Grounded, tables: Tables, solver: Solver, deadline: Deadline) -> None:
        self.grounded = grounded
        self._tables = tables
        self._clauses = Clauses(solver, deadline)
        self._changes = Changes(tables, grounded.actions, self._clauses)
        self._opposites = Opposites(tables.facts)
        start = [TRUE if tables.initial >> 2 * fact & 1 else -TRUE for fact in range(tables.facts)]
        self._end = Moment([solver.variable() for _ in start], possible(tables.facts))
        self.root = Position(Moment(start, tables.initial), False, {grounded.top: TRUE}, TRUE)
        self.positions = [self.root]
        self.is_impossible = False

    def refine(self, wanted: Iterable[Position]) -> None:
        """Refine these positions, and then those where nothing but a compound task can be done.

        Raises:
            PlanningTimeout: a limit is reached.
        """
        left = list(wanted)
        while left and not self.is_impossible:
            self._sweep(set(map(id, left)))
            left = [one for one in self.positions if one.must_be_open(self.grounded.actions)]

    def _sweep(self, chosen: set[int]) -> None:
        """Go through all positions, with what may hold there; refine the chosen ones."""
        state, moment = self._tables.initial, self.root.start
        old, found = self.positions, list[Position]()
        for i, position in enumerate(old):
            end = old[i + 1].start if i + 1 < len(old) else self._end
            if id(position) in chosen:
                position.start = moment
                after, parts = self._refined(position, state, end)
                found += parts
                self._clauses.flush()
            else:
                found.append(position)
                if position.start is moment and position.before == state:  # nothing new comes from the left
                    moment, state = end, position.after
                    continue
                position.start, position.before = moment, state
                after = self._looked_at_again(position, state)
            if not after:
                self.is_impossible = True
                return
            moment, state = self._settled(end, after)
            position.after = state
        self._end = moment
        self.positions = found

    def _looked_at_again(self, position: Position, state: Mask) -> Mask:
        """What may hold after a position; options that have become impossible are struck."""
        tables, options = self._tables, position.options
        after = state if position.blank else 0
        for option in [one for one in options if tables.asks[one] & ~state]:
            self._clauses.add([-options.pop(option)])
        for option in options:
            after |= state & tables.keeps[option] | tables.makes[option]
        if position.open and not position.is_open(self.grounded.actions):
            self._clauses.add([-position.open])
            position.open = 0
        return after

    def _settled(self, moment: Moment, state: Mask) -> tuple[Moment, Mask]:
        """The moment and what may hold then, with constants for what holds in any such state."""
        new = self._opposites.certain(state) & ~moment.fixed
        if not new:
            return moment, state
        facts, fixed = moment.facts.copy(), moment.fixed
        while new:
            for one in bits(new):
                literal = facts[one >> 1]
                self._clauses.add([-literal if one & 1 else literal])
                facts[one >> 1] = -TRUE if one & 1 else TRUE
                state &= ~self._tables.rivals[one]
            fixed |= new
            new = self._opposites.certain(state) & ~fixed
        return Moment(facts, fixed), state

    # ------------------------------------------------------------------ refining

    def _refined(self, position: Position, state: Mask, end: Moment) -> tuple[Mask, list[Position]]:
        """What may hold after a position, and the positions that take its place."""
        choices = Choices(position, state, self.grounded, self._tables, self._clauses)
        parts = choices.parts
        changes = [self._changes.possible((*part.causes, *part.reasons), part.state) for part in parts]
        self._clauses.deadline.check("refining the formula")
        between = moments_between(position.start, end, changes, self._clauses)
        before = position.start
        for i, (part, (moment, changed)) in enumerate(zip(parts, between, strict=True)):
            one = Position(before, part.blank, depth=position.depth + 1)
            self._link(one, part)
            before, _ = self._settled(moment, parts[i + 1].state if i + 1 < len(parts) else choices.after)
            self._changes.exclude(before, changed)
            self._changes.constrain(one, before)
            position.parts.append(one)
        self._lead(position, choices.ways)
        return choices.after, position.parts

    def _link(self, position: Position, part: Part) -> None:
        """Something is done where it comes from one of the choices that lead to it."""
        clauses, options = self._clauses, position.options
        for option in sorted({*part.causes, *part.reasons}):
            options[option] = clauses.either(part.causes.get(option, ()), part.reasons.get(option, ()))
        causes = sum(map(len, part.causes.values()))
        if part.reasons or len(options) <= causes / 2:  # else it follows soon from that of the choices
            clauses.at_most_one(list(options.values()))
        tasks = [literal for option, literal in options.items() if option >= self.grounded.actions]
        if tasks:
            position.open = clauses.either(tasks)

    def _lead(self, position: Position, ways: Iterable[Ways]) -> None:
        """A task is done by one of its methods, or leads to one of its single subtasks."""
        for task, methods, empty, subtasks in ways:
            options = position.parts[0].options if subtasks else {}
            self._clauses.add([-task, *methods, *(options[one] for one in subtasks)])
            for method in empty:  # no option of its own tells it from the methods with a single subtask
                for one in subtasks:
                    self._clauses.add([-method, -options[one]])
            for one, needs in subtasks.items():
                if needs:
                    self._clauses.hold((task, options[one]), position.start, needs)
