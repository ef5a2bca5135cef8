"""Strategies for hypothesis: random dependencies, and random workflows with what they must end in. They shrink.

This module imports hypothesis: it is imported where a strategy is asked for.
"""

from __future__ import annotations

from hypothesis import strategies as st

from planweave.testing.choices import name_of
from planweave.testing.drawn import Drawn
from planweave.testing.scenario import Scenario
from planweave.testing.script import Script
from planweave.testing.writer import Limits, Writer


def dags(
    *, min_nodes: int = 0, max_nodes: int = 8, max_needs: int | None = None
) -> st.SearchStrategy[dict[str, list[str]]]:
    """Dependencies without a cycle: a dict from each name to the names that it needs, as ``pw.workflow_from`` takes it.

    The names are ``a``, ``b``, ... in an order in which each comes after what it needs. Made for networkx by
    ``networkx.DiGraph((need, name) for name, needs in dag.items() for need in needs)`` plus ``add_nodes_from(dag)``.
    Failing examples shrink to few nodes with few needs, the latest first.

    Args:
        min_nodes: at least so many names.
        max_nodes: at most so many.
        max_needs: how many names one may need; None: any number.

    >>> from hypothesis import find, settings
    >>> find(dags(), lambda dag: sum(map(len, dag.values())) >= 1, settings=settings(database=None))
    {'a': [], 'b': ['a']}
    """
    # each need is told by how many names it lies back, so that leaving out a node leaves a graph
    most = max_nodes if max_needs is None else max_needs
    back = st.lists(st.integers(0, max(0, max_nodes - 2)), max_size=most)
    return st.lists(back, min_size=min_nodes, max_size=max_nodes).map(_dag)


def _dag(steps: list[list[int]]) -> dict[str, list[str]]:
    names = [name_of(index) for index in range(len(steps))]
    places = [[index - 1 - far for far in dict.fromkeys(back)] for index, back in enumerate(steps)]
    return {name: [names[i] for i in some if i >= 0] for name, some in zip(names, places, strict=True)}


def scripts(limits: Limits = Limits()) -> st.SearchStrategy[Script]:  # noqa: B008  # because it is frozen
    """Descriptions of random workflows; see ``planweave.testing.script``.

    Args:
        limits: how large and how varied they are.
    """

    @st.composite
    def written(draw: st.DrawFn) -> Script:
        return Writer(Drawn(draw), limits).script()

    return written()


def workflows(limits: Limits = Limits()) -> st.SearchStrategy[Scenario]:  # noqa: B008  # because it is frozen
    """Random workflows with what each of their nodes must end in.

    There are tasks of every kind (coroutines, inline, in threads; with failures, retries, timeouts, join rules, pools,
    priorities, rates, cache), control edges, maps, branches, loops, sleeps, nested workflows and tasks that return
    graphs. Failing examples shrink to few nodes that do little.

    Args:
        limits: how large and how varied they are; ``Limits(features=FEATURES - {"cache"})`` leaves something out.

    Returns:
        Scenarios: ``.graph`` is the compiled ``pw.Graph``, ``.simulate(seed)`` runs it under a virtual clock,
        ``.check(run)`` holds a run of it against the laws and against what it must end in.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(workflows(Limits(parts=3)), st.integers())
    ... def every_run_ends_as_it_must(scenario: Scenario, seed: int) -> None:
    ...     scenario.check(scenario.simulate(seed))
    >>> every_run_ends_as_it_must()
    """
    return scripts(limits).map(Scenario)
