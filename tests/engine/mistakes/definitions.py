"""Mistakes in what stands above a function: tasks, workflows, policies and pools."""

from __future__ import annotations

import sys

import planweave as pw
from tests.engine.program import Mistake

MISTAKES = [
    Mistake(
        "a name that ids are built with",
        pw.DefinitionError,
        """
        @pw.task(name="load/all")
        def load() -> str: ...
        """,
        """
        'load/all' cannot be the name of a node
          at: flow.py:1
          fix: use a word without / [ ] @ * or line ends: those build the ids of clusters, items and rounds
        """,
    ),
    Mistake(
        "an option that there is not",
        pw.UnknownNameError,
        """
        @pw.task(retries=3)
        def load() -> str: ...
        """,
        """
        a task has no option 'retries'
          at: flow.py:1
          fix: did you mean retry=?
        """,
    ),
    Mistake(
        "a task that is no function",
        pw.DefinitionError,
        """
        @pw.task("load")
        def load() -> str: ...
        """,
        """
        'load' is no function, so it cannot be a task
          at: flow.py:1
          fix: write @pw.task, or @pw.task(name=..., ...) with options by name, above a function
        """,
    ),
    Mistake(
        "a task that is a generator",
        pw.DefinitionError,
        """
        @pw.task
        def load():
            yield "line"
        """,
        """
        'load' is a generator, but a task has one output
          at: flow.py:1
          fix: gather what it yields in a list, and return that
        """,
    ),
    Mistake(
        "a task that is a method",
        pw.DefinitionError,
        """
        class Reader:
            @pw.task
            def load(self) -> str: ...

        Reader().load()
        """,
        """
        'load' is a method of Reader: a task has no self
          at: flow.py:2
          fix: make it a function, or a @staticmethod above @pw.task, and pass the object as an argument
        """,
    ),
    Mistake(
        "a workflow that is a coroutine",
        pw.DefinitionError,
        """
        @pw.workflow
        async def flow():
            return 1
        """,
        """
        'flow' cannot be a workflow: it must be a plain function, which neither awaits nor yields
          at: flow.py:1
          fix: write def, and let tasks do the work; those may be async
        """,
    ),
    Mistake(
        "a workflow with nameless inputs",
        pw.DefinitionError,
        """
        @pw.workflow
        def flow(*paths: str):
            return paths
        """,
        """
        the parameter '*paths' cannot be an input: inputs are given by name, one by one
          at: flow.py:1
          fix: write plain parameters: def report(path, limit=3)
        """,
    ),
    Mistake(
        "a pool without room",
        pw.DefinitionError,
        """
        @pw.workflow(pools={"api": 0})
        def flow(): ...
        """,
        """
        pool 'api' has the limit 0
          at: flow.py:1
          fix: use a whole number from 1
        """,
    ),
    Mistake(
        "pools without limits",
        pw.DefinitionError,
        """
        @pw.workflow(pools=["api"])
        def flow(): ...
        """,
        """
        pools=['api'] gives no limits
          at: flow.py:1
          fix: give each pool a limit by its name: pools={"api": 4}
        """,
    ),
    Mistake(
        "no attempt at all",
        pw.PolicyError,
        """
        @pw.task(retry=pw.Retry(attempts=0))
        def load() -> str: ...
        """,
        """
        Retry(attempts=0) would never try: attempts counts the first one too
          at: flow.py:1
          fix: use a whole number from 1
        """,
    ),
    Mistake(
        "a pause that is no time",
        pw.PolicyError,
        """
        pw.Retry(base=-1)
        """,
        """
        Retry(base=-1) is not a time
          at: flow.py:1
          fix: use a number of seconds from 0
        """,
    ),
    Mistake(
        "an exception that is none",
        pw.PolicyError,
        """
        pw.Retry(on=("ConnectionError",))
        """,
        """
        Retry(on=('ConnectionError',)) holds something that is no exception class
          at: flow.py:1
          fix: name classes: Retry(on=(ConnectionError, TimeoutError))
        """,
    ),
    Mistake(
        "a rate of nothing",
        pw.PolicyError,
        """
        pw.Rate(0, per=60)
        """,
        """
        Rate(starts=0) would never start anything
          at: flow.py:1
          fix: use a whole number from 1
        """,
    ),
    Mistake(
        "a timeout of nothing",
        pw.PolicyError,
        """
        @pw.task(timeout=0)
        def load() -> str: ...
        """,
        """
        timeout=0 is not a time
          at: flow.py:1
          fix: use a number of seconds above 0
        """,
    ),
    Mistake(
        "an executor that there is not",
        pw.UnknownNameError,
        """
        @pw.task(executor="dask")
        def load() -> str: ...
        """,
        """
        there is no executor 'dask'
          at: flow.py:1
          fix: use one of: inline, thread, process
        """,
    ),
    Mistake(
        "a join rule that there is not",
        pw.UnknownNameError,
        """
        @pw.task(join="any")
        def load() -> str: ...
        """,
        """
        there is no join rule 'any'
          at: flow.py:1
          fix: use one of: all_success, all_done, one_success, none_failed
        """,
    ),
    Mistake(
        "a task that uses a handle of the workflow around it",
        pw.DefinitionError,
        """
        @pw.task
        def load() -> int: ...

        @pw.workflow
        def flow():
            number = load()

            @pw.task
            def add(x: int) -> int:
                return x + number

            return add(1)

        flow.graph()
        """,
        """
        'add' uses the handle 'load' of the workflow around it, which has no value there
          at: flow.py:8
          fix: give it a parameter, and pass the handle in the call
        """,
    ),
    Mistake(
        "a task that is a partial of a generator",
        pw.DefinitionError,
        """
        import functools

        def lines(path):
            yield path

        pw.task(functools.partial(lines, "here"))
        """,
        """
        'lines' is a generator, but a task has one output
          at: flow.py:3
          fix: gather what it yields in a list, and return that
        """,
    ),
    *[
        Mistake(
            "a task that is a class method",
            pw.DefinitionError,
            """
        class Reader:
            @classmethod
            @pw.task
            def load(cls) -> str: ...

        Reader.load()
        """,
            """
        'load' is a class method of Reader: a task has no self
          at: flow.py:2
          fix: make it a function, or a @staticmethod above @pw.task, and pass the object as an argument
        """,
        )
    ][: sys.version_info < (3, 13)],  # where a class method passes the class like any other argument
    Mistake(
        "a workflow that is a name",
        pw.DefinitionError,
        """
        @pw.workflow("flow")
        def flow(): ...
        """,
        """
        'flow' is no function, so it cannot be a workflow
          at: flow.py:1
          fix: write @pw.workflow, or @pw.workflow(name=..., pools=...) with options by name, above a function
        """,
    ),
    Mistake(
        "a workflow that is a class",
        pw.DefinitionError,
        """
        pw.workflow(dict)
        """,
        """
        'dict' cannot be a workflow: it must be a plain function, which neither awaits nor yields
          at: flow.py:1
          fix: write def, and let tasks do the work; those may be async
        """,
    ),
    Mistake(
        "a workflow with an option that there is not",
        pw.UnknownNameError,
        """
        @pw.workflow(pool={"api": 4})
        def flow(): ...
        """,
        """
        a workflow has no option 'pool'
          at: flow.py:1
          fix: did you mean pools=?
        """,
    ),
    Mistake(
        "a workflow that is a wrapped coroutine",
        pw.BindingError,
        """
        import functools

        def traced(fn):
            @functools.wraps(fn)
            def wrapper(*args, **kwargs):
                return fn(*args, **kwargs)
            return wrapper

        @pw.workflow
        @traced
        async def flow():
            return 1

        flow.graph()
        """,
        """
        the result of 'flow' is a coroutine, which nothing in a workflow awaits
          at: flow.py:9
          fix: did you forget @pw.task above the async function? workflows and branches are written with def
        """,
    ),
    Mistake(
        "attempts that cannot be counted",
        pw.PolicyError,
        """
        @pw.task(retry=pw.Retry(attempts=3.0))
        def load() -> str: ...
        """,
        """
        Retry(attempts=3.0) is no whole number
          at: flow.py:1
          fix: use a whole number from 1
        """,
    ),
    Mistake(
        "a timeout of centuries",
        pw.PolicyError,
        """
        @pw.task(timeout=1e11)
        def load() -> str: ...
        """,
        """
        timeout=100000000000.0 is longer than three centuries
          at: flow.py:1
          fix: use at most 1e10 seconds, or leave it out
        """,
    ),
]
