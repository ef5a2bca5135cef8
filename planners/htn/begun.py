"""How far a decomposition has been carried out: which of its tasks have begun, and which are over."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cached_property

from planweave.planners.htn.errors import InvalidPlan
from planweave.planners.htn.verification.claim import Claim
from planweave.planners.htn.verification.fit import Fit, Rulebook, fits


class Tree:
    """A decomposition, in the numbering of a claim.

    Attributes:
        claim: its steps and tasks; below its top stand also trees that were given up, behind the ``roots``.
        roots: the numbers of the problem's tasks.
        rulebook: of the problem.
    """

    def __init__(self, claim: Claim, roots: Collection[int], rulebook: Rulebook) -> None:
        self.claim = claim
        self.roots = tuple(roots)
        self.rulebook = rulebook
        self._fits: dict[int, Fit] = {}

    @cached_property
    def steps(self) -> tuple[int, ...]:
        """For each entry, a mask of its steps."""
        steps = [1 << i if i < self.claim.count else 0 for i in range(len(self.claim.entries))]
        for number in self.claim.postorder:
            for child in self.claim.entries[number].children:
                steps[number] |= steps[child]
        return tuple(steps)

    @cached_property
    def kept(self) -> Tree:
        """The tree without what was given up."""
        *entries, top = self.claim.entries
        return Tree(Claim((*entries, replace(top, children=self.roots)), self.claim.count), self.roots, self.rulebook)

    @cached_property
    def given_up(self) -> frozenset[int]:
        """The steps that were given up: done for nothing."""
        kept = self.kept.steps[self.claim.top]
        return frozenset(i for i in range(self.claim.count) if not kept >> i & 1)

    def fit(self, number: int) -> Fit:
        """In which way the subtasks of a task are those of its method; of a relaxed plan, without orderings.

        Raises:
            InvalidPlan: they are not.
        """
        if number not in self._fits:
            try:
                self._fits[number] = fits(self.kept.claim, number, self.rulebook, ordered=True)[0]
            except InvalidPlan:
                self._fits[number] = fits(self.kept.claim, number, self.rulebook, ordered=False)[0]
        return self._fits[number]

    def above(self, number: int) -> Iterator[int]:
        """The tasks that an entry stands in, the nearest first."""
        while number != self.claim.top:
            number = self.claim.parents[number]
            yield number

    def pairs(self, number: int) -> set[tuple[int, int]]:
        """The orderings of the subtasks of a task, those that follow from others among them."""
        pairs = set(self.fit(number).orderings)
        for middle in self.claim.entries[number].children:
            before = [one for one, two in pairs if two == middle]
            after = [two for one, two in pairs if one == middle]
            pairs.update((one, two) for one in before for two in after)
        return pairs


class Begun:
    """Which entries of a tree have begun, and which are over, now that some of its steps are done.

    A task without steps is over when something has begun that comes after it.
    """

    def __init__(self, tree: Tree, done: Collection[int]) -> None:
        self._tree = tree
        self._done = sum(1 << step for step in set(done))
        self._over: dict[int, bool] = {}

    def has_begun(self, number: int) -> bool:
        """Whether a step of the entry is done, or it is over without any."""
        return bool(self._tree.steps[number] & self._done) or (not self._tree.steps[number] and self.is_over(number))

    def is_over(self, number: int) -> bool:
        """Whether nothing is left to do of the entry."""
        if number not in self._over:
            for one in self._tree.claim.postorder:  # each after those below it: decompositions are too deep to recur
                self._over[one] = self._looked_at(one)
        return self._done >> number & 1 == 1 if number < self._tree.claim.count else self._over[number]

    def _looked_at(self, number: int) -> bool:
        entry = self._tree.claim.entries[number]
        if self._tree.steps[number]:
            return all(
                self._done >> child & 1 if child < self._tree.claim.count else self._over[child]
                for child in entry.children
            )
        return self._comes_before(number)

    def _comes_before(self, number: int) -> bool:
        """Whether something that was done comes after a task without steps, or that was given up as a whole."""
        tree = self._tree
        while number != tree.claim.top:
            parent = tree.claim.parents[number]
            if parent == tree.claim.top and number not in tree.roots:
                return True
            if any(one == number and tree.steps[two] & self._done for one, two in tree.pairs(parent)):
                return True
            number = parent
        return False
