"""Writing HDDL: what is written reads back as the same model."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, groupby
from pathlib import Path

from planweave.planners.htn.domain import Domain
from planweave.planners.htn.errors import DomainError
from planweave.planners.htn.formula import OBJECT, TRUE, And, Formula, Or, Parameter, number, type_words
from planweave.planners.htn.hddl.networks import consecutive, fresh_ids
from planweave.planners.htn.hddl.requirements import requirements
from planweave.planners.htn.model import CompoundTask, Method, Operator, Problem, TaskNetwork

WIDTH = 100
"""Where a line would be longer, each part of a conjunction or disjunction gets its own."""


def write(what: Domain | Problem, path: str | os.PathLike[str] | None = None) -> str:
    """Write a domain, or a problem, in HDDL.

    The text reads back as an equal model, but HDDL knows no case: names with capital letters, which Python may give,
    come back in lower case.

    Args:
        what: the domain or the problem, which does not bring its domain along.
        path: the file that the text is written to as well; None: to no file.

    Returns:
        The text.

    Raises:
        DomainError: two names differ in case only.
        OSError: the file cannot be written.

    Source: D. Höller et al., "HDDL: an extension to PDDL for expressing hierarchical planning problems", AAAI 2020.

    >>> domain = Domain("walk")
    >>> domain.add(Operator("step"), CompoundTask("go"))
    >>> print(write(domain))
    (define (domain walk)
      (:requirements :hierarchy)
      (:task go
        :parameters ())
      (:action step
        :parameters ()))
    """
    if isinstance(what, Problem):
        _check_case(what.domain, what)
        header, sections = f"(define (problem {what.name})", _problem(what)
    else:
        _check_case(what)
        header, sections = f"(define (domain {what.name})", _domain(what)
    text = "\n".join((header, *filter(None, sections))) + ")\n"
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text


def _domain(domain: Domain) -> Iterator[str]:
    yield f"  (:requirements {' '.join(f':{word}' for word in domain.requirements or requirements(domain))})"
    types = {name: above or (OBJECT,) for name, above in domain.types.items()}
    yield _section(":types", _typed(types))
    yield _section(":constants", _typed(domain.constants))
    yield _section(":predicates", _declarations(domain.predicates))
    yield _section(":functions", _declarations(domain.functions))
    yield from map(_task, domain.tasks.values())
    yield from map(_method, domain.methods.values())
    yield from map(_operator, domain.operators.values())


def _problem(problem: Problem) -> Iterator[str]:
    yield f"  (:domain {problem.domain.name})"
    yield _section(":objects", _typed(problem.objects))
    yield "\n".join(("  (:htn", *_fields(problem.parameters), *_network(problem.network))) + ")"
    values = (f"(= {fluent} {number(value)})" for fluent, value in problem.values.items())
    yield _section(":init", chain(sorted(map(str, problem.state)), values)) or "  (:init)"
    yield "" if problem.goal == TRUE else f"  (:goal {_formula(problem.goal, 9)})"
    yield "" if problem.metric is None else f"  (:metric minimize {problem.metric})"


def _section(keyword: str, lines: Iterable[str]) -> str:
    """A section with an entry a line; none where nothing is in it."""
    text = "\n".join(f"    {line}" for line in lines)
    return f"  ({keyword}\n{text})" if text else ""


def _typed(names: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Names with their types, those that follow each other and have the same on one line."""
    for types, some in groupby(names, key=names.__getitem__):
        yield f"{' '.join(some)} - {type_words(types)}"


def _declarations(declared: Mapping[str, tuple[Parameter, ...]]) -> Iterator[str]:
    for name, parameters in declared.items():
        yield f"({' '.join((name, *map(str, parameters)))})"


def _task(task: CompoundTask) -> str:
    return _definition(":task", task.name, _fields(task.parameters, effect=task.effect))


def _operator(operator: Operator) -> str:
    lines = list(_fields(operator.parameters, operator.precondition, operator.effect))
    if operator.duration is not None:
        lines.insert(1, f"    :duration (= ?duration {number(operator.duration)})")
    return _definition(":action", operator.name, lines)


def _method(method: Method) -> str:
    parameters, *rest = _fields(method.parameters, method.precondition)
    task = f"    :task ({' '.join((method.task, *method.arguments))})"
    return _definition(":method", method.name, (parameters, task, *rest, *_network(method.network)))


def _definition(keyword: str, name: str, fields: Iterable[str]) -> str:
    return "\n".join((f"  ({keyword} {name}", *fields)) + ")"


def _fields(parameters: tuple[Parameter, ...], precondition: Formula = TRUE, effect: Formula = TRUE) -> Iterator[str]:
    yield f"    :parameters ({' '.join(map(str, parameters))})"
    if precondition != TRUE:
        yield f"    :precondition {_formula(precondition, 18)}"
    if effect != TRUE:
        yield f"    :effect {_formula(effect, 12)}"


def _network(network: TaskNetwork) -> Iterator[str]:
    tasks = [str(one) for one in network.subtasks]
    ids = [one.id for one in network.subtasks]
    if ids != list(fresh_ids((one.name for one in network.subtasks), set())):
        tasks = [f"({name} {task})" for name, task in zip(ids, tasks, strict=True)]
    is_ordered = network.orderings == consecutive(network.subtasks)
    keyword = ":ordered-subtasks" if is_ordered else ":subtasks"
    yield f"    {keyword} {_joined('and', tasks, len(keyword) + 5) if tasks else '()'}"
    if not is_ordered:
        pairs = [f"(< {first} {second})" for first, second in network.orderings]
        yield f"    :ordering {_joined('and', pairs, 14) if pairs else '()'}"
    if network.constraint != TRUE:
        yield f"    :constraints {_formula(network.constraint, 17)}"


def _formula(formula: Formula, column: int, indent: int = 4) -> str:
    """A formula that begins in a column: on one line where it fits, else with a line for each part."""
    line = str(formula)
    if column + len(line) <= WIDTH or not isinstance(formula, And | Or):
        return line
    parts = [_formula(part, indent + 2, indent + 2) for part in formula.parts]
    return _joined("and" if isinstance(formula, And) else "or", parts, WIDTH, indent)


def _joined(word: str, parts: list[str], column: int, indent: int = 4) -> str:
    line = f"({' '.join((word, *parts))})"
    if column + len(line) <= WIDTH:
        return line
    return "\n".join((f"({word}", *(f"{' ' * (indent + 2)}{part}" for part in parts))) + ")"


def _check_case(domain: Domain, problem: Problem | None = None) -> None:
    """Refuse names that HDDL cannot tell apart."""
    objects = (*domain.constants, *(problem.objects if problem is not None else ()))
    parts: tuple[Operator | CompoundTask | Method, ...] = (
        *domain.operators.values(),
        *domain.tasks.values(),
        *domain.methods.values(),
    )
    families: tuple[Iterable[str], ...] = (
        domain.types,
        dict.fromkeys(objects),
        domain.predicates,
        domain.functions,
        (*domain.tasks, *domain.operators),
        domain.methods,
        *([one.name for one in part.parameters] for part in parts),
    )
    for names in families:
        seen: dict[str, str] = {}
        for name in names:
            other = seen.setdefault(name.lower(), name)
            if other != name:
                raise DomainError(
                    f"'{other}' and '{name}' are one name in HDDL, which knows no case", mend="rename one of them"
                )
