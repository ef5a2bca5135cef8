"""Faults: a store in which something happens before or after a certain write, or inside of it."""

from __future__ import annotations

import functools
import signal
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, cast

from planweave.engine.store.store import Store

WRITES = ("create", "commit", "claim", "answer", "send", "stop_asking", "want", "keep", "put_blob")
"""The calls that write; leases are renewed when it is time, which is another at each run."""

SIDES = ("before", "after")


class Point(NamedTuple):
    """A moment in the life of a process.

    Attributes:
        number: of the write, from 1, as this process makes them.
        side: ``"before"`` or ``"after"`` it.
    """

    number: int
    side: str


Fault = Callable[[Point, str, tuple[Any, ...]], None]
"""What happens at each point, given the call and its arguments."""


class _Faulty:
    """Has all calls of a store, and passes them on."""

    def __init__(self, store: Store, fault: Fault) -> None:
        self.url = store.url
        self._store = store
        self._fault = fault
        self._count = 0
        self._lock = threading.Lock()

    def _passed_on(self, name: str, *args: Any, **named: Any) -> Any:
        return getattr(self._store, name)(*args, **named)

    def _written(self, name: str, *args: Any, **named: Any) -> Any:
        with self._lock:
            self._count += 1
            number = self._count
        self._fault(Point(number, "before"), name, args)
        found = getattr(self._store, name)(*args, **named)
        self._fault(Point(number, "after"), name, args)
        return found


def _add_calls() -> None:
    """A call for each of the protocol's, so that whatever a store has to have is there."""
    for name, call in vars(Store).items():
        if callable(call) and not name.startswith("_"):
            by = _Faulty._written if name in WRITES else _Faulty._passed_on
            setattr(_Faulty, name, functools.partialmethod(by, name))


_add_calls()


def faulty(store: Store, fault: Fault) -> Store:
    """A store in which something happens before and after each write.

    Args:
        store: what does the work.
        fault: told each point before it is passed; what it raises comes out of the call.
    """
    return cast(Store, _Faulty(store, fault))


def stopping(at: Point) -> Fault:
    """Stops the process at a point, until somebody lets it go on."""
    return signalling(signal.SIGSTOP, lambda point, call, args: point == at)


def signalling(what: signal.Signals, when: Callable[[Point, str, tuple[Any, ...]], bool]) -> Fault:
    """Sends the process a signal when that is so of a point."""

    def fault(point: Point, call: str, args: tuple[Any, ...]) -> None:
        if when(point, call, args):
            # to this very thread, so that it does nothing more before it has it
            signal.pthread_kill(threading.get_ident(), what)

    return fault
