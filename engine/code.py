"""The identity of code and of constants: hashes and texts that change when the meaning may, equal in every process."""

from __future__ import annotations

import ast
import datetime
import functools
import hashlib
import inspect
import textwrap
import types
from collections import deque
from collections.abc import Callable, Iterable
from enum import Enum, Flag
from typing import TYPE_CHECKING, Any

from planweave.engine.content.hash import content_hash
from planweave.engine.content.leaves import LEAVES
from planweave.engine.errors import ValueRefused
from planweave.engine.memo import once_for_each_function

if TYPE_CHECKING:
    from planweave.engine.task import Task

MAX_DEPTH = 100
Within = tuple[int, ...]
"""The objects that a text is being made inside of, by ``id``: what holds itself would have no end."""


def code_hash(task: Task[..., Any]) -> str:
    """A hash of the code of a task: of its ``version`` where it has one, else of its function.

    The function counts by its normalised syntax tree (comments, layout, docstrings and decorators do not), else by
    its bytecode; what it closes over counts too, as far as its content can be seen.
    """
    if task.version is not None:
        return _sha256(f"version {task.name!r} {task.version!r}")
    return function_hash(task.fn)


@once_for_each_function
def function_hash(fn: Callable[..., Any]) -> str:
    """A hash of the code of a callable; see ``code_hash``."""
    return _sha256(_callable(fn, ()))


def _callable(fn: Callable[..., Any], within: Within) -> str:
    if isinstance(fn, functools.partial):
        keywords = sorted(fn.keywords.items())
        return f"partial {_callable(fn.func, within)} {content(fn.args, within)} {content(keywords, within)}"
    target = inspect.unwrap(fn)
    if isinstance(target, types.MethodType):  # what it is bound to is an argument of it
        return f"method {content(target.__self__, within)} {_callable(target.__func__, within)}"
    if isinstance(target, types.FunctionType):
        return _function(target, within)
    call = next((vars(base)["__call__"] for base in type(target).__mro__ if "__call__" in vars(base)), None)
    if isinstance(call, types.FunctionType) and not isinstance(target, type):
        return f"object {_name(type(target))} {_function(call, within)} {_state(target, within)}"
    return f"builtin {getattr(target, '__module__', '')}.{getattr(target, '__qualname__', repr(type(target)))}"


def _function(fn: types.FunctionType, within: Within) -> str:
    cells = [content(cell.cell_contents, within) for cell in fn.__closure__ or () if _is_filled(cell)]
    defaults = content((fn.__defaults__, fn.__kwdefaults__), within)
    return f"{_syntax(fn) or _bytecode(fn.__code__)} {cells} {defaults}"


def _is_filled(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018  # because reading it is the test
    except ValueError:
        return False
    return True


def _syntax(fn: types.FunctionType) -> str | None:
    """The normalised syntax tree of a ``def``, as text; None for lambdas and where there is no source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(fn)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    node = tree.body[0] if tree.body else None
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name != fn.__name__:
        return None
    node.decorator_list = []
    if ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(node)


def _bytecode(code: types.CodeType) -> str:
    constants = [_bytecode(one) if isinstance(one, types.CodeType) else content(one) for one in code.co_consts]
    takes = f"{code.co_argcount} {code.co_posonlyargcount} {code.co_kwonlyargcount} {code.co_flags}"
    names = f"{code.co_names} {code.co_varnames} {code.co_freevars} {code.co_cellvars}"
    return f"{takes} {names} {code.co_code.hex()} {code.co_exceptiontable.hex()} {constants}"


# ---------------------------------------------------------------------- constants


def content(value: Any, within: Within = ()) -> str:
    """A text for the content of a constant that is the same in every process, as far as its content can be seen.

    Where a cache refuses what it cannot see through (``content_hash``), this makes do with the type: a constant of
    another content may then go unnoticed, but none is ever taken for changed that is not.

    >>> content({"b": (1, 2.5)})
    "dict [str 'b': tuple [int 0x1, float 2.5]]"
    """
    kind = type(value)
    if kind in _PLAIN:
        return f"{kind.__name__} {_PLAIN[kind](value)}"
    name = _name(kind)
    if id(value) in within or len(within) == MAX_DEPTH:
        return f"{name} ..."
    if isinstance(value, type):
        return f"{name} {value.__module__}.{value.__qualname__}"
    written = _leaf(value, kind)
    if written is not None:
        return f"{name} {written}"
    within = (*within, id(value))
    if isinstance(value, types.FunctionType | types.MethodType | functools.partial) or callable(value):
        return f"{name} {getattr(value, '__qualname__', '')} {_sha256(_callable(value, within))}"
    held = _held(value, within)
    return f"{name} {'' if held is None else f'[{held}]'}{_state(value, within)}"


_PLAIN: dict[type, Callable[[Any], str]] = {
    type(None): repr,
    bool: repr,
    int: lambda value: int.__format__(value, "#x"),  # decimal digits are refused past a few thousand
    float: float.__repr__,
    complex: complex.__repr__,
    str: str.__repr__,
    bytes: bytes.__repr__,
}
"""What writes values of exactly these types, and the base of those of their subclasses."""


def _leaf(value: Any, kind: type) -> str | None:
    """A text for a value that holds no others; None for one that does, or that cannot be seen through."""
    if kind is datetime.datetime or kind is datetime.time:  # a document keeps the offset, not the class of the zone
        return f"{value.isoformat()} {value.fold}"
    if isinstance(value, Enum):
        return content(value._value_) if isinstance(value, Flag) else value._name_
    try:
        if kind in LEAVES:
            return hashlib.sha256(LEAVES[kind][1](value)).hexdigest()
        if kind.__module__.partition(".")[0] in ("numpy", "pandas"):
            return content_hash(value)
    except (ValueRefused, TypeError, ValueError):  # a zone that was read from a file, an array of objects
        pass
    return None


def _held(value: Any, within: Within) -> str | None:
    """A text for what a container, or a value of a subclass of a plain type, holds; None for others."""

    def each(items: Iterable[Any]) -> list[str]:
        return [content(item, within) for item in items]

    if isinstance(value, dict | types.MappingProxyType):
        return ", ".join(f"{content(key, within)}: {content(item, within)}" for key, item in value.items())
    if isinstance(value, list | tuple | deque):
        return ", ".join(each(value))
    if isinstance(value, set | frozenset):
        return ", ".join(sorted(each(value)))
    if isinstance(value, slice):
        return ", ".join(each((value.start, value.stop, value.step)))
    for base, write in _PLAIN.items():
        if isinstance(value, base):
            return write(value)
    return None


def _state(owner: Any, within: Within) -> str:
    """A text for the attributes of an object, in slots too; for an address what it says."""
    if isinstance(owner, type | types.ModuleType):
        return content(owner, within)
    try:
        state = object.__getstate__(owner)
    except TypeError:  # written in C, and closed
        state = None
    if state is not None:
        return content(state, within)
    is_url = type(owner).__module__.partition(".")[0] == "pydantic_core"
    return str(owner) if is_url else ""


def _name(kind: type) -> str:
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
