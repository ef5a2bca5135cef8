"""A handle: what stands for the value of a node while a workflow is traced.

Type checkers see the value's own type (``Task.__call__`` is typed so); at run time the value does not exist
yet, so every use of a handle as a value raises ``HandleUseError`` with the line and the mend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from planweave.engine.errors import HandleUseError
from planweave.engine.location import Location
from planweave.engine.source import Source

if TYPE_CHECKING:
    from planweave.engine.tracer import Tracer

_MEND_TRUTH = "use pw.when(condition, then=..., otherwise=...) with a task that returns the bool"
_MEND_LOOP = "use task.map(handle) to run a task for each item"
_MEND_PICK = "write a task that takes the whole value and returns the part"
_MEND_TASK = "do this inside a task"


class Handle:
    """Stands for the value of a node, or of an input, of the workflow that is being traced."""

    __slots__ = ("label", "source", "tracer")

    def __init__(self, tracer: Tracer, source: Source, label: str) -> None:
        self.tracer = tracer
        self.source = source
        self.label = label

    def __repr__(self) -> str:
        return f"<handle of '{self.label}'>"

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):  # what copy, inspect and notebooks ask of everything
            raise AttributeError(name)
        _refuse(self, f"read as an object (.{name})", _MEND_PICK)

    __hash__ = object.__hash__

    def __copy__(self) -> Handle:
        return self

    def __deepcopy__(self, memo: object) -> Handle:
        return self


def _refuse(handle: Handle, use: str, mend: str) -> NoReturn:
    raise HandleUseError(
        f"'{handle.label}' is a handle: its value exists only when the workflow runs, so it cannot be {use} here",
        where=Location.of_user(),
        mend=mend,
    )


_USES = {
    "used as a truth value": ("__bool__", _MEND_TRUTH),
    "iterated": ("__iter__ __len__ __contains__ __reversed__ __next__ __aiter__", _MEND_LOOP),
    "indexed": ("__getitem__ __setitem__ __delitem__", _MEND_PICK),
    "compared": ("__eq__ __ne__ __lt__ __le__ __gt__ __ge__", _MEND_TRUTH),
    "formatted": ("__str__ __format__ __bytes__", _MEND_TASK),
    "used as a path": ("__fspath__", _MEND_TASK),
    "called": ("__call__", "pass functions to tasks as constants, not as results"),
    "awaited": ("__await__", "a task's value arrives by itself: no await in a workflow"),
    "entered": ("__enter__ __exit__ __aenter__ __aexit__", _MEND_TASK),
    "used in arithmetic": (
        " ".join(
            f"__{side}{name}__"
            for name in "add sub mul truediv floordiv mod divmod pow matmul lshift rshift and or xor".split()
            for side in ("", "r")
        )
        + " __neg__ __pos__ __abs__ __invert__ __int__ __float__ __complex__ __index__ __round__",
        _MEND_TASK,
    ),
}


def _forbid(use: str, mend: str) -> Any:
    def method(self: Handle, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse(self, use, mend)

    return method


for _use, (_names, _mend) in _USES.items():
    for _name in _names.split():
        setattr(Handle, _name, _forbid(_use, _mend))
