"""What a store is, in plain Python: a few dictionaries, and what each call does to them or refuses.

The errors are those of the store. Times are whether something is over or not, since nobody here waits for a clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from planweave.engine.errors import (
    AlreadyAnswered,
    AnsweredLate,
    LeaseLost,
    NotAllowed,
    RunExists,
    RunHeld,
    StoreError,
    UnknownQuestion,
    UnknownRun,
    WrongToken,
)
from tests.store.machine.going import Asking, Going, Sent
from tests.store.machine.said import Said


class Model:
    """A store.

    Attributes:
        runs: by id, those created first before others.
        kept: values of calls by key, each with the run that has kept it.
        blobs: large values by name.
    """

    def __init__(self) -> None:
        self.runs: dict[str, Going] = {}
        self.kept: dict[str, tuple[str, str]] = {}
        self.blobs: dict[str, bytes] = {}

    # ------------------------------------------------------------------ the holder of a run

    def create(self, run: str, said: Said, holder: str, is_live: bool) -> int:
        if run in self.runs:
            raise RunExists("")
        self.runs[run] = Going(holder, is_live)
        self.runs[run].take(said)
        return 1

    def commit(self, writes: Sequence[tuple[str, int, Said]]) -> list[type[StoreError] | None]:
        return [self._commit(*one) for one in writes]

    def _commit(self, run: str, token: int, said: Said) -> type[StoreError] | None:
        going = self.runs[run]
        if not going.is_written_by(token) or (said.texts and said.first != going.count):
            return LeaseLost
        going.take(said)
        return None

    def claim(self, run: str, holder: str, is_live: bool, is_dead: bool) -> int:
        going = self._known(run)
        if going.holder == holder or (going.holder is not None and going.is_live and not is_dead):
            raise RunHeld("", until=0.0, seconds=0.0)
        going.token += 1
        going.holder, going.is_live = holder, is_live
        return going.token

    def renew(self, holder: str, is_live: bool) -> set[str]:
        held = {name for name, one in self.runs.items() if one.holder == holder}
        for name in held:
            self.runs[name].is_live = is_live
        return held

    def stop_asking(self, run: str, node: str, token: int) -> tuple[str | None, bool]:
        going = self._known(run)
        if going.token != token:
            raise LeaseLost("")
        one = self._asking(going, node)
        one.is_closed = one.is_closed or one.answer is None
        return one.answer, one.is_closed

    # ------------------------------------------------------------------ anybody

    def claimable(self, is_dead: bool) -> list[str]:
        return [
            name
            for name, one in self.runs.items()
            if one.is_something_to_do() and (one.holder is None or not one.is_live or is_dead)
        ]

    def answer(self, run: str, node: str, answer: str, by: str, token: str | None) -> tuple[str, str]:
        one = self._asking(self._known(run), node)
        if token is not None and token != one.asked.token:
            raise WrongToken("")
        if one.answer is not None:
            raise AlreadyAnswered("")
        if one.is_closed or one.asked.is_late:
            raise AnsweredLate("")
        if one.asked.by not in (None, by):
            raise NotAllowed("")
        one.answer, one.by = answer, by
        return answer, by

    def send(self, run: str, name: str, value: str, id: str) -> None:
        going = self._known(run)
        if any(one.id == id for one in going.sent):
            return
        if going.is_over:
            raise AnsweredLate("")
        going.sent.append(Sent(id, name, value))

    def want(self, run: str, what: str) -> str | None:
        going = self._known(run)
        if not going.is_over and going.wanted is None:
            going.wanted = what
        return going.wanted

    def keep(self, key: str, value: str, run: str) -> None:
        self.kept.setdefault(key, (value, run))

    def prune(self, run: str) -> int:
        going = self._known(run)
        if not going.is_over:
            return 0
        self.kept = {key: one for key, one in self.kept.items() if one[1] != run}
        return going.prune()

    def drop_blobs(self) -> int:
        texts = "\n".join(text for one in self.runs.values() for text in one.texts)
        left = {name: data for name, data in self.blobs.items() if name in texts}
        count, self.blobs = len(self.blobs) - len(left), left
        return count

    def news(self) -> list[tuple[Any, ...]]:
        """What is new for whoever looks for everything: of each its run, kind, name, text, who has said it, number."""
        return sorted(one for name, going in self.runs.items() for one in _news(name, going))

    def _known(self, run: str) -> Going:
        if run not in self.runs:
            raise UnknownRun("")
        return self.runs[run]

    def _asking(self, going: Going, node: str) -> Asking:
        if node not in going.asking:
            raise UnknownQuestion("")
        return going.asking[node]


def _news(run: str, going: Going) -> Iterator[tuple[Any, ...]]:
    if going.wanted is not None:
        yield run, "wanted", going.wanted, "", "", -1
    for node, one in going.asking.items():
        if one.answer is not None and not one.is_closed:
            yield run, "answer", node, one.answer, one.by, -1
    for number, sent in enumerate(going.sent):
        if not sent.is_taken:
            yield run, "event", sent.name, sent.value, "bob", number
