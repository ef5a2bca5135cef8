"""A memo: what is worked out once for each function, and forgotten with it."""

from __future__ import annotations

import types
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

R = TypeVar("R")


def once_for_each_function(work_out: Callable[[Callable[..., Any]], R]) -> Callable[[Callable[..., Any]], R]:
    """The same, but the answer for a function is kept as long as the function itself.

    A function must not outlive its run because of a memo: its closure may hold a lot. Only plain functions have one:
    other callables may change (an object), equal one that is not the same, or end at once (a bound method).

    >>> @once_for_each_function
    ... def name_of(function):
    ...     print("looked at")
    ...     return function.__name__
    >>> def greet(): ...
    >>> name_of(greet), name_of(greet)
    looked at
    ('greet', 'greet')
    """
    known: WeakKeyDictionary[types.FunctionType, R] = WeakKeyDictionary()

    @wraps(work_out)
    def find(function: Callable[..., Any]) -> R:
        if type(function) is not types.FunctionType:
            return work_out(function)
        try:
            return known[function]
        except KeyError:
            pass  # outside of this block, so that an error of working it out is told as itself
        answer = known[function] = work_out(function)
        return answer

    return find
