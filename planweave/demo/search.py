"""Search: which topics of the reference bear on a question, and whether there is any evidence at all."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from planweave.demo.excerpts import nearby
from planweave.demo.index import Index, Row
from planweave.demo.layout import blocks
from planweave.demo.library import list_topics, read
from planweave.demo.question import Query, weigh
from planweave.demo.sentences import sentences

EVIDENCE = 0.5
"""The share of a question's weight that one place must hold for there to be evidence: half of it.

A word that the reference does not use weighs more than any that it does. So a question of which as many words are
unknown as known is never answered, however well the known ones fit: what is found would be about something else."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A topic that bears on a question.

    `score` is the BM25 score of its best sentence (Callan, "Passage-Level Evidence in Document Retrieval", SIGIR 1994);
    `coverage` is the greatest share of the question's weight (0 to 1) that one of its sentences holds, together with
    the headings above it and the sentences beside it.
    """

    topic: str
    score: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Entry:
    """A sentence of the catalogue as it is indexed, and the topic to read it in."""

    topic: str
    row: Row


@cache
def catalogue() -> tuple[Entry, ...]:
    """Every sentence of the reference, once.

    Topics contain one another (`compound` holds all of `try`), so a sentence is listed under the smallest that has it:
    that is where the least else is to be read. It is parsed once a process, as it cannot change.
    """
    topics = sorted(list_topics(), key=lambda topic: (len(read(topic).text), len(topic), topic))
    entries: dict[str, Entry] = {}
    for topic in topics:
        text = read(topic).text
        found = sentences(text, blocks(text))
        for place, sentence in enumerate(found):
            row = Row(sentence.text, " ".join(sentence.section), nearby(found, place, place))
            entries.setdefault(" ".join(sentence.text.split()), Entry(topic, row))
    return tuple(entries.values())


def library_index() -> Index:
    """A new index of the catalogue, in its order; close it after use."""
    return Index([entry.row for entry in catalogue()])


def understand(question: str) -> Query:
    """The terms that a question is about, weighed by how rare they are in the reference."""
    with library_index() as index:
        return weigh(question, index)


def search(query: Query, k: int = 5) -> list[Hit]:
    """The best topics for a query, best first, at most `k`; none at all where there is no evidence."""
    with library_index() as index:
        return hits(query, index, k)


def hits(query: Query, index: Index, k: int) -> list[Hit]:
    """The best topics for a query, by an index of the catalogue."""
    weight = query.weight
    scores: dict[int, float] = defaultdict(float)
    covered: dict[int, float] = defaultdict(float)
    for term in query.terms:
        for row, score in index.scores(term.match).items():
            scores[row] += score
            covered[row] += term.weight / weight
    by_topic: dict[str, list[int]] = defaultdict(list)
    for row in scores:
        by_topic[catalogue()[row].topic].append(row)
    found = [
        Hit(topic, max(scores[row] for row in rows), max(covered[row] for row in rows))
        for topic, rows in by_topic.items()
    ]
    evidence = [hit for hit in found if hit.coverage >= EVIDENCE]
    return sorted(evidence, key=lambda hit: (-hit.score, hit.topic))[:k]
