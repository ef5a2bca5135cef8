"""Moves: what a search can do in a state with a network, from the front and from the back.

A situation is a state, a network of tasks that are still to be done, and facts that must hold once they are. From the
front, a first task is done, or decomposed because what is done next is done in it (progression: D. Höller, P. Bercher,
G. Behnke, S. Biundo, "HTN planning as heuristic progression search", JAIR 2020). From the back, a last task is taken
off and what must hold before it is asked for instead (regression). That is done only where a single task can be last:
where others would spoil what is asked for, whichever way they are done. So what two tasks have to agree on at their
ends is compared as soon as it is there, long before the search gets to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from planweave.planners.htn.interleave.masks import Facts, Masks, bits
from planweave.planners.htn.interleave.measures import Measures, Spot
from planweave.planners.htn.interleave.network import Algebra, Place, continued, replaced
from planweave.planners.htn.interleave.networks import EMPTY, Network, Networks
from planweave.planners.htn.interleave.profile import Profiles

FORCED = 1000
"""So many moves without a choice are taken at once; more make a situation of their own."""
GROWTH = 20
"""So much a network may grow by them: a task that opens itself without a choice does so for ever."""


class Move(NamedTuple):
    """What is done to a network.

    Attributes:
        place: where.
        choice: the action that is done, or the complement of the method that is chosen.
        is_last: whether the action is taken off the back.
    """

    place: Place
    choice: int
    is_last: bool = False


class Situation(NamedTuple):
    """Where a search stands.

    Attributes:
        state: the facts that hold.
        network: what is to be done.
        wanted: the facts that must hold once it is.
    """

    state: Facts
    network: Network
    wanted: Facts


Replacing: TypeAlias = Callable[[Algebra[Network], Network, Place, Network], Network]


class Moves:
    """The moves in a problem.

    Args:
        masks: the problem.
        profiles: of its tasks.
        measures: of its networks.
        mutexes: of its facts.
        keeps_current: whether what is worked on is marked as CURRENT.
    """

    def __init__(
        self,
        masks: Masks,
        profiles: Profiles,
        measures: Measures,
        mutexes: Sequence[Facts],
        *,
        keeps_current: bool = False,
    ) -> None:
        self._masks = masks
        self._profiles = profiles
        self._measures = measures
        self._mutexes = mutexes
        self._networks: Networks = masks.networks
        self._replaced: Replacing = continued if keeps_current else replaced

    def choices(self, state: Facts, task: int) -> list[int]:
        """How a first task can be begun now: the action itself, or the complements of methods."""
        acts = self._masks.acts
        if task < len(acts):
            return [task] if acts[task].condition & ~state == 0 else []
        begins = self._profiles.method_begins
        return [~method for method in self._masks.methods[task] if begins[method] & ~state == 0]

    def done(self, situation: Situation, move: Move) -> Situation:
        """The situation after a first task is begun."""
        state, network, wanted = situation
        if move.choice >= 0:
            state = self._masks.after(state, move.choice)
            return Situation(state, self._replaced(self._networks, network, move.place, EMPTY), wanted)
        method = ~move.choice
        part = self._masks.network(method)
        if not self._masks.requirements[method]:  # else its check was the next thing that is done
            part = self._networks.committed_to(part)
        return Situation(state, self._replaced(self._networks, network, move.place, part), wanted)

    def settled(self, situation: Situation, made: list[Move]) -> Situation | None:
        """The situation after all moves without a choice, which are added to ``made``; None: it is a dead end."""
        largest = self._measures.size(situation.network) + GROWTH
        for _ in range(FORCED):
            if situation.network == EMPTY:
                return situation if situation.wanted & ~situation.state == 0 else None
            some = self._first_two(situation)
            if not some:
                return None
            if len(some) == 1:
                made.append(some[0])
                situation = self.done(situation, some[0])
                if self._measures.size(situation.network) > largest:
                    break
                continue
            if self._networks.committed[situation.network]:
                break
            last = self._lasts(situation)
            if not last:
                return None
            action = last[0].task
            if len(last) > 1 or action >= len(self._masks.acts) or self._masks.acts[action].changes:
                break
            made.append(Move(last[0].place, action, is_last=True))
            before = self._taken_off(situation, last[0])
            if before is None:
                return None
            situation = before
        return situation if self._is_hopeful(situation) else None

    def _first_two(self, situation: Situation) -> list[Move]:
        """The first moves, two at most."""
        some: list[Move] = []
        for spot in self._measures.first(situation.network):
            some += [Move(spot.place, choice) for choice in self.choices(situation.state, spot.task)[:2]]
            if len(some) > 1:
                break
        return some[:2]

    def _lasts(self, situation: Situation) -> list[Spot]:
        """The tasks that may be last, two at most: those that may leave true what is wanted."""
        found = []
        for spot in self._measures.last(situation.network):
            if self._profiles.ends[spot.task] & situation.wanted == 0:
                found.append(spot)
                if len(found) > 1:
                    break
        return found

    def _taken_off(self, situation: Situation, spot: Spot) -> Situation | None:
        """The situation with an action taken off the back; None: it cannot be the last."""
        act = self._masks.acts[spot.task]
        rest = situation.wanted & ~act.sets
        if any(self._mutexes[fact] & rest for fact in bits(act.condition)):
            return None
        network = replaced(self._networks, situation.network, spot.place, EMPTY)
        return Situation(situation.state, network, rest | act.condition)

    def _is_hopeful(self, situation: Situation) -> bool:
        """Whether everything that is needed holds, or may come to hold."""
        needs, may_set = self._measures.traffic(situation.network)
        state = situation.state
        return needs & ~state == 0 and situation.wanted & ~(state | may_set) == 0
