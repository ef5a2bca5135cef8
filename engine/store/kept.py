"""What a rerun keeps of a run: the records of all that came before a node, told again to a run of its own.

- Not kept: the node from which on it is a rerun, what comes after it, what had not ended, and what failed such that the
  failure got out, with what comes after that.
- A failure that a join rule or a map took in is kept with what took it in.
- An expansion is kept as a whole where nothing in it is to run again. Where something is, and the expansion itself does
  not come after it, it is opened as it was recorded: the parts of it that are kept have their values, the others run.
  Of a loop the rounds before the first one that is to run again are kept.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from planweave.engine.frontier import Frontier
from planweave.engine.journal import NODE_KINDS, RECORD_FIELDS, RUN_KINDS
from planweave.engine.state import BROKEN, UNDOING, NodeState, RunState
from planweave.engine.store.entry import Entry, Told, read_text, write_record
from planweave.engine.store.replay import KINDS, Replay

if TYPE_CHECKING:
    from planweave.engine.scheduler import Scheduler

_S = NodeState
_CAUSED = ("skipped", "upstream_failed")
"""Kinds of records whose data are the position of a node."""


@dataclass
class History:
    """A run that was told to a scheduler, and what grew in it.

    Attributes:
        scheduler: which knows it now.
        told: its records as they were written.
        growths: for each record of an expansion, in order: the node, the first of its new nodes, how many these are.
        blocks: the same for each node: the first of the new nodes, how many these are.
    """

    scheduler: Scheduler
    told: list[Told] = field(default_factory=list)
    growths: list[tuple[int, int, int]] = field(default_factory=list)
    blocks: dict[int, list[tuple[int, int]]] = field(default_factory=dict)


def history(
    scheduler: Scheduler, records: list[Any], entries: Iterable[Entry], read: Callable[[Any, Any], Any], tasks: Any
) -> History:
    """Tell a run to a fresh scheduler.

    Raises:
        ValueError: the records do not fit each other, or the graph.
    """
    replay, found = Replay(scheduler, records, read, tasks), History(scheduler)
    state = scheduler.frontier.state
    for entry in entries:
        for one in read_text(entry.text):
            first = len(state)
            replay.take(one)
            found.told.append(one)
            if one.kind == "expanded":
                found.growths.append((one.position, first, len(state) - first))
                found.blocks.setdefault(one.position, []).append((first, len(state) - first))
    replay.finish()
    return found


@dataclass(frozen=True)
class Anew:
    """Which nodes of a run are to run again.

    Attributes:
        whole: those of which nothing is kept.
        ends: expanded nodes whose opening is kept, and whose end is not.
    """

    whole: frozenset[int]
    ends: frozenset[int]

    def has(self, position: int) -> bool:
        """Whether a node ends anew."""
        return position in self.whole or position in self.ends


def anew(known: History, start: int, output: Iterable[int]) -> Anew:
    """Which nodes are to run again.

    Args:
        known: the run.
        start: the node from which on.
        output: the nodes that the result of the run is read from.
    """
    found = _Spreading(known)
    found.add_whole(start)
    frontier = known.scheduler.frontier
    out = _escaped(frontier, found.inside, output)
    for position, state in enumerate(frontier.state):
        has_inside = bool(found.inside.get(position))
        if state in UNDOING or position in known.scheduler.undoing.undone:
            found.add_whole(position)  # what was undone is to be done again; what undid it is none of the graph
        elif position in out:
            again = [i for i in found.inside.get(position, ()) if i in out]
            found.add_end(position) if again else found.add_whole(position)
        elif not state.is_end or not (state in (_S.SUCCEEDED, _S.SKIPPED) or state in BROKEN):
            found.add_end(position) if has_inside else found.add_whole(position)
    found.spread()
    return Anew(frozenset(found.whole), frozenset(found.ends - found.whole))


def _escaped(frontier: Frontier, inside: Mapping[int, list[int]], output: Iterable[int]) -> set[int]:
    """The broken nodes by whose failure the run failed, and those before and in them that broke."""
    state = frontier.state
    work = [*frontier.unhandled(), *(i for i in output if state[i] in BROKEN)]
    found = set(work)
    for i in work:  # grows while it is walked
        children = [j for j in inside.get(i, ()) if state[j] in BROKEN]
        out = [j for j in children if not any(True for _ in frontier.successors(j))]
        near = [j for j in frontier.before[i] if state[j] in BROKEN]
        new = [j for j in (*near, *(out or children)) if j not in found]
        found.update(new)
        work += new
    return found


class _Spreading:
    """How far it reaches that a node ends anew."""

    def __init__(self, known: History) -> None:
        self.whole: set[int] = set()
        self.ends: set[int] = set()
        self.inside: dict[int, list[int]] = {}
        self._frontier = known.scheduler.frontier
        self._round: dict[int, int] = {}
        for position, blocks in known.blocks.items():
            for number, (first, count) in enumerate(blocks):
                self._round.update(dict.fromkeys(range(first, first + count), number))
                self.inside.setdefault(position, []).extend(range(first, first + count))
        self._work: list[int] = []

    def add_whole(self, position: int) -> None:
        """Nothing of this node is kept."""
        if position not in self.whole:
            self.whole.add(position)
            self._work.append(position)

    def add_end(self, position: int) -> None:
        """The end of this node is not kept."""
        if position not in self.whole and position not in self.ends:
            self.ends.add(position)
            self._work.append(position)

    def spread(self) -> None:
        """Follow what comes after."""
        while self._work:
            position = self._work.pop()
            for after in self._frontier.successors(position):
                self.add_whole(after)
            if position in self.whole:
                for i in self.inside.get(position, ()):
                    self.add_whole(i)
            parent = self._frontier.parent_of(position)
            if parent >= 0:
                self.add_end(parent)
                for i in self.inside[parent]:
                    if self._round[i] > self._round[position]:
                        self.add_whole(i)


def retold(known: History, again: Anew, fresh: Scheduler, records: list[Any], read: Any, tasks: Any) -> list[str]:
    """Tell what is kept of a run to a fresh scheduler; gives the records of the new run, as they are to be written.

    Raises:
        Exception: they do not fit the graph.
    """
    replay, state = Replay(fresh, records, read, tasks), fresh.frontier.state
    place = {i: i for i in range(fresh.frontier.static)}
    growths, rounds = iter(known.growths), Counter[int]()
    follows: Counter[tuple[Any, int]] = Counter()
    written: dict[int, str | None] = {}
    seen, is_begun = len(records), False
    for one in known.told:
        first, count = 0, 0
        if one.kind == "expanded":
            _, first, count = next(growths)
        if one.position < 0:
            if one.kind != RUN_KINDS[RunState.RUNNING] or is_begun:
                continue
            is_begun = True
        elif not _is_kept(known, again, one, rounds[one.position]):
            continue
        told = _moved(one, place)
        kind = KINDS[told.kind]
        if follows[kind, told.position]:
            follows[kind, told.position] -= 1
        else:
            new = len(state)
            replay.tell(kind, told)
            seen = _note(records, seen, written, follows, told)
            place.update((first + i, new + i) for i in range(count))
        rounds[one.position] += one.kind == "expanded"
    replay.settle()
    return [
        write_record(records[i], _name(records[i + 1], records[i + 2]), records[i + 2], _data(records, i, written))
        for i in range(0, len(records), RECORD_FIELDS)
        if records[i + 1] is not _S.READY
    ]


def _is_kept(known: History, again: Anew, one: Told, growth: int) -> bool:
    """Whether a record of a node is kept; ``growth``: how often the node has expanded before it."""
    if one.position in again.whole:
        return False
    if one.position not in again.ends:
        return True
    if one.kind == "expanded":
        first, count = known.blocks[one.position][growth - 1] if growth else (0, 0)
        return not any(again.has(i) for i in range(first, first + count))  # if one before it has, so has this one
    kind = KINDS[one.kind]
    return not (isinstance(kind, NodeState) and kind.is_end)


def _moved(one: Told, place: Mapping[int, int]) -> Told:
    """A record, with the positions that nodes have in the new run."""
    data = place[one.data] if one.kind in _CAUSED else one.data
    return one._replace(position=place.get(one.position, -1) if one.position >= 0 else -1, data=data)


def _note(
    records: list[Any], seen: int, written: dict[int, str | None], follows: Counter[tuple[Any, int]], told: Told
) -> int:
    """Look at what a record brought: itself, and what follows from it; gives how far has been looked."""
    is_first = True
    for i in range(seen, len(records), RECORD_FIELDS):
        if records[i + 1] is _S.READY:
            continue
        if is_first:
            written[i] = None if told.data is None else json.dumps(told.data, separators=(",", ":"))
        else:
            follows[records[i + 1], records[i + 2]] += 1
        is_first = False
    return len(records)


def _name(kind: Any, position: int) -> str:
    return RUN_KINDS[kind] if position < 0 else NODE_KINDS[kind]


def _data(records: list[Any], i: int, written: Mapping[int, str | None]) -> str | None:
    if i in written:
        return written[i]
    data = records[i + 3]
    return None if data is None else json.dumps(data)
