"""Splitting rules: a variable that one subtask alone has is chosen when that subtask is done, not before.

A rule ``deliver -> fetch(?truck) pay(?clerk)`` has an instance for each pair of a truck and a clerk. Split, it has a
subtask of its own in the place of ``pay(?clerk)``, whose rules choose the clerk: there are as many instances as trucks
and clerks together, and the search decides later. A variable may be chosen later where no condition on it can change:
where it stands in no condition, or in those on predicates alone that no action changes. Both problems have the same
plans.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from planweave.planners.htn.formula import Atom, Term, is_variable
from planweave.planners.htn.model import Subtask
from planweave.planners.htn.normal import Literals, Normal, Rule


def part(rule: Rule, position: int, variant: int) -> str:
    """The name of the task that stands for a subtask of a rule; no file can name it."""
    return f"(part {position} of {variant} {rule.name})"


def is_part(name: str) -> bool:
    """Whether a task stands for a subtask of a rule.

    >>> is_part("(part 1 of 0 m-deliver)"), is_part("(top)")
    (True, False)
    """
    return name.startswith("(part ")


def split(normal: Normal) -> Normal:
    """The problem with its rules split."""
    changed = {
        atom.predicate
        for some in normal.actions.values()
        for action in some
        for change in action.changes
        for atom in (*change.adds, *change.deletes)
    }
    rules: dict[str, tuple[Rule, ...]] = {}
    for name, some in normal.rules.items():
        whole: list[Rule] = []
        for variant, rule in enumerate(some):
            *parts, rest = _split(rule, variant, changed)
            whole.append(rest)
            rules |= {one.task: (one,) for one in parts}
        rules[name] = tuple(whole)
    return replace(normal, rules=rules)


def _split(rule: Rule, variant: int, changed: set[str]) -> Iterator[Rule]:
    """The rules of the parts of a rule, then what is left of it."""
    condition = rule.condition
    subtasks = list(rule.subtasks)
    gone: set[Term] = set()
    for i, subtask in enumerate(rule.subtasks if len(rule.subtasks) > 1 else ()):
        # of what is left: a variable that a part shares is no other's own
        own = _own_variables(replace(rule, condition=condition, subtasks=tuple(subtasks)), i, changed)
        if own:
            moved = _literals(condition, own, inside=True)
            condition = _literals(condition, own, inside=False)
            used = {*subtask.arguments, *_terms(moved)} - own
            parameters = tuple(one for one in rule.parameters if one.name in used | own)
            shared = tuple(one.name for one in parameters if one.name not in own)
            name = part(rule, i, variant)
            yield Rule(rule.name, parameters, name, shared, moved, (subtask,), (), True)
            subtasks[i] = Subtask(subtask.id, name, shared)
            gone |= own
    parameters = tuple(one for one in rule.parameters if one.name not in gone)
    yield replace(rule, parameters=parameters, condition=condition, subtasks=tuple(subtasks))


def _own_variables(rule: Rule, position: int, changed: set[str]) -> set[Term]:
    """The variables that a subtask has for itself and that may be chosen when it is done."""
    others = {term for i, one in enumerate(rule.subtasks) if i != position for term in one.arguments}
    condition = rule.condition
    tied = {term for pair in condition.equal for term in pair} | set(rule.arguments) | others
    for atom in (*condition.positive, *condition.negative):
        if atom.predicate in changed:
            tied.update(atom.arguments)
    own = {term for term in rule.subtasks[position].arguments if is_variable(term)} - tied
    found = set(own)
    left = list(own)
    while left:  # what a condition ties to an own variable comes along where it is nobody else's
        one = left.pop()
        for terms in _scopes(condition):
            if one in terms:
                more = {term for term in terms if is_variable(term)} - tied - found
                found |= more
                left += more
    return found


def _scopes(condition: Literals) -> Iterator[tuple[Term, ...]]:
    for atom in (*condition.positive, *condition.negative):
        yield atom.arguments
    yield from condition.unequal


def _literals(condition: Literals, own: set[Term], inside: bool) -> Literals:
    """The literals that mention one of these variables, or those that mention none."""

    def keeps(terms: tuple[Term, ...]) -> bool:
        return own.isdisjoint(terms) is not inside

    def atoms(some: tuple[Atom, ...]) -> tuple[Atom, ...]:
        return tuple(atom for atom in some if keeps(atom.arguments))

    return Literals(
        atoms(condition.positive),
        atoms(condition.negative),
        tuple(filter(keeps, condition.equal)),
        tuple(filter(keeps, condition.unequal)),
    )


def _terms(condition: Literals) -> set[Term]:
    return {term for terms in (*_scopes(condition), *condition.equal) for term in terms}
