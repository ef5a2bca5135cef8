"""Scripts: descriptions of workflows whose tasks do what they are told, so that what must come of them is known.

A script says which nodes there are and what the body of each does: how long each attempt takes, which attempts fail,
what value there is at the end. ``build.py`` makes a workflow of it, ``reference.py`` says what every run of that must
end in, ``writer.py`` writes random ones. All are frozen values that print as what they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal, TypeAlias

from planweave.engine.node import Failures
from planweave.engine.policy import DEFAULT_POLICY, Policy

Mode = Literal["loop", "inline", "thread"]
"""What a task is: a coroutine, a sync function run inline, a sync function in a thread."""

Gives = Literal["digest", "yes", "no", "range", "next", "reached"]
"""What a task gives: a digest of its name and arguments; True; False; ``[0 .. number-1]``; its argument plus one;
whether its argument has reached ``number``."""

OnCancel = Literal["stop", "tidy", "refuse"]
"""What a coroutine does when it is cancelled: end, end a second later, or go on as if nothing had been."""


def _brief(value: Any) -> str:
    """How a value is written, without what it has by default: a failing example must be short enough to be read."""
    if isinstance(value, tuple):
        return f"({', '.join(map(_brief, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, type):
        return value.__name__
    if not is_dataclass(value):
        return repr(value)
    told = [(one.name, item) for one in fields(value) if (item := getattr(value, one.name)) != one.default]
    return f"{type(value).__name__}({', '.join(f'{name}={_brief(item)}' for name, item in told)})"


class _Brief:
    """Prints as what differs from the default."""

    def __repr__(self) -> str:
        return _brief(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What hypothesis and notebooks ask for."""
        printer.text(repr(self))


@dataclass(frozen=True, repr=False)
class Try(_Brief):
    """One attempt of a task.

    Attributes:
        seconds: how long it takes; None: a coroutine that never suspends, a sync function that returns at once.
        fails: whether it raises ``Planned`` at the end.
    """

    seconds: float | None = None
    fails: bool = False


@dataclass(frozen=True, repr=False)
class Work(_Brief):
    """What a task does, and how it is run.

    Attributes:
        name: of the task; no other has it.
        tries: its attempts in order; the last one stands for all that follow.
        mode: what it is.
        gives, number: its value.
        fails_on: first arguments with which every attempt fails.
        policy: how it is run.
        on_cancel: what it does when it is cancelled.
        grows: the script of the graph that it returns instead of a value.
    """

    name: str
    tries: tuple[Try, ...] = (Try(),)
    mode: Mode = "loop"
    gives: Gives = "digest"
    number: int = 0
    fails_on: tuple[int, ...] = ()
    policy: Policy = DEFAULT_POLICY
    on_cancel: OnCancel = "stop"
    grows: Script | None = None

    def attempt(self, number: int) -> Try:
        """What attempt ``number`` (from 1) does."""
        return self.tries[min(number, len(self.tries)) - 1]


@dataclass(frozen=True, repr=False)
class Ref(_Brief):
    """The value of the part called ``name``: of the same script, or of one around it."""

    name: str


@dataclass(frozen=True, repr=False)
class Item(_Brief):
    """What the script around it is given: the item of a map, the state of a loop."""


Argument: TypeAlias = "Ref | Item | int | tuple[Argument, ...]"
"""An argument of a task: a value from elsewhere, a constant, or a list of these."""


@dataclass(frozen=True, repr=False)
class Do(_Brief):
    """A call of a task."""

    name: str
    work: Work
    args: tuple[Argument, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Each(_Brief):
    """A map: ``body`` for each row of the lists ``over`` (a number: a constant list of that length)."""

    name: str
    body: Work | Script
    over: tuple[Ref | int, ...]
    failures: Failures = "fail"
    fixed: tuple[Ref, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Branch(_Brief):
    """``pw.when``: one of two scripts, or nothing."""

    name: str
    condition: Ref | bool
    then: Script
    otherwise: Script | None = None


@dataclass(frozen=True, repr=False)
class Loop(_Brief):
    """``pw.repeat`` from state 0, until ``until`` says True, at most ``limit`` times."""

    name: str
    body: Work | Script
    until: Work
    limit: int


@dataclass(frozen=True, repr=False)
class Pause(_Brief):
    """``pw.sleep``."""

    name: str
    seconds: float
    after: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Cluster(_Brief):
    """A workflow that is called in a workflow; its name stands for its output."""

    name: str
    script: Script


Part: TypeAlias = Do | Each | Branch | Loop | Pause | Cluster


@dataclass(frozen=True, repr=False)
class Script(_Brief):
    """A description of a workflow.

    Attributes:
        parts: what it consists of; each may refer to those before it. Names are given once in the whole description.
        output: its value; None: a dict of the values of its last nodes.
        pools: the limits of its pools; only of the outermost script.
    """

    parts: tuple[Part, ...] = ()
    output: Argument | None = None
    pools: tuple[tuple[str, int], ...] = ()

    def works(self) -> Iterator[Work]:
        """Every task in it, in nested scripts too."""
        for part in self.parts:
            for inner in _inner(part):
                if isinstance(inner, Script):
                    yield from inner.works()
                else:
                    yield inner
                    if inner.grows is not None:
                        yield from inner.grows.works()


def _inner(part: Part) -> tuple[Work | Script, ...]:
    match part:
        case Do(work=work):
            return (work,)
        case Each(body=body):
            return (body,)
        case Branch(then=then, otherwise=otherwise):
            return (then,) if otherwise is None else (then, otherwise)
        case Loop(body=body, until=until):
            return (body, until)
        case Cluster(script=script):
            return (script,)
    return ()


def refs(argument: Argument | None) -> Iterator[str]:
    """The names that an argument refers to.

    >>> list(refs((Ref("a"), 3, (Ref("b"), Item()))))
    ['a', 'b']
    """
    if isinstance(argument, Ref):
        yield argument.name
    elif isinstance(argument, tuple):
        for one in argument:
            yield from refs(one)


def used(script: Script) -> set[str]:
    """The names of the parts that something in a script refers to, in nested scripts too; not its own output."""
    found = set(_mentioned(script))
    clusters = {part.name: part.script.output for part in _parts(script) if isinstance(part, Cluster)}
    waiting = [name for name in clusters if name in found]
    while waiting:  # who refers to a cluster refers to what it gives
        fresh = set(refs(clusters[waiting.pop()])) - found
        found |= fresh
        waiting += [name for name in clusters if name in fresh]
    return found


def _parts(script: Script) -> Iterator[Part]:
    for part in script.parts:
        yield part
        for inner in _inner(part):
            if isinstance(inner, Script):
                yield from _parts(inner)


def _mentioned(script: Script) -> Iterator[str]:
    for part in script.parts:
        match part:
            case Do(args=args, after=after):
                yield from refs(args)
                yield from after
            case Each(over=over, fixed=fixed, after=after):
                yield from refs(over)
                yield from refs(fixed)
                yield from after
            case Branch(condition=Ref(name=name)):
                yield name
            case Pause(after=after):
                yield from after
            case _:
                pass
        for inner in _inner(part):
            if isinstance(inner, Script):
                yield from _mentioned(inner)
                if not isinstance(part, Cluster):  # what a cluster gives is used by those who refer to it
                    yield from refs(inner.output)
