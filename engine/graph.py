"""A graph: a checked, frozen DAG of nodes; what the scheduler runs and the pictures show.

Made by the compiler only (``engine/compile.py``). The ``networkx`` graph is its public form; the integer lists
beside it are what the scheduler walks, derived from the same edges once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from planweave.engine.errors import UnknownNameError
from planweave.engine.location import Location
from planweave.engine.node import Node, templates_of
from planweave.engine.policy import Join, OnFailure
from planweave.engine.source import Const, Source, nodes_of
from planweave.engine.wording import clip, listing

if TYPE_CHECKING:
    import networkx

    from planweave.engine.run import Run
    from planweave.engine.task import Task

_REQUIRED = Const(None)


class Input(NamedTuple):
    """An input of a graph.

    Attributes:
        name: how it is given: ``digest.run(path=...)``.
        annotation: the type of its values; ``Any`` where none was written.
        default: what it is when it is not given; ``Input.required`` has none.
    """

    name: str
    annotation: Any = Any
    default: Const = _REQUIRED

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.default is _REQUIRED


@dataclass(frozen=True, eq=False, repr=False)
class Graph:
    """A checked, frozen DAG of nodes with a fingerprint.

    Attributes:
        name: of the workflow or plan that it came from.
        nodes: the vertices; the arguments of a node refer to others by their position here.
        inputs: what a run of it is given.
        output: where its result comes from; None: a dict of the values of its last nodes, by id.
        pools: how many nodes of each named pool may run at once.
        on_failure: what becomes of what succeeded in a run of it that fails, unless that says so itself.
        predecessors: for each node, the positions of the nodes that it waits for.
        successors: for each node, the positions of the nodes that wait for it.
        where: the line that defined it.
    """

    name: str
    nodes: tuple[Node, ...]
    inputs: tuple[Input, ...]
    output: Source | None
    pools: Mapping[str, int]
    predecessors: list[tuple[int, ...]]
    successors: list[list[int]]
    where: Location | None = None
    captures: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """For a node with branches or a body: the nodes whose values only those use, and so do not hold it back."""
    on_failure: OnFailure = "keep"

    def __len__(self) -> int:
        return len(self.nodes)

    def __repr__(self) -> str:
        return f"<graph '{self.name}' with {len(self.nodes)} nodes>"

    def __getitem__(self, node_id: str) -> Node:
        """The node with this id.

        Raises:
            UnknownNameError: there is none; the nearest ids are named.
        """
        return self.nodes[self.position(node_id)]

    def position(self, node_id: str) -> int:
        """The position of the node with this id in ``nodes``; raises UnknownNameError."""
        try:
            return self._positions[node_id]
        except KeyError:
            from difflib import get_close_matches

            near = get_close_matches(str(node_id)[:1000], self._positions, n=3)
            raise UnknownNameError(
                f"the graph '{self.name}' has no node {clip(node_id)}",
                mend=f"did you mean: {listing(near)}" if near else None,
            ) from None

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {node.id: position for position, node in enumerate(self.nodes)}

    @cached_property
    def nx(self) -> networkx.DiGraph[str]:
        """The frozen ``networkx.DiGraph``: ids as vertices, with the ``Node`` as attribute ``node``.

        Edges have ``kind``: ``"data"``, ``"control"`` (only waits) or ``"capture"`` (only used in a branch or body).
        """
        from planweave.engine.dag import networkx_graph

        return networkx_graph(self)

    @cached_property
    def last(self) -> tuple[int, ...]:
        """The positions of the nodes that no other node waits for or uses."""
        captured = {position for used in self.captures.values() for position in used}
        return tuple(i for i, after in enumerate(self.successors) if not after and i not in captured)

    @cached_property
    def heights(self) -> list[int]:
        """For each node, how many nodes the longest path from it to an end has after it."""
        from planweave.engine.dag import heights

        return heights(self)

    @cached_property
    def ranks(self) -> list[int]:
        """For each node, a number by which it queues when it is ready, smallest first; see ``engine/lanes.py``."""
        from planweave.engine.lanes import rank

        return [rank(i, height, self.nodes[i].policy.priority) for i, height in enumerate(self.heights)]

    @cached_property
    def kinds(self) -> tuple[list[int], list[Node]]:
        """For each node, which of a few kinds it is of, and a node of each kind; see ``engine/placing.py``."""
        from planweave.engine.placing import kind_of

        numbers: dict[Hashable, int] = {}
        samples: list[Node] = []
        kinds = []
        for node in self.nodes:
            key = kind_of(node)
            if key not in numbers:
                numbers[key] = len(samples)
                samples.append(node)
            kinds.append(numbers[key])
        return kinds, samples

    @cached_property
    def functions(self) -> list[Callable[..., Any] | None]:
        """For each node, the bare function of its task."""
        return [node.task.fn if node.task is not None else None for node in self.nodes]

    @cached_property
    def slots(self) -> list[tuple[int, ...] | None]:
        """For each node, its arguments where all are values of nodes passed in order; None where they are not."""
        from planweave.engine.rundata import slots_of

        return [slots_of(node) for node in self.nodes]

    @cached_property
    def joins(self) -> Mapping[int, Join]:
        """The join rule of each node that has another than ``all_success``."""
        return {i: node.policy.join for i, node in enumerate(self.nodes) if node.policy.join != "all_success"}

    @cached_property
    def controls(self) -> Mapping[int, frozenset[int]]:
        """For each node that waits for others without needing their values: those others."""
        from planweave.engine.expansion import vertex

        return {i: vertex(node).controls for i, node in enumerate(self.nodes) if node.after}

    @cached_property
    def fingerprints(self) -> Mapping[str, str]:
        """For each id, a hash of the node: its code, policy, and the ids of what it reads and waits for."""
        from planweave.engine.digest import fingerprints

        return fingerprints(self)

    @cached_property
    def document(self) -> str:
        """The graph as JSON, kept: each stored run has it; raises DocumentError as ``to_json`` does."""
        return self.to_json()

    @cached_property
    def fingerprint(self) -> str:
        """A hash of structure, ids and code: two graphs that share it run alike, node by node."""
        from planweave.engine.digest import fingerprint

        return fingerprint(self)

    @cached_property
    def digest(self) -> str:
        """A hash of what is computed, whatever the nodes are called and however they are split into workflows."""
        from planweave.engine.digest import digest

        return digest(self)

    @cached_property
    def pooled(self) -> Mapping[str, Node]:
        """The names of the pools that nodes (in templates too) ask for, each with the first node that does."""
        found: dict[str, Node] = {}
        for node in self.all_nodes():
            undo = None if node.task is None else node.task.undo
            for pool in (node.policy.pool, None if undo is None else undo.policy.pool):
                if pool is not None:
                    found.setdefault(pool, node)
        return found

    def source_nodes(self, position: int) -> tuple[int, ...]:
        """The positions of the nodes whose values the node reads, each once, in the order of its arguments."""
        return tuple(dict.fromkeys(i for source in self.nodes[position].args for i in nodes_of(source)))

    def all_nodes(self) -> list[Node]:
        """The nodes of the graph and of all templates in it, outer ones first."""
        found = list(self.nodes)
        for node in [node for node in self.nodes if node.control is not None]:
            for template in templates_of(node.control).values():
                found.extend(template.graph.all_nodes())
        return found

    def to_json(self) -> str:
        """The graph as a JSON document, with tasks by reference (``module:name`` or ``path#name``).

        Raises:
            DocumentError: a task cannot be referred to, or a constant is no JSON value.
        """
        from planweave.engine.document.write import dumps

        return dumps(self)

    @staticmethod
    def from_json(text: str | bytes, tasks: Mapping[str, Any] | Iterable[Task[..., Any]]) -> Graph:
        """The graph of a JSON document; nothing is imported: ``tasks`` maps each reference to its task, or is tasks.

        Raises:
            DocumentError: the document is not a graph.
            UnknownNameError: it refers to a task that ``tasks`` does not hold.
            DefinitionError: what the compiler finds wrong.
        """
        from planweave.engine.document.read import loads

        return loads(text, tasks)

    def run(self, **inputs: Any) -> Run[Any]:
        """Run the graph to its end; see ``planweave.run``."""
        from planweave.engine.launch import run

        return run(self, inputs=inputs)

    def render(self, path: str, **options: Any) -> Any:
        """Draw the graph into a file: .svg .png .pdf .dot .html .mmd by suffix; see ``planweave.visualize``."""
        from planweave.engine.rendering import render

        return render(self, path, **options)

    def _repr_svg_(self) -> str:
        from planweave.engine.rendering import svg

        return svg(self)
