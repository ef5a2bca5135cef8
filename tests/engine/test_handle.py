"""A handle stands for a value that does not exist yet: whatever treats it as the value is refused, with a way out."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import pytest

import planweave as pw
from planweave.engine.handle import Handle
from tests.engine.program import message, refusal

TRUTH = "use pw.when(condition, then=..., otherwise=...) with a task that returns the bool"
PICK = "write a task that takes the whole value and returns the part"
LOOP = f"use task.map(handle) to run a task for each item, or {PICK}"
ASK = "write a task that takes the whole value and returns the answer"
CHANGE = "write a task that takes the value and returns the changed one"
TASK = "do this inside a task"
FUNCTION = "pass functions to tasks as constants, not as results"
AWAIT = "a task's value arrives by itself: no await in a workflow"

USES = {
    ("used as a truth value", TRUTH): """
        if h: pass
        while h: pass
        assert h
        not h
        h and 1
        h or 1
        1 if h else 2
        bool(h)
        any([h])
        list(filter(None, [h]))
        """,
    ("iterated", LOOP): """
        for item in h: pass
        [item for item in h]
        a, b = h
        [*h]
        print(*h)
        iter(h)
        next(h)
        reversed(h)
        sorted(h)
        sum(h)
        dict(zip(h, h))
        ",".join(h)
        """,
    ("measured", ASK): """
        len(h)
        """,
    ("searched", ASK): """
        1 in h
        1 not in h
        """,
    ("given an attribute (.name)", CHANGE): """
        h.name = 5
        h.name: int = 5
        setattr(h, "name", 5)
        """,
    ("given an attribute (.label)", CHANGE): """
        h.label = 5
        """,
    ("stripped of an attribute (.name)", CHANGE): """
        del h.name
        """,
    ("read as an object (._asdict)", PICK): """
        h._asdict()
        """,
    ("read as an object (.__half)", PICK): """
        h.__half
        """,
    ("indexed", PICK): """
        h[0]
        h["key"]
        h[1:2]
        h[0] = 1
        h[0] += 1
        del h[0]
        """,
    ("read as an object (.name)", PICK): """
        h.name
        h.name()
        getattr(h, "name", None)
        hasattr(h, "name")
        """,
    ("read as an object (.keys)", PICK): """
        {**h}
        dict(**h)
        """,
    ("compared", TRUTH): """
        h == 1
        h != 1
        h < 1
        h <= 1
        h > 1
        h >= 1
        1 == h
        1 < h
        None == h
        h in [1, 2]
        max(h, 1)
        [1].index(h)
        """,
    ("formatted", TASK): """
        f"{h}"
        f"{h:>5}"
        f"{h!s}"
        str(h)
        format(h)
        format(h, ">5")
        "{}".format(h)
        "%s" % h
        print(h)
        bytes(h)
        """,
    ("used as a path", TASK): """
        open(h)
        __import__("os").path.join("folder", h)
        """,
    ("called", FUNCTION): """
        h()
        h(1, key=2)
        list(map(h, [1]))
        """,
    ("awaited", AWAIT): """
        (lambda: (yield from h.__await__()))().send(None)
        wait(h).send(None)
        """,
    ("entered", TASK): """
        with h: pass
        with h as value: pass
        enter(h).send(None)
        """,
    ("used in arithmetic", TASK): """
        h + 1
        h - 1
        h * 2
        h / 2
        h // 2
        h % 2
        h ** 2
        h @ h
        h << 1
        h >> 1
        h & 1
        h | 1
        h ^ 1
        divmod(h, 2)
        pow(h, 2, 3)
        1 + h
        1 - h
        2 * h
        2 / h
        2 // h
        2 % h
        2 ** h
        1 << h
        1 >> h
        1 & h
        1 | h
        1 ^ h
        divmod(2, h)
        [] @ h
        "text" + h
        "text" * h
        [1] + h
        h += 1
        h *= 2
        -h
        +h
        ~h
        abs(h)
        round(h)
        __import__("math").trunc(h)
        __import__("math").floor(h)
        __import__("math").ceil(h)
        int(h)
        float(h)
        complex(h)
        range(h)
        [1, 2][h]
        hex(h)
        "%d" % h
        """,
}
CASES = [
    pytest.param(line.strip(), use, mend, id=line.strip())
    for (use, mend), lines in USES.items()
    for line in lines.strip().splitlines()
]


@pytest.mark.parametrize(("line", "use", "mend"), CASES)
def test_a_handle_used_as_its_value_says_which_where_and_what_to_do(line: str, use: str, mend: str) -> None:
    """Law: each use as a value raises HandleUseError with the name of the handle, the line of the user and the mend."""
    text = f"""
        @pw.task
        def load() -> list: ...
        async def wait(h): await h
        async def enter(h):
            async with h: pass
        @pw.workflow
        def flow():
            h = load()
            {line}
        flow.graph()
        """
    expected = message(
        f"'load' is a handle: its value exists only when the workflow runs, so it cannot be {use} here",
        f"  at: flow.py:{3 if 'wait(' in line else 5 if 'enter(' in line else 9}",
        f"  fix: {mend}",
    )
    assert refusal(text, pw.HandleUseError) == expected


def test_the_line_is_that_of_the_user_when_a_library_uses_the_handle() -> None:
    """Law: the place is the nearest line that is neither planweave's nor a library's."""
    said = refusal(
        """
        import statistics

        @pw.task
        def load() -> list: ...

        @pw.workflow
        def flow():
            return statistics.mean(load())

        flow.graph()
        """,
        pw.HandleUseError,
    )
    assert said.splitlines()[1] == "  at: flow.py:8"


def test_the_handle_of_an_input_is_called_by_the_name_of_the_input() -> None:
    """Law: the message names what the user wrote, for inputs too."""
    said = refusal(
        """
        @pw.workflow
        def flow(path: str):
            return path.upper()

        flow.graph()
        """,
        pw.HandleUseError,
    )
    assert said == message(
        "'path' is a handle: its value exists only when the workflow runs, "
        "so it cannot be read as an object (.upper) here",
        "  at: flow.py:3",
        "  fix: write a task that takes the whole value and returns the part",
    )


@pytest.mark.parametrize("part", ["then", "otherwise", "until", "body", "map"])
def test_branches_and_bodies_are_refused_in_the_same_way(part: str) -> None:
    """Law: what is traced into a template is held to the same law, before anything runs."""
    line = {
        "then": "pw.when(ask(h), then=lambda: h + 1, otherwise=lambda: 1)",
        "otherwise": "pw.when(ask(h), then=lambda: 1, otherwise=lambda: h + 1)",
        "until": "pw.repeat(load, h, until=lambda x: x + 1, limit=3)",
        "body": "pw.repeat(lambda x: x + 1, h, until=ask, limit=3)",
        "map": "inner.map([1, 2])",
    }[part]
    said = refusal(
        f"""
        @pw.task
        def load(x: int = 1) -> int: ...
        @pw.task
        def ask(x: int) -> bool: ...
        @pw.workflow
        def inner(x: int): return x + 1
        @pw.workflow
        def flow():
            h = load()
            return {line}
        flow.graph()
        """,
        pw.HandleUseError,
    )
    assert "used in arithmetic" in said
    assert f"at: flow.py:{6 if part == 'map' else 10}" in said


def a_handle() -> Any:
    """A handle that has got out of its workflow."""
    caught = []

    @pw.task
    def load() -> int:
        return 1

    @pw.workflow
    def flow() -> None:
        caught.append(load())

    flow.graph()
    return caught[0]


def test_what_needs_no_value_is_harmless() -> None:
    """Law: repr, hash, identity, isinstance, copies and containers treat a handle as the object that it is."""
    handle = a_handle()
    assert repr(handle) == f"{handle!r}" == "<handle of 'load'>"
    assert hash(handle) == hash(handle)
    assert handle is not None
    assert isinstance(handle, Handle) and not isinstance(handle, int)
    assert {handle: 1}[handle] == 1
    assert [handle].index(handle) == 0
    assert copy.copy(handle) is handle
    assert copy.deepcopy({"key": [handle]})["key"][0] is handle


def test_a_tool_that_asks_for_private_names_is_told_that_there_are_none() -> None:
    """Law: hasattr(handle, "_repr_html_") is False, so that notebooks and debuggers can look at a handle."""
    handle = a_handle()
    for name in ("_repr_html_", "_ipython_display_", "_is_coroutine", "__array__", "__wrapped__"):
        assert not hasattr(handle, name)
    assert not inspect.iscoroutinefunction(handle)


def test_a_handle_error_is_no_type_error() -> None:
    """Law: Python replaces a TypeError in ", ".join(...) and elsewhere by its own, so it must not be one."""
    assert not issubclass(pw.HandleUseError, TypeError)
    assert issubclass(pw.HandleUseError, pw.DefinitionError)


def test_a_handle_does_not_work_outside_of_its_workflow() -> None:
    """Law: a handle of one workflow is refused by another, with the name of the handle."""
    handle = a_handle()

    @pw.task
    def use(x: int) -> int:
        return x

    @pw.workflow
    def other() -> int:
        return use(handle)

    with pytest.raises(pw.BindingError, match="the handle of 'load' belongs to another workflow"):
        other.graph()
