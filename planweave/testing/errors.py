"""What can go wrong under a virtual clock.

PlanweaveError
├── Deadlock           everything waits, and nothing will ever happen
├── Livelock           the program goes on and on
├── CallbackFailed     errors that asyncio would only have logged
├── LawBroken          a run broke a law (also an AssertionError)
└── PlannerBroken      a planner broke a law (also an AssertionError)
"""

from __future__ import annotations

from planweave.engine.errors import PlanweaveError


class Deadlock(PlanweaveError):
    """Everything waits, and nothing will ever happen.

    Attributes:
        waiting: each task that waits, with the line where it does.
    """

    def __init__(self, what: str, *, waiting: tuple[str, ...]) -> None:
        super().__init__(what, mend="look at what each of them waits for: nobody is left to provide it")
        self.waiting = waiting


class Livelock(PlanweaveError):
    """The program goes on and on: the clock does not move, or moves past every horizon."""


class CallbackFailed(PlanweaveError):
    """Errors that asyncio would only have logged: of callbacks, and of tasks that nobody awaited.

    Attributes:
        errors: the errors, where there are any, in the order in which they came.
    """

    def __init__(self, what: str, *, errors: tuple[BaseException, ...]) -> None:
        super().__init__(what, mend="asyncio logs these and goes on; under a virtual clock they end the program")
        self.errors = errors


class LawBroken(PlanweaveError, AssertionError):
    """A run broke a law.

    Attributes:
        law: its name.
    """

    def __init__(self, law: str, what: str) -> None:
        super().__init__(
            f"{law}: {what}", mend="look at the engine, or at the journal, executor or plan that was tried with it"
        )
        self.law = law


class PlannerBroken(PlanweaveError, AssertionError):
    """A planner broke a law.

    Attributes:
        law: its name.
        text: the problem for which it did, as HDDL, and what the planner gave.
    """

    def __init__(self, law: str, what: str, text: str) -> None:
        super().__init__(what)
        self.law = law
        self.text = text

    def __str__(self) -> str:
        return f"{super().__str__()} (law: {self.law})\n\n{self.text}"
