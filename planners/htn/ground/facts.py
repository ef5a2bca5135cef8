"""The numbers of facts, and of the absences that some condition asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from planweave.engine.plan import Fact
from planweave.planners.htn.ground.clause import Term
from planweave.planners.htn.ground.program import Program
from planweave.planners.htn.ground.relation import Relation, Row, columns
from planweave.planners.htn.ground.schema import Pattern


def reader(terms: Sequence[Term]) -> Callable[[Row], Row]:
    """What reads terms off a row of variables.

    >>> reader((1, ~7, 0))((3, 4))
    (4, 7, 3)
    """
    constants = tuple(~term for term in terms if term < 0)
    if not constants:
        return columns(tuple(terms))
    places: list[int] = []
    for term in terms:
        places.append(term if term >= 0 else sum(1 for one in places if one < 0) - len(constants))
    read = columns(tuple(places))
    if all(term < 0 for term in terms):
        return lambda row: constants
    return lambda row: read(row + constants)


class FactNumbers:
    """Numbers facts that change.

    Attributes:
        names: of each number, the predicate, the objects, and False where it stands for the absence.
        initial: the numbers that hold at the start.
    """

    def __init__(self, program: Program, facts: dict[str, Relation], initial: dict[str, dict[Row, None]]) -> None:
        self.names: list[tuple[str, Row, bool]] = []
        self.initial: list[int] = []
        self._start = initial
        self._never: int | None = None
        self._numbers: dict[str, dict[Row, int]] = {}
        self._absences: dict[str, dict[Row, int]] = {}
        for name, relation in facts.items():
            if name in program.changed:
                first = len(self.names)
                self._numbers[name] = dict(zip(relation.rows, range(first, first + len(relation.rows)), strict=True))
                self._absences[name] = {}
                self.names += [(name, row, True) for row in relation.rows]
                self.initial += [self._numbers[name][row] for row in initial[name]]

    def facts(self, objects: Sequence[str]) -> list[tuple[Fact, bool]]:
        """What each number says."""
        return [(Fact(name, tuple([objects[one] for one in row])), truth) for name, row, truth in self.names]

    def changes(self, name: str) -> bool:
        """Whether the facts of a predicate ever change."""
        return name in self._numbers

    def holds(self, pattern: Pattern, row: Row) -> bool:
        """Whether a fact that never changes holds."""
        return reader(pattern[1])(row) in self._start[pattern[0]]

    def true(self, pattern: Pattern, rows: Sequence[Row]) -> list[int | None]:
        """For each row of variables, the number of a fact; None: it is never true."""
        name, terms = pattern
        return list(map(self._numbers[name].get, map(reader(terms), rows)))

    def needed(self, pattern: Pattern, rows: Sequence[Row]) -> list[int | None]:
        """For each row of variables, the number of a fact that must hold; where it is never true, one that never is."""
        found = self.true(pattern, rows)
        if None not in found:
            return found
        if self._never is None:
            self._never = len(self.names)
            self.names.append(("(never)", (), True))
        return [self._never if one is None else one for one in found]

    def asked(self, pattern: Pattern, rows: Sequence[Row]) -> list[int | None]:
        """For each row of variables, the number of the absence of a fact, which is asked for; None: it is always so."""
        name, terms = pattern
        numbers, absences = self._numbers[name], self._absences[name]
        atoms = list(map(reader(terms), rows))
        for atom in dict.fromkeys(atoms):
            if atom in numbers and atom not in absences:
                absences[atom] = len(self.names)
                if atom not in self._start[name]:
                    self.initial.append(len(self.names))
                self.names.append((name, atom, False))
        return list(map(absences.get, atoms))

    def known(self, pattern: Pattern, rows: Sequence[Row]) -> list[int | None]:
        """For each row of variables, the number of the absence of a fact; None: nobody asks for it."""
        name, terms = pattern
        return list(map(self._absences[name].get, map(reader(terms), rows)))


def gathered(lists: Iterable[list[int | None]], rows: int) -> list[tuple[int, ...]]:
    """For each row, its numbers in all lists.

    >>> gathered([[1, 2], [None, 3]], 2)
    [(1,), (2, 3)]
    """
    some = list(lists)
    if not some:
        return [()] * rows
    if any(None in one for one in some):
        return [tuple([number for number in numbers if number is not None]) for numbers in zip(*some, strict=True)]
    return list(zip(*some, strict=True))
