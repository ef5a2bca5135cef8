"""Tasks that run in processes of their own: another process finds them here by their names."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import planweave as pw


@pw.task(executor="process")
def square(x: int) -> int:
    return x * x


@pw.task(executor="process")
def process_id(x: int = 0) -> int:
    return os.getpid()


@pw.task(executor="process")
def echo(value: Any) -> Any:
    return value


@pw.task(executor="process")
def doze(path: str, seconds: float = 60.0) -> str:
    """Say in a file that it runs, and sleep."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")
    time.sleep(seconds)
    return path


@pw.task(executor="process")
def leave(code: int) -> None:
    os._exit(code)


@pw.task(executor="process")
def leave_once(path: str) -> int:
    """End the process at the first attempt; give the number of the attempt at the second."""
    if not os.path.exists(path):
        with open(path, "w", encoding="utf-8"):
            os._exit(3)
    return pw.context().attempt


@pw.task(executor="process")
def quit_python(code: int) -> None:
    sys.exit(code)


@pw.task(executor="process")
def interrupt() -> None:
    raise KeyboardInterrupt


@pw.task(executor="process")
def raise_value_error(text: str) -> None:
    raise ValueError(text)


class Picky(Exception):
    """An exception that cannot be made again from its own arguments, so it cannot cross to another process."""

    def __init__(self, one: int, other: int) -> None:
        super().__init__(f"{one} and {other}")


@pw.task(executor="process")
def raise_picky() -> None:
    raise Picky(1, 2)


@pw.task(executor="process")
def give_lambda() -> Any:
    return lambda: None


class Mute:
    """An object that can be packed and not unpacked."""

    def __reduce__(self) -> Any:
        return int, ("not a number",)


@pw.task(executor="process")
def give_mute() -> Any:
    return Mute()


@pw.task(executor="process")
def report(done: int, total: int) -> dict[str, Any]:
    """Tell everything that a task can tell, and who it is."""
    context = pw.context()
    context.logger.info("at %d of %d", done, total)
    context.progress(done, total, "halfway")
    context.observe({"door": "open"})
    return {
        "run_id": context.run_id,
        "node_id": context.node_id,
        "attempt": context.attempt,
        "key": context.idempotency_key,
        "cancelled": context.cancelled,
    }


@pw.task(executor="process")
def warn(text: str) -> None:
    pw.context().logger.warning(text)


def twice(x: int) -> int:
    """A plain function; the task made of it bears another name."""
    return 2 * x


doubled = pw.task(executor="process", name="doubled")(twice)
