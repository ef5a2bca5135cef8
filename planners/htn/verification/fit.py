"""How the subtasks of each decomposed task fit its method, or why they do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import permutations

from planweave.engine.plan import Fact
from planweave.planners.htn.errors import InvalidPlan
from planweave.planners.htn.formula import TRUE, Bindings, Formula, atoms_of
from planweave.planners.htn.model import Method, Problem
from planweave.planners.htn.normal import TOP
from planweave.planners.htn.taskeffect import can_only_help, split_effect
from planweave.planners.htn.truth import witness
from planweave.planners.htn.verification.claim import Claim
from planweave.planners.htn.verification.pattern import Pattern, Way
from planweave.planners.htn.verification.rules import refuse

Objects = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """A way in which the subtasks of a decomposed task are those of its method; ways that differ in nothing are one.

    Attributes:
        orderings: pairs of numbers of subtasks: the first is done before the second begins.
        bindings: objects for the variables of the method's condition: any of these may be meant.
    """

    orderings: tuple[tuple[int, int], ...]
    bindings: tuple[Bindings, ...]

    def inside(self, end: Callable[[int], int]) -> list[tuple[int, int]]:
        """The orderings as pairs of events: one subtask ends before another begins."""
        return [(end(one), two) for one, two in self.orderings]


class Rulebook:
    """What the verifier looks up of a problem again and again."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.pattern = cache(self._pattern)
        self.effects = cache(self._effects)

    def _pattern(self, method: str) -> Pattern:
        problem = self.problem
        if method == TOP:
            return Pattern(Method(TOP, problem.parameters, TOP, network=problem.network), problem)
        return Pattern(problem.domain.methods[method], problem)

    def _effects(self, task: str) -> tuple[Formula, Formula]:
        """The condition that is checked when a task ends, and the effect that it then makes."""
        known = self.problem.domain.tasks.get(task)
        return split_effect(known.effect if known is not None else TRUE, self.problem.domain)

    @cached_property
    def made_can_only_help(self) -> bool:
        """Whether effects that tasks make are best made at once."""
        return can_only_help(self.problem)


def fits(claim: Claim, number: int, rulebook: Rulebook, *, ordered: bool) -> tuple[Fit, ...]:
    """All the ways in which the subtasks of a decomposed task are those of its method.

    Args:
        claim: what is checked.
        number: of the decomposed task.
        rulebook: of the problem.
        ordered: whether steps must come in the orders that the method imposes.

    Raises:
        InvalidPlan: there is none.
    """
    entry = claim.entries[number]
    pattern = rulebook.pattern(entry.method or "")
    children = [claim.entries[child].task for child in entry.children]
    spans = [claim.spans[child] for child in entry.children]
    ways = list(pattern.ways(entry.task, children, spans, ordered=ordered))
    if not ways:
        loose = next(pattern.ways(entry.task, children, spans, ordered=False), None)
        raise _unfit(claim, number, pattern) if loose is None else _out_of_order(claim, number, pattern, loose)
    ways = [way for way in ways if _keeps_constraint(pattern, way[1])]
    if not ways:
        constraint = pattern.method.network.constraint
        raise refuse("constraint", f"{whose(claim, number)} breaks the constraint {constraint}", entry.id)
    found: dict[tuple[tuple[int, int], ...], dict[Objects, Bindings]] = {}
    for positions, bindings in ways:
        child = dict(zip(positions, entry.children, strict=True))
        orderings = tuple(sorted((child[one], child[two]) for one, two in pattern.pairs)) if ordered else ()
        objects = tuple(bindings.get(name) for name in pattern.asked)
        found.setdefault(orderings, {})[objects] = bindings
    return tuple(Fit(orderings, tuple(some.values())) for orderings, some in found.items())


def _keeps_constraint(pattern: Pattern, bindings: Bindings) -> bool:
    """Whether some objects for the variables that are left keep the constraint, as far as it is about objects alone."""
    constraint = pattern.method.network.constraint
    if next(atoms_of(constraint), None) is not None:
        return True  # it is about facts too, and is looked at when the task begins
    return witness(pattern.unsettled, constraint, True, bindings, _Nothing(pattern.problem)) is not None


@dataclass(frozen=True, slots=True)
class _Nothing:
    """A world of which nothing is known."""

    problem: Problem

    def holds(self, fact: Fact) -> None:
        return None

    def matching(self, predicate: str, arguments: Sequence[str | None]) -> tuple[Fact, ...]:
        return ()


# ---------------------------------------------------------------------- why nothing fits


def whose(claim: Claim, number: int) -> str:
    """Who imposes something on the subtasks of a task, in words."""
    entry = claim.entries[number]
    return "the problem" if number == claim.top else f"the method '{entry.method}' of {entry}"


def _unfit(claim: Claim, number: int, pattern: Pattern) -> InvalidPlan:
    entry = claim.entries[number]
    wanted = _list(map(str, pattern.subtasks))
    given = _list(str(claim.entries[child]) for child in entry.children)
    rule = "root" if number == claim.top else "decomposition"
    return refuse(
        rule, f"{whose(claim, number)} has the subtasks {wanted}, but the plan has {given} for them", entry.id
    )


def _list(words: Iterable[str], limit: int = 6) -> str:
    some = list(words)
    more = f" and {len(some) - limit} more" if len(some) > limit else ""
    return (", ".join(some[:limit]) or "none") + more


def _out_of_order(claim: Claim, number: int, pattern: Pattern, way: Way) -> InvalidPlan:
    children = claim.entries[number].children
    positions = way[0]
    for (i, one), (j, two) in permutations(enumerate(children), 2):
        spans = claim.spans[one], claim.spans[two]
        if pattern.before[positions[j]] >> positions[i] & 1 and spans[0][1] > spans[1][0]:
            late, early = claim.entries[spans[0][1]], claim.entries[spans[1][0]]
            what = f"{whose(claim, number)} does {claim.entries[one]} before {claim.entries[two]}, but "
            return refuse("ordering", f"{what}{early} comes before {late}", early.id)
    raise AssertionError("what is in order fits")
