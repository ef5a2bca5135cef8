"""Stores: where runs are recorded. The protocol, and the one table of what there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from planweave.engine.errors import PolicyError, StoreError
from planweave.engine.location import Location
from planweave.engine.store.address import without_password
from planweave.engine.store.entry import Entry
from planweave.engine.store.rows import News, Question, RunRow, Write


@runtime_checkable
class Store(Protocol):
    """Where runs are recorded. Each call is a transaction of its own, and may be made from any thread.

    Whatever a store cannot do it says with a ``StoreError``, and then nothing of that call has been done.

    Attributes:
        url: where it is, without a password; ``open_store`` gives the same store for it again, where none is needed.
    """

    url: str

    # ------------------------------------------------------------------ the holder of a run

    def create(self, row: RunRow, first: Write, holder: str, seconds: float) -> int:
        """Record a new run with its first entries, held by ``holder`` for so many seconds; gives the token.

        Raises:
            RunExists: there is one of that id.
        """
        ...

    def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
        """Write about several runs in one transaction; for each, None or why it was refused (``LeaseLost``)."""
        ...

    def claim(self, run: str, holder: str, seconds: float, *, is_dead: Callable[[str], bool]) -> RunRow:
        """Hold a run from now on, with a token greater than any before.

        Args:
            run: which.
            holder: who.
            seconds: for how long at first.
            is_dead: whether a holder is known to be gone: then its lease need not have ended.

        Raises:
            UnknownRun: there is none of that id.
            RunHeld: another holds it.
        """
        ...

    def renew(self, holder: str, seconds: float) -> set[str]:
        """Hold all that ``holder`` holds for so many seconds from now; gives which runs these are."""
        ...

    def news(self, runs: Sequence[str], asking: Sequence[str], events: Sequence[tuple[str, str]]) -> list[News]:
        """What others have written about runs, and these have not taken yet.

        Args:
            runs: those of which is told what is wanted of them.
            asking: those whose answers are told.
            events: runs, each with the name of an event that is told, those sent first before others.
        """
        ...

    def stop_asking(self, run: str, node: str, token: int) -> Question:
        """Take no answer to a question from now on; gives it as it then is: it may have been answered before.

        Raises:
            LeaseLost: the token is not that of the last holder.
            UnknownQuestion: nothing is asked there.
        """
        ...

    # ------------------------------------------------------------------ anybody

    def row(self, run: str) -> RunRow:
        """What is known of a run; raises UnknownRun."""
        ...

    def rows(self, states: Sequence[str] = (), *, is_brief: bool = False) -> list[RunRow]:
        """All runs, those created last first.

        Args:
            states: only those in one of these, if any are given.
            is_brief: leave out what may be large: the graph, fingerprints, inputs and options.
        """
        ...

    def claimable(self, *, is_dead: Callable[[str], bool] = lambda holder: False) -> list[str]:
        """The runs that somebody should take up now: their holder is gone, or what they waited for is there.

        Args:
            is_dead: whether a holder is known to be gone: then its lease need not have ended.
        """
        ...

    def entries(self, run: str, start: int = 0) -> Iterator[Entry]:
        """The entries of a run in order, from the number ``start`` on."""
        ...

    def questions(self, run: str | None = None) -> list[Question]:
        """The questions of a run, or of all, in the order of run and node."""
        ...

    def answer(self, run: str, node: str, answer: str, by: str, token: str | None) -> Question:
        """Answer a question, once and for all.

        Raises:
            AnswerRefused: nothing is asked there, it is answered, it is late, by one who may not, or with another token
                than its own.
        """
        ...

    def send(self, run: str, event: str, value: str, by: str, id: str) -> None:
        """Send an event to a run, which is kept until the run waits for it; on record when this returns.

        Args:
            run: which.
            event: its name.
            value: as JSON.
            by: who sends it; empty: nobody knows.
            id: of what is sent: with one that was sent before nothing is done.

        Raises:
            AnsweredLate: the run has ended.
        """
        ...

    def want(self, run: str, what: str) -> RunRow:
        """Ask the holder of a run for something: ``"cancel"``, ``"undo"``; on record when this returns."""
        ...

    def cached(self, key: str) -> str | None:
        """The value of an equal call, as JSON; None: there is none."""
        ...

    def keep(self, key: str, value: str, run: str) -> None:
        """Keep the value of a call for equal ones."""
        ...

    def put_blob(self, name: str, data: bytes) -> None:
        """Keep a value that is too large for a row; on disk when this returns. What has that name already stays."""
        ...

    def get_blob(self, name: str) -> bytes | None:
        """The value of that name; None: there is none."""
        ...

    def prune(self, run: str) -> int:
        """Delete the records, questions and kept values of a run that has ended; gives how many entries these were.

        Its row stays, with the count and the last hash of the entries. Of a run that has not ended nothing is deleted.
        """
        ...

    def drop_blobs(self, *, older_than: float) -> int:
        """Delete the blobs that nothing refers to any more, and that nobody has put for so many seconds."""
        ...

    def check(self) -> list[str]:
        """What the database itself finds damaged, and what belongs to no run, in words; nothing: it is sound."""
        ...

    def now(self) -> float:
        """Seconds since the epoch by the clock of the store."""
        ...

    def close(self) -> None:
        """Close what is open; the store can be opened again."""
        ...


def _sqlite(url: str) -> Store:
    from planweave.engine.store.sqlite import SqliteStore

    return SqliteStore(Path(url.removeprefix("sqlite:///")))


def _postgresql(url: str) -> Store:
    from planweave.engine.store.postgres import PostgresStore

    return PostgresStore(url)


MAKERS: dict[str, Callable[[str], Store]] = {"sqlite": _sqlite, "postgresql": _postgresql, "postgres": _postgresql}
"""What opens each kind of URL."""


def open_store(where: str | Path) -> Store:
    """Open a store: the path of an SQLite database (made if it is not there), ``sqlite:///path``, ``postgresql://...``.

    Raises:
        PolicyError: it is neither.
        StoreUnusable: it cannot be opened.
        SchemaTooNew: a newer planweave has written it.
    """
    text = str(where)
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest, text = "sqlite", text, f"sqlite:///{text}"
    if scheme not in MAKERS or not rest.strip("/"):
        raise PolicyError(
            f"store={without_password(text)!r:.80} is no place for runs",
            where=Location.of_user(),
            mend='use the path of a file, "sqlite:///runs.db" or "postgresql://user@host/database"',
        )
    return MAKERS[scheme](text)
