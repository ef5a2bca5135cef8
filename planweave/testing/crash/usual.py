"""What is usual: the effects of a run that nobody kills, which those of one that was killed are held against.

Of workflows that nothing is known of, this is what can be asked:

- the run has the effects that it has if nobody kills it, and no others;
- each belongs to an attempt whose start is recorded, which has it no more often than an attempt does without kills;
- if several attempts had it, each of them has an end that is recorded: it failed, or was interrupted or cancelled.

An effect that an interrupted attempt has had need not be had again: a task may find out that it is done.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from planweave.engine.run import Run
from planweave.engine.state import NodeState
from planweave.testing.crash.difference import impersonal
from planweave.testing.crash.ledger import Effect

What = tuple[str, str, str]
"""What an effect is: the node that had it, its name, its key."""

Ended = Mapping[str, Mapping[int, bool]]
"""The attempts whose start is recorded, by node and number, and whether their end is."""


class Unusual(AssertionError):
    """A run did what it does not do if nobody kills it, or the other way round."""


def usual_of(effects: Iterable[Effect]) -> dict[What, int]:
    """The effects of a run, and how often an attempt has had each of them at the most.

    >>> usual_of([Effect("sent", "ann", "r", "send", 1), Effect("sent", "ann", "r", "send", 2)])
    {('send', 'sent', 'ann'): 1}
    """
    found: dict[What, int] = {}
    for (what, _), count in Counter((_what(one), one.attempt) for one in effects).items():
        found[what] = max(count, found.get(what, 0))
    return found


def check_usual(run: Run[Any], attempts: Ended, effects: Sequence[Effect], usual: Mapping[What, int]) -> None:
    """Hold the effects of a run against the usual ones.

    Args:
        run: as it is recorded.
        attempts: those whose start is recorded.
        effects: that it had.
        usual: that it has if nobody kills it.

    Raises:
        Unusual: they are not the same.
    """
    done: dict[What, Counter[int]] = defaultdict(Counter)
    for one in effects:
        assert one.attempt is not None, "an effect of a node is one of its attempts'"
        done[_what(one)][one.attempt] += 1
    for what, counts in done.items():
        if what not in usual:
            raise Unusual(f"'{what[0]}' had {_words(what)}, which it has not if nobody kills the run")
        _check_attempts(what, counts, usual[what], attempts.get(what[0], {}), run.state.is_end)
    for what in sorted(usual.keys() - done.keys()):
        known = run.nodes.get(what[0])
        if known is not None and known.state is NodeState.SUCCEEDED and not known.cached:
            raise Unusual(f"'{what[0]}' succeeded, and never had {_words(what)}")


def _check_attempts(what: What, counts: Counter[int], most: int, ended: Mapping[int, bool], is_over: bool) -> None:
    for number, count in counts.items():
        attempt = f"attempt {number} of '{what[0]}'"
        if number not in ended:
            raise Unusual(f"{attempt} had {_words(what)}, and no start of it is recorded")
        if count > most:
            raise Unusual(f"{attempt} had {_words(what)} {count} times, and {most} times if nobody kills the run")
        if len(counts) > 1 and is_over and not ended[number]:
            raise Unusual(f"{attempt} had {_words(what)}, as others did, and no end of it is recorded")


def _what(effect: Effect) -> What:
    assert effect.run is not None and effect.node is not None, "an effect of a run is one of its nodes'"
    return effect.node, effect.name, impersonal(effect.key, effect.run, [effect.node])


def _words(what: What) -> str:
    return f"the effect '{what[1]}'" + (f" with the key '{what[2]}'" if what[2] else "")
