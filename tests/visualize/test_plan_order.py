"""The picture of a partial order: every link once, nothing that follows from others, whether it is small or long."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.plan import CausalLink, Fact, Plan, Step
from planweave.planners.htn.links import plan_of
from planweave.planners.htn.model import Problem
from planweave.planners.htn.solution import Solution
from planweave.visualize.graphviz.drawing import draw
from planweave.visualize.graphviz.geometry import Point
from planweave.visualize.legend import EDGE_DASHES
from planweave.visualize.mermaid import mermaid_of
from planweave.visualize.options import Options
from planweave.visualize.plan.blocks import in_blocks
from planweave.visualize.plan.lanes import threads_of
from planweave.visualize.plan.listing import list_of
from planweave.visualize.plan.network import network
from planweave.visualize.plan.order import Order, read_order
from planweave.visualize.plan.reading import read_outline
from planweave.visualize.plan.sheet import Sheet
from planweave.visualize.plan.sheet_svg import draw_sheet
from planweave.visualize.plan.writers import ORDER, network_of
from tests.planners.tiny import solved
from tests.visualize.plans import hostile, loop, plans, wide
from tests.visualize.samples import elements, texts


def links_in(order: Order) -> Counter[tuple[str | None, str, str, bool]]:
    """The links that an order shows, as a plan has them."""
    ids = {place: stop.ids[0] for place, stop in enumerate(order.stops)}
    return Counter(
        (ids.get(need.producer), need.fact.removeprefix("" if need.positive else "not "), stop.ids[0], need.positive)
        for stop in order.stops
        for need in stop.needs
    )


def links_of(plan: Plan) -> Counter[tuple[str | None, str, str, bool]]:
    """The links of a plan, in the same form."""
    return Counter((link.producer, str(link.fact)[1:-1], link.consumer, link.positive) for link in set(plan.links))


def reachable(pairs: set[tuple[int, int]], count: int) -> set[tuple[int, int]]:
    """All pairs of which the second follows from the first, by brute force."""
    found = set(pairs)
    for middle in range(count):
        found |= {(i, j) for i, one in pairs | found if one == middle for two, j in found if two == middle}
    return found


@settings(max_examples=30)
@given(plans())
def test_an_order_has_every_link_once_and_no_ordering_that_others_imply(plan: Plan) -> None:
    """Law: links are those of the plan; links and orderings together say what the plan says; no ordering is idle."""
    order = read_order(plan)
    assert links_in(order) == links_of(plan)
    numbers = {step.id: number for number, step in enumerate(plan.steps)}
    linked = {
        (need.producer, head) for head, stop in enumerate(order.stops) for need in stop.needs if need.producer >= 0
    }
    only = {(tail, head) for head, stop in enumerate(order.stops) for tail in stop.after}
    said = {(numbers[one], numbers[two]) for one, two in plan.orderings} | linked
    count = len(plan.steps)
    assert reachable(linked | only, count) == reachable(said, count)
    assert all(pair not in reachable(linked | only - {pair}, count) for pair in only)


@settings(max_examples=10)
@given(solved(rich=False))
def test_orders_of_plans_that_planners_find_have_every_link(found: tuple[Problem, Solution]) -> None:
    """Law: the same of plans that are made of solutions, relaxed or not."""
    plan = plan_of(*found)
    assert links_in(read_order(plan)) == links_in(read_order(plan.relaxed())) == links_of(plan)


@settings(max_examples=20)
@given(plans())
def test_a_network_shows_each_step_and_each_pair_once(plan: Plan) -> None:
    """Law: a vertex for each step, an edge for each step that another has something from or waits for."""
    order = read_order(plan)
    picture = network(order)
    assert [vertex.members for vertex in picture.vertices] == [(step.id,) for step in plan.steps]
    edges = Counter((edge.tail, edge.head) for edge in picture.edges)
    assert set(edges.values()) <= {1}
    for edge in picture.edges:
        needs = order.stops[int(edge.head)].links.get(int(edge.tail), ())
        assert edge.kind == ("control" if not needs else "data" if any(n.positive for n in needs) else "negative")
        assert edge.label.split("\n")[:2] == ([need.fact for need in needs][:2] or [""]) or len(needs) > 3
        assert edge.count == max(1, len(needs))


@settings(max_examples=20)
@given(plans())
def test_a_list_shows_the_same(plan: Plan) -> None:
    """Law: a box for each step, a line for each pair; the tooltip of each box tells all its links."""
    order = read_order(plan)
    sheet = list_of(order)
    assert len(sheet.boxes) == len(plan.steps)
    pairs = {(edge.tail, edge.head, edge.kind) for edge in network(order).edges}
    assert Counter((str(one.tail), str(one.head), one.kind) for one in sheet.lines) == Counter(pairs)
    for stop, box in zip(order.stops, sheet.boxes, strict=True):
        told = [line for line in box.tooltip.split("\n") if line.startswith("needs ")]
        assert len(told) == len(stop.needs)


def crossings(sheet: Sheet) -> list[tuple[int, int]]:
    """Pairs of lines of which two upright parts lie on each other, although they begin at different steps."""
    upright = []
    for number, line in enumerate(sheet.lines):
        for curve in line.curves:
            for one, two in zip(curve, curve[3:], strict=False):
                if one.x == two.x and two.y - one.y > 9:
                    upright.append((number, line.tail, one.x, one.y, two.y))
    return [
        (one[0], two[0])
        for one, two in combinations(upright, 2)
        if one[1] != two[1] and one[2] == two[2] and min(one[4], two[4]) - max(one[3], two[3]) > 9
    ]


@settings(max_examples=20)
@given(plans(24))
def test_lines_of_different_steps_do_not_lie_on_each_other(plan: Plan) -> None:
    """Law: beside the rows, each line has its own lane as long as it runs; lines end at the boxes that they lead to."""
    sheet = list_of(read_order(plan))
    assert not crossings(sheet)
    for line in sheet.lines:
        place, end = sheet.boxes[line.head].place, line.curves[-1][-1]
        assert (end.x == place.x and place.y < end.y < place.y + place.height) or end.y == place.y


@settings(max_examples=50)
@given(st.dictionaries(st.tuples(st.integers(0, 20), st.sampled_from("ab")), st.lists(st.integers(1, 9), min_size=1)))
def test_lanes_hold_lines_that_do_not_overlap(wanted: dict[tuple[int, str], list[int]]) -> None:
    """Law: of two lines in one lane, one ends before or where the other begins; the lanes are numbered without gaps."""
    threads = threads_of({key: [key[0] + far for far in some] for key, some in wanted.items()})
    for one, two in combinations(threads, 2):
        assert one.lane != two.lane or one.ends[-1] <= two.row or two.ends[-1] <= one.row
    assert {thread.lane for thread in threads} == set(range(len({thread.lane for thread in threads})))
    assert {(thread.row, thread.kind): len(thread.ends) for thread in threads} == {k: len(v) for k, v in wanted.items()}


# ---------------------------------------------------------------------- how it looks


def small() -> Plan:
    """Two steps beside each other, one link that is negative, one ordering that follows, facts from the start."""
    steps = tuple(Step(name, name) for name in ("gather", "check", "write"))
    links = (
        CausalLink("gather", Fact("data", ("all",)), "write"),
        CausalLink("check", Fact("error"), "write", positive=False),
        CausalLink(None, Fact("paper"), "write"),
    )
    return Plan("report", steps, links, (("gather", "write"), ("gather", "check")))


def test_links_are_labelled_and_negative_ones_are_told_apart() -> None:
    """Law: facts stand at their edges, negative links are dotted and explained, facts from the start stand apart."""
    svg = draw(network(read_order(small())))
    words = texts(svg)
    assert {"data all", "not error", "initially paper"} <= set(words)
    assert {"only waits for it", "makes a fact false that must be"} <= set(words)
    dashes = Counter(one.get("stroke-dasharray") for one in elements(svg) if one.tag == "path")
    assert dashes[EDGE_DASHES["negative"]] == 2 and dashes[EDGE_DASHES["control"]] == 2  # one in the legend each
    assert [stop.after for stop in read_order(small()).stops] == [(), (0,), ()]


def test_a_list_names_facts_with_their_steps() -> None:
    """Law: what a step needs stands beside it, what holds from the start behind that."""
    [note] = list_of(read_order(small())).notes
    assert (note.text, note.faint) == ("data all ← 0, not error ← 1", "initially paper")
    svg = draw_sheet(list_of(read_order(small())))
    assert [one.text for one in elements(svg) if one.get("class") == "faint"] == ["initially paper"]


def test_short_plans_are_networks_and_long_ones_are_lists() -> None:
    """Law: what would be a strip of boxes is a list, which is a page."""
    assert network_of(read_order(small())) is not None
    assert network_of(read_order(loop(35))) is None and network_of(read_order(wide(100, 1))) is None
    sheet = list_of(read_order(loop(300)))
    assert 0.4 < sheet.width / sheet.height < 2.5


def test_a_network_of_many_edges_has_no_labels() -> None:
    """Law: labels are left out where they would hide what they label; how many links there are is kept."""
    edges = network(read_order(wide(20, 6))).edges
    assert len(edges) == 100 and {edge.label for edge in edges} == {""} and {edge.count for edge in edges} == {1}
    assert {edge.label for edge in network(read_order(wide(10, 6))).edges} == {f"made part-{i}" for i in range(5)}


def test_a_line_goes_on_in_the_next_column() -> None:
    """Law: a line between columns is drawn in each of them, down to its end."""
    steps = tuple(Step(f"s{i}", "go", (f"place-{i}",)) for i in range(200))
    plan = Plan("far", steps, (CausalLink("s0", Fact("done"), "s199"),))
    sheet = list_of(read_order(plan))
    [line] = sheet.lines
    xs = [curve[-1].x for curve in line.curves]
    assert len(line.curves) > 1 and xs == sorted(xs)
    last = sheet.boxes[199].place
    assert line.curves[-1][-1] == Point(last.x, last.middle.y - 3.0)


def test_the_lines_of_a_step_share_a_lane_and_are_drawn_once() -> None:
    """Law: the line to the second step that needs something begins where the one to the first leaves the lane."""
    steps = tuple(Step(f"s{i}", "go", (f"place-{i}",)) for i in range(200))
    links = tuple(CausalLink("s0", Fact("done"), f"s{i}") for i in (20, 110, 199))
    sheet = list_of(read_order(Plan("far", steps, links)))
    lines = sheet.lines
    assert [line.head for line in lines] == [20, 110, 199]
    for one, two in pairwise(lines):
        leaves, begins = one.curves[-1][-7], two.curves[0][0]
        assert (leaves.x, leaves.y) == (begins.x, begins.y)
    columns = len({box.place.x for box in sheet.boxes})
    assert columns > 1 and sum(len(line.curves) for line in lines) == columns + 2


@pytest.mark.parametrize("suffix", ORDER)
@pytest.mark.parametrize("plan", [small(), loop(300), wide(300, 10), hostile(), Plan("nothing", ())], ids=range(5))
def test_every_format_is_written(suffix: str, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: each suffix of the table has its writer, for long plans and hostile names too; the same each time."""
    monkeypatch.setattr("planweave.visualize.plan.writers.layout", lambda dot, *_, **__: dot.encode())
    content = ORDER[suffix](plan, Options())
    assert content and content == ORDER[suffix](plan, Options())


def test_nothing_that_a_user_wrote_is_obeyed() -> None:
    """Law: names and facts are text, in boxes, at edges and in tooltips."""
    order = read_order(hostile())
    for svg in (draw(network(order)), draw_sheet(list_of(order))):
        assert not [one for one in elements(svg) if one.tag in ("script", "img")]
    assert all("<img" not in line for line in mermaid_of(network(order)).split("\n")[3:])


# ---------------------------------------------------------------------- too long, or wrong


def test_a_plan_of_thousands_is_shown_in_blocks() -> None:
    """Law: blocks are the tasks of the plan, hold all steps in order, and keep the links between one another."""
    plan = wide(500, 6)
    order = in_blocks(read_order(plan), read_outline(plan), 1_500, 12)
    assert len(order.stops) <= 200 and order.subtitle.endswith("folded")
    assert [one for stop in order.stops for one in stop.ids] == [step.id for step in plan.steps]
    [rest] = [stop for stop in order.stops if stop.is_many]
    assert (rest.label, rest.span.steps) == ("… 488 more make", 2_928)
    inside = [stop for stop in order.stops if not stop.is_many]
    assert sum(need.producer >= 0 for stop in inside for need in stop.needs) == 12 * 5


def test_steps_that_take_turns_are_cut_into_stretches() -> None:
    """Law: where the steps of tasks are mixed, blocks are stretches of the plan."""
    steps = tuple(Step(f"s{i}", "go") for i in range(3_000))
    whole = wide(500, 6)
    mixed = Plan("mixed", tuple(whole.steps[i * 7 % 3_000] for i in range(3_000)), (), (), whole.decomposition)
    for plan in (mixed, Plan("flat", steps)):
        order = in_blocks(read_order(plan), read_outline(plan), 1_500, 12)
        assert 1 < len(order.stops) <= 200 and sum(stop.span.steps for stop in order.stops) == 3_000


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (Plan("p", (Step("a", "a"),), (CausalLink("b", Fact("f"), "a"),)), "no step 'b'"),
        (Plan("p", (Step("a", "a"),), (), (("a", "b"),)), "no step 'b'"),
        (Plan("p", (Step("a", "a"), Step("b", "b")), (), (("b", "a"),)), "'a' stands before 'b'"),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(plan: Plan, says: str) -> None:
    """Law: what cannot be an order is told with the step concerned."""
    with pytest.raises(pw.RenderError, match=says):
        read_order(plan)
