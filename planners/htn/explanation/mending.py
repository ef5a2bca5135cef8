"""With what a problem would have a plan: literals that are held throughout, or facts that are true at first.

That it would is not guessed: a plan is searched for, and found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, permutations, product

from planweave.engine.plan import Fact
from planweave.engine.wording import listing
from planweave.planners.htn.agendas import block_of
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.explanation.forward import Forward
from planweave.planners.htn.explanation.reason import Refusal, Why, in_words
from planweave.planners.htn.formula import Atom, Formula, Not, is_variable
from planweave.planners.htn.inference import strengthened
from planweave.planners.htn.lifted.tasks import Tasks
from planweave.planners.htn.lifted.world import World
from planweave.planners.htn.normal import TOP, Normal

DECISIONS, ALL = 4_000, 40_000
"""Decisions of each search for a plan of a mended problem, and of all together."""
SLACK = 4
"""A search with fewer facts may take so many times the decisions of the one with all of them."""
MOST_LEAVES = 8
"""Literals that are held throughout, one after the other."""
MOST_PINNED = 64
"""Facts that a literal with variables may stand for there."""
MOST_FACTS = 1_500
"""Facts of one predicate that may be tried at first, all together."""
RUNS = 60
"""Searches for the facts that are really needed among those of one predicate."""
MOST_NEEDED = 3
"""Facts that a problem may need to be mended; more are not worth telling."""


class _Enough(Exception):
    """No more is to be tried."""


class Mending:
    """Tries what would mend a problem.

    Args:
        normal: the problem.
        fixed: the predicates that nothing changes.
        deadline: when to give up.
    """

    def __init__(self, normal: Normal, fixed: frozenset[str], deadline: Deadline) -> None:
        self._normal = normal
        self._problem = normal.problem
        self._fixed = fixed
        self._deadline = deadline
        self._tasks = Tasks(strengthened(normal), World(normal.problem))
        self._seen: set[str] = set()
        self._most, self._tried, self._runs = DECISIONS, 0, 0

    def by_leaf(self, leaves: Iterable[Refusal]) -> tuple[Refusal, str] | None:
        """The first part whose literal, if it were so at all times, would leave a plan; and that in words."""
        for one in leaves:
            if one.missing is None or str(one.missing) in self._seen or one.why is Why.AGAIN:
                continue
            if len(self._seen) >= MOST_LEAVES:
                break
            self._seen.add(str(one.missing))
            self._most = DECISIONS
            if self._helps(one.missing):
                return one, f"there would be a plan if {in_words(one.missing, 'were', True)} throughout"
        return None

    def by_facts(self) -> str:
        """Facts that nothing changes, with which there would be a plan if they were true at first; "": none."""
        for facts in self._candidates():
            try:
                needed = self._reduced(facts)
            except _Enough:
                continue
            if needed:
                return f"there would be a plan if {listing(map(str, needed))} were true"
        return ""

    def _reduced(self, facts: Sequence[Fact]) -> list[Fact]:
        """Those of the facts that are needed for a plan; none where there is none even with all of them."""
        self._most, self._runs = DECISIONS, 0
        before = self._tried
        if not self._solved(facts):
            return []
        self._most = min(DECISIONS, SLACK * (self._tried - before))
        needed = self._needed(facts)
        return needed if len(needed) <= MOST_NEEDED and self._solved(needed) else []

    # ------------------------------------------------------------------ literals

    def _helps(self, literal: Formula) -> bool:
        atom = literal.part if isinstance(literal, Not) else literal
        if not isinstance(atom, Atom):
            return False
        facts = [self._number(fact) for fact in islice(self._instances(atom), MOST_PINNED + 1)]
        if not facts or len(facts) > MOST_PINNED:
            return False
        true = self._tasks.world.true
        holds = literal is atom
        wrong = [fact for fact in facts if (fact in true) is not holds]
        return self._searched(wrong if holds else [], [] if holds else wrong, dict.fromkeys(facts, holds))

    def _number(self, fact: Fact) -> int:
        world = self._tasks.world
        return world.fact(world.predicate(fact.predicate), tuple([world.number[one] for one in fact.arguments]))

    def _instances(self, atom: Atom) -> Iterator[Fact]:
        """The facts that an atom may be."""
        declared = self._problem.domain.predicates.get(atom.predicate, ())
        choices = [
            self._problem.objects_of(parameter.types) if is_variable(term) else (term,)
            for term, parameter in zip(atom.arguments, declared, strict=False)
        ]
        for objects in product(*choices):
            yield Fact(atom.predicate, objects)

    # ------------------------------------------------------------------ facts

    def _candidates(self) -> Iterator[list[Fact]]:
        """Facts to be tried together: first what is true with objects in another order, then all of a predicate."""
        state = self._problem.state
        for predicate in sorted(self._fixed):
            known = sorted((fact for fact in state if fact.predicate == predicate), key=str)
            turned = [Fact(predicate, tuple(some)) for fact in known for some in permutations(fact.arguments)]
            yield [fact for fact in dict.fromkeys(turned[:MOST_FACTS]) if fact not in state]
        for predicate in sorted(self._fixed):
            variables = tuple(f"?{i}" for i in range(len(self._problem.domain.predicates[predicate])))
            some = list(islice(self._instances(Atom(predicate, variables)), MOST_FACTS + 1))
            if len(some) <= MOST_FACTS:
                yield [fact for fact in some if fact not in state]

    def _solved(self, facts: Sequence[Fact]) -> bool:
        self._runs += 1
        if self._runs > RUNS or self._tried >= ALL or not self._deadline.left:
            raise _Enough
        return bool(facts) and self._searched([self._number(fact) for fact in facts], [], {})

    def _needed(self, facts: Sequence[Fact], given: Sequence[Fact] = (), *, is_new: bool = False) -> list[Fact]:
        """Some of the facts that do together with those given, none of which can be left out (QuickXplain).

        Source: U. Junker, "QuickXplain: preferred explanations and relaxations for over-constrained problems",
        AAAI 2004.
        """
        if is_new and self._solved(given):
            return []
        if len(facts) == 1:
            return list(facts)
        first, second = facts[: len(facts) // 2], facts[len(facts) // 2 :]
        later = self._needed(second, [*given, *first], is_new=True)
        if len(later) > MOST_NEEDED:
            raise _Enough
        return [*self._needed(first, [*given, *later], is_new=bool(later)), *later]

    def _searched(self, adds: Sequence[int], deletes: Sequence[int], pinned: dict[int, bool]) -> bool:
        """Whether a plan is found with some facts true at first, some false, and some that stay what they are."""
        world = self._tasks.world
        undo = world.change(deletes, adds)
        try:
            forward = Forward(self._tasks, self._deadline, pinned)
            block = block_of([self._tasks.task(TOP, ())], ())
            found = forward.furthest(block, max(0, min(self._most, ALL - self._tried))).is_all
            self._tried += forward.tried
            return found
        finally:
            world.undo(undo)
