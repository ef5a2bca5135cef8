"""Methods as patterns: in which ways given subtasks are those of a method.

A plan says which subtasks a task was decomposed into, but neither which of them is which subtask of the method, nor
which objects stand for the method's variables: all ways that fit are found here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property

from planweave.planners.htn.formula import Formula, Parameter, both, free_variables, is_variable
from planweave.planners.htn.model import Method, Problem
from planweave.planners.htn.solution import GroundTask
from planweave.planners.htn.truth import has_type

Way = tuple[tuple[int, ...], dict[str, str]]
"""The position in the method's network of each given subtask, and the object of each variable that they settle."""

Span = tuple[int, int]
"""The first and last step of a task; the first is behind the last where it has none."""


class Pattern:
    """A method, prepared for matching."""

    def __init__(self, method: Method, problem: Problem) -> None:
        self.method = method
        self.problem = problem
        self.types = {one.name: one.types for one in method.parameters}
        self.subtasks = method.network.subtasks
        position = {one.id: i for i, one in enumerate(self.subtasks)}
        self.pairs = tuple((position[first], position[second]) for first, second in method.network.orderings)

    @cached_property
    def condition(self) -> Formula:
        """What must hold when the method's task begins."""
        return both(self.method.network.constraint, self.method.precondition)

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """The variables that the condition is about."""
        return tuple(dict.fromkeys(free_variables(self.condition)))

    @cached_property
    def settled(self) -> frozenset[str]:
        """The variables whose objects the task and its subtasks tell."""
        terms = (term for one in self.subtasks for term in one.arguments)
        return frozenset(filter(is_variable, (*self.method.arguments, *terms)))

    @cached_property
    def unsettled(self) -> tuple[Parameter, ...]:
        """The parameters whose objects they do not tell."""
        return tuple(one for one in self.method.parameters if one.name not in self.settled)

    @cached_property
    def before(self) -> tuple[int, ...]:
        """For each subtask, a mask of those that come before it, directly or not."""
        masks = [0] * len(self.subtasks)
        for first, second in self.pairs:
            masks[second] |= 1 << first
        for middle in range(len(masks)):
            for i, mask in enumerate(masks):
                if mask >> middle & 1:
                    masks[i] |= masks[middle]
        return tuple(masks)

    @cached_property
    def twins(self) -> tuple[int, ...]:
        """For each subtask, a mask of those before it in the list that nothing tells from it."""
        count: Counter[str] = Counter(free_variables(self.condition))
        count.update(filter(is_variable, self.method.arguments))
        for one in self.subtasks:
            count.update(filter(is_variable, one.arguments))
        seen: dict[object, int] = {}
        masks = []
        for i, one in enumerate(self.subtasks):
            terms = tuple(self.types.get(term, ()) if count[term] == 1 else term for term in one.arguments)
            after = tuple(j for j, mask in enumerate(self.before) if mask >> i & 1)
            looks = one.name, terms, self.before[i], after
            masks.append(seen.get(looks, 0))
            seen[looks] = masks[-1] | 1 << i
        return tuple(masks)

    def ways(
        self, task: GroundTask, children: Sequence[GroundTask], spans: Sequence[Span], *, ordered: bool
    ) -> Iterator[Way]:
        """The ways in which these are the subtasks of the method; of ways that are alike, one.

        Args:
            task: what was decomposed.
            children: what it was decomposed into.
            spans: the steps of each of them.
            ordered: whether the steps must come in the orders that the method imposes.
        """
        outer = self._unified(self.method.arguments, task.arguments, {})
        names = Counter(child.name for child in children)
        if outer is None or names != Counter(one.name for one in self.subtasks):
            return
        candidates = [
            [j for j in self._candidates(i, children, spans, ordered) if self._fits_alone(j, child, outer)]
            for i, child in enumerate(children)
        ]
        turns = sorted(range(len(children)), key=lambda i: len(candidates[i]))
        positions: list[int] = []
        bindings = [outer]
        tries = [iter(candidates[i]) for i in turns[:1]]
        if not turns:
            yield (), outer
        while tries:  # a stack: a network may have thousands of subtasks
            del positions[len(tries) - 1 :], bindings[len(tries) :]
            position = next(tries[-1], None)
            if position is None:
                tries.pop()
                continue
            child = turns[len(positions)]
            if ordered and not self._in_order(position, child, positions, turns, spans):
                continue
            used = sum(1 << one for one in positions)
            further = self._unified(self.subtasks[position].arguments, children[child].arguments, bindings[-1])
            if further is None or used >> position & 1 or self.twins[position] & ~used:
                continue
            positions.append(position)
            bindings.append(further)
            if len(positions) < len(turns):
                tries.append(iter(candidates[turns[len(positions)]]))
            else:
                yield tuple(one for _, one in sorted(zip(turns, positions, strict=True))), further

    def _candidates(
        self, i: int, children: Sequence[GroundTask], spans: Sequence[Span], ordered: bool
    ) -> tuple[int, ...]:
        """The positions that a child may have, the one that its place in the list suggests first."""
        order = self.method.network.order
        if ordered and order is not None and all(first <= last for first, last in spans):
            rank = sum(one < spans[i] for one in spans)
            return (order[rank],)
        suggested = i if order is None else order[i]
        return tuple(sorted(range(len(children)), key=lambda j: j != suggested))

    def _fits_alone(self, position: int, child: GroundTask, bindings: dict[str, str]) -> bool:
        """Whether a child could be a subtask, if there were no other."""
        one = self.subtasks[position]
        return one.name == child.name and self._unified(one.arguments, child.arguments, bindings) is not None

    def _in_order(
        self, position: int, child: int, positions: Sequence[int], turns: Sequence[int], spans: Sequence[Span]
    ) -> bool:
        return all(
            not self.violates((other, position), (spans[turns[i]], spans[child])) for i, other in enumerate(positions)
        )

    def violates(self, positions: tuple[int, int], spans: tuple[Span, Span]) -> bool:
        """Whether the steps of two subtasks come in an order that the method forbids."""
        (one, two), (span, other) = positions, spans
        if self.before[two] >> one & 1 and span[1] >= other[0]:
            return True
        return bool(self.before[one] >> two & 1 and other[1] >= span[0])

    def _unified(self, terms: Sequence[str], objects: Sequence[str], bindings: dict[str, str]) -> dict[str, str] | None:
        """The bindings with those that make the terms these objects; None: nothing does."""
        if len(terms) != len(objects):
            return None
        found = bindings
        for term, name in zip(terms, objects, strict=True):
            known = found.get(term) if is_variable(term) else term
            if known is None and (term not in self.types or has_type(name, self.types[term], self.problem)):
                found = {**found, term: name}
            elif known != name:
                return None
        return found
