"""Search finds the topics that bear on a question, and says so when there are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planweave.demo.index import Index
from planweave.demo.library import list_topics
from planweave.demo.question import weigh
from planweave.demo.search import catalogue, hits, search, understand
from tests.demo.asking import ask
from tests.demo.questions import (
    ABOUT_OTHER_THINGS,
    ABOUT_OTHER_THINGS_UNSEEN,
    ABOUT_PYTHON,
    ABOUT_PYTHON_UNSEEN,
    IN_WORDS_OF_PYTHON,
)


def answered(questions: list[str], index: Index) -> list[str]:
    """Those of the questions that get a quotation."""
    return [question for question in questions if ask(question, index).quotations]


def test_questions_about_python_are_answered(index: Index) -> None:
    """Law: at least 95 of 100 questions about the language get an answer; measured 107 of 111, and all 40 unseen."""
    assert len(answered(ABOUT_PYTHON, index)) >= 0.95 * len(ABOUT_PYTHON)
    assert len(answered(ABOUT_PYTHON_UNSEEN, index)) >= 0.95 * len(ABOUT_PYTHON_UNSEEN)


def test_questions_about_other_things_find_nothing(index: Index) -> None:
    """Law: at most 3 of 100 questions about other things get an answer; measured 2 of 110, and 1 of the 40 unseen."""
    assert len(answered(ABOUT_OTHER_THINGS, index)) <= 0.03 * len(ABOUT_OTHER_THINGS)
    assert len(answered(ABOUT_OTHER_THINGS_UNSEEN, index)) <= 0.03 * len(ABOUT_OTHER_THINGS_UNSEEN)


def test_most_questions_about_other_things_in_words_of_python_find_nothing(index: Index) -> None:
    """Law: at most 1 in 10 of the hardest questions gets an answer; measured 2 of 30."""
    assert len(answered(IN_WORDS_OF_PYTHON, index)) <= 0.1 * len(IN_WORDS_OF_PYTHON)


@pytest.mark.parametrize(
    "question",
    [
        "When should I prune roses?",
        "How do I grow tomatoes?",
        "Which soil do tulips need?",
        "How do I plant trees?",
        "What is the walrus operator?",
        "Wie funktioniert der Import von Modulen?",
        "模块是如何导入的？",
        "what is it and how is that for you",
        "'; DROP TABLE prose; --",
        "\N{POTTED PLANT}\N{DECIDUOUS TREE}",
        "",
    ],
)
def test_a_question_without_evidence_finds_nothing(question: str) -> None:
    """Law: gardening, foreign words, function words, signs and silence find nothing at all."""
    assert search(understand(question)) == []


def vocabulary() -> list[str]:
    """Some hundreds of words that the reference uses."""
    return sorted({word for entry in catalogue()[::9] for word in entry.row.words.split() if word.isalpha()})


@given(
    known=st.lists(st.sampled_from(vocabulary()), max_size=4),
    unknown=st.lists(st.from_regex(r"zq[a-z]{6}", fullmatch=True), min_size=4, max_size=6, unique=True),
)
def test_a_question_with_as_many_unknown_words_as_known_ones_finds_nothing(
    known: list[str], unknown: list[str], index: Index
) -> None:
    """Law: where half of the words are unknown, no fit of the others is evidence, however rare they are."""
    query = weigh(" ".join([*known, *unknown]), index)
    assert hits(query, index, k=5) == []


def test_hits_are_topics_best_first_and_at_most_as_many_as_wanted(index: Index) -> None:
    """Law: the hits for fewer are the first of the hits for more."""
    query = weigh("What happens when an exception is raised in a finally clause?", index)
    many = hits(query, index, k=50)
    assert [hit.score for hit in many] == sorted((hit.score for hit in many), reverse=True)
    assert {hit.topic for hit in many} <= set(list_topics())
    assert [hits(query, index, k) for k in (1, 3)] == [many[:1], many[:3]]


def test_a_sentence_that_topics_share_counts_for_the_smallest() -> None:
    """Law: `compound` repeats all of `try`, and yet what stands in both is listed under `try` alone."""
    sentence = "If there is a saved exception it is re-raised at the end of the"
    homes = [entry.topic for entry in catalogue() if sentence in " ".join(entry.row.words.split())]
    assert homes == ["try"]


def test_searching_alone_finds_what_the_shared_index_finds(index: Index) -> None:
    """Law: the functions of the workflow, which open an index of their own, give the same."""
    question = "How do I define a context manager?"
    query = understand(question)
    assert query == weigh(question, index)
    assert search(query, 4) == hits(query, index, 4)
