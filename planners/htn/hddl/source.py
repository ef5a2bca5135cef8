"""A text that is read, and where in it a mistake stands: in a file of HDDL, or in a line of Python."""

from __future__ import annotations

import re
from dataclasses import dataclass

from planweave.engine.location import Location
from planweave.engine.wording import clip
from planweave.planners.htn.errors import DomainError, HddlError

_COMMENT = re.compile(r";[^\n]*")


class Position(Location):
    """A line with a column, written as editors jump to it.

    >>> str(Position.of_column("domain.hddl", 3, 14))
    'domain.hddl:3:14'
    """

    column: int

    @classmethod
    def of_column(cls, file: str, line: int, column: int) -> Position:
        """The place of one character; line and column count from 1."""
        position = cls(file, line)
        position.column = column
        return position

    def __str__(self) -> str:
        """The place: file, line, column."""
        return f"{super().__str__()}:{self.column}"


@dataclass(frozen=True)
class Source:
    """A text that is read.

    Attributes:
        text: what is read, of a file in lower case and without comments, which leaves lines and columns as they were.
        file: where it stands.
        caller: the line of Python that says it; None: it is a text in HDDL.
        node: the operator, task or method that a text in Python belongs to.
    """

    text: str
    file: str = "<text>"
    caller: Location | None = None
    node: str | None = None

    @classmethod
    def of_hddl(cls, text: str, file: str) -> Source:
        """A text in HDDL, in which case does not matter."""
        text = text.lower()
        return cls(_COMMENT.sub("", text) if ";" in text else text, file)

    def location(self, at: int) -> Location:
        """The line of a character."""
        return self.caller or Location(self.file, self._line(at))

    def error(self, what: str, at: int, mend: str | None = None) -> DomainError:
        """What is wrong at a character of the text, and what to do."""
        if self.caller is not None:
            return DomainError(f"{what}, in {clip(self.text)}", where=self.caller, node=self.node, mend=mend)
        column = at - self.text.rfind("\n", 0, at)
        where = Position.of_column(self.file, self._line(at), column)
        return HddlError(what, column=column, where=where, mend=mend)

    def _line(self, at: int) -> int:
        return self.text.count("\n", 0, at) + 1
