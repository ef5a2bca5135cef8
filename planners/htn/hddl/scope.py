"""What names mean where they are read: each is looked up here, and one that nothing bears is an error."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from planweave.engine.wording import an, cut, listing
from planweave.planners.htn.errors import DomainError
from planweave.planners.htn.formula import OBJECT, Parameter, Term, type_words
from planweave.planners.htn.hddl.source import Source
from planweave.planners.htn.hddl.tree import Expression, Word

if TYPE_CHECKING:
    from planweave.planners.htn.domain import Domain

KEYWORDS = frozenset({"and", "or", "not", "imply", "exists", "forall", "when", "increase", "either", "=", "<", "-"})
"""Words that no predicate, task or object can have as its name."""


@dataclass(frozen=True)
class Scope:
    """The names that can be used at a place.

    Attributes:
        source: the text that is read.
        domain: whose types, predicates, functions and tasks they are.
        objects: the types of each object and constant.
        variables: the types of each variable.
        object_type: the type that the text calls ``object``; seldom another than that above all others.
        declares: whether a predicate without arguments that is not known is declared by being used.
        checks_types: whether terms are refused that cannot be of the type that is wanted; files are not so strict.
    """

    source: Source
    domain: Domain
    objects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    variables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    object_type: str = OBJECT
    declares: bool = False
    checks_types: bool = False

    def within(self, parameters: tuple[Parameter, ...]) -> Scope:
        """The scope in which these variables can be used too."""
        return replace(self, variables={**self.variables, **{one.name: one.types for one in parameters}})

    def unknown(self, kind: str, word: Word, known: Collection[str]) -> DomainError:
        """That a name means nothing, with the nearest name that does."""
        return self.source.error(f"there is no {kind} {word}", word.at, suggestion(kind, word.text, known))

    def predicate(self, word: Word, count: int) -> tuple[Parameter, ...]:
        """The parameters of a predicate, which has so many arguments."""
        known = self.domain.predicates
        if self.declares and not count and word.text not in known:
            known[self.new_name("predicate", word)] = ()
        if word.text not in known:
            raise self.unknown("predicate", word, known)
        return self._counted(word, known[word.text], count)

    def function(self, word: Word, count: int) -> tuple[Parameter, ...]:
        """The parameters of a numeric function, which has so many arguments."""
        if word.text not in self.domain.functions:
            raise self.unknown("function", word, self.domain.functions)
        return self._counted(word, self.domain.functions[word.text], count)

    def task(self, word: Word, count: int) -> tuple[Parameter, ...]:
        """The parameters of a task, compound or primitive, which has so many arguments."""
        task = self.domain.tasks.get(word.text) or self.domain.operators.get(word.text)
        if task is None:
            raise self.unknown("task", word, [*self.domain.tasks, *self.domain.operators])
        return self._counted(word, task.parameters, count)

    def type(self, word: Word) -> str:
        """The type that a word names."""
        if word.text == OBJECT:
            return self.object_type
        if word.text not in self.domain.types:
            raise self.unknown("type", word, [*self.domain.types, OBJECT])
        return word.text

    def object(self, word: Word) -> str:
        """The object that a word names."""
        if word.text not in self.objects:
            raise self.unknown("object", word, self.objects)
        return word.text

    def term(self, expression: Expression) -> Term:
        """The variable or object that a word names."""
        if not isinstance(expression, Word):
            raise self.source.error(f"expected a variable or an object, not {expression}", expression.at)
        if not expression.text.startswith("?"):
            return self.object(expression)
        if expression.text not in self.variables:
            raise self.unknown("variable", expression, self.variables)
        return expression.text

    def terms(self, word: Word, declared: tuple[Parameter, ...], expressions: Sequence[Expression]) -> tuple[Term, ...]:
        """The variables and objects that fill the parameters of a predicate, function or task."""
        found = tuple([self.term(one) for one in expressions])
        if self.checks_types:
            for term, parameter, expression in zip(found, declared, expressions, strict=True):
                if not self._fits(term, parameter.types):
                    given = type_words(self.variables.get(term) or self.objects[term])
                    raise self.source.error(
                        f"'{term}' is {an(given)}, but {word} takes {an(type_words(parameter.types))} there",
                        expression.at,
                        "put the arguments into the order that is declared, or use another",
                    )
        return found

    def _fits(self, term: Term, wanted: tuple[str, ...]) -> bool:
        """Whether an object is of one of these types, or of a variable: whether some object of its types could be."""
        if term not in self.variables:
            return any(one in self.domain.supertypes(kind) for kind in self.objects[term] for one in wanted)
        kinds = map(self.domain.supertypes, (*self.domain.types, OBJECT))
        return any(one in kind and other in kind for kind in kinds for one in self.variables[term] for other in wanted)

    def new_name(self, kind: str, expression: Expression | None, at: int = 0) -> str:
        """The name that something new is given."""
        if not isinstance(expression, Word):
            given = "nothing" if expression is None else str(expression)
            place = at if expression is None else expression.at
            raise self.source.error(f"expected the name of {an(kind)}, not {given}", place)
        if expression.text in KEYWORDS or expression.text[0] in "?:":
            raise self.source.error(f"{expression} cannot be the name of {an(kind)}", expression.at, "use another word")
        return expression.text

    def _counted(self, word: Word, parameters: tuple[Parameter, ...], count: int) -> tuple[Parameter, ...]:
        if len(parameters) != count:
            wanted = f"({' '.join((word.text, *map(str, parameters)))})"
            raise self.source.error(
                f"{word} has {count} argument{'s' * (count != 1)} here, but takes {len(parameters)}",
                word.at,
                f"write it as it is declared: {cut(wanted)}",
            )
        return parameters


def suggestion(kind: str, name: str, known: Collection[str]) -> str:
    """What to do about a name that nothing bears.

    >>> suggestion("type", "trcuk", ["truck", "train"]), suggestion("type", "truck", [])
    ("did you mean 'truck'?", 'declare it')
    """
    near = get_close_matches(name[:100], list(known)[:10_000], n=1)
    if near:
        return f"did you mean '{cut(near[0], 80)}'?"
    return "declare it" + (f", or use one that is: {listing(known, 5)}" if known else "")
