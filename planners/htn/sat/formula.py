"""Refining: a position becomes those of the subtasks; what cannot be done in any state that leads there is left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.ground.grounded import Grounded
from planweave.planners.htn.sat.atmost import at_most_one
from planweave.planners.htn.sat.position import Moment, Position
from planweave.planners.htn.sat.solver import TRUE, Solver
from planweave.planners.htn.sat.tables import Mask, Opposites, Tables, bits, possible

ROOM = 50 * 2**20
"""Bytes that refining one position may take."""


@dataclass(slots=True)
class _Part:
    """A subtask's place as it is being gathered."""

    state: Mask = 0
    blank: bool = False
    options: dict[int, list[int]] = field(default_factory=dict)


class Formula:
    """The formula of a plan that is refined from the top."""

    def __init__(self, grounded: Grounded, tables: Tables, solver: Solver, deadline: Deadline) -> None:
        self.grounded = grounded
        self.tables = tables
        self.solver = solver
        self._deadline = deadline
        self.opposites = Opposites(tables.facts)
        start = [TRUE if tables.initial >> 2 * fact & 1 else -TRUE for fact in range(tables.facts)]
        end = [solver.variable() for _ in range(tables.facts)]
        self.end = Moment(end, possible(tables.facts))
        self.root = Position(Moment(start, tables.initial), {grounded.top: TRUE}, False, TRUE)
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
        """Go through all positions from the start, with the states that lead there; refine the chosen ones."""
        state, moment = self.tables.initial, self.root.start
        old, found = self.positions, list[Position]()
        for i, position in enumerate(old):
            after = old[i + 1].start if i + 1 < len(old) else self.end
            if id(position) in chosen:
                self._deadline.check("encoding", more=ROOM)
                position.start = moment
                state, parts = self._refine(position, state, after)
                found += parts
                self.solver.flush()
            else:
                found.append(position)
                if position.start is moment and position.before == state:  # nothing new comes from the left
                    state, moment = position.after, after
                    continue
                position.start, position.before = moment, state
                state = position.after = self._look_again(position, state)
            if not state:
                self.is_impossible = True
                return
            moment = self._settled(after, state)
        self.end = moment
        self.positions = found

    # ------------------------------------------------------------------ positions that stay

    def _look_again(self, position: Position, state: Mask) -> Mask:
        """What may hold after a position; strikes options that have become impossible."""
        tables, options = self.tables, position.options
        after = state if position.blank else 0
        gone = []
        for option, literal in options.items():
            if tables.asks[option] & ~state:
                gone.append(option)
                self.solver.add([-literal])
            else:
                after |= state & tables.keeps[option] | tables.makes[option]
        for option in gone:
            del options[option]
        if position.open and not position.is_open(self.grounded.actions):
            self.solver.add([-position.open])
            position.open = 0
        return after

    def _settled(self, moment: Moment, state: Mask) -> Moment:
        """The moment with what is known to hold in every state there."""
        new = state & ~self.opposites.of(state) & ~moment.fixed
        if not new:
            return moment
        facts = moment.facts.copy()
        for one in bits(new):
            literal = facts[one >> 1]
            self.solver.add([-literal if one & 1 else literal])
            facts[one >> 1] = -TRUE if one & 1 else TRUE
        return Moment(facts, moment.fixed | new)

    # ------------------------------------------------------------------ positions that are refined

    def _refine(self, position: Position, state: Mask, after: Moment) -> tuple[Mask, list[Position]]:
        """The positions of the subtasks of all that may be done at a position."""
        parts, final = self._gather(position, state)
        made: list[Position] = []
        moment = position.start
        ends = self._moments(position.start, after, parts, final)
        for part, end in zip(parts, ends, strict=True):
            one = Position(moment, {}, part.blank, depth=position.depth + 1)
            self._link(one, part)
            self._constrain(one, part, end)
            made.append(one)
            moment = end
        position.parts = made
        return final, made

    def _gather(self, position: Position, state: Mask) -> tuple[list[_Part], Mask]:
        """Choose among the methods that are possible; gives the places of their subtasks and the states at the end."""
        tables, solver, grounded = self.tables, self.solver, self.grounded
        parts: list[_Part] = []
        final = 0
        choices: list[int] = []
        position.chosen = {}
        asks, keeps, makes = tables.asks, tables.keeps, tables.makes
        lines: list[tuple[int, list[Mask], tuple[int, ...]]] = []
        for option, literal in position.options.items():
            if option < grounded.actions:
                if asks[option] & ~state:
                    solver.add([-literal])
                else:
                    lines.append((literal, [state, state & keeps[option] | makes[option]], (option,)))
                continue
            possible: list[tuple[int, list[Mask]]] = []
            for method in tables.methods[option]:
                if tables.method_asks[method] & ~state:
                    continue
                now = state & tables.method_keeps[method]
                states = [now]
                for one in grounded.subtasks[method]:
                    if asks[one] & ~now:
                        break
                    now = now & keeps[one] | makes[one]
                    states.append(now)
                else:
                    possible.append((method, states))
            chosen = position.chosen[option] = []
            single = len(possible) == 1
            for method, states in possible:
                own = literal if single else solver.variable()
                chosen.append((method, own))
                lines.append((own, states, grounded.subtasks[method]))
                for one in tables.method_needs[method]:
                    self._hold(own, position.start, one)
                if not single and literal != TRUE:
                    solver.add([-own, literal])
            if not single:
                clause = [own for _, own in chosen]
                if literal != TRUE:
                    clause.append(-literal)
                solver.add(clause)
        width = max((len(subtasks) for _, _, subtasks in lines), default=0)
        parts = [_Part() for _ in range(width)]
        if position.blank:
            lines.append((0, [state], ()))
        for literal, states, subtasks in lines:
            if literal:
                choices.append(literal)
            for part, now, one in zip(parts, states, subtasks, strict=False):
                part.state |= now
                part.options.setdefault(one, []).append(literal)
            last = states[-1]
            final |= last
            for part in parts[len(subtasks) :]:
                part.state |= last
                part.blank = True
        for clause in at_most_one(choices, solver.variable):
            solver.add(clause)
        return parts, final

    def _hold(self, literal: int, moment: Moment, one: int) -> None:
        """Where a literal is true, this holds."""
        if not moment.fixed >> one & 1:
            fact = moment.facts[one >> 1]
            value = -fact if one & 1 else fact
            if literal == TRUE:
                self.solver.add([value])
            else:
                self.solver.add([-literal, value] if value != -TRUE else [-literal])

    def _link(self, position: Position, part: _Part) -> None:
        """Give each option a literal: it is done where one of those is true that lead to it."""
        solver = self.solver
        options = position.options
        opens = []
        for option in sorted(part.options):
            causes = part.options[option]
            if len(causes) == 1:
                literal = causes[0]
            else:
                literal = solver.variable()
                for one in causes:
                    solver.add([-one, literal])
                solver.add([-literal, *causes])
            options[option] = literal
            if option >= self.grounded.actions:
                opens.append(literal)
        total = sum(map(len, part.options.values()))
        if len(options) <= total / 2:
            for clause in at_most_one(list(options.values()), solver.variable):
                solver.add(clause)
        if len(opens) == 1:
            position.open = opens[0]
        elif opens:
            position.open = solver.variable()
            for one in opens:
                solver.add([-one, position.open])

    def _moments(self, start: Moment, after: Moment, parts: list[_Part], final: Mask) -> list[Moment]:
        """The moments after each part; facts that a part cannot change keep their variable."""
        opposites, tables, solver = self.opposites, self.tables, self.solver
        changes: list[Mask] = []
        for part in parts:
            some = 0
            for option in part.options:
                some |= tables.changes[option]
            changes.append(some & opposites.of(part.state))
        last: dict[int, int] = {}
        for i, some in enumerate(changes):
            for one in bits(some):
                last[one >> 1] = i
        same = after.facts
        for fact, (one, two) in enumerate(zip(start.facts, same, strict=True)):
            if one != two and fact not in last:
                self._equate(one, two)
        moments: list[Moment] = []
        moment = start
        for i, some in enumerate(changes):
            facts = moment.facts.copy()
            fixed = moment.fixed
            for one in bits(some):
                fact = one >> 1
                facts[fact] = same[fact] if last[fact] == i else solver.variable()
            changed = some | opposites.of(some)
            fixed &= ~changed
            fixed |= after.fixed & mask_last(changed, last, i)
            state = parts[i + 1].state if i + 1 < len(parts) else final
            moment = self._settled(Moment(facts, fixed), state)
            moments.append(moment)
        return moments

    def _equate(self, one: int, two: int) -> None:
        for left, right in ((one, two), (two, one)):
            if left != -TRUE and right != TRUE:
                self.solver.add([x for x in (-left, right) if x not in (TRUE, -TRUE)])

    def _constrain(self, position: Position, part: _Part, end: Moment) -> None:
        """What the options need and what they make, and that nothing else changes."""
        tables, solver = self.tables, self.solver
        start = position.start
        causes: dict[int, list[int]] = {}
        loose = 0
        for option, literal in position.options.items():
            for one in tables.needs[option]:
                self._hold(literal, start, one)
            for one in tables.results[option]:
                self._hold(literal, end, one)
            if option < self.grounded.actions:
                if option in tables.whens:
                    self._conditional(option, literal, start, end, causes)
                else:
                    for one in tables.results[option]:
                        causes.setdefault(one, []).append(literal)
            else:
                loose |= tables.changes[option]
        before, then = start.facts, end.facts
        for fact, (old, new) in enumerate(zip(before, then, strict=True)):
            if old == new:
                continue
            for one, was, now in ((2 * fact, old, new), (2 * fact + 1, -old, -new)):
                if was == TRUE or now == -TRUE:
                    continue
                clause = list(causes.get(one, ()))
                if loose >> one & 1:
                    clause.append(position.open)
                if TRUE in clause:
                    continue
                if was != -TRUE:
                    clause.append(was)
                if now != TRUE:
                    clause.append(-now)
                solver.add(clause)

    def _conditional(self, option: int, literal: int, start: Moment, end: Moment, causes: dict[int, list[int]]) -> None:
        """Conditional effects: the last one whose condition holds says what becomes of a fact."""
        effects: dict[int, list[tuple[int, int]]] = {}
        for condition, results in self.tables.whens[option]:
            happens = self._all_of(condition, start)
            for one in results:
                effects.setdefault(one >> 1, []).append((one, happens))
        for fact, some in effects.items():
            for i, (one, happens) in enumerate(some):
                later = [other for two, other in some[i + 1 :] if two != one]
                self._clause([-literal, -happens, *later, _value(end, one)])
            for one in (2 * fact, 2 * fact + 1):
                makers = [happens for two, happens in some if two == one]
                if makers:
                    causes.setdefault(one, []).append(literal)
                self._clause([-literal, -_value(end, one), _value(start, one), *makers])

    def _all_of(self, condition: tuple[int, ...], moment: Moment) -> int:
        """A literal that is true where the condition holds."""
        values = [value for one in condition if (value := _value(moment, one)) != TRUE]
        if len(values) <= 1:
            return values[0] if values else TRUE
        if -TRUE in values:
            return -TRUE
        found = self.solver.variable()
        for value in values:
            self.solver.add([-found, value])
        self.solver.add([found, *(-value for value in values)])
        return found

    def _clause(self, literals: list[int]) -> None:
        """Add a clause that may hold constants."""
        if TRUE not in literals:
            self.solver.add([one for one in literals if one != -TRUE])


def _value(moment: Moment, one: int) -> int:
    fact = moment.facts[one >> 1]
    return -fact if one & 1 else fact


def mask_last(changed: Mask, last: dict[int, int], number: int) -> Mask:
    """Those of some literals whose fact changes last at a part."""
    found = 0
    for one in bits(changed):
        if last[one >> 1] == number:
            found |= 1 << one
    return found
