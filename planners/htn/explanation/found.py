"""A part of an explanation while the tree is built: with the leaf that is most to blame, and how far it went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from planweave.planners.htn.explanation.blame import Blamer
from planweave.planners.htn.explanation.reason import Refusal, Why
from planweave.planners.htn.formula import is_variable, type_words
from planweave.planners.htn.model import Problem
from planweave.planners.htn.normal import Rule
from planweave.planners.htn.solution import GroundTask
from planweave.planners.htn.truth import has_type

UNKNOWN = frozenset({Why.AGAIN, Why.UNSEEN})
"""Obstacles that tell nothing: what keeps the other ways from being used tells more."""


@dataclass(frozen=True, slots=True)
class Found:
    """A part of the tree.

    Attributes:
        refusal: the part.
        culprit: the leaf in it that is most to blame.
        score: how far this got: the higher, the more likely it is what should have worked.
    """

    refusal: Refusal
    culprit: Refusal
    score: tuple[float, ...] = ()

    def among(self, count: int) -> Found:
        """The same, as one of so many alternatives of an operator."""
        if count == 1:
            return self
        refusal = replace(self.refusal, more=count - 1)
        return Found(refusal, refusal if self.culprit is self.refusal else self.culprit, self.score)


def leaf(refusal: Refusal, rank: float, share: float = 0.0, progress: float = 0.0) -> Found:
    """A part that ends here.

    Args:
        refusal: the part.
        rank: how telling its kind of obstacle is.
        share: how much of its condition was fulfilled.
        progress: how many subtasks were done.
    """
    return Found(refusal, _last(refusal), (float(refusal.why not in UNKNOWN), progress, share, rank))


def _last(refusal: Refusal) -> Refusal:
    """The end of the chain of facts of which each could only be made true by way of the next."""
    while refusal.children and refusal.children[0].why is Why.NEVER:
        refusal = refusal.children[0]
    return refusal


def best(some: Iterable[Found]) -> Found:
    """What got furthest; of equals the first."""
    return max(some, key=lambda one: one.score)


def distinct(ways: Iterable[Found]) -> list[Found]:
    """The ways without those that fail alike: a method whose condition is a disjunction has several of them."""
    found: list[Found] = []
    for one in ways:
        if all(one.refusal != other.refusal for other in found):
            found.append(one)
    return found


def misfit(rule: Rule, arguments: tuple[str, ...], problem: Problem, blamer: Blamer) -> Refusal | dict[str, int]:
    """Why a rule is not for a task with these terms; or the objects that its variables get from them, by number.

    Args:
        rule: the rule.
        arguments: objects, and variables where any object would do.
        problem: whose objects these are.
        blamer: knows the objects by number.
    """
    task = GroundTask(rule.task, arguments)
    for one in rule.parameters:
        if not blamer.domain(one.types):
            note = f"{one.name} needs an object of type {type_words(one.types)}, and there is none"
            return Refusal(task, Why.NO_OBJECT, rule.name, note=note)
    types = {one.name: one.types for one in rule.parameters}
    found: dict[str, str] = {}
    for term, name in zip(rule.arguments, arguments, strict=True):
        if is_variable(name):
            continue
        if (found.setdefault(term, name) if is_variable(term) else term) != name:
            note = f"it is for ({' '.join((rule.task, *rule.arguments))}) only"
            return Refusal(task, Why.WRONG_OBJECT, rule.name, note=note)
        if is_variable(term) and not has_type(name, types[term], problem):
            note = f"{name} is no {type_words(types[term])}, which {term} must be"
            return Refusal(task, Why.WRONG_OBJECT, rule.name, note=note)
    return {term: blamer.number(name) for term, name in found.items() if is_variable(term)}


def mistyped(task: GroundTask, types: Iterable[tuple[str, tuple[str, ...]]], problem: Problem) -> Refusal | None:
    """Why a task is none with these objects: one is not of the type that is asked for."""
    for name, (parameter, wanted) in zip(task.arguments, types, strict=True):
        if not is_variable(name) and not has_type(name, wanted, problem):
            note = f"{name} is no {type_words(wanted)}, which {parameter} must be"
            return Refusal(task, Why.WRONG_OBJECT, note=note)
    return None


def named(binding: Mapping[str, str], rule: Rule) -> dict[str, str]:
    """The objects of a rule's own variables, without those that its task says."""
    own = {one.name for one in rule.parameters} - set(rule.arguments)
    return {name: value for name, value in binding.items() if name in own}
