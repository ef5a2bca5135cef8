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
          fix: use a number of seconds from 0
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
]
