"""A domain: the types, predicates, operators, compound tasks and methods that problems are stated in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from planweave.engine.location import Location
from planweave.planners.htn.errors import DomainError
from planweave.planners.htn.formula import OBJECT, Parameter
from planweave.planners.htn.model import CompoundTask, Method, Operator

T = TypeVar("T")


class Domain:
    """A hierarchical planning domain.

    Attributes:
        name: of the domain.
        requirements: what its HDDL file says that it requires, without colons.
        types: the direct supertypes of each type; ``object`` stands above all and need not be named.
        constants: the types of each constant.
        predicates: the parameters of each predicate.
        functions: the parameters of each numeric function.
        operators, tasks, methods: by name.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.requirements: tuple[str, ...] = ()
        self.types: dict[str, tuple[str, ...]] = {}
        self.constants: dict[str, tuple[str, ...]] = {}
        self.predicates: dict[str, tuple[Parameter, ...]] = {}
        self.functions: dict[str, tuple[Parameter, ...]] = {}
        self.operators: dict[str, Operator] = {}
        self.tasks: dict[str, CompoundTask] = {}
        self.methods: dict[str, Method] = {}

    def __repr__(self) -> str:
        return (
            f"<domain '{self.name}' with {len(self.operators)} operators, {len(self.tasks)} compound tasks "
            f"and {len(self.methods)} methods>"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Domain) and self._content() == other._content()

    __hash__ = None  # type: ignore[assignment]  # because a domain grows while it is built

    def _content(self) -> tuple[object, ...]:
        return (
            self.name,
            self.types,
            self.constants,
            self.predicates,
            self.functions,
            self.operators,
            self.tasks,
            self.methods,
        )

    def supertypes(self, name: str) -> tuple[str, ...]:
        """A type and all types above it, ``object`` last."""
        found: dict[str, None] = {}
        left = [name]
        while left:
            one = left.pop()
            if one not in found and one != OBJECT:
                found[one] = None
                left.extend(reversed(self.types.get(one, ())))
        return (*found, OBJECT)

    def methods_for(self, task: str) -> tuple[Method, ...]:
        """The methods of a compound task, in the order in which they were defined."""
        return tuple(method for method in self.methods.values() if method.task == task)

    def add(self, *parts: Operator | CompoundTask | Method) -> None:
        """Add operators, compound tasks and methods.

        Raises:
            DomainError: a name is taken.
        """
        for part in parts:
            family: dict[str, object] = self._family(part)  # type: ignore[assignment]  # because each is a dict of its own kind
            taken = self.operators.get(part.name) or self.tasks.get(part.name) if not isinstance(part, Method) else None
            first = family.get(part.name) or taken
            if first is not None:
                where: Location | None = getattr(first, "where", None)
                raise DomainError(
                    f"the name '{part.name}' is taken" + (f" (by what {where} defines)" if where is not None else ""),
                    where=part.where,
                    node=part.name,
                    mend="give one of them another name",
                )
            family[part.name] = part

    def _family(self, part: Operator | CompoundTask | Method) -> object:
        match part:
            case Operator():
                return self.operators
            case CompoundTask():
                return self.tasks
            case Method():
                return self.methods


def unique(items: Iterable[T]) -> tuple[T, ...]:
    """The items, each once, in order of first appearance.

    >>> unique("abca")
    ('a', 'b', 'c')
    """
    return tuple(dict.fromkeys(items))
