"""Reads the partial order of a plan: what each step needs, who makes it so, what else comes before. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from planweave.engine.errors import RenderError
from planweave.engine.plan import Plan
from planweave.visualize.picture.picture import EdgeKind
from planweave.visualize.plan.outline import NOTHING, Span
from planweave.visualize.text.label import clean
from planweave.visualize.text.unit import plural

__all__ = ["Need", "Order", "Stop", "ordered", "read_order"]

_SURVEYED = 20_000
"""Of so many steps at most it is found out which orderings follow from others; the time grows with their square."""


class Need(NamedTuple):
    """A fact that a step needs.

    Attributes:
        producer: the position of the step that makes it so; -1: it is so from the start.
        fact: in words; with ``not`` before it, if it must be false.
        positive: whether it must be true.
    """

    producer: int
    fact: str
    positive: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """A step in a partial order, or several that follow one another in the plan.

    Attributes:
        ids: of the steps.
        name, words: the operator and its objects.
        span: the numbers of the steps.
        needs: what must be so, in the order of the plan's links.
        after: the positions of those that it only comes after, without those that follow from others.
        level: how many others the longest way to it leads through.
    """

    ids: tuple[str, ...]
    name: str
    words: str = ""
    span: Span = NOTHING
    needs: tuple[Need, ...] = ()
    after: tuple[int, ...] = ()
    level: int = 0

    @property
    def label(self) -> str:
        """Its operator and objects."""
        return f"{self.name} {self.words}".rstrip()

    @property
    def number(self) -> str:
        """The number of the step, or of the first and the last.

        >>> Stop(("a", "b"), "go", span=Span(2, 4, 5)).number
        '4–5'
        """
        return f"{self.span.first:,}" + (f"–{self.span.last:,}" if self.is_many else "")

    @property
    def is_many(self) -> bool:
        """Whether it is several steps."""
        return self.span.steps > 1

    @property
    def initial(self) -> tuple[Need, ...]:
        """What is so from the start."""
        return tuple(need for need in self.needs if need.producer < 0)

    @property
    def links(self) -> Mapping[int, tuple[Need, ...]]:
        """What others make so for it, by their positions."""
        found: dict[int, tuple[Need, ...]] = {}
        for need in self.needs:
            if need.producer >= 0:
                found[need.producer] = (*found.get(need.producer, ()), need)
        return found

    def edges(self) -> Iterator[tuple[int, EdgeKind]]:
        """Those that come before it, each once, by position: negative only where all its links are."""
        for producer, needs in self.links.items():
            yield producer, "data" if any(need.positive for need in needs) else "negative"
        for place in self.after:
            yield place, "control"


@dataclass(frozen=True, slots=True)
class Order:
    """A partial order of steps, each after all that come before it."""

    title: str
    subtitle: str
    stops: tuple[Stop, ...]


def read_order(plan: Plan) -> Order:
    """The partial order of a plan.

    Raises:
        RenderError: a link or an ordering names a step that is not there, or one that comes too late.

    >>> from planweave.engine.plan import CausalLink, Fact, Step
    >>> steps = Step("a", "gather"), Step("b", "check"), Step("c", "write")
    >>> links = CausalLink("a", Fact("data"), "c"), CausalLink(None, Fact("paper"), "c")
    >>> order = read_order(Plan("p", steps, links, (("a", "b"), ("b", "c"), ("a", "c"))))
    >>> order.stops[2].links[0][0].fact, order.stops[2].after, order.stops[2].level
    ('data', (1,), 2)
    """
    numbers = {step.id: number for number, step in enumerate(plan.steps)}
    needs: list[list[Need]] = [[] for _ in plan.steps]
    for link in plan.links:
        producer = -1 if link.producer is None else _before(numbers, link.producer, link.consumer)
        fact = clean(str(link.fact)[1:-1])
        needs[_known(numbers, link.consumer)].append(
            Need(producer, fact if link.positive else f"not {fact}", link.positive)
        )
    pairs = [(_before(numbers, one, two), numbers[two]) for one, two in plan.orderings]
    stops = [
        Stop((step.id,), clean(step.name), clean(" ".join(map(str, step.arguments))), Span(1, number, number))
        for number, step in enumerate(plan.steps)
    ]
    found = ordered(stops, needs, pairs)
    return Order(clean(plan.name), _subtitle(plan, found), found)


def ordered(
    stops: Sequence[Stop], needs: Sequence[Sequence[Need]], pairs: Iterable[tuple[int, int]]
) -> tuple[Stop, ...]:
    """The stops with what each needs, with those of the pairs that do not follow from others, and with their levels."""
    found: list[Stop] = []
    for stop, some, after in zip(stops, needs, _covers(needs, pairs), strict=True):
        earlier = {need.producer for need in some if need.producer >= 0}.union(after)
        level = max((found[one].level + 1 for one in earlier), default=0)
        found.append(replace(stop, needs=tuple(dict.fromkeys(some)), after=tuple(after), level=level))
    return tuple(found)


def _known(numbers: Mapping[str, int], step: str) -> int:
    if step not in numbers:
        raise RenderError(
            f"there is no step {clean(step)!r:.60} in the plan", mend="let links and orderings name its steps"
        )
    return numbers[step]


def _before(numbers: Mapping[str, int], one: str, two: str) -> int:
    """The number of a step that must come before another."""
    first = _known(numbers, one)
    if first >= _known(numbers, two):
        raise RenderError(
            f"the step {clean(two)!r:.60} stands before {clean(one)!r:.60}, which comes first",
            mend="put the steps of the plan in an order that its links and orderings allow",
        )
    return first


def _covers(needs: Sequence[Sequence[Need]], pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """For each step those that it only comes after: no link says so, and no other step stands between the two."""
    wanted: list[set[int]] = [set() for _ in needs]
    for one, two in pairs:
        wanted[two].add(one)
    found: list[list[int]] = []
    reached: list[int] = []  # for each step, a bit for each step that comes before it
    for number, some in enumerate(needs):
        linked = {need.producer for need in some if need.producer >= 0}
        earlier = linked | wanted[number]
        beyond = 0
        if len(needs) <= _SURVEYED:
            for one in earlier:
                beyond |= reached[one]
            below = beyond
            for one in earlier:
                below |= 1 << one
            reached.append(below)
        found.append(sorted(one for one in wanted[number] - linked if not beyond >> one & 1))
    return found


def _subtitle(plan: Plan, stops: Sequence[Stop]) -> str:
    widths = Counter(stop.level for stop in stops)
    links = sum(need.producer >= 0 for stop in stops for need in stop.needs)
    words = [plural(len(stops), "step"), plural(links, "causal link")]
    if len(widths) == len(stops) > 1:
        words.append("one after another")
    elif widths:
        words.append(f"{plural(len(widths), 'level')}, at most {plural(max(widths.values()), 'step')} on one")
    if plan.is_relaxed:
        words.append("relaxed")
    return " · ".join(words)
