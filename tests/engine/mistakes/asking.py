"""Mistakes in what a workflow asks people, and in the events that it waits for."""

from __future__ import annotations

import planweave as pw
from tests.engine.program import Mistake

MISTAKES = [
    Mistake(
        "an approval for as long as a text",
        pw.TypeMismatchError,
        """
        @pw.task
        def load() -> str: ...

        @pw.workflow
        def flow():
            return pw.approve("Publish?", timeout=load())

        flow.graph()
        """,
        """
        timeout= of 'approve' wants float | None, but 'load' gives str
          at: node 'approve', flow.py:6
          fix: pass what it wants, or what a task gave that returns it
        """,
    ),
    Mistake(
        "a step that only waits for an approval",
        pw.DefinitionError,
        """
        @pw.task
        def publish() -> None: ...

        @pw.workflow
        def flow():
            decision = pw.approve("Publish?")
            publish.using(after=[decision])()

        flow.graph()
        """,
        """
        'publish' only waits for 'approve': it would run even if that was rejected
          at: node 'publish', flow.py:7
          fix: decide with pw.when(approval, then=lambda: ...), or pw.approve(..., on_reject="fail")
        """,
    ),
    Mistake(
        "an approval with nothing to decide",
        pw.DefinitionError,
        """
        @pw.workflow
        def flow():
            return pw.approve("")

        flow.graph()
        """,
        """
        pw.approve(title='') is no text that says what is asked
          at: flow.py:3
          fix: pass a text, or what a task gave that returns one
        """,
    ),
    Mistake(
        "an approval in no time",
        pw.DefinitionError,
        """
        @pw.workflow
        def flow():
            return pw.approve("Publish?", timeout=0)

        flow.graph()
        """,
        """
        pw.approve(timeout=0) is not a time
          at: flow.py:3
          fix: use a number of seconds above 0, a timedelta, or None: no end
        """,
    ),
    Mistake(
        "what to do when the time is over, and no time",
        pw.DefinitionError,
        """
        @pw.workflow
        def flow():
            return pw.approve("Publish?", on_timeout="approve")

        flow.graph()
        """,
        """
        pw.approve(on_timeout='approve') has no timeout
          at: flow.py:3
          fix: say when: timeout=3600
        """,
    ),
    Mistake(
        "an approval by a number",
        pw.DefinitionError,
        """
        @pw.workflow
        def flow():
            return pw.approve("Publish?", by=["ann", 3])

        flow.graph()
        """,
        """
        pw.approve(by=...) names 3, which is no name
          at: flow.py:3
          fix: pass a name, a list of names, or what a task gave that returns one
        """,
    ),
    Mistake(
        "an approval by nobody",
        pw.DefinitionError,
        """
        @pw.workflow
        def flow():
            return pw.approve("Publish?", by=[])

        flow.graph()
        """,
        """
        pw.approve(by=...) names nobody
          at: flow.py:3
          fix: leave it out, or name people
        """,
    ),
    Mistake(
        "an event of a type that is none",
        pw.DefinitionError,
        """
        @pw.workflow
        def flow():
            return pw.wait_for("paid", 3)

        flow.graph()
        """,
        """
        pw.wait_for(type='3') is nothing that a value can be checked against
          at: flow.py:3
          fix: pass a type that pydantic knows: str, list[int], a dataclass, a model, ...
        """,
    ),
]
