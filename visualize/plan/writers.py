"""Writes pictures of plans, by suffix: what the table of ``visualize/render.py`` has for them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from planweave.engine.plan import Plan
from planweave.visualize.graphviz.dot import dot_of
from planweave.visualize.graphviz.program import layout
from planweave.visualize.mermaid import mermaid_of
from planweave.visualize.options import Options
from planweave.visualize.plan.decomposition import sheet_of
from planweave.visualize.plan.fold import fold
from planweave.visualize.plan.outline import Outline
from planweave.visualize.plan.reading import read_outline
from planweave.visualize.plan.sheet import Sheet
from planweave.visualize.plan.sheet_dot import placed_dot
from planweave.visualize.plan.sheet_svg import draw_sheet
from planweave.visualize.plan.tree import tree_picture

__all__ = ["DECOMPOSITION"]


def _outline(plan: Plan, options: Options) -> Outline:
    return fold(read_outline(plan), options.nodes, options.items)


def _svg(plan: Plan, options: Options) -> str:
    return draw_sheet(sheet_of(_outline(plan, options)))


def _placed(sheet: Sheet, options: Options, format: str) -> bytes:
    """The sheet as a file that only Graphviz can make."""
    return layout(placed_dot(sheet), format, time_limit=options.time_limit)


def _image(plan: Plan, options: Options, *, format: str) -> bytes:
    return _placed(sheet_of(_outline(plan, options)), options, format)


def _dot(plan: Plan, options: Options) -> str:
    return dot_of(tree_picture(_outline(plan, options)), options)


def _mermaid(plan: Plan, options: Options) -> str:
    return mermaid_of(tree_picture(_outline(plan, options)), options)


DECOMPOSITION: dict[str, Callable[[Any, Options], str | bytes]] = {
    ".svg": _svg,
    ".png": partial(_image, format="png"),
    ".pdf": partial(_image, format="pdf"),
    ".dot": _dot,
    ".mmd": _mermaid,
}
"""How a decomposition is written."""
