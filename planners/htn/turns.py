"""Turns: a planner that works only while it is its turn, and keeps its place meanwhile.

Each stands in a thread of its own and is held up where it asks its deadline. Turns are counted by how often that is
asked, not by a clock, so what several planners find together does not depend on how fast the machine is.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Generic, TypeVar

from planweave.planners.htn.deadline import Deadline

R = TypeVar("R")


class _Stopped(BaseException):
    """Ends a planner whose answer nobody waits for; nothing that catches errors may catch it."""


class Turns(Generic[R]):
    """Work that is done in turns.

    Args:
        work: what to do, with a deadline that it must ask again and again.
        deadline: of all who share the time.
        name: of the thread.

    >>> turns = Turns(lambda deadline: [deadline.check("counting") for _ in range(3)], Deadline(), "counting")
    >>> turns.take(2), turns.take(2), turns.result()
    (False, True, [None, None, None])
    """

    def __init__(self, work: Callable[[Deadline], R], deadline: Deadline, name: str) -> None:
        self.name = name
        self.checks = 0
        self._work = work
        self._deadline = replace(deadline, pause=self._pause)
        self._go, self._gone = threading.Semaphore(0), threading.Semaphore(0)
        self._left = 0
        self._is_stopped = False
        self._answer: list[R] = []
        self._error: BaseException | None = None
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._run,), name=f"planner {name}", daemon=True)
        self._is_started = False

    def take(self, checks: int) -> bool:
        """Go on until the deadline has been asked so often, or the work is at its end; gives whether it is."""
        self._left += checks
        if self._is_started:
            self._go.release()
        else:
            self._is_started = True
            self._thread.start()
        self._gone.acquire()
        return bool(self._answer) or self._error is not None

    def result(self) -> R:
        """What came of the work, once it is at its end; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._answer[0]

    def stop(self) -> None:
        """End the work where it asks its deadline next."""
        self._is_stopped = True
        if self._is_started:
            self._go.release()
            self._thread.join()

    def _run(self) -> None:
        try:
            self._answer.append(self._work(self._deadline))
        except _Stopped:
            pass
        except BaseException as error:
            self._error = error
        finally:
            self._gone.release()

    def _pause(self) -> None:
        self.checks += 1
        if self._left == 0 and not self._is_stopped:
            self._gone.release()
            self._go.acquire()
        if self._is_stopped:
            raise _Stopped
        self._left -= 1
