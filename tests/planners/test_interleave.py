"""The interleaving search: complete where linearising is not; its plans are valid, NoPlan is said where it is so."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.domain import Domain
from planweave.planners.htn.errors import NoPlan, PlanningTimeout
from planweave.planners.htn.formula import And, Atom, Not, When
from planweave.planners.htn.ground.ground import ground
from planweave.planners.htn.ground.grounded import Effect
from planweave.planners.htn.interleave.bestfirst import BestFirst
from planweave.planners.htn.interleave.depthfirst import DepthFirst
from planweave.planners.htn.interleave.masks import Masks, act_of, bits
from planweave.planners.htn.interleave.measures import Measures
from planweave.planners.htn.interleave.moves import Moves, Situation
from planweave.planners.htn.interleave.mutex import mutexes
from planweave.planners.htn.interleave.network import (
    PARALLEL,
    SERIES,
)
from planweave.planners.htn.interleave.networks import EMPTY
from planweave.planners.htn.interleave.outlook import Outlook
from planweave.planners.htn.interleave.planner import interleaved
from planweave.planners.htn.interleave.profile import Profiles, traffic
from planweave.planners.htn.interleave.search import Guide
from planweave.planners.htn.links import plan_of
from planweave.planners.htn.model import Operator, Problem
from planweave.planners.htn.normal import normalise
from tests.planners.oracle import solutions
from tests.planners.tiny import problems

CHECKS = 400
"""How often the deadline of a search is asked before it is over: counted, so that no machine is too slow."""


def counted(checks: int = CHECKS) -> Deadline:
    """A deadline that is over after so many checks."""
    left = iter(range(checks))

    def pause() -> None:
        if next(left, None) is None:
            raise PlanningTimeout("enough")

    return replace(Deadline(), pause=pause)


def steps(problem: Problem, seed: int = 0) -> list[str]:
    """The names of the steps of a plan that has been verified."""
    solution = interleaved(problem, deadline=counted(), seed=seed)
    plan_of(problem, solution)
    return [step.name for step in solution.steps]


# ---------------------------------------------------------------------- the whole


@settings(max_examples=100)
@given(problem=problems(), seed=st.integers(0, 2))
def test_it_finds_what_brute_force_finds(problem: Problem, seed: int) -> None:
    """Law: a plan that is found is valid; where trying everything finds a solution, a plan is found."""
    try:
        plan_of(problem, interleaved(problem, deadline=counted(), seed=seed))
    except (NoPlan, PlanningTimeout):
        assert next(solutions(problem, tries=300), None) is None


def ping_pong(*, returns: bool = True) -> Problem:
    """Two tasks of two steps, each of which needs the step of the other that comes before it."""
    domain = Domain("ping-pong")
    domain.operator("ping", preconditions=["ready"], effects=["not ready", "ball_there"])
    domain.operator("pong", preconditions=["ball_there"], effects=["not ball_there", "ball_here"])
    domain.operator(
        "catch", preconditions=["ball_here"], effects=["not ball_here", "caught"] if returns else ["caught"]
    )
    domain.operator("bow", preconditions=["caught", "not ball_here"], effects=["bowed"])
    for name, some in (("one", ["ping", "catch"]), ("other", ["pong", "bow"])):
        domain.task(name)
        domain.method(f"do_{name}", name, some)
    return domain.problem(tasks=["one", "other"], state=["ready"], ordered=False)


def test_tasks_alternate_where_they_need_each_other() -> None:
    """Law: a plan that no order of whole tasks gives is found."""
    assert steps(ping_pong()) == ["ping", "pong", "catch", "bow"]


def test_there_is_no_plan_where_no_order_of_steps_will_do() -> None:
    """Law: where there are finitely many situations it is proved that none leads to the end."""
    problem = ping_pong(returns=False)
    assert next(solutions(problem), None) is None
    with pytest.raises(NoPlan, match="every way to do its tasks has been tried"):
        interleaved(problem, deadline=counted())


def test_a_condition_of_a_method_may_hold_long_before_its_first_step() -> None:
    """Law: a method's precondition is checked before its first step; others may be done in between."""
    domain = Domain("door")
    domain.operator("close", effects=["not open"])
    domain.operator("paint", preconditions=["not open"], effects=["painted"])
    domain.task("renovate")
    domain.method("from_inside", "renovate", ["paint"], preconditions=["open"])
    problem = domain.problem(tasks=["renovate", "close"], state=["open"], ordered=False)
    assert steps(problem) == ["close", "paint"]


def test_a_task_that_vanishes_holds_nobody_up() -> None:
    """Law: a task with nothing to do is decomposed wherever it stands, in what was begun as well."""
    domain = Domain("idle")
    domain.operator("first", effects=["a"])
    domain.operator("second", preconditions=["a"], effects=["b"])
    for name in ("rest", "work", "all"):
        domain.task(name)
    domain.method("do_nothing", "rest", [])
    domain.method("do_second", "work", ["rest", "second", "rest"])
    domain.method("do_all", "all", ["work", "first", "rest"], ordered=False)
    assert steps(domain.problem(tasks=["all", "rest"], state=[], ordered=False, goal=["b"])) == ["first", "second"]


def test_a_choice_names_the_object_of_every_variable() -> None:
    """Law: a variable that one subtask alone has stands in the choice of the method that it is a variable of."""
    domain = Domain("courier")
    domain.types.update(thing=("object",), clerk=("object",))
    domain.operator("take", ["?what - thing"], effects=["taken"])
    domain.operator("sign", ["?who - clerk"], effects=["signed"])
    domain.task("deliver", ["?what - thing"])
    variables = ["?what - thing", "?who - clerk"]
    domain.method("by_hand", "deliver ?what", ["take ?what", "sign ?who"], parameters=variables)
    objects = {"thing": ["book"], "clerk": ["ann", "bob"]}
    solution = interleaved(domain.problem(objects=objects, tasks=["deliver book"], state=[]), deadline=counted())
    (choice,) = solution.choices
    (sign,) = [step for step in solution.steps if step.name == "sign"]
    assert choice.bindings == {"?what": "book", "?who": sign.arguments[0]}
    assert choice.children == (0, 1)


def test_the_same_seed_gives_the_same_plan() -> None:
    """Law: chance is seeded."""
    problem = correspondence(["a", "bb", "ab"], ["ba", "b", "a"])
    for seed in range(3):
        one, two = (interleaved(problem, deadline=counted(), seed=seed) for _ in range(2))
        assert one == two


def test_limits_are_kept_and_told() -> None:
    """Law: where time or memory is over it says so, and what has been done."""
    problem = correspondence(["aa", "ba"], ["a", "aab"])  # letters left over for ever
    with pytest.raises(PlanningTimeout, match="time") as caught:
        interleaved(problem, deadline=Deadline.after(0.3))
    assert caught.value.statistics["best first"] > 0
    assert caught.value.statistics["depth first"] > 0
    with pytest.raises(PlanningTimeout, match="memory"):
        interleaved(problem, deadline=Deadline.after(memory=1))


# ---------------------------------------------------------------------- what is compared from the back


def correspondence(tops: list[str], bottoms: list[str]) -> Problem:
    """Two tasks that write the same word: the one by its tops, the other by its bottoms, of the same tiles.

    The tiles are told first, by turns, then the letters of all of them, those of the last tile first: the post
    correspondence problem (E. Post, 1946), as a partially ordered problem.
    """
    domain = Domain("correspondence")
    letters = sorted({letter for word in (*tops, *bottoms) for letter in word})
    for sign in (*letters, *(f"tile{i}" for i in range(len(tops)))):
        domain.operator(f"say_{sign}", preconditions=["mine"], effects=["not mine", "yours", f"said_{sign}"])
        effects = ["not yours", "mine", f"not said_{sign}"]
        domain.operator(f"hear_{sign}", preconditions=["yours", f"said_{sign}"], effects=effects)
    for task, does, words in (("top", "say", tops), ("bottom", "hear", bottoms)):
        domain.task(task)
        for i, word in enumerate(words):
            ends = [f"{does}_{letter}" for letter in word]
            domain.method(f"{task}_{i}", task, [f"{does}_tile{i}", *ends])
            domain.method(f"{task}_{i}_more", task, [f"{does}_tile{i}", task, *ends])
    return domain.problem(tasks=["top", "bottom"], state=["mine"], goal=["mine"], ordered=False)


def test_words_correspond() -> None:
    """Law: both tasks write the same word of the same tiles."""
    found = steps(correspondence(["ab", "b"], ["a", "bb"]))
    said, heard = ([one.split("_")[1] for one in found if one.startswith(who)] for who in ("say", "hear"))
    assert said == heard
    assert sum(one.startswith("tile") for one in said) == 2


class Parts:
    """All that a search of a problem needs."""

    def __init__(self, problem: Problem) -> None:
        self.deadline = counted()
        self.masks = Masks(ground(normalise(problem), self.deadline), self.deadline)
        self.mutexes = mutexes(self.masks, self.deadline)
        self.profiles = Profiles(self.masks, self.mutexes, self.deadline)
        self.measures = Measures(self.masks, self.profiles)
        self.guide = Guide(self.masks, self.measures, Outlook(self.masks))

    def moves(self, *, keeps_current: bool = False) -> Moves:
        return Moves(self.masks, self.profiles, self.measures, self.mutexes, keeps_current=keeps_current)

    def best_first(self) -> BestFirst:
        return BestFirst(self.moves(), self.guide, self.deadline)

    def depth_first(self, interruptions: int, largest: int = 1000) -> DepthFirst:
        moves = self.moves(keeps_current=True)
        return DepthFirst(moves, self.guide, self.deadline, interruptions=interruptions, largest=largest)


def test_ends_that_differ_are_seen_before_they_are_reached() -> None:
    """Law: what two tasks must agree on at their ends is compared when it is there, so wrong words do not add up."""
    search = Parts(correspondence(["ab", "ba", "b"], ["a", "bb", "ab"])).best_first()
    while (found := search.run(50)) is None and search.expanded < 1000:
        continue
    assert found is not None
    assert search.expanded < 100


def crowd() -> tuple[Parts, dict[str, int], dict[str, int]]:
    """A problem with many tasks side by side, and the numbers of its actions and facts."""
    domain = Domain("crowd")
    domain.operator("last", preconditions=["c"], effects=["not c", "d"])
    domain.operator("late", preconditions=["d"], effects=["f"])
    domain.operator("use", preconditions=["q"], effects=["not d"])
    domain.operator("make", effects=["q", "not d"])
    domain.operator("idle", effects=["not d"])
    domain.operator("turn", effects=["f", "not c", "not d"])
    names = ["last", "late", "use", "make", "idle", "turn"]
    parts = Parts(domain.problem(tasks=names, state=["c"], ordered=False, goal=["f", "d"]))
    grounded = parts.masks.grounded
    actions = {grounded.action(i).name: i for i in range(grounded.actions)}
    return parts, actions, {fact.predicate: i for i, (fact, truth) in enumerate(grounded.facts) if truth}


def test_what_must_hold_together_and_cannot_is_a_dead_end() -> None:
    """Law: where a task must be last and what it needs is mutex with what else is wanted, nothing is left to do."""
    parts, actions, facts = crowd()
    networks = parts.masks.networks
    wanted = 1 << facts["f"] | 1 << facts["d"]
    state = parts.masks.initial | 1 << facts["q"]
    for others, is_dead in (("make use turn", True), ("make use late", False)):
        network = networks.parallel([networks.leaf(actions[name]) for name in ("last", *others.split())])
        assert (parts.moves().settled(Situation(state, network, wanted), []) is None) is is_dead


def test_what_is_needed_and_nobody_brings_is_a_dead_end() -> None:
    """Law: a situation is given up where something is needed, or wanted, that does not hold and nobody makes true."""
    parts, actions, facts = crowd()
    networks = parts.masks.networks

    def is_dead(names: str, wanted: int) -> bool:
        network = networks.parallel([networks.leaf(actions[name]) for name in names.split()])
        return parts.moves().settled(Situation(parts.masks.initial, network, wanted), []) is None

    assert is_dead("use idle turn", 0)
    assert not is_dead("use idle make turn", 0)
    assert is_dead("idle make turn", 1 << facts["d"])


def test_traffic_is_what_is_needed_from_outside() -> None:
    """Law: one after the other, what comes before may bring what is needed; side by side, whatever else there is."""
    first, both, other = (0b01, 0b10), (0b10, 0b10), (0b100, 0b1)
    assert traffic(SERIES, [first, both, other]) == (0b101, 0b11)
    assert traffic(SERIES, [other, both, first]) == (0b110, 0b11)
    assert traffic(PARALLEL, [first, both, other]) == (0b100, 0b11)
    assert traffic(PARALLEL, [both, other]) == (0b110, 0b11)
    assert traffic(PARALLEL, [both, both, other]) == (0b100, 0b11)


def test_what_happens_under_a_condition_is_not_certain() -> None:
    """Law: an action that spoils something in some states only may come last, and both may hold after it."""
    domain = Domain("maybe")
    domain.predicates.update(dict.fromkeys(("hot", "milk", "tea"), ()))
    sour = When(Atom("hot"), Not(Atom("milk")))
    domain.add(Operator("brew", effect=And((Atom("tea"), sour))), Operator("heat", effect=Atom("hot")))
    domain.operator("pour", preconditions=["not tea"], effects=["milk"])
    domain.operator("enjoy", preconditions=["hot", "tea"])
    tasks = ["pour", "brew", "heat", "enjoy"]
    orderings = list(pairwise(tasks))
    for name in ("rinse", "wipe"):  # so that there is a choice at the front, and none at the back
        domain.operator(name, effects=["not tea"])
        tasks.append(name)
    found = steps(domain.problem(tasks=tasks, orderings=orderings, state=[], goal=["milk", "tea"]))
    assert [name for name in found if name in tasks[:4]] == tasks[:4]


# ---------------------------------------------------------------------- searches


def test_what_is_begun_is_brought_to_its_end_first() -> None:
    """Law: without interruptions, one task is done after the other; it is said that something was left out."""
    search = Parts(two_pairs()).depth_first(interruptions=0)
    assert search.run(1000) is False
    assert search.has_refused


def two_pairs() -> Problem:
    """Two pairs of tasks of which both must be begun before either can be ended."""
    domain = Domain("pairs")
    for one, other in ("ab", "ba", "cd", "dc"):
        domain.operator(f"begin_{one}", effects=[f"begun_{one}"])
        domain.operator(f"end_{one}", preconditions=[f"begun_{other}"], effects=[f"ended_{one}"])
        domain.task(f"task_{one}")
        domain.method(f"do_{one}", f"task_{one}", [f"begin_{one}", f"end_{one}"])
    return domain.problem(tasks=[f"task_{one}" for one in "abcd"], state=[], ordered=False)


@pytest.mark.parametrize("interruptions", [1, 2])
def test_so_many_interruptions_are_admitted(interruptions: int) -> None:
    """Law: with as many interruptions as it needs, a plan is found depth first."""
    search = Parts(two_pairs()).depth_first(interruptions)
    assert search.run(1000) is True


def test_what_was_reached_with_more_interruptions_is_looked_at_again() -> None:
    """Law: a situation that is reached with fewer interruptions than before leaves more of them: it counts as new."""
    search = Parts(two_pairs()).depth_first(interruptions=3)
    situation = Situation(0, EMPTY, 0)
    verdicts = []
    for search._now in (2, 2, 3, 1, 1, 2):
        verdicts.append(search._is_new(situation))
    assert verdicts == [True, False, False, True, False, False]


def test_networks_that_outgrow_a_size_are_refused() -> None:
    """Law: depth-first search refuses networks above a size, says so, and so comes to an end."""
    domain = Domain("growing")
    domain.operator("step", effects=["there"])
    domain.task("go")
    domain.method("first_more", "go", ["go", "step"])
    domain.method("at_last", "go", ["step"])
    parts = Parts(domain.problem(tasks=["go"], state=[], goal=["there"]))
    search = parts.depth_first(interruptions=0, largest=1)
    assert search.run(1000) is False
    assert search.has_refused
    assert parts.depth_first(interruptions=0, largest=10).run(1000) is True


def test_a_task_that_opens_itself_without_a_choice_is_no_trap() -> None:
    """Law: moves without a choice stop where the network grows, so that a search can turn to something else."""
    domain = Domain("trap")
    domain.operator("step", effects=["there"])
    domain.operator("allow", effects=["allowed", "admitted"])
    domain.task("go")
    domain.method("first_more", "go", ["go", "step"])
    domain.method("at_last", "go", ["step"], preconditions=["allowed"])
    domain.method("in_the_end", "go", ["step"], preconditions=["admitted"])
    parts = Parts(domain.problem(tasks=["go", "allow"], state=[]))
    top = parts.masks.networks.leaf(parts.masks.grounded.top)
    settled = parts.moves().settled(Situation(parts.masks.initial, top, 0), [])
    assert settled is not None
    assert parts.measures.size(settled.network) < 50
    assert parts.depth_first(interruptions=0, largest=200).run(1000) is False


def test_a_search_that_is_interrupted_goes_on_where_it_was() -> None:
    """Law: many short turns come to the same as one long one."""
    for kind in (Parts.best_first, lambda parts: parts.depth_first(interruptions=9)):
        one, other = (kind(Parts(correspondence(["ab", "ba", "b"], ["a", "bb", "ab"]))) for _ in range(2))
        assert one.run(1000)
        while other.run(1) is None:
            continue
        assert one.path() == other.path()
        assert one.expanded == other.expanded


# ---------------------------------------------------------------------- what is known beforehand


def reachable(masks: Masks) -> set[int]:
    """All states that actions lead to, whatever the hierarchy."""
    found = {masks.initial}
    left = [masks.initial]
    while left:
        state = left.pop()
        for action, act in enumerate(masks.acts):
            after = masks.after(state, action)
            if act.condition & ~state == 0 and after not in found:
                found.add(after)
                left.append(after)
    return found


@settings(max_examples=60)
@given(problem=problems())
def test_mutex_facts_never_hold_together(problem: Problem) -> None:
    """Law: no state that actions lead to holds two facts that are mutex."""
    try:
        masks = Masks(ground(normalise(problem), counted()), counted())
    except NoPlan:
        return
    known = mutexes(masks, counted())
    assert all(known[fact] & state == 0 for state in reachable(masks) for fact in bits(state))


def test_of_a_ball_that_is_somewhere_it_is_nowhere_else() -> None:
    """Law: facts of which actions exchange one for another are mutex."""
    parts = Parts(ping_pong())
    names = [fact.predicate if truth else f"not {fact.predicate}" for fact, truth in parts.masks.grounded.facts]
    here, there = names.index("ball_here"), names.index("ball_there")
    assert parts.mutexes[here] >> there & 1
    assert parts.mutexes[there] >> here & 1


@given(
    condition=st.integers(0, 15),
    state=st.integers(0, 15),
    effects=st.lists(st.tuples(st.sampled_from([0, 0, 1, 2]), st.integers(0, 15), st.integers(0, 15)), max_size=3),
)
def test_what_an_action_changes_is_bounded(condition: int, state: int, effects: list[tuple[int, int, int]]) -> None:
    """Law: after an action holds what it sets, not what it clears, and nothing else changes but what it may change."""
    state |= condition
    some = [Effect(*(tuple(bits(one)) for one in effect)) for effect in effects]
    act = act_of(tuple(bits(condition)), some)
    masks = Masks.__new__(Masks)
    masks.acts = [act]
    after = state
    for when, clears, sets in effects:
        if when & ~state == 0:
            after = after & ~clears | sets
    assert masks.after(state, 0) == after
    assert act.sets & ~after == 0 and act.clears & after == 0
    assert (after & ~state) & ~act.may_set == 0 and (state & ~after) & ~act.may_clear == 0


def test_profiles_tell_what_all_ways_have_in_common() -> None:
    """Law: of a task it is known what it needs at its beginning and at all, what it ends with, and its size."""
    domain = Domain("profile")
    domain.operator("unlock", preconditions=["key"], effects=["unlocked"])
    domain.operator("enter", preconditions=["unlocked", "light"], effects=["not unlocked", "inside"])
    domain.operator("wait", effects=["light"])
    domain.operator("find", effects=["key"])
    domain.task("visit")
    domain.method("at_once", "visit", ["unlock", "enter"])
    domain.method("later", "visit", ["unlock", "unlock", "unlock", "enter"])
    parts = Parts(domain.problem(tasks=["visit", "wait", "find"], state=[], ordered=False, goal=["inside"]))
    names = [fact.predicate for fact, _ in parts.masks.grounded.facts]
    grounded, profiles = parts.masks.grounded, parts.profiles
    (visit,) = {head for method, head in enumerate(grounded.heads) if grounded.head(method).name == "visit"}
    assert [names[fact] for fact in bits(profiles.begins[visit])] == ["key"]
    assert {names[fact] for fact in bits(profiles.needs[visit])} == {"key", "light"}
    assert [names[fact] for fact in bits(profiles.ends[visit])] == ["unlocked"]
    assert profiles.sizes[visit] == 3


def test_the_outlook_tells_how_far_a_task_is_from_being_done() -> None:
    """Law: a task costs what there is to do where nothing is deleted; one that cannot be done alone has no cost."""
    domain = Domain("road")
    for i in range(5):
        domain.operator(f"drive_{i}", preconditions=[f"at_{i}"], effects=[f"not at_{i}", f"at_{i + 1}"])
        domain.task(f"get_to_{i + 1}")
        domain.method(f"from_{i}", f"get_to_{i + 1}", [f"drive_{i}"])
        if i:
            domain.method(f"via_{i}", f"get_to_{i + 1}", [f"get_to_{i}", f"drive_{i}"])
    parts = Parts(domain.problem(tasks=["get_to_5"], state=["at_0"], ordered=False))
    grounded = parts.masks.grounded
    heads = {grounded.head(method).name: head for method, head in enumerate(grounded.heads)}
    for i in (1, 3, 5):
        scope = parts.guide.outlook.scope(heads[f"get_to_{i}"])
        assert scope is not None
        assert scope.cost(heads[f"get_to_{i}"], parts.masks.initial) == i + 1
        assert scope.cost(heads[f"get_to_{i}"], 0) is None
