"""People: what a run asks the world, and what comes back: decisions, events, and what others want of the run.

A node that asks waits (``NodeState.WAITING``); the question is recorded together with that. In a stored run the answer
is a row that somebody else writes; the inbox of the store looks for it (``store/inbox.py``). In a run in memory it
comes by ``run.answer`` and ``run.send``. From there on both are alike.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planweave.engine.errors import Interrupted, Unanswered, UnknownQuestion, ValueRefused
from planweave.engine.journal import stored
from planweave.engine.node import Approve, Node, WaitFor
from planweave.engine.questions import (
    APPROVAL,
    CRASH,
    LATE,
    Asked,
    approval_of,
    asked_after_crash,
    asked_again,
    asked_by,
    check_content,
    closed,
    fitted,
)
from planweave.engine.state import GOING, NodeState, RunState
from planweave.engine.store.admission import admit
from planweave.engine.store.rows import News, Question
from planweave.engine.store.values import load

if TYPE_CHECKING:
    from planweave.engine.scheduler import Scheduler

Content = Mapping[str, Any]
"""What an answer says: ``approved`` and ``comment`` of an approval; ``value`` of anything else."""


class People:
    """What a run asks the world.

    Attributes:
        questions: all that this process knows of, by the position of the node.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._journal = stored(scheduler.journal)
        self.questions: dict[int, Question] = {}
        self._open: dict[int, None] = {}  # in the order in which they were asked
        self._taken: set[int] = set()
        self._kept: dict[str, deque[tuple[Any, str, float]]] = {}  # in memory: events that nobody has waited for yet

    # ------------------------------------------------------------------ asking

    def ask(self, position: int, node: Node, now: float) -> None:
        """A node begins to wait for an answer; raises ValueRefused where nothing can be asked."""
        values = [self._scheduler.data.value_of(source) for source in node.args]
        self._ask(position, asked_by(node, values, now), now)

    def ask_after_crash(self, position: int, error: Interrupted, attempt: int, now: float) -> None:
        """Ask what becomes of a node whose process has ended."""
        asked = asked_after_crash(self._scheduler.data.nodes[position], attempt)
        self._ask(position, asked, now, {"error": error, "attempt": attempt})

    def _ask(self, position: int, asked: Asked, now: float, more: Content | None = None) -> None:
        question = asked.question(self._scheduler.run_id, self._scheduler.data.nodes[position].id)
        told = asked.told() | dict(more or {})
        if self._journal is not None:
            told["token"] = hashlib.sha256(question.token.encode()).hexdigest()
            self._journal.ask(question)
        self._scheduler.frontier.wait(position, now, told)
        self._await(position, question)

    def ask_again(self, position: int, told: Content) -> None:
        """A process that is gone has asked this: go on waiting for the answer."""
        node = self._scheduler.data.nodes[position]
        self._await(position, asked_again(self._scheduler.run_id, node.id, told))
        if self._journal is not None:  # the answer may be there
            self._journal.look_soon()

    def _await(self, position: int, question: Question) -> None:
        scheduler = self._scheduler
        self.questions[position] = question
        self._open[position] = None
        if question.until is not None:
            scheduler.timers.start(position, question.until - scheduler.now(), self._time_is_up, position)
        self._listen()
        if question.event in self._kept:
            scheduler.loop.call_soon(scheduler.guarded, self._take_kept, question.event)

    def _listen(self) -> None:
        """Say what is to be looked for."""
        if self._journal is not None:
            events = {one for i in self._open if (one := self.questions[i].event) is not None}
            self._journal.listen(is_asking=bool(self._open), events=events)

    # ------------------------------------------------------------------ what comes from a store

    def arrived(self, news: Sequence[News], late: Iterable[str]) -> None:
        """Take what others have written about the run, on its loop.

        Args:
            news: that, and perhaps some of it again.
            late: the nodes whose questions nobody may answer any more; an answer that came in time is among the news.
        """
        scheduler = self._scheduler
        if scheduler.state not in GOING or scheduler.lanes.is_shut:
            return
        for one in news:
            if one.kind == "wanted" and scheduler.state is RunState.RUNNING:
                scheduler.cancellation.begin(undo=one.name == "undo")
                return
        for one in news:
            if one.kind == "answer":
                self._take_answer(one)
            elif one.kind == "event":
                self._take_event(one)
        for position in self._positions(late):
            self._unanswered(position)
        scheduler.wake()

    def _take_answer(self, news: News) -> None:
        for position in self._positions([news.name]):
            content = json.loads(news.text)
            if self.questions[position].kind not in (APPROVAL, CRASH):
                content = self._loaded(position, json.dumps(content["value"]))
            self._answered(position, content, news.by, news.at)

    def _take_event(self, news: News) -> None:
        position = self._waiting_for(news.name)
        if position is None or news.number in self._taken:
            return
        self._taken.add(news.number)
        assert self._journal is not None
        self._journal.take_event(news.number)
        self._answered(position, self._loaded(position, news.text), news.by, news.at, {"number": news.number})

    def _loaded(self, position: int, text: str) -> Content:
        kind = _type_of(self._scheduler.data.nodes[position])
        try:
            return {"value": fitted(load(text, kind), kind)}
        except ValueError as error:
            return {"refused": str(error)}

    def _positions(self, names: Iterable[str]) -> list[int]:
        """The nodes of these names that wait for an answer."""
        wanted = set(names)
        return [i for i in self._open if self.questions[i].node in wanted] if wanted else []

    def _waiting_for(self, event: str) -> int | None:
        return next((i for i in self._open if self.questions[i].event == event), None)

    # ------------------------------------------------------------------ what comes in memory

    def answer(self, node: str, content: Content, by: str, token: str | None) -> Question:
        """Answer a question of a run in memory; on its loop.

        Raises:
            AnswerRefused: nothing is asked there, it is answered, late, not for this one to answer, or another's token.
            ValueRefused: it is no answer to such a question, or no value of the type.
        """
        scheduler = self._scheduler
        position = next((i for i, one in self.questions.items() if one.node == node), None)
        if position is None:
            raise UnknownQuestion(f"nothing is asked at '{node}' of run '{scheduler.run_id}'", node=node)
        question, now = self.questions[position], scheduler.now()
        admit(question, by, token, now)
        check_content(question, content)
        if question.kind not in (APPROVAL, CRASH):
            content = {**content, "value": self._checked(position, content["value"])}
        answered = replace(question, answer=json.dumps(content, default=repr), answered_by=by, answered_at=now)
        self.questions[position] = answered
        scheduler.loop.call_soon(scheduler.guarded, self._give, position, content, by, now)
        return answered

    def send(self, event: str, value: Any, by: str) -> None:
        """Send an event to a run in memory; on its loop. Raises ValueRefused: it is no value of the type."""
        position = self._waiting_for(event)
        if position is not None:
            value = self._checked(position, value)
        self._kept.setdefault(event, deque()).append((value, by, self._scheduler.now()))
        self._scheduler.loop.call_soon(self._scheduler.guarded, self._take_kept, event)

    def _take_kept(self, event: str) -> None:
        while self._kept.get(event) and (position := self._waiting_for(event)) is not None:
            value, by, at = self._kept[event].popleft()
            try:
                content = {"value": fitted(value, _type_of(self._scheduler.data.nodes[position]))}
            except ValueError as error:
                content = {"refused": str(error)}
            self._give(position, content, by, at)

    def _give(self, position: int, content: Content, by: str, at: float) -> None:
        if position in self._open and self._scheduler.state in GOING:
            self._answered(position, content, by, at)
            self._scheduler.wake()

    def _checked(self, position: int, value: Any) -> Any:
        node = self._scheduler.data.nodes[position]
        try:
            return fitted(value, _type_of(node))
        except ValueError as error:
            raise ValueRefused(f"'{node.id}' does not take this value: {error}", node=node.id) from None

    # ------------------------------------------------------------------ what becomes of the node

    def _answered(self, position: int, content: Content, by: str, at: float, more: Content | None = None) -> None:
        scheduler = self._scheduler
        node, now = scheduler.data.nodes[position], scheduler.now()
        question = self._close(position, now)
        self.questions[position] = replace(question, answered_by=by, answered_at=at, answer=question.answer or "")
        plain = {} if "value" in content and question.kind != CRASH else content
        scheduler.note((now, "answered", position, {"by": by, "at": at, **plain, **(more or {})}))
        if question.kind == CRASH:
            self._after_crash(position, content, now)
        elif "refused" in content:
            why = f"'{node.id}' was given a value that it does not take: {content['refused']}"
            self._fail(position, ValueRefused(why, node=node.id, where=node.where), now)
        elif question.kind == APPROVAL:
            try:
                scheduler.succeed(position, approval_of(node, content, by, at))
            except Exception as error:
                self._fail(position, error, now)
        else:
            scheduler.succeed(position, content["value"])

    def _after_crash(self, position: int, content: Content, now: float) -> None:
        if content["value"] == "retry":
            self._retry(position, now)
            return
        node = self._scheduler.data.nodes[position]
        self._fail(position, Interrupted(f"the process that ran '{node.id}' ended before it did", node=node.id), now)

    def _retry(self, position: int, now: float) -> None:
        attempts = self._scheduler.data.attempts
        attempts[position] = attempts.get(position, 1) + 1
        self._scheduler.frontier.due(position, now)

    def retell(self, position: int, time: float, data: Content) -> None:
        """An answer that is recorded; what the node came to is recorded, too, unless it was tried again."""
        self._scheduler.note((time, "answered", position, data))
        if data.get("value") == "retry" and self._scheduler.data.nodes[position].control is None:
            self._retry(position, time)

    def _fail(self, position: int, error: Exception, now: float) -> None:
        scheduler = self._scheduler
        scheduler.data.errors[position] = error
        scheduler.frontier.fail(position, now, error)
        scheduler.undoing.ended(position, now)
        scheduler.forget_given_up()

    def _close(self, position: int, now: float) -> Question:
        self._open.pop(position, None)
        self._scheduler.timers.stop(position)
        question = self.questions[position]
        if self._journal is not None:
            self._journal.ask_no_more(question.node)
        self._listen()
        return closed(question, now)

    # ------------------------------------------------------------------ the end of time

    def _time_is_up(self, position: int) -> None:
        if self._journal is None:
            self._unanswered(position)
            self._scheduler.wake()
        else:  # an answer may have been taken that is not known here yet: the store says
            self._journal.time_is_up(self.questions[position].node)

    def _unanswered(self, position: int) -> None:
        scheduler = self._scheduler
        node, now = scheduler.data.nodes[position], scheduler.now()
        self.questions[position] = self._close(position, now)
        control = node.control
        if not isinstance(control, Approve) or control.on_timeout == "fail":
            error = Unanswered(f"{LATE} what '{node.id}' asks", node=node.id, where=node.where)
            self._fail(position, error, now)
            return
        try:
            answer = {"approved": control.on_timeout == "approve", "comment": LATE}
            scheduler.succeed(position, approval_of(node, answer, "", now))
        except Exception as error:
            self._fail(position, error, now)

    def cancel(self) -> None:
        """The run is cancelled: nobody need answer any more."""
        for position in list(self._open):
            self.questions[position] = self._close(position, self._scheduler.now())

    # ------------------------------------------------------------------ in words

    def open_questions(self) -> list[Question]:
        """What is asked now, in the order in which it was asked."""
        return [self.questions[i] for i in self._open]

    def words(self) -> str:
        """What the run waits for."""
        scheduler = self._scheduler
        parts = [f"'{one.node}': {one.title}" for one in self.open_questions()]
        waits = (NodeState.WAITING, NodeState.RETRY_WAIT)
        rest = [i for i, state in enumerate(scheduler.frontier.state) if state in waits and i not in self._open]
        parts += [f"the time of '{scheduler.data.nodes[i].id}'" for i in rest]
        more = f", and {len(parts) - 3} more" if len(parts) > 3 else ""
        return "; ".join(parts[:3]) + more


def _type_of(node: Node) -> Any:
    return node.control.type if isinstance(node.control, WaitFor) else Any
