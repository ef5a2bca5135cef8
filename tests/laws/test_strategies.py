"""The strategies: what they give is what they promise."""

from __future__ import annotations

import networkx
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from planweave.testing import FEATURES, Limits, Scenario, dags, scripts, workflows
from planweave.testing.script import Script
from planweave.testing.writer import Feature


@given(dags(max_nodes=9))
def test_dags_are_dicts_without_a_cycle_in_which_needs_come_first(dag: dict[str, list[str]]) -> None:
    """Each name needs only names before it, each once: what ``pw.workflow_from`` and networkx take."""
    graph: networkx.DiGraph[str] = networkx.DiGraph((need, name) for name, needs in dag.items() for need in needs)
    graph.add_nodes_from(dag)
    assert networkx.is_directed_acyclic_graph(graph) and len(graph) == len(dag) <= 9
    seen: set[str] = set()
    for name, needs in dag.items():
        assert set(needs) <= seen and len(set(needs)) == len(needs)
        seen.add(name)


@given(st.data(), st.integers(0, 3), st.integers(3, 6), st.integers(0, 2))
def test_dags_keep_their_bounds(data: st.DataObject, least: int, most: int, needs: int) -> None:
    """There are as many names, and as many needs of each, as was asked for."""
    dag = data.draw(dags(min_nodes=least, max_nodes=most, max_needs=needs))
    assert least <= len(dag) <= most
    assert all(len(some) <= needs for some in dag.values())


@pytest.mark.parametrize("count", [0, 1, 2])
def test_dags_shrink_to_as_few_names_as_can_be(count: int) -> None:
    """A failure that takes a name with so many needs is shown with that name, what it needs, and nothing else."""
    afresh = settings(database=None)  # nothing of the other counts
    found = find(dags(), lambda dag: any(len(needs) >= count for needs in dag.values()), settings=afresh)
    assert len(found) == count + 1
    assert sum(map(len, found.values())) == count


@given(workflows(), workflows())
def test_scripts_print_as_what_they_are(one: Scenario, other: Scenario) -> None:
    """Two scripts print alike only if they are equal: nothing that matters is left out of the short form."""
    assert (repr(one.script) == repr(other.script)) == (one.script == other.script)


@pytest.mark.parametrize("feature", sorted(FEATURES))
def test_a_feature_that_is_left_out_does_not_occur(feature: Feature) -> None:
    """``Limits(features=...)`` leaves out what a user's executor, journal or planner cannot do."""
    marks = {
        "failures": "fails=True", "retries": "Retry(", "timeouts": "timeout=", "joins": "join=", "controls": "after=(",
        "pools": "pool=", "priorities": "priority=", "rates": "Rate(", "cache": "cache=True", "threads": "'thread'",
        "inline": "'inline'", "map": "Each(", "when": "Branch(", "repeat": "Loop(", "sleep": "Pause(",
        "nesting": "Cluster(", "grow": "grows=", "refusals": "",
    }  # fmt: skip
    seeds = range(150)
    texts = [repr(Scenario.random(seed).script) for seed in seeds]
    without = Limits(features=FEATURES - {feature})
    if marks[feature]:
        assert any(marks[feature] in text for text in texts)
        assert not any(marks[feature] in repr(Scenario.random(seed, without).script) for seed in seeds)


def test_random_scenarios_are_as_varied_as_the_laws_need() -> None:
    """Among the seeds of the laws there are runs that fail, that skip, that expand, and that are large."""
    scenarios = [Scenario.random(seed) for seed in range(200)]
    states = [{end.state.value for end in one.expected.nodes.values()} for one in scenarios]
    for state in ("succeeded", "failed", "skipped", "upstream_failed"):
        assert sum(state in some for some in states) > 20, state
    assert sum(one.expected.succeeds for one in scenarios) > 40
    assert max(len(one.expected.nodes) for one in scenarios) > 25


@given(scripts(Limits(parts=1, depth=0)))
def test_limits_bound_the_size(script: Script) -> None:
    """One part, and none nested in it."""
    assert len(script.parts) == 1
    assert not any(name in repr(script) for name in ("Branch", "Loop", "Cluster"))
