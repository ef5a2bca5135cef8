"""Planted bugs: stores that forget a rule, each of which the machine must find."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from planweave.engine.errors import AlreadyAnswered, AnsweredLate, StoreError
from planweave.engine.store.rows import Question, RunRow, Write
from tests.crash.proxy import Around

MUTANTS: list[type[Around]] = []


def mutant(kind: type[Around]) -> type[Around]:
    MUTANTS.append(kind)
    return kind


class Wrong(Around):
    """A store in a file, whose database may be written to past all rules."""

    def do(self, sql: str, *values: Any) -> None:
        self.store._write(lambda cursor: cursor.execute(sql, values))  # type: ignore[attr-defined]


@mutant
class DoesNotLookAtTheToken(Wrong):
    def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
        return self.store.commit([replace(one, token=self.store.row(one.run).token) for one in writes])


@mutant
class LeavesGaps(Wrong):
    def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
        found = self.store.commit(writes)
        for i, one in enumerate(writes):
            row = self.store.row(one.run)
            if found[i] is not None and one.token == row.token and one.entries[0].number > row.entries:
                for entry in one.entries:
                    self.do("INSERT INTO entry VALUES (?, ?, ?, ?)", one.run, entry.number, entry.text, entry.hash)
                found[i] = None
        return found


@mutant
class WritesTheFirstOfAGroup(Wrong):
    def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
        return [*self.store.commit(writes[:1]), *[None for _ in writes[1:]]]


@mutant
class ForgetsWhichEventsWereTaken(Wrong):
    def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
        return self.store.commit([replace(one, taken=()) for one in writes])


@mutant
class LeavesQuestionsOpen(Wrong):
    def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
        return self.store.commit([replace(one, closed=()) for one in writes])


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
class TakesTheAnswerOfAnybody(Wrong):
    def answer(self, run: str, node: str, answer: str, by: str, token: str | None) -> Question:
        return self.store.answer(run, node, answer, "ann", token)


@mutant
class SendsTwice(Wrong):
    def send(self, run: str, event: str, value: str, by: str, id: str) -> None:
        self.store.send(run, event, value, by, uuid.uuid4().hex)


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


@mutant
class PrunesWhatGoesOn(Wrong):
    def prune(self, run: str) -> int:
        count = self.store.prune(run)
        self.do("DELETE FROM entry WHERE run = ?", run)
        return count


@mutant
class DropsValuesThatAreReferredTo(Wrong):
    def drop_blobs(self, *, older_than: float) -> int:
        return self.store.blobs.drop(set(), older_than=older_than)  # type: ignore[attr-defined,no-any-return]


@mutant
class ForgetsTheLastEntryWhenClosed(Wrong):
    def close(self) -> None:
        self.do("DELETE FROM entry WHERE number = (SELECT max(number) FROM entry)")
        self.store.close()
