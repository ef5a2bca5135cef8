"""The account of a run: what is recorded of it, held against what a ledger says was really done.

What must be true, however often the processes that ran it were killed:

- each success is recorded once; the chain of hashes is whole, and the row of the run agrees with it;
- each effect belongs to an attempt whose start is recorded, and to no other: what is not recorded does not happen;
- each node that succeeded had its effect in the attempt that succeeded, under the key of the node;
- each effect beyond the first of a node is explained: its attempt is recorded as failed, interrupted or cancelled;
- what is undone has succeeded, is undone once, and the last first.

That each node has one effect is so in our own tests; where it is not known, three of these are as in ``usual.py``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from planweave.engine.graph import Graph
from planweave.engine.run import Run
from planweave.engine.state import RunState
from planweave.engine.store.entry import START, read_text
from planweave.engine.store.store import Store
from planweave.testing.crash.ledger import Effect
from planweave.testing.crash.told import told
from planweave.testing.crash.usual import What, check_usual


class AccountWrong(AssertionError):
    """What is recorded, and what was done, do not agree."""


class Lost(AccountWrong):
    """Something that was acknowledged is not there."""


class RecordedTwice(AccountWrong):
    """Something that happens once is recorded more than once."""


class Unexplained(AccountWrong):
    """Something was done that no record explains."""


@dataclass(frozen=True)
class Account:
    """The figures of a run whose record and whose ledger agree.

    Attributes:
        run: as it is recorded.
        resumes: how often it was resumed.
        interrupted: attempts whose process ended before they did.
        effects: lines of the ledger.
        extra: lines beyond one for each node.
    """

    run: Run[Any]
    resumes: int
    interrupted: int
    effects: int
    extra: int


@dataclass
class _Try:
    """What is recorded of one attempt."""

    ends: list[str] = field(default_factory=list)


def account(
    store: Store,
    run_id: str,
    effects: Iterable[Effect],
    *,
    nodes: Iterable[str] = (),
    graph: Graph | None = None,
    usual: Mapping[What, int] | None = None,
) -> Account:
    """Hold what is recorded of a run against its effects.

    Args:
        store: where it is recorded.
        run_id: of the run.
        effects: of a ledger; those of other runs are left out.
        nodes: that have an effect if they succeed, beside those that have had one.
        graph: what is run, where it cannot be found by what is recorded.
        usual: the effects of the run if nobody kills it, where a node may have several.

    Raises:
        AccountWrong: they do not agree.
        Unusual: the effects are not the usual ones.
    """
    _check_rows(store, run_id)
    run = told(store, run_id, graph)
    tries, resumes = _tries(run)
    mine = [one for one in effects if one.run == run_id]
    state = store.row(run_id).state
    agree = state == run.state if run.state.is_end else not RunState(state).is_end
    _check(agree, Lost, f"the run is {run.state}, and its row says {state}")
    _check_successes(run)
    _check_undone(run)
    if usual is None:
        _check_effects(run, tries, mine)
        _check_all_done(run, mine, nodes)
    else:
        ended = {node: {number: bool(one.ends) for number, one in some.items()} for node, some in tries.items()}
        check_usual(run, ended, mine, usual)
    interrupted = sum("interrupted" in one.ends for by_number in tries.values() for one in by_number.values())
    return Account(run, resumes, interrupted, len(mine), len(mine) - len({one.node for one in mine}))


def _check_rows(store: Store, run_id: str) -> None:
    """The rows themselves, without the engine's way of reading them."""
    row, head, count = store.row(run_id), START, 0
    successes: Counter[int] = Counter()
    for entry in store.entries(run_id):
        _check(entry.number == count, Lost, f"entry {count} of run '{run_id}' is missing")
        _check(entry.follows(head), Lost, f"entry {count} of run '{run_id}' does not follow the one before it")
        successes.update(one.position for one in read_text(entry.text) if one.kind == "succeeded")
        head, count = entry.hash, count + 1
    _check((row.entries, row.head) == (count, head), Lost, f"the row of run '{run_id}' does not agree with its entries")
    twice = [position for position, times in successes.items() if times > 1]
    _check(not twice, RecordedTwice, f"nodes {twice} of run '{run_id}' are recorded as succeeded more than once")


def _tries(run: Run[Any]) -> tuple[dict[str, dict[int, _Try]], int]:
    """What is recorded of each attempt of each node, and how often the run was resumed."""
    tries: dict[str, dict[int, _Try]] = defaultdict(dict)
    resumes = 0
    for event in run.events:
        resumes += event.kind == "run_resumed"
        if event.node is None:
            continue
        mine = tries[event.node]
        if event.kind == "started":
            number = event.data["attempt"]
            _check(
                number not in mine, RecordedTwice, f"attempt {number} of '{event.node}' is recorded as started twice"
            )
            _check(
                not mine or all(one.ends for one in mine.values()),
                RecordedTwice,
                f"'{event.node}' has two attempts at once",
            )
            mine[number] = _Try()
        elif event.kind in ("succeeded", "failed", "cancelled", "retrying") and mine:
            mine[max(mine)].ends.append("interrupted" if event.data.get("crash") else event.kind)
    return tries, resumes


def _check_successes(run: Run[Any]) -> None:
    times = Counter(event.node for event in run.events if event.kind == "succeeded")
    for node, count in times.items():
        _check(count == 1, RecordedTwice, f"'{node}' is recorded as succeeded {count} times")
    ends = [event.kind for event in run.events if event.node is None and event.kind in _ENDS]
    _check(len(ends) == run.state.is_end, RecordedTwice, f"the run is {run.state} and its ends are recorded as {ends}")


_ENDS = frozenset(f"run_{one}" for one in RunState if one.is_end)


def _check_undone(run: Run[Any]) -> None:
    order = {event.node: number for number, event in enumerate(run.events) if event.kind == "succeeded"}
    undone = [event.node for event in run.events if event.kind == "compensating"]
    _check(len(undone) == len(set(undone)), RecordedTwice, f"one of {undone} is undone twice")
    for node in undone:
        _check(node in order, Unexplained, f"'{node}' is undone, and has not succeeded")
    last_first = sorted(undone, key=lambda node: order[node], reverse=True)
    _check(undone == last_first, Unexplained, f"these are undone in the wrong order: {undone}")


def _check_effects(run: Run[Any], tries: dict[str, dict[int, _Try]], effects: Sequence[Effect]) -> None:
    done: dict[str, Counter[int]] = defaultdict(Counter)
    for one in effects:
        assert one.node is not None and one.attempt is not None
        _check(one.is_keyed_rightly, Unexplained, f"an effect of '{one.node}' has the key of another node")
        done[one.node][one.attempt] += 1
    for node, counts in done.items():
        for number, count in counts.items():
            known = tries[node].get(number)
            _check(
                known is not None,
                Unexplained,
                f"attempt {number} of '{node}' had an effect, and no start of it is recorded",
            )
            _check(count == 1, Unexplained, f"attempt {number} of '{node}' had its effect {count} times")
            assert known is not None
            if sum(counts.values()) > 1:
                ended = bool(known.ends) or not run.state.is_end
                _check(ended, Unexplained, f"the effect of attempt {number} of '{node}' is explained by nothing")


def _check_all_done(run: Run[Any], effects: Sequence[Effect], nodes: Iterable[str]) -> None:
    done = {(one.node, one.attempt) for one in effects}
    succeeded = {event.node for event in run.events if event.kind == "succeeded"}
    for node in {*nodes, *(one.node for one in effects if one.node is not None)}:
        known = run.nodes.get(node)
        if known is not None and node in succeeded and not known.cached:
            last = known.attempts[-1].number
            _check((node, last) in done, Unexplained, f"'{node}' succeeded in attempt {last} without its effect")


def _check(holds: bool, wrong: type[AccountWrong], otherwise: str) -> None:
    if not holds:
        raise wrong(otherwise)
