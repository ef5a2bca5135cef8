"""The order of a plan's steps: which waits for which, the longest path through it, and how wide it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from planweave.engine.dag import cycle_error, find_cycle, successors_of, topological_order
from planweave.engine.errors import DefinitionError, UnknownNameError
from planweave.engine.location import Location
from planweave.engine.wording import clip

if TYPE_CHECKING:
    from planweave.engine.plan import Plan, Step

Durations: TypeAlias = "Mapping[str, float] | Callable[[Step], float] | None"
"""How long steps take: by the name of their operator, or told of each step; None: as the plan says."""

UNSAID = 1.0
"""The duration of a step of which nobody says how long it takes."""


class Order:
    """The order of a plan's steps by position, with what each waits for: orderings and causal links alike.

    Args:
        plan: the plan.

    Attributes:
        before: for each step, the positions of those that it waits for.
        after: for each step, the positions of those that wait for it.
        order: the positions so that each comes after those that it waits for.

    Raises:
        UnknownNameError: an ordering or link names a step that is not there.
        CycleError: steps wait for each other.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        place = {step.id: i for i, step in enumerate(plan.steps)}
        before: list[dict[int, None]] = [{} for _ in plan.steps]
        links = ((one.producer, one.consumer) for one in plan.links)
        for first, second in (*plan.orderings, *((a, b) for a, b in links if a is not None and a != b)):
            for name in (first, second):
                if name not in place:
                    raise UnknownNameError(
                        f"the plan {clip(plan.name)} orders the step {clip(name)}, which it does not have",
                        where=Location.of_user(),
                        mend="add the step, or leave the ordering out",
                    )
            before[place[second]][place[first]] = None
        self.before = [tuple(some) for some in before]
        self.after = successors_of(self.before)
        self.order = topological_order(self.before, self.after)
        if len(self.order) < len(plan.steps):
            left = set(range(len(plan.steps))) - set(self.order)
            cycle = find_cycle(
                [[j for j in some if j in left] if i in left else [] for i, some in enumerate(self.before)]
            )
            raise cycle_error([plan.steps[i].id for i in cycle], Location.of_user())

    def durations(self, given: Durations) -> list[float]:
        """How long each step takes.

        Raises:
            DefinitionError: a duration is not a number from 0.
        """
        found = []
        for step in self._plan.steps:
            value = given(step) if callable(given) else None if given is None else given.get(step.name)
            value = step.duration if value is None else value
            value = UNSAID if value is None else value
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
                raise DefinitionError(
                    f"the step {clip(step.id)} cannot take {clip(value)}",
                    where=Location.of_user(),
                    mend="use a number of seconds from 0",
                )
            found.append(float(value))
        return found

    def remaining(self, durations: Sequence[float]) -> list[float]:
        """For each step, the length of the longest path that begins with it."""
        found = [0.0] * len(durations)
        for i in reversed(self.order):
            found[i] = durations[i] + max((found[j] for j in self.after[i]), default=0.0)
        return found

    def critical_path(self, durations: Sequence[float]) -> list[int]:
        """The positions along a longest path; of equal ones that with the most steps, then that which begins first."""
        best: list[tuple[float, int]] = [(0.0, 0)] * len(durations)
        for i in reversed(self.order):
            length, count = max((best[j] for j in self.after[i]), default=(0.0, 0))
            best[i] = (durations[i] + length, 1 + count)
        path: list[int] = []
        choices: Sequence[int] = range(len(durations))
        while choices:
            path.append(max(choices, key=lambda i: (best[i], -i)))
            choices = self.after[path[-1]]
        return path

    def width(self) -> int:
        """The largest number of steps none of which waits for another.

        As many as there are steps, less those that can be matched with one each that comes later (R. P. Dilworth,
        "A decomposition theorem for partially ordered sets", Annals of Mathematics 51, 1950; D. R. Fulkerson, "Note on
        Dilworth's decomposition theorem", 1956). Takes time that grows with the cube of the steps in the worst case.
        """
        later = self.later()
        matching = _Matching(later)
        return len(later) - sum(matching.augment(start) for start in self.order)

    def later(self) -> list[int]:
        """For each step, those that wait for it, directly or not, as bits."""
        found = [0] * len(self.before)
        for i in reversed(self.order):
            for j in self.after[i]:
                found[i] |= found[j] | 1 << j
        return found


class _Matching:
    """Pairs of a step and one that comes later; no step is the first of two pairs, or the second of two."""

    def __init__(self, later: Sequence[int]) -> None:
        self._later = later
        self._free = (1 << len(later)) - 1  # as second of a pair
        self._first: dict[int, int] = {}
        self._second: dict[int, int] = {}

    def augment(self, start: int) -> bool:
        """Find one more pair, with a new first: breadth first, along paths that change who is matched with whom."""
        unseen = (1 << len(self._later)) - 1
        came_from: dict[int, int] = {}
        left = [start]
        for one in left:  # grows while it is walked
            ends = self._later[one] & self._free
            if ends:
                end = ends.bit_length() - 1
                self._free &= ~(1 << end)
                came_from[end] = one
                self._turn(end, start, came_from)
                return True
            further = self._later[one] & unseen
            unseen &= ~further
            while further:
                end = further.bit_length() - 1
                further &= ~(1 << end)
                came_from[end] = one
                left.append(self._first[end])
        return False

    def _turn(self, end: int, start: int, came_from: Mapping[int, int]) -> None:
        while True:
            one = came_from[end]
            before = self._second.get(one)
            self._first[end], self._second[one] = one, end
            if one == start or before is None:
                return
            end = before
