"""Fingerprints and digests: what must be equal for two graphs to be the same, or to compute the same.

A *fingerprint* knows ids: resume compares it node by node. A *digest* does not: relabelling nodes, the order in
which they were added, control edges that say what others imply already, and splitting into sub-workflows keep it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from planweave.engine.annotation import words
from planweave.engine.code import code_hash, content
from planweave.engine.dag import successors_of, topological_order
from planweave.engine.graph import Graph
from planweave.engine.node import Approve, Control, Map, Node, Repeat, Replan, Template, WaitFor, templates_of
from planweave.engine.policy import Policy, Retry
from planweave.engine.source import Const, InputRef, Source, inputs_of, nodes_of


def fingerprint(graph: Graph) -> str:
    """A hash of structure, ids and code of a graph."""
    inputs = [[one.name, None if one.required else content(one.default.value)] for one in graph.inputs]
    names = {one.name: f"input {one.name}" for one in graph.inputs}
    output = _source_text(graph.output, [node.id for node in graph.nodes], names)
    return _hash(graph.name, inputs, list(graph.fingerprints.items()), output, sorted(graph.pools.items()))


def fingerprints(graph: Graph) -> Mapping[str, str]:
    """For each id, a hash of the node: its code, policy, and the ids of what it reads and waits for."""
    ids = [node.id for node in graph.nodes]
    names = {one.name: f"input {one.name}" for one in graph.inputs}
    return {node.id: _fingerprint_of(node, ids, names) for node in graph.nodes}


def _fingerprint_of(node: Node, ids: Sequence[str], names: Mapping[str, str]) -> str:
    args = [_source_text(source, ids, names) for source in node.args]
    after = sorted(_source_text(source, ids, names) for source in node.after)
    templates = [
        [
            part,
            fingerprint(template.graph),
            [[name, _source_text(source, ids, names)] for name, source in template.bound],
        ]
        for part, template in templates_of(node.control).items()
    ]
    return _hash(node.id, *_work(node), args, list(node.argument_names()), after, templates)


def digest(graph: Graph) -> str:
    """A hash of what is computed, whatever the nodes are called and however they are split into workflows."""
    return _digest(graph, _input_texts(graph))


def _input_texts(graph: Graph) -> dict[str, str]:
    """A text for each input: its name, and what it is when it is not given."""
    return {
        one.name: f"input {one.name!r}" + ("" if one.required else f" or {content(one.default.value)}")
        for one in graph.inputs
    }


def _digest(graph: Graph, inputs: Mapping[str, str]) -> str:
    found = [""] * len(graph.nodes)
    levels = _levels(graph)
    # what only branches use does not hold a node back, but must be digested before it
    before = [some + graph.captures.get(i, ()) for i, some in enumerate(graph.predecessors)]
    for i in topological_order(before, successors_of(before)):
        own = _digest_of(graph, i, found, inputs, levels)
        found[i] = _with_templates(graph.nodes[i], own, found, inputs)
    if graph.output is None:
        output = _hash(sorted(found[i] for i in graph.last))
    else:
        output = _source_text(graph.output, found, inputs)
    return _hash(sorted(found), output)


def _digest_of(graph: Graph, i: int, found: Sequence[str], inputs: Mapping[str, str], levels: Sequence[int]) -> str:
    node = graph.nodes[i]
    args = [_source_text(source, found, inputs) for source in node.args]
    waits = {found[j] for j in _needed_controls(graph, i, levels)} | {inputs[name] for name in _needed_inputs(graph, i)}
    after = sorted(waits)
    return _hash(*_work(node), args, list(node.argument_names()), after)


def _with_templates(node: Node, own: str, found: Sequence[str], inputs: Mapping[str, str]) -> str:
    if node.control is None:
        return own
    return _hash(own, [[part, _template_digest(t, found, inputs)] for part, t in templates_of(node.control).items()])


def _template_digest(template: Template, found: Sequence[str], inputs: Mapping[str, str]) -> str:
    names = {name: f"item {i}" for i, name in enumerate(template.items)}
    names |= {name: _source_text(source, found, inputs) for name, source in template.bound}
    return _digest(template.graph, names)


def _needed_controls(graph: Graph, i: int, levels: Sequence[int]) -> set[int]:
    """The nodes that node ``i`` waits for without reading them, less those that others before it imply.

    A node is implied when everything before ``i`` can only have succeeded after it had: when it is an ancestor of
    another predecessor, on a path without ``one_success`` (which may run before the rest has ended) and ``all_done``
    (which may run though the rest has failed).
    """
    node = graph.nodes[i]
    controls = {j for source in node.after for j in nodes_of(source)} - set(graph.source_nodes(i))
    if not controls or node.policy.join != "all_success":
        return controls
    lowest = min(levels[j] for j in controls)
    for here in _surely_before(graph, i, lambda j: levels[j] > lowest):
        controls.difference_update(graph.predecessors[here])
    return controls


def _needed_inputs(graph: Graph, i: int) -> set[str]:
    """The inputs that node ``i`` waits for without reading them, less those that nodes before it imply.

    In the body of a branch they stand for nodes outside of it.
    """
    node = graph.nodes[i]
    controls = {name for source in node.after for name in inputs_of(source)} - _inputs_read(node.args)
    if controls and node.policy.join == "all_success":
        for here in _surely_before(graph, i, lambda j: True):
            before = graph.nodes[here]
            controls -= _inputs_read((*before.args, *before.after))
    return controls


def _inputs_read(sources: Sequence[Source]) -> set[str]:
    return {name for source in sources for name in inputs_of(source)}


def _surely_before(graph: Graph, i: int, is_worthwhile: Callable[[int], bool]) -> Iterator[int]:
    """The nodes before node ``i`` that can only have succeeded after all that they wait for had.

    Args:
        graph: of the node.
        i: the position of the node.
        is_worthwhile: whether to look at a node that is not right before it, and at what is before that.
    """
    work, seen = list(graph.predecessors[i]), set(graph.predecessors[i])
    while work:
        here = work.pop()
        if graph.nodes[here].policy.join in ("one_success", "all_done"):
            continue
        yield here
        for j in graph.predecessors[here]:
            if j not in seen and is_worthwhile(j):
                seen.add(j)
                work.append(j)


def _levels(graph: Graph) -> list[int]:
    """For each node, the length of the longest path to it."""
    levels = [0] * len(graph.nodes)
    for i in topological_order(graph.predecessors, graph.successors):
        levels[i] = max((levels[j] + 1 for j in graph.predecessors[i]), default=0)
    return levels


def _work(node: Node) -> list[Any]:
    """What a node does, apart from its arguments: code, policy, control structure."""
    code = None if node.task is None or node.control is not None else code_hash(node.task)
    work = [node.kind, code, policy_text(node.policy), _control_text(node.control)]
    undo = None if code is None or node.task is None else node.task.undo
    return work if undo is None else [*work, code_hash(undo), policy_text(undo.policy)]


def _control_text(control: Control | None) -> list[Any]:
    match control:
        case Map(failures=failures):
            return [failures]
        case Repeat(limit=limit):
            return [limit]
        case Approve(on_timeout=on_timeout, on_reject=on_reject):
            return [on_timeout, on_reject]
        case WaitFor(type=kind):
            return [words(kind)]
        case Replan(limit=limit, seconds=seconds):
            return [limit, seconds]
    return []


def policy_text(policy: Policy) -> str:
    """A text for a policy that is the same in every process.

    >>> policy_text(Policy(timeout=5, retry=Retry(attempts=2, on=(OSError,))))
    "retry=2 0.5 60.0 ['builtins:OSError'], timeout=5"
    """
    parts = []
    for name, value in policy.as_dict().items():
        parts.append(f"{name}={_retry_text(value) if isinstance(value, Retry) else repr(value)}")
    return ", ".join(parts)


def _retry_text(retry: Retry) -> str:
    kinds = sorted(f"{kind.__module__}:{kind.__qualname__}" for kind in retry.kinds)  # a set of them has no order
    return f"{retry.attempts} {retry.base} {retry.cap} {kinds}"


def _source_text(source: Source | None, of_node: Sequence[str], of_input: Mapping[str, str]) -> str:
    if source is None:
        return "none"
    if type(source) is int:
        return f"node {of_node[source]}"
    if type(source) is Const:
        return f"value {content(source.value)}"
    if type(source) is InputRef:
        return of_input[source.name]
    keys = "" if source.keys is None else content(list(source.keys))  # type: ignore[union-attr]  # because only a nest is left
    inner = ", ".join(_source_text(item, of_node, of_input) for item in source.items)  # type: ignore[union-attr]  # because of the same
    return f"{source.kind.__name__} {keys} [{inner}]"  # type: ignore[union-attr]  # because of the same


def _hash(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()
