"""The hash of the content of a value: two values share it when nothing that a task may look at tells them apart.

The types that have one are a closed list: a wrong hit of a cache hands a task the value of another call, so what
cannot be seen through is refused. Objects count by what they hold, never by how they print or compare themselves.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable
from enum import Enum, Flag
from hashlib import sha256
from itertools import chain
from typing import Any

from planweave.engine.content.arrays import look_at_array
from planweave.engine.content.leaves import LEAVES
from planweave.engine.content.piece import Each, Look, is_found, leaf, refused, tag_of, whole
from planweave.engine.content.state import class_piece, dictionary_of, look_at_state
from planweave.engine.errors import ValueRefused, describe

MAX_DEPTH = 100


def content_hash(value: Any) -> str:
    """A hash of the type and the content of a value, at every depth.

    Sets have no order; lists and dicts do. Classes count by their names, those made in functions by themselves.

    Raises:
        ValueRefused: something in it has no content that can be told, nests too deep, or cannot be looked at.

    >>> content_hash({"a": [1]}) == content_hash({"a": [1]})
    True
    >>> content_hash((1,)) == content_hash((True,))
    False
    """
    return sha256(_Walk().piece(value, 0)).hexdigest()


class _Walk:
    """One walk through a value; what stands in several places of it is looked at once."""

    def __init__(self) -> None:
        self._pieces: dict[int, tuple[Any, bytes]] = {}  # with each value, so that no other gets its id meanwhile
        self._looks: dict[type, tuple[bytes, Look]] = {}

    def piece(self, value: Any, depth: int) -> bytes:
        kind = type(value)
        try:
            written = LEAVES.get(kind)
            return leaf(written[0], written[1](value)) if written is not None else self._whole(value, kind, depth)
        except ValueRefused:
            raise
        except Exception as error:  # of a class of a person's: it may end the node, and not the run
            raise refused(kind, f"cannot be looked at: {describe(error)}") from error

    def _whole(self, value: Any, kind: type, depth: int) -> bytes:
        known = self._pieces.get(id(value))
        if known is not None:
            return known[1]
        if depth == MAX_DEPTH:
            raise refused(kind, f"stands {MAX_DEPTH} deep in it, or holds itself", mend="pass something flatter")
        if kind not in self._looks:
            self._looks[kind] = tag_of(kind), _look_for(kind)
        tag, look = self._looks[kind]
        piece = whole(tag, look(value, lambda held: self.piece(held, depth + 1)))
        self._pieces[id(value)] = value, piece
        return piece


def _in_order(value: Iterable[Any], each: Each) -> Iterable[bytes]:
    return map(each, value)


def _without_order(value: Iterable[Any], each: Each) -> Iterable[bytes]:
    return sorted(map(each, value))


def _pairs(value: dict[Any, Any], each: Each) -> Iterable[bytes]:
    return map(each, chain.from_iterable(value.items()))


def _pairs_and_attributes(value: dict[Any, Any], each: Each) -> Iterable[bytes]:
    return [each(dict(value)), *sorted(dictionary_of(value, each))]


def _pairs_and_factory(value: defaultdict[Any, Any], each: Each) -> Iterable[bytes]:
    factory = value.default_factory
    if factory is not None and not isinstance(factory, type):
        raise refused(defaultdict, "has a factory that is no class, which cannot be compared", mend="pass a dict")
    return [each(None) if factory is None else class_piece(factory), *_pairs(value, each)]


def _items_and_attributes(value: tuple[Any, ...], each: Each) -> Iterable[bytes]:
    return [each(tuple(tuple.__iter__(value))), *sorted(dictionary_of(value, each))]


def _bounded(value: deque[Any], each: Each) -> Iterable[bytes]:
    return [each(value.maxlen), *map(each, value)]


def _bounds(value: slice, each: Each) -> Iterable[bytes]:
    return [each(value.start), each(value.stop), each(value.step)]


def _text(value: object, each: Each) -> Iterable[bytes]:
    return [each(str(value))]


def _member(value: Enum, each: Each) -> Iterable[bytes]:
    if isinstance(value, Flag):  # several members together have no name of their own
        return [each(value._value_)]
    if type(value)._member_map_.get(value._name_) is not value:
        raise refused(type(value), "is no member of its enum")
    return [each(value._name_)]


_LOOKS: dict[type, Look] = {
    list: _in_order,
    tuple: _in_order,
    dict: _pairs,
    set: _without_order,
    frozenset: _without_order,
    deque: _bounded,
    defaultdict: _pairs_and_factory,
    OrderedDict: _pairs_and_attributes,
    Counter: _pairs_and_attributes,
    slice: _bounds,
}
"""How to look at values of exactly this type."""

_TEXTS = frozenset({"pydantic_core._pydantic_core.Url", "pydantic_core._pydantic_core.MultiHostUrl"}) | {
    f"ipaddress.IPv{version}{what}" for version in (4, 6) for what in ("Address", "Network", "Interface")
}
"""Types whose ``str`` tells all, by name: they may not be imported."""

_STATES = frozenset({"pydantic.types", "pydantic.networks"})
"""Modules whose classes (secrets, addresses) hold nothing but plain values."""


def _look_for(kind: type) -> Look:
    """How to look at values of a type."""
    bases = kind.__mro__
    if kind in _LOOKS:
        return _LOOKS[kind]
    if Enum in bases:
        return _member
    if any("__dataclass_fields__" in vars(base) or "__pydantic_fields__" in vars(base) for base in bases):
        return look_at_state(kind)
    if tuple in bases and any("_fields" in vars(base) for base in bases):
        return _items_and_attributes
    if is_found(kind):
        if f"{kind.__module__}.{kind.__qualname__}" in _TEXTS:
            return _text
        if kind.__module__ in _STATES:
            return look_at_state(kind)
        if kind.__module__.partition(".")[0] in ("numpy", "pandas"):
            return look_at_array
    plain = next((base.__name__ for base in bases[1:] if base in _LOOKS or base in LEAVES), None)
    if plain is not None:
        raise refused(kind, f"may hold more than the {plain} that it is", mend=f"pass {plain}(...) of it")
    raise refused(kind)
