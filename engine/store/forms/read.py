"""Reads values from JSON: only what the tables of forms know, and classes that the annotation names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planweave.engine.store.forms import arrays, holders, leaves, tables
from planweave.engine.store.forms.named import MEMBER, OBJECT, TYPED, named_by_name
from planweave.engine.store.forms.objects import build, read_member
from planweave.engine.store.forms.parts import Pairs, pairs, parts
from planweave.engine.store.forms.plain import MARK, is_flat
from planweave.engine.store.forms.refused import Refused
from planweave.engine.store.forms.typed import read_typed


def read(written: Any, annotation: Any) -> Any:
    """The value of JSON data.

    Raises:
        Exception: they are not what a value is written as.
    """
    kind = type(written)
    if kind is dict:
        return _fields(written, pairs(annotation, dict))
    if kind is not list:
        return written
    if not written or type(written[0]) is not str or written[0][:1] != MARK:
        if is_flat(written):
            return written
        known_items = parts(annotation, list)
        return [read(one, known_items.at(i)) for i, one in enumerate(written)]
    tag, *rest = written
    if tag in leaves.READ:
        return leaves.READ[tag].read(*rest)
    if tag in holders.READ:
        return _holder(holders.READ[tag], rest, annotation)
    if tag == arrays.ARRAY:
        return arrays.read_array(*rest)
    if tag == arrays.SCALAR:
        return arrays.read_scalar(*rest)
    if tag in tables.READ:
        return tables.READ[tag](*(read(one, Any) for one in rest))
    if tag not in (OBJECT, MEMBER, TYPED):
        raise Refused(f"there is no form {tag!r:.40}")
    return _object(tag, annotation, *rest)


def _holder(holder: holders.Holder, items: list[Any], annotation: Any) -> Any:
    if holder.has_keys:
        known = pairs(annotation, holder.kind)
        keys = [read(key, known.keys) for key in items[::2]]
        values = [read(one, known.at(key)) for key, one in zip(keys, items[1::2], strict=True)]
        return holder.make([one for pair in zip(keys, values, strict=True) for one in pair])
    first, rest = ([items[0]], items[1:]) if holder.kind.__name__ == "deque" else ([], items)
    known_items = parts(annotation, holder.kind)
    return holder.make([*first, *(read(one, known_items.at(i)) for i, one in enumerate(rest))])


def _fields(written: dict[str, Any], known: Pairs) -> dict[str, Any]:
    return written if is_flat(written) else {key: read(one, known.at(key)) for key, one in written.items()}


def _object(tag: str, annotation: Any, name: str, written: Any, more: Mapping[str, Any] | None = None) -> Any:
    """An object of the one class of this name that the annotation names."""
    one = named_by_name(annotation).get(name)
    if one is None:
        raise Refused(f"the annotation names no class {name!r:.80}")
    if one.tag != tag:
        raise Refused(f"{name:.80} is no class now whose values open with {tag!r}")
    if tag == MEMBER:
        return read_member(one.kind, written)
    if tag == TYPED:
        return read_typed(written, one.said)
    besides = {} if more is None else {key: _more(part, one.known) for key, part in more.items()}
    return build(one.kind, _fields(written, one.known), besides)


def _more(written: Any, known: Pairs) -> Any:
    return _fields(written, known) if type(written) is dict else read(written, Any)
