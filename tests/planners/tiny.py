"""Tiny random problems: a few predicates, two or three objects, partial orders, recursion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import TypeAlias

from hypothesis import assume
from hypothesis import strategies as st

from planweave.engine.plan import Fact
from planweave.planners.htn.domain import Domain
from planweave.planners.htn.formula import (
    OBJECT,
    TRUE,
    And,
    Atom,
    Equal,
    Exists,
    Forall,
    Formula,
    Imply,
    Not,
    Or,
    Parameter,
    When,
)
from planweave.planners.htn.model import CompoundTask, Method, Operator, Problem, Subtask, TaskNetwork
from planweave.planners.htn.solution import Solution
from tests.planners.oracle import is_solution, solutions

PREDICATES = {"p": 0, "q": 0, "r": 1}
X, Y, Z = Parameter("?x"), Parameter("?y", ("thing",)), Parameter("?z")


@st.composite
def terms(draw: st.DrawFn, variables: tuple[Parameter, ...]) -> str:
    return draw(st.sampled_from([*(one.name for one in variables), "a"]))


@st.composite
def atoms(draw: st.DrawFn, variables: tuple[Parameter, ...], predicates: str = "pqr") -> Atom:
    predicate = draw(st.sampled_from(predicates))
    return Atom(predicate, tuple(draw(terms(variables)) for _ in range(PREDICATES[predicate])))


@st.composite
def literals(draw: st.DrawFn, variables: tuple[Parameter, ...], predicates: str = "pqr") -> Formula:
    atom = draw(atoms(variables, predicates))
    return atom if draw(st.integers(0, 2)) else Not(atom)


@st.composite
def conditions(draw: st.DrawFn, variables: tuple[Parameter, ...], rich: bool) -> Formula:
    kinds = ["true", "true", "literal", "and"] + (["or", "imply", "exists", "forall", "equal", "not"] if rich else [])
    match draw(st.sampled_from(kinds)):
        case "literal":
            return draw(literals(variables))
        case "and":
            return And(tuple(draw(st.lists(literals(variables), max_size=2))))
        case "or":
            return Or(tuple(draw(st.lists(literals(variables), min_size=1, max_size=2))))
        case "imply":
            return Imply(draw(literals(variables)), draw(literals(variables)))
        case "exists":
            return Exists((Z,), And((draw(literals((*variables, Z), "r")), draw(literals((*variables, Z))))))
        case "forall":
            return Forall((Z,), Or((draw(literals((*variables, Z), "r")), draw(literals((*variables, Z))))))
        case "equal":
            return Equal(draw(terms(variables)), draw(terms(variables)))
        case "not":
            return Not(And(tuple(draw(st.lists(literals(variables), max_size=2)))))
    return TRUE


@st.composite
def effects(draw: st.DrawFn, variables: tuple[Parameter, ...], rich: bool, predicates: str = "pqr") -> Formula:
    parts: list[Formula] = draw(st.lists(literals(variables, predicates), min_size=1, max_size=3))
    if rich and draw(st.booleans()):
        one = draw(literals(variables))
        parts.append(When(one, draw(literals(variables, predicates))))
    if rich and draw(st.booleans()):
        parts.append(Forall((Z,), draw(literals((*variables, Z), "r" if "r" in predicates else predicates))))
    return And(tuple(parts))


@st.composite
def networks(draw: st.DrawFn, variables: tuple[Parameter, ...], domain: Domain, least: int, most: int) -> TaskNetwork:
    names = [*domain.operators, *domain.operators, *domain.operators, *domain.tasks]
    subtasks = []
    for i in range(draw(st.integers(least, most))):
        name = draw(st.sampled_from(names))
        known = domain.operators.get(name) or domain.tasks[name]
        subtasks.append(Subtask(f"t{i}", name, tuple(draw(terms(variables)) for _ in known.parameters)))
    pairs = [(f"t{i}", f"t{j}") for j in range(len(subtasks)) for i in range(j)]
    style = draw(st.sampled_from(["total", "none", "some"]))
    kept = pairs if style == "total" else [pair for pair in pairs if style == "some" and draw(st.booleans())]
    differ: Formula = Not(Equal(draw(terms(variables)), draw(terms(variables))))
    constraint = draw(st.sampled_from([TRUE, TRUE, TRUE, differ]))
    return TaskNetwork(tuple(draw(st.permutations(subtasks))), tuple(kept), constraint)


@st.composite
def problems(draw: st.DrawFn, *, rich: bool = True, task_effects: bool = True, preconditions: bool = True) -> Problem:
    """A problem.

    Args:
        rich: whether formulas are more than conjunctions of literals.
        task_effects: whether compound tasks may declare effects.
        preconditions: whether methods may have preconditions.
    """
    domain = Domain("tiny")
    domain.types["thing"] = (OBJECT,)
    domain.constants["a"] = (OBJECT,)
    domain.predicates.update({name: (X,) * arity for name, arity in PREDICATES.items()})
    of_operators = draw(st.sampled_from(["pqr", "pqr", "qr", "pq"]))
    for name in ("do", "act", "use")[: draw(st.integers(2, 3))]:
        own = draw(st.sampled_from([(), (X,), (Y,)]))
        effect = draw(effects(own, rich, of_operators))
        domain.add(Operator(name, own, draw(conditions(own, rich)), effect))
    for name in ("get", "make")[: draw(st.integers(1, 2))]:
        own = draw(st.sampled_from([(), (X,)]))
        declared = draw(effects(own, False)) if task_effects and draw(st.booleans()) else TRUE
        domain.add(CompoundTask(name, own, declared))
    for task in tuple(domain.tasks.values()):
        for i in range(draw(st.integers(1, 2))):
            own = (*task.parameters, *draw(st.sampled_from([(), (), (Y,), (Z,)])))
            precondition = draw(conditions(own, rich)) if preconditions else TRUE
            arguments = tuple(one.name for one in task.parameters)
            network = draw(networks(own, domain, 0, 2) if i else networks(own, domain, 1, 3))
            domain.add(Method(f"{task.name}-{i}", own, task.name, arguments, precondition, network))
    objects = {"b": draw(st.sampled_from([("thing",), (OBJECT,)]))}
    facts = [Fact("p"), Fact("q"), *(Fact("r", (one,)) for one in "ab")]
    state = frozenset(fact for fact in facts if draw(st.booleans()))
    parameters = draw(st.sampled_from([(), (), (X,)]))
    goal = draw(st.sampled_from([TRUE, TRUE, draw(conditions((), rich))]))
    return Problem("tiny", domain, objects, state, draw(networks(parameters, domain, 2, 4)), parameters, goal)


Part: TypeAlias = Operator | CompoundTask | Method


def _parts(domain: Domain) -> list[Part]:
    return [*domain.operators.values(), *domain.methods.values(), *domain.tasks.values()]


def loosened(problem: Problem, *, orderings: bool) -> Problem:
    """The problem without conditions, and without orderings if these are to go too: what solves it is well formed."""

    def loose(network: TaskNetwork) -> TaskNetwork:
        return TaskNetwork(network.subtasks, () if orderings else network.orderings)

    old = problem.domain
    parts: list[Part] = [replace(one, precondition=TRUE) for one in old.operators.values()]
    parts += [replace(one, effect=TRUE) for one in old.tasks.values()]
    parts += [replace(one, precondition=TRUE, network=loose(one.network)) for one in old.methods.values()]
    return replace(problem, domain=_domain(old, parts), network=loose(problem.network), goal=TRUE)


def _domain(old: Domain, parts: Iterable[Part]) -> Domain:
    """The domain with other parts."""
    domain = Domain(old.name)
    domain.types, domain.constants, domain.predicates = old.types, old.constants, old.predicates
    domain.add(*parts)
    return domain


def mended(problem: Problem, solution: Solution) -> Problem:
    """The problem with as many of its conditions, and then as few facts, as leave a well-formed solution one."""
    mended = loosened(problem, orderings=False)
    if not is_solution(mended, solution):
        return problem
    old = problem.domain
    for part in _parts(old):
        parts = {one.name: one for one in _parts(mended.domain)} | {part.name: part}
        better = replace(mended, domain=_domain(old, parts.values()))
        mended = better if is_solution(better, solution) else mended
    better = replace(mended, goal=problem.goal)
    mended = better if is_solution(better, solution) else mended
    for fact in sorted(problem.state, key=str):
        better = replace(mended, state=mended.state - {fact})
        mended = better if is_solution(better, solution) else mended
    return mended


@st.composite
def solved(draw: st.DrawFn, /, **options: bool) -> tuple[Problem, Solution]:
    """A problem with a solution, of several steps where there is one."""
    problem = draw(problems(**options))
    some = sorted(islice(solutions(loosened(problem, orderings=False), tries=400), 60), key=lambda one: len(one.steps))
    solution = some[-1 - draw(st.integers(0, min(len(some), 4) - 1))] if some else Solution((), ())
    problem = mended(problem, solution)
    assume(is_solution(problem, solution))
    return problem, solution
