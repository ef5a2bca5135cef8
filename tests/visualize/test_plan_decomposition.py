"""The picture of a decomposition: nothing lies on anything else, nothing is lost, no name is obeyed."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings

import planweave as pw
from planweave.engine.plan import Plan
from planweave.visualize.graphviz.geometry import Rectangle
from planweave.visualize.graphviz.program import layout
from planweave.visualize.mermaid import mermaid_of
from planweave.visualize.options import Options
from planweave.visualize.plan.columns import columns_of
from planweave.visualize.plan.decomposition import sheet_of
from planweave.visualize.plan.fold import fold
from planweave.visualize.plan.outline import children_of
from planweave.visualize.plan.reading import read_outline
from planweave.visualize.plan.rows import lay_out
from planweave.visualize.plan.sheet import Sheet
from planweave.visualize.plan.sheet_dot import placed_dot
from planweave.visualize.plan.sheet_svg import draw_sheet
from planweave.visualize.plan.tree import tree_picture
from planweave.visualize.plan.writers import DECOMPOSITION
from planweave.visualize.text.measure import text_width_points
from tests.visualize.plans import hostile, loop, nested, plans, wide
from tests.visualize.samples import HOSTILE, elements, path_numbers

SOME = [wide(1, 5), wide(10, 5), wide(50, 6), loop(40), loop(300, "each"), nested(30), hostile(), Plan("nothing", ())]


def drawn(plan: Plan) -> Sheet:
    """The sheet of a plan, folded as it usually is."""
    return sheet_of(fold(read_outline(plan), Options().nodes, Options().items))


def apart(one: Rectangle, two: Rectangle) -> bool:
    """Whether two boxes have nothing in common."""
    beside = one.x + one.width <= two.x or two.x + two.width <= one.x
    return beside or one.y + one.height <= two.y or two.y + two.height <= one.y


@settings(max_examples=40)
@given(plans())
def test_boxes_lie_beside_one_another_on_the_sheet(plan: Plan) -> None:
    """Law: no two boxes touch, and none leaves the sheet."""
    sheet = drawn(plan)
    assert all(apart(one.place, two.place) for one, two in combinations(sheet.boxes, 2))
    for box in sheet.boxes:
        assert box.place.x >= 0 and box.place.x + box.place.width <= sheet.width + 0.01
        assert box.place.y >= 0 and box.place.y + box.place.height <= sheet.height


@pytest.mark.parametrize("plan", SOME, ids=lambda plan: plan.name[:8])
def test_long_sheets_hold_together_too(plan: Plan) -> None:
    """Law: the same of plans in several columns, and no words are wider than their box."""
    sheet = drawn(plan)
    rows: dict[float, list[Rectangle]] = {}
    for box in sheet.boxes:
        rows.setdefault(box.place.y, []).append(box.place)
        words = sum(text_width_points(word.text, word.size) for word in box.words)
        assert words + 2 * box.style.side <= box.place.width
    assert all(apart(one, two) for row in rows.values() for one, two in combinations(row, 2))
    assert len({(box.place.x, box.place.y) for box in sheet.boxes}) == len(sheet.boxes)


@pytest.mark.parametrize("plan", SOME, ids=lambda plan: plan.name[:8])
def test_each_line_leads_from_a_task_to_its_part(plan: Plan) -> None:
    """Law: there is a line for each entry that is part of another; it ends at its box, and begins where it should."""
    outline = fold(read_outline(plan), Options().nodes, Options().items)
    sheet = sheet_of(outline)
    assert [(line.tail, line.head) for line in sheet.lines] == [
        (entry.parent, place) for place, entry in enumerate(outline.entries) if entry.parent >= 0
    ]
    begun: set[tuple[float, float]] = set()
    for line in sheet.lines:
        tail, head, end, start = (
            sheet.boxes[line.tail].place,
            sheet.boxes[line.head].place,
            line.curves[-1][-1],
            line.curves[0][0],
        )
        if outline.entries[line.head].follows:
            assert end.y == head.y and head.x < end.x < head.x + head.width
        else:
            assert (end.x, end.y) == (head.x, head.middle.y)
        under = tail.x < start.x < tail.x + tail.width and start.y == tail.y + tail.height
        beside = (start.x, start.y) == (tail.x + tail.width, tail.middle.y)
        assert under or beside or (start.x, start.y) in begun
        begun |= {(point.x, point.y) for curve in line.curves for point in curve}


@pytest.mark.parametrize("plan", SOME, ids=lambda plan: plan.name[:8])
def test_several_parts_stand_below_their_task(plan: Plan) -> None:
    """Law: only a single part may stand beside its task; of several each has a row of its own."""
    outline = fold(read_outline(plan), Options().nodes, Options().items)
    layout = lay_out(outline)
    for place, parts in enumerate(children_of(outline.entries)):
        rows = {layout.rows[part] for part in parts}
        assert len(rows) == len(parts)
        assert len(parts) < 2 or layout.rows[place] not in rows or any(outline.entries[one].follows for one in parts)


@pytest.mark.parametrize("plan", SOME, ids=lambda plan: plan.name[:8])
def test_lines_to_the_parts_of_a_task_are_drawn_once(plan: Plan) -> None:
    """Law: where one line goes on another, it begins where that one ends."""
    reached: dict[tuple[int, float], float] = {}
    for line in drawn(plan).lines:
        for curve in line.curves:
            start, end = curve[0], curve[3]
            if start.x == end.x:
                assert start.y >= reached.get((line.tail, start.x), 0.0)
                reached[line.tail, start.x] = end.y


@settings(max_examples=30)
@given(plans())
def test_the_svg_shows_every_step_and_task_once(plan: Plan) -> None:
    """Law: one box for each entry, with its whole text in its tooltip; it is well-formed XML, the same each time."""
    svg = draw_sheet(drawn(plan))
    assert svg == draw_sheet(drawn(plan))
    boxes = [one for one in elements(svg) if one.get("data-vertex") is not None]
    titles = [box[0].text or "" for box in boxes]
    entries = read_outline(plan).entries
    assert len(boxes) == len(entries)
    for entry, title in zip(entries, titles, strict=True):
        assert entry.label in title.split("\n")
        assert entry.kind != "step" or f"id: {entry.key}" in title


def test_nothing_that_a_user_wrote_is_obeyed() -> None:
    """Law: names are text in every format, whatever stands in them."""
    svg = draw_sheet(drawn(hostile()))
    found = elements(svg)
    assert not [one for one in found if one.tag in ("script", "img")]
    assert any("<img src=x" in (one.text or "") for one in found)
    tree = tree_picture(read_outline(hostile()))
    assert all("<img" not in line for line in mermaid_of(tree).split("\n")[3:])
    assert b"</svg>" in layout(placed_dot(drawn(hostile())).replace("layout=nop2 ", ""), "svg")


@pytest.mark.parametrize("suffix", DECOMPOSITION)
@pytest.mark.parametrize("plan", [wide(2, 3), loop(2_000, "each"), hostile()], ids=["small", "deep", "hostile"])
def test_every_format_is_written(suffix: str, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: each suffix of the table has its writer, for long plans too; what only Graphviz can make is asked of it."""
    asked: list[str] = []

    def made(dot: str, *_: object, **__: object) -> bytes:
        asked.append(dot)
        return b"made"

    monkeypatch.setattr("planweave.visualize.plan.writers.layout", made)
    content = DECOMPOSITION[suffix](plan, Options())
    assert bool(asked) == (suffix in (".png", ".pdf"))
    assert content and (not asked or asked[0].startswith("digraph"))


@pytest.mark.parametrize("plan", SOME, ids=lambda plan: plan.name[:8])
def test_what_graphviz_draws_stands_where_the_svg_has_it(plan: Plan) -> None:
    """Law: Graphviz lays nothing out: each vertex has its place, and boxes have those of the sheet, upside down."""
    sheet = drawn(plan)
    dot = placed_dot(sheet)
    vertices = [line for line in dot.split("\n") if re.match(r"  [vt]\d+b? \[", line)]
    assert all("pos=" in line for line in vertices)
    places = {}
    for line in vertices:
        name, numbers = line.split()[0], path_numbers(line[line.index("pos=") :])
        places[name] = numbers[:2]
    for number, box in enumerate(sheet.boxes):
        x, y = places[f"v{number}"]
        assert abs(x - box.place.middle.x) < 0.1 and abs(-y - box.place.middle.y) < 0.1


def test_a_plan_draws_itself(tmp_path: Path) -> None:
    """Law: plan.render writes files as graphs do, decompositions first; notebooks show the same."""
    plan = wide(2, 3)
    path = plan.render(str(tmp_path / "plan.svg"))
    assert path.read_text(encoding="utf-8") == plan._repr_svg_() == draw_sheet(drawn(plan))
    assert plan.render(str(tmp_path / "plan.dot"), kind="decomposition").read_text().startswith("digraph")
    with pytest.raises(pw.RenderError, match=r"no picture of kind 'timeline'.*\n.*decomposition, order"):
        plan.render(str(tmp_path / "plan.svg"), kind="timeline")
    with pytest.raises(pw.RenderError, match=r"\.svg \.png \.pdf \.dot \.html \.mmd"):
        plan.render(str(tmp_path / "plan.txt"))


def test_fewer_entries_can_be_asked_for(tmp_path: Path) -> None:
    """Law: nodes= folds a plan that would have been shown whole."""
    text = wide(10, 5).render(str(tmp_path / "plan.svg"), nodes=20, items=3).read_text(encoding="utf-8")
    assert text.count("data-vertex") <= 20 and "folded" in text


def test_columns_hold_all_rows_in_order() -> None:
    """Law: columns follow one another without gaps, and begin where little is nested."""
    depths = [0, 1, 2, 2, 1] * 60
    columns = columns_of(depths, 400, 25)
    assert len(columns) > 1 and columns[0].first == 0 and columns[-1].end == 300
    assert all(one.end == two.first for one, two in pairwise(columns))
    assert {depths[column.first] for column in columns} == {0}


def test_a_column_says_what_it_continues() -> None:
    """Law: where a column begins within a task, a line above it names the task."""
    sheet = drawn(nested(60))
    assert len(sheet.notes) >= 1 and all(note.text.startswith("… nest") for note in sheet.notes)
    assert not drawn(wide(50, 6)).notes


def test_the_legend_explains_what_there_is() -> None:
    """Law: the samples are those of the kinds that occur."""
    assert [sample.words for sample in drawn(wide(1, 2)).samples] == [
        "task, and the method chosen for it",
        "step, by its place in the plan",
    ]
    words = " ".join(sample.words for sample in drawn(loop(3_000)).samples)
    assert "recursion" in words and "folded" in words and "nothing to do" in words
    assert HOSTILE not in words
