"""Which objects a variable can stand for: those of its type, narrowed by what its tasks can take."""

from __future__ import annotations

from collections.abc import Mapping

from planweave.planners.htn.formula import Parameter, is_variable
from planweave.planners.htn.normal import Action, Normal, Rule

Domains = dict[str, frozenset[int]]
"""The objects of each variable, by number."""


class Narrowed:
    """The objects of every variable of every action and rule.

    A variable of a rule can be no object that one of its subtasks cannot take, and a task can take no object that all
    its rules refuse; worked out to a fixpoint.

    Attributes:
        tasks: for each action and task, the objects that each of its parameters can be.
    """

    def __init__(self, normal: Normal, number: Mapping[str, int]) -> None:
        self._normal = normal
        self._number = number
        self._cache: dict[tuple[str, ...], frozenset[int]] = {}
        self.tasks: dict[str, list[frozenset[int]]] = {}
        for name, variants in normal.actions.items():
            for action in variants[:1]:
                self.tasks[name] = [self._of(one) for one in action.parameters[: action.arity]]
        declared = normal.problem.domain.tasks
        for name in normal.rules:
            self.tasks[name] = [self._of(one) for one in declared[name].parameters] if name in declared else []
        self._narrow()

    def _of(self, parameter: Parameter) -> frozenset[int]:
        if parameter.types not in self._cache:
            names = self._normal.problem.objects_of(parameter.types)
            self._cache[parameter.types] = frozenset(self._number[one] for one in names)
        return self._cache[parameter.types]

    def of_action(self, action: Action) -> Domains:
        """The objects of the variables of an action."""
        return {one.name: self._of(one) for one in action.parameters}

    def of_rule(self, rule: Rule) -> Domains:
        """The objects of the variables of a rule."""
        found = {one.name: self._of(one) for one in rule.parameters}
        for name, arguments in ((rule.task, rule.arguments), *((one.name, one.arguments) for one in rule.subtasks)):
            for term, allowed in zip(arguments, self.tasks.get(name, ()), strict=False):
                if is_variable(term):
                    found[term] &= allowed
        return found

    def _narrow(self) -> None:
        changed = True
        while changed:
            changed = False
            for name, rules in self._normal.rules.items():
                before = self.tasks[name]
                union: list[frozenset[int]] = [frozenset()] * len(before)
                for rule in rules:
                    domains = self.of_rule(rule)
                    if not all(domains.values()):
                        continue  # no object fits some variable: the rule can never be used
                    for i, term in enumerate(rule.arguments):
                        union[i] |= domains[term] if is_variable(term) else {self._number[term]}
                after = [old & new for old, new in zip(before, union, strict=True)]
                if after != before:
                    self.tasks[name] = after
                    changed = True
