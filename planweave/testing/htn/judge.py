"""Brute force: whether given steps and decompositions solve a tiny problem, by trying all that they leave open.

Which subtask is which, which objects stand for the variables of methods, when tasks begin and end, and in which order
steps are taken where a plan leaves that open: every possibility is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import permutations, product
from typing import TypeAlias

from planweave.engine.plan import Decomposition, Plan
from planweave.planners.htn.formula import And, Formula, Parameter
from planweave.planners.htn.model import Problem
from planweave.planners.htn.normal import TOP
from planweave.planners.htn.solution import Choice, GroundTask, Solution
from planweave.testing.htn.enumeration import grounded
from planweave.testing.htn.semantics import State, after, bound, choices, ends, fits, holds

Reading: TypeAlias = tuple[frozenset[tuple[int, int]], Formula, dict[str, str]]
"""What a method says of given subtasks: orderings of them, its condition, and objects for its variables."""

Event: TypeAlias = tuple[str, int]
"""The beginning or end of a task, or a step."""


def is_solution(problem: Problem, solution: Solution, *, ordered: bool = True) -> bool:
    """Whether steps and decompositions solve a problem.

    Args:
        problem: the problem.
        solution: steps in their order, and the decompositions; their bindings are not looked at.
        ordered: whether orderings that methods and the problem impose must be kept.

    >>> from planweave.planners.htn.domain import Domain
    >>> domain = Domain("report")
    >>> domain.operator("gather", effects=["data"])
    >>> domain.operator("write", preconditions=["data"])
    >>> problem = domain.problem(tasks=["gather", "write"])
    >>> gather, write = GroundTask("gather"), GroundTask("write")
    >>> is_solution(problem, Solution((gather, write), roots=(0, 1)))
    True
    >>> is_solution(problem, Solution((write, gather), roots=(1, 0)), ordered=False)
    False
    """
    count = len(solution.steps)
    entries = [*solution.steps, *(GroundTask(one.task, one.arguments) for one in solution.choices)]
    if not _is_tree(solution) or not all(_is_well_named(i, solution, problem) for i in range(len(entries))):
        return False
    options = [_readings(entries, solution.roots, TOP, (), problem)]
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
        number = left.pop()
        if not 0 <= number < count + len(solution.choices):
            return False
        seen.append(number)
        left += solution.choices[number - count].children if number >= count else ()
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


def _readings(
    entries: list[GroundTask], children: tuple[int, ...], name: str, arguments: tuple[str, ...], problem: Problem
) -> list[Reading]:
    """All that a method, or the problem (``TOP``), may mean of given subtasks."""
    method = problem.domain.methods.get(name)
    network = problem.network if method is None else method.network
    parameters = problem.parameters if method is None else method.parameters
    condition = network.constraint if method is None else And((network.constraint, method.precondition))
    found: dict[str, Reading] = {}
    if len(children) != len(network.subtasks):
        return []
    for objects in choices(parameters, problem):
        if method is None or tuple(objects.get(term, term) for term in method.arguments) == arguments:
            wanted = grounded(network, objects)
            if sorted(wanted) != sorted(entries[child] for child in children):
                continue
            for order in permutations(children):
                if [entries[child] for child in order] == wanted:
                    child = {one.id: number for one, number in zip(network.subtasks, order, strict=True)}
                    pairs = frozenset((child[one], child[two]) for one, two in network.orderings)
                    found.setdefault(f"{sorted(pairs)} {objects}", (pairs, condition, objects))
    return list(found.values())


def _can_happen(problem: Problem, solution: Solution, readings: Mapping[int, Reading], ordered: bool) -> bool:
    """Whether there is an order of beginnings, ends and the steps as they are listed that goes well."""
    count = len(solution.steps)
    top = count + len(solution.choices)
    children = {top: solution.roots} | {count + i: one.children for i, one in enumerate(solution.choices)}

    def begin(number: int) -> Event:
        return ("step", number) if number < count else ("begin", number)

    def end(number: int) -> Event:
        return ("step", number) if number < count else ("end", number)

    pairs = {(("step", i), ("step", i + 1)) for i in range(count - 1)}
    for number, below in children.items():
        pairs |= {(begin(number), end(number))}
        pairs |= {(begin(number), begin(child)) for child in below} | {(end(child), end(number)) for child in below}
        pairs |= {(end(one), begin(two)) for one, two in readings[number][0]} if ordered else set()
    events = {("step", i) for i in range(count)} | {event for n in children for event in (begin(n), end(n))}

    def then(event: Event, state: State) -> State | None:
        kind, number = event
        if kind == "step":
            return _stepped(solution.steps[number], state, problem)
        if kind == "begin":
            return state if holds(readings[number][1], readings[number][2], state, problem) else None
        if number == top:
            return state if holds(problem.goal, {}, state, problem) else None
        choice = solution.choices[number - count]
        return ends(choice.task, bound(problem.domain.tasks[choice.task].parameters, choice.arguments), state, problem)

    return _some_order(events, pairs, problem.state, then)


def _stepped(step: GroundTask, state: State, problem: Problem) -> State | None:
    """The state after a step; None: it cannot be taken."""
    operator = problem.domain.operators[step.name]
    objects = bound(operator.parameters, step.arguments)
    if not holds(operator.precondition, objects, state, problem):
        return None
    return after(operator.effect, objects, state, problem)


def _some_order(
    events: set[Event],
    pairs: set[tuple[Event, Event]],
    state: State,
    then: Callable[[Event, State], State | None],
) -> bool:
    before: dict[Event, set[Event]] = {event: set() for event in events}
    for one, two in pairs:
        before[two].add(one)
    left = [(state, frozenset(events))]
    seen = set(left)
    while left:
        state, rest = left.pop()
        if not rest:
            return True
        for event in rest:
            if before[event].isdisjoint(rest):
                after_it = then(event, state)
                if after_it is not None and (after_it, rest - {event}) not in seen:
                    seen.add((after_it, rest - {event}))
                    left.append((after_it, rest - {event}))
    return False


# ---------------------------------------------------------------------- partial orders


def orders(plan: Plan) -> Iterator[Solution]:
    """What a plan says, once for each order of its steps that its orderings and causal links leave."""
    place = {step.id: i for i, step in enumerate(plan.steps)}
    links = [(link.producer, link.consumer) for link in plan.links if link.producer not in (None, link.consumer)]
    pairs = [(place[one], place[two]) for one, two in (*plan.orderings, *links) if one is not None]
    for order in linearizations(len(plan.steps), pairs):
        yield solution_of(plan, order)


def linearizations(count: int, pairs: Iterable[tuple[int, int]]) -> Iterator[tuple[int, ...]]:
    """Every order of numbers that pairs of them allow.

    >>> list(linearizations(3, [(0, 2)]))
    [(0, 1, 2), (0, 2, 1), (1, 0, 2)]
    """
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


def solution_of(plan: Plan, order: tuple[int, ...] | None = None) -> Solution:
    """What a plan says, its steps taken in another order, told by their positions."""
    order = order if order is not None else tuple(range(len(plan.steps)))
    place = {plan.steps[number].id: i for i, number in enumerate(order)}
    steps = tuple(GroundTask(plan.steps[number].name, plan.steps[number].arguments) for number in order)
    left: list[Decomposition] = []

    def numbers(parts: tuple[Decomposition, ...]) -> tuple[int, ...]:
        found = []
        for part in parts:
            if part.step is not None:
                found.append(place[part.step])
            else:
                found.append(len(steps) + len(left))
                left.append(part)
        return tuple(found)

    roots = numbers(plan.decomposition)
    made = [Choice(one.name, one.arguments, one.method or "", {}, numbers(one.children)) for one in left]
    return Solution(steps, tuple(made), roots)
