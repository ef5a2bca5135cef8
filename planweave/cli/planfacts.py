"""What ``planweave plan`` says of a plan: how long its longest path is, how much of it can run side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from planweave.engine.plan import Plan

MOST_STEPS = 3_000
"""Steps of the longest plan whose width is worked out: that takes time that grows faster than the plan."""


def plan_document(plan: Plan, text: str, seconds: float, workers: int | None) -> dict[str, Any]:
    """What ``Plan.to_json`` writes, with ``seconds``, ``schedules`` and ``text``.

    ``seconds`` is the processor time that it took to find the plan; ``schedules`` has the facts of the plan as it is
    ordered, and where it can be relaxed, as it is then.
    """
    schedules = {name: _facts(one, workers) for name, one in _orders(plan)}
    return {**json.loads(plan.to_json()), "seconds": seconds, "schedules": schedules, "text": text}


def summary(plan: Plan, seconds: float, workers: int | None) -> Iterator[str]:
    r"""The same in a few words.

    >>> from planweave.engine.plan import Step
    >>> steps = (Step("a", "a"), Step("b", "b"), Step("c", "c"))
    >>> row = Plan("p", steps, orderings=(("a", "b"), ("b", "c")), needed=(("a", "c"),))
    >>> print("\n".join(summary(row, 0.25, 2)))
    3 steps in 0.25 s: critical path 3, no two side by side, 3 with 2 workers
    relaxed: critical path 2, at most 2 side by side, 2 with 2 workers
    """
    count = len(plan.steps)
    head = f"{count:,} step{'' if count == 1 else 's'} in {seconds:.2f} s"
    said: set[str] = set()
    for name, one in _orders(plan):
        words = ", ".join(_words(one, workers))
        if words not in said:
            yield f"{head if name == 'ordered' else name}: {words}"
        said.add(words)


def _orders(plan: Plan) -> Iterator[tuple[str, Plan]]:
    yield "ordered", plan
    if plan.needed is not None:
        yield "relaxed", plan.relaxed()


def _width(plan: Plan) -> int | None:
    return plan.width if len(plan.steps) <= MOST_STEPS else None


def _facts(plan: Plan, workers: int | None) -> dict[str, Any]:
    found = plan.schedule(workers)
    return {
        "critical_path": [step.id for step in plan.critical_path()],
        "width": _width(plan),
        "workers": workers,
        "makespan": found.makespan,
        "bound": found.bound,
        "starts": found.starts,
    }


def _words(plan: Plan, workers: int | None) -> Iterator[str]:
    is_timed = any(step.duration is not None for step in plan.steps)
    unit = " s" if is_timed else ""
    path = plan.critical_path()
    yield f"critical path {len(path):,}" + (f" ({plan.schedule().makespan:,g} s)" if is_timed else "")
    width = _width(plan)
    if width is not None:
        yield f"at most {width:,} side by side" if width > 1 else "no two side by side"
    if workers is not None:
        found = plan.schedule(workers)
        least = "" if found.is_shortest else f" (at least {found.bound:,g}{unit})"
        yield f"{found.makespan:,g}{unit} with {workers:,} worker{'' if workers == 1 else 's'}{least}"
