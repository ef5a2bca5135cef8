"""The progression planner: plans are valid, it says that there is none only where there is none, limits are kept."""

from __future__ import annotations

import importlib.util
from array import array
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice, pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.domain import Domain
from planweave.planners.htn.errors import NoPlan, PlanningTimeout
from planweave.planners.htn.formula import And, Atom, Not, Parameter, When
from planweave.planners.htn.ground.ground import ground
from planweave.planners.htn.ground.grounded import Grounded
from planweave.planners.htn.links import plan_of
from planweave.planners.htn.model import Method, Operator, Problem, Subtask, TaskNetwork
from planweave.planners.htn.normal import normalise
from planweave.planners.htn.progression import explorer as explorers
from planweave.planners.htn.progression import room as rooms
from planweave.planners.htn.progression.explorer import Explorer, scratch_of
from planweave.planners.htn.progression.foresight import foresight_of
from planweave.planners.htn.progression.heap import pop, push
from planweave.planners.htn.progression.planner import progression
from planweave.planners.htn.progression.relaxed import NEVER, explore, relaxed_plan
from planweave.planners.htn.progression.store import CELLS, NODES
from planweave.planners.htn.progression.tables import tables_of
from tests.planners.oracle import solutions
from tests.planners.tiny import loosened, mended, problems

SOON = 0.05
"""Seconds of processor time for problems so small that only what never ends takes as long."""
NEVER_OVER = Deadline()


@pytest.fixture(autouse=True, scope="module")
def patience() -> Iterator[None]:
    """Nothing is compiled, unless a test says so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explorers, "PATIENCE", 1 << 60)
        yield


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """What is compiled at its first use is: no deadline of a test is spent on that."""
    progression(row("ab", "ba", 2), deadline=Deadline.after(300))


def found(problem: Problem, seconds: float = SOON) -> str:
    """How the search ends: a plan that is one, none, or no answer in time."""
    try:
        solution = progression(problem, deadline=Deadline.after(seconds))
    except NoPlan:
        return "none"
    except PlanningTimeout:
        return "late"
    plan_of(problem, solution)
    return "plan"


def in_order(network: TaskNetwork) -> TaskNetwork:
    return replace(network, orderings=tuple((a.id, b.id) for a, b in pairwise(network.subtasks)))


def totally_ordered(problem: Problem) -> Problem:
    """The problem with its subtasks in the order in which they are listed."""
    old = problem.domain
    domain = Domain(old.name)
    domain.types, domain.constants, domain.predicates = old.types, old.constants, old.predicates
    methods = [replace(one, network=in_order(one.network)) for one in old.methods.values()]
    domain.add(*old.operators.values(), *old.tasks.values(), *methods)
    return replace(problem, domain=domain, network=in_order(problem.network))


@st.composite
def ordered_problems(draw: st.DrawFn) -> Problem:
    """Totally ordered problems, half of them with a plan."""
    problem = totally_ordered(draw(problems()))
    if draw(st.booleans()):
        return problem
    some = sorted(islice(solutions(loosened(problem, orderings=False), tries=400), 60), key=lambda one: len(one.steps))
    assume(some)
    return mended(problem, some[-1 - draw(st.integers(0, min(len(some), 4) - 1))])


@settings(max_examples=120)
@given(problem=ordered_problems())
def test_what_it_says_of_ordered_problems_is_what_trying_everything_says(problem: Problem) -> None:
    """Law: where there is a plan, one is found; where none is found, there is none; what is found is one."""
    verdict = found(problem)
    solution = next(solutions(problem, tries=400), None)
    assert verdict == "plan" or solution is None


@settings(max_examples=100)
@given(problem=problems())
def test_what_it_says_of_partially_ordered_problems_is_true(problem: Problem) -> None:
    """Law: a plan that is found is one; that there is none is only said where trying everything finds none either."""
    if found(problem) == "none":
        assert next(solutions(problem, tries=400), None) is None


def row(order: str, wanted: str, places: int) -> Problem:
    """Letters in a row: so many neighbours at a time are moved round, again and again, until they stand as wanted."""
    domain = Domain("row")
    letters = [Parameter(f"?{i}", ("letter",)) for i in range(places)]
    spots = [Parameter(f"?s{i}", ("spot",)) for i in range(places)]
    domain.types |= {"letter": ("object",), "spot": ("object",)}
    domain.predicates |= {"at": (letters[0], spots[0]), "next": (spots[0], spots[1])}
    before = [Atom("at", (one.name, spot.name)) for one, spot in zip(letters, spots, strict=True)]
    after = [Atom("at", (one.name, spot.name)) for one, spot in zip(letters, [*spots[1:], spots[0]], strict=True)]
    nexts = [Atom("next", (one.name, two.name)) for one, two in pairwise(spots)]
    turn = Operator("turn", (*letters, *spots), And((*before, *nexts)), And((*map(Not, before), *after)))
    domain.add(turn)
    domain.task("sort")
    subtasks = (Subtask("0", "turn", tuple(one.name for one in turn.parameters)), Subtask("1", "sort"))
    domain.add(Method("once-more", turn.parameters, "sort", network=in_order(TaskNetwork(subtasks))))
    domain.method("enough", "sort", [])
    names = [f"s{i}" for i in range(len(order))]
    state = [f"at {letter} {name}" for letter, name in zip(order, names, strict=True)]
    return domain.problem(
        objects={"letter": sorted(order), "spot": names},
        state=[*state, *(f"next {one} {two}" for one, two in pairwise(names))],
        tasks=["sort"],
        goal=[f"at {letter} {name}" for letter, name in zip(wanted, names, strict=True)],
    )


def test_variables_that_are_chosen_late_are_bound_in_their_method() -> None:
    """Law: a decomposition tells the object of each variable, also of those that only one subtask has."""
    domain = Domain("pairs")
    x, y = Parameter("?x"), Parameter("?y")
    domain.predicates |= {"fit": (x, y), "free": (x,)}
    for name in ("left", "right"):
        domain.add(Operator(name, (x,), Atom("free", ("?x",)), Not(Atom("free", ("?x",)))))
    domain.task("both")
    subtasks = (Subtask("0", "left", ("?x",)), Subtask("1", "right", ("?y",)))
    domain.add(Method("pair", (x, y), "both", network=in_order(TaskNetwork(subtasks))))
    problem = domain.problem(objects={"object": ["a", "b"]}, state=["free a", "free b"], tasks=["both"])
    solution = progression(problem, deadline=Deadline.after(60))
    (choice,) = solution.choices
    assert choice.bindings == {"?x": solution.steps[0].arguments[0], "?y": solution.steps[1].arguments[0]}


def test_the_same_seed_gives_the_same_plan() -> None:
    """Law: equal inputs and seeds give equal solutions."""
    some = [progression(row("edcba", "abcde", 2), deadline=Deadline.after(60), seed=1) for _ in range(2)]
    assert some[0] == some[1]


def test_deletes_are_not_ignored() -> None:
    """Law: what is possible only if nothing is ever deleted is told to be impossible after all is tried."""
    assert found(row("abcd", "bacd", 3), 60) == "none", "three at a time, a swap of two is out of reach"
    assert found(row("abcd", "bcad", 3), 60) == "plan"


def explored(problem: Problem, deadline: Deadline = NEVER_OVER) -> tuple[Explorer, Grounded]:
    """An explorer of a problem that has not begun."""
    grounded = ground(normalise(problem), deadline)
    return Explorer(grounded, tables_of(grounded, foresight_of(grounded, deadline), deadline), deadline), grounded


def test_each_state_with_its_agenda_is_visited_once() -> None:
    """Law: there are as many nodes as pairs of a state and an agenda, and no two are equal."""
    explorer, _ = explored(row("abcd", "bacd", 3))
    assert explorer.run() is False
    store, words = explorer.store, explorer.tables.words
    nodes = [(*store.state[node * words : (node + 1) * words], store.cell[node]) for node in range(store.count[NODES])]
    assert len(set(nodes)) == len(nodes) == 1 + 2 * 12, "the start; each even permutation with a turn begun or not"
    cells = [(store.cell_task[cell], store.cell_next[cell]) for cell in range(store.count[CELLS])]
    assert len(set(cells)) == len(cells)


def test_growing_forgets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: a search in little room that grows makes the same nodes as one in much room."""
    much, _ = explored(row("abcde", "bacde", 3))
    assert much.run() is False
    monkeypatch.setattr(explorers, "FIRST", 4)
    little, _ = explored(row("abcde", "bacde", 3))
    assert little.run() is False
    nodes = much.store.count[NODES]
    assert nodes == little.store.count[NODES] == 1 + 2 * 60
    for one, other in (("cell", 1), ("parent", 1), ("choice", 1), ("state", much.tables.words)):
        assert getattr(much.store, one)[: nodes * other] == getattr(little.store, one)[: nodes * other]


def long_chain(steps: int) -> Problem:
    """One task that is done without any choice, by two tasks in each of so many steps."""
    domain = Domain("chain")
    domain.operator("step_0", effects=["done_0"])
    domain.task("task_0")
    domain.method("do_0", "task_0", ["step_0"])
    for i in range(1, steps):
        domain.operator(f"step_{i}", preconditions=[f"done_{i - 1}"], effects=[f"done_{i}"])
        domain.task(f"task_{i}")
        domain.method(f"do_{i}", f"task_{i}", [f"task_{i - 1}", f"step_{i}"])
    return domain.problem(tasks=[f"task_{steps - 1}"], state=[])


@pytest.mark.parametrize(("forced", "tasks"), [(5000, 1024), (3, 1024), (5000, 1), (1, 1)])
def test_what_leaves_no_choice_may_take_long(monkeypatch: pytest.MonkeyPatch, forced: int, tasks: int) -> None:
    """Law: where forced tasks are cut into several nodes, the plan is the same."""
    monkeypatch.setattr(rooms, "FORCED", forced)
    monkeypatch.setattr(explorers, "TASKS", tasks)
    problem = long_chain(12)
    plan = plan_of(problem, progression(problem, deadline=Deadline.after(60)))
    assert [step.name for step in plan.steps] == [f"step_{i}" for i in range(12)]
    assert found(row("dcba", "abcd", 2), 60) == "plan"
    assert found(row("abcd", "bacd", 3), 60) == "none"


def test_all_effects_of_an_action_see_the_state_before_it() -> None:
    """Law: an effect with a condition does not see what the same action changes."""
    domain = Domain("flip")
    domain.predicates |= {"on": (), "was_on": ()}
    flip = And((When(Atom("on"), And((Not(Atom("on")), Atom("was_on")))), When(Not(Atom("on")), Atom("on"))))
    domain.add(Operator("flip", effect=flip))
    for flips, goal, verdict in (
        (1, ["on"], "plan"),
        (1, ["was_on"], "none"),
        (2, ["was_on", "not on"], "plan"),
        (2, ["on"], "none"),
        (3, ["on", "was_on"], "plan"),
    ):
        assert found(domain.problem(tasks=["flip"] * flips, state=[], goal=goal), 60) == verdict


@given(items=st.lists(st.integers(0, 9), max_size=30))
def test_a_heap_gives_the_least_first(items: list[int]) -> None:
    """Law: what is pushed is popped in order."""
    heap, size = array("q", bytes(8 * len(items) + 8)), 0
    for item in items:
        size = push(heap, size, item)
    popped = []
    while size:
        popped.append(heap[0])
        size = pop(heap, size)
    assert popped == sorted(items)


# ---------------------------------------------------------------------- estimates


def layers_of(grounded: Grounded) -> int:
    """After how many layers the top task may be done, by the definition: sets that grow until nothing is new."""
    facts, begun, done = set(grounded.initial), {grounded.top}, set[int]()
    for layer in count():
        before = -1
        while len(begun) + len(done) != before:
            before = len(begun) + len(done)
            for head, needed, parts in zip(grounded.heads, grounded.requirements, grounded.subtasks, strict=True):
                if head in begun and facts.issuperset(needed):
                    ahead = next((i for i, part in enumerate(parts) if part not in done), len(parts))
                    if ahead < len(parts):
                        begun.add(parts[ahead])
                    else:
                        done.add(head)
        if grounded.top in done:
            return layer
        able = {one for one in begun if one < grounded.actions and facts.issuperset(grounded.conditions[one])}
        true = {
            fact
            for one in able
            for effect in grounded.effects[one]
            if not effect.condition or (one in done and facts.issuperset(effect.condition))
            for fact in effect.sets
        }
        if able <= done and true <= facts:
            return NEVER
        done |= able
        facts |= true
    raise AssertionError


def at_the_start(problem: Problem) -> tuple[int, int]:
    """The layers until the first node's agenda may be done, and the rules of its relaxed plan."""
    explorer, grounded = explored(problem)
    tables, scratch = explorer.tables, scratch_of(explorer.tables)
    state = explorer.store.state[: tables.words]
    layers = explore(tables, scratch, state, 0, [grounded.top], [-1])
    assert layers == layers_of(grounded)
    return layers, relaxed_plan(tables, scratch, 0, [grounded.top], [-1]) if layers < NEVER else 0


@settings(max_examples=100)
@given(problem=ordered_problems())
def test_layers_are_what_their_definition_says(problem: Problem) -> None:
    """Law: what is reached in which layer is what sets that grow until nothing is new say."""
    try:
        layers, rules = at_the_start(problem)
    except NoPlan:
        return
    assert layers == NEVER or rules >= layers


def test_what_can_only_be_done_in_another_order_is_not_estimated_possible() -> None:
    """Law: a task that needs what only a later one brings cannot be done, though nothing is ever deleted."""
    domain = Domain("order")
    domain.operator("use", preconditions=["data"], effects=["used"])
    domain.operator("bring", effects=["data"])
    domain.task("early")
    domain.task("late")
    domain.method("first_use", "early", ["use", "bring"])
    domain.method("first_bring", "late", ["bring", "use"])
    assert at_the_start(domain.problem(tasks=["early"], state=[]))[0] == NEVER
    assert at_the_start(domain.problem(tasks=["late"], state=[])) == (2, 4)
    assert at_the_start(domain.problem(tasks=["late", "early"], state=[])) == (2, 5)


def test_a_relaxed_plan_has_what_is_needed_and_nothing_else() -> None:
    """Law: where there is one way only, the relaxed plan has each action and each method once."""
    assert at_the_start(long_chain(5)) == (5, 5 + 5 + 1)


# ---------------------------------------------------------------------- limits


@pytest.mark.parametrize("deadline", [Deadline.after(0), Deadline.after(60, memory=1)])
def test_limits_are_kept(deadline: Deadline) -> None:
    """Law: the search ends where time or memory does."""
    with pytest.raises(PlanningTimeout):
        progression(row("ba", "ab", 2), deadline=deadline)


def test_what_was_done_is_told_when_time_is_up() -> None:
    """Law: the error carries how many nodes there are."""
    with pytest.raises(PlanningTimeout) as caught:
        progression(row("abcdefg", "bacdefg", 3), deadline=Deadline.after(0.5))
    assert caught.value.statistics["nodes"] >= caught.value.statistics["expanded"] > 0


class Stingy(Deadline):
    """Time is never over, but no more memory is to be had."""

    def check(self, doing: str, *, more: int = 0, work: int = 1) -> None:
        if more > 0:
            raise PlanningTimeout(f"{doing} wants {more} bytes")


def test_room_is_not_taken_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: before a store grows, it is asked whether memory allows it, for as much as it then takes."""
    monkeypatch.setattr(explorers, "FIRST", 8)
    _, grounded = explored(row("abcde", "bacde", 3))
    explorer = Explorer(grounded, tables_of(grounded, foresight_of(grounded, NEVER_OVER), NEVER_OVER), Stingy())
    with pytest.raises(PlanningTimeout) as caught:
        explorer.run()
    assert explorer.store.count[NODES] == 8
    assert int(caught.value.what.split()[2]) >= 8 * (4 * explorer.tables.words + 20)


# ---------------------------------------------------------------------- compiled


@pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="the extra `fast` is not installed")
def test_compiled_loops_do_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: with numba the search makes the same nodes in the same order."""
    plain, _ = explored(row("abcde", "bacde", 3))
    assert plain.run() is False
    monkeypatch.setattr(explorers, "PATIENCE", 0)
    monkeypatch.setattr(explorers, "FIRST", 16)
    fast, _ = explored(row("abcde", "bacde", 3))
    assert fast.run() is False
    assert fast.is_compiled and not plain.is_compiled
    nodes = plain.store.count[NODES]
    assert fast.store.count[NODES] == nodes
    assert list(plain.store.state[:nodes]) == list(fast.store.state[:nodes])
    assert list(plain.store.choice[:nodes]) == list(fast.store.choice[:nodes])
