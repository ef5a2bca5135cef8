"""A graph can be written as JSON and read back the same; what is no graph is refused with a clear error."""

from __future__ import annotations

import contextlib
import copy
import json
import math
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planweave as pw


@dataclass(frozen=True)
class Place:
    """A constant that only an annotation can read back."""

    name: str
    since: date


@pw.task(executor="inline")
def show(value: object = None, *more: object, **named: object) -> str:
    return repr((value, more, named))


@pw.task(executor="inline")
def visit(place: Place, at: datetime, others: list[Place], by_name: dict[str, Place]) -> str:
    return f"{place} {at} {others} {by_name}"


@pw.task(executor="inline")
def home() -> Place:
    return Place("home", date(2020, 1, 1))


@pw.task(executor="inline")
def grow(number: int, by: int = 1) -> int:
    return number + by


@pw.task(executor="inline")
def large(number: int) -> bool:
    return number > 3


@pw.task(executor="inline")
def numbers(count: int) -> list[int]:
    return list(range(count))


@pw.workflow
def inner(number: int, by: int = 2) -> int:
    return grow(grow(number), by=by)


@pw.workflow(pools={"api": 2})
def everything(start: int = 1, end: int = 3) -> object:
    """Every structure, with captures and containers."""
    listed = numbers(end)
    grown = grow.map(listed, by=start, failures="drop")
    nested = inner.map(grown)
    chosen = pw.when(large(start), then=lambda: show(grown, [start]), otherwise=lambda: inner(start))
    only = pw.when(large(end), then=lambda: pw.when(large(start), then=lambda: show(chosen), otherwise=lambda: "no"))
    looped = pw.repeat(lambda state: inner(grow(state, by=start)), start, until=large, limit=9)
    pw.sleep(0.0, after=[looped])
    policies = show.using(
        retry=pw.Retry(attempts=2, base=0.0, cap=1.0, on=(OSError, ValueError)),
        pool="api",
        join="all_done",
        priority=3,
        rate=pw.Rate(100, per=2.0),
        cache=True,
        after=[listed],
    )(1)
    limited = show.using(executor="thread", timeout=30)(start)
    return {"all": [nested, (looped, {1: chosen, (2, "x"): policies}), limited], "constant": [1, (2,)], "only": only}


ALL: list[pw.Task[..., Any]] = [show, visit, home, grow, large, numbers]


def back(graph: pw.Graph) -> pw.Graph:
    """The graph, written and read."""
    return pw.Graph.from_json(graph.to_json(), ALL)


def test_every_structure_survives_the_round_trip() -> None:
    """Law: written and read, a graph has the same fingerprint, digest, text and results."""
    graph = everything.graph()
    again = back(graph)
    assert again.fingerprint == graph.fingerprint
    assert again.digest == graph.digest
    assert again.to_json() == graph.to_json()
    assert dict(again.captures) == dict(graph.captures) and again.captures
    assert [node.policy for node in again.all_nodes()] == [node.policy for node in graph.all_nodes()]
    assert [node.where for node in again.nodes] == [node.where for node in graph.nodes]
    for inputs in ({}, {"start": 5}, {"start": 5, "end": 5}):
        assert again.run(**inputs).result == graph.run(**inputs).result


def constants() -> st.SearchStrategy[Any]:
    """Constants of every plain kind, nested."""
    keys = st.one_of(st.text(max_size=3), st.integers(), st.booleans(), st.none(), st.binary(max_size=3))
    plain = st.one_of(keys, st.floats())
    return st.recursive(
        plain,
        lambda some: st.one_of(
            st.lists(some, max_size=3), st.lists(some, max_size=3).map(tuple), st.dictionaries(keys, some, max_size=3)
        ),
        max_leaves=6,
    )


@settings(max_examples=150)
@given(constants())
def test_constants_of_every_plain_kind_survive(value: Any) -> None:
    """Law: numbers that JSON has no words for, bytes, tuples and keys that are no texts arrive as they were."""
    graph = pw.workflow(lambda: [show(value), show(named=value), value]).graph()
    again = back(graph)
    assert (again.fingerprint, again.digest) == (graph.fingerprint, graph.digest)
    assert repr(again.run().result) == repr(graph.run().result)


def test_constants_of_other_classes_are_read_by_the_annotation_of_their_parameter() -> None:
    """Law: the type stands in the code, the document holds JSON; inside of containers too."""

    def compose() -> object:
        place, moment = Place("here", date(2024, 2, 29)), datetime(2024, 2, 29, 12, tzinfo=UTC)
        return [
            visit(place, moment, [place], {"a": place}),
            visit(home(), moment, [home(), place], {"a": place, "b": home()}),
        ]

    graph = pw.workflow(compose).graph()
    again = back(graph)
    assert again.digest == graph.digest
    assert again.run().result == graph.run().result


@pytest.mark.parametrize(
    "value", [date(2024, 1, 1), {1, 2}, object(), 10**5000, 1j], ids=["date", "set", "object", "digits", "complex"]
)
def test_a_constant_that_could_not_be_read_back_is_refused_when_writing(value: Any) -> None:
    """Law: what no annotation can make again is an error that names the parameter and the node."""
    graph = pw.workflow(lambda: show.using(id="here")(value)).graph()
    with pytest.raises(pw.DocumentError, match="the constant for 'value' cannot be written as JSON") as caught:
        graph.to_json()
    assert caught.value.node == "here"
    assert caught.value.mend == "let a task make it, or make it an input of the run"


def test_a_task_that_has_no_name_elsewhere_is_refused_when_writing() -> None:
    """Law: a document refers to tasks by name, so a lambda cannot be written."""
    with pytest.raises(pw.DocumentError, match="the task 'lambda' cannot be found again by a name"):
        pw.workflow(pw.task(lambda: 1)).graph().to_json()


def document(**parts: Any) -> dict[str, Any]:
    """A document without nodes, apart from ``parts``."""
    whole = {"format": "planweave graph", "version": 1, "name": "g", "inputs": [], "pools": {}, "nodes": []}
    return {**whole, "output": None, **parts}


def node(**parts: Any) -> dict[str, Any]:
    """A node that shows nothing, apart from ``parts``."""
    return {"id": "a", "task": "t:show", "args": [], **parts}


def read(text: Any) -> pw.Graph:
    """The graph of a document, with two tasks in the registry."""
    registry = {"t:show": show, "t:grow": grow}
    return pw.Graph.from_json(text if isinstance(text, str | bytes) else json.dumps(text), registry)


def refused(text: Any) -> str:
    """What is said of a document that must be refused."""
    with pytest.raises(pw.DefinitionError) as caught:
        read(text)
    assert len(str(caught.value)) < 1500
    return caught.value.what


def nested(**parts: Any) -> dict[str, Any]:
    """A template without inputs, apart from ``parts``."""
    return {"graph": document(), "items": [], "bound": [], "main": None, **parts}


def control(kind: str, **parts: Any) -> dict[str, Any]:
    """A document with one control structure."""
    return document(nodes=[{"id": "a", "args": [{"value": True}], "control": {"kind": kind, **parts}}])


STATE = document(inputs=[{"name": "s"}])
SAYS: list[tuple[Any, str]] = [
    ("", "this is no JSON document"),
    (b"\xff\xfe\x00", "this is no JSON document"),
    ("[" * 10_000 + "]" * 10_000, "this is no JSON document"),
    ('{"a":' * 10_000, "this is no JSON document"),
    ('{"format": ' + "9" * 10_000 + "}", "this is no JSON document"),
    ([], "this JSON document is no graph"),
    ({"format": []}, "this JSON document is no graph"),
    (document(version=2), "has version 2; this planweave reads version 1"),
    (document(version=True), "has version True"),
    (document(nodes={}), "graph.nodes is dict, not list"),
    (document(nodes=[3]), "graph.nodes[0] is int, not dict"),
    (document(nodes=[{}]), "graph.nodes[0] has no 'id'"),
    (document(nodes=[{"id": "a"}]), "graph.nodes[0] has neither a task nor a control structure"),
    (document(nodes=[node(task="os:system")]), "names the task 'os:system', which is not in the registry"),
    (document(nodes=[node(task=None)]), "graph.nodes[0].task is NoneType, not str"),
    (document(nodes=[node(), node()]), "two nodes are called 'a'"),
    (document(nodes=[node(args=[{"node": "a"}])]), "'a' waits for itself"),
    (document(nodes=[node(after=[{"node": "a"}])]), "'a' waits for itself"),
    (document(nodes=[node(after=[{"value": 1}])]), "graph.nodes[0].after holds something that is neither"),
    (document(nodes=[node(args=[{"node": "b"}]), node(id="b", args=[{"node": "a"}])]), "nodes wait for each other"),
    (document(nodes=[node(args=[{"node": "z"}])]), "graph.nodes[0].args[0] names the node 'z', which is not there"),
    (document(nodes=[node(args=[{"node": ["z"]}])]), "names the node ['z'], which is not there"),
    (document(nodes=[node(args=[{"input": "z"}])]), "reads the input 'z', which is not there"),
    (document(nodes=[node(args=[{"value": []}])]), "graph.nodes[0].args[0] is no source"),
    (document(nodes=[node(args=[{"eval": "1"}])]), "there is no kind 'eval'"),
    (document(nodes=[node(args=[{"value": 1, "node": "a"}])]), "graph.nodes[0].args[0] is no source"),
    (document(nodes=[node(task="t:grow", args=[])]), "missing a required argument: 'number'"),
    (document(nodes=[node(task="t:grow", args=[{"value": "x"}])]), "parameter 'number' of 'grow' wants int"),
    (document(nodes=[node(task="t:grow", args=[{"typed": "x"}])]), "the constant for 'number' cannot be read"),
    (document(nodes=[node(args=[{"value": 1}] * 2, keywords=["a", "a"])]), "keywords holds one name twice"),
    (document(nodes=[node(keywords=["a"])]), "has 0 arguments, which does not fit"),
    (document(nodes=[node(keywords=[1])]), "keywords holds something that is no text"),
    (document(nodes=[node(where=["f", "1"])]), "where is no file and line"),
    (document(nodes=[node(policy={"timeout": 10**400})]), "policy is no policy"),
    (document(nodes=[node(policy={"timeout": {}})]), "policy is no policy"),
    (document(nodes=[node(policy={"speed": 1})]), "policy is no policy"),
    (document(nodes=[node(policy={"executor": []})]), "there is no executor []"),
    (document(nodes=[node(policy={"retry": {"on": ["os:system"]}})]), "retries on 'os:system'"),
    (document(nodes=[node(policy={"retry": {"on": ["builtins:print"]}})]), "retries on 'builtins:print'"),
    (document(nodes=[node(policy={"rate": []})]), "policy.rate is list, not dict"),
    (document(inputs=[{"name": "x"}, {"name": "x"}]), "graph.inputs holds one name twice"),
    (document(inputs=[{"name": "x", "default": {"node": "a"}}]), "names the node 'a'"),
    (document(inputs=[{"name": "x", "default": {"typed": 1}}]), "graph.inputs[0].default is no constant"),
    (document(pools={"p": 0}), "graph.pools.p is 0"),
    (document(output={"typed": 1}), "graph.output holds a typed constant"),
    (document(output={"dict": [[{"tuple": [{"list": []}]}, {"value": 1}]]}), "graph.output has a key"),
    (document(output={"dict": [[{"value": 1}]]}), "no pair of a key and a value"),
    (document(output={"bytes": "!"}), "graph.output is no source"),
    (control("jump"), "graph.nodes[0].control.kind is 'jump'"),
    (control("map", failures="ignore"), "control.failures is 'ignore'"),
    (control("map", failures="fail", each=nested()), "has 1 arguments, which does not fit"),
    (control("map", failures="fail", each=nested(items=["s"])), "does not fill the inputs of its graph"),
    (control("when"), "graph.nodes[0].control has no 'then'"),
    (control("when", then=[]), "control.then is list, not dict"),
    (control("when", then=nested(graph=3)), "control.then.graph is int, not dict"),
    (control("when", then=nested(graph=STATE, items=["s"])), "has 1 arguments, which does not fit"),
    (control("when", then=nested(main=0)), "control.then.main is 0, which is no position of a node"),
    (control("when", then=nested(main=True)), "control.then.main is True"),
    (control("when", then=nested(items=[[]])), "control.then.items is list, not str"),
    (control("when", then=nested(bound=[["x"]])), "bound[0] is no pair of a name and a source"),
    (control("repeat", limit=True, round=nested()), "control.limit is bool, not int"),
    (control("repeat", limit=0, round=nested(graph=STATE, items=["s"])), "is no loop"),
    (control("repeat", limit=2, round=nested(graph=STATE, items=["s"])), "is no loop"),
]


@pytest.mark.parametrize(("text", "says"), SAYS, ids=[str(i) for i in range(len(SAYS))])
def test_a_document_that_is_no_graph_is_refused_with_the_place_and_the_reason(text: Any, says: str) -> None:
    """Law: always an error of planweave, with where in the document it is and what is wrong there."""
    assert says in refused(text)


def test_deep_nesting_is_refused() -> None:
    """Law: sources and templates nest at most a hundred deep; the message stays short."""
    start, end = '{"format":"planweave graph","version":1,"name":"g","inputs":[],"pools":{},"nodes":[],"output":', "}"
    assert "nests more than 100 deep" in refused(start + '{"list":[' * 400 + '{"value":1}' + "]}" * 400 + end)
    head, tail = json.dumps(control("when", then=nested(graph="HERE"))).split('"HERE"')
    assert "nests templates more than 100 deep" in refused(head * 101 + json.dumps(document()) + tail * 101)
    assert len(read(head * 100 + json.dumps(document()) + tail * 100)) == 1
    assert "graph is int, not dict" in refused(head * 90 + "3" + tail * 90)


def test_documents_from_deep_down_the_stack_are_refused_too() -> None:
    """Law: no RecursionError comes out, however few calls are left."""
    head, tail = json.dumps(control("when", then=nested(graph="HERE"))).split('"HERE"')
    text = head * 100 + json.dumps(document()) + tail * 100

    def down(calls: int) -> None:
        if calls:
            down(calls - 1)
        else:
            with contextlib.suppress(pw.DocumentError):
                read(text)

    for calls in range(0, 800, 10):
        down(calls)


def test_nothing_is_imported_or_run_when_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: only the registry is asked; a reference to a module that could be imported stays unknown."""
    (tmp_path / "hostile_module.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    for reference in ("hostile_module:task", f"{tmp_path}/hostile_module.py#task", "os:system"):
        with pytest.raises(pw.UnknownNameError, match="which is not in the registry"):
            pw.Graph.from_json(json.dumps(document(nodes=[node(task=reference)])), ALL)
        with pytest.raises(pw.UnknownNameError, match="which is no exception that is known here"):
            read(document(nodes=[node(policy={"retry": {"on": [reference]}})]))
    assert "hostile_module" not in sys.modules


def test_a_registry_of_other_things_than_tasks_is_refused() -> None:
    """Law: a function instead of a task is told apart from an unknown name, with the mend."""
    text = json.dumps(document(nodes=[node()]))
    wrong: Any
    for wrong in ([show.fn], None, 5, show):
        with pytest.raises(pw.DefinitionError, match="which is no task"):
            pw.Graph.from_json(text, wrong) if wrong is not show else pw.Graph.from_json(text, {"t:show": show.fn})


def test_the_tasks_of_a_list_are_found_by_their_own_references() -> None:
    """Law: a list of tasks is a registry, and an exception that is not Python's own must be registered by name."""

    class Busy(Exception):
        """An exception of the user."""

    graph = pw.workflow(lambda: show.using(retry=pw.Retry(on=Busy))(1)).graph()
    name = f"{Busy.__module__}:{Busy.__qualname__}"
    with pytest.raises(pw.UnknownNameError, match="which is no exception that is known here"):
        back(graph)
    task = json.loads(graph.to_json())["nodes"][0]["task"]
    again = pw.Graph.from_json(graph.to_json(), {task: show, name: Busy})
    assert again.fingerprint == graph.fingerprint


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.integers(10**300, 10**301), st.floats(allow_nan=False), st.text()
    ),
    lambda some: st.one_of(st.lists(some, max_size=3), st.dictionaries(st.text(max_size=4), some, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=200)
@given(st.one_of(JSON, st.fixed_dictionaries(dict.fromkeys(("name", "inputs", "pools", "nodes", "output"), JSON))))
def test_any_json_is_read_or_refused(value: Any) -> None:
    """Law: no JSON text leads to another exception than those of planweave."""
    whole = {"format": "planweave graph", "version": 1, **value} if isinstance(value, dict) else value
    with contextlib.suppress(pw.PlanweaveError):
        assert len(read(json.dumps(whole)).digest) == 64


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to everything in a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in inside for found in places(item, (*path, key)))]


SOUND = json.loads(everything.graph().to_json())
PLACES = places(SOUND)[1:]


@settings(max_examples=400)
@given(
    st.lists(
        st.tuples(st.sampled_from(PLACES), st.integers(0, 3), st.sampled_from(PLACES), JSON), min_size=1, max_size=3
    )
)
def test_a_changed_document_is_read_or_refused(
    changes: list[tuple[tuple[Any, ...], int, tuple[Any, ...], Any]],
) -> None:
    """Law: whatever is removed from a sound document, doubled, replaced or moved in it: a graph, or a clear error."""
    changed = copy.deepcopy(SOUND)
    for place, how, other, value in changes:
        *way, last = place
        try:
            parent, source = changed, changed
            for key in way:
                parent = parent[key]
            for key in other:
                source = source[key]
            if how == 0:
                del parent[last]
            elif how == 1 and isinstance(parent, list):
                parent.insert(last, copy.deepcopy(parent[last]))
            elif how == 2:
                parent[last] = copy.deepcopy(source)
            else:
                parent[last] = value
        except (LookupError, TypeError):  # an earlier change took the place away
            continue
    try:
        graph = pw.Graph.from_json(json.dumps(changed), ALL)
    except pw.PlanweaveError:
        return
    else:  # what is read is sound: it has all that a graph has
        assert len(graph.digest) == len(graph.fingerprint) == 64
        assert pw.Graph.from_json(graph.to_json(), ALL).digest == graph.digest
        assert len(graph.nx) == len(graph)


def test_numbers_that_json_has_no_words_for_are_written_as_texts() -> None:
    """Law: the document is JSON by its standard, without NaN and Infinity."""
    text = pw.workflow(lambda: show([math.nan, math.inf, -math.inf])).graph().to_json()
    json.loads(text, parse_constant=pytest.fail)
    assert back(pw.Graph.from_json(text, ALL)).to_json() == text
