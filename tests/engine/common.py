"""Small tasks that many tests compose, and a run of what a function composes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import planweave as pw


@pw.task(executor="inline")
def add(x: int, y: int = 1) -> int:
    return x + y


@pw.task(executor="inline")
def give(value: Any) -> Any:
    return value


@pw.task(executor="inline")
def fail(text: Any = "broken") -> Any:
    raise ValueError(text)


@pw.task(executor="inline")
def yes() -> bool:
    return True


@pw.task(executor="inline")
def no() -> bool:
    return False


def run_of(build: Callable[[], Any], **options: Any) -> pw.Run[Any]:
    """A run of what ``build`` composes, failed or not."""
    made: pw.Run[Any] = pw.run(pw.workflow(build), check=False, **options)
    return made


def states_of(run: pw.Run[Any]) -> dict[str, str]:
    """The state of each node of a run, by id."""
    return {name: str(node.state) for name, node in run.nodes.items()}
