"""A scenario: a script, the workflow built of it, and what every run of that must end in."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Unpack

from planweave.engine.graph import Graph
from planweave.engine.run import Run
from planweave.engine.state import NodeState, RunState
from planweave.engine.workflow import Workflow
from planweave.testing.build import build, plain
from planweave.testing.choices import Dice
from planweave.testing.errors import LawBroken
from planweave.testing.laws import check_laws
from planweave.testing.probe import Probe
from planweave.testing.reference import End, Expected, expected
from planweave.testing.script import Script
from planweave.testing.simulation import Clock, simulate
from planweave.testing.writer import Limits, Writer


class Scenario:
    """A workflow of tasks that do what their script says.

    Attributes:
        script: the description.
        probe: what the bodies of the latest run saw.
        workflow: what was built of the script.
        graph: what the workflow compiles into.

    >>> from planweave.testing.script import Do, Script, Try, Work
    >>> scenario = Scenario(Script((Do("load", Work("load", (Try(fails=True),))),)))
    >>> run = scenario.simulate()
    >>> run.nodes["load"].state.value, scenario.check(run)
    ('failed', None)
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        self.probe = Probe(dict(script.pools))
        self.workflow: Workflow[[], Any] = build(script, self.probe)

    @classmethod
    def random(cls, seed: int, limits: Limits = Limits()) -> Scenario:  # noqa: B008  # because it is frozen
        """A random scenario: the same for the same seed, everywhere; for runs of thousands, where nothing shrinks."""
        return cls(Writer(Dice(seed), limits).script())

    def __repr__(self) -> str:
        return f"Scenario({self.script!r})"

    @cached_property
    def graph(self) -> Graph:
        """What the workflow compiles into."""
        return self.workflow.graph()

    @cached_property
    def expected(self) -> Expected:
        """What every run ends in, whatever happens first."""
        return expected(self.script)

    def simulate(self, seed: int | None = 0, **options: Unpack[Clock]) -> Run[Any]:
        """Run it under a virtual clock; the arguments are those of ``planweave.testing.simulate``."""
        self.probe.clear()
        run = simulate(self.graph, seed=seed, **options)
        self.probe.over = True
        return run

    def check(self, run: Run[Any], *, virtual: bool = True) -> None:
        """Hold a run of it against every law, against what it must end in, and against what its bodies saw.

        Args:
            run: the latest run of this scenario; it has ended.
            virtual: whether it ran under a virtual clock.

        Raises:
            LawBroken: with the law, and what broke it.
        """
        check_laws(run, virtual=virtual)
        if self.probe.broken:
            raise LawBroken("bodies_see_order", self.probe.broken[0])
        self._check_ends(run)
        self._check_visits(run)
        if run.state is not RunState.CANCELLED:
            self._check_result(run)

    def _check_ends(self, run: Run[Any]) -> None:
        """Every node ends as expected; in a run that was cancelled, it may have been cancelled instead."""
        cancelled = run.state is RunState.CANCELLED
        nodes, wanted = run.nodes, self.expected.nodes
        from_cache = tuple(f"{name}/" for name, node in nodes.items() if node.cached)
        absent = [name for name in wanted if name not in nodes and not name.startswith(from_cache or ("/",))]
        extra = [name for name in nodes if name not in wanted]
        if extra or (absent and not cancelled):
            raise LawBroken("ends_as_expected", f"there are the nodes {extra} too many, and {absent} are not there")
        for name, node in nodes.items():
            end = wanted[name]
            if cancelled and (node.state is NodeState.CANCELLED or _may_differ(end, node.state)):
                continue
            if node.state is not end.state:
                raise LawBroken("ends_as_expected", f"'{name}' is {node.state}, not {end.state}")
            if node.state is NodeState.SUCCEEDED and plain(node.value) != end.value:
                raise LawBroken("ends_as_expected", f"'{name}' gave {node.value!r}, not {end.value!r}")
            if node.cause is not None and node.cause not in end.roots:
                raise LawBroken("ends_as_expected", f"'{name}' names '{node.cause}', not one of {sorted(end.roots)}")

    def _check_visits(self, run: Run[Any]) -> None:
        """The bodies that were entered are the attempts that the run tells of, and as many as there should be."""
        scripted = {name: node for name, node in run.nodes.items() if self.expected.nodes[name].work is not None}
        told = sorted((name, attempt.number) for name, node in scripted.items() for attempt in node.attempts)
        seen = sorted((visit.node, visit.attempt) for visit in self.probe.visits)
        cancelled = run.state is RunState.CANCELLED
        if told != seen and not (cancelled and set(seen) <= set(told)):
            raise LawBroken("every_attempt_runs_once", f"the run tells of {told}, the bodies of {seen}")
        for name, node in scripted.items():
            wanted = self.expected.nodes[name].attempts
            if not cancelled and len(node.attempts) != (0 if node.cached else wanted):
                raise LawBroken("every_attempt_runs_once", f"'{name}' had {len(node.attempts)} attempts, not {wanted}")

    def _check_result(self, run: Run[Any]) -> None:
        wanted = self.expected
        if wanted.succeeds:
            if run.state is not RunState.SUCCEEDED or plain(run.result) != wanted.result:
                raise LawBroken("ends_as_expected", f"the run {run.state}, and did not give {wanted.result!r}")
            return
        causes = set(getattr(run.error, "causes", {}))
        if run.state is not RunState.FAILED or not causes <= wanted.roots:
            raise LawBroken("ends_as_expected", f"the run {run.state} because of {causes}, not of {set(wanted.roots)}")


def _may_differ(end: End, state: NodeState) -> bool:
    """Whether a node that ran when the run was cancelled may have ended so, though it would have ended otherwise."""
    if end.work is None:
        return False
    if state is NodeState.FAILED:  # there are no further attempts then
        return end.attempts > 1
    # nobody looks any more whether a thread is late
    return state is NodeState.SUCCEEDED and end.work.mode == "thread" and end.work.policy.timeout is not None
