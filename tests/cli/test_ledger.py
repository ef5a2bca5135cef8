"""The ledger: what the events of a run say is going on, against the run itself."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planweave as pw
from planweave.cli.progress.ledger import ENDS, Ledger
from planweave.engine.state import UNDOING
from planweave.testing import Scenario, workflows


@pw.task(executor="inline")
def count(n: int) -> list[int]:
    return list(range(n))


@pw.task(executor="inline")
def bump(x: int) -> int:
    return x + 1


@pw.task(executor="inline")
def is_odd(x: int) -> bool:
    return x % 2 == 1


@pw.task(executor="inline")
def is_large(x: int) -> bool:
    return x > 3


@pw.task(executor="inline")
def total(numbers: list[int]) -> int:
    return sum(numbers)


@pw.workflow
def once(x: int) -> int:
    return pw.when(is_odd(x), then=lambda: bump(bump(x)), otherwise=lambda: bump(x))


@pw.workflow
def grown(x: int) -> int:
    return pw.repeat(once, x, until=is_large, limit=9)


@pw.workflow
def row(n: int) -> int:
    return total(grown.map(count(n)))


@pw.workflow
def deep(n: int) -> int:
    """Maps in a map, each with loops of branches: every way in which ids are built."""
    return total(row.map(count(n)))


@pw.workflow
def wrapped(n: int) -> int:
    """Maps and loops in a cluster."""
    return row(total(once.map(count(n))))


@settings(max_examples=40)
@given(workflows(), st.integers(0, 2**32))
def test_the_ledger_of_any_run_ends_where_the_run_does(scenario: Scenario, seed: int) -> None:
    """Law: replayed, the events of a run leave nothing running, and as many nodes in each state as the run has."""
    run = scenario.simulate(seed)
    ledger = Ledger(run.graph)
    for event in run.events:
        ledger.note(event)
        assert 0 <= ledger.done <= max(ledger.total, ledger.done)
    assert (ledger.running, ledger.pauses, ledger.groups, ledger.progress) == ({}, {}, {}, {})
    assert ledger.ended == Counter(str(node.state) for node in run.nodes.values())
    assert ledger.state == run.state


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("workflow", [deep, wrapped])
def test_the_total_grows_by_what_expansions_lay(workflow: pw.Workflow[[int], int], n: int) -> None:
    """Law: at the end the total is the number of nodes, however deep maps, loops and branches nest."""
    run = workflow.run(n=n)
    ledger = Ledger(run.graph)
    for event in run.events:
        ledger.note(event)
        assert ledger.done <= ledger.total
    assert ledger.total == ledger.done == len(run.nodes)


def test_a_map_counts_each_item_once_when_all_of_it_has_ended() -> None:
    """Law: an item of several nodes counts when its last node has ended; maps in maps have counts of their own."""
    run = deep.run(n=4)
    ledger = Ledger(run.graph)
    last: dict[str, tuple[int, int]] = {}
    for event in run.events:
        ledger.note(event)
        for name, group in ledger.groups.items():
            before = last.get(name, (0, group.items))
            assert group.done in (before[0], before[0] + 1)
            assert group.done <= group.items
            last[name] = (group.done, group.items)
    assert last == {"row": (4, 4)} | {f"row[{i}]/grown": (i, i) for i in range(1, 4)}


@pytest.mark.parametrize("workflow", [deep, wrapped])
def test_every_id_of_a_run_leads_to_what_was_traced(workflow: pw.Workflow[[int], int]) -> None:
    """Law: the node behind an id of the run runs the same task under the same policy as the node in the run."""
    run = workflow.run(n=3)
    ledger = Ledger(run.graph)
    for node_id, node in run.nodes.items():
        found = ledger.node(node_id)
        assert found is not None
        assert (found.kind, found.name, found.policy) == (node.node.kind, node.node.name, node.node.policy)
    assert ledger.node("row[0]/nowhere") is None and ledger.node("nowhere[0]") is None


def test_the_kinds_that_end_a_node_are_the_ends_of_the_table_of_states() -> None:
    """Law: one table says what ends a node; that it is undone is no second end."""
    assert {str(state) for state in pw.NodeState if state.is_end and state not in UNDOING} == ENDS


def test_a_summary_says_how_the_run_went() -> None:
    """Law: one line with the state, the time, all nodes, and what did not go well."""
    run = deep.run(n=2)
    ledger = Ledger(run.graph)
    for event in run.events:
        ledger.note(event)
    words = ledger.summary()
    assert words.startswith("deep succeeded in ")
    assert words.endswith(f": {len(run.nodes)} nodes")
