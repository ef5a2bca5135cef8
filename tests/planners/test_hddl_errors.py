"""What is not HDDL ends in an error that says where, what was expected and what to do; never in anything else."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planweave import htn
from planweave.engine.location import Location
from planweave.planners.htn.hddl.tree import DEEPEST
from tests.planners.hddl_texts import DELIVERY, PARCELS


class Mistake(NamedTuple):
    """A mistake in a text: what is replaced by what, what the error says, and what it advises."""

    right: str
    wrong: str
    says: str
    advises: str = ""


MISTAKES = {
    "predicate": Mistake("(blocked ?to)", "(bloked ?to)", "there is no predicate 'bloked'", "did you mean 'blocked'?"),
    "type": Mistake(
        "?v - vehicle ?from", "?v - vehicel ?from", "there is no type 'vehicel'", "did you mean 'vehicle'?"
    ),
    "variable": Mistake("(at ?v ?from) (not", "(at ?v ?form) (not", "no variable '?form'", "did you mean '?from'?"),
    "object": Mistake("(at ?v depot)", "(at ?v depo)", "there is no object 'depo'", "did you mean 'depot'?"),
    "function": Mistake(
        "(total-cost) 2.5", "(cost) 2.5", "there is no function 'cost'", "use one that is: distance, total-cost"
    ),
    "task of a method": Mistake(":task (fetch", ":task (fetsh", "there is no task 'fetsh'", "did you mean 'fetch'?"),
    "action as a task": Mistake(":task (fetch", ":task (load", "'load' is an action", "name a compound task"),
    "method of nothing": Mistake(":task (fetch ?p ?v)", "", "does not say what it does", "add its :task"),
    "subtask": Mistake("(go (drive", "(go (driev", "there is no task 'driev'", "did you mean 'drive'?"),
    "no subtask": Mistake("(go (drive", "(go drive (drive", "there is no task 'go'", "declare it"),
    "label": Mistake("(< go take)", "(< goo take)", "there is no subtask 'goo'", "did you mean 'go'?"),
    "label given twice": Mistake("(take (load", "(go (load", "two subtasks have the label 'go'", "another label"),
    "no ordering": Mistake("(< go take)", "(before go take)", "expected (< first second)"),
    "circle": Mistake("(and (< go take))", "(and (< go take) (< take go))", "wait for each other", "leave one"),
    "arguments of a predicate": Mistake("(in ?p ?v) (not", "(in ?p) (not", "'in' has 1 argument", "(in ?p - package"),
    "arguments of a task": Mistake("(unload ?p ?v ?to)", "(unload)", "'unload' has 0 arguments here, but takes 3"),
    "arguments of a function": Mistake("(distance ?from ?to))\n", "(distance ?to))\n", "'distance' has 1 argument"),
    "circle of types": Mistake("vehicle - locatable", "vehicle - truck", "types stand below themselves", "leave one"),
    "field": Mistake(":constraints", ":constraint", "has no field ':constraint'", "did you mean ':constraints'?"),
    "field given twice": Mistake(":subtasks ())", ":subtasks () :subtasks ())", "two fields ':subtasks'", "join them"),
    "two lists of subtasks": Mistake(":subtasks ())", ":subtasks () :tasks ())", "listed twice", "join the lists"),
    "field without content": Mistake(":subtasks ())", ":subtasks)", "':subtasks' lacks what it is", "()"),
    "content without a field": Mistake(":subtasks ())", ":subtasks () ())", "expected one of :parameters"),
    "section": Mistake("(:functions", "(:function", "there is no section ':function'", "did you mean ':functions'?"),
    "name of an action": Mistake("(:action rest", "(:action load", "the name 'load' is taken", "another name"),
    "name of a task": Mistake("(:action rest", "(:action fetch", "the name 'fetch' is taken", "another name"),
    "name of a method": Mistake("(:method is-there", "(:method fetches", "the name 'fetches' is taken", "another name"),
    "predicate given twice": Mistake("(tired))", "(tired) (tired ?x))", "'tired' is declared twice", "leave one"),
    "variable given twice": Mistake("?from ?to - place)\n    :d", "?to ?to - place)\n    :d", "twice", "another name"),
    "no variable": Mistake("?from ?to - place)\n    :d", "from ?to - place)\n    :d", "begins with '?', not 'from'"),
    "nothing before a dash": Mistake("(?p - package ?v", "(- package ?v", "behind no name"),
    "nothing behind a dash": Mistake("depot - place)", "depot -)", "expected a type"),
    "group as a type": Mistake("depot - place)", "depot - (place))", "expected a type, or (either truck train)"),
    "keyword as a name": Mistake(
        "(:action rest", "(:action and", "'and' cannot be the name of an action", "another word"
    ),
    "no name": Mistake("(:action rest", "(:action", "':effect' cannot be the name of an action", "another word"),
    "fact as a constraint": Mistake("(not (= ?from ?to))", "(tired)", "(tired) is a fact", "the :precondition"),
    "condition on numbers": Mistake("(not (blocked ?to))", "(> (total-cost) 3)", "numeric planning", "facts"),
    "numbers that are set": Mistake(
        "(increase (total-cost) 2.5)", "(assign (total-cost) 2)", "numeric planning", "facts"
    ),
    "number below 0": Mistake("(total-cost) 2.5", "(total-cost) -2.5", "there is no function '-2.5'"),
    "no effect": Mistake("(and (at ?p ?l) (not (in", "(or (at ?p ?l) (not (in", "'(or ...)' is not an effect"),
    "word as a condition": Mistake("(at ?p ?to)\n", "tired\n", "expected a condition in parentheses, not 'tired'"),
    "doubled parentheses": Mistake("(at ?p ?to)\n", "((at ?p ?to))\n", "expected a condition in parentheses"),
    "nested terms": Mistake("(at ?v depot)", "(at (v) depot)", "expected a variable or an object, not '(v ...)'"),
    "effect of a method": Mistake(":subtasks ())", ":effect (tired))", "a method cannot have an :effect", "its task"),
    "precondition of a task": Mistake(":precondition () :e", ":precondition (tired) :e", "a task cannot", "methods"),
    "parenthesis too few": Mistake(
        "(imply (tired) ", "(imply (tired ", "never closed: '(:action' begins inside", "')'"
    ),
    "parenthesis too many": Mistake("(not (tired)) :d", "(not (tired))) :d", "expected a section in parentheses"),
    "parenthesis at the end": Mistake(":duration 30))", ":duration 30)))", "stands behind the last parenthesis"),
    "end too early": Mistake(
        ":duration 30))", ":duration 30)", "the text ends inside (define (domain ...) ...)", "')'"
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_domain_is_told_with_its_place(mistake: str) -> None:
    """Law: the error names the line and the column of the mistake, what was expected, and what to do about it."""
    right, wrong, says, advises = MISTAKES[mistake]
    assert right in DELIVERY
    text = DELIVERY.replace(right, wrong)
    with pytest.raises(htn.HddlError) as caught:
        htn.loads(text)
    error = caught.value
    assert says in error.what and advises in (error.mend or "")
    assert isinstance(error.where, Location) and 1 <= error.where.line <= text.count("\n") + 1
    assert str(error.where).endswith(f":{error.where.line}:{error.column}")
    assert "\n" not in error.line


@pytest.mark.parametrize("mistake", ["predicate", "type", "object", "task of a method", "subtask", "label", "field"])
def test_the_place_is_that_of_the_wrong_word(mistake: str) -> None:
    """Law: line and column point at the first character of the word that nothing bears."""
    right, wrong, says, _ = MISTAKES[mistake]
    text = DELIVERY.replace(right, wrong)
    with pytest.raises(htn.HddlError) as caught:
        htn.loads(text)
    word = re.findall("'(.*?)'", says)[-1]
    line = text.splitlines()[caught.value.where.line - 1]  # type: ignore[union-attr]  # because the other test has asked
    assert line[caught.value.column - 1 :].startswith(word)


OF_PROBLEMS = {
    "type": Mistake("t1 t2 - truck", "t1 t2 - truk", "there is no type 'truk'"),
    "object of a fact": Mistake("(at t1 depot)", "(at t3 depot)", "there is no object 't3'"),
    "predicate of a fact": Mistake("(at t1 depot)", "(att t1 depot)", "there is no predicate 'att'"),
    "arguments of a fact": Mistake("(at t1 depot)", "(at t1 depot depot)", "'at' has 3 arguments here, but takes 2"),
    "empty fact": Mistake("(at t1 depot)", "()", "expected a fact"),
    "variable in a fact": Mistake("(at t1 depot)", "(at ?t depot)", "there is no object '?t'"),
    "nested fact": Mistake("(at t1 depot)", "(at t1 (depot))", "expected a fact, not '(at ...)'"),
    "word among facts": Mistake("(at t1 depot)", "at", "expected a fact in parentheses, not 'at'"),
    "fact at a time": Mistake("(at t1 depot)", "(at 5 (tired))", "expected a fact"),
    "value of nothing": Mistake("(= (total-cost) 0)", "(= (cost) 0)", "there is no function 'cost'"),
    "no number": Mistake("(= (total-cost) 0)", "(= (total-cost) none)", "expected a number from 0, not 'none'"),
    "infinite": Mistake("(= (total-cost) 0)", "(= (total-cost) inf)", "expected a number from 0, not 'inf'"),
    "value of a wrong object": Mistake("(distance depot shop)", "(distance depot sop)", "there is no object 'sop'"),
    "task": Mistake("(deliver p1 shop)", "(delivr p1 shop)", "there is no task 'delivr'"),
    "variable of a task": Mistake("(deliver p1 shop)", "(deliver p1 ?wher)", "there is no variable '?wher'"),
    "variable in a goal": Mistake(
        "(:goal (and (at p1 shop)", "(:goal (and (at p1 ?where)", "there is no variable '?where'"
    ),
    "section given twice": Mistake("(:goal", "(:metric minimize total-cost) (:goal", "a second section ':metric'"),
    "two goals": Mistake("(:goal (and", "(:goal () (and", "expected one condition in (:goal ...)"),
    "two initial states": Mistake("(:goal", "(:init) (:goal", "there is a second initial state"),
    "metric": Mistake("(:metric minimize", "(:metric maximize", "expected (:metric minimize (total-cost))"),
    "domain": Mistake("(problem Parcels)", "(domain Parcels)", "expected a problem, but this is a domain"),
    "initial state that does not end": Mistake(
        "(= (total-cost) 0))", "(= (total-cost) 0)", "a section begins inside the initial state"
    ),
}


@pytest.mark.parametrize("mistake", OF_PROBLEMS)
def test_a_mistake_in_a_problem_is_told_with_its_place(mistake: str) -> None:
    """Law: so are mistakes in problems, in the initial state too, which is read in another way."""
    right, wrong, says, _ = OF_PROBLEMS[mistake]
    assert right in PARCELS
    with pytest.raises(htn.HddlError) as caught:
        htn.loads(DELIVERY, PARCELS.replace(right, wrong))
    assert says in caught.value.what and str(caught.value.where).startswith("<problem>:")


def test_the_place_of_a_wrong_fact_is_found_among_many() -> None:
    """Law: one wrong fact among thousands is told with its line and column."""
    facts = ["(at t1 depot)"] * 3_000 + ["  (at t1 dept)"] + ["(= (total-cost) 3)"] * 3_000
    text = "(define (problem p) (:objects t1 - truck) (:htn) (:init\n" + "\n".join(facts) + "))"
    with pytest.raises(htn.HddlError, match="there is no object 'dept'") as caught:
        htn.loads(DELIVERY, text)
    assert str(caught.value.where) == "<problem>:3002:10" and caught.value.column == 10


@pytest.mark.parametrize(
    "facts",
    [
        "(at t)",
        "(at)",
        "(at t depot t)",
        "(at t depot) (at t)",
        "(at t depot depot) (at depot)",
        "(at t) (at depot t depot)",
    ],
)
def test_facts_with_too_few_or_too_many_objects_do_not_make_up_for_each_other(facts: str) -> None:
    """Law: each fact has as many objects as its predicate takes, however many all facts have together."""
    with pytest.raises(htn.HddlError, match=r"'at' has \d arguments? here, but takes 2"):
        htn.loads(DELIVERY, f"(define (problem p) (:objects t - truck) (:htn) (:init {facts}))")


def test_a_problem_without_tasks_is_told() -> None:
    """Law: hierarchical problems have tasks; one without says how to add them."""
    with pytest.raises(htn.HddlError, match="the problem has no tasks") as caught:
        htn.loads(DELIVERY, "(define (problem p) (:domain delivery) (:init))")
    assert "(:htn" in str(caught.value.mend)


@pytest.mark.parametrize(
    "text", ["", "hello", "(", ")", "()", "(define", "(define ()", "(define (domain", "(define (domain d)"]
)
@pytest.mark.parametrize("kind", ["domain", "problem"])
def test_what_is_no_file_of_hddl_is_told(text: str, kind: str) -> None:
    """Law: an empty file, another file and a file that ends too early are errors."""
    with pytest.raises(htn.HddlError):
        htn.loads(*((text, None) if kind == "domain" else (DELIVERY, text)))


@pytest.mark.parametrize("text", ["(", ")", "(not ", "(:init ", "(and (", "() ", "'", "\0", "- "])
@pytest.mark.parametrize(
    "start", ["", "(define (domain d) ", "(define (domain d) (:action a :effect ", "(define (problem p) (:init"]
)
def test_a_million_parentheses_are_an_error(text: str, start: str) -> None:
    """Law: depth costs no stack, and length no more than its reading."""
    many = start + text * (1_000_000 if text.strip() in ("(", ")", "(and (") else 50_000)
    with pytest.raises(htn.HddlError):
        htn.loads(many)
    with pytest.raises(htn.HddlError):
        htn.loads(DELIVERY, many)


def test_formulas_nest_as_deep_as_the_limit() -> None:
    """Law: up to the limit depth is fine, in reading, comparing and writing; above, the error says the limit."""

    def nested(depth: int) -> str:
        return f"(define (domain d) (:predicates (p)) (:action a :effect {'(and ' * depth}(p){')' * depth}))"

    domain, _ = htn.loads(nested(DEEPEST - 3))
    assert htn.loads(htn.write(domain))[0] == domain
    with pytest.raises(htn.HddlError, match=f"more than {DEEPEST} parentheses"):
        htn.loads(nested(DEEPEST))


TOKENS = re.findall(r"[()]|[^\s()]+|\s+", DELIVERY), re.findall(r"[()]|[^\s()]+|\s+", PARCELS)


@settings(max_examples=200)
@given(st.data())
def test_damaged_files_are_read_or_told(data: st.DataObject) -> None:
    """Law: whatever is lost from a file, doubled or swapped in it, it is read, or an HddlError names a line in it."""
    texts = [list(TOKENS[0]), list(TOKENS[1])]
    tokens = texts[data.draw(st.integers(0, 1), "file")]
    for _ in range(data.draw(st.integers(1, 3), "times")):
        first, second = (data.draw(st.integers(0, len(tokens) - 1), "place") for _ in range(2))
        match data.draw(st.sampled_from(["lose", "double", "swap", "cut"]), "damage"):
            case "lose":
                tokens[first] = ""
            case "double":
                tokens[first] *= 2
            case "swap":
                tokens[first], tokens[second] = tokens[second], tokens[first]
            case _:
                del tokens[max(first, second, 1) :]
    domain, problem = map("".join, texts)
    error = None
    try:
        htn.loads(domain, problem)
    except htn.HddlError as caught:
        error = caught
    if error is not None:
        text = domain if str(error.where).startswith("<domain>") else problem
        assert error.where is not None and 1 <= error.where.line <= text.count("\n") + 1 and error.column >= 1
