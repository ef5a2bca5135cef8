"""What the HTML page tells of each node when it is chosen, as JSON values of bounded size."""

from __future__ import annotations

import json
import traceback
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from planweave.engine.errors import describe
from planweave.engine.graph import Graph
from planweave.engine.history import NodeRun
from planweave.engine.node import Node, templates_of
from planweave.engine.source import Const, InputRef, Source, nodes_of, resolve
from planweave.engine.state import NodeState
from planweave.visualize.palette import ORDER
from planweave.visualize.picture.caption import counts_in_words
from planweave.visualize.picture.picture import Picture
from planweave.visualize.picture.reading import body_prefix, is_single
from planweave.visualize.picture.snapshot import Snapshot
from planweave.visualize.text.label import fit
from planweave.visualize.text.unit import clock, duration
from planweave.visualize.text.value import show
from planweave.visualize.timeline.rows import Row

__all__ = ["MOST_NODES", "details_of_graph", "details_of_run", "groups_of", "script_json", "vertices_of"]

MOST_NODES = 20_000
"""More nodes than these have no details on a page: it would take the browser too long to read."""

_ALL_VALUES = 6_000_000  # characters, over all nodes
_ONE_VALUE = (80, 4_000)
_TRACEBACK = 6_000
_NOTES, _NOTE = 60, 400

_GRAVITY = {str(state): place for place, state in enumerate(ORDER)}

Detail = dict[str, Any]
T = TypeVar("T")


def script_json(value: Any) -> str:
    r"""JSON that cannot end the script element that it stands in, whatever texts it holds.

    >>> print(script_json("</script><!--"))
    "\u003c/script\u003e\u003c!--"
    """
    text = json.dumps(value, separators=(",", ":"))  # ASCII only: U+2028 and lone surrogates are escaped too
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def vertices_of(picture: Picture, index: Mapping[str, int], nodes: Sequence[Detail]) -> list[Detail]:
    """What the page must know of each vertex: its words, and the numbers of the nodes that it stands for."""
    return [
        _several(vertex.label, vertex.members, vertex.counts, index, nodes)
        | ({"states": [str(vertex.state)]} if vertex.state is not None and not vertex.counts else {})
        for vertex in picture.vertices
    ]


def groups_of(rows: Iterable[Row], index: Mapping[str, int], nodes: Sequence[Detail]) -> list[Detail]:
    """The same of each row of a timeline that is no node."""
    return [
        _several(row.label, [part.key for part in row.members], row.counts, index, nodes) | {"rest": row.many}
        for row in rows
        if row.part is None
    ]


def _several(
    label: str,
    members: Collection[str],
    counts: tuple[tuple[NodeState, int], ...],
    index: Mapping[str, int],
    nodes: Sequence[Detail],
) -> Detail:
    """What stands for some nodes: the gravest of them come first, because only so many are listed."""
    numbers = [index[member] for member in members if member in index]
    return {
        "label": label,
        "nodes": sorted(numbers, key=lambda number: _GRAVITY.get(nodes[number].get("state", ""), 0)),
        "total": len(members),
        "counts": counts_in_words(counts),
        "states": [str(state) for state, _ in counts],
    }


def details_of_graph(graph: Graph, shown: Collection[str]) -> tuple[list[Detail], dict[str, int]]:
    """The details of each node of a graph and of the bodies in it, and the number of each by its key in a picture.

    Args:
        graph: whose nodes are told.
        shown: the keys of those that come first, where there are too many.
    """
    found: list[Detail] = []
    index: dict[str, int] = {}
    everything = list(_walk(graph.nodes, ""))
    for key, nodes, node in _told([one[0] for one in everything], everything, shown):
        index[key] = len(found)
        inputs = [
            _static_input(name, source, nodes) for name, source in zip(node.argument_names(), node.args, strict=True)
        ]
        waits = [nodes[i].id for source in node.after for i in nodes_of(source)]
        found.append(_common(key, node) | _without_empty({"inputs": inputs, "after": waits}))
    return found, index


def details_of_run(run: Snapshot, shown: Collection[str]) -> tuple[list[Detail], dict[str, int]]:
    """The details of each node of a run, and the number of each by its id.

    Args:
        run: whose nodes are told.
        shown: the ids of those that come first, where there are too many.
    """
    records = list(run.nodes.values())
    told = _told([record.id for record in records], records, shown)
    room = max(_ONE_VALUE[0], min(_ONE_VALUE[1], _ALL_VALUES // (3 * len(told) + 1)))
    events = run.events
    start = events[0].time if events else 0.0
    found = [_of_record(record, records, run.inputs, start, room) for record in told]
    return found, {record.id: number for number, record in enumerate(told)}


def _told(keys: Sequence[str], things: Sequence[T], shown: Collection[str]) -> list[T]:
    """The nodes that the page tells of: all; of too many, those with a vertex or row of their own, then the first."""
    if len(things) <= MOST_NODES:
        return list(things)
    room = MOST_NODES - sum(key in shown for key in keys)
    found = []
    for key, thing in zip(keys, things, strict=True):
        if key in shown:
            found.append(thing)
        elif room > 0:
            found.append(thing)
            room -= 1
    return found


def _walk(nodes: Sequence[Node], prefix: str) -> Iterator[tuple[str, Sequence[Node], Node]]:
    """Each node with its key in a picture and the nodes that its sources count, bodies after what they belong to."""
    for node in nodes:
        key = prefix + node.id
        yield key, nodes, node
        for role, template in templates_of(node.control).items():
            if role != "each" or not is_single(template):
                yield from _walk(template.graph.nodes, body_prefix(key, role))


def _common(key: str, node: Node) -> Detail:
    """What is known of a node whether it ran or not."""
    policy = {name: fit(str(value)) for name, value in node.policy.as_dict().items()}
    about = (getattr(node.task, "__doc__", None) or "").strip() if node.task is not None else ""
    return _without_empty(
        {
            "id": fit(key),
            "kind": node.kind,
            "task": "" if node.task is None else fit(node.task.name),
            "about": fit(about.partition("\n")[0])[:200],
            "policy": policy,
            "defined": "" if node.task is None or node.task.where is None else fit(str(node.task.where)),
            "where": "" if node.where is None else fit(str(node.where)),
        }
    )


def _without_empty(detail: Detail) -> Detail:
    return {key: value for key, value in detail.items() if value not in ("", None, [], {}, ())}


def _static_input(name: str, source: Source, nodes: Sequence[Node]) -> Detail:
    """Where an argument will come from."""
    if isinstance(source, Const):
        shown = show(source.value, _ONE_VALUE[1])
        return {"name": fit(name), "text": fit(shown.text, lines=True), "note": fit(shown.note)}
    tails = [fit(nodes[i].id) for i in nodes_of(source)]
    given = "" if not isinstance(source, InputRef) else fit(f"input {source.name.rstrip('*')}")
    return _without_empty({"name": fit(name), "from": tails, "note": given})


def _of_record(
    record: NodeRun, records: Sequence[NodeRun], inputs: Mapping[str, Any], start: float, room: int
) -> Detail:
    """What is known of a node that stands in a run."""
    found = _common(record.id, record.node) | {"state": str(record.state)}
    values = [
        _value(name, source, records, inputs, room)
        for name, source in zip(record.node.argument_names(), record.node.args, strict=True)
    ]
    after = [records[i].id for source in record.node.after for i in nodes_of(source)]
    found |= _without_empty(
        {
            "inputs": values if record.state is not NodeState.PENDING else [],
            "after": [fit(one) for one in after],
            "parent": fit(record.parent or ""),
            "cause": fit(record.cause or "") if record.cause != record.id else "",
            "times": _times(record, start),
            "tries": _tries(record) if len(record.attempts) > 1 else [],
            "log": _log(record, start),
        }
    )
    if record.state is NodeState.SUCCEEDED:
        shown = show(record.value, room)
        found["output"] = {"text": fit(shown.text, lines=True), "note": fit(shown.note)}
    if record.error is not None:
        found["error"] = {"text": fit(describe(record.error))[:room], "trace": _trace(record.error)}
    return found


def _value(name: str, source: Source, records: Sequence[NodeRun], inputs: Mapping[str, Any], room: int) -> Detail:
    """What an argument was, and which nodes it came from."""
    tails = [records[i] for i in nodes_of(source)]
    found: Detail = {"name": fit(name), "from": [fit(tail.id) for tail in tails]}
    if isinstance(source, InputRef):
        found["note"] = fit(f"input {source.name}")
    if all(tail.state is NodeState.SUCCEEDED for tail in tails):
        shown = show(resolve(source, lambda i: records[i].value, inputs.get), room)
        found |= {
            "text": fit(shown.text, lines=True),
            "note": " · ".join(filter(None, [found.get("note"), fit(shown.note)])),
        }
    return _without_empty(found)


def _times(record: NodeRun, start: float) -> list[tuple[str, str]]:
    """When what happened, in words."""
    found = []
    if record.started is not None:
        found.append(("started", f"{duration(record.started - start)} after the start, {clock(record.started)}"))
        if record.ready is not None and record.ready < record.started:
            found.append(("waited", f"{duration(record.started - record.ready)} for room"))
        if record.ended is not None:
            found.append(("took", duration(record.ended - record.started)))
    elif record.ended is not None:
        found.append(("ended", f"{duration(record.ended - start)} after the start, {clock(record.ended)}"))
    if record.cached:
        found.append(("value", "from the cache"))
    return found


def _tries(record: NodeRun) -> list[str]:
    """One line for each attempt."""
    lines = []
    for attempt in record.attempts:
        took = "" if attempt.ended is None else f" took {duration(attempt.ended - attempt.started)}"
        said = "" if attempt.error is None else f": {fit(describe(attempt.error))[:_NOTE]}"
        lines.append(f"try {attempt.number}{took}{said}")
    return lines


def _log(record: NodeRun, start: float) -> list[str]:
    """The last of what the node told: log lines, progress, observations."""
    lines = []
    for event in record.notes[-_NOTES:]:
        data = event.data
        if event.kind == "log":
            said = f"{data.get('level', '')} {data.get('message', '')}"
        elif event.kind == "progress":
            total = f" of {data['total']}" if data.get("total") is not None else ""
            said = f"progress {data.get('done')}{total} {data.get('message') or ''}"
        else:
            said = f"{event.kind} {show(data, _NOTE).text}"
        lines.append(fit(f"{duration(event.time - start)}  {said.strip()}")[:_NOTE])
    if len(record.notes) > _NOTES:
        lines.insert(0, f"… {len(record.notes) - _NOTES:,} earlier lines")
    return lines


def _trace(error: BaseException) -> str:
    """The traceback of an error, its end if it is long: that is where the error is."""
    text = fit("".join(traceback.format_exception(error)).rstrip(), lines=True)
    return text if len(text) <= _TRACEBACK else "…" + text[-_TRACEBACK:]
