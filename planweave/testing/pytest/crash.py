"""``pw_crash``: people's own workflows, killed at every write of their journal."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from planweave.engine.compile import Compilable
from planweave.engine.errors import PolicyError
from planweave.engine.graph import Graph
from planweave.engine.run import Run
from planweave.engine.store.address import without_password
from planweave.engine.wording import clip
from planweave.testing.crash.child import PATIENCE
from planweave.testing.crash.difference import outcome as outcome_of
from planweave.testing.crash.everywhere import Survived, crash_everywhere
from planweave.testing.crash.ledger import Ledger

MEMORY = Path("/dev/shm")
"""Files in memory outlive a process that is killed as those on a disk do, and are many times as fast."""

ROOM = 2**26
"""Bytes that must be free there."""


class Crash:
    """Kills a workflow at every boundary, and sees that it is as if it had not been.

    Args:
        ledger: in which the tasks note what they do.
        kept: the folder in which the record of a failure is kept.
    """

    def __init__(self, ledger: Ledger, kept: Path) -> None:
        self._ledger = ledger
        self._kept = kept

    def __call__(
        self,
        workflow: Graph | Compilable,
        inputs: Mapping[str, Any] | None = None,
        *,
        store: str | Path | None = None,
        replies: Mapping[str, Any] | None = None,
        sample: int | None = None,
        seed: int = 0,
        outcome: Callable[[Run[Any]], Any] = outcome_of,
        patience: float = PATIENCE,
    ) -> list[Survived]:
        """Run a workflow twice unharmed; then, for each boundary, once more in a process that is killed there.

        Boundaries are the moments before and after each write of the journal. Another process resumes the killed run.
        The result must be that of the unharmed run, each result recorded once, and every effect in the ledger
        explained by a recorded attempt.

        Args:
            workflow: a workflow, a graph, a plan with its actions.
            inputs: by name.
            store: the path or URL of a store; an SQLite file of its own unless given.
            replies: what is answered when the run asks, by the id of the node: whether it is approved, the value of
                the event. Where only some people may answer, one of them does.
            sample: kill at so many boundaries only, drawn by chance.
            seed: what they are drawn by.
            outcome: what of a run must be the same; how it ended, and its result, unless given.
            patience: seconds that one process may take.

        Returns:
            What became of each killed run: ``boundary`` in words, ``run``, ``effects`` and ``count(name, key)``.

        Raises:
            AssertionError: one did not survive; the message names the boundary.
            PolicyError: an option cannot be what it is.
        """
        __tracebackhide__ = True
        if sample is not None and (isinstance(sample, bool) or not isinstance(sample, int) or sample < 1):
            raise PolicyError(f"sample={clip(sample)} kills nowhere", mend="use a whole number from 1, or leave it out")
        prefix = "" if store is None else f"{uuid.uuid4().hex[:8]}-"
        folder = Path(tempfile.mkdtemp(prefix="planweave-", dir=_memory()))
        try:
            return crash_everywhere(
                workflow,
                inputs,
                folder=folder,
                url=None if store is None else str(store),
                effects=self._ledger.effects,
                patience=patience,
                replies=replies,
                sample=sample,
                seed=seed,
                outcome=outcome,
                is_strict=False,
                prefix=prefix,
            )
        except AssertionError as error:
            kept = self._keep(folder)
            where = kept / "runs.db" if store is None else without_password(str(store))
            error.add_note(f"Look at it: planweave show RUN --store {where}")
            error.add_note(f"What its processes have printed, and the ledger: {kept}")
            # what is below is ours; the message has all that is known
            raise error.with_traceback(None) from None
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _keep(self, folder: Path) -> Path:
        """Keep what is known of a failure."""
        kept = self._kept / folder.name
        shutil.copytree(folder, kept)
        if self._ledger.path.exists():
            shutil.copy(self._ledger.path, kept / "ledger")
        return kept


def _memory() -> Path | None:
    """A folder in memory, where that can be had."""
    return MEMORY if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM else None
