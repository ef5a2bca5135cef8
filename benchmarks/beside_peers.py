"""Peers: what other engines take for a node of 1,000, each in a process of its own, beside the bare loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.bare import BARE
from benchmarks.child import ChildFailed, answer_of
from benchmarks.installed import SKIPPED, is_installed
from benchmarks.measure import Spread
from benchmarks.row import Row
from benchmarks.setting import Setting

NODES = 1_000


@dataclass(frozen=True, slots=True)
class Peer:
    """An engine to measure.

    Attributes:
        name: what people call it.
        package: what must be installed.
        module: the file of ``benchmarks/peers``, or of ``durable`` in it, that drives it.
        shapes: the graphs that it can walk.
    """

    name: str
    package: str
    module: str
    shapes: tuple[str, ...] = ("chain", "fan", "layered")


PEERS = (
    Peer("planweave, inline", "planweave", "planweave"),
    Peer("planweave, coroutines", "planweave", "planweave_async"),
    Peer("LangGraph", "langgraph", "langgraph"),
    Peer("Hamilton", "hamilton", "hamilton", ("fan", "layered")),  # a chain of 1,000 exceeds the limit of recursion
    Peer("Burr", "burr", "burr", ("chain",)),
    Peer("Dask, synchronous", "dask", "dask_sync"),
    Peer("Dask, threads", "dask", "dask_threads"),
    Peer("pydantic-graph", "pydantic_graph", "pydantic_graph", ("chain", "fan")),
)


def rows(setting: Setting) -> Iterator[Row]:
    """A row for each peer and shape; a peer that is missing or fails is said to, and does not stop the others."""
    for peer in PEERS:
        if not is_installed(peer.package):
            yield Row(peer.name, note=SKIPPED)
            continue
        for shape in peer.shapes:
            yield row(peer, shape)


def row(peer: Peer, shape: str) -> Row:
    """What a child finds out about one peer."""
    case = f"{peer.name}, {shape} {NODES:,}"
    try:
        found = answer_of("-m", "benchmarks.peers", peer.module, shape, "--nodes", str(NODES))
    except ChildFailed as failed:
        return Row(case, note=f"failed: {failed.last}")
    took, bare, ratio = (Spread(**found[name]) for name in ("run", "bare", "ratio"))
    return Row(case, took, (BARE, bare), ratio, note=f"building took {found['build'] * 1e6:.3g} µs a node")
