"""Processes of a run: they can be killed, they may crash, and only values cross their pipes."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import planweave as pw
from planweave.engine.executors.processes import Processes
from planweave.engine.executors.slot import Slot
from planweave.engine.executors.wire import Wire
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
        bodies.raise_frozen()
        bodies.raise_speechless()
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


def test_an_exception_that_takes_no_note_or_has_no_words_arrives_too(refused: pw.Run[Any]) -> None:
    """Law: whatever class a body raises, its error arrives, and its process lives on."""
    assert error_in(refused, "raise_frozen") == bodies.Frozen(3)
    speechless = error_in(refused, "raise_speechless")
    assert type(speechless) is pw.NodeError
    assert str(speechless) == "Speechless"
    assert "raise Speechless" in speechless.__notes__[0]


@pytest.mark.parametrize("name", ["ConnectionResetError", "BrokenPipeError", "EOFError"])
def test_an_error_that_a_broken_pipe_would_raise_may_come_from_the_body(name: str) -> None:
    """Law: what a body raises is its node's error, so that a retry that asks for it comes; its process goes on."""
    wanted = (ConnectionError, EOFError)
    task = bodies.raise_at_first.using(retry=pw.Retry(attempts=2, base=0, on=wanted))
    run = run_of(lambda: [bodies.process_id(), task(name), bodies.process_id()], processes=1)
    (attempt, _) = run.nodes["raise_at_first"].attempts
    assert type(attempt.error).__name__ == name and str(attempt.error) == "of the body"
    assert run.result[1] == 2
    assert run.result[0] == run.result[2]


def test_a_body_that_exits_fails_its_node_only(refused: pw.Run[Any]) -> None:
    """Law: SystemExit and KeyboardInterrupt in a process are the node's errors, not the run's end."""
    assert type(error_in(refused, "quit_python")) is SystemExit
    assert type(error_in(refused, "interrupt")) is KeyboardInterrupt


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("unpackable", "the arguments of 'unpackable' cannot be sent to another process: AttributeError: Can't "),
        ("lock", "the arguments of 'lock' cannot be sent to another process: TypeError: cannot pickle '_thread.lock'"),
        ("mute", "the arguments of 'mute' cannot be read in its process: ValueError: invalid literal for int()"),
        ("give_lambda", "the value of 'give_lambda' cannot be sent back from its process: AttributeError: Can't "),
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
    assert error.where is not None and error.where.file == __file__
    assert error.mend is not None and 'executor="thread"' in error.mend


def test_a_process_lives_on_after_what_it_refused(refused: pw.Run[Any]) -> None:
    """Law: a value that could not cross, or an exit, leaves pipe and process in order for the next job."""
    assert refused.nodes["square"].value == 9
    assert all(node.state is NodeState.FAILED for name, node in refused.nodes.items() if name != "square")


# ---------------------------------------------------------------------- reports


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        ("mute", "ValueError: invalid literal for int() with base 10: 'not a number'"),
        ("picky", "TypeError: Picky.__init__() missing 1 required positional argument: 'other'"),
        ("lambda", "AttributeError: Can't "),
    ],
)
def test_a_report_that_cannot_cross_is_dropped_and_every_node_keeps_its_value(
    fact: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Law: what a task only tells never fails it, nor gives another node its value; a line in the log says so."""

    def build() -> Any:
        first = bodies.observe(fact)
        second = bodies.follow.using(id="second")(first, "value of second")
        return [first, second, bodies.follow.using(id="third")(second, "value of third")]

    run = run_of(build, processes=1)
    assert run.result == [f"value of {fact}", "value of second", "value of third"]
    assert [(event.kind, event.node) for event in run.events if event.kind in ("observed", "log", "progress")] == [
        ("log", "observe"),
        ("progress", "observe"),
    ]
    (line,) = caplog.records
    assert (line.name, line.levelname) == ("planweave.task.observe", "WARNING")
    said = f"a report of 'observe' was dropped, since it cannot leave its process: {why}"
    assert line.getMessage().startswith(said)


def test_threads_of_a_body_may_report_at_once() -> None:
    """Law: however many threads report, each report arrives whole, and the value after them."""
    run = run_of(lambda: bodies.count_in_threads(8, 300), processes=1)
    assert run.result == 300
    assert sorted(event.data["done"] for event in run.events if event.kind == "progress") == list(range(300))


def test_a_report_that_comes_too_late_is_not_taken_for_that_of_the_next_node(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Law: a thread that a task left behind in the process reports to nobody."""
    folder = str(tmp_path)
    run = run_of(lambda: bodies.let_report(bodies.report_too_late(folder), folder), processes=1)
    assert run.result == "yes"
    assert [event for event in run.events if event.kind in ("progress", "log")] == []
    assert caplog.records == []


def test_a_process_whose_messages_cannot_be_read_is_not_used_again() -> None:
    """Law: it is killed, its node fails with ProcessDied, and the next node gets a fresh one and its own value."""
    run = run_of(lambda: [bodies.process_id(), bodies.scribble(1), bodies.process_id()], processes=1)
    error = error_in(run, "scribble")
    assert isinstance(error, pw.ProcessDied)
    assert error.what.startswith("the process of 'scribble' was killed, because what it sent cannot be read (Unpick")
    assert run.nodes["process_id"].value != run.nodes["process_id-2"].value


def test_a_process_is_not_used_again_after_a_log_filter_that_raised() -> None:
    """Law: whatever ends the waiting for a value, no later node is given that value."""

    def refuse(record: logging.LogRecord) -> bool:
        raise LookupError("filter")

    logger = logging.getLogger("planweave.task")
    logger.addFilter(refuse)
    try:
        run = run_of(lambda: [bodies.process_id(), bodies.warn("careful"), bodies.process_id()], processes=1)
    finally:
        logger.removeFilter(refuse)
    assert isinstance(run.nodes["warn"].error, LookupError)
    assert run.nodes["process_id"].value != run.nodes["process_id-2"].value


def test_a_kill_that_comes_after_the_answer_does_not_fail_the_next_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: a process that was told to die gets no further job, though it may still be alive."""
    receive = Wire.receive
    killed: list[Any] = []

    def kill_after_answer(wire: Wire) -> Any:
        message = receive(wire)
        (place, kind), _ = message
        if kind == "value" and len(killed) < 20:
            (slot,) = processes
            killed.append(place)
            slot.kill(place)
        return message

    processes: list[Slot] = []
    make = Slot.__init__

    def note(slot: Slot, *arguments: Any) -> None:
        make(slot, *arguments)
        processes.append(slot)

    monkeypatch.setattr(Slot, "__init__", note)
    monkeypatch.setattr(Wire, "receive", kill_after_answer)
    run = run_of(lambda: bodies.square.map(list(range(4))), processes=1)
    assert run.result == [0, 1, 4, 9]
    assert len(killed) == 4


# ---------------------------------------------------------------------- processes of processes


def ends(process: int) -> bool:
    """Whether a process that was killed is gone, now or soon."""
    end = time.monotonic() + 10
    while is_alive(process) and time.monotonic() < end:
        time.sleep(0.01)
    return not is_alive(process)


def test_a_task_in_a_process_may_have_processes_itself() -> None:
    """Law: a process of a run is no daemon, which could have no children."""
    assert run_of(lambda: bodies.double_in_a_pool([1, 2, 3]), processes=1).result == [2, 4, 6]


def test_what_a_process_has_started_is_killed_with_it(tmp_path: Path) -> None:
    """Law: when a run has ended, nothing of it runs, whoever started it."""

    async def main() -> pw.Run[Any]:
        run: pw.Run[Any] = await pw.start(pw.workflow(lambda: bodies.employ(str(tmp_path / "worker"))), processes=1)
        await asyncio.to_thread(bodies.wait_for, str(tmp_path / "worker"))
        run.cancel()
        return await run.wait(check=False)

    asyncio.run(main())
    assert ends(int((tmp_path / "worker").read_text(encoding="utf-8")))


def test_a_crash_is_noticed_and_tidied_up_though_a_fork_of_the_process_lives_on(tmp_path: Path) -> None:
    """Law: a fork of a process is not its task: it holds no wire, and ends with the process."""
    path = tmp_path / "fork"
    run = run_of(lambda: bodies.fork_and_crash(str(path)), processes=1)
    error = error_in(run, "fork_and_crash")
    assert isinstance(error, pw.ProcessDied)
    assert error.what == "the process of 'fork_and_crash' ended without an answer (exit code 5)"
    assert ends(int(path.read_text(encoding="utf-8")))


# ---------------------------------------------------------------------- scripts


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


def run_script(
    tmp_path: Path, last: str, *arguments: str, given: bool = False, script: str = SCRIPT
) -> subprocess.CompletedProcess[str]:
    """The end of Python with a script that ends with ``last``, by path or (``given``) on standard input."""
    text = script + last + "\n"
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


CLASSES = """
import dataclasses, sys
import planweave as pw
from tests.engine import bodies

@dataclasses.dataclass
class Page:
    text: str

class Unfit(Exception):
    pass

@pw.task(executor="inline")
def load() -> Page:
    return Page("hi")

@pw.task(executor="process", retry=pw.Retry(attempts=2, base=0, on=Unfit))
def shout(page: Page) -> Page:
    if pw.context().attempt == 1:
        raise Unfit(page.text)
    return Page(page.text.upper())

@pw.task(executor="inline")
def show(page: Page) -> str:
    return f"{page} {isinstance(page, Page)}"

@pw.workflow
def own_task() -> str:
    return show(shout(load()))

@pw.workflow
def task_of_another_module() -> str:
    return show(bodies.echo(load()))

if __name__ == "__main__":
    print(globals()[sys.argv[1]].run().result)
"""


@pytest.mark.parametrize("command", [("script.py",), ("-m", "planweave", "run")])
@pytest.mark.parametrize(
    ("name", "result"), [("own_task", "Page(text='HI') True"), ("task_of_another_module", "Page(text='hi') True")]
)
def test_values_and_errors_may_be_of_classes_that_the_script_defines(
    tmp_path: Path, command: tuple[str, ...], name: str, result: str
) -> None:
    """Law: a class of the script crosses, both ways, whether Python runs the file or planweave does."""
    target = name if command == ("script.py",) else f"script.py:{name}"
    options: list[str] = [] if command == ("script.py",) else ["--store", "none"]  # whose values need no annotation
    done = run_script(tmp_path, "", *command, target, *options, script=CLASSES)
    assert (done.stdout, done.returncode) == (f"{result}\n", 0), done.stderr


CUT_OFF = """
import os, signal, sys, threading, time
from multiprocessing.util import Finalize, is_exiting
import planweave as pw
from tests.engine import bodies

def start(path: str) -> None:
    pw.run(pw.workflow(lambda: bodies.employ.using(retry=pw.Retry(attempts=9, base=0))(path)), check=False)

def start_late(path: str) -> None:
    while not is_exiting():
        time.sleep(0.01)
    start(path)

def main(how: str, path: str) -> None:
    Finalize(None, time.sleep, (1,), exitpriority=0)  # the end takes its time
    for target in (start, start_late):
        threading.Thread(target=target, args=(path,), daemon=True).start()
    bodies.wait_for(path)
    if how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    print("end")

if __name__ == "__main__":
    main(*sys.argv[1:])
"""


@pytest.mark.parametrize(("how", "code"), [("returns", 0), ("killed", -9)])
def test_no_process_outlives_the_interpreter(tmp_path: Path, how: str, code: int) -> None:
    """Law: when runs are cut off in daemon threads, their processes and those of these end, and none is started."""
    path = tmp_path / "worker"
    done = run_script(tmp_path, "", "script.py", how, str(path), script=CUT_OFF)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    (process,) = path.read_text(encoding="utf-8").split()  # it did not wake
    assert ends(int(process))
