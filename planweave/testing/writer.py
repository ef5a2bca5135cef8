"""The writer: random scripts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

from planweave.engine.node import Failures
from planweave.engine.policy import JOIN_NAMES, Policy, Rate, Retry
from planweave.testing.choices import Choices, chance, name_of, pick
from planweave.testing.script import (
    Argument,
    Branch,
    Cluster,
    Do,
    Each,
    Gives,
    Item,
    Loop,
    Mode,
    OnCancel,
    Part,
    Pause,
    Ref,
    Script,
    Try,
    Work,
)

Feature = Literal[
    "failures", "retries", "timeouts", "joins", "controls", "pools", "priorities", "rates", "cache", "threads",
    "inline", "map", "when", "repeat", "sleep", "nesting", "grow", "refusals",
]  # fmt: skip
"""What random scripts may hold beside plain coroutines with dependencies."""

FEATURES: frozenset[Feature] = frozenset(get_args(Feature))

_SECONDS: tuple[float | None, ...] = (None, 0.0, 1.0, 1.0, 2.0, 3.0)
"""Few different times, so that much happens at the same instant."""

_GIVES = ("digest",) * 6 + ("yes", "no", "range", "range")

_TIMEOUT = 1.5
"""Between the times that tasks take, so that no attempt ends just when it is too late."""


@dataclass(frozen=True)
class Limits:
    """How large and how varied random scripts are.

    Attributes:
        parts: at most so many in the outermost script; nested ones are smaller.
        depth: how deep scripts nest in each other.
        features: what they may hold.
    """

    parts: int = 7
    depth: int = 2
    features: frozenset[Feature] = FEATURES


@dataclass
class _Page:
    """What a script that is being written may refer to.

    Attributes:
        names: of all parts before.
        calls: of tasks; ``flags``, ``lists``: of those that give a bool, a list (with its length).
        own: the names of parts of this very script.
        twins: calls in this script that another call may repeat.
        depth: how deep it is nested; ``in_body``: whether something is given to it.
    """

    names: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    lists: list[tuple[str, int]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    twins: list[Do] = field(default_factory=list)
    depth: int = 0
    in_body: bool = False

    def inner(self, *, in_body: bool = False) -> _Page:
        """The page of a script nested in this one."""
        return _Page(
            names=list(self.names),
            flags=list(self.flags),
            lists=list(self.lists),
            calls=list(self.calls),
            depth=self.depth + 1,
            in_body=in_body or self.in_body,
        )


class Writer:
    """Writes one random script.

    Args:
        choices: where the chances come from.
        limits: how large and how varied it is.

    >>> from planweave.testing.choices import Dice
    >>> Writer(Dice(4)).script() == Writer(Dice(4)).script()
    True
    """

    def __init__(self, choices: Choices, limits: Limits = Limits()) -> None:  # because it is frozen
        self._choices = choices
        self._limits = limits
        self._count = 0
        self._pools = ("p", "q") if "pools" in limits.features else ()

    def script(self) -> Script:
        """A script with pools, and an output or none."""
        page = _Page()
        parts = self._choices.several(lambda: self._part(page), 1, self._limits.parts)
        output = None if self._maybe(60) else self._output(page)
        return Script(tuple(parts), output, tuple((name, 1 + self._choices.below(3)) for name in self._pools))

    def _has(self, feature: Feature) -> bool:
        return feature in self._limits.features

    def _maybe(self, percent: int, feature: Feature | None = None) -> bool:
        return (feature is None or self._has(feature)) and chance(self._choices, percent)

    def _name(self) -> str:
        self._count += 1
        return name_of(self._count - 1)

    # ------------------------------------------------------------------ parts

    def _part(self, page: _Page) -> Part:
        kinds: list[Any] = [self._do] * 6
        if self._has("sleep"):
            kinds.append(self._pause)
        if self._has("map"):
            kinds.append(self._each)
        if page.depth < self._limits.depth:
            for feature, write in (("when", self._branch), ("repeat", self._loop), ("nesting", self._cluster)):
                if feature in self._limits.features:
                    kinds.append(write)
        part: Part = pick(self._choices, kinds)(page)
        page.names.append(part.name)
        page.own.append(part.name)
        return part

    def _do(self, page: _Page) -> Do:
        name = self._name()
        page.calls.append(name)
        if page.twins and self._maybe(25, "cache"):
            again = pick(self._choices, page.twins)
            return Do(name, again.work, again.args, self._after(page))
        args = tuple(self._choices.several(lambda: self._argument(page), 0, 3))
        work = self._work(page, takes_item=bool(args) and isinstance(args[0], Item))
        part = Do(name, work, args, self._after(page))
        if work.gives in ("yes", "no"):
            page.flags.append(name)
        elif work.gives == "range":
            page.lists.append((name, work.number))
        elif work.gives == "digest" and work.grows is None:
            page.twins.append(part)
        return part

    def _argument(self, page: _Page) -> Argument:
        if page.in_body and self._maybe(40):
            return Item()
        if not page.names:
            return self._choices.below(3)
        if self._maybe(15):
            return tuple(self._choices.several(lambda: Ref(pick(self._choices, page.names)), 1, 2))
        return Ref(pick(self._choices, page.names))

    def _after(self, page: _Page) -> tuple[str, ...]:
        if not page.names or not self._maybe(30, "controls"):
            return ()
        return tuple(self._choices.several(lambda: pick(self._choices, page.names), 1, 2))

    def _pause(self, page: _Page) -> Pause:
        return Pause(self._name(), float(self._choices.below(4)), self._after(page))

    def _each(self, page: _Page) -> Each:
        name = self._name()
        failures: Failures = pick(self._choices, get_args(Failures))
        over = self._lists(page)
        if page.depth < self._limits.depth and self._maybe(40, "nesting"):
            return Each(name, self._nested(page, in_body=True), over, failures)
        fixed = tuple(self._choices.several(lambda: Ref(pick(self._choices, page.names)), 0, 1)) if page.names else ()
        return Each(name, self._work(page, takes_item=True, plain=True), over, failures, fixed, self._after(page))

    def _lists(self, page: _Page) -> tuple[Ref | int, ...]:
        if page.calls and self._maybe(5, "refusals"):
            return (Ref(pick(self._choices, page.calls)),)
        length = self._choices.below(4)
        first: Ref | int = length
        if page.lists and self._maybe(60):
            list_name, length = pick(self._choices, page.lists)
            first = Ref(list_name)
        if not self._maybe(20):
            return (first,)
        second: Ref | int = length
        if page.lists and self._maybe(30, "refusals"):
            second = Ref(pick(self._choices, page.lists)[0])
        return (first, second)

    def _branch(self, page: _Page) -> Branch:
        name = self._name()
        condition: Ref | bool = bool(self._choices.below(2))
        if page.calls and self._maybe(5, "refusals"):
            condition = Ref(pick(self._choices, page.calls))
        elif page.flags and self._maybe(70):
            condition = Ref(pick(self._choices, page.flags))
        then = self._nested(page)
        return Branch(name, condition, then, self._nested(page) if self._maybe(50) else None)

    def _loop(self, page: _Page) -> Loop:
        name = self._name()
        body: Work | Script
        if self._maybe(40, "nesting"):
            inner = page.inner(in_body=True)
            parts = self._choices.several(lambda: self._part(inner), 0, 2)
            step = Do(self._name(), self._step("next", 0, inner), (Item(),), self._after(inner))
            body = Script((*parts, step), Ref(step.name))
        else:
            body = self._step("next", 0, page)
        rounds = 1 + self._choices.below(3)
        limit = max(1, rounds - 1) if self._maybe(15, "failures") else rounds
        return Loop(name, body, self._step("reached", rounds, page), limit)

    def _step(self, gives: Literal["next", "reached"], number: int, page: _Page) -> Work:
        """A task of a loop, which takes its state."""
        work = self._work(page, takes_item=True, plain=True)
        policy = Policy(**{**work.policy.as_dict(), "join": "all_success"})
        return Work(work.name, work.tries, work.mode, gives, number, work.fails_on, policy, work.on_cancel)

    def _cluster(self, page: _Page) -> Cluster:
        name = self._name()
        inner = page.inner(in_body=page.in_body)
        parts = self._choices.several(lambda: self._part(inner), 1, 3)
        return Cluster(name, Script(tuple(parts), self._output(inner, own_only=True)))

    def _nested(self, page: _Page, *, in_body: bool = False) -> Script:
        """The script of a branch or a body: it may use what is around it, and may give that as it is."""
        inner = page.inner(in_body=in_body)
        parts = self._choices.several(lambda: self._part(inner), 0, 3)
        return Script(tuple(parts), self._output(inner))

    def _output(self, page: _Page, *, own_only: bool = False) -> Argument | None:
        names = page.own if page.own and (own_only or self._maybe(85)) else page.names
        if page.in_body and not own_only and self._maybe(10):
            return Item()
        if not names:
            return self._choices.below(3)
        if self._maybe(25):
            return tuple(self._choices.several(lambda: Ref(pick(self._choices, names)), 1, 3))
        return Ref(names[-1 - self._choices.below(len(names))])

    # ------------------------------------------------------------------ work

    def _work(self, page: _Page, *, takes_item: bool, plain: bool = False) -> Work:
        """A task; ``takes_item``: its first argument is a small number; ``plain``: it gives a digest, and no graph."""
        name, modes = self._name(), ["loop"] * 3
        modes += ["inline"] if self._has("inline") else []
        modes += ["thread"] if self._has("threads") else []
        mode = cast(Mode, pick(self._choices, modes))
        tries = self._choices.several(lambda: self._try(mode), 1, 3 if self._has("retries") else 1)
        fails_on: list[int] = []
        if takes_item and self._maybe(20, "failures"):
            fails_on = self._choices.several(lambda: self._choices.below(3), 1, 2)
        grown = not plain and page.depth < self._limits.depth and self._maybe(6, "grow")
        grows = self._grown(page) if grown else None
        policy = self._policy(mode, plain=plain)
        on_cancel: OnCancel = pick(self._choices, get_args(OnCancel)) if mode == "loop" else "stop"
        gives = "digest" if plain or grown else cast(Gives, pick(self._choices, _GIVES))
        number = self._choices.below(4) if gives == "range" else 0
        return Work(name, tuple(tries), mode, gives, number, tuple(fails_on), policy, on_cancel, grows)

    def _try(self, mode: Mode) -> Try:
        seconds = None if mode == "inline" else pick(self._choices, _SECONDS)
        return Try(seconds, self._maybe(25, "failures"))

    def _grown(self, page: _Page) -> Script:
        inner = _Page(depth=page.depth + 1)
        parts = self._choices.several(lambda: self._part(inner), 1, 3)
        return Script(tuple(parts), None if self._maybe(50) else self._output(inner))

    def _policy(self, mode: Mode, *, plain: bool) -> Policy:
        options: dict[str, Any] = {}
        if mode != "loop":
            options["executor"] = mode
        if self._maybe(35, "retries"):
            # pauses are random, so a fraction of a second: they come between what happens on the full second
            options["retry"] = Retry(attempts=2 + self._choices.below(2), base=pick(self._choices, (0.0, 0.4)))
        if mode != "inline" and self._maybe(20, "timeouts"):
            options["timeout"] = _TIMEOUT
        if self._pools and self._maybe(30, "pools"):
            options["pool"] = pick(self._choices, self._pools)
        if not plain and self._maybe(30, "joins"):
            options["join"] = pick(self._choices, JOIN_NAMES)
        if self._maybe(20, "priorities"):
            options["priority"] = self._choices.below(3)
        if self._maybe(12, "rates"):
            options["rate"] = Rate(1 + self._choices.below(2), per=pick(self._choices, (1.0, 2.0)))
        if self._maybe(20, "cache"):
            options["cache"] = True
        return Policy(**options)
