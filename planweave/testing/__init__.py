"""Property tests for workflows, planners, journals and executors: a virtual clock, random graphs, and the laws of runs.

    from hypothesis import given, strategies as st
    from planweave.testing import check_laws, simulate, workflows

    @given(st.integers(0, 9), st.integers())
    def test_my_workflow(size, seed):
        run = simulate(my_workflow, {"size": size}, seed=seed)    # an hour of sleeping takes no time
        check_laws(run)
        assert run.result == size

    @given(workflows(), st.integers())
    def test_my_journal(scenario, seed):
        run = scenario.simulate(seed, store=MyJournal())
        scenario.check(run)                                       # the laws, and what this workflow must end in

    def test_my_planner():                                        # see docs/testing.md
        assert_sound(my_planner)
        assert_complete_on_tiny(my_planner)
        assert_deterministic(my_planner)

    def test_my_workflow_is_killed(pw_crash):                     # a fixture of our plugin for pytest; see there, too
        pw_crash(my_workflow, {"size": 3})

``dags``, ``workflows`` and what tests planners need hypothesis (``pip install planweave[test]``); everything else does
not.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from planweave.testing.clock import VirtualLoop
from planweave.testing.errors import CallbackFailed, Deadlock, LawBroken, Livelock, PlannerBroken
from planweave.testing.hands import spend
from planweave.testing.laws import check_laws
from planweave.testing.runner import run_virtually
from planweave.testing.scenario import Scenario
from planweave.testing.script import Script
from planweave.testing.simulation import simulate
from planweave.testing.writer import FEATURES, Limits

if TYPE_CHECKING:
    from planweave.testing.crash.ledger import Ledger, ledger
    from planweave.testing.htn.assertions import assert_complete_on_tiny, assert_deterministic, assert_sound
    from planweave.testing.htn.exercise import Exercise
    from planweave.testing.htn.limits import HTN_FEATURES, HtnLimits
    from planweave.testing.htn.strategies import htn_domains, htn_problems
    from planweave.testing.strategies import dags, scripts, workflows

_WHERE = {
    "assert_complete_on_tiny": "htn.assertions",
    "assert_deterministic": "htn.assertions",
    "assert_sound": "htn.assertions",
    "dags": "strategies",
    "Exercise": "htn.exercise",
    "HTN_FEATURES": "htn.limits",
    "htn_domains": "htn.strategies",
    "htn_problems": "htn.strategies",
    "HtnLimits": "htn.limits",
    "Ledger": "crash.ledger",
    "ledger": "crash.ledger",
    "scripts": "strategies",
    "workflows": "strategies",
}
"""The modules of what is imported when it is asked for, because it needs hypothesis, the planners or stores."""

__all__ = [
    "FEATURES",
    "HTN_FEATURES",
    "CallbackFailed",
    "Deadlock",
    "Exercise",
    "HtnLimits",
    "LawBroken",
    "Ledger",
    "Limits",
    "Livelock",
    "PlannerBroken",
    "Scenario",
    "Script",
    "VirtualLoop",
    "assert_complete_on_tiny",
    "assert_deterministic",
    "assert_sound",
    "check_laws",
    "dags",
    "htn_domains",
    "htn_problems",
    "ledger",
    "run_virtually",
    "scripts",
    "simulate",
    "spend",
    "workflows",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(f"planweave.testing.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
