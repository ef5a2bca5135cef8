"""Whether a literal can ever be so, what could make it so, and what may have been meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import replace

from planweave.engine.plan import Fact
from planweave.engine.wording import listing
from planweave.planners.htn.explanation.blame import Blame, Blamer
from planweave.planners.htn.explanation.reason import Refusal, Why
from planweave.planners.htn.explanation.relaxed import Relaxed, at_first
from planweave.planners.htn.formula import Atom, Formula, Not, is_variable
from planweave.planners.htn.normal import Action, Literals, is_hidden
from planweave.planners.htn.solution import GroundTask

Domains = Mapping[str, frozenset[int]]
"""The objects that a variable may stand for, by number."""

DEEPEST = 5
"""Operators in a row that are asked why they cannot make a fact true."""
MOST_MAKERS = 3
"""Operators that are named for one fact."""
LIKE = 0.75
"""How much two names must have in common for one to be taken for a misspelling of the other."""


class Prospects:
    """What can become of the literals of a problem.

    Args:
        relaxed: what can be true if nothing ever became false.
    """

    def __init__(self, relaxed: Relaxed) -> None:
        self._relaxed = relaxed
        self._problem = relaxed.normal.problem
        self.blamer = Blamer(relaxed.world, relaxed.fixed)

    def is_hopeless(self, literal: Formula, domains: Domains) -> bool:
        """Whether it is proved that a literal is so at no time, whichever objects its variables stand for."""
        match literal:
            case Atom(predicate):
                if not self._relaxed.is_complete and predicate in self._relaxed.added:
                    return False
                return self.blamer.binding([literal], {}, domains) is None
            case Not(Atom(predicate, arguments)):
                if predicate in self._relaxed.deleted:
                    return False
                return self.blamer.binding([Not(Atom(at_first(predicate), arguments))], {}, domains) is None
        return True  # an equality of objects, or its opposite, is so at all times or never

    def note(self, literal: Formula, *, hopeless: bool) -> str:
        """What could make a literal so, in words; where nothing can, what may have been meant."""
        if not isinstance(literal, Atom) and not (isinstance(literal, Not) and isinstance(literal.part, Atom)):
            return ""
        wanted = isinstance(literal, Atom)
        atom = literal if isinstance(literal, Atom) else literal.part
        assert isinstance(atom, Atom)
        makers, idle = self._makers(atom, wanted)
        word = "true" if wanted else "false"
        if makers and not hopeless:
            return f"what could make it {word}: {listing(makers, MOST_MAKERS)}"
        parts = []
        if makers:
            parts.append(f"{listing(makers, MOST_MAKERS)} could make it {word}, but can never be done so")
        elif idle:
            parts.append(f"only {listing(idle, MOST_MAKERS)} could make it {word}, and no task leads there")
        else:
            parts.append(f"no operator makes it {word}")
        meant = list(self._meant(atom)) if wanted and not makers else []
        return "; ".join([*parts, *([f"did you mean {meant[0]}?"] if meant else [])])

    def _makers(self, atom: Atom, wanted: bool) -> tuple[list[str], list[str]]:
        """The operators that may make an atom true, or false: those that tasks lead to, and the others."""
        found: tuple[list[str], list[str]] = ([], [])
        for name, actions in self._relaxed.normal.actions.items():
            changes = [change for action in actions for change in action.changes]
            if any(_may_be(one, atom) for change in changes for one in (change.adds if wanted else change.deletes)):
                found[name not in self._relaxed.reached].append(name.strip("()") if is_hidden(name) else name)
        return found

    def _meant(self, atom: Atom) -> Iterator[str]:
        """Facts and predicates that are nearly the same: objects in another order, or one name that is like another."""
        state = self._problem.state
        like = [fact for fact in sorted(state, key=str) if fact.predicate == atom.predicate]
        for fact in like:
            if _turned(fact, atom):
                yield str(fact)
        for fact in like:
            if _nearly(fact, atom):
                yield str(fact)
        changing = self._relaxed.added | {fact.predicate for fact in state}
        arity = len(atom.arguments)
        known = [name for name in sorted(changing) if self._arity(name) == arity and name != atom.predicate]
        for name in difflib.get_close_matches(atom.predicate, known, 1, LIKE):
            yield f"the predicate '{name}'"

    def _arity(self, predicate: str) -> int:
        return len(self._problem.domain.predicates.get(predicate, ()))

    # ------------------------------------------------------------------ why nothing can make a fact true

    def chain(self, literal: Formula, domains: Domains, seen: frozenset[str] = frozenset()) -> tuple[Refusal, ...]:
        """For each operator that could make a hopeless atom true, what it needs that is hopeless too."""
        if not isinstance(literal, Atom) or not self._relaxed.is_complete or len(seen) >= DEEPEST:
            return ()
        seen |= {str(literal)}
        found: list[Refusal] = []
        for name in sorted(self._relaxed.reached):
            for action in self._relaxed.normal.actions.get(name, ()):
                for change in action.changes:
                    for atom in change.adds:
                        one = self._link(action, atom, change.condition, literal, domains, seen)
                        if one is not None and not any(one.missing == other.missing for other in found):
                            found.append(one)
        return tuple(found)[:MOST_MAKERS]

    def _link(
        self, action: Action, atom: Atom, condition: Literals, literal: Atom, domains: Domains, seen: frozenset[str]
    ) -> Refusal | None:
        if not _may_be(atom, literal):
            return None
        own = self._relaxed.domains(action)
        given: dict[str, int] = {}
        for term, wanted in zip(atom.arguments, literal.arguments, strict=True):
            if is_variable(term) and is_variable(wanted):
                own[term] &= domains.get(wanted, own[term])
            elif is_variable(term):
                number = self._relaxed.world.number[wanted]
                if given.setdefault(term, number) != number or number not in own[term]:
                    return None
        whole = self._relaxed.condition(action.condition)
        extra = self._relaxed.condition(condition)
        needs = Literals(
            (*whole.positive, *extra.positive),
            (*whole.negative, *extra.negative),
            (*whole.equal, *extra.equal),
            (*whole.unequal, *extra.unequal),
        )
        blame = self.blamer.blame(needs, given, own) if all(own.values()) else None
        if blame is None:
            return None
        terms = tuple(blame.binding.get(one.name, one.name) for one in action.parameters[: action.arity])
        return self.leaf(GroundTask(action.name, terms), blame, own, seen=seen)

    def leaf(self, task: GroundTask, blame: Blame, domains: Domains, seen: frozenset[str] = frozenset()) -> Refusal:
        """What is to blame in the relaxation, with all that follows from its being hopeless."""
        literal = self.worst(blame, domains)
        found = Refusal(task, Why.NEVER, binding=blame.binding, missing=literal)
        if blame.together:
            return replace(found, why=Why.TOGETHER, note="together with the rest of the condition")
        if str(literal) in seen:
            return replace(found, why=Why.AGAIN, note="which is what it was to help with")
        note, children = self.note(literal, hopeless=True), self.chain(literal, domains, seen)
        return replace(found, note=note, children=children)

    def worst(self, blame: Blame, domains: Domains) -> Formula:
        """Of the literals to blame, one that no operator can change where there is one."""
        some = [as_written(one) for one in blame.literals]
        hopeless = [one for one in some if self.is_hopeless(one, domains)]
        fixed = [one for one in hopeless if isinstance(one, Atom) and one.predicate not in self._relaxed.added]
        return (fixed or hopeless or some)[0]


def as_written(literal: Formula) -> Formula:
    """A literal of the relaxation as one of the problem."""
    if isinstance(literal, Not) and isinstance(literal.part, Atom) and literal.part.predicate.startswith("(at first "):
        return Not(Atom(literal.part.predicate[len("(at first ") : -1], literal.part.arguments))
    return literal


def _may_be(one: Atom, other: Atom) -> bool:
    """Whether two atoms may be the same fact, each variable standing for any object."""
    return one.predicate == other.predicate and all(
        a == b or is_variable(a) or is_variable(b) for a, b in zip(one.arguments, other.arguments, strict=True)
    )


def _turned(fact: Fact, atom: Atom) -> bool:
    known = [term for term in atom.arguments if not is_variable(term)]
    return (
        len(set(known)) > 1
        and len(known) == len(fact.arguments)
        and fact.arguments != atom.arguments
        and sorted(fact.arguments) == sorted(known)
    )


def _nearly(fact: Fact, atom: Atom) -> bool:
    """Whether they differ in one object whose names are alike."""
    pairs = [(a, b) for a, b in zip(fact.arguments, atom.arguments, strict=True) if a != b and not is_variable(b)]
    if len(pairs) != 1:
        return False
    return difflib.SequenceMatcher(None, *pairs[0]).ratio() >= LIKE and not _numbered(*pairs[0])


def _numbered(one: str, other: str) -> bool:
    """Whether two names differ in their numbers only: ``t1`` is no misspelling of ``t2``."""
    return one.rstrip("0123456789") == other.rstrip("0123456789") and one[-1:].isdigit() and other[-1:].isdigit()
