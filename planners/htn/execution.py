"""What has come of a plan so far: the state it is in, by the record of its run.

The state is the initial one plus the effects of the steps that were done, in the order in which they were recorded,
plus what tasks observed. What a step observes while it runs stands against its own effects, which it corrects, and
yields to effects and observations that are recorded later. Conditions of conditional effects are read in the state in
which the step's end was recorded: orderings see to it that they are then as they were when it started.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from planweave.engine.plan import Fact, Step
from planweave.engine.recovery import Happening, Kind
from planweave.planners.htn.begun import Begun, Tree
from planweave.planners.htn.formula import TRUE, Formula
from planweave.planners.htn.model import Problem
from planweave.planners.htn.observation import facts_of
from planweave.planners.htn.solution import GroundTask
from planweave.planners.htn.truth import outcomes, reasons
from planweave.planners.htn.verification.attempt import bound
from planweave.planners.htn.verification.state import State


@dataclass
class Execution:
    """What has come of a plan so far.

    Attributes:
        state: the facts that are true now, those that tasks have made among them.
        initial: the facts that were true initially, corrected by what was observed before any step was done.
        done: the numbers of the steps that were done, in the order of the record.
        changes: what each of them changed, and what was observed until the next: facts, and whether they are true.
        held: those of them whose precondition held when their end was recorded.
        makers: for facts that operators or observations made true last, the step whose value stands for it; None: a
            step that has no value.
        forbidden: the ground operators that failed and are not to be tried again, since nothing was observed after
            they had started that changed the state.
        is_disturbed: whether an observation changed the state.
    """

    state: State
    initial: set[Fact]
    done: list[int] = field(default_factory=list)
    changes: dict[int, dict[Fact, bool]] = field(default_factory=dict)
    held: set[int] = field(default_factory=set)
    makers: dict[Fact, str | None] = field(default_factory=dict)
    forbidden: set[GroundTask] = field(default_factory=set)
    is_disturbed: bool = False

    def without(self, given_up: Collection[int]) -> Execution:
        """The same, as if some of the steps had not been done but what they changed had come about by itself."""
        initial, done, changes = set(self.initial), list[int](), dict[int, dict[Fact, bool]]()
        for step in self.done:
            if step not in given_up:
                done.append(step)
                changes[step] = dict(self.changes[step])
            elif done:
                changes[done[-1]].update(self.changes[step])
            else:
                true, false = _sides(self.changes[step])
                initial = (initial - set(false)) | set(true)
        return replace(self, initial=initial, done=done, changes=changes)


def execution_of(tree: Tree, steps: Sequence[Step], history: Iterable[Happening]) -> Execution:
    """What has come of a plan.

    Args:
        tree: its decomposition.
        steps: its steps.
        history: what has happened to them, and to the steps of plans before it, in the order of the record.

    Raises:
        ValueRefused: an observation means nothing.
    """
    return _Teller(tree, steps).tell(history)


class _Teller:
    """Tells a history step by step."""

    def __init__(self, tree: Tree, steps: Sequence[Step]) -> None:
        self._tree = tree
        self._problem: Problem = tree.rulebook.problem
        self._number = {step.id: i for i, step in enumerate(steps)}
        self._found = Execution(State(self._problem), set(self._problem.state))
        self._since: dict[Fact, bool] = {}
        """What was changed or observed since the last step was done."""
        self._own: dict[str, dict[Fact, bool]] = {}
        """What the current attempt of each node has observed."""
        self._started: dict[str, int] = {}
        self._observed_at = -1
        self._makers: dict[Fact, str] = {}
        self._over: set[int] = set()

    def tell(self, history: Iterable[Happening]) -> Execution:
        known = list(history)
        step_of = {one.node: one.step.id for one in known if one.kind is Kind.DONE}
        for moment, one in enumerate(known):
            match one.kind:
                case Kind.STARTED:
                    self._own[one.node] = {}
                    self._started.setdefault(one.node, moment)
                case Kind.OBSERVED:
                    self._observe(one, moment)
                case Kind.DONE:
                    self._do(one)
                case Kind.FAILED:
                    if self._observed_at < self._started.get(one.node, moment):
                        self._found.forbidden.add(GroundTask(one.step.name, one.step.arguments))
        found = self._found
        found.makers = {fact: step_of.get(node) for fact, node in self._makers.items()}
        if found.done:
            found.changes[found.done[-1]].update(self._since)
        else:
            found.initial = set(found.state.true)
        return found

    def _observe(self, one: Happening, moment: int) -> None:
        for fact, truth in facts_of(one.facts, self._problem).items():
            if self._found.state.holds(fact) is not truth:
                self._found.is_disturbed = True
                self._found.forbidden.clear()
                self._observed_at = moment
                self._change({fact: truth}, one.node)
            self._own.setdefault(one.node, {})[fact] = truth

    def _change(self, changes: dict[Fact, bool], node: str) -> None:
        self._found.state.change(*_sides(changes))
        self._since.update(changes)
        self._makers.update({fact: node for fact, truth in changes.items() if truth})

    def _do(self, one: Happening) -> None:
        number = self._number[one.step.id]
        found, task = self._found, GroundTask(one.step.name, one.step.arguments)
        operator = self._problem.domain.operators[task.name]
        bindings = bound(operator.parameters, task)
        if not found.done:
            found.initial, self._since = set(found.state.true), {}
        found.done.append(number)
        self._end_tasks(without_steps=True)
        if reasons(operator.precondition, True, bindings, found.state) is not None:
            found.held.add(number)
        changes = self._changes(operator.effect, bindings)
        own = self._own.get(one.node, {})
        self._change({fact: truth for fact, truth in changes.items() if fact not in own}, one.node)
        found.changes[number] = self._since
        self._since = {}
        self._end_tasks()

    def _changes(self, effect: Formula, bindings: dict[str, str]) -> dict[Fact, bool]:
        """What an effect changes now; what it makes both true and false is true."""
        some = [
            outcome
            for outcome in outcomes(effect, bindings, self._problem)
            if reasons(outcome.condition, True, {}, self._found.state) is not None
        ]
        changes = {one.fact: False for one in some if not one.becomes}
        changes.update({one.fact: True for one in some if one.becomes})
        return changes

    def _end_tasks(self, *, without_steps: bool = False) -> None:
        """Let the tasks that are over now make what only they can make."""
        tree = self._tree
        makers = [i for i in tree.claim.postorder if tree.rulebook.effects(tree.claim.entries[i].task.name)[1] != TRUE]
        if not makers:
            return
        begun = Begun(tree, self._found.done)
        for number in makers:
            fits = not without_steps or not tree.steps[number]
            if fits and number not in self._over and begun.is_over(number):
                self._over.add(number)
                task = tree.claim.entries[number].task
                bindings = bound(self._problem.domain.tasks[task.name].parameters, task)
                made = self._changes(tree.rulebook.effects(task.name)[1], bindings)
                self._found.state.change(*_sides(made))


def _sides(changes: Mapping[Fact, bool]) -> tuple[list[Fact], list[Fact]]:
    """What becomes true, and what becomes false."""
    return [fact for fact, truth in changes.items() if truth], [fact for fact, truth in changes.items() if not truth]
