"""What a domain declares before it says what can be done: types, constants, predicates, functions."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

from planweave.engine.wording import listing
from planweave.planners.htn.formula import OBJECT, Parameter
from planweave.planners.htn.hddl.expressions import parameters, typed
from planweave.planners.htn.hddl.networks import cycle
from planweave.planners.htn.hddl.scope import Scope
from planweave.planners.htn.hddl.tree import Expression, Group, Word


def read_requirements(section: Group, scope: Scope) -> None:
    """Read ``(:requirements ...)``; nothing depends on them, since files often claim too few."""
    words = (part.text.lstrip(":") for part in section.parts[1:] if isinstance(part, Word))
    scope.domain.requirements = tuple(dict.fromkeys((*scope.domain.requirements, *words)))


def read_types(sections: list[Group], scope: Scope) -> Scope:
    """Read all ``(:types ...)``; gives the scope in which ``object`` means what it means to this domain.

    A domain of the competitions has a type "Object" below another one. In lower case it looks like that above all
    others, which it is not.
    """
    listed = [entry for section in sections for entry in typed(section.parts[1:], scope)]
    if any(word.text == OBJECT and above[:1] and above[0].text != OBJECT for word, above in listed):
        taken = {word.text for name, above in listed for word in (name, *above)}
        scope = replace(scope, object_type=next(name for i in count(2) if (name := f"{OBJECT}-{i}") not in taken))
    supertypes: dict[str, dict[str, None]] = {_type_name(word, scope): {} for word, _ in listed}
    for word, above in listed:
        for one in above:
            supertypes.setdefault(_type_name(one, scope), {})
            supertypes[_type_name(word, scope)][_type_name(one, scope)] = None
    supertypes.pop(OBJECT, None)
    scope.domain.types = {name: tuple(one for one in some if one != OBJECT) for name, some in supertypes.items()}
    _check_types(listed, scope)
    return scope


def _type_name(word: Word, scope: Scope) -> str:
    return scope.object_type if word.text == OBJECT else scope.new_name("type", word)


def _check_types(listed: list[tuple[Word, tuple[Word, ...]]], scope: Scope) -> None:
    circle = cycle((above, name) for name, some in scope.domain.types.items() for above in some)
    if circle:
        place = next(word.at for word, _ in listed if _type_name(word, scope) in circle)
        raise scope.source.error(f"types stand below themselves: {listing(circle)}", place, "leave one of them out")


def read_constants(section: Group, scope: Scope) -> None:
    """Read ``(:constants ...)``."""
    read_objects(section, scope.domain.constants, scope, "constant")


def read_objects(section: Group, objects: dict[str, tuple[str, ...]], scope: Scope, kind: str = "object") -> None:
    """Add the objects of a section to those that there are; one that is named twice has all the types it was given."""
    for word, named in typed(section.parts[1:], scope):
        types = tuple([scope.type(one) for one in named]) or (OBJECT,)
        name = scope.new_name(kind, word)
        objects[name] = tuple(dict.fromkeys((*objects[name], *types))) if name in objects else types


def read_predicates(section: Group, scope: Scope) -> None:
    """Read ``(:predicates ...)``."""
    for part in section.parts[1:]:
        _declare(part, scope.domain.predicates, "predicate", scope)


def read_functions(section: Group, scope: Scope) -> None:
    """Read ``(:functions ...)``; that their values are numbers may be said."""
    parts = iter(section.parts[1:])
    for part in parts:
        if isinstance(part, Word) and part.text == "-":
            next(parts, None)
        else:
            _declare(part, scope.domain.functions, "function", scope)


def _declare(part: Expression, known: dict[str, tuple[Parameter, ...]], kind: str, scope: Scope) -> None:
    match part:
        case Group([name, *rest]):
            declared = parameters(rest, scope)
            if known.setdefault(scope.new_name(kind, name), declared) != declared:
                raise scope.source.error(f"the {kind} {name} is declared twice", part.at, "leave one of them out")
        case _:
            raise scope.source.error(f"expected a {kind} with its parameters, (at ?x ?y), not {part}", part.at)
