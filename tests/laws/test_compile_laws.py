"""What is computed does not depend on how it is written, and whatever changes what it computes shows in its digest."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planweave as pw


@pw.task(executor="inline")
def gather(label: str, *values: object) -> str:
    return f"{label}({','.join(map(str, values))})"


@pw.task(executor="inline")
def gather_otherwise(label: str, *values: object) -> str:
    return f"{label}<{','.join(map(str, values))}>"


@pw.task(executor="inline")
def is_asked() -> bool:
    return True


@dataclass(frozen=True)
class Call:
    """A call of ``gather``: with a constant and the values of earlier calls, after others."""

    label: str
    values: tuple[int, ...]
    after: tuple[int, ...]


@st.composite
def programs(draw: st.DrawFn, least: int = 0) -> tuple[Call, ...]:
    """Some calls, each with values of earlier ones."""
    calls: list[Call] = []
    for here in range(draw(st.integers(least, 7))):
        earlier = st.integers(0, here - 1) if here else st.nothing()
        values = draw(st.lists(earlier, max_size=3)) if here else []
        after = draw(st.lists(earlier, max_size=2)) if here else []
        calls.append(Call(draw(st.sampled_from("ab")), tuple(values), tuple(after)))
    return tuple(calls)


def graph_of(
    calls: tuple[Call, ...],
    *,
    names: Mapping[int, str] | None = None,
    order: list[int] | None = None,
    wrapped: frozenset[int] = frozenset(),
    other: frozenset[int] = frozenset(),
    policies: Mapping[int, Any] | None = None,
) -> pw.Graph:
    """The graph of some calls: by other names, in another order, partly in sub-workflows, by another task or policy."""

    def compose() -> list[Any]:
        handles: dict[int, Any] = {}
        for here in order if order is not None else range(len(calls)):
            call = calls[here]
            task = (gather_otherwise if here in other else gather).using(
                id=(names or {}).get(here, f"n{here}"),
                after=[handles[i] for i in call.after],
                **(policies or {}).get(here, {}),
            )
            values = [handles[i] for i in call.values]
            body: Any = pw.workflow(name=f"part{here % 2}")(lambda task, label, some: task(label, *some))
            handles[here] = body(task, call.label, values) if here in wrapped else task(call.label, *values)
        return [handles[here] for here in range(len(calls))]

    return pw.workflow(compose).graph()


def same(one: pw.Graph, other: pw.Graph) -> None:
    """Both compute the same."""
    assert one.digest == other.digest
    assert one.run().result == other.run().result


@st.composite
def orders(draw: st.DrawFn, calls: tuple[Call, ...]) -> list[int]:
    """A topological order of some calls."""
    order: list[int] = []
    while len(order) < len(calls):
        free = [i for i, call in enumerate(calls) if i not in order and {*call.values, *call.after} <= set(order)]
        order.append(draw(st.sampled_from(free)))
    return order


@settings(max_examples=60)
@given(programs(), st.data())
def test_relabelling_changes_neither_results_nor_digest(calls: tuple[Call, ...], data: st.DataObject) -> None:
    """Law: ids are names only; the results are those of the same nodes by their new names."""
    new = data.draw(st.permutations([f"name{i}" for i in range(len(calls))]))
    one, two = graph_of(calls), graph_of(calls, names=dict(enumerate(new)))
    same(one, two)
    first, second = one.run().nodes, two.run().nodes
    assert {new[i]: first[f"n{i}"].value for i in range(len(calls))} == {i: node.value for i, node in second.items()}
    assert not calls or one.fingerprint != two.fingerprint


@settings(max_examples=60)
@given(programs(least=2), st.data())
def test_a_control_edge_said_twice_changes_nothing(calls: tuple[Call, ...], data: st.DataObject) -> None:
    """Law: waiting twice is waiting once; so is waiting for what is read anyway."""
    here = data.draw(st.integers(1, len(calls) - 1))
    known = (*calls[here].values, *calls[here].after)
    more = data.draw(st.lists(st.sampled_from(known), max_size=3)) if known else []
    changed = replace(calls[here], after=(*calls[here].after, *more))
    same(graph_of(calls), graph_of((*calls[:here], changed, *calls[here + 1 :])))


@settings(max_examples=60)
@given(programs(least=3), st.data())
def test_a_control_edge_that_others_imply_changes_nothing(calls: tuple[Call, ...], data: st.DataObject) -> None:
    """Law: whoever waits for a node waits for all that it waited for."""
    here = data.draw(st.integers(1, len(calls) - 1))
    implied: set[int] = set()
    work = [*calls[here].values, *calls[here].after]
    while work:
        before = calls[work.pop()]
        work += [i for i in (*before.values, *before.after) if i not in implied]
        implied.update(before.values, before.after)
    more = data.draw(st.lists(st.sampled_from(sorted(implied)), max_size=3)) if implied else []
    changed = replace(calls[here], after=(*calls[here].after, *more))
    same(graph_of(calls), graph_of((*calls[:here], changed, *calls[here + 1 :])))


@settings(max_examples=60)
@given(programs(), st.data())
def test_the_order_of_independent_calls_changes_nothing(calls: tuple[Call, ...], data: st.DataObject) -> None:
    """Law: any topological order of the same calls is the same graph."""
    same(graph_of(calls), graph_of(calls, order=data.draw(orders(calls))))


@settings(max_examples=60)
@given(programs(), st.data())
def test_splitting_into_sub_workflows_changes_nothing(calls: tuple[Call, ...], data: st.DataObject) -> None:
    """Law: a workflow in a workflow only names a cluster."""
    inside = data.draw(st.frozensets(st.integers(0, len(calls) - 1))) if calls else frozenset()
    same(graph_of(calls), graph_of(calls, wrapped=inside))


@settings(max_examples=60)
@given(programs(least=1), st.data())
def test_one_other_task_constant_policy_or_edge_shows_in_the_digest(
    calls: tuple[Call, ...], data: st.DataObject
) -> None:
    """Law: graphs of which one node runs, gets or waits for something else have different digests."""
    here = data.draw(st.integers(0, len(calls) - 1))
    call, before = calls[here], graph_of(calls).digest

    def after(changed: Call) -> str:
        return graph_of((*calls[:here], changed, *calls[here + 1 :])).digest

    policies: list[dict[str, Any]] = [{"retry": pw.Retry(attempts=2)}, {"pool": "p"}, {"priority": 1}, {"cache": True}]
    policy = data.draw(st.sampled_from(policies))
    assert graph_of(calls, other=frozenset({here})).digest != before
    assert graph_of(calls, policies={here: policy}).digest != before
    assert after(replace(call, label="c")) != before
    if here:
        assert after(replace(call, values=(*call.values, 0))) != before
    if call.values:
        assert after(replace(call, values=call.values[1:])) != before


@settings(max_examples=60)
@given(programs(least=2), st.data())
def test_digests_tell_graphs_with_different_results_apart(calls: tuple[Call, ...], data: st.DataObject) -> None:
    """Law: equal digests, equal results; so swapping two arguments that differ changes the digest."""
    here = data.draw(st.integers(1, len(calls) - 1))
    values = tuple(data.draw(st.permutations(calls[here].values)))
    one = graph_of(calls)
    two = graph_of((*calls[:here], replace(calls[here], values=values), *calls[here + 1 :]))
    if one.run().result != two.run().result:
        assert one.digest != two.digest


@pw.task(executor="inline")
def positive(number: int) -> bool:
    return number > 0


@pw.task(executor="inline")
def up(number: int, by: int = 1) -> int:
    return number + by


@pw.task(executor="inline")
def down(number: int) -> int:
    return number - 1


@pw.task(executor="inline")
def pair(one: object, two: object) -> list[object]:
    return [one, two]


def branching(*, swapped: bool = False, first: Any = up, second: Any = down, limit: int = 9) -> pw.Graph:
    def compose(start: int = 3) -> Any:
        sure = positive(start)
        one = pw.when(sure, then=lambda: first(start), otherwise=lambda: start)
        two = pw.when(sure, then=lambda: second(start), otherwise=lambda: start)
        last = pw.repeat(up, one, until=positive, limit=limit)
        return [pair(two, one) if swapped else pair(one, two), last, up.map([1, 2])]

    return pw.workflow(compose).graph()


def test_what_branches_and_loops_do_shows_in_the_digest() -> None:
    """Law: another branch, another limit, and results of branches in another order are other computations."""
    graphs = [
        branching(),
        branching(swapped=True),
        branching(first=down),
        branching(second=up),
        branching(limit=8),
    ]
    assert len({graph.digest for graph in graphs}) == len(graphs)
    assert branching().digest == branching().digest


def test_the_digest_follows_a_branch_into_what_it_uses_from_outside() -> None:
    """Law: a constant behind a value that only a branch uses is a part of what the branch computes."""

    def graph(by: int) -> pw.Graph:
        def compose() -> Any:
            outside = up(1, by)
            return pw.when(positive(1), then=lambda: down(outside), otherwise=lambda: down(2))

        return pw.workflow(compose).graph()

    assert graph(1).digest != graph(2).digest


def test_defaults_of_inputs_are_a_part_of_what_is_computed() -> None:
    """Law: a workflow with another default gives another result of the same run, so it has another digest."""
    assert pw.workflow(lambda x=1: up(x)).graph().digest != pw.workflow(lambda x=2: up(x)).graph().digest


@pytest.mark.parametrize("join", ["all_done", "one_success"])
def test_an_edge_around_a_node_that_runs_after_failures_counts(join: Any) -> None:
    """Law: what waits for a node that runs though its own needs failed does not wait for their success by that."""

    def graph(direct: bool) -> pw.Graph:
        def compose() -> Any:
            first = up.using(id="first")(1)
            between = pair.using(id="between", after=[first], join=join)(1, 2)
            return pair.using(after=[first, between] if direct else [between])(1, 2)

        return pw.workflow(compose).graph()

    assert graph(True).digest != graph(False).digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([(1,)], [[1]]),
        ({1: "a"}, {"1": "a"}),
        ([b"YQ=="], ["YQ=="]),
        ([1], [1.0]),
        ([1], [True]),
        (up, down),
        (lambda x: x, lambda x: [x]),
        ("\ud800", "\ud801"),
        (10**5000, 10**5000 + 1),
        (float("nan"), float("inf")),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ],
    ids=lambda _: "",
)
def test_constants_that_differ_have_different_digests(one: Any, other: Any) -> None:
    """Law: a constant counts by its content and the types in it."""

    def digest(value: Any) -> str:
        return pw.workflow(lambda: pair(value, 0)).graph().digest

    assert digest(one) != digest(other)
    assert digest(one) == digest(one)


def test_constants_that_hold_themselves_or_are_deep_have_a_digest() -> None:
    """Law: hashing ends, however a constant is built, and does not use up what can be read only once."""

    class Box(list[Any]):
        """A list of another class."""

    itself, deep = Box(), Box()
    itself.append(itself)
    for _ in range(10_000):
        deep = Box([deep])
    once = iter([1, 2])
    graph = pw.workflow(lambda: [pair(itself, deep), pair(Box([once]), 1)]).graph()
    assert len(graph.digest) == len(graph.fingerprint) == 64
    assert list(once) == [1, 2]


def test_the_fingerprint_knows_ids_and_code() -> None:
    """Law: unlike the digest it changes with an id, and like it with the code of a task."""
    calls = (Call("a", (), ()), Call("b", (0,), ()))
    one = graph_of(calls)
    assert one.fingerprint == graph_of(calls).fingerprint
    assert one.fingerprint != graph_of(calls, names={0: "other"}).fingerprint
    assert one.fingerprint != graph_of(calls, other=frozenset({1})).fingerprint
    changed = graph_of(calls, other=frozenset({1})).fingerprints
    assert [i for i in one.fingerprints if one.fingerprints[i] != changed[i]] == ["n1"]


_PROGRAM = """
import planweave as pw

@pw.task(executor="inline")
def pair(one: object, two: object) -> list[object]:
    return [one, two, "a" in {"a", "b"}]

@pw.workflow
def compose(x: int = 1) -> object:
    kinds = {OSError, ValueError, KeyError, LookupError, TypeError}
    first = pair.using(retry=pw.Retry(on=kinds), rate=pw.Rate(3))(frozenset("abcdefg"), {"k": {1.5, "x", None}})
    return [pw.when(True, then=lambda: pair(first, x)), pw.task(lambda y: y in {"a", "b"})(pair)]

graph = compose.graph()
print(graph.digest, graph.fingerprint)
"""


def test_digests_and_fingerprints_are_the_same_in_every_process(tmp_path: Path) -> None:
    """Law: neither the hash seed, nor the order of a set, nor an address is a part of them."""
    script = tmp_path / "program.py"
    script.write_text(_PROGRAM)
    root = Path(__file__).resolve().parents[2]
    outputs = {
        subprocess.run(
            [sys.executable, str(script)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(outputs) == 1
    assert [len(one) for one in outputs.pop().split()] == [64, 64]


def test_what_a_branch_waits_for_outside_counts_unless_it_is_implied() -> None:
    """Law: a control edge into a branch is part of what is computed; one that another says already is not."""

    def branch(*, direct: bool, read: bool = False) -> pw.Graph:
        def compose() -> Any:
            outside = gather("outside")

            def body() -> Any:
                first = gather("first", *([outside] if read else []))
                return gather.using(after=[outside] if direct else [])("second", first)

            return pw.when(is_asked(), body)

        return pw.workflow(compose).graph()

    assert branch(direct=True).digest != branch(direct=False).digest
    assert branch(direct=True, read=True).digest == branch(direct=False, read=True).digest
