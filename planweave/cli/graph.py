"""``planweave graph``: draw the graph of a workflow, or tell about it in a few lines."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from planweave.cli import target as targets
from planweave.cli.errors import DONE, UsageError
from planweave.cli.inputs import words
from planweave.cli.options import Debug, Json
from planweave.cli.pictures import check_picture
from planweave.cli.streams import Output
from planweave.engine.graph import Graph

DOCUMENT = ".json"
"""The suffix of what ``Graph.from_json`` reads."""


def graph(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="TARGET", help=targets.HELP, show_default=False)],
    file: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="What to write: .svg .png .pdf .dot .html .mmd .json"),
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Draw the graph of a workflow, or tell about it in a few lines."""
    output: Output = context.obj
    check_picture(file, "-o", Graph, "graph", DOCUMENT)
    found = targets.graph_of(target)
    if file is not None:
        write_graph(found, file)
    facts = facts_of(found)
    if output.json:
        output.document(facts)
    elif file is not None:
        output.line(str(file))
    else:
        for name, value in facts.items():
            output.line(f"{name:<12} {told(value)}")
    return DONE


def write_graph(graph: Graph, file: Path) -> None:
    """Write the graph as its suffix says; ``.json`` is the document that ``Graph.from_json`` reads."""
    if file.suffix.lower() != DOCUMENT:
        graph.render(str(file))
        return
    text = graph.to_json()
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"-o {str(file)!r} cannot be written: {error.strerror}") from error


def facts_of(graph: Graph) -> dict[str, Any]:
    """What there is to say about a graph, by name.

    ``depth`` is how many nodes the longest chain has, ``width`` the most nodes on one level of it; ``inside`` counts
    the nodes of branches and bodies, which a run lays in as often as it needs them.
    """
    levels = levels_of(graph)
    return {
        "name": graph.name,
        "nodes": len(graph),
        "kinds": dict(Counter(node.kind for node in graph.nodes)),
        "inside": len(graph.all_nodes()) - len(graph),
        "edges": graph.nx.number_of_edges(),
        "depth": max(levels, default=-1) + 1,
        "width": max(Counter(levels).values(), default=0),
        "inputs": {one.name: words(one.annotation) + ("" if one.required else " (optional)") for one in graph.inputs},
        "pools": dict(graph.pools),
        "fingerprint": graph.fingerprint,
    }


def levels_of(graph: Graph) -> list[int]:
    """For each node, how many nodes the longest chain before it has."""
    levels = [0] * len(graph)
    waiting = [len(before) for before in graph.predecessors]
    ready = [i for i, count in enumerate(waiting) if not count]
    for i in ready:  # grows while it is walked
        for j in graph.successors[i]:
            levels[j] = max(levels[j], levels[i] + 1)
            waiting[j] -= 1
            if not waiting[j]:
                ready.append(j)
    return levels


def told(value: Any) -> str:
    """A fact as a person reads it.

    >>> told({"task": 3, "map": 1}), told({}), told(12000)
    ('task 3, map 1', 'none', '12,000')
    """
    if isinstance(value, dict):
        return ", ".join(f"{name} {told(item)}" for name, item in value.items()) or "none"
    return f"{value:,}" if isinstance(value, int) else str(value)
