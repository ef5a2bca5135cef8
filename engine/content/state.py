"""The state of an object: all that it holds, read past its own methods, or a refusal where more is there than shows."""

from __future__ import annotations

from collections.abc import Iterator
from struct import calcsize
from types import MemberDescriptorType
from typing import Any, get_args, get_origin

from planweave.engine.content.piece import Each, Look, leaf, refused, tag, tag_of, whole

_WORD = calcsize("P")
_UNSET, _CLASS, _ALIAS = tag("unset"), tag("class"), tag("alias")


def look_at_state(kind: type) -> Look:
    """How to look at objects of a class: at their slots, and at what is in their dictionary; what is unset counts too.

    Raises:
        ValueRefused: they hold more than that.
    """
    slots = slots_of(kind)
    if hides_more(kind):
        raise refused(kind, "holds more than its attributes show")
    names = whole(tag("slots"), [tag(slot.__name__) for slot in slots])

    def look(value: Any, each: Each) -> Iterator[bytes]:
        yield names
        for slot in slots:
            try:
                held = slot.__get__(value, kind)
            except AttributeError:
                yield _UNSET
            else:
                yield each(held)
        yield from sorted(dictionary_of(value, each))

    return look


def dictionary_of(value: Any, each: Each) -> Iterator[bytes]:
    """The pieces of what is in the dictionary of an object, if it has one."""
    if not type(value).__dictoffset__:
        return
    for name, held in object.__getattribute__(value, "__dict__").items():
        # a generic class notes there what it was made with, as in Box[int](3)
        yield each(name) + (_alias(held) if name == "__orig_class__" else each(held))


def class_piece(kind: type) -> bytes:
    """The piece of a class that counts by which it is."""
    return leaf(_CLASS, tag_of(kind))


def slots_of(kind: type) -> list[MemberDescriptorType]:
    """What reads each slot that a class statement declared; classes written in C declare none."""
    bases = [vars(base) for base in kind.__mro__ if "__slots__" in vars(base)]
    return [one for base in bases for one in base.values() if type(one) is MemberDescriptorType]


def hides_more(kind: type) -> bool:
    """Whether objects of the class are larger than their attributes, as those of a subclass of list are.

    Python itself decides by this sum whether an object can be copied attribute by attribute (``object.__reduce_ex__``).
    """
    words = len(slots_of(kind)) + (kind.__dictoffset__ > 0) + (kind.__weakrefoffset__ > 0)
    return bool(kind.__itemsize__) or kind.__basicsize__ != object.__basicsize__ + words * _WORD


def _alias(annotation: Any) -> bytes:
    origin = get_origin(annotation)
    if origin is not None:
        return whole(_ALIAS, [_alias(origin), *map(_alias, get_args(annotation))])
    if isinstance(annotation, type):
        return class_piece(annotation)
    raise refused(type(annotation))
