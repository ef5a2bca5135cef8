"""Domains in Python: what the texts that ``Domain`` takes mean.

They are HDDL without the outermost parentheses: ``at ?truck depot``, ``not blocked ?to``, ``or (fuel ?x) (towed ?x)``.
What reads HDDL reads them, and finds the same mistakes; these name the user's line.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from planweave.engine.location import Location
from planweave.engine.plan import Fact
from planweave.engine.wording import an, clip, cut
from planweave.planners.htn.errors import DomainError
from planweave.planners.htn.formula import Atom, Fluent, Formula, Increase, Parameter, Term, both, is_variable
from planweave.planners.htn.hddl.expressions import amount_of, condition, effect, fluent, parameters
from planweave.planners.htn.hddl.networks import (
    check_partial_order,
    consecutive,
    constraint,
    method_task,
    orderings,
    subtasks,
)
from planweave.planners.htn.hddl.scope import KEYWORDS, Scope
from planweave.planners.htn.hddl.source import Source
from planweave.planners.htn.hddl.tree import TOKEN, Group, Word, read_group
from planweave.planners.htn.model import TaskNetwork

if TYPE_CHECKING:
    from planweave.planners.htn.domain import Domain

Texts = str | Iterable[str]
"""One text, or several."""

TOTAL_COST = Fluent("total-cost")
"""The function that counts what steps cost."""


@dataclass(frozen=True)
class Builder:
    """Reads the texts of one definition.

    Attributes:
        domain: that the definition is for.
        node: the name of what is defined.
        where: the user's line.
        objects: the types of each object and constant.
        variables: the types of each variable that has been declared.
    """

    domain: Domain
    node: str
    where: Location | None
    objects: Mapping[str, tuple[str, ...]]
    variables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def within(self, declared: Iterable[Parameter]) -> Builder:
        """The builder that knows these variables too."""
        return replace(self, variables={**self.variables, **{one.name: one.types for one in declared}})

    def error(self, what: str, mend: str | None = None) -> DomainError:
        """What is wrong with the definition, and what to do."""
        return DomainError(what, where=self.where, node=self.node, mend=mend)

    def expression(self, text: str) -> tuple[Group, Scope]:
        """What a text says, in parentheses whether it has them or not, and the scope of its names."""
        if not isinstance(text, str) or not text.strip():
            raise self.error(f"expected a text such as 'at ?truck depot', not {clip(text)}")
        source = Source(f"({text})", caller=self.where, node=self.node)
        group, end = read_group(source)
        if end < len(source.text):
            raise source.error("the parentheses do not match", end)
        match group.parts:
            case [Group() as inner]:
                group = inner
            case [Word("not") as word, Word(), *_]:
                group = Group([word, Group(group.parts[1:], word.at)], word.at)
        declares = self.domain.declares_propositions
        return group, Scope(source, self.domain, self.objects, self.variables, declares=declares, checks_types=True)

    def expressions(self, texts: Texts) -> list[tuple[Group, Scope]]:
        """What each of several texts says."""
        return [self.expression(text) for text in _listed(texts)]

    def name(self, kind: str, given: str | None = None) -> str:
        """The name of what is defined, if it can be one."""
        name = self.node if given is None else given
        if not isinstance(name, str) or not TOKEN.fullmatch(name) or name[0] in "?:()=<-" or ";" in name:
            raise self.error(f"{clip(name)} cannot be the name of {an(kind)}", "use one word without ( ) ; = <")
        if name.lower() in KEYWORDS:
            raise self.error(f"'{name}' cannot be the name of {an(kind)}: HDDL has it for itself", "use another word")
        return name

    def new_name(self, kind: str, taken: Mapping[str, object]) -> str:
        """The name of what is defined, if nothing has it yet."""
        name = self.name(kind)
        if name in taken:
            raise self.error(f"the {kind} '{name}' is there already", "leave one of them out, or rename it")
        return name

    def parameters(self, texts: Texts) -> tuple[Parameter, ...]:
        """Typed variables: ``?truck - vehicle ?from ?to - location``."""
        found: dict[str, Parameter] = {}
        for group, scope in self.expressions(texts or ()):
            for one in parameters(group.parts, scope):
                if one.name in found:
                    raise self.error(f"the variable '{one.name}' is declared twice", "give one another name")
                found[one.name] = one
        return tuple(found.values())

    def types(self, names: Iterable[str]) -> tuple[str, ...]:
        """Types that are declared."""
        found = []
        for name in names:
            group, scope = self.expression(name)
            if len(group.parts) != 1 or not isinstance(group.parts[0], Word):
                raise self.error(f"expected the name of a type, not {clip(name)}")
            found.append(scope.type(group.parts[0]))
        return tuple(found)

    def condition(self, texts: Texts) -> Formula:
        """The conjunction of conditions."""
        return both(*(condition(one, scope) for one, scope in self.expressions(texts)))

    def effect(self, texts: Texts) -> Formula:
        """The conjunction of effects."""
        return both(*(effect(one, scope) for one, scope in self.expressions(texts)))

    def constraint(self, texts: Texts) -> Formula:
        """The conjunction of constraints on variables."""
        return both(*(constraint(one, scope) for one, scope in self.expressions(texts)))

    def cost(self, given: float | str) -> Formula:
        """The effect that a step costs so much."""
        amount = self.amount(given, "cost")
        self.domain.functions.setdefault(TOTAL_COST.function, ())
        return Increase(TOTAL_COST, amount)

    def amount(self, given: float | str, kind: str) -> float | Fluent:
        """A cost or duration: a number, or a function whose value it is."""
        if isinstance(given, str):
            group, scope = self.expression(given)
            return amount_of(group.parts[0] if len(group.parts) == 1 else group, scope)
        return self.number(given, kind)

    def number(self, given: float, kind: str) -> float:
        """A finite number, which is not below 0."""
        if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < math.inf:
            raise self.error(f"{clip(given)} cannot be a {kind}", "use a number from 0")
        return float(given)

    def head(self, text: str, known: Iterable[Parameter]) -> tuple[str, tuple[Term, ...], tuple[Parameter, ...]]:
        """The task that a method does, its terms, and the parameters of the method.

        Args:
            text: the task with its terms: ``deliver ?package ?place``.
            known: the parameters that are declared; further variables of the task have the types that it gives them.
        """
        declared = {one.name: one for one in known}
        group, scope = self.expression(text)
        name, *terms = group.parts or [Word(text, 0)]
        task = self.domain.tasks.get(name.text) if isinstance(name, Word) else None
        further: dict[str, Parameter] = {}
        for term, parameter in zip(terms, task.parameters if task is not None else (), strict=False):
            if isinstance(term, Word) and is_variable(term.text) and term.text not in declared:
                further.setdefault(term.text, Parameter(term.text, parameter.types))
        every = (*further.values(), *declared.values())
        found, arguments = method_task(group, replace(scope, variables={one.name: one.types for one in every}))
        return found, arguments, every

    def network(
        self,
        tasks: Texts,
        ordered: bool,
        pairs: Iterable[tuple[str, str] | str] | None,
        constraints: Texts,
    ) -> TaskNetwork:
        """A task network.

        Args:
            tasks: the subtasks: ``drive ?truck ?from ?to``, or with a label ``first (drive ?truck ?from ?to)``.
            ordered: whether each is done after the one before it, where no orderings are given.
            pairs: orderings, as pairs of labels (without one, a subtask goes by its name) or ``first < second``.
            constraints: on variables.
        """
        found = subtasks(self.expressions(tasks))
        if pairs is None:
            return TaskNetwork(found, consecutive(found) if ordered else (), self.constraint(constraints))
        texts = [one if isinstance(one, str) else self._ordering(one) for one in pairs]
        read = self.expressions(texts)
        order = tuple(dict.fromkeys(orderings(read, found)))
        for expression, scope in read[:1]:
            check_partial_order(order, expression, scope)
        return TaskNetwork(found, order, self.constraint(constraints))

    def _ordering(self, pair: tuple[str, str]) -> str:
        if not isinstance(pair, Sequence) or len(pair) != 2:
            raise self.error(f"expected a pair of subtasks, ('load', 'drive'), not {clip(pair)}")
        return f"{pair[0]} < {pair[1]}"

    def typed_objects(self, given: Mapping[str, Texts]) -> dict[str, tuple[str, ...]]:
        """The types of each object, from the objects of each type."""
        found: dict[str, tuple[str, ...]] = {}
        if not isinstance(given, Mapping):
            raise self.error(f"expected the objects of each type, {{'truck': ['t1', 't2']}}, not {clip(given)}")
        for kind, names in given.items():
            (type_name,) = self.types([kind])
            for name in names.split() if isinstance(names, str) else _listed(names):
                types = found.get(self.name("object", name), self.objects.get(name, ()))
                found[name] = tuple(dict.fromkeys((*types, type_name)))
        return {name: types for name, types in found.items() if self.objects.get(name) != types}

    def state(self, texts: Iterable[str | Fact]) -> frozenset[Fact]:
        """The facts that are true initially."""
        found = []
        for text in _listed(texts):
            group, scope = self.expression(str(text) if isinstance(text, Fact) else text)
            match condition(group, scope):
                case Atom(predicate, arguments):
                    found.append(Fact(predicate, arguments))
                case other:
                    raise self.error(f"expected a fact, not {cut(str(other))}", "list what is true; all else is false")
        return frozenset(found)

    def fluent(self, text: str) -> Fluent:
        """A numeric function with terms."""
        group, scope = self.expression(text)
        return fluent(group, scope)

    def values(self, given: Mapping[str, float]) -> dict[Fluent, float]:
        """The value of each function that has one: ``{"distance depot shop": 12}``."""
        found = {}
        if not isinstance(given, Mapping):
            raise self.error(f"expected the value of each function, {{'distance a b': 3}}, not {clip(given)}")
        for text, value in given.items():
            found[self.fluent(text)] = self.number(value, "value")
        return found


def _listed(given: object) -> list[Any]:
    """What was given: one text or several; what is neither is refused where it is read."""
    return list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
