"""The sheet that a drawing stands on: an SVG document with a title above it."""

from __future__ import annotations

from dataclasses import dataclass

from planweave.visualize.palette import INK
from planweave.visualize.text.label import shorten
from planweave.visualize.text.svg import FONTS, element, escape, number

__all__ = ["HEADER", "MARGIN", "SUBTITLE_SIZE", "TITLE_SIZE", "Drawing", "document", "moved"]

MARGIN, HEADER = 18.0, 52.0
"""Points: the white space around everything, and the height of the title."""

TITLE_SIZE, SUBTITLE_SIZE = 15.0, 10.0
"""Points of the fonts of the two lines."""

_BOLD = 1.08  # bold text is wider than what is measured, by at most so much
_INK = INK["light"]


@dataclass(frozen=True, slots=True)
class Drawing:
    """SVG elements and the size of the area that they fill, in points."""

    body: str
    width: float
    height: float


def moved(body: str, x: float, y: float) -> str:
    """The elements at another place.

    >>> moved("<path/>", 3, 4.5)
    '<g transform="translate(3 4.5)"><path/></g>'
    """
    return f'<g transform="translate({number(x)} {number(y)})">{body}</g>'


def document(title: str, subtitle: str, width: float, height: float, *parts: str) -> str:
    """An SVG document with these parts on white paper, below a title.

    Args:
        title: one line; it is shortened to the width.
        subtitle: a second line, smaller; so is it.
        width: points.
        height: points.
        parts: SVG elements.
    """
    room = width - 2 * MARGIN
    size = f'width="{number(width)}pt" height="{number(height)}pt" viewBox="0 0 {number(width)} {number(height)}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{escape(FONTS)}">',
        element("title", f"{title}: {subtitle}" if subtitle else title),
        element("rect", width=width, height=height, fill=_INK.paper),
        element(
            "text",
            shorten(title, room / _BOLD, TITLE_SIZE),
            x=MARGIN,
            y=26,
            font_size=TITLE_SIZE,
            font_weight="bold",
            fill=_INK.text,
        ),
        element(
            "text", shorten(subtitle, room, SUBTITLE_SIZE), x=MARGIN, y=41, font_size=SUBTITLE_SIZE, fill=_INK.quiet
        ),
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"
