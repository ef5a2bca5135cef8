"""Compiling the innermost loops, where numba is there: a function and all of the project's that it calls.

The functions stay plain ones, which run without numba too; what is compiled are copies of them that call each other.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any

ROOT = __name__.partition(".")[0] + "."


def can_compile() -> bool:
    """Whether numba is installed."""
    return importlib.util.find_spec("numba") is not None


@cache
def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that does the same, compiled when it is first called for arrays; kept on disk where numba may.

    Args:
        function: a plain function of the project, as are those that it calls.
    """
    numba = importlib.import_module("numba")

    made: dict[Any, Any] = {}
    order = _called(function)
    digest = hashlib.sha256(
        repr([(one.__code__.co_code, one.__code__.co_consts) for one in order]).encode()
    ).hexdigest()
    for one in order:
        names = {name: made.get(value, value) for name, value in one.__globals__.items() if _is_hashable(value)}
        copy = FunctionType(one.__code__, names, one.__name__, one.__defaults__, one.__closure__)
        copy.__qualname__ = f"{one.__qualname__}_{digest[:16]}"  # numba finds what it keeps by this name
        copy.__module__ = one.__module__
        inner = one is not function  # what only compiled code calls needs no wrappers, which take half of the time
        made[one] = numba.njit(
            copy, cache=not inner, error_model="numpy", no_cpython_wrapper=inner, no_cfunc_wrapper=inner
        )
    return made[function]  # type: ignore[no-any-return]


def _is_hashable(value: Any) -> bool:
    return getattr(value, "__hash__", None) is not None


def _called(function: Callable[..., Any]) -> list[FunctionType]:
    """The function and those of the project that it calls, each after what it calls."""
    found: dict[FunctionType, None] = {}

    def visit(one: FunctionType) -> None:
        for name in one.__code__.co_names:
            value = one.__globals__.get(name)
            if isinstance(value, FunctionType) and value.__module__.startswith(ROOT) and value not in found:
                visit(value)
        found[one] = None

    assert isinstance(function, FunctionType)
    visit(function)
    return list(found)
