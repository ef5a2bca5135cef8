"""TARGET: ``module:name`` or ``path/file.py:name``, and the workflow or graph that it leads to."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from planweave.cli.errors import TargetError, one_line, place_in, shown
from planweave.engine.compile import Compilable
from planweave.engine.compile import compile as compile_graph
from planweave.engine.errors import PlanweaveError
from planweave.engine.graph import Graph
from planweave.engine.location import Location
from planweave.engine.reference import load_script
from planweave.engine.task import Task

HELP = "A workflow or a graph: module:name or path/file.py:name."


class Target(NamedTuple):
    r"""A TARGET in its parts: where the name stands, whether that is a file, and the name.

    >>> split("C:\\flows\\digest.py:daily")
    Target(home='C:\\flows\\digest.py', is_file=True, name='daily')
    """

    home: str
    is_file: bool
    name: str


def graph_of(target: str) -> Graph:
    """The compiled graph that a TARGET leads to.

    Raises:
        TargetError: it leads nowhere, its file cannot be imported, or it is no workflow.
        DefinitionError: what the compiler finds wrong.
    """
    parts = split(target)
    module = _module(parts)
    found = _find(module, parts)
    file = str(getattr(module, "__file__", None) or "")
    try:
        return compile_graph(found)
    except PlanweaveError:
        raise
    except (Exception, SystemExit) as error:  # whatever the user's function raises while it is traced
        raise TargetError(
            f"{target!r} cannot be composed: {one_line(error)}", where=place_in(file, error.__traceback__)
        ) from error


def split(target: str) -> Target:
    """The parts of a TARGET: what stands before its last colon, and the name behind.

    Raises:
        TargetError: there is no name in it.

    >>> split("flows.daily:digest")
    Target(home='flows.daily', is_file=False, name='digest')
    """
    home, colon, name = target.rpartition(":")
    if not colon or not home or not name.isidentifier():
        if _looks_like_file(target):
            example = f"{target}:NAME"
            raise TargetError(f"TARGET {target!r} names a file, and no workflow in it", mend=f"write {example}")
        raise TargetError(
            f"TARGET {target!r} is not module:name or path/file.py:name", mend="write e.g. examples/notes.py:digest"
        )
    return Target(home, _looks_like_file(home), name)


def _looks_like_file(home: str) -> bool:
    return home.endswith(".py") or "/" in home or os.sep in home or Path(home).suffix in (".pyc", ".ipynb", ".json")


def _module(parts: Target) -> ModuleType:
    if parts.is_file:
        return _load_file(parts)
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)  # as `python -m` does
    return _import(parts.home)


def _load_file(parts: Target) -> ModuleType:
    path = Path(parts.home)
    try:
        kind = "file" if path.is_file() else "folder" if path.is_dir() else "other" if path.exists() else "nothing"
    except (OSError, ValueError) as error:  # no permission, too long a name, a null byte
        why = getattr(error, "strerror", None) or error
        raise TargetError(f"{shown(parts.home, 100)!r} cannot be looked at: {why}") from error
    if kind == "folder":
        raise TargetError(f"{parts.home!r} is a folder", mend=f"name a file in it: {path / 'FILE.py'}:{parts.name}")
    if kind == "nothing":
        other = path.with_name(f"{path.name}.py")
        mend = f"did you mean {other}:{parts.name}?" if _is_file(other) else f"the working folder is {os.getcwd()}"
        raise TargetError(f"there is no file {parts.home!r}", mend=mend)
    if kind == "other" or path.suffix != ".py":
        raise TargetError(f"{parts.home!r} is not a Python file", mend="name a file that ends in .py")
    return _loading(lambda: load_script(path), parts.home, str(path.resolve()))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _import(name: str) -> ModuleType:
    try:
        return _loading(lambda: importlib.import_module(name), name, "")
    except TargetError as error:
        missing = error.__cause__
        if isinstance(missing, ModuleNotFoundError) and missing.name and f"{name}.".startswith(f"{missing.name}."):
            file = Path(f"{name.replace('.', '/')}.py")
            mend = f"did you mean {file}:NAME?" if _is_file(file) else "a file is named by its path: path/file.py:name"
            raise TargetError(f"there is no module {missing.name!r}", mend=mend) from missing
        raise


def _loading(load: Any, home: str, file: str) -> ModuleType:
    """Import, and say what went wrong in the user's words and line."""
    try:
        module = load()
    except (KeyboardInterrupt, PlanweaveError):
        raise
    except SyntaxError as error:
        where = Location(error.filename, error.lineno or 1) if error.filename else None
        raise TargetError(f"{home!r} is not Python: {error.msg}", where=where) from error
    except SystemExit as error:
        where = place_in(file, error.__traceback__)
        raise TargetError(
            f"{home!r} ends the process when it is imported (SystemExit: {error.code})",
            where=where,
            mend='put what only a script does under: if __name__ == "__main__":',
        ) from error
    except BaseException as error:  # whatever importing a stranger's file raises
        raise TargetError(
            f"{home!r} cannot be imported: {one_line(error)}", where=place_in(file, error.__traceback__)
        ) from error
    assert isinstance(module, ModuleType)
    return module


def _find(module: ModuleType, parts: Target) -> Any:
    names = vars(module)
    if parts.name not in names:
        near = get_close_matches(parts.name, workflows(names), n=1)
        mend = f"did you mean {parts.home}:{near[0]}?" if near else _there(names, parts)
        raise TargetError(f"{parts.home!r} has no {parts.name!r}", mend=mend)
    found = names[parts.name]
    if isinstance(found, Task):
        raise TargetError(
            f"{parts.name!r} is a task, not a workflow",
            where=found.where,
            mend=f"call it in a function under @pw.workflow; {_there(names, parts)}",
        )
    if isinstance(found, type) or not isinstance(found, Graph | Compilable):
        kind = "a class" if isinstance(found, type) else f"of the type {type(found).__name__}"
        raise TargetError(f"{parts.name!r} is {kind}, not a workflow or a graph", mend=_there(names, parts))
    return found


def workflows(names: Mapping[str, Any]) -> list[str]:
    """The names in a module that a TARGET may end in, in the order in which they were defined."""
    return [
        name
        for name, value in names.items()
        if isinstance(value, Graph | Compilable) and not isinstance(value, type) and not name.startswith("_")
    ]


def _there(names: Mapping[str, Any], parts: Target) -> str:
    found = [f"{parts.home}:{name}" for name in workflows(names)[:10]]
    return f"there is {', '.join(found)}" if found else "there is no workflow in it: write one under @pw.workflow"
