"""Observers: who hears of the events of a run while they happen. They never break a run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

from planweave.engine.history import event_of
from planweave.engine.journal import Event, Record
from planweave.engine.node import Node

Observer = Callable[[Event], object]

_log = logging.getLogger("planweave.run")


class Observers:
    """Tells each record to those who listen, as an event; one that raises is logged and not called again.

    Args:
        observers: who listens.
        nodes: the nodes of the run, by position.
        interrupt: called with what ends the program (Ctrl-C, ``sys.exit``) where an observer raises it: the transition
            that it hears of must be completed first.

    Attributes:
        telling: whether one of them is being told now, in the midst of a transition.
        are_deaf: whether what is told now is only told again.
    """

    def __init__(
        self, observers: Iterable[Observer], nodes: Sequence[Node], interrupt: Callable[[BaseException], None]
    ) -> None:
        self.telling = False
        self.are_deaf = False
        self._observers = tuple(observers)
        self._nodes = nodes
        self._interrupt = interrupt
        self._count = 0

    def tell(self, record: Record) -> None:
        """Tell every observer."""
        count = self._count
        self._count = count + 1
        if self.are_deaf:
            return
        event = event_of(count, record, self._nodes)
        self.telling = True
        for observer in self._observers:
            try:
                observer(event)
            except BaseException as error:
                self._raised(observer, error)
        self.telling = False

    def _raised(self, observer: Observer, error: BaseException) -> None:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            self._interrupt(error)
        else:
            self._drop(observer)

    def _drop(self, dropped: Observer) -> None:
        _log.exception("an observer of events raised, and is not called again: %r", dropped)
        self._observers = tuple(one for one in self._observers if one is not dropped)
