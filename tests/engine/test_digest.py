"""The identity of code: what counts as a change of a task, and how a task is found again by its name."""

from __future__ import annotations

import collections
import copy
import dataclasses
import datetime
import enum
import functools
import importlib
import re
import sys
import textwrap
import types
from fractions import Fraction
from pathlib import Path
from typing import Any

import pydantic
import pytest

import planweave as pw
from planweave.engine.code import code_hash, content, function_hash
from planweave.engine.reference import find, load_script, reference


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes modules of a source text, each of another file, since the hash reads the source."""
    monkeypatch.syspath_prepend(tmp_path)
    names: list[str] = []

    def make(source: str) -> types.ModuleType:
        name = f"digest_example_{len(names)}"
        names.append(name)
        (tmp_path / f"{name}.py").write_text(source)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield make
    for name in names:
        sys.modules.pop(name, None)


BASE = "def f(x, y=1):\n    return x + y\n"
SAME = {
    "comments": "# why\ndef f(x, y=1):  # how\n    # what\n    return x + y\n",
    "layout": "def f(\n    x,\n    y = 1,\n):\n\n\n    return (x\n        + y)\n",
    "a docstring": 'def f(x, y=1):\n    """What it does."""\n    return x + y\n',
    "a decorator": "import functools\n@functools.lru_cache\ndef f(x, y=1):\n    return x + y\n",
    "its place": "def g():\n    return 1\n\n\ndef f(x, y=1):\n    return x + y\n",
    "its indentation": "if True:\n    def f(x, y=1):\n        return x + y\n",
}
OTHER = {
    "the body": "def f(x, y=1):\n    return x - y\n",
    "a default": "def f(x, y=2):\n    return x + y\n",
    "the value of a default": "ONE = 2\ndef f(x, y=ONE):\n    return x + y\n",
    "a parameter": "def f(x, z=1):\n    return x + z\n",
    "an annotation": "def f(x: int, y=1):\n    return x + y\n",
    "a coroutine": "async def f(x, y=1):\n    return x + y\n",
    "what is inside": "def f(x, y=1):\n    def g():\n        return 1\n    return x + y\n",
}


@pytest.mark.parametrize("what", SAME)
def test_what_does_not_change_the_meaning_does_not_count(module: Any, what: str) -> None:
    """Law: comments, layout, docstrings, decorators and the place in the file are no part of the code."""
    assert function_hash(module(SAME[what]).f) == function_hash(module(BASE).f)


@pytest.mark.parametrize("what", OTHER)
def test_what_may_change_the_meaning_counts(module: Any, what: str) -> None:
    """Law: the body, the parameters and the values of defaults are."""
    assert function_hash(module(OTHER[what]).f) != function_hash(module(BASE).f)


def test_the_version_stands_for_the_code_where_there_is_one() -> None:
    """Law: with a version only that and the name count."""

    def bare(x: object) -> object:
        return x

    def boxed(x: object) -> object:
        return [x]

    one, two = pw.task(name="same", version="1")(bare), pw.task(name="same", version="1")(boxed)
    assert code_hash(one) == code_hash(two)
    assert code_hash(one) != code_hash(pw.task(name="same", version="2")(bare))
    assert code_hash(one) != code_hash(pw.task(name="same")(bare))


def adding(number: Any) -> Any:
    def add(x: int) -> Any:
        return x, number

    return add


def test_what_a_function_closes_over_counts() -> None:
    """Law: the same text with other values around it is other code; sets count by content."""
    assert function_hash(adding(1)) == function_hash(adding(1)) != function_hash(adding(2))
    assert function_hash(adding([1, {"a": 2}])) == function_hash(adding([1, {"a": 2}]))
    assert function_hash(adding([1, {"a": 2}])) != function_hash(adding([1, {"a": 3}]))
    assert function_hash(adding({"a", "b"})) == function_hash(adding({"b", "a"}))
    assert function_hash(adding(int)) != function_hash(adding(str))
    assert function_hash(adding(adding)) != function_hash(adding(function_hash))
    assert function_hash(adding(10**5000)) != function_hash(adding(10**5000 + 1))


def test_values_without_an_end_can_be_closed_over() -> None:
    """Law: what holds itself, functions that call each other and names that are not filled yet have a hash."""
    itself: list[Any] = []
    itself.append(itself)

    def first() -> Any:
        return second()

    def second() -> Any:
        return first(), later

    made = [function_hash(adding(itself)), function_hash(first), function_hash(second)]
    later = 1
    assert len(set(made)) == 3 and later == 1


def test_lambdas_differ_by_what_they_do() -> None:
    """Law: there is no telling apart the source of two lambdas in a line, so their bytecode counts."""
    one, two, same = (lambda x: x + 1), (lambda x: x + 2), (lambda x: x + 1)
    assert function_hash(one) == function_hash(same) != function_hash(two)
    assert function_hash(lambda: lambda: 1) != function_hash(lambda: lambda: 2)


class Scale:
    """A callable object."""

    def __init__(self, by: int) -> None:
        self.by = by

    def __call__(self, x: int) -> int:
        return x * self.by

    def method(self, x: int) -> int:
        return x * self.by

    @classmethod
    def made(cls, x: int) -> int:
        return x


class Slotted:
    """A callable object without a dict."""

    __slots__ = ("by",)

    def __init__(self, by: int) -> None:
        self.by = by

    def __call__(self, x: int) -> int:
        return x * self.by


class Unhashable(Scale):
    """A callable object that no dict can have as a key."""

    __hash__ = None  # type: ignore[assignment]  # because that is the case

    def __eq__(self, other: object) -> bool:
        return self is other

    def __call__(self, x: int) -> int:
        return x


class Colour(enum.Enum):
    """Two names."""

    RED = 1
    BLUE = 2


class Heir(Scale):
    """What it does when it is called, it has inherited."""


@dataclasses.dataclass
class Holder:
    """Holds a function."""

    fn: Any


def plus(x: int) -> int:
    return x + 1


def minus(x: int) -> int:
    return x - 1


class Name(str):
    """Text with more to it."""

    __slots__ = ("more",)


VALUES = {
    "a range": (range(3), range(4)),
    "a fraction": (Fraction(1, 3), Fraction(1, 2)),
    "a moment": (datetime.date(2026, 1, 1), datetime.date(2026, 1, 2)),
    "a member": (Colour.RED, Colour.BLUE),
    "a partial": (functools.partial(plus, 1), functools.partial(plus, 2)),
    "a function in an object": (Holder(plus), Holder(minus)),
    "an object": (Scale(1), Scale(2)),
    "an object with an inherited call": (Heir(1), Heir(2)),
    "slots": (Slotted(1), Slotted(2)),
    "an object without a call": (types.SimpleNamespace(a=1), types.SimpleNamespace(a=2)),
    "a subclass of a plain type": (Name("a"), Name("b")),
    "a queue": (collections.deque([1]), collections.deque([2])),
    "a view": (types.MappingProxyType({"a": 1}), types.MappingProxyType({"a": 2})),
    "a slice": (slice(1), slice(2)),
    "a pattern": (re.compile("a"), re.compile("b")),
    "a url": (pydantic.HttpUrl("http://a.example"), pydantic.HttpUrl("http://b.example")),
    "the type": (1, True),
    "the order of a dict": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
}


@pytest.mark.parametrize("what", VALUES)
def test_constants_differ_by_their_content(what: str) -> None:
    """Law: in a closure, in a partial and as an argument, every content that can be seen counts, at any depth."""
    one, other = VALUES[what]
    assert content(one) != content(other)
    if not isinstance(one, types.MappingProxyType):  # there is no copying it
        assert content(one) == content(copy.deepcopy(one))
    assert content([{"in": one}]) != content([{"in": other}])
    assert function_hash(adding(one)) != function_hash(adding(other))
    assert function_hash(functools.partial(adding(0), one)) != function_hash(functools.partial(adding(0), other))


def test_what_a_lambda_takes_counts() -> None:
    """Law: the same bytecode with other parameters is other code."""
    made: list[Any] = [lambda *a: a, lambda **a: a, lambda a: a, lambda *, a: a, lambda a, /: a]
    assert len({function_hash(one) for one in made}) == len(made)


def test_an_inherited_call_counts() -> None:
    """Law: what an object does when it is called stands in a base of its class, or in the base of that."""
    unlike = type("Heir", (Unhashable,), {"__module__": __name__, "__qualname__": "Heir"})
    assert function_hash(Heir(1)) != function_hash(unlike(1))


@pytest.mark.parametrize(
    "make",
    [Scale, Slotted, Unhashable, lambda by: Scale(by).method, lambda by: functools.partial(adding(0), by)],
    ids=["object", "slots", "unhashable", "method", "partial"],
)
def test_the_state_of_a_callable_counts(make: Any) -> None:
    """Law: what a callable object, a method or a partial brings along is as good as an argument."""
    assert function_hash(make(2)) == function_hash(make(2)) != function_hash(make(3))


def test_builtins_and_classes_count_by_name() -> None:
    """Law: there is no code to read, so the name must do."""
    assert len({function_hash(one) for one in (len, sum, str, dict, str.upper, Scale, Scale.made)}) == 7
    assert function_hash(len) == function_hash(len)
    assert function_hash(functools.partial(int, base=2)) != function_hash(functools.partial(int, base=8))


@pw.task
def known(x: int) -> int:
    """A task of a module."""
    return x


shadowed = pw.task(lambda x: x)
first_known = known


@pw.task
def replaced(x: int) -> int:
    """A task whose name something else bears later."""
    return x


kept, replaced = replaced, known


def test_tasks_of_a_module_are_found_by_module_and_name() -> None:
    """Law: the reference leads back to the task; with another policy too."""
    for task in (known, known.using(timeout=3), first_known):
        ref = reference(task)
        assert ref == f"{__name__}:known"
    if importlib.util.find_spec(__name__) is not None:
        assert find(f"{__name__}:known").fn is known.fn
    assert reference(pw.task(len)) == "builtins:len" and find("builtins:len") is len
    assert reference(pw.task(textwrap.TextWrapper.wrap)) == "textwrap:TextWrapper.wrap"


def test_what_no_name_leads_to_has_no_reference() -> None:
    """Law: lambdas, local functions, partials, objects, methods of objects, and names that something else bears now."""

    @pw.task
    def local(x: int) -> int:
        return x

    others: list[Any] = [functools.partial(adding, 1), Scale(1), Scale(1).method, lambda x: x]
    for task in (shadowed, local, kept, *map(pw.task, others)):
        assert reference(task) is None


SCRIPT = """
import planweave as pw

COUNT = []
COUNT.append(1)

@pw.task
def double(x):
    return 2 * x

class Group:
    @staticmethod
    @pw.task
    def inner(x):
        return x
"""


def test_scripts_are_found_by_their_path(tmp_path: Path) -> None:
    """Law: a file that is no module on the path is loaded once a process, and its tasks refer to the file."""
    path = tmp_path / "my script.py"
    path.write_text(SCRIPT)
    module = load_script(path)
    assert load_script(path) is module and module.COUNT == [1]
    assert reference(module.double) == f"{path.resolve()}#double"
    assert find(f"{path}#double") is module.double and find(f"{path}#Group.inner").fn is module.Group.inner.fn
    namesake = tmp_path / "other" / "my script.py"
    namesake.parent.mkdir()
    namesake.write_text(SCRIPT)
    assert load_script(namesake) is not module


def test_a_script_that_fails_is_not_kept(tmp_path: Path) -> None:
    """Law: the error is that of the script, each time that it is loaded."""
    path = tmp_path / "broken.py"
    path.write_text("raise KeyError('no')")
    for _ in range(2):
        with pytest.raises(KeyError, match="no"):
            load_script(path)
    path.write_text("fine = 1")
    assert load_script(path).fine == 1


@pytest.mark.parametrize(
    ("ref", "says"),
    [
        ("math", "'math' is not module:name or path#name"),
        ("math:", "'math:' is not module:name or path#name"),
        (":name", "'' is no name of a module"),
        ("..math:pi", "'..math' is no name of a module"),
        ("math:tau.nothing", "math has no tau.nothing"),
        ("math:nothing", "math has no nothing"),
        ("no_such_module_here:x", "there is no module 'no_such_module_here'"),
        ("math.inner:x", "there is no module 'math.inner'"),
        ("/no/such/file.py#x", "there is no Python file /no/such/file.py"),
        ("/#x", "there is no Python file /"),
    ],
)
def test_references_that_lead_nowhere_say_where_they_end(ref: str, says: str) -> None:
    """Law: a LookupError that names what is missing."""
    with pytest.raises(LookupError) as caught:
        find(ref)
    assert says in str(caught.value)


def test_a_module_that_lacks_another_says_which(module: Any, tmp_path: Path) -> None:
    """Law: the error of a module that is there but cannot be imported is its own."""
    (tmp_path / "needy_example.py").write_text("import no_such_module_here")
    importlib.invalidate_caches()
    with pytest.raises(ModuleNotFoundError, match="no_such_module_here"):
        find("needy_example:x")
