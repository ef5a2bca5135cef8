"""A store and the model of it: what is done to the one is done to the other, and what comes of it must be the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any, NamedTuple

from planweave.engine.errors import StoreError
from planweave.engine.store.entry import Entry
from planweave.engine.store.rows import Write
from planweave.engine.store.store import Store
from planweave.engine.store.values import reference
from tests.store.machine.model import Model
from tests.store.machine.said import EVENTS, Said, write_of
from tests.store.machine.seen import Seen, has_grown, is_as, is_taken_once, is_whole, taking

Key = tuple[str, str]
"""A holder and a run."""


class View(NamedTuple):
    """What a holder knows of a run: its own token, and the entries that it has read or written."""

    token: int
    entries: tuple[Entry, ...]


class Pair:
    """A store and its model.

    Args:
        stores: two openings of one store, which is empty.

    Attributes:
        model: what it must be like.
        views: what holders of now and of before know.
        is_unchanged: whether the last step may have changed nothing.
    """

    def __init__(self, stores: Sequence[Store]) -> None:
        self.stores = list(stores)
        self.model = Model()
        self.views: dict[Key, View] = {}
        self.is_unchanged = False
        self._seen = Seen.of(self.stores[0])
        self._began = self.stores[0].now()
        self._count = 0

    def agree(self, found: Callable[[], Any], expected: Callable[[], Any]) -> Any:
        """Do it to the store and to the model; gives what comes of it, or which error it raises."""
        one, other = _outcome(found), _outcome(expected)
        assert one == other, f"the store gives {one}, the model {other}"
        self.is_unchanged = isinstance(one, type)  # what is refused changes nothing
        return one

    @property
    def turn(self) -> int:
        """Which of the openings is next: both are used, and what one has written is mostly looked for by the other."""
        return self._count % 2

    def check(self) -> None:
        """Law: after each step all is as it must be, whichever opening tells it."""
        self._count += 1
        store, before = self.stores[self.turn], self._seen
        seen = self._seen = Seen.of(store)
        is_as(seen, self.model, self._began)
        is_whole(seen)
        is_taken_once(seen, self.model)
        has_grown(before, seen)
        assert not self.is_unchanged or seen == before
        self.is_unchanged = False

    def commit(self, where: int, group: Sequence[tuple[Key, Said, int]]) -> None:
        """Write what holders say, each knowing what it has handed over before, though not yet what becomes of it.

        Args:
            where: by which opening.
            group: who says what of which run, and how far from what is next it is put.
        """
        known, made = dict(self.views), list[tuple[Key, Write, Said]]()
        for key, meant, slip in group:
            token, entries = known[key]
            full = self._taken(where, key[1], meant) if meant.most else meant
            said = replace(full, first=len(entries) + (slip if full.texts else 0))
            write = write_of(key[1], token, entries, said)
            if said.first == len(entries):
                known[key] = View(token, (*entries, *write.entries))
            made.append((key, write, said))
        found = self.stores[where].commit([write for _, write, _ in made])
        expected = self.model.commit([(write.run, write.token, said) for _, write, said in made])
        assert [None if one is None else type(one) for one in found] == expected
        for (key, write, _), error in zip(made, found, strict=True):
            if error is None:
                self.views[key] = View(write.token, (*self.views[key].entries, *write.entries))
        self.is_unchanged = None not in found

    def _taken(self, where: int, run: str, said: Said) -> Said:
        """What is said by one who takes what others have said: all answers, and some of the events."""
        news = self.stores[where].news([], [run], [(run, event) for event in EVENTS])
        came = [one for one in news if one.kind == "event"][: said.most]
        answered = (one.name for one in news if one.kind == "answer")
        texts = (taking([one.text for one in came]),) if came else ()
        closes = tuple(dict.fromkeys((*said.closes, *answered)))
        return replace(said, texts=(*texts, *said.texts), closes=closes, takes=tuple(one.number for one in came))

    def next_text(self) -> str:
        """JSON that is like no other."""
        self._count += 1
        return str(self._count)

    def blob(self) -> str:
        """The text of an entry that refers to a large value, which is kept."""
        data = self.next_text().encode()
        name = sha256(data).hexdigest()
        self.stores[0].put_blob(name, data)
        self.model.blobs[name] = data
        return f'[[1.5,"succeeded",0,{{"value":{reference(name)}}}]]'

    def close(self) -> None:
        """Close both openings."""
        for one in self.stores:
            one.close()


def _outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except StoreError as error:
        return type(error)
