"""Tasks that run in processes of their own: another process finds them here by their names."""

from __future__ import annotations

import builtins
import multiprocessing
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
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


@dataclass(frozen=True)
class Frozen(Exception):
    """An exception to which no note can be added."""

    code: int

    def __reduce__(self) -> Any:
        return Frozen, (self.code,)


@pw.task(executor="process")
def raise_frozen() -> None:
    raise Frozen(3)


class Speechless(Exception):
    """An exception that cannot say what it is, nor cross to another process."""

    def __str__(self) -> str:
        raise RuntimeError("no words")

    def __reduce__(self) -> Any:
        raise RuntimeError("no way")


@pw.task(executor="process")
def raise_speechless() -> None:
    raise Speechless


@pw.task(executor="process")
def raise_at_first(name: str) -> int:
    """Raise a built-in exception at the first attempt; give the number of the attempt at the second."""
    if pw.context().attempt == 1:
        raise getattr(builtins, name)("of the body")
    return pw.context().attempt


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


@pw.task(executor="process")
def observe(fact: Any) -> str:
    """Tell a fact, which is made from its name, and a second thing after it."""
    facts = {"mute": Mute(), "picky": Picky(1, 2), "lambda": lambda: None}
    pw.context().observe({"fact": facts[fact]})
    pw.context().progress(1, 2)
    return f"value of {fact}"


@pw.task(executor="process", join="all_done")
def follow(before: Any, value: str) -> str:
    return value


@pw.task(executor="process")
def count_in_threads(threads: int, number: int) -> int:
    """Report from many threads at once, more than a pipe takes in one piece."""
    context = pw.context()
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(lambda i: context.progress(i, number, "x" * 60_000), range(number)):
            pass
    return number


def wait_for(path: str) -> str:
    """What stands in a file, as soon as there is something."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if os.path.exists(path) and (text := Path(path).read_text(encoding="utf-8")):
            return text
        time.sleep(0.01)
    raise TimeoutError(path)


@pw.task(executor="process")
def report_too_late(folder: str) -> None:
    """Leave a thread behind that reports while the next task runs."""
    context = pw.context()

    def report() -> None:
        wait_for(f"{folder}/next runs")
        context.progress(99, 100, "late")
        context.logger.warning("late")
        Path(folder, "has reported").write_text("yes", encoding="utf-8")

    threading.Thread(target=report, daemon=True).start()


@pw.task(executor="process")
def let_report(before: Any, folder: str) -> str:
    Path(folder, "next runs").write_text("yes", encoding="utf-8")
    return wait_for(f"{folder}/has reported")


@pw.task(executor="process")
def scribble(value: Any) -> Any:
    """Write into the pipe of the process what is no message."""
    listener: Any = pw.context()._listener
    listener._wire._pipe.send_bytes(b"\0\0\0\7scribble")
    time.sleep(5)
    return value


@pw.task(executor="process")
def double_in_a_pool(numbers: list[int]) -> list[int]:
    """Use processes of its own."""
    with multiprocessing.Pool(2) as pool:
        return pool.map(twice, numbers)


def sleep_in(path: str) -> None:
    """Say in a file that it runs, sleep, and say that nothing ended it."""
    Path(path).write_text(f"{os.getpid()} ", encoding="utf-8")
    time.sleep(30)
    Path(path).write_text("woke", encoding="utf-8")


@pw.task(executor="process")
def employ(path: str) -> None:
    """Have a process of its own that sleeps, and wait for it."""
    worker = multiprocessing.Process(target=sleep_in, args=(path,))
    worker.start()
    worker.join()


@pw.task(executor="process")
def fork_and_crash(path: str) -> None:
    """Leave a fork behind that sleeps, and tells what it finds of the task it comes from."""
    if os.fork() == 0:
        try:
            pw.context()
        except pw.PlanweaveError:
            sleep_in(path)
        os._exit(0)
    wait_for(path)
    os._exit(5)


def twice(x: int) -> int:
    """A plain function; the task made of it bears another name."""
    return 2 * x


doubled = pw.task(executor="process", name="doubled")(twice)
