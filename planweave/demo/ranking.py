"""Ranking: which quotations answer best, without saying the same thing twice.

The order is that of a random walk over the sentences, which moves from one to another that is like it, and returns
again and again to those that bear on the question: topic-sensitive LexRank (Otterbacher, Erkan and Radev, "Using Random
Walks for Question-focused Sentence Retrieval", HLT/EMNLP 2005; after Erkan and Radev, "LexRank", Journal of Artificial
Intelligence Research 22, 2004, and Mihalcea and Tarau, "TextRank", EMNLP 2004). What to keep is decided by maximal
marginal relevance (Carbonell and Goldstein, "The Use of MMR", SIGIR 1998): each next one should answer well and be
unlike those already kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import log, sqrt

from planweave.demo.index import Index, Row
from planweave.demo.library import read
from planweave.demo.quotation import Quotation

RETURN = 0.8
"""How often the walk returns to what bears on the question, instead of moving on to a similar sentence."""

RELEVANCE = 0.7
"""How much being a good answer counts against being unlike what is already kept (the lambda of the paper)."""

WORTH_QUOTING = 0.5
"""The share of the best score below which a quotation is left out, however much room there is."""


def rank(found: Iterable[Sequence[Quotation]]) -> list[Quotation]:
    """All quotations of all topics, best first, each text once.

    The scores that come back are shares of the best one: 1 for the first quotation.
    """
    import networkx

    candidates = distinct(quotation for quotations in found for quotation in quotations)
    if not candidates:
        return []
    alike = similarities(candidates)
    relevance = sum(quotation.score for quotation in candidates)
    walk: networkx.DiGraph[int] = networkx.DiGraph()
    for here, row in enumerate(alike):
        near = sum(row)
        for there, quotation in enumerate(candidates):
            walk.add_edge(here, there, weight=RETURN * quotation.score / relevance + (1 - RETURN) * row[there] / near)
    visits = networkx.eigenvector_centrality(walk, max_iter=1000, tol=1e-9, weight="weight")
    most = max(visits.values())
    ranked = [replace(quotation, score=visits[place] / most) for place, quotation in enumerate(candidates)]
    return sorted(ranked, key=lambda quotation: (-quotation.score, quotation.topic, quotation.start))


def distinct(quotations: Iterable[Quotation]) -> list[Quotation]:
    """The quotations in the order of their places, every text once; where several topics have it, the smallest."""
    by_text: dict[str, list[Quotation]] = {}
    for quotation in quotations:
        by_text.setdefault(" ".join(quotation.text.split()), []).append(quotation)
    smallest = (
        min(same, key=lambda quotation: (len(read(quotation.topic).text), quotation.topic, quotation.start))
        for same in by_text.values()
    )
    return sorted(smallest, key=lambda quotation: (quotation.topic, quotation.start, quotation.end))


def condense(ranked: Sequence[Quotation], limit: int = 6) -> list[Quotation]:
    """The best quotations, at most `limit`, that do not repeat one another, best first.

    Those that follow one another in their paragraph become one quotation.
    """
    alike = similarities(ranked)
    kept: list[int] = []
    left = [place for place, quotation in enumerate(ranked) if quotation.score >= WORTH_QUOTING]
    while left and len(kept) < limit:
        marginal = {
            place: RELEVANCE * ranked[place].score
            - (1 - RELEVANCE) * max((alike[place][other] for other in kept), default=0.0)
            for place in left
        }
        best = max(left, key=lambda place: (marginal[place], -place))
        kept.append(best)
        left = [place for place in left if place != best and not overlap(ranked[place], ranked[best])]
    return joined([ranked[place] for place in kept])


def overlap(one: Quotation, other: Quotation) -> bool:
    """Whether two quotations share characters of the same topic."""
    return one.topic == other.topic and one.start < other.end and other.start < one.end


def joined(quotations: Sequence[Quotation]) -> list[Quotation]:
    """The quotations, those merged that only blanks on the same or the next line keep apart."""
    merged: list[Quotation] = []
    for quotation in sorted(quotations, key=lambda quotation: (quotation.topic, quotation.start)):
        before = merged[-1] if merged else None
        if before is not None and before.topic == quotation.topic:
            source = read(quotation.topic).text
            gap = source[before.end : quotation.start]
            if not gap.strip() and gap.count("\n") < 2:
                score = max(before.score, quotation.score)
                merged[-1] = replace(before, end=quotation.end, text=source[before.start : quotation.end], score=score)
                continue
        merged.append(quotation)
    return sorted(merged, key=lambda quotation: (-quotation.score, quotation.topic, quotation.start))


def similarities(quotations: Sequence[Quotation]) -> list[list[float]]:
    """How alike every two quotations are, from 0 to 1: every one is wholly like itself.

    It is the cosine of their word stems, weighed by how rare these are among them.
    """
    with Index([Row(quotation.text) for quotation in quotations]) as index:
        stems = index.stems()
    frequency = Counter(stem for counts in stems for stem in counts)
    rarity = {stem: 1 + log(len(quotations) / count) for stem, count in frequency.items()}
    vectors = [unit({stem: count * rarity[stem] for stem, count in counts.items()}) for counts in stems]
    return [[1.0 if one is other else cosine(one, other) for other in vectors] for one in vectors]


def cosine(one: dict[str, float], other: dict[str, float]) -> float:
    """The cosine of two vectors of length 1."""
    return sum(weight * other.get(stem, 0.0) for stem, weight in one.items())


def unit(vector: dict[str, float]) -> dict[str, float]:
    """The vector at length 1; an empty one as it is."""
    length = sqrt(sum(weight * weight for weight in vector.values()))
    return {stem: weight / length for stem, weight in vector.items()} if length else vector
