"""Words: what a text is searched by. Pure.

Names are split where people see words in them (``getWeather``, ``word_count``); words that say nothing of what is meant
are left out of questions; of each word its beginning counts too, since stemming leaves apart what belongs together
(translate, translation).
"""

from __future__ import annotations

import re

ROOT = 4
"""So many letters of a word are its root."""
MOST = 100
"""So many words of a question are looked for."""

_WORD = re.compile(r"\w+")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u0e00-\u0eff]")
"""Scripts that write words without spaces between them: Han, kana, Thai, Lao."""

COMMON = frozenset(
    """
    a able about after again all allow allows also am an and any anyone anything are as ask assist assistance at
    available be because been before being best between both but by can cannot certain could currently did
    different do does doing done during each either else even ever every everything few find for from get gets
    give given go going good got great had has have having he hello help helping helps her here hers hey hi him
    his how however i id if ill im in information interested into is it its ive just kind kindly know less let
    lets like looking lot lots make makes many may me might mine more most much must my need needs new no nor
    not now of off on once one only or other others our out over own per please possible provide provided
    provides quite rather really recently same shall she should show so some someone something specific
    specifically such suggest tell than thank thanks that the their theirs them then there theres these they
    thing things this those through to today too try trying two under until up upon us use used useful user
    users uses using various very via want wanted wants was way ways we well were what whats when where whether
    which while who whom whose why will with within without wondering would you your yours
    """.split()
)
"""English words that say nothing of what is asked for."""


def words(text: str) -> list[str]:
    """The words of a text, in lower case; of scripts without spaces every two signs that follow each other.

    >>> words("getWeather: today's word_count")
    ['get', 'weather', 'today', 's', 'word', 'count']
    """
    found: list[str] = []
    for word in _WORD.findall(text):
        for part in _HUMPS.split(word):
            if _UNSPACED.search(part):
                found += [part[i : i + 2] for i in range(max(1, len(part) - 1))]
            elif part:
                found.append(part.casefold())
    return found


def telling(some: list[str]) -> list[str]:
    """The words that say something, each once; all of them where none does.

    >>> telling(words("What is the weather in my town?"))
    ['weather', 'town']
    """
    distinct = list(dict.fromkeys(some))
    return [one for one in distinct if one not in COMMON and (len(one) > 1 or not one.isascii())] or distinct


def root(word: str) -> str:
    """The beginning of a word, told from the words that are no longer than that.

    >>> root("translation") == root("translate")
    True
    """
    return f"\u00b7{word[:ROOT]}"
