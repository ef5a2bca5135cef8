"""Inputs of a run as people type them: ``-i name=value``, ``-i name@=FILE``, ``--input-json FILE``, ``--pool name=4``.

The annotation of an input decides how its text is read. Plain text for ``str``; JSON for everything else, and where
the text is no JSON, whatever pydantic makes of a text of that type (a path, a date, a member of an enum, ``yes``).
A value is never more than a value: only the ``@`` before the equals sign, which nobody else writes, reads a file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from planweave.cli.errors import UsageError, shown
from planweave.engine import annotation
from planweave.engine.graph import Graph, Input

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

HELP_VALUE = "An input: plain text for str, else JSON. NAME@=FILE gives what a file holds."
HELP_JSON = "A JSON object with inputs by name; - is standard input. What -i gives comes first."
HELP_POOL = "How many nodes of a pool may run at once."

STANDARD_INPUT = "-"


def read_inputs(graph: Graph, typed: Sequence[str], document: str | None) -> dict[str, Any]:
    """The values of the inputs that were typed, each of the type that the graph wants.

    Args:
        graph: whose inputs they are.
        typed: ``name=value`` or ``name@=FILE``, each name once.
        document: a file with a JSON object of inputs; ``-``: standard input.

    Raises:
        UsageError: with the name of the input, the type that it wants and the mend.
    """
    known = {one.name: one for one in graph.inputs}
    texts = _texts(typed)
    held = _document(document) if document is not None else {}
    for name in (*held, *texts):
        if name not in known:
            names = ", ".join(known) or "none"
            raise UsageError(f"'{graph.name}' has no input {name!r}", mend=f"its inputs are: {names}")
    missing = [one for one in graph.inputs if one.required and one.name not in texts and one.name not in held]
    if missing:
        wanted = ", ".join(f"{one.name} ({words(one.annotation)})" for one in missing)
        mend = " ".join(f"-i {one.name}={example(one)}" for one in missing)
        raise UsageError(f"'{graph.name}' is not given: {wanted}", mend=f"add {mend}")
    values = {name: _from_json(known[name], value) for name, value in held.items()}
    return values | {name: _from_text(known[name], text) for name, text in texts.items()}


def read_pools(graph: Graph, typed: Sequence[str]) -> dict[str, int]:
    """The limits of pools that were typed as ``name=4``.

    Raises:
        UsageError: no such pool, or no limit.
    """
    used = {node.policy.pool for node in graph.all_nodes() if node.policy.pool is not None} | set(graph.pools)
    found: dict[str, int] = {}
    for text in typed:
        name, equals, limit = text.partition("=")
        if not equals or not limit.isdecimal() or int(limit) < 1:
            raise UsageError(f"--pool {text!r} is not name=limit", mend="use a whole number from 1: --pool api=4")
        if name not in used:
            names = ", ".join(sorted(used)) or "none"
            raise UsageError(f"no node of '{graph.name}' is in a pool {name!r}", mend=f"its pools are: {names}")
        found[name] = int(limit)
    return found


def _texts(typed: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in typed:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"-i {text!r} is not name=value", mend="write e.g. -i path=notes/")
        if name.endswith("@"):
            name, value = name[:-1], _read(value, f"-i {text}")
        if name in found:
            raise UsageError(f"input {name!r} is given twice", mend='give each input once; a list is JSON: ["a", "b"]')
        found[name] = value
    return found


def _read(path: str, option: str) -> str:
    """The text of a file, or of standard input."""
    if path == STANDARD_INPUT and sys.stdin is None:  # started with <&-
        raise UsageError(f"{option}: there is no standard input", mend="name a file, or pipe something in")
    try:
        content = sys.stdin.buffer.read() if path == STANDARD_INPUT else Path(path).read_bytes()
        return content.decode("utf-8-sig")
    except (OSError, ValueError) as error:  # no such file, a null byte in its name, not UTF-8
        what = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else f"cannot be read: {_reason(error)}"
        raise UsageError(f"{option}: {path!r} {what}") from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _document(path: str) -> Mapping[str, Any]:
    from pydantic_core import from_json

    text = _read(path, "--input-json")
    try:
        found = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise UsageError(f"--input-json: {path!r} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise UsageError(
            f"--input-json: {path!r} holds {article(found)}, not an object", mend='write {"name": value, ...}'
        )
    return found


def _from_json(one: Input, value: Any) -> Any:
    """A value of a JSON document as the type that the input wants."""
    from pydantic import ValidationError
    from pydantic_core import to_json

    adapter = _adapter(one)
    if adapter is None:
        return value
    try:
        return adapter.validate_json(to_json(value))
    except ValidationError as error:
        raise _refusal(one, value, _first(error)) from error


def _from_text(one: Input, text: str) -> Any:
    """What was typed, as the type that the input wants."""
    from pydantic import ValidationError

    if annotation.bare(one.annotation) is str:
        return _checked_text(one, text)
    adapter = _adapter(one)
    if adapter is None:
        return _json_or_text(text)
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        try:
            return adapter.validate_python(text)
        except ValidationError as other:
            why = _each(other) if _is_plain(text, error) else _first(error)
            raise _refusal(one, text, why) from error


def _is_plain(text: str, error: ValidationError) -> bool:
    """Whether a text that was refused as JSON was not meant to be any."""
    is_json = error.errors(include_url=False)[0]["type"] != "json_invalid"
    return not is_json and not text.lstrip().startswith(("[", "{", '"'))


def _checked_text(one: Input, text: str) -> Any:
    """Plain text; what ``Annotated`` says about it (a pattern, a length) holds for it too."""
    from pydantic import ValidationError

    adapter = _adapter(one)
    try:
        return text if adapter is None else adapter.validate_python(text)
    except ValidationError as error:
        raise _refusal(one, text, _first(error)) from error


def _json_or_text(text: str) -> Any:
    """For an input without an annotation: what the text is as JSON, else the text."""
    from pydantic_core import from_json

    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError:
        return text


def _adapter(one: Input) -> TypeAdapter[Any] | None:
    """What reads values of the type of an input; None where no type is written."""
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticUserError

    if not annotation.is_known(one.annotation):
        return None
    try:
        return TypeAdapter(one.annotation)
    except PydanticUserError as error:  # a class that pydantic knows nothing about
        raise UsageError(
            f"input '{one.name}' wants {words(one.annotation)}, which cannot be written as text",
            mend="make it a dataclass or a pydantic model, or run the workflow from Python",
        ) from error


def _refusal(one: Input, value: Any, why: str) -> UsageError:
    return UsageError(
        f"input '{one.name}' wants {words(one.annotation)}, not {shown(str(value), 60)!r}{why}",
        mend=f"write e.g. -i {one.name}={example(one)}",
    )


def _first(error: ValidationError) -> str:
    """What is wrong first, and where in the value."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = "".join(f"[{part!r}]" for part in first["loc"])
    return f"{f' at {place}' if place else ''}: {first['msg']}"


def _each(error: ValidationError) -> str:
    """What a text would have to be: for a union, what each of its types says."""
    messages = [one["msg"] for one in error.errors(include_url=False, include_input=False)]
    return f": {'; '.join(dict.fromkeys(messages))}"


def words(kind: Any) -> str:
    """An annotation as a person would write it.

    >>> words(list[str]), words(int | None), words(Any)
    ('list[str]', 'int | None', 'any value')
    """
    if not annotation.is_known(kind):
        return "any value"
    if isinstance(kind, type) and not hasattr(kind, "__args__"):
        return kind.__name__
    return str(kind).replace("typing.", "").replace("NoneType", "None")


_EXAMPLES = {str: "text", int: "3", float: "0.5", bool: "true", list: "'[...]'", dict: "'{...}'", tuple: "'[...]'"}


def example(one: Input) -> str:
    """A value to write for an input, as a shell takes it.

    >>> example(Input("names", list[str])), example(Input("mode", Literal["read", "write"]))
    ("'[...]'", 'read')
    """
    kind = annotation.members(one.annotation)[0]
    choices = get_args(kind) if get_origin(kind) is Literal else _values(kind)
    if choices and isinstance(choices[0], str | int):
        first = choices[0]
        return quote(first if isinstance(first, str) else json.dumps(first))
    return _EXAMPLES.get(getattr(kind, "__origin__", kind), "...")


def _values(kind: Any) -> tuple[Any, ...]:
    return tuple(member.value for member in kind) if isinstance(kind, type) and issubclass(kind, Enum) else ()


def article(value: Any) -> str:
    """The kind of a JSON value, in JSON's own words."""
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
