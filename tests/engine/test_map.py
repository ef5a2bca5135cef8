"""A map runs a task once for each item of its lists, and gives the list of values."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import deque
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.node import Map
from planweave.engine.state import NodeState
from tests.engine.common import add, fail, give, no, run_of, states_of, yes


@pw.task(executor="inline")
def odd_only(x: int) -> int:
    """Fail for even numbers."""
    if x % 2 == 0:
        raise ValueError(f"{x} is even")
    return x


@pw.task(executor="inline")
def join(*parts: Any, mark: Any = "-") -> str:
    return str(mark).join(map(str, parts))


@pw.task
async def later(x: int) -> int:
    await asyncio.sleep(0.001 * (5 - x))
    return x


@given(st.lists(st.integers(), max_size=20))
def test_a_map_gives_what_a_loop_would(numbers: list[int]) -> None:
    """Law: map(f, xs) is [f(x) for x in xs], for constants and for what a task gave, the empty list included."""
    expected = [x + 1 for x in numbers]
    assert run_of(lambda: add.map(numbers)).result == expected
    assert run_of(lambda: add.map(give(numbers))).result == expected


@given(st.integers(1, 4), st.integers(0, 6))
def test_lists_are_walked_together(width: int, length: int) -> None:
    """Law: item i gets the i-th of each list."""
    lists = [[f"{column}{row}" for row in range(length)] for column in range(width)]
    assert run_of(lambda: join.map(*lists)).result == ["-".join(row) for row in zip(*lists, strict=True)]


def test_values_stand_in_the_order_of_the_items() -> None:
    """Law: which item ends first does not matter."""
    run = run_of(lambda: later.map([0, 1, 2, 3, 4]))
    assert run.result == [0, 1, 2, 3, 4]
    ends = [event.node for event in run.events if event.kind == "succeeded"]
    assert ends[:2] != ["later[0]", "later[1]"]


@pytest.mark.parametrize(
    "values",
    [
        *([1, 2], (1, 2), deque([1, 2]), range(1, 3), iter([1, 2]), (x for x in [1, 2])),
        *({1: None, 2: None}.keys(), {"a": 1, "b": 2}.values()),
    ],
    ids=lambda values: type(values).__name__,
)
def test_whatever_can_be_walked_is_a_list(values: Any) -> None:
    """Law: any iterable but texts and mappings will do; iterators are read when tracing, so a graph can run twice."""
    graph = pw.workflow(lambda: add.map(values)).graph()
    assert [pw.run(graph).result, pw.run(graph).result] == [[2, 3], [2, 3]]


def test_a_generator_of_handles_is_a_list_of_handles() -> None:
    """Law: ``f.map(load(p) for p in paths)`` composes a node for each path."""
    assert run_of(lambda: add.map(add(x) for x in (1, 2))).result == [3, 4]


def test_views_and_deques_of_handles_are_lists_of_handles() -> None:
    """Law: ``f.map(parts.values())`` is what it looks like."""

    def build() -> Any:
        parts = {"a": add(1), "b": add(2)}
        return add.map(parts.values()), add.map(deque(parts.values())), give.map(parts.items())

    assert run_of(build).result == ([3, 4], [3, 4], [("a", 2), ("b", 3)])


def test_an_iterator_that_a_task_gives_is_walked_once() -> None:
    """Law: a value may be an iterator; the map that gets it reads it to its end."""

    @pw.task(executor="inline")
    def count() -> Any:
        return itertools.islice(itertools.count(), 3)

    assert run_of(lambda: add.map(count())).result == [1, 2, 3]


@pytest.mark.parametrize(
    ("value", "words"),
    [("text", "a str"), (b"raw", "a bytes"), ({"a": 1}, "a dict"), (5, "an int"), (None, "None")],
)
def test_what_is_no_list_fails_the_map(value: Any, words: str) -> None:
    """Law: texts and mappings are no lists of items, though Python can walk them."""
    error = run_of(lambda: add.map(give(value))).nodes["add"].error
    assert isinstance(error, pw.ValueRefused)
    assert error.what == f"'add' maps over 'x', which is {words}"


def test_lists_of_different_lengths_fail_the_map() -> None:
    """Law: nothing is cut off or filled up."""
    error = run_of(lambda: add.map(give([1, 2, 3]), give([4]))).nodes["add"].error
    assert isinstance(error, pw.ValueRefused)
    assert error.what == "the lists of 'add' have different lengths: 3, 1"


def test_fixed_arguments_are_the_same_for_all() -> None:
    """Law: keywords are broadcast, handles and constants."""
    assert run_of(lambda: join.map([1, 2], mark=give("+"))).result == ["1", "2"]
    assert run_of(lambda: join.map([1, 2], [3, 4], mark=give("+"))).result == ["1+3", "2+4"]
    assert run_of(lambda: add.map([1, 2], y=add(1))).result == [3, 4]


def test_a_fixed_argument_may_come_later_than_the_list() -> None:
    """Law: the map expands when its lists are known; its items wait for what else they need."""

    @pw.task
    async def slow() -> int:
        await asyncio.sleep(0.01)
        return 10

    run = run_of(lambda: add.map([1, 2], y=slow()))
    assert run.result == [11, 12]
    order = [(event.kind, event.node) for event in run.events]
    assert order.index(("expanded", "add")) < order.index(("succeeded", "slow")) < order.index(("started", "add[0]"))


def test_a_list_may_hold_handles() -> None:
    """Law: a list of handles is as long as it looks, and the map waits for all of them."""
    assert run_of(lambda: add.map([add(1), 5, add(add(1))])).result == [3, 6, 4]


def test_what_comes_after_a_map_waits_for_all_items() -> None:
    """Law: a join after an expansion starts when the last item has ended."""
    run = run_of(lambda: add.using(after=[later.map([1, 2, 3])])(1))
    order = [(event.kind, event.node) for event in run.events]
    assert max(order.index(("succeeded", f"later[{i}]")) for i in range(3)) < order.index(("started", "add"))


def test_items_and_rounds_stand_at_the_line_of_the_user() -> None:
    """Law: every node of a run knows a line of the user's file, those of maps, loops and branches too."""

    def build() -> Any:
        loop = pw.repeat(add, 1, until=lambda x: yes(), limit=2)
        return add.map([loop, 5]), pw.when(True, then=yes), pw.when(False, then=yes, otherwise=no)

    run = run_of(build)
    assert {"add@1", "add-2[0]", "when/yes", "when-2/no"} <= set(run.nodes)
    assert {node.where.file for node in run.nodes.values() if node.where is not None} == {__file__}
    assert all(node.where is not None for node in run.nodes.values())


# ---------------------------------------------------------------------- failures


def test_one_failed_item_fails_the_map_and_not_the_other_items() -> None:
    """Law: by failures="fail" the map is broken because of its first failed item; all items run to their end."""
    run = run_of(lambda: give(odd_only.map([1, 2, 3, 4, 5])))
    assert states_of(run) == {
        "odd_only": "upstream_failed",
        "give": "upstream_failed",
        "odd_only[0]": "succeeded",
        "odd_only[1]": "failed",
        "odd_only[2]": "succeeded",
        "odd_only[3]": "failed",
        "odd_only[4]": "succeeded",
    }
    assert isinstance(run.error, pw.RunFailed)
    assert run.error.node == run.nodes["odd_only"].cause == run.nodes["give"].cause == "odd_only[1]"


@pytest.mark.parametrize(
    ("failures", "expected"),
    [
        ("drop", [1, 3]),
        (
            "keep",
            [
                1,
                pw.Missing(NodeState.FAILED, "odd_only[1]"),
                3,
                pw.Missing(NodeState.FAILED, "odd_only[3]"),
            ],
        ),
    ],
)
def test_failed_items_may_be_dropped_or_kept(failures: Any, expected: list[Any]) -> None:
    """Law: "drop" leaves them out, "keep" puts a Missing in their place; neither fails the run."""
    run = run_of(lambda: odd_only.map([1, 2, 3, 4], failures=failures))
    assert run.result == expected
    assert run.state == "succeeded"
    assert run.nodes["odd_only[1]"].state is NodeState.FAILED


@pytest.mark.parametrize(("failures", "expected"), [("drop", []), ("keep", [pw.Missing(NodeState.FAILED, "fail[0]")])])
def test_all_items_may_fail(failures: Any, expected: list[Any]) -> None:
    """Law: a map whose items all failed is an empty list, or a list of Missing."""
    assert run_of(lambda: fail.map(["x"], failures=failures)).result == expected


def test_a_failed_list_fails_the_map_whatever_it_does_with_items() -> None:
    """Law: failures= is about items; without its list a map cannot run."""
    for failures in ("fail", "drop", "keep"):
        run = run_over_failed_list(failures)
        assert (run.nodes["add"].state, run.nodes["add"].cause) == (NodeState.UPSTREAM_FAILED, "fail")


def run_over_failed_list(failures: Any) -> pw.Run[Any]:
    """A run of a map whose list has failed."""
    return run_of(lambda: add.map(fail(), failures=failures))


def test_items_that_cannot_run_are_treated_as_failed() -> None:
    """Law: a fixed argument that failed breaks each item; the map drops or keeps them as it was told."""
    kept = run_of(lambda: add.map([1, 2], y=fail(), failures="keep"))
    assert kept.result == [pw.Missing(NodeState.UPSTREAM_FAILED, "fail")] * 2
    assert run_of(lambda: add.map([1, 2], y=fail(), failures="drop")).result == []


@pytest.mark.parametrize("join", ["all_done", "one_success"])
def test_a_join_rule_is_that_of_the_map(join: Any) -> None:
    """Law: a map waits for its lists by the rule of its task; an absent item arrives as Missing, and the others run."""

    @pw.task(executor="inline", join=join)
    def show(part: int | pw.Missing, mark: str = "!") -> str:
        return f"{part if isinstance(part, int) else part.state}{mark}"

    run = run_of(lambda: show.map([fail(), add(1), 5], mark=give("?")))
    assert run.result == ["failed?", "2?", "5?"]
    assert (run.nodes["show"].state, run.nodes["show[0]"].state) == (NodeState.SUCCEEDED, NodeState.SUCCEEDED)
    graph = pw.workflow(lambda: show.map([add(1)])).graph()
    node = graph["show"]
    assert node.policy == pw.Policy(join=join) and isinstance(node.control, Map)
    assert [inner.policy for inner in node.control.template.graph.nodes] == [pw.Policy(executor="inline")]


def test_a_map_may_be_tolerant_of_what_it_only_waits_for() -> None:
    """Law: after= of a map is judged by its join rule too."""

    @pw.task(executor="inline")
    def show(part: int) -> int:
        return part

    run = run_of(lambda: show.using(join="all_done", after=[fail()]).map([1, 2]))
    assert run.result == [1, 2] and run.nodes["fail"].state is NodeState.FAILED
    strict = run_of(lambda: show.using(after=[fail()]).map([1, 2]))
    assert strict.nodes["show"].state is NodeState.UPSTREAM_FAILED


def test_an_annotation_must_admit_an_item_that_may_be_absent() -> None:
    """Law: under a tolerant rule the compiler asks of a mapped task what it asks of any; of constants nothing."""

    @pw.task(executor="inline", join="none_failed")
    def show(part: int, other: Any = 0) -> int:
        return part

    assert run_of(lambda: show.map([1, 2], [add(1), 2])).result == [1, 2]
    for build in (lambda: show.map([1, add(1)]), lambda: show.map([add(1), 1], [1, 2])):
        with pytest.raises(pw.TypeMismatchError, match="an item for 'part' may be absent, but its annotation is int"):
            run_of(build)
    with pytest.raises(pw.TypeMismatchError, match="the list for 'part' may be absent, and could not be walked"):
        run_of(lambda: show.map(give([1])))
    graph = pw.workflow(lambda: add.map([add(1)])).graph()
    document = json.loads(graph.to_json())
    document["nodes"][1]["policy"] = {"join": "all_done"}
    with pytest.raises(pw.TypeMismatchError, match="an item for 'x' may be absent"):
        pw.Graph.from_json(json.dumps(document), [add])


def test_each_item_is_retried_by_itself() -> None:
    """Law: the policy of the task is that of each item."""
    tries: dict[int, int] = {}

    @pw.task(executor="inline", retry=pw.Retry(attempts=3, base=0))
    def stubborn(x: int) -> int:
        tries[x] = tries.get(x, 0) + 1
        if tries[x] < x:
            raise ValueError
        return x

    assert run_of(lambda: stubborn.map([1, 2, 3])).result == [1, 2, 3]
    assert tries == {1: 1, 2: 2, 3: 3}


# ---------------------------------------------------------------------- what is mapped


def test_a_workflow_may_be_mapped() -> None:
    """Law: each item gets a copy of the whole workflow, with its defaults and what is fixed."""

    @pw.workflow
    def pair(x: int, y: int = 5, *, mark: str = "/") -> dict[str, Any]:
        return {"up": add(x, y), "text": join(x, add(y), mark=mark)}

    assert run_of(lambda: pair.map([1, 2], mark=give("|"))).result == [
        {"up": 6, "text": "1|6"},
        {"up": 7, "text": "2|6"},
    ]
    assert run_of(lambda: pair.map(give([1]), give([2]))).result == [{"up": 3, "text": "1/3"}]


def test_a_workflow_without_nodes_may_be_mapped() -> None:
    """Law: what passes its input through passes each item through."""
    same = pw.workflow(name="same")(lambda x: [x, "and"])
    assert run_of(lambda: same.map(give([1, 2]))).result == [[1, "and"], [2, "and"]]


def test_a_failure_beside_the_value_of_a_mapped_workflow_fails_its_item() -> None:
    """Law: any failure that gets out of a copy counts for its item, and for no other."""

    @pw.workflow
    def risky(x: int) -> int:
        odd_only(x)
        return add(x)

    assert run_of(lambda: risky.map([1, 2, 3], failures="drop")).result == [2, 4]


def test_maps_nest() -> None:
    """Law: a mapped workflow may map, and a map may follow a map."""

    @pw.workflow
    def row(numbers: list[int]) -> list[int]:
        return add.map(add.map(numbers))

    assert run_of(lambda: row.map([[1, 2], [], [3]])).result == [[3, 4], [], [5]]


def test_a_map_may_branch_and_loop_for_each_item() -> None:
    """Law: control structures in a copy see the item of their copy."""

    @pw.task(executor="inline")
    def is_even(x: int) -> bool:
        return x % 2 == 0

    @pw.workflow
    def even_up(x: int) -> int:
        return pw.when(is_even(x), then=lambda: x, otherwise=lambda: pw.repeat(add, x, until=is_even, limit=9))

    assert run_of(lambda: even_up.map([1, 2, 3, 4])).result == [2, 2, 4, 4]


def test_a_skipped_item_is_dropped_or_missing() -> None:
    """Law: a copy that gives nothing leaves a gap that "drop" closes."""
    nothing = pw.workflow(name="nothing")(lambda x: pw.when(no(), then=lambda: add(x)))
    assert run_of(lambda: nothing.map([1], failures="drop")).result == []
    assert run_of(lambda: nothing.map([1], failures="keep")).result == [
        pw.Missing(NodeState.SKIPPED, "nothing[0]/when")
    ]


def test_a_pool_bounds_the_items_of_a_map() -> None:
    """Law: the limit of a pool holds for items like for any node."""
    running = peak = 0

    @pw.task(pool="api")
    async def call(x: int) -> None:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        await asyncio.sleep(0)
        running -= 1

    run_of(lambda: call.map(list(range(20))), pools={"api": 3})
    assert peak == 3


def test_a_map_of_many_items_takes_no_recursion() -> None:
    """Law: ten thousand items are as good as ten."""
    assert run_of(lambda: add.map(list(range(10_000)))).result == list(range(1, 10_001))
