"""How messages show what people wrote: on one line, cut where it is long, and printable, whatever it is."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable
from typing import Any

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class _Brief(reprlib.Repr):
    """``reprlib`` for messages: it never raises, and goes by the class of a value, not by the name of its class."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxstring = 3, 72

    def repr1(self, x: Any, level: int) -> str:
        known = type(x).__module__ in ("builtins", "collections")
        return super().repr1(x, level) if known else self.repr_instance(x, level)

    def repr_int(self, x: int, level: int) -> str:
        return super().repr_int(x, level) if x.bit_length() < 10_000 else "<int>"  # Python refuses to write it

    def repr_instance(self, x: Any, level: int) -> str:
        try:
            return repr(x)
        except Exception:  # a repr of the user's that raises
            return f"<{type(x).__name__}>"


_brief = _Brief()


def clip(value: object, limit: int = 80) -> str:
    """What a value looks like, on one line of at most ``limit`` characters; its class where its repr raises.

    >>> clip("load"), clip([1] * 1_000_000), clip("long" * 1_000, limit=20)
    ("'load'", '[1, 1, 1, 1, 1, 1, ...]', "'longlonglon...long'")
    """
    return cut(_brief.repr(value), limit)


def cut(text: str, limit: int = 200) -> str:
    r"""A text on one line, without its middle where it is longer than ``limit`` characters.

    >>> cut("one\n  two"), cut("abcdefghijklmnop", limit=9)
    ('one two', 'abcd...op')
    """
    if len(text.splitlines()) > 1:
        text = " ".join(text.split())
    last = (limit - 3) // 3
    return text if len(text) <= limit else f"{text[: limit - 3 - last]}...{text[-last:]}"


def listing(names: Iterable[object], limit: int = 10) -> str:
    """Some names in a row, and how many more there are.

    >>> listing("abc"), listing(range(5000), limit=2)
    ('a, b, c', '0, 1 and 4998 more')
    """
    known = list(names)
    more = f" and {len(known) - limit} more" if len(known) > limit else ""
    return ", ".join(cut(name, 80) if isinstance(name, str) else clip(name) for name in known[:limit]) + more


def mismatch(error: TypeError) -> str:
    """What ``inspect.Signature.bind`` finds wrong with a call, in the same words on all versions of Python.

    >>> mismatch(TypeError("missing a required keyword-only argument: 'until'"))
    "missing a required argument: 'until'"
    """
    return cut(str(error).replace("required keyword-only argument", "required argument"))


def an(word: str) -> str:
    """A word with its article.

    >>> an("int"), an("str")
    ('an int', 'a str')
    """
    return f"an {word}" if word[:1].lower() in tuple("aeiou") else f"a {word}"


def printable(text: str) -> str:
    r"""A text that can be written anywhere: lone surrogates and control characters (but line ends and tabs) escaped.

    >>> print(printable("red \x1b[31m, half \ud800"))
    red \x1b[31m, half \ud800
    """
    return _UNPRINTABLE.sub(lambda found: ascii(found.group())[1:-1], text)
