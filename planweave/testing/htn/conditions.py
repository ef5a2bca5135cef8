"""Conditions for a problem that has none: such that a derivation keeps them all, or left to chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from planweave.engine.plan import Fact
from planweave.planners.htn.formula import TRUE, Atom, Formula, Not, Parameter, both
from planweave.planners.htn.model import CompoundTask, Method, Operator, Problem
from planweave.testing.choices import pick
from planweave.testing.htn.derivation import Derivation, Moment
from planweave.testing.htn.formulas import FormulaWriter
from planweave.testing.htn.parts import Part, changed
from planweave.testing.htn.semantics import fact_of, holds, sides_of_operators


class ConditionWriter:
    """Writes the preconditions of operators and methods, the effects of tasks that are checked, and the goal.

    Args:
        formulas: where the chances come from, and what there may be.
        problem: that has none of these yet.
        derivation: of that problem, in which all conditions are to hold; None: they are left to chance.
    """

    def __init__(self, formulas: FormulaWriter, problem: Problem, derivation: Derivation | None) -> None:
        self.formulas = formulas
        self.problem = problem
        self.derivation = derivation
        states = derivation.states if derivation is not None else [problem.state]
        self._able = sides_of_operators(problem.domain)
        self._turning: frozenset[Fact] = frozenset.union(*states) - frozenset.intersection(*states)
        """The facts that are true at some times only."""

    def written(self) -> Problem:
        """The problem with conditions."""
        problem = changed(self.problem, self._part)
        states = self.derivation.states[-1:] if self.derivation is not None else []
        goal = self._condition((), [({}, state) for state in states]) if self.formulas.maybe(50, "goals") else TRUE
        return replace(problem, goal=goal)

    def _part(self, part: Part) -> Part:
        match part:
            case Operator():
                return replace(part, precondition=self._condition(part.parameters, self._moments("steps", part.name)))
            case CompoundTask():
                return replace(part, effect=both(part.effect, self._checked(part)))
            case Method() if self.formulas.has("method-preconditions"):
                condition = self._condition(part.parameters, self._moments("begins", part.name))
                return replace(part, precondition=both(part.precondition, condition))
        return part

    def _moments(self, kind: str, name: str) -> Sequence[Moment]:
        found: Sequence[Moment] = getattr(self.derivation, kind)[name] if self.derivation is not None else ()
        return found

    def _checked(self, task: CompoundTask) -> Formula:
        """A literal that holds whenever a task ends, and that operators can bring about."""
        if not self.formulas.maybe(30, "task-effects"):
            return TRUE
        literal = self._literal(task.parameters, self._moments("ends", task.name))
        atom = literal.part if isinstance(literal, Not) else literal
        side = (atom.predicate, literal is atom) if isinstance(atom, Atom) else None
        return literal if side in self._able or self.derivation is None else TRUE

    def _condition(self, variables: Sequence[Parameter], moments: Sequence[Moment]) -> Formula:
        """A condition that holds at these moments; where there are none, any condition."""
        parts = self.formulas.choices.several(lambda: self._literal(variables, moments), 0, 2)
        if self.formulas.maybe(20):
            rich = self.formulas.rich(variables)
            parts += [rich] if all(holds(rich, *moment, self.problem) for moment in moments) else []
        return both(*dict.fromkeys(parts))

    def _literal(self, variables: Sequence[Parameter], moments: Sequence[Moment]) -> Formula:
        """A literal that holds at these moments, rather one that does not hold always."""
        if not moments:
            return self.formulas.literal(variables)
        atoms: Sequence[Atom] = self.formulas.atoms(variables)
        if not self.formulas.maybe(20):
            turning = [one for one in atoms if any(fact_of(one, objects) in self._turning for objects, _ in moments)]
            atoms = turning or atoms
        able: list[Formula] = []
        for atom in atoms:
            values = {fact_of(atom, objects) in state for objects, state in moments}
            if values == {True}:
                able.append(atom)
            elif values == {False} and self.formulas.has("negation"):
                able.append(Not(atom))
        return pick(self.formulas.choices, able) if able else TRUE
