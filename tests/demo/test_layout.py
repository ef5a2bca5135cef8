"""The layout tells prose from everything else by its shape."""

from __future__ import annotations

from itertools import pairwise

import pytest

from planweave.demo.layout import Block, Kind, blocks
from planweave.demo.library import list_topics, read

SAMPLE = """\
Title of all
************

A first paragraph, which leads to an
example:

   code = "here"

   more(code)

* An item
  that goes on:

     inside = 1

  Still the item.

  * Nested.

Part
====

object.method(self)
object.other(self)

   Called when needed.

   Note:

     A note is prose.

A term
   What the term means.

+---+---+
| a | b |
+---+---+

   rule ::= "word" other

Some lead that is equivalent to

   x = 1

>>> session()

1. One.
2. Two.

-[ Footnotes ]-

[1] A footnote.
"""


def described(source: str) -> list[tuple[str, str, str]]:
    """Kind, first words and innermost section of every block."""
    return [
        (block.kind.name, " ".join(source[block.start : block.end].split())[:24], block.section[-1])
        for block in blocks(source)
    ]


def test_each_kind_of_block_is_told_by_its_shape() -> None:
    """Law: paragraphs and items are prose; examples, tables, sessions, labels and grammar are not."""
    signature = "object.method(self) object.other(self)"
    assert described(SAMPLE) == [
        ("PROSE", "A first paragraph, which", "Title of all"),
        ("OTHER", 'code = "here"', "Title of all"),
        ("OTHER", "more(code)", "Title of all"),
        ("ITEM", "An item that goes on:", "Title of all"),
        ("OTHER", "inside = 1", "Title of all"),
        ("PROSE", "Still the item.", "Title of all"),
        ("ITEM", "Nested.", "Title of all"),
        ("OTHER", "object.method(self) obje", signature),
        ("PROSE", "Called when needed.", signature),
        ("PROSE", "Note:", signature),
        ("PROSE", "A note is prose.", signature),
        ("PROSE", "What the term means.", "A term"),
        ("OTHER", "+---+---+ | a | b | +---", "Part"),
        ("GRAMMAR", 'rule ::= "word" other', "Part"),
        ("PROSE", "Some lead that is equiva", "Part"),
        ("OTHER", "x = 1", "Part"),
        ("OTHER", ">>> session()", "Part"),
        ("ITEM", "One.", "Part"),
        ("ITEM", "Two.", "Part"),
        ("ITEM", "A footnote.", "Footnotes"),
    ]


def test_headings_nest_in_the_order_of_their_underlines() -> None:
    """Law: the first underline met is the outermost level, and a heading closes those of its level and below."""
    source = "A\n***\n\nB\n===\n\nC\n---\n\nWords.\n\nD\n===\n\nMore."
    assert [block.section for block in blocks(source)] == [("A", "B", "C"), ("A", "D")]


@pytest.mark.parametrize("topic", list_topics())
def test_blocks_cover_every_word_but_headings_and_terms_once(topic: str) -> None:
    """Law: blocks do not overlap, stand in order, and never begin or end in blanks."""
    text = read(topic).text
    found: list[Block] = blocks(text)
    assert found
    for before, after in pairwise(found):
        assert before.end < after.start
    for block in found:
        words = text[block.start : block.end]
        assert words == words.strip()
        assert words
        assert "\n\n" not in words
        assert block.kind in Kind
