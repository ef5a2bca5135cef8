"""The table of the types that hold other values side by side: for each, its tag, and how it is made of its items."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from planweave.engine.store.forms.refused import Refused


class Holder(NamedTuple):
    """How the values of a type are written: as a list of the tag and of the items, or of keys and values in turn."""

    kind: type
    tag: str
    make: Callable[[Sequence[Any]], Any]
    has_order: bool = True
    has_keys: bool = False


def _distinct(make: Callable[[Sequence[Any]], Any]) -> Callable[[Sequence[Any]], Any]:
    """The same, but items that are equal are an error: none of them is lost silently."""

    def made(items: Sequence[Any]) -> Any:
        whole = make(items)
        if len(whole) < len(items):
            raise Refused("it holds one item twice")
        return whole

    return made


def _pairs(make: Callable[[Any], Any]) -> Callable[[Sequence[Any]], Any]:
    def made(items: Sequence[Any]) -> Any:
        whole = make(dict(zip(items[::2], items[1::2], strict=True)))
        if 2 * len(whole) < len(items):
            raise Refused("it holds one key twice")
        return whole

    return made


def _deque(items: Sequence[Any]) -> deque[Any]:
    most, *rest = items
    return deque(rest, most)


_TABLE = (
    Holder(list, "~list", list),
    Holder(tuple, "~tuple", tuple),
    Holder(deque, "~deque", _deque),
    Holder(set, "~set", _distinct(set), has_order=False),
    Holder(frozenset, "~frozenset", _distinct(frozenset), has_order=False),
    Holder(dict, "~dict", _pairs(dict), has_keys=True),
    Holder(OrderedDict, "~OrderedDict", _pairs(OrderedDict), has_keys=True),
    Holder(Counter, "~Counter", _pairs(Counter), has_keys=True),
)

WRITTEN = {holder.kind: holder for holder in _TABLE}
"""By type."""

READ = {holder.tag: holder for holder in _TABLE}
"""By tag."""
