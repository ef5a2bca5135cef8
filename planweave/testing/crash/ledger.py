"""The ledger: a file outside the engine, to which every effect appends a line. It counts what really happened."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

from planweave.engine.context import current, idempotency_key

VARIABLE = "PLANWEAVE_LEDGER"
"""The variable of the environment that names the file of a test's ledger to all its processes."""


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


class NotOnce(AssertionError):
    """Something happened too often, or not at all.

    Attributes:
        effects: what happened.
    """

    def __init__(self, what: str, effects: tuple[Effect, ...] = ()) -> None:
        super().__init__(what)
        self.effects = effects


class Ledger:
    """Effects in a file; any process may record, and what it has recorded survives it, and the loss of power.

    Args:
        path: of the file; made with the first effect.

    Attributes:
        path: of the file.

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

    def count(self, name: str | None = None, key: object = None, *, run: str | None = None) -> int:
        """How often something has happened: with a key, in a run, if that is given."""
        return len(self._some(name, key, run))

    def counts(self, name: str | None = None) -> Counter[str]:
        """How often something has happened, by key."""
        return Counter(one.key for one in self.effects(name))

    # ------------------------------------------------------------------ what must be so

    def assert_at_most_once(self, name: str | None = None, key: object = None, *, run: str | None = None) -> None:
        """In no run has the same thing happened to the same key twice.

        Args:
            name: of what has happened; everything unless given.
            key: with this key; with any unless given.
            run: in this run; in any unless given.

        Raises:
            NotOnce: it has; the message says which attempts of which nodes did it.
        """
        found = defaultdict[tuple[str | None, str, str], list[Effect]](list)
        for one in self._some(name, key, run):
            found[one.run, one.name, one.key].append(one)
        for some in found.values():
            if len(some) > 1:
                first, who = some[0], ", and by ".join(map(_who, some))
                raise NotOnce(f"{_thing(first)} happened {len(some)} times{_run(first.run)}: by {who}", tuple(some))

    def assert_at_least_once(self, name: str, key: object = None, *, run: str | None = None) -> None:
        """Something has happened in each run of which the ledger has anything; arguments as above.

        Raises:
            NotOnce: it has not.
        """
        runs = {one.run for one in self.effects()} if run is None else {run}
        done = {one.run for one in self._some(name, key, run)}
        if runs and runs <= done:
            return
        left = sorted(runs - done, key=str)
        raise NotOnce(f"{_thing(Effect(name, _text(key)))} has not happened{_run(left[0] if left else None)}")

    def assert_exactly_once(self, name: str, key: object = None, *, run: str | None = None) -> None:
        """Something has happened once in each run of which the ledger has anything; arguments as above.

        Raises:
            NotOnce: it has not, or more often.
        """
        self.assert_at_least_once(name, key, run=run)
        self.assert_at_most_once(name, key, run=run)

    def _some(self, name: str | None, key: object, run: str | None) -> list[Effect]:
        return [
            one
            for one in self.effects(name)
            if (key is None or one.key == str(key)) and (run is None or one.run == run)
        ]


def ledger() -> Ledger:
    """The ledger of the test that runs: that of the fixture ``pw_ledger``, found from any process of the test.

    Raises:
        LookupError: no test with that fixture runs.
    """
    path = os.environ.get(VARIABLE)
    if path is None:
        raise LookupError("there is no ledger here: a test with the fixture pw_ledger has one while it runs")
    return Ledger(Path(path))


def _text(key: object) -> str:
    return "" if key is None else str(key)


def _thing(effect: Effect) -> str:
    return f"'{effect.name}'" + (f" with the key '{effect.key}'" if effect.key else "")


def _run(run: str | None) -> str:
    return "" if run is None else f" in run '{run}'"


def _who(effect: Effect) -> str:
    if effect.node is None:
        return f"process {effect.process}, outside of any task"
    return f"attempt {effect.attempt} of '{effect.node}' (process {effect.process})"


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
