"""The audit: whether what is recorded of runs is what was recorded.

The entries of a run are a chain of hashes. Whoever changes, moves, deletes or puts in an entry breaks the chain, unless
all hashes from there on are made anew, or the tail is cut off. The row of the run seals the chain: it has the count and
the last hash, so that who does either must change the row, too. Of a run that is held it does so as far as it was last
written (``append.py``): when the state changed, or the lease was renewed. Against those who change the row as well
there is an anchor: the last hashes of all runs, kept where nobody can change them.

Source: S. Haber, W. S. Stornetta, "How to time-stamp a digital document", Journal of Cryptology 3, 1991.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from planweave.engine.errors import StoreError
from planweave.engine.journal import RUN_KINDS
from planweave.engine.state import RunState
from planweave.engine.store.anchor import Anchor, Mark
from planweave.engine.store.entry import START, Entry, hash_of, read_text
from planweave.engine.store.rows import RunRow
from planweave.engine.store.stamp import stamp_in, stamp_of
from planweave.engine.store.store import Store

SHOWN = 4
"""So many events of an entry are named."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a run, or with the store itself.

    Attributes:
        what: in words.
        run: which; None: none in particular.
        entry: the number of the first entry that is not right; None: none in particular.
        events: what that entry records, as far as it can be read.
    """

    what: str
    run: str | None = None
    entry: int | None = None
    events: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = [] if self.run is None else [f"run '{self.run}'"]
        place += [] if self.entry is None else [f"entry {self.entry}"]
        more = [f"and {len(self.events) - SHOWN} more"] if len(self.events) > SHOWN else []
        events = f" ({', '.join([*self.events[:SHOWN], *more])})" if self.events else ""
        return f"{', '.join(place)}{events}: {self.what}" if place else self.what


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit has found.

    Attributes:
        runs, entries: how many were looked at.
        pruned: how many of the runs have been pruned: of these only the row is left.
        flaws: what is wrong; the first one of each run.
    """

    runs: int
    entries: int
    pruned: int
    flaws: tuple[Flaw, ...]


def audit(store: Store, anchor: Anchor | None = None) -> Report:
    """Look at everything that is recorded in a store.

    Args:
        store: which; others may write to it meanwhile.
        anchor: what was kept elsewhere of it.
    """
    flaws = _damage(store)
    runs = entries = pruned = 0
    marks = {} if anchor is None else dict(anchor.marks)
    for brief in reversed(store.rows(is_brief=True)):
        runs, mark = runs + 1, marks.pop(brief.id, None)
        try:
            row, found = _snapshot(store, brief.id)
        except StoreError as error:
            flaws.append(Flaw(f"it cannot be read: {error.what}", brief.id))
            continue
        entries, pruned = entries + len(found), pruned + (row.pruned is not None)
        flaw = flaw_of(row, found, mark)
        flaws += [] if flaw is None else [flaw]
    flaws += [Flaw("it was deleted: the anchor knows it, and the store does not", run) for run in marks]
    return Report(runs, entries, pruned, tuple(flaws))


def anchor_of(store: Store) -> Anchor:
    """The count and the last hash of the entries of each run, to be kept elsewhere."""
    rows = store.rows(is_brief=True)
    return Anchor(store.url, store.now(), {row.id: Mark(row.entries, row.head) for row in reversed(rows)})


def flaw_of(row: RunRow, entries: Iterable[Entry], mark: Mark | None = None) -> Flaw | None:
    """What is wrong with the records of a run, and where that begins; None: nothing.

    Args:
        row: what the store knows of the run.
        entries: all that it has of the run, in the order of their numbers.
        mark: what an anchor knows of the run.

    >>> first = Entry.after(START, 0, '[[1.5,"run_started",-1]]')
    >>> row = RunRow("r", "w", "running", sealed=1, seal=first.hash)
    >>> flaw_of(row, [first]) is None
    True
    >>> print(flaw_of(row, [Entry(0, '[[2.5,"run_started",-1]]', first.hash)]))
    run 'r', entry 0 (run_started): it is not what was recorded there
    """
    given = list(entries)
    if row.pruned is not None:
        return _flaw_of_pruned(row, given, mark)
    flaw = _broken_link(row, given) or _broken_seal(row, given) or _false_beginning(row, given)
    return flaw or _false_end(row, given) or _flaw_by(row, {entry.number: entry.hash for entry in given}, mark)


def _broken_link(row: RunRow, entries: list[Entry]) -> Flaw | None:
    """The first entry that does not follow from the one before."""
    previous = START
    for i, entry in enumerate(entries):
        if entry.number != i:
            return Flaw("it is missing", row.id, i)
        if not entry.follows(previous):
            return _at(row, entry, _why_not(entries, i, previous))
        previous = entry.hash
    return None


def _broken_seal(row: RunRow, entries: list[Entry]) -> Flaw | None:
    """What the row of the run tells of its entries must be so, and where nobody holds the run, there are no others."""
    if len(entries) < row.sealed:
        return Flaw(f"it is missing: the run has {row.sealed} entries", row.id, len(entries))
    if len(entries) > row.sealed and row.holder is None:
        return _at(row, entries[row.sealed], f"it was put in: the run has {row.sealed} entries")
    last = entries[row.sealed - 1] if row.sealed else None
    if row.seal == (START if last is None else last.hash):
        return None
    what = "its hash is not the one that the run knows"
    return Flaw(what, row.id) if last is None else _at(row, last, what)


def _why_not(entries: list[Entry], i: int, previous: bytes) -> str:
    """Why an entry does not follow from the one before, as far as can be told."""
    for other in entries[i + 1 :]:
        if hash_of(previous, i, other.text) == other.hash:
            return f"it stands in the place of what is entry {other.number} now: they were put in another order"
    if i == 0:
        return "it is not what was recorded there"
    return f"it does not follow from entry {i - 1}: it was changed, put in, or what was between them is gone"


def _false_beginning(row: RunRow, entries: list[Entry]) -> Flaw | None:
    """What the run began with must be what its first entry has the stamp of, where it has one."""
    stamp = stamp_in(entries[0]) if entries else None
    if stamp in (None, stamp_of(row)):
        return None
    return _at(row, entries[0], "what the run began with (its graph, inputs, options) is not what was recorded")


def _false_end(row: RunRow, entries: list[Entry]) -> Flaw | None:
    """How the run ended must be what its last entry says."""
    ends = {RUN_KINDS[state]: state for state in RunState if state.is_end}
    told = [ends[kind] for kind in _run_kinds(entries[-1]) if kind in ends] if entries else []
    said = RunState(row.state) if row.state in set(RunState) else None
    if (told and told[-1] is not said) or (said is not None and said.is_end and not told):
        what = f"the run is said to be {row.state}, and its last entry does not say so"
        return _at(row, entries[-1], what) if entries else Flaw(what, row.id)
    return None


def _flaw_of_pruned(row: RunRow, entries: list[Entry], mark: Mark | None) -> Flaw | None:
    if entries:
        return _at(row, entries[0], "it was put in: the run was pruned")
    return _flaw_by(row, {row.entries - 1: row.head}, mark)


def _flaw_by(row: RunRow, hashes: Mapping[int, bytes], mark: Mark | None) -> Flaw | None:
    """What an anchor says of a run whose chain holds; of a run that was pruned only the last hash is known."""
    if mark is None or not mark.entries:
        return None
    if row.entries < mark.entries:
        return Flaw(f"it was cut off: the anchor knows {mark.entries} entries of the run", row.id, row.entries)
    last = mark.entries - 1
    if last in hashes and hashes[last] != mark.head:
        return Flaw("it, or one before it, is not the one that was anchored: all hashes were made anew", row.id, last)
    return None


def _damage(store: Store) -> list[Flaw]:
    try:
        return [Flaw(line) for line in store.check()]
    except StoreError as error:
        return [Flaw(error.what)]


def _snapshot(store: Store, run: str) -> tuple[RunRow, list[Entry]]:
    """A run and its entries as they are at one time, though its holder may be writing."""
    row = store.row(run)
    while True:
        entries = list(store.entries(run))
        now = store.row(run)
        if now.entries == row.entries and now.pruned == row.pruned:
            return now, entries
        row = now


def _at(row: RunRow, entry: Entry, what: str) -> Flaw:
    return Flaw(what, row.id, entry.number, tuple(_events(row, entry)))


def _events(row: RunRow, entry: Entry) -> Iterator[str]:
    """What an entry records, in words; nothing where that cannot be read."""
    try:
        records, names = read_text(entry.text), list(json.loads(row.fingerprints))
    except (ValueError, RecursionError):
        return
    for one in records:
        if one.position < 0:
            yield one.kind
        else:
            known = 0 <= one.position < len(names)
            yield f"{one.kind} '{names[one.position]}'" if known else f"{one.kind} node {one.position}"


def _run_kinds(entry: Entry) -> list[str]:
    try:
        return [one.kind for one in read_text(entry.text) if one.position < 0]
    except (ValueError, RecursionError):
        return []
