"""Labels fit their room, whoever wrote them, and lose nothing but their middle."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from planweave.visualize.text.label import clean, fit, graphemes, shorten, wrap
from planweave.visualize.text.measure import text_width_points
from tests.visualize.samples import HOSTILE

ANY = st.text(st.characters(), max_size=60)
"""Text of any character, lone surrogates too."""


@given(ANY)
@example(HOSTILE)
def test_what_is_cleaned_can_be_written_and_stands_on_one_line(text: str) -> None:
    """Law: a cleaned text is UTF-8, has no control character, no line end, no mark that turns the direction around."""
    cleaned = clean(text)
    cleaned.encode()
    assert len(cleaned.splitlines()) <= 1
    assert not any(unicodedata.category(one) in ("Cc", "Cs") for one in cleaned)
    assert not any(unicodedata.bidirectional(one) in ("LRO", "RLO", "LRI", "RLI", "FSI", "PDI") for one in cleaned)
    assert clean(cleaned) == cleaned


def test_towers_of_marks_are_cut_to_three() -> None:
    """Law: at most three marks stand on a letter, and letters that need fewer keep them all."""
    assert clean("z" + "\u0351\u036b\u0343\u032a\u0302" + "a" + "\u034f\u0334") == "z\u0351\u036b\u0343a\u034f\u0334"
    for word in ("e\u0301\u0323a", "தமிழ் மொழி", "हिन्दी", "שָׁלוֹם", "ế", "🧑‍🚀"):
        assert clean(word) == word


@given(ANY.map(clean))
def test_no_letter_of_a_cleaned_text_has_more_than_three_marks(text: str) -> None:
    """Law: whatever was written, what is drawn stays in its box."""
    marks = "".join("m" if unicodedata.category(one) in ("Mn", "Me") else "." for one in text)
    assert "mmmm" not in marks


@given(ANY)
def test_fitting_keeps_the_length_and_with_lines_the_lines(text: str) -> None:
    """Law: only characters are replaced, one by one; with lines=True, what stands between line ends is fitted alone."""
    assert len(fit(text)) == len(text)
    lines = fit(text, lines=True).split("\n")
    assert lines == ["\t".join(map(fit, line.split("\t"))) for line in text.replace("\r\n", "\n").split("\n")]


@given(ANY)
def test_graphemes_are_the_text_cut_in_pieces(text: str) -> None:
    """Law: joined again they are the text, and none begins with a mark that belongs to the letter before."""
    parts = graphemes(text)
    assert "".join(parts) == text
    assert all(unicodedata.category(part[0]) not in ("Mn", "Mc", "Me") for part in parts[1:])


def test_a_flag_an_astronaut_and_a_letter_with_accents_are_one_grapheme_each() -> None:
    """Law: emoji sequences, pairs of regional letters and combining marks are not cut."""
    assert graphemes("🇫🇷🇩🇪") == ["🇫🇷", "🇩🇪"]
    assert graphemes("🧑‍🚀!") == ["🧑‍🚀", "!"]
    assert graphemes("👍🏽") == ["👍🏽"]
    assert graphemes("e\u0301\u0323a") == ["e\u0301\u0323", "a"]


@given(ANY.map(clean), st.floats(30, 400), st.floats(6, 20))
def test_a_shortened_text_is_no_wider_than_its_room(text: str, room: float, size: float) -> None:
    """Law: the result fits; it is the text, or a beginning and an end of it around an ellipsis."""
    short = shorten(text, room, size)
    assert text_width_points(short, size) <= max(room, text_width_points("…", size))
    if short != text:
        heads = [place for place, one in enumerate(short) if one == "…"]
        assert any(text.startswith(short[:place]) and text.endswith(short[place + 1 :]) for place in heads)


def test_a_shortened_text_is_as_long_as_fits() -> None:
    """Law: one character more would not fit."""
    text = "extract_sentences_from_topic-12"
    short = shorten(text, 110, 11)
    longer = text[: short.index("…") + 1] + short[short.index("…") :]
    assert text_width_points(short, 11) <= 110 < text_width_points(longer, 11)


def test_a_text_of_a_million_characters_is_shortened_by_its_ends() -> None:
    """Law: the ends are those of the whole text, not of what was looked at."""
    text = "start" + "x" * 1_000_000 + "end"
    assert shorten(text, 100, 11).startswith("start")
    assert shorten(text, 100, 11).endswith("end")


@given(ANY.map(clean), st.floats(40, 300), st.integers(1, 3))
def test_wrapped_lines_are_few_enough_and_none_is_too_wide(text: str, room: float, lines: int) -> None:
    """Law: at most so many lines, each within the room."""
    wrapped = wrap(text, room, 11, lines)
    assert 1 <= len(wrapped) <= lines
    assert all(text_width_points(line, 11) <= max(room, text_width_points("…", 11)) for line in wrapped)


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=8), min_size=1, max_size=4).map("_".join))
def test_wrapping_at_separators_loses_nothing_where_there_is_room(text: str) -> None:
    """Law: what fits in the lines is all there."""
    wrapped = wrap(text, 120, 11, 3)
    if not any("…" in line for line in wrapped):
        assert "".join(wrapped) == text
