"""Several at once: whatever threads and processes do to a store together, it is as if one came after another."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import pairwise

from planweave.engine.errors import AlreadyAnswered, LeaseLost, RunExists, RunHeld
from planweave.engine.store.rows import Question, RunRow, Write
from planweave.engine.store.store import Store, open_store
from tests.store.common import HERE, Chain, accepted, at_once, created, never, question
from tests.store.conftest import PROCESSES

THREADS = 8


def test_one_of_many_threads_creates_a_run(store: Store) -> None:
    """Law: of those who create a run of the same id at once, one does, and the others are refused."""
    chains = [Chain() for _ in range(THREADS)]

    def create(i: int) -> int:
        return store.create(RunRow("r", str(i), "queued"), chains[i].write(f"[{i}]"), f"h|b|{i}|s|n", 60)

    found = at_once([partial(create, i) for i in range(THREADS)])
    winners = [i for i, one in enumerate(found) if one == 1]
    assert len(winners) == 1 and sum(isinstance(one, RunExists) for one in found) == THREADS - 1
    assert store.row("r").workflow == str(winners[0]) and list(store.entries("r")) == chains[winners[0]].entries


def test_one_of_many_threads_answers_a_question(store: Store) -> None:
    """Law: of answers that come at once, one is taken and stays; the others are refused."""
    created(store, questions=(question(),))
    found = at_once([partial(store.answer, "r", "n", str(i), f"p{i}", None) for i in range(THREADS)])
    taken = [one for one in found if isinstance(one, Question)]
    assert len(taken) == 1 and sum(isinstance(one, AlreadyAnswered) for one in found) == THREADS - 1
    assert store.questions("r") == taken


def test_one_of_many_threads_claims_a_run(store: Store) -> None:
    """Law: of those who claim at once one holds the run, and the token has grown by one; also within one holder."""
    created(store, seconds=-1)
    for token, holder in ((2, "h|b|{}|s|n"), (3, "h|b|0|s|the same")):
        found = at_once([partial(store.claim, "r", holder.format(i), 60, is_dead=never) for i in range(THREADS)])
        rows = [one for one in found if isinstance(one, RunRow)]
        assert len(rows) == 1 and sum(isinstance(one, RunHeld) for one in found) == THREADS - 1
        assert store.row("r").token == token
        store.commit([Write("r", token, is_release=True)])


def test_what_was_acknowledged_is_there_and_what_was_refused_is_not(store: Store) -> None:
    """Law: while others take a run over again and again, each entry that was taken is in its chain, and no other."""
    created(store, seconds=-1)
    taken: list[bytes] = []

    def work(i: int) -> None:
        while len(taken) < 25:
            time.sleep(0.004 * i)  # whoever has claimed it comes to write something
            try:
                row = store.claim("r", f"h|b|{i}|s|n", 0, is_dead=lambda holder: True)
            except RunHeld:
                continue
            chain = Chain("r", row.token)
            chain.entries = list(store.entries("r"))
            for step in range(3):
                write = chain.write(f"[{i},{step}]")
                if store.commit([write])[0] is not None:
                    break
                taken.append(write.entries[0].hash)

    at_once([partial(work, i) for i in range(4)])
    entries = list(store.entries("r"))
    assert sorted(taken) == sorted(one.hash for one in entries[1:])
    assert [one.number for one in entries] == list(range(len(entries)))
    assert all(later.follows(one.hash) for one, later in pairwise(entries))
    row = store.row("r")
    assert (row.entries, row.head) == (len(entries), entries[-1].hash)


def test_groups_that_concern_the_same_runs_do_not_wait_in_a_circle(store: Store, url: str) -> None:
    """Law: processes that write about the same runs in another order, or renew them, all come to an end."""
    names = [f"r{i}" for i in range(6)]
    for name in names:
        created(store, name)
    other = open_store(url)

    def group(where: Store, order: list[str]) -> int:
        return sum(all(accepted(where, *(Write(name, 1) for name in order))) for _ in range(25))

    def renew() -> int:
        return sum(store.renew(HERE, 60) == set(names) for _ in range(25))

    try:
        calls: list[Callable[[], int]] = [partial(group, store, names), partial(group, other, names[::-1]), renew]
        assert [*at_once(calls)] == [25, 25, 25]
    finally:
        other.close()


def test_a_new_store_may_be_opened_by_many_at_once(url: str) -> None:
    """Law: whoever comes first makes the tables, and all find them."""

    def use(i: int) -> list[str]:
        store = open_store(url)
        try:
            created(store, f"r{i}")
            return [one.id for one in store.rows()]
        finally:
            store.close()

    found = at_once([partial(use, i) for i in range(THREADS)])
    assert all(isinstance(one, list) and f"r{i}" in one for i, one in enumerate(found))


# ---------------------------------------------------------------------- processes


def _claims(url: str, runs: list[str], who: int, begin: float) -> dict[str, int]:
    """In another process: what it could claim, and with which token."""
    store = open_store(url)
    try:
        time.sleep(max(0.0, begin - time.time()))
        found = {}
        for run in runs:
            try:
                found[run] = store.claim(run, f"h|b|{who}|s|n", 60, is_dead=never).token
            except RunHeld:
                continue
        return found
    finally:
        store.close()


def _answers(url: str, who: int, nodes: list[str], begin: float) -> list[str]:
    """In another process: which questions it could answer."""
    store = open_store(url)
    try:
        time.sleep(max(0.0, begin - time.time()))
        found = []
        for node in nodes:
            try:
                store.answer("r", node, str(who), f"p{who}", "t")
            except AlreadyAnswered:
                continue
            found.append(node)
        return found
    finally:
        store.close()


def _appends(url: str, begin: float, count: int) -> int:
    """In another process: how many entries it could append with the token that it knows of, 1."""
    store = open_store(url)
    try:
        chain = Chain()
        chain.entries = list(store.entries("r"))
        time.sleep(max(0.0, begin - time.time()))
        for done in range(count):
            error = store.commit([chain.write("[0]")])[0]
            if error is not None:
                assert isinstance(error, LeaseLost)
                return done
            time.sleep(0.001)  # SQLite lets the same process in again and again if it never pauses
        return count
    finally:
        store.close()


def _soon() -> float:
    return time.time() + 0.3


def test_one_of_many_processes_claims_a_run(store: Store, processes: ProcessPoolExecutor) -> None:
    """Law: each run is claimed by one process, whoever asks at the same moment."""
    runs = [f"r{i}" for i in range(30)]
    for run in runs:
        created(store, run, seconds=-1)
    begin = _soon()
    calls = [processes.submit(_claims, store.url, runs, who, begin) for who in range(PROCESSES)]
    won = Counter[str]()
    for call in calls:
        won.update(call.result())
    assert won == dict.fromkeys(runs, 2)
    assert all(row.token == 2 for row in store.rows())


def test_one_of_many_processes_answers_a_question(store: Store, processes: ProcessPoolExecutor) -> None:
    """Law: each question has one answer, that of the process which was told that it was taken."""
    nodes = [f"n{i}" for i in range(20)]
    created(store, questions=tuple(question(node) for node in nodes))
    begin = _soon()
    calls = [processes.submit(_answers, store.url, who, nodes, begin) for who in range(PROCESSES)]
    told = {node: f"p{who}" for who, call in enumerate(calls) for node in call.result()}
    assert {one.node: one.answered_by for one in store.questions("r")} == told and len(told) == len(nodes)


def test_one_of_two_writers_with_the_same_token_is_refused(store: Store, processes: ProcessPoolExecutor) -> None:
    """Law: even two who think that they hold a run leave one chain without a gap."""
    created(store)
    begin = _soon()
    calls = [processes.submit(_appends, store.url, begin, 40) for _ in range(2)]
    done = [call.result() for call in calls]
    entries = list(store.entries("r"))
    assert len(entries) == 1 + sum(done) and sum(done) >= 40
    assert all(later.follows(one.hash) for one, later in pairwise(entries))


def test_a_claim_fences_a_process_that_goes_on_writing(store: Store, processes: ProcessPoolExecutor) -> None:
    """Law: from the moment a run is claimed nothing of its former holder is recorded, however hard it tries."""
    chain = created(store, seconds=-1)
    call = processes.submit(_appends, store.url, _soon(), 3_000)
    while store.row("r").entries < 5:
        time.sleep(0.005)
    row = store.claim("r", "new|b|2|s|n", 60, is_dead=never)
    assert call.result() == row.entries - 1
    chain.token, chain.entries = row.token, list(store.entries("r"))
    assert len(chain.entries) == row.entries and accepted(store, chain.write()) == [True]
