"""Hidden handles: those in objects that are passed as constants, where they would never become values."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from types import FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any

from planweave.engine.handle import Handle

_LIMIT = 2_000
"""How many parts of a value are looked at: what has more is data, and would take long in each call that passes it."""

PLAIN = frozenset({str, int, float, bool, type(None), bytes})
"""The classes whose values are constants without another look."""

_SEQUENCES = (list, tuple, set, frozenset, deque)


def hidden_handle(value: Any) -> Handle | None:
    """A handle in a value, the nearest first: in the fields of objects, in slots, in containers and in partials.

    Of functions only what they close over and their defaults count, and only where that is a handle itself: an object
    that a function or method can reach may hold handles for the workflow's own use.
    """
    waiting: deque[Any] = deque([value])
    seen: dict[int, Any] = {}  # which also keeps them, so that no id is given anew
    room = _LIMIT
    while waiting:
        one = waiting.popleft()
        kind = type(one)
        if kind is Handle:
            return one  # type: ignore[no-any-return]  # because its class has just been asked
        if kind in PLAIN or id(one) in seen:
            continue
        seen[id(one)] = one
        before = len(waiting)
        waiting.extend(islice(_parts_of(one), room))
        room -= len(waiting) - before
    return None


def _parts_of(value: Any) -> Iterator[Any]:
    if isinstance(value, type | ModuleType):
        return
    if isinstance(value, FunctionType | MethodType):
        yield from (one for one in _closed_over(value) if type(one) is Handle)
        return
    # by the classes of Python themselves: a class of the user's may walk itself in another way, with effects
    if isinstance(value, dict):
        yield from dict.keys(value)
        yield from dict.values(value)
    for sequence in _SEQUENCES:
        if isinstance(value, sequence):
            walk: Any = sequence.__iter__
            yield from walk(value)
    try:
        fields = object.__getattribute__(value, "__dict__")
    except Exception:  # it has none, or is a proxy that is not connected to anything
        fields = {}
    if isinstance(fields, dict):
        yield from fields.values()
    kind: Any = type(value)
    for slot in _slots_of(kind):
        try:
            yield slot.__get__(value)
        except AttributeError:  # nothing is in it yet
            continue


def _closed_over(function: FunctionType | MethodType) -> Iterator[Any]:
    while isinstance(function, MethodType):
        function = function.__func__  # type: ignore[assignment]  # because it may be any callable
    if not isinstance(function, FunctionType):
        return
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # a name that is bound only later
            continue


@lru_cache(maxsize=256)
def _slots_of(kind: type) -> tuple[MemberDescriptorType, ...]:
    """The slots of the instances of a class; what a partial holds are such too."""
    found = [member for base in kind.__mro__ for member in vars(base).values()]
    return tuple(member for member in found if isinstance(member, MemberDescriptorType))
