"""The portfolio: planners that share the time by turns, whatever each of them takes for a check."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

from planweave.planners.htn import portfolio as module
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.domain import Domain
from planweave.planners.htn.errors import NoPlan, PlanningTimeout
from planweave.planners.htn.model import Problem
from planweave.planners.htn.portfolio import MEMBERS, Member, portfolio
from planweave.planners.htn.solution import GroundTask, Solution
from planweave.planners.htn.turns import Turns

Planner = Callable[..., Solution]


def problem() -> Problem:
    domain = Domain("short")
    domain.operator("go", effects=["gone"])
    domain.task("leave")
    domain.method("walk", "leave", ["go"])
    return domain.problem(tasks=["leave"], state=[])


def named(name: str) -> Solution:
    return Solution((GroundTask(name),))


def after(checks: int, name: str, pause: float = 0.0) -> Planner:
    """A planner that is done after so many checks."""

    def plan(problem: Problem, *, deadline: Deadline, seed: int) -> Solution:
        for _ in range(checks):
            deadline.check("counting")
            time.sleep(pause)
        return named(name)

    return plan


def raising(error: BaseException, checks: int = 0) -> Planner:
    def plan(problem: Problem, *, deadline: Deadline, seed: int) -> Solution:
        for _ in range(checks):
            deadline.check("counting")
        raise error

    return plan


def endless(problem: Problem, *, deadline: Deadline, seed: int) -> Solution:
    while True:
        deadline.check("going on")


def with_members(monkeypatch: pytest.MonkeyPatch, *members: tuple[str, Planner]) -> None:
    monkeypatch.setattr(module, "MEMBERS", tuple(Member(name, planner, 3, 3) for name, planner in members))


def planners_alive() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("planner ")]


@pytest.mark.parametrize("slow", ["one", "two"])
def test_turns_go_by_checks_and_not_by_the_clock(monkeypatch: pytest.MonkeyPatch, slow: str) -> None:
    """Law: the same planner is done first, whichever of them takes its time."""
    pauses = dict.fromkeys(("one", "two"), 0.0) | {slow: 0.003}
    with_members(monkeypatch, ("one", after(7, "one", pauses["one"])), ("two", after(5, "two", pauses["two"])))
    assert portfolio(problem(), deadline=Deadline()) == named("two")
    with_members(monkeypatch, ("one", after(5, "one", pauses["one"])), ("two", after(4, "two", pauses["two"])))
    assert portfolio(problem(), deadline=Deadline()) == named("one")
    assert not planners_alive()


def test_whoever_is_still_at_it_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: no thread is left behind, neither where a plan is found nor where something goes wrong."""
    with_members(monkeypatch, ("endless", endless), ("quick", after(10, "quick")), ("late", endless))
    assert portfolio(problem(), deadline=Deadline()) == named("quick")
    assert not planners_alive()
    with_members(monkeypatch, ("endless", endless), ("broken", raising(ZeroDivisionError("bug"), 4)))
    with pytest.raises(ZeroDivisionError):
        portfolio(problem(), deadline=Deadline())
    with_members(monkeypatch, ("endless", endless), ("stopped", raising(KeyboardInterrupt(), 4)))
    with pytest.raises(KeyboardInterrupt):
        portfolio(problem(), deadline=Deadline())
    assert not planners_alive()


def test_one_that_runs_out_of_memory_leaves_the_time_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: the limits of one member are not those of all."""
    with_members(monkeypatch, ("large", raising(PlanningTimeout("no memory is left"))), ("small", after(20, "small")))
    assert portfolio(problem(), deadline=Deadline()) == named("small")


def test_one_proof_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: that there is no plan needs to be proved only once."""
    with_members(monkeypatch, ("endless", endless), ("prover", raising(NoPlan("there is none"), 8)))
    with pytest.raises(NoPlan, match="there is none"):
        portfolio(problem(), deadline=Deadline())
    assert not planners_alive()


def test_a_time_out_says_what_each_has_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: the deadline of all is kept by each, and the error counts what was asked."""
    with_members(monkeypatch, ("one", endless), ("two", endless))
    with pytest.raises(PlanningTimeout, match="no time is left") as caught:
        portfolio(problem(), deadline=Deadline.after(0.05))
    assert set(caught.value.statistics) == {"one", "two"} and all(caught.value.statistics.values())
    assert not planners_alive()


def test_members_are_asked_only_about_what_they_are_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: a planner for partially ordered problems is not asked about others."""
    partial = Member("partial", raising(ZeroDivisionError()), 3, 3, ordered=False)
    monkeypatch.setattr(module, "MEMBERS", (partial, Member("all", after(1, "all"), 3, 3)))
    assert portfolio(problem(), deadline=Deadline()) == named("all")


def test_who_watches_hears_whose_turn_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: each turn is told before it is taken, so the last that is told has found the plan."""
    with_members(monkeypatch, ("one", after(7, "one")), ("two", after(5, "two")))
    heard: list[str] = []
    assert portfolio(problem(), deadline=Deadline(watch=heard.append).within(60)) == named("two")
    assert heard == ["one", "two", "one", "two"]


SEEN: ContextVar[str] = ContextVar("SEEN", default="nothing")


def test_work_sees_the_context_of_its_caller() -> None:
    """Law: context variables reach the thread that the work stands in."""
    SEEN.set("something")
    turns: Turns[Any] = Turns(lambda deadline: SEEN.get(), Deadline(), "looking")
    assert turns.take(1) and turns.result() == "something"


def test_work_that_has_not_begun_can_be_stopped() -> None:
    """Law: stopping needs no start, and may come twice."""
    turns: Turns[Any] = Turns(lambda deadline: ZeroDivisionError, Deadline(), "idle")
    turns.stop()
    turns.stop()
    assert not planners_alive()


def test_the_members_are_real() -> None:
    """Law: the portfolio solves what its members solve, with the names that they have in the table."""
    solution = portfolio(problem(), deadline=Deadline.after(30))
    assert [step.name for step in solution.steps] == ["go"]
    assert len({one.name for one in MEMBERS}) == len(MEMBERS)
