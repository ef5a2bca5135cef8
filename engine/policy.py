"""How a node is to be run: retries, timeout, executor, pool, join rule, priority, rate and cache."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from planweave.engine.errors import PolicyError, UnknownNameError
from planweave.engine.location import Location
from planweave.engine.wording import an, clip

Join = Literal["all_success", "all_done", "one_success", "none_failed"]
"""When a node may run, given how its predecessors ended (see ``engine/join.py``)."""

ExecutorName = Literal["inline", "thread", "process"]
"""Where a sync function runs; coroutines always run on the event loop."""

OnCrash = Literal["retry", "ask", "fail"]
"""What becomes of an attempt whose process has ended: another one, a person's decision, or the end of the node."""

OnFailure = Literal["keep", "undo"]
"""What becomes of what succeeded in a run that fails: it stays as it is, or is undone."""

EXECUTOR_NAMES: tuple[str, ...] = get_args(ExecutorName)
JOIN_NAMES: tuple[str, ...] = get_args(Join)
ON_CRASH_NAMES: tuple[str, ...] = get_args(OnCrash)
ON_FAILURE_NAMES: tuple[str, ...] = get_args(OnFailure)


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again when an attempt fails, after a random pause that grows ("full jitter").

    Before attempt n+1 the pause is drawn evenly from 0 to ``min(cap, base * 2**(n-1))`` seconds.

    Args:
        attempts: how many attempts there are in all, at least 1.
        base: seconds, the longest pause before the second attempt.
        cap: seconds, the longest pause ever.
        on: the exceptions that are worth another attempt; others fail the node at once.

    Raises:
        PolicyError: a number is out of its range.

    Source: M. Brooker, "Exponential Backoff And Jitter", 2015 (full jitter).

    >>> Retry(attempts=3).pause(attempt=1, seed="run/node") <= 0.5
    True
    """

    attempts: int = 3
    base: float = 0.5
    cap: float = 60.0
    on: type[BaseException] | tuple[type[BaseException], ...] = (Exception,)

    def __post_init__(self) -> None:
        _check_count(
            f"Retry(attempts={clip(self.attempts)})",
            self.attempts,
            "would never try: attempts counts the first one too",
        )
        for name in ("base", "cap"):
            _check_seconds(f"Retry({name}={clip(getattr(self, name))})", getattr(self, name))
        kinds = tuple(self.on) if isinstance(self.on, tuple | list | set | frozenset) else (self.on,)
        if not all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in kinds):
            raise PolicyError(
                f"Retry(on={clip(self.on)}) holds something that is no exception class",
                where=Location.of_user(),
                mend="name classes: Retry(on=(ConnectionError, TimeoutError))",
            )
        object.__setattr__(self, "on", kinds)

    @property
    def kinds(self) -> tuple[type[BaseException], ...]:
        """The exceptions of ``on``, in a tuple in any case."""
        return self.on if isinstance(self.on, tuple) else (self.on,)

    def wants(self, error: BaseException, attempt: int) -> bool:
        """Whether ``error``, in attempt number ``attempt`` (from 1), is worth another attempt."""
        return attempt < self.attempts and isinstance(error, self.on)

    def pause(self, attempt: int, seed: str) -> float:
        """Seconds from the failure of attempt number ``attempt`` to the next one; the same for the same seed."""
        longest = min(self.cap, self.base * 2.0 ** min(attempt - 1, 64))
        return random.Random(f"{seed}/{attempt}".encode("utf-8", "surrogatepass")).uniform(0.0, longest)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``starts`` starts in any ``per`` seconds, over all nodes of a run that share the task.

    >>> Rate(10, per=60)
    Rate(starts=10, per=60)
    """

    starts: int
    per: float = 1.0

    def __post_init__(self) -> None:
        _check_count(f"Rate(starts={clip(self.starts)})", self.starts, "would never start anything")
        _check_seconds(f"Rate(per={clip(self.per)})", self.per, above_zero=True)


@dataclass(frozen=True, slots=True)
class Policy:
    """How a node is to be run; every field has a default that needs no thought.

    Args:
        retry: when to try again; None: one attempt.
        timeout: seconds that one attempt may take; None: no bound.
        executor: ``"inline"``, ``"thread"`` or ``"process"`` for sync functions; None: on the loop for
            coroutines, in a thread for sync functions.
        pool: the name of a pool whose limit bounds how many such nodes run at once.
        join: when the node may run, given how its predecessors ended.
        priority: higher starts first among ready nodes; equal ones by the longest remaining path.
        rate: how often such nodes may start.
        cache: reuse the value of an equal call: same code, same inputs.
        on_crash: what to do, in a stored run, with an attempt whose process ended before it did.
        crash_limit: after so many of these the run is blocked, since the node may be what ends them; None: no limit.

    Raises:
        PolicyError: a number is out of its range.
        UnknownNameError: no such executor or join rule.
    """

    retry: Retry | None = None
    timeout: float | None = None
    executor: ExecutorName | None = None
    pool: str | None = None
    join: Join = "all_success"
    priority: int = 0
    rate: Rate | None = None
    cache: bool = False
    on_crash: OnCrash = "retry"
    crash_limit: int | None = 3

    def __post_init__(self) -> None:
        if self.timeout is not None:
            _check_seconds(f"timeout={clip(self.timeout)}", self.timeout, above_zero=True)
        if self.executor is not None:
            check_known("executor", self.executor, EXECUTOR_NAMES)
        check_known("join rule", self.join, JOIN_NAMES)
        check_known("treatment of crashes", self.on_crash, ON_CRASH_NAMES)
        if self.crash_limit is not None:
            _check_count(f"crash_limit={clip(self.crash_limit)}", self.crash_limit, "blocks at no crash at all")
        for name, (kind, mend) in _KINDS.items():
            value = getattr(self, name)
            is_one = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
            if not is_one and (value is not None or name in ("priority", "cache")):
                raise PolicyError(
                    f"{name}={clip(value)} is not {an(kind.__name__)}", where=Location.of_user(), mend=mend
                )

    def as_dict(self) -> dict[str, Any]:
        """The fields that differ from the default, by name.

        >>> Policy(timeout=3).as_dict()
        {'timeout': 3}
        """
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name)) != f.default}


def check_known(kind: str, name: object, known: tuple[str, ...]) -> None:
    """Raise UnknownNameError, listing what there is, unless ``name`` is known."""
    if name not in known:
        raise UnknownNameError(
            f"there is no {kind} {clip(name)}", where=Location.of_user(), mend=f"use one of: {', '.join(known)}"
        )


_KINDS: dict[str, tuple[type, str]] = {
    "retry": (Retry, "write retry=pw.Retry(attempts=3)"),
    "rate": (Rate, "write rate=pw.Rate(10, per=60)"),
    "pool": (str, "use the name of a pool, and give it a limit in @pw.workflow(pools={...})"),
    "priority": (int, "use a whole number; higher ones start first"),
    "cache": (bool, "use True or False"),
}
"""What the other fields of a policy must be, and how to write them."""


_LONGEST = 1e10
"""Seconds, some three centuries: what is longer is taken for a mistake."""


def _check_count(written: str, value: object, too_few: str) -> None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not isinstance(value, int) or not is_whole or value < 1:
        raise PolicyError(
            f"{written} {too_few if is_whole else 'is no whole number'}",
            where=Location.of_user(),
            mend="use a whole number from 1",
        )


def _check_seconds(written: str, value: object, *, above_zero: bool = False) -> None:
    # compared, not asked whether it is finite: an int may be too large to become a float; nan compares as False
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0 or (above_zero and value == 0):
        bound = "above 0" if above_zero else "from 0"
        raise PolicyError(f"{written} is not a time", where=Location.of_user(), mend=f"use a number of seconds {bound}")
    if value > _LONGEST:
        raise PolicyError(
            f"{written} is longer than three centuries",
            where=Location.of_user(),
            mend="use at most 1e10 seconds, or leave it out",
        )


DEFAULT_POLICY = Policy()
