"""The expander: opens an expanded node when what it waits for is known, and closes it when its graph has ended."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planweave.engine.approval import Approval
from planweave.engine.errors import LimitReached, ValueRefused
from planweave.engine.expansion import Copy, first_part, free_parts, lay, namer, vertex
from planweave.engine.frontier import Frontier
from planweave.engine.graph import Graph
from planweave.engine.missing import Missing
from planweave.engine.node import Map, Node, Repeat, Replan, When
from planweave.engine.recovery import Continuation
from planweave.engine.replans import Replans
from planweave.engine.rundata import RunData
from planweave.engine.source import Const, Nest, Source
from planweave.engine.state import NodeState
from planweave.engine.wording import an, clip, cut, listing


@dataclass(frozen=True, slots=True)
class Value:
    """The node has this value."""

    value: Any


@dataclass(frozen=True, slots=True)
class Skip:
    """The node is skipped, because of the node ``cause`` where there is one."""

    cause: int | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """The node is broken by the failure of the node ``cause``."""

    cause: int


@dataclass(frozen=True, slots=True)
class Grown:
    """The node has become a graph, whose nodes stand from position ``first`` on."""

    first: int


Outcome = Value | Skip | Broken | Grown


class Expander:
    """Turns what an expanded node waited for into a graph, and the ends of that graph into the end of the node.

    It refuses a value that cannot shape a graph with ``ValueRefused``, and a loop past its limit with
    ``LimitReached``; both fail the node.
    """

    def __init__(self, data: RunData, frontier: Frontier, replans: Replans) -> None:
        self._data = data
        self._frontier = frontier
        self._replans = replans
        self._copies: dict[int, list[Copy]] = {}
        self._rounds: dict[int, int] = {}
        self._beside: dict[int, frozenset[str]] = {}
        """For a node that bears the bare id of a round or item: how the ids of the others in it go on after that id."""

    def open(self, position: int, now: float) -> Outcome:
        """Expand the node by its arguments, or say at once what it comes to."""
        node = self._data.nodes[position]
        values = [self._data.value_of(source) for source in node.args]
        match node.control:
            case Map():
                return self._open_map(position, node.control, values, now)
            case When():
                return self._open_when(position, node.control, values[0], now)
            case Repeat():
                return self._open_round(position, node.control, values[0], now)
            case Replan():
                return self._open_search(position, values[0], now)
        raise AssertionError(f"{node.kind} does not expand")

    def grow(self, position: int, graph: Graph, now: float) -> Outcome:
        """A task gave a graph, which takes its place."""
        outcome = self._grow_with(position, graph, {}, now)
        if isinstance(outcome, Grown):
            self._replans.take_up({one.name: one.default for one in graph.inputs})
        return outcome

    def go_on(self, position: int, rest: Continuation, now: float) -> Outcome:
        """What is left to do of a plan takes the place of the node that found it."""
        first = len(self._data.nodes)
        outcome = self._grow_with(position, rest.graph, self._replans.sources(position, rest), now)
        self._replans.went_on(position, rest, first)
        return outcome

    def _grow_with(self, position: int, graph: Graph, given: Mapping[str, Source], now: float) -> Outcome:
        free = [one.name for one in graph.inputs if one.required and one.name not in given]
        if free:
            raise ValueRefused(
                f"the graph {clip(graph.name)} that the task returned has inputs without a value: {listing(free)}",
                node=self._data.nodes[position].id,
                where=self._data.nodes[position].where,
                mend="give its inputs defaults",
            )
        inputs: dict[str, Source] = {one.name: given.get(one.name, one.default) for one in graph.inputs}
        if not graph.nodes:
            return Value(self._bare_value(graph, inputs))
        return self._grow(position, [(graph, self._under(position, graph), inputs)], now, {"graph": graph.name})

    def close(self, position: int, now: float) -> Outcome:
        """What the node comes to, now that every node of its graph has ended."""
        copies = self._copies.pop(position)
        control = self._data.nodes[position].control
        if isinstance(control, Map):
            return self._close_map(position, control, copies)
        copy = copies[0]
        if isinstance(control, Replan):
            return self._close_search(position, copy.first, now)
        cause = self._failure(sorted(self._frontier.unhandled(position)), copy)
        if cause is not None:
            return Broken(cause)
        main = copy.output
        if isinstance(control, Repeat) and type(main) is Nest:
            main = main.items[0]  # the state; the other is whether it is the last
        if type(main) is int and self._frontier.state[main] is NodeState.SKIPPED:
            return Skip(self._frontier.root_of(main))
        value = self._value(copy)
        return self._next_round(position, control, value, now) if isinstance(control, Repeat) else Value(value)

    # ------------------------------------------------------------------ opening

    def _open_map(self, position: int, control: Map, lists: Sequence[Any], now: float) -> Outcome:
        node = self._data.nodes[position]
        rows = self._rows(node, lists)
        if not rows:
            return Value([])
        template = control.template
        bound = dict(template.bound)
        copies = []
        for index, row in enumerate(rows):
            inputs = bound | {name: Const(item) for name, item in zip(template.items, row, strict=True)}
            copies.append((template.graph, namer(f"{node.id}[{index}]", template.main), inputs))
        if not template.graph.nodes:
            return Value([self._bare_value(template.graph, inputs) for _, _, inputs in copies])
        return self._grow(position, copies, now, {"items": len(rows)}, template.main)

    def _rows(self, node: Node, lists: Sequence[Any]) -> list[tuple[Any, ...]]:
        columns = []
        for name, values in zip(node.argument_names(), lists, strict=True):
            if isinstance(values, str | bytes | Mapping | Missing) or not hasattr(values, "__iter__"):
                raise ValueRefused(
                    f"{clip(node.id)} maps over {clip(name)}, which is {_article(values)}",
                    node=node.id,
                    where=node.where,
                    mend="return a list from the task before it",
                )
            columns.append(list(values))
        lengths = {len(column) for column in columns}
        if len(lengths) > 1:
            raise ValueRefused(
                f"the lists of {clip(node.id)} have different lengths: {listing(len(column) for column in columns)}",
                node=node.id,
                where=node.where,
                mend="lists are walked together; pass what is the same for all items by keyword",
            )
        return list(zip(*columns, strict=True))

    def _open_when(self, position: int, control: When, condition: Any, now: float) -> Outcome:
        node = self._data.nodes[position]
        if isinstance(condition, Approval):
            condition = condition.approved
        if not isinstance(condition, bool):
            raise ValueRefused(
                f"the condition of {clip(node.id)} is {_article(condition)}, not a bool",
                node=node.id,
                where=node.where,
                mend="return bool(...) from the task that decides",
            )
        template = control.then if condition else control.otherwise
        if template is None:
            return Skip()
        inputs = dict(template.bound)
        if not template.graph.nodes:
            return Value(self._bare_value(template.graph, inputs))
        name = self._under(position, template.graph)
        return self._grow(position, [(template.graph, name, inputs)], now, {"condition": condition})

    def _open_round(self, position: int, control: Repeat, state: Any, now: float) -> Outcome:
        template = control.template
        while True:
            number = self._rounds[position] = self._rounds.get(position, 0) + 1
            inputs: dict[str, Source] = dict(template.bound) | {template.items[0]: Const(state)}
            if template.graph.nodes:
                name = namer(f"{self._data.nodes[position].id}@{number}", template.main)
                return self._grow(position, [(template.graph, name, inputs)], now, {"round": number}, template.main)
            state, done = self._bare_value(template.graph, inputs)  # it may loop a million times: no recursion
            if self._is_last_round(position, control, done):
                return Value(state)

    def _open_search(self, position: int, outcome: Any, now: float) -> Outcome:
        found = self._replans.search(position)
        if found is None:
            return Value(outcome)
        graph, inputs = found
        return self._grow(position, [(graph, lambda _, id: id, inputs)], now, {"graph": graph.name})

    def _close_search(self, position: int, search: int, now: float) -> Outcome:
        state = self._frontier.state[search]
        if state is NodeState.SUCCEEDED:
            return Value(self._data.values[search])
        if state is NodeState.FAILED:
            return Broken(search)
        return self._open_search(position, None, now)  # it found a plan, and a step of that broke

    def _next_round(self, position: int, control: Repeat, value: Any, now: float) -> Outcome:
        state, done = value
        if self._is_last_round(position, control, done):
            return Value(state)
        return self._open_round(position, control, state, now)

    def _is_last_round(self, position: int, control: Repeat, done: Any) -> bool:
        node = self._data.nodes[position]
        if not isinstance(done, bool):
            raise ValueRefused(
                f"the condition of {clip(node.id)} is {_article(done)}, not a bool",
                node=node.id,
                where=node.where,
                mend="return bool(...) from the task behind until=",
            )
        if not done and self._rounds[position] >= control.limit:
            raise LimitReached(
                f"{clip(node.id)} did not reach its condition in {control.limit} rounds",
                node=node.id,
                where=node.where,
                mend="raise limit=, or look at the value of the last round",
            )
        return done

    def _grow(
        self,
        position: int,
        copies: Sequence[tuple[Graph, Callable[[int, str], str], Mapping[str, Source]]],
        now: float,
        told: Mapping[str, Any],
        main: int | None = None,
    ) -> Grown:
        """Lay copies of one graph in the place of a node; ``main`` bears the bare id of each copy."""
        first = len(self._data.nodes)
        laid = []
        height = self._data.heights[position]
        others = [] if main is None else [node for i, node in enumerate(copies[0][0].nodes) if i != main]
        beside = frozenset(first_part(node.id) for node in others)
        for graph, name, inputs in copies:
            copy = lay(graph, len(self._data.nodes), name, inputs)
            self._data.add(copy.nodes, graph.heights, height)
            laid.append(copy)
            if main is not None and beside:
                self._beside[copy.first + main] = beside
        self._copies[position] = laid
        nodes = self._data.nodes[first:]
        self._frontier.expand(position, [vertex(node) for node in nodes], now, dict(told))
        return Grown(first)

    def _under(self, position: int, graph: Graph) -> Callable[[int, str], str]:
        """Ids under that of a node, none of which another node could have."""
        parts = free_parts(graph, self._beside.get(position, frozenset()))
        return namer(self._data.nodes[position].id, None, parts)

    # ------------------------------------------------------------------ closing

    def _close_map(self, position: int, control: Map, copies: Sequence[Copy]) -> Outcome:
        out = self._frontier.unhandled(position)
        if out and control.failures == "fail":
            return Broken(out[0])  # the first that broke
        out.sort()
        values = []
        for copy in copies:
            cause = self._failure(out, copy)
            if cause is None:
                skipped = type(copy.output) is int and self._frontier.state[copy.output] is NodeState.SKIPPED
                if not (skipped and control.failures == "drop"):
                    values.append(self._value(copy))
            elif control.failures == "fail":
                return Broken(cause)
            elif control.failures == "keep":
                values.append(self._data.missing(cause))
        return Value(values)

    def _failure(self, out: Sequence[int], copy: Copy) -> int | None:
        """A broken node by which the failure gets out of a copy; ``out``: all such of the expansion, sorted."""
        broken = self._data.broken_in(copy.output)
        if not broken and out:
            where = bisect_left(out, copy.first)
            broken = [i for i in out[where : where + 1] if i < copy.first + len(copy.nodes)]
        return broken[0] if broken else None

    def _value(self, copy: Copy) -> Any:
        if copy.output is not None:
            return self._data.value_of(copy.output)
        graph = copy.graph
        return {graph.nodes[i].id: self._data.value_at(copy.first + i) for i in graph.last}

    def _bare_value(self, graph: Graph, inputs: Mapping[str, Source]) -> Any:
        """The value of a graph without nodes: what it was given, or a constant."""
        copy = lay(graph, 0, namer("", None), inputs)
        return {} if copy.output is None else self._data.value_of(copy.output)


def _article(value: Any) -> str:
    if value is None or isinstance(value, Missing):
        return "None" if value is None else "missing"
    return an(cut(type(value).__name__, 80))
