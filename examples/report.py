"""The textbook example of hierarchical planning, whose plan runs: gather data, analyze it, write a report.

    python examples/report.py
    planweave run examples/report.py:report
    planweave graph examples/report.py:report -o report.svg

The domain says what can be done and how tasks decompose, and the planner decides what is done in which order. A step
whose effect makes a fact true passes what its function returned to the steps that need the fact: the parameters of the
functions are named after the facts.
"""

from collections import Counter
from typing import NamedTuple

import planweave as pw
from planweave import htn

domain = htn.Domain("report")
domain.operator("gather_data", preconditions=[], effects=["data_available"])
domain.operator("analyze_data", preconditions=["data_available"], effects=["analysis_complete"])
domain.operator("write_report", preconditions=["analysis_complete"], effects=["report_complete"])
domain.task("research_topic", effects=["research_complete"])
domain.task("create_report")
domain.method("research_method", "research_topic", ["gather_data", "analyze_data"])
domain.method("report_method", "create_report", ["research_topic", "write_report"])

problem = domain.problem(tasks=["create_report"], state=[])


class Analysis(NamedTuple):
    """What there is to say about the language reference."""

    pages: int
    longest: str
    words: int
    common: list[tuple[str, int]]


def gather() -> dict[str, str]:
    """The pages of the language reference that comes with Python."""
    from pydoc_data.topics import topics

    return dict(topics)


def analyze(data_available: dict[str, str]) -> Analysis:
    """Which page is the longest, and which keywords the pages mention most."""
    import keyword

    words = {topic: text.split() for topic, text in data_available.items()}
    longest = max(words, key=lambda topic: len(words[topic]))
    mentions = Counter(word.strip('"') for text in words.values() for word in text if word.startswith('"'))
    common = [(word, count) for word, count in mentions.most_common() if keyword.iskeyword(word)]
    return Analysis(len(words), longest, len(words[longest]), common[:3])


def write(analysis_complete: Analysis) -> str:
    """Say it in two lines."""
    pages, longest, words, common = analysis_complete
    mentions = ", ".join(f"{word} ({count})" for word, count in common)
    return f"{pages} pages; the longest is '{longest}', of {words:,} words.\nMentioned most: {mentions}."


plan = htn.find_plan(domain, problem)
htn.verify(domain, problem, plan)
report = pw.compile(plan, actions={"gather_data": gather, "analyze_data": analyze, "write_report": write})

if __name__ == "__main__":
    print(plan.text())
    print(report.run().result["write_report"])
