"""Fields of a JSON document that somebody else may have written: each error says where in it something is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from planweave.engine.errors import DocumentError


def document_of(text: str | bytes, *, format: str, version: int, kind: str) -> dict[str, Any]:
    """The document of a JSON text.

    Args:
        text: the text.
        format: what its field ``format`` must say.
        version: what its field ``version`` must say.
        kind: a word for what it is to be, for errors: ``"graph"``.

    Raises:
        DocumentError: it is no such document.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"this is no JSON document: {error}") from None
    if not isinstance(document, dict) or document.get("format") != format:
        raise DocumentError(f"this JSON document is no {kind}", mend=f"use what {kind}.to_json() wrote")
    if type(document.get("version")) is not int or document["version"] != version:
        raise DocumentError(
            f"this {kind} document has version {document.get('version')!r:.80}; this planweave reads version {version}",
            mend="use the version of planweave that wrote it, or a newer one",
        )
    return document


def field(document: Mapping[str, Any], name: str, kind: type, path: str, default: Any = None) -> Any:
    """The field of a part of a document; ``default``, if there is one, where it is missing.

    Raises:
        DocumentError: it is missing, or of another kind.

    >>> field({"id": 3}, "id", str, "graph.nodes[0]")
    Traceback (most recent call last):
    planweave.engine.errors.DocumentError: graph.nodes[0].id is int, not str
    """
    if name not in document and default is not None:
        return default
    if name not in document:
        raise DocumentError(f"{path} has no '{name}'")
    return expect(document[name], kind, f"{path}.{name}")


def expect(value: Any, kind: type, path: str) -> Any:
    """The value, if it is of the kind.

    Raises:
        DocumentError: it is not.
    """
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise DocumentError(f"{path[:200]} is {type(value).__name__}, not {kind.__name__}")
    return value
