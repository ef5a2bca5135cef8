"""The layout of a class of data: where its objects keep what they hold, and what a field is when nothing was kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from planweave.engine.content.state import hides_more, slots_of
from planweave.engine.store.forms.parts import is_model
from planweave.engine.store.forms.refused import Refused

MODEL_SLOTS = ("__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
"""What a model of pydantic knows besides its fields."""


def is_data(kind: type) -> bool:
    """Whether objects of a class are what their fields hold."""
    return hasattr(kind, "__dataclass_fields__") or is_model(kind) or is_named_tuple(kind)


def is_named_tuple(kind: type) -> bool:
    """Whether it is a class of named tuples."""
    return issubclass(kind, tuple) and hasattr(kind, "_fields")


class Layout(NamedTuple):
    """How objects of one class are laid out.

    Attributes:
        is_model: whether they are models of pydantic.
        is_tuple: whether they are named tuples, which hold their fields as items.
        slots: what reads and sets each slot, by name.
        has_dict: whether they have a dictionary, for everything else.
        fields: the names of the fields.
        expected: the fields that an object has itself; the others may be left to the class.
        left_out: names in the dictionary that are not kept: what is worked out when it is asked for, and what a
            generic class notes about how it was called.
    """

    is_model: bool
    is_tuple: bool
    slots: Mapping[str, Any]
    has_dict: bool
    fields: tuple[str, ...]
    expected: tuple[str, ...]
    left_out: frozenset[str]


@lru_cache(1_024)
def layout_of(kind: Any) -> Layout:
    """The layout of a class of data.

    Raises:
        Refused: its objects hold more than can be seen.
    """
    has_dict = bool(kind.__dictoffset__)
    if is_named_tuple(kind):
        return Layout(False, True, {}, has_dict, kind._fields, kind._fields, frozenset())
    found = [slot for slot in slots_of(kind) if not (is_model(kind) and slot.__name__ in ("__dict__", *MODEL_SLOTS))]
    slots = {slot.__name__: slot for slot in found}
    if hides_more(kind) or len(slots) < len(found):
        raise Refused(f"{kind.__qualname__} holds more than its attributes show")
    fields = tuple(kind.model_fields if is_model(kind) else (field.name for field in dataclasses.fields(kind)))
    names = {name: held for base in reversed(kind.__mro__) for name, held in vars(base).items()}
    worked_out = {name for name, held in names.items() if isinstance(held, cached_property)}
    expected = tuple(name for name in fields if name in slots or name not in names)
    left_out = frozenset({"__orig_class__", *worked_out})
    return Layout(is_model(kind), False, slots, has_dict, fields, expected, left_out)


def default_of(kind: Any, name: str) -> Any:
    """What a field is that was not there when an object was written.

    Raises:
        Refused: it has no default.
    """
    if is_model(kind):
        field = kind.model_fields[name]
        if not field.is_required():
            return field.get_default(call_default_factory=True)
    else:
        field = kind.__dataclass_fields__[name]
        make: Callable[[], Any] | Any = field.default_factory
        if make is not dataclasses.MISSING:
            return make()
        if field.default is not dataclasses.MISSING:
            return field.default
    raise Refused(f"{kind.__qualname__} had no field {name!r} when it was written")
