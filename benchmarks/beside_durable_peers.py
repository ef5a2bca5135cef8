"""Durable peers: what other engines take for a node that is on disk before the next begins, beside a bare commit.

Each runs in a process of its own, with its records in a file of SQLite, as its documentation shows: LangGraph with its
own checkpointer and ``durability="sync"``, DBOS with its system database. None of their settings of SQLite are changed.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.beside_peers import Peer
from benchmarks.child import ChildFailed, answer_of
from benchmarks.commits import COMMIT
from benchmarks.installed import SKIPPED, is_installed
from benchmarks.measure import Spread
from benchmarks.row import Row
from benchmarks.setting import Setting

NODES = 50

PEERS = (
    Peer("planweave", "planweave", "planweave"),
    Peer("LangGraph", "langgraph.checkpoint.sqlite", "langgraph"),
    Peer("DBOS", "dbos", "dbos"),
)


def rows(setting: Setting) -> Iterator[Row]:
    """A row for each peer; one that is missing or fails is said to, and does not stop the others."""
    for peer in PEERS:
        yield row(peer) if is_installed(peer.package) else Row(case(peer), note=SKIPPED)


def row(peer: Peer) -> Row:
    """What a child finds out about one peer."""
    try:
        found = answer_of("-m", "benchmarks.peers.durable", peer.module, "--nodes", str(NODES))
    except ChildFailed as failed:
        return Row(case(peer), note=f"failed: {failed.last}")
    took, commit, ratio = (Spread(**found[name]) for name in ("run", "commit", "ratio"))
    return Row(case(peer), took, (COMMIT, commit), ratio, note="time on the wall")


def case(peer: Peer) -> str:
    """What is measured of a peer."""
    return f"{peer.name}, chain {NODES}, SQLite"
