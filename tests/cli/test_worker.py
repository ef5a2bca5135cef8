"""`planweave worker` and `work`: who goes on with the runs that nobody goes on with."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

import planweave as pw
from planweave.engine.store.audit import audit
from planweave.engine.store.rows import Write
from planweave.engine.store.sqlite import SqliteStore
from planweave.engine.store.store import open_store
from planweave.engine.worker import Worker, work
from tests.cli.commands import TIME_LIMIT, Call, command
from tests.cli.durable import flows, killed, ledger, reached, started
from tests.store.common import begun_with_other_code, created


def test_a_worker_goes_on_with_what_a_dead_process_left(call: Call, tmp_path: Path) -> None:
    """Law: it takes up each run whose process is gone, at once, does only what is left, and ends when that is done."""
    flows(tmp_path)
    for _ in range(2):
        killed(tmp_path, "flow", "total", tmp_path / "here.db")
    ledger(tmp_path)
    done = command("worker", "--once", "--store", "here.db", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    lines = [line.split("  ", 2) for line in done.out.splitlines()[1:-1]]
    assert sorted(what for _, _, what in lines) == ["goes on: flow", "goes on: flow", "succeeded", "succeeded"]
    assert sorted(ledger(tmp_path)) == ["report", "report", "total", "total"]
    assert [one["state"] for one in call("runs", "--store", "here.db", "--json").document] == ["succeeded"] * 2
    assert call("worker", "--once", "--store", "here.db", "--json").document == {"runs": []}


def test_a_worker_that_is_asked_to_end_gives_back_what_it_has(call: Call, tmp_path: Path) -> None:
    """Law: on SIGTERM what runs may end and is recorded, nothing new starts, and the run is free for others at once."""
    flows(tmp_path)
    killed(tmp_path, "flow", "total", tmp_path / "here.db")
    ledger(tmp_path)
    (tmp_path / "total.hold").touch()
    process = started(tmp_path, "worker", "--store", "here.db")
    try:
        reached(tmp_path, "total")
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        line = ""
        while "SIGTERM: 1 run to be given back" not in line:
            line = process.stdout.readline()
            assert line
        (tmp_path / "total.hold").unlink()
        out, _ = process.communicate(timeout=TIME_LIMIT)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "is given back" in out
    assert ledger(tmp_path) == ["total"]
    document = call("show", "last", "--store", "here.db", "--json").document
    assert (document["state"], document["held"]) == ("running", False)
    assert {name: document["nodes"][name]["state"] for name in ("total", "report")} == {
        "total": "succeeded",
        "report": "ready",
    }
    assert command("worker", "--once", "--store", "here.db", cwd=tmp_path).code == 0
    assert ledger(tmp_path) == ["report"]
    assert call("show", "last", "--store", "here.db", "--json").document["nodes"]["total"]["attempts"] == 2


def test_several_workers_share_the_runs(tmp_path: Path) -> None:
    """Law: each run goes on in one worker, whoever comes first; each result is recorded once."""
    flows(tmp_path)
    store = SqliteStore(tmp_path / "here.db")
    for _ in range(2):
        killed(tmp_path, "flow", "total", tmp_path / "here.db")
    ledger(tmp_path)
    workers = [started(tmp_path, "worker", "--once", "--store", "here.db", "--json") for _ in range(2)]
    documents = [json.loads(worker.communicate(timeout=TIME_LIMIT)[0]) for worker in workers]
    went = [run["id"] for document in documents for run in document["runs"]]
    assert sorted(went) == sorted(row.id for row in store.rows())
    assert sorted(ledger(tmp_path)) == ["report"] * 2 + ["total"] * 2
    assert audit(store).flaws == ()
    store.close()


def test_ctrl_c_ends_a_worker_that_waits(tmp_path: Path) -> None:
    """Law: a worker with nothing to do ends at once when it is asked to."""
    process = started(tmp_path, "worker", "--store", "here.db")
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(f"worker {process.pid} on sqlite:///")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert process.returncode == 0
    assert f"worker {process.pid} ends: it went on with 0 runs" in out


# ---------------------------------------------------------------------- in Python


@pw.task
def double(x: int) -> int:
    return 2 * x


@pw.task
def fail(x: int) -> int:
    raise ValueError(x)


@pw.workflow
def doubled(x: int) -> int:
    return double(x)


@pw.workflow
def failing(x: int) -> int:
    return fail(x)


def left(store: SqliteStore, run: str, what: pw.Workflow[..., int]) -> None:
    """A run that is to go on."""
    pw.run(what, {"x": 1}, store=store, run_id=run, check=False)

    def rewind(cursor: object) -> None:
        entries = list(store.entries(run))
        execute = cursor.execute  # type: ignore[attr-defined]  # because it is a cursor
        execute("DELETE FROM entry WHERE run = ? AND number > 0", (run,))
        execute(
            "UPDATE run SET state = 'running', entries = 1, head = ?, holder = NULL, lease_until = NULL WHERE id = ?",
            (entries[0].hash, run),
        )

    store._write(rewind)


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    """An empty store."""
    return SqliteStore(tmp_path / "runs.db")


def test_work_gives_the_state_in_which_each_run_was_left(store: SqliteStore) -> None:
    """Law: runs that fail are no failure of the worker, and what is told is the id and what happened."""
    left(store, "a", doubled)
    left(store, "b", failing)
    told: list[tuple[str, str]] = []
    states = work(store, once=True, tell=lambda run, what: told.append((run, what)))
    assert states == {"a": pw.RunState.SUCCEEDED, "b": pw.RunState.FAILED}
    assert ("a", "succeeded") in told
    assert any(run == "b" and what.startswith("failed: run 'b' of 'failing' failed at 'fail'") for run, what in told)
    assert work(store, once=True) == {}


def test_no_more_runs_at_once_than_allowed(store: SqliteStore) -> None:
    """Law: `concurrency` bounds how many runs go on at the same time; all have their turn."""
    for name in "abcde":
        left(store, name, doubled)
    most = 0

    def look(run: str, what: str) -> None:
        nonlocal most
        most = max(most, len(worker.live))

    import asyncio

    async def main() -> dict[str, pw.RunState]:
        return await worker.work(once=True)

    worker = Worker(store, concurrency=2, tell=look)
    assert len(asyncio.run(main())) == 5
    assert 1 <= most <= 2


def test_a_run_that_cannot_go_on_is_told_once_and_left(store: SqliteStore) -> None:
    """Law: a run whose code is gone, or has changed, is left as it is, and does not keep others from going on."""
    left(store, "a", doubled)
    left(store, "c", doubled)
    chain = created(store, "gone")
    store.commit([Write("gone", 1, (chain.write().entries[0],), is_release=True)])
    begun_with_other_code(store, "c", "double")
    told: list[tuple[str, str]] = []
    states = work(store, once=True, tell=lambda run, what: told.append((run, what)))
    assert states.keys() >= {"a"}
    assert [run for run, what in told if what.startswith("is left: ")].count("gone") == 1
    assert store.row("gone").state == "running"


def test_what_waits_for_its_time_is_not_taken_up(store: SqliteStore) -> None:
    """Law: a run that waits is taken up when it is due, and not before; one that is blocked never."""
    for name, state, due in (("later", "waiting", store.now() + 3600), ("blocked", "blocked", None)):
        chain = created(store, name)
        store.commit([Write(name, 1, (chain.write().entries[0],), state, due=due, is_release=True)])
    assert work(store, once=True) == {}


def test_a_run_that_another_holds_is_left_to_it(tmp_path: Path) -> None:
    """Law: who was faster has it: a run that is held is skipped without a word."""
    store = open_store(tmp_path / "runs.db")
    assert isinstance(store, SqliteStore)
    left(store, "a", doubled)
    store.claim("a", "another|boot|1|1|x", 3600.0, is_dead=lambda holder: False)
    told: list[str] = []
    worker = Worker(store, tell=lambda run, what: told.append(what))
    import asyncio

    async def main() -> None:
        await worker._go_on("a")

    asyncio.run(main())
    assert told == []
