"""The page is one file that asks for nothing, runs nothing but its own script, and tells all that is known."""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.state import NodeState
from planweave.testing import Scenario, run_virtually, workflows
from planweave.visualize.options import Options
from planweave.visualize.page.details import script_json
from planweave.visualize.page.page import page_of
from planweave.visualize.palette import LOOKS
from tests.visualize.samples import HOSTILE, broken, load, mapped, merge, numbers, report, run_of, troubled, writable


class Page(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": [], "title": []}
        self._open: str | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag if tag in self.raw else None
        if self._open:
            self.raw[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = None

    def handle_data(self, data: str) -> None:
        if self._open:
            self.raw[self._open][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw["script"][0])
        return found

    def node(self, node_id: str) -> dict[str, Any]:
        return next(node for node in self.data["nodes"] if node["id"] == node_id)


def policy_of(page: Page) -> dict[str, list[str]]:
    (meta,) = (one for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy")
    rules = [rule.split() for rule in (meta["content"] or "").split(";")]
    return {name: values for name, *values in rules}


@pytest.fixture(scope="module")
def troubled_page() -> Page:
    return Page(page_of(run_of(troubled)))


def test_the_policy_admits_exactly_the_script_and_the_sheet_that_are_there(troubled_page: Page) -> None:
    """Law: by hash, one script and one sheet; nothing else may run, load, submit or be embedded."""
    policy = policy_of(troubled_page)
    assert policy["default-src"] == ["'none'"]
    data, script = troubled_page.raw["script"]
    (sheet,) = troubled_page.raw["style"]
    for name, text in (("script-src", script), ("style-src", sheet)):
        assert policy[name] == [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"]
    assert troubled_page.all("script")[0]["type"] == "application/json"
    assert policy["base-uri"] == policy["form-action"] == ["'none'"]
    assert data


def test_a_page_asks_for_nothing() -> None:
    """Law: no address, no reference to another file, no style or event in an attribute."""
    text = page_of(run_of(report, number=1))
    page = Page(text)
    addresses = set(re.findall(r"\w+://[^\s\"'<>)]+", text))
    assert addresses == {"http://www.w3.org/2000/svg"}
    assert (
        "url(" not in text and "@import" not in text and "import(" not in text and "fetch(" not in page.raw["script"][1]
    )
    for _, attributes in page.tags:
        assert not {"src", "href", "xlink:href", "style", "srcset", "action"} & attributes.keys()
        assert not any(name.startswith("on") for name in attributes)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(), max_size=60))
@example(HOSTILE)
@example("</script><script>alert(1)</script>")
@example("<!--<script>")
def test_what_users_wrote_cannot_leave_its_place(text: str) -> None:
    """Law: whatever a task returns and logs, and a workflow is called, the page has the same elements and the data."""

    @pw.task
    def says() -> str:
        pw.context().logger.info("%s", writable(text))
        return text

    @pw.workflow(name=name_of(text))
    def workflow() -> Any:
        return merge(says())

    page = Page(page_of(run_of(workflow)))
    calm = Page(page_of(run_of(calm_workflow)))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in calm.tags]
    assert len(page.raw["script"]) == 2 and page.raw["script"][1] == calm.raw["script"][1]
    told = page.node("says")["output"].get("text", "")
    assert len(told.replace("\r\n", "\n")) == len(text.replace("\r\n", "\n"))


def name_of(text: str) -> str:
    """As much of the text as may be the name of a workflow."""
    name = re.sub(r"[/\[\]@*\n\r\t]", "", text).strip()
    return name if name and name.splitlines() == [name] else "w"


@pw.task
def says() -> str:
    """Says nothing special."""
    pw.context().logger.info("hello")
    return "hello"


@pw.workflow
def calm_workflow() -> Any:
    """As above, without any ill will."""
    return merge(says())


@given(
    st.recursive(
        st.text(st.characters(), max_size=20), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_in_a_script_is_plain_and_read_back(value: Any) -> None:
    """Law: ASCII without <, > and &, and the same value again."""
    text = script_json(value)
    assert text.isascii() and not set(text) & set("<>&\u2028")
    assert json.loads(text) == value


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(workflows(), st.integers(0, 2**16), st.integers(2, 4))
def test_every_vertex_and_row_leads_to_details_that_are_there(scenario: Scenario, seed: int, items: int) -> None:
    """Law: numbers in the SVG are places in the data; the vertices stand for all nodes; states are the run's."""
    run = scenario.simulate(seed)
    page = Page(page_of(run, Options(items=items)))
    nodes, vertices = page.data["nodes"], page.data["vertices"]
    assert {node["id"]: node["state"] for node in nodes} == {name: str(one.state) for name, one in run.nodes.items()}
    assert sorted(number for vertex in vertices for number in vertex["nodes"]) == list(range(len(nodes)))
    drawn = [attributes for _, attributes in page.tags]
    assert all(int(one["data-vertex"] or "") < len(vertices) for one in drawn if "data-vertex" in one)
    assert all(int(one["data-node"] or "") < len(nodes) for one in drawn if "data-node" in one)
    for one in drawn:
        if "data-vertex" in one or "data-node" in one:
            assert one["tabindex"] == "0" and one["role"] == "button"


def test_the_details_of_a_node_say_what_happened(troubled_page: Page) -> None:
    """Law: inputs and where they came from, output, times, attempts, error with traceback, log, where it is written."""
    flaky = troubled_page.node("flaky")
    assert [line.split(":")[1].strip() for line in flaky["tries"][:2]] == ["ConnectionError"] * 2
    assert flaky["inputs"] == [{"name": "before[0]", "from": ["load"], "text": "1"}]
    assert flaky["output"]["text"] == "1" and "samples.py" in flaky["where"] and "samples.py" in flaky["defined"]
    assert dict(flaky["times"])["took"].endswith("s")
    lost = troubled_page.node("broken")
    assert "KeyError" in lost["error"]["text"] and "raise KeyError" in lost["error"]["trace"]
    assert "WARNING" in lost["log"][0] and "alert(1)" in lost["log"][0]
    assert troubled_page.node("parse")["cause"] == "broken"
    assert troubled_page.node("flaky")["about"] == "Succeeds in its third attempt."


def test_the_filters_are_the_states_with_their_counts(troubled_page: Page) -> None:
    """Law: a button for each state that occurs, and for no other."""
    states = {node["state"] for node in troubled_page.data["nodes"]}
    buttons = {one["data-state"] for one in troubled_page.all("button") if "data-state" in one}
    assert buttons == states
    assert set(troubled_page.data["looks"]) == {str(state) for state in NodeState}


def test_a_run_has_two_tabs_and_a_graph_has_none() -> None:
    """Law: the timeline is a second sheet; which one is open at first is the caller's choice."""
    run = run_of(mapped(3))
    page = Page(page_of(run, start="timeline"))
    assert [one["aria-controls"] for one in page.all("button") if one.get("role") == "tab"] == ["graph", "timeline"]
    assert [one["aria-selected"] for one in page.all("button") if one.get("role") == "tab"] == ["false", "true"]
    assert page.data["start"] == "timeline"
    alone = Page(page_of(report.graph()))
    assert not [one for one in alone.all("button") if one.get("role") == "tab"]
    assert {node["id"] for node in alone.data["nodes"]} >= {"load", "check", "when then/parse", "step round/step"}
    assert alone.node("merge")["inputs"][0]["from"] == ["inner/merge"]


def legends_of(text: str) -> dict[str, list[str]]:
    """The words of the legend of each sheet."""
    lists = re.findall(r'<ul class="legend" data-of="(\w+)"[^>]*>(.*?)</ul>', text)
    return {name: re.findall(r"</svg>([^<]*)</li>", inner) for name, inner in lists}


def test_each_sheet_has_a_legend_of_its_lines() -> None:
    """Law: waiting, pauses and the critical path with its length; dashes, dots and what did not run, where they are."""
    text = page_of(run_of(troubled))
    legends = legends_of(text)
    assert {"failed, tried again", "pause before a retry"} <= set(legends["timeline"])
    assert any(words.startswith("critical path: ") for words in legends["timeline"])
    assert any("not run" in words for words in legends["graph"])
    assert not {look.word for look in LOOKS.values()} & {word for some in legends.values() for word in some}
    alone = legends_of(page_of(report.graph()))
    assert {"only waits for it", "used in a branch or body"} <= set(alone["graph"])
    shown = [one for one in Page(text).all("ul") if "data-of" in one and "hidden" not in one]
    assert [one["data-of"] for one in shown] == ["graph"]


def test_of_many_nodes_the_gravest_come_first() -> None:
    """Law: in a vertex and in a row of many, because only so many are listed."""

    @pw.task
    def unlucky(number: int) -> int:
        if number % 5 == 3:
            raise ValueError(f"bad item {number}")
        return number

    @pw.workflow
    def work() -> Any:
        return merge(unlucky.map(numbers(300), failures="drop"))

    data = Page(page_of(run_of(work))).data
    for several in [*data["vertices"], *data["groups"]]:
        states = [data["nodes"][number]["state"] == "failed" for number in several["nodes"]]
        assert states == sorted(states, reverse=True)
    assert any(
        len(several["nodes"]) > 200 and several["counts"].startswith("48 failed") for several in data["vertices"]
    )


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(workflows(), st.integers(0, 2**16), st.sampled_from([10, 500]))
def test_every_row_can_be_chosen(scenario: Scenario, seed: int, rows: int) -> None:
    """Law: each node is told of by its own row, or by the row that counts it; rows of groups lead to their nodes."""
    page = Page(page_of(scenario.simulate(seed), Options(rows=rows, items=2)))
    drawn = [attributes for _, attributes in page.tags if attributes.get("class") == "row"]
    groups = page.data["groups"]
    assert [int(one["data-group"] or "") for one in drawn if "data-group" in one] == list(range(len(groups)))
    own = [int(one["data-node"] or "") for one in drawn if "data-node" in one]
    counted = [number for group in groups if group["rest"] for number in group["nodes"]]
    assert sorted(own + counted) == list(range(len(page.data["nodes"])))
    assert all(one["aria-label"] and one["title"] for one in drawn)


def test_only_time_is_stretched_and_the_axis_stays() -> None:
    """Law: rows are text beside bars in per cent; the ruler and both columns stick; no button lies on a row."""
    text = page_of(run_of(troubled), start="timeline")
    page = Page(text)
    timeline = text[text.index('id="timeline"') : text.index("</main>")]
    for chart in re.findall(r'<svg class="(?:chart|ground)".*?</svg>\s*(?=<span|<div|\n)', timeline, re.DOTALL):
        assert "viewBox" not in chart.replace('viewBox="0 0 240 22" preserveAspectRatio="none"', "")
        assert all(place.endswith("%") for place in re.findall(r' x(?:1|2)?="([^"]*)"', chart) if place != "0")
    sheet = page.raw["style"][0]
    for part in (".ruler { position: sticky", ".times .name { flex: none", ".times .took { flex: none"):
        rule = sheet[sheet.index(part) :]
        assert "sticky" in rule[: rule.index("}")]
    assert text.index("data-zoom") > text.index("</main>")


def test_a_page_of_a_live_run_tells_the_time_until_now() -> None:
    """Law: the timeline of a page ends at the moment when it was made, not at the latest event."""

    @pw.task
    async def held() -> int:
        await asyncio.Event().wait()
        return 1

    @pw.workflow
    def work() -> Any:
        return held()

    async def main() -> str:
        run = await pw.start(work)
        await asyncio.sleep(7.0)
        text = page_of(run)
        run.cancel()
        await run.wait(check=False)
        return text

    assert '<span class="took">7 s</span>' in run_virtually(main)


def test_a_page_speaks_to_everybody() -> None:
    """Law: a language, a title, labelled controls, both colour schemes, and no motion for who wants none."""
    text = page_of(run_of(mapped(3)))
    page = Page(text)
    assert page.all("html")[0]["lang"] == "en" and page.raw["title"][0] == "map of 3"
    assert all(one.get("aria-label") or one.get("data-state") or one.get("role") == "tab" for one in page.all("button"))
    assert page.all("input")[0]["aria-label"]
    sheet = page.raw["style"][0]
    assert "@media (prefers-color-scheme: dark)" in sheet and "prefers-reduced-motion" in sheet
    for look in LOOKS.values():
        assert look.dark.fill in sheet and look.light.fill in sheet


def test_thousands_of_large_values_make_no_large_page() -> None:
    """Law: the more nodes, the less of each value."""

    @pw.task
    def large(number: int) -> str:
        return f"{number} " + "x" * 100_000

    @pw.task
    def some() -> list[int]:
        return list(range(400))

    @pw.workflow
    def much() -> Any:
        return large.map(some())

    assert len(page_of(run_of(much))) < 6_000_000


def test_of_too_many_nodes_those_that_are_drawn_are_told_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: every vertex and row of one node leads to its details; the page says how many others it does not tell of."""
    monkeypatch.setattr("planweave.visualize.page.details.MOST_NODES", 30)
    page = Page(page_of(run_of(mapped(100))))
    assert len(page.data["nodes"]) == 30 and page.data["omitted"] == 73
    assert {"check[99]", "check[17]", "merge", "check[0]"} <= {node["id"] for node in page.data["nodes"]}
    for vertex in page.data["vertices"]:
        assert len(vertex["nodes"]) == 1 or vertex["total"] != 1
    rows = [attributes for _, attributes in page.tags if "data-node" in attributes]
    assert len(rows) >= 15 and all(int(one["data-node"] or "") < 30 for one in rows)


def test_a_traceback_is_told_from_its_end() -> None:
    """Law: of a deep one, the part where the error is."""

    @pw.task
    def deep(number: int) -> int:
        def down(left: int) -> int:
            return (down if left % 2 else other)(left - 1)

        def other(left: int) -> int:
            if left <= 0:
                raise ValueError("at the bottom")
            return down(left - 1)

        return down(number)

    @pw.workflow
    def workflow() -> Any:
        return [deep(200), broken(load())]

    trace = Page(page_of(run_of(workflow))).node("deep")["error"]["trace"]
    assert trace.endswith("ValueError: at the bottom") and len(trace) <= 6_001
