"""Bodies run where their policy says: inline, in threads, on the loop; whatever they raise stays with their node."""

from __future__ import annotations

import asyncio
import itertools
import threading
from typing import Any

import pytest

import planweave as pw
from planweave.engine.state import NodeState
from planweave.testing import run_virtually
from tests.engine.common import add, give, run_of


def where_am_i() -> threading.Thread:
    return threading.current_thread()


async def where_am_i_slowly() -> threading.Thread:
    await asyncio.sleep(0)
    return threading.current_thread()


def test_each_body_runs_where_its_policy_says() -> None:
    """Law: inline and coroutines on the thread of the loop; sync functions in threads of the run by default."""

    def build() -> Any:
        inline = pw.task(executor="inline")(where_am_i)()
        coroutine = pw.task(where_am_i_slowly)()
        default, thread = pw.task(where_am_i)(), pw.task(executor="thread")(where_am_i)()
        return inline, coroutine, default, thread

    run = run_of(build, run_id="mine")
    inline, coroutine, default, thread = run.result
    assert inline is coroutine is threading.current_thread()
    assert {default.name[:-1], thread.name[:-1]} == {"planweave mine "}


ERRORS = [ValueError, SystemExit, StopIteration, GeneratorExit, asyncio.CancelledError, TimeoutError, pw.PlanweaveError]


@pytest.mark.parametrize("executor", ["inline", "thread", "coroutine", "coroutine that waited"])
@pytest.mark.parametrize("error", ERRORS)
def test_whatever_a_body_raises_fails_its_node_and_nothing_else(error: type[BaseException], executor: Any) -> None:
    """Law: a node fails with what its body raised, SystemExit and CancelledError too, and the run goes on."""

    def throw() -> None:
        raise error("thrown")

    async def throw_soon() -> None:
        if executor.endswith("waited"):
            await asyncio.sleep(0)
        raise error("thrown")

    task: Any = pw.task(throw_soon) if "coroutine" in executor else pw.task(executor=executor)(throw)
    run = run_of(lambda: [task.using(id="throw")(), add(1)])
    found = run.nodes["throw"].error
    if error is StopIteration and "coroutine" in executor:
        assert isinstance(found, RuntimeError)  # Python's own rule for coroutines
    else:
        assert type(found) is error
    assert run.nodes["add"].state is NodeState.SUCCEEDED
    assert isinstance(run.error, pw.RunFailed) and run.error.causes == {"throw": found}


def test_a_loop_that_is_busy_with_many_inline_nodes_lets_others_take_turns() -> None:
    """Law: a long row of inline nodes yields to other callbacks of the loop now and then."""
    ticks = 0

    async def main() -> pw.Run[Any]:
        nonlocal ticks

        def build() -> Any:
            value = add(0)
            for _ in range(3000):
                value = add(value)
            return value

        run = await pw.workflow(build).start()
        while not run.state.is_end:
            ticks += 1
            await asyncio.sleep(0)
        return run

    assert asyncio.run(main()).result == 3001
    assert ticks >= 3000 // 256


# ---------------------------------------------------------------------- coroutines


def test_a_coroutine_is_one_asyncio_task_from_start_to_end() -> None:
    """Law: current_task stays the same while a body runs, so that timeouts and task groups work in it."""

    @pw.task
    async def body(x: int) -> int:
        tasks = {asyncio.current_task()}
        async with asyncio.timeout(5):
            await asyncio.sleep(0)
            tasks.add(asyncio.current_task())
        async with asyncio.TaskGroup() as group:
            children = [group.create_task(asyncio.sleep(0, x + i)) for i in range(3)]
        tasks.add(asyncio.current_task())
        return sum(child.result() for child in children) * len(tasks)

    assert run_of(lambda: body.map([1, 2, 3])).result == [6, 9, 12]


def test_coroutines_run_at_the_same_time() -> None:
    """Law: nodes that do not wait for each other can meet, however many they are."""

    async def main() -> Any:
        arrived = 0
        all_here = asyncio.Event()

        @pw.task
        async def meet(x: int) -> int:
            nonlocal arrived
            arrived += 1
            if arrived == 500:
                all_here.set()
            await all_here.wait()
            return x

        run = await pw.workflow(lambda: meet.map(list(range(500)))).start()
        return (await run.wait()).result

    assert asyncio.run(main()) == list(range(500))


def test_a_coroutine_past_its_timeout_is_cancelled_and_fails() -> None:
    """Law: the body gets a CancelledError, may tidy up, and the node fails with NodeTimeout, by the loop's clock."""
    tidied = []

    @pw.task(timeout=5)
    async def slow() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            tidied.append(asyncio.get_running_loop().time())

    async def main() -> pw.Run[Any]:
        run = await pw.workflow(slow).start()
        return await run.wait(check=False)

    run = run_virtually(main)
    error = run.nodes["slow"].error
    assert isinstance(error, pw.NodeTimeout) and isinstance(error, TimeoutError)
    assert error.what == "'slow' took longer than its timeout of 5 s"
    assert error.where is not None
    assert tidied == [5.0]


def test_a_timeout_is_of_each_attempt_and_not_of_the_time_in_the_queue() -> None:
    """Law: waiting for a pool, or between attempts, does not count."""
    attempts = []

    @pw.task(timeout=10, pool="one", retry=pw.Retry(attempts=2, base=0))
    async def call(x: int) -> int:
        attempts.append(x)
        await asyncio.sleep(60 if attempts.count(x) == 1 and x == 0 else 9)
        return x

    async def main() -> Any:
        run: pw.Run[Any] = await pw.start(pw.workflow(lambda: call.map([0, 1, 2])), pools={"one": 1})
        return (await run.wait()).result

    assert run_virtually(main) == [0, 1, 2]
    assert sorted(attempts) == [0, 0, 1, 2]


def test_a_timeout_error_of_the_body_itself_is_passed_on() -> None:
    """Law: only the policy's own timeout is a NodeTimeout."""

    @pw.task(timeout=60)
    async def body() -> None:
        raise TimeoutError("of the database")

    error = run_of(body).nodes["body"].error
    assert type(error) is TimeoutError and str(error) == "of the database"


def test_a_coroutine_may_refuse_to_be_cancelled_and_still_give_its_value() -> None:
    """Law: a body that catches the cancel of its timeout and returns has succeeded, though late."""

    @pw.task(timeout=1)
    async def stubborn() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(2)
        return "late"

    async def main() -> Any:
        run = await pw.workflow(stubborn).start()
        return (await run.wait()).result

    assert run_virtually(main) == "late"


# ---------------------------------------------------------------------- retries


@pw.task(executor="inline", retry=pw.Retry(attempts=5, base=2, cap=6))
def hopeless() -> None:
    raise ValueError(str(pw.context().attempt))


def pauses_of(run_id: str, workflow: Any = pw.workflow(hopeless)) -> list[float]:  # noqa: B008
    """The pauses between the attempts of a node that always fails, as they were kept."""

    async def main() -> pw.Run[Any]:
        run: pw.Run[Any] = await pw.start(workflow, run_id=run_id)
        return await run.wait(check=False)

    run = run_virtually(main)
    attempts = run.nodes["hopeless"].attempts
    pauses = []
    for one, other in itertools.pairwise(attempts):
        assert one.ended is not None
        pauses.append(other.started - one.ended)
    due = [event.data["due"] - event.time for event in run.events if event.kind == "retrying"]
    assert pauses == pytest.approx(due)
    return pauses


def test_an_attempt_is_due_after_a_random_pause_that_may_grow() -> None:
    """Law: full jitter: before attempt n+1 the node waits from 0 to min(cap, base * 2**(n-1)) seconds, and no less."""
    for pause, longest in zip(pauses_of("run"), [2, 4, 6, 6], strict=True):
        assert 0 <= pause <= longest


def test_pauses_follow_from_the_ids_of_run_and_node() -> None:
    """Law: the same run id gives the same pauses again, another one others."""
    assert pauses_of("run") == pytest.approx(pauses_of("run"))
    assert pauses_of("run") != pytest.approx(pauses_of("another"))


def test_attempts_are_counted_and_the_last_error_counts() -> None:
    """Law: after the last attempt the node fails with its error; earlier ones stand in .attempts."""

    async def main() -> pw.Run[Any]:
        run = await pw.workflow(hopeless).start()
        return await run.wait(check=False)

    node = run_virtually(main).nodes["hopeless"]
    assert [(attempt.number, str(attempt.error)) for attempt in node.attempts] == [(n, str(n)) for n in range(1, 6)]
    assert str(node.error) == "5"


def test_an_attempt_that_succeeds_ends_the_retries() -> None:
    """Law: a node succeeds with the value of its first attempt that did not fail, in every executor."""
    for executor in ("inline", "thread", "coroutine"):
        assert second_attempt_in(executor) == (2, NodeState.SUCCEEDED)


def second_attempt_in(executor: Any) -> tuple[int, NodeState]:
    """The attempt that gave the value of a node that fails once, and its state."""

    def once() -> int:
        if pw.context().attempt == 1:
            raise ConnectionError
        return pw.context().attempt

    async def once_slowly() -> int:
        await asyncio.sleep(0)
        return once()

    retry = pw.Retry(attempts=3, base=0)
    task: Any
    if executor == "coroutine":
        task = pw.task(retry=retry)(once_slowly)
    else:
        task = pw.task(retry=retry, executor=executor)(once)
    run = run_of(task.using(id="once"))
    (node,) = run.nodes.values()
    return node.value, node.state


def test_an_error_that_is_not_worth_it_fails_at_once() -> None:
    """Law: only the exceptions of on= are tried again."""

    @pw.task(executor="inline", retry=pw.Retry(attempts=5, base=0, on=(ConnectionError,)))
    def body(error: Any) -> None:
        raise error

    def attempts_of(error: BaseException) -> int:
        (node,) = run_of(lambda: body(error)).nodes.values()
        return len(node.attempts)

    assert attempts_of(ConnectionResetError()) == 5
    assert attempts_of(ValueError()) == 1
    assert attempts_of(SystemExit()) == 1


def test_a_timeout_is_worth_another_attempt() -> None:
    """Law: NodeTimeout is an error like others, for coroutines and threads."""

    @pw.task(timeout=1, retry=pw.Retry(attempts=3, base=0))
    async def slow() -> str:
        if pw.context().attempt < 3:
            await asyncio.sleep(60)
        return "third time"

    async def main() -> Any:
        run = await pw.workflow(lambda: give(slow())).start()
        return (await run.wait()).result

    assert run_virtually(main) == "third time"
