"""Types in JSON documents: a class by its reference, and what is made of classes by its parts."""

from __future__ import annotations

import builtins
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin

from planweave.engine.annotation import union, words
from planweave.engine.errors import DocumentError, UnknownNameError
from planweave.engine.reference import reference_of_class

_UNIONS = (Union, types.UnionType)
_PLAIN = (str, int, bool, type(None))
_BUILTIN = "builtins:"


def write_type(kind: Any) -> Any:
    """A type as JSON.

    Raises:
        ValueError: it holds something that has no name, or says more than a type.

    >>> write_type(list[int] | None)
    {'union': [{'of': 'builtins:list', 'args': ['builtins:int']}, None]}
    """
    if kind is Any:
        return {"any": True}
    if kind is None or kind is type(None):
        return None
    if kind is Ellipsis:
        return {"more": True}
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in _UNIONS:
        return {"union": [write_type(one) for one in arguments]}
    if origin is Literal and all(type(one) in _PLAIN for one in arguments):
        return {"literal": list(arguments)}
    if origin is not None:
        return {"of": _class(origin), "args": [write_type(one) for one in arguments]}
    return _class(kind)


def _class(kind: Any) -> str:
    name = getattr(kind, "__name__", "")
    if isinstance(kind, type) and getattr(builtins, name, None) is kind:
        return f"{_BUILTIN}{name}"
    found = reference_of_class(kind) if isinstance(kind, type) else None
    if found is None:
        raise ValueError(f"the type {words(kind)} cannot be found again by a name")
    return found


def read_type(written: Any, names: Mapping[str, Any], path: str) -> Any:
    """The type of a JSON form; classes that are not Python's own are asked of ``names``.

    Raises:
        DocumentError: it is no type.
        UnknownNameError: ``names`` does not hold a class.

    >>> read_type({"of": "builtins:dict", "args": ["builtins:str", {"any": True}]}, {}, "type")
    dict[str, typing.Any]
    """
    match written:
        case None:
            return type(None)
        case str():
            return _found(written, names, path)
        case {"any": True}:
            return Any
        case {"more": True}:
            return Ellipsis
        case {"union": [_, *_] as members}:
            kinds = [read_type(one, names, path) for one in members]
            return Any if Any in kinds else union(kinds)
        case {"literal": [_, *_] as values} if all(type(one) in _PLAIN for one in values):
            return Literal[tuple(values)]
        case {"of": str() as origin, "args": list() as parts}:
            try:
                return _found(origin, names, path)[tuple(read_type(one, names, path) for one in parts)]
            except TypeError as error:
                raise DocumentError(f"{path} is no type: {error}") from None
    raise DocumentError(f"{path} is {written!r:.60}, which is no type")


def _found(reference: str, names: Mapping[str, Any], path: str) -> Any:
    if reference.startswith(_BUILTIN):
        found = getattr(builtins, reference.removeprefix(_BUILTIN), None)
    else:
        found = names.get(reference)
    if not isinstance(found, type):
        raise UnknownNameError(
            f"{path} names the type {reference!r:.100}, which is not known here",
            mend="add it to tasks under this name",
        )
    return found
