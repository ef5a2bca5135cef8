"""A policy is checked when it is written, and says what it does: retries, pauses, rates and the rest."""

from __future__ import annotations

import statistics
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.policy import EXECUTOR_NAMES, JOIN_NAMES

attempts = st.integers(1, 200)
seconds = st.floats(0, 1e6)


@given(seconds, seconds, attempts, st.text())
def test_a_pause_lies_between_nought_and_its_bound(base: float, cap: float, attempt: int, seed: str) -> None:
    """Law: after attempt n the pause is from 0 to min(cap, base * 2**(n-1)) seconds, however large n is."""
    longest = min(cap, base * 2.0 ** min(attempt - 1, 64))
    assert 0 <= pw.Retry(attempts=300, base=base, cap=cap).pause(attempt, seed) <= longest


@given(attempts, st.text())
def test_a_pause_follows_from_its_seed(attempt: int, seed: str) -> None:
    """Law: same seed and attempt, same pause, in every process."""
    retry = pw.Retry(attempts=300)
    assert retry.pause(attempt, seed) == pw.Retry(attempts=300).pause(attempt, seed)


def test_pauses_are_spread_over_their_whole_range() -> None:
    """Law: full jitter: pauses are even over the range, so that many that failed together do not return together."""
    retry = pw.Retry(base=1.0, cap=8.0)
    pauses = [retry.pause(3, f"run/node-{i}") for i in range(2000)]  # from 0 to 4 seconds
    assert statistics.mean(pauses) == pytest.approx(2.0, abs=0.1)
    assert statistics.stdev(pauses) == pytest.approx(4 / 12**0.5, abs=0.1)
    assert len(set(pauses)) == len(pauses)


def test_pauses_of_other_nodes_and_attempts_differ() -> None:
    """Law: the seed holds the node, and the attempt counts too."""
    retry = pw.Retry(base=1.0, cap=1.0)
    assert len({retry.pause(attempt, seed) for attempt in (1, 2, 3) for seed in ("a", "b", "c")}) == 9


@given(st.integers(1, 10), st.integers(1, 10))
def test_a_retry_wants_as_many_attempts_as_it_says(allowed: int, attempt: int) -> None:
    """Law: attempts counts the first one: after attempt n there is another one exactly if n < attempts."""
    assert pw.Retry(attempts=allowed).wants(ValueError(), attempt) == (attempt < allowed)


def test_only_the_exceptions_named_are_worth_another_attempt() -> None:
    """Law: on= is a class or some classes; subclasses count, others fail the node at once."""
    retries: list[Any] = [(ConnectionError,), ConnectionError, [ConnectionError], {ConnectionError}]
    for on in retries:
        retry = pw.Retry(on=on)
        assert retry.wants(ConnectionResetError(), 1)
        assert not retry.wants(ValueError(), 1)


def test_an_interrupt_is_not_worth_another_attempt_unless_it_is_named() -> None:
    """Law: on=Exception, the default, leaves out KeyboardInterrupt and SystemExit."""
    assert not pw.Retry().wants(KeyboardInterrupt(), 1)
    assert not pw.Retry().wants(SystemExit(), 1)
    assert pw.Retry(on=(SystemExit,)).wants(SystemExit(), 1)


@pytest.mark.parametrize("executor", [None, *EXECUTOR_NAMES])
@pytest.mark.parametrize("join", JOIN_NAMES)
def test_every_executor_and_join_rule_can_be_asked_for(executor: Any, join: Any) -> None:
    """Law: the names that the design gives are the names that there are."""
    policy = pw.Policy(executor=executor, join=join)
    assert (policy.executor, policy.join) == (executor, join)
    assert {"inline", "thread", "process"} == set(EXECUTOR_NAMES)
    assert {"all_success", "all_done", "one_success", "none_failed"} == set(JOIN_NAMES)


@pytest.mark.parametrize(
    "make",
    [
        lambda: pw.Retry(attempts=0),
        lambda: pw.Retry(attempts=-1),
        lambda: pw.Retry(attempts=1.5),  # type: ignore[arg-type]  # that is the mistake
        lambda: pw.Retry(base=-1),
        lambda: pw.Retry(base=float("nan")),
        lambda: pw.Retry(cap=float("inf")),
        lambda: pw.Retry(cap=True),
        lambda: pw.Retry(on=5),  # type: ignore[arg-type]  # that is the mistake
        lambda: pw.Retry(on=(ValueError, "oops")),  # type: ignore[arg-type]  # that is the mistake
        lambda: pw.Rate(0),
        lambda: pw.Rate(1.5),  # type: ignore[arg-type]  # that is the mistake
        lambda: pw.Rate(1, per=0),
        lambda: pw.Policy(timeout=0),
        lambda: pw.Policy(timeout=-2.5),
        lambda: pw.Policy(timeout="3"),  # type: ignore[arg-type]  # that is the mistake
        lambda: pw.Policy(timeout=True),
        lambda: pw.Policy(retry=3),  # type: ignore[arg-type]  # that is the mistake
        lambda: pw.Policy(rate=3),  # type: ignore[arg-type]  # that is the mistake
        lambda: pw.Policy(pool=3),  # type: ignore[arg-type]  # that is the mistake
        lambda: pw.Policy(priority=None),  # type: ignore[arg-type]  # that is the mistake
        lambda: pw.Policy(priority=1.5),  # type: ignore[arg-type]  # that is the mistake
        lambda: pw.Policy(priority=True),
        lambda: pw.Retry(attempts=True),
        lambda: pw.Rate(True),
        lambda: pw.Policy(timeout=1e11),
        lambda: pw.Policy(timeout=float("inf")),
        lambda: pw.Policy(timeout=10**5000),
        lambda: pw.Policy(cache="yes"),  # type: ignore[arg-type]  # that is the mistake
        lambda: pw.Policy(cache=None),  # type: ignore[arg-type]  # that is the mistake
    ],
)
def test_a_policy_that_cannot_be_kept_is_refused_where_it_is_written(make: Any) -> None:
    """Law: a number out of its range or a value of the wrong kind is a PolicyError with the line and the mend."""
    with pytest.raises(pw.PolicyError) as caught:
        make()
    assert caught.value.where is not None and caught.value.where.file == __file__
    assert caught.value.mend


@pytest.mark.parametrize("name", ["executor", "join"])
def test_a_name_that_there_is_not_is_refused_with_those_that_there_are(name: str) -> None:
    """Law: an unknown executor or join rule is an UnknownNameError that lists the known ones."""
    options: dict[str, Any] = {name: "magic"}
    with pytest.raises(pw.UnknownNameError, match="'magic'") as caught:
        pw.Policy(**options)
    assert caught.value.mend is not None
    assert all(known in caught.value.mend for known in {"executor": EXECUTOR_NAMES, "join": JOIN_NAMES}[name])


def test_only_an_executor_may_be_left_open() -> None:
    """Law: a join rule of None is no rule, wherever it is written."""
    none: Any = None
    assert pw.Policy(executor=None).executor is None
    makes: list[Any] = [
        lambda: pw.Policy(join=none),
        lambda: pw.task(join=none),
        lambda: pw.task(len).using(join=none),
    ]
    for make in makes:
        with pytest.raises(pw.UnknownNameError, match="there is no join rule None"):
            make()


@pytest.mark.parametrize(
    ("make", "what", "mend"),
    [
        (lambda: pw.Retry(attempts=0), "Retry(attempts=0) would never try", "a whole number from 1"),
        (lambda: pw.Retry(attempts=3.0), "Retry(attempts=3.0) is no whole number", "a whole number from 1"),  # type: ignore[arg-type]  # that is the mistake
        (lambda: pw.Rate(2.5), "Rate(starts=2.5) is no whole number", "a whole number from 1"),  # type: ignore[arg-type]  # that is the mistake
        (lambda: pw.Policy(timeout=0), "timeout=0 is not a time", "seconds above 0"),
        (lambda: pw.Retry(base=-1), "Retry(base=-1) is not a time", "seconds from 0"),
        (lambda: pw.Retry(cap=2e10), "Retry(cap=20000000000.0) is longer than three centuries", "at most 1e10 seconds"),
    ],
)
def test_what_is_said_of_a_number_is_true(make: Any, what: str, mend: str) -> None:
    """Law: a number of the wrong kind, one that is too small and one that is too large are told apart."""
    with pytest.raises(pw.PolicyError) as caught:
        make()
    assert caught.value.what.startswith(what) and mend in (caught.value.mend or "")


def test_a_policy_tells_what_is_not_default() -> None:
    """Law: as_dict holds exactly the fields that differ from the default."""
    assert pw.Policy().as_dict() == {}
    chosen = {"retry": pw.Retry(), "timeout": 2, "pool": "api", "cache": True, "priority": -1}
    assert pw.Policy(**chosen).as_dict() == chosen  # type: ignore[arg-type]  # because a dict of them has no types


def test_policies_are_values() -> None:
    """Law: policies with equal fields are equal, hash alike, and cannot be changed."""
    one, other = pw.Policy(retry=pw.Retry(attempts=2)), pw.Policy(retry=pw.Retry(attempts=2))
    assert one == other and hash(one) == hash(other)
    with pytest.raises(AttributeError):
        one.timeout = 5  # type: ignore[misc]  # that is the mistake
