"""The demonstration as a workflow: a question goes in, a report whose every quotation is verbatim comes out.

    understand -> find -> found -> when ──then──> reading/read (one node a topic) -> extract -> rank -> condense
                                     └─otherwise─> nothing
    -> compose -> verify -> publish

Each task is one of the pure functions beside this file, with a policy where one has a reason: `read` and `extract`
share the pool `library`, so that a library on a slow disk is asked by so many at once and no more; `extract` must end
in time, whatever the text is; `publish` tries again when the disk refuses. Run it by hand with

    planweave run planweave.demo.research:research -i question="How do decorators work?" -i folder=answers
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import planweave as pw
from planweave.demo import extraction, library, quotation, ranking, report, search, verification
from planweave.demo.library import Passage
from planweave.demo.question import Query
from planweave.demo.quotation import Quotation
from planweave.demo.verification import Citation

TOPICS = 5
"""Topics that are read, at most."""
REPORT = "report.md"
"""The name of the report in its folder."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was read, and what of it bears on the question, best first."""

    passages: Sequence[Passage]
    quotations: Sequence[Quotation]


@dataclass(frozen=True, slots=True)
class Verified:
    """A report in Markdown that has been held against the library, and the quotations that were found in it."""

    markdown: str
    citations: Sequence[Citation]


@dataclass(frozen=True, slots=True)
class Answer:
    """Where the report is, and what it quotes: `topic` and `line` of each quotation. Nothing, if nothing was found."""

    report: Path
    citations: Sequence[Citation]

    @property
    def found(self) -> bool:
        """Whether there was any evidence."""
        return bool(self.citations)


@pw.task
def understand(question: str) -> Query:
    """What the question is about, and how much each of its words tells."""
    return search.understand(question)


@pw.task
def find(query: Query) -> list[str]:
    """The topics that bear on it, best first."""
    return [hit.topic for hit in search.search(query, TOPICS)]


@pw.task
def found(topics: list[str]) -> bool:
    """Whether there is anything to read."""
    return bool(topics)


@pw.task(pool="library", timeout=30)
def read(topic: str) -> Passage:
    """One topic of the library."""
    return library.read(topic)


@pw.task(pool="library", timeout=60)
def extract(passage: Passage, query: Query) -> list[Quotation]:
    """What of a topic bears on the question."""
    return extraction.extract(query, passage)


@pw.task
def rank(extracted: list[list[Quotation]]) -> list[Quotation]:
    """All of it, best first."""
    return ranking.rank(extracted)


@pw.task
def condense(ranked: list[Quotation]) -> list[Quotation]:
    """The best of it, without saying the same thing twice."""
    return ranking.condense(ranked)


@pw.task
def gather(passages: list[Passage], quotations: list[Quotation]) -> Evidence:
    """What was read, together with what it gave; each quotation is compared with its source once more."""
    return Evidence(passages, quotation.check(quotations))


@pw.workflow
def reading(topics: list[str], query: Query) -> Evidence:
    """Read the topics in parallel and keep what answers best."""
    passages = read.map(topics)
    best = condense(rank(extract.map(passages, query=query)))
    return gather(passages, best)


@pw.task
def nothing() -> Evidence:
    """No evidence: the report will say so, and invent nothing."""
    return Evidence((), ())


@pw.task
def compose(query: Query, evidence: Evidence) -> str:
    """The report in Markdown, in nobody's words but those of the library."""
    return report.write(query, evidence.quotations, evidence.passages)


@pw.task
def verify(markdown: str) -> Verified:
    """The report, held line by line against the library; fails where a quotation is not verbatim."""
    return Verified(markdown, verification.verify_report(markdown))


@pw.task(retry=pw.Retry(attempts=3, on=(OSError,)))
def publish(verified: Verified, folder: str) -> Answer:
    """Put the report into the folder: the whole of it or nothing, whatever happens meanwhile."""
    path = Path(folder, REPORT)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{REPORT}-{uuid.uuid4().hex}")
    try:
        draft.write_text(verified.markdown, encoding="utf-8", newline="\n")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return Answer(path, verified.citations)


@pw.workflow(pools={"library": 4})
def research(question: str, folder: str = "planweave-demo") -> Answer:
    """Answer a question from the language reference of Python, with quotations only."""
    query = understand(question)
    topics = find(query)
    evidence = pw.when(found(topics), then=lambda: reading(topics, query), otherwise=nothing)
    return publish(verify(compose(query, evidence)), folder)
