"""A canary: a secret that tasks use, raise, log, ask about and put into values is found nowhere afterwards."""

from __future__ import annotations

import base64
import json
import logging
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import planweave as pw
from planweave.cli.app import run_command
from planweave.engine.store.store import open_store
from tests.postgres import Server

CANARY = "canary+Qz7/4f"
"""With characters that are written otherwise in URLs and JSON."""

FORMS = {
    CANARY.encode(),
    quote(CANARY, safe="").encode(),
    json.dumps(CANARY)[1:-1].encode(),
    CANARY.encode().hex().encode(),
    base64.b64encode(CANARY.encode()).rstrip(b"="),
}


class Refused(Exception):
    """The outside world refuses a key, and repeats it."""


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> pw.Secret[str]:
    """The secret, which the environment has."""
    monkeypatch.setenv("CANARY_KEY", CANARY)
    return pw.Secret(os.environ["CANARY_KEY"])


@pw.task(executor="inline", retry=pw.Retry(2, base=0.001, cap=0.001))
def call(key: pw.Secret[str]) -> str:
    """Is refused with the key in the message, in a URL, and in what caused it."""
    try:
        raise Refused(f"401 for https://example.org/?key={quote(key.reveal(), safe='')}")
    except Refused as error:
        pw.context().logger.warning("refused with %s", key.reveal())
        pw.context().progress(1, 2, f"with {key.reveal()}")
        raise ConnectionError(f"{key.reveal()!r} is refused") from error


@pw.task(executor="thread")
def call_in_a_thread(key: pw.Secret[str]) -> str:
    pw.context().logger.warning("refused with %s", key.reveal())
    raise ConnectionError(base64.b64encode(key.reveal().encode()).decode())


@pw.task(executor="inline")
def repeat(key: pw.Secret[str]) -> dict[str, str]:
    """Gives the key away, within more."""
    return {"header": f"Bearer {key.reveal()}", "more": "x" * 300_000}


@pw.task(executor="inline")
def word(key: pw.Secret[str]) -> str:
    return "nothing of it"


@pw.workflow
def leaky(key: pw.Secret[str]) -> list[object]:
    signed = pw.approve("Call?", on_reject="fail", id="sign")
    event = pw.wait_for("event", str, id="event")
    return [call(key), call_in_a_thread(key), repeat(key), word(key), signed, event]


def left_in(data: bytes) -> list[bytes]:
    """The forms of the canary that are there."""
    return [form for form in FORMS if form in data]


def test_the_canary_would_be_found() -> None:
    """Law: this test can fail."""
    assert left_in(f"a {CANARY} b".encode()) and left_in(base64.b64encode(CANARY.encode()))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_secret_is_found_nowhere(
    kind: str,
    key: pw.Secret[str],
    tmp_path: Path,
    request: pytest.FixtureRequest,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Law: no store, blob, log, error, picture, page or command shows it, in any form."""
    caplog.set_level(logging.DEBUG)
    server: Server | None = request.getfixturevalue("server") if kind == "postgresql" else None
    where = f"sqlite:///{tmp_path / 'runs.db'}" if server is None else server.url()
    run = pw.run(leaky, {"key": key}, store=where, run_id="r", leave=0.05, check=False)
    pw.answer("r", "sign", store=where, approve=True, comment=f"with {CANARY}")
    with pytest.raises(pw.ValueRefused, match="contains a secret"):
        pw.send("r", "event", f"a value with {CANARY}", store=where)
    pw.send("r", "event", "a value", store=where)
    run = pw.resume("r", store=where, inputs={"key": key}, graph=leaky, check=False)
    assert run.state is pw.RunState.FAILED
    assert run.nodes["word"].value == "nothing of it"
    assert run.nodes["sign"].value.comment == "with ***"
    shown = [str(run.error), repr(run.error)]
    for name in ("run.svg", "run.html", "run.dot", "run.mmd"):
        run.render(tmp_path / name)
    run.render(tmp_path / "timeline.svg", kind="timeline")
    for command in (["show", "r"], ["show", "r", "--json"], ["explain", "r"], ["runs"], ["audit", "export", "r"]):
        run_command([*command, "--store", where])
        shown.extend(capsys.readouterr())
    shown += [record.getMessage() for record in caplog.records] + [caplog.text]
    for text in shown:
        assert not left_in(text.encode()), text[:2000]
    if server is not None:
        for table, row in rows_of(where):
            assert not left_in(row), (table, row[:2000])
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert not left_in(path.read_bytes()), path


def rows_of(where: str) -> Iterator[tuple[str, bytes]]:
    """All rows of all tables of a store in PostgreSQL."""
    store: Any = open_store(where)

    def rows(cursor: Any, table: str) -> list[Any]:
        cursor.execute(f"SELECT * FROM {table}")
        return list(cursor.fetchall())

    for table in ("run", "beginning", "entry", "question", "event", "cached", "blob"):
        for row in store._read(partial(rows, table=table)):
            yield table, repr(row).encode()
    store.close()


@pw.workflow
def plain(text: str) -> str:
    return said(text)


@pw.task(executor="inline")
def said(text: str) -> str:
    return "nothing of it"


@pw.task(executor="inline")
def grows(key: pw.Secret[str]) -> Any:
    """Becomes a graph that has the secret as a constant."""
    return pw.workflow(lambda: said(key.reveal())).graph()


@pw.workflow
def growing(key: pw.Secret[str]) -> Any:
    return grows(key)


@pw.workflow
def constant() -> str:
    return said(f"a {CANARY}")


def test_secrets_in_the_clear_are_refused(key: pw.Secret[str], tmp_path: Path) -> None:
    """Law: as inputs, constants of a graph, and of one that a node becomes: all of that must come back as it was."""
    store = tmp_path / "runs.db"
    with pytest.raises(pw.InputError, match="contains a secret") as caught:
        pw.run(plain, {"text": f"a {CANARY}"}, store=store)
    assert not left_in(str(caught.value).encode())
    with pytest.raises(pw.InputError, match="holds a secret as a constant"):
        pw.run(constant, store=store)
    run = pw.run(growing, {"key": key}, store=store, check=False)
    assert "holds a secret as a constant" in str(run.error)
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or not left_in(path.read_bytes()), path
