"""Ranking puts good answers first and says nothing twice."""

from __future__ import annotations

import random

import pytest

from planweave.demo.extraction import extract
from planweave.demo.index import Index
from planweave.demo.layout import Kind, blocks
from planweave.demo.library import read
from planweave.demo.question import weigh
from planweave.demo.quotation import Quotation
from planweave.demo.ranking import condense, overlap, rank
from planweave.demo.search import hits
from tests.demo.asking import ask

ANSWERS = {
    "How does the import system find modules?": "find a module, loading and initializing it if necessary",
    "What happens when an exception is raised in a finally clause?": "the saved exception is set as the context",
    "How are default parameter values evaluated?": "evaluated from left to right when the function definition",
    "What is the difference between is and ==?": "test for an object’s identity",
    "How do I define a context manager?": "is an object that defines the runtime context",
    "How does attribute lookup use descriptors?": "has a lookup chain starting with",
    "how do f-strings format values": "is a *formatted string literal*",
    "What does the global statement do?": "is a declaration which holds for the entire current code block",
    "When is __del__ called?": "Called when the instance is about to be destroyed.",
    "How are chained comparisons evaluated?": "Comparisons can be chained arbitrarily",
    "How does the with statement work?": "is used to wrap the execution of a block with methods",
    "What does the pass statement do?": "is a null operation",
    "What does the assert statement check?": "a convenient way to insert debugging assertions",
    "How does the in operator test membership?": "test for membership",
    "What is a future statement?": "is a directive to the compiler",
    "How do I split a string into words?": "Return a list of the words in the string",
    "Can I use await outside a coroutine function?": "can only be used in the body of a coroutine function",
    "What does := or the @ operator do?": "is intended to be used for matrix multiplication",
    "What is a traceback object?": "stack trace of an exception",
    "Which method sorts a list in place?": "sorts the list in place",
}


def flat(text: str) -> str:
    """The text on one line."""
    return " ".join(text.split())


def quotation(text: str, topic: str = "import", start: int = 0, score: float = 1.0) -> Quotation:
    """A quotation of this text, in no real place."""
    return Quotation(topic, start, start + len(text), 1, text, "", score)


@pytest.mark.parametrize(("question", "words"), ANSWERS.items(), ids=list(ANSWERS))
def test_real_questions_get_the_sentence_that_answers_them(question: str, words: str, index: Index) -> None:
    """Law: the sentence that a person would look up is among those quoted."""
    quotations = ask(question, index).quotations
    assert any(words in flat(quotation.text) for quotation in quotations), [flat(q.text) for q in quotations]


@pytest.mark.parametrize("question", list(ANSWERS)[:6])
def test_the_order_in_which_topics_were_read_does_not_matter(question: str, index: Index) -> None:
    """Law: parallel readers may end in any order; the ranking is the same, to the last digit."""
    query = weigh(question, index)
    found = [extract(query, read(hit.topic)) for hit in hits(query, index, k=5)]
    straight = rank(found)
    random.Random(1).shuffle(found)
    assert rank(found) == straight
    assert rank([part[::-1] for part in found]) == straight


@pytest.mark.parametrize("question", list(ANSWERS))
def test_quotations_are_few_and_never_overlap(question: str, index: Index) -> None:
    """Law: no more than wanted, best first, no two share a character, and none repeats another's words."""
    for limit in (1, 3, 6):
        quotations = ask(question, index, limit=limit).quotations
        assert 1 <= len(quotations) <= limit
        assert [q.score for q in quotations] == sorted((q.score for q in quotations), reverse=True)
        assert not any(overlap(one, other) for one in quotations for other in quotations if one is not other)
        assert len({flat(q.text) for q in quotations}) == len(quotations)


def test_a_text_in_two_topics_is_quoted_from_the_smaller() -> None:
    """Law: what `compound` repeats from `try` is cited where the least else is to be read."""
    text = "If there is a saved exception it is re-raised."
    ranked = rank([[quotation(text, "compound")], [quotation(text, "try")]])
    assert [(one.topic, one.score) for one in ranked] == [("try", 1.0)]


def test_near_repetitions_give_way_to_other_answers() -> None:
    """Law: of two sentences that say the same, the second is chosen after one that says something else."""
    first = quotation("Names refer to objects that were bound before.", start=0, score=1.0)
    again = quotation("Names refer to objects that were bound earlier.", start=100, score=0.99)
    other = quotation("A module is imported only once by a program.", start=200, score=0.9)
    assert set(condense([first, again, other], limit=2)) == {first, other}


def test_a_poor_answer_is_left_out_though_there_is_room() -> None:
    """Law: what scores less than half of the best is not quoted."""
    good = quotation("Names refer to objects that were bound before.", score=1.0)
    poor = quotation("A module is imported only once by a program.", start=200, score=0.49)
    assert condense([good, poor], limit=6) == [good]


def test_quotations_that_follow_one_another_become_one() -> None:
    """Law: neighbours in a paragraph are one quotation, the exact span of both; across paragraphs they stay two."""
    source = read("pass").text
    start = source.index('"pass" is a null')
    middle = source.index("It\nis useful")
    end = source.index("It\nis useful") + 20
    one = Quotation("pass", start, middle - 1, 6, source[start : middle - 1], "", 0.9)
    two = Quotation("pass", middle, end, 6, source[middle:end], "", 1.0)
    [merged] = condense([two, one])
    assert (merged.start, merged.end, merged.text, merged.line) == (start, end, source[start:end], 6)
    assert merged.score == 1.0
    title = Quotation("pass", 0, 20, 1, source[:20], "", 1.0)
    assert len(condense([title, two])) == 2


def test_of_two_quotations_that_overlap_the_better_is_kept_as_it_is() -> None:
    """Law: a sentence is not quoted again inside a longer quotation, nor are the two merged."""
    text = read("pass").text
    inner = Quotation("pass", 60, 90, 5, text[60:90], "", 1.0)
    outer = Quotation("pass", 50, 120, 5, text[50:120], "", 0.9)
    assert condense([inner, outer]) == [inner]


def test_quotations_in_different_paragraphs_stay_apart() -> None:
    """Law: a blank line between two quotations keeps them two."""
    text = read("exceptions").text
    one, two = [block for block in blocks(text) if block.kind is Kind.PROSE][:2]
    assert text[one.end : two.start] == "\n\n"
    found = [Quotation("exceptions", b.start, b.end, 1, text[b.start : b.end], "", 1.0) for b in (one, two)]
    assert condense(found) == found


def test_among_equals_the_one_that_others_support_comes_first() -> None:
    """Law: of sentences that answer equally well, the walk prefers the one that is like the most others."""
    central = quotation("Modules bind names when programs start.", start=400)
    friends = [
        quotation("Modules bind all of the constants.", start=100),
        quotation("Names arrive when programs stop.", start=200),
    ]
    stranger = quotation("Slices select ranges of items.", start=0)
    assert rank([[stranger, *friends, central]])[0].start == central.start


def test_nothing_found_is_ranked_as_nothing() -> None:
    """Law: no quotations in, none out."""
    assert rank([]) == rank([[], []]) == condense([]) == []
