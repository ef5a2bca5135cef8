"""What a domain requires of a planner, in the words of PDDL and HDDL: found in the domain itself."""

from __future__ import annotations

from collections.abc import Iterator

from planweave.planners.htn.domain import Domain
from planweave.planners.htn.formula import (
    TRUE,
    And,
    Equal,
    Exists,
    Forall,
    Formula,
    Imply,
    Increase,
    Not,
    Or,
    When,
)

_REQUIRED: dict[str, tuple[type, ...]] = {
    "negative-preconditions": (Not,),
    "equality": (Equal,),
    "disjunctive-preconditions": (Or, Imply),
    "existential-preconditions": (Exists,),
    "universal-preconditions": (Forall,),
}
_REQUIRED_OF_EFFECTS: dict[str, tuple[type, ...]] = {"conditional-effects": (When,), "action-costs": (Increase,)}


def requirements(domain: Domain) -> tuple[str, ...]:
    """What a domain requires, without colons.

    >>> requirements(Domain("walk"))
    ('hierarchy',)
    """
    operators, methods = domain.operators.values(), domain.methods.values()
    conditions = [one.precondition for one in operators] + [one.precondition for one in methods]
    conditions += [one.network.constraint for one in methods]
    effects = [one.effect for one in operators] + [one.effect for one in domain.tasks.values()]
    conditions += [one.condition for effect in effects for one in _parts(effect) if isinstance(one, When)]
    kinds = {type(part) for formula in conditions for part in _parts(formula)}
    kinds_of_effects = {type(part) for formula in effects for part in _parts(formula)}
    found = ["hierarchy"]
    found += ["typing"] if domain.types else []
    found += [name for name, some in _REQUIRED.items() if not kinds.isdisjoint(some)]
    found += [name for name, some in _REQUIRED_OF_EFFECTS.items() if not kinds_of_effects.isdisjoint(some)]
    found += ["method-preconditions"] if any(one.precondition != TRUE for one in methods) else []
    return tuple(found)


def _parts(formula: Formula) -> Iterator[Formula]:
    """A formula and all formulas in it."""
    yield formula
    match formula:
        case And(parts) | Or(parts):
            inner = parts
        case Not(part) | Exists(_, part) | Forall(_, part):
            inner = (part,)
        case Imply(first, second) | When(first, second):
            inner = first, second
        case _:
            inner = ()
    for part in inner:
        yield from _parts(part)
