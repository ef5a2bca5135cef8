"""A machine that does anything to a store and to a model of it, in any order, and holds the one against the other.

Three holders, who may believe that they still hold what others have taken over or what they have let go of, write
through two openings of one store, while others answer, send and ask. After each step the store tells what the model
knows, and the laws in ``seen.py`` hold: no entry is lost, none is written by one who was fenced off, none leaves a gap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, TypeVar, cast

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from planweave.engine.store.audit import audit
from planweave.engine.store.rows import Question, RunRow
from planweave.engine.store.store import Store
from tests.store.machine.going import ENDED
from tests.store.machine.pair import Key, Pair, View
from tests.store.machine.said import EVENTS, NODES, NOTE, NOTHING, Said, ended, sayings, write_of
from tests.store.machine.seen import KEY, RUNS

_F = TypeVar("_F", bound=Callable[..., None])

HOLDERS = ("host|boot|1|s|x", "host|boot|2|s|y", "host|boot|3|s|z")
LONG, OVER = 1e6, -1e6
"""Seconds of a lease that outlasts the test, and of one that has ended before it begins."""

holders, events = map(st.sampled_from, (HOLDERS, EVENTS))
numbers = st.integers(0, 11)
mores = st.sampled_from((*("",) * 5, "abreast", "abreast", "blob", "blob", *ENDED, *ENDED))
slips = st.sampled_from((0, 0, 0, -1, 1))
_saying = st.tuples(numbers, sayings, slips)
writings = st.one_of(st.tuples(_saying), st.tuples(_saying, _saying))


MOVES = list[st.SearchStrategy[tuple[str, dict[str, Any]]]]()
"""What may be done, with its arguments. To hypothesis all these are one rule: of several it leaves some out in each
example, and what is looked for here takes most of them, in any order."""


def move(often: int = 1, /, **arguments: st.SearchStrategy[Any]) -> Callable[[_F], _F]:
    """Marks a method as one of the moves; one that is named several times is made more often."""

    def marked(method: _F) -> _F:
        one = st.tuples(st.just(method.__name__), st.fixed_dictionaries(arguments))
        MOVES.extend([one] * often)
        return method

    return marked


class StoreMachine(RuleBasedStateMachine):
    """Any calls in any order; ``new`` opens a store that is empty, ``again`` opens it once more."""

    new: ClassVar[Callable[[], Store]]
    again: ClassVar[Callable[[Store], Store]]

    def __init__(self) -> None:
        super().__init__()
        first = type(self).new()
        self.pair = Pair((first, type(self).again(first)))

    @initialize(holder=holders, is_live=st.booleans(), first=sayings, second=sayings)
    def begin(self, holder: str, is_live: bool, first: Said, second: Said) -> None:
        self.create(RUNS[0], holder, 0, is_live, first)
        self.create(RUNS[1], HOLDERS[0], 1, True, second)

    def teardown(self) -> None:
        self.pair.close()

    @rule(step=st.deferred(lambda: st.sampled_from(MOVES).flatmap(lambda one: one)))
    def step(self, step: tuple[str, dict[str, Any]]) -> None:
        name, arguments = step
        getattr(self, name)(where=self.pair.turn, **arguments)

    @invariant()
    def all_is_as_it_must_be(self) -> None:
        self.pair.check()

    # ------------------------------------------------------------------ the holder of a run

    @move(5, group=writings, more=mores)
    def write(self, where: int, group: tuple[tuple[int, Said, int], ...], more: str) -> None:
        """Holders of now and of before write what they believe to be next, or what leaves a gap."""
        pair, made = self.pair, list[tuple[Key, Said, int]]()
        for which, meant, slip in group:
            key = self.writer(which)
            if more == "abreast":  # with a look at what is there, as one who does not know that he was fenced off
                pair.views[key] = View(pair.views[key].token, tuple(pair.stores[where].entries(key[1])))
            said = replace(meant, most=0 if made else meant.most)  # who writes twice at once knows what was taken
            said = replace(said, texts=(*said.texts, pair.blob())) if more == "blob" else said
            said = ended(said, more) if more in ENDED and len(made) == len(group) - 1 else said
            going = pair.model.runs[key[1]]
            is_end = going.is_over and going.is_written_by(pair.views[key].token)
            made.append((key, NOTHING if is_end else said, slip))
        pair.commit(where, made)

    def writer(self, which: int) -> Key:
        """One of those who may write, or one of those who may not, and the run."""
        keys: tuple[list[Key], list[Key]] = [], []
        for key, view in sorted(self.pair.views.items()):
            keys[not self.pair.model.runs[key[1]].is_written_by(view.token)].append(key)
        some = keys[which % 2] or keys[1 - which % 2]
        return some[which // 2 % len(some)]

    def run_of(self, which: int) -> str:
        """One of the runs that are there; seldom none."""
        names = list(self.pair.model.runs)
        return "nobody" if which == 6 else names[which % len(names)]

    def node_of(self, run: str, which: int) -> str:
        """One of the nodes that ask something; seldom another."""
        asking = sorted(self.pair.model.runs[run].asking) if run in self.pair.model.runs else []
        return asking[which % len(asking)] if asking and which != 6 else NODES[which % 2]

    @move(3, which=numbers, holder=holders, is_live=st.booleans(), is_dead=st.booleans())
    def claim(self, which: int, holder: str, where: int, is_live: bool, is_dead: bool) -> None:
        pair, store, run = self.pair, self.pair.stores[where], self.run_of(which)
        done = pair.agree(
            lambda: store.claim(run, holder, LONG if is_live else OVER, is_dead=lambda _: is_dead).token,
            lambda: pair.model.claim(run, holder, is_live, is_dead),
        )
        if isinstance(done, int):
            pair.views[holder, run] = View(done, tuple(store.entries(run)))

    @move(run=st.sampled_from(RUNS), holder=holders, is_live=st.booleans(), said=sayings)
    def create(self, run: str, holder: str, where: int, is_live: bool, said: Said) -> None:
        pair, said = self.pair, replace(said, texts=said.texts or (NOTE,))
        row, write = RunRow(run, "work", "queued", graph="{}", inputs='{"x":1}'), write_of(run, 1, (), said)
        done = pair.agree(
            lambda: pair.stores[where].create(row, write, holder, LONG if is_live else OVER),
            lambda: pair.model.create(run, said, holder, is_live),
        )
        if done == 1:
            pair.views[holder, run] = View(1, write.entries)

    @move(holder=holders, is_live=st.booleans())
    def renew(self, holder: str, where: int, is_live: bool) -> None:
        """Renewed for less than no time, leases end."""
        self.pair.agree(
            lambda: self.pair.stores[where].renew(holder, LONG if is_live else OVER),
            lambda: self.pair.model.renew(holder, is_live),
        )

    # ------------------------------------------------------------------ anybody

    @move(
        3,
        which=numbers,
        node=numbers,
        by=st.sampled_from(("ann", "bob")),
        token=st.sampled_from((None, None, None, *"tu")),
    )
    def answer(self, which: int, node: int, where: int, by: str, token: str | None) -> None:
        pair, run, text = self.pair, self.run_of(which), self.pair.next_text()
        name = self.node_of(run, node)

        def give() -> tuple[str | None, str | None]:
            question = pair.stores[where].answer(run, name, text, by, token)
            return question.answer, question.answered_by

        pair.agree(give, lambda: pair.model.answer(run, name, text, by, token))

    @move(2, which=numbers, event=events, id=numbers, times=st.integers(1, 2))
    def send(self, which: int, event: str, id: int, where: int, times: int) -> None:
        pair, run = self.pair, self.run_of(which)
        for i in range(times):
            rest = event, pair.next_text()
            pair.agree(
                partial(pair.stores[where].send, run, *rest, "bob", str(id + i)),
                partial(pair.model.send, run, *rest, str(id + i)),
            )

    @move(2, which=numbers, what=st.sampled_from(("cancel", "undo", "keep")))
    def want_or_keep(self, which: int, what: str, where: int) -> None:
        pair, store, run, text = self.pair, self.pair.stores[where], self.run_of(which), self.pair.next_text()
        if what == "keep":
            pair.agree(lambda: store.keep(KEY, text, run), lambda: pair.model.keep(KEY, text, run))
        else:
            pair.agree(lambda: store.want(run, what).wanted, lambda: pair.model.want(run, what))

    @move(2, which=numbers, node=numbers, what=st.sampled_from(("question", "run", "blobs")))
    def clear(self, which: int, node: int, what: str, where: int) -> None:
        """Stop asking, prune a run, or drop what nothing refers to."""
        pair, store, run = self.pair, self.pair.stores[where], self.run_of(which)
        if what == "run":
            over = [name for name, one in pair.model.runs.items() if one.is_over] if which % 2 else []
            run = over[which // 2 % len(over)] if over else run
            pair.agree(lambda: store.prune(run), lambda: pair.model.prune(run))
        elif what == "question":
            key = self.writer(which)
            name, token = self.node_of(key[1], node), pair.views[key].token
            pair.agree(
                lambda: _answer_of(store.stop_asking(key[1], name, token)),
                lambda: pair.model.stop_asking(key[1], name, token),
            )
        else:
            names = list(pair.model.blobs)
            pair.agree(lambda: store.drop_blobs(older_than=-10.0), pair.model.drop_blobs)
            assert [store.get_blob(name) for name in names] == [pair.model.blobs.get(name) for name in names]
            pair.is_unchanged = True

    @move(closed=st.sampled_from(((), (0,), (1,), (0, 1))), is_dead=st.booleans(), start=numbers)
    def look_closer(self, closed: tuple[int, ...], where: int, is_dead: bool, start: int) -> None:
        """One opening is closed and opened again, or both; and whatever else can be asked of a store tells the same."""
        for i in closed:
            self.pair.stores[i].close()
        for i in closed:
            self.pair.stores[i] = type(self).again(self.pair.stores[i])
        store = self.pair.stores[where]
        assert audit(store).flaws == ()
        assert store.claimable(is_dead=lambda holder: is_dead) == self.pair.model.claimable(is_dead)
        for row, brief in zip(store.rows(), store.rows(is_brief=True), strict=True):
            assert store.row(row.id) == row and replace(row, graph=None, inputs="{}") == brief
            assert row in store.rows([row.state]) and row not in store.rows(["none"])
            there = range(start, 0 if row.pruned is not None else row.entries)
            assert [one.number for one in store.entries(row.id, start)] == list(there)
        self.pair.is_unchanged = True


def _answer_of(question: Question) -> tuple[str | None, bool]:
    return question.answer, question.closed_at is not None


def machine(new: Callable[[], Store], again: Callable[[Store], Store]) -> type[RuleBasedStateMachine]:
    """The machine of a kind of store."""
    return cast(
        type[RuleBasedStateMachine],
        type("Machine", (StoreMachine,), {"new": staticmethod(new), "again": staticmethod(again)}),
    )
