"""`planweave run`: results, exit codes, errors and the document."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from planweave.engine.run import Run
from tests.cli.commands import Call, command


def test_the_result_is_all_that_standard_output_gets(call: Call, workflows: Path) -> None:
    """Law: the result goes to standard output, text as it is and the rest as JSON; progress to standard error."""
    assert call("run", "workflows.py:doubled", "-i", "x=4").out == "8\n"
    done = call("run", "workflows.py:shouted", "-i", "text=hello", "-q")
    assert (done.code, done.out, done.err) == (0, "HELLO\n", "")


def test_progress_ends_in_a_summary(call: Call, workflows: Path) -> None:
    """Law: what happened is told in one last line: state, time, nodes, and what went wrong."""
    assert "retried succeeded in " in (done := call("run", "workflows.py:retried")).err
    assert done.err.splitlines()[-1].endswith(": 1 node (2 retries)")


def test_a_document_tells_the_run_and_all_its_nodes(call: Call, workflows: Path) -> None:
    """Law: `--json` prints id, workflow, state, result, error and nodes, and nothing else anywhere."""
    done = call("run", "workflows.py:all_doubled", "-i", "numbers=[1, 2]", "--json")
    assert (done.code, done.err) == (0, "")
    document = done.document
    assert (document["workflow"], document["state"], document["result"], document["error"]) == (
        "all_doubled",
        "succeeded",
        6,
        None,
    )
    assert list(document["nodes"]) == ["double", "total", "double[0]", "double[1]"]
    item = document["nodes"]["double[1]"]
    assert datetime.fromisoformat(item.pop("started")) <= datetime.fromisoformat(item.pop("ended"))
    assert item == {"state": "succeeded", "attempts": 1, "error": None, "cause": None, "value": 4}


def test_a_failed_run_exits_1_with_a_line_that_names_the_root_cause(call: Call, workflows: Path) -> None:
    """Law: the line names the node at the root, its error and its place; not the cascade, and no traceback."""
    done = call("run", "workflows.py:failing", "-q")
    assert (done.code, done.out) == (1, "")
    assert "failed at 'fail': ValueError: 1 is a bad number" in done.error
    assert "workflows.py:51" in done.error


def test_a_failed_run_is_a_document_too(call: Call, workflows: Path) -> None:
    """Law: with `--json` a failure is told by the document as well: error, causes, and the states of the nodes."""
    done = call("run", "workflows.py:failing", "--json")
    assert done.code == 1
    document = done.document
    assert (document["state"], document["result"]) == ("failed", None)
    assert document["error"] == done.error
    assert document["causes"] == {"fail": "ValueError: 1 is a bad number"}
    assert document["nodes"]["fail"]["error"] == "ValueError: 1 is a bad number"
    assert document["nodes"]["double"]["cause"] == "fail"
    assert "value" not in document["nodes"]["double"]


def test_attempts_are_counted(call: Call, workflows: Path) -> None:
    """Law: `attempts` says how often a node was tried."""
    assert call("run", "workflows.py:retried", "--json").document["nodes"]["flaky"]["attempts"] == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run"], "Missing argument 'TARGET'; fix: see planweave run --help"),
        (["run", "--foo", "x:y"], "No such option: --foo"),
        (["run", "x:y", "z"], "unexpected extra argument"),
        (["run", "x:y", "--threads", "0"], "'--threads'"),
        (["run", "x:y", "--threads", "many"], "'--threads'"),
        (["frobnicate"], "No such command 'frobnicate'; fix: see planweave --help"),
        (["run", "workflows.py:doubled"], "'doubled' is not given: x (int); fix: add -i x=3"),
        (["run", "workflows.py:doubled", "-i", "x=three"], "input 'x' wants int, not 'three'"),
        (["run", "workflows.py:doubled", "-i", "x=1", "--pool", "api=2"], "is in a pool 'api'"),
        (["run", "workflows.py:without_limit", "-i", "text=a"], "pool 'api' has no limit"),
        (["run", "workflows.py:doubled", "--render", "picture"], "--render 'picture' does not say what to draw"),
        (["run", "workflows.py:doubled", "--render", "a.txt"], "fix: end it in one of: .svg"),
        (["run", "workflows.py:doubled", "--timeline", "a.png"], "fix: end it in one of: .svg .html"),
        (["run", "workflows.py:doubled", "--timeline", "no/where.svg"], "there is no folder 'no'"),
        (["graph", "workflows.py:doubled", "-o", "folder.svg"], "-o 'folder.svg' is a folder"),
    ],
)
def test_bad_usage_and_input_exit_2_with_one_line(
    call: Call, workflows: Path, arguments: list[str], words: str
) -> None:
    """Law: nothing has run, nothing is printed but one line with what is wrong and what to do."""
    (workflows.parent / "folder.svg").mkdir()
    done = call(*arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.error


def test_bad_usage_is_a_document_too(call: Call, workflows: Path) -> None:
    """Law: with `--json` standard output is one document, whatever went wrong, however early."""
    for arguments in (["run", "nowhere.py:w"], ["run", "--foo"], ["run", "workflows.py:doubled", "-i", "x=three"]):
        done = call(*arguments, "--json")
        assert done.code == 2
        assert done.document["error"] == done.error


def test_a_pool_may_be_given_its_limit(call: Call, workflows: Path) -> None:
    """Law: `--pool` gives a limit to a pool that has none, as `pw.run(..., pools=...)` does."""
    done = call("run", "workflows.py:without_limit", "-i", "text=a", "--pool", "api=1", "-q")
    assert (done.code, done.out) == (0, "A\n")


def test_debug_shows_the_traceback_before_the_line(call: Call, workflows: Path) -> None:
    """Law: `--debug` adds the user's traceback; the last line stays the error."""
    done = call("run", "workflows.py:failing", "-q", "--debug")
    assert "Traceback (most recent call last)" in done.err
    assert 'raise ValueError(f"{x} is a bad number")' in done.err
    assert done.err.splitlines()[-1].startswith("error: ")


def test_no_error_shows_a_traceback_unasked(call: Call, workflows: Path) -> None:
    """Law: a failure inside planweave is one line too, that says how to report it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planweave.cli.run.execute", lambda *arguments, **options: 1 / 0)
        done = call("run", "workflows.py:retried", "-q")
    assert done.code == 1
    assert done.error.startswith("ZeroDivisionError: division by zero; fix: this should not happen")


def test_pictures_are_drawn_of_failed_runs_too(call: Call, workflows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: `--render` and `--timeline` draw the run as it went, whatever its end, before the error is told."""
    drawn = []

    def render(run: Run[int], path: Path, **options: str) -> None:
        drawn.append((run.state, str(path), options))

    monkeypatch.setattr(Run, "render", render)
    call("run", "workflows.py:failing", "-q", "--render", "run.svg", "--timeline", "when.html")
    assert drawn == [("failed", "run.svg", {}), ("failed", "when.html", {"kind": "timeline"})]


def test_a_terminal_cannot_be_driven_by_an_error(call: Call, tmp_path: Path) -> None:
    """Law: control characters, direction marks and lone surrogates of a message arrive as text."""
    (tmp_path / "evil.py").write_text(
        "import planweave as pw\n\n@pw.task\ndef f() -> int:\n"
        "    raise ValueError('\\x1b[2J\\x07\\u202e \\ud800 \\r\\nsecond line')\n\n"
        "@pw.workflow\ndef w() -> int:\n    return f()\n"
    )
    done = call("run", "evil.py:w")
    assert done.code == 1
    assert not {character for character in done.err if not character.isprintable()} - {"\n"}
    assert r"\x1b[2J\x07\u202e \ud800" in done.err


def test_values_that_json_does_not_know_do_not_break_the_document(tmp_path: Path) -> None:
    """Law: whatever a task returns, the document is JSON that a strict reader reads."""
    (tmp_path / "odd.py").write_text(
        "import planweave as pw\n\n@pw.task\ndef f() -> object:\n"
        "    loop = [float('nan'), b'\\xff', {1, 2}, '\\ud800 \\xe9', object(), 10**5000, {(1, 2): 3}]\n"
        "    loop.append(loop)\n    return loop\n\n@pw.workflow\ndef w() -> object:\n    return f()\n"
    )
    for variables in ({}, {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}):
        document = command("run", "odd.py:w", "--json", "--store", "none", cwd=tmp_path, **variables).document
        assert document["result"][:4] == ["NaN", {"base64": "/w=="}, [1, 2], "\\ud800 é"]
        assert [form["note"] for form in document["result"][4:6]] == ["has no JSON form", "has too many digits"]


NOISY = """
import atexit, os, subprocess, sys, threading, time
import planweave as pw

print("noise at import")
os.system("echo noise of a shell")
atexit.register(print, "noise at exit")

@pw.task
def noisy(x: int) -> int:
    print("noise of a task")
    os.write(1, b"noise of a descriptor\\n")
    sys.__stdout__.write("noise of another name\\n")
    subprocess.run(["echo", "noise of a child"])
    return x

@pw.task(executor="process")
def apart(x: int) -> int:
    print("noise of a process", flush=True)
    return x

@pw.workflow
def w(x: int = 1) -> int:
    print("noise at trace")
    return apart(noisy(x))
"""


def test_whatever_prints_the_document_is_all_that_standard_output_gets(tmp_path: Path) -> None:
    """Law: with `--json` the noise of imports, traces, tasks, children, processes and exit goes to standard error."""
    (tmp_path / "noisy.py").write_text(NOISY)
    done = command("run", "noisy.py:w", "--json", cwd=tmp_path)
    assert (done.code, done.document["result"]) == (0, 1)
    for noise in "import|a shell|a task|a descriptor|another name|a child|a process|trace|exit".split("|"):
        assert f"noise at {noise}" in done.err or f"noise of {noise}" in done.err


def test_the_version_and_the_help_are_printed(call: Call) -> None:
    """Law: `--version`, `--help` and no words at all tell what there is, and exit 0."""
    assert call("--version").out.startswith("planweave ")
    for arguments in ([], ["--help"], ["-h"]):
        done = call(*arguments)
        assert (done.code, done.err) == (0, "")
        assert "Commands:" in done.out and "run" in done.out and "demo" in done.out
    for verb in ("demo", "run", "graph"):
        assert f"Usage: planweave {verb}" in call(verb, "--help").out
