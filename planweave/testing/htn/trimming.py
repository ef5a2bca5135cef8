"""Trimming: what a failing example can do without is left out, so that a person sees what matters.

Hypothesis leaves out what it has drawn; this leaves out what was there anyway, such as declarations. The planner is
asked again each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from planweave.planners.htn.domain import Domain
from planweave.planners.htn.formula import OBJECT, Formula, atoms_of, both, conjuncts
from planweave.planners.htn.model import CompoundTask, Method, Operator, Problem, TaskNetwork
from planweave.testing.htn.exercise import Exercise
from planweave.testing.htn.judge import is_solution
from planweave.testing.htn.laws import Breach
from planweave.testing.htn.parts import Part, parts_of, with_parts


def trimmed(breach: Breach, ask: Callable[[Exercise], Breach | None]) -> Breach:
    """The breach of a problem from which nothing more can be left out.

    Args:
        breach: what broke a law.
        ask: asks about another problem; gives what breaks the law there.
    """
    while True:
        some = map(ask, _smaller(breach.exercise))
        smaller = next((one for one in some if one is not None and one.kind == breach.kind), None)
        if smaller is None:
            return breach
        breach = smaller


def _smaller(exercise: Exercise) -> Iterator[Exercise]:
    """The exercise without one of the things in it; its answer is kept as long as it is known to be right."""
    for problem in (*_without_parts(exercise.problem), *_without_names(exercise.problem), *_plainer(exercise.problem)):
        witness = exercise.witness
        is_kept = witness is not None and is_solution(problem, witness)
        yield Exercise(problem, witness if is_kept else None)


# ---------------------------------------------------------------------- operators, tasks, methods


def _without_parts(problem: Problem) -> Iterator[Problem]:
    parts = parts_of(problem.domain)
    for part in parts:
        if not _is_called(part, problem):
            rest = [one for one in parts if one is not part and getattr(one, "task", None) != _task(part)]
            yield replace(problem, domain=with_parts(problem.domain, rest))


def _task(part: Part) -> str:
    """The task whose methods go with it; of what is none, no name at all."""
    return part.name if isinstance(part, CompoundTask) else ""


def _is_called(part: Part, problem: Problem) -> bool:
    if isinstance(part, Method):
        return False
    callers = [one for one in problem.domain.methods.values() if one.task != part.name]
    return any(one.name == part.name for network in _networks(problem, callers) for one in network.subtasks)


def _networks(problem: Problem, methods: list[Method]) -> list[TaskNetwork]:
    return [problem.network, *(one.network for one in methods)]


# ---------------------------------------------------------------------- declarations


def _without_names(problem: Problem) -> Iterator[Problem]:
    """Without a predicate, an object, a constant or a type that nothing names."""
    domain = problem.domain
    predicates = {one.predicate for one in problem.state} | {
        atom.predicate for one in _formulas(problem) for atom in atoms_of(one)
    }
    for name in sorted(domain.predicates.keys() - predicates):
        yield _declaring(problem, predicates={one: some for one, some in domain.predicates.items() if one != name})
    words = _words(problem)
    for name in sorted(problem.objects.keys() - words):
        yield replace(problem, objects={one: some for one, some in problem.objects.items() if one != name})
    for name in sorted(domain.constants.keys() - words):
        yield _declaring(problem, constants={one: some for one, some in domain.constants.items() if one != name})
    for name in sorted(domain.types.keys() - _types(problem)):
        yield _declaring(problem, types={one: some for one, some in domain.types.items() if one != name})


def _declaring(problem: Problem, **declared: dict[str, object]) -> Problem:
    domain = with_parts(problem.domain, parts_of(problem.domain))
    for family, names in declared.items():
        setattr(domain, family, names)
    return replace(problem, domain=domain)


def _formulas(problem: Problem) -> Iterator[Formula]:
    yield problem.goal
    yield problem.network.constraint
    for part in parts_of(problem.domain):
        match part:
            case Operator():
                yield part.precondition
                yield part.effect
            case CompoundTask():
                yield part.effect
            case Method():
                yield part.precondition
                yield part.network.constraint


def _words(problem: Problem) -> set[str]:
    """All that is written where objects may stand."""
    texts = [str(one) for one in (*_formulas(problem), *problem.state)]
    texts += [
        str(one) for network in _networks(problem, list(problem.domain.methods.values())) for one in network.subtasks
    ]
    texts += [" ".join(one.arguments) for one in problem.domain.methods.values()]
    return {word for text in texts for word in text.replace("(", " ").replace(")", " ").split()}


def _types(problem: Problem) -> set[str]:
    """The types that something has."""
    domain: Domain = problem.domain
    named = {kind for types in (*problem.types.values(), *domain.types.values()) for kind in types}
    parameters = [*problem.parameters, *(one for some in domain.predicates.values() for one in some)]
    parameters += [one for part in parts_of(domain) for one in part.parameters]
    quantified = {word for one in _formulas(problem) for word in str(one).replace(")", " ").split()}
    return named | {kind for one in parameters for kind in one.types} | quantified | {OBJECT}


# ---------------------------------------------------------------------- facts and formulas


def _plainer(problem: Problem) -> Iterator[Problem]:
    """Without a fact, or without a part of a conjunction."""
    for fact in sorted(problem.state, key=str):
        yield replace(problem, state=problem.state - {fact})
    for goal in _shorter(problem.goal):
        yield replace(problem, goal=goal)
    parts = parts_of(problem.domain)
    for i, part in enumerate(parts):
        for better in _plainer_parts(part):
            yield replace(problem, domain=with_parts(problem.domain, [*parts[:i], better, *parts[i + 1 :]]))


def _plainer_parts(part: Part) -> Iterator[Part]:
    if not isinstance(part, CompoundTask):
        for condition in _shorter(part.precondition):
            yield replace(part, precondition=condition)
    if not isinstance(part, Method):
        for effect in _shorter(part.effect):
            yield replace(part, effect=effect)


def _shorter(formula: Formula) -> Iterator[Formula]:
    parts = list(conjuncts(formula))
    for i in range(len(parts)):
        yield both(*parts[:i], *parts[i + 1 :])
