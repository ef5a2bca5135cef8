"""The ledger: a file outside the engine, to which every effect appends a line. It counts what really happened."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from planweave.engine.context import current, idempotency_key


@dataclass(frozen=True, slots=True)
class Effect:
    """One line: something that really happened.

    Attributes:
        name: what.
        key: to whom, or with what.
        run: the run whose task did it; None: none did, as with all that follows.
        node: its node.
        attempt: the number of the attempt.
        idempotency_key: what a receiver would know the effect by.
        process: which did it.
    """

    name: str
    key: str = ""
    run: str | None = None
    node: str | None = None
    attempt: int | None = None
    idempotency_key: str | None = None
    process: int = 0

    @property
    def is_keyed_rightly(self) -> bool:
        """Whether its idempotency key is the one of its node."""
        if self.run is None or self.node is None:
            return self.idempotency_key is None
        return self.idempotency_key == idempotency_key(self.run, self.node)


class Ledger:
    """Effects in a file; any process may record, and what it has recorded survives it, and the loss of power.

    Args:
        path: of the file; made with the first effect.

    >>> import tempfile
    >>> ledger = Ledger(Path(tempfile.mkdtemp()) / "ledger")
    >>> ledger.record("sent", "ada@example.org")
    >>> ledger.count("sent"), ledger.count("sent", "bob@example.org")
    (1, 0)
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def record(self, name: str, key: object = "") -> None:
        """Note that something has happened; it is on disk when this returns.

        In the body of a task its run, node and attempt are noted, too.

        Args:
            name: of what has happened.
            key: to whom, or with what; what tells this effect from others of that name.
        """
        effect = Effect(name, str(key), process=os.getpid())
        if current.get() is not None:
            effect = _of_task(effect)
        self.append(effect)

    def append(self, effect: Effect) -> None:
        """Append a line."""
        line = f"\n{json.dumps(asdict(effect))}\n"  # a line of its own, even after one that a kill has cut off
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            os.write(file, line.encode())  # one call: lines of several processes do not mix
            os.fsync(file)
        finally:
            os.close(file)

    def effects(self, name: str | None = None) -> list[Effect]:
        """What has happened, in order; only what bears a name if one is given."""
        if not self.path.exists():
            return []
        found = map(_whole, self.path.read_text().splitlines())
        return [one for one in found if one is not None and name in (None, one.name)]

    def size(self) -> int:
        """How much has happened in all, without a look at what it was."""
        return self.path.read_bytes().count(b"}\n") if self.path.exists() else 0

    def count(self, name: str | None = None, key: object = None) -> int:
        """How often something has happened."""
        return sum(key is None or one.key == str(key) for one in self.effects(name))

    def counts(self, name: str | None = None) -> Counter[str]:
        """How often something has happened, by key."""
        return Counter(one.key for one in self.effects(name))


def _whole(line: str) -> Effect | None:
    """What a line tells; None: whoever wrote it was killed before it was on disk, or is still writing."""
    try:
        return Effect(**json.loads(line))
    except json.JSONDecodeError:
        return None


def _of_task(effect: Effect) -> Effect:
    from planweave.engine.context import context

    task = context()
    return Effect(
        effect.name, effect.key, task.run_id, task.node_id, task.attempt, task.idempotency_key, effect.process
    )
