"""Values that pydantic knows how to write and to read: addresses, patterns, classes that tell it how."""

from __future__ import annotations

from collections import deque
from typing import Any

from planweave.engine.content.hash import content_hash
from planweave.engine.errors import ValueRefused, describe
from planweave.engine.store.forms.parts import once_for_each_annotation
from planweave.engine.store.forms.refused import Refused

_CONTAINERS = (dict, list, tuple, set, frozenset, deque)


def write_typed(value: Any, annotation: Any) -> Any:
    """A value as plain data, which has been read back to see that it is the same.

    Raises:
        Refused: pydantic cannot write it, or would read it as something else.
    """
    try:
        adapter = _adapter(annotation)
        written = adapter.dump_python(value, mode="json", warnings="error")
        again = adapter.validate_python(written)
    except Exception as error:  # also of what the class does that it belongs to
        raise Refused(f"{type(value).__qualname__} cannot be kept ({describe(error).splitlines()[0]:.200})") from error
    if not _is_same(value, again):
        raise Refused(f"{type(value).__qualname__} would come back as another value")
    return written


def read_typed(written: Any, annotation: Any) -> Any:
    """The value of plain data."""
    return _adapter(annotation).validate_python(written)


def _is_same(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    try:
        return content_hash(one) == content_hash(other)
    except ValueRefused:  # of a class that only itself can compare; containers of Python compare less than they hold
        return not isinstance(one, _CONTAINERS) and _attributes(one) == _attributes(other) and bool(one == other)


def _attributes(value: Any) -> Any:
    return getattr(value, "__dict__", None)


@once_for_each_annotation
def _adapter(annotation: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(annotation)
