"""Inference over the hierarchy: what must hold for a task to have any chance, pulled up to where it is chosen.

Two kinds of conditions are pulled up through the methods: those of what is done first (they must hold when the task
begins), and those on predicates that no action changes (they must hold at any time). A condition is pulled up only
where every method of a task has it. A method that leads nowhere goes: one of whose subtasks can never be done,
because every way to do it ends in itself. All of it is lifted, and takes no time that grows with the objects.

The idea is that of HyperTensioN's compilers (M. C. Magnaguagno, F. Meneguzzi, L. de Silva, "HyperTensioN: a three-stage
compiler for planning", IPC 2020) and of inferred preconditions (C. Olz, S. Biundo, P. Bercher, "Revealing hidden
preconditions and effects of compound HTN planning tasks", AAAI 2021).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from planweave.planners.htn.formula import Atom, Term, is_variable
from planweave.planners.htn.normal import Action, Literals, Normal, Rule


@dataclass(frozen=True, slots=True)
class Needs:
    """What a task needs, over its own parameters, which are called ``?0``, ``?1``, ...

    Attributes:
        first: what must be true when it begins.
        first_false: what must be false when it begins.
        always: what must be true at any time.
    """

    first: frozenset[Atom]
    first_false: frozenset[Atom]
    always: frozenset[Atom]


def strengthened(normal: Normal) -> Normal:
    """The same problem, each of whose rules asks at once for what its subtasks are going to need."""
    fixed = static_predicates(normal)
    needs = task_needs(normal, fixed)
    rules = {
        name: tuple(_strengthened(rule, needs) for rule in some if all(one.name in needs for one in rule.subtasks))
        for name, some in normal.rules.items()
    }
    return replace(normal, rules=rules)


def static_predicates(normal: Normal) -> frozenset[str]:
    """The predicates that no action changes."""
    changed = {
        atom.predicate
        for variants in normal.actions.values()
        for action in variants
        for change in action.changes
        for atom in (*change.adds, *change.deletes)
    }
    return frozenset(normal.problem.domain.predicates) - changed


def task_needs(normal: Normal, fixed: frozenset[str]) -> dict[str, Needs]:
    """What each task and action needs; those that can never be done are left out.

    The greatest fixpoint: at first every task is taken to need everything, then what some rule does not need goes.
    """
    needs: dict[str, Needs] = {}
    for name, variants in normal.actions.items():
        if variants:
            needs[name] = _common(_of_action(action, fixed) for action in variants)
    users: dict[str, list[str]] = {}
    for name, rules in normal.rules.items():
        for rule in rules:
            for one in rule.subtasks:
                users.setdefault(one.name, []).append(name)
    waiting = dict.fromkeys(normal.rules)
    while waiting:
        name = next(iter(waiting))
        del waiting[name]
        known = [
            _of_rule(rule, needs, fixed) for rule in normal.rules[name] if all(s.name in needs for s in rule.subtasks)
        ]
        if known and (found := _common(known)) != needs.get(name):
            needs[name] = found
            waiting |= dict.fromkeys(users.get(name, ()))
    return needs


def _common(some: Iterable[Needs]) -> Needs:
    first, *rest = some
    for one in rest:
        first = Needs(first.first & one.first, first.first_false & one.first_false, first.always & one.always)
    return first


def _of_action(action: Action, fixed: frozenset[str]) -> Needs:
    names = {one.name: f"?{i}" for i, one in enumerate(action.parameters[: action.arity])}
    true = frozenset(_seen(action.condition.positive, names))
    false = frozenset(_seen(action.condition.negative, names))
    return Needs(true, false, frozenset(atom for atom in true if atom.predicate in fixed))


def _of_rule(rule: Rule, needs: dict[str, Needs], fixed: frozenset[str]) -> Needs:
    names: dict[str, Term] = {}
    for i, term in enumerate(rule.arguments):
        if is_variable(term):
            names.setdefault(term, f"?{i}")
    stronger = _strengthened(rule, needs).condition
    true = frozenset(_seen(stronger.positive, names))
    false = frozenset(_seen(stronger.negative, names))
    return Needs(true, false, frozenset(atom for atom in true if atom.predicate in fixed))


def _strengthened(rule: Rule, needs: dict[str, Needs]) -> Rule:
    true = dict.fromkeys(rule.condition.positive)
    false = dict.fromkeys(rule.condition.negative)
    for i, subtask in enumerate(rule.subtasks):
        names = {f"?{k}": term for k, term in enumerate(subtask.arguments)}
        need = needs[subtask.name]
        true |= dict.fromkeys(_ordered(_renamed(need.always, names)))
        if i == 0 and rule.is_ordered:
            true |= dict.fromkeys(_ordered(_renamed(need.first, names)))
            false |= dict.fromkeys(_ordered(_renamed(need.first_false, names)))
    condition = Literals(tuple(true), tuple(false), rule.condition.equal, rule.condition.unequal)
    return replace(rule, condition=condition)


def _ordered(atoms: Iterable[Atom]) -> list[Atom]:
    """Atoms in an order that does not depend on hashes."""
    return sorted(atoms, key=str)


def _renamed(atoms: Iterable[Atom], names: dict[str, Term]) -> Iterator[Atom]:
    for atom in atoms:
        yield Atom(atom.predicate, tuple(names.get(term, term) for term in atom.arguments))


def _seen(atoms: Iterable[Atom], names: dict[str, Term]) -> Iterator[Atom]:
    """The atoms that can be said in the parameters of the task, in its own names."""
    for atom in atoms:
        if all(not is_variable(term) or term in names for term in atom.arguments):
            yield Atom(atom.predicate, tuple(names.get(term, term) for term in atom.arguments))
