"""The normal form that planners search in: conditions are conjunctions of literals, effects are lists of atoms.

Disjunctions become variants of their operator or method, existential variables become parameters, and universal
quantifiers are written out over the objects of the problem, which are finitely many. The tasks of the problem become
the subtasks of one method for one task, ``TOP``, and its goal the precondition of a last action, ``GOAL``; where a
compound task has effects, an action at the end of each of its methods checks or makes them (``taskeffect.py``). None of
these actions stands in a plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, product

from planweave.planners.htn.domain import Domain
from planweave.planners.htn.formula import (
    TRUE,
    And,
    Atom,
    Bindings,
    Equal,
    Exists,
    Fluent,
    Forall,
    Formula,
    Imply,
    Increase,
    Not,
    Or,
    Parameter,
    Term,
    When,
    is_variable,
    substitute,
)
from planweave.planners.htn.model import CompoundTask, Method, Operator, Problem, Subtask, TaskNetwork
from planweave.planners.htn.taskeffect import split_effect

TOP, GOAL = "(top)", "(goal)"
"""The task that stands for those of the problem, and the action that stands for its goal; no file can name them."""


def done(task: str) -> str:
    """The name of the action that has the effects of a compound task; no file can name it.

    >>> done("deliver")
    '(done deliver)'
    """
    return f"(done {task})"


def is_hidden(name: str) -> bool:
    """Whether an action is one of those that the normal form adds.

    >>> is_hidden(GOAL), is_hidden("drive")
    (True, False)
    """
    return name.startswith("(")


@dataclass(frozen=True, slots=True)
class Literals:
    """A conjunction of literals: what must be true, what must be false, which terms are equal and which are not."""

    positive: tuple[Atom, ...] = ()
    negative: tuple[Atom, ...] = ()
    equal: tuple[tuple[Term, Term], ...] = ()
    unequal: tuple[tuple[Term, Term], ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What happens where the condition held before: the deletes, then the adds."""

    condition: Literals = Literals()
    adds: tuple[Atom, ...] = ()
    deletes: tuple[Atom, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """A variant of an operator.

    Attributes:
        name: of the operator.
        parameters: its variables, then those of its existential quantifiers.
        arity: how many are its own: the arguments of a step are the objects of these.
        condition: what must hold for it.
        changes: what it does; the first has no condition, unless there is none at all.
        costs: what each of its increases of the metric is: numbers, or fluents of the problem's values.
    """

    name: str
    parameters: tuple[Parameter, ...]
    arity: int
    condition: Literals
    changes: tuple[Change, ...] = ()
    costs: tuple[float | Fluent, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A variant of a method.

    Attributes:
        name: of the method.
        parameters: its variables, then those of its existential quantifiers.
        task, arguments: the compound task that it decomposes.
        condition: what must hold, the constraints on its variables among it.
        subtasks: what it decomposes the task into; where it is totally ordered, in that order.
        orderings: pairs of positions of subtasks; where it is totally ordered, each and its next.
        is_ordered: whether it is totally ordered.
    """

    name: str
    parameters: tuple[Parameter, ...]
    task: str
    arguments: tuple[Term, ...]
    condition: Literals
    subtasks: tuple[Subtask, ...]
    orderings: tuple[tuple[int, int], ...]
    is_ordered: bool


@dataclass(frozen=True)
class Normal:
    """A problem in normal form.

    Attributes:
        problem: what it is the form of.
        actions: the variants of each operator by its name.
        rules: the variants of the methods of each compound task by its name; of a task without methods, none.
        is_ordered: whether every rule is totally ordered.
    """

    problem: Problem
    actions: dict[str, tuple[Action, ...]]
    rules: dict[str, tuple[Rule, ...]]

    @property
    def is_ordered(self) -> bool:
        """Whether every rule is totally ordered."""
        return all(rule.is_ordered for rules in self.rules.values() for rule in rules)


def normalise(problem: Problem) -> Normal:
    """The normal form of a problem."""
    domain = problem.domain
    actions = {name: tuple(_actions(operator, problem)) for name, operator in domain.operators.items()}
    rules = {name: [rule for one in domain.methods_for(name) for rule in _rules(one, problem)] for name in domain.tasks}
    for name, task in domain.tasks.items():
        if task.effect != TRUE:
            actions[done(name)] = tuple(_actions(_done(task, domain), problem))
    network = problem.network
    if problem.goal != TRUE:
        actions[GOAL] = tuple(_actions(Operator(GOAL, precondition=problem.goal), problem))
        network = _then(network, Subtask(GOAL, GOAL))
    rules[TOP] = list(_rules(Method(TOP, problem.parameters, TOP, network=network), problem))
    return Normal(problem, actions, {name: tuple(some) for name, some in rules.items()})


def _done(task: CompoundTask, domain: Domain) -> Operator:
    """What ends a compound task: it checks what operators are to have brought about, and makes the rest."""
    checked, made = split_effect(task.effect, domain)
    return Operator(done(task.name), task.parameters, checked, made)


def _then(network: TaskNetwork, last: Subtask) -> TaskNetwork:
    """The network with one more subtask, after all others."""
    after = tuple((one.id, last.id) for one in network.subtasks)
    return replace(network, subtasks=(*network.subtasks, last), orderings=(*network.orderings, *after))


def _actions(operator: Operator, problem: Problem) -> Iterator[Action]:
    changes, costs = _changes(operator.effect, problem)
    for extra, literals in alternatives(operator.precondition, problem):
        yield Action(operator.name, (*operator.parameters, *extra), len(operator.parameters), literals, changes, costs)


def _rules(method: Method, problem: Problem) -> Iterator[Rule]:
    network = method.network
    task = problem.domain.tasks.get(method.task)
    if task is not None and task.effect != TRUE:
        network = _then(network, Subtask(done(task.name), done(task.name), method.arguments))
    position = {one.id: i for i, one in enumerate(network.subtasks)}
    orderings = tuple(dict.fromkeys((position[first], position[second]) for first, second in network.orderings))
    subtasks, order = network.subtasks, network.order
    if order is not None:
        subtasks = tuple(subtasks[i] for i in order)
        orderings = tuple((i, i + 1) for i in range(len(order) - 1))
    for extra, literals in alternatives(And((method.precondition, network.constraint)), problem):
        yield Rule(
            method.name,
            (*method.parameters, *extra),
            method.task,
            method.arguments,
            literals,
            subtasks,
            orderings,
            order is not None,
        )


# ---------------------------------------------------------------------- conditions


def alternatives(condition: Formula, problem: Problem) -> Iterator[tuple[tuple[Parameter, ...], Literals]]:
    """The disjunctive normal form: for each way to make the condition true, its further variables and its literals."""
    for parameters, parts in _ways(_negated(condition, False), problem, count(1)):
        yield parameters, _literals(parts)


def _literals(parts: tuple[Formula, ...]) -> Literals:
    positive: dict[Atom, None] = {}
    negative: dict[Atom, None] = {}
    equal: dict[tuple[Term, Term], None] = {}
    unequal: dict[tuple[Term, Term], None] = {}
    for part in parts:
        match part:
            case Atom():
                positive[part] = None
            case Equal(left, right):
                equal[left, right] = None
            case Not(Atom() as atom):
                negative[atom] = None
            case Not(Equal(left, right)):
                unequal[left, right] = None
            case _:
                raise AssertionError(f"{part} is no literal")
    return Literals(tuple(positive), tuple(negative), tuple(equal), tuple(unequal))


def _negated(formula: Formula, negate: bool) -> Formula:
    """The negation normal form of a condition, or of its negation: only atoms and equalities are negated."""
    match formula:
        case Atom() | Equal():
            return Not(formula) if negate else formula
        case Not(part):
            return _negated(part, not negate)
        case And(parts):
            return (Or if negate else And)(tuple(_negated(part, negate) for part in parts))
        case Or(parts):
            return (And if negate else Or)(tuple(_negated(part, negate) for part in parts))
        case Imply(condition, consequence):
            parts = _negated(condition, not negate), _negated(consequence, negate)
            return And(parts) if negate else Or(parts)
        case Exists(parameters, part):
            return (Forall if negate else Exists)(parameters, _negated(part, negate))
        case Forall(parameters, part):
            return (Exists if negate else Forall)(parameters, _negated(part, negate))
    raise AssertionError(f"{formula} is no condition")


Way = tuple[tuple[Parameter, ...], tuple[Formula, ...]]
"""A way to make a condition true: further variables, and literals."""


def _ways(formula: Formula, problem: Problem, numbers: Iterator[int]) -> list[Way]:
    """Each way to make a condition in negation normal form true."""
    match formula:
        case And(parts):
            return _product([_ways(part, problem, numbers) for part in parts])
        case Or(parts):
            return [way for part in parts for way in _ways(part, problem, numbers)]
        case Exists(parameters, part):
            renamed = tuple(Parameter(f"{one.name}#{next(numbers)}", one.types) for one in parameters)
            names = {old.name: new.name for old, new in zip(parameters, renamed, strict=True)}
            inner = _ways(substitute(part, names), problem, numbers)
            return [((*renamed, *more), literals) for more, literals in inner]
        case Forall(parameters, part):
            cases = (substitute(part, choice) for choice in problem.choices(parameters))
            return _product([_ways(one, problem, numbers) for one in cases])
    truth = _truth(formula)
    if truth is None:
        return [((), (formula,))]
    return [((), ())] if truth else []


def _truth(literal: Formula) -> bool | None:
    """Whether an equality of two objects holds; None: it is no such literal."""
    match literal:
        case Equal(left, right) | Not(Equal(left, right)):
            if left == right or not (is_variable(left) or is_variable(right)):
                return (left == right) is isinstance(literal, Equal)
    return None


def _product(parts: list[list[Way]]) -> list[Way]:
    return [
        (tuple(one for more, _ in chosen for one in more), tuple(one for _, literals in chosen for one in literals))
        for chosen in product(*parts)
    ]


# ---------------------------------------------------------------------- effects


def _changes(effect: Formula, problem: Problem) -> tuple[tuple[Change, ...], tuple[float | Fluent, ...]]:
    """The changes of an effect, the one without a condition first, and the costs."""
    found: dict[Literals, Change] = {Literals(): Change()}
    costs: list[float | Fluent] = []
    for condition, part in _effects(effect, TRUE, problem):
        if isinstance(part, Increase):
            costs += [part.amount] if problem.metric in (None, part.fluent) else []
            continue
        for literals in _written_out(condition, problem):
            so_far = found.setdefault(literals, Change(literals))
            if isinstance(part, Atom):
                found[literals] = replace(so_far, adds=(*so_far.adds, part))
            elif isinstance(part, Not) and isinstance(part.part, Atom):
                found[literals] = replace(so_far, deletes=(*so_far.deletes, part.part))
    return tuple(one for one in found.values() if one.adds or one.deletes), tuple(costs)


def _written_out(condition: Formula, problem: Problem) -> Iterator[Literals]:
    """The alternatives of a condition of an effect, for each choice of the variables that it alone has."""
    for extra, literals in alternatives(condition, problem):
        for choice in problem.choices(extra):
            yield _substituted(literals, choice) if choice else literals


def _substituted(literals: Literals, choice: Bindings) -> Literals:
    def atoms(some: tuple[Atom, ...]) -> tuple[Atom, ...]:
        return tuple(Atom(one.predicate, tuple(choice.get(term, term) for term in one.arguments)) for one in some)

    def pairs(some: tuple[tuple[Term, Term], ...]) -> tuple[tuple[Term, Term], ...]:
        return tuple((choice.get(left, left), choice.get(right, right)) for left, right in some)

    return Literals(atoms(literals.positive), atoms(literals.negative), pairs(literals.equal), pairs(literals.unequal))


def _effects(effect: Formula, condition: Formula, problem: Problem) -> Iterator[tuple[Formula, Formula]]:
    """Each simple effect with the condition under which it happens, quantifiers written out."""
    match effect:
        case And(parts):
            for part in parts:
                yield from _effects(part, condition, problem)
        case When(further, inner):
            yield from _effects(inner, And((condition, further)), problem)
        case Forall(parameters, part):
            for choice in problem.choices(parameters):
                yield from _effects(substitute(part, choice), condition, problem)
        case Atom() | Not(Atom()) | Increase():
            yield condition, effect
        case _:
            raise AssertionError(f"{effect} is no effect")
