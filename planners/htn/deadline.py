"""A deadline: how much processor time and memory a planner may use. Cheap to ask, so it is asked often.

Time is that of the processor, all threads of this process together: a busy machine does not change what is found.
Memory is what the process holds at the moment (its resident set), as the operating system tells.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from planweave.planners.htn.errors import PlanningTimeout


@dataclass(frozen=True, slots=True)
class Deadline:
    """Limits of processor time and of memory.

    Attributes:
        until: the processor time of this process, in seconds, at which time is up.
        seconds: how long that was when it was set, in seconds; what errors name.
        memory: how many bytes the process may hold.
        pause: called at every check; a planner that shares the time with others is held up there.
        watch: called with the name of a planner when it is its turn.
    """

    until: float = math.inf
    seconds: float = math.inf
    memory: float = math.inf
    pause: Callable[[], None] | None = None
    watch: Callable[[str], object] | None = None

    @classmethod
    def after(cls, seconds: float = math.inf, *, memory: float = math.inf) -> Deadline:
        """A deadline from now on.

        Args:
            seconds: of processor time.
            memory: bytes that the process may hold, all told.

        >>> Deadline.after(60, memory=8 * 2**30).left <= 60
        True
        """
        return cls(time.process_time() + seconds, seconds, memory)

    def within(self, seconds: float) -> Deadline:
        """A deadline from now on that ends no later than this one; memory is as here.

        >>> Deadline.after(1).within(60).left <= 1
        True
        """
        until = time.process_time() + seconds
        return replace(self, until=until, seconds=seconds) if until < self.until else self

    @property
    def left(self) -> float:
        """The seconds of processor time that are left; 0: none."""
        return max(0.0, self.until - time.process_time())

    def tell(self, planner: str) -> None:
        """Tell who watches which planner is at work."""
        if self.watch is not None:
            self.watch(planner)

    def check(self, doing: str, *, more: int = 0, work: int = 1) -> None:
        """Go on only where the limits allow it.

        Args:
            doing: what is going on, for the error: ``"grounding"``.
            more: bytes that are about to be taken.
            work: as how many checks this one counts where planners take turns.

        Raises:
            PlanningTimeout: a limit is reached; says which.

        >>> Deadline.after(0).check("grounding")
        Traceback (most recent call last):
            ...
        planweave.planners.htn.errors.PlanningTimeout: ...no time is left: 0 seconds of processor time are used, ...
        """
        if self.pause is not None:
            for _ in range(work):
                self.pause()
        if time.process_time() >= self.until:
            raise PlanningTimeout(
                f"no time is left: {self.seconds:g} seconds of processor time are used, while {doing}",
                mend="raise time_limit=, or try another planner",
            )
        if self.memory != math.inf and held() + more > self.memory:
            raise PlanningTimeout(
                f"no memory is left: {doing} needs more than the {self.memory / 2**20:,.0f} MB allowed",
                mend="raise memory_limit=, or try another planner",
            )


_STATUS = "/proc/self/statm"
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def held() -> int:
    """The bytes of memory that this process holds: now, where the system tells, else at its peak; 0: it does not tell.

    >>> held() >= 0
    True
    """
    try:
        with open(_STATUS, "rb", buffering=0) as status:
            return int(status.read().split()[1]) * _PAGE
    except OSError:
        return _peak()


def _peak() -> int:
    try:
        import resource
    except ImportError:  # Windows
        return 0
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
