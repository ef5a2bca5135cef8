"""Writes SVG elements: the one place where text becomes markup (Scalable Vector Graphics 1.1, XML 1.0).

Styles are presentation attributes, not style sheets, because many programs that show SVG know no others, and because
a sheet inside a notebook would reach the rest of the page. Classes are there for the HTML page, whose sheet overrides
the attributes.
"""

from __future__ import annotations

from collections.abc import Iterable

from planweave.visualize.text.label import fit

__all__ = ["FONTS", "dashes", "element", "escape", "number", "points"]

FONTS = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
_DASHES = {"dashed": "5 3", "dotted": "1.5 2.5"}


def escape(text: str) -> str:
    """The text as character data and attribute values may hold it.

    >>> escape('<b title="x">&')
    '&lt;b title=&quot;x&quot;&gt;&amp;'
    """
    text = fit(text, lines=True).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("'", "&#39;")


def number(value: float) -> str:
    """A coordinate, to a tenth of a point.

    >>> number(3.0), number(-0.04), number(12.345)
    ('3', '0', '12.3')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def points(pairs: Iterable[tuple[float, float]]) -> str:
    """Coordinates as ``points`` attributes and paths take them.

    >>> points([(0, 1), (2.5, 3)])
    '0,1 2.5,3'
    """
    return " ".join(f"{number(x)},{number(y)}" for x, y in pairs)


def element(name: str, text: str | None = None, /, **attributes: str | float | None) -> str:
    """An element.

    Args:
        name: of the element.
        text: its character data; None: it is empty.
        **attributes: ``_`` in a name becomes ``-``, at its end nothing; those that are None are left out.

    >>> element("text", "a < b", x=1.25, font_size=9, class_="label")
    '<text x="1.2" font-size="9" class="label">a &lt; b</text>'
    """
    words = [name]
    for key, value in attributes.items():
        if value is not None:
            told = escape(value) if isinstance(value, str) else number(value)
            words.append(f'{key.rstrip("_").replace("_", "-")}="{told}"')
    return f"<{' '.join(words)}/>" if text is None else f"<{' '.join(words)}>{escape(text)}</{name}>"


def dashes(border: str) -> str | None:
    """The ``stroke-dasharray`` of a border."""
    return _DASHES.get(border)
