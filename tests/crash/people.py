"""People: a process that answers from outside what the runs of a store ask, sends them events, and cancels them.

What has been acknowledged to it is noted, and never said again: were it lost, its run would wait for ever.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planweave.engine.answering import answer, questions, send
from planweave.engine.cancelling import cancel
from planweave.engine.errors import AnswerRefused, LeaseLost
from planweave.engine.store.rows import Question
from planweave.engine.store.store import Store
from planweave.testing.crash.ledger import Ledger
from planweave.testing.crash.replies import Cancel, reply_of

PAUSE = 0.01
"""Seconds from one look at what is asked to the next."""


@dataclass
class People:
    """Whoever answers.

    Attributes:
        opened: gives the store.
        notes: where is noted what was acknowledged (``said``).
        stop: a file; once it is there the process ends.
        replies: what is answered, by node; see ``planweave.testing.crash.replies``.
    """

    opened: Callable[[], Store]
    notes: Ledger
    stop: Path
    replies: Mapping[str, Any]

    def __call__(self) -> None:
        """Answer until it is time to stop."""
        store = self.opened()
        said = {one.key for one in self.notes.effects("said")}
        while not self.stop.exists():
            for question in questions(store=store):
                if question.token not in said and self._say(store, question):
                    self.notes.record("said", question.token)
                    said.add(question.token)
            time.sleep(PAUSE)

    def _say(self, store: Store, question: Question) -> bool:
        """Say what there is to say to a question; gives whether it was taken."""
        wish, found = self.replies.get(question.node), reply_of(question, self.replies)
        try:
            if isinstance(wish, Cancel):
                cancel(question.run, store=store, undo=wish.undo, wait=0.0)
            elif found is None:
                return False
            elif question.event is not None and zlib.crc32(question.token.encode()) % 2:
                send(question.run, question.event, found["value"], store=store, id=question.token)
            else:
                answer(question.run, question.node, store=store, token=question.token, **found)
        except (AnswerRefused, LeaseLost):
            return False  # it was said before this process came, or somebody else goes on with the run
        return True
