"""What the holder of a run says in one write: as data for the model, as chance makes it, and as a store takes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from hypothesis import strategies as st

from planweave.engine.store.entry import START, Entry
from planweave.engine.store.rows import Question, Write

NODES, EVENTS = ("m", "n"), ("paid", "left")
LATE, LATER = 1.0, 1e12
"""Times that are over, and that are to come."""
NOTE = '[[1.5,"started",0]]'
"""The text of an entry that says nothing of the run."""


@dataclass(frozen=True)
class Asked:
    """What is asked: with which token, until when (for ever, if it is not late), of whom (None: anybody), or by which
    event."""

    token: str
    is_late: bool = False
    by: str | None = None
    event: str | None = None


@dataclass(frozen=True)
class Said:
    """What a holder says in one write.

    Attributes:
        texts: of new entries.
        first: the number of the first of them.
        state, reason, due: of the run.
        asks: nodes with what they ask.
        closes: the nodes that ask no more.
        takes: the numbers of events.
        releases: whether the run is given out of hand.
        most: of the events that have come, so many are taken, and all answers; 0: it is not looked for them.
    """

    texts: tuple[str, ...] = (NOTE,)
    first: int = 0
    state: str | None = None
    reason: str | None = None
    due: float | None = None
    asks: tuple[tuple[str, Asked], ...] = ()
    closes: tuple[str, ...] = ()
    takes: tuple[int, ...] = ()
    releases: bool = False
    most: int = 0

    @property
    def is_about_the_run(self) -> bool:
        """Whether it says anything of the run itself: then the due time is what is said, else as before."""
        return self.releases or (self.state, self.reason, self.due) != (None, None, None)


NOTHING = Said(texts=())
"""What whoever holds a run that has ended says."""

_MOVES: Sequence[tuple[str | None, str | None, float | None]] = (
    (None, None, None),
    ("running", None, None),
    ("waiting", None, None),
    ("waiting", None, LATE),
    ("waiting", "for Ada", LATER),
    ("blocked", "why", None),
    (None, "why", None),
    (None, None, LATER),
)
_ASKED = (
    *(Asked("t"), Asked("u"), Asked("t", by="ann"), Asked("t", is_late=True)),
    *(Asked("u", event=one) for one in EVENTS),
)
_ASKS: Sequence[tuple[tuple[str, Asked], ...]] = ((), *(((node, one),) for node in NODES for one in _ASKED))
_CLOSES: Sequence[tuple[str, ...]] = ((), (), NODES[:1], NODES[1:])
_ANY = [
    Said(texts, 0, *move, asks, closes, releases=releases, most=most)
    for asks, move, texts, most, closes, releases in product(
        _ASKS, _MOVES, ((NOTE,), (), (NOTE, NOTE)), (0, 1, 9), _CLOSES, (False, False, False, False, True)
    )
]
_PLAIN = (Said(), Said(most=1))
sayings = st.integers(-len(_ANY), len(_ANY) - 1).map(lambda i: _ANY[i] if i >= 0 else _PLAIN[i % 2])
"""Anything that a holder may say but that the run has ended; often one entry and nothing else, as in life. Chosen from
a table: to draw each part by itself takes longer than to write it."""


def ended(said: Said, end: str) -> Said:
    """The same, and that the run has ended."""
    return replace(said, texts=(*said.texts, f'[[2.5,"run_{end}",-1]]'), state=end)


def write_of(run: str, token: int, written: Sequence[Entry], said: Said) -> Write:
    """What is said, as it is written behind the entries that its writer knows of."""
    head, entries = written[-1].hash if written else START, list[Entry]()
    for number, text in enumerate(said.texts, said.first):
        entries.append(Entry.after(head, number, text))
        head = entries[-1].hash
    asked = tuple(
        Question(run, node, "approval", one.token, _body(one), LATE if one.is_late else None, event=one.event)
        for node, one in said.asks
    )
    rest = said.state, said.reason, said.due, asked, said.closes, said.takes, said.releases
    return Write(run, token, tuple(entries), *rest)


def _body(asked: Asked) -> str:
    return '{"title":"May we?"}' if asked.by is None else f'{{"title":"May we?","by":["{asked.by}"]}}'
