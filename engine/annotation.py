"""What annotations prove about a value that flows from one node to another.

Only what is certain counts: ``provably_not(given, wanted)`` is True when no value of the type ``given`` can be
accepted where ``wanted`` stands, by the rules of PEP 484 (with the numeric tower). Whatever is unknown, generic
over a type variable, or structural is left to the type checker.
"""

from __future__ import annotations

import collections
import collections.abc
import inspect
import types
from collections.abc import Callable, Iterator, Mapping
from typing import (
    Annotated,
    Any,
    ForwardRef,
    Literal,
    NewType,
    TypeVar,
    Union,
    Unpack,
    get_args,
    get_origin,
    get_type_hints,
)

from planweave.engine.memo import once_for_each_function

_PROMOTIONS = ((int, float), (int, complex), (float, complex), (bytearray, bytes), (memoryview, bytes))
_ELEMENT_NAMES = """Iterable Iterator Reversible Collection Container Sequence MutableSequence Set MutableSet
    Mapping MutableMapping KeysView ValuesView"""
_BY_ELEMENTS = (
    *(list, set, frozenset, dict, collections.deque, collections.defaultdict, collections.OrderedDict),
    *(getattr(collections.abc, name) for name in _ELEMENT_NAMES.split()),
)
"""Containers whose parameters are the types of what is in them, in one order for all."""
_UNIONS = (Union, types.UnionType)


def hints(function: Callable[..., Any]) -> Mapping[str, Any]:
    """The annotations of ``function`` by parameter name, and by ``"return"``; what cannot be resolved is left out.

    >>> def greet(name: str) -> "str": ...
    >>> hints(greet)["return"]
    <class 'str'>
    """
    target = inspect.unwrap(function)
    if isinstance(target, types.MethodType):
        target = target.__func__
    elif not isinstance(target, types.FunctionType | types.BuiltinFunctionType | type):
        target = type(target).__call__
    return _hints(target)


@once_for_each_function
def _hints(target: Callable[..., Any]) -> Mapping[str, Any]:
    try:
        found = get_type_hints(target, include_extras=True)
    except Exception:  # a name that exists only for type checkers, or a broken annotation: nothing is known then
        raw = getattr(target, "__annotations__", {})
        found = {name: kind for name, kind in raw.items() if not isinstance(kind, str | ForwardRef)}
    return {name: type(None) if kind is None else kind for name, kind in found.items()}


def head(name: str, function: Callable[..., Any], signature: inspect.Signature) -> str:
    """The head of a function as a person would write it, with the annotations that can be resolved.

    >>> def greet(name: "str") -> "str": ...
    >>> head("greet", greet, inspect.signature(greet))
    'greet(name: str) -> str'
    """
    known = hints(function)
    parameters = [
        one.replace(annotation=known.get(one.name, one.empty if isinstance(one.annotation, str) else one.annotation))
        for one in signature.parameters.values()
    ]
    return f"{name}{signature.replace(parameters=parameters, return_annotation=known.get('return', signature.empty))}"


def members(annotation: Any) -> tuple[Any, ...]:
    """The members of a union, or the annotation alone; ``Annotated`` and ``NewType`` are seen through.

    >>> members(int | None)
    (<class 'int'>, <class 'NoneType'>)
    """
    annotation = bare(annotation)
    if get_origin(annotation) in _UNIONS:
        return tuple(inner for member in get_args(annotation) for inner in members(member))
    return (annotation,)


def bare(annotation: Any) -> Any:
    """The annotation without ``Annotated``, ``NewType`` and type aliases around it."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif isinstance(annotation, NewType):
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":  # ``type X = ...`` of Python 3.12
            annotation = annotation.__value__
        elif annotation is None:
            return type(None)
        else:
            return annotation


def element_of(annotation: Any) -> Any:
    """The type of the items of an iterable annotation; ``Any`` where that is not known.

    >>> element_of(list[str]), element_of(int)
    (<class 'str'>, typing.Any)
    """
    found: list[Any] = []
    for member in members(annotation):
        origin, arguments = get_origin(member), get_args(member)
        if not isinstance(origin, type) or not issubclass(origin, collections.abc.Iterable) or not arguments:
            return Any
        if origin is tuple and not (len(arguments) == 2 and arguments[1] is Ellipsis):
            found.extend(arguments)
        else:
            found.append(arguments[0])
    return union(found)


def inside(annotation: Any, container: type) -> Any:
    """The type of what a list, tuple or dict holds that stands for ``annotation``: of a dict, its values.

    >>> inside(dict[str, int], dict), inside(list[str], list)
    (<class 'int'>, <class 'str'>)
    """
    if container is not dict:
        return element_of(annotation)
    kinds = [get_args(member) for member in members(annotation) if get_origin(member) is not None]
    return union([arguments[1] if len(arguments) == 2 else Any for arguments in kinds])


def union(annotations: list[Any]) -> Any:
    """The union of some annotations; ``Any`` when one of them is unknown or there are none."""
    if not annotations or Any in annotations:
        return Any
    try:
        return Union[tuple(annotations)]  # noqa: UP007  # because the members are only known when it runs
    except TypeError:  # what Annotated adds to one of them is unhashable
        return Any


def kind_of(value: Any) -> Any:
    """The type of a value; ``Any`` where it passes for another, as mocks do.

    >>> kind_of(3)
    <class 'int'>
    """
    try:
        return type(value) if value.__class__ is type(value) else Any
    except Exception:  # a property of a person's that raises
        return type(value)


def is_known(annotation: Any) -> bool:
    """Whether the annotation says anything at all."""
    return annotation is not Any and annotation is not inspect.Parameter.empty and annotation is not object


def provably_not(given: Any, wanted: Any) -> bool:
    """Whether no value of type ``given`` can be accepted where ``wanted`` stands.

    >>> provably_not(list[int], list[str]), provably_not(int, float), provably_not(int | None, int)
    (True, False, False)
    """
    try:
        if given is wanted or (given, wanted) in _fitting:
            return False
        if all(_disjoint(one, other) for one in members(given) for other in members(wanted)):
            return True
        if _is_builtin(given) and _is_builtin(wanted):
            _fitting.add((given, wanted))
    except TypeError:  # an annotation that is unhashable: nothing is provable about it
        pass
    return False


_fitting: set[tuple[Any, Any]] = set()
"""Pairs of types that some values fit. Only of built-in types, which live as long as this set, as classes of a person's
need not; and only what is not provable, since a class may yet come that is both types."""


def _is_builtin(annotation: Any) -> bool:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is not None:
        return (origin in _UNIONS or origin in _BY_ELEMENTS or origin is tuple) and all(map(_is_builtin, arguments))
    return annotation is Ellipsis or (type(annotation) is type and annotation.__module__ == "builtins")


def _disjoint(given: Any, wanted: Any) -> bool:
    if not is_known(given) or not is_known(wanted) or isinstance(given, TypeVar) or isinstance(wanted, TypeVar):
        return False
    if get_origin(wanted) is Literal:
        if get_origin(given) is Literal:
            return not set(get_args(given)) & set(get_args(wanted))
        return all(_disjoint(given, type(value)) for value in get_args(wanted))
    if get_origin(given) is Literal:
        return all(_disjoint(type(value), wanted) for value in get_args(given))
    have, want = get_origin(given) or given, get_origin(wanted) or wanted
    if not isinstance(have, type) or not isinstance(want, type) or _is_structural(have) or _is_structural(want):
        return False
    if issubclass(have, want):
        return _parameters_disjoint(given, wanted, have, want)
    # a value of the wider class may be one of the narrower
    return not (issubclass(want, have) or _promoted(have, want) or _promoted(want, have) or _may_be_both(have, want))


def _promoted(narrow: type, wide: type) -> bool:
    """Whether values of ``narrow`` count as values of ``wide``, though they are none: ``int`` and ``float``."""
    return any(issubclass(narrow, lower) and issubclass(upper, wide) for lower, upper in _PROMOTIONS)


def _may_be_both(one: type, other: type) -> bool:
    """Whether a value may be of two classes of which neither comes from the other."""
    if _is_interface(one) or _is_interface(other):
        return _is_interface(one) and _is_interface(other)  # a list is Sized and Iterable
    return any(issubclass(kind, one) for kind in _subclasses(other))


def _is_interface(kind: type) -> bool:
    return inspect.isabstract(kind) or "__subclasshook__" in vars(kind)


def _subclasses(kind: type) -> Iterator[type]:
    children: list[type] = type.__subclasses__(kind)
    for child in children:
        yield child
        yield from _subclasses(child)


def _is_structural(kind: type) -> bool:
    """Protocols and typed dicts accept by shape, which annotations do not settle."""
    return bool(getattr(kind, "_is_protocol", False)) or hasattr(kind, "__total__")


def _parameters_disjoint(given: Any, wanted: Any, have: type, want: type) -> bool:
    inner, outer = get_args(given), get_args(wanted)
    if not inner or not outer:
        return False
    if have is tuple and want is tuple:
        if any(map(_is_open, (*inner, *outer))):
            return False
        return len(inner) != len(outer) or any(map(provably_not, inner, outer))
    comparable = have in _BY_ELEMENTS and want in _BY_ELEMENTS and len(inner) == len(outer)
    return comparable and any(map(provably_not, inner, outer))


def _is_open(part: Any) -> bool:
    """Whether a part of a tuple's annotation stands for any number of items."""
    return part is Ellipsis or get_origin(part) is Unpack or bool(getattr(part, "__unpacked__", False))


def words(annotation: Any) -> str:
    """An annotation as a person would write it.

    >>> words(list[str] | None)
    'list[str] | None'
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is None or annotation is type(None):
        return "None"
    if annotation is Ellipsis:
        return "..."
    if isinstance(annotation, list):  # the parameters of a Callable
        return f"[{', '.join(map(words, annotation))}]"
    if origin in _UNIONS:
        return " | ".join(dict.fromkeys(map(words, arguments)))
    if origin is Annotated:
        return words(arguments[0])
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, arguments))}]"
    name = getattr(origin or annotation, "__name__", None) or str(annotation)
    return f"{name}[{', '.join(map(words, arguments))}]" if arguments else str(name)
