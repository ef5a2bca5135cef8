"""Problems: ``(define (problem ...) ...)``."""

from __future__ import annotations

from dataclasses import replace

from planweave.planners.htn.formula import TRUE, Fluent, Parameter
from planweave.planners.htn.hddl.declarations import read_objects
from planweave.planners.htn.hddl.document import Document, fields, parts_of, read_document
from planweave.planners.htn.hddl.expressions import condition, fluent, parameters
from planweave.planners.htn.hddl.facts import Initial, read_initial
from planweave.planners.htn.hddl.networks import NETWORK, network
from planweave.planners.htn.hddl.scope import Scope
from planweave.planners.htn.hddl.tree import Group, Word
from planweave.planners.htn.model import Problem, TaskNetwork

_SECTIONS = (":domain", ":requirements", ":objects", ":htn", ":init", ":goal", ":metric")


def read_problem(scope: Scope) -> Problem:
    """The problem in a text.

    The domain that it names is not compared with the one that it is read for: many files of the competitions name
    another one.

    Args:
        scope: the text, and the names that the domain defines.
    """
    document = read_document(scope.source, "problem", _SECTIONS, scope)
    objects = _objects(document, scope)
    scope = replace(scope, objects={**scope.domain.constants, **objects})
    state, values = read_initial(document.initial or Initial(), scope)
    declared, tasks = _tasks(document, scope)
    goal = _only(document, ":goal", scope)
    metric = _only(document, ":metric", scope)
    return Problem(
        document.name,
        scope.domain,
        objects,
        state,
        tasks,
        declared,
        TRUE if goal is None else condition(_single(goal, scope), scope),
        values,
        None if metric is None else _metric(metric, scope),
        scope.source.location(0),
    )


def _objects(document: Document, scope: Scope) -> dict[str, tuple[str, ...]]:
    """The objects, of which a constant is one only where it has more types than the domain says."""
    constants = scope.domain.constants
    objects = dict(constants)
    for section in document.sections.get(":objects", []):
        read_objects(section, objects, scope)
    return {name: types for name, types in objects.items() if constants.get(name) != types}


def _tasks(document: Document, scope: Scope) -> tuple[tuple[Parameter, ...], TaskNetwork]:
    section = _only(document, ":htn", scope)
    if section is None:
        raise scope.source.error(
            "the problem has no tasks", 0, "add (:htn :ordered-subtasks (and ...)), even where only its goal matters"
        )
    given = fields(section.parts[1:], (":parameters", *NETWORK), "(:htn ...)", scope.source)
    declared = parameters(parts_of(given.get(":parameters"), "parameters", scope.source), scope)
    return declared, network(given, scope.within(declared))


def _only(document: Document, keyword: str, scope: Scope) -> Group | None:
    """The section with this keyword, of which there may be one at most."""
    found = document.sections.get(keyword, [])
    if len(found) > 1:
        raise scope.source.error(f"there is a second section '{keyword}'", found[1].at, "join them")
    return found[0] if found else None


def _single(section: Group, scope: Scope) -> Group:
    match section.parts:
        case [Word(), Group() as part]:
            return part
        case [Word()]:
            return Group([], section.at)
    raise scope.source.error("expected one condition in (:goal ...)", section.at, "join them: (and ...)")


def _metric(section: Group, scope: Scope) -> Fluent:
    match section.parts:
        case [Word(), Word("minimize"), (Word() | Group()) as part]:
            return fluent(part, scope)
    raise scope.source.error("expected (:metric minimize (total-cost))", section.at)
