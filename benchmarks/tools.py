"""Tools found by what is to be done: how often the right one is missed, and how long a look takes.

Data: MetaTool (Y. Huang et al., "MetaTool Benchmark for Large Language Models", ICLR 2024): a description of each of
199 tools, and queries with the one tool that a person would take, as ``metatool/tools.json`` and
``metatool/queries.tsv``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.installed import is_installed
from benchmarks.measure import Spread
from benchmarks.row import Row, Unit
from benchmarks.setting import Setting
from planweave.nodes.tools.tool import Tool
from planweave.nodes.tools.toolbox import Embedder, Toolbox

MISSED = {"by words": (0.58, 0.36), "by words and meaning": (0.48, 0.27)}
"""The share of queries whose tool is not the first one found, and not among the first five, at the most."""

MANY, QUERIES, LOOK_BOUND = 2_000, 300, 2e-3
"""How many tools there are where looks are timed, how many looks, and what one may take, in seconds."""


def rows(setting: Setting) -> Iterator[Row]:
    """What is missed of real queries, where there are data; and the time of a look among many tools."""
    folder = None if setting.data is None else Path(setting.data) / "metatool"
    if folder is None or not folder.is_dir():
        yield Row("metatool", note="skipped: DATA=... names no folder that has it")
        return
    described, asked = _data(folder)
    for way, bounds in MISSED.items():
        if way != "by words" and not is_installed("wordllama"):
            yield Row(way, note="skipped: the extra embed is not installed here")
            continue
        embedder = _embedder() if way != "by words" else None
        yield from _missed(way, described, asked, embedder, bounds)
        yield _look(way, described, asked, embedder)


def _embedder() -> Embedder:
    from planweave.nodes.tools.embedding import StaticEmbedder

    return StaticEmbedder()


def _data(folder: Path) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Descriptions by name, and queries with the name of the right tool."""
    described: dict[str, str] = json.loads((folder / "tools.json").read_text(encoding="utf-8"))
    lines = (folder / "queries.tsv").read_text(encoding="utf-8").splitlines()
    return described, [(query, name) for query, name in (line.split("\t") for line in lines)]


def _box(described: dict[str, str], count: int, embedder: Embedder | None) -> Toolbox:
    """So many tools, the descriptions again and again under other names."""
    items = list(described.items())
    names = [(name if i < len(items) else f"{name}{i}", text) for i, (name, text) in _cycled(items, count)]
    box = Toolbox([Tool(name, text, _nothing) for name, text in names], embedder=embedder)
    box.find("")  # makes the index
    return box


def _cycled(items: list[tuple[str, str]], count: int) -> Iterator[tuple[int, tuple[str, str]]]:
    return ((i, items[i % len(items)]) for i in range(count))


def _nothing() -> None:
    """What the tools do."""


def _missed(
    way: str,
    described: dict[str, str],
    asked: list[tuple[str, str]],
    embedder: Embedder | None,
    bounds: tuple[float, float],
) -> Iterator[Row]:
    box = _box(described, len(described), embedder)
    found = [[one.name for one in box.find(query, 5)] for query, _ in asked]
    for k, bound in zip((1, 5), bounds, strict=True):
        missed = sum(name not in names[:k] for names, (_, name) in zip(found, asked, strict=True)) / len(asked)
        case = f"{way}: not among the first {k}" if k > 1 else f"{way}: not the first"
        yield Row(case, figure=Spread.of([missed]), unit=Unit.SHARE, bound=bound)


def _look(way: str, described: dict[str, str], asked: list[tuple[str, str]], embedder: Embedder | None) -> Row:
    box = _box(described, MANY, embedder)
    took = []
    for query, _ in asked[:QUERIES]:
        start = time.process_time()
        box.find(query, 5)
        took.append(time.process_time() - start)
    case = f"{way}: a look among {MANY:,} tools"
    return Row(case, figure=Spread.of(took), unit=Unit.SECONDS, bound=LOOK_BOUND)
