"""Constants of a graph as JSON: plain values by their kind, others by the annotation of the parameter they fill."""

from __future__ import annotations

import base64
import math
from typing import Any

from planweave.engine.annotation import is_known

_PLAIN = (str, int, bool, type(None))
_MAX_DEPTH = 100
_MAX_BITS = 14_000  # Python reads numbers of up to 4,300 decimal digits


class Typed:
    """The JSON form of a value whose type only the annotation of its parameter tells."""

    __slots__ = ("json",)

    def __init__(self, json: Any) -> None:
        self.json = json


def encode(value: Any, annotation: Any, depth: int = 0) -> dict[str, Any]:
    """The JSON form of a constant.

    Raises:
        ValueError: it has none, or could not be read back by ``annotation``.

    >>> encode((1, float("inf")), tuple)
    {'tuple': [{'value': 1}, {'float': 'inf'}]}
    """
    if depth > _MAX_DEPTH:
        raise ValueError(f"it nests more than {_MAX_DEPTH} deep, or holds itself")
    kind = type(value)
    if kind is int and value.bit_length() > _MAX_BITS:
        raise ValueError("it is a number of more digits than can be read back")
    if kind in _PLAIN:
        return {"value": value}
    if kind is float:
        return {"value": value} if math.isfinite(value) else {"float": str(value)}
    if kind is bytes:
        return {"bytes": base64.b64encode(value).decode()}
    try:
        if kind in (list, tuple):
            return {kind.__name__: [encode(item, Any, depth + 1) for item in value]}
        if kind is dict:
            return {
                "dict": [[encode(key, Any, depth + 1), encode(item, Any, depth + 1)] for key, item in value.items()]
            }
    except ValueError:
        if not is_known(annotation):
            raise
    return {"typed": _by_annotation(value, annotation)}


def _by_annotation(value: Any, annotation: Any) -> Any:
    from pydantic import PydanticSchemaGenerationError, TypeAdapter, ValidationError
    from pydantic_core import PydanticSerializationError

    if not is_known(annotation):
        raise ValueError(f"{type(value).__name__} needs an annotation by which to read it back")
    try:
        adapter = TypeAdapter(annotation)
        written = adapter.dump_python(value, mode="json")
        adapter.validate_python(written)
    except (PydanticSchemaGenerationError, PydanticSerializationError, ValidationError, TypeError) as error:
        raise ValueError(f"{type(value).__name__} is no value of JSON ({type(error).__name__})") from None
    return written


def decode(written: dict[str, Any]) -> Any:
    """The constant of a JSON form; ``Typed`` where only the annotation of its parameter tells what it is.

    Raises:
        ValueError: it is not one.
    """
    ((kind, content),) = written.items()
    if kind == "value" and isinstance(content, (*_PLAIN, float)):
        return content
    if kind == "float" and content in ("inf", "-inf", "nan"):
        return float(content)
    if kind == "bytes" and isinstance(content, str):
        return base64.b64decode(content, validate=True)
    if kind == "typed":
        return Typed(content)
    raise ValueError(f"there is no kind {kind!r:.40} with {type(content).__name__}")


def read_typed(written: Typed, annotation: Any) -> Any:
    """The value that ``annotation`` makes of a JSON form.

    Raises:
        ValueError: it does not fit.
    """
    from pydantic import PydanticSchemaGenerationError, TypeAdapter, ValidationError

    try:
        return TypeAdapter(annotation).validate_python(written.json)
    except (ValidationError, PydanticSchemaGenerationError) as error:
        raise ValueError(f"it does not fit its annotation ({type(error).__name__})") from None
