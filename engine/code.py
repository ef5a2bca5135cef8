"""The identity of code: a hash that changes when its meaning may, and a reference by which it is found again."""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import os
import sys
import textwrap
import types
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planweave.engine.memo import once_for_each_function

if TYPE_CHECKING:
    from planweave.engine.task import Task

_PLAIN = (str, float, bytes, type(None), complex)
_MAX_DEPTH = 100


def code_hash(task: Task[..., Any]) -> str:
    """A hash of the code of a task: of its ``version`` where it has one, else of its function.

    The function counts by its normalised syntax tree (comments, layout, docstrings and decorators do not), else by
    its bytecode; plain values that it closes over count too.
    """
    if task.version is not None:
        return _sha256(f"version {task.name!r} {task.version!r}")
    return function_hash(task.fn)


@once_for_each_function
def function_hash(fn: Callable[..., Any]) -> str:
    """A hash of the code of a callable; see ``code_hash``."""
    if isinstance(fn, functools.partial):
        return _sha256(f"partial {function_hash(fn.func)} {_plain(fn.args)} {_plain(sorted(fn.keywords.items()))}")
    target = inspect.unwrap(fn)
    if isinstance(target, types.MethodType):  # what it is bound to is an argument of it
        return _sha256(f"method {_state(target.__self__)} {function_hash(target.__func__)}")
    if not isinstance(target, types.FunctionType):
        call = type(target).__dict__.get("__call__")
        if isinstance(call, types.FunctionType) and not isinstance(target, type):
            return _sha256(f"object {type(target).__qualname__} {function_hash(call)} {_state(target)}")
        return _sha256(
            f"builtin {getattr(target, '__module__', '')}.{getattr(target, '__qualname__', repr(type(target)))}"
        )
    cells = [_plain(cell.cell_contents) for cell in target.__closure__ or () if _is_filled(cell)]
    defaults = _plain((target.__defaults__, target.__kwdefaults__))
    return _sha256(f"{_syntax(target) or _bytecode(target.__code__)} {cells} {defaults}")


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
    constants = [_bytecode(one) if isinstance(one, types.CodeType) else _plain(one) for one in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {code.co_varnames} {constants}"


def _plain(value: Any, depth: int = 0) -> str:
    """A text for a plain value that is the same in every process; only the type for anything else."""
    if isinstance(value, int):
        return f"{type(value).__name__} {int(value):#x}"  # decimal digits are refused past a few thousand
    if isinstance(value, _PLAIN):
        return f"{type(value).__name__} {value!r}"
    if depth > _MAX_DEPTH:
        return "..."
    if isinstance(value, tuple | list):
        return f"[{', '.join(_plain(one, depth + 1) for one in value)}]"
    if isinstance(value, frozenset | set):
        return f"{{{', '.join(sorted(_plain(one, depth + 1) for one in value))}}}"
    if isinstance(value, dict):
        pairs = (f"{_plain(key, depth + 1)}: {_plain(one, depth + 1)}" for key, one in value.items())
        return f"{{{', '.join(sorted(pairs))}}}"
    if isinstance(value, types.FunctionType):
        return f"function {value.__qualname__} {_bytecode(value.__code__)}"
    if isinstance(value, type):
        return f"class {value.__module__}.{value.__qualname__}"
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _state(owner: Any) -> str:
    """A text for the attributes of the object behind a method or a callable object, in slots too."""
    if isinstance(owner, type | types.ModuleType):
        return _plain(owner)
    return f"{_plain(type(owner))} {_plain(object.__getstate__(owner))}"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def reference(task: Task[..., Any]) -> str | None:
    """How another process finds the task: ``module:name``, or ``path#name`` for a script; None: it cannot.

    >>> from planweave.engine.task import task
    >>> reference(task(lambda x: x)) is None
    True
    """
    target = inspect.unwrap(task.fn)
    module_name, name = getattr(target, "__module__", None), getattr(target, "__qualname__", None)
    if not module_name or not name or "<" in name:
        return None
    module = sys.modules.get(module_name)
    if module is None or not _leads_to(module, name, task):
        return None
    file = getattr(module, "__file__", None)
    is_script = module_name == "__main__" or getattr(module, "__planweave_script__", False)
    if not is_script:
        return f"{module_name}:{name}"
    return f"{Path(file).resolve()}#{name}" if file and os.path.isfile(file) else None  # <stdin> is no file


def _leads_to(module: types.ModuleType, name: str, task: Task[..., Any]) -> bool:
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is task.fn or getattr(found, "fn", None) is task.fn


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
    main = sys.modules.get("__main__")
    if main is not None and (file := getattr(main, "__file__", None)) and Path(file).resolve() == path:
        return main
    name = f"planweave_script_{path.stem}_{_sha256(str(path))[:8]}"
    if name in sys.modules:
        return sys.modules[name]
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
