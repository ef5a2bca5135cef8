"""Laws of what a rerun keeps, on random workflows under a virtual clock."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from planweave.engine.history import NodeRun
from planweave.engine.journal import NODE_KINDS, RUN_KINDS, MemoryJournal, records_of
from planweave.engine.launch import run_of, sizes_of, started
from planweave.engine.run import Run
from planweave.engine.source import nodes_of
from planweave.engine.state import NodeState
from planweave.engine.store.entry import START, Entry, write_record, write_text
from planweave.engine.store.failure import write_error
from planweave.engine.store.kept import Anew, History, anew, history, retold
from planweave.testing import FEATURES, Limits, Scenario, run_virtually
from planweave.testing.build import plain
from planweave.testing.strategies import workflows

S = NodeState
SOME = FEATURES - {"grow", "cache", "refusals"}  # graphs by name only; values that need a store; what is no JSON


def written(run: Run[Any]) -> list[str]:
    """The records of a run in memory, as a store would have them."""
    found = []
    nodes, values = run._scheduler.data.nodes, run._scheduler.data.values
    for time, kind, position, told in records_of(run._journal.records):
        if kind is S.READY:
            continue
        name, data = RUN_KINDS[kind] if position < 0 else NODE_KINDS[kind], told
        if kind is S.SUCCEEDED:
            data = {"value": values[position]} if nodes[position].control is None else None
        elif kind is S.FAILED:
            data = {"error": told}
        elif kind is S.RUNNING and told == 1:
            data = None
        text = None if data is None else json.dumps(data, default=_other)
        found.append(write_record(time, name, position, text))
    return found


def _other(value: Any) -> Any:
    return write_error(value) if isinstance(value, BaseException) else {"~": repr(value)}


def read(value: Any, annotation: Any) -> Any:
    return value


def fresh(scenario: Scenario, run_id: str) -> tuple[Run[Any], MemoryJournal]:
    """A run that nothing has been told yet."""
    journal = MemoryJournal()
    sizes = sizes_of(scenario.graph, None, 8, 4)
    return run_of(scenario.graph, {}, run_id, journal, sizes, 30.0, (), is_resumed=True), journal


def known(scenario: Scenario, run: Run[Any]) -> History:
    """What a store would know of a run."""
    told, journal = fresh(scenario, run.id)
    entry = Entry.after(START, 0, write_text(written(run)))
    return history(told._scheduler, journal.records, [entry], read, {})


def rerun(scenario: Scenario, before: History, again: Anew, seed: int) -> Run[Any]:
    """Run what is to run again."""
    run, journal = fresh(scenario, f"again-{seed}")
    records = retold(before, again, run._scheduler, journal.records, read, {})
    entry = Entry.after(START, 0, write_text(records))
    other, others = fresh(scenario, run.id)
    history(other._scheduler, others.records, [entry], read, {})
    # what is written can be told once more, and is the same
    assert [one[:3] for one in records_of(others.records)] == [one[:3] for one in records_of(journal.records)]
    scenario.probe.clear()

    async def main() -> Run[Any]:
        return await (await started(other)).wait(check=False)

    return run_virtually(main, seed=seed)


@settings(max_examples=60)
@given(workflows(Limits(parts=6, features=SOME)), st.integers(0, 9), st.data())
def test_a_rerun_ends_as_the_run_did_and_keeps_what_was_before(
    scenario: Scenario, seed: int, data: st.DataObject
) -> None:
    """Law: whatever node it begins at, it comes to the same end; kept nodes do not run, and what comes after does."""
    run = scenario.simulate(seed)
    if not run.nodes:
        return
    before = known(scenario, run)
    start = data.draw(st.integers(0, len(run.nodes) - 1))
    output = scenario.graph.output
    again = anew(before, start, () if output is None else nodes_of(output))
    frontier = before.scheduler.frontier
    ids = [node.id for node in before.scheduler.data.nodes]
    assert start in again.whole
    for position in again.whole:
        assert all(after in again.whole for after in frontier.successors(position))
    new = rerun(scenario, before, again, seed + 1)
    scenario.probe.over = True
    assert (new.state, new.nodes.keys()) == (run.state, run.nodes.keys())
    seen = {visit.node for visit in scenario.probe.visits}
    kept = {ids[i] for i in range(len(ids)) if not again.has(i)}
    assert not seen & kept
    for name, node in new.nodes.items():
        assert name in scenario.expected.nodes
        if node.state is not S.CANCELLED:
            assert node.state is run.nodes[name].state
        if name in kept:
            assert _attempts(node) == _attempts(run.nodes[name])
        if node.state is S.SUCCEEDED:
            assert scenario.expected.nodes[name].value == plain(node.value)
    for i, name in enumerate(ids):
        work = scenario.expected.nodes[name].work
        if i in again.whole and work is not None and run.nodes[name].attempts:
            assert name in seen


def _attempts(node: NodeRun) -> list[tuple[Any, ...]]:
    return [(one.number, one.started, one.ended) for one in node.attempts]
