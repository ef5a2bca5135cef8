"""A node: a vertex of a graph, that is a task (or a control structure) in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from planweave.engine.location import Location
from planweave.engine.policy import Policy
from planweave.engine.source import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planweave.engine.graph import Graph
    from planweave.engine.plan import Plan
    from planweave.engine.task import Task

Failures = Literal["fail", "drop", "keep"]
"""What a map does with items that fail: fail itself, leave them out, or keep them as ``Missing``."""

OnTimeout = Literal["fail", "reject", "approve"]
"""What becomes of an approval that nobody has given or refused in time."""

OnReject = Literal["continue", "fail"]
"""What becomes of an approval that is refused: a value that says so, or a failure."""


@dataclass(frozen=True, slots=True)
class Template:
    """A graph that was traced once and is laid into a run when an expansion asks for it.

    Args:
        graph: what is laid.
        items: the inputs of ``graph`` that each expansion fills (an item of each list; the state of a loop).
        bound: the inputs of ``graph`` that come from the graph around it, with their sources there.
        main: the position in ``graph`` of the node that bears the bare name of the expansion
            (``summarise[3]``, ``refine@2``); None: every node is named under it (``report[3]/draft``).
    """

    graph: Graph
    items: tuple[str, ...] = ()
    bound: tuple[tuple[str, Source], ...] = ()
    main: int | None = None


@dataclass(frozen=True, slots=True)
class Map:
    """One copy of ``template`` for each item of the lists that are the arguments of the node."""

    template: Template
    failures: Failures = "fail"


@dataclass(frozen=True, slots=True)
class When:
    """``then`` if the argument is True, else ``otherwise``; without one the node is skipped."""

    then: Template
    otherwise: Template | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """Copies of ``template``, one after another, until its second output is True; at most ``limit``."""

    template: Template
    limit: int


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait as many seconds as the argument says."""


@dataclass(frozen=True, slots=True)
class Approve:
    """Ask a person for a decision; the arguments are what is asked, and of whom (``CONTROL_ARGUMENTS``)."""

    on_timeout: OnTimeout = "fail"
    on_reject: OnReject = "continue"


@dataclass(frozen=True, slots=True)
class WaitFor:
    """Wait for an event from outside; the arguments are its name, and for how long.

    Args:
        type: what its value must be; ``Any``: anything.
    """

    type: Any = Any


@dataclass(frozen=True, slots=True, eq=False)
class Replan:
    """The argument, where every step of a plan was done; else what other plans come to, one after another.

    Its node stands behind those of the plan's steps, which are in the order of the plan.

    Args:
        plan: whose recovery finds the others.
        actions: the task of each operator, by name.
        pools: how many nodes of each named pool may run at once.
        limit: how often another plan may be looked for.
        seconds: of processor time for each search.
        where: the line that compiled the plan.
    """

    plan: Plan
    actions: Mapping[str, Any]
    pools: Mapping[str, int]
    limit: int
    seconds: float
    where: Location | None = None


Control: TypeAlias = Map | When | Repeat | Sleep | Approve | WaitFor | Replan


def templates_of(control: Control | None) -> dict[str, Template]:
    """The templates of a control structure, by the part that they play."""
    match control:
        case Map(template=template):
            return {"each": template}
        case When(then=then, otherwise=None):
            return {"then": then}
        case When(then=then, otherwise=otherwise) if otherwise is not None:
            return {"then": then, "otherwise": otherwise}
        case Repeat(template=template):
            return {"round": template}
    return {}


class Node(NamedTuple):
    """A vertex of a graph: what runs, with what, after what.

    Attributes:
        id: the name that a person reads: ``summarise``, ``summarise-2``, ``report/draft``.
        task: what it runs; None for a control structure.
        args: where its arguments come from, in order; the last ``len(keywords)`` are passed by keyword.
        keywords: the names of the arguments that are passed by keyword.
        after: what it only waits for.
        policy: how it is run.
        where: the line that made it.
        control: the control structure that it is; None for a task.
    """

    id: str
    task: Task[..., Any] | None
    args: tuple[Source, ...]
    keywords: tuple[str, ...]
    after: tuple[Source, ...]
    policy: Policy
    where: Location | None
    control: Control | None

    @property
    def kind(self) -> str:
        """``"task"``, or the control structure: ``"map"``, ``"when"``, ``"repeat"``, ``"sleep"``, ``"approve"``, ..."""
        return "task" if self.control is None else _KINDS[type(self.control)]

    @property
    def name(self) -> str:
        """What it runs, in one word."""
        return self.task.name if self.task is not None else self.kind

    def argument_names(self) -> tuple[str, ...]:
        """A name for each of ``args``: the parameter that it fills."""
        count = len(self.args) - len(self.keywords)
        if self.task is not None and self.control is None:
            return (*self.task.parameter_names(count), *self.keywords)
        if self.task is not None:  # a map over a task: one list for each of its parameters
            return (*self.task.parameter_names(count), *self.keywords)
        names = CONTROL_ARGUMENTS[self.kind]
        return names if count == len(names) else tuple(f"list {i + 1}" for i in range(count))


_KINDS: dict[type, str] = {
    Map: "map",
    When: "when",
    Repeat: "repeat",
    Sleep: "sleep",
    Approve: "approve",
    WaitFor: "wait_for",
    Replan: "replan",
}

WAITS = frozenset({"sleep", "approve", "wait_for"})
"""The kinds of nodes that only wait: for a time, a person or an event."""

CONTROL_ARGUMENTS: dict[str, tuple[str, ...]] = {
    "map": ("items",),
    "when": ("condition",),
    "repeat": ("start",),
    "sleep": ("seconds",),
    "approve": ("title", "about", "by", "not_by", "timeout"),
    "wait_for": ("event", "timeout"),
    "replan": ("outcome",),
}
"""What the arguments of each kind of control structure are called; a map may have several lists."""
