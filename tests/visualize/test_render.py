"""Files are written whole or not at all, and everything that cannot be drawn says what can."""

from __future__ import annotations

import importlib.util
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

import planweave as pw
from planweave.engine.graph import Graph
from planweave.engine.run import Run
from planweave.visualize.graphviz.errors import GraphvizMissing, LayoutTimeout, LayoutTooLarge
from planweave.visualize.graphviz.program import layout
from planweave.visualize.options import Options
from planweave.visualize.plan.refusals import Explanation
from planweave.visualize.render import KINDS, render, svg
from tests.visualize.samples import layered, mapped, report, run_of, troubled

STARTS = {".svg": b"<svg", ".dot": b"digraph", ".mmd": b"---\ntitle: ", ".html": b"<!doctype html>"}


@pytest.fixture(autouse=True)
def embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures come from the embedded Graphviz, and the extra `png` is not installed."""
    find = importlib.util.find_spec
    monkeypatch.setenv("PLANWEAVE_GRAPHVIZ", "embedded")
    monkeypatch.setattr(
        "planweave.visualize.graphviz.program.find_spec", lambda name: None if name == "pygraphviz" else find(name)
    )


@pytest.mark.parametrize("suffix", STARTS)
@pytest.mark.parametrize("what", [report.graph(), "run"])
def test_the_suffix_says_how(tmp_path: Path, suffix: str, what: Any) -> None:
    """Law: graphs and runs are drawn into each format that needs nothing installed; upper case is fine."""
    thing = run_of(report, number=1) if what == "run" else what
    for name in (f"picture{suffix}", f"PICTURE{suffix.upper()}"):
        path = thing.render(tmp_path / name)
        assert path == tmp_path / name
        assert path.read_bytes().startswith(STARTS[suffix])


@pytest.mark.parametrize("suffix", [".svg", ".html"])
def test_a_timeline_is_a_kind_of_picture_of_a_run(tmp_path: Path, suffix: str) -> None:
    """Law: kind="timeline" draws time; a graph has none."""
    run = run_of(troubled)
    assert render(run, tmp_path / f"t{suffix}", kind="timeline").read_bytes().startswith(STARTS[suffix])
    with pytest.raises(pw.RenderError, match=r"no picture of kind 'timeline'.*\n.*graph"):
        render(report.graph(), tmp_path / f"g{suffix}", kind="timeline")


@pytest.mark.parametrize("suffix", [".png", ".pdf"])
def test_png_and_pdf_without_graphviz_say_what_to_install(tmp_path: Path, suffix: str) -> None:
    """Law: the error names the format, Graphviz, the extra, and the format that works; no file is left."""
    with pytest.raises(GraphvizMissing, match=rf"{suffix[1:].upper()}(.|\n)*\.svg(.|\n)*planweave\[png\]"):
        render(report.graph(), tmp_path / f"picture{suffix}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["picture.jpg", "picture", "picture.svg.gz", ".svg"])
def test_an_unknown_suffix_is_answered_with_those_that_are_known(tmp_path: Path, name: str) -> None:
    """Law: the error lists every suffix of the kind."""
    with pytest.raises(pw.RenderError) as found:
        render(report.graph(), tmp_path / name)
    assert all(suffix in str(found.value) for suffix in KINDS[Graph]["graph"])
    with pytest.raises(pw.RenderError, match=r"\.svg \.html"):
        render(run_of(troubled), tmp_path / "t.png", kind="timeline")


@pytest.mark.parametrize("thing", [3, None, "graph", report])
def test_what_cannot_be_drawn_is_told_from_what_can(tmp_path: Path, thing: Any) -> None:
    """Law: only graphs and runs are drawn; the error says how to get one."""
    with pytest.raises(pw.RenderError, match="cannot be drawn") as found:
        render(thing, tmp_path / "a.svg")
    assert "Graph or a Run" in str(found.value)


def test_a_missing_folder_is_named_and_nothing_is_made(tmp_path: Path) -> None:
    """Law: folders are not made by mistake."""
    with pytest.raises(pw.RenderError, match="there is no folder"):
        render(report.graph(), tmp_path / "pictures" / "a.svg")
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(pw.RenderError, match="is a folder"):
        render(report.graph(), tmp_path / "folder.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.svg"]


def test_a_file_is_replaced_only_by_a_whole_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: whatever goes wrong, the old file stays, and nothing lies beside it."""
    path = tmp_path / "a.svg"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patches:
        patches.setattr("planweave.visualize.render.os.replace", fail)
        with pytest.raises(pw.RenderError, match="No space left"):
            render(report.graph(), path)
    with pytest.raises(GraphvizMissing):
        render(report.graph(), path.with_suffix(".png"))
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["a.svg"]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are of another kind there")
def test_a_new_file_has_the_permissions_of_new_files_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    """Law: a picture may be read by those who may read other files of its user."""
    plain = tmp_path / "plain"
    plain.touch()
    path = render(report.graph(), tmp_path / "a.svg")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    path.chmod(0o640)
    assert stat.S_IMODE(render(report.graph(), path).stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"item": 3}, "no option 'item'"),
        ({"items": 1}, "items=1"),
        ({"items": True}, "items=True"),
        ({"nodes": 2.5}, "nodes=2.5"),
        ({"rows": 0}, "rows=0"),
        ({"direction": "left"}, "direction='left'"),
        ({"time_limit": 0}, "time_limit=0"),
        ({"time_limit": float("nan")}, "time_limit=nan"),
    ],
)
def test_an_option_that_means_nothing_is_refused_with_the_mend(
    tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    """Law: unknown names and values out of range are errors that say what is possible."""
    with pytest.raises(pw.RenderError, match=said) as found:
        render(report.graph(), tmp_path / "a.svg", **options)
    assert found.value.mend is not None and not list(tmp_path.iterdir())


def test_options_raise_the_limits(tmp_path: Path) -> None:
    """Law: with items=100 nothing of a map of fifty is collapsed."""
    run = run_of(mapped(50))
    assert "more" in render(run, tmp_path / "few.svg").read_text()
    text = render(run, tmp_path / "all.svg", items=100).read_text()
    assert "… " not in text and "check[31]" in text
    assert Options().items < 50


def test_the_direction_can_be_chosen(tmp_path: Path) -> None:
    """Law: down is downwards, right is to the right."""
    graph = report.graph()
    assert "rankdir=LR" in render(graph, tmp_path / "a.dot", direction="right").read_text()
    assert "rankdir=TB" in render(graph, tmp_path / "b.dot", direction="down").read_text()


def test_notebooks_show_graphs_and_runs_as_svg() -> None:
    """Law: the representation is the picture itself, one element without a declaration."""
    graph = report.graph()
    assert graph._repr_svg_() == svg(graph)
    assert svg(graph).startswith("<svg ") and svg(graph).rstrip().endswith("</svg>")
    assert svg(run_of(mapped(2))).startswith("<svg ")


def test_every_type_that_can_be_drawn_has_kinds_and_the_first_is_the_usual_one() -> None:
    """Law: the table is complete: all that can be drawn, and the usual picture of each first."""
    assert {what: next(iter(kinds)) for what, kinds in KINDS.items()} == {
        Graph: "graph",
        Run: "graph",
        pw.Plan: "decomposition",
        Explanation: "reason",
    }


class Slow:
    """A Graphviz that lays out nothing with more than so many vertices in time."""

    def __init__(self, most: int) -> None:
        self.most, self.sizes = most, list[int]()

    def __call__(self, dot: str, *arguments: Any, **named: Any) -> bytes:
        self.sizes.append(dot.count("width="))
        if self.sizes[-1] > self.most:
            raise LayoutTimeout(named["time_limit"])
        return layout(dot, *arguments, **named)


@pytest.mark.parametrize("suffix", [".svg", ".html"])
def test_what_takes_too_long_is_condensed_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """Law: a picture that Graphviz does not lay out in time becomes an overview, for files and notebooks."""
    slow = Slow(most=60)
    monkeypatch.setattr("planweave.visualize.graphviz.drawing.layout", slow)
    text = render(layered(20, 20).graph(), tmp_path / f"a{suffix}").read_text()
    assert "condensed by level" in text
    assert len(slow.sizes) == 2 and slow.sizes[0] > 400 and slow.sizes[1] <= 41
    assert "condensed by level" in svg(layered(20, 20).graph())


def test_it_is_tried_again_once_and_the_error_names_the_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: when the overview takes too long, too, the error says which options help; asked for, it is not repeated."""
    slow = Slow(most=0)
    monkeypatch.setattr("planweave.visualize.graphviz.drawing.layout", slow)
    cases: list[tuple[dict[str, Any], int]] = [({}, 2), ({"nodes": 20}, 1)]
    for options, tries in cases:
        slow.sizes.clear()
        with pytest.raises(LayoutTimeout, match=r"nodes=(.|\n)*time_limit="):
            render(layered(20, 20).graph(), tmp_path / "a.svg", **options)
        assert len(slow.sizes) == tries
    assert "nodes=" in str(LayoutTooLarge("memory"))
