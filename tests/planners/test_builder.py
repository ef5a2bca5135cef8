"""Domains in Python: the propositional style of textbooks, the typed style, and what both refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from planweave import htn
from planweave.engine.plan import Fact
from planweave.planners.htn.formula import (
    OBJECT,
    TRUE,
    And,
    Atom,
    Equal,
    Fluent,
    Forall,
    Increase,
    Not,
    Or,
    Parameter,
    When,
)
from planweave.planners.htn.model import Subtask


def report() -> htn.Domain:
    """The textbook example, as docs/design.md has it."""
    d = htn.Domain("report")
    d.operator("gather_data", preconditions=[], effects=["data_available"])
    d.operator("analyze_data", preconditions=["data_available"], effects=["analysis_complete"])
    d.operator("write_report", preconditions=["analysis_complete"], effects=["report_complete"])
    d.task("research_topic", effects=["research_complete"])
    d.task("create_report")
    d.method("research_method", "research_topic", ["gather_data", "analyze_data"])
    d.method("report_method", "create_report", ["research_topic", "write_report"])
    return d


def delivery() -> htn.Domain:
    """A typed domain."""
    d = htn.Domain("delivery")
    d.type("place")
    d.type("locatable")
    d.type("vehicle", "locatable")
    d.type("truck", "vehicle")
    d.type("package", "locatable")
    d.constant("depot", "place")
    d.predicate("at", "?what - locatable", "?where - place")
    d.predicate("in", "?p - package ?v - vehicle")
    d.predicate("blocked", "?p - place")
    d.function("distance", "?from ?to - place")
    d.operator(
        "drive",
        "?v - vehicle ?from ?to - place",
        preconditions=["at ?v ?from", "not blocked ?to", "not = ?from ?to", "or (at ?v ?from) (blocked ?from)"],
        effects=["not at ?v ?from", "at ?v ?to", "forall (?p - package) (when (in ?p ?v) (at ?p ?to))"],
        cost="distance ?from ?to",
        duration=60,
    )
    d.operator(
        "load", "?p - package ?v - vehicle ?l - place", preconditions=["at ?p ?l", "at ?v ?l"], effects=["in ?p ?v"]
    )
    d.operator(
        "unload", "?p - package ?v - vehicle ?l - place", preconditions=["in ?p ?v"], effects=["at ?p ?l"], cost=1
    )
    d.task("deliver", "?p - package ?to - place")
    return d


def with_method(**options: Any) -> htn.Method:
    """A method of the typed domain with these options."""
    given: dict[str, Any] = {"task": "deliver ?p ?to", "parameters": "?t - truck ?from - place", **options}
    d = delivery()
    d.method("m", **given)
    return d.methods["m"]


def test_the_textbook_example_is_what_it_says() -> None:
    """Law: predicates declare themselves; operators, tasks and methods hold what was said of them."""
    d = report()
    assert d.predicates == {
        "data_available": (),
        "analysis_complete": (),
        "report_complete": (),
        "research_complete": (),
    }
    assert d.operators["gather_data"].precondition == TRUE
    assert d.operators["analyze_data"].precondition == Atom("data_available")
    assert d.tasks["research_topic"].effect == Atom("research_complete") and d.tasks["create_report"].effect == TRUE
    network = d.methods["report_method"].network
    assert network.subtasks == (Subtask("research_topic", "research_topic"), Subtask("write_report", "write_report"))
    assert network.orderings == (("research_topic", "write_report"),)
    problem = d.problem(tasks=["create_report"], state=[])
    assert problem.state == frozenset() and problem.network.subtasks[0].name == "create_report"
    assert problem.metric is None and problem.name == "report"


def test_not_makes_a_condition_false_and_an_effect_a_delete() -> None:
    """Law: ``not`` stands before a fact without parentheses, or before one in parentheses."""
    d = htn.Domain("d")
    d.operator("a", preconditions=["not p", "(not (p))", "not (p)"], effects=["not p", "q"])
    operator = d.operators["a"]
    assert operator.precondition == And((Not(Atom("p")),) * 3) and operator.effect == And((Not(Atom("p")), Atom("q")))


def test_the_typed_domain_is_what_it_says() -> None:
    """Law: types, constants, predicates and functions are declared; texts are HDDL without outermost parentheses."""
    d = delivery()
    assert d.supertypes("truck") == ("truck", "vehicle", "locatable", OBJECT) and d.constants == {"depot": ("place",)}
    assert d.predicates["at"] == (Parameter("?what", ("locatable",)), Parameter("?where", ("place",)))
    drive = d.operators["drive"]
    there, before = Atom("at", ("?v", "?to")), Atom("at", ("?v", "?from"))
    blocked = Atom("blocked", ("?from",))
    assert drive.precondition == And(
        (before, Not(Atom("blocked", ("?to",))), Not(Equal("?from", "?to")), Or((before, blocked)))
    )
    carried = When(Atom("in", ("?p", "?v")), Atom("at", ("?p", "?to")))
    cost = Increase(Fluent("total-cost"), Fluent("distance", ("?from", "?to")))
    assert drive.effect == And((Not(before), there, Forall((Parameter("?p", ("package",)),), carried), cost))
    assert drive.duration == 60 and d.operators["unload"].effect == And(
        (Atom("at", ("?p", "?l")), Increase(Fluent("total-cost"), 1.0))
    )


def test_variables_of_the_task_need_no_declaration_in_the_method() -> None:
    """Law: they have the types that the task gives them, unless the method gives them others."""
    method = with_method(parameters="?t - truck")
    assert method.parameters == (
        Parameter("?p", ("package",)),
        Parameter("?to", ("place",)),
        Parameter("?t", ("truck",)),
    )
    assert with_method(parameters="?to - (either place truck)").parameters[1] == Parameter("?to", ("place", "truck"))
    assert with_method(task="deliver ?p depot", parameters="").arguments == ("?p", "depot")


LEGS = ["drive ?t ?from depot", "load ?p ?t depot", "last (drive ?t depot ?to)", "unload ?p ?t ?to"]


def test_subtasks_are_in_their_order_unless_said_otherwise() -> None:
    """Law: listed subtasks are ordered; with ``ordered=False`` none is, with orderings just those are."""
    network = with_method(subtasks=LEGS).network
    assert [one.id for one in network.subtasks] == ["drive", "load", "last", "unload"]
    assert network.orderings == (("drive", "load"), ("load", "last"), ("last", "unload"))
    assert with_method(subtasks=LEGS, ordered=False).network.orderings == ()
    partial = with_method(subtasks=LEGS, orderings=[("drive", "load"), "load < unload"]).network
    assert partial.orderings == (("drive", "load"), ("load", "unload")) and not partial.is_totally_ordered
    assert [one.id for one in with_method(subtasks=[LEGS[0], LEGS[0]]).network.subtasks] == ["drive", "drive-2"]


def test_methods_have_conditions_and_constraints() -> None:
    """Law: conditions hold of facts, constraints of variables."""
    method = with_method(preconditions=["at ?p ?from"], constraints=["not = ?from ?to"])
    assert method.precondition == Atom("at", ("?p", "?from"))
    assert method.network.constraint == Not(Equal("?from", "?to"))
    assert with_method(preconditions="at ?p ?from").precondition == method.precondition


def test_problems_have_objects_state_tasks_and_goal() -> None:
    """Law: a problem holds what was said; without a metric, costs are minimised where there are any."""
    d = delivery()
    problem = d.problem(
        objects={"truck": ["t1", "t2"], "package": ["p1"], "place": "home shop"},
        state=["at t1 depot", Fact("at", ("p1", "home"))],
        tasks=["deliver p1 ?where"],
        parameters="?where - place",
        constraints=["not = ?where home"],
        goal=["at p1 shop", "not blocked shop"],
        values={"distance depot home": 12},
        name="monday",
    )
    assert problem.objects_of(("place",)) == ("depot", "home", "shop") and problem.name == "monday"
    assert problem.state == {Fact("at", ("t1", "depot")), Fact("at", ("p1", "home"))}
    assert problem.network.subtasks == (Subtask("deliver", "deliver", ("p1", "?where")),)
    assert problem.network.constraint == Not(Equal("?where", "home"))
    assert problem.goal == And((Atom("at", ("p1", "shop")), Not(Atom("blocked", ("shop",)))))
    assert problem.values == {Fluent("distance", ("depot", "home")): 12.0} and problem.metric == Fluent("total-cost")
    assert d.problem(metric="total-cost").metric == Fluent("total-cost")
    assert htn.loads(htn.write(d), htn.write(problem)) == (d, problem)


def test_everything_knows_the_line_that_says_it() -> None:
    """Law: operators, tasks, methods and problems know the user's file and line."""
    d = report()
    lines = [d.operators["gather_data"].where, d.tasks["create_report"].where, d.methods["report_method"].where]
    assert {where.file for where in [*lines, d.problem().where] if where is not None} == {__file__}
    first = report.__code__.co_firstlineno
    assert [where.line - first for where in lines if where is not None] == [3, 7, 9]


MISTAKES: dict[str, tuple[Callable[[htn.Domain], object], str, str]] = {
    "variable": (
        lambda d: d.operator("x", "?t - truck", preconditions=["in ?t ?v"]),
        "no variable '?v'",
        "use one that is: ?t",
    ),
    "predicate": (lambda d: d.operator("x", preconditions=["blokked depot"]), "no predicate 'blokked'", "'blocked'"),
    "proposition": (lambda d: d.operator("x", effects=["done"]), "no predicate 'done'", "declare it"),
    "type": (lambda d: d.operator("x", "?t - truk"), "no type 'truk'", "did you mean 'truck'?"),
    "supertype": (lambda d: d.type("ship", "vehicel"), "no type 'vehicel'", "did you mean 'vehicle'?"),
    "type again": (lambda d: d.type("truck"), "the type 'truck' is there already", "rename it"),
    "object as a type": (lambda d: d.type("object"), "the type 'object' is there already", "rename it"),
    "constant again": (lambda d: d.constant("depot"), "the constant 'depot' is there already", "rename it"),
    "predicate again": (lambda d: d.predicate("at"), "the predicate 'at' is there already", "rename it"),
    "function again": (lambda d: d.function("distance"), "the function 'distance' is there already", "rename it"),
    "operator again": (lambda d: d.operator("drive"), "the name 'drive' is taken", "another name"),
    "task as operator": (lambda d: d.operator("deliver"), "the name 'deliver' is taken", "another name"),
    "arguments": (
        lambda d: d.operator("x", effects=["at depot"]),
        "'at' has 1 argument here, but takes 2",
        "(at ?what",
    ),
    "swapped": (lambda d: d.operator("x", "?t - truck ?l - place", effects=["at ?l ?t"]), "'?l' is a place", "order"),
    "wrong constant": (lambda d: d.operator("x", "?t - truck", effects=["in depot ?t"]), "takes a package", "order"),
    "no effect": (lambda d: d.operator("x", effects=["or (blocked depot)"]), "'(or ...)' is not an effect", ""),
    "parenthesis too many": (lambda d: d.operator("x", effects=["blocked depot)"]), "parentheses do not match", ""),
    "parenthesis too few": (lambda d: d.operator("x", effects=["(blocked depot"]), "never closed", "close it"),
    "empty text": (lambda d: d.operator("x", effects=[""]), "expected a text such as", ""),
    "two words as a name": (lambda d: d.operator("x y"), "'x y' cannot be the name of an operator", "one word"),
    "keyword as a name": (lambda d: d.operator("And"), "'And' cannot be the name of an operator", "another word"),
    "variable as a name": (lambda d: d.task("?x"), "'?x' cannot be the name of a task", "one word"),
    "comment as a name": (lambda d: d.predicate("p;"), "'p;' cannot be the name of a predicate", "one word"),
    "number as a name": (lambda d: d.operator(3), "3 cannot be the name of an operator", "one word"),  # type: ignore[arg-type]
    "number as a text": (lambda d: d.operator("x", effects=[3]), "expected a text such as", ""),  # type: ignore[list-item]
    "nothing as texts": (lambda d: d.operator("x", effects=None), "expected a text such as", ""),  # type: ignore[arg-type]
    "cost below 0": (lambda d: d.operator("x", cost=-1), "-1 cannot be a cost", "a number from 0"),
    "endless": (lambda d: d.operator("x", duration=float("inf")), "inf cannot be a duration", "a number from 0"),
    "cost of nothing": (lambda d: d.operator("x", cost="price"), "there is no function 'price'", "distance"),
    "variable twice": (lambda d: d.predicate("p", "?x", "?x"), "'?x' is declared twice", "another name"),
    "task of a method": (lambda d: d.method("m", "delivr"), "there is no task 'delivr'", "did you mean 'deliver'?"),
    "operator as a task": (lambda d: d.method("m", "drive"), "'drive' is an action", "a compound task"),
    "subtask": (lambda d: d.method("m", "deliver ?p ?l", ["loda ?p"]), "there is no task 'loda'", "'load'"),
    "subtask twice": (lambda d: d.method("m", "deliver ?p ?l", ["a (deliver ?p ?l)"] * 2), "the label 'a'", "another"),
    "ordering": (
        lambda d: d.method("m", "deliver ?p ?l", ["deliver ?p ?l"], orderings=[("deliver", "x")]),
        "there is no subtask 'x'",
        "use one that is: deliver",
    ),
    "no ordering": (
        lambda d: d.method("m", "deliver ?p ?l", ["deliver ?p ?l"], orderings=["deliver"]),
        "expected (< first second)",
        "",
    ),
    "no pair": (
        lambda d: d.method("m", "deliver ?p ?l", orderings=[("a", "b", "c")]),  # type: ignore[list-item]
        "expected a pair of subtasks",
        "",
    ),
    "circle": (
        lambda d: d.method(
            "m", "deliver ?p ?l", ["a (deliver ?p ?l)", "b (deliver ?p ?l)"], orderings=["a < b", "b < a"]
        ),
        "subtasks wait for each other",
        "leave one",
    ),
    "fact as a constraint": (
        lambda d: d.method("m", "deliver ?p ?l", constraints=["at ?p ?l"]),
        "is a fact",
        "move it",
    ),
    "objects of no type": (lambda d: d.problem(objects={"truk": ["t"]}), "no type 'truk'", "did you mean 'truck'?"),
    "objects without types": (lambda d: d.problem(objects=["t"]), "expected the objects of each type", ""),  # type: ignore[arg-type]
    "object": (
        lambda d: d.problem(objects={"truck": "t1"}, state=["at t2 depot"]),
        "there is no object 't2'",
        "depot, t1",
    ),
    "false fact": (lambda d: d.problem(state=["not blocked depot"]), "expected a fact", "all else is false"),
    "swapped objects": (
        lambda d: d.problem(objects={"truck": "t"}, state=["at depot t"]),
        "'depot' is a place",
        "order",
    ),
    "wrong object": (lambda d: d.problem(objects={"truck": "t"}, tasks="deliver t depot"), "'t' is a truck", "order"),
    "variable of a task": (lambda d: d.problem(tasks=["deliver ?p depot"]), "there is no variable '?p'", "declare it"),
    "value of nothing": (lambda d: d.problem(values={"far depot depot": 3}), "there is no function 'far'", "declare"),
    "value below 0": (lambda d: d.problem(values={"distance depot depot": -3}), "-3 cannot be a value", "from 0"),
    "values": (lambda d: d.problem(values=[1]), "expected the value of each function", ""),  # type: ignore[arg-type]
    "metric": (
        lambda d: d.problem(metric="totl-cost"),
        "there is no function 'totl-cost'",
        "did you mean 'total-cost'?",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_at_once_with_its_line(mistake: str) -> None:
    """Law: the call that has the mistake raises, names the user's line, what is wrong, and what to do about it."""
    make, says, advises = MISTAKES[mistake]
    with pytest.raises(htn.DomainError) as caught:
        make(delivery())
    error = caught.value
    assert not isinstance(error, htn.HddlError)
    assert says in error.what and advises in (error.mend or "")
    assert error.where is not None and error.where.file == __file__


def test_propositions_declare_themselves_only_in_the_propositional_style() -> None:
    """Law: a fact with arguments never declares itself, and none does once types or predicates are declared."""
    d = htn.Domain("d")
    d.operator("a", effects=["p"])
    with pytest.raises(htn.DomainError, match="there is no predicate 'at'"):
        d.operator("b", "?x", effects=["at ?x"])
    with pytest.raises(htn.DomainError, match="'p' has 1 argument here, but takes 0"):
        d.operator("b", "?x", effects=["p ?x"])
    d.predicate("at", "?x")
    d.operator("b", "?x", preconditions=["p"], effects=["at ?x"])
    with pytest.raises(htn.DomainError, match="there is no predicate 'q'"):
        d.operator("c", effects=["q"])
    with pytest.raises(htn.DomainError, match="there is no predicate 'q'"):
        htn.loads("(define (domain d))")[0].operator("c", effects=["q"])


def test_a_definition_with_a_mistake_adds_nothing() -> None:
    """Law: after the error the domain is as it was, so that a notebook cell can be mended and run again."""
    d, before = delivery(), delivery()
    for make, _, _ in MISTAKES.values():
        with pytest.raises(htn.DomainError):
            make(d)
    assert d == before


def test_the_name_of_a_domain_is_one_word() -> None:
    """Law: so is that of every part, because HDDL could not write it otherwise."""
    with pytest.raises(htn.DomainError, match="'my report' cannot be the name of a domain"):
        htn.Domain("my report")
