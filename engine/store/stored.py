"""The journal of a run in a store: what the scheduler notes becomes entries, which are on disk before it goes on.

One entry holds what was noted since the one before: the end of a node and the starts that follow from it are one
commit. READY is not written: it follows from the rest (``replay.py``).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic_core import from_json

from planweave.engine.errors import LeaseLost, RecordsUnreadable, StoreError, UnreadableValue
from planweave.engine.journal import NODE_KINDS, RECORD_FIELDS, RUN_KINDS
from planweave.engine.state import NodeState, RunState
from planweave.engine.store.aside import Aside, reader
from planweave.engine.store.entry import Entry, write_record, write_text
from planweave.engine.store.failure import write_error
from planweave.engine.store.inbox import Deliver, Mailbox, inbox_of
from planweave.engine.store.lease import leases_of
from planweave.engine.store.rows import News, Question, RunRow, Write
from planweave.engine.store.secret import redacted_json
from planweave.engine.store.stamp import stamped
from planweave.engine.store.store import Store
from planweave.engine.store.values import dump
from planweave.engine.store.writer import writer_of

GROUP = 256
"""So many nodes may be started by one commit."""

_READY, _RUNNING, _SUCCEEDED = NodeState.READY, NodeState.RUNNING, NodeState.SUCCEEDED
_CAUSED = frozenset({NodeState.SKIPPED, NodeState.UPSTREAM_FAILED})
_HELD_UP = frozenset({str(RunState.BLOCKED)})
"""States of a run that are no records: it is blocked because none can be told."""


class StoredJournal:
    """The journal of one run in a store.

    Args:
        store: where.
        row: of the run, as it is to be created, or as it was claimed.
        owns: whether the store is to be closed with the journal.

    Attributes:
        lost: told, on the loop of the run, when another process has taken the run over.
        arrived: told, on the loop of the run, what others have written about it; see ``People.arrived``.
        records: what the scheduler notes, as in every journal.
        group: how many nodes may be started by one commit.
    """

    group = GROUP

    def __init__(self, store: Store, row: RunRow, *, owns: bool = False) -> None:
        self.records: list[Any] = []
        self.store = store
        self.row = row
        self.lost: Callable[[StoreError], None] = lambda error: None
        self.arrived: Deliver = lambda news, late: None
        self._owns = owns
        self._aside = Aside(store)
        self._leases = leases_of(store)
        self._inbox = inbox_of(store)
        self._box = Mailbox(row.id, row.token, self._deliver)
        self._writer = writer_of(store)
        self._writer.use()
        self._head, self._number, self._token = row.head, row.entries, row.token
        self._written = 0
        self._values: dict[int, str] = {}
        self._growths: dict[int, str] = {}
        self._questions: list[Question] = []
        self._closed: list[str] = []
        self._taken: list[int] = []
        self._kept: list[tuple[str, str]] = []
        self._reason: str | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last: asyncio.Future[None] | None = None
        self._error: StoreError | None = None
        self._state: RunState | None = None
        self._due: float | None = None
        self._is_release = False
        self._is_held = False

    # ------------------------------------------------------------------ what the scheduler tells

    def keep(self, position: int, value: Any, annotation: Any) -> None:
        """Keep the value of a node, which is about to succeed.

        Raises:
            ValueError: it cannot be written, and why.
        """
        self._values[position] = self._aside.text(dump(value, annotation))

    def shared(self, key: str, annotation: Any) -> tuple[Any] | None:
        """The value that an equal call of any run had, in a tuple of one; None: none is known, or it is unreadable."""
        text = self.store.cached(key)
        try:
            return None if text is None else (reader(self.store)(from_json(text), annotation),)
        except (ValueError, UnreadableValue):
            return None

    def share(self, key: str, position: int) -> None:
        """Keep the value of a node that has just succeeded for equal calls of other runs, with what is written next."""
        if position in self._values:
            self._kept.append((key, self._values[position]))

    def keep_growth(self, position: int, document: str) -> None:
        """Keep the graph, as JSON, that a node is about to become."""
        self._growths[position] = document

    def ask(self, question: Question) -> None:
        """Ask something, together with what is written next."""
        self._questions.append(question)

    def ask_no_more(self, node: str) -> None:
        """Close a question, together with what is written next."""
        self._closed.append(node)

    def take_event(self, number: int) -> None:
        """An event has been taken, together with what is written next."""
        self._taken.append(number)

    def listen(self, *, is_asking: bool, events: Collection[str]) -> None:
        """Look for what others write: answers, if anything is asked, and events of these names."""
        is_new = bool(set(events) - self._box.events)
        self._box.is_asking, self._box.events = is_asking, frozenset(events)
        if is_new:  # it may have been sent before
            self.look_soon()

    def time_is_up(self, node: str) -> None:
        """Take no answer to what a node asks from now on; what has come before is delivered, and then this told."""
        self._box.late.append(node)
        self.look_soon()

    def look_soon(self) -> None:
        """Look now for what others write."""
        self._inbox.look_soon()

    @property
    def looks(self) -> int:
        """How often that has been looked for; what was found is on its way to the loop."""
        return self._box.looks

    @property
    def wanted(self) -> str | None:
        """What somebody else had asked for when the run was taken up."""
        return self.row.wanted

    def leave(self, due: float | None) -> None:
        """Give the run out of hand, together with what is written next; it is due again at a time, or when asked."""
        self._due = due
        self._is_release = True

    def expect(self, entries: int, row: RunRow) -> None:
        """What has been noted so far is in the store already, as so many entries.

        Raises:
            RecordsUnreadable: there were more.
        """
        if entries != row.entries:
            raise RecordsUnreadable(
                f"run '{row.id}' has {entries} entries of {row.entries}", entry=entries, mend="planweave audit verify"
            )
        if row.state in _HELD_UP:
            self._state, self._reason = RunState.RUNNING, ""
        self._written = len(self.records)
        self._values.clear()
        self._growths.clear()

    # ------------------------------------------------------------------ writing

    def flush(self) -> asyncio.Future[None] | None:
        """Write what is new; None: it is all on disk.

        Raises:
            StoreError: something before could not be written; nothing is any more.
        """
        if self._error is not None:
            raise self._error
        if self._written < len(self.records):
            self._hand_over(self._write())
        return self._last

    @property
    def is_settled(self) -> bool:
        """Whether nothing is on its way to the disk."""
        return self._last is None and self._token > 0

    def flush_here(self) -> None:
        """Write what is new before this returns; nothing may be on its way."""
        assert self.is_settled, "something is on its way to the disk"
        if self._written < len(self.records):
            try:
                (error,) = self.store.commit([self._write()])
                if error is not None:
                    raise error
            except StoreError as error:
                self._error = error
                raise

    def close(self) -> None:
        """The run goes on here no more; what it holds is given back unless that is written already."""
        self._inbox.let_go(self.row.id)
        self._leases.let_go(self.row.id)
        if self._token and (self._error is not None or not self._is_release):
            self._give_back(Write(self.row.id, self._token, due=self._due, is_release=True))
        self._writer.use_no_more()
        if self._owns:
            self.store.close()

    def _give_back(self, release: Write) -> None:
        def done(error: StoreError | None) -> None:
            if error is not None and not isinstance(error, LeaseLost):
                self._leases.owe(release)

        self._writer.hand_over(release, done)

    def _write(self) -> Write:
        text = redacted_json(write_text(self._texts()))
        entry = Entry.after(self._head, self._number, text)
        self._head, self._number = entry.hash, entry.number + 1
        state = None if self._state is None else str(self._state)
        is_end = self._state is not None and self._state.is_end
        self._is_release = self._is_release or is_end
        if self._is_release:
            self._leases.let_go(self.row.id)
        write = Write(
            self.row.id,
            self._token,
            (entry,),
            state,
            self._reason,
            self._due,
            tuple(self._questions),
            tuple(self._closed),
            tuple(self._taken),
            self._is_release,
            tuple(self._kept),
        )
        self._state = self._reason = None
        self._questions.clear()
        self._closed.clear()
        self._taken.clear()
        self._kept.clear()
        return write

    def _hand_over(self, write: Write) -> None:
        loop = asyncio.get_running_loop()
        future = self._last = loop.create_future()

        def settle(error: StoreError | None) -> None:
            if self._last is future:
                self._last = None
            if error is not None:
                self._error = self._error or error
            if future.done():
                return
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)
                future.exception()  # whoever waits sees it; if nobody does, the next one fails alike

        def done(error: StoreError | None) -> None:
            try:
                loop.call_soon_threadsafe(settle, error)
            except RuntimeError:
                return  # the loop has closed: nobody waits any more

        if self._token:
            if not self._is_held:
                self.hold()
            self._writer.hand_over(write, done)
            return
        try:
            self._token = self.store.create(
                self.row, replace(write, token=1), self._leases.holder, self._leases.seconds
            )
        except StoreError as error:
            settle(error)
        else:
            self.hold()
            settle(None)

    def hold(self) -> None:
        """See to it that the lease is renewed; on the loop of the run."""
        self._is_held = True
        loop = self._loop = asyncio.get_running_loop()

        def lost(error: StoreError) -> None:
            try:
                loop.call_soon_threadsafe(self.lost, error)
            except RuntimeError:
                return

        self._leases.hold(self.row.id, lost)
        self._box.token = self._token
        self._inbox.hold(self._box)

    def _deliver(self, news: Sequence[News], late: Sequence[str]) -> None:
        """Pass on what has come to the loop of the run; in the thread of the inbox."""
        assert self._loop is not None, "the run is held by a process whose loop is known"
        try:
            self._loop.call_soon_threadsafe(self.arrived, news, late)
        except RuntimeError:
            return  # the loop has closed

    def _texts(self) -> list[str]:
        """The records that are new, as text."""
        records, found = self.records, []
        for i in range(self._written, len(records), RECORD_FIELDS):
            kind = records[i + 1]
            if kind is _READY:
                continue
            time, position, data = records[i], records[i + 2], records[i + 3]
            if position < 0:
                if isinstance(kind, RunState):
                    self._state = kind
                is_first = kind is RunState.RUNNING and not self._number
                text = stamped(self.row) if is_first else None if data is None else json.dumps(data)
                found.append(write_record(time, RUN_KINDS[kind], position, text))
            else:
                found.append(write_record(time, NODE_KINDS[kind], position, self._data(kind, position, data)))
        self._written = len(records)
        return found

    def _data(self, kind: Any, position: int, data: Any) -> str | None:
        """What a record about a node carries, as JSON; None: nothing."""
        if kind is _RUNNING:
            return None if data == 1 else str(data)
        if kind is _SUCCEEDED:
            value = self._values.pop(position, None)
            if value is None:
                return None
            return f'{{"value":{value}}}' if data is None else f'{{"value":{value},"cached":true}}'
        if kind in _CAUSED:
            return str(data)
        if kind is NodeState.EXPANDED:
            growth = self._growths.pop(position, None)
            return _json(data) if growth is None else f'{{"growth":{growth}}}'
        if kind is NodeState.FAILED:
            return _json({"error": data})
        return None if data is None else _json(data)


def _json(data: Mapping[str, Any] | Sequence[Any]) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=True, default=_other)


def _other(value: Any) -> Any:
    return write_error(value) if isinstance(value, BaseException) else str(value)
