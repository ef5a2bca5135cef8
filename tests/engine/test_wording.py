"""Messages show what people wrote on one short line that can be printed anywhere."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.errors import PlanweaveError, describe
from planweave.engine.location import Location
from planweave.engine.wording import clip, cut, listing, printable


class Raising:
    def __repr__(self) -> str:
        raise ValueError


class Lines:
    def __repr__(self) -> str:
        return "first\n   second\r\nthird\u2028fourth"


class Quiet:
    """One whose class is called like one of Python's."""


Quiet.__name__ = "list"

VALUES: list[tuple[Any, str]] = [
    ("load", "'load'"),
    (5, "5"),
    (None, "None"),
    ({"b": 1, "a": [2]}, "{'a': [2], 'b': 1}"),
    ("a\nb", r"'a\nb'"),
    ("\ud800", r"'\ud800'"),
    (Raising(), "<Raising>"),
    ([Raising(), 1], "[<Raising>, 1]"),
    ({"key": Raising()}, "{'key': <Raising>}"),
    (Lines(), "first second third fourth"),
    (10**5000, "<int>"),
    ([10**5000], "[<int>]"),
]


@pytest.mark.parametrize(("value", "shown"), VALUES, ids=[shown for _, shown in VALUES])
def test_a_value_is_shown_as_python_would_where_that_is_short(value: Any, shown: str) -> None:
    """Law: what cannot be shown is shown by its class, and the rest as it is written."""
    assert clip(value) == shown


@pytest.mark.parametrize(
    "value",
    ["x" * 10**6, [1] * 10**6, {i: i for i in range(10**5)}, {"x" * 10**5: "y" * 10**5}, 10**2000, "x\n" * 10**5],
    ids=["text", "list", "dict", "dict of texts", "int", "lines"],
)
def test_a_large_value_is_cut(value: Any) -> None:
    """Law: whatever it is, eighty characters are enough, or as many as asked for."""
    assert len(clip(value)) <= 80 and len(clip(value, 30)) <= 30
    assert "..." in clip(value) and len(clip(value).splitlines()) == 1


def test_values_that_hold_themselves_are_cut() -> None:
    """Law: a value without an end has a short text all the same; a class is known by itself, not by its name."""
    itself: list[Any] = [1]
    itself.extend([itself, itself])
    assert len(clip(itself)) <= 80
    assert clip(Quiet()).startswith("<tests.engine.test_wording.Quiet object")


@given(st.text(), st.integers(10, 100))
def test_a_text_is_cut_to_one_line(text: str, limit: int) -> None:
    """Law: a text has one line of at most so many characters, and a short one of one line is as it was."""
    found = cut(text, limit)
    assert len(found) <= limit and len(found.splitlines()) <= 1
    if len(text) <= limit and text.splitlines() in ([text], []):
        assert found == text


def test_names_are_listed_up_to_a_number() -> None:
    """Law: the first ones, and how many more there are; a name that is no text is shown."""
    assert listing([]) == "" and listing(["a", 5, Raising()]) == "a, 5, <Raising>"
    assert listing(f"n{i}" for i in range(12)) == "n0, n1, n2, n3, n4, n5, n6, n7, n8, n9 and 2 more"
    assert len(listing(["x" * 10_000] * 10_000)) < 1000


@given(st.text(st.characters(exclude_categories=())))
def test_every_error_can_be_printed(text: str) -> None:
    """Law: no error holds a character that cannot be encoded, or that would move the cursor of a terminal."""
    error = PlanweaveError(text, where=Location(f"{text}.py", 3), node=text, mend=text)
    for shown in (str(error), error.line, describe(error), describe(ValueError(text))):
        shown.encode()
        assert "\x1b" not in shown and "\r" not in shown
    assert "\n" not in error.line


def test_what_can_be_printed_is_left_alone() -> None:
    """Law: letters of all languages, tabs and line ends stay."""
    text = "日本 ä 🎉\n\tend"
    assert printable(text) == text and printable("\ud800\x1b\x00\x85") == r"\ud800\x1b\x00\x85"


@pytest.mark.parametrize("name", ["\ud800", "\x1b[31m".replace("[", "("), "x" * 10**5], ids=["half", "red", "long"])
def test_an_odd_id_is_told_legibly(name: str) -> None:
    """Law: an id may be any text, and an error about its node can be printed."""

    @pw.task(executor="inline")
    def load(x: int = 0) -> int:
        return x

    def build() -> None:
        load.using(id=name)()
        load.using(id=name)()

    with pytest.raises(pw.DuplicateIdError) as caught:
        pw.workflow(build).graph()
    str(caught.value).encode()
    assert len(caught.value.line) < 500 and "\x1b" not in caught.value.line
