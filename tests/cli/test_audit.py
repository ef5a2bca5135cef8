"""`planweave audit`: verify, export and anchor, from the command line."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.commands import Call


@pytest.fixture
def file(call: Call, workflows: Path, tmp_path: Path) -> Path:
    """A store with two runs."""
    for target in ("doubled", "retried"):
        call("run", f"workflows.py:{target}", "-i", "x=4", "-q", "--store", "here.db")
    return tmp_path / "here.db"


def edit(file: Path, sql: str) -> None:
    """Write to the database behind the back of the store."""
    with sqlite3.connect(file) as connection:
        connection.execute(sql)
    connection.close()


def test_a_sound_store_passes(call: Call, file: Path) -> None:
    """Law: a sound store is told in a line, with what was looked at; so says the document."""
    done = call("audit", "verify", "--store", "here.db")
    assert done.code == 0
    assert done.out.startswith("sound: 2 runs, ")
    document = call("audit", "verify", "--store", "here.db", "--json").document
    assert (document["sound"], document["runs"], document["flaws"]) == (True, 2, [])


def test_the_first_bad_record_is_named(call: Call, file: Path) -> None:
    """Law: an edited record is named by run, entry and events, in a line and in the document; the exit code is 1."""
    edit(file, """UPDATE entry SET text = replace(text, '"value":8', '"value":9')""")
    done = call("audit", "verify", "--store", "here.db")
    assert done.code == 1
    (line,) = done.out.splitlines()
    assert line.startswith("run '")
    assert "succeeded 'double'" in line
    assert line in done.error
    done = call("audit", "verify", "--store", "here.db", "--json")
    (flaw,) = done.document["flaws"]
    assert f"entry {flaw['entry']} (" in line
    assert flaw["run"] in line
    assert (done.code, done.document["sound"]) == (1, False)


def test_a_deleted_record_and_a_moved_one_are_named(call: Call, file: Path) -> None:
    """Law: what is deleted, and what changed its place, are told apart."""
    edit(file, "DELETE FROM entry WHERE number = 1")
    flaws = call("audit", "verify", "--store", "here.db", "--json").document["flaws"]
    assert [(flaw["entry"], flaw["what"]) for flaw in flaws] == [(1, "it is missing")] * 2
    edit(file, "UPDATE entry SET number = 1 WHERE number = 2")
    edit(file, "UPDATE entry SET number = 2 WHERE number = 0")
    assert [flaw["entry"] for flaw in call("audit", "verify", "--store", "here.db", "--json").document["flaws"]] == [
        0,
        0,
    ]


def test_a_cut_tail_is_told_by_an_anchor(call: Call, file: Path, tmp_path: Path) -> None:
    """Law: who cuts off the end, and mends the row, passes without an anchor, and is named with one."""
    done = call("audit", "anchor", "--store", "here.db", "-o", "anchor.json")
    assert (done.code, done.out) == (0, "anchor.json: 2 runs\n")
    assert call("audit", "verify", "--store", "here.db", "--anchor", "anchor.json").code == 0
    edit(file, "DELETE FROM entry WHERE number >= 2")
    edit(
        file,
        "UPDATE run SET entries = 2, state = 'running',"
        " head = (SELECT hash FROM entry WHERE run = run.id AND number = 1)",
    )
    assert call("audit", "verify", "--store", "here.db").code == 0
    done = call("audit", "verify", "--store", "here.db", "--anchor", "anchor.json")
    assert done.code == 1
    assert "it was cut off: the anchor knows" in done.error
    edit(file, "DELETE FROM run")
    edit(file, "DELETE FROM entry")
    edit(file, "DELETE FROM beginning")
    assert call("audit", "verify", "--store", "here.db").code == 0
    assert "it was deleted" in call("audit", "verify", "--store", "here.db", "--anchor", "anchor.json").error


def test_an_export_can_be_checked_by_anybody(call: Call, file: Path, tmp_path: Path) -> None:
    """Law: each line has run, number, hash and text, and the hashes follow from these by sha256 alone."""
    lines = call("audit", "export", "--store", "here.db").out.splitlines()
    heads: dict[str, bytes] = {}
    for line in lines:
        one = json.loads(line)
        before = heads.get(one["run"], bytes(32))
        heads[one["run"]] = hashlib.sha256(before + f"{one['number']}:{one['text']}".encode()).digest()
        assert heads[one["run"]].hex() == one["hash"]
        assert isinstance(json.loads(one["text"]), list)
    assert len(heads) == 2
    assert call("audit", "export", "--store", "here.db", "-o", "out.jsonl").out == f"out.jsonl: {len(lines)} lines\n"
    assert (tmp_path / "out.jsonl").read_text().splitlines() == lines
    assert call("audit", "export", "--store", "here.db", "--json").document == [json.loads(line) for line in lines]
    anchor = call("audit", "anchor", "--store", "here.db", "--json").document
    assert {run: head for run, (_, head) in anchor["runs"].items()} == {run: head.hex() for run, head in heads.items()}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["audit"], "Missing command"),
        (["audit", "verify", "--anchor", "none.json"], "'none.json' cannot be read"),
        (["audit", "verify", "--anchor", "workflows.py"], "this is no anchor"),
        (["audit", "export", "-o", "no/where.jsonl"], "there is no folder 'no'"),
    ],
)
def test_bad_usage_exits_2(call: Call, file: Path, arguments: list[str], words: str) -> None:
    """Law: what was typed wrongly is one line, and exits 2."""
    done = call(*arguments, *(["--store", "here.db"] if len(arguments) > 1 else []))
    assert done.code == 2
    assert words in done.error
