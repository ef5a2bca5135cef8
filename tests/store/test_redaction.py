"""Secrets in what a run records: they are not there, and the records can still be read."""

from __future__ import annotations

from pathlib import Path

import planweave as pw
from planweave.engine.store.entry import read_text
from planweave.engine.store.secret import Secret
from planweave.engine.store.store import open_store


@pw.task(executor="inline")
def told() -> str:
    raise ValueError("the number is 1795, and the word is rosebud")


@pw.workflow
def flow() -> str:
    return told()


def test_a_secret_of_digits_leaves_the_records_readable(tmp_path: Path) -> None:
    """Law: times and positions are no text, so a secret that looks like them leaves them as they are."""
    secrets = [Secret("1795"), Secret("rosebud")]
    run = pw.run(flow, store=tmp_path / "runs.db", run_id="r", check=False)
    store = open_store(tmp_path / "runs.db")
    texts = [one.text for one in store.entries("r")]
    store.close()
    assert all(read_text(text) for text in texts) and run.state is pw.RunState.FAILED
    assert "rosebud" not in "".join(texts) and "the word is ***" in "".join(texts)
    assert pw.resume("r", store=tmp_path / "runs.db", graph=flow, check=False).state is pw.RunState.FAILED
    assert len(secrets) == 2  # alive until here: only known secrets are looked for
