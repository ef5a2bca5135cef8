"""The classes that an annotation names, as far as their values have a form: what it is, and how the class is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from planweave.engine.store.forms.layout import is_data
from planweave.engine.store.forms.parts import Pairs, classes, fields, once_for_each_annotation
from planweave.engine.store.forms.plain import scalar_text

OBJECT, MEMBER, TYPED = "~object", "~member", "~typed"
"""The tags of objects by what they hold, of members of enums, and of what pydantic writes."""


class Named(NamedTuple):
    """A class that an annotation names.

    Attributes:
        kind: the class.
        said: what the annotation says about it, with the types of what it holds.
        tag: the form of its values.
        opening: how they open as JSON: the tag and the name of the class.
        known: the annotations of its fields.
        is_alone: whether no other class in the annotation bears the same name.
    """

    kind: Any
    said: Any
    tag: str
    opening: str
    known: Pairs
    is_alone: bool


@once_for_each_annotation
def named(annotation: Any) -> Mapping[type, Named]:
    """The classes that an annotation names, by class."""
    found = classes(annotation)
    count = Counter(kind.__qualname__ for kind in found)
    return {kind: _named(kind, said, count[kind.__qualname__] == 1) for kind, said in found.items()}


@once_for_each_annotation
def named_by_name(annotation: Any) -> Mapping[str, Named]:
    """The same by name; only classes whose names leave no doubt."""
    return {kind.__qualname__: one for kind, one in named(annotation).items() if one.is_alone}


def _named(kind: Any, said: Any, is_alone: bool) -> Named:
    tag = MEMBER if issubclass(kind, Enum) else OBJECT if is_data(kind) else TYPED
    known = Pairs(fields(said) if tag == OBJECT else {}, Any, Any)
    return Named(kind, said, tag, f'["{tag}",{scalar_text(kind.__qualname__)},', known, is_alone)
