"""Runs of seeded scenarios, byte for byte: ``python -m tests.laws.transcript FIRST LAST`` prints a digest of them."""

from __future__ import annotations

import hashlib
import sys
from typing import Any

from planweave.engine.run import Run
from tests.laws.worlds import play, scenario_of


def transcript(run: Run[Any]) -> str:
    """Every event of a run, one a line, with its time to the last bit."""
    return "\n".join(
        f"{event.number} {event.time.hex()} {event.kind} {event.node} {_told(event.data)}" for event in run.events
    )


def _told(data: Any) -> str:
    if isinstance(data, dict):
        return "{" + ", ".join(f"{key}: {_told(value)}" for key, value in data.items()) + "}"
    return data.hex() if isinstance(data, float) else repr(data)


def digest(seeds: range) -> str:
    """A hash of the transcripts of the runs of some seeds."""
    found = hashlib.sha256()
    for seed in seeds:
        found.update(transcript(play(scenario_of(seed), seed).run).encode())
    return found.hexdigest()


if __name__ == "__main__":
    print(digest(range(int(sys.argv[1]), int(sys.argv[2]))))
