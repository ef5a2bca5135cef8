"""The keys of a cache: which calls are equal, in a run and beyond it."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from planweave.engine.code import code_hash, content, function_hash
from planweave.engine.content.hash import content_hash
from planweave.engine.errors import ValueRefused
from planweave.engine.memo import once_for_each_function
from planweave.engine.node import Node
from planweave.engine.task import Task

_PLAIN = (type(None), bool, int, float, complex, str, bytes)


def cache_key(node: Node, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """A hash of what a call computes: the task, and the content of the arguments.

    Two functions never share a key unless their tasks bear the same ``version``: equal code may mean different things
    in two modules, or around two closures. So it is the function itself that counts, which lives as long as the run.

    Raises:
        ValueRefused: an argument has no content that can be hashed.
    """
    assert node.task is not None
    task = node.task
    function = f"function {id(task.fn)}" if task.version is None else f"version {code_hash(task)}"
    return _key(function, node, args, kwargs)


def lasting_key(node: Node, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str | None:
    """The same for calls of other runs, in other processes; None where it cannot be told what their code means.

    Raises:
        ValueRefused: an argument has no content that can be hashed.
    """
    assert node.task is not None
    function = _meaning(node.task)
    return None if function is None else _key(function, node, args, kwargs)


def _key(function: str, node: Node, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    assert node.task is not None
    names = (*node.task.parameter_names(len(args)), *kwargs)
    hashes = [_hash_of(node, name, value) for name, value in zip(names, (*args, *kwargs.values()), strict=True)]
    by_keyword = sorted(zip(kwargs, hashes[len(args) :], strict=True))
    return content_hash((function, hashes[: len(args)], by_keyword))


def _hash_of(node: Node, name: str, value: Any) -> str:
    try:
        return content_hash(value)
    except ValueRefused as error:
        raise ValueRefused(
            f"'{node.id}' has cache=True, but its argument '{name}' cannot be compared: {error.what}",
            node=node.id,
            where=node.where,
            mend=error.mend or "pass plain values, dataclasses or pydantic models, or leave cache out",
        ) from error.__cause__


# ---------------------------------------------------------------------- what code means in other processes


def _meaning(task: Task[..., Any]) -> str | None:
    """A text for what a task computes, the same in each process; None where it depends on what cannot be seen.

    That is its ``version``; or the function by its module, name and code, with the constants of its module that it
    reads, and the functions of its module that it calls. A closure, what wraps another function, a method and a
    callable object need a version.
    """
    if task.version is not None:
        return f"version {code_hash(task)}"
    return _of_function(task.fn) if isinstance(task.fn, types.FunctionType) else None


@once_for_each_function
def _function_names(fn: Callable[..., Any]) -> tuple[str, ...]:
    """The names that a function may read from its module."""
    assert isinstance(fn, types.FunctionType)
    return tuple(dict.fromkeys(name for code in _codes(fn.__code__) for name in code.co_names))


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for one in code.co_consts:
        if isinstance(one, types.CodeType):
            yield from _codes(one)


def _of_function(fn: types.FunctionType) -> str | None:
    """What a function means, and those of its module that it calls."""
    found, parts = [fn], []
    for one in found:  # which grows meanwhile
        is_wrapper = hasattr(one, "__wrapped__")  # its hash would be that of what it wraps
        defaults = (one.__defaults__ or (), *(one.__kwdefaults__ or {}).values())
        if one.__closure__ or is_wrapper or not _is_plain(defaults):
            return None
        parts.append(f"{_place(one)} {function_hash(one)}")
        for name in _function_names(one):
            if name not in one.__globals__:
                continue
            value = one.__globals__[name]
            value = value.fn if isinstance(value, Task) else value
            if isinstance(value, _PLAIN):
                parts.append(f"{name}: {content(value)}")
            elif isinstance(value, types.FunctionType) and value.__module__ == fn.__module__:
                found += [value] if value not in found else []
    return " ".join(parts)


def _place(fn: types.FunctionType) -> str:
    """Where a function stands; of a program that is run as such, the file: all are called ``__main__``."""
    file = fn.__code__.co_filename if fn.__module__ == "__main__" else ""
    return f"function {fn.__module__} {fn.__qualname__} {file}"


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return isinstance(value, _PLAIN)
