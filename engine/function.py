"""Functions as people pass them: what they are called, how they can be called, and whether they wait or yield."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from planweave.engine import annotation
from planweave.engine.location import Location
from planweave.engine.wording import clip, cut, mismatch

_WRAPPERS = 100
"""How many decorators of one function are looked through; more are taken for a circle."""

ANYTHING = inspect.Signature(
    [
        inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL),
        inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD),
    ]
)
"""The signature of what takes whatever it is given."""


def name_of(fn: Callable[..., Any]) -> str:
    """What a callable is called: a partial like its function, an object like its class.

    >>> name_of(functools.partial(max, 1)), name_of(lambda: 1)
    ('max', 'lambda')
    """
    fn = _inner(fn)
    name = getattr(fn, "__name__", type(fn).__name__)
    return "lambda" if name == "<lambda>" else str(name)


def place_of(fn: Callable[..., Any]) -> Location | None:
    """The line on which a function begins, under its decorators; None where it was not written in Python."""
    try:
        code = getattr(inspect.unwrap(_inner(fn)), "__code__", None)
    except ValueError:  # wrappers in a circle
        return None
    return None if code is None else Location(code.co_filename, code.co_firstlineno)


def waits(fn: Callable[..., Any]) -> bool:
    """Whether a call of it gives a coroutine: an ``async def``, or an object of a class that has such a call."""
    fn = _inner(fn)
    return inspect.iscoroutinefunction(fn) or inspect.iscoroutinefunction(_call_of(fn))


def yields(fn: Callable[..., Any]) -> bool:
    """Whether a call of it gives a generator."""
    fn = _inner(fn)
    tests = (inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    return any(test(fn) or test(_call_of(fn)) for test in tests)


def signature_of(fn: Callable[..., Any]) -> tuple[inspect.Signature | None, bool]:
    """How a callable is called, and whether that is only what its wrappers, which take anything, seem to pass on.

    A wrapper made with ``functools.wraps`` is called by its own parameters, where it names any. One that takes
    ``*args, **kwargs`` most often passes them on, so what it wraps tells their names and types; but it may add some,
    so a call that does not fit those may fit it all the same.

    >>> def logged(fn):
    ...     @functools.wraps(fn)
    ...     def wrapper(*args, **kwargs): ...
    ...     return wrapper
    >>> signature_of(logged(lambda path: path))
    (<Signature (path)>, True)
    """
    is_open = False
    for _ in range(_WRAPPERS):
        own = _signature(fn, follow_wrapped=False)
        if own is not None and not _takes_anything(own):
            return own, is_open
        is_open = is_open or own is not None
        inner = getattr(fn, "__wrapped__", None)
        if inner is None or not isinstance(fn, FunctionType):
            break
        fn = inner
    found = _signature(fn, follow_wrapped=True)
    return found, is_open and found is not None and not _takes_anything(found)


def misfit(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str | None:
    """Why a call does not fit the parameters of a callable; None where it fits, or that cannot be told."""
    if isinstance(fn, functools.partial):  # one that holds too much has no signature of its own
        return misfit(fn.func, (*fn.args, *args), {**fn.keywords, **kwargs})
    if _is_plain(fn, len(args)) and not kwargs:
        return None
    signature, is_open = signature_of(fn)
    if signature is None or is_open:
        return None
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        return mismatch(error)
    return None


def head(name: str, fn: Callable[..., Any], signature: inspect.Signature) -> str:
    """The head of a function as a person would write it, cut where it is long, whatever its defaults are."""
    parameters = [
        one if one.default is one.empty else one.replace(default=_Shown(one.default))
        for one in signature.parameters.values()
    ]
    return cut(annotation.head(name, fn, signature.replace(parameters=parameters)), 400)


class _Shown:
    """A default in the head of a function."""

    def __init__(self, value: object) -> None:
        self._text = clip(value)

    def __repr__(self) -> str:
        return self._text


def _is_plain(fn: Callable[..., Any], count: int) -> bool:
    """Whether it is a function of so many parameters and no others: most branches are, and a signature takes time."""
    if not isinstance(fn, FunctionType) or hasattr(fn, "__wrapped__") or hasattr(fn, "__signature__"):
        return False
    return fn.__code__.co_argcount == count and not fn.__code__.co_kwonlyargcount


def _inner(fn: Callable[..., Any]) -> Callable[..., Any]:
    while isinstance(fn, functools.partial):
        fn = fn.func
    return fn


def _call_of(fn: Callable[..., Any]) -> Any:
    """What the class of a callable object does when the object is called; inherited too."""
    return getattr(type(fn), "__call__", None)  # noqa: B004  # because it is not the test whether it can be called


def _signature(fn: Callable[..., Any], follow_wrapped: bool) -> inspect.Signature | None:
    try:
        return inspect.signature(fn, follow_wrapped=follow_wrapped)
    except (TypeError, ValueError):  # some builtins do not tell
        return None


def _takes_anything(signature: inspect.Signature) -> bool:
    kinds = [one.kind for one in signature.parameters.values()]
    return kinds == [inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD]
