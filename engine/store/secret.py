"""Secrets: what a run may use, and what nobody may read in its records, logs, errors and pictures.

A secret is known to its process from the moment it is made, and redacted by what it is, not by where it stands: also
where a task has put it into a text.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import threading
from collections.abc import Iterator, Sequence
from typing import Any, Generic, NoReturn, TypeVar, final
from urllib.parse import quote, quote_plus

from planweave.engine.errors import TypeMismatchError, ValueRefused
from planweave.engine.location import Location

T = TypeVar("T", str, bytes)

STARS = "***"
"""What stands where a secret stood."""

MEND = "read it from the environment in the task, or pass the name under which the task finds it"

_SHORTEST = 4
_NAME = "Secret(...)"


@final
class Secret(Generic[T]):
    """A text or bytes that are used and never shown.

    It prints as ``Secret(...)``, is compared in constant time, and is neither pickled nor recorded: a run that is
    resumed must be given it again. It has no hash, since the hash of a text tells much about it.

    Args:
        content: the text or the bytes.

    Raises:
        TypeMismatchError: it is neither.

    >>> key = Secret("correct horse")
    >>> print(key, f"{key}", [key])
    Secret(...) Secret(...) [Secret(...)]
    >>> key.reveal()
    'correct horse'
    """

    __slots__ = ("__content",)

    def __init__(self, content: T) -> None:
        if type(content) not in (str, bytes):
            raise TypeMismatchError(
                f"a secret is a text or bytes, not {type(content).__name__}",
                where=Location.of_user(),
                mend="see whether the variable is set that it comes from" if content is None else None,
            )
        object.__setattr__(self, "_Secret__content", content)
        _know(content)

    def reveal(self) -> T:
        """The text or the bytes themselves."""
        return self.__content  # type: ignore[attr-defined, no-any-return]  # because __init__ sets it past __setattr__

    def __repr__(self) -> str:
        return _NAME

    def __format__(self, spec: str) -> str:
        return format(_NAME, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        mine, its = self.reveal(), other.reveal()
        return type(mine) is type(its) and hmac.compare_digest(_bytes(mine), _bytes(its))

    __hash__ = None  # type: ignore[assignment]  # because this is how a class says that it has none

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError("a Secret cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a Secret cannot be changed")

    def __copy__(self) -> Secret[T]:
        return self

    def __deepcopy__(self, memo: Any) -> Secret[T]:
        return self

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise ValueRefused("a Secret does not leave its process: it cannot be pickled", mend=MEND)

    __reduce__ = __reduce_ex__  # type: ignore[assignment]  # because it only raises


_lock = threading.Lock()
_forms: tuple[str, ...] = ()
"""What to look for: all forms of all secrets that this process has met."""


def redacted(text: str) -> str:
    """The text with ``***`` for each secret that this process knows.

    Secrets are also found escaped as in JSON or by ``repr``, quoted as in URLs, as hexadecimal digits, and within
    base64. Those of fewer than four characters are not looked for: they stand everywhere by chance.

    >>> key = Secret("open sesame")
    >>> redacted("GET /?key=open%20sesame&again=open+sesame")
    'GET /?key=***&again=***'
    """
    found = [form for form in _forms if form in text]
    return _cover(text, sorted(_places(text, found))) if found else text


def redacted_json(text: str) -> str:
    r"""JSON text with ``***`` for each secret in its strings: JSON it stays.

    Numbers stay as they are, whatever digits a secret has: it is a text, which no number holds.

    >>> key = Secret("1234")
    >>> redacted_json('[1234.5,"pin 1234\\n"]')
    '[1234.5,"pin ***\\n"]'
    """
    if not any(form in text for form in _forms):
        return text
    return _STRING.sub(_redact_string, text)


_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')


def _redact_string(found: re.Match[str]) -> str:
    written = found[0]
    try:
        text = json.loads(written, strict=False)
    except ValueError:  # no JSON after all
        return f'"{redacted(written[1:-1])}"'
    hidden = redacted(text)
    return written if hidden == text else json.dumps(hidden, ensure_ascii=False)


def _know(content: str | bytes) -> None:
    """Look for this secret from now on."""
    global _forms  # noqa: PLW0603  # because secrets belong to the process, as its logs do
    with _lock:
        _forms = tuple({*_forms, *(form for form in _forms_of(content) if len(form) >= _SHORTEST)})


def _forms_of(content: str | bytes) -> Iterator[str]:
    """The texts in which a secret shows."""
    data = _bytes(content)
    if len(content) < _SHORTEST:
        return
    once = {repr(data)[2:-1], *_in_urls(data), *_in_base64(data), data.hex(), data.hex().upper()}
    text = content if isinstance(content, str) else _decoded(content)
    if text is not None:
        once |= {text, repr(text)[1:-1], ascii(text)[1:-1], *_in_json(text)}
    once |= {form.replace("'", "\\'") for form in once}  # by repr of a text that has both quotes
    yield from once
    for form in once:  # JSON of what another form stands in
        yield from _in_json(form)


def _in_json(text: str) -> set[str]:
    return {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}


def _in_urls(data: bytes) -> set[str]:
    return {quote(data), quote(data, safe=""), quote_plus(data), quote(data, safe="!'()*")}  # the last by JavaScript


def _in_base64(data: bytes) -> Iterator[str]:
    """What of the base64 of any bytes that hold these depends on these alone: three texts, by where they begin."""
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            written = encode(bytes(before) + data).decode()
            yield written[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
            if before == 0:
                yield written.rstrip("=")


def _places(text: str, forms: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where these stand: from, to."""
    for form in forms:
        start = text.find(form)
        while start >= 0:
            yield start, start + len(form)
            start = text.find(form, start + 1)


def _cover(text: str, places: list[tuple[int, int]]) -> str:
    """The text without these places, which may overlap: what is left of one secret by another is hidden, too."""
    parts, end, hidden_to = [], 0, -1
    for start, stop in places:
        if start > hidden_to:
            parts += [text[end:start], STARS]
        hidden_to = end = max(end, stop)
    return "".join((*parts, text[end:]))


def _decoded(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
