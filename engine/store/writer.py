"""The writer: one thread for each store that commits what runs hand over.

While a commit is on its way to disk the next one gathers: however many runs and nodes wait, they share it.
"""

from __future__ import annotations

import queue
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass

from planweave.engine.errors import StoreError, StoreUnusable
from planweave.engine.store.rows import Write
from planweave.engine.store.store import Store

MOST = 256
"""So many writes go into one commit."""

Done = Callable[[StoreError | None], None]
"""Told, in the thread of the writer, once a write is on disk: None, or why it is not."""


@dataclass(frozen=True, slots=True)
class _Order:
    write: Write
    done: Done


class Writer:
    """Commits for a store, which its users keep; its thread is there while they do, from the first write on."""

    def __init__(self, store: Store) -> None:
        self._store: Store = weakref.proxy(store)  # which may go when no run uses it any more
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._users = 0
        self._lock = threading.Lock()

    def use(self) -> None:
        """Somebody is going to hand over writes."""
        with self._lock:
            self._users += 1

    def use_no_more(self) -> None:
        """Somebody has handed over the last write; with the last of all users the thread ends."""
        with self._lock:
            self._users -= 1
            if self._users or self._thread is None:
                return
            thread, self._thread = self._thread, None
            self._orders.put(None)
            thread.join()

    def hand_over(self, write: Write, done: Done) -> None:
        """Commit a write soon; those of one run in the order in which they are handed over."""
        self._orders.put(_Order(write, done))
        if self._thread is None:  # most runs that have their loop for themselves never need it
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, name="planweave writer", daemon=True)
                    self._thread.start()

    def _work(self) -> None:
        while True:
            orders = [self._orders.get()]
            while len(orders) < MOST and orders[-1] is not None and not self._orders.empty():
                orders.append(self._orders.get())
            some = [one for one in orders if one is not None]
            if some:
                for order, error in zip(some, self._committed([one.write for one in some]), strict=True):
                    order.done(error)
            if len(some) < len(orders):
                return

    def _committed(self, writes: list[Write]) -> list[StoreError | None]:
        """Commit; gives for each write why it is not on disk, or None."""
        try:
            return self._store.commit(writes)
        except StoreError as error:
            return [error] * len(writes)
        except Exception as error:  # a fault of the store's own: those who wait must hear of it
            return [StoreUnusable(f"{self._store.url} cannot be used: {error!r}")] * len(writes)


_writers: weakref.WeakKeyDictionary[Store, Writer] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def writer_of(store: Store) -> Writer:
    """The writer of a store: one, whoever asks."""
    with _lock:
        if store not in _writers:
            _writers[store] = Writer(store)
        return _writers[store]
