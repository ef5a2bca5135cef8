"""The audit: a sound store passes, and whatever was changed in the records of a run is found and named."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.errors import DocumentError
from planweave.engine.store.anchor import Anchor, Mark
from planweave.engine.store.audit import Flaw, anchor_of, audit, flaw_of
from planweave.engine.store.entry import START, Entry, hash_of
from planweave.engine.store.rows import RunRow, Write
from planweave.engine.store.sqlite import SqliteStore
from planweave.engine.store.store import Store
from tests.store.common import HERE, created

NODES = '{"load":"f1","join":"f2"}'
TEXTS = (
    '[[1.5,"run_started",-1]]',
    '[[1.5,"started",0]]',
    '[[2.5,"succeeded",0,{"value":4}],[2.5,"started",1]]',
    '[[3.5,"log",1,{"message":"hm"}]]',
    '[[4.5,"succeeded",1,{"value":5}],[4.5,"run_succeeded",-1]]',
)


def chain(*texts: str) -> list[Entry]:
    """Entries, each of which follows from the one before."""
    entries: list[Entry] = []
    for number, text in enumerate(texts):
        entries.append(Entry.after(entries[-1].hash if entries else START, number, text))
    return entries


def row_of(entries: list[Entry], state: str = "succeeded", sealed: int | None = None) -> RunRow:
    """The run that has these entries; it is held if its row tells only of some of them."""
    count = len(entries) if sealed is None else sealed
    return RunRow(
        "r",
        "w",
        state,
        fingerprints=NODES,
        holder=None if sealed is None else HERE,
        entries=len(entries),
        head=entries[-1].hash,
        sealed=count,
        seal=entries[count - 1].hash if count else START,
    )


SOUND = chain(*TEXTS)
ROW = row_of(SOUND)


def found(entries: list[Entry], row: RunRow = ROW, mark: Mark | None = None) -> Flaw:
    """What is wrong with them."""
    flaw = flaw_of(row, entries, mark)
    assert flaw is not None
    return flaw


def test_a_sound_run_has_no_flaw() -> None:
    """Law: what was recorded passes, whether the run has ended or goes on, with an anchor of any time."""
    assert flaw_of(ROW, SOUND) is None
    assert flaw_of(row_of(SOUND[:3], "running"), SOUND[:3]) is None
    for entry in SOUND:
        assert flaw_of(ROW, SOUND, Mark(entry.number + 1, entry.hash)) is None
    assert flaw_of(ROW, SOUND, Mark(0, START)) is None


@pytest.mark.parametrize("number", range(5))
def test_an_edited_entry_is_named_with_its_events(number: int) -> None:
    """Law: whichever entry is edited, it is the one that is named, with what it says."""
    entries = list(SOUND)
    entries[number] = replace(entries[number], text=TEXTS[number].replace(".5", ".25"))
    flaw = found(entries)
    assert (flaw.run, flaw.entry) == ("r", number)
    assert (
        flaw.events
        == (
            ("run_started",),
            ("started 'load'",),
            ("succeeded 'load'", "started 'join'"),
            ("log 'join'",),
            ("succeeded 'join'", "run_succeeded"),
        )[number]
    )


def test_an_edited_hash_is_found() -> None:
    """Law: neither text nor hash can be another; the last hash stands in the row, too."""
    entries = [*SOUND[:2], replace(SOUND[2], hash=bytes(32)), *SOUND[3:]]
    assert found(entries).entry == 2
    assert "not the one that the run knows" in found(SOUND, replace(ROW, seal=bytes(32))).what


def test_an_entry_that_is_made_anew_breaks_the_link_to_the_next() -> None:
    """Law: who changes an entry together with its hash is found at the entry behind."""
    forged = Entry.after(SOUND[1].hash, 2, TEXTS[2].replace("4", "9"))
    flaw = found([*SOUND[:2], forged, *SOUND[3:]])
    assert flaw.entry == 3
    assert "does not follow from entry 2" in flaw.what
    last = Entry.after(SOUND[3].hash, 4, TEXTS[4].replace('"value":5', '"value":6'))
    assert found([*SOUND[:4], last]).entry == 4


@pytest.mark.parametrize("number", range(5))
def test_a_deleted_entry_is_named(number: int) -> None:
    """Law: a gap is named by its number, at the end as in the midst; closing it by new numbers does not help."""
    rest = [entry for entry in SOUND if entry.number != number]
    flaw = found(rest)
    assert (flaw.entry, flaw.events) == (number, ())
    assert "missing" in flaw.what
    assert found([replace(entry, number=i) for i, entry in enumerate(rest)]).entry == number


@pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 3), (2, 4)])
def test_entries_in_another_order_are_told_as_such(one: int, other: int) -> None:
    """Law: where two entries changed places, the first is named, and where its own place's entry went."""
    entries = list(SOUND)
    entries[one] = replace(SOUND[other], number=one)
    entries[other] = replace(SOUND[one], number=other)
    flaw = found(entries)
    assert flaw.entry == one
    assert f"what is entry {other} now" in flaw.what


def test_an_entry_that_was_put_in_is_named() -> None:
    """Law: more than was recorded does not pass, in the midst or at the end, with a right hash or without."""
    extra = Entry.after(SOUND[1].hash, 2, '[[2.5,"log",0,{"message":"nothing happened"}]]')
    shifted = [replace(entry, number=entry.number + 1) for entry in SOUND[2:]]
    assert found([*SOUND[:2], extra, *shifted]).entry == 3
    behind = Entry.after(SOUND[4].hash, 5, "[]")
    assert found([*SOUND, behind]).what == "it was put in: the run has 5 entries"


@pytest.mark.parametrize("sealed", range(4))
def test_a_run_that_is_held_is_sealed_as_far_as_its_row_tells(sealed: int) -> None:
    """Law: while a run is held, entries that its row does not tell of are no flaw; the others are sealed as in any."""
    row = row_of(SOUND[:4], "running", sealed)
    assert flaw_of(row, SOUND[:4]) is None
    for left in range(4):
        cut = replace(row, entries=left)
        assert (flaw_of(cut, SOUND[:left]) is None) == (left >= sealed)
    forged = chain(TEXTS[0].replace("1", "7"), *TEXTS[1:4])
    assert (flaw_of(replace(row, head=forged[-1].hash), forged) is None) == (sealed == 0)
    assert flaw_of(row_of(SOUND[:4], "running", sealed), SOUND[:4], Mark(4, SOUND[3].hash)) is None
    if sealed <= 2:
        assert found(SOUND[:2], replace(row, entries=2), Mark(4, SOUND[3].hash)).entry == 2


def test_the_end_of_a_run_is_the_one_that_is_recorded() -> None:
    """Law: a row that says that a run ended otherwise than its last entry, or that it goes on, is a flaw."""
    for state in ("failed", "running", "cancelled"):
        assert "is said to be" in found(SOUND, replace(ROW, state=state)).what
    assert "is said to be" in found(SOUND[:3], row_of(SOUND[:3])).what


def test_only_an_anchor_tells_of_a_tail_that_is_cut_off_with_the_row() -> None:
    """Law: entries that are cut off together with what the row says of them are missed by the anchor alone."""
    cut, row = SOUND[:3], row_of(SOUND[:3], "running")
    assert flaw_of(row, cut) is None
    flaw = found(cut, row, Mark(5, SOUND[4].hash))
    assert flaw.entry == 3
    assert "the anchor knows 5 entries" in flaw.what


def test_only_an_anchor_tells_of_a_chain_that_is_made_anew() -> None:
    """Law: who makes all hashes anew from an entry on is found by an anchor from behind that entry."""
    forged = chain(*TEXTS[:2], TEXTS[2].replace("4", "9"), *TEXTS[3:])
    assert flaw_of(row_of(forged), forged) is None
    assert flaw_of(row_of(forged), forged, Mark(2, SOUND[1].hash)) is None
    assert found(forged, row_of(forged), Mark(4, SOUND[3].hash)).entry == 3


def test_a_pruned_run_keeps_its_end_of_the_chain() -> None:
    """Law: of a pruned run the count and the last hash are held against an anchor; entries that appear are a flaw."""
    row = replace(ROW, pruned=9.0)
    assert flaw_of(row, []) is None
    assert flaw_of(row, [], Mark(5, SOUND[4].hash)) is None
    assert flaw_of(row, [], Mark(2, SOUND[1].hash)) is None
    assert found([], row, Mark(6, SOUND[4].hash)).entry == 5
    assert found([], row, Mark(5, bytes(32))).entry == 4
    assert "pruned" in found(SOUND, row).what


@given(st.data())
def test_no_change_of_a_text_goes_unseen(data: st.DataObject) -> None:
    """Law: any other text in any place, any other order and any part of the entries is a flaw."""
    number = data.draw(st.integers(0, 4))
    text = data.draw(st.text(max_size=40).filter(lambda one: one != TEXTS[number]))
    entries = list(SOUND)
    entries[number] = replace(entries[number], text=text)
    assert found(entries).entry == number
    order = data.draw(st.permutations(range(5)).filter(lambda one: one != sorted(one)))
    moved = [replace(SOUND[i], number=place) for place, i in enumerate(order)]
    assert found(moved).entry == next(place for place, i in enumerate(order) if place != i)
    some = data.draw(st.sets(st.integers(0, 4), max_size=4))
    flaw = found([SOUND[i] for i in sorted(some)])
    assert flaw.entry == min(set(range(5)) - some)


def test_the_hash_covers_number_text_and_what_was_before() -> None:
    """Law: the hash of an entry is sha256 of the hash before, the number, a colon and the text: anybody can check."""
    assert hash_of(bytes(32), 7, "é") == hashlib.sha256(bytes(32) + b"7:" + "é".encode()).digest()


# ---------------------------------------------------------------------- stores


def test_a_store_passes_with_runs_in_all_states(store: Store) -> None:
    """Law: the report counts what was looked at; a sound store has no flaws, with an anchor of before as of now."""
    created(store, "new")
    ended = created(store, "ended")
    before = anchor_of(store)
    store.commit([ended.write('[[1.5,"run_failed",-1]]', state="failed", is_release=True)])
    gone = created(store, "gone", state="running")
    store.commit([gone.write('[[1.5,"run_succeeded",-1]]', state="succeeded", is_release=True)])
    assert store.prune("gone") == 2
    for anchor in (None, before, anchor_of(store)):
        report = audit(store, anchor)
        assert (report.runs, report.entries, report.pruned, report.flaws) == (3, 3, 1, ())


def test_the_first_flaw_of_each_run_is_reported(store: Store) -> None:
    """Law: one bad run hides no other; a run that the anchor knows and the store does not is one, too."""
    anchor = anchor_of(store)
    for name in ("a", "b", "c"):
        run = created(store, name)
        bad = Entry(1, "[]", bytes(32))
        assert store.commit([Write(name, 1, (bad if name != "b" else run.write().entries[0],))]) == [None]
    anchor = replace(anchor, marks={"a": Mark(1, bytes(32)), "never": Mark(3, bytes(32))})
    flaws = audit(store, anchor).flaws
    assert [(flaw.run, flaw.entry) for flaw in flaws] == [("a", 1), ("c", 1), ("never", None)]


def test_entries_without_a_run_are_found(store: Store) -> None:
    """Law: where the row of a run is gone and its entries are left, that is told."""
    created(store, "lost")
    body: Callable[..., object] = lambda cursor: cursor.execute("DELETE FROM run WHERE id = 'lost'")  # noqa: E731  # because it is passed on
    store._write(body)  # type: ignore[attr-defined]  # because no store deletes a row by itself
    assert [str(flaw) for flaw in audit(store).flaws] == [
        "there is no run 'lost', and the table 'beginning' has rows of it",
        "there is no run 'lost', and the table 'entry' has rows of it",
    ]


def test_a_run_that_is_being_written_passes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: what its holder writes while the audit reads is no flaw."""
    run, late = created(store), [2, 1]
    real = store.entries

    def entries(name: str, start: int = 0) -> object:
        yield from list(real(name, start))
        if late:
            late.pop()
            store.commit([run.write()])

    monkeypatch.setattr(store, "entries", entries)
    report = audit(store)
    assert (report.entries, report.flaws) == (3, ())


def test_damage_of_the_file_is_told(tmp_path: Path) -> None:
    """Law: what the database's own check finds is told, and is never a sound store."""
    file = tmp_path / "runs.db"
    store = SqliteStore(file)
    for number in range(40):
        created(store, f"r{number}", HERE, 60.0)
    store._write(lambda cursor: cursor.execute("CREATE TABLE extra AS SELECT * FROM entry"))
    page = 4096
    root = store._read(
        lambda cursor: cursor.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'extra'").fetchone()[0]
    )
    store.close()
    content = bytearray(file.read_bytes())
    content[(root - 1) * page + 8 : (root - 1) * page + 40] = b"\xff" * 32
    file.write_bytes(content)
    store = SqliteStore(file)
    flaws = audit(store).flaws
    assert flaws
    assert all(flaw.run is None for flaw in flaws)
    store.close()


def test_a_real_run_passes_and_its_edit_is_named(tmp_path: Path) -> None:
    """Law: what the engine records passes; the record that is edited is the one that is named."""
    store = SqliteStore(tmp_path / "runs.db")

    @pw.task
    def double(x: int) -> int:
        return 2 * x

    @pw.workflow
    def twice(x: int) -> int:
        return double(double(x))

    pw.run(twice, {"x": 3}, store=store, run_id="r")
    assert audit(store).flaws == ()
    target = next(entry for entry in store.entries("r") if '"value":6' in entry.text)
    text = target.text.replace('"value":6', '"value":7')
    store._write(lambda cursor: cursor.execute("UPDATE entry SET text = ? WHERE number = ?", (text, target.number)))
    (flaw,) = audit(store).flaws
    assert (flaw.run, flaw.entry) == ("r", target.number)
    assert "succeeded 'double'" in flaw.events
    store.close()


# ---------------------------------------------------------------------- anchors


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format":"planweave graph","version":1}',
        '{"format":"planweave anchor","version":1,"store":"x","time":1,"runs":{"r":[1]}}',
    ],
)
def test_what_is_no_anchor_is_refused(text: str) -> None:
    """Law: a file that is no anchor is an error of its own, and never an anchor that knows nothing."""
    with pytest.raises(DocumentError, match="no anchor"):
        Anchor.read(text)
