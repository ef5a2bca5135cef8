"""Values that come from the cache of a stored run are recorded, too."""

from __future__ import annotations

from pathlib import Path

import planweave as pw


@pw.task(cache=True, executor="inline")
def squared(x: int) -> int:
    return x * x


@pw.task(executor="inline")
def added(*values: int) -> int:
    return sum(values)


@pw.workflow
def flow() -> int:
    first = squared(3)
    return added(first, squared.using(after=[first])(3))


def test_a_value_from_the_cache_is_there_after_resume(tmp_path: Path) -> None:
    """Law: a run that is read again has every value that it had."""
    run = pw.run(flow, store=tmp_path / "runs.db", run_id="r")
    again = pw.resume("r", store=tmp_path / "runs.db", graph=flow)
    assert [one.cached for one in run.nodes.values()] == [False, True, False]
    assert {name: one.value for name, one in again.nodes.items()} == {"squared": 9, "squared-2": 9, "added": 18}
