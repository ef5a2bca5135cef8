"""A handle: what stands for the value of a node while a workflow is traced.

Type checkers see the value's own type (``Task.__call__`` is typed so); at run time the value does not exist
yet, so every use of a handle as a value raises ``HandleUseError`` with the line and the mend.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

from planweave.engine.errors import HandleUseError
from planweave.engine.location import Location
from planweave.engine.source import Source
from planweave.engine.wording import clip, cut

if TYPE_CHECKING:
    from planweave.engine.tracer import Tracer

_MEND_TRUTH = "use pw.when(condition, then=..., otherwise=...) with a task that returns the bool"
_MEND_PICK = "write a task that takes the whole value and returns the part"
_MEND_LOOP = f"use task.map(handle) to run a task for each item, or {_MEND_PICK}"
_MEND_ASK = "write a task that takes the whole value and returns the answer"
_MEND_CHANGE = "write a task that takes the value and returns the changed one"
_MEND_TASK = "do this inside a task"

_ASKED_OF_EVERYTHING = re.compile("__.*__$|_repr_|_ipython_|_is_coroutine")
"""Names that copy, inspect and notebooks ask of every object; those that are not there must just not be there."""


class Handle:
    """Stands for the value of a node, or of an input, of the workflow that is being traced."""

    __slots__ = ("label", "source", "tracer")

    tracer: Tracer
    source: Source
    label: str

    def __init__(self, tracer: Tracer, source: Source, label: str) -> None:
        _set_tracer(self, tracer)
        _set_source(self, source)
        _set_label(self, label)

    def __repr__(self) -> str:
        return f"<handle of {clip(self.label)}>"

    def __getattr__(self, name: str) -> NoReturn:
        if _ASKED_OF_EVERYTHING.match(name):
            raise AttributeError(name)
        _refuse(self, f"read as an object (.{cut(name)})", _MEND_PICK)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        _refuse(self, f"given an attribute (.{cut(name)})", _MEND_CHANGE)

    def __delattr__(self, name: str) -> NoReturn:
        _refuse(self, f"stripped of an attribute (.{cut(name)})", _MEND_CHANGE)

    __hash__ = object.__hash__

    def __copy__(self) -> Handle:
        return self

    def __deepcopy__(self, memo: object) -> Handle:
        return self


_set_tracer, _set_source, _set_label = (getattr(Handle, name).__set__ for name in ("tracer", "source", "label"))


def _refuse(handle: Handle, use: str, mend: str) -> NoReturn:
    raise HandleUseError(
        f"{clip(handle.label)} is a handle: its value exists only when the workflow runs, so it cannot be {use} here",
        where=Location.of_user(),
        mend=mend,
    )


_USES = {
    "used as a truth value": ("__bool__", _MEND_TRUTH),
    "iterated": ("__iter__ __reversed__ __next__ __aiter__", _MEND_LOOP),
    "measured": ("__len__", _MEND_ASK),
    "searched": ("__contains__", _MEND_ASK),
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
        + " __neg__ __pos__ __abs__ __invert__ __int__ __float__ __complex__ __index__ __round__"
        + " __trunc__ __floor__ __ceil__",
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
