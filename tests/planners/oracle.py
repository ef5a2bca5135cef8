"""Brute force: what solves a tiny problem, by the definitions alone, however long it takes.

Nothing here is shared with planners or the verifier but the model, and everything is as simple as it can be: formulas
are read over sets of facts, choices are tried one by one, and every order of events is enumerated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations, product

from planweave.engine.plan import Fact
from planweave.planners.htn.formula import (
    TRUE,
    And,
    Atom,
    Equal,
    Exists,
    Forall,
    Formula,
    Imply,
    Increase,
    Not,
    Or,
    Parameter,
    When,
)
from planweave.planners.htn.model import Problem, TaskNetwork
from planweave.planners.htn.solution import Choice, GroundTask, Solution

State = frozenset[Fact]
Objects = Mapping[str, str]
Pairs = frozenset[tuple[int, int]]

# ---------------------------------------------------------------------- formulas


def fact_of(atom: Atom, objects: Objects) -> Fact:
    return Fact(atom.predicate, tuple(objects.get(term, term) for term in atom.arguments))


def holds(formula: Formula, objects: Objects, state: State, problem: Problem) -> bool:
    """Whether a condition is true."""

    def some(part: Formula, parameters: tuple[Parameter, ...]) -> Iterator[bool]:
        return (holds(part, {**objects, **choice}, state, problem) for choice in choices(parameters, problem))

    match formula:
        case Atom():
            return fact_of(formula, objects) in state
        case Equal(left, right):
            return objects.get(left, left) == objects.get(right, right)
        case Not(part):
            return not holds(part, objects, state, problem)
        case And(parts):
            return all(holds(part, objects, state, problem) for part in parts)
        case Or(parts):
            return any(holds(part, objects, state, problem) for part in parts)
        case Imply(condition, consequence):
            return not holds(condition, objects, state, problem) or holds(consequence, objects, state, problem)
        case Exists(parameters, part):
            return any(some(part, parameters))
        case Forall(parameters, part):
            return all(some(part, parameters))
    raise AssertionError(formula)


def choices(parameters: tuple[Parameter, ...], problem: Problem) -> list[dict[str, str]]:
    """Every choice of objects for variables."""
    found: list[dict[str, str]] = [{}]
    for one in parameters:
        found = [{**so_far, one.name: name} for so_far in found for name in problem.types if fits(name, one, problem)]
    return found


def fits(name: str, parameter: Parameter, problem: Problem) -> bool:
    """Whether an object has one of a parameter's types."""
    above = {kind for one in problem.types.get(name, ()) for kind in problem.domain.supertypes(one)}
    return not above.isdisjoint(parameter.types)


def changes(effect: Formula, objects: Objects, state: State, problem: Problem) -> Iterator[tuple[Fact, bool]]:
    """What an effect makes true and false."""
    match effect:
        case Atom():
            yield fact_of(effect, objects), True
        case Not(Atom() as atom):
            yield fact_of(atom, objects), False
        case And(parts):
            for part in parts:
                yield from changes(part, objects, state, problem)
        case When(condition, part):
            if holds(condition, objects, state, problem):
                yield from changes(part, objects, state, problem)
        case Forall(parameters, part):
            for choice in choices(parameters, problem):
                yield from changes(part, {**objects, **choice}, state, problem)
        case Increase():
            pass
        case _:
            raise AssertionError(effect)


def after(effect: Formula, objects: Objects, state: State, problem: Problem) -> State:
    """The state after an effect: what is both made true and made false is true."""
    some = list(changes(effect, objects, state, problem))
    return state - {fact for fact, becomes in some if not becomes} | {fact for fact, becomes in some if becomes}


# ---------------------------------------------------------------------- tasks


def _sides(effect: Formula) -> Iterator[tuple[str, bool]]:
    match effect:
        case Atom(predicate):
            yield predicate, True
        case Not(Atom(predicate)):
            yield predicate, False
        case And(parts):
            for part in parts:
                yield from _sides(part)
        case When(_, part) | Forall(_, part):
            yield from _sides(part)


def ends(name: str, objects: Objects, state: State, problem: Problem) -> State | None:
    """The state after a compound task ends; None: what it declares is not so.

    What some operator can bring about must be so; anything else the task itself brings about.
    """
    task = problem.domain.tasks[name]
    able = {side for one in problem.domain.operators.values() for side in _sides(one.effect)}
    made = set()
    for fact, becomes in changes(task.effect, objects, state, problem):
        if (fact.predicate, becomes) not in able:
            made.add((fact, becomes))
        elif (fact in state) is not becomes:
            return None
    return state - {fact for fact, becomes in made if not becomes} | {fact for fact, becomes in made if becomes}


def bound(parameters: tuple[Parameter, ...], arguments: Iterable[str]) -> dict[str, str]:
    return {one.name: name for one, name in zip(parameters, arguments, strict=True)}


def grounded(network: TaskNetwork, objects: Objects) -> list[GroundTask]:
    return [GroundTask(one.name, tuple(objects.get(term, term) for term in one.arguments)) for one in network.subtasks]


# ---------------------------------------------------------------------- all solutions


@dataclass(frozen=True)
class _Node:
    """What is still to be done: a task, the check of a method's condition, the end of a task."""

    kind: str
    number: int
    task: GroundTask
    condition: Formula = TRUE
    objects: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Search:
    state: State
    nodes: frozenset[_Node]
    before: Pairs
    steps: tuple[tuple[int, str, tuple[str, ...]], ...]
    choices: tuple[tuple[int, str, tuple[str, ...], str, tuple[tuple[str, str], ...], tuple[int, ...]], ...]
    count: int


def solutions(problem: Problem, *, max_steps: int = 4, max_choices: int = 4, tries: int = 20_000) -> Iterator[Solution]:
    """The solutions of a problem with so many steps and decompositions at most, after so many tries at most."""
    top = GroundTask("(top)")
    left: list[_Search] = []
    for objects in choices(problem.parameters, problem):
        left += _decomposed(
            _Search(problem.state, frozenset({_Node("task", 0, top)}), frozenset(), (), (), 1),
            _Node("task", 0, top),
            "(top)",
            objects,
            problem.network,
            problem.network.constraint,
            problem,
        )
    seen: set[_Search] = set()
    found: set[str] = set()
    while left and tries > 0:
        tries -= 1
        one = left.pop()
        if one in seen or len(one.steps) > max_steps or len(one.choices) > max_choices + 1:
            continue
        seen.add(one)
        if not one.nodes:
            if holds(problem.goal, {}, one.state, problem):
                solution = _solution(one)
                if repr(solution) not in found:
                    found.add(repr(solution))
                    yield solution
            continue
        for node in sorted(one.nodes, key=lambda node: (node.kind, node.number)):
            if not any(two == _key(node) for _, two in one.before):
                left += _progressed(one, node, problem)


def _solution(one: _Search) -> Solution:
    made = {
        number: Choice(task, arguments, method, dict(objects), children)
        for number, task, arguments, method, objects, children in one.choices
    }
    return Solution.of(one.steps, made, 0)


def _key(node: _Node) -> int:
    """A number for each node: tasks, checks and ends of one number are three."""
    return node.number * 3 + ("task", "check", "end").index(node.kind)


def _without(one: _Search, node: _Node, **changed: object) -> _Search:
    rest = frozenset(other for other in one.nodes if other != node)
    before = frozenset(pair for pair in one.before if pair[0] != _key(node))
    values = {"state": one.state, "steps": one.steps, "choices": one.choices, "count": one.count, **changed}
    return _Search(nodes=rest, before=before, **values)  # type: ignore[arg-type]


def _progressed(one: _Search, node: _Node, problem: Problem) -> Iterator[_Search]:
    domain = problem.domain
    objects = dict(node.objects)
    if node.kind == "check":
        if holds(node.condition, objects, one.state, problem):
            yield _without(one, node)
    elif node.kind == "end":
        state = ends(node.task.name, objects, one.state, problem)
        if state is not None:
            yield _without(one, node, state=state)
    elif node.task.name in domain.operators:
        operator = domain.operators[node.task.name]
        objects = bound(operator.parameters, node.task.arguments)
        if holds(operator.precondition, objects, one.state, problem):
            state = after(operator.effect, objects, one.state, problem)
            yield _without(one, node, state=state, steps=(*one.steps, (node.number, *node.task)))
    else:
        for method in domain.methods.values():
            if method.task == node.task.name:
                for objects in choices(method.parameters, problem):
                    if tuple(objects.get(term, term) for term in method.arguments) == node.task.arguments:
                        condition = And((method.network.constraint, method.precondition))
                        yield from _decomposed(one, node, method.name, objects, method.network, condition, problem)


def _decomposed(
    one: _Search,
    node: _Node,
    method: str,
    objects: Objects,
    network: TaskNetwork,
    condition: Formula,
    problem: Problem,
) -> Iterator[_Search]:
    """With a task replaced by a check, its subtasks and an end, in the task's place."""
    tasks = grounded(network, objects)
    known = problem.domain.tasks.get(node.task.name)
    for task in tasks:
        parameters = (problem.domain.operators.get(task.name) or problem.domain.tasks[task.name]).parameters
        if not all(fits(name, wanted, problem) for name, wanted in zip(task.arguments, parameters, strict=True)):
            return
    own = tuple(objects.items())
    check = _Node("check", one.count, node.task, condition, own)
    of_task = tuple(bound(known.parameters, node.task.arguments).items()) if known is not None else ()
    end = _Node("end", one.count, node.task, TRUE, of_task)
    subtasks = [_Node("task", one.count + 1 + i, task) for i, task in enumerate(tasks)]
    number = {subtask.id: _key(node) for subtask, node in zip(network.subtasks, subtasks, strict=True)}
    new = [check, *subtasks, *([end] if known is not None else [])]
    last = _key(end) if known is not None else None
    pairs = {(_key(check), _key(subtask)) for subtask in subtasks}
    pairs |= {(number[first], number[second]) for first, second in network.orderings}
    if last is not None:
        pairs |= {(_key(other), last) for other in (check, *subtasks)}
    for two in {two for first, two in one.before if first == _key(node)}:
        pairs |= {(_key(other), two) for other in new}
    choice = (node.number, *node.task, method, own, tuple(subtask.number for subtask in subtasks))
    rest = _without(one, node, choices=(*one.choices, choice), count=one.count + 1 + len(subtasks))
    yield _Search(rest.state, rest.nodes | set(new), rest.before | pairs, rest.steps, rest.choices, rest.count)


# ---------------------------------------------------------------------- whether something is one


def is_solution(problem: Problem, solution: Solution, *, ordered: bool = True) -> bool:
    """Whether steps and decompositions solve a problem: by trying all that they leave open.

    Args:
        problem: the problem.
        solution: steps in their order, and the decompositions; their bindings are not looked at.
        ordered: whether orderings that methods and the problem impose must be kept.
    """
    count = len(solution.steps)
    entries = [*solution.steps, *(GroundTask(one.task, one.arguments) for one in solution.choices)]
    if not _is_tree(solution) or not all(_is_well_named(i, solution, problem) for i in range(len(entries))):
        return False
    options = [_readings(entries, solution.roots, "(top)", (), problem)]
    options += [_readings(entries, one.children, one.method, one.arguments, problem) for one in solution.choices]
    numbers = [len(entries), *range(count, len(entries))]
    return any(
        _can_happen(problem, solution, dict(zip(numbers, chosen, strict=True)), ordered) for chosen in product(*options)
    )


def _is_tree(solution: Solution) -> bool:
    count = len(solution.steps)
    seen: list[int] = []
    left = list(solution.roots)
    while left and len(seen) <= count + len(solution.choices):
        seen.append(left.pop())
        left += solution.choices[seen[-1] - count].children if seen[-1] >= count else ()
    return sorted(seen) == list(range(count + len(solution.choices)))


def _is_well_named(number: int, solution: Solution, problem: Problem) -> bool:
    domain = problem.domain
    count = len(solution.steps)
    if number < count:
        known: object = domain.operators.get(solution.steps[number].name)
        task = solution.steps[number]
    else:
        choice = solution.choices[number - count]
        task = GroundTask(choice.task, choice.arguments)
        method = domain.methods.get(choice.method)
        known = domain.tasks.get(choice.task) if method is not None and method.task == choice.task else None
    parameters: tuple[Parameter, ...] | None = getattr(known, "parameters", None)
    return (
        parameters is not None
        and len(parameters) == len(task.arguments)
        and all(fits(name, one, problem) for name, one in zip(task.arguments, parameters, strict=True))
    )


Reading = tuple[Pairs, Formula, dict[str, str]]
"""What a method says of given subtasks: orderings of them, its condition, and objects for its variables."""


def _readings(
    entries: list[GroundTask], children: tuple[int, ...], name: str, arguments: tuple[str, ...], problem: Problem
) -> list[Reading]:
    method = problem.domain.methods.get(name)
    network = problem.network if method is None else method.network
    parameters = problem.parameters if method is None else method.parameters
    condition = network.constraint if method is None else And((network.constraint, method.precondition))
    found = []
    if len(children) != len(network.subtasks):
        return []
    for objects in choices(parameters, problem):
        if method is None or tuple(objects.get(term, term) for term in method.arguments) == arguments:
            wanted = grounded(network, objects)
            for order in permutations(children):
                if [entries[child] for child in order] == wanted:
                    child = {one.id: number for one, number in zip(network.subtasks, order, strict=True)}
                    pairs = frozenset((child[one], child[two]) for one, two in network.orderings)
                    found.append((pairs, condition, objects))
    return found


def _can_happen(problem: Problem, solution: Solution, readings: Mapping[int, Reading], ordered: bool) -> bool:
    """Whether there is an order of steps, checks of conditions and ends of tasks that goes well."""
    count = len(solution.steps)
    top = count + len(solution.choices)
    children = {top: solution.roots} | {count + i: one.children for i, one in enumerate(solution.choices)}

    def begin(number: int) -> tuple[str, int]:
        return ("step", number) if number < count else ("begin", number)

    def end(number: int) -> tuple[str, int]:
        return ("step", number) if number < count else ("end", number)

    pairs = {(("step", i), ("step", i + 1)) for i in range(count - 1)}
    for number, below in children.items():
        pairs |= {(begin(number), end(number))}
        pairs |= {(begin(number), begin(child)) for child in below} | {(end(child), end(number)) for child in below}
        pairs |= {(end(one), begin(two)) for one, two in readings[number][0]} if ordered else set()
    events = {("step", i) for i in range(count)} | {event for n in children for event in (begin(n), end(n))}

    def then(event: tuple[str, int], state: State) -> State | None:
        kind, number = event
        if kind == "begin":
            return state if holds(readings[number][1], readings[number][2], state, problem) else None
        if kind == "step":
            operator = problem.domain.operators[solution.steps[number].name]
            objects = bound(operator.parameters, solution.steps[number].arguments)
            return (
                after(operator.effect, objects, state, problem)
                if holds(operator.precondition, objects, state, problem)
                else None
            )
        if number == top:
            return state if holds(problem.goal, {}, state, problem) else None
        choice = solution.choices[number - count]
        return ends(choice.task, bound(problem.domain.tasks[choice.task].parameters, choice.arguments), state, problem)

    return _some_order(events, pairs, problem.state, then)


Happening = tuple[str, int]


def _some_order(
    events: set[Happening],
    pairs: set[tuple[Happening, Happening]],
    state: State,
    then: Callable[[Happening, State], State | None],
) -> bool:
    left = [(state, frozenset(events))]
    seen = set(left)
    while left:
        state, rest = left.pop()
        if not rest:
            return True
        for event in rest:
            if not any(one in rest for one, two in pairs if two == event):
                after_it = then(event, state)
                if after_it is not None and (after_it, rest - {event}) not in seen:
                    seen.add((after_it, rest - {event}))
                    left.append((after_it, rest - {event}))
    return False


def linearizations(count: int, pairs: Iterable[tuple[int, int]]) -> Iterator[tuple[int, ...]]:
    """Every order of numbers that pairs of them allow."""
    before: list[set[int]] = [set() for _ in range(count)]
    for one, two in pairs:
        before[two].add(one)

    def further(order: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(order) == count:
            yield order
        for number in range(count):
            if number not in order and before[number].issubset(order):
                yield from further((*order, number))

    yield from further(())
