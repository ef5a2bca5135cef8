"""Formulas over facts: what makes them true, what effects change, and what declared effects of tasks mean."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planweave import htn
from planweave.engine.plan import Fact
from planweave.planners.htn.formula import And, Atom, Exists, Forall, Formula, Imply, Not, Or, Parameter, When
from planweave.planners.htn.model import Problem
from planweave.planners.htn.taskeffect import can_only_help, split_effect
from planweave.planners.htn.truth import in_words, outcomes, reasons, witness
from planweave.planners.htn.verification.state import Facts, State
from tests.planners import oracle
from tests.planners.tiny import X, Y, conditions, effects, problems

FACTS = [Fact("p"), Fact("q"), Fact("r", ("a",)), Fact("r", ("b",))]


@dataclass
class Known:
    """A world of which some facts are known to be true, some to be false, and the others are not known."""

    problem: Problem
    true: frozenset[Fact]
    false: frozenset[Fact]

    def holds(self, fact: Fact) -> bool | None:
        return True if fact in self.true else False if fact in self.false else None

    def matching(self, predicate: str, arguments: object) -> list[Fact]:
        return [fact for fact in FACTS if fact.predicate == predicate]


def states(given_set: frozenset[Fact], false: frozenset[Fact]) -> list[frozenset[Fact]]:
    """All states in which these facts are true and those false."""
    free = [fact for fact in FACTS if fact not in given_set | false]
    return [given_set | {fact for i, fact in enumerate(free) if mask >> i & 1} for mask in range(2 ** len(free))]


@given(problems(), conditions((X, Y), True), st.sets(st.sampled_from(FACTS)), st.sampled_from("ab"))
def test_reasons_are_given_just_for_what_is_so(problem: Problem, one: Formula, facts: set[Fact], name: str) -> None:
    """Law: a condition has reasons to be true where it is true, to be false where it is false, and they suffice."""
    state = frozenset(facts)
    objects = {"?x": name, "?y": "b"}
    world = Known(problem, state, frozenset(FACTS) - state)
    true, false = reasons(one, True, objects, world), reasons(one, False, objects, world)
    assert (true is not None) is oracle.holds(one, objects, state, problem)
    assert (false is None) is (true is not None)
    why = true if true is not None else false or ()
    assert all((fact in state) is is_true for fact, is_true in why)
    kept = frozenset(fact for fact, is_true in why if is_true), frozenset(fact for fact, is_true in why if not is_true)
    for other in states(*kept):
        assert oracle.holds(one, objects, other, problem) is (true is not None)


@given(problems(), conditions((X, Y), True), st.lists(st.sampled_from([True, False, None]), min_size=4, max_size=4))
def test_what_is_said_of_a_world_that_is_known_in_part_is_certain(
    problem: Problem, one: Formula, known: list[bool | None]
) -> None:
    """Law: true means true whatever the unknown facts are, false means false; else nothing is said."""
    true = frozenset(fact for fact, is_true in zip(FACTS, known, strict=True) if is_true)
    false = frozenset(fact for fact, is_true in zip(FACTS, known, strict=True) if is_true is False)
    objects = {"?x": "a", "?y": "b"}
    for wanted in (True, False):
        if reasons(one, wanted, objects, Known(problem, true, false)) is not None:
            assert all(oracle.holds(one, objects, state, problem) is wanted for state in states(true, false))


@given(problems(), conditions((X, Y), True), st.booleans(), st.sets(st.sampled_from(FACTS)))
def test_a_witness_is_found_where_there_is_one(problem: Problem, one: Formula, wanted: bool, facts: set[Fact]) -> None:
    """Law: objects of the right types under which a condition is true, or false; none means there are none."""
    world = Known(problem, frozenset(facts), frozenset(FACTS) - facts)
    found = witness((X, Y), one, wanted, {}, world)
    some = [
        choice
        for choice in oracle.choices((X, Y), problem)
        if oracle.holds(one, choice, frozenset(facts), problem) is wanted
    ]
    assert (found is not None) is bool(some)
    assert found is None or found[0] in some


@given(problems(), effects((X,), True), st.sets(st.sampled_from(FACTS)))
def test_an_effect_changes_what_it_says(problem: Problem, effect: Formula, facts: set[Fact]) -> None:
    """Law: outcomes with true conditions are what happens; what is both deleted and added is added."""
    state = State(problem)
    state.true = set(facts)
    some = [
        one for one in outcomes(effect, {"?x": "a"}, problem) if reasons(one.condition, True, {}, state) is not None
    ]
    state.change([one.fact for one in some if one.becomes], [one.fact for one in some if not one.becomes])
    assert state.true == oracle.after(effect, {"?x": "a"}, frozenset(facts), problem)


def test_an_inner_variable_hides_an_outer_one_of_the_same_name() -> None:
    """Law: a quantifier binds its variables anew, in conditions and in conditional effects."""
    problem = Problem("p", htn.Domain("d"), {"a": ("object",), "b": ("object",)}, frozenset({Fact("p", ("a",))}))
    x = Parameter("?x")
    state = State(problem)
    assert reasons(Exists((x,), Atom("p", ("?x",))), True, {"?x": "b"}, state) == ((Fact("p", ("a",)), True),)
    effect = When(Atom("p", ("?x",)), Forall((x,), Atom("q", ("?x",))))
    assert [str(one.condition) for one in outcomes(effect, {"?x": "b"}, problem)] == ["(p b)", "(p b)"]


def test_facts_are_found_by_what_is_known_of_them() -> None:
    """Law: the fewest facts are proposed, those added later too, of other arities none."""
    some = Facts([Fact("at", ("t", "a")), Fact("at", ("t", "b")), Fact("at", ("u", "b")), Fact("at", ("t",))])
    assert some.matching("at", (None, "a")) == [Fact("at", ("t", "a"))]
    assert len(some.matching("at", (None, None))) == 3 and some.matching("in", ()) == []
    some.add(Fact("at", ("u", "a")))
    some.add(Fact("at", ("u", "a")))
    assert some.matching("at", ("u", None)) == [Fact("at", ("u", "b")), Fact("at", ("u", "a"))]


def test_literals_in_words() -> None:
    """Law: three of them, and how many more."""
    assert in_words([(fact, True) for fact in FACTS]) == "(p) is true, (q) is true, (r a) is true and 1 more"


# ---------------------------------------------------------------------- declared effects of tasks

P, Q, R = Atom("p"), Atom("q"), Atom("r", ("?x",))


def made_by(*effects_of_operators: Formula) -> htn.Domain:
    """A domain with an operator for each of these effects."""
    domain = htn.Domain("d")
    domain.add(*(htn.Operator(f"o{i}", (X,), effect=one) for i, one in enumerate(effects_of_operators)))
    return domain


@pytest.mark.parametrize(
    ("effect", "operators", "checked", "made"),
    [
        (P, [], "(and)", "(p)"),
        (P, [P], "(p)", "(and)"),
        (P, [Not(P)], "(and)", "(p)"),
        (Not(P), [Not(P)], "(not (p))", "(and)"),
        (And((P, Q)), [When(Q, P)], "(p)", "(q)"),
        (When(Q, P), [P], "(imply (q) (p))", "(and)"),
        (When(Q, P), [Q], "(and)", "(when (q) (p))"),
        (Forall((X,), And((R, P))), [Forall((X,), R)], "(forall (?x - object) (r ?x))", "(forall (?x - object) (p))"),
    ],
)
def test_what_operators_can_do_is_checked_and_the_rest_is_made(
    effect: Formula, operators: list[Formula], checked: str, made: str
) -> None:
    """Law: each literal of an effect is either checked or made, by whether an operator makes its predicate so."""
    split = split_effect(effect, made_by(*operators))
    assert (str(split[0]), str(split[1])) == (checked, made)


@pytest.mark.parametrize(
    ("condition", "operators", "is_so"),
    [
        (P, [], True),
        (Not(P), [], False),
        (Or((Not(Q), P)), [], True),
        (Imply(P, Q), [], False),
        (Not(And((Not(P), Q))), [], True),
        (Exists((X,), Not(P)), [], False),
        (Q, [Not(P)], False),
        (Q, [When(P, Q)], False),
        (Q, [When(Q, Q)], True),
        (Q, [Forall((X,), When(Q, Not(P)))], False),
    ],
)
def test_effects_that_tasks_make_can_do_harm_where_something_minds_them(
    condition: Formula, operators: list[Formula], is_so: bool
) -> None:
    """Law: they only help where nothing undoes them, nothing wants them undone, and no effect depends on them."""
    domain = made_by(*operators)
    domain.add(htn.CompoundTask("t", effect=P), htn.Method("m", (), "t", precondition=condition))
    assert can_only_help(Problem("p", domain, {}, frozenset())) is is_so
