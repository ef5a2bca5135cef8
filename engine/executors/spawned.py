"""A spawned process with the wire to it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from contextlib import suppress

from planweave.engine.executors.child import serve
from planweave.engine.executors.wire import Wire


class Spawned:
    """A process that serves jobs, in a session of its own, and dies with all that its tasks have started there.

    Attributes:
        wire: to it.
        has_started: whether it has said so.
    """

    def __init__(self, name: str) -> None:
        spawn = multiprocessing.get_context("spawn")
        here, there = spawn.Pipe()
        # No daemon, since these may have no children. So multiprocessing would wait for it when the interpreter ends:
        # see Processes, which kills it before.
        self._process = spawn.Process(target=serve, args=(there, _scripts()), name=name, daemon=False)
        try:
            self._process.start()
        except BaseException:
            here.close()
            raise
        finally:
            there.close()
        self.wire = Wire(here)
        self.has_started = False
        self._is_killed = False

    @property
    def is_usable(self) -> bool:
        """Whether a further job may be sent: a process that was killed may live for a moment yet."""
        return not self._is_killed and self._process.is_alive()

    def kill(self) -> None:
        """Kill the process and what it has started, at once; only while it lives, or when its wire has just broken.

        Later its number may be that of another process.
        """
        self._is_killed = True
        if sys.platform != "win32" and self._process.pid is not None:
            with suppress(ProcessLookupError, PermissionError):  # it has no session yet, or all in it are dead
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()

    def end(self) -> int | None:
        """Kill the process if it lives, and let go of it; gives its exit code."""
        if self._process.is_alive():
            self.kill()
        self._process.join()
        exit_code = self._process.exitcode
        self._process.close()
        self.wire.close()
        return exit_code


def _scripts() -> dict[str, str]:
    """The files of the modules that were loaded as scripts, by the modules' names."""
    found = {}
    for name, module in list(sys.modules.items()):
        names = getattr(module, "__dict__", {})  # some libraries put objects there that act when asked for anything
        if names.get("__planweave_script__"):
            found[name] = str(names["__file__"])
    return found
