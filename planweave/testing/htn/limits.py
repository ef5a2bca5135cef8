"""How large random problems are, and what they may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from planweave.engine.errors import DefinitionError, UnknownNameError
from planweave.engine.location import Location
from planweave.engine.wording import clip

HtnFeature = Literal[
    "types", "either", "constants", "negation", "deletes", "conditional-effects", "equality", "forall",
    "disjunction", "method-preconditions", "partial-order", "empty-bodies", "recursion", "parameters", "goals",
    "task-effects", "loops",
]  # fmt: skip
"""What random domains and problems may hold beside operators that add facts and methods that put them in a row.

``forall``: preconditions and effects; ``disjunction``: also implications and existential quantifiers; ``parameters``:
of the problem, for which any objects may be chosen; ``recursion``: tasks in themselves, as deep as there are objects;
``loops``: tasks in themselves without any bound; ``task-effects``: effects that compound tasks declare.
"""

HTN_FEATURES: frozenset[HtnFeature] = frozenset(get_args(HtnFeature))

USUAL: frozenset[HtnFeature] = HTN_FEATURES - {"task-effects", "loops"}
"""What is there unless said otherwise. Without loops, trying everything comes to an end."""


@dataclass(frozen=True)
class HtnLimits:
    """How large and how varied random domains and problems are.

    Attributes:
        operators: at most so many; as all of these but the compound tasks, 1 or more.
        tasks: at most so many compound tasks.
        methods: at most so many for each of them; a witness may need one more.
        subtasks: at most so many in a body, and in the problem.
        objects: at most so many, beside the constant.
        predicates: at most so many, of the four that there are: two without objects, one with one, one with two.
        steps: about as many steps at most, however tasks are decomposed; loops aside.
        features: what they may hold: ``HtnLimits(features=HTN_FEATURES - {"partial-order"})``.
    """

    operators: int = 3
    tasks: int = 2
    methods: int = 2
    subtasks: int = 3
    objects: int = 2
    predicates: int = 4
    steps: int = 6
    features: frozenset[HtnFeature] = USUAL

    def __post_init__(self) -> None:
        for name in ("operators", "tasks", "methods", "subtasks", "objects", "predicates", "steps"):
            number, least = getattr(self, name), 0 if name == "tasks" else 1
            if not isinstance(number, int) or number < least:
                raise DefinitionError(
                    f"HtnLimits({name}={clip(number)}) leaves nothing to choose from",
                    where=Location.of_user(),
                    mend=f"use a whole number from {least}",
                )
        unknown = sorted(map(str, set(self.features) - HTN_FEATURES))
        if unknown:
            raise UnknownNameError(
                f"there is no feature {unknown[0]!r}",
                where=Location.of_user(),
                mend=f"use some of: {', '.join(sorted(HTN_FEATURES))}",
            )
