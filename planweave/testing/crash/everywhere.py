"""Kill a workflow at every boundary: once before and once after each write of its journal."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from planweave.engine.compile import Compilable
from planweave.engine.compile import compile as compile_graph
from planweave.engine.graph import Graph
from planweave.engine.run import Run
from planweave.engine.wording import cut
from planweave.testing.crash.account import Account, Lost
from planweave.testing.crash.boundary import Boundary, dying_at, noted, noting
from planweave.testing.crash.child import PATIENCE, Child
from planweave.testing.crash.difference import Telling, outcome
from planweave.testing.crash.faults import SIDES
from planweave.testing.crash.ledger import Effect
from planweave.testing.crash.trial import Trial
from planweave.testing.crash.usual import What, usual_of

HINT = "what a task gives must follow from its inputs: all that a process remembers is gone when it ends"


class NotTheSame(AssertionError):
    """A run that was killed ended in another way than the one that was not."""


@dataclass(frozen=True)
class Survived:
    """A run that was killed once, and is as if it had not been.

    Attributes:
        boundary: where it was killed, in words.
        account: what is left of it.
        effects: what it did, in order.
    """

    boundary: str
    account: Account
    effects: tuple[Effect, ...]

    @property
    def run(self) -> Run[Any]:
        """The run, as it is recorded."""
        return self.account.run

    def count(self, name: str | None = None, key: object = None) -> int:
        """How often it had an effect."""
        return sum((name is None or one.name == name) and (key is None or one.key == str(key)) for one in self.effects)


def crash_everywhere(
    workflow: Graph | Compilable,
    inputs: Mapping[str, Any] | None = None,
    *,
    folder: Path,
    url: str | None = None,
    effects: Callable[[], list[Effect]] = list,
    patience: float = PATIENCE,
    replies: Mapping[str, Any] | None = None,
    sample: int | None = None,
    seed: int = 0,
    outcome: Callable[[Run[Any]], Any] = outcome,
    is_strict: bool = True,
    prefix: str = "",
) -> list[Survived]:
    """Run a workflow twice without kills, then once for each boundary, at which its process is killed.

    The killed run is resumed in another process. It must end as those without kills, and its account must be right
    (see ``account.py``).

    Args:
        workflow: a workflow, a graph, ...; its result must not depend on how often it was interrupted.
        inputs: by name.
        folder: for the store and what the processes tell.
        url: of the store; a file in the folder unless given.
        effects: gives what a ledger has.
        patience: seconds that one process may take.
        replies: what is answered when the run asks, by node: whether it is approved, the value of the event.
        sample: kill at so many boundaries only, drawn by chance; at all unless given.
        seed: what they are drawn by.
        outcome: what of a run must be the same; how it ended, and its result, unless given.
        is_strict: an attempt that succeeds has its effects itself. If not, they are held against those of the run
            without kills: what an interrupted attempt has done need not be done again.
        prefix: of the ids of the runs.

    Returns:
        What became of each killed run, in the order of boundaries.

    Raises:
        AssertionError: one did not survive; the message names the boundary.
    """
    graph = compile_graph(workflow)
    url = url or f"sqlite:///{folder / 'runs.db'}"
    trial = Trial(graph, inputs or {}, url, f"{prefix}unharmed", folder, patience, replies or {})
    kills = _Kills(trial, effects, outcome, is_strict)
    kills.rehearse()
    return [kills.survive(*one) for one in kills.boundaries(sample, seed)]


class _Kills:
    """The kills of one workflow.

    Args:
        trial: the run without kills.
        effects: gives what a ledger has.
        outcome: what of a run must be the same.
        is_strict: as of ``crash_everywhere``.
    """

    def __init__(
        self, trial: Trial, effects: Callable[[], list[Effect]], outcome: Callable[[Run[Any]], Any], is_strict: bool
    ) -> None:
        self._trial = trial
        self._writes = trial.folder / f"{trial.run_id}.writes"
        self._effects = effects
        self._outcome = outcome
        self._is_strict = is_strict
        self._nodes: set[str] = set()
        self._usual: dict[What, int] | None = None
        self._names: list[str] = []
        self._unharmed: Run[Any]

    def rehearse(self) -> None:
        """Let it run twice without kills: what differs then says nothing of kills."""
        ended(self._trial.child(noting(self._writes)))
        done = self._done(self._trial)
        self._nodes = {one.node for one in done if one.node is not None}
        self._usual = None if self._is_strict else usual_of(done)
        self._names = self._trial.node_names()
        self._unharmed = self._accounted(self._trial, "").account.run
        again = replace(self._trial, run_id=f"{self._trial.run_id}-again")
        with _told("not killed, for the second time", again):
            ended(again.child())
            self._check_same(self._accounted(again, "").account.run)

    def boundaries(self, sample: int | None, seed: int) -> list[tuple[int, Boundary]]:
        """Where it is killed, each with the number of the write."""
        labels = enumerate(noted(self._writes), 1)
        found = [(number, Boundary(side, label)) for number, label in labels for side in SIDES]
        if sample is None or sample >= len(found):
            return found
        chosen = random.Random(seed).sample(range(len(found)), sample)
        return [found[i] for i in sorted(chosen)]

    def survive(self, number: int, boundary: Boundary) -> Survived:
        """Kill it there, let another process go on with it, and look at what is left."""
        run_id = f"{self._trial.run_id.removesuffix('unharmed')}killed-{boundary.side}-{number}"
        trial, words = replace(self._trial, run_id=run_id), boundary.words(self._names)
        with _told(f"killed {words}", trial):
            if not ended(trial.child(dying_at(boundary))):
                raise NotTheSame("it never came there, and without kills it did")
            if trial.submitted.count() and not trial.is_there():
                raise Lost("the run was acknowledged, and is not there")
            ended(trial.child())
            found = self._accounted(trial, words)
            self._check_same(found.account.run)
        return found

    def _done(self, trial: Trial) -> list[Effect]:
        return [one for one in self._effects() if one.run == trial.run_id]

    def _accounted(self, trial: Trial, words: str) -> Survived:
        done = self._done(trial)
        return Survived(words, trial.account(done, self._nodes, self._usual), tuple(done))

    def _check_same(self, run: Run[Any]) -> None:
        before, after = self._outcome(self._unharmed), self._outcome(run)
        unharmed, this = Telling(self._unharmed), Telling(run)
        if this.is_same(after, unharmed, before):
            return
        where = this.parting(unharmed)
        raise NotTheSame(
            f"it ended with {cut(this.text(after))}, without kills with {cut(unharmed.text(before))}"
            f"{f'; the first difference: {where}' if where else ''}; {HINT}"
        )


@contextmanager
def _told(where: str, trial: Trial) -> Iterator[None]:
    """Say where an error came up, and of which run."""
    try:
        yield
    except AssertionError as error:
        told = type(error)(f"{where}: {error}")
        told.add_note(f"It is recorded as run '{trial.run_id}'.")
        raise told from error


def ended(child: Child) -> bool:
    """Wait for the end of a child, which is no more then whatever happens here; gives whether it was killed."""
    try:
        return child.wait()
    finally:
        child.end()
