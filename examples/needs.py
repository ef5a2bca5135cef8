"""Plain functions and what each of them needs, as a textbook would draw it: research, then analysis, then synthesis.

    planweave run examples/needs.py:report -i topic=with
    planweave graph examples/needs.py:report -o needs.svg

The functions know nothing about planweave. A parameter that no need fills (`topic`) is an input of the run.
"""

import re
from collections import Counter
from difflib import get_close_matches
from typing import NamedTuple

import planweave as pw


class Source(NamedTuple):
    """A page of the language reference that comes with Python."""

    topic: str
    text: str


class Findings(NamedTuple):
    """What there is to say about a page."""

    source: Source
    words: int
    mentions: list[tuple[str, int]]
    changes: list[str]


def research(topic: str) -> Source:
    """Look the topic up."""
    from pydoc_data.topics import topics

    if topic not in topics:
        near = ", ".join(get_close_matches(topic, topics)) or ", ".join(sorted(topics)[:5])
        raise LookupError(f"the reference has no topic {topic!r}; there are: {near}, ...")
    return Source(topic, topics[topic])


def analyse(source: Source) -> Findings:
    """Count what the page names in quotes, and gather in which versions of Python its subject changed."""
    mentions = Counter(re.findall(r'"([a-z_]\w+)(?:\(\))?"', source.text))
    mentions.pop(source.topic, None)
    changes = re.findall(r"(?:Changed|New|Deprecated|Added) (?:in|since) version [\d.]+", source.text)
    return Findings(source, len(source.text.split()), mentions.most_common(5), list(dict.fromkeys(changes)))


def write(findings: Findings) -> str:
    """Say it in a few lines."""
    title = findings.source.text.strip().splitlines()[0]
    mentions = ", ".join(f"{name} ({count})" for name, count in findings.mentions) or "nothing"
    changes = ", ".join(change[0].lower() + change[1:] for change in findings.changes) or "no word of that"
    return f"{title}: {findings.words} words.\nMentions most: {mentions}.\nChanges: {changes}."


report = pw.workflow_from(
    {"research": research, "analysis": analyse, "synthesis": write},
    {"analysis": ["research"], "synthesis": ["analysis"]},
    name="report",
)

if __name__ == "__main__":
    print(report.run(topic="with").result["synthesis"])
