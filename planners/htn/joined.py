"""What was done of a plan and what is to be done now, joined into one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from planweave.engine.plan import CausalLink, Decomposition, Plan, Step
from planweave.planners.htn.begun import Begun, Tree
from planweave.planners.htn.execution import Execution
from planweave.planners.htn.links import plan_of
from planweave.planners.htn.pinned import Pinned, as_recorded
from planweave.planners.htn.solution import Choice, GroundTask, Solution
from planweave.planners.htn.verification.claim import Claim, claim_of_plan

Pairs = tuple[tuple[str, str], ...]
"""Orderings of steps, by their ids."""


class Joined:
    """A plan that was carried out so far, and a solution of what is left of it, as one decomposition.

    Attributes:
        steps: those that were done, in the order of the record, then the new ones.
        count: how many of them were done.
        trees: the tasks of the problem as they were decomposed.
        given_up: what was done and stands in none of these, as large as it was completed.
    """

    def __init__(
        self, plan: Plan, tree: Tree, begun: Begun, execution: Execution, pinned: Pinned, solution: Solution
    ) -> None:
        self._plan = plan
        self._tree = tree
        self._begun = begun
        self._execution = execution
        self._pinned = pinned
        done = tuple(plan.steps[number] for number in execution.done)
        self.count = len(done)
        self._parts = trees_of(tree.claim, plan.steps)
        self.trees, new = self._grafted(solution, {step.id for step in done})
        self.steps = (*done, *new)
        self.given_up = tuple(self._left_over())

    def _grafted(self, solution: Solution, taken: set[str]) -> tuple[tuple[Decomposition, ...], list[Step]]:
        """The solution, with what it leaves out or does again as it was done."""
        made: dict[int, Decomposition] = {}
        new: list[Step] = []
        for number, task in enumerate(solution.steps):
            if task.name in self._pinned.copies:
                made[number] = self._parts[self._pinned.copies[task.name]]
            else:
                new.append(self._step(task, taken))
                made[number] = Decomposition(task.name, task.arguments, step=new[-1].id)
        first = len(solution.steps)
        for place in range(len(solution.choices) - 1, -1, -1):  # each after those of its subtasks
            one = solution.choices[place]
            children = [made[child] for child in one.children]
            if one.task in self._pinned.either:
                made[first + place] = children[0]
            elif one.task in self._pinned.tasks:
                made[first + place] = self._pinned_task(self._pinned.tasks[one.task], children)
            else:
                made[first + place] = Decomposition(one.task, one.arguments, one.method, tuple(children))
        roots = [made[number] for number in solution.roots]
        if not self._pinned.is_whole:
            roots = [*self._over(self._tree.roots), *roots]
        return tuple(roots), new

    def _step(self, task: GroundTask, taken: set[str]) -> Step:
        """A new step, under an id that none bears that was done."""
        parameters = self._tree.rulebook.problem.domain.operators[task.name].parameters
        count, id = 1, task.name
        while id in taken:
            count += 1
            id = f"{task.name}-{count}"
        taken.add(id)
        return Step(id, task.name, task.arguments, tuple(one.name.removeprefix("?") for one in parameters))

    def _pinned_task(self, number: int, children: Sequence[Decomposition]) -> Decomposition:
        entry = self._tree.claim.entries[number]
        name, arguments = entry.task
        return Decomposition(name, arguments, entry.method, (*self._over(entry.children), *children))

    def _over(self, numbers: Iterable[int]) -> list[Decomposition]:
        """What a problem from now on leaves out."""
        if self._pinned.copies:
            return []
        return [self._parts[number] for number in numbers if self._begun.is_over(number)]

    def _left_over(self) -> Iterator[Decomposition]:
        """What was done and stands in no tree any more; tasks as a whole where they were completed."""
        used = {one.step for tree in self.trees for one in tree.walk()}
        kept = sum(1 << i for i, step in enumerate(self._plan.steps) if step.id in used)
        entries, masks = self._tree.claim.entries, self._tree.steps
        left = list(reversed(entries[self._tree.claim.top].children))
        while left:
            number = left.pop()
            if masks[number] and not masks[number] & kept and self._begun.is_over(number):
                yield self._parts[number]
            else:
                left.extend(reversed(entries[number].children))

    @cached_property
    def claim(self) -> Claim:
        """What the joined plan claims, with what was given up below its top."""
        return claim_of_plan(Plan(self._plan.name, self.steps, decomposition=(*self.trees, *self.given_up)))

    @property
    def roots(self) -> tuple[int, ...]:
        """The numbers of the problem's tasks in the claim."""
        return self.claim.entries[self.claim.top].children[: len(self.trees)]

    @property
    def solution(self) -> Solution:
        """The joined plan as a solution of the problem itself, when nothing was given up."""
        return self._solution({})

    def _solution(self, names: Mapping[int, str]) -> Solution:
        """The joined plan as a solution, some of whose entries go by other names, without objects."""
        claim = self.claim
        steps = tuple(GroundTask(names[i]) if i in names else claim.entries[i].task for i in range(claim.count))
        choices = []
        for number in range(claim.count, claim.top):
            entry = claim.entries[number]
            name, arguments, method = *entry.task, entry.method or ""
            if number in names:
                name, arguments, method = names[number], (), names[number]
            choices.append(Choice(name, arguments, method, {}, entry.children))
        return Solution(steps, tuple(choices), claim.entries[claim.top].children)

    def plan(self) -> Plan:
        """The joined plan, checked by the verifier, with its links and orderings.

        Raises:
            InvalidPlan: it does not follow from what has happened.
        """
        tree = Tree(self.claim, self.roots, self._tree.rulebook)
        begun = Begun(tree, range(self.count))
        changes = {place: self._execution.changes[number] for place, number in enumerate(self._execution.done)}
        execution = Execution(
            self._execution.state, self._execution.initial, done=list(range(self.count)), changes=changes
        )
        pinned = as_recorded(tree, begun, execution)
        names = {number: name for name, number in (*pinned.tasks.items(), *pinned.copies.items())}
        found = plan_of(pinned.problem, self._solution(names))
        id_of = {there.id: here.id for there, here in zip(found.steps, self.steps, strict=True)}
        durations = [there.duration for there in found.steps[self.count :]]
        new = [replace(step, duration=one) for step, one in zip(self.steps[self.count :], durations, strict=True)]

        done = {step.id for step in self.steps[: self.count]}

        def joined(before: Pairs | None, now: Pairs | None) -> Pairs:
            kept = [pair for pair in before or () if done.issuperset(pair)]
            return tuple(dict.fromkeys((*kept, *((id_of[one], id_of[two]) for one, two in now or ()))))

        return Plan(
            self._plan.name,
            (*self.steps[: self.count], *new),
            tuple(self._links(found, id_of, done)),
            joined(self._plan.orderings, found.orderings),
            self.trees,
            joined(self._plan.needed, found.needed),
        )

    def _links(self, found: Plan, id_of: Mapping[str, str], done: Collection[str]) -> Iterator[CausalLink]:
        """The links; what was done or observed last stands for facts that the past made true."""
        for link in self._plan.links:
            if link.consumer in done and (link.producer is None or link.producer in done):
                yield link
        for link in found.links:
            producer = None if link.producer is None else id_of[link.producer]
            if link.positive and (producer is None or producer in done) and link.fact in self._execution.makers:
                producer = self._execution.makers[link.fact]
            yield CausalLink(producer, link.fact, id_of[link.consumer], link.positive)


def trees_of(claim: Claim, steps: Sequence[Step]) -> dict[int, Decomposition]:
    """The decomposition of each entry of a claim."""
    made = {i: Decomposition(step.name, step.arguments, step=step.id) for i, step in enumerate(steps)}
    for number in claim.postorder:
        entry = claim.entries[number]
        children = tuple(made[child] for child in entry.children)
        made[number] = Decomposition(*entry.task, entry.method, children)
    return made
