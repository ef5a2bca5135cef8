"""A run whose disk fails: a workflow, a ledger of what it did, and what must be so once the disk is well again.

What a run did is known from outside, by a line in a file for each attempt. A node begins only when its start, and the
ends of all that it waits for, have been acknowledged by the store: so the ledger tells what must be on disk.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import planweave as pw
from planweave.engine.errors import StoreError
from planweave.engine.store.entry import read_text
from planweave.engine.store.lease import leases_of
from planweave.engine.store.sqlite import SqliteStore

STEPS = 6
"""Nodes one after another, each with a value of some thousand characters."""

WIDTH = 3_000

OPEN: list[SqliteStore] = []
"""The store of the run that goes on here."""

FAULTS: dict[str, Callable[[], object]] = {}
"""What happens in a node, by its id, while it runs, in this process."""


def ledger() -> Path:
    return Path(os.environ["LEDGER"])


def begin() -> None:
    """Tell that a node has begun; let happen what is to happen there."""
    here = pw.context()
    with ledger().open("a") as file:
        file.write(f"{here.node_id} {here.attempt}\n")
    FAULTS.get(here.node_id, lambda: None)()


@pw.task(version="1", executor="inline")
def step(before: str) -> str:
    begin()
    return chr(ord(before[0]) + 1) * WIDTH


@pw.task(version="1")
def length(text: str) -> int:
    """In a thread."""
    begin()
    return len(text)


@pw.task(version="1")
async def large(text: str) -> str:
    """Gives what is kept beside the database."""
    begin()
    return text * 100


@pw.task(version="1", executor="inline")
def total(letter: str, last: str, lengths: list[int], text: str) -> list[Any]:
    begin()
    return [letter, last[0], sum(lengths), len(text)]


@pw.workflow
def work(letter: str) -> list[Any]:
    text: Any = letter
    texts = []
    for i in range(STEPS):
        text = step.using(id=f"s{i}")(text)
        texts.append(text)
    return total(letter, text, [length.using(id=f"l{i}")(one) for i, one in enumerate(texts)], large(text))


@pw.workflow
def rest() -> object:
    return pw.sleep(3_600)


RESULT = ["a", "g", STEPS * WIDTH, 100 * WIDTH]
"""What the run gives, whatever happened on the way."""

BEFORE = {f"s{i + 1}": {f"s{i}"} for i in range(STEPS - 1)} | {f"l{i}": {f"s{i}"} for i in range(STEPS)}
BEFORE |= {"large": {f"s{STEPS - 1}"}, "total": {"large", *(f"l{i}" for i in range(STEPS))}}
"""What each node waits for."""


# ---------------------------------------------------------------------- doing it


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a program was told: the error of the store, or the state of its run."""

    error: StoreError | None = None
    state: str = ""
    result: Any = None

    @property
    def name(self) -> str:
        """In one word."""
        return self.state if self.error is None else type(self.error).__name__


def told(call: Callable[[], pw.Run[Any]]) -> Outcome:
    """What a program is told; every error that is none of the store's goes through."""
    try:
        run = call()
    except StoreError as error:
        return Outcome(error)
    return Outcome(state=str(run.state), result=run.result if run.state == "succeeded" else None)


def begun(path: Path, *, patience: float = 0.05) -> Outcome:
    """Run the workflow, in a store that is opened for it."""

    def call() -> pw.Run[Any]:
        with closing(quick(path, patience)) as store:
            return pw.run(work, {"letter": "a"}, store=store, run_id="r")

    return told(call)


def resumed(path: Path, *, patience: float = 0.05) -> Outcome:
    """Go on with it."""

    def call() -> pw.Run[Any]:
        with closing(quick(path, patience)) as store:
            return pw.resume("r", store=store, inputs={})

    return told(call)


def quick(path: Path, patience: float) -> SqliteStore:
    """A store whose leases are short, as nobody else is there."""
    store = SqliteStore(path, patience=patience)
    OPEN[:] = [store]
    leases_of(store, seconds=0.3, every=0.1)
    return store


# ---------------------------------------------------------------------- what is so


@dataclass(frozen=True, slots=True)
class Kept:
    """What a store has of the run."""

    state: str = ""
    started: Counter[str] = field(default_factory=Counter)
    succeeded: Counter[str] = field(default_factory=Counter)


def kept(path: Path) -> Kept:
    """What the store has; nothing if it does not know the run."""
    with closing(SqliteStore(path)) as store:
        try:
            row = store.row("r")
        except pw.UnknownRun:
            return Kept()
        names = list(json.loads(row.fingerprints))
        found: dict[str, Counter[str]] = {"started": Counter(), "succeeded": Counter()}
        for entry in store.entries("r"):
            for one in read_text(entry.text):
                if one.kind in found and one.position >= 0:
                    found[one.kind][names[one.position]] += 1
        return Kept(row.state, found["started"], found["succeeded"])


def attempts() -> Counter[str]:
    """How often each node has begun."""
    lines = ledger().read_text().splitlines() if ledger().exists() else []
    return Counter(line.split()[0] for line in lines)


def check_kept(path: Path) -> Kept:
    """What was acknowledged is in the store: whatever has begun, and the ends of what that waited for."""
    found, done = kept(path), attempts()
    assert found.started.keys() >= done.keys(), "a node began whose start is not on disk"
    for node in done:
        assert BEFORE.get(node, set()) <= found.succeeded.keys(), f"{node} began before what it waits for was on disk"
    return found


def finish(path: Path) -> None:
    """The disk is well: the run comes to its end, does nothing again that is recorded, and records each result once."""
    before, done = check_kept(path), attempts()
    outcome = resumed(path, patience=30) if before.state else begun(path, patience=30)
    assert outcome.error is None, outcome.error
    assert (outcome.state, outcome.result) == ("succeeded", RESULT)
    after, again = check_kept(path), attempts()
    assert after.state == "succeeded"
    assert after.succeeded == Counter(dict.fromkeys(again, 1)) and len(again) == 2 * STEPS + 2
    repeated = {node for node in done if again[node] > done[node]}
    assert not repeated & before.succeeded.keys(), "what was recorded was done again"
