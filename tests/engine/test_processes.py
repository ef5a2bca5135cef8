"""Processes of a run: they can be killed, they may crash, and only values cross their pipes."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import planweave as pw
from planweave.engine.executors.processes import Processes
from planweave.engine.state import NodeState
from tests.engine import bodies
from tests.engine.common import run_of


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    """Law of every test here: when a run has ended, no process and no thread of it is left."""
    yield
    assert multiprocessing.active_children() == []
    assert [thread for thread in threading.enumerate() if thread.name.startswith("planweave")] == []


def is_alive(process: int) -> bool:
    """Whether a process of this number runs (and is no zombie)."""
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_process_runs_the_body_and_sends_back_its_value() -> None:
    """Law: arguments and values cross as they are, by order and by keyword, under the name the task has."""
    run = run_of(
        lambda: [bodies.square(7), bodies.echo(value={"a": (1, [None])}), bodies.doubled(x=4)],
        processes=1,
    )
    assert run.result == [49, {"a": (1, [None])}, 8]


def test_so_many_processes_run_at_once_and_are_used_again() -> None:
    """Law: processes= bounds them; each runs one job after another."""
    run = run_of(lambda: bodies.process_id.map(list(range(6))), processes=2)
    seen = set(run.result)
    assert 1 <= len(seen) <= 2
    assert os.getpid() not in seen
    assert not any(map(is_alive, seen))


def test_a_process_past_its_timeout_is_killed(tmp_path: Path) -> None:
    """Law: the node fails with NodeTimeout at its time, and the process is gone when the run returns."""
    path = tmp_path / "started"
    run = run_of(
        lambda: bodies.doze.using(timeout=1, after=[bodies.square(1)])(str(path)),  # in a process that is up already
        processes=1,
    )
    assert isinstance(run.nodes["doze"].error, pw.NodeTimeout)
    assert not is_alive(int(path.read_text(encoding="utf-8")))


def test_a_process_that_ends_without_an_answer_fails_its_node() -> None:
    """Law: the error is ProcessDied and tells the exit code, 0 too, which is no answer; a fresh process goes on."""

    @pw.task(executor="inline", join="all_done")
    def go_on(before: Any) -> int:
        return 3

    def build() -> Any:
        first = bodies.leave.using(id="first")(7)
        second = bodies.leave.using(id="second", after=[go_on(first)])(0)
        return bodies.square(go_on(second))

    run = run_of(build, processes=1)
    assert run.result == 9
    for name, code in (("first", 7), ("second", 0)):
        error = run.nodes[name].error
        assert isinstance(error, pw.ProcessDied)
        assert error.what == f"the process of '{name}' ended without an answer (exit code {code})"
        assert error.where is not None and error.where.file == __file__
        assert error.mend == "it was killed or crashed; look at its memory use, or at native code that it calls"


def test_a_crash_is_worth_another_attempt(tmp_path: Path) -> None:
    """Law: ProcessDied is an error like others: a retry gets a fresh process."""
    retry = pw.Retry(attempts=2, base=0)
    run = run_of(lambda: bodies.leave_once.using(retry=retry)(str(tmp_path / "once")), processes=1)
    assert run.result == 2


def test_processes_are_joined_even_if_a_thread_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: a thread that does not end keeps its run from joining it, but not from joining its processes."""
    release = threading.Event()
    joined = []
    join = Processes.join

    def note(processes: Processes) -> None:
        join(processes)
        joined.append([thread.name for thread in threading.enumerate() if " process " in thread.name])

    monkeypatch.setattr(Processes, "join", note)

    @pw.task(timeout=0.02)
    def stuck() -> None:
        release.wait(30)

    def build() -> Any:
        return stuck(), bodies.square(3)

    run = run_of(build, processes=1, grace=0.02)
    assert run.nodes["square"].value == 9
    assert joined == [[]]
    release.set()
    for thread in threading.enumerate():
        if thread.name.startswith("planweave"):
            thread.join(30)


@pytest.fixture(scope="module")
def refused() -> pw.Run[Any]:
    """A run in which one process meets everything that cannot be done, and still does what can be."""

    def build() -> Any:
        bodies.raise_value_error("no disk")
        bodies.raise_picky()
        bodies.quit_python(4)
        bodies.interrupt()
        bodies.echo.using(id="unpackable")(lambda: None)
        bodies.echo.using(id="lock")(threading.Lock())
        bodies.echo.using(id="mute")(bodies.Mute())
        bodies.give_lambda()
        bodies.give_mute()
        return bodies.square.using(priority=-1)(3)

    return run_of(build, processes=1)


def error_in(run: pw.Run[Any], name: str) -> BaseException:
    """The error of a node that failed."""
    error = run.nodes[name].error
    assert error is not None
    return error


def test_an_exception_crosses_with_the_traceback_of_its_process(refused: pw.Run[Any]) -> None:
    """Law: the error of the node is of the class that was raised, and a note shows where."""
    error = error_in(refused, "raise_value_error")
    assert type(error) is ValueError and str(error) == "no disk"
    (note,) = error.__notes__
    assert note.startswith("in process ") and "raise ValueError(text)" in note


def test_an_exception_that_cannot_cross_arrives_as_its_words(refused: pw.Run[Any]) -> None:
    """Law: its class and message are kept in a NodeError, with the traceback as a note."""
    error = error_in(refused, "raise_picky")
    assert type(error) is pw.NodeError
    assert str(error) == "Picky: 1 and 2"
    assert "raise Picky(1, 2)" in error.__notes__[0]


def test_a_body_that_exits_fails_its_node_only(refused: pw.Run[Any]) -> None:
    """Law: SystemExit and KeyboardInterrupt in a process are the node's errors, not the run's end."""
    assert type(error_in(refused, "quit_python")) is SystemExit
    assert type(error_in(refused, "interrupt")) is KeyboardInterrupt


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("unpackable", "the arguments of 'unpackable' cannot be sent to another process: Can't "),
        ("lock", "the arguments of 'lock' cannot be sent to another process: cannot pickle '_thread.lock' object"),
        ("mute", "the arguments of 'mute' cannot be read in its process: ValueError: invalid literal for int()"),
        ("give_lambda", "the value of 'give_lambda' cannot be sent back from its process: Can't "),
        ("give_mute", "the value of 'give_mute' cannot be read back from its process: ValueError: invalid literal"),
    ],
)
def test_what_cannot_cross_is_refused_with_the_direction_and_the_reason(
    refused: pw.Run[Any], name: str, said: str
) -> None:
    """Law: ValueRefused says which way the value was to go, and why it could not."""
    error = error_in(refused, name)
    assert isinstance(error, pw.ValueRefused)
    assert error.what.startswith(said)
    assert error.mend is not None and 'executor="thread"' in error.mend


def test_a_process_lives_on_after_what_it_refused(refused: pw.Run[Any]) -> None:
    """Law: a value that could not cross, or an exit, leaves pipe and process in order for the next job."""
    assert refused.nodes["square"].value == 9
    assert all(node.state is NodeState.FAILED for name, node in refused.nodes.items() if name != "square")


SCRIPT = """
import planweave as pw

@pw.task(executor="process")
def double(x: int) -> int:
    return 2 * x

@pw.workflow
def flow() -> list[int]:
    return double.map([1, 2, 3])

def main() -> None:
    print(pw.run(flow, processes=1).result)
"""


def run_script(tmp_path: Path, last: str, *arguments: str, given: bool = False) -> subprocess.CompletedProcess[str]:
    """The end of Python with a script that ends with ``last``, by path or (``given``) on standard input."""
    text = textwrap.dedent(SCRIPT) + last + "\n"
    path = tmp_path / "script.py"
    path.write_text(text, encoding="utf-8")
    command = [sys.executable, *(arguments or (["-"] if given else [str(path)]))]
    return subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        input=text if given else None,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("arguments", [(), ("-m", "script")])
def test_a_task_of_a_script_runs_in_processes(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Law: what stands in __main__ is found by the path of its file, or as a module run with -m."""
    done = run_script(tmp_path, 'if __name__ == "__main__": main()', *arguments)
    assert (done.stdout, done.stderr, done.returncode) == ("[2, 4, 6]\n", "", 0)


def test_a_script_without_a_guard_is_told_so(tmp_path: Path) -> None:
    """Law: a script whose import starts its run would start itself for ever; the error says what is missing."""
    done = run_script(tmp_path, "main()")
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith(
        'fix: look at what it printed; a script must start its run under `if __name__ == "__main__":`'
    )
    assert "ended while it started (exit code 1)" in done.stderr


def test_a_task_of_standard_input_is_refused_before_anything_runs(tmp_path: Path) -> None:
    """Law: a program that no other process can read cannot have tasks in processes."""
    done = run_script(tmp_path, "main()", given=True)
    assert done.returncode == 1
    assert "planweave.engine.errors.PolicyError: 'double' has executor=\"process\"" in done.stderr
