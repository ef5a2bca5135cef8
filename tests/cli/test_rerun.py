"""`planweave rerun`: a run from a node on, which keeps what came before."""

from __future__ import annotations

from pathlib import Path

import pytest

import planweave as pw
from planweave.engine.errors import CodeChanged, RunFailed, RunHeld, StoreError, UnknownNameError
from planweave.engine.rerun import rerun
from planweave.engine.store.audit import audit
from planweave.engine.store.sqlite import SqliteStore
from planweave.engine.store.store import open_store
from tests.cli.commands import Call
from tests.cli.durable import flows, killed, ledger
from tests.store.common import begun_with_other_code


@pytest.fixture
def failed(call: Call, tmp_path: Path) -> Call:
    """A run one of whose items failed, and what made it fail is mended."""
    flows(tmp_path)
    (tmp_path / "1.bad").touch()
    assert call("run", "flows.py:flow", "-q").code == 1
    (tmp_path / "1.bad").unlink()
    ledger(tmp_path)
    return call


def test_a_failed_run_goes_on_in_a_new_one(failed: Call, tmp_path: Path) -> None:
    """Law: what succeeded is kept, what failed and what comes after runs; the parent is on record, and unchanged."""
    before = failed("show", "last", "--json").document
    done = failed("rerun", "last", "--from", "total")
    assert (done.code, done.out) == (0, "It is 30.\n")
    first = done.err.splitlines()[0]
    assert first.endswith(f"keeps 3 nodes of {before['id']}")
    assert ledger(tmp_path) == ["work 1", "total", "report"]
    after = failed("show", "last", "--json").document
    assert (after["parent"], after["from"], after["state"]) == (before["id"], "total", "succeeded")
    assert after["nodes"]["work[0]"] == before["nodes"]["work[0]"]
    assert failed("show", before["id"], "--json").document == before
    assert failed("audit", "verify").out.startswith("sound: 2 runs, ")
    assert f"rerun of  {before['id']} from 'total'" in failed("show", "last").out


@pytest.mark.parametrize(
    ("node", "runs"),
    [
        ("load", ["load", "report", "total", "work 0", "work 1", "work 2"]),
        ("work", ["report", "total", "work 0", "work 1", "work 2"]),
        ("work[2]", ["report", "total", "work 2"]),
        ("total", ["report", "total"]),
        ("report", ["report"]),
    ],
)
def test_only_the_node_and_what_comes_after_it_runs_again(
    call: Call, tmp_path: Path, node: str, runs: list[str]
) -> None:
    """Law: of a run that succeeded nothing before the node runs again; of a map the other items are kept."""
    flows(tmp_path)
    call("run", "flows.py:flow", "-q")
    ledger(tmp_path)
    done = call("rerun", "last", "--from", node, "--json")
    assert done.document["result"] == "It is 30."
    assert sorted(ledger(tmp_path)) == runs


def test_a_rerun_is_a_run_like_any(call: Call, tmp_path: Path) -> None:
    """Law: a rerun can be rerun, killed and resumed; what it kept stays kept."""
    flows(tmp_path)
    call("run", "flows.py:flow", "-q", "--store", "here.db")
    ledger(tmp_path)
    call("rerun", "last", "--from", "work[1]", "-q", "--store", "here.db")
    assert sorted(ledger(tmp_path)) == ["report", "total", "work 1"]
    done = call("rerun", "last", "--from", "report", "-q", "--store", "here.db")
    assert (done.out, ledger(tmp_path)) == ("It is 30.\n", ["report"])


def test_what_is_wrong_is_told_before_anything_is_recorded(failed: Call, tmp_path: Path) -> None:
    """Law: a node that there is not, a missing --from, and changed code of what would be kept start no run."""
    assert "did you mean 'total'?" in failed("rerun", "last", "--from", "totl").error
    assert failed("rerun", "last").code == 2
    assert len(failed("runs", "--json").document) == 1
    assert ledger(tmp_path) == []


def test_a_run_that_goes_on_is_not_rerun(call: Call, tmp_path: Path) -> None:
    """Law: only what has ended, or is blocked, is rerun: else two would do the same."""
    flows(tmp_path)
    killed(tmp_path, "flow", "total", tmp_path / "here.db")
    done = call("rerun", "last", "--from", "total", "--store", "here.db")
    assert done.code == 1
    assert "has not ended" in done.error


# ---------------------------------------------------------------------- in Python


@pw.task
def first(x: int) -> int:
    calls.append("first")
    return x + 1


@pw.task
def second(x: int) -> int:
    calls.append("second")
    if broken:
        raise ValueError("broken")
    return 10 * x


@pw.workflow
def two(x: int) -> int:
    return second(first(x))


@pw.workflow
def other(x: int) -> int:
    return second(second(x))


calls: list[str] = []
broken: list[bool] = []


def test_rerun_in_python(tmp_path: Path) -> None:
    """Law: `rerun` gives the new run, with an id of its own; it raises what a run raises."""
    store = open_store(tmp_path / "runs.db")
    broken.append(True)
    calls.clear()
    with pytest.raises(RunFailed):
        pw.run(two, {"x": 1}, store=store, run_id="a")
    with pytest.raises(RunFailed):
        rerun("a", "second", store=store, new_id="b")
    broken.clear()
    run = rerun("b", "second", store=store, new_id="c")
    assert (run.id, run.result) == ("c", 20)
    assert calls == ["first", "second", "second", "second"]
    assert [(row.id, row.parent, row.parent_node) for row in store.rows()] == [
        ("c", "b", "second"),
        ("b", "a", "second"),
        ("a", None, None),
    ]
    assert audit(store).flaws == ()
    with pytest.raises(UnknownNameError):
        rerun("a", "third", store=store)
    store.prune("a")
    with pytest.raises(StoreError, match="was pruned"):
        rerun("a", "second", store=store)
    store.close()


def test_values_of_changed_code_are_kept_only_if_that_is_accepted(tmp_path: Path) -> None:
    """Law: what would be kept must be made by the same code; from the changed node on it may be another."""
    store = SqliteStore(tmp_path / "runs.db")
    pw.run(two, {"x": 1}, store=store, run_id="a")
    begun_with_other_code(store, "a", "first")
    with pytest.raises(CodeChanged, match="'first' is not the same"):
        rerun("a", "second", store=store)
    assert rerun("a", "first", store=store).result == 20
    assert rerun("a", "second", store=store, accept_changes=True).result == 20
    with pytest.raises(CodeChanged):
        rerun("a", "second", store=store, graph=other, accept_changes=True)
    store.close()


def test_a_live_run_is_not_rerun(tmp_path: Path) -> None:
    """Law: a run that a process holds is not rerun."""
    store = SqliteStore(tmp_path / "runs.db")
    pw.run(two, {"x": 1}, store=store, run_id="a")
    store._write(lambda cursor: cursor.execute("UPDATE run SET state = 'running'"))
    with pytest.raises(RunHeld, match="has not ended"):
        rerun("a", "second", store=store)
    store.close()
