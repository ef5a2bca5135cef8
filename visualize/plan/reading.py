"""Reads the outline of a plan: its tasks as they were decomposed, and its steps, in order of execution. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from planweave.engine.plan import Decomposition, Plan
from planweave.visualize.plan.outline import NOTHING, Entry, Kind, Outline, Span, hoisted, steps_in_words
from planweave.visualize.text.label import clean
from planweave.visualize.text.unit import plural

__all__ = ["read_outline"]


@dataclass(slots=True)
class _Task:
    """A task of a decomposition while it is read, by its number."""

    made_of: Decomposition
    parent: int
    span: Span = NOTHING
    children: list[int] | None = None


def read_outline(plan: Plan) -> Outline:
    """The outline of a plan.

    Steps are numbered from 0, as in ``plan.text()``. What a method leaves unordered stands in the order in which it
    was begun. Steps that no decomposition holds stand alone.

    >>> from planweave.engine.plan import Step
    >>> move = Decomposition("move", (), "by-car", (Decomposition("pack", ("box",), step="pack"),))
    >>> plan = Plan("p", (Step("pack", "pack", ("box",)),), decomposition=(move,))
    >>> [(entry.label, entry.detail) for entry in read_outline(plan).entries]
    [('move', 'by-car'), ('pack box', '')]
    """
    numbers = {step.id: number for number, step in enumerate(plan.steps)}
    held = {one.step for task in plan.decomposition for one in task.walk()}
    alone = [Decomposition(one.name, one.arguments, step=one.id) for one in plan.steps if one.id not in held]
    tasks = _numbered([*plan.decomposition, *alone], numbers)
    entries = hoisted(_entries(tasks))
    return Outline(clean(plan.name), _subtitle(plan, entries), entries)


def _numbered(roots: Iterable[Decomposition], numbers: dict[str, int]) -> list[_Task]:
    """The tasks, each before its parts, which are in order of execution; the first stands for everything."""
    tasks = [_Task(Decomposition("", children=tuple(roots)), -1)]
    for number, task in enumerate(tasks):  # grows while it is walked
        task.children = list(range(len(tasks), len(tasks) + len(task.made_of.children)))
        tasks += [_Task(child, number) for child in task.made_of.children]
        if task.made_of.step in numbers:
            task.span = Span(1, *[numbers[task.made_of.step]] * 2)
    for task in reversed(tasks):
        task.children = _in_order(tasks, task.children or [])
        if task.parent >= 0:
            tasks[task.parent].span = tasks[task.parent].span.joined(task.span)
    return tasks


def _in_order(tasks: Sequence[_Task], children: list[int]) -> list[int]:
    """The children by their first steps; one without steps stays behind the one that it is written behind."""
    place = -1
    keys = {}
    for child in children:
        span = tasks[child].span
        keys[child] = place = span.first if span.steps else place
    return sorted(children, key=keys.__getitem__)


def _entries(tasks: Sequence[_Task]) -> list[Entry]:
    """The tasks as entries, in preorder, without the one for everything."""
    entries: list[Entry] = []
    left = [(child, -1) for child in reversed(tasks[0].children or [])]
    while left:
        number, parent = left.pop()
        left += [(child, len(entries)) for child in reversed(tasks[number].children or [])]
        entries.append(_entry(tasks[number], f"task {number}", parent))
    return entries


def _entry(task: _Task, key: str, parent: int) -> Entry:
    one = task.made_of
    name, words = clean(one.name), clean(" ".join(map(str, one.arguments)))
    entry = Entry(key, "task", name, words, parent=parent, span=task.span)
    if one.step is not None:
        lines = [f"step {task.span.first}" if task.span.steps else "", entry.label, f"id: {clean(one.step)}"]
        return replace(entry, key=one.step, kind="step", tooltip="\n".join(filter(None, lines)))
    if one.method is not None:
        entry = replace(entry, detail=clean(one.method))
    kind: Kind = "task" if one.children else "open" if one.method is None else "empty"
    lines = [entry.label, f"method: {entry.detail}" if entry.detail else "not decomposed", steps_in_words(task.span)]
    return replace(entry, kind=kind, tooltip="\n".join(filter(None, lines)))


def _subtitle(plan: Plan, entries: Sequence[Entry]) -> str:
    tasks = sum(entry.kind != "step" for entry in entries)
    words = [plural(len(plan.steps), "step"), plural(tasks, "task") if tasks else ""]
    taken = [entry.span.first for entry in entries if entry.kind == "step" and entry.span.steps]
    if taken != sorted(taken):
        words.append("steps of different tasks take turns, as their numbers say")
    return " · ".join(filter(None, words))
