"""Linearising: a total order for every method, so that planners for total order can try a partially ordered problem.

Of two subtasks that a method leaves unordered, the one that may add what the other needs goes first, and the one that
needs a fact goes before the one that may delete it. Every plan of the linearised problem is one of the problem itself,
but not the other way round: what needs the steps of two tasks to be interleaved is lost.

After the Linearizer of the International Planning Competition 2023 (Y. X. Wu, S. Lin, G. Behnke, P. Bercher, "Finding
solution preserving linearizations for partially ordered hierarchical planning problems", 2022); written from the idea.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from planweave.planners.htn.formula import Atom, Term, is_variable
from planweave.planners.htn.normal import Action, Normal, Rule

ANY = "*"
"""A term that may be any object: a variable of something further down."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What may happen to facts while a task is done, over its own parameters, which are called ``?0``, ``?1``, ...

    Attributes:
        adds, deletes: what it may make true, and false.
        needs, needs_false: what it may need to be true, and false.
    """

    adds: frozenset[Atom] = frozenset()
    deletes: frozenset[Atom] = frozenset()
    needs: frozenset[Atom] = frozenset()
    needs_false: frozenset[Atom] = frozenset()

    def joined(self, other: Traffic) -> Traffic:
        """What happens in one or the other."""
        return Traffic(
            self.adds | other.adds,
            self.deletes | other.deletes,
            self.needs | other.needs,
            self.needs_false | other.needs_false,
        )

    def renamed(self, names: dict[str, Term]) -> Traffic:
        """The same in other names; what has none becomes ``ANY``."""

        def atoms(some: Iterable[Atom]) -> frozenset[Atom]:
            return frozenset(
                Atom(one.predicate, tuple([names.get(t, ANY) if is_variable(t) else t for t in one.arguments]))
                for one in some
            )

        return Traffic(atoms(self.adds), atoms(self.deletes), atoms(self.needs), atoms(self.needs_false))


def linearised(normal: Normal, chance: random.Random | None = None) -> Normal:
    """The problem with every rule totally ordered.

    Args:
        normal: the problem.
        chance: breaks ties, and now and then prefers another order; None: the order of the domain does.
    """
    traffic = task_traffic(normal)
    return replace(
        normal,
        rules={name: tuple(_ordered(rule, traffic, chance) for rule in rules) for name, rules in normal.rules.items()},
    )


def task_traffic(normal: Normal) -> dict[str, Traffic]:
    """What may happen to facts in each task and action: the least fixpoint over the rules."""
    found: dict[str, Traffic] = {name: Traffic() for name in (*normal.actions, *normal.rules)}
    for name, variants in normal.actions.items():
        for action in variants:
            found[name] = found[name].joined(_of_action(action))
    users: dict[str, dict[str, None]] = {}
    for name, rules in normal.rules.items():
        for rule in rules:
            for one in rule.subtasks:
                users.setdefault(one.name, {})[name] = None
    waiting = dict.fromkeys(normal.rules)
    while waiting:
        name = next(iter(waiting))
        del waiting[name]
        after = found[name]
        for rule in normal.rules[name]:
            after = after.joined(_of_rule(rule, found))
        if after != found[name]:
            found[name] = after
            waiting |= users.get(name, {})
    return found


def _of_action(action: Action) -> Traffic:
    changes = action.changes
    whole = Traffic(
        frozenset(atom for change in changes for atom in change.adds),
        frozenset(atom for change in changes for atom in change.deletes),
        frozenset((*action.condition.positive, *(atom for change in changes for atom in change.condition.positive))),
        frozenset((*action.condition.negative, *(atom for change in changes for atom in change.condition.negative))),
    )
    return whole.renamed({one.name: f"?{i}" for i, one in enumerate(action.parameters[: action.arity])})


def _of_rule(rule: Rule, found: dict[str, Traffic]) -> Traffic:
    whole = Traffic(needs=frozenset(rule.condition.positive), needs_false=frozenset(rule.condition.negative))
    for part in _parts(rule, found):
        whole = whole.joined(part)
    names: dict[str, Term] = {}
    for i, term in enumerate(rule.arguments):
        if is_variable(term):
            names.setdefault(term, f"?{i}")
    return whole.renamed(names)


def _parts(rule: Rule, found: dict[str, Traffic]) -> Iterator[Traffic]:
    """What may happen in each subtask of a rule, in the variables of the rule."""
    for one in rule.subtasks:
        yield found[one.name].renamed({f"?{i}": term for i, term in enumerate(one.arguments)})


def _ordered(rule: Rule, found: dict[str, Traffic], chance: random.Random | None) -> Rule:
    """The rule with one total order of its subtasks."""
    if rule.is_ordered:
        return rule
    parts = list(_parts(rule, found))
    before = [{first for first, second in rule.orderings if second == i} for i in range(len(parts))]
    regret = [[_regret(one, other) if i != k else 0 for k, other in enumerate(parts)] for i, one in enumerate(parts)]
    order: list[int] = []
    left = list(range(len(parts)))
    while left:
        free = [i for i in left if before[i].isdisjoint(left)]
        order.append(min(free, key=lambda i: (sum(regret[i][k] for k in left), _tie(i, chance))))
        left.remove(order[-1])
    return replace(
        rule,
        subtasks=tuple(rule.subtasks[i] for i in order),
        orderings=tuple((i, i + 1) for i in range(len(order) - 1)),
        is_ordered=True,
    )


def _tie(position: int, chance: random.Random | None) -> float:
    return position if chance is None else chance.random()


def _regret(first: Traffic, second: Traffic) -> int:
    """How much speaks against doing one subtask before another, less what speaks for it."""
    return _serves(second, first) - _serves(first, second)


def _serves(one: Traffic, other: Traffic) -> int:
    """How many facts speak for doing one subtask before another: those it brings, and those the other would spoil."""
    brings = _meet(one.adds, other.needs) + _meet(one.deletes, other.needs_false)
    spoilt = _meet(one.needs, other.deletes) + _meet(one.needs_false, other.adds)
    return brings + spoilt


def _meet(some: Iterable[Atom], others: Iterable[Atom]) -> int:
    by_predicate: dict[str, list[Sequence[Term]]] = {}
    for atom in others:
        by_predicate.setdefault(atom.predicate, []).append(atom.arguments)
    return sum(_may_be_one(atom.arguments, other) for atom in some for other in by_predicate.get(atom.predicate, ()))


def _may_be_one(some: Sequence[Term], others: Sequence[Term]) -> bool:
    """Whether two atoms are the same as far as their terms tell: equal, or any.

    >>> _may_be_one(("?x", ANY), ("?x", "depot")), _may_be_one(("?x",), ("?y",))
    (True, False)
    """
    return all(a == b or ANY in (a, b) for a, b in zip(some, others, strict=True))
