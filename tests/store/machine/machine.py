"""A machine that does anything to a store and to a model of it, in any order, and holds the one against the other.

Three holders, who may believe that they still hold what others have taken over or what they have let go of, write
through two openings of one store, while others answer, send and ask. After each step the store tells what the model
knows, and the laws in ``seen.py`` hold: no entry is lost, none is written by one who was fenced off, none leaves a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any, ClassVar, NamedTuple, cast

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from planweave.engine.errors import StoreError
from planweave.engine.store.audit import audit
from planweave.engine.store.entry import Entry
from planweave.engine.store.rows import RunRow, Write
from planweave.engine.store.store import Store
from planweave.engine.store.values import reference
from tests.store.machine.going import ENDED
from tests.store.machine.model import Model
from tests.store.machine.said import EVENTS, NODES, NOTE, NOTHING, Said, ended, rarely, said, write_of
from tests.store.machine.seen import RUNS, Seen, has_grown, is_as, is_taken_once, is_whole, taking

HOLDERS = ("host|boot|1|s|x", "host|boot|2|s|y", "host|boot|3|s|z")
LONG, OVER = 1e6, -1.0
"""Seconds of a lease that outlasts the test, and of one that has ended before it begins."""

new_runs, holders, nodes, events = map(st.sampled_from, (RUNS, HOLDERS, NODES, EVENTS))
runs = st.sampled_from((*RUNS * 4, "nobody"))
wheres, numbers = st.integers(0, 1), st.integers(0, 11)
slips = st.sampled_from((0, 0, -1, 1))


class View(NamedTuple):
    """What a holder knows of a run: its own token, and the entries that it has read or written."""

    token: int
    entries: tuple[Entry, ...]


Key = tuple[str, str]
"""A holder and a run."""


class StoreMachine(RuleBasedStateMachine):
    """Any calls in any order; ``new`` opens a store that is empty, ``again`` opens it once more."""

    new: ClassVar[Callable[[], Store]]
    again: ClassVar[Callable[[Store], Store]]

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.views: dict[Key, View] = {}
        self.stores: list[Store] = []
        self.seen: Seen | None = None
        self.is_unchanged = False
        self.count = 0

    @initialize(holder=holders, is_live=st.booleans(), said=said)
    def open(self, holder: str, is_live: bool, said: Said) -> None:
        first = type(self).new()
        self.stores = [first, type(self).again(first)]
        self.create(RUNS[0], holder, 0, is_live, said)

    def teardown(self) -> None:
        for one in self.stores:
            one.close()

    def both(self, found: Callable[[], Any], expected: Callable[[], Any]) -> Any:
        """Do it to the store and to the model, which must agree on what comes of it; what is refused changes nothing."""
        one, other = _outcome(found), _outcome(expected)
        assert one == other, f"the store gives {one}, the model {other}"
        self.is_unchanged = isinstance(one, type)
        return one

    def next_text(self) -> str:
        """JSON that is like no other."""
        self.count += 1
        return str(self.count)

    # ------------------------------------------------------------------ the holder of a run

    @rule(run=new_runs, holder=holders, where=wheres, is_live=st.booleans(), said=said)
    def create(self, run: str, holder: str, where: int, is_live: bool, said: Said) -> None:
        said = replace(said, texts=said.texts or (NOTE,))
        row, write = RunRow(run, "work", "queued", graph="{}", inputs='{"x":1}'), write_of(run, 1, (), said)
        done = self.both(
            lambda: self.stores[where].create(row, write, holder, LONG if is_live else OVER),
            lambda: self.model.create(run, said, holder, is_live),
        )
        if done == 1:
            self.views[holder, run] = View(1, write.entries)

    @rule(run=runs, where=wheres, said=said, is_blob=rarely, end=st.sampled_from((None, None, None, *ENDED)))
    def go_on(self, run: str, where: int, said: Said, is_blob: bool, end: str | None) -> None:
        """Whoever holds a run writes what comes next."""
        going = self.model.runs.get(run)
        key = (going.holder, run) if going is not None and going.holder is not None else None
        if key is None or going is None:
            return
        if going.is_over:
            said = NOTHING
        elif is_blob or end is not None:
            said = replace(said, texts=(*said.texts, self.blob())) if is_blob else said
            said = said if end is None else ended(said, end)
        self.commit_all(where, [(key, said, 0)])

    @precondition(lambda self: self.views)
    @rule(where=wheres, group=st.lists(st.tuples(numbers, said, slips), min_size=1, max_size=2))
    def commit(self, where: int, group: list[tuple[int, Said, int]]) -> None:
        """Holders of now and of before write what they believe to be next, or what leaves a gap."""
        keys, made = sorted(self.views), list[tuple[Key, Said, int]]()
        for i, said, slip in group:
            key = keys[i % len(keys)]
            going = self.model.runs[key[1]]
            is_end = going.is_over and going.is_written_by(self.views[key].token)
            # what is new is looked for once: who writes twice at once knows what was taken
            said = NOTHING if is_end else replace(said, is_taking=said.is_taking and not made)
            made.append((key, said, slip))
        self.commit_all(where, made)

    def commit_all(self, where: int, group: Sequence[tuple[Key, Said, int]]) -> None:
        """Write, each knowing what it has handed over before, though not yet what becomes of it."""
        known, made = dict(self.views), list[tuple[Key, Write, Said]]()
        for key, said, slip in group:
            token, entries = known[key]
            said = self.taken(where, key[1], said) if said.is_taking else said
            said = replace(said, first=len(entries) + (slip if said.texts else 0))
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

    def taken(self, where: int, run: str, said: Said) -> Said:
        """What is said by one who takes all that others have said."""
        news = self.stores[where].news([], [run], [(run, event) for event in EVENTS])
        came = [one for one in news if one.kind == "event"]
        answered = tuple(one.name for one in news if one.kind == "answer")
        texts = (taking([one.text for one in came]),) if came else ()
        closes = tuple(dict.fromkeys((*said.closes, *answered)))
        return replace(said, texts=(*texts, *said.texts), closes=closes, takes=tuple(one.number for one in came))

    def blob(self) -> str:
        """The text of an entry that refers to a large value, which is kept."""
        data = self.next_text().encode()
        name = sha256(data).hexdigest()
        self.stores[0].put_blob(name, data)
        self.model.blobs[name] = data
        return f'[[1.5,"succeeded",0,{{"value":{reference(name)}}}]]'

    @rule(run=runs, holder=holders, where=wheres, is_live=st.booleans(), is_dead=rarely)
    def claim(self, run: str, holder: str, where: int, is_live: bool, is_dead: bool) -> None:
        done = self.both(
            lambda: self.stores[where].claim(run, holder, LONG if is_live else OVER, is_dead=lambda _: is_dead).token,
            lambda: self.model.claim(run, holder, is_live, is_dead),
        )
        if isinstance(done, int):
            self.views[holder, run] = View(done, tuple(self.stores[where].entries(run)))

    @rule(holder=holders, where=wheres, is_live=st.booleans())
    def renew(self, holder: str, where: int, is_live: bool) -> None:
        """Renewed for less than no time, leases end."""
        self.both(
            lambda: self.stores[where].renew(holder, LONG if is_live else OVER),
            lambda: self.model.renew(holder, is_live),
        )

    @precondition(lambda self: self.views)
    @rule(which=numbers, node=nodes, where=wheres)
    def stop_asking(self, which: int, node: str, where: int) -> None:
        holder, run = sorted(self.views)[which % len(self.views)]
        token = self.views[holder, run].token

        def stop() -> tuple[str | None, bool]:
            question = self.stores[where].stop_asking(run, node, token)
            return question.answer, question.closed_at is not None

        self.both(stop, lambda: self.model.stop_asking(run, node, token))

    # ------------------------------------------------------------------ anybody

    @rule(run=runs, node=nodes, where=wheres, by=st.sampled_from(("ann", "bob")), token=st.sampled_from((None, *"tu")))
    def answer(self, run: str, node: str, where: int, by: str, token: str | None) -> None:
        text = self.next_text()

        def give() -> tuple[str | None, str | None]:
            question = self.stores[where].answer(run, node, text, by, token)
            return question.answer, question.answered_by

        self.both(give, lambda: self.model.answer(run, node, text, by, token))

    @rule(run=runs, event=events, id=numbers, where=wheres)
    def send(self, run: str, event: str, id: int, where: int) -> None:
        text = self.next_text()
        self.both(
            lambda: self.stores[where].send(run, event, text, "bob", str(id)),
            lambda: self.model.send(run, event, text, str(id)),
        )

    @rule(run=runs, what=st.sampled_from(("cancel", "undo")), where=wheres)
    def want(self, run: str, what: str, where: int) -> None:
        self.both(lambda: self.stores[where].want(run, what).wanted, lambda: self.model.want(run, what))

    @rule(key=events, run=new_runs, where=wheres)
    def keep(self, key: str, run: str, where: int) -> None:
        text = self.next_text()
        self.both(lambda: self.stores[where].keep(key, text, run), lambda: self.model.keep(key, text, run))

    @rule(run=runs, where=wheres)
    def prune(self, run: str, where: int) -> None:
        self.both(lambda: self.stores[where].prune(run), lambda: self.model.prune(run))

    @rule(where=wheres)
    def drop_blobs(self, where: int) -> None:
        names = list(self.model.blobs)
        self.both(lambda: self.stores[where].drop_blobs(older_than=-10.0), self.model.drop_blobs)
        for name in names:
            assert self.stores[where].get_blob(name) == self.model.blobs.get(name)
        self.is_unchanged = True

    @rule(which=st.sampled_from(((0,), (1,), (0, 1))))
    def reopen(self, which: tuple[int, ...]) -> None:
        """One opening is closed and opened again, or both: then all is as it was."""
        for i in which:
            self.stores[i].close()
        for i in which:
            self.stores[i] = type(self).again(self.stores[i])
        self.is_unchanged = True

    @rule(where=wheres, is_dead=st.booleans(), start=numbers)
    def look_closer(self, where: int, is_dead: bool, start: int) -> None:
        """Whatever else can be asked of a store tells the same, and changes nothing."""
        store = self.stores[where]
        assert audit(store).flaws == ()
        assert store.claimable(is_dead=lambda holder: is_dead) == self.model.claimable(is_dead)
        rows = store.rows()
        for row, brief in zip(rows, store.rows(is_brief=True), strict=True):
            assert store.row(row.id) == row and replace(row, graph=None, inputs="{}") == brief
            assert row in store.rows([row.state]) and row not in store.rows(["none"])
            assert [one.number for one in store.entries(row.id, start)] == (
                [] if row.pruned is not None else list(range(start, row.entries))
            )
        self.is_unchanged = True

    # ------------------------------------------------------------------ what must be so

    @invariant()
    def all_is_as_it_must_be(self) -> None:
        if not self.stores:
            return
        self.count += 1
        store, before = self.stores[self.count % 2], self.seen
        self.seen = Seen.of(store)
        is_as(self.seen, self.model, store.now())
        is_whole(self.seen)
        is_taken_once(self.seen, self.model)
        if before is not None:
            has_grown(before, self.seen)
            assert not self.is_unchanged or self.seen == before
        self.is_unchanged = False


def _outcome(call: Callable[[], Any]) -> Any:
    """What a call gives, or which error it raises."""
    try:
        return call()
    except StoreError as error:
        return type(error)


def machine(new: Callable[[], Store], again: Callable[[Store], Store]) -> type[RuleBasedStateMachine]:
    """The machine of a kind of store."""
    return cast(
        type[RuleBasedStateMachine],
        type("Machine", (StoreMachine,), {"new": staticmethod(new), "again": staticmethod(again)}),
    )
