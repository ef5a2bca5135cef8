"""The inbox: one thread for each store that looks for what others have written about the runs of this process.

Others write answers, events and what they want of a run; the holder takes these at the next look. One query serves all
runs that are held here. The thread is there while one is.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from planweave.engine.errors import LeaseLost, StoreError, UnknownQuestion
from planweave.engine.store.rows import News
from planweave.engine.store.store import Store

EVERY = 0.2
"""Seconds from one look to the next."""

Deliver = Callable[[Sequence[News], Sequence[str]], None]
"""Given, in the thread of the inbox, what has come, and the nodes whose questions nobody may answer any more."""


@dataclass(slots=True, eq=False)
class Mailbox:
    """What one run wants to hear of.

    Attributes:
        run: its id.
        token: of its holder.
        deliver: takes it.
        is_asking: whether an answer may come.
        events: the names of the events that may come.
        late: nodes whose time is over: nobody is to answer any more.
        looks: how often it was looked for what has come; that is delivered before it is counted.
    """

    run: str
    token: int
    deliver: Deliver
    is_asking: bool = False
    events: frozenset[str] = frozenset()
    late: deque[str] = field(default_factory=deque)
    looks: int = 0


class Inbox:
    """Looks for what has come for the runs that this process holds in one store.

    Args:
        store: where; the runs that are held keep it, not this.
        every: seconds from one look to the next.
    """

    def __init__(self, store: Store, *, every: float = EVERY) -> None:
        self._store: Store = weakref.proxy(store)  # which may go when no run uses it any more
        self._every = every
        self._boxes: dict[str, Mailbox] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def hold(self, box: Mailbox) -> None:
        """Look for what comes for a run, from now on."""
        with self._lock:
            self._boxes[box.run] = box
            if self._thread is None:
                self._wake.clear()
                self._thread = threading.Thread(target=self._work, name="planweave inbox", daemon=True)
                self._thread.start()

    def let_go(self, run: str) -> None:
        """Look no more; with the last of all runs the thread ends."""
        with self._lock:
            self._boxes.pop(run, None)
            if self._boxes or self._thread is None or self._thread is threading.current_thread():
                return
            thread, self._thread = self._thread, None
            self._wake.set()
        thread.join()

    def look_soon(self) -> None:
        """Look now, and not only when it is time."""
        self._wake.set()

    def _work(self) -> None:
        while True:
            self._wake.wait(self._every)
            self._wake.clear()
            with self._lock:
                if self._thread is not threading.current_thread():
                    self._wake.set()  # it may have been meant for the thread that has taken this one's place
                    return
            self.look()

    def look(self) -> None:
        """Deliver what has come."""
        with self._lock:
            boxes = dict(self._boxes)
        late = {run: self._stop_asking(box) for run, box in boxes.items() if box.late}
        asking = [run for run, box in boxes.items() if box.is_asking]
        events = [(run, event) for run, box in boxes.items() for event in sorted(box.events)]
        try:
            news = self._store.news(list(boxes), asking, events)
        except StoreError:
            for run, nodes in late.items():
                boxes[run].late.extend(nodes)  # whether they were answered in time is not known yet
            return  # the next look may do; a store that is gone for good ends the run by what that writes
        for run, box in boxes.items():
            some = [one for one in news if one.run == run]
            if some or late.get(run):
                box.deliver(some, late.get(run, ()))
            box.looks += 1

    def _stop_asking(self, box: Mailbox) -> list[str]:
        """Let nobody answer what is late; gives the nodes that this is sure of."""
        done = []
        for _ in range(len(box.late)):
            node = box.late.popleft()
            try:
                self._store.stop_asking(box.run, node, box.token)
            except (LeaseLost, UnknownQuestion):
                continue  # the run goes on elsewhere, which whoever looks after leases tells
            except StoreError:
                box.late.append(node)
            else:
                done.append(node)
        return done


_inboxes: weakref.WeakKeyDictionary[Store, Inbox] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def inbox_of(store: Store, *, every: float = EVERY) -> Inbox:
    """The inbox of a store: one, whoever asks; the first who does says how often it looks."""
    with _lock:
        if store not in _inboxes:
            _inboxes[store] = Inbox(store, every=every)
        return _inboxes[store]
