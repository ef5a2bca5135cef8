"""Task networks: subtasks, their order, and constraints on their variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from planweave.engine.wording import cut, listing
from planweave.planners.htn.formula import TRUE, Formula, Term, atoms_of
from planweave.planners.htn.hddl.expressions import condition
from planweave.planners.htn.hddl.scope import Scope, suggestion
from planweave.planners.htn.hddl.tree import Expression, Group, Word
from planweave.planners.htn.model import Subtask, TaskNetwork

SUBTASKS = {":subtasks": False, ":tasks": False, ":ordered-subtasks": True, ":ordered-tasks": True}
"""The names that a list of subtasks goes by, and whether each is done after the one before it."""

NETWORK = (*SUBTASKS, ":ordering", ":order", ":constraints")
"""The fields of a method and of ``(:htn ...)`` that make up a task network."""


def network(fields: Mapping[str, Expression], scope: Scope) -> TaskNetwork:
    """The task network in the fields of a method or of ``(:htn ...)``."""
    lists = [name for name in fields if name in SUBTASKS]
    if len(lists) > 1:
        raise scope.source.error(
            f"subtasks are listed twice, in {' and '.join(lists)}", fields[lists[1]].at, "join the lists"
        )
    tasks = subtasks((one, scope) for one in _listed(fields[lists[0]])) if lists else ()
    pairs = consecutive(tasks) if lists and SUBTASKS[lists[0]] else ()
    for name in (":ordering", ":order"):
        if name in fields:
            more = orderings(((one, scope) for one in _listed(fields[name])), tasks)
            pairs = tuple(dict.fromkeys((*pairs, *more)))
            check_partial_order(pairs, fields[name], scope)
    return TaskNetwork(tasks, pairs, constraint(fields[":constraints"], scope) if ":constraints" in fields else TRUE)


def consecutive(subtasks: tuple[Subtask, ...]) -> tuple[tuple[str, str], ...]:
    """The orderings by which each subtask comes after the one before it."""
    return tuple((one.id, other.id) for one, other in pairwise(subtasks))


def fresh_ids(names: Iterable[str], taken: set[str]) -> Iterator[str]:
    """The ids of subtasks that were given none: their names, with numbers where those are taken.

    >>> list(fresh_ids(["drive", "load", "drive"], {"load"}))
    ['drive', 'load-2', 'drive-2']
    """
    last: dict[str, int] = {}
    for name in names:
        number = last.get(name, 0) + 1
        while (found := name if number == 1 else f"{name}-{number}") in taken:
            number += 1
        last[name] = number
        taken.add(found)
        yield found


def _listed(expression: Expression) -> list[Expression]:
    """The parts of ``(and ...)``, none of ``()``, else the expression itself."""
    match expression:
        case Group([]):
            return []
        case Group([Word("and"), *parts]):
            return parts
    return [expression]


def subtasks(expressions: Iterable[tuple[Expression, Scope]]) -> tuple[Subtask, ...]:
    """The subtasks in a list: tasks with terms, with or without labels."""
    labelled = [(*_labelled(one, scope), scope) for one, scope in expressions]
    taken: set[str] = set()
    for label, _, scope in labelled:
        if label is not None:
            if label.text in taken:
                raise scope.source.error(f"two subtasks have the label {label}", label.at, "give one another label")
            taken.add(label.text)
    found = [(label, subtask(task, scope)) for label, task, scope in labelled]
    fresh = fresh_ids((one.name for label, one in found if label is None), taken)
    return tuple(replace(one, id=next(fresh) if label is None else label.text) for label, one in found)


def _labelled(expression: Expression, scope: Scope) -> tuple[Word | None, Expression]:
    match expression:
        case Group([Word() as label, Group() as task]):
            scope.new_name("subtask", label)
            return label, task
    return None, expression


def subtask(expression: Expression, scope: Scope) -> Subtask:
    """The task with terms that an expression is; its id is its name."""
    match expression:
        case Group([Word() as name, *terms]):
            declared = scope.task(name, len(terms))
            return Subtask(name.text, name.text, scope.terms(name, declared, terms))
    raise scope.source.error(f"expected a task, (deliver ?package ?place), not {expression}", expression.at)


def method_task(expression: Expression, scope: Scope) -> tuple[str, tuple[Term, ...]]:
    """The compound task that a method does, and its terms."""
    if isinstance(expression, Group) and expression.parts and isinstance(expression.parts[0], Word):
        name = expression.parts[0]
        if name.text in scope.domain.operators:
            raise scope.source.error(f"{name} is an action, which no method can do", name.at, "name a compound task")
        if name.text not in scope.domain.tasks:
            raise scope.source.error(
                f"there is no task {name}", name.at, suggestion("task", name.text, scope.domain.tasks)
            )
    found = subtask(expression, scope)
    return found.name, found.arguments


def orderings(expressions: Iterable[tuple[Expression, Scope]], tasks: tuple[Subtask, ...]) -> Iterator[tuple[str, str]]:
    """The orderings in a list: ``(< first second)``, or ``(first < second)`` as some domains have it."""
    known = dict.fromkeys(one.id for one in tasks)
    for one, scope in expressions:
        match one:
            case Group([Word("<"), Word() as first, Word() as second]) | Group(
                [Word() as first, Word("<"), Word() as second]
            ):
                for label in (first, second):
                    if label.text not in known:
                        raise scope.unknown("subtask", label, known)
                yield first.text, second.text
            case _:
                raise scope.source.error(f"expected (< first second), not {one}", one.at)


def check_partial_order(pairs: Iterable[tuple[str, str]], expression: Expression, scope: Scope) -> None:
    """Refuse orderings by which a subtask would come before itself."""
    circle = cycle(pairs)
    if circle:
        raise scope.source.error(
            f"subtasks wait for each other: {listing(circle)}", expression.at, "leave one of the orderings out"
        )


def cycle(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """What must come before itself by these pairs; empty: nothing must.

    >>> cycle([("a", "b"), ("b", "c")]), sorted(set(cycle([("a", "b"), ("b", "a")])))
    ([], ['a', 'b'])
    """
    before: dict[str, set[str]] = {}
    for first, second in pairs:
        before.setdefault(second, set()).add(first)
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def constraint(expression: Expression, scope: Scope) -> Formula:
    """The constraint on variables that an expression states."""
    found = condition(expression, scope)
    for atom in atoms_of(found):
        raise scope.source.error(
            f"a constraint says which variables are the same, but {cut(str(atom), 80)} is a fact",
            expression.at,
            "move it to the :precondition",
        )
    return found
