"""Plans, carried out by actions that fail and observe as they are told; and brute force as a planner."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.plan import Fact
from planweave.planners.htn.errors import NoPlan
from planweave.planners.htn.links import plan_of
from planweave.planners.htn.model import Problem
from planweave.planners.htn.pinned import copied
from planweave.planners.htn.repair import Repair
from planweave.planners.htn.solution import GroundTask, Solution
from planweave.testing import simulate
from tests.planners.oracle import State, after, bound, holds, is_solution, solutions
from tests.planners.plans import solution_of
from tests.planners.tiny import loosened, problems


def brute_force(problem: Problem, **options: Any) -> Solution:
    """A planner that looks at everything, up to some size, by the definitions alone."""
    for size in (3, 6, 9):
        found = next(solutions(problem, max_steps=size, max_choices=size + 5, tries=500), None)
        if found is not None:
            return found
    raise NoPlan("no plan exists")


@dataclass
class World:
    """What there is outside: actions happen in it, fail, and observe.

    Attributes:
        failures: how often each ground operator still fails.
        observations: what each observes when it fails.
        corrections: what each observes when it does not, whatever its effects say.
        happened: the ground operators that were done, facts that were observed with their truth, and failures as None,
            in order.
        failed: the ground operators that failed, in order.
    """

    failures: dict[GroundTask, int] = field(default_factory=dict)
    observations: Mapping[GroundTask, Mapping[Fact, bool]] = field(default_factory=dict)
    corrections: Mapping[GroundTask, Mapping[Fact, bool]] = field(default_factory=dict)
    happened: list[GroundTask | tuple[Fact, bool] | None] = field(default_factory=list)
    failed: list[GroundTask] = field(default_factory=list)

    def act(self, task: GroundTask) -> str:
        """Do it, or fail; gives what was done."""
        fails = self.failures.get(task, 0) > 0
        observed = (self.observations if fails else self.corrections).get(task, {})
        if observed:
            pw.context().observe({str(fact): truth for fact, truth in observed.items()})
        if not fails:
            self.happened += (task, *observed.items())
            return str(task)
        self.failures[task] -= 1
        self.failed.append(task)
        self.happened += (*observed.items(), None)
        raise ArithmeticError(str(task))

    @property
    def done(self) -> list[GroundTask]:
        """The ground operators that were done."""
        return [one for one in self.happened if isinstance(one, GroundTask)]

    @property
    def story(self) -> str:
        """What was done, in words."""
        return ", ".join(" ".join((one.name, *one.arguments)) for one in self.done)

    def state(self, problem: Problem) -> State:
        """The state that all this leads to; fails where a precondition does not hold, or the goal at the end.

        That can only be asked as long as nothing was seen that the plan did not know of.
        """
        state, is_known = problem.state, True
        for one in self.happened:
            if isinstance(one, GroundTask):
                operator = problem.domain.operators[one.name]
                objects = bound(operator.parameters, one.arguments)
                assert not is_known or holds(operator.precondition, objects, state, problem), f"{one} in {state}"
                state = after(operator.effect, objects, state, problem)
            elif one is None:
                is_known = True
            else:
                is_known = is_known and (one[0] in state) is one[1]
                state = state | {one[0]} if one[1] else state - {one[0]}
        assert not is_known or holds(problem.goal, {}, state, problem) or self.happened[-1] is None
        return state


def actions_in(world: World, problem: Problem) -> dict[str, Callable[..., Any]]:
    """An action for each operator, whose parameters are those of the operator."""

    def action(name: str, names: list[str]) -> Callable[..., Any]:
        def run(**objects: str) -> str:
            return world.act(GroundTask(name, tuple(objects[one] for one in names)))

        kind = inspect.Parameter.KEYWORD_ONLY
        run.__signature__ = inspect.Signature([inspect.Parameter(one, kind) for one in names])  # type: ignore[attr-defined]
        return pw.task(executor="inline")(run)

    return {
        name: action(name, [one.name.removeprefix("?") for one in operator.parameters])
        for name, operator in problem.domain.operators.items()
    }


@st.composite
def forks(draw: st.DrawFn, /, **options: bool) -> tuple[Problem, Solution, int]:
    """A problem, a solution of it, and a step of that without which there is another that begins alike."""
    problem = draw(problems(**options))
    loose = loosened(problem, orderings=False)
    some = list(islice(solutions(loose, tries=400), 60))
    found = [
        (one, two, i)
        for one in some
        for two in some
        for i in range(len(one.steps))
        if one.steps[:i] == two.steps[:i] and one.steps[i] not in two.steps[i:]
    ]
    assume(found)
    one, two, i = found[draw(st.integers(0, len(found) - 1))]
    return mended(problem, loose, (one, two)), one, i


def mended(problem: Problem, loose: Problem, some: Sequence[Solution]) -> Problem:
    """A problem with as many of the conditions of another as leave some solutions what they are."""

    def better(changed: Problem) -> Problem:
        return changed if all(is_solution(changed, one) for one in some) else found

    found, old = loose, problem.domain
    for family in ("operators", "methods", "tasks"):
        for name, part in getattr(old, family).items():
            domain = copied(found.domain)
            getattr(domain, family)[name] = part
            found = better(replace(found, domain=domain))
    return better(replace(found, goal=problem.goal))


def plan_with_recovery(problem: Problem, solution: Solution, planner: Callable[..., Solution] = brute_force) -> pw.Plan:
    """The plan of a solution, whose recovery asks a planner."""
    return replace(plan_of(problem, solution), recovery=Repair(problem, planner))


def carried_out(
    plan: pw.Plan, world: World, problem: Problem, *, replan: int = 3, seed: int = 0, seconds: float = 30
) -> pw.Run[Any]:
    """A run of the plan in the world."""
    actions = actions_in(world, problem)
    return simulate(pw.compile(plan, actions=actions, replan=replan, replan_time_limit=seconds), seed=seed)


def last_plan(run: pw.Run[Any]) -> pw.Plan:
    """The plan that was carried out in the end."""
    (course,) = run._scheduler.replans._courses.values()
    return course.plan


def decomposed(run: pw.Run[Any]) -> Solution:
    """What was done, as it is decomposed in the end and in the order of the record; nothing that was given up."""
    (course,) = run._scheduler.replans._courses.values()
    id_of = {run._scheduler.data.nodes[position].id: id for id, position in course.nodes.items()}
    leaves = {one.step for tree in course.plan.decomposition for one in tree.walk()}
    kept = replace(course.plan, steps=tuple(step for step in course.plan.steps if step.id in leaves))
    place = {step.id: i for i, step in enumerate(kept.steps)}
    ended = [id_of[event.node] for event in run.events if event.kind == "succeeded" and event.node in id_of]
    return solution_of(kept, tuple(place[id] for id in ended if id in place))


def rounds(run: pw.Run[Any]) -> int:
    """How often another plan was looked for."""
    return sum(name.startswith("replan-") and "/" not in name for name in run.nodes)
