"""The words in a vertex say what it is and how it went; the tooltip says the rest in words, not in code."""

from __future__ import annotations

from typing import Any

import planweave as pw
from planweave.engine.policy import JOIN_NAMES, Policy, Rate, Retry
from planweave.visualize.picture.compose import compose
from planweave.visualize.picture.policy import JOIN_WORDS, policy_in_words
from tests.visualize.samples import flaky, is_even, load, looped, merge, parse, run_of, troubled


def test_every_join_rule_but_the_usual_one_is_told_in_the_second_line() -> None:
    """Law: what a node does when something before it fails can be seen without pointing at it."""
    assert set(JOIN_WORDS) == set(JOIN_NAMES) - {"all_success"}

    @pw.task(join="all_done")
    def clean_up(value: int | pw.Missing) -> int:
        return 1

    @pw.workflow
    def workflow() -> Any:
        return clean_up(load())

    for what in (workflow.graph(), run_of(workflow)):
        vertices = {vertex.key: vertex for vertex in compose(what).vertices}
        assert vertices["clean_up"].detail.startswith("after all done")
        assert "after" not in vertices["load"].detail


def test_what_was_skipped_says_so_and_no_time() -> None:
    """Law: a choice that skips and what is skipped because of it say the same word; neither took time."""

    @pw.workflow
    def workflow() -> Any:
        chosen = pw.when(is_even(load()), then=lambda: parse(1))
        return [merge(parse.using(id="needs-it")(chosen))]

    details = {vertex.key: vertex.detail for vertex in compose(run_of(workflow)).vertices}
    assert details["when"] == "skipped"
    assert details["needs-it"].endswith("skipped by when")


def test_policies_are_told_in_words() -> None:
    """Law: no class, bracket or name of a parameter of ours stands in a tooltip."""
    policy = Policy(
        retry=Retry(attempts=4, base=1.0, on=(ConnectionError, TimeoutError)),
        timeout=0.5,
        executor="process",
        pool="api",
        join="all_done",
        priority=3,
        rate=Rate(10, per=60),
        cache=True,
    )
    words = policy_in_words(policy)
    assert words == [
        "up to 4 tries on ConnectionError or TimeoutError, pauses up to 1 s, then longer",
        "timeout 500 ms",
        "in a process",
        "pool api",
        "after all done",
        "priority 3",
        "at most 10 starts in 1 min",
        "reuses the value of an equal call",
    ]
    assert policy_in_words(Policy()) == []


def test_the_tooltip_has_the_policy_in_words() -> None:
    """Law: it is told for graphs and runs alike."""

    @pw.workflow
    def workflow() -> Any:
        return flaky()

    for what in (workflow.graph(), run_of(workflow)):
        (vertex,) = compose(what).vertices
        assert "up to 3 tries" in vertex.tooltip
        assert "Retry(" not in vertex.tooltip and "<class" not in vertex.tooltip


def test_the_subtitle_of_a_graph_counts_what_is_drawn() -> None:
    """Law: the nodes in bodies are counted too, each as often as it is drawn."""
    picture = compose(looped(3).graph())
    boxes = sum(vertex.shape != "junction" for vertex in picture.vertices)
    assert picture.subtitle == "2 nodes · 2 more in bodies"
    assert boxes == 4
    assert compose(troubled.graph()).subtitle.endswith("1 more in bodies")
