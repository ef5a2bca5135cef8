"""A tool: a task that tells what it is for, what arguments it takes, and what it may touch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, Unpack, cast, overload

from planweave.engine.errors import DefinitionError, PolicyError
from planweave.engine.location import Location
from planweave.engine.naming import check_options
from planweave.engine.policy import DEFAULT_POLICY, Policy
from planweave.engine.task import PolicyOptions, Task, make_task
from planweave.engine.wording import clip
from planweave.nodes.tools.permission import permissions_of
from planweave.nodes.tools.schema import Schema, documented

P = ParamSpec("P")
R = TypeVar("R")

OPTIONS = ("name", "description", "category", "permissions", "cost", "idempotent", "needs_approval", "version")


@dataclass(frozen=True, eq=False, repr=False)
class Tool(Task[P, R], Generic[P, R]):
    """A task that a text or a model may ask for.

    In a workflow a call adds a node, as that of any task; anywhere else it runs the function. Both are calls that a
    programmer wrote, so nothing is checked; what others ask for goes through ``Toolbox.call``.

    Attributes:
        description: what it is for, in a sentence: by this, and by its name, it is found.
        category: a word for its kind.
        permissions: what it may touch: ``"files:read"``, ``"network"``, ...
        cost: of a call, in whatever unit its users count in.
        is_idempotent: whether calling it twice is as good as once.
        needs_approval: whether a person must allow each call.
    """

    description: str = ""
    category: str = ""
    permissions: frozenset[str] = field(default_factory=frozenset)
    cost: float = 0.0
    is_idempotent: bool = False
    needs_approval: bool = False

    def __init__(self, name: str, description: str, fn: Callable[P, R], **rest: Any) -> None:
        """See ``tool``, whose options these are; others are the fields of ``Task``."""
        made = rest if "signature" in rest else _fields(name, description, fn, rest)
        values = {"name": name, "description": description, "fn": fn} | made
        for one in self.__dataclass_fields__.values():
            if one.init:
                object.__setattr__(self, one.name, values[one.name])
        self.__post_init__()

    def __repr__(self) -> str:
        return f"<tool '{self.name}'>"

    def using(
        self, *, id: str | None = None, after: Iterable[Any] = (), **options: Unpack[PolicyOptions]
    ) -> Tool[P, R]:
        """This tool with another policy, another id, or other nodes to wait for, for one call; see ``Task.using``."""
        return cast("Tool[P, R]", super().using(id=id, after=after, **options))

    @property
    def needs(self) -> tuple[str, ...]:
        """The resources that it touches, by the words before the colons of its permissions.

        >>> Tool("fetch", "Fetch a page.", lambda url: url, permissions=["network", "files:write"]).needs
        ('files', 'network')
        """
        return tuple(sorted({one.partition(":")[0] for one in self.permissions}))

    @cached_property
    def schema(self) -> Schema:
        """What arguments it takes; raises DefinitionError where that cannot be told."""
        return Schema(self)

    def document(self) -> dict[str, Any]:
        """What there is to know of it, as JSON."""
        return {
            "name": self.name,
            "description": self.description,
            "category": self.category,
            "permissions": sorted(self.permissions),
            "cost": self.cost,
            "idempotent": self.is_idempotent,
            "needs_approval": self.needs_approval,
            "arguments": self.schema.arguments,
        }


def _fields(name: str, description: str, fn: Callable[..., Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """All fields of a tool from what was given; raises DefinitionError, PolicyError, UnknownNameError."""
    policies = PolicyOptions.__annotations__
    check_options("tool", options, *OPTIONS, "where", *policies)
    policy = Policy(**{key: value for key, value in options.items() if key in policies})
    where = options.get("where") or Location.of_user()
    task = make_task(fn, name=name, version=options.get("version"), policy=policy, where=where)
    if not isinstance(description, str) or not description.strip():
        raise DefinitionError(
            f"the tool {clip(task.name)} does not say what it is for, so nobody will find it",
            where=task.where,
            mend="write a docstring, or description=...",
        )
    cost = options.get("cost", 0.0)
    if isinstance(cost, bool) or not isinstance(cost, int | float) or not cost >= 0:
        raise PolicyError(f"cost={clip(cost)} is no cost", where=task.where, mend="use a number from 0")
    own = {one: getattr(task, one) for one, known in Task.__dataclass_fields__.items() if known.init}
    return own | {
        "description": " ".join(description.split()),
        "category": str(options.get("category", "")),
        "permissions": permissions_of(options.get("permissions", ())),
        "cost": float(cost),
        "is_idempotent": bool(options.get("idempotent", False)),
        "needs_approval": bool(options.get("needs_approval", False)),
    }


class ToolDecorator(Protocol):
    """What ``@tool(...)`` with options gives back: it takes the function."""

    @overload
    def __call__(self, fn: Callable[P, Coroutine[Any, Any, R]], /) -> Tool[P, R]: ...
    @overload
    def __call__(self, fn: Callable[P, R], /) -> Tool[P, R]: ...


@overload
def tool(fn: Callable[P, Coroutine[Any, Any, R]], /) -> Tool[P, R]: ...
@overload
def tool(fn: Callable[P, R], /) -> Tool[P, R]: ...
@overload
def tool(
    fn: None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    permissions: str | Iterable[str] = (),
    **options: Any,
) -> ToolDecorator: ...
def tool(
    fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    permissions: str | Iterable[str] = (),
    **options: Any,
) -> Any:
    """Make a function a tool.

    Args:
        fn: a sync or async function, whose parameters can be passed by name.
        name: of the tool; that of the function unless given.
        description: what it is for; the first paragraph of the docstring unless given.
        permissions: what it may touch: ``"files:read"``, ``"network"``, ``"mail:send"``, ...
        options: ``category``, ``cost``, ``idempotent``, ``needs_approval``, ``version``, and the fields of ``Policy``
            (``timeout``, ``retry``, ...).

    Raises:
        DefinitionError: it does not say what it is for, or the function cannot be a task.
        PolicyError: a permission, the cost, or a field of the policy is none.
        UnknownNameError: there is no such option.

    >>> @tool(permissions={"files:read"})
    ... def word_count(path: str) -> int:
    ...     '''Count the words in a file.'''
    >>> word_count.description, word_count.needs
    ('Count the words in a file.', ('files',))
    """
    where = Location.of(sys._getframe(1))

    def made(function: Callable[..., Any]) -> Tool[..., Any]:
        known = make_task(function, name=name, version=None, policy=DEFAULT_POLICY, where=where)
        text = documented(known.fn).summary if description is None else description
        return Tool(known.name, text, known.fn, permissions=permissions, where=where, **options)

    return made if fn is None else made(fn)
