"""Loading: the tools of a module, a file, a folder of plug-ins, and of installed packages.

Loading runs code, so it is only done for what somebody names, or has installed.
"""

from __future__ import annotations

import importlib
import types
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from planweave.engine.errors import DefinitionError
from planweave.engine.reference import load_script
from planweave.engine.wording import clip
from planweave.nodes.tools.tool import Tool

GROUP = "planweave.tools"
"""The group of entry points by which an installed package offers tools."""


def load_tools(target: str | Path | types.ModuleType) -> list[Tool[..., Any]]:
    """The tools of a module, in the order of their names in it.

    Args:
        target: a module, its name, the path of a Python file, or that of a folder, all of whose files are loaded but
            those that begin with ``_`` or ``.``.

    Raises:
        DefinitionError: it cannot be loaded, or has no tools.

    >>> [one.name for one in load_tools("planweave.nodes.tools.builtin.calculator")]
    ['calculator']
    """
    found = list(dict.fromkeys(tool for module in _modules(target) for tool in tools_of(vars(module).values())))
    if not found:
        raise DefinitionError(
            f"there is no tool in {clip(str(getattr(target, '__name__', target)))}",
            mend="write @pw.tool above functions at the top of the file",
        )
    return found


def installed_tools() -> list[Tool[..., Any]]:
    """The tools that installed packages offer by entry points of the group ``planweave.tools``.

    Each names a tool, a list of tools, a toolbox, a module with tools, or a function that gives one of these.

    Raises:
        DefinitionError: one of them cannot be loaded, or is none of that.
    """
    found: list[Tool[..., Any]] = []
    for point in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        found += _offered(point)
    return found


def tools_of(values: Iterable[object]) -> Iterator[Tool[..., Any]]:
    """Those that are tools, and those in lists and toolboxes."""
    from planweave.nodes.tools.toolbox import Toolbox

    for one in values:
        if isinstance(one, Tool):
            yield one
        elif isinstance(one, list | tuple | Toolbox):
            yield from (part for part in one if isinstance(part, Tool))


def _modules(target: str | Path | types.ModuleType) -> Iterator[types.ModuleType]:
    if isinstance(target, types.ModuleType):
        yield target
        return
    path = Path(target)
    if path.is_dir():
        for file in sorted(path.glob("*.py")):
            if not file.name.startswith(("_", ".")):
                yield _loaded(str(file))
        return
    yield _loaded(str(target))


def _loaded(name: str) -> types.ModuleType:
    try:
        return load_script(Path(name)) if name.endswith(".py") else importlib.import_module(name)
    except Exception as error:  # whatever the code of a plug-in raises
        raise DefinitionError(
            f"the tools in {clip(name)} cannot be loaded: {type(error).__name__}: {error}",
            mend="name a module that can be imported, or the path of a Python file or folder",
        ) from error


def _offered(point: EntryPoint) -> list[Tool[..., Any]]:
    try:
        offered = point.load()
        if not isinstance(offered, Tool) and callable(offered):
            offered = offered()
    except Exception as error:  # whatever the code of a package raises
        raise DefinitionError(
            f"the tools that {clip(point.name)} offers cannot be loaded: {type(error).__name__}: {error}",
            mend=f"mend or remove the package that has the entry point {point.value}",
        ) from error
    values = vars(offered).values() if isinstance(offered, types.ModuleType) else [offered]
    found = list(dict.fromkeys(tools_of(values)))
    if not found:
        raise DefinitionError(
            f"the entry point {clip(point.name)} offers no tools, but {clip(offered)}",
            mend=f"let {point.value} be a tool, a list of tools, a toolbox, a module, or a function that gives one",
        )
    return found
