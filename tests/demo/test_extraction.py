"""Extraction judges sentences by their words, their place and their cues."""

from __future__ import annotations

import pytest

from planweave.demo.extraction import extract
from planweave.demo.index import Index
from planweave.demo.library import Passage, read
from planweave.demo.question import Query, Term, weigh
from planweave.demo.quotation import check

WIDGET = Query("What is a widget?", (Term("widget", "widget", 1.0, known=True),))
TWO = Query("Do widgets spin?", (Term("widgets", "widgets", 2.0, known=True), Term("spin", "spin", 1.0, known=True)))
FILLER = "Nothing at all is said here of the subject.\n\n"


def best(text: str, query: Query = WIDGET) -> list[str]:
    """The texts extracted from a topic, best first."""
    return [quotation.text for quotation in extract(query, Passage("sample", text))]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("A widget is something that anybody at all can turn about.", "What one can turn is called a widget."),
        ("Everybody may turn this one widget at any time.", "New in version 3: one widget may turn."),
        ("Everybody may turn this one widget at any time.", "(Everybody may turn one widget.)"),
        ("Everybody may turn this one widget at any time.", "This may turn the one widget."),
        ("Everybody may turn this one widget.", "Everybody may turn this one widget at any time."),
    ],
    ids=["subject", "version", "brackets", "leaning", "length"],
)
def test_cues_decide_between_sentences_with_the_same_words(better: str, worse: str) -> None:
    """Law: naming the subject first, saying it in the text, standing alone and being short are worth something;
    only the last of these is about length, so elsewhere the better sentence is the longer one."""
    for first, second in ((better, worse), (worse, better)):
        assert best(f"{FILLER}{first}\n\n{second}")[0] == better


def test_opening_a_section_on_the_subject_is_worth_something() -> None:
    """Law: of two equal sentences, the one that opens the section of that name comes first."""
    sentence = "One may always turn the widget."
    text = f"Other\n*****\n\n{FILLER}{sentence}\n\nWidgets\n=======\n\n{sentence}\n\n{FILLER}"
    quotations = extract(WIDGET, Passage("sample", text))
    assert [quotation.section for quotation in quotations if quotation.text == sentence] == ["Widgets", "Other"]


def test_a_topic_on_the_subject_is_worth_something() -> None:
    """Law: a sentence scores more in a topic whose title names the subject than in one on something else."""
    [named], [other] = (
        extract(WIDGET, Passage("sample", f"{title}\n*******\n\nOne may always turn the widget."))
        for title in ("Widgets", "Gadgets")
    )
    assert named.text == other.text
    assert named.score > other.score


def test_a_heading_speaks_for_the_sentences_below_it() -> None:
    """Law: what stands under a signature is about it, though it does not name it."""
    text = "Things\n******\n\nwidget(turn)\n\n   Called when it is time to be turned.\n"
    assert best(text) == ["Called when it is time to be turned."]


def test_a_sentence_with_too_little_of_the_question_is_no_evidence() -> None:
    """Law: what covers less than half of the question's weight is not quoted, and more comes before less."""
    both, heavy, light = (
        "Most big widgets really do spin.",
        "Most big widgets really do rest.",
        "Most big tops really do spin.",
    )
    assert best(f"{light}\n\n{heavy}\n\n{both}", TWO) == [both, heavy]


def test_what_is_extracted_is_in_its_place(index: Index) -> None:
    """Law: quotations from real topics are verbatim, best first, and at most as many as wanted."""
    query = weigh("How does the import system find modules?", index)
    found = extract(query, read("import"), limit=3)
    assert check(found) == found
    assert len(found) == 3
    assert [quotation.score for quotation in found] == sorted((q.score for q in found), reverse=True)
    assert found == extract(query, read("import"), limit=50)[:3]
    assert extract(query, read("power")) == extract(weigh("what?", index), read("import")) == []
