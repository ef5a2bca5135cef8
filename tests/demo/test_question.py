"""A question is about the words that carry its meaning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planweave.demo.index import Index, Row
from planweave.demo.question import content, weigh
from planweave.demo.search import EVIDENCE, hits


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the difference between is and ==?", ["code_is", "code_3d3d"]),
        ("What does yield from do?", ["yield from"]),
        ("How does the with statement work?", ["code_with", "statement"]),
        ("How does with work?", ["code_with"]),
        ("What is operator precedence?", ["operator", "precedence"]),
        ("When is __del__ called?", ["__del__", "called"]),
        ("how do f-strings format values", ["f-strings", "format", "values"]),
        ("Where is `in` found, and 'not'?", ["code_in", "found", "code_not"]),
        ("What is in the sys.path?", ["sys.path"]),
        ("Import, import and IMPORT!", ["import"]),
        ("Tell me - what is a list / tuple & co ...", ["list", "tuple", "co"]),
        ("What does the * operator do?", ["code_2a", "operator"]),
        ("What does - mean?", ["code_2d"]),
        ("What is it and how is that for you?", []),
        ("\N{GRINNING FACE} \ud800 \0 ... ?!", []),
        ("", []),
    ],
)
def test_content_is_what_is_left_without_function_words(question: str, expected: list[str]) -> None:
    """Law: function words and frames go, unless they are meant as Python's keywords; every word counts once."""
    assert [match for _, match in content(question)] == expected


def test_a_rarer_word_weighs_more_and_an_unknown_one_most() -> None:
    """Law: weight falls strictly with the number of sentences that have the word, from none to all of them."""
    rows = [Row(f"common {'rare' if number == 0 else ''}") for number in range(10)]
    with Index(rows) as index:
        unknown, rare, common = weigh("unheard rare common", index).terms
    assert unknown.weight > rare.weight > common.weight > 0
    assert [unknown.known, rare.known, common.known] == [False, True, True]


def test_a_compound_that_nobody_uses_is_looked_for_in_parts() -> None:
    """Law: `a-b` is one term where the text has it, and its parts where it has not."""
    with Index([Row("the left-to-right order"), Row("a try block, an except block")]) as index:
        assert [term.match for term in weigh("left-to-right", index).terms] == ["left-to-right"]
        assert [term.match for term in weigh("try-except", index).terms] == ["try", "except"]


@given(question=st.text() | st.text(alphabet="\"'`()*:-^+{}[]<>=!&|\\ aANDORNEAR\0\n"))
def test_no_question_is_read_as_query_syntax(question: str, index: Index) -> None:
    """Law: whatever stands in a question, it is looked for as words, and coverage stays a share."""
    query = weigh(question, index)
    assert all(term.weight > 0 for term in query.terms)
    for hit in hits(query, index, k=5):
        assert EVIDENCE <= hit.coverage <= 1 + 1e-9


@pytest.mark.parametrize(
    "question",
    [
        "import " * 14_300,
        " ".join(f"word{number}" for number in range(10_000)),
        "x" * 100_000,
        "`'\"" * 33_334,
        "= " * 50_000,
    ],
    ids=["repeated", "distinct", "unbroken", "quotes", "operators"],
)
def test_a_question_of_a_hundred_thousand_characters_is_read(question: str, index: Index) -> None:
    """Law: the length of a question is no limit of the query parser."""
    query = weigh(question, index)
    hits(query, index, k=5)
    assert len({term.match for term in query.terms}) == len(query.terms)
