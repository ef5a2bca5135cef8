"""Plans you can check before you run them, runs you can trust after they crash.

    import planweave as pw

    @pw.task
    def double(x: int) -> int:
        return 2 * x

    @pw.workflow
    def both(x: int) -> list[int]:
        return [double(x), double(x)]

    both.run(x=4).result        # [8, 8]

Tasks, workflows, plans and teams become graphs; graphs are checked, run, recorded and drawn. See docs/design.md.
"""

from planweave.engine.answering import answer, questions, send
from planweave.engine.approval import Approval
from planweave.engine.asking import approve, wait_for
from planweave.engine.cancelling import cancel
from planweave.engine.compile import compile
from planweave.engine.context import TaskContext, context
from planweave.engine.control import repeat, sleep, when
from planweave.engine.errors import (
    AlreadyAnswered,
    AnsweredLate,
    AnswerRefused,
    ArgumentsRefused,
    BindingError,
    CodeChanged,
    CycleError,
    DefinitionError,
    DocumentError,
    DuplicateIdError,
    HandleUseError,
    InputError,
    Interrupted,
    LimitReached,
    NodeError,
    NodeTimeout,
    NoOtherPlan,
    NotAllowed,
    PermissionDenied,
    PlanweaveError,
    PolicyError,
    ProcessDied,
    Rejected,
    RenderError,
    RunBlocked,
    RunCancelled,
    RunFailed,
    RunHeld,
    RunStopped,
    StoreError,
    ThreadsLeft,
    TypeMismatchError,
    Unanswered,
    UndeclaredPoolError,
    UnknownNameError,
    UnknownQuestion,
    UnknownRun,
    ValueRefused,
    WrongToken,
)
from planweave.engine.explain import explain
from planweave.engine.graph import Graph
from planweave.engine.history import Attempt, NodeRun
from planweave.engine.journal import Event, Journal, MemoryJournal
from planweave.engine.launch import run, start
from planweave.engine.location import Location
from planweave.engine.missing import Missing
from planweave.engine.needs import workflow_from
from planweave.engine.node import Node
from planweave.engine.plan import CausalLink, Decomposition, Fact, FactPattern, Plan, Step
from planweave.engine.policy import Policy, Rate, Retry
from planweave.engine.rerun import rerun
from planweave.engine.resume import resume, start_resumed
from planweave.engine.run import Run
from planweave.engine.state import NodeState, RunState
from planweave.engine.store.rows import Question
from planweave.engine.store.secret import Secret
from planweave.engine.task import Task, task
from planweave.engine.worker import work
from planweave.engine.workflow import Workflow, workflow
from planweave.nodes.tools.builtin.tools import builtin_tools
from planweave.nodes.tools.embedding import StaticEmbedder
from planweave.nodes.tools.tool import Tool, tool
from planweave.nodes.tools.toolbox import Toolbox

__version__ = "0.1.0"

__all__ = [
    "AlreadyAnswered",
    "AnswerRefused",
    "AnsweredLate",
    "Approval",
    "ArgumentsRefused",
    "Attempt",
    "BindingError",
    "CausalLink",
    "CodeChanged",
    "CycleError",
    "Decomposition",
    "DefinitionError",
    "DocumentError",
    "DuplicateIdError",
    "Event",
    "Fact",
    "FactPattern",
    "Graph",
    "HandleUseError",
    "InputError",
    "Interrupted",
    "Journal",
    "LimitReached",
    "Location",
    "MemoryJournal",
    "Missing",
    "NoOtherPlan",
    "Node",
    "NodeError",
    "NodeRun",
    "NodeState",
    "NodeTimeout",
    "NotAllowed",
    "PermissionDenied",
    "Plan",
    "PlanweaveError",
    "Policy",
    "PolicyError",
    "ProcessDied",
    "Question",
    "Rate",
    "Rejected",
    "RenderError",
    "Retry",
    "Run",
    "RunBlocked",
    "RunCancelled",
    "RunFailed",
    "RunHeld",
    "RunState",
    "RunStopped",
    "Secret",
    "StaticEmbedder",
    "Step",
    "StoreError",
    "Task",
    "TaskContext",
    "ThreadsLeft",
    "Tool",
    "Toolbox",
    "TypeMismatchError",
    "Unanswered",
    "UndeclaredPoolError",
    "UnknownNameError",
    "UnknownQuestion",
    "UnknownRun",
    "ValueRefused",
    "Workflow",
    "WrongToken",
    "answer",
    "approve",
    "builtin_tools",
    "cancel",
    "compile",
    "context",
    "explain",
    "questions",
    "repeat",
    "rerun",
    "resume",
    "run",
    "send",
    "sleep",
    "start",
    "start_resumed",
    "task",
    "tool",
    "wait_for",
    "when",
    "work",
    "workflow",
    "workflow_from",
]
