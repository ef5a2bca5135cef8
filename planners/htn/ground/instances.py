"""Instances: the rows of the variables of actions and rules that a plan could contain.

One fixpoint: downwards from the top task, the rules whose conditions and whose subtasks' needs can become true, if
nothing is ever deleted, by the actions that these rules ask for. (G. Behnke, D. Höller, A. Schmid, P. Bercher,
S. Biundo, "On succinct groundings of HTN planning problems", AAAI 2020, do one after the other, and so ground more.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.ground.clause import Clause, Literal, saturate
from planweave.planners.htn.ground.necessary import Need, needs_of
from planweave.planners.htn.ground.program import Program
from planweave.planners.htn.ground.relation import Relation, Row
from planweave.planners.htn.ground.schema import Pattern, Schema
from planweave.planners.htn.normal import TOP


@dataclass(frozen=True)
class Instances:
    """What a plan could contain.

    Attributes:
        facts: by predicate, the rows that can become true.
        initial: by predicate, those that are true at the start.
        actions: each schema with the rows of its variables.
        rules: the same.
    """

    facts: dict[str, Relation]
    initial: dict[str, dict[Row, None]]
    actions: list[tuple[Schema, list[Row]]]
    rules: list[tuple[Schema, list[Row]]]


def instances_of(program: Program, deadline: Deadline) -> Instances:
    """Instantiate a program.

    Raises:
        PlanningTimeout: a limit is reached.
    """
    making = _Clauses(program)
    actions = [(schema, making.of_action(schema)) for one in program.actions.values() for schema in one]
    rules = [(schema, making.of_rule(schema)) for one in program.rules.values() for schema in one]
    making.tasks[TOP].add([()])
    saturate([clause for _, some in (*actions, *rules) for clause in some], deadline, "grounding")
    return Instances(
        program.facts,
        {name: one.rows for name, one in making.initial.items()},
        [(schema, list(clauses[0].rows) if clauses else []) for schema, clauses in actions],
        [(schema, list(clauses[0].rows) if clauses else []) for schema, clauses in rules],
    )


class _Clauses:
    """Makes clauses of schemas.

    Attributes:
        initial: of each predicate, what is true at the start.
        tasks: of each operator and compound task, the arguments with which some rule asks for it.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._needs = needs_of(program)
        self.initial = {name: Relation(name, one.arity, one.rows) for name, one in program.facts.items()}
        self.tasks = {
            name: Relation(name, len(program.parameters[name])) for name in (*program.rules, *program.actions)
        }

    def of_action(self, schema: Schema) -> list[Clause]:
        """What makes an action applicable and what follows then; one more clause for each effect with a condition.

        None where it never can be.
        """
        body = self._conditions(schema.positive)
        if body is None:
            return []
        unconditional = [change for change in schema.changes if not (change.positive or change.negative)]
        conditional = [change for change in schema.changes if change.positive or change.negative]
        heads = [self._fact(one) for change in unconditional for one in change.adds]
        whole = Literal(Relation(schema.task, len(schema.domains)), tuple(range(len(schema.domains))))
        heads += [whole] if conditional else []
        body = [Literal(self.tasks[schema.task], schema.arguments), *body]
        clauses = [self._clause(schema, body, heads)]
        for change in conditional:
            more = self._conditions(change.positive)
            if more is not None:
                heads = [self._fact(one) for one in change.adds]
                clauses.append(Clause(schema.task, schema.domains, (whole, *more), heads=tuple(heads)))
        return clauses

    def of_rule(self, schema: Schema) -> list[Clause]:
        """What makes a rule worth a try and what it asks for then; none where it never is."""
        conditions = self._conditions(self._needs.of(schema))
        if conditions is None:
            return []
        heads = [Literal(self.tasks[name], terms) for name, terms in schema.subtasks]
        return [self._clause(schema, [Literal(self.tasks[schema.task], schema.arguments), *conditions], heads)]

    def _clause(self, schema: Schema, body: list[Literal], heads: list[Literal]) -> Clause:
        return Clause(
            schema.source.name, schema.domains, tuple(body), schema.unequal, self._absent(schema), tuple(heads)
        )

    def _fact(self, pattern: Pattern) -> Literal:
        return Literal(self._program.facts[pattern[0]], pattern[1])

    def _conditions(self, needs: Iterable[Need]) -> list[Literal] | None:
        """The literals of conditions; None: one of them can never be true.

        Conditions without variables on what actions add are left out: a goal may have thousands, and what they rule
        out is pruned later.
        """
        literals = []
        for name, terms in needs:
            if any(term is None or term >= 0 for term in terms):
                kept = tuple(i for i, term in enumerate(terms) if term is not None)
                relation = self._program.facts[name]
                part = relation if len(kept) == len(terms) else relation.part(kept)
                literals.append(Literal(part, tuple(term for term in terms if term is not None)))
            elif (
                name not in self._program.added
                and tuple([~(term or 0) for term in terms]) not in self.initial[name].rows
            ):
                return None
        return literals

    def _absent(self, schema: Schema) -> tuple[Literal, ...]:
        """What is true initially and never deleted is never false."""
        deleted = self._program.deleted
        return tuple(Literal(self.initial[name], terms) for name, terms in schema.negative if name not in deleted)
