"""References: how another process finds a task by module or file and name, and what a reference leads to."""

from __future__ import annotations

import hashlib
import inspect
import os
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planweave.engine.task import Task


def reference(task: Task[..., Any]) -> str | None:
    """How another process finds the task: ``module:name``, or ``path#name`` for a script; None: it cannot.

    >>> from planweave.engine.task import task
    >>> reference(task(lambda x: x)) is None
    True
    """
    return _reference(inspect.unwrap(task.fn), task.fn)


def reference_of_class(kind: type) -> str | None:
    """The same for a class.

    >>> reference_of_class(Path)
    'pathlib:Path'
    """
    return _reference(kind, kind)


def _reference(target: Any, wanted: Any) -> str | None:
    """A name of ``target`` that leads to ``wanted``, or to a task of it."""
    module_name, name = getattr(target, "__module__", None), getattr(target, "__qualname__", None)
    if not module_name or not name or "<" in name:
        return None
    module = sys.modules.get(module_name)
    if module is None or not _leads_to(module, name, wanted):
        return None
    file = getattr(module, "__file__", None)
    is_script = module_name == "__main__" or getattr(module, "__planweave_script__", False)
    if not is_script:
        return f"{module_name}:{name}"
    return f"{Path(file).resolve()}#{name}" if file and os.path.isfile(file) else None  # <stdin> is no file


def _leads_to(module: types.ModuleType, name: str, wanted: Any) -> bool:
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is wanted or getattr(found, "fn", None) is wanted


def find(ref: str) -> Any:
    """What a reference names; imports its module, so only for references of one's own making.

    Raises:
        LookupError: there is no such module, file or name.
    """
    module_name, separator, name = ref.rpartition("#") if "#" in ref else ref.rpartition(":")
    if not separator or not name:
        raise LookupError(f"{ref!r} is not module:name or path#name")
    found: Any = load_script(Path(module_name)) if separator == "#" else _import(module_name)
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise LookupError(f"{module_name} has no {name}") from None
    return found


def find_imported(ref: str) -> Any:
    """What a reference names, if its module has been imported here; None: it has not, or has no such name.

    >>> find_imported("pathlib:Path")
    <class 'pathlib.Path'>
    """
    module_name, separator, name = ref.rpartition("#") if "#" in ref else ref.rpartition(":")
    found: Any = _loaded_script(Path(module_name).resolve()) if separator == "#" else sys.modules.get(module_name)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _import(module_name: str) -> types.ModuleType:
    import importlib

    if not module_name or module_name.startswith("."):
        raise LookupError(f"{module_name!r} is no name of a module")
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise LookupError(f"there is no module {module_name!r}") from None
        raise


def load_script(path: Path) -> types.ModuleType:
    """The module of a file that is not on the import path, run once a process under a name made from its path.

    Raises:
        LookupError: there is no such file.
        SyntaxError: it is not Python.
    """
    import importlib.util

    path = path.resolve()
    name, known = _script_name(path), _loaded_script(path)
    if known is not None:
        return known
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise LookupError(f"there is no Python file {path}")
    if b"\0" in path.read_bytes():  # compiling it is a ValueError before Python 3.12
        raise SyntaxError("source code cannot contain null bytes", (str(path), 1, None, None))
    module = importlib.util.module_from_spec(spec)
    module.__dict__["__planweave_script__"] = True
    sys.modules[name] = module
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))  # as Python does for the script that it is given
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _loaded_script(path: Path) -> types.ModuleType | None:
    """The module of a file that has been run in this process."""
    main = sys.modules.get("__main__")
    if main is not None and (file := getattr(main, "__file__", None)) and Path(file).resolve() == path:
        return main
    return sys.modules.get(_script_name(path))


def _script_name(path: Path) -> str:
    return f"planweave_script_{path.stem}_{hashlib.sha256(os.fsencode(path)).hexdigest()[:8]}"
