"""What can be seen of a store from outside at one moment, and the laws that hold of it whatever came before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from planweave.engine.store.audit import flaw_of
from planweave.engine.store.entry import START, Entry
from planweave.engine.store.rows import News, Question, RunRow
from planweave.engine.store.store import Store
from tests.store.machine.going import Asking, Going
from tests.store.machine.model import Model
from tests.store.machine.said import EVENTS

RUNS, KEY = ("a", "b"), "key"


@dataclass(frozen=True)
class Seen:
    """All that a store tells, but for the time and large values.

    Attributes:
        rows: of the runs by id, those created first before others.
        entries: of each run.
        questions: in the order of run and node.
        news: what is new to whoever looks for everything.
        kept: the value of a call.
    """

    rows: dict[str, RunRow]
    entries: dict[str, list[Entry]]
    questions: list[Question]
    news: list[News]
    kept: str | None

    @classmethod
    def of(cls, store: Store) -> Seen:
        """Look at a store."""
        rows = {one.id: one for one in reversed(store.rows())}
        return cls(
            rows,
            {run: list(store.entries(run)) for run in rows},
            store.questions(),
            store.news(RUNS, RUNS, [(run, event) for run in RUNS for event in EVENTS]),
            store.cached(KEY),
        )


def is_whole(seen: Seen) -> None:
    """Law: each chain has all its entries in order, and what the row of a run tells of them is what they are."""
    for run, row in seen.rows.items():
        entries = seen.entries[run]
        flaw = flaw_of(row, entries)
        assert flaw is None, str(flaw)
        if row.pruned is None:
            assert [one.number for one in entries] == list(range(row.entries))
            assert row.head == (entries[-1].hash if entries else START)
        if row.holder is None or row.pruned is not None:
            assert (row.sealed, row.seal) == (row.entries, row.head)
        assert (row.holder is None) == (row.lease_until is None)


def has_grown(before: Seen, after: Seen) -> None:
    """Law: tokens only grow; entries stay, and others only follow them, until they are pruned; ends are for good."""
    for run, row in before.rows.items():
        now, entries = after.rows[run], after.entries[run]
        assert now.token >= row.token and now.created == row.created
        assert now.token > row.token or now.holder in (row.holder, None), "another holds it with the same token"
        assert now.entries >= row.entries and now.sealed >= row.sealed
        assert now.wanted == (row.wanted or now.wanted)
        if now.pruned is None:
            assert entries[: row.entries] == before.entries[run]
        else:
            assert not entries and now.head == row.head


def is_taken_once(seen: Seen, model: Model) -> None:
    """Law: each event that was sent is in one entry that says that it was taken, or is told still; never both."""
    for run, going in model.runs.items():
        taken = [one for entry in seen.entries[run] if '"taken"' in entry.text for one in _taken(entry)]
        told = [one.text for one in seen.news if (one.run, one.kind) == (run, "event")]
        assert sorted(taken + told) == sorted(one.value for one in going.sent) or going.is_pruned


def taking(values: list[str]) -> str:
    """The text of an entry that says that events were taken."""
    return f'[[1.5,"log",0,{json.dumps({"taken": values})}]]'


def _taken(entry: Entry) -> list[str]:
    return [str(one) for one in json.loads(entry.text)[0][3]["taken"]]


def is_as(seen: Seen, model: Model, now: float) -> None:
    """Law: the store tells what the model knows; ``now`` lies between leases that have ended and those that go on."""
    assert list(seen.rows) == list(model.runs)
    for run, going in model.runs.items():
        assert _row(seen.rows[run], now) == _row_of(going)
        assert [one.text for one in seen.entries[run]] == going.texts
        asking = {one.node: _question(one) for one in seen.questions if one.run == run}
        assert asking == {node: _question_of(one) for node, one in going.asking.items()}
    assert sorted((*one[:5], one.number) for one in seen.news) == model.news()
    assert seen.kept == model.kept.get(KEY, (None, ""))[0]


def _row(row: RunRow, now: float) -> Any:
    is_live = row.lease_until is not None and row.lease_until > now
    begun = row.workflow, row.graph, row.inputs
    rest = row.token, row.state, row.reason, row.due, row.wanted, row.entries, row.head, row.pruned is not None
    return row.holder, is_live, begun, *rest


def _row_of(going: Going) -> Any:
    begun = ("work", None, "{}") if going.is_pruned else ("work", "{}", '{"x":1}')
    rest = going.token, going.state, going.reason, going.due, going.wanted, going.count, going.head, going.is_pruned
    return going.holder, going.is_live, begun, *rest


def _question(one: Question) -> Any:
    return one.token, one.event, one.answer, one.answered_by, one.closed_at is not None


def _question_of(one: Asking) -> Any:
    return one.asked.token, one.asked.event, one.answer, one.by, one.is_closed
