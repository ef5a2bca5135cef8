"""What is written in HDDL reads back as the same model, and the same text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planweave import htn
from planweave.engine.plan import Fact
from planweave.planners.htn.formula import (
    OBJECT,
    TRUE,
    And,
    Atom,
    Equal,
    Exists,
    Fluent,
    Forall,
    Formula,
    Imply,
    Increase,
    Not,
    Or,
    Parameter,
    When,
)
from planweave.planners.htn.model import CompoundTask, Method, Operator, Problem, Subtask, TaskNetwork
from tests.planners.hddl_texts import DELIVERY, PARCELS

TYPES = ("big", "small", "round")
PREDICATES = {"p": 0, "q": 1, "r": 2}
TASKS = {"go": 0, "do": 1, "act": 1}
OBJECTS = ("a", "b")
COST = Fluent("total-cost")

type_tuples = st.lists(st.sampled_from((*TYPES, OBJECT)), min_size=1, max_size=2, unique=True).map(tuple)
amounts = st.one_of(st.integers(0, 9).map(float), st.sampled_from([0.5, 1e-7, 1e22]), st.just(Fluent("size", ("a",))))


def parameter_tuples(names: Sequence[str]) -> st.SearchStrategy[tuple[Parameter, ...]]:
    """Declarations of all these variables."""
    return st.tuples(*(type_tuples.map(lambda types, name=name: Parameter(name, types)) for name in names))  # type: ignore[misc]


@st.composite
def atoms(draw: st.DrawFn, variables: tuple[str, ...]) -> Atom:
    """A predicate with variables and objects."""
    name = draw(st.sampled_from(sorted(PREDICATES)))
    return Atom(name, tuple(draw(st.sampled_from((*variables, *OBJECTS))) for _ in range(PREDICATES[name])))


@st.composite
def conditions(draw: st.DrawFn, variables: tuple[str, ...] = (), depth: int = 3) -> Formula:
    """A condition of any form."""
    kind = draw(
        st.sampled_from(["atom", "equal", "not", "and", "or", "imply", "exists", "forall"][: 8 if depth else 2])
    )
    inner = conditions(variables, depth - 1)
    match kind:
        case "atom":
            return draw(atoms(variables))
        case "equal":
            return Equal(*(draw(st.sampled_from((*variables, *OBJECTS))) for _ in range(2)))
        case "not":
            return Not(draw(inner))
        case "and" | "or":
            return (And if kind == "and" else Or)(tuple(draw(st.lists(inner, max_size=3))))
        case "imply":
            return Imply(draw(inner), draw(inner))
    bound = draw(parameter_tuples(("?z",)))
    part = draw(conditions((*variables, "?z"), depth - 1))
    return Exists(bound, part) if kind == "exists" else Forall(bound, part)


@st.composite
def effects(draw: st.DrawFn, variables: tuple[str, ...] = (), depth: int = 2) -> Formula:
    """An effect of any form."""
    kind = draw(st.sampled_from(["atom", "not", "increase", "and", "when", "forall"][: 6 if depth else 3]))
    match kind:
        case "atom":
            return draw(atoms(variables))
        case "not":
            return Not(draw(atoms(variables)))
        case "increase":
            return Increase(COST, draw(amounts))
        case "and":
            return And(tuple(draw(st.lists(effects(variables, depth - 1), max_size=3))))
        case "when":
            return When(draw(conditions(variables, 1)), draw(effects(variables, depth - 1)))
    return Forall(draw(parameter_tuples(("?z",))), draw(effects((*variables, "?z"), depth - 1)))


@st.composite
def networks(draw: st.DrawFn, variables: tuple[str, ...]) -> TaskNetwork:
    """A task network with labels or without, ordered totally, partially or not."""
    names = draw(st.lists(st.sampled_from(sorted(TASKS)), max_size=3))
    terms = st.sampled_from((*variables, *OBJECTS))
    ids = draw(st.permutations(["one", "go", "act-2"]))[: len(names)]
    subtasks = tuple(
        Subtask(label, name, tuple(draw(terms) for _ in range(TASKS[name])))
        for label, name in zip(ids, names, strict=True)
    )
    pairs = [(first, second) for i, first in enumerate(ids) for second in ids[i + 1 :]]
    orderings = tuple(draw(st.lists(st.sampled_from(pairs), unique=True))) if pairs else ()
    same = st.builds(Equal, terms, terms)
    return TaskNetwork(subtasks, orderings, draw(st.one_of(st.just(TRUE), same, same.map(Not))))


@st.composite
def domains(draw: st.DrawFn) -> htn.Domain:
    """A small domain that uses anything."""
    domain = htn.Domain("d")
    domain.requirements = ("hierarchy",)
    above = st.lists(st.sampled_from(TYPES), max_size=2, unique=True)
    domain.types = {name: tuple(one for one in draw(above) if one > name) for name in TYPES}
    domain.constants = {name: draw(type_tuples) for name in OBJECTS}
    variables = ("?x", "?y")
    domain.predicates = {name: draw(parameter_tuples(variables[:size])) for name, size in PREDICATES.items()}
    domain.functions = {"total-cost": (), "size": draw(parameter_tuples(("?x",)))}
    given_b = Parameter("?x", draw(type_tuples))
    domain.add(CompoundTask("go", effect=draw(st.one_of(st.just(TRUE), atoms(())))), CompoundTask("do", (given_b,)))
    declared = draw(parameter_tuples(("?x",)))
    duration = draw(st.one_of(st.none(), amounts))
    domain.add(Operator("act", declared, draw(conditions(("?x",))), draw(effects(("?x",))), duration))
    for i in range(draw(st.integers(0, 2))):
        task = draw(st.sampled_from(["go", "do"]))
        arguments = tuple(draw(st.sampled_from(variables)) for _ in range(TASKS[task]))
        condition = draw(conditions(variables))
        domain.add(
            Method(f"m{i}", draw(parameter_tuples(variables)), task, arguments, condition, draw(networks(variables)))
        )
    return domain


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """A small problem that uses anything."""
    domain = draw(domains())
    objects = {name: draw(type_tuples) for name in draw(st.permutations(["c", "d"]))}
    facts = st.builds(Fact, st.just("q"), st.tuples(st.sampled_from((*OBJECTS, *objects))))
    return Problem(
        "p",
        domain,
        objects,
        draw(st.frozensets(facts, max_size=5)),
        draw(networks(("?x",))),
        draw(parameter_tuples(("?x",))),
        draw(st.one_of(st.just(TRUE), conditions())),
        draw(st.dictionaries(st.builds(Fluent, st.just("size"), st.tuples(st.sampled_from(OBJECTS))), st.just(2.5))),
        draw(st.one_of(st.none(), st.just(COST))),
    )


@settings(max_examples=50)
@given(problems())
def test_what_is_written_reads_back(problem: Problem) -> None:
    """Law: reading what was written gives an equal model, in the same order, and writing that the same text."""
    domain = problem.domain
    written = htn.write(domain), htn.write(problem)
    again, back = htn.loads(*written)
    assert again == domain and back == replace(problem, domain=again)
    assert (htn.write(again), htn.write(back)) == written
    assert list(again.methods) == list(domain.methods) and list(again.operators) == list(domain.operators)


def test_files_read_back() -> None:
    """Law: so does what was read."""
    domain, problem = htn.loads(DELIVERY, PARCELS)
    assert htn.loads(htn.write(domain), htn.write(problem)) == (domain, problem)


def test_text_is_laid_out_for_people() -> None:
    """Law: a section a block, an entry a line, long conjunctions a part a line; labels only where they are needed."""
    domain, problem = htn.loads(DELIVERY, PARCELS)
    text = htn.write(domain)
    assert (
        "  (:action drive\n"
        "    :parameters (?v - vehicle ?from - place ?to - place)\n"
        "    :duration (= ?duration (distance ?from ?to))\n"
        "    :precondition (and\n"
        "      (at ?v ?from)\n"
        "      (not (blocked ?to))\n"
        "      (imply (tired) (forall (?p - package) (at ?p ?from))))\n"
        "    :effect (and\n"
    ) in text
    assert (
        "    :subtasks (and (go (drive ?v ?from ?to)) (rest (rest)) (take (load ?p ?v ?to)))\n"
        "    :ordering (and (< go take))\n"
        "    :constraints (not (= ?from ?to)))\n"
    ) in text
    assert "    :ordered-subtasks (and (fetch ?p ?v) (drive ?v depot ?to) (unload ?p ?v ?to)))\n" in text
    assert "  (:objects\n    t1 t2 - truck\n    p1 p2 - package\n    shop home - place)\n" in htn.write(problem)


def test_a_file_gets_the_text(tmp_path: Path) -> None:
    """Law: with a path the text is also in that file."""
    domain, _ = htn.loads(DELIVERY)
    text = htn.write(domain, tmp_path / "domain.hddl")
    assert (tmp_path / "domain.hddl").read_text(encoding="utf-8") == text
    assert htn.read(tmp_path / "domain.hddl")[0] == domain


def test_what_a_domain_requires_is_found_in_it() -> None:
    """Law: a domain that Python made names its requirements, one that was read keeps those of its file."""
    domain = htn.Domain("d")
    domain.type("thing")
    domain.predicate("p", "?x - thing")
    domain.operator("a", "?x - thing", preconditions=["not p ?x"], effects=["when (p ?x) (p ?x)"], cost=2)
    (line,) = (one for one in htn.write(domain).splitlines() if ":requirements" in one)
    assert set(line.strip(" ()").split()[1:]) == {
        ":hierarchy",
        ":typing",
        ":negative-preconditions",
        ":conditional-effects",
        ":action-costs",
    }
    assert "(:requirements :typing :hierarchy :negative-preconditions)" in htn.write(htn.loads(DELIVERY)[0])


def test_names_that_differ_in_case_only_are_refused() -> None:
    """Law: what HDDL cannot tell apart is not written."""
    domain = htn.Domain("d")
    domain.operator("load")
    assert "(:action load" in htn.write(domain)
    domain.operator("Load")
    with pytest.raises(htn.DomainError, match="'load' and 'Load' are one name in HDDL"):
        htn.write(domain)
    domain = htn.Domain("d")
    domain.task("go", "?x ?X")
    with pytest.raises(htn.DomainError, match=r"'\?x' and '\?X' are one name in HDDL"):
        htn.write(domain)
