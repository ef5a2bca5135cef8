"""What a plan's order comes to: its critical path, how wide it is, and how long it takes with so many workers."""

from __future__ import annotations

from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw


@st.composite
def orders(draw: st.DrawFn, most: int = 6) -> pw.Plan:
    """A plan of a few steps, its orderings given by pairs and by links, the steps named in any order."""
    count = draw(st.integers(0, most))
    names = [f"s{i}" for i in draw(st.permutations(range(count)))]
    pairs = [(names[i], names[j]) for j in range(count) for i in range(j) if draw(st.integers(0, 2)) == 0]
    steps = tuple(pw.Step(name, name, duration=draw(st.sampled_from([None, 0, 1, 2, 3, 0.5]))) for name in names)
    by_link = [draw(st.booleans()) for _ in pairs]
    links = [
        pw.CausalLink(one, pw.Fact("f"), two) for (one, two), is_link in zip(pairs, by_link, strict=True) if is_link
    ]
    links += [pw.CausalLink(None, pw.Fact("f"), name) for name in names[:1]]
    orderings = [pair for pair, is_link in zip(pairs, by_link, strict=True) if not is_link]
    return pw.Plan("p", steps, tuple(links), tuple(orderings))


def length(step: pw.Step) -> float:
    return 1.0 if step.duration is None else step.duration


def reaches(plan: pw.Plan) -> set[tuple[str, str]]:
    """Which step comes before which, directly or not."""
    pairs = set(plan.orderings) | {(link.producer, link.consumer) for link in plan.links if link.producer}
    while True:
        more = {(one, four) for one, two in pairs for three, four in pairs if two == three} - pairs
        if not more:
            return pairs
        pairs |= more


def shortest(plan: pw.Plan, workers: int) -> float:
    """The makespan of a best schedule, by brute force: every order in which free workers may be given steps."""
    before = reaches(plan)
    best = float("inf")
    for some in permutations(plan.steps):
        if any((two.id, one.id) in before for one, two in combinations(some, 2)):
            continue
        free = [0.0] * workers
        ends: dict[str, float] = {}
        for step in some:
            earliest = max((ends[one] for one, two in before if two == step.id), default=0.0)
            worker = min(range(workers), key=lambda i: max(free[i], earliest))
            ends[step.id] = free[worker] = max(free[worker], earliest) + length(step)
        best = min(best, max(ends.values(), default=0.0))
    return best


@given(orders(5), st.integers(1, 3))
def test_a_schedule_is_one_and_lies_within_its_bounds(plan: pw.Plan, workers: int) -> None:
    """Law: steps wait for what they need, no more run than workers, and bound <= best <= makespan <= (2 - 1/k) best."""
    found = plan.schedule(workers)
    assert set(found.starts) == {step.id for step in plan.steps}
    ends = {step.id: found.starts[step.id] + length(step) for step in plan.steps}
    assert all(ends[one] <= found.starts[two] for one, two in reaches(plan))
    for moment in found.starts.values():
        assert sum(found.starts[one] <= moment < ends[one] for one in ends) <= min(workers, found.busiest)
    assert found.makespan == max(ends.values(), default=0.0)
    best = shortest(plan, workers)
    assert found.bound <= best + 1e-9 and best <= found.makespan + 1e-9 <= (2 - 1 / workers) * best + 2e-9
    assert not found.is_shortest or found.makespan == pytest.approx(best)


@given(orders())
def test_the_critical_path_is_a_longest_chain(plan: pw.Plan) -> None:
    """Law: its steps follow each other, no chain is longer, and a worker for each step takes just as long."""
    before = reaches(plan)
    path = plan.critical_path()
    assert all((one.id, two.id) in before for one, two in combinations(path, 2))
    chains = [
        some
        for count in range(len(plan.steps) + 1)
        for some in combinations(plan.steps, count)
        if all((one.id, two.id) in before or (two.id, one.id) in before for one, two in combinations(some, 2))
    ]
    assert sum(map(length, path)) == max(sum(map(length, chain)) for chain in chains)
    found = plan.schedule()
    assert found.makespan == found.bound == sum(map(length, path)) and found.is_shortest


@given(orders())
def test_the_width_is_that_of_a_widest_antichain(plan: pw.Plan) -> None:
    """Law: so many steps can be named none of which waits for another, and not one more."""
    before = reaches(plan)
    antichains = [
        some
        for count in range(len(plan.steps) + 1)
        for some in combinations(plan.steps, count)
        if not any((one.id, two.id) in before or (two.id, one.id) in before for one, two in combinations(some, 2))
    ]
    assert plan.width == max(map(len, antichains))
    assert plan.schedule(durations=dict.fromkeys([step.name for step in plan.steps], 1)).busiest <= plan.width


def test_who_is_free_takes_the_step_with_the_longest_path_behind_it() -> None:
    """Law: a long chain begins before short steps, when the plan begins and later on."""
    steps = tuple(pw.Step(name, name) for name in ("first", "short", "brief", "one", "two", "three"))
    row = (("first", "one"), ("one", "two"), ("two", "three"), ("first", "short"), ("first", "brief"))
    found = pw.Plan("p", steps, orderings=row).schedule(2)
    assert found.makespan == 4 and found.is_shortest and found.starts["one"] == 1


def chain(count: int) -> pw.Plan:
    """Steps in a row."""
    steps = tuple(pw.Step(f"s{i}", "s") for i in range(count))
    return pw.Plan("row", steps, orderings=tuple((f"s{i}", f"s{i + 1}") for i in range(count - 1)))


def test_long_plans_are_no_trouble() -> None:
    """Law: nothing here recurses: a chain of thousands of steps, and as many side by side."""
    row = chain(5_000)
    assert len(row.critical_path()) == 5_000 and row.width == 1 and row.schedule(3).makespan == 5_000
    wide = pw.Plan("wide", row.steps)
    assert len(wide.critical_path()) == 1 and wide.width == 5_000
    assert (wide.schedule(8).makespan, wide.schedule(8).bound, wide.schedule(8).busiest) == (625, 625, 8)


def test_durations_are_told_by_name_or_by_a_function_or_by_the_plan() -> None:
    """Law: what the caller says comes first, then what the plan says; a step of which nobody says it takes 1."""
    steps = (pw.Step("a", "load", duration=5), pw.Step("b", "drive"), pw.Step("c", "load", ("x",), duration=5))
    plan = pw.Plan("p", steps, orderings=(("a", "b"), ("b", "c")))
    assert plan.schedule().makespan == 11
    assert plan.schedule(durations={"drive": 10}).makespan == 20
    assert plan.schedule(durations=lambda step: len(step.arguments)).makespan == 1
    assert [step.id for step in plan.critical_path({"load": 0, "drive": 0})] == ["a", "b", "c"]


@pytest.mark.parametrize("workers", [0, -1, 1.5, True, "2"])
def test_workers_are_counted(workers: object) -> None:
    """Law: what is no number of workers is refused, with the mend."""
    with pytest.raises(pw.DefinitionError, match="a plan cannot be done by") as caught:
        chain(2).schedule(workers)  # type: ignore[arg-type]
    assert caught.value.mend == "use a whole number from 1, or None for as many as can work"


@pytest.mark.parametrize("duration", [-1, float("nan"), float("inf"), "long", True])
def test_durations_are_numbers(duration: object) -> None:
    """Law: what is no duration is refused, and the step is named."""
    with pytest.raises(pw.DefinitionError, match="the step 's0' cannot take"):
        chain(2).schedule(durations={"s": duration})  # type: ignore[dict-item]


def test_what_is_no_order_is_refused() -> None:
    """Law: steps that wait for each other, and steps that are not there, are named."""
    with pytest.raises(pw.CycleError) as caught:
        pw.Plan("p", chain(3).steps, orderings=(("s0", "s1"), ("s1", "s2"), ("s2", "s1"))).critical_path()
    assert sorted(caught.value.cycle) == ["s1", "s2"]
    with pytest.raises(pw.UnknownNameError, match="'s7'"):
        assert pw.Plan("p", chain(3).steps, orderings=(("s0", "s7"),)).width
