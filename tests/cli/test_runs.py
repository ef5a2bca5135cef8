"""`planweave runs` and `planweave runs prune`: what is listed, what is deleted, and where runs are recorded."""

from __future__ import annotations

import stat
from datetime import datetime
from pathlib import Path

import pytest

from planweave.cli import stores
from planweave.cli.errors import UsageError
from planweave.cli.runs import seconds_of
from planweave.cli.tables import cells, table
from planweave.engine.store.rows import Write
from planweave.engine.store.store import Store, open_store
from tests.cli.commands import Call, command
from tests.cli.durable import flows, killed
from tests.store.common import created


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with runs in several states."""
    store = open_store(tmp_path / "here.db")
    for name in ("old", "other", "new"):
        chain = created(store, name)
        store.commit([chain.write('[[1.5,"run_succeeded",-1]]', state="succeeded", is_release=True)])
    created(store, "live", holder="another|boot|1|1|x")
    return store


def test_a_run_is_recorded_and_listed(call: Call, workflows: Path) -> None:
    """Law: `run` records where `runs` looks, and says its id; the last run comes first."""
    assert call("runs").out.startswith("0 runs in ")
    first = call("run", "workflows.py:doubled", "-i", "x=4")
    call("run", "workflows.py:failing", "-q")
    listed = call("runs", "--json").document
    assert [(one["workflow"], one["state"], one["held"]) for one in listed] == [
        ("failing", "failed", False),
        ("doubled", "succeeded", False),
    ]
    assert first.err.startswith(f"run {listed[1]['id']}, recorded in sqlite:///")
    assert datetime.fromisoformat(listed[0]["created"]) >= datetime.fromisoformat(listed[1]["created"])
    lines = call("runs").out.splitlines()
    assert lines[0].split() == ["RUN", "WORKFLOW", "STATE", "WHEN", "TOOK"]
    assert lines[1].split()[:3] == [listed[0]["id"], "failing", "failed"]
    assert lines[-1].startswith("2 runs in ")


def test_store_none_records_nothing(call: Call, workflows: Path) -> None:
    """Law: with `--store none` nothing is recorded, and nothing is said of it; no other verb takes that."""
    done = call("run", "workflows.py:doubled", "-i", "x=4", "--store", "none")
    assert done.code == 0
    assert "recorded" not in done.err
    assert call("runs", "--json").document == []
    assert call("runs", "--store", "none").code == 2


def test_looking_for_runs_makes_no_file(call: Call, tmp_path: Path) -> None:
    """Law: a store that is not there is bad input where it was named, and no runs where it was not."""
    for verb in (["runs"], ["show", "last"], ["explain", "last"], ["audit", "verify"], ["resume", "last"]):
        done = call(*verb, "--store", "typo.db")
        assert (done.code, done.out) == (2, "")
        assert "there is no store 'typo.db'" in done.error
    assert list(tmp_path.iterdir()) == []
    assert call("runs").code == 0


def test_the_usual_store_is_a_file_that_only_the_user_sees(tmp_path: Path, workflows: Path) -> None:
    """Law: without a word on it runs go to the user's data folder, which nobody else can look into."""
    home = {"PLANWEAVE_STORE": "", "XDG_DATA_HOME": str(tmp_path / "data")}
    assert command("run", "workflows.py:doubled", "-i", "x=1", cwd=tmp_path, **home).code == 0
    folder = tmp_path / "data" / "planweave"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    done = command("runs", cwd=tmp_path, **home)
    assert f"1 run in {folder / 'runs.db'}" in done.out


def test_the_folder_is_that_of_the_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Law: the data folder is where the platform has it; a relative XDG_DATA_HOME is ignored, as the standard says."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert stores.data_folder() == tmp_path / ".local" / "share" / "planweave"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert stores.data_folder() == tmp_path / ".local" / "share" / "planweave"
    monkeypatch.setattr("sys.platform", "darwin")
    assert stores.data_folder() == tmp_path / "Library" / "Application Support" / "planweave"
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert stores.data_folder() == tmp_path / "local" / "planweave"
    monkeypatch.setenv(stores.VARIABLE, "postgresql://ada:secret@db/runs")
    assert stores.default_store() == "postgresql://ada:secret@db/runs"
    assert "secret" not in stores.shown_store(None)


def test_a_folder_that_cannot_be_made_is_told_with_a_way_out(tmp_path: Path, workflows: Path) -> None:
    """Law: where nothing can be recorded, that is one line, which names the way to run without."""
    (tmp_path / "data").touch()
    home = {"PLANWEAVE_STORE": "", "XDG_DATA_HOME": str(tmp_path / "data")}
    done = command("run", "workflows.py:doubled", "-i", "x=1", cwd=tmp_path, **home)
    assert done.code == 2
    assert "--store none" in done.error


def test_a_run_that_lost_its_process_is_told_as_interrupted(call: Call, tmp_path: Path) -> None:
    """Law: a run that should be running, and that no process holds, is told, with what goes on with it."""
    flows(tmp_path)
    killed(tmp_path, "flow", "total", tmp_path / "runs.db")
    done = call("runs", "--store", "runs.db")
    assert done.out.splitlines()[1].split()[1:3] == ["flow", "interrupted"]
    assert "1 run interrupted: planweave resume RUN" in done.out
    (row,) = call("runs", "--store", "runs.db", "--json").document
    assert (row["state"], row["held"]) == ("running", False)


# ---------------------------------------------------------------------- RUN


def test_a_run_is_named_by_the_beginning_of_its_id(call: Call, store: Store) -> None:
    """Law: the beginning that only one id has names it; `last` names the last one; an id names itself."""
    for name, run in (("ol", "old"), ("n", "new"), ("last", "live"), ("other", "other")):
        assert call("show", name, "--store", "here.db", "--json").document["id"] == run
    done = call("show", "o", "--store", "here.db")
    assert done.code == 2
    assert "'o' is the beginning of several runs: other, old" in done.error
    assert "there is no run 'x'" in call("show", "x", "--store", "here.db").error


def test_an_id_that_is_the_beginning_of_another_names_itself(tmp_path: Path) -> None:
    """Law: a whole id is never the beginning of others, and a run may be called `last`."""
    store = open_store(tmp_path / "here.db")
    for name in ("a", "ab", "last", "z"):
        created(store, name)
    assert [stores.row_of(store, name).id for name in ("a", "ab", "last")] == ["a", "ab", "last"]
    with pytest.raises(UsageError, match="there is no run"):
        stores.row_of(store, "b")


# ---------------------------------------------------------------------- prune


def test_old_runs_are_pruned_and_stay_listed(call: Call, store: Store) -> None:
    """Law: what ended before is pruned; its row stays, the audit holds, and what has not ended is left alone."""
    assert call("runs", "prune", "--older-than", "1h", "--store", "here.db").out.startswith("0 runs pruned")
    would = call("runs", "prune", "--older-than", "0s", "--dry-run", "--store", "here.db", "--json").document
    assert would == {"runs": ["old", "other", "new"], "dry_run": True, "entries": 0, "values": 0}
    assert len(list(store.entries("old"))) == 2
    done = call("runs", "prune", "--older-than", "0s", "--keep", "1", "--store", "here.db")
    assert [line.split()[0] for line in done.out.splitlines()[:-1]] == ["old", "other"]
    assert done.out.splitlines()[-1] == "2 runs pruned: 4 entries of their records deleted"
    assert [len(list(store.entries(name))) for name in ("old", "other", "new", "live")] == [0, 0, 2, 1]
    listed = call("runs", "--store", "here.db", "--json").document
    assert {one["id"]: one["pruned"] is not None for one in listed} == {
        "live": False,
        "new": False,
        "other": True,
        "old": True,
    }
    assert call("audit", "verify", "--store", "here.db").out == "sound: 4 runs (2 pruned), 3 entries\n"
    assert "only this is left" in call("show", "old", "--store", "here.db").out


def test_an_age_is_a_number_with_a_unit(call: Call, store: Store) -> None:
    """Law: an age without a unit, or with another, is bad usage, and so is none."""
    assert [seconds_of(age) for age in ("90s", "2m", "1.5h", "30d", "1w")] == [90, 120, 5400, 2_592_000, 604_800]
    for age in ("30", "d", "-1d", "1y", "", "1e3d", "nan d"):
        with pytest.raises(UsageError, match="no age"):
            seconds_of(age)
    assert call("runs", "prune", "--store", "here.db").code == 2


def test_a_run_that_waits_is_not_pruned(call: Call, store: Store) -> None:
    """Law: only an end is an end: runs that wait or are blocked keep their records, however old."""
    for state in ("waiting", "blocked", "cancelling"):
        chain = created(store, state)
        store.commit([Write(state, 1, (chain.write().entries[0],), state, is_release=True)])
    call("runs", "prune", "--older-than", "0s", "--store", "here.db")
    assert [len(list(store.entries(state))) for state in ("waiting", "blocked", "cancelling")] == [2, 2, 2]


# ---------------------------------------------------------------------- tables


def test_a_table_fits_the_terminal() -> None:
    """Law: where lines are longer than the terminal, the widest flexible column gives way; some characters are wide."""
    rows = [["r1", "a workflow with a long name", "failed"], ["r2", "日本語のワークフロー", "succeeded"]]
    whole = list(table(["RUN", "WORKFLOW", "STATE"], rows))
    assert all("…" not in line for line in whole)
    for width in (24, 30, 40):
        lines = list(table(["RUN", "WORKFLOW", "STATE"], rows, flexible=[1], width=width))
        assert all(cells(line) <= width for line in lines)
        assert lines[1].endswith("failed")
        assert lines[2].endswith("succeeded")
        assert "…" in lines[1]


def test_a_table_shows_nothing_that_moves_the_cursor() -> None:
    """Law: whatever a name holds, a terminal shows it as it is."""
    assert "\x1b" not in "".join(table(["RUN"], [["\x1b[2Jgone"]]))
