"""Mistakes in the arguments of calls, and in the ids that they get."""

from __future__ import annotations

import planweave as pw
from tests.engine.program import Mistake

MISTAKES = [
    Mistake(
        "an argument that is missing",
        pw.BindingError,
        """
        @pw.task
        def load(path: str, limit: int = 3) -> str: ...

        @pw.workflow
        def flow():
            return load(limit=5)

        flow.graph()
        """,
        """
        the call of 'load' does not fit: missing a required argument: 'path'
          at: flow.py:6
          fix: its parameters are load(path: str, limit: int = 3) -> str
        """,
    ),
    Mistake(
        "an argument that no parameter takes",
        pw.BindingError,
        """
        @pw.task
        def load(path: str) -> str: ...

        @pw.workflow
        def flow():
            return load.map(["a", "b"], colour="red")

        flow.graph()
        """,
        """
        the call of 'load' does not fit: got an unexpected keyword argument 'colour'
          at: flow.py:6
          fix: its parameters are load(path: str) -> str
        """,
    ),
    Mistake(
        "an argument that is missing in the call of a workflow",
        pw.BindingError,
        """
        @pw.workflow
        def inner(path: str, limit: int = 3): ...

        @pw.workflow
        def flow():
            return inner()

        flow.graph()
        """,
        """
        the call of 'inner' does not fit: missing a required argument: 'path'
          at: flow.py:6
          fix: its inputs are inner(path: str, limit: int = 3)
        """,
    ),
    Mistake(
        "a handle of another workflow",
        pw.BindingError,
        """
        kept = []

        @pw.task
        def load() -> str: ...

        @pw.workflow
        def first():
            kept.append(load())

        @pw.workflow
        def second():
            return kept[0]

        first.graph()
        second.graph()
        """,
        """
        the handle of 'load' belongs to another workflow, or to a branch that has ended
          at: flow.py:10
          fix: return what you need from there, and pass it in as an argument
        """,
    ),
    Mistake(
        "a handle of another branch",
        pw.BindingError,
        """
        kept = []

        @pw.task
        def load() -> str: ...

        @pw.workflow
        def flow(flag: bool):
            return pw.when(flag, then=lambda: kept.append(load()), otherwise=lambda: kept[0])

        flow.graph()
        """,
        """
        the handle of 'load' belongs to another workflow, or to a branch that has ended
          at: flow.py:8
          fix: return what you need from there, and pass it in as an argument
        """,
    ),
    Mistake(
        "something to wait for that is no handle",
        pw.BindingError,
        """
        @pw.task
        def load() -> str: ...

        @pw.workflow
        def flow():
            return load.using(after=["download"])()

        flow.graph()
        """,
        """
        after= holds 'download', which is no handle
          at: flow.py:6
          fix: pass what calls of tasks returned: task.using(after=[other])(...)
        """,
    ),
    Mistake(
        "handles to wait for that hold themselves",
        pw.BindingError,
        """
        @pw.task
        def load() -> str: ...

        @pw.workflow
        def flow():
            handles = [load()]
            handles.append(handles)
            return load.using(after=handles)()

        flow.graph()
        """,
        """
        after= nests lists or tuples more than 100 deep, or holds itself
          at: flow.py:8
          fix: pass a flat list of handles
        """,
    ),
    Mistake(
        "a handle as a key",
        pw.BindingError,
        """
        @pw.task
        def load() -> str: ...

        @pw.task
        def use(found: dict) -> str: ...

        @pw.workflow
        def flow():
            return use({load(): 1})

        flow.graph()
        """,
        """
        a handle cannot be the key of a dict: it has no value yet
          at: flow.py:9
          fix: use it as a value, or make the dict in a task
        """,
    ),
    Mistake(
        "a handle in a set",
        pw.BindingError,
        """
        @pw.task
        def load() -> str: ...

        @pw.workflow
        def flow():
            return {load(), load()}

        flow.graph()
        """,
        """
        a handle cannot be in a set: it has no value yet
          at: flow.py:4
          fix: use a list, and make the set in the task
        """,
    ),
    Mistake(
        "a handle hidden in an object",
        pw.BindingError,
        """
        from fractions import Fraction
        from types import SimpleNamespace

        @pw.task
        def load() -> str: ...

        @pw.task
        def use(settings: SimpleNamespace) -> str: ...

        @pw.workflow
        def flow():
            return use(SimpleNamespace(text=load()))

        flow.graph()
        """,
        """
        a SimpleNamespace holds a handle ('load'), whose value would never arrive there
          at: flow.py:12
          fix: pass handles as they are, or in plain lists, tuples and dicts; make the object in a task
        """,
    ),
    Mistake(
        "an iterator as an argument",
        pw.BindingError,
        """
        @pw.task
        def total(numbers: list[int]) -> int: ...

        @pw.workflow
        def flow():
            return total(n * n for n in range(3))

        flow.graph()
        """,
        """
        an argument is a generator, which can be read only once
          at: flow.py:6
          fix: pass a list: [...] instead of (...), or list(...)
        """,
    ),
    Mistake(
        "an argument that holds itself",
        pw.BindingError,
        """
        @pw.task
        def total(numbers: list) -> int: ...

        @pw.workflow
        def flow():
            numbers = [1]
            numbers.append(numbers)
            return total(numbers)

        flow.graph()
        """,
        """
        an argument nests lists, tuples or dicts more than 100 deep, or holds itself
          at: flow.py:8
          fix: pass a flatter value, or an object of a class of your own
        """,
    ),
    Mistake(
        "an id that is taken",
        pw.DuplicateIdError,
        """
        @pw.task
        def load() -> str: ...

        @pw.workflow
        def flow():
            load.using(id="first")()
            load.using(id="first")()

        flow.graph()
        """,
        """
        there is a node 'first' already, at flow.py:6
          at: node 'first', flow.py:7
          fix: give one of them another id
        """,
    ),
    Mistake(
        "an id that ids are built with",
        pw.DefinitionError,
        """
        @pw.task
        def load() -> str: ...

        @pw.workflow
        def flow():
            return load.using(id="load[0]")()

        flow.graph()
        """,
        """
        'load[0]' cannot be the id of a node
          at: flow.py:6
          fix: use a word without / [ ] @ * or line ends: those build the ids of clusters, items and rounds
        """,
    ),
    Mistake(
        "an option that there is not, of one call",
        pw.UnknownNameError,
        """
        @pw.task
        def load() -> str: ...

        @pw.workflow
        def flow():
            return load.using(color="red")()

        flow.graph()
        """,
        """
        a task has no option 'color'
          at: flow.py:6
          fix: its options: id, after, retry, timeout, executor, pool, join, priority, rate, cache, on_crash, crash_limit
        """,  # noqa: E501
    ),
    Mistake(
        "a retry that is a number",
        pw.PolicyError,
        """
        @pw.task
        def load() -> str: ...

        @pw.workflow
        def flow():
            return load.using(retry=3)()

        flow.graph()
        """,
        """
        retry=3 is not a Retry
          at: flow.py:6
          fix: write retry=pw.Retry(attempts=3)
        """,
    ),
    Mistake(
        "a coroutine as an argument",
        pw.BindingError,
        """
        async def fetch(url: str) -> str: ...

        @pw.task
        def use(text) -> str: ...

        @pw.workflow
        def flow():
            return use(fetch("here"))

        flow.graph()
        """,
        """
        an argument is a coroutine, which nothing in a workflow awaits
          at: flow.py:8
          fix: did you forget @pw.task above the async function? workflows and branches are written with def
        """,
    ),
    Mistake(
        "a file as an argument",
        pw.BindingError,
        """
        import os

        @pw.task
        def count(lines) -> int: ...

        @pw.workflow
        def flow():
            with open(os.devnull) as lines:
                return count(lines)

        flow.graph()
        """,
        """
        an argument is a TextIOWrapper, which can be read only once
          at: flow.py:9
          fix: pass its path, and open it in the task
        """,
    ),
    Mistake(
        "a handle in a list in an object",
        pw.BindingError,
        """
        from types import SimpleNamespace

        @pw.task
        def load() -> str: ...

        @pw.task
        def use(settings) -> str: ...

        @pw.workflow
        def flow():
            return use(SimpleNamespace(texts=[load()]))

        flow.graph()
        """,
        """
        a SimpleNamespace holds a handle ('load'), whose value would never arrive there
          at: flow.py:11
          fix: pass handles as they are, or in plain lists, tuples and dicts; make the object in a task
        """,
    ),
    Mistake(
        "an id of a workflow that is called here",
        pw.DuplicateIdError,
        """
        @pw.task
        def load() -> str: ...

        @pw.workflow
        def report():
            return load()

        @pw.workflow
        def flow():
            report()
            return load.using(id="report")()

        flow.graph()
        """,
        """
        there is a cluster 'report' already: a workflow that was called here
          at: node 'report', flow.py:11
          fix: give one of them another id
        """,
    ),
    Mistake(
        "an id that is no text",
        pw.DefinitionError,
        """
        @pw.task
        def load() -> str: ...

        @pw.workflow
        def flow():
            return load.using(id=5)()

        flow.graph()
        """,
        """
        5 cannot be the id of a node
          at: flow.py:6
          fix: use a word: a text that is not empty
        """,
    ),
    Mistake(
        "no join rule at all",
        pw.UnknownNameError,
        """
        @pw.task
        def load() -> str: ...

        @pw.workflow
        def flow():
            return load.using(join=None)()

        flow.graph()
        """,
        """
        there is no join rule None
          at: flow.py:6
          fix: use one of: all_success, all_done, one_success, none_failed
        """,
    ),
]
