"""Domains: ``(define (domain ...) ...)``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from planweave.planners.htn.domain import Domain
from planweave.planners.htn.errors import DomainError
from planweave.planners.htn.formula import TRUE, Fluent, Formula, Parameter
from planweave.planners.htn.hddl.declarations import (
    read_constants,
    read_functions,
    read_predicates,
    read_requirements,
    read_types,
)
from planweave.planners.htn.hddl.document import fields, parts_of, read_document
from planweave.planners.htn.hddl.expressions import amount_of, condition, effect, parameters
from planweave.planners.htn.hddl.networks import NETWORK, method_task, network
from planweave.planners.htn.hddl.scope import Scope
from planweave.planners.htn.hddl.source import Source
from planweave.planners.htn.hddl.tree import Expression, Group, Word
from planweave.planners.htn.model import CompoundTask, Method, Operator

Fields = Mapping[str, Expression]


def read_domain(source: Source) -> Scope:
    """The names that a domain defines, the domain itself among them.

    Sections are read in the order in which they build on each other, whatever their order in the file is.
    """
    domain = Domain("domain")
    domain.declares_propositions = False
    scope = Scope(source, domain, domain.constants)
    document = read_document(source, "domain", (":types", *_SECTIONS), scope)
    domain.name = document.name
    scope = read_types(document.sections.get(":types", []), scope)
    for keyword, read in _SECTIONS.items():
        for section in document.sections.get(keyword, []):
            read(section, scope)
    return scope


def _read_task(section: Group, scope: Scope) -> None:
    name, given = _named(section, "task", (":parameters", ":precondition", ":effect"), scope)
    declared = _parameters(given, scope)
    _refuse(given.get(":precondition"), "a task", "write it in each of its methods", scope)
    changed = effect(given[":effect"], scope.within(declared)) if ":effect" in given else TRUE
    _add(CompoundTask(name, declared, changed, scope.source.location(section.at)), section, scope)


def _read_action(section: Group, scope: Scope) -> None:
    name, given = _named(section, "action", (":parameters", ":duration", ":precondition", ":effect"), scope)
    declared = _parameters(given, scope)
    inner = scope.within(declared)
    changed = effect(given[":effect"], inner) if ":effect" in given else TRUE
    duration = _duration(given[":duration"], inner) if ":duration" in given else None
    where = scope.source.location(section.at)
    _add(Operator(name, declared, _precondition(given, inner), changed, duration, where), section, scope)


def _read_method(section: Group, scope: Scope) -> None:
    known = (":parameters", ":task", ":precondition", ":effect", *NETWORK)
    name, given = _named(section, "method", known, scope)
    declared = _parameters(given, scope)
    inner = scope.within(declared)
    _refuse(given.get(":effect"), "a method", "give it to its task, or to an action among its subtasks", scope)
    if ":task" not in given:
        raise scope.source.error(f"the method '{name}' does not say what it does", section.at, "add its :task")
    task, arguments = method_task(given[":task"], inner)
    where = scope.source.location(section.at)
    method = Method(name, declared, task, arguments, _precondition(given, inner), network(given, inner), where)
    _add(method, section, scope)


_SECTIONS: dict[str, Callable[[Group, Scope], None]] = {
    ":requirements": read_requirements,
    ":constants": read_constants,
    ":predicates": read_predicates,
    ":functions": read_functions,
    ":task": _read_task,
    ":action": _read_action,
    ":method": _read_method,
}
"""What reads each section, in the order in which they build on each other."""


def _named(section: Group, kind: str, known: tuple[str, ...], scope: Scope) -> tuple[str, Fields]:
    """The name of a task, action or method, and its fields."""
    name = scope.new_name(kind, section.parts[1] if len(section.parts) > 1 else None, section.at)
    return name, fields(section.parts[2:], known, f"the {kind} '{name}'", scope.source)


def _parameters(given: Fields, scope: Scope) -> tuple[Parameter, ...]:
    return parameters(parts_of(given.get(":parameters"), "parameters", scope.source), scope)


def _precondition(given: Fields, scope: Scope) -> Formula:
    return condition(given[":precondition"], scope) if ":precondition" in given else TRUE


def _duration(expression: Expression, scope: Scope) -> float | Fluent:
    match expression:
        case Group([Word("="), Word("?duration"), amount]):
            return amount_of(amount, scope)
    return amount_of(expression, scope)


def _refuse(expression: Expression | None, whose: str, mend: str, scope: Scope) -> None:
    """Refuse a field that the model has no place for, unless it is empty."""
    match expression:
        case None | Group([]) | Group([Word("and")]):
            return
    field = "an :effect" if whose == "a method" else "a :precondition"
    raise scope.source.error(f"{whose} cannot have {field} here", expression.at, mend)


def _add(part: Operator | CompoundTask | Method, section: Group, scope: Scope) -> None:
    try:
        scope.domain.add(part)
    except DomainError as error:
        raise scope.source.error(error.what, section.at, error.mend) from None
