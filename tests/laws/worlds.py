"""Worlds to run scenarios in: other interleavings, slow journals, cancels at any instant; each holds to the laws."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from planweave.engine.journal import Event, Journal
from planweave.engine.launch import prepare
from planweave.engine.run import Run
from planweave.engine.state import RunState
from planweave.testing import LawBroken, Limits, Scenario, VirtualLoop, run_virtually
from planweave.testing.probe import Visit
from planweave.testing.script import Work
from tests.laws.journals import DelayingJournal, DiskFull

THREADS = 2
PATIENCE = 20_000
"""Callbacks at one instant: far more than any of these scenarios needs."""
HORIZON = 500.0
"""Virtual seconds: the same."""

LARGE = Limits(parts=14, depth=3)
"""Every so often a scenario is of this size."""


def scenario_of(seed: int) -> Scenario:
    """The scenario of a seed: mostly small, since small ones find most."""
    return Scenario.random(seed, LARGE if seed % 10 == 0 else Limits())


@dataclass
class Play:
    """One run of a scenario.

    Attributes:
        run: the run, ended.
        calls: how many callbacks the loop ran.
        error: what the run raised instead of ending, if its journal failed.
    """

    run: Run[Any]
    calls: int
    error: DiskFull | None = None


def play(
    scenario: Scenario,
    seed: int | None,
    *,
    journal: Journal | None = None,
    cancel_at: float | None = None,
    cancel_on: int | None = None,
    cancel_in: int | None = None,
    interrupt_at: float | None = None,
    run_id: str = "trial",
) -> Play:
    """Run a scenario under a virtual clock, and see that nothing of it is left when it has ended.

    Args:
        cancel_at: virtual seconds after which the run is cancelled.
        cancel_on: the number of the event at which an observer cancels the run, in the middle of what goes on.
        cancel_in: the number of the body, in the order in which they are entered, that cancels the run.
        interrupt_at: virtual seconds after which the task that runs the run is cancelled, as Ctrl-C does.
    """
    probe = scenario.probe
    probe.clear()
    probe.count = (lambda: journal.durable) if isinstance(journal, DelayingJournal) else lambda: 0
    probe.may_begin = lambda work: True
    acknowledged: list[int] = []
    runs: list[Run[Any]] = []
    played: list[Play] = []

    def may_begin(work: Work) -> bool:
        # a thread that has been given its job begins when it gets round to it, until the run stops what it can
        return work.mode == "thread" and runs[0].state is RunState.RUNNING

    def cancel() -> None:
        if runs[0].state is RunState.QUEUED:
            return  # nobody has the run yet
        runs[0].cancel()
        probe.may_begin = may_begin
        acknowledged.append(len(runs[0].events))

    def entered(visit: Visit) -> None:
        if len(probe.visits) - 1 == cancel_in:
            cancel()

    probe.entered = entered

    def observe(event: Event) -> None:
        if event.number == cancel_on:
            cancel()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        # what start() does, with the run at hand before anything of it begins
        observers = observe if cancel_on is not None else ()  # with observers some things take another way
        run = prepare(scenario.graph, None, journal, None, THREADS, 1, 5.0, observers, run_id)
        runs.append(run)
        begun = loop.create_future()
        run._task = loop.create_task(run._execute(loop.epoch, begun))
        if cancel_at is not None:
            loop.call_at(cancel_at, cancel)
        if interrupt_at is not None:
            loop.call_at(interrupt_at, run._task.cancel)
        error = None
        try:
            await begun
            await run.wait(check=False)
        except DiskFull as crash:
            error = crash
        except asyncio.CancelledError:
            if interrupt_at is None:
                raise
        probe.over = True
        left = [task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        if left:
            raise LawBroken("nothing_is_left", f"the run has ended, and left the tasks {left}")
        played.append(Play(run, loop.calls, error))

    run_virtually(main, seed=seed, patience=PATIENCE, horizon=HORIZON)
    run = runs[0]
    late = [event for event in run.events[acknowledged[0] :] if event.kind == "started"] if acknowledged else []
    if late:
        raise LawBroken("nothing_after_cancel", f"{late[0]} came after cancel() had returned, at {acknowledged[0]}")
    if probe.broken:
        raise LawBroken("bodies_see_order", probe.broken[0])
    if isinstance(journal, DelayingJournal):
        _check_written(scenario, run, journal)
    return played[0]


def _check_written(scenario: Scenario, run: Run[Any], journal: DelayingJournal) -> None:
    """No body began before the record of its start was written for good."""
    started = {(event.node, event.data["attempt"]): event.number for event in run.events if event.kind == "started"}
    for visit in scenario.probe.visits:
        number = started[visit.node, visit.attempt]
        if number >= visit.recorded:
            raise LawBroken(
                "recorded_before_it_runs",
                f"attempt {visit.attempt} of '{visit.node}' began when {visit.recorded} records were written, and its"
                f" start is record {number}",
            )


# ---------------------------------------------------------------------- the worlds


def plain(scenario: Scenario, seed: int) -> None:
    """Under a seeded interleaving every law holds, and every node ends as it must."""
    done = play(scenario, seed)
    scenario.check(done.run)
    work = sum(len(node.attempts) + 2 for node in done.run.nodes.values())
    if done.calls > 30 + 12 * work:
        raise LawBroken("work_is_bounded", f"{done.calls} callbacks for {work} attempts and nodes")


def in_order(scenario: Scenario, seed: int) -> None:
    """In asyncio's own order, and with other pauses between attempts, every node ends as it must all the same."""
    scenario.check(play(scenario, None, run_id=f"other {seed}").run)


def written_slowly(scenario: Scenario, seed: int) -> None:
    """With a slow journal no body starts before its start is written, and the run ends when all is."""
    journal = DelayingJournal(seed, (1, 4, 64)[seed % 3])
    run = play(scenario, seed, journal=journal).run
    scenario.check(run)
    if journal.durable != len(run.events):
        raise LawBroken("recorded_before_it_runs", f"the run ended with {journal.durable} of {len(run.events)} written")


def cancelled(scenario: Scenario, seed: int) -> None:
    """Cancelled at a random instant, nothing starts any more, what runs ends, and what had ended stays as it is."""
    chance = random.Random(f"cancel {seed}")
    journal = DelayingJournal(seed, chance.choice((1, 4, 64))) if chance.random() < 0.3 else None
    at = chance.choice((0.25, 1.0, 1.0, 1.2, 1.5, 2.0, 3.0, 4.0))
    match chance.randrange(4):
        case 0:
            run = play(scenario, seed, journal=journal, cancel_at=at).run
        case 1:
            run = play(scenario, seed, journal=journal, interrupt_at=at).run
        case 2:
            run = play(scenario, seed, journal=journal, cancel_on=chance.randrange(1, 40)).run
        case _:
            run = play(scenario, seed, journal=journal, cancel_in=chance.randrange(0, 8)).run
    scenario.check(run)
    began = next((event for event in run.events if event.kind == "run_cancelling"), None)
    if began is not None:
        _check_prompt(run, began)


def _check_prompt(run: Run[Any], began: Event) -> None:
    """What runs when a run is cancelled ends within the second that tidying up may take; threads end by themselves."""
    seconds = run.events[-1].time - began.time
    threads = any(
        node.node.task is not None
        and not node.node.task.is_async
        and node.ended is not None
        and node.ended >= began.time
        for node in run.nodes.values()
    )
    if seconds > (5.0 if threads else 1.0) + 1e-6:
        raise LawBroken("cancel_is_prompt", f"the run went on for {seconds} s after its cancel")


def crashed(scenario: Scenario, seed: int) -> None:
    """When a write of the journal fails, the run ends with that error, and nothing starts or goes on after it."""
    chance = random.Random(f"crash {seed}")
    fails_at = 1 + chance.randrange(12)
    journal = DelayingJournal(seed, chance.choice((1, 4, 64)), fails_at)
    cancel_at = chance.choice((0.25, 1.0, 1.2, 2.0)) if chance.random() < 0.4 else None
    done = play(scenario, seed, journal=journal, cancel_at=cancel_at)
    if done.error is None:
        if journal.durable != len(done.run.events):
            raise LawBroken(
                "a_failing_journal_ends_the_run", f"{journal.durable} records are written, and it ended well"
            )
        if journal.flushes >= fails_at and cancel_at is None:
            raise LawBroken("a_failing_journal_ends_the_run", f"write {fails_at} failed, and the run {done.run.state}")
        scenario.check(done.run)


WORLDS: tuple[Callable[[Scenario, int], None], ...] = (plain, in_order, written_slowly, cancelled, crashed)


def hold(scenario: Scenario, seed: int, world: Callable[[Scenario, int], None]) -> None:
    """Run a scenario in a world; an error of it tells which."""
    try:
        world(scenario, seed)
    except Exception as error:
        error.add_note(f"in the world '{world.__name__}', with the seed {seed}, of {scenario}")
        raise


def hold_all(seed: int) -> None:
    """Run the scenario of a seed in the plain world, and in one of the others in turn."""
    scenario = scenario_of(seed)
    hold(scenario, seed, plain)
    hold(scenario, seed, WORLDS[1 + seed % (len(WORLDS) - 1)])
