"""What has not run is told apart: what may still run, what will not, and what is not known yet."""

from __future__ import annotations

import asyncio
from typing import Any

import planweave as pw
from planweave.engine.state import NodeState
from planweave.visualize.graphviz.drawing import draw
from planweave.visualize.mermaid import mermaid_of
from planweave.visualize.picture.compose import compose
from planweave.visualize.picture.picture import Picture
from tests.visualize.samples import inner, is_even, load, merge, moment_of, parse, step


@pw.task
async def held(number: int) -> int:
    """Waits until it is cancelled."""
    await asyncio.Event().wait()
    return number


@pw.workflow
def undecided(number: int) -> Any:
    """One choice that waits for its condition, one that has been made, a map and a loop that have not begun."""
    late = held(number)
    open_choice = pw.when(is_even(late), then=lambda: parse(number), otherwise=lambda: inner(number))
    made = pw.when(is_even.using(id="now")(number), then=lambda: load(number), otherwise=lambda: parse(number))
    looped = pw.repeat(step, late, until=is_even, limit=9)
    return merge(open_choice, made, looped)


def picture_of(number: int) -> Picture:
    """Of the run while it is held."""

    def seen(run: pw.Run[Any]) -> bool:
        made = run.nodes.get("when-2")
        return made is not None and made.state is NodeState.SUCCEEDED and run.nodes["held"].state is NodeState.RUNNING

    return compose(asyncio.run(moment_of(undecided, seen, number=number)))


def test_a_choice_that_is_open_says_so() -> None:
    """Law: while the condition is not known, neither branch is called "not taken"."""
    picture = picture_of(2)
    labels = [cluster.label for cluster in picture.clusters if cluster.key.startswith("when then")]
    labels += [cluster.label for cluster in picture.clusters if cluster.key.startswith("when otherwise")]
    assert labels == ["then, not decided yet", "otherwise, not decided yet: inner"]


def test_a_choice_that_was_made_says_which_way_it_did_not_go() -> None:
    """Law: where the condition is known, the other branch is not taken, whatever else is open."""
    labels = [cluster.label for cluster in picture_of(2).clusters if cluster.key.startswith("when-2")]
    assert labels == ["then", "otherwise, not taken"]


def test_ghosts_that_may_run_look_other_than_those_that_will_not() -> None:
    """Law: both are in the legend, with borders of their own, in each format."""
    picture = picture_of(2)
    assert picture.legend.ghosts == ("later", "never")
    ghosts = {vertex.key: vertex.ghost for vertex in picture.vertices if vertex.ghost}
    assert ghosts["when then/parse"] == ghosts["step round/step"] == "later"
    assert ghosts["when-2 otherwise/parse"] == "never"
    svg, mermaid = draw(picture), mermaid_of(picture)
    for words in ("not yet run", "did not run"):
        assert words in svg and words in mermaid
    styles = {line.split()[1]: line.split()[2] for line in mermaid.splitlines() if "classDef ghost" in line}
    assert styles["ghost_later"] != styles["ghost_never"]


def test_the_tooltip_of_a_ghost_says_whether_it_may_run() -> None:
    """Law: who points at it reads the same as who reads the legend."""
    tooltips = {vertex.key: vertex.tooltip for vertex in picture_of(2).vertices}
    assert "not yet run" in tooltips["when then/parse"]
    assert "did not run" in tooltips["when-2 otherwise/parse"]
