"""The cache of a run: equal calls of a task that asks for it are made once.

The key is a hash of the task and of the content of its arguments, so it does not matter which node asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from planweave.engine.code import code_hash
from planweave.engine.content.hash import content_hash
from planweave.engine.errors import ValueRefused
from planweave.engine.frontier import Frontier
from planweave.engine.node import Node
from planweave.engine.placing import Placing
from planweave.engine.rundata import RunData
from planweave.engine.state import NodeState


def cache_key(node: Node, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """A hash of what a call computes: the task, and the content of the arguments.

    Two functions never share a key unless their tasks bear the same ``version``: equal code may mean different things
    in two modules, or around two closures. So it is the function itself that counts, which lives as long as the run.

    Raises:
        ValueRefused: an argument has no content that can be hashed.
    """
    assert node.task is not None
    task = node.task
    function = f"function {id(task.fn)}" if task.version is None else f"version {code_hash(task)}"
    names = (*task.parameter_names(len(args)), *kwargs)
    hashes = [_hash_of(node, name, value) for name, value in zip(names, (*args, *kwargs.values()), strict=True)]
    by_keyword = sorted(zip(kwargs, hashes[len(args) :], strict=True))
    return content_hash((function, hashes[: len(args)], by_keyword))


def _hash_of(node: Node, name: str, value: Any) -> str:
    try:
        return content_hash(value)
    except ValueRefused as error:
        raise ValueRefused(
            f"'{node.id}' has cache=True, but its argument '{name}' cannot be compared: {error.what}",
            node=node.id,
            where=node.where,
            mend=error.mend or "pass plain values, dataclasses or pydantic models, or leave cache out",
        ) from error.__cause__


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
    """

    def __init__(self, data: RunData, frontier: Frontier, placing: Placing) -> None:
        self.keep: Callable[[int, Any], bool] | None = None
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
        if found is not None:
            self._succeed(position, found[0], now)
            return False
        return self._cache.claim(key, position)

    def settle(self, position: int, now: float) -> None:
        """A node has ended: let those who wait for the value of an equal call have it, or compute it themselves."""
        key = self._cache.keys.pop(position, None)
        if key is None:
            return
        value, succeeded = self._data.values[position], self._frontier.state[position] is NodeState.SUCCEEDED
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
