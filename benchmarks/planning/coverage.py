"""Coverage: a row for each domain and planner, and one for each class of domains, which has the bounds."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from benchmarks.child import ChildFailed, answer_of
from benchmarks.planning.instances import Instance, instances
from benchmarks.setting import Setting

LIMIT, QUICK_LIMIT = 60.0, 5.0
"""Seconds of processor time for an instance, from the start of Python on."""
BOUNDS = {"total-order": 90, "partial-order": 22}
"""The least that must be solved of each class by the planner that is asked unless another is named."""
DEFAULT = "portfolio"

Answer = dict[str, Any]


@dataclass(frozen=True)
class Coverage:
    """What came of some instances.

    Attributes:
        case: what they have in common.
        planner: who was asked.
        count: how many there are.
        answers: what came of each; see ``attempt.py``.
        limit: seconds that each was given.
        bound: the least that must be solved; None: it is only told.
    """

    case: str
    planner: str
    answers: tuple[Answer, ...]
    limit: float
    bound: int | None = None

    @property
    def solved(self) -> tuple[Answer, ...]:
        """The answers that are plans, all of them verified."""
        return tuple(one for one in self.answers if one["outcome"] == "solved")

    @property
    def agile(self) -> float:
        """The agile score of the planning competitions: 1 for a second, 0 at the limit, by logarithm between."""
        return sum(1 - max(0.0, math.log(max(one["seconds"], 1e-9)) / math.log(self.limit)) for one in self.solved)

    @property
    def wrong(self) -> int:
        """How many invalid plans were found, and how many attempts ended in an error."""
        return sum(one["outcome"] in ("invalid", "failed") for one in self.answers)

    @property
    def verdict(self) -> str:
        """``"holds"`` or ``"misses"``: a wrong answer is a miss whatever else is solved."""
        if self.bound is None and not self.wrong:
            return ""
        return "holds" if not self.wrong and len(self.solved) >= (self.bound or 0) else "misses"

    def middle(self, what: str) -> float | None:
        """The median of a figure over what was solved."""
        return median(one[what] for one in self.solved) if self.solved else None

    def others(self) -> str:
        """Who found the plans, where several were asked, and what became of the rest; in words."""
        by = Counter(one["by"] for one in self.solved if one["by"] != self.planner)
        left = Counter(one["outcome"] for one in self.answers if one["outcome"] not in ("solved", "unsolved"))
        words = [f"{who} {count}" for who, count in by.most_common()]
        return ", ".join(words + [f"{count} {what}" for what, count in left.items()])

    def as_dict(self) -> dict[str, Any]:
        """The row for JSON."""
        return asdict(self) | {"solved": len(self.solved), "agile": self.agile, "verdict": self.verdict}


def rows(setting: Setting) -> Iterator[Coverage]:
    """A row for each domain, as soon as its instances are through; then one for each class of domains."""
    found = [] if setting.data is None else list(instances(setting.data))
    limit = QUICK_LIMIT if setting.quick else LIMIT
    for planner in setting.planners or (DEFAULT,):
        for kind in dict.fromkeys(one.kind for one in found):
            of_kind = [one for one in found if one.kind == kind]
            answers = dict(zip(of_kind, answers_of(of_kind, planner, limit), strict=True))
            for family in dict.fromkeys(one.family for one in of_kind):
                some = tuple(answer for one, answer in answers.items() if one.family == family)
                yield Coverage(f"{family}, {kind}", planner, some, limit)
            bound = BOUNDS.get(kind) if planner == DEFAULT and not setting.quick else None
            yield Coverage(f"all {kind}", planner, tuple(answers.values()), limit, bound)


def answers_of(some: Sequence[Instance], planner: str, limit: float) -> Iterator[Answer]:
    """What comes of each instance; as many are tried side by side as there are processors."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(lambda one: answer(one, planner, limit), some)


def answer(instance: Instance, planner: str, limit: float) -> Answer:
    """What comes of an instance."""
    arguments = ("-m", "benchmarks.planning.attempt", str(instance.domain), str(instance.problem), planner, str(limit))
    try:
        found: Answer = answer_of(*arguments)
    except ChildFailed as error:
        found = {"outcome": "memory" if "MemoryError" in error.last else "failed", "seconds": limit, "what": error.last}
    return {"name": instance.name, "family": instance.family} | found
