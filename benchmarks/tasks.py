"""The tasks that are measured, which do next to nothing, and workflows of them in a given shape."""

from __future__ import annotations

import asyncio
from typing import Any

import planweave as pw
from benchmarks.shapes import Shape


def nothing(*values: object) -> None:
    """Do nothing."""


async def nothing_async(*values: object) -> None:
    """Do nothing, as a coroutine that never suspends."""


async def suspending(*values: object) -> None:
    """Suspend once."""
    await asyncio.sleep(0)


inline = pw.task(executor="inline", name="nothing")(nothing)
threaded = pw.task(executor="thread", name="nothing")(nothing)
in_process = pw.task(executor="process", name="nothing")(nothing)
straight = pw.task(name="nothing")(nothing_async)
suspends = pw.task(name="suspending")(suspending)


def workflow_of(shape: Shape, task: pw.Task[..., Any]) -> pw.Workflow[[], None]:
    """A workflow that calls the task for each node, with the values of those before it."""

    def compose() -> None:
        handles: list[Any] = []
        for before in shape:
            handles.append(task(*[handles[i] for i in before]))

    return pw.workflow(compose)


def graph_of(shape: Shape, task: pw.Task[..., Any]) -> pw.Graph:
    """The graph of such a workflow; its lists for running are made, as those of a graph that has run before."""
    graph = workflow_of(shape, task).graph()
    pw.run(graph)
    return graph
