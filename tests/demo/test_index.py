"""The index finds words, and nothing but words."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from planweave.demo.index import Index, Row

ROWS = [
    Row(words='The operators "==" and "is not" compare.', section="Comparisons", nearby="Before it."),
    Row(words='It implies "x is y", that is all.', title="Names", subject="It implies"),
]


@given(words=st.text(st.characters(codec="utf-8")))
def test_any_text_can_be_looked_for(words: str) -> None:
    """Law: no text is query syntax, not even quotation marks, operators of the query language or a null."""
    with Index(ROWS) as index:
        assert index.matching(words) <= {0, 1}
        assert index.matching(words, ["section"]) <= {0}
        assert set(index.scores(words)) == index.matching(words)


def test_code_that_is_mentioned_is_found_and_code_that_is_used_is_not() -> None:
    """Law: `"is not"` speaks of the operator, `"x is y"` only uses it, and plain words are neither."""
    with Index(ROWS) as index:
        assert index.matching("code_is") == {0}
        assert index.matching("code_3d3d") == {0}
        assert index.matching("is") == {0, 1}


def test_words_are_found_by_their_stem_in_the_columns_asked_for() -> None:
    """Law: inflection does not matter, the column does."""
    with Index(ROWS) as index:
        assert index.matching("comparing") == {0}
        assert index.matching("compared", ["words"]) == {0}
        assert index.matching("names", ["words"]) == set()
        assert index.matching("name", ["title"]) == {1}


def test_stems_are_those_of_the_words_alone() -> None:
    """Law: what is counted for likeness is what a row itself says."""
    with Index([Row(words="Names name names.", section="Headings"), Row(words="")]) as index:
        assert index.stems() == [Counter({"name": 3}), Counter()]
