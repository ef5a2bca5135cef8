"""Plans as JSON documents.

    {"format": "planweave plan", "version": 1, "name": ..., "is_relaxed": false,
     "steps": [{"id": ..., "name": ..., "arguments": [...], "parameters": [...], "duration": null}, ...],
     "links": [{"producer": id or null, "fact": [predicate, object, ...], "consumer": id, "positive": true}, ...],
     "orderings": [[id, id], ...], "needed": [[id, id], ...] or null,
     "tasks": [{"name": ..., "arguments": [...], "method": ..., "step": null, "children": [number, ...]}, ...],
     "roots": [number, ...]}

``tasks`` holds the decomposition without nesting, since it is as deep as plans are long: each task comes before its
children, which are named by their places in the list.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from planweave.engine.document.fields import document_of, expect, field
from planweave.engine.errors import CycleError, DocumentError, UnknownNameError
from planweave.engine.plan import CausalLink, Decomposition, Fact, Plan, Step
from planweave.engine.planorder import Order
from planweave.engine.wording import clip

FORMAT = "planweave plan"
VERSION = 1


def dumps(plan: Plan) -> str:
    """The plan as a JSON text; see ``Plan.to_json``."""
    try:
        text = json.dumps(plan_document(plan), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
        loads(text)  # nothing is written that could not be read back
    except (TypeError, ValueError) as error:
        what = error.what if isinstance(error, DocumentError) else str(error)
        raise DocumentError(f"the plan {clip(plan.name)} cannot be written as JSON: {what}") from None
    return text


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan as values of JSON."""
    tasks, roots = _tasks(plan.decomposition)
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": plan.name,
        "is_relaxed": plan.is_relaxed,
        "steps": [
            {
                "id": one.id,
                "name": one.name,
                "arguments": list(one.arguments),
                "parameters": list(one.parameters),
                "duration": one.duration,
            }
            for one in plan.steps
        ],
        "links": [
            {
                "producer": one.producer,
                "fact": [one.fact.predicate, *one.fact.arguments],
                "consumer": one.consumer,
                "positive": one.positive,
            }
            for one in plan.links
        ],
        "orderings": [list(pair) for pair in plan.orderings],
        "needed": None if plan.needed is None else [list(pair) for pair in plan.needed],
        "tasks": tasks,
        "roots": roots,
    }


def _tasks(parts: Sequence[Decomposition]) -> tuple[list[dict[str, Any]], list[int]]:
    """The tasks of a decomposition in a row, and the numbers of the outermost."""
    found: list[dict[str, Any]] = []
    roots: list[int] = []
    left = [(part, roots) for part in reversed(parts)]
    while left:
        part, among = left.pop()
        among.append(len(found))
        children: list[int] = []
        found.append(
            {
                "name": part.name,
                "arguments": list(part.arguments),
                "method": part.method,
                "step": part.step,
                "children": children,
            }
        )
        left += [(child, children) for child in reversed(part.children)]
    return found, roots


# ---------------------------------------------------------------------- reading


def loads(text: str | bytes) -> Plan:
    """The plan of a JSON text; see ``Plan.from_json``."""
    document = document_of(text, format=FORMAT, version=VERSION, kind="plan")
    steps = tuple(_step(one, f"plan.steps[{i}]") for i, one in enumerate(field(document, "steps", list, "plan")))
    ids = {one.id for one in steps}
    if len(ids) < len(steps):
        raise DocumentError("plan.steps holds one id twice")
    links = field(document, "links", list, "plan")
    needed = document.get("needed")
    plan = Plan(
        field(document, "name", str, "plan"),
        steps,
        tuple(_link(one, ids, f"plan.links[{i}]") for i, one in enumerate(links)),
        tuple(_pairs(field(document, "orderings", list, "plan"), ids, "plan.orderings")),
        _decomposition(document, ids),
        None if needed is None else tuple(_pairs(expect(needed, list, "plan.needed"), ids, "plan.needed")),
        field(document, "is_relaxed", bool, "plan"),
    )
    try:
        Order(plan)
        Order(plan if plan.needed is None else plan.relaxed())
    except (CycleError, UnknownNameError) as error:
        raise DocumentError(f"plan.orderings and plan.links are no partial order: {error.what}") from None
    return plan


def _texts(value: Any, path: str) -> tuple[str, ...]:
    return tuple([expect(one, str, f"{path}[{i}]") for i, one in enumerate(expect(value, list, path))])


def _step(document: Any, path: str) -> Step:
    expect(document, dict, path)
    duration = document.get("duration")
    if duration is not None and not (type(duration) in (int, float) and 0 <= duration <= sys.float_info.max):
        raise DocumentError(f"{path}.duration is {clip(duration)}, not a number of seconds from 0")
    arguments = _texts(field(document, "arguments", list, path), f"{path}.arguments")
    parameters = _texts(field(document, "parameters", list, path), f"{path}.parameters")
    if parameters and len(parameters) != len(arguments):
        raise DocumentError(f"{path} has {len(arguments)} arguments for {len(parameters)} parameters")
    return Step(field(document, "id", str, path), field(document, "name", str, path), arguments, parameters, duration)


def _known(value: Any, ids: set[str], path: str) -> str:
    if expect(value, str, path) not in ids:
        raise DocumentError(f"{path} names the step {clip(value)}, which is not there")
    return str(value)


def _link(document: Any, ids: set[str], path: str) -> CausalLink:
    expect(document, dict, path)
    words = _texts(field(document, "fact", list, path), f"{path}.fact")
    if not words:
        raise DocumentError(f"{path}.fact is empty: it begins with a predicate")
    producer = document.get("producer")
    return CausalLink(
        None if producer is None else _known(producer, ids, f"{path}.producer"),
        Fact(words[0], words[1:]),
        _known(field(document, "consumer", str, path), ids, f"{path}.consumer"),
        field(document, "positive", bool, path),
    )


def _pairs(some: list[Any], ids: set[str], path: str) -> Iterator[tuple[str, str]]:
    for i, pair in enumerate(some):
        if not isinstance(pair, list) or len(pair) != 2:
            raise DocumentError(f"{path}[{i}] is no pair of steps")
        yield _known(pair[0], ids, f"{path}[{i}][0]"), _known(pair[1], ids, f"{path}[{i}][1]")


def _decomposition(document: dict[str, Any], ids: set[str]) -> tuple[Decomposition, ...]:
    """The tasks made from the last to the first, so that children are there before the task that they are parts of."""
    tasks = field(document, "tasks", list, "plan")
    made: list[Decomposition | None] = [None] * len(tasks)

    def taken(value: Any, first: int, path: str) -> tuple[Decomposition, ...]:
        found = []
        for k, number in enumerate(expect(value, list, path)):
            if type(number) is not int or not first <= number < len(tasks):
                raise DocumentError(f"{path}[{k}] is {clip(number)}, not the place of a task after this one")
            one, made[number] = made[number], None
            if one is None:
                raise DocumentError(f"{path}[{k}] names the task {number}, which is a part of another already")
            found.append(one)
        return tuple(found)

    for i in range(len(tasks) - 1, -1, -1):
        path = f"plan.tasks[{i}]"
        one = expect(tasks[i], dict, path)
        method, step = one.get("method"), one.get("step")
        made[i] = Decomposition(
            field(one, "name", str, path),
            _texts(field(one, "arguments", list, path), f"{path}.arguments"),
            None if method is None else expect(method, str, f"{path}.method"),
            taken(field(one, "children", list, path), i + 1, f"{path}.children"),
            None if step is None else _known(step, ids, f"{path}.step"),
        )
    roots = taken(field(document, "roots", list, "plan"), 0, "plan.roots")
    lost = next((i for i, one in enumerate(made) if one is not None), None)
    if lost is not None:
        raise DocumentError(f"plan.tasks[{lost}] is no part of any task, and not among the roots")
    return roots
