"""From the moves of a search to the solution: which task each of them was for, and what it became."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from planweave.planners.htn.ground.split import is_part
from planweave.planners.htn.interleave.masks import Masks, orderings
from planweave.planners.htn.interleave.moves import Move
from planweave.planners.htn.interleave.network import (
    COMMITTED,
    CURRENT,
    PARALLEL,
    SERIES,
    Algebra,
    Pairs,
    Place,
    arranged,
    continued,
    replaced,
)
from planweave.planners.htn.interleave.networks import EMPTY, Network, Networks
from planweave.planners.htn.solution import Choice, Solution


@dataclass(frozen=True, slots=True)
class Tree:
    """A network whose tasks have numbers of their own.

    Attributes:
        network: which network it is.
        parts: those of the network, in the same order.
        number: of the task, where it is one.
    """

    network: Network
    parts: tuple[Tree, ...] = ()
    number: int = -1


NOTHING = Tree(EMPTY)


class Trees:
    """The algebra of trees: they are networks, and their parts stand as those of the networks do."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks

    def kind(self, term: Tree) -> int:
        """The kind of the network."""
        return self._networks.kinds[term.network]

    def parts(self, term: Tree) -> tuple[Tree, ...]:
        """What it consists of."""
        return term.parts

    def order(self, term: Tree) -> Pairs:
        """The order of the parts of a weave."""
        return self._networks.orders[term.network]

    def is_empty(self, term: Tree) -> bool:
        """Whether nothing is to be done."""
        return term.network == EMPTY

    def is_marked(self, term: Tree) -> bool:
        """Whether some part is marked."""
        return self._networks.marked[term.network]

    def series(self, parts: Sequence[Tree]) -> Tree:
        """Parts one after the other."""
        return self._joined(SERIES, parts)

    def parallel(self, parts: Sequence[Tree]) -> Tree:
        """Parts side by side."""
        return self._joined(PARALLEL, parts)

    def _joined(self, kind: int, parts: Sequence[Tree]) -> Tree:
        flat: list[Tree] = []
        for one in parts:
            flat += one.parts if self.kind(one) == kind else (one,) if one.network != EMPTY else ()
        if len(flat) < 2:
            return flat[0] if flat else NOTHING
        if kind == PARALLEL:
            flat.sort(key=lambda one: one.network)
        numbers = [one.network for one in flat]
        network = self._networks.series(numbers) if kind == SERIES else self._networks.parallel(numbers)
        return Tree(network, tuple(flat))

    def spliced(self, term: Tree, position: int, part: Tree) -> Tree:
        """A series or parallel with another part at a position."""
        return self._joined(self.kind(term), [*term.parts[:position], part, *term.parts[position + 1 :]])

    def weave(self, parts: Sequence[Tree], order: Pairs) -> Tree:
        """Parts in another partial order."""
        network = self._networks.weave([one.network for one in parts], order)
        return Tree(network, tuple(sorted(parts, key=lambda one: one.network)))

    def committed_to(self, part: Tree) -> Tree:
        """The part, marked as that in which the next thing is done."""
        return part if part.network == EMPTY else Tree(self._networks.committed_to(part.network), (part,))

    def current(self, part: Tree) -> Tree:
        """The part, marked as that in which the last thing was done."""
        if part.network == EMPTY or self.kind(part) in (COMMITTED, CURRENT):
            return part
        return Tree(self._networks.current(part.network), (part,))


def solution_of(moves: Iterable[Move], masks: Masks, *, keeps_current: bool) -> Solution:
    """The solution that moves lead to.

    Args:
        moves: all of them, from the start to the end.
        masks: the problem.
        keeps_current: whether what was worked on was marked as CURRENT.
    """
    return _Replay(masks, keeps_current).result(moves)


class _Replay:
    """The moves again, with numbered tasks.

    A task that the grounding made up (the part of a rule, the variants of an operator) is no task of its own: it gives
    its variables, and its children, to the method that it is a part of.
    """

    def __init__(self, masks: Masks, keeps_current: bool) -> None:
        self._masks = masks
        self._grounded = masks.grounded
        self._trees = Trees(masks.networks)
        self._replaced: Callable[[Algebra[Tree], Tree, Place, Tree], Tree] = continued if keeps_current else replaced
        self._front: list[tuple[int, str, tuple[str, ...]]] = []
        self._back: list[tuple[int, str, tuple[str, ...]]] = []
        self._choices: dict[int, Choice] = {}
        self._owners: dict[int, dict[str, str]] = {}  # the variables of the method that a task comes from
        self._tree = self._leaf(masks.grounded.top, 0)
        self._count = 1

    def result(self, moves: Iterable[Move]) -> Solution:
        for move in moves:
            number = self._at(move.place).number
            if move.choice < 0:
                self._tree = self._replaced(self._trees, self._tree, move.place, self._decomposed(number, ~move.choice))
                continue
            (self._back if move.is_last else self._front).append((number, *self._grounded.action(move.choice)))
            replacing = replaced if move.is_last else self._replaced
            self._tree = replacing(self._trees, self._tree, move.place, NOTHING)
        return Solution.of([*self._front, *reversed(self._back)], self._choices)

    def _leaf(self, task: int, number: int) -> Tree:
        return Tree(self._masks.networks.leaf(task), (), number)

    def _at(self, place: Place) -> Tree:
        tree = self._tree
        for i in place:
            tree = tree.parts[i]
        return tree

    def _decomposed(self, number: int, method: int) -> Tree:
        """What a method decomposes a task into."""
        numbers = self._numbered(number, method)
        subtasks = self._grounded.subtasks[method]
        leaves = [self._leaf(task, one) for task, one in zip(subtasks, numbers, strict=True)]
        tree = arranged(self._trees, leaves, orderings(self._grounded, method))
        return tree if self._masks.requirements[method] else self._trees.committed_to(tree)

    def _numbered(self, number: int, method: int) -> list[int]:
        """The numbers of the subtasks."""
        origin = self._grounded.method_origins[method]
        if origin is None:  # it chooses one of the actions that an operator stands for
            return [number]
        bindings = self._grounded.bindings(method)
        if is_part(origin.schema.task):
            self._owners[number].update(bindings)
            return [number]
        count = len(self._grounded.subtasks[method])
        numbers = list(range(self._count, self._count + count))
        self._count += count
        name, arguments = self._grounded.head(method)
        self._choices[number] = Choice(name, arguments, origin.schema.source.name, bindings, tuple(numbers))
        self._owners |= dict.fromkeys(numbers, bindings)
        return numbers
