"""The cache of a run: equal calls of a task that asks for it are made once.

The key is a hash of the task and of the content of its arguments, so it does not matter which node asks. Runs that are
stored have the calls of all runs of their store in common, as far as it can be told which are equal (``cachekey.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from planweave.engine.cachekey import cache_key, lasting_key
from planweave.engine.errors import ValueRefused
from planweave.engine.frontier import Frontier
from planweave.engine.placing import Placing
from planweave.engine.rundata import RunData
from planweave.engine.state import NodeState


class Cache:
    """Values by key, and who waits for a key that is being computed.

    >>> cache = Cache()
    >>> cache.claim("k", 1), cache.claim("k", 2)
    (True, False)
    >>> cache.settle("k", "value", succeeded=True), cache.find("k")
    ([2], ('value',))
    """

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._waiting: dict[str, list[int]] = {}
        self.keys: dict[int, str] = {}

    def find(self, key: str) -> tuple[Any] | None:
        """The value of a key in a tuple of one; None when it is not known."""
        return (self._values[key],) if key in self._values else None

    def claim(self, key: str, position: int) -> bool:
        """Whether the node may compute the key; if another one is at it, the node is noted to wait."""
        if key in self._waiting:
            self._waiting[key].append(position)
            return False
        self._waiting[key] = []
        self.keys[position] = key
        return True

    def settle(self, key: str, value: Any, *, succeeded: bool) -> list[int]:
        """The node that had claimed the key has ended; gives those that waited for it."""
        if succeeded:
            self._values[key] = value
        return self._waiting.pop(key, [])


class CachedCalls:
    """The calls of a run whose values may come from its cache.

    Attributes:
        keep: in a stored run, keeps the value of a node that is about to succeed; whether it could.
        shared: in a stored run, gives the value of an equal call of any run, in a tuple of one; None: there is none.
        share: in a stored run, keeps the value of a node that has succeeded for equal calls of other runs.
    """

    def __init__(self, data: RunData, frontier: Frontier, placing: Placing) -> None:
        self.keep: Callable[[int, Any], bool] | None = None
        self.shared: Callable[[str, int], tuple[Any] | None] | None = None
        self.share: Callable[[str, int], None] | None = None
        self._lasting: dict[str, str | None] = {}
        self._data = data
        self._frontier = frontier
        self._placing = placing
        self._cache = Cache()

    def must_run(self, position: int, now: float) -> bool:
        """Whether the node must run: no equal call has been made in this run, and none is running.

        Otherwise it has succeeded now, or will be told when the equal call ends.
        """
        node = self._data.nodes[position]
        if node.task is None or node.control is not None or position in self._cache.keys:
            return True
        args, kwargs = self._data.arguments(position)
        try:
            key = cache_key(node, args, kwargs)
        except ValueRefused as error:
            self._data.errors[position] = error  # the attempt that starts now fails with it
            return True
        found = self._cache.find(key)
        if found is None and self._cache.claim(key, position):
            found = self._found_elsewhere(key, position)
            if found is None:
                return True
            self._succeed(position, found[0], now)
            self.settle(position, now)
        elif found is not None:
            self._succeed(position, found[0], now)
        return False

    def _found_elsewhere(self, key: str, position: int) -> tuple[Any] | None:
        """The value of an equal call of another run of the store."""
        if self.shared is None:
            return None
        lasting = self._lasting[key] = lasting_key(self._data.nodes[position], *self._data.arguments(position))
        return None if lasting is None else self.shared(lasting, position)

    def settle(self, position: int, now: float) -> None:
        """A node has ended: let those who wait for the value of an equal call have it, or compute it themselves."""
        key = self._cache.keys.pop(position, None)
        if key is None:
            return
        value, succeeded = self._data.values[position], self._frontier.state[position] is NodeState.SUCCEEDED
        lasting = self._lasting.pop(key, None)
        if succeeded and lasting is not None and self.share is not None:
            self.share(lasting, position)
        for waiting in self._cache.settle(key, value, succeeded=succeeded):
            if self._frontier.state[waiting].is_end:
                continue
            if succeeded:
                self._succeed(waiting, value, now)
            else:
                self._placing.push_all((waiting,))

    def _succeed(self, position: int, value: Any, now: float) -> None:
        if self.keep is not None and not self.keep(position, value):
            return  # it cannot be kept, though an equal call's could
        self._data.values[position] = value
        self._frontier.succeed(position, now, "cached")
