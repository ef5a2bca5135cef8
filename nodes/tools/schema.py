"""The schema of a tool: what arguments it takes, from the signature, annotations and docstring of its function."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from planweave.engine.errors import ArgumentsRefused, DefinitionError
from planweave.engine.wording import clip

if TYPE_CHECKING:
    from pydantic import BaseModel

    from planweave.engine.task import Task

_STARS = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_SECTION = re.compile(r"^(\w[\w ]*):\s*$")
_ENTRY = re.compile(r"^(\w+)(?:\s*\([^)]*\))?:\s*(.*)$")
_MOST = 5
"""So many faults of a call are told."""


@dataclass(frozen=True)
class Documented:
    """What a docstring says.

    Attributes:
        summary: its first paragraph, in one line.
        parameters: what it says of each parameter, in one line.
    """

    summary: str
    parameters: Mapping[str, str]


def documented(fn: Any) -> Documented:
    """What the docstring of a function says of it, in the style of Google's guide.

    Source: https://google.github.io/styleguide/pyguide.html#383-functions-and-methods

    >>> def area(width: float, height: float) -> float:
    ...     '''The area of a rectangle.
    ...
    ...     Args:
    ...         width: in metres.
    ...         height: in metres,
    ...             too.
    ...     '''
    >>> documented(area).parameters["height"]
    'in metres, too.'
    """
    text = inspect.getdoc(fn) or ""
    summary, _, rest = text.partition("\n\n")
    section, entry, found = "", "", dict[str, list[str]]()
    indent = 0
    for line in rest.splitlines():
        depth = len(line) - len(line.lstrip())
        head = _SECTION.match(line)
        if head is not None and not depth:
            section, entry, indent = head[1], "", 0
        elif section in ("Args", "Arguments", "Parameters") and line.strip():
            indent = indent or depth
            start = _ENTRY.match(line.strip()) if depth == indent else None
            if start is not None:
                entry = start[1]
                found[entry] = [start[2]]
            elif entry:
                found[entry].append(line.strip())
    return Documented(" ".join(summary.split()), {name: " ".join(lines).strip() for name, lines in found.items()})


class Schema:
    """What arguments a tool takes, and what it gives.

    Args:
        task: the tool.

    Raises:
        DefinitionError: it takes what cannot be named: any number of arguments, or some by place only.
    """

    def __init__(self, task: Task[..., Any]) -> None:
        self._task = task
        self._parameters = [one for one in task.signature.parameters.values() if one.kind not in _STARS]
        if len(self._parameters) < len(task.signature.parameters) or any(
            one.kind is one.POSITIONAL_ONLY for one in self._parameters
        ):
            raise DefinitionError(
                f"the tool {clip(task.name)} takes arguments that have no name, so nobody can be told what it takes",
                where=task.where,
                mend="give it parameters that can be passed by name, without * and /",
            )

    @cached_property
    def model(self) -> type[BaseModel]:
        """The model of its arguments; raises DefinitionError where an annotation has no schema."""
        from pydantic import ConfigDict, Field, create_model
        from pydantic.errors import PydanticUserError

        told = documented(self._task.fn).parameters
        fields: dict[str, Any] = {}
        for number, one in enumerate(self._parameters):
            default = ... if one.default is one.empty else one.default
            about = Field(alias=one.name, description=told.get(one.name))
            fields[f"field_{number}"] = (Annotated[self._task.hints.get(one.name, Any), about], default)
        config = ConfigDict(extra="forbid", arbitrary_types_allowed=False, validate_default=False)
        try:
            return create_model(f"{self._task.name} arguments", __config__=config, **fields)
        except (PydanticUserError, NameError, TypeError) as error:
            raise DefinitionError(
                f"the arguments of the tool {clip(self._task.name)} have no schema: {error}",
                where=self._task.where,
                mend="annotate its parameters with types that JSON can tell: text, numbers, lists, models of pydantic",
            ) from error

    @cached_property
    def arguments(self) -> Mapping[str, Any]:
        """The JSON schema of its arguments: an object with a property for each.

        Source: https://json-schema.org/draft/2020-12
        """
        written = self.model.model_json_schema(by_alias=True)
        written.pop("title", None)
        for one in written.get("properties", {}).values():
            one.pop("title", None)  # the name once more
        return {**written, "properties": written.get("properties", {})}

    def checked(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments by name, as the function wants them.

        Raises:
            ArgumentsRefused: something is missing, unknown or no value of its type.
        """
        from pydantic import ValidationError

        try:
            made = self.model.model_validate(dict(arguments))
        except ValidationError as error:
            faults = error.errors(include_url=False, include_context=False, include_input=False)
            words = [f"{_path(one['loc']) or 'they'}: {_lowered(one['msg'])}" for one in faults]
            more = f"; and {len(words) - _MOST} more" if len(words) > _MOST else ""
            raise ArgumentsRefused(
                f"the tool {clip(self._task.name)} does not take these arguments: {'; '.join(words[:_MOST])}{more}",
                where=self._task.where,
                mend=f"it takes {self.words() or 'none'}",
                faults={_path(one["loc"]): one["msg"] for one in faults},
            ) from None
        given = made.model_fields_set
        return {
            one.name: getattr(made, f"field_{number}")
            for number, one in enumerate(self._parameters)
            if f"field_{number}" in given
        }

    def words(self) -> str:
        """What it takes, in words.

        >>> from planweave.engine.task import task
        >>> Schema(task(lambda text, times=2: text * times)).words()
        'text, times=2'
        """
        return ", ".join(
            one.name if one.default is one.empty else f"{one.name}={one.default!r}" for one in self._parameters
        )


def _path(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc))


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
