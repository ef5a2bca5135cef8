"""What can go wrong when Graphviz is asked for a picture, and what each error carries.

RenderError                 a picture cannot be made (planweave.engine.errors)
├── GraphvizMissing         nothing installed here draws this format; .format
├── DotRefused              Graphviz cannot read the DOT text; .complaint, .dot_line
├── LayoutTooLarge          the graph needs more stack or memory than the embedded Graphviz has
├── LayoutTimeout           the layout took longer than allowed; .seconds
└── GraphvizFailed          Graphviz gave up for a reason of its own; .complaint
"""

from __future__ import annotations

import re

from planweave.engine.errors import RenderError

__all__ = ["DotRefused", "GraphvizFailed", "GraphvizMissing", "LayoutTimeout", "LayoutTooLarge"]

_LINE = re.compile(r"\bin line (\d+)")


class GraphvizMissing(RenderError):
    """Nothing that is installed here can draw this format.

    Attributes:
        format: the format asked for.
    """

    def __init__(self, what: str, *, format: str, mend: str) -> None:
        super().__init__(what, mend=mend)
        self.format = format


class DotRefused(RenderError):
    """Graphviz cannot read the DOT text.

    Attributes:
        complaint: what Graphviz said.
        dot_line: the line of the DOT text that it names, counted from 1, or None.

    >>> DotRefused("syntax error in line 3 near '>'").dot_line
    3
    """

    def __init__(self, complaint: str, *, mend: str = "correct the DOT text at that place") -> None:
        super().__init__(f"Graphviz cannot read the DOT text: {complaint}", mend=mend)
        self.complaint = complaint
        found = _LINE.search(complaint)
        self.dot_line = int(found[1]) if found else None


class LayoutTooLarge(RenderError):
    """The graph needs more stack or memory than the embedded Graphviz has."""

    def __init__(self, lacking: str) -> None:
        super().__init__(
            f"the graph is too large for the embedded Graphviz: it ran out of {lacking}",
            mend="draw fewer nodes, with nodes=, or install Graphviz",
        )


class LayoutTimeout(RenderError):
    """The layout took longer than it was allowed to.

    Attributes:
        seconds: the time that was allowed.
    """

    def __init__(self, seconds: float, what: str = "the layout was not done") -> None:
        super().__init__(
            f"{what} after {seconds:g} s",
            mend="draw fewer nodes, with nodes=, or allow more time, with time_limit=",
        )
        self.seconds = seconds


class GraphvizFailed(RenderError):
    """Graphviz gave up for a reason of its own.

    Attributes:
        complaint: what it said, or how it ended.
    """

    def __init__(self, complaint: str, *, mend: str | None = None) -> None:
        super().__init__(f"Graphviz failed: {complaint}", mend=mend)
        self.complaint = complaint
