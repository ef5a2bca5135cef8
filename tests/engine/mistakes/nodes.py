"""Mistakes in types and policies that the compiler proves of the nodes of a graph."""

from __future__ import annotations

import planweave as pw
from tests.engine.program import Mistake

MISTAKES = [
    Mistake(
        "a value of the wrong type",
        pw.TypeMismatchError,
        """
        @pw.task
        def load(path: str) -> list[str]: ...

        @pw.task
        def shout(text: str) -> str: ...

        @pw.workflow
        def flow(path: str):
            return shout(load(path))

        flow.graph()
        """,
        """
        parameter 'text' of 'shout' wants str, but 'load' gives list[str]
          at: node 'shout', flow.py:9
          fix: change one of the annotations, or put a task between them that converts the value
        """,
    ),
    Mistake(
        "a constant of the wrong type",
        pw.TypeMismatchError,
        """
        @pw.task
        def shout(text: str) -> str: ...

        @pw.workflow
        def flow():
            return shout(text=5)

        flow.graph()
        """,
        """
        parameter 'text' of 'shout' wants str, but 5 is int
          at: node 'shout', flow.py:6
          fix: change one of the annotations, or put a task between them that converts the value
        """,
    ),
    Mistake(
        "an input of the wrong type",
        pw.TypeMismatchError,
        """
        @pw.task
        def shout(text: str) -> str: ...

        @pw.workflow
        def flow(count: int | None):
            return shout(count)

        flow.graph()
        """,
        """
        parameter 'text' of 'shout' wants str, but 'count' gives int | None
          at: node 'shout', flow.py:6
          fix: change one of the annotations, or put a task between them that converts the value
        """,
    ),
    Mistake(
        "an item of the wrong type",
        pw.TypeMismatchError,
        """
        @pw.task
        def count() -> list[int]: ...

        @pw.task
        def shout(text: str) -> str: ...

        @pw.workflow
        def flow():
            return shout.map(count())

        flow.graph()
        """,
        """
        parameter 'text' of 'shout' wants str, but it is given int
          at: node 'shout', flow.py:9
          fix: change one of the annotations, or put a task between them that converts the value
        """,
    ),
    Mistake(
        "a value of the wrong type in a branch",
        pw.TypeMismatchError,
        """
        @pw.task
        def load() -> bytes: ...

        @pw.task
        def shout(text: str) -> str: ...

        @pw.workflow
        def flow(loud: bool):
            data = load()
            return pw.when(loud, then=lambda: shout(data))

        flow.graph()
        """,
        """
        parameter 'text' of 'shout' wants str, but 'load' gives bytes
          at: node 'shout', flow.py:10
          fix: change one of the annotations, or put a task between them that converts the value
        """,
    ),
    Mistake(
        "a parameter with no room for a value that may be absent",
        pw.TypeMismatchError,
        """
        @pw.task
        def load() -> str: ...

        @pw.task(join="all_done")
        def shout(texts: list[str]) -> str: ...

        @pw.workflow
        def flow():
            return shout([load(), load()])

        flow.graph()
        """,
        """
        under join="all_done" a part of 'texts' may be absent, but its annotation is str
          at: node 'shout', flow.py:9
          fix: annotate it as str | pw.Missing, and look at it before use
        """,
    ),
    Mistake(
        "a map over no list",
        pw.TypeMismatchError,
        """
        @pw.task
        def count() -> int: ...

        @pw.task
        def shout(text: str) -> str: ...

        @pw.workflow
        def flow():
            return shout.map(count())

        flow.graph()
        """,
        """
        'shout' maps over a list, but 'count' gives int
          at: node 'shout', flow.py:9
          fix: pass a list, or what a task that returns one gave
        """,
    ),
    Mistake(
        "a map over a text",
        pw.TypeMismatchError,
        """
        @pw.task
        def shout(text: str) -> str: ...

        @pw.workflow
        def flow():
            return shout.map("abc")

        flow.graph()
        """,
        """
        'shout' maps over a list, but 'abc' is str
          at: node 'shout', flow.py:6
          fix: pass a list, or what a task that returns one gave
        """,
    ),
    Mistake(
        "a map over lists of different lengths",
        pw.TypeMismatchError,
        """
        @pw.task
        def join(left: str, right: str) -> str: ...

        @pw.workflow
        def flow():
            return join.map(["a", "b"], ["c", "d", "e"])

        flow.graph()
        """,
        """
        the lists of 'join' have different lengths: 2, 3
          at: node 'join', flow.py:6
          fix: lists are walked together; pass what is the same for all items by keyword
        """,
    ),
    Mistake(
        "a condition that is no bool",
        pw.TypeMismatchError,
        """
        @pw.task
        def load() -> list[str]: ...

        @pw.workflow
        def flow():
            return pw.when(load(), then=load)

        flow.graph()
        """,
        """
        'when' decides by a bool, but 'load' gives list[str]
          at: node 'when', flow.py:6
          fix: decide in a task that returns True or False
        """,
    ),
    Mistake(
        "an end of a loop that is no bool",
        pw.TypeMismatchError,
        """
        @pw.task
        def grow(text: str) -> str: ...

        @pw.task
        def measure(text: str) -> str: ...

        @pw.workflow
        def flow():
            return pw.repeat(grow, "", until=measure, limit=3)

        flow.graph()
        """,
        """
        until= of 'grow' wants a bool, but 'measure' gives str
          at: node 'grow', flow.py:9
          fix: end with a task that returns True or False
        """,
    ),
    Mistake(
        "a sleep of no time",
        pw.TypeMismatchError,
        """
        @pw.task
        def load() -> str: ...

        @pw.workflow
        def flow():
            pw.sleep(load())

        flow.graph()
        """,
        """
        'sleep' waits a number of seconds, but 'load' gives str
          at: node 'sleep', flow.py:6
          fix: pass a number, or what a task that returns one gave
        """,
    ),
    Mistake(
        "an executor for a coroutine",
        pw.PolicyError,
        """
        @pw.task(executor="thread")
        async def fetch(url: str) -> str: ...

        @pw.workflow
        def flow():
            return fetch("here")

        flow.graph()
        """,
        """
        'fetch' is a coroutine, which runs on the loop, not by executor='thread'
          at: node 'fetch', flow.py:6
          fix: leave executor out, or make it a plain function
        """,
    ),
    Mistake(
        "a timeout for an inline function",
        pw.PolicyError,
        """
        @pw.task(executor="inline", timeout=3)
        def count(text: str) -> int: ...

        @pw.workflow
        def flow():
            return count("here")

        flow.graph()
        """,
        """
        'count' runs inline, so nothing can stop it after timeout=3
          at: node 'count', flow.py:6
          fix: use executor="thread" (the run goes on without it) or executor="process" (it is killed)
        """,
    ),
    Mistake(
        "a process for a function that it cannot find",
        pw.PolicyError,
        """
        @pw.workflow
        def flow():
            double = pw.task(executor="process")(lambda x: 2 * x)
            return double(4)

        flow.graph()
        """,
        """
        'lambda' has executor="process", but another process cannot find it
          at: node 'lambda', flow.py:4
          fix: define it at the top of a module or file, under its own name
        """,
    ),
    Mistake(
        "an undo that takes no value",
        pw.DefinitionError,
        """
        def unsend() -> None: ...

        @pw.task(undo=unsend)
        def send() -> str: ...
        """,
        """
        undo='unsend' cannot be called with the value of the task: too many positional arguments
          at: flow.py:1
          fix: give it one parameter, which takes what the task returned
        """,
    ),
    Mistake(
        "an undo that takes another value than the task gives",
        pw.TypeMismatchError,
        """
        def unsend(number: int) -> None: ...

        @pw.task(undo=unsend)
        def send() -> str: ...

        @pw.workflow
        def flow():
            return send()

        flow.graph()
        """,
        """
        undo='unsend' of 'send' wants int, but the task returns str
          at: node 'send', flow.py:8
          fix: let it take what the task returns
        """,
    ),
    Mistake(
        "another treatment of failures than there is",
        pw.UnknownNameError,
        """
        @pw.workflow(on_failure="forget")
        def flow(): ...
        """,
        """
        there is no treatment of failures 'forget'
          at: flow.py:1
          fix: use one of: keep, undo
        """,
    ),
]
