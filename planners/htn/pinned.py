"""Problems in which a part of a decomposition is pinned: its tasks have one method left, the one that was chosen.

What has begun of a decomposition is pinned, and so are the tasks around those that are to be decomposed anew; all else
is free. There are two ways to state such a problem:

- *from now on*: it begins in the state of now, and what is over is left out;
- *from the beginning*: it begins in the initial state, and what was done is done again, as actions that change what was
  recorded. Where tasks that have begun are free, these actions may stand for any of their steps, but come first, in the
  order in which they were done. So a decomposition is found that what was done is the beginning of.

Source of the latter: D. Höller, P. Bercher, G. Behnke, S. Biundo, "HTN plan repair via model transformation", KI 2020.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from planweave.engine.plan import Fact
from planweave.planners.htn.begun import Begun, Tree
from planweave.planners.htn.domain import Domain
from planweave.planners.htn.execution import Execution
from planweave.planners.htn.formula import (
    FALSE,
    TRUE,
    And,
    Atom,
    Equal,
    Formula,
    Not,
    Or,
    Parameter,
    both,
    substitute,
)
from planweave.planners.htn.model import CompoundTask, Method, Operator, Problem, Subtask, TaskNetwork
from planweave.planners.htn.solution import GroundTask
from planweave.planners.htn.verification.attempt import bound


@dataclass(frozen=True)
class Pinned:
    """A problem in which a part of a decomposition is pinned, and what its new names stand for.

    Attributes:
        problem: the problem.
        tasks: for the names of pinned tasks: the numbers of their entries.
        copies: for the names of actions that were done: the numbers of their steps.
        either: names of tasks that are a step, or one that was done.
        is_whole: whether nothing is left out at the top: all of the problem is free, or done again.
    """

    problem: Problem
    tasks: Mapping[str, int]
    copies: Mapping[str, int]
    either: frozenset[str]
    is_whole: bool


def from_now_on(tree: Tree, begun: Begun, execution: Execution, free: Collection[int], able: Collection[str]) -> Pinned:
    """The problem to go on from now.

    Args:
        tree: the decomposition.
        begun: how far it has been carried out.
        execution: what has come of it.
        free: tasks that are to be decomposed anew, whatever of them was done.
        able: the operators that may be used.
    """
    builder = _Builder(tree, begun, execution)
    builder.limit(able, ())
    return builder.problem(free, execution.state.true)


def from_the_beginning(
    tree: Tree, begun: Begun, execution: Execution, free: Collection[int], able: Collection[str]
) -> Pinned:
    """The problem to find a decomposition that what was done is the beginning of; arguments as for ``from_now_on``."""
    execution = execution.without(tree.given_up)
    builder = _Builder(tree.kept, begun, execution, again=True)
    last = builder.add_copies(gated=True)
    builder.limit(able, (last,))
    builder.let_stand(free)
    return builder.problem(free, {*execution.initial, _gate(0)})


def as_recorded(tree: Tree, begun: Begun, execution: Execution) -> Pinned:
    """The problem whose solution is what has happened, and the rest of a plan after that."""
    builder = _Builder(tree, begun, execution, again=True)
    builder.add_copies(gated=False)
    return builder.problem((), execution.initial)


def _gate(number: int) -> Fact:
    """So many of the steps that were done are done again."""
    return Fact(f"done {number}")  # with a space: no text can name it


def _atom(fact: Fact) -> Atom:
    return Atom(fact.predicate, fact.arguments)


class _Builder:
    """Builds a problem of pinned tasks beside those of the domain."""

    def __init__(self, tree: Tree, begun: Begun, execution: Execution, *, again: bool = False) -> None:
        self._tree = tree
        self._begun = begun
        self._execution = execution
        self._again = again
        self._is_loose = False
        """Whether what was done need not have been done in the orders that methods impose."""
        self._old = tree.rulebook.problem
        self._domain = copied(self._old.domain)
        self._network = self._old.network
        self._elements: dict[int, Subtask | None] = {}
        self._tasks: dict[str, int] = {}
        self._copies: dict[int, str] = {}
        self._either: dict[str, str] = {}

    # ------------------------------------------------------------------ actions

    def add_copies(self, *, gated: bool) -> Formula:
        """Add an action for each step that was done; gives what holds once all of them are.

        Where they are not ``gated``, they may come in any order.
        """
        self._is_loose = not gated
        for place, step in enumerate(self._execution.done):
            task = self._tree.claim.entries[step].task
            name = self._copies[step] = f"{task.name} {step}"
            changes = self._execution.changes[step]
            effects: list[Formula] = [_atom(fact) if truth else Not(_atom(fact)) for fact, truth in changes.items()]
            condition: Formula = TRUE
            if gated:
                effects += [Not(_atom(_gate(place))), _atom(_gate(place + 1))]
                condition = both(_atom(_gate(place)), self._condition(step, task))
            self._domain.add(Operator(name, (), condition, And(tuple(effects))))
        gates = [_gate(place) for place in range(len(self._execution.done) + 1)] if gated else []
        self._domain.predicates.update({one.predicate: () for one in gates})
        return _atom(gates[-1]) if gated else TRUE

    def _condition(self, step: int, task: GroundTask) -> Formula:
        """The precondition of a step that was done, unless it had been observed not to hold."""
        if step not in self._execution.held:
            return TRUE
        operator = self._old.domain.operators[task.name]
        return substitute(operator.precondition, bound(operator.parameters, task))

    def limit(self, able: Collection[str], conditions: Iterable[Formula]) -> None:
        """Let the operators be done only under further conditions, and not as ground operators that are forbidden."""
        for name, operator in self._old.domain.operators.items():
            terms = [one.name for one in operator.parameters]
            forbidden = [
                Not(And(tuple(Equal(term, value) for term, value in zip(terms, task.arguments, strict=True))))
                for task in sorted(self._execution.forbidden)
                if task.name == name
            ]
            precondition = both(operator.precondition, *forbidden, *conditions) if name in able else FALSE
            self._domain.operators[name] = replace(operator, precondition=precondition)

    def let_stand(self, free: Collection[int]) -> None:
        """Let what was done of free tasks stand for steps of whatever they are decomposed into."""
        inside = [step for step in self._execution.done if any(self._tree.steps[one] >> step & 1 for one in free)]
        entries = self._tree.claim.entries
        for step in inside:
            task = entries[step].task
            operator = self._old.domain.operators[task.name]
            if task.name not in self._either:
                self._either[task.name] = f"{task.name} or done"
                self._domain.add(CompoundTask(self._either[task.name], operator.parameters))
            terms = tuple(one.name for one in operator.parameters)
            same = And(tuple(Equal(term, value) for term, value in zip(terms, task.arguments, strict=True)))
            network = TaskNetwork((Subtask("it", self._copies[step]),), constraint=same)
            either = self._either[task.name]
            self._domain.add(Method(f"{either} {step}", operator.parameters, either, terms, network=network))
        for name, either in self._either.items():
            operator = self._old.domain.operators[name]
            terms = tuple(one.name for one in operator.parameters)
            network = TaskNetwork((Subtask("it", name, terms),))
            self._domain.add(Method(either, operator.parameters, either, terms, network=network))
        for method in self._old.domain.methods.values():
            self._domain.methods[method.name] = replace(method, network=self._either_way(method.network))
        self._network = self._either_way(self._old.network)

    def _either_way(self, network: TaskNetwork) -> TaskNetwork:
        subtasks = tuple(replace(one, name=self._either.get(one.name, one.name)) for one in network.subtasks)
        return replace(network, subtasks=subtasks)

    # ------------------------------------------------------------------ tasks

    def problem(self, free: Collection[int], state: Iterable[Fact]) -> Pinned:
        """The problem, when everything has been said of its actions."""
        top = self._tree.claim.top
        for number in reversed(self._pinned(free)):
            for child in self._tree.claim.entries[number].children:
                if child not in self._elements:
                    self._elements[child] = self._plain(child)
            if number != top:
                self._pin(number)
        problem = replace(self._old, domain=self._domain, state=frozenset(state))
        if top in free:
            problem = replace(problem, network=self._network)
        else:
            parameters, condition = self._condition_of(top)
            network = replace(self._children(top), constraint=condition)
            problem = replace(problem, network=network, parameters=parameters)
        copies = {name: step for step, name in self._copies.items()}
        return Pinned(problem, self._tasks, copies, frozenset(self._either.values()), self._again or top in free)

    def _pinned(self, free: Collection[int]) -> list[int]:
        """The tasks that are pinned, each before those below it."""
        claim, begun = self._tree.claim, self._begun
        above = {one for number in free for one in self._tree.above(number)}
        found: list[int] = []
        left = [claim.top] if claim.top not in free else []
        for number in left:  # grows while it is walked
            found.append(number)
            for child in claim.entries[number].children:
                is_left_out = child in free or (begun.is_over(child) and not self._again)
                if child >= claim.count and not is_left_out and (begun.has_begun(child) or child in above):
                    left.append(child)
        return found

    def _plain(self, number: int) -> Subtask | None:
        """An entry that is not pinned, as a subtask; None: it is left out."""
        task = self._tree.claim.entries[number].task
        if not self._begun.is_over(number):
            return Subtask(str(number), task.name, task.arguments)
        return Subtask(str(number), self._copies[number]) if self._again else None

    def _pin(self, number: int) -> None:
        entry = self._tree.claim.entries[number]
        name = f"{entry.task.name} {number}"
        known = self._old.domain.tasks[entry.task.name]
        effect = known.effect
        if self._begun.is_over(number):
            effect = self._tree.rulebook.effects(known.name)[1]  # what it declares besides need not have come true
        parameters, condition = self._condition_of(number)
        ground = substitute(effect, bound(known.parameters, entry.task))
        self._domain.add(CompoundTask(name, (), ground))
        self._domain.add(Method(name, parameters, name, (), condition, self._children(number)))
        self._tasks[name] = number
        self._elements[number] = Subtask(str(number), name)

    def _condition_of(self, number: int) -> tuple[tuple[Parameter, ...], Formula]:
        """The variables and the condition of a pinned method: that of one which has begun held then."""
        if self._begun.has_begun(number):
            return (), TRUE
        pattern = self._tree.rulebook.pattern(self._tree.claim.entries[number].method or "")
        ways = tuple(substitute(pattern.condition, one) for one in self._tree.fit(number).bindings)
        return pattern.unsettled, ways[0] if len(ways) == 1 else Or(ways)

    def _children(self, number: int) -> TaskNetwork:
        """What is left of the subtasks of a task, in the orders that its method imposes."""
        elements = {child: self._elements[child] for child in self._tree.claim.entries[number].children}
        subtasks = {child: one for child, one in elements.items() if one is not None}
        settled = {child for child in subtasks if self._is_loose and self._begun.is_over(child)}
        pairs = self._tree.pairs(number) if len(subtasks) > max(1, len(settled)) else set()
        kept = [pair for pair in sorted(pairs) if subtasks.keys() >= set(pair) and not settled.issuperset(pair)]
        return TaskNetwork(tuple(subtasks.values()), tuple((str(one), str(two)) for one, two in kept))


def copied(domain: Domain) -> Domain:
    """A domain with the same parts, to which others can be added."""
    copy = Domain(domain.name)
    copy.requirements, copy.types, copy.constants = domain.requirements, domain.types, domain.constants
    copy.functions, copy.predicates = domain.functions, dict(domain.predicates)
    copy.operators, copy.tasks, copy.methods = dict(domain.operators), dict(domain.tasks), dict(domain.methods)
    return copy
