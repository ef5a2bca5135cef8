"""What an annotation says about the parts of a value: items, keys, fields, and the classes that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, wraps
from typing import Annotated, Any, Generic, NewType, Protocol, TypeVar, get_args, get_origin

from planweave.engine.annotation import bare, hints, members, union

R = TypeVar("R")
_KEPT = 1_024


def once_for_each_annotation(work_out: Callable[..., R]) -> Callable[..., R]:
    """The same, remembered for as many annotations as are in use; some cannot be remembered, as they have no hash."""
    remembered = lru_cache(_KEPT)(work_out)

    @wraps(work_out)
    def find(*given: Any) -> R:
        try:
            return remembered(*given)
        except TypeError:
            return work_out(*given)

    return find


class Parts:
    """What is known about the items of a list, a tuple, a set or a deque."""

    __slots__ = ("_each", "_rest")

    def __init__(self, each: tuple[Any, ...], rest: Any) -> None:
        self._each = each
        self._rest = rest

    def at(self, position: int) -> Any:
        """The annotation of the item at a position."""
        return self._each[position] if position < len(self._each) else self._rest


class Pairs:
    """What is known about the keys and the values of a dict."""

    __slots__ = ("_named", "keys", "rest")

    def __init__(self, named: Mapping[str, Any], keys: Any, rest: Any) -> None:
        self._named = named
        self.keys = keys
        self.rest = rest

    def at(self, key: Any) -> Any:
        """The annotation of the value of a key."""
        return self._named.get(key, self.rest) if self._named else self.rest


_NO_PARTS, _NO_PAIRS = Parts((), Any), Pairs({}, Any, Any)


@once_for_each_annotation
def parts(annotation: Any, kind: type) -> Parts:
    """What an annotation says about the items of a value of type ``kind``.

    >>> parts(list[int] | None, list).at(5), parts(tuple[str, bytes], tuple).at(1), parts(Any, set).at(0)
    (<class 'int'>, <class 'bytes'>, typing.Any)
    """
    fitting = [member for member in members(annotation) if _arguments(member, kind)]
    if not fitting:
        return _NO_PARTS
    if len(fitting) == 1 and get_origin(fitting[0]) is tuple and Ellipsis not in get_args(fitting[0]):
        return Parts(get_args(fitting[0]), Any)
    return Parts((), union([one for member in fitting for one in get_args(member) if one is not Ellipsis]))


@once_for_each_annotation
def pairs(annotation: Any, kind: type) -> Pairs:
    """What an annotation says about the keys and the values of a dict.

    >>> pairs(dict[str, int], dict).at("a"), pairs(Any, dict).keys
    (<class 'int'>, typing.Any)
    """
    named: dict[str, Any] = {}
    fitting = []
    for member in members(annotation):
        origin = get_origin(member) or member
        if hasattr(origin, "__total__"):
            named |= {key: _required(hint) for key, hint in fields(member).items()}
        elif arguments := _arguments(member, kind):
            fitting.append((arguments[0], arguments[1] if len(arguments) == 2 else Any))
    if not named and not fitting:
        return _NO_PAIRS
    return Pairs(named, union([one[0] for one in fitting]), union([one[1] for one in fitting]))


@once_for_each_annotation
def fields(annotation: Any) -> Mapping[str, Any]:
    """The annotations of the fields of a class, which may be given what its type variables stand for."""
    kind = get_origin(annotation) or annotation
    found = hints(kind)
    if is_model(kind):
        found = {**found, **{name: field.rebuild_annotation() for name, field in kind.model_fields.items()}}
    bound = _bound(annotation)
    return {name: _substituted(hint, bound) for name, hint in found.items()} if bound else found


@once_for_each_annotation
def classes(annotation: Any) -> Mapping[type, Any]:
    """The classes that an annotation names, with what it says about each.

    >>> list(classes(list[str] | int | None))
    [<class 'list'>, <class 'int'>, <class 'NoneType'>]
    """
    found = {}
    for said in _spread(annotation):
        plain = bare(said)
        kind = get_origin(plain) or plain
        if isinstance(kind, type):
            found[kind] = said
    return found


def is_model(kind: Any) -> bool:
    """Whether it is a model of pydantic."""
    bases = getattr(kind, "__mro__", ())
    return any(base.__name__ == "BaseModel" and base.__module__ == "pydantic.main" for base in bases)


def _spread(annotation: Any) -> Iterator[Any]:
    """The members of a union, each with its ``Annotated``."""
    inner = annotation
    if get_origin(annotation) is Annotated:
        inner = get_args(annotation)[0]
    elif isinstance(annotation, NewType) or type(annotation).__name__ == "TypeAliasType":
        inner = bare(annotation)
    found = members(annotation)
    if len(found) == 1:
        yield annotation
    elif inner is not annotation:
        yield from _spread(inner)
    else:
        for member in get_args(annotation):
            yield from _spread(member)


def _arguments(member: Any, kind: type) -> tuple[Any, ...]:
    """The arguments of a generic annotation that values of the type ``kind`` fit."""
    origin = get_origin(member)
    return get_args(member) if isinstance(origin, type) and issubclass(kind, origin) else ()


def _required(hint: Any) -> Any:
    """The annotation without ``Required``, ``NotRequired``, ``ReadOnly``."""
    while getattr(get_origin(hint), "_name", None) in ("Required", "NotRequired", "ReadOnly"):
        hint = get_args(hint)[0]
    return hint


def _bound(annotation: Any) -> dict[Any, Any]:
    """What the type variables of a class and of its bases stand for."""
    kind = get_origin(annotation) or annotation
    bound = dict(zip(getattr(kind, "__parameters__", ()), get_args(annotation), strict=False))
    for base in getattr(kind, "__orig_bases__", ()):
        if get_origin(base) not in (None, Generic, Protocol):
            bound = {**_bound(_substituted(base, bound)), **bound}
    return bound


def _substituted(hint: Any, bound: Mapping[Any, Any]) -> Any:
    if isinstance(hint, TypeVar):
        return bound.get(hint, hint)
    inner = getattr(hint, "__parameters__", ())
    if not inner or (isinstance(hint, type) and get_origin(hint) is None):
        return hint
    return hint[tuple(bound.get(one, one) for one in inner)]
