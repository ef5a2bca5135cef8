"""Random domains and problems that have no conditions yet."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, pairwise

from planweave.engine.plan import Fact
from planweave.planners.htn.domain import Domain
from planweave.planners.htn.formula import OBJECT, TRUE, Atom, Formula, Not, Parameter, both, conjuncts
from planweave.planners.htn.model import CompoundTask, Method, Operator, Problem, Subtask
from planweave.testing.choices import Choices, pick
from planweave.testing.htn.bodies import BodyWriter, Callee, named
from planweave.testing.htn.formulas import CONSTANT, PREDICATES, FormulaWriter, atoms_over
from planweave.testing.htn.limits import HtnLimits
from planweave.testing.htn.semantics import choices as all_choices
from planweave.testing.htn.semantics import holds, sides_of_operators

NAMES_OF_OPERATORS = ("do", "act", "use", "try", "run")
NAMES_OF_TASKS = ("get", "make", "help")
NAMES_OF_OBJECTS = ("b", "c", "d", "e")

NEXT = "next"
"""The predicate of a row of objects, along which tasks recur; nothing changes it."""

X, Y = Parameter("?x"), Parameter("?y")


class SketchWriter:
    """Writes random domains and problems without conditions.

    Args:
        choices: where the chances come from.
        limits: how large and how varied they are.
    """

    def __init__(self, choices: Choices, limits: HtnLimits) -> None:
        self.choices = choices
        self.limits = limits
        self.formulas = FormulaWriter(choices, limits)
        self._changeable = self.formulas.predicates
        """The predicates that operators change."""
        self._callees: dict[str, Callee] = {}

    # ---------------------------------------------------------------------- domains

    def domain(self) -> Domain:
        """A domain: operators with their effects, tasks, and methods with their bodies."""
        domain = self._vocabulary()
        if self.formulas.maybe(40):
            fixed = pick(self.choices, self._changeable)
            self._changeable = self._changeable.replace(fixed, "") or fixed
        names = named(NAMES_OF_OPERATORS)
        domain.add(*self.choices.several(lambda: self._operator(next(names)), 1, self.limits.operators))
        self._callees = {one.name: Callee(one.name, one.parameters, 1) for one in domain.operators.values()}
        able = sides_of_operators(domain)
        names = named(NAMES_OF_TASKS)
        domain.add(*self.choices.several(lambda: self._task(next(names), able), 0, self.limits.tasks))
        for task in reversed(domain.tasks.values()):  # a task may hold those after it, so that all come to an end
            weight = self._add_methods(domain, task)
            self._callees[task.name] = Callee(task.name, task.parameters, weight)
        return domain

    def _vocabulary(self) -> Domain:
        domain = Domain("tiny")
        domain.declares_propositions = False
        if self.formulas.has("types"):
            domain.types.update({"thing": (), "tool": ()})
        if self.formulas.has("constants"):
            domain.constants[CONSTANT] = self._types()
        domain.predicates.update({name: (X, Y)[: PREDICATES[name]] for name in self.formulas.predicates})
        return domain

    def _types(self) -> tuple[str, ...]:
        kinds: list[tuple[str, ...]] = [(OBJECT,)]
        kinds += [("thing",), ("tool",)] if self.formulas.has("types") else []
        return pick(self.choices, kinds)

    def _variables(self, most: int) -> tuple[Parameter, ...]:
        kinds: list[tuple[str, ...]] = [(OBJECT,), ("thing",), ("tool",)] if self.formulas.has("types") else [(OBJECT,)]
        kinds += [*kinds, ("thing", "tool")] if self.formulas.has("types") and self.formulas.has("either") else []
        names = [one.name for one in (X, Y)[: self.choices.below(most + 1)]]
        return tuple([Parameter(name, pick(self.choices, kinds)) for name in names])

    def _operator(self, name: str) -> Operator:
        own = self._variables(2)
        return Operator(name, own, effect=self.formulas.effect(own, self._changeable))

    def _task(self, name: str, able: set[tuple[str, bool]]) -> CompoundTask:
        """A task; it makes itself what no operator can, if it declares that."""
        own = self._variables(1)
        effect: Formula = TRUE
        if self.formulas.maybe(40, "task-effects"):
            parts = conjuncts(self.formulas.effect(own, rich=False))
            effect = both(*(part for part in parts if _side(part) not in able))
        return CompoundTask(name, own, effect)

    # ---------------------------------------------------------------------- methods

    def _add_methods(self, domain: Domain, task: CompoundTask) -> int:
        """Add the methods of a task; how many steps it may become."""
        loops = [Callee(one.name, one.parameters, 1) for one in domain.tasks.values()]
        most = max(1, self.limits.steps // 2)
        weights: list[int] = []

        def another() -> Method:
            body = self._body(domain, [*task.parameters])
            callees = {one.name: one for one in (*loops, *self._callees.values())}
            able = list((callees if self.formulas.maybe(25, "loops") else self._callees).values())
            least = 0 if self.formulas.has("empty-bodies") else 1
            network = body.network(able, least, self.limits.subtasks, most)
            weights.append(sum(callees[one.name].weight for one in network.subtasks))
            if self.formulas.maybe(20, "method-preconditions"):  # a variable that only the precondition may name
                body.add(body.free, self._types())
            name = f"{task.name}-{len(weights)}"
            return Method(name, tuple(body.variables), task.name, arguments(task), TRUE, network)

        domain.add(*self.choices.several(another, 1, self.limits.methods))
        recurs = task.parameters and self.formulas.has("method-preconditions") and self.formulas.maybe(35, "recursion")
        if recurs:
            domain.add(self._recursion(domain, task))
        return max(weights) + (self.limits.objects if recurs else 0)

    def _recursion(self, domain: Domain, task: CompoundTask) -> Method:
        """A method that does a task for the next object too, of a row that comes to an end."""
        domain.predicates.setdefault(NEXT, (X, Y))
        body = self._body(domain, [*task.parameters, replace(task.parameters[0], name="?y")])
        steps = [one for one in self._callees.values() if one.weight == 1]
        subtasks = [body.subtask(pick(self.choices, steps))] if self.formulas.maybe(70) else []
        subtasks.insert(self.choices.below(len(subtasks) + 1), Subtask(task.name, task.name, ("?y",)))
        network = body.arranged(subtasks)
        guard = Atom(NEXT, ("?x", "?y"))
        return Method(f"{task.name}-on", tuple(body.variables), task.name, arguments(task), guard, network)

    def _body(self, domain: Domain, variables: list[Parameter], **how: bool) -> BodyWriter:
        above = {name: frozenset(domain.supertypes(name)) for name in (*domain.types, OBJECT)}
        return BodyWriter(self.formulas, above, domain.constants, variables, **how)

    # ---------------------------------------------------------------------- problems

    def problem(self, domain: Domain) -> Problem:
        """A problem of the domain that was written last, with tasks and facts."""
        count = 1 + self.choices.below(self.limits.objects)
        objects = {name: self._types() for name in islice(named(NAMES_OF_OBJECTS), count)}
        body = self._body(domain, [], grows=self.formulas.has("parameters"), is_of_method=False)
        body.objects = {**domain.constants, **objects}
        callees = list(self._callees.values())
        callees += callees[len(domain.operators) :]  # compound tasks, which are fewer, come up as often
        network = body.network(callees, 1, self.limits.subtasks + 1, self.limits.steps)
        names = list(body.objects)
        atoms = atoms_over(tuple(names), self.formulas.predicates)
        some = self.choices.several(lambda: pick(self.choices, atoms), 0, 4)
        state = {Fact(one.predicate, one.arguments) for one in some}
        if NEXT in domain.predicates:
            state |= {Fact(NEXT, pair) for pair in pairwise(names)}
        problem = Problem("tiny", domain, objects, frozenset(state), network, tuple(body.variables))
        ways = all_choices(body.variables, problem)
        is_possible = any(holds(network.constraint, one, problem.state, problem) for one in ways)
        return problem if is_possible else replace(problem, network=replace(network, constraint=TRUE))


def arguments(task: CompoundTask) -> tuple[str, ...]:
    """The variables of a task, as its methods name them."""
    return tuple([one.name for one in task.parameters])


def _side(literal: Formula) -> tuple[str, bool]:
    atom = literal.part if isinstance(literal, Not) else literal
    assert isinstance(atom, Atom)
    return atom.predicate, literal is atom
