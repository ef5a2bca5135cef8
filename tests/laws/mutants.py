"""Planted bugs: small wrongs in the engine, each of which the laws must find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from planweave.engine import frontier as frontier_module
from planweave.engine.cache import Cache
from planweave.engine.cancellation import Cancellation
from planweave.engine.controls import Controls
from planweave.engine.expander import Expander, Value
from planweave.engine.frontier import Frontier
from planweave.engine.jobs import Jobs
from planweave.engine.join import FAILS_AT_ONCE, RULES, Verdict
from planweave.engine.lanes import Lane, Lanes, Window, rank
from planweave.engine.placing import Placing
from planweave.engine.policy import Retry
from planweave.engine.rundata import RunData
from planweave.engine.scheduler import Scheduler
from planweave.engine.state import NodeState

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Mutant:
    """A bug and how it is planted; its name says what the engine does wrong."""

    name: str
    plant: Plant


MUTANTS: list[Mutant] = []


def mutant(plant: Plant) -> Plant:
    MUTANTS.append(Mutant(plant.__name__, plant))
    return plant


def _before(patch: pytest.MonkeyPatch, owner: type, name: str, wrong: Callable[..., object]) -> None:
    """Let ``wrong`` happen before each call of a method."""
    right = getattr(owner, name)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        wrong(self, *args, **kwargs)
        return right(self, *args, **kwargs)

    patch.setattr(owner, name, method)


def _after(patch: pytest.MonkeyPatch, owner: type, name: str, wrong: Callable[..., object]) -> None:
    """Let ``wrong`` happen after each call of a method."""
    right = getattr(owner, name)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        found = right(self, *args, **kwargs)
        wrong(self, *args, **kwargs)
        return found

    patch.setattr(owner, name, method)


# ---------------------------------------------------------------------- the frontier


@mutant
def forgets_one_of_several_successors(patch: pytest.MonkeyPatch) -> None:
    def wrong(self: Frontier, position: int, *rest: Any) -> None:
        after = self.after[position]
        if len(after) > 1:
            self.missing[after[-1]] += 1

    _before(patch, Frontier, "succeed", wrong)


@mutant
def counts_an_edge_twice(patch: pytest.MonkeyPatch) -> None:
    def wrong(self: Frontier, position: int, *rest: Any) -> None:
        for j in self.after[position]:
            if self.missing[j] > 1:
                self.missing[j] -= 1

    _before(patch, Frontier, "succeed", wrong)


@mutant
def takes_a_skip_for_a_success(patch: pytest.MonkeyPatch) -> None:
    def judge(self: Frontier, position: int) -> Verdict:
        states = [self.state[i] for i in self.before[position]]
        ends = [(NodeState.SUCCEEDED if one is NodeState.SKIPPED else one, True) for one in states]
        return RULES[self.joins.get(position, "all_success")](ends)

    patch.setattr(Frontier, "judge", judge)


@mutant
def lets_a_skip_spread_along_control_edges(patch: pytest.MonkeyPatch) -> None:
    def judge(self: Frontier, position: int) -> Verdict:
        ends = [(self.state[i], True) for i in self.before[position]]
        return RULES[self.joins.get(position, "all_success")](ends)

    patch.setattr(Frontier, "judge", judge)


@mutant
def names_the_nearest_instead_of_the_root(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Frontier, "root_of", lambda self, position: position)


@mutant
def names_any_failure_as_the_cause(patch: pytest.MonkeyPatch) -> None:
    def wrong(self: Frontier, position: int, verdict: Verdict) -> int:
        broken = [i for some in self.broken.values() for i in some if self.state[i] is NodeState.FAILED]
        return broken[0] if broken else self.root_of(self.before[position][0])

    patch.setattr(Frontier, "_root_for", wrong)


@mutant
def one_success_waits_for_all(patch: pytest.MonkeyPatch) -> None:
    def prepare(self: Frontier, position: int, join: str) -> None:
        if join == "one_success":
            self.unsettled[position] = self.missing[position]

    patch.setattr(Frontier, "_prepare", prepare)


@mutant
def all_done_does_not_wait_after_a_failure(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(frontier_module, "FAILS_AT_ONCE", FAILS_AT_ONCE | {"all_done"})


@mutant
def closes_an_expansion_too_early(patch: pytest.MonkeyPatch) -> None:
    def wrong(self: Frontier, position: int) -> None:
        parent = self.parent_of(position)
        if self.open[parent] == 1:
            self.closing.append(parent)

    _after(patch, Frontier, "_end_in_parent", wrong)


@mutant
def swallows_failures_that_nobody_handles(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Frontier, "unhandled", lambda self, parent=-1: [])


@mutant
def forgets_what_an_expansion_takes_from_outside(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Frontier, "_arrive_at_more", lambda self, position, now: None)


# ---------------------------------------------------------------------- lanes


@mutant
def lets_one_too_many_into_a_pool(patch: pytest.MonkeyPatch) -> None:
    def is_open(self: Lane, now: float) -> bool:
        fits = all(limit.used <= limit.size for limit in self.limits)
        return fits and (self.window is None or self.window.opens_at(now) <= now)

    patch.setattr(Lane, "is_open", is_open)


@mutant
def gives_no_room_back_after_a_failure(patch: pytest.MonkeyPatch) -> None:
    right = Scheduler.fail

    def fail(self: Scheduler, position: int, error: BaseException, **rest: Any) -> None:
        right(self, position, error, release=False)

    patch.setattr(Scheduler, "fail", fail)


@mutant
def gives_room_back_twice(patch: pytest.MonkeyPatch) -> None:
    def wrong(self: Lanes, lane: int) -> None:
        for limit in self.lanes[lane].limits:
            limit.used = max(1, limit.used - 1)

    _before(patch, Lanes, "release", wrong)


@mutant
def never_looks_again_at_a_rate(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Scheduler, "_await_rate", lambda self: None)


@mutant
def measures_half_of_the_time_of_a_rate(patch: pytest.MonkeyPatch) -> None:
    def opens_at(self: Window, now: float) -> float:
        return now if len(self.starts) < self.rate.starts else max(now, self.starts[0] + self.rate.per / 2)

    patch.setattr(Window, "opens_at", opens_at)


@mutant
def starts_the_lowest_priority_first(patch: pytest.MonkeyPatch) -> None:
    def wrong(self: RunData, *rest: Any) -> None:
        self.ranks = [rank(i, self.heights[i], -node.policy.priority) for i, node in enumerate(self.nodes)]

    _after(patch, RunData, "__init__", wrong)
    _after(patch, RunData, "add", wrong)


@mutant
def does_not_look_at_the_longest_path(patch: pytest.MonkeyPatch) -> None:
    def wrong(self: RunData, *rest: Any) -> None:
        self.ranks = [rank(i, 0, node.policy.priority) for i, node in enumerate(self.nodes)]

    _after(patch, RunData, "__init__", wrong)


@mutant
def queues_a_ready_node_twice(patch: pytest.MonkeyPatch) -> None:
    right = Placing.push_all
    patch.setattr(
        Placing, "push_all", lambda self, positions: right(self, [*positions, *positions][: len(positions) + 1])
    )


# ---------------------------------------------------------------------- the scheduler


@mutant
def forgets_how_many_attempts_there_were(patch: pytest.MonkeyPatch) -> None:
    _after(patch, Scheduler, "fail", lambda self, position, error, **rest: self.data.attempts.pop(position, None))


@mutant
def does_not_pause_before_another_attempt(patch: pytest.MonkeyPatch) -> None:
    def wrong(self: Scheduler, position: int, error: BaseException, **rest: Any) -> None:
        if self.frontier.state[position] is NodeState.RETRY_WAIT:
            self.timers.stop(position)
            self.timers.start(position, 0, self.retry_due, position)

    _after(patch, Scheduler, "fail", wrong)


@mutant
def retries_what_must_not_be_retried(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Retry, "wants", lambda self, error, attempt: attempt <= self.attempts)


@mutant
def keeps_the_slot_of_a_late_thread_for_ever(patch: pytest.MonkeyPatch) -> None:
    right = Jobs._ended

    def ended(self: Jobs, place: Any, succeeded: bool, content: Any) -> None:
        if place in self.staff.given_up:
            self.staff.ended(place)
        else:
            right(self, place, succeeded, content)

    patch.setattr(Jobs, "_ended", ended)


@mutant
def frees_the_slot_of_a_late_thread_at_once(patch: pytest.MonkeyPatch) -> None:
    _after(
        patch, Jobs, "_late", lambda self, place: (self._scheduler.placing.release(place[0]), self._scheduler.wake())
    )


@mutant
def goes_to_sleep_and_wakes_nobody(patch: pytest.MonkeyPatch) -> None:
    def slept(self: Controls, position: int) -> None:
        self._scheduler.frontier.succeed(position, self._scheduler.now())

    patch.setattr(Controls, "_slept", slept)


@mutant
def lets_a_suspended_coroutine_hold_up_the_rest(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Lanes, "waiting", lambda self: False)


@mutant
def one_failure_stops_what_does_not_depend_on_it(patch: pytest.MonkeyPatch) -> None:
    def wrong(self: Scheduler, position: int, error: BaseException, **rest: Any) -> None:
        if self.frontier.state[position] is NodeState.FAILED:
            for lane in self.lanes.lanes:
                lane.queue.clear()

    _after(patch, Scheduler, "fail", wrong)


# ---------------------------------------------------------------------- cancel, journal, cache, expansion


@mutant
def starts_nodes_after_a_cancel(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Lanes, "shut", lambda self: None)


@mutant
def does_not_stop_what_runs_when_it_is_cancelled(patch: pytest.MonkeyPatch) -> None:
    class Deaf:
        def cancel(self) -> None:
            """Do not hear."""

    def deafen(self: Cancellation) -> None:
        driving: dict[int, Any] = self._scheduler.carriers.driving
        driving.update(dict.fromkeys(driving, Deaf()))

    _before(patch, Cancellation, "stop_all", deafen)


@mutant
def ends_without_waiting_for_its_coroutines(patch: pytest.MonkeyPatch) -> None:
    async def ended(self: Scheduler) -> None:
        await self.ending.done

    patch.setattr(Scheduler, "_ended", ended)


@mutant
def runs_bodies_before_their_start_is_written(patch: pytest.MonkeyPatch) -> None:
    def launch(self: Scheduler, saved: Any, batch: list[int]) -> None:
        self.launched.extend(batch)
        self.loop.call_soon(self.wake)

    patch.setattr(Scheduler, "_launch_when", launch)


@mutant
def goes_on_when_the_journal_fails(patch: pytest.MonkeyPatch) -> None:
    def launch(self: Scheduler, saved: Any, batch: list[int]) -> None:
        def go_on(saved: Any) -> None:
            saved.exception()
            self.launched.extend(i for i in batch if self.frontier.state[i] is NodeState.RUNNING)
            self.wake()

        saved.add_done_callback(go_on)

    patch.setattr(Scheduler, "_launch_when", launch)


@mutant
def never_wakes_those_who_wait_for_an_equal_call(patch: pytest.MonkeyPatch) -> None:
    right = Cache.settle

    def settle(self: Cache, key: str, value: Any, *, succeeded: bool) -> list[int]:
        right(self, key, value, succeeded=succeeded)
        return []

    patch.setattr(Cache, "settle", settle)


@mutant
def takes_a_failed_call_for_cached(patch: pytest.MonkeyPatch) -> None:
    right = Cache.settle
    patch.setattr(Cache, "settle", lambda self, key, value, *, succeeded: right(self, key, value, succeeded=True))


@mutant
def a_loop_forgets_its_state(patch: pytest.MonkeyPatch) -> None:
    right = Expander._open_round

    def open_round(self: Expander, position: int, control: Any, state: Any, now: float) -> Any:
        start = self._data.value_of(self._data.nodes[position].args[0])
        return right(self, position, control, start, now)

    patch.setattr(Expander, "_open_round", open_round)


@mutant
def keeps_items_that_are_to_be_dropped(patch: pytest.MonkeyPatch) -> None:
    right = Expander._close_map

    def close(self: Expander, position: int, control: Any, copies: Any) -> Any:
        if control.failures != "drop":
            return right(self, position, control, copies)
        return Value([self._value(copy) for copy in copies])

    patch.setattr(Expander, "_close_map", close)


@mutant
def takes_the_other_branch(patch: pytest.MonkeyPatch) -> None:
    right = Expander._open_when

    def open_when(self: Expander, position: int, control: Any, condition: Any, now: float) -> Any:
        return right(self, position, control, not condition, now)

    patch.setattr(Expander, "_open_when", open_when)
