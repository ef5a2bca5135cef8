"""Planted bugs: stores that forget a rule, each of which the machine must find."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from planweave.engine.errors import AlreadyAnswered, AnsweredLate, StoreError
from planweave.engine.store.entry import START
from planweave.engine.store.rows import Question, RunRow, Write
from tests.crash.proxy import Around

MUTANTS: list[type[Around]] = []


def mutant(kind: type[Around]) -> type[Around]:
    MUTANTS.append(kind)
    return kind


class Wrong(Around):
    """A store in a file, whose database may be written to past all rules."""

    def do(self, sql: str, *values: Any) -> None:
        self.store._write(lambda cursor: cursor.execute(sql, values))  # type: ignore[attr-defined]  # because no store breaks a rule by itself


class WrongCommit(Wrong):
    """Writes and then does something about each write, which may have been refused."""

    def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
        found = self.store.commit(writes)
        return [self.after(one, error) for one, error in zip(writes, found, strict=True)]

    def after(self, write: Write, error: StoreError | None) -> StoreError | None:
        return error


# ---------------------------------------------------------------------- commit


@mutant
class DoesNotLookAtTheToken(Wrong):
    def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
        return self.store.commit([replace(one, token=self.store.row(one.run).token) for one in writes])


@mutant
class WritesForWhoHasLetGo(WrongCommit):
    def after(self, write: Write, error: StoreError | None) -> StoreError | None:
        row = self.store.row(write.run)
        if error is None or row.holder is not None or write.token != row.token:
            return error
        self.do("UPDATE run SET holder = 'x|b|0|s|', lease_until = 0 WHERE id = ?", write.run)
        (found,) = self.store.commit([replace(write, is_release=True)])
        self.do("UPDATE run SET holder = NULL, lease_until = NULL WHERE id = ?", write.run)
        return found


@mutant
class LeavesGaps(WrongCommit):
    def after(self, write: Write, error: StoreError | None) -> StoreError | None:
        row = self.store.row(write.run)
        is_gap = bool(write.entries) and write.entries[0].number > row.entries
        if error is None or row.holder is None or write.token != row.token or not is_gap:
            return error
        for one in write.entries:
            self.do("INSERT INTO entry VALUES (?, ?, ?, ?)", write.run, one.number, one.text, one.hash)
        return None


@mutant
class WritesOverWhatIsThere(WrongCommit):
    def after(self, write: Write, error: StoreError | None) -> StoreError | None:
        row = self.store.row(write.run)
        if error is None or row.holder is None or write.token != row.token:
            return error
        for one in write.entries:
            self.do("REPLACE INTO entry VALUES (?, ?, ?, ?)", write.run, one.number, one.text, one.hash)
        return None


@mutant
class WritesTheFirstOfAGroup(Wrong):
    def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
        return [*self.store.commit(writes[:1]), *[None for _ in writes[1:]]]


@mutant
class KeepsSomeOfWhatItRefuses(WrongCommit):
    def after(self, write: Write, error: StoreError | None) -> StoreError | None:
        if error is not None:
            self.do("UPDATE run SET updated = updated + 1 WHERE id = ?", write.run)
        return error


@mutant
class ForgetsToRelease(Wrong):
    def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
        return self.store.commit([replace(one, is_release=False) for one in writes])


@mutant
class ReleasesWithoutTellingOfTheLastEntry(WrongCommit):
    def after(self, write: Write, error: StoreError | None) -> StoreError | None:
        if error is None and write.is_release:
            self.do("UPDATE run SET entries = entries - 1 WHERE id = ?", write.run)
        return error


@mutant
class LeavesQuestionsOpen(Wrong):
    def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
        return self.store.commit([replace(one, closed=()) for one in writes])


@mutant
class DeliversEventsTwice(Wrong):
    def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
        return self.store.commit([replace(one, taken=()) for one in writes])


@mutant
class LosesTheEventBehindTheOneThatIsTaken(Wrong):
    def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
        return self.store.commit(
            [replace(one, taken=(*one.taken, max(one.taken) + 1)) if one.taken else one for one in writes]
        )


@mutant
class TakesEventsForTheFormerHolder(WrongCommit):
    def after(self, write: Write, error: StoreError | None) -> StoreError | None:
        for number in write.taken:
            self.do("UPDATE event SET taken_at = 1.0 WHERE run = ? AND number = ?", write.run, number)
        return error


# ---------------------------------------------------------------------- claim and renew


@mutant
class ClaimsWhatIsHeld(Wrong):
    def claim(self, run: str, holder: str, seconds: float, *, is_dead: Callable[[str], bool]) -> RunRow:
        return self.store.claim(run, holder, seconds, is_dead=lambda _: True)


@mutant
class KeepsTheTokenOfTheFormerHolder(Wrong):
    def claim(self, run: str, holder: str, seconds: float, *, is_dead: Callable[[str], bool]) -> RunRow:
        row = self.store.claim(run, holder, seconds, is_dead=is_dead)
        self.do("UPDATE run SET token = token - 1 WHERE id = ?", run)
        return replace(row, token=row.token - 1)


@mutant
class RenewsTheLeasesOfAll(Wrong):
    def renew(self, holder: str, seconds: float) -> set[str]:
        held = self.store.renew(holder, seconds)
        self.do("UPDATE run SET lease_until = ? WHERE holder IS NOT NULL", self.store.now() + seconds)
        return held


# ---------------------------------------------------------------------- what others say


@mutant
class AnswersTwice(Wrong):
    def answer(self, run: str, node: str, answer: str, by: str, token: str | None) -> Question:
        try:
            return self.store.answer(run, node, answer, by, token)
        except AlreadyAnswered:
            self.do("UPDATE question SET answer = ? WHERE run = ? AND node = ?", answer, run, node)
            return self.store.questions(run)[0]


@mutant
class AnswersWhatIsAskedNoMore(Wrong):
    def answer(self, run: str, node: str, answer: str, by: str, token: str | None) -> Question:
        try:
            return self.store.answer(run, node, answer, by, token)
        except AnsweredLate:
            self.do("UPDATE question SET answer = ? WHERE run = ? AND node = ?", answer, run, node)
            return self.store.questions(run)[0]


@mutant
class StopsAskingForTheFormerHolder(Wrong):
    def stop_asking(self, run: str, node: str, token: int) -> Question:
        return self.store.stop_asking(run, node, self.store.row(run).token)


@mutant
class SendsTwice(Wrong):
    def send(self, run: str, event: str, value: str, by: str, id: str) -> None:
        self.store.send(run, event, value, by, uuid.uuid4().hex)


@mutant
class KeepsOneEventOfEachName(Wrong):
    def send(self, run: str, event: str, value: str, by: str, id: str) -> None:
        self.store.send(run, event, value, by, event)


@mutant
class TakesTheLastWish(Wrong):
    def want(self, run: str, what: str) -> RunRow:
        self.store.want(run, what)
        self.do("UPDATE run SET wanted = ? WHERE id = ? AND wanted IS NOT NULL", what, run)
        return self.store.row(run)


@mutant
class KeepsTheLastValue(Wrong):
    def keep(self, key: str, value: str, run: str) -> None:
        self.do("DELETE FROM cached WHERE key = ?", key)
        self.store.keep(key, value, run)


# ---------------------------------------------------------------------- prune, drop_blobs, close


@mutant
class PrunesWhatGoesOn(Wrong):
    def prune(self, run: str) -> int:
        count = self.store.prune(run)
        self.do("DELETE FROM entry WHERE run = ?", run)
        return count


@mutant
class ForgetsTheChainOfWhatItPrunes(Wrong):
    def prune(self, run: str) -> int:
        count = self.store.prune(run)
        self.do("UPDATE run SET entries = 0, head = ? WHERE id = ? AND pruned IS NOT NULL", START, run)
        return count


@mutant
class LeavesTheLastEntryWhenItPrunes(Wrong):
    def prune(self, run: str) -> int:
        last = list(self.store.entries(run))[-1:]
        count = self.store.prune(run)
        for one in last if count else ():
            self.do("INSERT INTO entry VALUES (?, ?, ?, ?)", run, one.number, one.text, one.hash)
        return count


@mutant
class DropsValuesThatAreReferredTo(Wrong):
    def drop_blobs(self, *, older_than: float) -> int:
        return self.store.blobs.drop(set(), older_than=older_than)  # type: ignore[attr-defined,no-any-return]  # because only a file has a folder


@mutant
class ForgetsTheLastEntryWhenClosed(Wrong):
    def close(self) -> None:
        self.do("DELETE FROM entry WHERE number = (SELECT max(number) FROM entry)")
        self.store.close()
