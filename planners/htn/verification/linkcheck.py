"""Whether causal links tell the truth: they carry data between steps when the plan is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from planweave.engine.plan import CausalLink
from planweave.planners.htn.formula import atoms_of
from planweave.planners.htn.truth import Literal, in_words
from planweave.planners.htn.verification.certain import Certainty
from planweave.planners.htn.verification.keeping import Keeping
from planweave.planners.htn.verification.order import bits
from planweave.planners.htn.verification.rules import refuse

INITIALLY = -1
"""The producer of what is so initially."""


@dataclass(frozen=True)
class LinkCheck:
    """The check of the links of one plan.

    Attributes:
        keeping: the steps in the orders that the plan leaves.
        certainty: of its actors: the steps, then the ends of tasks that make something.
        makers: the actor that the end of a task is, by the number of the task.
    """

    keeping: Keeping
    certainty: Certainty
    makers: Mapping[int, int]

    @cached_property
    def number(self) -> Mapping[str | None, int]:
        """The number of each step by its id."""
        claim = self.keeping.claim
        return {entry.id: i for i, entry in enumerate(claim.entries[: claim.count])}

    def check(self, link: CausalLink) -> None:
        """Check that the producer makes the fact what it is to be, and that nothing undoes it in between.

        A fact that the end of a task makes comes from any step of that task, or from nowhere if it has none.

        Raises:
            InvalidPlan: it is not so.
        """
        consumer, literal = self.number[link.consumer], (link.fact, link.positive)
        problem = self.certainty.problem
        operator = problem.domain.operators[self.keeping.claim.entries[consumer].task.name]
        what = f"'{link.consumer}' has a causal link for {in_words([literal])}, but"
        if link.fact.predicate not in {atom.predicate for atom in atoms_of(operator.precondition)}:
            raise refuse("link", f"{what} its precondition is not about that", link.consumer)
        producers = self._producers(link, literal)
        if not producers:
            who = f"'{link.producer}' does not make it so" if link.producer is not None else "it is not so initially"
            raise refuse("link", f"{what} {who}", link.consumer)
        undoing = [self._undoing(literal, producer, consumer) for producer in producers]
        if None not in undoing:
            raise refuse("link", f"{what} '{undoing[0]}' may come between", link.consumer)

    def _producers(self, link: CausalLink, literal: Literal) -> list[int]:
        """The actors that the producer of a link may stand for, as far as they make the literal so."""
        steps = self.keeping.steps
        if link.producer is None:
            some = [actor for task, actor in self.makers.items() if not steps[task]]
            is_so = (link.fact in self.certainty.problem.state) is link.positive
        else:
            step = self.number[link.producer]
            some = [step, *(actor for task, actor in self.makers.items() if steps[task] >> step & 1)]
            is_so = False
        made = self.certainty.sure.get(literal, 0)
        return [INITIALLY] * is_so + [one for one in some if made >> one & 1]

    def _undoing(self, literal: Literal, producer: int, consumer: int) -> str | None:
        """Who may undo a literal after its producer and before its consumer; None: nobody."""
        fact, wanted = literal
        claim, actors = self.keeping.claim, self.certainty.actors
        mask = self.certainty.possible.get((fact, not wanted), 0)
        mask &= ~(self.keeping.order.above[consumer] | 1 << consumer)
        if producer != INITIALLY:
            mask &= ~(actors[producer].below | 1 << producer)
            mask |= 0 if actors[consumer].below >> producer & 1 else 1 << producer
        tasks = {actor: task for task, actor in self.makers.items()}
        for one in bits(mask):
            if not actors[one].below >> consumer & 1:
                entry = claim.entries[tasks.get(one, one)]
                return entry.id or f"the end of {entry}"
        return None
