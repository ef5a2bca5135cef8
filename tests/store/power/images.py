"""Images: what may be on the disk after a loss of power, and whether everything that was told is there."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest

from planweave.engine.errors import PlanweaveError, UnknownRun
from planweave.engine.store import aside as aside_module
from planweave.engine.store.aside import Aside
from planweave.engine.store.audit import audit
from planweave.engine.store.sqlite import SqliteStore
from planweave.engine.store.store import Store
from planweave.testing.crash.difference import outcome
from planweave.testing.crash.ledger import Ledger
from tests.crash.flows import VARIABLE, ledger
from tests.crash.setting import MEMORY
from tests.store.power.disk import Disk
from tests.store.power.flows import LARGE
from tests.store.power.operation import TOLD, WRITE, Operation
from tests.store.power.recording import NAME, SCENARIOS, Recording, Scenario, effects_of, record, trial_of
from tests.store.power.shim import syncs_folders


class NotSurvived(AssertionError):
    """After a loss of power something is not as it was told, or the run did not come to its end."""


@dataclass
class Figures:
    """What was tried.

    Attributes:
        images: states of the disk.
        empty: of these, how many without a database.
        entries: that had been acknowledged, and were there.
        values: large ones, that had been acknowledged, and were there.
        resumed: runs that were under way, and were brought to their end.
        ended: runs that had ended.
    """

    images: int = 0
    empty: int = 0
    entries: int = 0
    values: int = 0
    resumed: int = 0
    ended: int = 0


def images(seed: int, count: int, *, scenarios: tuple[Scenario, ...] = SCENARIOS) -> Figures:
    """Let the power fail at ``count`` points of the histories of the scenarios, evenly spread over them.

    Args:
        seed: decides where the power fails, and what is left.
        count: how often.
        scenarios: what is run.

    Raises:
        NotSurvived: the message says where.
    """
    figures = Figures()
    for i, scenario in enumerate(scenarios):
        share = count // len(scenarios) + (i < count % len(scenarios))
        with _folder() as folder:
            with _alone(folder / "ledger"):
                recording = record(scenario, folder)
            for point, source in _points(recording, seed, share):
                with _folder() as place:
                    (place / "disk").mkdir()
                    _check(recording, point, source, place / "disk", figures)
    return figures


def _points(recording: Recording, seed: int, count: int) -> Iterator[tuple[int, Random]]:
    """So many points of a history, each with what decides about what is left.

    Every other is beside something that is rarer than that bytes are written: a sync, a new name, ...
    """
    everywhere = range(len(recording.history))
    rare = [i for i in everywhere if recording.history[i].kind not in (WRITE, TOLD)]
    for i in range(count):
        source = Random(f"{seed}/{recording.scenario.name}/{i}")
        points: Sequence[int] = rare if i % 2 else everywhere
        point = points[int((i + source.random()) * len(points) / count)]
        yield max(0, point - (source.randrange(2) if i % 2 else 0)), source


def _check(recording: Recording, point: int, source: Random, place: Path, figures: Figures) -> None:
    done = recording.history[: point + 1]
    disk = Disk(syncs_names=not syncs_folders())
    for one in done:
        disk.do(one)
    left = disk.after_loss(source)
    _lay(left, recording.folder, place, source)
    figures.images += 1
    try:
        if str(recording.folder / NAME) not in left:
            figures.empty += 1
            told = [one for one in done if one.kind == TOLD]
            _hold(not told, "there is no database, and something was acknowledged")
            return
        _look(recording, done, place, figures)
    except (AssertionError, PlanweaveError) as error:
        sizes = {os.path.relpath(path, recording.folder): len(data or b"") for path, data in left.items()}
        where = f"{recording.scenario.name}, power fails after {point} ({done[-1].words()}), left {sizes}"
        raise NotSurvived(f"{where}: {type(error).__name__}: {error}") from error


def _lay(left: dict[str, bytes | None], before: Path, place: Path, source: Random) -> None:
    """Lay files into a folder."""
    for path in sorted(left):
        target, data = place / os.path.relpath(path, before), left[path]
        if data is None:
            target.mkdir()
        else:
            target.write_bytes(data)
    if source.random() < 0.5:  # what was in memory that was shared may have come to the disk, too
        (place / f"{NAME}-shm").write_bytes(source.randbytes(32768))


def _look(recording: Recording, done: list[Operation], place: Path, figures: Figures) -> None:
    store = SqliteStore(place / NAME)
    try:
        flaws = audit(store).flaws
        _hold(not flaws, f"the audit finds {[str(one) for one in flaws]}")
        for one in done:
            if one.kind == TOLD:
                _look_for(store, one.path, json.loads(one.data), figures)
        _look_at_values(store, figures)
        for run_id in recording.scenario.runs:
            _bring_to_its_end(recording, run_id, store, done, place, figures)
        _look_at_values(store, figures)
        flaws = audit(store).flaws
        _hold(not flaws, f"in the end the audit finds {[str(one) for one in flaws]}")
    finally:
        store.close()


def _look_for(store: SqliteStore, what: str, about: Any, figures: Figures) -> None:
    """What was acknowledged must be there."""
    match what, about:
        case "entry", (run, number, hash):
            found = next(store.entries(run, number), None)
            is_there = found is not None and (found.number, found.hash.hex()) == (number, hash)
            figures.entries += 1
        case "put_blob", name:
            data = store.get_blob(name)
            is_there = data is not None and sha256(data).hexdigest() == name
        case "answer", (run, node, answer, *_):
            is_there = [one.answer for one in store.questions(run) if one.node == node] == [answer]
        case "send", (run, *_, id):
            is_there = bool(store._read(lambda cursor: _rows(cursor, run, id)))
        case "want", (run, what):
            is_there = store.row(run).wanted == what
        case "submitted", run:
            is_there = store.row(run).entries > 0
        case "effect", effect:
            is_there = any(True for _ in store.entries(effect["run"]))
        case _:
            raise AssertionError(f"nobody looks for {what}")
    _hold(is_there, f"it was acknowledged and is not there: {what} {about}")


def _rows(cursor: Any, run: str, id: str) -> list[Any]:
    found: list[Any] = cursor.execute("SELECT value FROM event WHERE run = ? AND id = ?", (run, id)).fetchall()
    return found


def _look_at_values(store: SqliteStore, figures: Figures) -> None:
    """Each large value that something refers to must be there as a whole."""
    aside = Aside(store)
    for name in store._read(store._blobs):
        aside.get(name)
        figures.values += 1


def _bring_to_its_end(
    recording: Recording, run_id: str, store: Store, done: list[Operation], place: Path, figures: Figures
) -> None:
    trial = trial_of(recording.scenario, run_id, place)
    try:
        is_end = store.row(run_id).holder is None
    except UnknownRun:
        return
    path = place.with_name(f"{run_id}.ledger")
    effects = [one for one in effects_of(done) if one.run == run_id]
    path.write_text("".join(f"{json.dumps(asdict(one))}\n" for one in effects))
    with _alone(path) as noted:
        asyncio.run(trial.to_the_end(store))
        found = trial.account(noted.effects(), recording.nodes[run_id])
    _hold(
        outcome(found.run) == recording.outcomes[run_id] or (_may_succeed(recording, run_id, done) and not is_end),
        f"{run_id} ended with {outcome(found.run)}, and would have with {recording.outcomes[run_id]}",
    )
    figures.ended += is_end
    figures.resumed += not is_end


def _may_succeed(recording: Recording, run_id: str, done: list[Operation]) -> bool:
    """Whether it is about to be cancelled, and nobody was told that this is on record."""
    wanted = any((one.kind, one.path) == (TOLD, "want") for one in done)
    return recording.outcomes[run_id][0] == "cancelled" and not wanted


@contextmanager
def _alone(path: Path) -> Iterator[Ledger]:
    """Meanwhile, effects go to a file, and values are set aside that are hardly large."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(path))
        patch.setattr(aside_module, "INLINE", LARGE)
        yield ledger()


@contextmanager
def _folder() -> Iterator[Path]:
    """A new folder, in memory where that can be had."""
    where = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="planweave-", dir=where) as made:
        yield Path(made)


def _hold(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise AssertionError(otherwise)
