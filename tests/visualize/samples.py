"""Workflows whose pictures the tests know, and what reads pictures back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import planweave as pw
from planweave.engine.run import Run
from planweave.testing import simulate, spend
from planweave.visualize.picture.picture import Picture
from planweave.visualize.picture.snapshot import Snapshot, snapshot_of

HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)> <!-- ]]> \"quoted\" 'single' & &amp; \\ \\N \\l "
    "{{data}} ${x} `code` %% --> ; #35; \x00\x1b \ud800 \u2028 \u202eexe.gpj שלום 🧑‍🚀"
)
"""What a task may return, raise, log or be called by somebody who wishes us ill."""


def writable(text: str) -> str:
    """The text without lone surrogates: pytest sends what was logged from one process to another, as UTF-8."""
    return text.encode("utf-8", "replace").decode()


@pw.task
def load(*before: Any) -> int:
    """Takes a second."""
    spend(1.0)
    return 1


@pw.task
def parse(*before: Any) -> int:
    """Takes two seconds."""
    spend(2.0)
    return 2


@pw.task
def merge(*values: Any) -> int:
    """Takes half a second."""
    spend(0.5)
    return 3


@pw.task
def numbers(count: int) -> list[int]:
    """The numbers below ``count``."""
    return list(range(count))


@pw.task
def check(number: int) -> int:
    """Refuses two numbers."""
    spend(0.01)
    if number in (17, 4021):
        raise ValueError(f"bad item {number}")
    return number


@pw.task
def step(number: int) -> int:
    """The next number."""
    spend(0.25)
    return number + 1


@pw.task
def is_even(number: int) -> bool:
    """Whether a branch is to be taken."""
    return number % 2 == 0


@pw.task(retry=pw.Retry(attempts=3, base=2.0))
def flaky(*before: Any) -> int:
    """Succeeds in its third attempt."""
    spend(1.0)
    if pw.context().attempt < 3:
        raise ConnectionError("the server said 503")
    return 1


@pw.task
def broken(*before: Any) -> int:
    """Fails."""
    pw.context().logger.warning("%s", writable(HOSTILE))
    raise KeyError(HOSTILE)


@pw.workflow
def inner(number: int) -> int:
    """A chain of three."""
    return merge(parse(load(number)))


@pw.workflow
def report(number: int) -> Any:
    """A bit of everything."""
    first = load()
    checked = check.map(numbers(5))
    chosen = pw.when(is_even(number), then=lambda: parse(first), otherwise=lambda: inner(first))
    looped = pw.repeat(step, chosen, until=is_even, limit=9)
    pw.sleep(30.0, after=[looped])
    return merge(inner(looped), checked)


@pw.workflow
def troubled() -> Any:
    """Failure, retry, skip, and what becomes of the rest."""
    first = load()
    late = flaky(first)
    lost = parse(broken(first))
    skipped = pw.when(is_even(load.using(id="one")()), then=lambda: parse(first))
    return [merge(late, lost), merge(skipped), merge(late)]


def mapped(count: int, failures: Any = "drop") -> Any:
    """A map over so many items, two of which fail if they are there."""

    @pw.workflow(name=f"map of {count}")
    def workflow() -> Any:
        return merge(check.map(numbers(count), failures=failures))

    return workflow


def looped(rounds: int) -> Any:
    """A loop of so many rounds."""

    @pw.task(name="enough")
    def enough(number: int) -> bool:
        return number >= rounds

    @pw.workflow(name=f"loop of {rounds}")
    def workflow() -> Any:
        return merge(pw.repeat(step, 0, until=enough, limit=rounds + 1))

    return workflow


def layered(levels: int, width: int) -> Any:
    """Levels of nodes, each of which reads two of the level before; no two are alike."""

    @pw.workflow(name=f"{levels} levels of {width}")
    def workflow() -> Any:
        row = [load() for _ in range(width)]
        for level in range(levels - 1):
            tasks = (load, parse, merge)
            row = [
                tasks[(place * place + level) % 3](row[place], row[(place * 7 + level) % width])
                for place in range(width)
            ]
        return merge(*row)

    return workflow


def reaching(levels: int, width: int, needs: int) -> Any:
    """Levels of nodes that read nodes of all levels before: long edges, which take most time to lay out."""

    @pw.workflow(name=f"{levels} levels of {width}, reaching back")
    def workflow() -> Any:
        def read(level: int, place: int) -> list[int]:
            """A node of the level before, and others of levels near and far."""
            levels = [level - 1, *((place * 5 + level * need) % level for need in range(1, needs))]
            return [rows[one][(place * 7 + need * 3) % width] for need, one in enumerate(levels)]

        rows = [[load() for _ in range(width)]]
        tasks = (load, parse, merge)
        for level in range(1, levels):
            rows += [[tasks[(place + level) % 3](*read(level, place)) for place in range(width)]]
        return merge(*rows[-1])

    return workflow


def unlike(count: int) -> list[Any]:
    """So many tasks, no two the same."""

    def make(number: int) -> Any:
        @pw.task(name=f"task_{number}")
        def one(*before: Any) -> int:
            spend(0.1)
            if number == 311:
                raise ValueError("this one fails")
            return number

        return one

    return [make(number) for number in range(count)]


async def moment_of(what: Any, seen: Callable[[pw.Run[Any]], bool], **inputs: Any) -> Snapshot:
    """A run as it was when something was first to be seen of it; it is cancelled then."""
    run = await pw.start(what, inputs)
    while not seen(run):
        assert not run.state.is_end
        await asyncio.sleep(0.001)
    moment = snapshot_of(run)
    run.cancel()
    await run.wait(check=False)
    return moment


def run_of(what: Any, **inputs: Any) -> Run[Any]:
    """A run under the virtual clock."""
    return simulate(what, inputs)


def members_of(picture: Picture) -> list[str]:
    """The ids of all the nodes that the vertices of a picture stand for."""
    return [member for vertex in picture.vertices for member in vertex.members]


def elements(svg: str) -> list[ElementTree.Element]:
    """The elements of an SVG text, without their namespace."""
    found = list(ElementTree.fromstring(svg).iter())
    for element in found:
        element.tag = element.tag.removeprefix("{http://www.w3.org/2000/svg}")
    return found


def texts(svg: str) -> list[str]:
    """The texts of an SVG, in order."""
    return [element.text or "" for element in elements(svg) if element.tag == "text"]


def path_numbers(text: str) -> list[float]:
    """The numbers of a path or of points."""
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]
