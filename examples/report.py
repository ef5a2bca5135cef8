"""The textbook example of hierarchical planning, whose plan runs: gather data, analyze it, write a report.

    python examples/report.py
    planweave run examples/report.py:report
    planweave run examples/report.py:unlucky --render unlucky.svg

The domain says what can be done and how tasks decompose, and the planner decides what is done in which order. A step
whose effect makes a fact true passes what its function returned to the steps that need the fact: the parameters of the
functions are named after the facts. When an action fails, another plan goes on in the same run: `unlucky` gathers its
data from a page that is not there, and reads the archive instead.
"""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import planweave as pw
from planweave import htn

domain = htn.Domain("report")
domain.operator("gather_data", preconditions=[], effects=["data_available"])
domain.operator("read_archive", preconditions=[], effects=["data_available"])
domain.operator("analyze_data", preconditions=["data_available"], effects=["analysis_complete"])
domain.operator("write_report", preconditions=["analysis_complete"], effects=["report_complete"])
domain.task("research_topic", effects=["research_complete"])
domain.task("create_report")
domain.method("research_method", "research_topic", ["gather_data", "analyze_data"])
domain.method("archive_method", "research_topic", ["read_archive", "analyze_data"])
domain.method("report_method", "create_report", ["research_topic", "write_report"])

problem = domain.problem(tasks=["create_report"], state=[])


class Analysis(NamedTuple):
    """What there is to say about some pages."""

    pages: int
    longest: str
    words: int
    common: list[tuple[str, int]]


def gather() -> dict[str, str]:
    """The pages of the language reference that comes with Python."""
    from pydoc_data.topics import topics

    return dict(topics)


def gather_nothing() -> dict[str, str]:
    """The pages of a language reference that is not there."""
    return {"reference": Path("no-such-reference.txt").read_text(encoding="utf-8")}


def archive() -> dict[str, str]:
    """What the builtin functions and classes say of themselves."""
    import builtins

    return {name: found.__doc__ or "" for name, found in vars(builtins).items() if not name.startswith("_")}


def analyze(data_available: dict[str, str]) -> Analysis:
    """Which page is the longest, and which keywords the pages mention most."""
    import keyword

    words = {topic: text.split() for topic, text in data_available.items()}
    longest = max(words, key=lambda topic: len(words[topic]))
    quoted = [word for text in words.values() for word in text if word[0] == '"' or word[0].isupper()]
    mentions = Counter(word.strip('".,;:()') for word in quoted)
    common = [(word, count) for word, count in mentions.most_common() if keyword.iskeyword(word)]
    return Analysis(len(words), longest, len(words[longest]), common[:3])


def write(analysis_complete: Analysis) -> str:
    """Say it in two lines."""
    pages, longest, words, common = analysis_complete
    mentions = ", ".join(f"{word} ({count})" for word, count in common)
    return f"{pages} pages; the longest is '{longest}', of {words:,} words.\nMentioned most: {mentions}."


plan = htn.find_plan(domain, problem)
htn.verify(domain, problem, plan)
actions = {"gather_data": gather, "read_archive": archive, "analyze_data": analyze, "write_report": write}
report = pw.compile(plan.relaxed(), actions=actions)
unlucky = pw.compile(plan.relaxed(), actions={**actions, "gather_data": gather_nothing}, replan=1)

if __name__ == "__main__":
    print(plan.text())
    print(report.run().result["write_report"])
    run = unlucky.run()
    print(f"\nThen {run.nodes['gather_data'].error}, and another plan reads the archive:")
    print(run.result["write_report"])
    print(f"The run is drawn in {run.render('unlucky.svg')}")
