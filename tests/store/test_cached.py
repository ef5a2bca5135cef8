"""Values that come from the cache of a stored run are recorded, too."""

from __future__ import annotations

import functools
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import planweave as pw
from planweave.engine.cachekey import lasting_key
from planweave.engine.store.audit import flaw_of
from planweave.engine.store.store import Store


@pw.task(cache=True, executor="inline")
def squared(x: int) -> int:
    return x * x


@pw.task(executor="inline")
def added(*values: int) -> int:
    return sum(values)


@pw.workflow
def flow() -> int:
    first = squared(3)
    return added(first, squared.using(after=[first])(3))


def test_a_value_from_the_cache_is_there_after_resume(tmp_path: Path) -> None:
    """Law: a run that is read again has every value that it had."""
    run = pw.run(flow, store=tmp_path / "runs.db", run_id="r")
    again = pw.resume("r", store=tmp_path / "runs.db", graph=flow)
    assert [one.cached for one in run.nodes.values()] == [False, True, False]
    assert {name: one.value for name, one in again.nodes.items()} == {"squared": 9, "squared-2": 9, "added": 18}


# ---------------------------------------------------------------------- from run to run

CALLS: list[Any] = []
FACTOR = 2


@pytest.fixture(autouse=True)
def _anew() -> None:
    CALLS.clear()


def helped(x: int) -> int:
    return x * FACTOR


@pw.task(cache=True, executor="inline")
def doubled(x: int) -> list[int]:
    CALLS.append(x)
    return [helped(x)]


@pw.workflow
def twice(x: int) -> list[int]:
    return doubled(x)


def test_runs_of_one_store_make_equal_calls_once(store: Store) -> None:
    """Law: the value comes from the run that made the call; others are told that it is cached, and keep it too."""
    first = pw.run(twice, {"x": 3}, store=store, run_id="a")
    second = pw.run(twice, {"x": 3}, store=store, run_id="b")
    other = pw.run(twice, {"x": 4}, store=store, run_id="c")
    assert [run.result for run in (first, second, other)] == [[6], [6], [8]]
    assert CALLS == [3, 4]
    assert [run.nodes["doubled"].cached for run in (first, second, other)] == [False, True, False]
    again = pw.resume("b", store=store)
    assert (again.result, again.nodes["doubled"].cached) == ([6], True)
    assert flaw_of(store.row("b"), store.entries("b")) is None


def test_without_a_store_runs_have_nothing_in_common() -> None:
    """Law: what is not recorded is not remembered."""
    pw.run(twice, {"x": 3}), pw.run(twice, {"x": 3})
    assert CALLS == [3, 3]


@pw.task(cache=True, executor="thread", crash_limit=None)
def slowly(x: int) -> int:
    CALLS.append(x)
    return x


def test_calls_in_threads_and_those_that_wait_for_them_are_kept(store: Store) -> None:
    """Law: of equal calls at the same time one is made, and it is kept for other runs."""

    @pw.workflow
    def three() -> list[int]:
        return [slowly(1), slowly(1), slowly(1)]

    assert pw.run(three, store=store).result == [1, 1, 1]
    run = pw.run(three, store=store)
    assert (run.result, CALLS) == ([1, 1, 1], [1])
    assert all(one.cached for one in run.nodes.values())


@pw.task(cache=True, executor="inline")
def failing(x: int) -> int:
    CALLS.append(x)
    raise ConnectionError("not now")


def test_calls_that_failed_are_made_again(store: Store) -> None:
    """Law: a failure is no value."""
    graph = pw.workflow(lambda: failing(1)).graph()
    pw.run(graph, store=store, check=False), pw.run(graph, store=store, check=False)
    assert CALLS == [1, 1]


def test_what_is_pruned_is_computed_anew(store: Store) -> None:
    """Law: a value goes with the run that it came from."""
    pw.run(twice, {"x": 3}, store=store, run_id="a")
    store.prune("a")
    pw.run(twice, {"x": 3}, store=store, run_id="b")
    assert CALLS == [3, 3]


def test_values_that_are_missing_or_damaged_are_computed_anew(store: Store) -> None:
    """Law: the cache may lose what it has, and nothing is wrong for that."""
    node = twice.graph().nodes[-1]
    key = lasting_key(node, (3,), {})
    assert key is not None
    for text in ('["~blob","' + 64 * "0" + '"]', '["~never heard of",1]'):
        store._write(lambda cursor: cursor.execute("DELETE FROM cached"))  # type: ignore[attr-defined]  # because no store forgets what it keeps
        store.keep(key, text, "a")
        assert pw.run(twice, {"x": 3}, store=store).result == [6]
    assert CALLS == [3, 3]


# ---------------------------------------------------------------------- which calls are equal


def key_of(fn: Any, *args: Any, **options: Any) -> str | None:
    """The key of a call of a function, as of a task."""
    task = pw.task(cache=True, **options)(fn)
    node = pw.workflow(lambda: task(*args)).graph().nodes[-1]
    return lasting_key(node, args, {})


def test_keys_are_the_same_in_another_process() -> None:
    """Law: the key depends on nothing of this process."""
    code = "from tests.store.test_cached import *; print(key_of(doubled.fn, 3))"
    root = Path(__file__).parents[2]
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert there.stdout.strip() == key_of(doubled.fn, 3)


def test_keys_tell_code_constants_helpers_and_arguments_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: a call that may mean something else has another key."""
    keys = {key_of(doubled.fn, 3), key_of(doubled.fn, 4), key_of(slowly.fn, 3), key_of(helped, 3)}
    monkeypatch.setattr(sys.modules[__name__], "FACTOR", 3)
    keys.add(key_of(doubled.fn, 3))

    def helped_otherwise(x: int) -> int:
        return x + x + x

    monkeypatch.setattr(sys.modules[__name__], "helped", helped_otherwise)
    keys.add(key_of(doubled.fn, 3))
    assert len(keys) == 6 and None not in keys


def test_what_cannot_be_seen_through_has_no_key_without_a_version() -> None:
    """Law: closures, methods, callable objects and defaults that are no plain values are not taken for equal."""
    there = [1]

    def closing(x: int) -> int:
        return x + there[0]

    def by_default(x: int, more: Any = there) -> int:
        return x + int(more[0])

    class Adds:
        def __call__(self, x: int) -> int:
            return x

        def method(self, x: int) -> int:
            return x

    @functools.wraps(helped)
    def wrapping(*args: int) -> int:
        return -helped(*args)

    for fn in (closing, by_default, wrapping, Adds(), Adds().method):
        assert key_of(fn, 1, name="one") is None
        assert key_of(fn, 1, name="one", version="1") is not None


# ---------------------------------------------------------------------- secrets


@pw.task(executor="inline")
def leaks(key: pw.Secret[str], length: int) -> str:
    return str(key.reveal()) + "x" * length


@pytest.mark.parametrize("length", [0, 300_000])
def test_a_value_that_contains_a_secret_is_refused(store: Store, length: int) -> None:
    """Law: it could not be given back as it is after a crash, and must be nowhere: not in a blob either."""
    secret = pw.Secret("canary-3f9a7c")

    @pw.workflow
    def flow(key: pw.Secret[str], length: int) -> str:
        return leaks(key, length)

    run = pw.run(flow, {"key": secret, "length": length}, store=store, run_id="r", check=False)
    error = run.nodes["leaks"].error
    assert isinstance(error, pw.PlanweaveError) and "contains a secret" in str(error)
    assert "canary" not in str(error)
