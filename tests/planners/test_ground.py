"""Grounding: it keeps what any plan could contain, drops what none can, and keeps its limits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from planweave.engine.plan import Fact
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.domain import Domain
from planweave.planners.htn.errors import NoPlan, PlanningTimeout
from planweave.planners.htn.formula import And, Atom, Equal, Not, Or, Parameter, When
from planweave.planners.htn.ground.ground import ground
from planweave.planners.htn.ground.grounded import Grounded
from planweave.planners.htn.ground.split import is_part
from planweave.planners.htn.model import CompoundTask, Method, Operator, Problem, Subtask, TaskNetwork
from planweave.planners.htn.normal import is_hidden, normalise
from planweave.planners.htn.solution import GroundTask, Solution
from tests.planners.oracle import solutions
from tests.planners.tiny import problems, solved

X, Y = Parameter("?x"), Parameter("?y")


def grounded(problem: Problem) -> Grounded:
    return ground(normalise(problem), Deadline())


def ways(found: Grounded) -> dict[GroundTask, set[tuple[str, frozenset[GroundTask]]]]:
    """For each compound task, its methods with the tasks that they lead to, looking through what grounding makes up."""
    names: dict[int, set[GroundTask]] = {number: {found.action(number)} for number in range(found.actions)}
    of_task: dict[int, list[int]] = {}
    for method, head in enumerate(found.heads):
        of_task.setdefault(head, []).append(method)
        origin = found.method_origins[method]
        if origin is not None and not is_part(origin.schema.task):
            names[head] = {found.head(method)}

    def shown(task: int) -> set[GroundTask]:
        if task not in names:
            names[task] = {one for method in of_task[task] for one in shown(found.subtasks[method][0])}
        return names[task]

    result: dict[GroundTask, set[tuple[str, frozenset[GroundTask]]]] = {}
    for method, head in enumerate(found.heads):
        origin = found.method_origins[method]
        if origin is not None and not is_part(origin.schema.task):
            children = {one for task in found.subtasks[method] for one in shown(task) if not is_hidden(one.name)}
            (name,) = names[head]
            result.setdefault(name, set()).add((origin.schema.source.name, frozenset(children)))
    return result


def assert_contains(found: Grounded, solution: Solution) -> None:
    actions = {found.action(number) for number in range(found.actions)}
    assert actions.issuperset(solution.steps)
    known = ways(found)
    count = len(solution.steps)
    entries = [*solution.steps, *(GroundTask(one.task, one.arguments) for one in solution.choices)]
    for number, choice in enumerate(solution.choices, count):
        children = {entries[child] for child in choice.children}
        if children != {entries[number]}:  # a method that only repeats its task makes no plan possible
            own = [more for name, more in known[entries[number]] if name == choice.method]
            others = [more for name, more in known[entries[number]] if name != choice.method]
            # of methods that need and do the same, one is kept
            assert any(children <= more for more in own) or children in others


@settings(max_examples=100)
@given(pair=solved())
def test_whatever_a_solution_contains_is_kept(pair: tuple[Problem, Solution]) -> None:
    """Law: the steps and methods of every solution are in the ground problem."""
    problem, solution = pair
    assert_contains(grounded(problem), solution)


@settings(max_examples=100)
@given(problem=problems())
def test_no_plan_is_only_said_where_there_is_none(problem: Problem) -> None:
    """Law: where grounding proves that there is no plan, trying everything finds none; else what it finds is kept."""
    solution = next(solutions(problem, tries=400), None)
    try:
        found = grounded(problem)
    except NoPlan:
        assert solution is None
        return
    if solution is not None:
        assert_contains(found, solution)


def city() -> Domain:
    domain = Domain("city")
    domain.types |= {"place": ("object",), "car": ("object",)}
    place, other, car = Parameter("?from", ("place",)), Parameter("?to", ("place",)), Parameter("?car", ("car",))
    domain.predicates |= {"at": (car, place), "road": (place, other)}
    domain.add(
        Operator(
            "drive",
            (car, place, other),
            And((Atom("at", ("?car", "?from")), Atom("road", ("?from", "?to")))),
            And((Not(Atom("at", ("?car", "?from"))), Atom("at", ("?car", "?to")))),
        )
    )
    domain.add(CompoundTask("go", (car, other)))
    hop = TaskNetwork(
        (Subtask("0", "drive", ("?car", "?from", "?via")), Subtask("1", "go", ("?car", "?to"))), (("0", "1"),)
    )
    via = Parameter("?via", ("place",))
    domain.add(Method("by-road", (car, other, place, via), "go", ("?car", "?to"), network=hop))
    there = TaskNetwork((), ())
    domain.add(Method("there", (car, other), "go", ("?car", "?to"), Atom("at", ("?car", "?to")), there))
    return domain


def test_only_what_can_be_reached_is_instantiated() -> None:
    """Law: facts that never change are looked up, and what no road leads to is not in the ground problem."""
    roads = ["road a b", "road b c", "road x y"]
    problem = city().problem(
        objects={"place": list("abcxy"), "car": ["red", "blue"]},
        state=["at red a", *roads],
        tasks=["go red c"],
    )
    found = grounded(problem)
    assert {str(found.action(i)) for i in range(found.actions)} == {"(drive red a b)", "(drive red b c)"}
    assert set(found.facts) == {(Fact("at", ("red", one)), True) for one in "abc"}
    assert found.initial == (found.facts.index((Fact("at", ("red", "a")), True)),)


def test_what_one_subtask_alone_has_is_chosen_when_it_is_done() -> None:
    """Law: a rule has as many instances as its subtasks have choices together, not their product."""
    domain = Domain("pairs")
    for name in ("left", "right"):
        domain.add(Operator(name, (X,), effect=Atom(f"{name}-done")))
    domain.task("both")
    subtasks = TaskNetwork((Subtask("0", "left", ("?x",)), Subtask("1", "right", ("?y",))), (("0", "1"),))
    domain.add(Method("pair", (X, Y), "both", network=subtasks))
    names = [f"o{i}" for i in range(20)]
    found = grounded(domain.problem(objects={"object": names}, state=[], tasks=["both"]))
    assert found.actions == 40
    assert len(found.heads) < 50


def test_what_a_condition_ties_to_another_subtask_is_chosen_before() -> None:
    """Law: of two variables that a static condition ties to each other, only one is left to its subtask."""
    domain = Domain("pairs")
    domain.predicate("twins", "?x ?y")
    domain.operator("call", "?x")
    domain.task("greet")
    both = ["call ?x", "call ?y"]
    domain.method("twins-first", "greet", both, parameters="?x ?y", preconditions="twins ?x ?y")
    problem = domain.problem(tasks=["greet"], objects={"object": ["a", "b", "c"]}, state=["twins a b", "twins b c"])
    found = grounded(problem)
    assert ways(found)[GroundTask("greet")] == {
        ("twins-first", frozenset({GroundTask("call", (one,)), GroundTask("call", (two,))}))
        for one, two in ("ab", "bc")
    }


def test_absences_are_numbered_where_a_condition_asks_for_them() -> None:
    """Law: a negative condition becomes a positive one on the absence, which effects keep up with."""
    domain = Domain("lamp")
    domain.operator("switch_on", preconditions=["not lit"], effects=["lit"])
    domain.operator("switch_off", preconditions=["lit"], effects=["not lit"])
    problem = domain.problem(tasks=["switch_on", "switch_off"], state=[])
    found = grounded(problem)
    lit, dark = found.facts.index((Fact("lit"), True)), found.facts.index((Fact("lit"), False))
    assert found.initial == (dark,)
    names = [found.action(i).name for i in range(found.actions)]
    on, off = names.index("switch_on"), names.index("switch_off")
    assert (found.conditions[on], found.conditions[off]) == ((dark,), (lit,))
    assert found.effects[on] == (((), (dark,), (lit,)),)
    assert found.effects[off] == (((), (lit,), (dark,)),)


def test_conditional_effects_keep_their_conditions() -> None:
    """Law: an effect with a condition stays one where the condition can change, and goes where it never holds."""
    domain = Domain("effects")
    effect = And((Atom("p"), When(Atom("q"), Atom("r")), When(Atom("never"), Atom("s"))))
    domain.add(Operator("act", effect=effect), Operator("turn", effect=And((Atom("q"), Not(Atom("p"))))))
    for name in "pqrs":
        domain.predicates[name] = ()
    domain.predicates["never"] = ()
    problem = domain.problem(tasks=["turn", "act", "turn"], state=[], goal=["q", "r"])
    found = grounded(problem)
    names = [found.action(i).name for i in range(found.actions)]
    number = {fact.predicate: i for i, (fact, truth) in enumerate(found.facts) if truth}
    assert set(number) == {"q", "r"}, "nobody asks for p or s"
    (conditional,) = found.effects[names.index("act")]
    assert conditional == ((number["q"],), (), (number["r"],))


def test_an_operator_with_alternatives_is_a_choice_of_actions() -> None:
    """Law: each way to make a disjunction true is an action of its own; all of them are the same step."""
    domain = Domain("alternatives")
    domain.add(
        Operator("act", precondition=Or((Atom("p"), Atom("q"))), effect=Atom("r")),
        Operator("make_p", effect=Atom("p")),
        Operator("make_q", effect=Atom("q")),
    )
    domain.predicates |= dict.fromkeys("pqr", ())
    found = grounded(domain.problem(tasks=["make_p", "make_q", "act"], state=[]))
    assert [found.action(i).name for i in range(found.actions)].count("act") == 2
    assert found.method_origins.count(None) == 2


def test_equal_and_unequal_terms_are_resolved() -> None:
    """Law: instances differ where they must, and are equal where they must."""
    domain = Domain("equal")
    domain.add(Operator("swap", (X, Y), Not(Equal("?x", "?y")), Atom("swapped", ("?x", "?y"))))
    domain.add(Operator("same", (X, Y), Equal("?x", "?y"), Atom("seen", ("?x",))))
    domain.predicates |= {"swapped": (X, Y), "seen": (X,)}
    domain.task("all")
    subtasks = TaskNetwork((Subtask("0", "swap", ("?x", "?y")), Subtask("1", "same", ("?x", "?y2"))), (("0", "1"),))
    domain.add(Method("both", (X, Y, Parameter("?y2")), "all", network=subtasks))
    found = grounded(domain.problem(objects={"object": ["a", "b"]}, state=[], tasks=["all"]))
    assert sorted(str(found.action(i)) for i in range(found.actions)) == [
        "(same a a)",
        "(same b b)",
        "(swap a b)",
        "(swap b a)",
    ]


def test_what_cannot_be_done_even_without_deletes_is_no_plan() -> None:
    """Law: a goal that nothing makes true is found out by grounding alone."""
    problem = city().problem(
        objects={"place": list("abc"), "car": ["red"]}, state=["at red a", "road a b"], tasks=["go red c"]
    )
    with pytest.raises(NoPlan, match="even if nothing"):
        grounded(problem)
    with pytest.raises(NoPlan):
        grounded(replace(problem, network=TaskNetwork((), ()), goal=Atom("at", ("red", "c"))))


def test_a_condition_without_variables_that_nothing_brings_about_is_no_plan() -> None:
    """Law: what only an action that the tasks do not lead to would make true never is."""
    domain = Domain("closed")
    domain.operator("use", preconditions=["data"], effects=["not data"])
    domain.operator("make", effects=["data"])
    grounded(domain.problem(tasks=["make", "use"], state=[]))
    with pytest.raises(NoPlan):
        grounded(domain.problem(tasks=["use"], state=[]))


@pytest.mark.parametrize("deadline", [Deadline.after(0), Deadline.after(60, memory=1)])
def test_limits_are_kept(deadline: Deadline) -> None:
    """Law: grounding ends where time or memory does."""
    problem = city().problem(objects={"place": ["a"], "car": ["red"]}, state=["at red a"], tasks=["go red a"])
    with pytest.raises(PlanningTimeout):
        ground(normalise(problem), deadline)
