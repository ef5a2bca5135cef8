"""Entries: their text holds the records, and their hashes hold each other."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from planweave.engine.store.entry import START, Entry, Told, hash_of, read_text, write_record, write_text

times = st.floats(0, 1e11)
kinds = st.from_regex(r"[a-z_]{1,20}", fullmatch=True)
positions = st.integers(-1, 10**9)
data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda some: st.lists(some) | st.dictionaries(st.text(), some),
    max_leaves=8,
)
records = st.lists(st.builds(Told, times, kinds, positions, data))
texts = st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=8)


def chain(of: list[str]) -> list[Entry]:
    """The entries with these texts."""
    entries: list[Entry] = []
    for number, text in enumerate(of):
        entries.append(Entry.after(entries[-1].hash if entries else START, number, text))
    return entries


def is_whole(entries: list[Entry]) -> bool:
    """Whether each entry follows the one before it, and the first one nothing."""
    heads = [START, *(one.hash for one in entries)]
    return all(one.follows(head) for one, head in zip(entries, heads, strict=False))


# ---------------------------------------------------------------------- the text


@given(records)
def test_records_are_read_as_they_were_written(some: list[Told]) -> None:
    """Law: times to the last bit, and whatever JSON they carry; data that is null is as none."""
    written = write_text(
        [
            write_record(one.time, one.kind, one.position, None if one.data is None else json.dumps(one.data))
            for one in some
        ]
    )
    assert read_text(written) == some


def test_a_record_may_carry_null() -> None:
    """Law: a record with null is as one without data."""
    assert read_text('[[1,"started",2,null]]') == [Told(1.0, "started", 2)] == read_text('[[1,"started",2]]')


@pytest.mark.parametrize(
    "text",
    [
        *("", "[", "nonsense", "null", "1", '"a"', "{}x"),
        *("[1]", "[[]]", "[null]", '["abc"]', '[{"0":1}]'),
        *('[[1,"started"]]', '[["1","started",2]]', "[[1,2,3]]", '[[1,"started","2"]]', '[[1,"started",2,{},{}]]'),
        *('[[1,"started",2.0]]', '[[1,"started",2],[1]]', '[[null,"started",2]]', '{"a":1}'),
    ],
)
def test_what_is_no_text_of_an_entry_is_refused(text: str) -> None:
    """Law: a damaged text is an error, and never a record."""
    with pytest.raises(ValueError):  # noqa: PT011  the message is that of whoever finds it
        read_text(text)


@given(st.text() | data.map(json.dumps))
def test_reading_any_text_gives_records_or_an_error_of_one_kind(text: str) -> None:
    """Law: whatever stands there, reading raises nothing but ValueError."""
    try:
        assert all(isinstance(one, Told) for one in read_text(text))
    except ValueError:
        return


# ---------------------------------------------------------------------- the chain


@given(texts)
def test_a_chain_that_nobody_touched_is_whole(of: list[str]) -> None:
    """Law: each entry follows the one before it, wherever one begins."""
    entries = chain(of)
    assert is_whole(entries)
    assert all(later.follows(earlier.hash) for earlier, later in pairwise(entries))
    assert all(len(one.hash) == len(START) for one in entries)


@given(texts, st.data())
def test_a_chain_that_was_edited_is_broken(of: list[str], source: st.DataObject) -> None:
    """Law: no text, number or hash of an entry can be another, with the rest as it is."""
    entries = chain(of)
    at = source.draw(st.integers(0, len(entries) - 1))
    change = source.draw(
        st.one_of(
            st.text(st.characters(codec="utf-8")).map(lambda text: {"text": text}),
            st.integers(0, 20).map(lambda number: {"number": number}),
            st.binary(min_size=32, max_size=32).map(lambda hash: {"hash": hash}),
        )
    )
    changed = replace(entries[at], **change)
    assume(changed != entries[at])
    assert not is_whole([*entries[:at], changed, *entries[at + 1 :]])


def test_a_changed_text_breaks_the_chain_even_if_its_own_hash_is_made_anew() -> None:
    """Law: whoever edits an entry has to make all later ones anew, which an anchor of the head shows."""
    entries = chain(["[1]", "[2]", "[3]"])
    forged = Entry.after(entries[0].hash, 1, "[9]")
    assert forged.follows(entries[0].hash) and not is_whole([entries[0], forged, entries[2]])
    assert chain(["[1]", "[9]", "[3]"])[-1].hash != entries[-1].hash


Change = Callable[[list[Entry]], list[Entry]]
CHANGES: dict[str, Change] = {
    "two are exchanged": lambda some: [some[1], some[0], *some[2:]],
    "the first is missing": lambda some: some[1:],
    "one is missing": lambda some: [some[0], *some[2:]],
    "one comes twice": lambda some: [some[0], some[0], *some[1:]],
    "they are turned round": lambda some: some[::-1],
    "one is of another run": lambda some: [*some[:2], chain(["[7]", "[8]", "[9]"])[2], *some[3:]],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_chain_that_was_rearranged_is_broken(change: str) -> None:
    """Law: entries cannot be moved, taken away or put in."""
    entries = chain(["[1]", "[2]", "[3]", "[4]"])
    assert is_whole(entries) and not is_whole(CHANGES[change](entries))


def test_equal_texts_have_other_hashes_at_another_place() -> None:
    """Law: runs of equal entries cannot be shortened or reordered without notice."""
    assert len({one.hash for one in chain(["[]"] * 50)}) == 50
    assert hash_of(START, 1, "1:[]") != hash_of(START, 11, ":[]"), "the number ends where the text begins"
