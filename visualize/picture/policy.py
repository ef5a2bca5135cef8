"""The policy of a node in words, as far as it differs from the usual."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from planweave.engine.policy import Policy, Rate, Retry
from planweave.visualize.text.label import clean
from planweave.visualize.text.unit import duration, plural

__all__ = ["JOIN_WORDS", "policy_in_words"]

JOIN_WORDS: Mapping[str, str] = {
    "all_done": "after all done",
    "one_success": "after one success",
    "none_failed": "if none failed",
}
"""When a node runs that does not want all that came before it to succeed."""


def policy_in_words(policy: Policy) -> list[str]:
    """What was said about how a node is to be run.

    >>> policy_in_words(Policy(retry=Retry(attempts=3, base=2.0, on=ConnectionError), timeout=90, pool="api"))
    ['up to 3 tries on ConnectionError, pauses up to 2 s, then longer', 'timeout 1 min 30 s', 'pool api']
    """
    return [clean(_WORDS.get(name, f"{name} {{}}".format)(value)) for name, value in policy.as_dict().items()]


def _retry(retry: Retry) -> str:
    kinds = retry.on if isinstance(retry.on, tuple) else (retry.on,)
    on = "" if kinds == (Exception,) else " on " + " or ".join(kind.__name__ for kind in kinds)
    pause = min(retry.base, retry.cap)
    growing = ", then longer" if retry.attempts > 2 and retry.cap > retry.base else ""
    return f"up to {plural(retry.attempts, 'try', 'tries')}{on}, pauses up to {duration(pause)}{growing}"


def _rate(rate: Rate) -> str:
    return f"at most {plural(rate.starts, 'start')} in {duration(rate.per)}"


_WORDS: Mapping[str, Callable[[Any], str]] = {
    "retry": _retry,
    "timeout": lambda seconds: f"timeout {duration(seconds)}",
    "executor": lambda name: "inline" if name == "inline" else f"in a {name}",
    "join": lambda rule: JOIN_WORDS[rule],
    "rate": _rate,
    "cache": lambda _: "reuses the value of an equal call",
}
