"""Arguments: how a value that a person passes, or returns, in a workflow becomes a source."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, MappingView
from contextlib import suppress
from typing import Any

from planweave.engine.errors import BindingError
from planweave.engine.handle import Handle
from planweave.engine.hidden import PLAIN, hidden_handle
from planweave.engine.location import Location
from planweave.engine.source import Const, Nest, Source
from planweave.engine.wording import an, clip

MAX_DEPTH = 100
"""How deep values, workflows and branches may nest before it is taken for a mistake."""

ARGUMENT = "an argument"
"""What messages call a value that is passed to a task."""


class Argument:
    """Reads one value that was passed or returned.

    Args:
        own: gives the source of a handle in the graph that is being traced.
        where: the line that passed the value.
        called: what messages call it: ``ARGUMENT``, ``"the result of 'flow'"``.
    """

    __slots__ = ("called", "own", "where")

    def __init__(
        self, own: Callable[[Handle, Location | None], Source], where: Location | None, called: str = ARGUMENT
    ) -> None:
        self.own = own
        self.where = where
        self.called = called

    def source(self, value: Any, depth: int = 0) -> Source:
        """The source of the value: a handle's, else a constant, or a container of sources.

        Raises:
            BindingError: it holds a handle where that would never become a value, it can be read only once, it nests
                too deep, or it is a coroutine that nobody awaits.
        """
        kind = type(value)
        if kind is Handle:
            return self.own(value, self.where)
        if kind in PLAIN:
            return Const(value)
        if kind is list or kind is tuple:
            return self._sequence(value, value, kind, depth)
        if kind is dict:
            return self._mapping(value, depth)
        if kind is deque:
            return self._sequence(value, value, list, depth)
        if kind is set or kind is frozenset:
            return self._set(value)
        if isinstance(value, MappingView):  # it shows what its dict holds at the time: a list of that is a constant
            items: list[Any] = [*value]  # type: ignore[misc]  # because all three kinds of views can be walked
            return self._sequence(items, items, list, depth)
        self.refuse_unread(value)
        return self._object(value)

    def refuse_unread(self, value: Any) -> None:
        """Refuse what is no value yet: a coroutine, or what can be read only once."""
        if type(value) is Handle:  # which has the methods of both, so that it can refuse them
            return
        if isinstance(value, Coroutine):
            with suppress(RuntimeError, ValueError):  # it is running
                value.close()  # so that Python does not warn that nobody awaited it
            raise BindingError(
                f"{self.called} is a coroutine, which nothing in a workflow awaits",
                where=self.where,
                mend="did you forget @pw.task above the async function? workflows and branches are written with def",
            )
        if isinstance(value, Iterator | AsyncIterator):
            verb = "pass" if self.called == ARGUMENT else "return"
            is_file = isinstance(value, io.IOBase)
            what = "its path, and open it in the task" if is_file else "a list: [...] instead of (...), or list(...)"
            raise BindingError(
                f"{self.called} is {an(type(value).__name__)}, which can be read only once",
                where=self.where,
                mend=f"{verb} {what}",
            )

    def _sequence(self, value: Any, items: Iterable[Any], kind: type, depth: int) -> Source:
        """A list or tuple of sources; of constants alone, ``value`` as it is."""
        sources = self._items(items, depth)
        if not all(type(source) is Const for source in sources):
            return Nest(kind, sources)
        values = [source.value for source in sources if type(source) is Const]
        is_same = all(one is other for one, other in zip(values, items, strict=True))
        return Const(value if is_same else kind(values))

    def _mapping(self, value: dict[Any, Any], depth: int) -> Source:
        if any(map(_holds_handle, value)):
            raise BindingError(
                "a handle cannot be the key of a dict: it has no value yet",
                where=self.where,
                mend="use it as a value, or make the dict in a task",
            )
        sources = self._items(value.values(), depth)
        if not all(type(source) is Const for source in sources):
            return Nest(dict, sources, tuple(value))
        values = [source.value for source in sources if type(source) is Const]
        is_same = all(one is other for one, other in zip(values, value.values(), strict=True))
        return Const(value if is_same else dict(zip(value, values, strict=True)))

    def _set(self, value: set[Any] | frozenset[Any]) -> Source:
        if any(map(_holds_handle, value)):
            raise BindingError(
                "a handle cannot be in a set: it has no value yet",
                where=self.where,
                mend="use a list, and make the set in the task",
            )
        return Const(value)

    def _object(self, value: Any) -> Source:
        """A constant of any other class; a handle in it would never become a value."""
        handle = hidden_handle(value)
        if handle is not None:
            kind = an(type(value).__name__)
            raise BindingError(
                f"{kind} holds a handle ({clip(handle.label)}), whose value would never arrive there",
                where=self.where,
                mend="pass handles as they are, or in plain lists, tuples and dicts; make the object in a task",
            )
        return Const(value)

    def _items(self, values: Iterable[Any], depth: int) -> tuple[Source, ...]:
        if depth >= MAX_DEPTH:
            raise BindingError(
                f"{self.called} nests lists, tuples or dicts more than {MAX_DEPTH} deep, or holds itself",
                where=self.where,
                mend="pass a flatter value, or an object of a class of your own",
            )
        return tuple([self.source(item, depth + 1) for item in values])


def _holds_handle(member: Any) -> bool:
    """Whether a key of a dict or a member of a set is a handle, or has one in it."""
    return type(member) not in PLAIN and hidden_handle(member) is not None
