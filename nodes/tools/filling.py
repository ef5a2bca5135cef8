"""Filling: the arguments of a tool, as far as a text tells them, without a model.

What can be seen in a text (quotations, addresses, paths, dates, numbers, words of an enumeration) is given to the
parameters whose schema wants such a thing: first to those that the text names beside it, then in order. What a text
only implies needs a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planweave.engine.errors import ArgumentsRefused
from planweave.engine.wording import clip, listing
from planweave.nodes.tools.tool import Tool

_FORMS = {
    "quotation": r"\"([^\"]+)\"|(?<!\w)'([^']+)'(?!\w)|“([^”]+)”|«([^»]+)»|`([^`]+)`",
    "url": r"\bhttps?://[^\s<>\"')\]]*[^\s<>\"')\].,;:!?]",
    "email": r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b",
    "date-time": r"\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?\b",
    "date": r"\b\d{4}-\d{2}-\d{2}\b",
    "path": r"(?<![\w/.])(?:~|\.{1,2})?/?(?:[\w.-]+/)+[\w.-]*\w"
    r"|(?<![\w/.])(?:~|\.{1,2})?/[\w.-]*\w|\b[\w-]+\.[a-zA-Z]\w{0,5}\b",
    "number": r"(?<![\w.])[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w])",
}
"""What is looked for, in this order: what one form has taken is not looked at by those after it."""

_OF_FORMAT = {"uri": "url", "url": "url", "email": "email", "date": "date", "date-time": "date-time", "path": "path"}
_OF_NAME = (
    (re.compile(r"(^|_)(url|uri|link|address|website|page)s?$"), ("url",)),
    (re.compile(r"(^|_)(path|file|filename|folder|directory|document)s?$"), ("path", "quotation")),
    (re.compile(r"(^|_)(email|recipient|mail)s?$"), ("email",)),
    (re.compile(r"(^|_)(query|question|request|prompt)$"), ("quotation", "all")),
    (re.compile(r"(^|_)(expression|formula|calculation)$"), ("quotation", "formula")),
)
"""What a text parameter wants, told by its name."""

_FORMULA = re.compile(
    r"(?:(?:sqrt|sin|cos|tan|log|log2|log10|exp|abs|round|floor|ceil|min|max|pi|e|percent|of)\b|[\d.,]+|[-+*/%^()]|\s)+",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Filled:
    """Arguments that a text tells.

    Attributes:
        tool: whose.
        arguments: by name, as JSON has them.
        missing: the parameters that must be given, and that the text does not tell.
    """

    tool: Tool[..., Any]
    arguments: Mapping[str, Any]
    missing: tuple[str, ...] = ()

    def check(self) -> None:
        """Raise ArgumentsRefused if anything is missing; it says what."""
        if self.missing:
            raise ArgumentsRefused(
                f"the text does not tell what the tool {clip(self.tool.name)} needs: {listing(self.missing)}",
                where=self.tool.where,
                mend=f"say it in quotes, or call it by name: it takes {self.tool.schema.words()}",
                faults=dict.fromkeys(self.missing, "not told"),
            )


@dataclass(frozen=True)
class _Found:
    """Something that a text has."""

    form: str
    text: str
    start: int


def filled(tool: Tool[..., Any], text: str) -> Filled:
    """The arguments of a tool, as far as a text tells them.

    >>> from planweave.nodes.tools.tool import tool
    >>> @tool
    ... def scale(width: int, height: int, unit: str = "cm") -> None:
    ...     '''Scale a picture.'''
    >>> filled(scale, "scale it to height 30 and width 20").arguments
    {'height': 30, 'width': 20}
    """
    schema = tool.schema.arguments
    properties = {name: _resolved(one, schema) for name, one in schema["properties"].items()}
    found = list(_found(text))
    given: dict[str, Any] = {}
    for by_name in (True, False):
        for name, one in properties.items():
            if name in given:
                continue
            value = _value(name, one, text, found, by_name=by_name)
            if value is not None:
                given[name] = value
    required = schema.get("required", ())
    ordered = {name: given[name] for name in sorted(given, key=lambda name: _mentioned(name, text) or len(text))}
    return Filled(tool, ordered, tuple(name for name in required if name not in given))


def _found(text: str) -> Iterator[_Found]:
    left = text
    for form, pattern in _FORMS.items():
        for one in re.finditer(pattern, left):
            what = next((part for part in one.groups() if part), one[0])
            yield _Found(form, what, one.start())
            left = left[: one.start()] + " " * (one.end() - one.start()) + left[one.end() :]


def _resolved(one: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of a parameter, without references, and without the null that stands for nothing."""
    if "$ref" in one:
        return {**schema.get("$defs", {}).get(one["$ref"].rpartition("/")[2], {}), **one}
    some = [part for part in one.get("anyOf", ()) if part.get("type") != "null"]
    return {**one, **_resolved(some[0], schema)} if len(some) == 1 else one


def _value(name: str, one: Mapping[str, Any], text: str, found: list[_Found], *, by_name: bool) -> Any:
    """What a text tells of a parameter; None: nothing. ``by_name``: only what stands beside its name."""
    choices = one.get("enum") or ([one["const"]] if "const" in one else [])
    if choices:
        return next((some for some in choices if re.search(rf"\b{re.escape(str(some))}\b", text, re.IGNORECASE)), None)
    kind = one.get("type")
    if kind == "boolean":
        return _flag(name, text)
    if kind in ("integer", "number"):
        number = _taken(found, ("number",), _mentioned(name, text) if by_name else -1)
        return None if number is None else _number(number, kind)
    if kind == "array" and one.get("items", {}).get("type") in ("integer", "number"):
        some = [part for part in found if part.form == "number"]
        found[:] = [part for part in found if part.form != "number"]
        return [_number(part.text, one["items"]["type"]) for part in some] or None
    if kind != "string":
        return None
    forms = _forms(name, one)
    taken = _taken(found, forms, _mentioned(name, text) if by_name else -1)
    if taken is not None or by_name:
        return taken
    if "formula" in forms:
        return _formula(text)
    return text.strip() or None if "all" in forms else None


def _forms(name: str, one: Mapping[str, Any]) -> tuple[str, ...]:
    if one.get("format") in _OF_FORMAT:
        return (_OF_FORMAT[one["format"]],)
    return next((forms for pattern, forms in _OF_NAME if pattern.search(name)), ("quotation",))


def _taken(found: list[_Found], forms: tuple[str, ...], after: int | None) -> str | None:
    """The first thing of one of these forms after a place, which is not there for others any more."""
    if after is None:
        return None
    for form in forms:
        for one in found:
            if one.form == form and one.start > after:
                found.remove(one)
                return one.text
    return None


def _mentioned(name: str, text: str) -> int | None:
    """Where a text names a parameter."""
    spoken = r"[\s_-]?".join(map(re.escape, name.split("_")))
    one = re.search(rf"\b{spoken}s?\b(?!/)", text, re.IGNORECASE)
    return None if one is None else one.start()


def _flag(name: str, text: str) -> bool | None:
    at = _mentioned(name, text)
    if at is None:
        return None
    return re.search(r"\b(no|not|non|without|never|don't|isn't)[\s-]*$", text[:at], re.IGNORECASE) is None


def _number(text: str, kind: str) -> int | float:
    value = float(text.replace(",", ""))
    return int(value) if value.is_integer() and (kind == "integer" or not re.search(r"[.eE]", text)) else value


def _formula(text: str) -> str | None:
    """The longest part of a text that can be worked out: it has a digit in it."""
    some = [one[0].strip(" ,.") for one in _FORMULA.finditer(text) if re.search(r"\d", one[0])]
    return max(some, key=len, default=None)
