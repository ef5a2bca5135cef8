"""Workflows that ask, for tests that run them in several processes."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import planweave as pw


@dataclass
class Payment:
    amount: int
    payer: str


@pw.task(executor="inline")
def prepare(text: str) -> str:
    return f"draft of {text}"


@pw.task(executor="inline")
def preparer() -> str:
    return "bob"


@pw.task(executor="inline")
def publish(text: str) -> str:
    return f"published {text}"


@pw.task(executor="inline")
def note(path: str, text: Any) -> Any:
    """Leave a line in a file: an effect that can be counted."""
    with Path(path).open("a") as file:
        file.write(f"{text}\n")
    return text


@pw.workflow
def publishing(text: str) -> Any:
    draft = prepare(text)
    decision = pw.approve("Publish?", about=draft, by=["ann", "bob"], not_by=preparer())
    return pw.when(decision, then=lambda: publish(draft), otherwise=lambda: "kept back"), decision


@pw.workflow
def paying() -> Any:
    first = pw.wait_for("paid", Payment)
    return first, pw.wait_for("paid", Payment, after=[first], id="second")


@pw.workflow
def expiring(seconds: float) -> pw.Approval:
    return pw.approve("In time?", timeout=seconds, on_timeout="reject")


@pw.workflow
def resting(path: str, seconds: float) -> Any:
    return note.using(after=[pw.sleep(seconds, after=[note.using(id="before")(path, "before")])])(path, "after")


@pw.task(on_crash="ask", executor="inline")
def careful(path: str) -> str:
    """Kill the process in the first attempt."""
    if pw.context().attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return str(note.fn(path, f"attempt {pw.context().attempt}"))


@pw.workflow
def handling(path: str) -> Any:
    return [careful(path), note(path, "beside")]


@pw.task(crash_limit=1, executor="inline")
def deadly(path: str) -> str:
    """Kill the process in the first three attempts."""
    note.fn(path, f"attempt {pw.context().attempt}")
    if pw.context().attempt < 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return "survived"


@pw.workflow
def dying(path: str) -> str:
    return deadly(path)


@pw.task(on_crash="ask", executor="inline")
def hopeless(path: str) -> None:
    """Kill the process in every attempt."""
    note.fn(path, pw.context().attempt)
    os.kill(os.getpid(), signal.SIGKILL)


@pw.workflow
def always_handling(path: str) -> Any:
    return hopeless(path)


@pw.task(executor="inline")
def numbers(count: int) -> list[int]:
    return list(range(count))


@pw.workflow
def draw(number: int) -> int:
    return pw.wait_for("number", int)


@pw.workflow
def drawing(count: int) -> list[int]:
    return draw.map(numbers(count))


@pw.workflow
def impatient() -> str:
    return pw.wait_for("late", str, timeout=0.3)


@pw.task
async def tick(path: str, count: int) -> int:
    note.fn(path, count)
    await asyncio.sleep(0.005)
    return count + 1


@pw.task(executor="inline")
def never(count: int) -> bool:
    return False


@pw.workflow
def ticking(path: str) -> int:
    """Leave lines in a file for as long as it is let."""
    return pw.repeat(lambda count: tick(path, count), 0, until=never, limit=100_000)


@pw.workflow
def resting_first() -> Any:
    rest = pw.sleep(1000)
    return pw.when(at_all.using(after=[rest])(), then=lambda: pw.wait_for("paid", Payment))


@pw.task(executor="inline")
def at_all() -> bool:
    return True
