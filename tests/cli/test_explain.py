"""`planweave explain`: why each node is in its state, by what decided it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import planweave as pw
from planweave.cli.explain import wrapped
from planweave.engine.errors import UnknownNameError
from planweave.engine.explain import Explainer, explain
from planweave.engine.explanation.reason import Reason
from planweave.engine.run import Run
from planweave.testing import Limits, Scenario
from tests.cli.commands import Call
from tests.cli.durable import flows, killed


@pytest.fixture
def failed(call: Call, tmp_path: Path) -> Call:
    """A run with skipped and failed nodes is the last one."""
    flows(tmp_path)
    (tmp_path / "1.bad").touch()
    call("run", "flows.py:branches", "-q")
    return call


def why(call: Call, node: str, *options: str) -> list[str]:
    """What is said about a node of the last run."""
    document = call("explain", "last", node, "--json", *options).document
    (found,) = document["nodes"].values()
    return list(found["why"])


def test_ends_are_explained_by_what_decided_them(failed: Call) -> None:
    """Law: a failure names its error and its retries; a skip its condition; a cascade its rule and its root."""
    assert why(failed, "work") == ["ValueError: 1 is bad", "its policy makes one attempt: it has no retry"]
    assert why(failed, "when") == ["the condition of 'when' was False, and it has no branch for that"]
    assert why(failed, "use-2") == [
        "it needs the value of 'when' (skipped)",
        "the condition of 'when' was False, and it has no branch for that",
    ]
    assert why(failed, "use") == [
        "it could not run because of 'work' (failed); its rule is all_success: all must succeed",
        "'work' failed: ValueError: 1 is bad",
    ]
    (reason,) = why(failed, "gather")
    ends, rule = reason.split("; ")
    assert ends == "it ran because of how 'use' (upstream failed), 'use-2' (skipped) ended"
    assert rule == "its rule is all_done: all must end, however they do"


def test_a_run_is_explained_as_a_whole(failed: Call) -> None:
    """Law: without a node all are told that did not just succeed, and the document has every one."""
    lines = failed("explain", "last").out.splitlines()
    assert lines[0].endswith(" of branches is succeeded: its result is there")
    assert [line.split(" (")[0] for line in lines[1:-1]] == ["when", "work", "use", "use-2"]
    assert lines[-1] == "2 nodes succeeded"
    document = failed("explain", "last", "--json").document
    assert {name: node["state"] for name, node in document["nodes"].items()}["gather"] == "succeeded"


def test_a_node_that_there_is_not_is_explained_too(failed: Call) -> None:
    """Law: a node that a branch would have had says why it has not; a wrong name gets the nearest ones."""
    done = failed("explain", "last", "when/use")
    assert done.code == 2
    assert "'when' is skipped, and has not become anything: the condition of 'when' was False" in done.error
    assert "did you mean 'gather'?" in failed("explain", "last", "gathr").error


def test_what_keeps_a_node_from_starting_is_named(call: Call, tmp_path: Path) -> None:
    """Law: a full pool with who is in it, a rate with when it opens, a pause with the error before, a sleep, a join."""
    flows(tmp_path)
    states = {
        "call[0]": "running",
        "call[1]": "ready",
        "flaky": "retry_wait",
        "sleep": "waiting",
        "rated[0]": "succeeded",
    }
    killed(tmp_path, "busy", "call-1", tmp_path / "here.db", states=states)
    options = ["--store", "here.db"]
    assert why(call, "call[1]", *options) == ["pool 'api' is full: 1 of 1 by 'call[0]'"]
    (rate,) = why(call, "rated[1]", *options)
    assert rate.startswith("its rate allows 1 start in 300 s: the next is allowed in ")
    error, due = why(call, "flaky", *options)
    assert error == "attempt 1 failed: ConnectionError: not yet"
    assert due.startswith("attempt 2 is due in ")
    assert why(call, "sleep", *options)[0].startswith("it sleeps until ")
    assert why(call, "use", *options) == [
        "it waits for 'flaky' (retry wait); its rule is all_success: all must succeed"
    ]
    running = why(call, "call[0]", *options)[0]
    assert "its process is gone: by on_crash='retry' that is decided when the run goes on" in running
    assert why(call, "call", *options) == [
        "it has become 2 nodes, of which 2 have not ended: 'call[0]' (running), 'call[1]' (ready)"
    ]
    head = call("explain", "last", *options).out.splitlines()[0]
    assert "is interrupted: no process has it in hands; planweave resume goes on with it" in head


def test_lines_are_broken_for_a_narrow_terminal() -> None:
    """Law: what is said fits the terminal, and what follows on the next line is set in."""
    lines = wrapped("use (pending): it waits for 'flaky' (retry wait); its rule is all_success", 30)
    assert all(len(line) <= 30 for line in lines)
    assert all(line.startswith("    ") for line in lines[1:])
    assert " ".join(line.strip() for line in lines).count("all_success") == 1


# ---------------------------------------------------------------------- in Python


@pw.task(retry=pw.Retry(attempts=2, on=(ConnectionError,), base=0))
def picky(kind: str) -> str:
    raise (ConnectionError if kind == "net" else TypeError)(kind)


@pw.workflow
def pickily(kind: str) -> str:
    return picky(kind)


def test_the_retry_policy_says_why_there_was_no_further_attempt() -> None:
    """Law: all attempts made, and an error that is not tried again, are told apart."""
    run = pw.run(pickily, {"kind": "net"}, check=False)
    assert explain(run, "picky").why == ("ConnectionError: net", "all 2 attempts of its policy were made")
    run = pw.run(pickily, {"kind": "type"}, check=False)
    assert explain(run, "picky").why[1] == "it is not among what its policy tries again: ConnectionError"


def test_a_cancelled_run_says_which_nodes_were_under_way() -> None:
    """Law: what was running when the run was cancelled is told apart from what had not started."""

    @pw.task
    async def first(x: int) -> int:
        import asyncio

        await asyncio.sleep(60)
        return x

    @pw.task
    def second(x: int) -> int:
        return x

    @pw.workflow
    def both(x: int) -> int:
        return second(first(x))

    def stop(event: pw.Event) -> None:
        if event.kind == "started":
            runs[0].cancel()

    runs: list[Run[Any]] = []

    async def main() -> Run[Any]:
        runs.append(await pw.start(both, {"x": 1}, on_event=stop))
        return await runs[0].wait(check=False)

    import asyncio

    run = asyncio.run(main())
    assert explain(run, "first").why == ("the run was cancelled while it was under way",)
    assert explain(run, "second").why == ("the run was cancelled before it started",)


@pytest.mark.parametrize("seed", range(40))
def test_every_node_of_any_run_is_explained(seed: int) -> None:
    """Law: each node has a reason; that of a node that did not run ends in the root that the run names."""
    run = Scenario.random(seed, Limits(parts=6)).simulate(seed)
    for reason in Explainer(run, 0.0).all():
        assert reason.why
        node = run.nodes[reason.node]
        assert reason.state is node.state
        if node.cause is not None and node.cause != node.id:
            assert reason.causes[-1] == node.cause
    with pytest.raises(UnknownNameError):
        explain(run, "nobody is called so")


def test_a_reason_is_one_line() -> None:
    """Law: a reason prints as a line."""
    assert str(Reason("a", pw.NodeState.UPSTREAM_FAILED, ("because", "so"))) == "'a' (upstream failed): because; so"
