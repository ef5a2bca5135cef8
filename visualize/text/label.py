"""Text that users wrote, made fit to stand in a picture: cleaned, wrapped and shortened to a width.

Cutting is by what a reader sees as one character (a letter with its accents, an emoji with its parts), never inside
one; the rules are the common part of Unicode Standard Annex 29.
"""

from __future__ import annotations

import re
import unicodedata

from planweave.visualize.text.measure import text_width_points

__all__ = ["clean", "fit", "graphemes", "shorten", "wrap"]

ELLIPSIS = "…"

_BLANKS = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")
# Control characters, what cannot be written as UTF-8 or XML, private noncharacters, and the marks that turn the
# direction of text around: by those a name could look like another one, or like its neighbours.
_UNFIT = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufff9-\ufffb\ufdd0-\ufdef\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
    "|[" + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17)) + "]"
)
_JOINER = "\u200d"
_LONGEST = 2_000
_MARKS = 3  # above or below a letter; no language stacks more, and a tower of them leaves its box


def clean(text: str) -> str:
    r"""The text on one line, without what cannot be shown: blanks become one space, the rest of it U+FFFD.

    Of the marks above and below a letter the first three are kept.

    >>> clean("load\n  all"), clean("a\x00b"), clean("\ud800"), clean("exe\u202egpj")
    ('load all', 'a�b', '�', 'exe�gpj')
    >>> len(clean("e" + 9 * "\u0301"))
    4
    """
    return _without_towers(fit(_BLANKS.sub(" ", text).strip()))


def _without_towers(text: str) -> str:
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= _MARKS:
            kept.append(character)
    return "".join(kept)


def fit(text: str, *, lines: bool = False) -> str:
    r"""The text with everything that cannot be shown replaced by U+FFFD; blanks stay as they are.

    Args:
        text: whatever a user wrote.
        lines: whether line ends and tabs stay too.

    >>> fit("a\u00a0 b\x07"), fit("a\nb", lines=True)
    ('a\xa0 b�', 'a\nb')
    """
    if lines:
        return "\n".join("\t".join(map(fit, line.split("\t"))) for line in text.replace("\r\n", "\n").split("\n"))
    return _UNFIT.sub("\ufffd", text)


def graphemes(text: str) -> list[str]:
    r"""What a reader sees as single characters.

    >>> graphemes("ne\u0301e") == ["n", "e\u0301", "e"]
    True
    """
    found: list[str] = []
    for character in text:
        if found and _continues(found[-1], character):
            found[-1] += character
        else:
            found.append(character)
    return found


def _continues(before: str, character: str) -> bool:
    """Whether the character belongs to what stands before it."""
    if character == _JOINER or before[-1] == _JOINER:
        return True
    if "\U0001f3fb" <= character <= "\U0001f3ff":  # tones of skin
        return True
    if "\U0001f1e6" <= character <= "\U0001f1ff":  # two regional letters are a flag
        return len(before) == 1 and "\U0001f1e6" <= before <= "\U0001f1ff"
    return unicodedata.category(character) in ("Mn", "Mc", "Me") or character == "\u200c"


def shorten(text: str, points: float, size: float) -> str:
    """The text if it is no wider than ``points``, else its beginning and end around an ellipsis.

    Both ends are kept, because ids differ at their ends (``summarise-12``, ``summarise-13``).

    Args:
        text: one line.
        points: the room, in points.
        size: of the font, in points.

    >>> shorten("extract_sentences_from_topic-12", 110, 11)
    'extract_…topic-12'
    """
    if text_width_points(text, size) <= points:
        return text
    parts = graphemes(text[:_LONGEST] + text[-_LONGEST:] if len(text) > 2 * _LONGEST else text)
    widths = [text_width_points(part, size) for part in parts]
    room = points - text_width_points(ELLIPSIS, size)
    head = tail = 0
    while head + tail < len(parts):  # the two ends grow in turn
        at_head = head <= tail
        room -= widths[head] if at_head else widths[-1 - tail]
        if room < 0:
            break
        head, tail = (head + 1, tail) if at_head else (head, tail + 1)
    return "".join(parts[:head]) + ELLIPSIS + "".join(parts[len(parts) - tail :])


def wrap(text: str, points: float, size: float, lines: int = 2) -> list[str]:
    """The text on at most ``lines`` lines, none wider than ``points``; what does not fit is shortened in its middle.

    It is broken after a separator where there is one; after a blank, where that leaves no line half empty.

    Args:
        text: one line, as ``clean`` leaves it.
        points: the room of a line, in points.
        size: of the font, in points.
        lines: at most.

    >>> wrap("collect_evidence_for_question", 100, 11)
    ['collect_evidence', '_for_question']
    >>> wrap("load", 100, 11)
    ['load']
    >>> wrap("drive truck_0 city_loc_1", 110, 11)
    ['drive truck_0', 'city_loc_1']
    """
    if lines == 1 or text_width_points(text, size) <= points:
        return [shorten(text, points, size)]
    best = blank = 0
    width = 0.0
    for place, part in enumerate(parts := graphemes(text[:_LONGEST])):
        width += text_width_points(part, size)
        if width > points:
            break
        # after a blank or separator, or before one that binds to what follows it
        if place and (part[-1] in "/ .:,-" or (place + 1 < len(parts) and parts[place + 1][0] in "_@[(")):
            best = place + 1
            if part == " " and width >= points / 2:
                blank = best
    best = blank or best
    if not best:
        return [shorten(text, points, size)]
    head = "".join(parts[:best])
    return [head.strip(), *wrap(text[len(head) :].strip(), points, size, lines - 1)]
