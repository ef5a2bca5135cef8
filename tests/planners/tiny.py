"""Tiny random problems: a few predicates, two or three objects, partial orders, recursion."""

from __future__ import annotations

from dataclasses import replace

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

PREDICATES = {"p": 0, "q": 0, "r": 1, "s": 1}
X, Y, Z = Parameter("?x"), Parameter("?y", ("thing",)), Parameter("?z")


@st.composite
def terms(draw: st.DrawFn, variables: tuple[Parameter, ...]) -> str:
    return draw(st.sampled_from([*(one.name for one in variables), "a"]))


@st.composite
def atoms(draw: st.DrawFn, variables: tuple[Parameter, ...], predicates: str = "pqrs") -> Atom:
    predicate = draw(st.sampled_from(predicates))
    return Atom(predicate, tuple(draw(terms(variables)) for _ in range(PREDICATES[predicate])))


@st.composite
def literals(draw: st.DrawFn, variables: tuple[Parameter, ...], predicates: str = "pqrs") -> Formula:
    atom = draw(atoms(variables, predicates))
    return atom if draw(st.booleans()) else Not(atom)


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
            return Exists((Z,), And((draw(literals((*variables, Z), "rs")), draw(literals((*variables, Z))))))
        case "forall":
            return Forall((Z,), Or((draw(literals((*variables, Z), "rs")), draw(literals((*variables, Z))))))
        case "equal":
            return Equal(draw(terms(variables)), draw(terms(variables)))
        case "not":
            return Not(And(tuple(draw(st.lists(literals(variables), max_size=2)))))
    return TRUE


@st.composite
def effects(draw: st.DrawFn, variables: tuple[Parameter, ...], rich: bool, predicates: str = "pqrs") -> Formula:
    parts: list[Formula] = draw(st.lists(literals(variables, predicates), max_size=3))
    if rich and draw(st.booleans()):
        one = draw(literals(variables))
        parts.append(When(one, draw(literals(variables, predicates))))
    if rich and draw(st.booleans()):
        parts.append(Forall((Z,), draw(literals((*variables, Z), "s" if "s" in predicates else predicates))))
    return And(tuple(parts))


@st.composite
def networks(draw: st.DrawFn, variables: tuple[Parameter, ...], domain: Domain, size: int) -> TaskNetwork:
    names = [*domain.operators, *domain.operators, *domain.tasks]
    subtasks = []
    for i in range(draw(st.sampled_from([*range(size + 1), *range(1, size + 1)]))):
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
    of_operators = draw(st.sampled_from(["pqrs", "qrs", "pqr"]))
    for name in ("do", "act", "use")[: draw(st.integers(1, 3))]:
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
            network = draw(networks(own, domain, 2 if i else 3))
            domain.add(Method(f"{task.name}-{i}", own, task.name, arguments, precondition, network))
    objects = {"b": draw(st.sampled_from([("thing",), (OBJECT,)]))}
    facts = [Fact("p"), Fact("q"), *(Fact(name, (one,)) for name in "rs" for one in "ab")]
    state = frozenset(fact for fact in facts if draw(st.booleans()))
    parameters = draw(st.sampled_from([(), (), (X,)]))
    goal = draw(st.sampled_from([TRUE, TRUE, draw(conditions((), rich))]))
    return Problem("tiny", domain, objects, state, draw(networks(parameters, domain, 3)), parameters, goal)


def loosened(problem: Problem, *, orderings: bool) -> Problem:
    """The problem without conditions, and without orderings if these are to go too: what solves it is well formed."""

    def loose(network: TaskNetwork) -> TaskNetwork:
        return TaskNetwork(network.subtasks, () if orderings else network.orderings)

    domain = Domain("loose")
    old = problem.domain
    domain.types, domain.constants, domain.predicates = old.types, old.constants, old.predicates
    domain.add(*(replace(one, precondition=TRUE) for one in old.operators.values()))
    domain.add(*(replace(one, effect=TRUE) for one in old.tasks.values()))
    domain.add(*(replace(one, precondition=TRUE, network=loose(one.network)) for one in old.methods.values()))
    return replace(problem, domain=domain, network=loose(problem.network), goal=TRUE)
