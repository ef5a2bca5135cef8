"""Asking without a workflow: the functions of the demonstration called one after another."""

from __future__ import annotations

from dataclasses import dataclass

from planweave.demo.extraction import extract
from planweave.demo.index import Index
from planweave.demo.library import read
from planweave.demo.question import Query, weigh
from planweave.demo.quotation import Quotation, check
from planweave.demo.ranking import condense, rank
from planweave.demo.report import write
from planweave.demo.search import Hit, hits


@dataclass(frozen=True)
class Answer:
    """What became of a question, step by step."""

    query: Query
    hits: list[Hit]
    quotations: list[Quotation]
    report: str


def ask(question: str, index: Index, k: int = 5, limit: int = 6) -> Answer:
    """The answer to a question, with an index of the whole library."""
    query = weigh(question, index)
    found = hits(query, index, k)
    passages = [read(hit.topic) for hit in found]
    quotations = check(condense(rank(extract(query, passage) for passage in passages), limit))
    return Answer(query, found, quotations, write(query, quotations, passages))
