"""Leases: what a process holds is renewed by a thread of its own, whatever the loop is busy with.

A run whose lease was not renewed in time may have been taken over: its holder is told, and writes nothing more. That it
could not, if it tried, is what the token is for (M. Kleppmann, "How to do distributed locking", 2016).
"""

from __future__ import annotations

import threading
import time
import uuid
import weakref
from collections.abc import Callable

from planweave.engine.errors import LeaseLost, StoreError
from planweave.engine.store.holder import this_process
from planweave.engine.store.rows import Write
from planweave.engine.store.store import Store

SECONDS, EVERY = 10.0, 3.0
"""How long a lease lasts, and how often it is renewed."""

Lost = Callable[[StoreError], None]
"""Told, in the thread of the leases, that a run is held no more."""


class Leases:
    """What this process holds in a store, which the runs that are held keep, and not this.

    Attributes:
        holder: who this process is there.
        seconds: how long a lease lasts.
    """

    def __init__(self, store: Store, *, seconds: float = SECONDS, every: float = EVERY) -> None:
        self.holder = this_process(uuid.uuid4().hex[:8]).text()
        self.seconds = seconds
        self._every = every
        self._store: Store = weakref.proxy(store)  # which may go when no run uses it any more
        self._held: dict[str, Lost] = {}
        self._owed: dict[str, Write] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._renewed = time.monotonic()

    def hold(self, run: str, lost: Lost) -> None:
        """See to it that the lease of a run, which has just been given, is renewed."""
        with self._lock:
            if not self._held:
                self._renewed = time.monotonic()
            self._held[run] = lost
            self._over.clear()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="planweave leases", daemon=True)
                self._thread.start()

    def let_go(self, run: str) -> None:
        """Renew the lease of a run no more; with the last of all the thread ends."""
        with self._lock:
            self._held.pop(run, None)
            if self._held or self._thread is None or self._thread is threading.current_thread():
                return
            thread, self._thread = self._thread, None
            self._over.set()
        thread.join()

    def owe(self, release: Write) -> None:
        """A run that is held here no more could not be given back: do it when the store can be written again."""
        with self._lock:
            self._owed[release.run] = release

    def settle(self) -> None:
        """Give back what could not be given back before; who holds it by now, if not we, is not disturbed.

        Raises:
            StoreError: the store still cannot be written.
        """
        with self._lock:
            owed = tuple(self._owed.values())
        for release in owed:
            self._store.commit([release])
            with self._lock:
                if self._owed.get(release.run) is release:
                    del self._owed[release.run]

    def _work(self) -> None:
        while not self._over.wait(self._every):
            self.renew()

    def renew(self) -> None:
        """Renew all leases, and tell of those that are lost."""
        with self._lock:
            asked = set(self._held)  # what comes meanwhile has a lease of its own
        try:
            self.settle()  # before the lease of that is renewed, too
            kept = self._store.renew(self.holder, self.seconds)
        except StoreError as error:
            if time.monotonic() - self._renewed < self.seconds:
                return  # there is time to try again
            self._tell(asked, error)
            return
        self._renewed = time.monotonic()
        self._tell(asked - kept, None)

    def _tell(self, runs: set[str], error: StoreError | None) -> None:
        with self._lock:
            lost = {run: self._held.pop(run) for run in sorted(runs & self._held.keys())}
        for run, tell in lost.items():
            tell(
                error
                or LeaseLost(
                    f"run '{run}' has been taken over by another process; nothing more was written from here",
                    mend="look at it there: planweave show",
                )
            )


_leases: weakref.WeakKeyDictionary[Store, Leases] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def leases_of(store: Store, *, seconds: float = SECONDS, every: float = EVERY) -> Leases:
    """What this process holds in a store: one, whoever asks; the first who does says how long leases last."""
    with _lock:
        if store not in _leases:
            _leases[store] = Leases(store, seconds=seconds, every=every)
        return _leases[store]
