"""A file: its name, its sections, and the initial state apart from them, because that is read in another way."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from planweave.planners.htn.hddl.facts import Initial, scan_initial
from planweave.planners.htn.hddl.scope import Scope, suggestion
from planweave.planners.htn.hddl.source import Source
from planweave.planners.htn.hddl.tree import TOKEN, Expression, Group, Word, read_group

_INITIAL = re.compile(r"\(\s*:init(?![^\s()])")


@dataclass
class Document:
    """A file of HDDL, as far as its parentheses say what it is.

    Attributes:
        name: of the domain or problem.
        sections: what follows the name, by keyword, as often as it is there.
        initial: the initial state; None: the file has none.
    """

    name: str
    sections: dict[str, list[Group]] = field(default_factory=dict)
    initial: Initial | None = None


def read_document(source: Source, kind: str, known: Collection[str], scope: Scope) -> Document:
    """Take a file apart.

    Args:
        source: its text.
        kind: ``"domain"`` or ``"problem"``.
        known: the sections that it may have.
        scope: what its names mean.
    """
    at = _opening(source, kind)
    header, at = read_group(source, _token(source, at, "(", f"({kind} ...)").start())
    document = Document(_name(header, kind, source, scope))
    while True:
        token = TOKEN.match(source.text, _skip(source, at))
        if token is None:
            raise source.error(f"the text ends inside (define ({kind} ...) ...)", len(source.text), "close it with ')'")
        if token.group() == ")":
            _check_end(source, token.end())
            return document
        initial = _INITIAL.match(source.text, token.start())
        if initial is not None and kind == "problem":
            if document.initial is not None:
                raise source.error("there is a second initial state", token.start(), "join them")
            document.initial, at = scan_initial(source, initial.end())
            continue
        group, at = read_group(source, _token(source, at, "(", "a section in parentheses").start())
        document.sections.setdefault(_keyword(group, known, source), []).append(group)


def fields(parts: list[Expression], known: Collection[str], owner: str, source: Source) -> Mapping[str, Expression]:
    """What follows each keyword, as in ``:parameters (...) :effect (...)``.

    Args:
        parts: the keywords, each with what follows it.
        known: the keywords that may be there.
        owner: whose fields they are, for messages.
        source: the text.
    """
    found: dict[str, Expression] = {}
    for i in range(0, len(parts), 2):
        key, value = parts[i], parts[i + 1] if i + 1 < len(parts) else None
        if not isinstance(key, Word) or not key.text.startswith(":"):
            raise source.error(f"expected one of {', '.join(known)} in {owner}, not {key}", key.at)
        if key.text not in known:
            raise source.error(f"{owner} has no field {key}", key.at, suggestion("field", key.text, known))
        if key.text in found:
            raise source.error(f"{owner} has two fields {key}", key.at, "join them")
        if value is None or (isinstance(value, Word) and value.text.startswith(":")):
            raise source.error(f"{key} lacks what it is", key.at, "write it behind, () if it is nothing")
        found[key.text] = value
    return found


def parts_of(expression: Expression | None, what: str, source: Source) -> list[Expression]:
    """What stands in the parentheses of a field; of none, nothing."""
    match expression:
        case None:
            return []
        case Group(parts):
            return parts
    raise source.error(f"expected {what} in parentheses, not {expression}", expression.at)


def _skip(source: Source, at: int) -> int:
    found = TOKEN.search(source.text, at)
    return len(source.text) if found is None else found.start()


def _token(source: Source, at: int, wanted: str, what: str) -> re.Match[str]:
    found = TOKEN.search(source.text, at)
    if found is None:
        raise source.error(f"expected {what}, but the text ends", len(source.text))
    if found.group() != wanted:
        raise source.error(f"expected {what}, not {Word(found.group(), 0)}", found.start())
    return found


def _opening(source: Source, kind: str) -> int:
    """The offset behind ``(define``."""
    what = f"(define ({kind} ...) ...)"
    at = _token(source, 0, "(", what).end()
    return _token(source, at, "define", what).end()


def _name(header: Group, kind: str, source: Source, scope: Scope) -> str:
    match header.parts:
        case [Word(text), name] if text.lstrip(":") == kind:
            return scope.new_name(kind, name)
        case [Word("domain" | "problem" as other), _]:
            raise source.error(f"expected a {kind}, but this is a {other}", header.at, "swap the two files")
    raise source.error(f"expected ({kind} name), not {header}", header.at)


def _keyword(group: Group, known: Collection[str], source: Source) -> str:
    first = group.parts[0] if group.parts else None
    if not isinstance(first, Word) or not first.text.startswith(":"):
        raise source.error(f"expected a section, such as ({next(iter(known))} ...), not {group}", group.at)
    if first.text not in known:
        raise source.error(f"there is no section {first}", first.at, suggestion("section", first.text, known))
    return first.text


def _check_end(source: Source, at: int) -> None:
    found = TOKEN.search(source.text, at)
    if found is not None:
        raise source.error(
            f"{Word(found.group(), 0)} stands behind the last parenthesis", found.start(), "is one too many before it?"
        )
