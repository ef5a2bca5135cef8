"""Measures one peer in a process of its own, and prints what it found as JSON: ``python -m benchmarks.peers NAME``."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from importlib import import_module

from benchmarks.bare import BARE, bare_loop
from benchmarks.measure import Match, Piece
from benchmarks.row import OURS, ratio
from benchmarks.shapes import SHAPES, chain


def main() -> None:
    """Build once, and run in turns with the bare loop on the same shape."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module", help="a file of benchmarks/peers")
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("--nodes", type=int, default=1_000)
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    shape = SHAPES[options.shape](options.nodes)
    prepare = import_module(f"benchmarks.peers.{options.module}").prepare
    prepare(chain(2))  # imports what it needs
    start = time.process_time()
    run = prepare(shape)
    built = time.process_time() - start
    match = Match({OURS: Piece(run, options.nodes), BARE: bare_loop(shape)})
    match.play(options.turns)
    found = {"run": match.seconds(OURS), "bare": match.seconds(BARE), "ratio": match.figure(ratio(BARE))}
    spreads = {name: asdict(spread) for name, spread in found.items()}
    print(json.dumps({"build": built / options.nodes, **spreads}))


if __name__ == "__main__":
    main()
