"""Objects by what they hold: data classes, named tuples, models of pydantic, members of enums.

They are read back as they were, attribute by attribute, and not by calling their class: neither checks nor conversions
of theirs come in between, which might change them or refuse what was there. The class is one that an annotation names.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, Flag
from typing import Any

from pydantic_core import PydanticUndefined

from planweave.engine.store.forms.layout import MODEL_SLOTS, default_of, layout_of
from planweave.engine.store.forms.refused import Refused


def take(value: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an object holds by name, and what a model knows besides.

    Raises:
        Refused: it holds more than can be seen, or a field is not set.
    """
    kind: Any = type(value)
    layout = layout_of(kind)
    if layout.is_tuple:
        if layout.has_dict and object.__getattribute__(value, "__dict__"):
            raise Refused(f"{kind.__qualname__} holds more than its items")
        return dict(zip(kind._fields, tuple.__iter__(value), strict=True)), {}
    held: dict[str, Any] = {}
    if layout.has_dict:
        attributes = object.__getattribute__(value, "__dict__")
        held = {name: one for name, one in attributes.items() if name not in layout.left_out}
    for name, slot in layout.slots.items():
        try:
            held[name] = slot.__get__(value, kind)
        except AttributeError:  # it is not set
            continue
    for name in layout.expected:
        if name not in held:
            raise Refused(f"its field {name!r} is not set")
    return held, _about_model(value) if layout.is_model else {}


def build(kind: Any, held: Mapping[str, Any], more: Mapping[str, Any]) -> Any:
    """The object of this class that holds this; a field that came later has its default.

    Raises:
        Refused: the class has no such field, or one without a default that was not there.
    """
    layout = layout_of(kind)
    if layout.is_tuple:
        items = {**kind._field_defaults, **held}
        if items.keys() != set(kind._fields):
            raise Refused(f"{kind.__qualname__} has other fields now: {', '.join(items.keys() ^ set(kind._fields))}")
        return tuple.__new__(kind, [items[name] for name in kind._fields])
    given = {**held, **{name: default_of(kind, name) for name in layout.expected if name not in held}}
    value, attributes = object.__new__(kind), {}
    for name, one in given.items():
        if name in layout.slots:
            layout.slots[name].__set__(value, one)
        elif layout.has_dict:
            attributes[name] = one
        else:
            raise Refused(f"{kind.__qualname__} has no field {name!r} now")
    if layout.has_dict:
        object.__setattr__(value, "__dict__", attributes)
    if layout.is_model:
        _tell_model(value, more)
    return value


def _about_model(value: Any) -> dict[str, Any]:
    """What a model knows besides its fields, unless that is what one knows that was given them all."""
    given, extra, private = (object.__getattribute__(value, name) for name in MODEL_SLOTS)
    found = {"set": sorted(given) if given != type(value).model_fields.keys() else None}
    return {name: one for name, one in {**found, "extra": extra, "private": private}.items() if one or one == []}


def _tell_model(value: Any, more: Mapping[str, Any]) -> None:
    kind = type(value)
    extra = more.get("extra", {} if kind.model_config.get("extra") == "allow" else None)
    private = dict(more.get("private", {}))
    for name, one in kind.__private_attributes__.items():
        if name not in private and (one.default_factory is not None or one.default is not PydanticUndefined):
            private[name] = one.get_default()
    known = set(more.get("set", kind.model_fields)), extra, private if kind.__private_attributes__ else None
    for name, held in zip(MODEL_SLOTS, known, strict=True):
        if held is not None or not hasattr(value, name):  # a root model leaves what it has not to its class
            object.__setattr__(value, name, held)


def write_member(value: Enum) -> str | int:
    """A member of an enum by its name; several of a flag together by their value.

    Raises:
        Refused: it is no member of its enum.
    """
    kind = type(value)
    if kind.__members__.get(value._name_) is value:
        return value._name_
    if isinstance(value, Flag) and type(value._value_) is int:
        return value._value_
    raise Refused(f"{value!r:.80} is no member of its enum")


def read_member(kind: Any, written: Any) -> Any:
    """The member that is written so.

    Raises:
        Refused: there is none.
    """
    if type(written) is int and issubclass(kind, Flag):
        return kind(written)
    if written not in kind.__members__:
        raise Refused(f"{kind.__qualname__} has no member {written!r:.80}")
    return kind.__members__[written]
