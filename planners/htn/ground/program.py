"""A problem in normal form as relations and schemas over integers."""

from __future__ import annotations

from dataclasses import dataclass

from planweave.planners.htn.ground.relation import Relation
from planweave.planners.htn.ground.schema import Objects, Schema, schema
from planweave.planners.htn.normal import Action, Normal, Rule


@dataclass(frozen=True)
class Program:
    """What a problem looks like over integers.

    Attributes:
        objects: the objects by number.
        facts: the relation of each predicate, with what is true initially.
        added, deleted: the predicates that actions add, and that they delete.
        parameters: for each operator and compound task, the objects that its declared types admit for each argument.
        actions: the schemas of each operator by its name.
        rules: the schemas of each compound task by its name.
    """

    objects: Objects
    facts: dict[str, Relation]
    added: frozenset[str]
    deleted: frozenset[str]
    parameters: dict[str, tuple[frozenset[int], ...]]
    actions: dict[str, tuple[Schema, ...]]
    rules: dict[str, tuple[Schema, ...]]

    @property
    def changed(self) -> frozenset[str]:
        """The predicates that actions change."""
        return self.added | self.deleted

    def schemas(self, name: str) -> tuple[Schema, ...]:
        """Those of an operator or compound task."""
        return self.actions[name] if name in self.actions else self.rules.get(name, ())


def program_of(normal: Normal) -> Program:
    """The program of a problem."""
    objects = Objects(normal.problem)
    actions = {name: _schemas(some, objects) for name, some in normal.actions.items()}
    rules = {name: _schemas(some, objects) for name, some in normal.rules.items()}
    changes = [one for some in actions.values() for each in some for one in each.changes]
    return Program(
        objects,
        _facts(normal, objects, actions, rules),
        frozenset(name for change in changes for name, _ in change.adds),
        frozenset(name for change in changes for name, _ in change.deletes),
        _parameters(normal, objects),
        actions,
        rules,
    )


def _schemas(sources: tuple[Action, ...] | tuple[Rule, ...], objects: Objects) -> tuple[Schema, ...]:
    return tuple(found for one in sources if (found := schema(one, objects)) is not None)


def _facts(
    normal: Normal, objects: Objects, actions: dict[str, tuple[Schema, ...]], rules: dict[str, tuple[Schema, ...]]
) -> dict[str, Relation]:
    """A relation for each predicate that stands anywhere, in an order that does not depend on that of a set."""
    arities: dict[str, int] = {}
    for family in (actions, rules):
        for some in family.values():
            for one in some:
                for name, terms in one.patterns():
                    arities[name] = len(terms)
    initial = sorted((fact.predicate, tuple(map(objects.number, fact.arguments))) for fact in normal.problem.state)
    found = {name: Relation(name, arity) for name, arity in arities.items()}
    rows: dict[str, list[tuple[int, ...]]] = {name: [] for name in found}
    for name, row in initial:
        if name in rows:
            rows[name].append(row)
    return {name: Relation(name, arity, rows[name]) for name, arity in arities.items()}


def _parameters(normal: Normal, objects: Objects) -> dict[str, tuple[frozenset[int], ...]]:
    domain = normal.problem.domain
    found = {}
    for family in (domain.operators, domain.tasks):
        for name, task in family.items():
            found[name] = tuple(objects.of(one.types) for one in task.parameters)
    arities = {one.name: len(one.arguments) for some in normal.rules.values() for rule in some for one in rule.subtasks}
    for name, actions in normal.actions.items():
        if name not in found:  # one that the normal form adds; it has no variant where its condition is never true
            own = actions[0].parameters[: actions[0].arity] if actions else ()
            found[name] = tuple(objects.of(one.types) for one in own) or (frozenset(),) * arities.get(name, 0)
    for name, rules in normal.rules.items():
        if name not in found:
            types = {one.name: one.types for one in rules[0].parameters} if rules else {}
            found[name] = tuple(objects.of(types[term]) for term in rules[0].arguments) if rules else ()
    return found
