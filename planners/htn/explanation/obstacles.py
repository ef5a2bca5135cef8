"""The tree of a problem whose tasks each can be done, but not all of them, or not with its goal: how far it goes.

From the initial state as many tasks are done as can be. Those that could follow then are explained in the state that
this leads to: for each of their methods, what is missing, or how far its subtasks can be done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from planweave.planners.htn.agendas import block_of
from planweave.planners.htn.explanation.blame import Blame, Blamer
from planweave.planners.htn.explanation.forward import Forward, Reach
from planweave.planners.htn.explanation.found import Found, best, distinct, leaf, misfit, mistyped, named
from planweave.planners.htn.explanation.prospects import Domains, Prospects
from planweave.planners.htn.explanation.reason import Refusal, Why
from planweave.planners.htn.explanation.relaxed import Relaxed, endless_tasks
from planweave.planners.htn.formula import Atom, Formula, Not, is_variable
from planweave.planners.htn.lifted.tasks import Tasks
from planweave.planners.htn.lifted.world import Objects
from planweave.planners.htn.normal import TOP, Action, Normal, Rule, is_hidden
from planweave.planners.htn.solution import GroundTask

AT_FIRST, LATER = 20_000, 2_000
"""Decisions of the search for the tasks of the problem, and of each search for the subtasks of a method."""
ALL = 60_000
"""Decisions of all searches together."""
BINDINGS = 8
"""Ways to bind the variables of a method that are tried; the first that gets furthest is told of."""
MOST_PARTS = 200
"""Parts of a tree; what would come after them is left out."""
BRANCHING = 3
"""So many tasks inside each other have all their methods explained; further down only the one that gets furthest."""
DEEPEST = 100
"""Tasks inside each other; a tree that is deeper is cut there."""

RANKS = {
    Why.UNDONE: 6,
    Why.NOT_THEN: 5,
    Why.TOGETHER: 4,
    Why.NO_METHOD: 3,
    Why.NO_OBJECT: 2,
    Why.ENDLESS: 2,
    Why.NEVER: 1,
    Why.WRONG_OBJECT: 1,
}
"""How telling an obstacle is, where each task could be done in some state: what the steps have spoilt comes first."""


class _Step(NamedTuple):
    """A step that was taken, and the facts that it really made false and true, by number."""

    task: int
    deleted: Sequence[int]
    added: Sequence[int]


class Obstacles:
    """Explains in states that were really reached.

    Args:
        relaxed: what can be true if nothing ever became false.
        prospects: of its literals.
        strong: the problem, each of whose methods asks at once for what its subtasks are going to need.
        tasks: the tasks of that, for the search, in a world of their own.
        forward: the search in it.

    Attributes:
        has_seen_all: whether each search ended because nothing was left to try.
    """

    def __init__(self, relaxed: Relaxed, prospects: Prospects, strong: Normal, tasks: Tasks, forward: Forward) -> None:
        self._relaxed = relaxed
        self._normal = relaxed.normal
        self._prospects = prospects
        self._tasks = tasks
        self._forward = forward
        self._endless = endless_tasks(relaxed.normal)
        self._blamer = Blamer(tasks.world, relaxed.fixed)
        self._strong: dict[tuple[str, str], list[Rule]] = {}
        for rules in strong.rules.values():
            for one in rules:
                self._strong.setdefault((one.task, one.name), []).append(one)
        self.has_seen_all = True
        self._taken: list[_Step] = []
        self._parts = 0

    def tree(self) -> Found:
        """The tree of the problem's tasks."""
        (top,) = self._normal.rules[TOP][:1] or (None,)
        if top is None:
            return leaf(Refusal(GroundTask(TOP), Why.CLASH), 0)
        return best([self._rule(rule, (), ()) for rule in self._normal.rules[TOP]])

    @property
    def tried(self) -> int:
        """How many decisions were tried in all searches."""
        return self._forward.tried

    @property
    def _steps(self) -> tuple[GroundTask, ...]:
        ground = [self._named(one.task) for one in self._taken]
        return tuple(one for one in ground if not is_hidden(one.name))

    def _named(self, task: int) -> GroundTask:
        name, arguments = self._tasks.known[task]
        return GroundTask(name, tuple([self._tasks.world.objects[one] for one in arguments]))

    # ------------------------------------------------------------------ tasks

    def _task(self, task: int, above: tuple[tuple[int, int], ...]) -> Found:
        """Why a task cannot be done in the state as it is."""
        ground = self._named(task)
        here = task, self._tasks.world.hash
        self._parts += 1
        if here in above:
            return leaf(Refusal(ground, Why.AGAIN, after=self._steps), 0)
        if self._parts > MOST_PARTS or len(above) > DEEPEST:
            return leaf(Refusal(ground, Why.UNSEEN, after=self._steps), 0)
        if ground.name in self._endless:
            return leaf(Refusal(ground, Why.ENDLESS, after=self._steps), RANKS[Why.ENDLESS])
        domain = self._normal.problem.domain
        known = domain.operators.get(ground.name) or domain.tasks.get(ground.name)
        types = [(one.name, one.types) for one in known.parameters] if known is not None else []
        wrong = mistyped(ground, types, self._normal.problem) if types else None
        if wrong is not None:
            return leaf(replace(wrong, after=self._steps), RANKS[Why.WRONG_OBJECT])
        if ground.name in self._normal.actions:
            return self._operator(ground)
        return self._compound(ground, (*above, here))

    def _compound(self, ground: GroundTask, above: tuple[tuple[int, int], ...]) -> Found:
        if not self._normal.problem.domain.methods_for(ground.name):
            return leaf(Refusal(ground, Why.NO_METHOD, after=self._steps), RANKS[Why.NO_METHOD])
        rules = self._normal.rules[ground.name]
        if not rules:
            note = "no objects fulfil the constraints of its methods"
            return leaf(Refusal(ground, Why.CLASH, note=note, after=self._steps), 0)
        ways = distinct(self._rule(rule, ground.arguments, above) for rule in rules)
        first = best(ways)
        shown = ways if len(above) <= BRANCHING else [first]
        children, more = tuple(way.refusal for way in shown), len(ways) - len(shown)
        refusal = Refusal(ground, Why.BELOW, after=self._steps, children=children, more=more)
        return Found(refusal, first.culprit, first.score)

    def _operator(self, ground: GroundTask) -> Found:
        ways = [found for action in self._normal.actions[ground.name] if (found := self._action(action, ground))]
        if not ways:
            rank = 0 if self._normal.actions[ground.name] else 1
            return leaf(Refusal(ground, Why.UNSEEN if not rank else Why.CLASH, after=self._steps), rank)
        return best(ways).among(len(ways))

    def _action(self, action: Action, ground: GroundTask) -> Found | None:
        domains = self._blamer.domains(action.parameters)
        given = {
            one.name: self._blamer.number(name)
            for one, name in zip(action.parameters[: action.arity], ground.arguments, strict=True)
        }
        blame = self._blamer.blame(action.condition, given, domains)
        return None if blame is None else self._leaf(ground, blame, domains)

    # ------------------------------------------------------------------ methods

    def _rule(self, rule: Rule, arguments: tuple[str, ...], above: tuple[tuple[int, int], ...]) -> Found:
        """Why a method does not do its task."""
        task = GroundTask(rule.task, arguments)
        given = misfit(rule, arguments, self._normal.problem, self._blamer)
        if isinstance(given, Refusal):
            return leaf(replace(given, after=self._steps), RANKS.get(given.why, 0))
        domains = self._blamer.domains(rule.parameters)
        blame = self._blamer.blame(rule.condition, given, domains)
        if blame is not None:
            found = self._leaf(task, blame, domains)
            refusal = replace(found.refusal, method=rule.name, binding=named(blame.binding, rule))
            culprit = refusal if found.culprit is found.refusal else found.culprit
            return Found(refusal, culprit, found.score)
        for one in rule.subtasks:
            if one.name in self._endless:
                below = Refusal(GroundTask(one.name, one.arguments), Why.ENDLESS, after=self._steps)
                refusal = Refusal(task, Why.BELOW, rule.name, children=(below,), after=self._steps)
                return Found(refusal, below, leaf(below, RANKS[Why.ENDLESS]).score)
        bound, tasks, reach = self._furthest(rule, self._bindings(rule, given, domains))
        names = [self._tasks.world.objects[one] for one in bound]
        binding = named(dict(zip(domains, names, strict=True)), rule)
        return self._stuck(task, rule, binding, tasks, reach, above)

    def _bindings(self, rule: Rule, given: dict[str, int], domains: Domains) -> list[Objects]:
        """Ways to bind the variables of a method: first those that fulfil the most of what its subtasks will need."""
        best = dict(given)
        for strong in self._strong.get((rule.task, rule.name), ()):
            blame = self._blamer.blame(strong.condition, given, domains)
            if blame is not None:
                best |= {name: self._blamer.number(value) for name, value in blame.binding.items()}
                break
            return list(islice(self._blamer.every(strong.condition, given, domains), BINDINGS))
        found = dict.fromkeys(islice(self._blamer.every(rule.condition, best, domains), BINDINGS))
        found |= dict.fromkeys(islice(self._blamer.every(rule.condition, given, domains), BINDINGS))
        return list(found)[:BINDINGS]

    def _furthest(self, rule: Rule, bindings: Sequence[Objects]) -> tuple[Objects, list[int], Reach]:
        """The binding whose subtasks can be done furthest."""
        most = AT_FIRST if rule.task == TOP else LATER
        found: tuple[Objects, list[int], Reach] | None = None
        for bound in bindings:
            tasks = self._subtasks(rule, bound)
            left = max(0, min(most, ALL - self._forward.tried))
            reach = self._forward.furthest(block_of(tasks, rule.orderings), left)
            self.has_seen_all &= reach.is_exhausted or reach.is_all
            if found is None or len(reach.done) > len(found[2].done):
                found = bound, tasks, reach
        assert found is not None, "a condition that is fulfilled has a binding"
        return found

    def _subtasks(self, rule: Rule, bound: Objects) -> list[int]:
        objects = {one.name: value for one, value in zip(rule.parameters, bound, strict=True)}
        number = self._tasks.world.number
        return [
            self._tasks.task(one.name, tuple([objects[t] if is_variable(t) else number[t] for t in one.arguments]))
            for one in rule.subtasks
        ]

    def _stuck(
        self,
        task: GroundTask,
        rule: Rule,
        binding: dict[str, str],
        tasks: list[int],
        reach: Reach,
        above: tuple[tuple[int, int], ...],
    ) -> Found:
        """A method some of whose subtasks were done; what could come next is explained where they end."""
        here = self._steps
        if reach.is_all:
            note = "it can be done so, but not what comes after it"
            return leaf(Refusal(task, Why.UNSEEN, rule.name, binding, note=note, after=here), 0)
        left = [i for i in range(len(tasks)) if i not in reach.done]
        free = [i for i in left if all(one in reach.done for one, two in rule.orderings if two == i)]
        undo = [self._tasks.world.change(one.effect.deletes, one.effect.adds) for one in reach.steps]
        self._taken += [_Step(one.task, *change) for one, change in zip(reach.steps, undo, strict=True)]
        try:
            parts = [self._task(tasks[i], above) for i in free]
        finally:
            del self._taken[len(self._taken) - len(reach.steps) :]
            for change in reversed(undo):
                self._tasks.world.undo(change)
        first = best(parts)
        children = tuple(part.refusal for part in parts)
        refusal = Refusal(task, Why.BELOW, rule.name, binding, after=here, children=children)
        return Found(refusal, first.culprit, (first.score[0], 1.0 + len(reach.done), *first.score[1:]))

    # ------------------------------------------------------------------ literals

    def _leaf(self, task: GroundTask, blame: Blame, domains: Domains) -> Found:
        literal = max(blame.literals, key=lambda one: RANKS[self._kind(one, domains)])
        why = self._kind(literal, domains)
        binding = {name: value for name, value in blame.binding.items() if not blame.together or is_variable(name)}
        refusal = Refusal(task, why, binding=binding, missing=literal, after=self._steps)
        if why is Why.NEVER:
            refusal = replace(
                refusal,
                note=self._prospects.note(literal, hopeless=True),
                children=self._prospects.chain(literal, domains),
            )
        else:
            refusal = replace(refusal, note=self._changed(literal) or self._prospects.note(literal, hopeless=False))
        if blame.together:
            refusal = replace(refusal, why=Why.TOGETHER if why is Why.NEVER else why)
        return leaf(refusal, RANKS[refusal.why], blame.share)

    def _kind(self, literal: Formula, domains: Domains) -> Why:
        if self._prospects.is_hopeless(literal, domains):
            return Why.NEVER
        return Why.UNDONE if self._changed(literal) else Why.NOT_THEN

    def _changed(self, literal: Formula) -> str:
        """Which step last made a literal what it is, in words; "": none did."""
        atom = literal.part if isinstance(literal, Not) else literal
        if not isinstance(atom, Atom):
            return ""
        world = self._tasks.world
        for one in reversed(self._taken):
            for fact in one.deleted if literal is atom else one.added:
                predicate, arguments = world.name(fact)
                if predicate == atom.predicate and _matches(atom, arguments):
                    word = "false" if literal is atom else "true"
                    return f"{self._named(one.task)} made ({' '.join((predicate, *arguments))}) {word}"
        return ""


def _matches(atom: Atom, arguments: tuple[str, ...]) -> bool:
    return all(is_variable(term) or term == name for term, name in zip(atom.arguments, arguments, strict=True))
