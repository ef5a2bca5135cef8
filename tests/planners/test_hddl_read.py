"""Every construct of HDDL means what the language says, however the competitions write it."""

from __future__ import annotations

from pathlib import Path

import pytest

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
    Imply,
    Increase,
    Not,
    Or,
    Parameter,
    When,
)
from planweave.planners.htn.model import Subtask
from tests.planners.hddl_texts import DELIVERY, PARCELS, domain_of, problem_of

AT_THERE, IN = Atom("at", ("?v", "?to")), Atom("in", ("?p", "?v"))
T_AND_U = "(:task t) (:task u :parameters (?x)) (:action a) (:constants c)"


def test_a_domain_holds_what_its_file_says() -> None:
    """Law: types, constants, predicates, functions, operators, tasks and methods are those of the text."""
    domain, _ = htn.loads(DELIVERY)
    assert domain.name == "delivery" and domain.requirements == ("typing", "hierarchy", "negative-preconditions")
    assert domain.types == {
        "truck": ("vehicle",),
        "train": ("vehicle",),
        "package": ("locatable",),
        "vehicle": ("locatable",),
        "place": (),
        "locatable": (),
    }
    assert domain.constants == {"depot": ("place",)}
    assert domain.predicates["at"] == (Parameter("?what", ("locatable",)), Parameter("?where", ("place",)))
    places = Parameter("?from", ("place",)), Parameter("?to", ("place",))
    assert domain.functions == {"distance": places, "total-cost": ()}
    assert list(domain.operators) == ["drive", "load", "unload", "rest"]
    assert list(domain.methods) == ["by-vehicle", "is-there", "fetches"]
    assert [one.name for one in domain.methods_for("deliver")] == ["by-vehicle", "is-there"]


def test_conditions_and_effects_keep_their_form() -> None:
    """Law: connectives, quantifiers, conditional effects, costs and durations arrive as they were written."""
    drive = htn.loads(DELIVERY)[0].operators["drive"]
    there, package = Parameter("?to", ("place",)), Parameter("?p", ("package",))
    assert drive.parameters == (Parameter("?v", ("vehicle",)), Parameter("?from", ("place",)), there)
    at_from, distance = Atom("at", ("?v", "?from")), Fluent("distance", ("?from", "?to"))
    tired = Imply(Atom("tired"), Forall((package,), Atom("at", ("?p", "?from"))))
    assert drive.precondition == And((at_from, Not(Atom("blocked", ("?to",))), tired))
    jam = Forall((package,), When(IN, Atom("blocked", ("?from",))))
    assert drive.effect == And((Not(at_from), AT_THERE, Increase(Fluent("total-cost"), distance), jam))
    assert drive.duration == distance
    rest = htn.loads(DELIVERY)[0].operators["rest"]
    assert (rest.precondition, rest.effect, rest.duration) == (TRUE, Not(Atom("tired")), 30.0)


def test_methods_hold_their_task_condition_and_network() -> None:
    """Law: labels, orderings and constraints are those of the text; a subtask without a label goes by its name."""
    domain, _ = htn.loads(DELIVERY)
    fetches, by_vehicle = domain.methods["fetches"], domain.methods["by-vehicle"]
    assert (fetches.task, fetches.arguments) == ("fetch", ("?p", "?v"))
    assert fetches.network.subtasks == (
        Subtask("go", "drive", ("?v", "?from", "?to")),
        Subtask("rest", "rest"),
        Subtask("take", "load", ("?p", "?v", "?to")),
    )
    assert fetches.network.orderings == (("go", "take"),) and not fetches.network.is_totally_ordered
    assert fetches.network.constraint == Not(Equal("?from", "?to"))
    assert by_vehicle.parameters[2] == Parameter("?v", ("truck", "train"))
    somewhere = Exists((Parameter("?x", ("place",)),), Atom("at", ("?v", "?x")))
    assert by_vehicle.precondition == And((Not(Atom("tired")), Or((Atom("at", ("?v", "depot")), somewhere))))
    assert by_vehicle.network.orderings == (("fetch", "drive"), ("drive", "unload"))
    assert domain.tasks["fetch"].effect == IN and domain.methods["is-there"].network.subtasks == ()


def test_a_problem_holds_what_its_file_says() -> None:
    """Law: objects, state, tasks, goal, values and metric are those of the text, in lower case."""
    domain, problem = htn.loads(DELIVERY, PARCELS)
    assert problem.domain is domain and problem.name == "parcels"
    assert problem.objects_of(("place",)) == ("depot", "shop", "home")
    facts = {"at t1 depot", "at t2 shop", "at p1 home", "at p2 home", "tired"}
    assert problem.state == {Fact(words[0], tuple(words[1:])) for words in map(str.split, facts)}
    assert problem.parameters == (Parameter("?where", ("place",)),)
    assert problem.network.subtasks[1] == Subtask("second", "deliver", ("p2", "?where"))
    assert problem.network.orderings == (("first", "second"),)
    assert problem.network.constraint == Not(Equal("?where", "shop"))
    assert problem.goal == And((Atom("at", ("p1", "shop")), Not(Atom("at", ("p2", "home")))))
    assert problem.values == {
        Fluent("distance", ("depot", "shop")): 12,
        Fluent("distance", ("depot", "home")): 0.5,
        Fluent("total-cost"): 0,
    }
    assert problem.metric == Fluent("total-cost")


@pytest.mark.parametrize("keyword", [":subtasks", ":tasks", ":ordered-subtasks", ":ordered-tasks"])
def test_subtasks_go_by_four_names(keyword: str) -> None:
    """Law: two of them order the tasks as they are listed, two do not."""
    network = domain_of(T_AND_U, f"(:method m :task (t) {keyword} (and (a) (one (u c)) (a)))").methods["m"].network
    assert [one.id for one in network.subtasks] == ["a", "one", "a-2"]
    assert network.orderings == ((("a", "one"), ("one", "a-2")) if "ordered" in keyword else ())


def test_labels_come_before_names() -> None:
    """Law: a subtask without a label never gets the id that another has as its label."""
    network = (
        domain_of(T_AND_U, "(:method m :task (t) :subtasks (and (a) (a (u c)) (a) (a-2 (a))))").methods["m"].network
    )
    assert [(one.id, one.name) for one in network.subtasks] == [("a-3", "a"), ("a", "u"), ("a-4", "a"), ("a-2", "a")]


@pytest.mark.parametrize("body", ["", ":subtasks ()", ":tasks (and)", ":ordered-subtasks ( )", ":ordering ()"])
def test_a_body_may_be_empty(body: str) -> None:
    """Law: a method may decompose its task into nothing."""
    assert domain_of(T_AND_U, f"(:method m :task (t) {body})").methods["m"].network.subtasks == ()


@pytest.mark.parametrize("body", ["(u c)", "(only (u c))", "(and (u c))", "(and (only (u c)))"])
def test_one_subtask_needs_no_and(body: str) -> None:
    """Law: a single subtask is read with and without ``and``, with and without a label."""
    (only,) = domain_of(T_AND_U, f"(:method m :task (t) :subtasks {body})").methods["m"].network.subtasks
    assert (only.name, only.arguments) == ("u", ("c",)) and only.id == ("only" if "only" in body else "u")


@pytest.mark.parametrize(
    "order", [":ordering (< x y)", ":order (and (< x y))", ":ordering (x < y)", ":ordering (and (x<y))"]
)
def test_orderings_are_prefix_or_infix(order: str) -> None:
    """Law: ``(< x y)`` and ``(x < y)`` say the same."""
    network = domain_of(T_AND_U, f"(:method m :task (t) :subtasks (and (y (a)) (x (a))) {order})").methods["m"].network
    assert network.orderings == (("x", "y"),) and network.order == (1, 0)


def test_what_a_domain_leaves_out_is_nothing() -> None:
    """Law: types, parameters, conditions and effects may be missing; what has no type is an object."""
    action = "(:action a :precondition () :effect (and))"
    domain = domain_of("(:constants)", "(:predicates (p ?x) (q))", "(:task t :parameters (?x))", action)
    assert domain.predicates["p"] == domain.tasks["t"].parameters == (Parameter("?x", (OBJECT,)),)
    assert domain.operators["a"].precondition == domain.operators["a"].effect == TRUE


def test_sections_stand_in_any_order() -> None:
    """Law: a name may be used before the section that declares it."""
    domain, problem = htn.loads(
        "(define (domain d) (:method m :task (t) :subtasks (a)) (:action a :effect (p c)) (:task t) "
        "(:predicates (p ?x - k)) (:constants c - k) (:types k))",
        "(define (problem p) (:init (p o)) (:htn :subtasks (t)) (:goal (p o)) (:objects o - k) (:domain d))",
    )
    assert domain.methods["m"].network.subtasks[0].name == "a" and problem.state == {Fact("p", ("o",))}


def test_case_does_not_matter() -> None:
    """Law: names and keywords come out in lower case, whichever they are written in."""
    assert htn.loads(DELIVERY.upper(), PARCELS.upper()) == htn.loads(DELIVERY, PARCELS)


def test_signs_need_no_spaces() -> None:
    """Law: what competitions write without spaces is read as with them."""
    domain = domain_of(
        "(:types k)(:task t:parameters(?x -k ?y - k))".replace("t:", "t :"),
        "(:method m:parameters(?x ?y -(either k))".replace("m:", "m :"),
        ":task(t ?x ?y):precondition(not(=?x ?y)):subtasks())",
    )
    assert domain.methods["m"].precondition == Not(Equal("?x", "?y"))


def test_objects_may_be_named_twice() -> None:
    """Law: an object that is named twice has all the types that it was given; so has one that is a constant too."""
    problem = problem_of("(:objects t1 t1 - truck t1 - train depot - place home - truck home)")
    assert problem.objects == {"t1": ("truck", "train"), "home": ("truck", OBJECT)}
    assert problem.objects_of(("train",)) == ("t1",) and problem.objects_of(("place",)) == ("depot",)
    problem = problem_of("(:objects depot - (either truck place))")
    assert problem.objects == {"depot": ("place", "truck")} and problem.objects_of(("truck",)) == ("depot",)


def test_types_may_be_declared_twice() -> None:
    """Law: a type has all the supertypes that it was given, and a supertype needs no declaration of its own."""
    domain = domain_of("(:types hopper - truck hopper - chute truck - vehicle x - (either truck chute) object)")
    assert domain.types["hopper"] == domain.types["x"] == ("truck", "chute")
    assert domain.types["vehicle"] == domain.types["chute"] == () and OBJECT not in domain.types
    assert domain.supertypes("hopper") == ("hopper", "truck", "vehicle", "chute", OBJECT)


def test_a_type_object_below_another_is_an_ordinary_one() -> None:
    """Law: where a domain puts "Object" below another type, what has no type may still be anything, "Object" not."""
    domain, problem = htn.loads(
        "(define (domain d) (:types truck - Object route Object - Thing) (:action a :parameters (?x - Object ?y)))",
        "(define (problem p) (:objects t - truck r - route) (:htn :subtasks ()))",
    )
    one, other = domain.operators["a"].parameters
    assert problem.objects_of(one.types) == ("t",) and problem.objects_of(other.types) == ("t", "r")
    assert problem.objects_of(("thing",)) == ("t", "r")


def test_what_is_false_may_be_said() -> None:
    """Law: a fact that is said to be false is just not there."""
    assert problem_of("(:init (tired) (not (blocked depot)))").state == {Fact("tired")}


@pytest.mark.parametrize("initial", ["( tired )", "(\ttired)", "(\n  blocked\tdepot )(tired)", "(tired)(tired)"])
def test_white_space_in_facts_does_not_matter(initial: str) -> None:
    """Law: facts are read however their words are set apart."""
    wanted = {Fact("tired")} | ({Fact("blocked", ("depot",))} if "blocked" in initial else set())
    assert problem_of(f"(:init {initial})").state == wanted


def test_values_are_read_wherever_they_stand_among_facts() -> None:
    """Law: facts and values of functions may alternate, and a function without arguments needs no parentheses."""
    problem = problem_of("(:init (tired) (= (distance depot depot) 3) (blocked depot) (= total-cost 1e1))")
    assert len(problem.state) == 2
    assert problem.values == {Fluent("distance", ("depot", "depot")): 3, Fluent("total-cost"): 10}


def test_a_constraint_on_a_type_is_an_existence() -> None:
    """Law: ``(sortof ?v - truck)`` of old domains says that some truck is the same object."""
    method = "(:method m :parameters (?v) :task (t) :constraints (sortof ?v - truck))"
    match domain_of("(:types truck) (:task t)", method).methods["m"].network.constraint:
        case Exists((Parameter(other, ("truck",)),), Equal("?v", same)):
            assert other == same != "?v"
        case found:
            raise AssertionError(found)


def test_files_are_read_by_path(tmp_path: Path) -> None:
    """Law: reading files gives what reading their texts does; old line ends and encodings do not matter."""
    domain, problem = tmp_path / "domain.hddl", tmp_path / "problem.hddl"
    domain.write_bytes(b"\xef\xbb\xbf" + DELIVERY.replace("\n", "\r\n").encode())
    problem.write_bytes(b"; stra\xdfe\r" + PARCELS.replace("\n", "\r").encode())
    assert htn.read(domain, str(problem)) == htn.loads(DELIVERY, PARCELS)
    assert htn.read(domain) == (htn.loads(DELIVERY)[0], None)
    where = htn.read(domain)[0].operators["drive"].where
    line = DELIVERY[: DELIVERY.index("(:action drive")].count("\n") + 1
    assert where is not None and (where.file, where.line) == (str(domain), line)


def test_many_facts_are_read() -> None:
    """Law: facts in any number are read, each once."""
    many = " ".join(f"(at t{i % 1000} l{i % 997})" for i in range(5_000))
    names = " ".join(f"t{i}" for i in range(1000)) + " - truck " + " ".join(f"l{i}" for i in range(997)) + " - place"
    state = problem_of(f"(:objects {names})", f"(:init {many})").state
    assert state == {Fact("at", (f"t{i % 1000}", f"l{i % 997}")) for i in range(5_000)}
