"""A small planner that is right, and five that each have a bug which planners are known to have.

The reference is depth-first progression that backtracks. The bugs are put into what it is told of the problem, into its
search, or into what it makes of its solution.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from planweave.engine.plan import Plan
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.errors import NoPlan
from planweave.planners.htn.formula import TRUE, And, Atom, Forall, Formula, Not, When, both
from planweave.planners.htn.links import plan_of
from planweave.planners.htn.model import Method, Operator, Problem
from planweave.planners.htn.normal import TOP
from planweave.planners.htn.solution import Choice, GroundTask, Solution
from planweave.testing.htn.enumeration import grounded, is_well_typed
from planweave.testing.htn.parts import Part, changed
from planweave.testing.htn.semantics import State, after, bound, choices, ends, holds


class Node(NamedTuple):
    """A task that is open, or the end of one; ``path`` says of which subtask of which task it came."""

    path: tuple[int, ...]
    is_end: bool
    task: GroundTask


@dataclass(frozen=True)
class Point:
    """What is true, what is open, and which of that must wait for which other."""

    state: State
    nodes: frozenset[Node]
    before: frozenset[tuple[Node, Node]]

    def without(self, node: Node, state: State | None = None) -> Point:
        """With a node done."""
        before = frozenset(pair for pair in self.before if pair[0] != node)
        return Point(self.state if state is None else state, self.nodes - {node}, before)


Move = tuple[Node, Choice | None, Point]


@dataclass
class Search:
    """Tries one thing after another, and never again from a point from where it was in vain."""

    problem: Problem
    deadline: Deadline
    backtracks: bool = True

    def __post_init__(self) -> None:
        self.vain: set[Point] = set()
        self.given_up = False

    def solution(self) -> Solution:
        """The first that is found."""
        top = Node((), False, GroundTask(TOP))
        moves = self.from_here(Point(self.problem.state, frozenset({top}), frozenset()))
        if moves is None:
            raise NoPlan("every way to do the tasks has been tried")
        steps = [(node.path, *node.task) for node, choice, _ in moves if choice is None and not node.is_end]
        number = {node.path: i for i, (node, _, _) in enumerate(moves) if not node.is_end}
        made = {}
        for node, choice, _ in moves:
            if choice is not None:
                children = tuple(number[*node.path, i] for i in choice.children)
                made[number[node.path]] = replace(choice, children=children)
        return Solution.of([(number[path], name, some) for path, name, some in steps], made, number[()])

    def from_here(self, point: Point) -> list[Move] | None:
        """The moves from a point to the end."""
        self.deadline.check("searching")
        if not point.nodes:
            return [] if holds(self.problem.goal, {}, point.state, self.problem) else None
        if point in self.vain:
            return None
        for move in self.moves(point):
            rest = self.from_here(move[2])
            if rest is not None:
                return [move, *rest]
            if not self.backtracks:
                return None
        self.vain.add(point)
        return None

    def moves(self, point: Point) -> Iterator[Move]:
        """All that can be done next."""
        waiting = {two for _, two in point.before}
        for node in sorted(point.nodes - waiting):
            if node.is_end:
                task = self.problem.domain.tasks[node.task.name]
                state = ends(task.name, bound(task.parameters, node.task.arguments), point.state, self.problem)
                if state is not None:
                    yield node, None, point.without(node, state)
            elif node.task.name in self.problem.domain.operators:
                operator = self.problem.domain.operators[node.task.name]
                objects = bound(operator.parameters, node.task.arguments)
                if holds(operator.precondition, objects, point.state, self.problem):
                    yield node, None, point.without(node, after(operator.effect, objects, point.state, self.problem))
            else:
                yield from self.decompositions(point, node)

    def decompositions(self, point: Point, node: Node) -> Iterator[Move]:
        """All ways to decompose a task."""
        problem = self.problem
        top = Method(TOP, problem.parameters, TOP, network=problem.network)
        for method in (top,) if node.task.name == TOP else problem.domain.methods_for(node.task.name):
            for objects in choices(method.parameters, problem):
                tasks = grounded(method.network, objects)
                arguments = tuple(objects.get(term, term) for term in method.arguments)
                condition = And((method.precondition, method.network.constraint))
                is_apt = arguments == node.task.arguments and all(is_well_typed(one, problem) for one in tasks)
                if is_apt and holds(condition, objects, point.state, problem):
                    choice = Choice(*node.task, method.name, objects, tuple(range(len(tasks))))
                    yield node, choice, self.decomposed(point, node, method, tasks)

    def decomposed(self, point: Point, node: Node, method: Method, tasks: list[GroundTask]) -> Point:
        """With the subtasks of a task in its place."""
        new = [Node((*node.path, i), False, task) for i, task in enumerate(tasks)]
        first = {one.id: child for one, child in zip(method.network.subtasks, new, strict=True)}
        last = {id: self.end(child) for id, child in first.items()}
        pairs = {(last[one], first[two]) for one, two in method.network.orderings}
        rest = point.without(node)
        if node.task.name == TOP:
            return Point(rest.state, rest.nodes | set(new), rest.before | pairs)
        end = self.end(node)
        pairs |= {(one, end) for one in last.values()}
        return Point(rest.state, rest.nodes | {*new, end}, rest.before | pairs)

    def end(self, node: Node) -> Node:
        """What is over when a task is over."""
        return node if node.task.name in self.problem.domain.operators else node._replace(is_end=True)


def reference(problem: Problem, *, deadline: Deadline) -> Solution:
    """The planner that is right."""
    return Search(problem, deadline).solution()


# ---------------------------------------------------------------------- bugs


def _positive(formula: Formula) -> Formula:
    """A conjunction without its negations; an effect without its deletes."""
    match formula:
        case And(parts):
            return both(*map(_positive, parts))
        case Not(Atom()):
            return TRUE
        case When(condition, effect):
            return When(condition, _positive(effect))
        case Forall(parameters, part):
            return Forall(parameters, _positive(part))
    return formula


def ignores_deletes(problem: Problem, *, deadline: Deadline) -> Solution:
    """What is true stays true."""

    def change(part: Part) -> Part:
        return replace(part, effect=_positive(part.effect)) if isinstance(part, Operator) else part

    return reference(changed(problem, change), deadline=deadline)


def ignores_negative_preconditions(problem: Problem, *, deadline: Deadline) -> Solution:
    """Steps need what must be true, never what must be false."""

    def change(part: Part) -> Part:
        return replace(part, precondition=_positive(part.precondition)) if isinstance(part, Operator) else part

    return reference(changed(problem, change), deadline=deadline)


def ignores_method_preconditions(problem: Problem, *, deadline: Deadline) -> Solution:
    """Any method will do."""

    def change(part: Part) -> Part:
        return replace(part, precondition=TRUE) if isinstance(part, Method) else part

    return reference(changed(problem, change), deadline=deadline)


def never_backtracks(problem: Problem, *, deadline: Deadline) -> Solution:
    """The first thing that can be done is done."""
    return Search(problem, deadline, backtracks=False).solution()


def relaxes_without_threats(problem: Problem, *, deadline: Deadline) -> Plan:
    """Steps come after those that make true what they need, and that is all."""
    plan = plan_of(problem, reference(problem, deadline=deadline))
    return replace(plan, orderings=(), needed=None, is_relaxed=True)


MUTANTS: tuple[Callable[..., Solution | Plan], ...] = (
    ignores_deletes,
    ignores_negative_preconditions,
    ignores_method_preconditions,
    never_backtracks,
    relaxes_without_threats,
)
