"""``check_laws`` can fail: runs whose events were doctored break the very law that they were doctored against."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import planweave as pw
from planweave.testing import LawBroken, check_laws, simulate
from planweave.testing.laws import LAWS, VIRTUAL_LAWS
from planweave.testing.story import Story

Events = list[pw.Event]


@pw.task(retry=pw.Retry(attempts=2))
async def load(x: int) -> int:
    await asyncio.sleep(1)
    if pw.context().attempt == 1:
        raise ValueError(x)
    return x


@pw.task(pool="p", rate=pw.Rate(1, per=2.0))
async def step(x: int) -> int:
    await asyncio.sleep(1)
    return x


@pw.task
async def fail(x: int) -> int:
    raise KeyError(x)


@pw.task
async def never(x: int) -> int:
    return x


@pw.workflow(pools={"p": 1})
def example() -> list[int]:
    first = load(1)
    return step.map([first, first])


@pw.workflow
def failing() -> int:
    return never(fail(1))


class Doctored:
    """A run that tells of other events."""

    def __init__(self, run: pw.Run[Any], change: Callable[[Events], Events]) -> None:
        self._run = run
        changed = change(list(run.events))
        self.events = tuple(event._replace(number=number) for number, event in enumerate(changed))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._run, name)


def find(events: Events, kind: str, node: str | None = None) -> int:
    return next(i for i, event in enumerate(events) if event.kind == kind and event.node == node)


def moved(events: Events, kind: str, node: str | None, to: int) -> Events:
    """An event at another place, at the time of what stands before it."""
    event = events.pop(find(events, kind, node))
    events.insert(to, event._replace(time=events[to - 1].time))
    return events


def without(events: Events, kind: str, node: str | None) -> Events:
    del events[find(events, kind, node)]
    return events


def later(events: Events, kind: str, node: str | None, seconds: float) -> Events:
    """An event, and all after it, so much later."""
    first = find(events, kind, node)
    return events[:first] + [event._replace(time=event.time + seconds) for event in events[first:]]


def with_data(events: Events, kind: str, node: str | None, **data: Any) -> Events:
    i = find(events, kind, node)
    events[i] = events[i]._replace(data={**events[i].data, **data})
    return events


CASES: list[tuple[str, pw.Workflow[[], Any], Callable[[Events], Events]]] = [
    ("numbered_in_time", example, lambda e: [e[0]._replace(time=e[0].time + 99), *e[1:]]),
    ("legal_moves", example, lambda e: without(e, "ready", "load")),
    ("one_end", example, lambda e: e[:-1]),
    ("one_end", example, lambda e: without(e, "succeeded", "step")),
    ("one_end", example, lambda e: moved(e, "succeeded", "step", len(e) - 1)),
    ("after_predecessors", example, lambda e: moved(e, "ready", "step", 2)),
    ("parents_around_children", example, lambda e: moved(e, "expanded", "step", find(e, "succeeded", "step[1]"))),
    ("parents_around_children", example, lambda e: moved(e, "succeeded", "step[1]", len(e) - 1)),
    ("causes_are_roots", failing, lambda e: [*e[:-1], e[-1]._replace(data={"causes": ["never"]})]),
    ("limits_hold", example, lambda e: moved(e, "started", "step[1]", find(e, "started", "step[0]") + 1)),
    ("rates_hold", example, lambda e: moved(e, "started", "step[1]", find(e, "succeeded", "step[0]") + 1)),
    ("attempts_in_order", example, lambda e: with_data(e, "retrying", "load", due=e[-1].time)),
    ("attempts_in_order", example, lambda e: with_data(e, "started", "load", attempt=2)),
    ("nothing_after_cancel", example, lambda e: [*e[:1], e[0]._replace(kind="run_cancelling"), *e[1:-1],
                                                 e[-1]._replace(kind="run_cancelled")]),
    ("no_room_is_wasted", example, lambda e: later(e, "started", "load", 5.0)),
    ("nobody_waits_in_vain", example, lambda e: later(e, "ready", "step", 5.0)),
    ("pauses_end_on_time", example, lambda e: with_data(e, "retrying", "load", due=0.0)),
]  # fmt: skip


@pytest.mark.parametrize(("law", "what", "change"), CASES, ids=[f"{law}-{i}" for i, (law, _, _) in enumerate(CASES)])
def test_a_doctored_run_breaks(law: str, what: pw.Workflow[[], Any], change: Callable[[Events], Events]) -> None:
    """Each law notices what it is there for, and the run itself keeps them all."""
    run = simulate(what)
    check_laws(run)
    doctored: Any = Doctored(run, change)
    broken = []
    for one in LAWS + VIRTUAL_LAWS:
        try:
            broken += [one.__name__ for _ in one(Story(doctored))]
        except KeyError:
            continue  # nonsense for this law, which comes after one that is broken
    assert law in broken


def test_every_law_says_what_it_holds() -> None:
    """Each law is a sentence, and an error of it names it."""
    for law in LAWS + VIRTUAL_LAWS:
        assert law.__doc__ and law.__doc__.endswith(".")
    with pytest.raises(LawBroken, match="one_end: the last event is"):
        check_laws(Doctored(simulate(failing), lambda events: events[:-1]))  # type: ignore[arg-type]  # because it stands for a run


def test_a_run_of_the_real_clock_is_held_to_the_laws_that_time_does_not_matter_for() -> None:
    """With ``virtual=False`` nothing is said about what must happen at once."""

    @pw.task(executor="inline")
    def quick(x: int) -> int:
        return x + 1

    @pw.workflow
    def real() -> list[int]:
        return quick.map([1, 2, 3])

    check_laws(real.run(), virtual=False)
