"""The pieces that the whole of the crash tests is made of: one kind of crash, in one store, with one seed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from planweave.engine.compile import Compilable
from planweave.testing.crash.everywhere import crash_everywhere
from planweave.testing.crash.faults import SIDES, Point
from tests.crash.figures import Figures
from tests.crash.flow import Flow
from tests.crash.flows import REPLIES, asking, failing, five, large_flow
from tests.crash.relay import Relay
from tests.crash.setting import POSTGRES, SQLITE, STORES, Setting
from tests.crash.stale import Sleepers, wake_before_the_first_write
from tests.crash.storm import Storm
from tests.crash.undone import CANCEL, CANCEL_AND_UNDO, booking, cancelled

SLEEP_POINTS = [Point(number, side) for number in range(2, 10) for side in SIDES] + [Point(1, "after")]
"""Where processes fall asleep that run ``five``."""

WIDTH, LENGTH = 50, 142
"""With these the large flow has 200 nodes."""

_Made = tuple[Compilable, dict[str, Any], dict[str, Any]]
FLOWS: dict[str, Callable[[], _Made]] = {
    "five": lambda: (five, {"count": 3}, {}),
    "asking": lambda: (asking, {"count": 1}, dict(REPLIES)),
    "failing": lambda: (failing, {}, {}),
    "cancelled": lambda: (cancelled, {"seats": ["1"]}, dict(CANCEL)),
    "undone": lambda: (booking, {"seats": ["1", "2"]}, {}),
    "cancelled-undone": lambda: (cancelled, {"seats": ["1", "2"]}, dict(CANCEL_AND_UNDO)),
}
"""What is killed at each of its writes: a workflow, its inputs, and what it is answered."""


@dataclass(frozen=True)
class Piece:
    """A piece.

    Attributes:
        kind: one of ``KINDS``.
        store: ``"sqlite"`` or ``"postgres"``.
        kills: how many there are; 0: as many as it takes.
        seed: of all that is random.
        flow: what is run, where there is a choice.
    """

    kind: str
    store: str
    kills: int = 0
    seed: int = 0
    flow: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """By which it is chosen on the command line."""
        return tuple(one for one in (self.kind, self.store, self.flow) if one)

    @property
    def options(self) -> str:
        """With which the command line does this piece alone."""
        words = " ".join(f"--only {one}" for one in self.words)
        return f"{words} --seed {self.seed} --kills {self.kills}" if self.kills else words

    def go(self, setting: Setting) -> Figures:
        """Do it; raises AssertionError where something is wrong."""
        return KINDS[self.kind](self, setting)


def _points(piece: Piece, setting: Setting) -> Figures:
    workflow, inputs, replies = FLOWS[piece.flow]()
    survived = crash_everywhere(
        workflow, inputs, folder=setting.folder, url=setting.url, effects=setting.ledger.effects, replies=replies
    )
    figures = Figures(kills=len(survived))
    for one in survived:
        figures.add_account(one.account)
    return figures


def _relay(piece: Piece, setting: Setting) -> Figures:
    flow = Flow.of(large_flow(WIDTH, LENGTH), {}, setting.ledger, REPLIES)
    return Relay(setting.url, setting.folder, setting.ledger, flow, piece.seed).go(piece.kills)


def _storm(piece: Piece, setting: Setting, restarts: int = 0) -> Figures:
    large: _Made = (large_flow(10, 20), {}, dict(REPLIES))
    # one kind of cancel only: what somebody answers is known by the node
    made = [large, *(FLOWS[name]() for name in ("five", "failing", "undone", "cancelled-undone"))]
    flows = [Flow.of(workflow, inputs, setting.ledger, replies) for workflow, inputs, replies in made]
    storm = Storm(setting.url, setting.folder, setting.ledger, flows, piece.seed, restart=setting.restart)
    storm.restarts = min(restarts, piece.kills)
    return storm.rage(piece.kills)


def _restarts(piece: Piece, setting: Setting) -> Figures:
    return _storm(piece, setting, restarts=2)


def _large(piece: Piece, setting: Setting) -> Figures:
    flow = Flow.of(large_flow(WIDTH, LENGTH), {}, setting.ledger, REPLIES)
    return Storm(setting.url, setting.folder, setting.ledger, [flow], piece.seed, crowd=3).rage(piece.kills)


def _stale(piece: Piece, setting: Setting) -> Figures:
    workflow, inputs, _ = FLOWS["five"]()
    flow = Flow.of(workflow, inputs, setting.ledger)
    sleepers = Sleepers(setting.url, setting.folder, setting.ledger, flow)
    sleepers.check(SLEEP_POINTS)
    for at in SLEEP_POINTS[:3]:
        wake_before_the_first_write(sleepers, at)
    return sleepers.figures


KINDS: dict[str, Callable[[Piece, Setting], Figures]] = {
    "points": _points,
    "relay": _relay,
    "storm": _storm,
    "large": _large,
    "restarts": _restarts,
    "stale": _stale,
}
"""What is done in a piece of each kind."""

_ROUND = [
    Piece("storm", SQLITE, 50),
    Piece("storm", POSTGRES, 50),
    Piece("restarts", POSTGRES, 50),
    Piece("relay", SQLITE, 20),
    Piece("relay", POSTGRES, 20),
    Piece("large", SQLITE, 30),
    Piece("large", POSTGRES, 30),
]
_FIRST = [Piece("stale", store) for store in STORES]
_ONCE = [Piece("points", store, flow=flow) for flow in FLOWS for store in STORES]


def pieces(seed: int, only: frozenset[str] = frozenset()) -> Iterator[Piece]:
    """The pieces in their order: naps, one of each kind that is random, all that is not, and random ones for ever.

    Args:
        seed: of the first of each kind; that of the next is one more.
        only: those that have all of these words.

    >>> [one.options for one in itertools.islice(pieces(7, frozenset({"relay"})), 2)]
    ['--only relay --only sqlite --seed 7 --kills 20', '--only relay --only postgres --seed 7 --kills 20']
    """
    again = [one for one in _ROUND if only <= set(one.words)]
    yield from (one for one in _FIRST if only <= set(one.words))
    yield from (replace(one, seed=seed) for one in again)
    yield from (one for one in _ONCE if only <= set(one.words))
    if again:
        for number in itertools.count(1):
            yield from (replace(one, seed=seed + number) for one in again)
