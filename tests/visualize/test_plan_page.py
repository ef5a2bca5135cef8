"""The page of a plan tells of each task and step what the picture has no room for."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from planweave.engine.plan import Decomposition, Plan, Step
from planweave.visualize.options import Options
from planweave.visualize.plan.writers import DECOMPOSITION, ORDER
from tests.visualize.plans import hostile, loop, wide

PAGES = {"decomposition": DECOMPOSITION[".html"], "order": ORDER[".html"]}


def data_of(page: str) -> Any:
    """What the script of a page knows."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def page_of(kind: str, plan: Plan) -> str:
    """The page of a plan."""
    page = PAGES[kind](plan, Options())
    assert isinstance(page, str)
    return page


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize(
    "plan", [wide(2, 3), loop(60), loop(2_000), hostile()], ids=["small", "list", "long", "hostile"]
)
def test_every_step_has_its_details_and_a_box(kind: str, plan: Plan) -> None:
    """Law: each step is known by a name of its own and by its id, and stands behind one of the boxes."""
    page = page_of(kind, plan)
    data = data_of(page)
    steps = [node for node in data["nodes"] if node["kind"] == "step"]
    assert [node["policy"]["id"] for node in steps] == [step.id for step in plan.steps]
    assert len({node["id"] for node in data["nodes"]}) == len(data["nodes"])
    shown = sorted(number for vertex in data["vertices"] for number in vertex["nodes"])
    assert shown == list(range(len(data["nodes"])))
    assert page.count("data-vertex=") == len(data["vertices"])
    assert data["omitted"] == 0


@pytest.mark.parametrize("kind", PAGES)
def test_a_step_says_what_it_needs_and_what_it_is_part_of(kind: str) -> None:
    """Law: facts come with the step that makes them so; what names another node names it as that is called."""
    nodes = {node["id"]: node for node in data_of(page_of(kind, wide(2, 3)))["nodes"]}
    step = nodes["4: work part-1"]
    assert step["inputs"] == [{"name": "made part-0", "from": ["3: work part-0"]}]
    assert step.get("parent") == ("make thing-1" if kind == "decomposition" else None)
    for node in nodes.values():
        named = [*node.get("after", ()), *(one for need in node.get("inputs", ()) for one in need.get("from", ()))]
        assert all(one in nodes for one in named)
    if kind == "decomposition":
        assert nodes["make thing-1"]["policy"] == {"method": "by-hand"}


def test_equal_tasks_have_names_of_their_own() -> None:
    """Law: a task that occurs twice can be found twice, and what is part of it says of which."""
    steps = (Step("a", "work"), Step("b", "work"))
    roots = tuple(Decomposition("make", (), "by-hand", (Decomposition("work", step=step.id),)) for step in steps)
    nodes = data_of(page_of("decomposition", Plan("twice", steps, decomposition=roots)))["nodes"]
    assert [(node["id"], node.get("parent")) for node in nodes] == [
        ("make", None),
        ("0: work", "make"),
        ("make (2)", None),
        ("1: work", "make (2)"),
    ]


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_has_room_for_so_many(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: what is too much for a browser is counted."""
    monkeypatch.setattr("planweave.visualize.plan.page.MOST_NODES", 1_995)
    data = data_of(page_of(kind, Plan("flat", wide(2_000, 1).steps)))
    assert len(data["nodes"]) == 1_995 and data["omitted"] == 5
    assert sum(vertex["total"] for vertex in data["vertices"]) == 2_000


@pytest.mark.parametrize("kind", PAGES)
def test_names_cannot_end_the_script_of_the_page(kind: str) -> None:
    """Law: the page has the two scripts and the data that it came with, whatever names say."""
    assert page_of(kind, hostile()).count("</script>") == 2
