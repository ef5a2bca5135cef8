"""Every node has an id that a person can read, and that nothing else has."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw


@pw.task(executor="inline")
def load(path: str = "") -> list[str]:
    return [path, path]


@pw.task(executor="inline")
def draft(text: Any = "") -> str:
    return f"{text}."


@pw.task(executor="inline")
def enough(text: Any) -> bool:
    return len(str(text)) > 2


@pw.workflow
def report(text: Any = "") -> str:
    return draft(draft(text))


def ids_of(build: Callable[[], Any]) -> list[str]:
    """The ids of the graph of a workflow."""
    return [node.id for node in pw.workflow(build).graph().nodes]


def ids_in_run(build: Callable[[], Any]) -> list[str]:
    """The ids of all nodes of a run, those of expansions included."""
    return list(pw.workflow(build).run().nodes)


def test_calls_of_one_task_are_numbered_from_the_second() -> None:
    """Law: load, load-2, load-3."""
    assert ids_of(lambda: [load(), load(), draft(), load()]) == ["load", "load-2", "draft", "load-3"]


def test_an_explicit_id_is_the_whole_id() -> None:
    """Law: using(id=) names one node, and the numbering of others goes on as if it had another task."""
    assert ids_of(lambda: [load(), load.using(id="mine")(), load()]) == ["load", "mine", "load-2"]


def test_an_automatic_id_makes_way_for_an_explicit_one() -> None:
    """Law: only explicit ids can collide; an automatic one takes the next number that is free."""
    assert ids_of(lambda: [load.using(id="load")(), load(), load()]) == ["load", "load-2", "load-3"]
    assert ids_of(lambda: [load(), load.using(id="load-2")(), load(), load()]) == ["load", "load-2", "load-3", "load-4"]
    other = pw.task(name="load-2")(draft.fn)
    assert ids_of(lambda: [other(), load(), load(), other()]) == ["load-2", "load", "load-3", "load-2-2"]


def test_two_explicit_ids_collide() -> None:
    """Law: the second node with an id is refused, with the id and the line."""
    with pytest.raises(pw.DuplicateIdError, match="there is a node 'mine' already") as caught:
        ids_of(lambda: [load.using(id="mine")(), draft.using(id="mine")()])
    assert caught.value.node == "mine"
    assert caught.value.where is not None and caught.value.where.file == __file__
    assert caught.value.what.endswith(f", at {caught.value.where}")  # both stand in one line here


def test_an_explicit_id_collides_with_a_workflow_that_is_called_so() -> None:
    """Law: a cluster owns its name like a node does."""
    with pytest.raises(pw.DuplicateIdError, match="there is a cluster 'report' already: a workflow that was called"):
        ids_of(lambda: [report(), load.using(id="report")()])


def test_an_explicit_id_collides_with_an_automatic_one_before_it() -> None:
    """Law: an id that is taken is taken, whoever gave it."""
    with pytest.raises(pw.DuplicateIdError, match="there is a node 'load' already"):
        ids_of(lambda: [load(), draft.using(id="load")()])


@given(
    st.lists(
        st.tuples(st.sampled_from(["load", "load-2", "load-2-2", "x"]), st.sampled_from([None, "a", "load-3", "x-2"]))
    )
)
def test_automatic_ids_never_collide(calls: list[tuple[str, str | None]]) -> None:
    """Law: for any names of tasks and any explicit ids, ids are unique unless two explicit ones, or one that came
    too late, are equal; and then it is an error that names it."""
    tasks = {name: pw.task(name=name, executor="inline")(load.fn) for name, _ in calls}

    def build() -> None:
        for name, explicit in calls:
            tasks[name].using(id=explicit)()

    named = [explicit for _, explicit in calls if explicit]
    try:
        ids = ids_of(build)
    except pw.DuplicateIdError as caught:
        refused = caught.node
    else:
        assert len(set(ids)) == len(calls)
        assert [found for found, (_, explicit) in zip(ids, calls, strict=True) if explicit] == named
        return
    assert refused in named


@pytest.mark.parametrize("name", ["a/b", "a[0]", "a@2", "a*", "a\nb", "a\tb", "", "  ", 5])
def test_a_name_that_could_be_taken_for_a_part_of_an_id_is_refused(name: Any) -> None:
    """Law: what builds ids cannot be in a name or an explicit id, and a name is a text that one can see."""
    makers: list[Callable[[], Any]] = [
        lambda: load.using(id=name),
        lambda: pw.workflow(lambda: pw.sleep(0, id=name)).graph(),
        lambda: pw.workflow(lambda: pw.when(True, then=load, id=name)).graph(),
        lambda: pw.workflow(lambda: pw.repeat(draft, "", until=enough, limit=2, id=name)).graph(),
    ]
    if name != "":  # for a name, the empty text means: none given
        makers += [lambda: pw.task(name=name)(load.fn), lambda: pw.workflow(name=name)(report.fn)]
    for make in makers:
        with pytest.raises(pw.DefinitionError, match=r"cannot be the (id|name) of a node") as caught:
            make()
        is_text = isinstance(name, str) and bool(name.strip())
        assert (caught.value.mend or "").startswith("use a word without / [" if is_text else "use a word: a text that")


@pytest.mark.parametrize("name", ["a", "a b", "a.b", "a-2", "ä", "日本", "a:b", "<lambda>"])
def test_any_other_text_is_a_name(name: str) -> None:
    """Law: names need not be identifiers."""
    assert ids_of(load.using(id=name)) == [name]


def test_a_workflow_in_a_workflow_is_a_cluster() -> None:
    """Law: its nodes are called under its name: report/draft; the second use is report-2."""
    assert ids_of(lambda: report(report())) == ["report/draft", "report/draft-2", "report-2/draft", "report-2/draft-2"]


def test_clusters_nest_and_share_numbers_with_nodes() -> None:
    """Law: a cluster takes its name like a node does, so that no id of one can be taken for the other."""

    @pw.workflow(name="draft")
    def outer() -> str:
        return report()

    assert ids_of(lambda: [outer(), draft()]) == ["draft/report/draft", "draft/report/draft-2", "draft-2"]


def test_an_explicit_id_in_a_workflow_is_explicit_in_its_cluster() -> None:
    """Law: a workflow with explicit ids can be used twice."""

    @pw.workflow
    def inner() -> list[str]:
        return load.using(id="only")()

    assert ids_of(lambda: [inner(), inner()]) == ["inner/only", "inner-2/only"]


def test_items_are_numbered_from_nought() -> None:
    """Law: summarise[3] is the node of the item at index 3; a further map of the task is summarise-2."""

    def build() -> Any:
        return draft.map(draft.map(["a", "b"]))

    assert ids_in_run(build) == ["draft", "draft-2", "draft[0]", "draft[1]", "draft-2[0]", "draft-2[1]"]


def test_a_map_may_have_an_id() -> None:
    """Law: the id given to the task is that of the map, and its items are called after it."""
    assert ids_in_run(lambda: draft.using(id="all").map(["a"])) == ["all", "all[0]"]


def test_items_of_a_workflow_hold_its_nodes() -> None:
    """Law: report[1]/draft."""
    assert ids_in_run(lambda: report.map(["a", "b"])) == [
        "report",
        *("report[0]/draft", "report[0]/draft-2", "report[1]/draft", "report[1]/draft-2"),
    ]


def test_maps_in_maps_have_items_in_items() -> None:
    """Law: rows[1]/draft[0]."""

    @pw.workflow
    def rows(row: list[str]) -> list[str]:
        return draft.map(row)

    assert ids_in_run(lambda: rows.map([["a"], ["b", "c"]])) == [
        *("rows", "rows[0]/draft", "rows[1]/draft"),
        *("rows[0]/draft[0]", "rows[1]/draft[0]", "rows[1]/draft[1]"),
    ]


def test_rounds_are_numbered_from_one() -> None:
    """Law: refine@2 is the second round; what else a round runs stands under it."""
    assert ids_in_run(lambda: pw.repeat(draft, "", until=enough, limit=5)) == [
        "draft",
        *("draft@1", "draft@1/enough", "draft@2", "draft@2/enough", "draft@3", "draft@3/enough"),
    ]


def test_rounds_of_workflows_and_functions_hold_their_nodes() -> None:
    """Law: a workflow gives its name to the rounds, a lambda the word repeat, an id= its own."""
    assert ids_in_run(lambda: pw.repeat(report, "x", until=enough, limit=5)) == [
        "report",
        *("report@1/draft", "report@1/draft-2", "report@1/enough"),
    ]
    assert ids_in_run(lambda: pw.repeat(lambda x: draft(draft(x)), "x", until=enough, limit=5)) == [
        "repeat",
        *("repeat@1/draft", "repeat@1/draft-2", "repeat@1/enough"),
    ]
    assert ids_in_run(lambda: pw.repeat(draft, "xx", until=enough, limit=5, id="loop")) == [
        "loop",
        *("loop@1", "loop@1/enough"),
    ]
    assert ids_in_run(lambda: pw.repeat(draft.using(id="own"), "xx", until=enough, limit=5)) == [
        "own",
        *("own@1", "own@1/enough"),
    ]


def test_branches_stand_under_the_id_of_their_when() -> None:
    """Law: when/draft, and under its id when it has one."""
    assert ids_in_run(lambda: pw.when(True, then=draft)) == ["when", "when/draft"]
    assert ids_in_run(lambda: pw.when(False, then=draft, otherwise=load, id="choice")) == [
        "choice",
        "choice/load",
    ]


def test_a_graph_that_a_task_returns_stands_under_the_id_of_the_task() -> None:
    """Law: the nodes of an expansion are called under the node whose place they take."""

    @pw.task
    def grow() -> pw.Graph:
        return report.graph()

    assert ids_in_run(grow) == ["grow", "grow/draft", "grow/draft-2"]


def test_what_a_body_becomes_makes_way_for_what_stands_beside_it() -> None:
    """Law: a round is called like its body and holds its condition too, so the nodes that the body becomes, and all
    that comes of them, take the next names that are free."""
    part = pw.task(name="enough", executor="inline")(lambda text: f"{text}.")
    cluster = pw.workflow(name="enough-3")(report.fn)

    @pw.workflow
    def inner() -> Any:
        return part.using(id="enough-2")(cluster(part.map([1])))

    @pw.task
    def step(text: Any) -> Any:
        return inner.graph()

    run = pw.workflow(lambda: pw.repeat(step, 0, until=enough, limit=3)).run()
    assert list(run.nodes) == [
        *("step", "step@1", "step@1/enough"),
        *("step@1/enough-4", "step@1/enough-3/draft", "step@1/enough-3/draft-2", "step@1/enough-2"),
        "step@1/enough-4[0]",
    ]
    ended = [event.node for event in run.events if event.kind == "succeeded"]
    assert len(ended) == len(set(ended)) == len(run.nodes)


def test_a_cluster_that_is_grown_and_a_branch_beside_it_never_share_an_id() -> None:
    """Law: whichever of two expansions comes first, each has ids of its own."""
    cluster = pw.workflow(name="when")(lambda: draft("a"))

    @pw.task
    def step(text: Any) -> Any:
        return pw.workflow(lambda: [cluster(), cluster()]).graph()

    def until(text: Any) -> bool:
        return pw.when(True, then=lambda: enough(draft("xx")))

    run = pw.workflow(lambda: pw.repeat(step, 0, until=until, limit=3)).run()
    assert set(run.nodes) == {
        *("step", "step@1", "step@1/when-3/draft", "step@1/when-2/draft"),
        *("step@1/when", "step@1/when/draft", "step@1/when/enough"),
    }


def document(*ids: str) -> str:
    """A graph document of independent nodes with these ids."""
    nodes = [{"id": name, "task": "t", "args": []} for name in ids]
    whole = {"format": "planweave graph", "version": 1, "name": "g", "inputs": [], "pools": {}, "nodes": nodes}
    return json.dumps({**whole, "output": None})


@pytest.mark.parametrize("below", ["a/b", "a[0]", "a@1", "a/b/c", "a[0]/b", "a@1/b[2]"])
def test_an_id_that_another_node_may_give_is_refused_by_every_door(below: str) -> None:
    """Law: any task may become a graph, whose nodes are called under it; so no node of the graph may be."""
    for ids in ([below, "a"], ["a", "x", below]):
        with pytest.raises(pw.DuplicateIdError, match=f"the id '{re.escape(below)}' is one that the node 'a' may give"):
            pw.Graph.from_json(document(*ids), {"t": load})
    assert len(pw.Graph.from_json(document(below, "b", "ab", "a-2", f"{below}-2"), {"t": load})) == 5


def test_clusters_survive_a_document() -> None:
    """Law: ids under the name of a cluster are no ids under a node."""
    graph = pw.workflow(lambda: [report(), draft(), report()]).graph()
    assert pw.Graph.from_json(graph.to_json(), [draft]).fingerprint == graph.fingerprint


def test_no_two_nodes_of_a_run_share_an_id() -> None:
    """Law: whatever expands, run.nodes has as many entries as there are nodes."""

    def build() -> Any:
        rows = report.map(draft.map(load("a")))
        loop = pw.repeat(draft, "", until=enough, limit=5)
        more = pw.repeat(draft, "", until=enough, limit=5)
        return pw.when(enough(rows), then=lambda: [draft(loop), report(more)], otherwise=lambda: [draft(loop)])

    run = pw.workflow(build).run()
    assert len(run.nodes) == len({event.node for event in run.events if event.kind in ("succeeded", "expanded")})
    assert len(run.nodes) == sum(event.kind == "succeeded" for event in run.events)
