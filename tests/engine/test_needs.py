"""A workflow from plain tasks and what each needs is as good as one that is written out."""

from __future__ import annotations

from typing import Any

import networkx
import pytest
from hypothesis import given

import planweave as pw
from planweave.testing import dags


def refusal(error: type[pw.PlanweaveError], tasks: Any, needs: Any, **options: Any) -> pw.PlanweaveError:
    """The error that the definition ends with."""
    with pytest.raises(error) as caught:
        pw.workflow_from(tasks, needs, **options)
    assert caught.value.where is not None and caught.value.where.file == __file__
    return caught.value


def test_results_arrive_in_the_order_of_the_needs() -> None:
    """Law: the n-th parameter gets the result of the n-th need, whatever the parameters are called."""
    tasks: dict[str, Any] = {"sum": lambda *values: list(values), "a": lambda: "A", "b": lambda: "B"}
    assert pw.workflow_from(tasks, {"sum": ["b", "a", "b"]}).run().result == {"sum": ["B", "A", "B"]}
    assert pw.workflow_from(tasks, {"sum": ("a", "b")}).run().result == {"sum": ["A", "B"]}


def test_needs_may_be_any_iterable() -> None:
    """Law: an iterator, which can be read only once, is not lost on the way."""
    tasks: dict[str, Any] = {"a": lambda: 1, "b": lambda: 2, "c": lambda one, two: one - two}
    assert pw.workflow_from(tasks, {"c": (name for name in ("a", "b"))}).run().result == {"c": -1}
    assert pw.workflow_from(tasks, {"c": {"a": 0, "b": 0}.keys()}).run().result == {"c": -1}


def test_free_parameters_are_inputs_of_the_run() -> None:
    """Law: what neither a need nor a default fills is an input, by name, shared by all that name it."""

    def start(topic: str, *, depth: int) -> str:
        return topic * depth

    def end(text: str, topic: str, style: str = "plain", *, mark: str = "!") -> str:
        return f"{text} {topic} {style}{mark}"

    report = pw.workflow_from({"start": start, "end": end}, {"end": ["start"]}, name="report")
    assert [one.name for one in report.inputs] == ["topic", "depth"]
    assert [one.annotation for one in report.inputs] == [str, int]
    assert report.run(topic="x", depth=2).result == {"end": "xx x plain!"}
    assert report.run(topic="x", depth=2).graph.name == "report"
    with pytest.raises(pw.InputError, match="depth"):
        report.run(topic="x")
    with pytest.raises(pw.InputError, match="style"):
        report.run(topic="x", depth=1, style="grand")


def test_tasks_keep_their_policies_and_get_their_names_as_ids() -> None:
    """Law: a task object is used as it is, under the name that it is given here; so is a pool."""

    @pw.task(retry=pw.Retry(attempts=2), pool="api", executor="inline", version="3")
    def load() -> int:
        return 4

    graph = pw.workflow_from({"one": load, "two": load, "sum": lambda x, y: x + y}, {"sum": ["one", "two"]}).graph()
    assert [node.id for node in graph.nodes] == ["one", "two", "sum"]
    assert all(node.policy == load.policy for node in graph.nodes[:2])
    with pytest.raises(pw.UndeclaredPoolError, match="api"):
        graph.run()
    limited = pw.workflow_from({"one": load}, {}, pools={"api": 1})
    assert limited.run().result == {"one": 4}


def test_it_is_a_workflow_like_others() -> None:
    """Law: it can be called in another workflow, where it is a cluster; it draws as a graph."""
    part = pw.workflow_from({"a": lambda start: start + 1, "b": lambda x: x * 2}, {"b": ["a"]}, name="part")

    @pw.workflow
    def whole(start: int) -> None:
        part(start=start)

    assert [node.id for node in whole.graph().nodes] == ["part/a", "part/b"]
    assert whole.run(start=2).nodes["part/b"].value == 6


@given(dags())
def test_the_graph_is_that_of_the_needs(dag: dict[str, list[str]]) -> None:
    """Law: a node for each task and an edge for each need, in whatever order they are told."""
    tasks = {name: pw.task(executor="inline")(lambda *values: [*values]) for name in reversed(dag)}
    graph = pw.workflow_from(tasks, dag).graph()
    expected: networkx.DiGraph[str] = networkx.DiGraph([(need, name) for name, needs in dag.items() for need in needs])
    expected.add_nodes_from(dag)
    assert set(graph.nx.edges) == set(expected.edges) and set(graph.nx) == set(expected)
    seen: dict[str, list[Any]] = {}
    for name, needs in dag.items():
        seen[name] = [seen[need] for need in needs]
    assert {name: node.value for name, node in graph.run().nodes.items()} == seen


def test_unknown_names_are_refused_with_a_suggestion() -> None:
    """Law: in the keys and in the needs; the nearest names are told."""
    tasks: dict[str, Any] = {"research": list, "analysis": len}
    error = refusal(pw.UnknownNameError, tasks, {"analysis": ["reserch"]})
    assert error.what == "there is no task 'reserch' (needed by 'analysis')" and error.mend == "did you mean: research"
    error = refusal(pw.UnknownNameError, tasks, {"anlysis": ["research"]})
    assert error.what == "there is no task 'anlysis'" and error.mend == "did you mean: analysis"
    error = refusal(pw.UnknownNameError, tasks, {"analysis": [len]})
    assert error.mend == "add it to the tasks, or remove it from the needs"
    assert refusal(pw.UnknownNameError, tasks, {"analysis": [["research"]]}).what.startswith("there is no task [")


def test_cycles_are_refused_with_their_names() -> None:
    """Law: the error carries the cycle; a task that needs itself is the shortest."""
    tasks: dict[str, Any] = {name: (lambda *_: 0) for name in "abcd"}
    error = refusal(pw.CycleError, tasks, {"a": ["a"]})
    assert error.what == "'a' waits for itself" and isinstance(error, pw.CycleError) and error.cycle == ("a",)
    error = refusal(pw.CycleError, tasks, {"b": ["a", "d"], "c": ["b"], "d": ["c"]})
    assert isinstance(error, pw.CycleError) and set(error.cycle) == {"b", "c", "d"}
    following = dict(zip(error.cycle, (*error.cycle[1:], error.cycle[0]), strict=True))
    assert following == {"b": "c", "c": "d", "d": "b"}


def test_needs_that_are_a_text_or_no_list_are_refused() -> None:
    """Law: a text is no list of its letters."""
    error = refusal(pw.DefinitionError, {"a": list, "b": len}, {"b": "a"})
    assert error.what == "the needs of 'b' are the text 'a'" and error.mend == "use ['a']"
    error = refusal(pw.DefinitionError, {"a": list, "b": len}, {"b": 3})
    assert error.what == "the needs of 'b' are 3"


@pytest.mark.parametrize("needs", [["a"], None, "a", 5])
def test_needs_and_tasks_that_are_no_dict_are_refused(needs: Any) -> None:
    """Law: whoever gives a list or nothing is told how a dict is written."""
    error = refusal(pw.DefinitionError, {"a": list}, needs)
    assert error.what == f"the needs are {needs!r}, which is no dict"
    assert error.mend == 'use {"analysis": ["research"]}, or {} where nothing waits'
    assert "which is no dict" in refusal(pw.DefinitionError, [list], {}).what


def test_free_parameters_by_position_only_are_inputs_too() -> None:
    """Law: an input is given by name, whatever kind of parameter takes it."""

    def mix(a: Any, b: Any, c: Any, /, d: Any, e: Any = "e", *, f: Any) -> Any:
        return a, b, c, d, e, f

    flow = pw.workflow_from({"n": lambda: 1, "m": mix}, {"m": ["n"]})
    assert [one.name for one in flow.inputs] == ["b", "c", "d", "f"]
    assert flow.run(b=2, c=3, d=4, f=6).result == {"m": (1, 2, 3, 4, "e", 6)}
    assert pw.workflow_from({"n": abs}, {}).run(x=-5).result == {"n": 5}
    later = pw.workflow_from({"n": lambda: 1, "m": lambda a, b=2, /: (a, b)}, {"m": ["n"]})
    assert later.run().result == {"m": (1, 2)}


def test_messages_about_long_names_are_short() -> None:
    """Law: a name of any length is cut."""
    long = "x" * 100_000
    assert len(str(refusal(pw.UnknownNameError, {"a": list}, {"a": [long]}))) < 500
    assert len(str(refusal(pw.UnknownNameError, {"a": list}, {long: ["a"]}))) < 500
    assert len(str(refusal(pw.DefinitionError, {long: list}, {long: long}))) < 500
    assert len(str(refusal(pw.DefinitionError, {"a": long}, {}))) < 500


def test_things_that_are_no_tasks_are_refused() -> None:
    """Law: what cannot be called, and names that ids cannot have."""
    assert "3 is no function" in refusal(pw.DefinitionError, {"a": 3}, {}).what
    assert "cannot be the id" in refusal(pw.DefinitionError, {"a/b": len}, {}).what
    assert "cannot be the name" in refusal(pw.DefinitionError, {"a": list}, {}, name="x/y").what
    assert "has the limit 0" in refusal(pw.DefinitionError, {"a": list}, {}, pools={"p": 0}).what


def test_more_needs_than_parameters_are_refused_when_compiling() -> None:
    """Law: the call does not fit, which is told with what the task takes."""
    with pytest.raises(pw.BindingError, match="the call of 'b' does not fit: too many positional arguments"):
        pw.workflow_from({"a": list, "b": lambda x: x, "c": list}, {"b": ["a", "c"]}).graph()
