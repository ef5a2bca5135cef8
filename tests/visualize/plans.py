"""Plans whose pictures the tests look at: random ones, deep ones, hostile ones."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from planweave.engine.plan import CausalLink, Decomposition, Fact, Plan, Step
from tests.visualize.samples import HOSTILE

NAMES = ("drive", "load", "get-to", "deliver")


@st.composite
def plans(draw: st.DrawFn, most: int = 14) -> Plan:
    """Steps in a random tree of tasks, which take turns, with random links and orderings that the order allows."""
    count = draw(st.integers(0, most))
    objects = st.lists(st.sampled_from(["truck", "box", "city-loc-1"]), max_size=3).map(tuple)
    steps = tuple(Step(f"s{i}", draw(st.sampled_from(NAMES)), draw(objects)) for i in range(count))
    parts = [Decomposition(step.name, step.arguments, step=step.id) for step in draw(st.permutations(steps))]
    while len(parts) > 1 and draw(st.integers(0, 4)):
        start = draw(st.integers(0, len(parts) - 1))
        end = draw(st.integers(start, min(len(parts), start + 4)))
        name, method = draw(st.sampled_from(NAMES)), draw(st.sampled_from(["by-car", "by-train"]))
        parts[start:end] = [Decomposition(name, draw(objects), method, tuple(parts[start:end]))]
    pairs = [(i, j) for j in range(count) for i in range(j)]
    some = st.lists(st.sampled_from(pairs), max_size=count, unique=True) if pairs else st.just([])
    links = [CausalLink(f"s{i}", Fact("at", draw(objects)), f"s{j}", draw(st.booleans())) for i, j in draw(some)]
    links += [CausalLink(None, Fact("free", draw(objects)), step.id) for step in steps if draw(st.booleans())]
    orderings = tuple((f"s{i}", f"s{j}") for i, j in draw(some))
    return Plan("random", steps, tuple(dict.fromkeys(links)), orderings, tuple(parts))


def loop(rounds: int, tail: str = "all") -> Plan:
    """A plan whose method does one thing and then calls its task again: as deep as it is long."""
    steps = tuple(Step(f"do-{i}", "do", (f"item-{i}",)) for i in range(rounds))
    below = Decomposition("all", (), "done")
    for number in reversed(range(rounds)):
        one = Decomposition("do", steps[number].arguments, step=steps[number].id)
        name = "all" if not number % 2 else tail
        below = Decomposition(name, (str(number),), "one-more", (one, below))
    links = tuple(CausalLink(f"do-{i}", Fact("done", (str(i),)), f"do-{i + 1}") for i in range(rounds - 1))
    return Plan("loop", steps, links, tuple((f"do-{i}", f"do-{i + 1}") for i in range(rounds - 1)), (below,))


def nested(depth: int) -> Plan:
    """A plan whose method calls its task between two steps: nothing of it can be drawn as a list."""
    steps = tuple(Step(f"s{i}", "open" if i < depth else "close") for i in range(2 * depth))
    leaves = [Decomposition(step.name, step=step.id) for step in steps]
    inner: tuple[Decomposition, ...] = ()
    for number in reversed(range(depth)):
        inner = (Decomposition("nest", (), "deeper", (leaves[number], *inner, leaves[2 * depth - 1 - number])),)
    return Plan("nested", steps, decomposition=inner)


def wide(tasks: int, each: int) -> Plan:
    """So many tasks of so many steps."""
    steps = tuple(Step(f"t{i}-{j}", "work", (f"part-{j}",)) for i in range(tasks) for j in range(each))
    roots = tuple(
        Decomposition("make", (f"thing-{i}",), "by-hand", tuple(_leaves(steps[i * each : (i + 1) * each])))
        for i in range(tasks)
    )
    links = tuple(
        CausalLink(f"t{i}-{j}", Fact("made", (f"part-{j}",)), f"t{i}-{j + 1}")
        for i in range(tasks)
        for j in range(each - 1)
    )
    return Plan("wide", steps, links, (), roots)


def _leaves(steps: Sequence[Step]) -> list[Decomposition]:
    return [Decomposition(step.name, step.arguments, step=step.id) for step in steps]


def hostile() -> Plan:
    """A plan that somebody wrote who wishes us ill."""
    steps = (Step(HOSTILE, HOSTILE, (HOSTILE, "\x00")), Step("second", "שלום", ("x" * 5_000,)))
    links = (
        CausalLink(HOSTILE, Fact(HOSTILE, (HOSTILE,)), "second"),
        CausalLink(HOSTILE, Fact("never"), "second", positive=False),
        CausalLink(None, Fact(HOSTILE), HOSTILE),
    )
    root = Decomposition(HOSTILE, (HOSTILE,), HOSTILE, tuple(_leaves(steps)))
    return Plan(HOSTILE, steps, links, ((HOSTILE, "second"),), (root,))
