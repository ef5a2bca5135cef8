"""Hamilton: functions whose parameters are named like the functions before them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any

from benchmarks.shapes import Shape, successors


def prepare(shape: Shape) -> Callable[[], object]:
    """A driver over a module of such functions, which is asked for the last ones."""
    functions = [function(i, before) for i, before in enumerate(shape)]
    module = import_module("hamilton.ad_hoc_utils").create_temporary_module(*functions)
    driver = import_module("hamilton.driver").Builder().with_modules(module).build()
    wanted = [f"node_{i}" for i, after in enumerate(successors(shape)) if not after]
    return lambda: driver.execute(wanted)


def function(position: int, before: tuple[int, ...]) -> Callable[..., int]:
    """A function that does nothing, with the name and the parameters that Hamilton reads."""

    def node(**values: int) -> int:
        return 0

    names = [f"node_{i}" for i in before]
    parameters = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=int) for name in names]
    made: Any = node
    made.__name__ = f"node_{position}"
    made.__signature__ = inspect.Signature(parameters, return_annotation=int)
    made.__annotations__ = dict.fromkeys((*names, "return"), int)
    return node
