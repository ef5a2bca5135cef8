"""`planweave graph`: a few lines about a graph, or a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from planweave.cli.graph import facts_of, levels_of
from planweave.engine.graph import Graph
from planweave.engine.task import task
from planweave.engine.workflow import workflow
from tests.cli.commands import Call


@task
def one(x: int) -> int:
    return x


@task
def add(x: int, y: int) -> int:
    return x + y


@workflow(pools={"api": 2})
def diamond(x: int, y: int = 2) -> int:
    first = one(x)
    return add(one(one(first)), one(first))


def test_the_facts_of_a_graph_are_those_of_its_shape() -> None:
    """Law: nodes, edges, longest chain, widest level, inputs and pools are those that were composed."""
    graph = diamond.graph()
    facts = facts_of(graph)
    assert facts.pop("fingerprint") == graph.fingerprint
    assert facts == {
        "name": "diamond",
        "nodes": 5,
        "kinds": {"task": 5},
        "inside": 0,
        "edges": 5,
        "depth": 4,
        "width": 2,
        "inputs": {"x": "int", "y": "int (optional)"},
        "pools": {"api": 2},
    }
    assert levels_of(graph) == [0, 1, 2, 1, 3]


def test_the_facts_are_told_in_lines_or_as_a_document(call: Call, workflows: Path) -> None:
    """Law: without -o a person reads lines, and a program one document, of the same facts."""
    lines = dict(line.split(None, 1) for line in call("graph", "workflows.py:all_doubled").out.splitlines())
    document = call("graph", "workflows.py:all_doubled", "--json").document
    assert list(lines) == list(document)
    assert (lines["nodes"], lines["inputs"], lines["pools"], lines["kinds"]) == (
        "2",
        "numbers list[int]",
        "none",
        "map 1, task 1",
    )
    assert document["inputs"] == {"numbers": "list[int]"}
    assert document["inside"] == 1


def test_json_is_the_document_that_makes_the_graph_again(call: Call, workflows: Path) -> None:
    """Law: `-o FILE.json` writes what `Graph.from_json` reads."""
    done = call("graph", "workflows:doubled", "-o", "graph.json")
    assert (done.code, done.out) == (0, "graph.json\n")
    text = (workflows.parent / "graph.json").read_text(encoding="utf-8")
    assert json.loads(text)
    import workflows as module  # type: ignore[import-not-found]  # because the test wrote it

    again = Graph.from_json(text, {"workflows:double": module.double})
    assert again.fingerprint == module.doubled.graph().fingerprint


def test_other_files_are_drawn(call: Call, workflows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: every other suffix is a picture, drawn by the graph itself."""
    drawn = []
    monkeypatch.setattr(Graph, "render", lambda graph, path: drawn.append((graph.name, path)))
    for suffix in (".svg", ".png", ".pdf", ".dot", ".html", ".mmd", ".SVG"):
        assert call("graph", "workflows.py:doubled", "-o", f"picture{suffix}").out == f"picture{suffix}\n"
    assert [name for _, name in drawn] == [
        f"picture{s}" for s in (".svg", ".png", ".pdf", ".dot", ".html", ".mmd", ".SVG")
    ]
