"""Sentences are spans of the text, cut where sentences end."""

from __future__ import annotations

from itertools import pairwise

import pytest

from planweave.demo.layout import blocks
from planweave.demo.library import list_topics, read
from planweave.demo.sentences import Lines, sentences


def cut(text: str) -> list[str]:
    """The texts of the sentences."""
    return [sentence.text for sentence in sentences(text, blocks(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One thing is. Another\nthing too.", ["One thing is.", "Another\nthing too."]),
        ('The text "it ends. Then more" is one.  Next.', ['The text "it ends. Then more" is one.', "Next."]),
        ('It holds, e.g. "a", i.e. The Thing. Then.', ['It holds, e.g. "a", i.e. The Thing.', "Then."]),
        ("Bound. (This means it. Really.) After.", ["Bound.", "(This means it. Really.)", "After."]),
        ("They have “default values.” Then more.", ["They have “default values.”", "Then more."]),
        ("It is so.  [1] But not [2] here. [3]", ["It is so.", "But not [2] here."]),
        ("**All of this.** This means that.", ["**All of this.**", "This means that."]),
        ("Is it so? Yes! In version 3.5. no split.", ["Is it so?", "Yes!", "In version 3.5. no split."]),
    ],
)
def test_a_sentence_ends_where_a_reader_sees_it_end(text: str, expected: list[str]) -> None:
    """Law: stops in code, in abbreviations, in numbers and in brackets end nothing; footnote marks belong to nobody."""
    assert cut(text) == expected


@pytest.mark.parametrize("topic", list_topics())
def test_sentences_are_spans_in_order(topic: str) -> None:
    """Law: each sentence is its span of the source, none overlap, and none has blanks at its ends."""
    text = read(topic).text
    found = sentences(text, blocks(text))
    for sentence in found:
        assert sentence.text == text[sentence.start : sentence.end]
        assert sentence.text == sentence.text.strip() != ""
    for before, after in pairwise(found):
        assert before.end <= after.start


def test_fragments_are_not_complete() -> None:
    """Law: what opens in lower case, never ends, leaves a bracket open or is mostly code is no whole sentence."""
    for fragment in (
        "a lower case opening is not a sentence.",
        "An opening without an end of it",
        "An opening (with a bracket that is not closed.",
        '"a.b" calls "c()".',
    ):
        [sentence] = sentences(fragment, blocks(fragment))
        assert not sentence.complete
    whole = 'The "global" statement is a declaration.'
    [sentence] = sentences(whole, blocks(whole))
    assert sentence.complete


def test_line_numbers_count_the_line_breaks_before() -> None:
    """Law: the line of a position is one more than the line breaks before it, at every position of a real text."""
    text = read("import").text
    lines = Lines(text)
    assert all(lines.number(position) == 1 + text.count("\n", 0, position) for position in range(0, len(text), 7))
