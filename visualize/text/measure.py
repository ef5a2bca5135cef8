"""How wide text is on paper: for most scripts, an upper bound that holds whatever font the reader has.

Graphviz sizes a box by its own idea of the font. The embedded one has widths for the ASCII characters of a few fonts
and counts every byte of any other character as a space, so that an accented or Cyrillic label runs out of its box. Nor
is the font that a browser takes known when the picture is made: `Helvetica` is Liberation Sans on one machine, and
DejaVu Sans, a seventh wider, on the next. Whoever writes DOT therefore says `fontname="Helvetica"` and makes the room
himself: for nodes by `width` (from `text_width_points`), for clusters and edges, which have no such attribute, by
`padded_label`.

`_WIDTHS_IN_EMS` holds, in ems (parts of the font size), the widest advance of each character among DejaVu Sans 2.37,
Liberation Sans 1.07 and Noto Sans 2.004, regular weight, rounded up to 0.05; what stands in no table falls into a class
of characters (`_class_width`), whose figures bound the advances of these fonts, of the other Noto Sans families and of
Noto Color Emoji (`hmtx` table over `unitsPerEm`).

Scripts whose letters join into shapes of very different widths are the exception: what bounds the widest shape would
leave names half of their box. Their figures are above what names take, and whoever draws them clips (`is_estimate`).
"""

from __future__ import annotations

import math
import unicodedata
from functools import lru_cache

__all__ = ["is_estimate", "padded_label", "text_width_points"]

# ASCII first, then what Latin, Greek and Cyrillic letters do not get from their unaccented form, then punctuation and
# signs.
_WIDTHS_IN_EMS: dict[float, str] = {
    0.30: "'ijlıłіј",
    0.35: " ,.:;I\u00a0·ŀΙιІ‘’‚‛",
    0.40: "()-/[\\]ftŧſľ‐‑‸‹›",
    0.45: "!r¡²³¹",
    0.50: '"ª°´¸ºťΊЈ․″',
    0.55: "Jcszεζгзсэєѕ“”„‟",
    0.60: "*?L_kvxy|¦§¨¯ĳĸĿŁΓγκλνξςχвтухь–†‡•",
    0.65: "`$0123456789FTabdeghnopqu{}¢£¤¥«µ»¿ßðøþđŋŦΞΣΤβδηθμορστυГЗТУабеиклорчяђ‒€",
    0.70: "ABEKPSVXYZ¶ÞħưΑΒΔΕΖΚΛΡΥΧαπЅАБВЕРХЧЬднпцћџ‥",
    0.75: "CRUĲďЄКСЭЯъ",
    0.80: "&DGHNOQÐØĐŊΗΘΝΟΠΩφψΈЏДИЛНОПЦмы",
    0.85: "#+<=>^w~¬±×÷ŉΦΨωΌΏЪю−",
    0.90: "ƯΎΉЂЋФЫфњ",
    0.95: "MĦƠΜМжшщљ",
    1.00: "%Wm¼½¾Ææ—―…←↑→↓",
    1.05: "@œЊ",
    1.10: "ŒЉЖШЩЮ",
    1.25: "©®™✓✗✔✘●○■▶〰〽",
    1.35: "‰",
}
_EMS = {character: width for width, characters in _WIDTHS_IN_EMS.items() for character in characters}

# What Graphviz takes for the width of ASCII characters in Helvetica, in ems (those of Liberation Sans, made to
# Helvetica's measures).
_HELVETICA_IN_EMS: dict[float, str] = {
    0.191: "'",
    0.222: "ijl",
    0.260: "|",
    0.278: " !,./:;I[\\]ft",
    0.333: "()-`r",
    0.334: "{}",
    0.355: '"',
    0.389: "*",
    0.469: "^",
    0.500: "Jckxvsyz",
    0.556: "#$0123456789?_Labdeghnopqu",
    0.584: "+<=>~",
    0.611: "FTZ",
    0.667: "&ABEKPSVXY",
    0.722: "CDHNRUw",
    0.778: "GOQ",
    0.833: "Mm",
    0.889: "%",
    0.944: "W",
    1.015: "@",
}
_HELVETICA = {character: width for width, characters in _HELVETICA_IN_EMS.items() for character in characters}
_HELVETICA_SPACE = 0.2778
_NO_BREAK_SPACE = "\u00a0"

# Scripts whose letters join, with estimates: about half as much again as names take (Chromium 156, Noto Sans families).
_JOINED: tuple[tuple[int, int, float], ...] = (
    (0x0590, 0x05FF, 0.70),  # Hebrew
    (0x0606, 0x06FF, 0.65),  # Arabic
    (0x0750, 0x077F, 0.65),  # Arabic supplement
    (0x08A0, 0x08FF, 0.65),  # Arabic extended
    (0x0900, 0x097F, 0.75),  # Devanagari
    (0x0980, 0x0AFF, 1.00),  # Bengali, Gurmukhi, Gujarati
    (0x0B80, 0x0BFF, 1.30),  # Tamil
    (0x0C00, 0x0DFF, 1.05),  # Telugu, Kannada, Malayalam, Sinhala
    (0x1000, 0x109F, 1.10),  # Myanmar
    (0x1780, 0x17FF, 1.00),  # Khmer
)

# Scripts that are far from the class of letters, narrower or wider: first and last code point, ems.
_SCRIPTS: tuple[tuple[int, int, float], ...] = (
    (0x0600, 0x0605, 2.15),  # Arabic number signs
    (0x0E00, 0x0E7F, 0.95),  # Thai
    (0x10A0, 0x10FF, 1.15),  # Georgian
    (0x1100, 0x11FF, 1.05),  # Hangul letters
    (0x1A20, 0x1BBF, 2.00),  # Tai Tham, Balinese, Sundanese
    (0x1CC0, 0x1CCF, 1.70),  # Sundanese supplement
    (0x2E3A, 0x2E3B, 2.85),  # dashes of two and three ems
    (0xA980, 0xAADF, 2.05),  # Javanese, Cham, Myanmar extended, Tai Viet
    (0xFB50, 0xFDFC, 2.40),  # Arabic presentation forms
    (0xFDFD, 0xFDFD, 7.25),  # one character that is a whole sentence
    (0x10000, 0x100FF, 1.95),  # Linear B
    (0x10380, 0x10FFF, 1.80),  # Old Persian, Meroitic, Sogdian
    (0x11080, 0x11FFF, 2.80),  # Grantha and other historic Indic scripts
    (0x12000, 0x1254F, 4.65),  # cuneiform
    (0x13000, 0x1467F, 2.05),  # hieroglyphs
    (0x1EC70, 0x1ECBF, 2.20),  # Siyaq numbers
)


def text_width_points(text: str, size: float) -> float:
    r"""The width that ``text`` may take in a sans-serif font of regular weight; a guess where `is_estimate` says so.

    Parameters:
        text: the label; of several lines (`\n`) the widest counts.
        size: the font size in points.

    Returns:
        points (1/72 inch, the unit of `fontsize`; Graphviz's `width` is in inches: add the margins and divide by 72).

    >>> text_width_points("load", 10)
    22.5
    >>> text_width_points("計画", 10) > text_width_points("ab", 10)
    True
    """
    return size * max(sum(map(_character_width, line)) for line in text.split("\n"))


def is_estimate(text: str) -> bool:
    """Whether a font could draw the text wider than `text_width_points` says.

    >>> is_estimate("load"), is_estimate("تحميل")
    (False, True)
    """
    return not text.isascii() and any(first <= ord(one) <= last for one in text for first, last, _ in _JOINED)


def padded_label(text: str, size: float, *, slack: float = 0.0, beside: float = 0.0) -> str:
    r"""The label with as many no-break spaces on both sides as make Graphviz give it `text_width_points` of room.

    For labels of clusters and edges in `fontname="Helvetica"`; a node gets its room by its `width`, and keeps its text
    as it is.

    Parameters:
        text: the label; each line (`\n`) is padded by itself.
        size: the font size in points.
        slack: points of room that the label has anyway, such as the margin of its cluster.
        beside: points of room that are to stay free on the right of it.

    >>> padded_label("load", 10, slack=16)
    'load'
    >>> padded_label("Щит", 10)
    '\xa0Щит\xa0'
    """
    return "\n".join(_padded_line(line, size, slack, beside) for line in text.split("\n"))


def _padded_line(line: str, size: float, slack: float, beside: float) -> str:
    given = size * sum(_HELVETICA.get(character, _HELVETICA_SPACE * len(character.encode())) for character in line)
    lacking = text_width_points(line, size) - given - slack
    one = size * _HELVETICA_SPACE * len(_NO_BREAK_SPACE.encode())
    spaces = _NO_BREAK_SPACE * max(0, math.ceil(lacking / one / 2))
    return spaces + line + spaces + _NO_BREAK_SPACE * math.ceil(beside / one)


@lru_cache(maxsize=4096)
def _character_width(character: str) -> float:
    """Ems of one character: from the table, else of its unaccented form, else of its class."""
    width = _EMS.get(character)
    if width is not None:
        return width
    bare = unicodedata.normalize("NFC", unicodedata.normalize("NFD", character)[:-1])  # one accent less
    if len(bare) == 1 and not 0x1F00 <= ord(character) <= 0x1FFF:  # polytonic Greek: accents in front of capitals
        return _character_width(bare)
    return _class_width(character)


def _class_width(character: str) -> float:
    """Ems of a character that no table names, from what Unicode says of it (UAX 11 for the East Asian width)."""
    point = ord(character)
    if unicodedata.combining(character) or 0xFE00 <= point <= 0xFE0F or 0x200B <= point <= 0x200F:
        return 0.0  # stands above or below the letter before it, chooses how that looks, joins, or gives the direction
    for first, last, width in _JOINED + _SCRIPTS:
        if first <= point <= last:
            return width
    category = unicodedata.category(character)
    if unicodedata.east_asian_width(character) in ("W", "F"):
        # Ideographs, kana and syllables are square; the rest are emoji, of which a sequence counts as all of its parts:
        # a font that does not know the sequence draws them one by one.
        return 1.05 if category[0] in "LP" else 1.65
    return 1.65 if category[0] in "LN" else 1.80
