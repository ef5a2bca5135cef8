"""A decomposition is read as an outline: everything once, in order of execution, recursions as lists."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planweave.engine.plan import Decomposition, Plan, Step
from planweave.planners.htn.links import plan_of
from planweave.planners.htn.model import Problem
from planweave.planners.htn.solution import Solution
from planweave.visualize.plan.fold import FOLDED, fold
from planweave.visualize.plan.outline import children_of, depths_of, homes_of
from planweave.visualize.plan.reading import read_outline
from tests.planners.tiny import solved
from tests.visualize.plans import loop, nested, plans, wide


def tasks_of(plan: Plan) -> Counter[str]:
    """The compound tasks of a plan, with their objects."""
    nodes = [node for task in plan.decomposition for node in task.walk() if node.step is None]
    return Counter(" ".join((node.name, *node.arguments)) for node in nodes)


@settings(max_examples=20)
@given(plans())
def test_every_step_and_every_task_stands_in_the_outline_once(plan: Plan) -> None:
    """Law: the entries are the steps, by id, and the compound tasks, and nothing else."""
    entries = read_outline(plan).entries
    assert Counter(one.key for one in entries if one.kind == "step") == Counter(step.id for step in plan.steps)
    assert Counter(one.label for one in entries if one.kind != "step") == tasks_of(plan)
    assert len({one.key for one in entries}) == len(entries)


@settings(max_examples=10)
@given(solved(rich=False))
def test_plans_that_planners_find_are_read_whole(found: tuple[Problem, Solution]) -> None:
    """Law: the same of plans that are made of solutions."""
    plan = plan_of(*found)
    entries = read_outline(plan).entries
    assert Counter(one.key for one in entries if one.kind == "step") == Counter(step.id for step in plan.steps)
    assert Counter(one.label for one in entries if one.kind != "step") == tasks_of(plan)


@settings(max_examples=20)
@given(plans())
def test_parts_stand_in_order_of_execution(plan: Plan) -> None:
    """Law: of two parts of a task that have steps, the one that begins first stands first, after their task."""
    entries = read_outline(plan).entries
    numbers = {step.id: number for number, step in enumerate(plan.steps)}
    assert all(one.span.first == numbers[one.key] for one in entries if one.kind == "step")
    assert all(one.parent < place for place, one in enumerate(entries))
    for some in children_of(entries):
        firsts = [entries[place].span.first for place in some if entries[place].span.steps]
        assert firsts == sorted(firsts)


@settings(max_examples=20)
@given(plans())
def test_a_span_counts_the_steps_below_it(plan: Plan) -> None:
    """Law: the span of a task is the number, the least and the greatest of its steps, but for those of later rounds."""
    entries = read_outline(plan).entries
    inside: list[list[int]] = [[] for _ in entries]
    homes = homes_of(entries)
    for place, one in enumerate(entries):
        above = place
        while one.kind == "step" and above >= 0:
            inside[above].append(one.span.first)
            above = homes[above]
    for one, numbers in zip(entries, inside, strict=True):
        assert one.span.steps == len(numbers)
        assert not numbers or (one.span.first, one.span.last) == (min(numbers), max(numbers))


def test_a_step_that_no_task_holds_stands_alone() -> None:
    """Law: a plan without a decomposition is a list of its steps."""
    outline = read_outline(Plan("p", (Step("a", "go", ("home",)), Step("b", "stop"))))
    assert [(one.label, one.kind, one.parent) for one in outline.entries] == [
        ("go home", "step", -1),
        ("stop", "step", -1),
    ]
    assert outline.subtitle == "2 steps"


def test_tasks_without_steps_are_told_apart() -> None:
    """Law: a task whose method asks for nothing is empty, one without a method is open."""
    outline = read_outline(Plan("p", (), decomposition=(Decomposition("a", (), "none"), Decomposition("b"))))
    assert [one.kind for one in outline.entries] == ["empty", "open"]


# ---------------------------------------------------------------------- recursion


@pytest.mark.parametrize("tail", ["all", "each"])
def test_a_recursion_at_the_end_reads_as_a_list(tail: str) -> None:
    """Law: the rounds of a loop stand one below the other, however many there are, and whatever tasks take turns."""
    entries = read_outline(loop(3_000, tail)).entries
    assert set(depths_of(entries)) == {0, 1}
    rounds = [one for one in entries if one.kind != "step"]
    assert len(rounds) == 3_001 and not rounds[0].follows and all(one.follows for one in rounds[1:])


def test_other_recursions_stay_nested() -> None:
    """Law: what comes after the recursion is part of its round, so that is no list."""
    entries = read_outline(nested(40)).entries
    assert max(depths_of(entries)) == 40 and not any(one.follows for one in entries)


def test_a_last_part_of_another_name_is_no_recursion() -> None:
    """Law: a task that merely ends in a task is drawn as what it is."""
    leaf = Decomposition("do", step="s")
    root = Decomposition("a", (), "m", (Decomposition("b", (), "m", (Decomposition("c", (), "m", (leaf,)),)),))
    assert not any(one.follows for one in read_outline(Plan("p", (Step("s", "do"),), decomposition=(root,))).entries)


# ---------------------------------------------------------------------- folding


@settings(max_examples=20)
@given(plans(30), st.integers(4, 20), st.integers(2, 6))
def test_a_folded_outline_stands_for_everything(plan: Plan, most: int, items: int) -> None:
    """Law: every entry has one that shows it; counts of steps add up; what is shown is no more than was asked for."""
    whole = read_outline(plan)
    folded = fold(whole, most, items)
    if len(whole.entries) <= most:
        assert folded is whole
        return
    assert len(folded.homes) == len(whole.entries)
    assert len(folded.entries) <= max(most, items + 1)
    shown = Counter(home for entry, home in zip(whole.entries, folded.homes, strict=True) if entry.kind == "step")
    for place, entry in enumerate(folded.entries):
        if entry.folded or entry.kind == "step":
            assert entry.span.steps == shown[place]
    assert sum(shown.values()) == len(plan.steps)
    assert list(folded.homes) == sorted(folded.homes)
    assert all(entry.parent < place for place, entry in enumerate(folded.entries))


def test_a_long_loop_is_folded_to_its_first_rounds_and_its_last() -> None:
    """Law: the rest is one line with its number and its steps."""
    folded = fold(read_outline(loop(3_000)), 1_500, 12)
    assert len(folded.entries) <= FOLDED and folded.subtitle.endswith("folded")
    [rest] = [entry for entry in folded.entries if entry.kind == "more"]
    assert (rest.label, rest.detail, rest.span.steps) == ("… 2,989 more all", "steps 11–2,999", 2_989)
    assert folded.entries[-1].kind == "empty" and folded.entries[-1].follows


def test_what_is_shown_of_a_wide_plan_is_shown_alike() -> None:
    """Law: tasks of the same size are opened alike."""
    folded = fold(read_outline(wide(500, 6)), 1_500, 12)
    opened = [entry for entry in folded.entries if entry.kind == "task" and not entry.folded]
    assert len(opened) == 12 and folded.entries[-7] in opened
    labels = [entry.label for entry in folded.entries if entry.kind == "more"]
    assert labels == ["… 488 more make"]


def test_entries_are_numbered_as_in_the_text_of_the_plan() -> None:
    """Law: the numbers of a picture are those of the competition's format."""
    plan = wide(2, 3)
    lines = plan.text().splitlines()
    for entry in read_outline(plan).entries:
        if entry.kind == "step":
            assert f"{entry.span.first} {entry.label}" in lines
    assert all(
        one.span.last < two.span.first for one, two in pairwise(e for e in read_outline(plan).entries if e.parent < 0)
    )
