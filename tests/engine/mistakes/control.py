"""Mistakes in maps, branches, loops and sleeps, and in how workflows nest."""

from __future__ import annotations

import planweave as pw
from tests.engine.program import Mistake

MISTAKES = [
    Mistake(
        "a workflow that calls itself",
        pw.DefinitionError,
        """
        @pw.workflow
        def flow():
            return flow()

        flow.graph()
        """,
        """
        'flow' is called inside itself, more than 100 deep
          at: flow.py:3
          fix: a workflow must not call itself; use pw.repeat for a loop
        """,
    ),
    Mistake(
        "a workflow that branches into itself",
        pw.DefinitionError,
        """
        @pw.workflow
        def flow(flag: bool):
            return pw.when(flag, then=lambda: flow(flag))

        flow.graph()
        """,
        """
        'then' nests branches, bodies or workflows more than 100 deep
          at: flow.py:3
          fix: a workflow must not call itself; use pw.repeat for a loop
        """,
    ),
    Mistake(
        "a branch that is no function",
        pw.DefinitionError,
        """
        @pw.task
        def load() -> str: ...

        @pw.workflow
        def flow(flag: bool):
            return pw.when(flag, then=load())

        flow.graph()
        """,
        """
        then= of pw.when is no function: <handle of 'load'>
          at: flow.py:6
          fix: wrap the branch: then=lambda: ...; only the branch that is taken may run
        """,
    ),
    Mistake(
        "another branch that is no function",
        pw.DefinitionError,
        """
        @pw.task
        def load() -> str: ...

        @pw.workflow
        def flow(flag: bool):
            return pw.when(flag, then=load, otherwise="nothing")

        flow.graph()
        """,
        """
        otherwise= of pw.when is no function: 'nothing'
          at: flow.py:6
          fix: wrap the branch: otherwise=lambda: ...; only the branch that is taken may run
        """,
    ),
    Mistake(
        "a body that is no function",
        pw.DefinitionError,
        """
        @pw.task
        def grow(text: str) -> str: ...

        @pw.workflow
        def flow():
            return pw.repeat(grow(""), "", until=grow, limit=3)

        flow.graph()
        """,
        """
        the body of pw.repeat is no function: <handle of 'grow'>
          at: flow.py:6
          fix: pass a task, a workflow, or a function that composes tasks
        """,
    ),
    Mistake(
        "an end of a loop that is no function",
        pw.DefinitionError,
        """
        @pw.task
        def grow(text: str) -> str: ...

        @pw.workflow
        def flow():
            return pw.repeat(grow, "", until=True, limit=3)

        flow.graph()
        """,
        """
        until= of pw.repeat is no function: True
          at: flow.py:6
          fix: pass a task that takes the state and returns a bool
        """,
    ),
    Mistake(
        "a loop without a round",
        pw.DefinitionError,
        """
        @pw.task
        def grow(text: str) -> str: ...

        @pw.workflow
        def flow():
            return pw.repeat(grow, "", until=grow, limit=0)

        flow.graph()
        """,
        """
        pw.repeat(limit=0) allows no round
          at: flow.py:6
          fix: use a whole number from 1
        """,
    ),
    Mistake(
        "a sleep of less than nothing",
        pw.DefinitionError,
        """
        @pw.workflow
        def flow():
            pw.sleep(-1)

        flow.graph()
        """,
        """
        pw.sleep(-1) is not a time
          at: flow.py:3
          fix: use a number of seconds from 0, or a timedelta
        """,
    ),
    Mistake(
        "a map without a list",
        pw.DefinitionError,
        """
        @pw.task
        def shout(text: str) -> str: ...

        @pw.workflow
        def flow():
            return shout.map(text="a")

        flow.graph()
        """,
        """
        shout.map() has no list
          at: flow.py:6
          fix: pass at least one list to walk
        """,
    ),
    Mistake(
        "a way to treat failures that there is not",
        pw.UnknownNameError,
        """
        @pw.task
        def shout(text: str) -> str: ...

        @pw.workflow
        def flow():
            return shout.map(["a"], failures="ignore")

        flow.graph()
        """,
        """
        there is no treatment of failures 'ignore'
          at: flow.py:6
          fix: use one of: fail, drop, keep
        """,
    ),
    Mistake(
        "a map outside of a workflow",
        pw.DefinitionError,
        """
        @pw.task
        def shout(text: str) -> str: ...

        shout.map(["a", "b"])
        """,
        """
        task.map shapes a workflow, and none is being traced here
          at: flow.py:4
          fix: call it in a function under @pw.workflow; elsewhere plain Python does the same
        """,
    ),
    Mistake(
        "a branch outside of a workflow",
        pw.DefinitionError,
        """
        pw.when(True, then=lambda: 1)
        """,
        """
        pw.when shapes a workflow, and none is being traced here
          at: flow.py:1
          fix: call it in a function under @pw.workflow; elsewhere plain Python does the same
        """,
    ),
    Mistake(
        "a loop without an end",
        pw.BindingError,
        """
        @pw.task
        def grow(text: str) -> str: ...

        @pw.workflow
        def flow():
            return pw.repeat(grow, "", limit=3)

        flow.graph()
        """,
        """
        the call of pw.repeat does not fit: missing a required argument: 'until'
          at: flow.py:6
          fix: it is called as pw.repeat(body, start, *, until, limit, id=None)
        """,
    ),
    Mistake(
        "a branch that wants an argument",
        pw.BindingError,
        """
        @pw.task
        def load(path: str) -> str: ...

        @pw.workflow
        def flow(flag: bool):
            return pw.when(flag, then=lambda path: load(path))

        flow.graph()
        """,
        """
        then= of pw.when does not fit: missing a required argument: 'path'
          at: flow.py:6
          fix: it is called as then=lambda: ...
        """,
    ),
    Mistake(
        "a body that takes no state",
        pw.BindingError,
        """
        @pw.task
        def grow(text: str) -> str: ...

        @pw.task
        def enough(text: str) -> bool: ...

        @pw.workflow
        def flow():
            return pw.repeat(lambda: grow(""), "", until=enough, limit=3)

        flow.graph()
        """,
        """
        the body of pw.repeat does not fit: too many positional arguments
          at: flow.py:9
          fix: it is called as pw.repeat(lambda state: ..., ...)
        """,
    ),
    Mistake(
        "an end of a loop that wants two arguments",
        pw.BindingError,
        """
        @pw.task
        def grow(text: str) -> str: ...

        @pw.workflow
        def flow():
            return pw.repeat(grow, "", until=lambda text, least: True, limit=3)

        flow.graph()
        """,
        """
        until= of pw.repeat does not fit: missing a required argument: 'least'
          at: flow.py:6
          fix: it is called as until=lambda state: ...
        """,
    ),
    Mistake(
        "a branch that is async",
        pw.BindingError,
        """
        @pw.task
        def load() -> str: ...

        async def branch():
            return load()

        @pw.workflow
        def flow(flag: bool):
            return pw.when(flag, then=branch)

        flow.graph()
        """,
        """
        the result of then= of pw.when is a coroutine, which nothing in a workflow awaits
          at: flow.py:9
          fix: did you forget @pw.task above the async function? workflows and branches are written with def
        """,
    ),
    Mistake(
        "a branch that yields",
        pw.BindingError,
        """
        @pw.task
        def load() -> str: ...

        def branch():
            yield load()

        @pw.workflow
        def flow(flag: bool):
            return pw.when(flag, then=load, otherwise=branch)

        flow.graph()
        """,
        """
        the result of otherwise= of pw.when is a generator, which can be read only once
          at: flow.py:9
          fix: return a list: [...] instead of (...), or list(...)
        """,
    ),
    Mistake(
        "a body with the name of an item",
        pw.DefinitionError,
        """
        @pw.task
        def enough(text: str) -> bool: ...

        class Body:
            name = "a/b[0]"
            def __call__(self, state): return state

        @pw.workflow
        def flow():
            return pw.repeat(Body(), "", until=enough, limit=3)

        flow.graph()
        """,
        """
        'a/b[0]' cannot be the name of a node
          at: flow.py:10
          fix: use a word without / [ ] @ * or line ends: those build the ids of clusters, items and rounds
        """,
    ),
    Mistake(
        "a sleep after a number",
        pw.BindingError,
        """
        @pw.workflow
        def flow():
            pw.sleep(0, after=5)

        flow.graph()
        """,
        """
        after= holds 5, which is no handle
          at: flow.py:3
          fix: pass what calls of tasks returned: task.using(after=[other])(...)
        """,
    ),
    Mistake(
        "a map over a list that may be absent",
        pw.TypeMismatchError,
        """
        @pw.task
        def load() -> list[str]: ...

        @pw.task
        def shout(text: str | pw.Missing) -> str: ...

        @pw.workflow
        def flow():
            return shout.using(join="all_done").map(load())

        flow.graph()
        """,
        """
        under join="all_done" the list for 'text' may be absent, and could not be walked
          at: node 'shout', flow.py:9
          fix: map over a list of handles, whose items may be absent: task.map([one, other])
        """,
    ),
    Mistake(
        "a map with no room for an item that may be absent",
        pw.TypeMismatchError,
        """
        @pw.task
        def load() -> str: ...

        @pw.task
        def shout(text: str) -> str: ...

        @pw.workflow
        def flow():
            return shout.using(join="all_done").map([load(), "constant"])

        flow.graph()
        """,
        """
        under join="all_done" an item for 'text' may be absent, but its annotation is str
          at: node 'shout', flow.py:9
          fix: annotate it as str | pw.Missing, and look at it before use
        """,
    ),
    Mistake(
        "no treatment of failures at all",
        pw.UnknownNameError,
        """
        @pw.task
        def shout(text: str) -> str: ...

        @pw.workflow
        def flow():
            return shout.map(["a"], failures=None)

        flow.graph()
        """,
        """
        there is no treatment of failures None
          at: flow.py:6
          fix: use one of: fail, drop, keep
        """,
    ),
]
