"""Plans as JSON: what is written is read back the same, and what nobody could have written is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw

NAMES = st.text(max_size=4)


@st.composite
def plans(draw: st.DrawFn) -> pw.Plan:
    """A plan with links, orderings and a decomposition; names are any texts."""
    ids = draw(st.lists(NAMES, max_size=4, unique=True))
    words = st.lists(NAMES, max_size=2).map(tuple)
    steps = []
    for one in ids:
        arguments = draw(words)
        parameters = draw(st.sampled_from([(), tuple(f"p{i}" for i in range(len(arguments)))]))
        duration = draw(st.none() | st.integers(0, 10**20) | st.floats(0, 1e300))
        steps.append(pw.Step(one, draw(NAMES), arguments, parameters, duration))
    pairs = [(one, two) for j, two in enumerate(ids) for one in ids[:j]]
    some_pairs = st.lists(st.sampled_from(pairs), max_size=4).map(tuple) if pairs else st.just(())
    facts = st.builds(pw.Fact, NAMES, words)
    links = [
        pw.CausalLink(producer, draw(facts), consumer, draw(st.booleans()))
        for producer, consumer in [*draw(some_pairs), *((None, one) for one in ids if draw(st.booleans()))]
    ]
    parts: list[pw.Decomposition] = [pw.Decomposition(one.name, one.arguments, step=one.id) for one in steps]
    for _ in range(draw(st.integers(0, 3)) if parts else 0):
        taken = draw(st.integers(0, len(parts)))
        whole = pw.Decomposition(draw(NAMES), draw(words), draw(st.none() | NAMES), tuple(parts[:taken]))
        parts = [whole, *parts[taken:]]
    needed = draw(st.none() | some_pairs)
    return pw.Plan(draw(NAMES), tuple(steps), tuple(links), draw(some_pairs), tuple(parts), needed, needed is not None)


@given(plans())
def test_what_is_written_is_read_back(plan: pw.Plan) -> None:
    """Law: Plan.from_json(plan.to_json()) is the plan, and writes the same text."""
    text = plan.to_json()
    again = pw.Plan.from_json(text)
    assert again == plan and again.decomposition == plan.decomposition
    assert again.to_json() == text and text.isascii()
    assert pw.Plan.from_json(text.encode()) == plan


def test_a_deep_decomposition_is_no_trouble() -> None:
    """Law: nothing recurses: decompositions are as deep as plans are long."""
    part = pw.Decomposition("end", step="end")
    for i in range(20_000):
        part = pw.Decomposition("go", (str(i),), "further", (part,))
    plan = pw.Plan("deep", (pw.Step("end", "end"),), decomposition=(part,))
    assert pw.Plan.from_json(plan.to_json()).decomposition == plan.decomposition


def test_the_recovery_stays_behind() -> None:
    """Law: what finds other plans is code, and no part of a document."""
    plan = pw.Plan("p", (pw.Step("a", "a"),))

    def recovery(*_: Any) -> None: ...

    again = pw.Plan.from_json(replace(plan, recovery=recovery).to_json())  # type: ignore[arg-type]
    assert again.recovery is None and again == plan


PLAN = pw.Plan(
    "parcel",
    (pw.Step("load", "load", ("p",), ("what",), 2.5), pw.Step("go", "go")),
    (pw.CausalLink("load", pw.Fact("in", ("p",)), "go"),),
    (("load", "go"),),
    (
        pw.Decomposition(
            "deliver",
            (),
            "by-truck",
            (pw.Decomposition("load", ("p",), step="load"), pw.Decomposition("go", step="go")),
        ),
    ),
    (("load", "go"),),
)


def put(*path: Any, value: Any) -> Callable[[Any], None]:
    """A change of a document: what stands at a path becomes something else."""

    def change(document: Any) -> None:
        for name in path[:-1]:
            document = document[name]
        document[path[-1]] = value

    return change


def drop(name: str) -> Callable[[Any], None]:
    """A change of a document: a field is left out."""

    def change(document: Any) -> None:
        del document[name]

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (put("format", value="planweave graph"), "this JSON document is no plan"),
        (put("version", value=2), "this plan document has version 2; this planweave reads version 1"),
        (put("version", value=True), "this plan document has version True"),
        (drop("name"), "plan has no 'name'"),
        (put("name", value=3), "plan.name is int, not str"),
        (put("steps", value={}), "plan.steps is dict, not list"),
        (put("steps", 0, value=[]), "plan.steps[0] is list, not dict"),
        (put("steps", 0, "id", value="go"), "plan.steps holds one id twice"),
        (put("steps", 0, "arguments", value=["p", 1]), "plan.steps[0].arguments[1] is int, not str"),
        (put("steps", 0, "parameters", value=["a", "b"]), "plan.steps[0] has 1 arguments for 2 parameters"),
        (put("steps", 0, "duration", value=-1), "plan.steps[0].duration is -1, not a number of seconds from 0"),
        (put("steps", 0, "duration", value=10**400), "plan.steps[0].duration is"),
        (put("steps", 0, "duration", value=float("nan")), "plan.steps[0].duration is nan"),
        (put("steps", 0, "duration", value=True), "plan.steps[0].duration is True"),
        (put("links", 0, "producer", value="fly"), "plan.links[0].producer names the step 'fly', which is not there"),
        (put("links", 0, "consumer", value=None), "plan.links[0].consumer is NoneType, not str"),
        (put("links", 0, "fact", value=[]), "plan.links[0].fact is empty"),
        (put("links", 0, "positive", value=1), "plan.links[0].positive is int, not bool"),
        (put("orderings", 0, value=["load"]), "plan.orderings[0] is no pair of steps"),
        (put("orderings", 0, value=["load", "fly"]), "plan.orderings[0][1] names the step 'fly'"),
        (put("orderings", 0, value=["go", "load"]), "plan.orderings and plan.links are no partial order"),
        (put("needed", 0, value=["go", "load"]), "plan.orderings and plan.links are no partial order"),
        (put("needed", value=3), "plan.needed is int, not list"),
        (put("is_relaxed", value=None), "plan.is_relaxed is NoneType, not bool"),
        (put("tasks", 0, "children", value=[0]), "plan.tasks[0].children[0] is 0, not the place of a task after"),
        (put("tasks", 0, "children", value=[1, 1]), "plan.tasks[0].children[1] names the task 1, which is a part"),
        (put("tasks", 0, "children", value=[1, 9]), "plan.tasks[0].children[1] is 9, not the place of a task"),
        (put("tasks", 0, "children", value=[1]), "plan.tasks[2] is no part of any task, and not among the roots"),
        (put("tasks", 1, "step", value="fly"), "plan.tasks[1].step names the step 'fly', which is not there"),
        (put("tasks", 0, "method", value=1), "plan.tasks[0].method is int, not str"),
        (put("roots", value=[-1]), "plan.roots[0] is -1, not the place of a task"),
        (put("roots", value=[0, 1]), "plan.roots[1] names the task 1, which is a part of another already"),
        (put("roots", value=[]), "plan.tasks[0] is no part of any task"),
    ],
)
def test_what_is_no_plan_is_refused(change: Callable[[Any], None], says: str) -> None:
    """Law: a damaged document is refused, and the error says where in it what is wrong."""
    document = json.loads(PLAN.to_json())
    change(document)
    with pytest.raises(pw.DocumentError) as caught:
        pw.Plan.from_json(json.dumps(document))
    assert says in caught.value.what and len(caught.value.what) < 400


@pytest.mark.parametrize(
    "text", ["", "[", "[" * 100_000, '{"a": 1}', "[]", "3", b"\xff", '{"format": "planweave plan"}']
)
def test_what_is_no_document_is_refused(text: str | bytes) -> None:
    """Law: whatever a text is, reading it ends in an error that says what it is not."""
    with pytest.raises(pw.DocumentError):
        pw.Plan.from_json(text)


@pytest.mark.parametrize(
    "plan",
    [
        replace(PLAN, name=3),  # type: ignore[arg-type]
        replace(PLAN, links=(pw.CausalLink("load", pw.Fact("in", (1,)), "go"),)),  # type: ignore[arg-type]
        replace(PLAN, orderings=(("go", "load"),)),
        replace(PLAN, steps=(replace(PLAN.steps[0], duration=float("inf")), PLAN.steps[1])),
        replace(PLAN, decomposition=(pw.Decomposition("fly", step="fly"),)),
    ],
)
def test_what_could_not_be_read_back_is_not_written(plan: pw.Plan) -> None:
    """Law: to_json refuses what from_json would refuse, or would not give back as it was."""
    with pytest.raises(pw.DocumentError, match="cannot be written as JSON"):
        plan.to_json()
