"""Excerpts are what can be quoted: whole sentences of prose that can be read on their own."""

from __future__ import annotations

import re

import pytest

from planweave.demo.excerpts import LEANING, LONGEST, excerpts
from planweave.demo.library import Passage, list_topics, read
from planweave.demo.sentences import is_balanced


def quotable(text: str) -> list[str]:
    """The texts of the excerpts."""
    return [excerpt.text for excerpt in excerpts(Passage("sample", text))]


@pytest.mark.parametrize("topic", list_topics())
def test_excerpts_are_whole_sentences_of_prose(topic: str) -> None:
    """Law: an excerpt is a span that opens and ends like a sentence, without grammar, session, table or heading."""
    passage = read(topic)
    for excerpt in excerpts(passage):
        assert excerpt.text == passage.text[excerpt.start : excerpt.end]
        assert re.match(r"[\"“‘(*A-Z_]", excerpt.text)
        assert "\n\n" in excerpt.text or re.search(r"(?:[.!?][\"”’)*]*|:)$", excerpt.text)
        assert "::=" not in excerpt.text
        assert not re.search(r"^\s*(?:>>>|\+--|\|)|^[*=~-]{3,}$", excerpt.text, re.MULTILINE)
        assert is_balanced(excerpt.text)
        assert len(excerpt.text) <= LONGEST


def test_a_sentence_that_leans_on_the_one_before_takes_it_along() -> None:
    """Law: "This is ..." is quoted from the sentence that says what this is, as far as the paragraph goes."""
    first, second, third = "Names refer to real objects.", "This is how they are bound.", "It never fails at all."
    assert quotable(f"{first} {second} {third}") == [first, f"{first} {second}", f"{first} {second} {third}"]
    assert quotable(f"{first}\n\n{second}") == [first, second]


def test_a_sentence_that_announces_a_list_takes_it_along() -> None:
    """Law: what ends in a colon is quoted with the whole list that completes it, nested items and all."""
    announced = "The following constructs bind names:\n\n* parameters,\n\n* targets:\n\n  * loops."
    assert quotable(f"{announced}\n\nThis is the end of it all.")[0] == announced


def test_a_sentence_that_announces_an_example_is_not_quoted() -> None:
    """Law: code is never quoted, and without it the sentence before it says nothing."""
    assert quotable("The following code prints it all:\n\n   print(1)\n") == []
    assert quotable("The following code prints it all:\n\n* like so:\n\n     print(1)\n") == []


def test_a_sentence_that_leads_to_its_grammar_says_enough_by_itself() -> None:
    """Law: the first sentence of a statement's page is quoted, unless it only says that grammar follows."""
    assert quotable('The "if" statement is used for execution:\n\n   if_stmt ::= "if"\n') == [
        'The "if" statement is used for execution:'
    ]
    assert quotable("Integers are described by the following rules:\n\n   integer ::= digit\n") == []


def test_pointers_and_reference_lists_are_not_quoted() -> None:
    """Law: a sentence that only says where to read on answers nothing."""
    assert quotable("See section Calls for all of the details.") == []
    assert quotable("**PEP 1** - Things\n   The proposal that added all of it.") == []


def test_most_excerpts_of_the_reference_stand_on_their_own() -> None:
    """Law: fewer than one excerpt in ten begins with a word that leans on something before it."""
    everything = [excerpt for topic in list_topics() for excerpt in excerpts(read(topic))]
    leaning = [excerpt for excerpt in everything if LEANING.match(excerpt.text)]
    assert len(leaning) < 0.1 * len(everything)
