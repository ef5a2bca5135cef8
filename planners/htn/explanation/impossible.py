"""The tree of a problem that is hopeless even if nothing that is true ever became false: a proof."""

from __future__ import annotations

from dataclasses import replace

from planweave.planners.htn.explanation.blame import Blame
from planweave.planners.htn.explanation.found import Found, best, distinct, leaf, misfit, mistyped, named
from planweave.planners.htn.explanation.prospects import Prospects
from planweave.planners.htn.explanation.reason import Refusal, Why
from planweave.planners.htn.explanation.relaxed import Relaxed, can, endless_tasks
from planweave.planners.htn.formula import Atom, Formula
from planweave.planners.htn.normal import TOP, Action, Literals, Rule
from planweave.planners.htn.solution import GroundTask

MOST_PARTS = 200
"""Parts of a tree; what would come after them is left out."""
DEEPEST = 100
"""Tasks inside each other; a tree that is deeper is cut there."""

RANKS = {Why.NEVER: 4, Why.NO_OBJECT: 4, Why.NO_METHOD: 4, Why.ENDLESS: 3, Why.TOGETHER: 2, Why.CLASH: 1}
"""How telling an obstacle is, of those that no state lifts."""


class Impossible:
    """Explains tasks that cannot be done in the relaxation, from its first to its last part.

    Args:
        relaxed: worked out to its end.
        prospects: of its literals.
    """

    def __init__(self, relaxed: Relaxed, prospects: Prospects) -> None:
        self._relaxed = relaxed
        self._normal = relaxed.normal
        self._prospects = prospects
        self._endless = endless_tasks(relaxed.normal)
        self._parts = 0

    @property
    def is_so(self) -> bool:
        """Whether the tasks of the problem cannot be done in the relaxation."""
        return self._relaxed.is_complete and not self._relaxed.world.relations[self._relaxed.world.predicate(can(TOP))]

    def tree(self) -> Found:
        """The tree of the problem's tasks."""
        return self._task(GroundTask(TOP), ())

    def _task(self, task: GroundTask, above: tuple[GroundTask, ...]) -> Found:
        self._parts += 1
        if task in above:
            return leaf(Refusal(task, Why.AGAIN), 0)
        if self._parts > MOST_PARTS or len(above) > DEEPEST:
            return leaf(Refusal(task, Why.UNSEEN), 0)
        if task.name in self._endless:
            return leaf(Refusal(task, Why.ENDLESS), RANKS[Why.ENDLESS])
        domain = self._normal.problem.domain
        known = domain.operators.get(task.name) or domain.tasks.get(task.name)
        types = [(one.name, one.types) for one in known.parameters] if known is not None else ()
        wrong = mistyped(task, types, self._normal.problem) if known is not None else None
        if wrong is not None:
            return leaf(wrong, RANKS.get(wrong.why, 0))
        if task.name in self._normal.actions:
            return self._operator(task)
        if task.name != TOP and not domain.methods_for(task.name):
            return leaf(Refusal(task, Why.NO_METHOD), RANKS[Why.NO_METHOD])
        ways = distinct(self._rule(rule, task, (*above, task)) for rule in self._normal.rules[task.name])
        if not ways:
            return leaf(Refusal(task, Why.CLASH, note="no objects fulfil the constraints of its methods"), 1)
        first = best(ways)
        if task.name == TOP:
            return first
        refusal = Refusal(task, Why.BELOW, children=tuple(way.refusal for way in ways))
        return Found(refusal, first.culprit, first.score)

    def _operator(self, task: GroundTask) -> Found:
        variants = self._normal.actions[task.name]
        ways = [found for action in variants if (found := self._action(action, task)) is not None]
        if not ways:
            return leaf(Refusal(task, Why.CLASH), RANKS[Why.CLASH])
        return best(ways).among(len(ways))

    def _action(self, action: Action, task: GroundTask) -> Found | None:
        domains = self._relaxed.domains(action)
        own = zip(action.parameters, task.arguments, strict=False)
        given = {one.name: self._relaxed.world.number[name] for one, name in own if name in self._relaxed.world.number}
        empty = next((one for one in action.parameters if not domains[one.name]), None)
        if empty is not None:
            note = f"{empty} needs an object, and there is none"
            return leaf(Refusal(task, Why.NO_OBJECT, note=note), RANKS[Why.NO_OBJECT])
        blame = self._prospects.blamer.blame(self._relaxed.condition(action.condition), given, domains)
        if blame is None:
            return None
        refusal = self._prospects.leaf(task, blame, domains)
        return leaf(refusal, RANKS.get(refusal.why, 0), blame.share)

    def _rule(self, rule: Rule, task: GroundTask, above: tuple[GroundTask, ...]) -> Found:
        given = misfit(rule, task.arguments, self._normal.problem, self._prospects.blamer)
        if isinstance(given, Refusal):
            return leaf(given, RANKS.get(given.why, 0))
        domains = self._relaxed.domains(rule)
        condition = self._relaxed.condition(rule.condition)
        blame = self._prospects.blamer.blame(condition, given, domains)
        if blame is not None:
            refusal = replace(
                self._prospects.leaf(task, blame, domains), method=rule.name, binding=named(blame.binding, rule)
            )
            return leaf(refusal, RANKS.get(refusal.why, 0), blame.share)
        return self._below(rule, task, given, above)

    def _below(self, rule: Rule, task: GroundTask, given: dict[str, int], above: tuple[GroundTask, ...]) -> Found:
        """A rule whose condition can be so, some of whose subtasks cannot be done."""
        domains = self._relaxed.domains(rule)
        wanted = [Atom(can(one.name), one.arguments) for one in rule.subtasks]
        alone: list[Formula] = [one for one in wanted if self._binding([one], given, domains) is None]
        if alone:
            names = {name: self._relaxed.world.objects[one] for name, one in given.items()}
            blame = Blame((alone[0],), False, names, 1 - len(alone) / len(wanted))
        else:
            whole = self._relaxed.body(rule)
            in_order = Literals(whole.positive, whole.negative, whole.equal, whole.unequal)
            found = self._prospects.blamer.blame(in_order, given, domains)
            assert found is not None, "what can be done in the relaxation is not asked about"
            blame = found
        literal = blame.literals[0]
        binding = named(blame.binding, rule)
        if not isinstance(literal, Atom) or not literal.predicate.startswith("(can "):
            refusal = replace(self._prospects.leaf(task, blame, domains), method=rule.name, binding=binding)
            return leaf(refusal, RANKS.get(refusal.why, 0), blame.share, 1)
        arguments = tuple(blame.binding.get(term, term) for term in literal.arguments)
        below = self._task(GroundTask(literal.predicate[len("(can ") : -1], arguments), above)
        refusal = Refusal(task, Why.BELOW, rule.name, binding, children=(below.refusal,))
        return Found(refusal, below.culprit, (below.score[0], 1.0, *below.score[1:]))

    def _binding(
        self, some: list[Formula] | list[Atom], given: dict[str, int], domains: dict[str, frozenset[int]]
    ) -> dict[str, str] | None:
        return self._prospects.blamer.binding(some, given, domains)
