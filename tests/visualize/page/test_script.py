"""What the script of the page does, seen in a browser; where there is none, these tests are skipped."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import planweave as pw
from planweave.testing import simulate, spend
from planweave.visualize.page.page import page_of
from tests.visualize.samples import load, mapped, merge, run_of, troubled

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no browser is installed")

Act = Callable[[str, str], Any]
"""Opens a page, runs JavaScript in it, and gives what that returns."""

HELPERS = r"""
const $ = (selector) => document.querySelector(selector);
const $$ = (selector) => [...document.querySelectorAll(selector)];
const click = (element) => element.dispatchEvent(new MouseEvent("click", { bubbles: true }));
const key = (name) => {
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
};
const find = (words) => {
  $("#search").focus();
  $("#search").value = words;
  $("#search").dispatchEvent(new Event("input"));
};
const data = JSON.parse($("#data").textContent);
const vertex = (id) => $(`[data-vertex="${data.vertices.findIndex((one) => one.label === id)}"]`);
const scale = () => Number(/scale\(([\d.]+)/.exec($(".view").getAttribute("transform"))[1]);
const box = (element) => element.getBoundingClientRect();
const within = (element, frame) => {
  const [a, b] = [box(element), box(frame)];
  return a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;
};
"""


@pytest.fixture
def act(tmp_path: Path) -> Act:
    """The page without its policy, which would forbid the test's own script."""

    def act(page: str, script: str) -> Any:
        page = page.replace('http-equiv="Content-Security-Policy"', 'name="policy"')
        probe = f"""<pre id="seen"></pre><script>
            {HELPERS}
            document.getElementById("seen").textContent = JSON.stringify((() => {{ {script} }})());
        </script></body>"""
        file = tmp_path / "page.html"
        file.write_text(page.replace("</body>", probe), encoding="utf-8")
        found = subprocess.run(
            [
                str(BROWSER),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--force-prefers-reduced-motion",
                "--window-size=1280,800",
                f"--user-data-dir={tmp_path / 'profile'}",
                "--dump-dom",
                file.as_uri(),
            ],
            capture_output=True,
            check=True,
            timeout=120,
        ).stdout.decode()
        seen = re.search(r'<pre id="seen">(.*?)</pre>', found, re.DOTALL)
        assert seen is not None and seen[1], "the script did not come to its end"
        return json.loads(html.unescape(seen[1]))

    return act


@pw.task
def unlucky(*before: Any) -> int:
    """Fails."""
    spend(0.1)
    raise ValueError("row 17 is no number")


def long_chain(start: str = "graph") -> str:
    """A page of a chain of sixty different nodes, the last but one of which fails."""

    def named(name: str) -> Any:
        @pw.task(name=name)
        def work(*before: Any) -> int:
            spend(0.1)
            return 1

        return work

    @pw.workflow(name="chain")
    def workflow() -> Any:
        value = load()
        for number in range(57):
            value = named(f"work {number}")(value)
        return merge(unlucky(value))

    return page_of(simulate(workflow), start=start)


def test_a_filter_lists_what_it_keeps_and_brings_it_into_sight(act: Act) -> None:
    """Law: the failed node was far below; pressed, the filter shows it, and fades the others; released, nothing."""
    seen = act(
        long_chain(),
        """
        const failed = vertex("unlucky"), before = within(failed, $("#graph"));
        click($("[data-state=failed]"));
        const dim = $$(".dim");
        const pressed = [within(failed, $("#graph")), $("#about").innerText, dim.length, dim.includes(failed)];
        const faint = getComputedStyle(dim[0]).opacity, edges = $$(".edge.dim").length;
        click($("[data-state=failed]"));
        return { before, pressed, faint, edges, after: $$(".dim").length, hidden: $("#panel").hidden };
        """,
    )
    assert seen["before"] is False
    shown, told, dim, failed_dim = seen["pressed"]
    assert shown and "unlucky" in told and not failed_dim and dim > 50
    assert 0.3 <= float(seen["faint"]) <= 0.5 and seen["edges"] > 10
    assert seen["after"] == 0 and seen["hidden"] is True


def test_found_nodes_are_listed_the_gravest_first(act: Act) -> None:
    """Law: of the items of a map, the failed one stands above the others."""
    seen = act(page_of(run_of(mapped(40))), 'find("check"); return $$("#about li").map((one) => one.innerText);')
    assert "check[17]" in seen[0] and len(seen) == 41


def test_a_page_opens_at_a_size_that_can_be_read_where_the_run_begins(act: Act) -> None:
    """Law: labels of no less than ten pixels or so, and the first node in sight, however long the picture is."""
    script = 'return [scale(), within(vertex("load"), $("#graph"))];'
    assert act(long_chain(), script) == [pytest.approx(0.9), True]


def test_a_click_keeps_the_scale_and_pans_only_what_the_panel_would_cover(act: Act) -> None:
    """Law: what was chosen is in sight beside the panel, drawn as large as before, and after it is closed."""
    seen = act(
        page_of(run_of(troubled)),
        """
        const right = $$("[data-vertex]").sort((a, b) => box(b).right - box(a).right)[0];
        const scales = [scale()];
        click(right);
        scales.push(scale());
        const shown = within(right, $("#graph")), open = !$("#panel").hidden;
        click($("#close"));
        scales.push(scale());
        return { scales, shown, open };
        """,
    )
    assert len(set(seen["scales"])) == 1 and seen["shown"] and seen["open"]


def test_the_keyboard_goes_into_the_panel_with_enter_and_back_with_escape(act: Act) -> None:
    """Law: from the search and from a node; Tab meets one node of a sheet, arrows the others."""
    seen = act(
        page_of(run_of(troubled)),
        """
        const now = () => document.activeElement;
        const steps = [];
        find("broken");
        key("Enter"); steps.push(now().id);
        key("Escape"); steps.push(now().id, $("#panel").hidden);
        const stop = $('#graph [tabindex="0"]');
        stop.focus();
        key("Enter"); steps.push(now().id);
        key("Escape"); steps.push(now() === stop);
        key("ArrowDown"); steps.push(now() !== stop && now().dataset.vertex !== undefined);
        steps.push($$('#graph [tabindex="0"]').length);
        click($("#tab-timeline"));
        $(".row").focus();
        key("ArrowDown"); steps.push(now() === $$(".row")[1]);
        steps.push($$('#timeline [tabindex="0"]').length);
        return steps;
        """,
    )
    assert seen == ["about", "search", True, "about", True, True, 1, True, 1]


def test_zooming_stretches_time_alone_and_the_ruler_stays(act: Act) -> None:
    """Law: text keeps its size, bars grow, marks become finer; scrolled down, the ruler is still above."""
    seen = act(
        long_chain(start="timeline"),
        """
        const size = () => [box($(".row .name")).height, box($(".row .chart")).width];
        const marks = () => Number($(".ruler [data-marks]:not([hidden])").dataset.marks);
        const before = [...size(), marks()];
        for (let step = 0; step < 6; step++) click($("[data-zoom=in]"));
        const after = [...size(), marks()];
        $("#timeline").scrollTop = 150;
        const [ruler, row] = [".ruler", ".row"].map((one) => box($(one)).top - box($("#timeline")).top);
        click($("[data-zoom=fit]"));
        return { before, after, ruler, row, fit: size()[1] };
        """,
    )
    (height, width, marks), (tall, wide, more) = seen["before"], seen["after"]
    assert tall == height and wide > 4 * width and more > marks
    assert seen["ruler"] == pytest.approx(0, abs=1) and seen["row"] < 0
    assert seen["fit"] == pytest.approx(width)


def test_a_row_of_many_tells_of_its_nodes(act: Act) -> None:
    """Law: clicked, it lists what it stands for."""
    script = """
        click($$(".row").find((row) => row.innerText.includes("more items")));
        return $("#about").innerText;
    """
    told = act(page_of(run_of(mapped(40)), start="timeline"), script)
    assert "28 more items" in told and "check[20]" in told


def test_paper_shows_the_whole_graph(act: Act) -> None:
    """Law: while it is printed the picture has its own measures again; after that, the window's."""
    seen = act(
        long_chain(),
        """
        const shown = () => [$("#graph svg").getAttribute("viewBox"), $(".view").getAttribute("transform")];
        const before = shown();
        window.dispatchEvent(new Event("beforeprint"));
        const [paper, moved] = shown();
        window.dispatchEvent(new Event("afterprint"));
        const height = Number($("#graph svg").getAttribute("height"));
        return { before, paper: paper.split(" ").map(Number), moved, after: shown(), height };
        """,
    )
    assert seen["paper"][3] == pytest.approx(seen["height"]) and seen["moved"] is None
    assert seen["after"] == seen["before"] and seen["before"][0] is None
