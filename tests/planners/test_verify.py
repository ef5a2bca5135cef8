"""The verifier: each rule has a plan that breaks it, and on tiny problems it agrees with brute force."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planweave import htn
from planweave.planners.htn.errors import InvalidPlan
from planweave.planners.htn.model import Problem
from planweave.planners.htn.solution import Solution
from planweave.planners.htn.verify import verify
from tests.planners.oracle import is_solution, solutions
from tests.planners.plans import damaged, text_of
from tests.planners.tiny import loosened, problems

DOMAIN = """
(define (domain delivery)
  (:types place parcel van - object)
  (:constants depot - place)
  (:predicates (at ?v - van ?l - place) (lies ?p - parcel ?l - place) (in ?p - parcel ?v - van) (road ?a ?b - place)
               (fuelled ?v - van) (signed ?p - parcel) (told ?p - parcel))
  (:task deliver :parameters (?p - parcel ?to - place) :effect (and (lies ?p ?to) (told ?p)))
  (:task go :parameters (?v - van ?to - place))
  (:method by-van :parameters (?p - parcel ?from ?to - place ?v - van) :task (deliver ?p ?to)
    :precondition (fuelled ?v) :constraints (not (= ?from ?to))
    :ordered-subtasks (and (go ?v ?from) (load ?p ?v ?from) (go ?v ?to) (unload ?p ?v ?to)))
  (:method lies-there :parameters (?p - parcel ?to - place) :task (deliver ?p ?to) :precondition (lies ?p ?to)
    :subtasks ())
  (:method drives :parameters (?v - van ?from ?to - place) :task (go ?v ?to) :subtasks (drive ?v ?from ?to))
  (:method drives-on :parameters (?v - van ?by ?to - place) :task (go ?v ?to)
    :ordered-subtasks (and (go ?v ?by) (drive ?v ?by ?to)))
  (:method is-there :parameters (?v - van ?to - place) :task (go ?v ?to) :precondition (at ?v ?to) :subtasks ())
  (:action drive :parameters (?v - van ?a ?b - place) :precondition (and (at ?v ?a) (road ?a ?b))
    :effect (and (not (at ?v ?a)) (at ?v ?b)))
  (:action load :parameters (?p - parcel ?v - van ?l - place) :precondition (and (at ?v ?l) (lies ?p ?l))
    :effect (and (not (lies ?p ?l)) (in ?p ?v)))
  (:action unload :parameters (?p - parcel ?v - van ?l - place) :precondition (and (at ?v ?l) (in ?p ?v))
    :effect (and (lies ?p ?l) (not (in ?p ?v))))
  (:action sign :parameters (?p - parcel) :precondition (and (told ?p) (not (signed ?p))) :effect (signed ?p)))
"""
PROBLEM = """
(define (problem round) (:domain delivery)
  (:objects shop home - place box letter - parcel v - van)
  (:htn :ordered-subtasks (and (a (deliver box shop)) (b (deliver letter depot)) (c (sign box))))
  (:init (at v home) (lies box depot) (lies letter depot) (road home depot) (road depot shop) (fuelled v))
  (:goal (and (at v shop) (signed box))))
"""
PLAN = """
==>
0 drive v home depot
1 load box v depot
2 drive v depot shop
3 unload box v shop
4 sign box
root 5 6 4
5 deliver box shop -> by-van 7 1 8 3
6 deliver letter depot -> lies-there
7 go v depot -> drives 0
8 go v shop -> drives 2
<==
"""


def problem(*changes: tuple[str, str], domain: str = DOMAIN, text: str = PROBLEM) -> Problem:
    """The problem, with some text of it or its domain replaced."""
    for old, new in changes:
        assert old in domain or old in text
        domain, text = domain.replace(old, new), text.replace(old, new)
    return htn.loads(domain, text)[1]


def refusal(given_problem: Problem, *changes: tuple[str, str]) -> InvalidPlan:
    """The error for the plan with some of its text replaced."""
    text = PLAN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(InvalidPlan) as caught:
        verify(given_problem.domain, given_problem, text)
    return caught.value


def accepts(given_problem: Problem, plan: str) -> bool:
    """Whether the verifier accepts a text."""
    try:
        verify(given_problem.domain, given_problem, plan)
    except InvalidPlan:
        return False
    return True


# ---------------------------------------------------------------------- against brute force


@settings(max_examples=150)
@given(problems(), st.booleans(), st.data())
def test_the_verifier_agrees_with_brute_force(given_problem: Problem, is_loose: bool, data: st.DataObject) -> None:
    """Law: what is well formed is accepted if and only if some reading of it, with some order of events, solves."""
    loose = loosened(given_problem, orderings=is_loose)
    for solution in sorted(islice(solutions(loose, tries=400), 60), key=_size)[-6:]:
        text = text_of(solution)
        assert accepts(given_problem, text) == is_solution(given_problem, solution), text
        damage = data.draw(damaged(solution, given_problem))
        text = text_of(damage)
        assert accepts(given_problem, text) == is_solution(given_problem, damage), text


@settings(max_examples=50)
@given(problems())
def test_every_solution_that_brute_force_finds_is_accepted(given_problem: Problem) -> None:
    """Law: nothing valid is refused; the two halves of the brute force agree."""
    for solution in islice(solutions(given_problem, tries=2000), 8):
        assert is_solution(given_problem, solution)
        assert accepts(given_problem, text_of(solution)), text_of(solution)


def _size(solution: Solution) -> tuple[int, int]:
    return len(solution.steps), len(solution.choices)
