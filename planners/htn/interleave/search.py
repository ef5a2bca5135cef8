"""Search: situations that have been reached, how, and which of them have been reached before."""

from __future__ import annotations

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.interleave.masks import Facts, Masks
from planweave.planners.htn.interleave.measures import Measures, Spot
from planweave.planners.htn.interleave.moves import Move, Moves, Situation
from planweave.planners.htn.interleave.networks import EMPTY, Network
from planweave.planners.htn.interleave.outlook import Outlook

CHECK = 8
"""After so many tasks and ways to begin them limits are asked for."""
ALONE = 10
"""What it costs more to begin a task that cannot be done alone."""


class Guide:
    """What all searches of a problem share, because nothing of it changes.

    Attributes:
        masks: the problem.
        measures: of its networks.
        outlook: on its tasks.
    """

    def __init__(self, masks: Masks, measures: Measures, outlook: Outlook) -> None:
        self.masks = masks
        self.measures = measures
        self.outlook = outlook

    def estimate(self, situation: Situation) -> int:
        """How much there is to do: the size of the network, and for what is committed to, what the state adds to it."""
        network = situation.network
        size = self.measures.size(network)
        return size + self._more(network, situation.state) if self.masks.networks.committed[network] else size

    def promise(self, choice: int, state: Facts) -> int:
        """How much there is to do for a task that is begun in some way, which is compared with the other ways."""
        if choice >= 0:
            return 0
        network = self.masks.network(~choice)
        return self.measures.size(network) + self._more(network, state)

    def _more(self, network: Network, state: Facts) -> int:
        """What the state adds to the size of the tasks that come first."""
        more = 0
        for spot in self.measures.first(network):
            scope = self.outlook.scope(spot.task) if spot.task >= len(self.masks.acts) else None
            if scope is not None:
                cost = scope.cost(spot.task, state)
                more += ALONE if cost is None else cost - self.measures.profiles.sizes[spot.task]
        return more


class Search:
    """A search, which may be interrupted, and goes on where it was.

    Attributes:
        situations: that have been reached.
        expanded: how many tasks have been begun in some way.
        has_refused: whether something has been left out, so that nothing is proved by looking everywhere else.
    """

    def __init__(self, moves: Moves, guide: Guide, deadline: Deadline) -> None:
        self._moves = moves
        self._guide = guide
        self._deadline = deadline
        self._parents: list[int] = []
        self._made: list[list[Move]] = []
        self.situations: list[Situation] = []
        self.expanded = 0
        self.has_refused = False
        self._tried = 0

    def run(self, most: int) -> bool | None:
        """Begin so many tasks at most: whether a plan is found; None: there is more to do.

        Raises:
            PlanningTimeout: a limit is reached.
        """
        raise NotImplementedError

    def path(self) -> list[Move]:
        """The moves that lead to what was reached last."""
        parts = []
        number = len(self.situations) - 1
        while number >= 0:
            parts.append(self._made[number])
            number = self._parents[number]
        return [move for made in reversed(parts) for move in made]

    def _start(self) -> int | None:
        masks = self._guide.masks
        network = masks.networks.leaf(masks.grounded.top)
        return self._reach(Situation(masks.initial, network, 0), [], -1)

    def _reach(self, situation: Situation, made: list[Move], parent: int) -> int | None:
        """Settle a situation, and remember it; None: it is a dead end, or known."""
        settled = self._moves.settled(situation, made)
        if settled is None or not self._is_new(settled):
            return None
        self.situations.append(settled)
        self._parents.append(parent)
        self._made.append(made)
        return len(self.situations) - 1

    def _is_new(self, situation: Situation) -> bool:
        """Whether a situation is to be looked at; if so, remember it."""
        raise NotImplementedError

    def _children(self, number: int, spot: Spot) -> list[tuple[int, int]]:
        """The situations that come of beginning a task, and how; the last one is the end where there is one."""
        self._try()
        self.expanded += 1
        situation = self.situations[number]
        found = []
        for choice in self._moves.choices(situation.state, spot.task):
            self._try()
            move = Move(spot.place, choice)
            after = self._moves.done(situation, move)
            child = self._reach(after, [move], number) if self._admits(after) else None
            if child is not None:
                found.append((child, choice))
                if self._is_end(child):
                    break
        return found

    def _try(self) -> None:
        if self._tried % CHECK == 0:
            self._deadline.check("searching")
        self._tried += 1

    def _admits(self, situation: Situation) -> bool:
        """Whether a situation is not refused."""
        return True

    def _is_end(self, number: int) -> bool:
        return self.situations[number].network == EMPTY
