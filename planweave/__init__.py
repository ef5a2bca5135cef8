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

from planweave.engine.approval import Approval
from planweave.engine.asking import approve, wait_for
from planweave.engine.compile import compile
from planweave.engine.context import TaskContext, context
from planweave.engine.control import repeat, sleep, when
from planweave.engine.errors import (
    BindingError,
    CycleError,
    DefinitionError,
    DocumentError,
    DuplicateIdError,
    HandleUseError,
    InputError,
    LimitReached,
    NodeError,
    NodeTimeout,
    NoOtherPlan,
    PlanweaveError,
    PolicyError,
    ProcessDied,
    RenderError,
    RunCancelled,
    RunFailed,
    ThreadsLeft,
    TypeMismatchError,
    UndeclaredPoolError,
    UnknownNameError,
    ValueRefused,
)
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
from planweave.engine.resume import resume, start_resumed
from planweave.engine.run import Run
from planweave.engine.state import NodeState, RunState
from planweave.engine.task import Task, task
from planweave.engine.workflow import Workflow, workflow

__version__ = "0.1.0"

__all__ = [
    "Approval",
    "Attempt",
    "BindingError",
    "CausalLink",
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
    "Plan",
    "PlanweaveError",
    "Policy",
    "PolicyError",
    "ProcessDied",
    "Rate",
    "RenderError",
    "Retry",
    "Run",
    "RunCancelled",
    "RunFailed",
    "RunState",
    "Step",
    "Task",
    "TaskContext",
    "ThreadsLeft",
    "TypeMismatchError",
    "UndeclaredPoolError",
    "UnknownNameError",
    "ValueRefused",
    "Workflow",
    "approve",
    "compile",
    "context",
    "repeat",
    "resume",
    "run",
    "sleep",
    "start",
    "start_resumed",
    "task",
    "wait_for",
    "when",
    "workflow",
    "workflow_from",
]
