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

``dags`` and ``workflows`` need hypothesis (``pip install planweave[test]``); everything else does not.
"""

from typing import TYPE_CHECKING, Any

from planweave.testing.clock import VirtualLoop
from planweave.testing.errors import CallbackFailed, Deadlock, LawBroken, Livelock
from planweave.testing.hands import spend
from planweave.testing.laws import check_laws
from planweave.testing.runner import run_virtually
from planweave.testing.scenario import Scenario
from planweave.testing.script import Script
from planweave.testing.simulation import simulate
from planweave.testing.writer import FEATURES, Limits

if TYPE_CHECKING:
    from planweave.testing.strategies import dags, scripts, workflows

__all__ = [
    "FEATURES",
    "CallbackFailed",
    "Deadlock",
    "LawBroken",
    "Limits",
    "Livelock",
    "Scenario",
    "Script",
    "VirtualLoop",
    "check_laws",
    "dags",
    "run_virtually",
    "scripts",
    "simulate",
    "spend",
    "workflows",
]


def __getattr__(name: str) -> Any:
    """What needs hypothesis is imported when it is asked for."""
    if name in ("dags", "scripts", "workflows"):
        from planweave.testing import strategies

        return getattr(strategies, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
