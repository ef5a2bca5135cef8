"""The picture of why no plan exists: all that was tried, each once, and the culprit in sight."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from planweave import htn
from planweave.planners.htn.errors import NoPlan
from planweave.planners.htn.explanation.reason import Reason, Refusal, Why
from planweave.planners.htn.formula import Atom
from planweave.planners.htn.solution import GroundTask
from planweave.visualize.options import Options
from planweave.visualize.plan.decomposition import sheet_of
from planweave.visualize.plan.fold import FOLDED
from planweave.visualize.plan.refusals import read_reason
from planweave.visualize.plan.writers import REASON
from planweave.visualize.render import render
from tests.visualize.samples import HOSTILE, elements
from tests.visualize.test_plan_page import data_of


def refusal(name: str, *children: Refusal, why: Why = Why.BELOW, method: str | None = None, more: int = 0) -> Refusal:
    """A part of a reason."""
    return Refusal(GroundTask(name), why, method, children=children, more=more)


def branching(width: int, depth: int) -> Refusal:
    """A task with so many methods of as many tasks; the last of the last is what the others wait for."""
    if not depth:
        return Refusal(GroundTask("leaf"), Why.NEVER, missing=Atom("road"))
    methods = [
        refusal("go", *[branching(width, depth - 1) for _ in range(width)], method=f"m{i}") for i in range(width)
    ]
    return refusal("go", *methods)


def chain(depth: int) -> Refusal:
    """A task whose only method needs another task, and so on."""
    root = Refusal(GroundTask("leaf"), Why.NEVER, missing=Atom("road"))
    for _ in range(depth):
        root = refusal("go", refusal("go", root, method="on"))
    return root


def last(root: Refusal) -> Refusal:
    """The last part of the last part ... of a reason."""
    while root.children:
        root = root.children[-1]
    return root


def no_door() -> Reason:
    """The reason that a real problem has no plan."""
    domain = htn.Domain("house")
    domain.operator("enter", preconditions=["unlocked"], effects=["inside"])
    domain.operator("open", preconditions=["key"], effects=["unlocked"])
    domain.task("visit")
    domain.method("by_door", "visit", ["open", "enter"])
    domain.method("by_window", "visit", ["enter"])
    with pytest.raises(NoPlan) as found:
        htn.find_plan(domain, domain.problem(tasks=["visit"], state=[]))
    assert found.value.reason is not None
    return found.value.reason


def test_everything_that_was_tried_stands_in_the_picture_once() -> None:
    """Law: one entry for each task, method and operator, one for the culprit among them, one for what would mend it."""
    reason = no_door()
    entries = read_reason(reason, 1_500, 12).entries
    parts = list(reason.root.walk())
    assert len(entries) == len(parts) + bool(reason.mended)
    assert Counter(entry.kind for entry in entries)["culprit"] == 1
    [culprit] = [entry for entry in entries if entry.kind == "culprit"]
    assert reason.culprit.title == culprit.name and reason.culprit.obstacle == culprit.detail
    assert {"by_door", "by_window"} <= {entry.name for entry in entries if entry.kind == "method"}
    assert [entry.name for entry in entries if entry.kind == "mend"] == [reason.mended]


@pytest.mark.parametrize("root", [branching(3, 3), branching(8, 2), chain(400)], ids=["deep", "wide", "chain"])
def test_of_too_much_the_way_to_the_culprit_is_kept(root: Refusal) -> None:
    """Law: the picture stays short, counts what it leaves out, and shows the culprit with what leads there."""
    reason = Reason("p", root, last(root))
    outline = read_reason(reason, 1_500, 12)
    assert len(outline.entries) <= FOLDED
    assert [entry.kind for entry in outline.entries].count("culprit") == 1
    assert all(entry.parent < place for place, entry in enumerate(outline.entries))
    left_out = len(list(root.walk())) > len(outline.entries)
    assert left_out == any(entry.kind == "more" and entry.name.startswith("… ") for entry in outline.entries)
    assert len(sheet_of(outline).boxes) == len(outline.entries)


def test_what_an_explanation_leaves_out_is_counted() -> None:
    """Law: parts that the reason itself does not have are counted with those that the picture leaves out."""
    root = refusal("go", *[refusal("go", method=f"m{i}", why=Why.UNSEEN) for i in range(20)], more=5)
    entries = read_reason(Reason("p", root, root.children[-1]), 1_500, 12).entries
    assert [entry.name for entry in entries if entry.kind == "more"] == ["… 13 more methods"]
    assert [entry.name for entry in entries if entry.kind == "culprit"] == ["m19"]


@pytest.mark.parametrize("suffix", REASON)
def test_every_format_is_written(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: reasons are drawn into each format, by their own method too."""
    monkeypatch.setattr("planweave.visualize.plan.writers.layout", lambda dot, *_, **__: dot.encode())
    reason = no_door()
    content = render(reason, tmp_path / f"one{suffix}").read_bytes()
    reason.render(str(tmp_path / f"two{suffix}"))
    assert content == (tmp_path / f"two{suffix}").read_bytes() and b"by_door" in content


def test_names_are_never_obeyed() -> None:
    """Law: what stands in a domain is text in the picture."""
    root = Refusal(GroundTask(HOSTILE, (HOSTILE,)), Why.NO_METHOD, note=HOSTILE)
    reason = Reason(HOSTILE, root, root, HOSTILE, HOSTILE)
    svg = REASON[".svg"](reason, Options())
    assert isinstance(svg, str) and not [one for one in elements(svg) if one.tag in ("script", "img")]


def test_the_page_tells_what_is_in_the_way() -> None:
    """Law: each part is known by a name of its own, with the obstacle in whole."""
    page = REASON[".html"](no_door(), Options())
    assert isinstance(page, str)
    nodes = data_of(page)["nodes"]
    assert len({node["id"] for node in nodes}) == len(nodes)
    assert any("can never be true" in node["about"] for node in nodes)
