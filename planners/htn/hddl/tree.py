"""Words and groups in parentheses: what a text is before anybody asks what it means.

Reading never recurses, and groups nest no deeper than ``DEEPEST``, so that what comes later may.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from planweave.engine.wording import cut
from planweave.planners.htn.hddl.source import Source

DEEPEST = 100
"""How many groups may stand in each other; the domains of the planning competitions stay below 15."""

TOKEN = re.compile(r"[()=<]|-(?=[^\s()=<\d.])|[^\s()=<]+")
"""A parenthesis or a word; ``(=?x ?y)`` and ``?x -truck`` are written in competitions, so these signs end words."""


@dataclass(slots=True)
class Word:
    """A word, and where it begins."""

    text: str
    at: int

    def __str__(self) -> str:
        return f"'{cut(self.text)}'"


@dataclass(slots=True)
class Group:
    """What stands in parentheses, and where they begin."""

    parts: list[Expression]
    at: int

    def __str__(self) -> str:
        first = self.parts[0] if self.parts else None
        return f"'({cut(first.text)} ...)'" if isinstance(first, Word) else "'()'" if first is None else "'((...) ...)'"


Expression: TypeAlias = Word | Group


def read_group(source: Source, at: int = 0) -> tuple[Group, int]:
    """The group that begins at an offset, and the offset behind it.

    Args:
        source: the text.
        at: where its parenthesis stands.

    >>> group, end = read_group(Source("(and (at ?x) (p)) (q)"))
    >>> str(group), str(group.parts[1]), end
    ("'(and ...)'", "'(at ...)'", 17)
    """
    open_: list[Group] = []
    for found in TOKEN.finditer(source.text, at):
        token = found.group()
        if token == "(":
            if len(open_) == DEEPEST:
                raise source.error(
                    f"more than {DEEPEST} parentheses stand in each other",
                    found.start(),
                    "check that each is closed where it should be",
                )
            open_.append(Group([], found.start()))
        elif token == ")":
            group = open_.pop()
            if not open_:
                return group, found.end()
            open_[-1].parts.append(group)
        else:
            if token[0] == ":" and len(open_) > 1 and not open_[-1].parts:
                raise _unclosed(source, open_[-2], f"'({cut(token)}' begins inside it")
            open_[-1].parts.append(Word(token, found.start()))
    raise _unclosed(source, open_[-1], "the text ends")


def _unclosed(source: Source, group: Group, why: str) -> Exception:
    return source.error(f"the parenthesis of {group} is never closed: {why}", group.at, "close it with ')'")
