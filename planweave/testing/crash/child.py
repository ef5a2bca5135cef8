"""Children: functions that run in a process of their own, which can be killed, stopped and continued.

A child is a fork: it has all that the parent has made so far (fixtures, what was patched, functions within functions),
and nothing that it does reaches the parent but through files. It ends without tidying up what it was given, since that
is the parent's.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

PATIENCE = 60.0
"""Seconds that a child may take unless told otherwise."""

_PAUSE = 0.001


class Stuck(AssertionError):
    """A child has not ended in time; the message has where it was."""


class ChildFailed(AssertionError):
    """A child ended with an error; the message has its traceback."""


class Child:
    """A process that runs a function.

    Args:
        function: what it does.
        log: the file in which it tells what went wrong; what it prints goes there, too.
        patience: seconds after which it is stuck.

    Attributes:
        process: its number.
    """

    def __init__(self, function: Callable[[], object], log: Path, *, patience: float = PATIENCE) -> None:
        self._log = log
        self._until = time.monotonic() + patience
        self._status: int | None = None
        sys.stdout.flush()
        sys.stderr.flush()
        with warnings.catch_warnings():
            # other threads are not in the child, and what they hold is not used there
            warnings.simplefilter("ignore", DeprecationWarning)
            self.process = os.fork()
        if not self.process:
            _be(function, log, patience)

    # ------------------------------------------------------------------ what is done to it

    def kill(self) -> None:
        """End it at once, as when the machine runs out of memory."""
        self._send(signal.SIGKILL)

    def stop(self) -> None:
        """Let it stand still, as when its machine sleeps; returns when it does."""
        self._send(signal.SIGSTOP)
        while self._status is None:
            _, status = os.waitpid(self.process, os.WUNTRACED)
            if os.WIFSTOPPED(status):
                return
            self._status = status

    def go_on(self) -> None:
        """Let it go on after ``stop``."""
        self._send(signal.SIGCONT)

    def _send(self, what: signal.Signals) -> None:
        if not self.has_ended():
            os.kill(self.process, what)

    # ------------------------------------------------------------------ what became of it

    def has_ended(self) -> bool:
        """Whether it has ended."""
        if self._status is None:
            found, status = os.waitpid(self.process, os.WNOHANG)
            self._status = status if found else None
        return self._status is not None

    def is_stopped(self) -> bool:
        """Whether it stands still; told once each time that it comes to stand."""
        if self._status is not None:
            return False
        found, status = os.waitpid(self.process, os.WNOHANG | os.WUNTRACED)
        if found and not os.WIFSTOPPED(status):
            self._status = status
        return bool(found) and os.WIFSTOPPED(status)

    def wait_until_stopped(self) -> None:
        """Wait until it stands still.

        Raises:
            Stuck: it did not within the patience.
            ChildFailed: it has ended instead.
        """
        while not self.is_stopped():
            if self._status is not None:
                raise ChildFailed(f"process {self.process} ended and should have stopped:\n{self.told()}")
            self._check_time()

    def wait(self, *, patience: float | None = None) -> bool:
        """Wait for its end; gives whether it was killed.

        Args:
            patience: seconds after which it is stuck from now on, if that is sooner.

        Raises:
            Stuck: it did not end within the patience; it is killed then.
            ChildFailed: it ended with an error.
        """
        if patience is not None:
            self._until = min(self._until, time.monotonic() + patience)
        while not self.has_ended():
            self._check_time()
        assert self._status is not None
        code = os.waitstatus_to_exitcode(self._status)
        if code == -signal.SIGKILL:
            return True
        if code:
            raise ChildFailed(f"process {self.process} ended with {code}:\n{self.told()}")
        return False

    def told(self) -> str:
        """What it has printed."""
        return self._log.read_text() if self._log.exists() else ""

    def end(self) -> None:
        """See to it that it is no more."""
        while not self.has_ended():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGKILL)
            time.sleep(_PAUSE)

    def _check_time(self) -> None:
        if time.monotonic() > self._until:
            time.sleep(0.2)  # it is writing where it is
            self.end()
            raise Stuck(f"process {self.process} is stuck:\n{self.told()}")
        time.sleep(_PAUSE)


def _be(function: Callable[[], object], log: Path, patience: float) -> None:
    """Be the child."""
    code = 1
    try:
        file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(file, 1)
        os.dup2(file, 2)
        sys.stdout = sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
        faulthandler.dump_traceback_later(patience, file=sys.stderr)
        function()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
