"""Every error that planweave raises on purpose, and what each carries.

    PlanweaveError                      what, where, mend
    ├── DefinitionError                 a task, workflow or graph is written wrongly (found before anything runs)
    │   ├── HandleUseError              a handle was used as if it were its value
    │   ├── BindingError                the arguments of a call do not fit the task
    │   ├── DuplicateIdError            two nodes were given one id
    │   ├── UnknownNameError            a name that nothing bears: node, task, action, executor, rule
    │   ├── CycleError                  nodes that wait for each other; .cycle names them
    │   ├── TypeMismatchError           a value that provably cannot be what the parameter wants
    │   ├── PolicyError                 a policy that cannot be kept
    │   └── DocumentError               a JSON document that is not a graph
    ├── InputError                      the inputs of a run are missing, unknown, or of the wrong type
    ├── UndeclaredPoolError             a run meets a pool that nobody gave a limit
    ├── NodeError                       something about one node of a run, often the root cause of a failed run
    │   ├── NodeTimeout                 an attempt took longer than its timeout
    │   ├── LimitReached                pw.repeat did not reach its condition within the limit
    │   ├── ValueRefused                a value that cannot be used here (not a list, not a bool, not JSON)
    │   ├── NoOtherPlan                 an action of a plan failed, and no other plan was found
    │   ├── Interrupted                 the process that ran an attempt ended before it did
    │   ├── Unanswered                  nobody answered what a node asks in time
    │   ├── Rejected                    .approval: an approval was rejected that must be given
    │   ├── ArgumentsRefused            .faults: a tool does not take these arguments
    │   ├── PermissionDenied            .lacking: a tool needs what its caller was not granted
    │   ├── RecordedError               .kind: what a task raised in a process that is gone, as it was recorded
    │   └── ProcessDied                 the process of a node ended without an answer
    ├── RunFailed                       .run, .causes: the nodes at the root of the failure, with their errors
    ├── RunCancelled                    .run: the run was cancelled before its end
    ├── RunStopped                      .run: the run was stopped in the midst, and goes on where it is resumed
    ├── ThreadsLeft                     .nodes: threads that did not end within the grace time
    ├── IllegalTransition               the engine tried to break its own table of states (a bug: report it)
    ├── RenderError                     a picture cannot be made
    └── StoreError                      a store cannot do what it is asked for
        ├── StoreBusy                   others have kept it locked for too long
        ├── StoreUnusable               it cannot be opened, read or written: not there, read-only, full, damaged
        ├── SchemaTooNew                a newer planweave has written it
        ├── UnknownRun                  there is no such run in it
        ├── RunExists                   there is a run of that id already
        ├── RunHeld                     another process is running it; .until says how long that is sure
        ├── LeaseLost                   another process has taken the run over: nothing more is written from here
        ├── RunBlocked                  the run waits for a person to decide: .reason
        │   └── CodeChanged             the graph is not the one that the run began with; .changes
        ├── RecordsUnreadable           what is recorded of a run does not fit together; .entry
        ├── UnreadableValue             a value that stands in a file of its own is missing or damaged
        └── AnswerRefused               .node: nobody is asked there (UnknownQuestion), it was answered before
                                        (AlreadyAnswered), it comes too late (AnsweredLate), or from one who may not
                                        answer (NotAllowed), or without the right token (WrongToken)

See docs/design.md, "Errors".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from planweave.engine.location import Location
from planweave.engine.wording import clip, printable

if TYPE_CHECKING:
    from planweave.engine.approval import Approval
    from planweave.engine.run import Run


class PlanweaveError(Exception):
    r"""Base of all errors of planweave: what was wrong, where, and what to do.

    Attributes:
        what: one sentence that says what was wrong.
        where: the line of the user's file, when there is one.
        node: the id of the node concerned, when there is one.
        mend: what to do about it, when that is known.

    >>> str(PlanweaveError("the pool is empty", mend="give it a limit"))
    'the pool is empty\n  fix: give it a limit'
    """

    def __init__(
        self, what: str, *, where: Location | None = None, node: str | None = None, mend: str | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.node = node
        self.mend = mend

    @property
    def place(self) -> str:
        """Where it is, in words: node, file and line, as far as they are known."""
        parts = []
        if self.node is not None:
            parts.append(f"node {clip(self.node)}")
        if self.where is not None:
            parts.append(str(self.where))
        return ", ".join(parts)

    @property
    def line(self) -> str:
        """The whole error on one line, as the command line prints it."""
        parts = [self.what, f"at: {self.place}" if self.place else "", f"fix: {self.mend}" if self.mend else ""]
        return printable("; ".join(" ".join(part.split()) for part in parts if part))

    def __str__(self) -> str:
        lines = [self.what]
        if self.place:
            lines.append(f"  at: {self.place}")
        if self.mend is not None:
            lines.append(f"  fix: {self.mend}")
        return printable("\n".join(lines))


class DefinitionError(PlanweaveError):
    """A task, a workflow or a graph is written wrongly; raised before anything runs."""


class HandleUseError(DefinitionError):
    """A handle was used as if it were the value that it stands for.

    No ``TypeError``, though it is one by its nature: ``", ".join(handle)`` puts one of its own in the place of any.
    """


class BindingError(DefinitionError, TypeError):
    """The arguments of a call do not fit the parameters of the task."""


class DuplicateIdError(DefinitionError):
    """Two nodes were given the same id."""


class UnknownNameError(DefinitionError):
    """A name that nothing bears: a node, a task, an action, an executor, a rule."""


class CycleError(DefinitionError):
    """Nodes that wait for each other.

    Attributes:
        cycle: the ids along the cycle; the first follows the last.
    """

    def __init__(self, what: str, *, cycle: Sequence[str], **rest: Any) -> None:
        super().__init__(what, **rest)
        self.cycle = tuple(cycle)


class TypeMismatchError(DefinitionError, TypeError):
    """A value that provably cannot be what the parameter wants."""


class PolicyError(DefinitionError, ValueError):
    """A policy (retry, timeout, executor, pool, join, ...) that cannot be kept."""


class DocumentError(DefinitionError, ValueError):
    """A JSON document that is not a graph, or a graph that cannot be written as JSON."""


class InputError(PlanweaveError, ValueError):
    """The inputs of a run are missing, unknown or of the wrong type."""


class UndeclaredPoolError(PlanweaveError):
    """A run meets a pool that neither the workflow nor the run gives a limit."""


class NodeError(PlanweaveError):
    """Something about one node of a run."""


class NodeTimeout(NodeError, TimeoutError):
    """An attempt took longer than the timeout of its node (seconds)."""


class LimitReached(NodeError):
    """``pw.repeat`` did not reach its condition within its limit of rounds."""


class ValueRefused(NodeError, ValueError):
    """A value that cannot be used where it arrived: not a list, not a bool, not JSON."""


class NoOtherPlan(NodeError):
    """An action of a plan failed, and no other plan was found; ``__cause__`` is what the planner said."""


class Unanswered(NodeError, TimeoutError):
    """Nobody answered in time what a node asks: a person's decision, or an event."""


class Rejected(NodeError):
    """An approval was rejected, and nothing goes on without it.

    Attributes:
        approval: what was decided, by whom.
    """

    def __init__(self, what: str, *, approval: Approval, **rest: Any) -> None:
        super().__init__(what, **rest)
        self.approval = approval


class ArgumentsRefused(NodeError, ValueError):
    """A tool does not take the arguments that it was called with.

    Attributes:
        faults: what is wrong with each argument, by its name; parts of it are named after a point.
    """

    def __init__(self, what: str, *, faults: Mapping[str, str], **rest: Any) -> None:
        super().__init__(what, **rest)
        self.faults = dict(faults)


class PermissionDenied(NodeError, PermissionError):
    """A tool needs permissions that its caller was not granted, or reaches beyond what they allow.

    Attributes:
        lacking: what was not granted; empty where something beyond a granted permission was asked for.
    """

    def __init__(self, what: str, *, lacking: Sequence[str] = (), **rest: Any) -> None:
        super().__init__(what, **rest)
        self.lacking = tuple(lacking)


class ProcessDied(NodeError):
    """The process that ran a node ended without an answer."""


class RunFailed(PlanweaveError):
    """A run ended in failure.

    Attributes:
        run: the run, with all its nodes and events.
        causes: the errors at the root of it, by node id; never the nodes that only could not run because of them.
    """

    def __init__(self, what: str, *, run: Run[Any], causes: Mapping[str, BaseException], **rest: Any) -> None:
        super().__init__(what, **rest)
        self.run = run
        self.causes = dict(causes)


class RunCancelled(PlanweaveError):
    """A run was cancelled before its end.

    Attributes:
        run: the run, with all its nodes and events.
    """

    def __init__(self, what: str, *, run: Run[Any], **rest: Any) -> None:
        super().__init__(what, **rest)
        self.run = run


class RunStopped(PlanweaveError):
    """A stored run was stopped in the midst, since its process is to end; it goes on wherever it is resumed.

    Attributes:
        run: the run, as it was left.
    """

    def __init__(self, what: str, *, run: Run[Any], **rest: Any) -> None:
        super().__init__(what, **rest)
        self.run = run


class ThreadsLeft(PlanweaveError):
    """Threads of a run did not end within its grace time.

    Attributes:
        nodes: the ids of the nodes whose threads still run.
    """

    def __init__(self, what: str, *, nodes: Sequence[str], **rest: Any) -> None:
        super().__init__(what, **rest)
        self.nodes = tuple(nodes)


class IllegalTransition(PlanweaveError):
    """A change of state that the table of transitions does not allow: a bug in planweave."""


class RenderError(PlanweaveError):
    """A picture cannot be made."""


class StoreError(PlanweaveError):
    """A store cannot do what it is asked for."""


class StoreBusy(StoreError):
    """Others have kept a store locked for too long; nothing was written."""


class StoreUnusable(StoreError):
    """A store cannot be opened, read or written; what it has acknowledged before stays as it is."""


class SchemaTooNew(StoreError):
    """A store was written by a newer planweave, and is left alone."""


class UnknownRun(StoreError):
    """There is no such run in the store."""


class RunExists(StoreError):
    """There is a run of that id in the store already."""


class RunHeld(StoreError):
    """Another process is running the run.

    Attributes:
        until: when its lease ends, unless it is renewed; seconds since the epoch, by the clock of the store.
        seconds: how long that is from now.
    """

    def __init__(self, what: str, *, until: float, seconds: float, **rest: Any) -> None:
        super().__init__(what, **rest)
        self.until = until
        self.seconds = seconds


class LeaseLost(StoreError):
    """Another process has taken the run over; this one has written nothing since, and stops."""


class RunBlocked(StoreError):
    """A run waits for a person to decide how it goes on.

    Attributes:
        reason: why, in one line.
    """

    def __init__(self, what: str, *, reason: str, **rest: Any) -> None:
        super().__init__(what, **rest)
        self.reason = reason


class CodeChanged(RunBlocked):
    """The graph is not the one that the run began with.

    Attributes:
        changes: what is different, a line for each node concerned.
    """

    def __init__(self, what: str, *, changes: Sequence[str], **rest: Any) -> None:
        super().__init__(what, **rest)
        self.changes = tuple(changes)


class RecordsUnreadable(StoreError):
    """What is recorded of a run does not fit together.

    Attributes:
        entry: the number of the first entry that does not.
    """

    def __init__(self, what: str, *, entry: int, **rest: Any) -> None:
        super().__init__(what, **rest)
        self.entry = entry


class UnreadableValue(StoreError):
    """A value that was recorded in a file of its own cannot be read: the file is missing or damaged."""


class AnswerRefused(StoreError):
    """An answer to a question of a run is not taken."""


class UnknownQuestion(AnswerRefused):
    """Nothing is asked there."""


class AlreadyAnswered(AnswerRefused):
    """The question has its answer, which stays."""


class AnsweredLate(AnswerRefused):
    """The time to answer is over."""


class NotAllowed(AnswerRefused):
    """Whoever answers is not among those who may."""


class WrongToken(AnswerRefused):
    """The token does not belong to the question."""


class Interrupted(NodeError):
    """The process that ran an attempt ended before it did."""


class RecordedError(NodeError):
    """What a task raised in a process that is gone, as it was recorded.

    Attributes:
        kind: the name of its class.
    """

    def __init__(self, what: str, *, kind: str, **rest: Any) -> None:
        super().__init__(what, **rest)
        self.kind = kind


def describe(error: BaseException) -> str:
    """An error in one line: its class and what it says.

    >>> describe(ValueError("no such file"))
    'ValueError: no such file'
    """
    try:
        text = error.what if isinstance(error, PlanweaveError) else str(error)
    except Exception:  # an exception of the user's that cannot say what it is
        text = "(its text cannot be made)"
    kind = error.kind if isinstance(error, RecordedError) else type(error).__name__
    return printable(f"{kind}: {text}" if text else kind)
