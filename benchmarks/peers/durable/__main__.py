"""Measures one durable peer in a process of its own, as ``python -m benchmarks.peers.durable NAME``; prints JSON."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks.commits import COMMIT, sqlite_commits
from benchmarks.measure import Match, Piece
from benchmarks.row import OURS, ratio
from benchmarks.shapes import chain


def main() -> None:
    """Run a chain in turns with as many bare commits on the same disk, by the clock on the wall."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module", help="a file of benchmarks/peers/durable")
    parser.add_argument("--nodes", type=int, default=50)
    parser.add_argument("--turns", type=int, default=9)
    options = parser.parse_args()
    prepare = import_module(f"benchmarks.peers.durable.{options.module}").prepare
    with (
        tempfile.TemporaryDirectory(prefix="planweave-") as folder,
        sqlite_commits(Path(folder) / "bare.db", options.nodes) as commits,
        prepare(chain(options.nodes), Path(folder)) as run,
    ):
        match = Match({OURS: Piece(run, options.nodes), COMMIT: commits}, time.perf_counter)
        match.play(options.turns)
    found = {"run": match.seconds(OURS), "commit": match.seconds(COMMIT), "ratio": match.figure(ratio(COMMIT))}
    print(json.dumps({name: asdict(spread) for name, spread in found.items()}))


if __name__ == "__main__":
    main()
