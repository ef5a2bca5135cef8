"""Whether a rule can be used in a state, with some of its variables bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from planweave.planners.htn.lifted.join import Join
from planweave.planners.htn.lifted.world import Objects, World
from planweave.planners.htn.normal import Rule


class Conditions:
    """The conditions of rules, compiled when they are first asked about.

    Args:
        world: whose state is asked about.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._joins: dict[tuple[int, tuple[str, ...]], tuple[Rule, Join]] = {}
        self._domains: dict[tuple[str, ...], frozenset[int]] = {}

    def bindings(self, rule: Rule, known: Mapping[str, int]) -> Iterator[Objects]:
        """Each way to bind the variables of a rule so that its condition holds, given some of them."""
        key = id(rule), tuple(known)
        if key not in self._joins:
            domains = {one.name: self._domain(one.types) for one in rule.parameters}
            self._joins[key] = rule, Join(self._world, rule.condition, tuple(known), domains)
        return self._joins[key][1].bindings(tuple(known.values()))

    def holds(self, rule: Rule, bound: Objects) -> bool:
        """Whether the condition of a rule holds for these objects of its variables."""
        known = {one.name: value for one, value in zip(rule.parameters, bound, strict=True)}
        return next(iter(self.bindings(rule, known)), None) is not None

    def _domain(self, types: tuple[str, ...]) -> frozenset[int]:
        if types not in self._domains:
            names = self._world.problem.objects_of(types)
            self._domains[types] = frozenset(self._world.number[name] for name in names)
        return self._domains[types]
