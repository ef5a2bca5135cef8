"""Kill a workflow at every boundary: once before and once after each write of its journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from planweave.engine.compile import Compilable
from planweave.engine.compile import compile as compile_graph
from planweave.engine.graph import Graph
from planweave.engine.run import Run
from planweave.engine.state import RunState
from planweave.testing.crash.account import Account, Lost
from planweave.testing.crash.boundary import Boundary, dying_at, noted, noting
from planweave.testing.crash.child import PATIENCE
from planweave.testing.crash.faults import SIDES
from planweave.testing.crash.ledger import Effect
from planweave.testing.crash.trial import Trial


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
) -> list[Survived]:
    """Run a workflow once without kills, then once for each boundary, at which its process is killed.

    The killed run is resumed in another process. It must end as the one without kills, and its account must be right
    (see ``account.py``).

    Args:
        workflow: a workflow, a graph, ...; its result must not depend on how often it was interrupted.
        inputs: by name.
        folder: for the store and what the processes tell.
        url: of the store; a file in the folder unless given.
        effects: gives what a ledger has.
        patience: seconds that one process may take.
        replies: what is answered when the run asks, by node: whether it is approved, the value of the event.

    Returns:
        What became of each killed run, in the order of boundaries.

    Raises:
        AssertionError: one did not survive; the message names the boundary.
    """
    graph = compile_graph(workflow)
    here = Trial(
        graph, inputs or {}, url or f"sqlite:///{folder / 'runs.db'}", "unharmed", folder, patience, replies or {}
    )
    here.child(noting(folder / "writes")).wait()
    unharmed = here.account(effects())
    names = here.node_names()
    nodes = {one.node for one in effects() if one.run == here.run_id and one.node is not None}
    survived = []
    for number, label in enumerate(noted(folder / "writes"), 1):
        for side in SIDES:
            trial = replace(here, run_id=f"killed-{side}-{number}")
            boundary = Boundary(side, label)
            words = boundary.words(names)
            try:
                if not trial.child(dying_at(boundary)).wait():
                    raise NotTheSame("it never came there, and without kills it did")
                found = _gone_on(trial, nodes, effects)
                before, after = outcome(unharmed.run), outcome(found.account.run)
                if before != after:
                    raise NotTheSame(f"it ended with {after}, without kills with {before}")
            except AssertionError as error:
                raise type(error)(f"killed {words}: {error}") from error
            survived.append(replace(found, boundary=words))
    return survived


def _gone_on(trial: Trial, nodes: set[str], effects: Callable[[], list[Effect]]) -> Survived:
    """Another process goes on with a run whose process was killed."""
    if trial.submitted.count() and not trial.is_there():
        raise Lost("the run was acknowledged, and is not there")
    trial.child().wait()
    done = [one for one in effects() if one.run == trial.run_id]
    return Survived("", trial.account(done, nodes), tuple(done))


def outcome(run: Run[Any]) -> tuple[Any, ...]:
    """How a run ended: the same for two runs of the same result."""
    if run.state is RunState.SUCCEEDED:
        return str(run.state), repr(run.result)
    return str(run.state), *(run.nodes[one].id for one in getattr(run.error, "causes", ()))
