"""Writes pictures of plans, by suffix: what the table of ``visualize/render.py`` has for them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from planweave.engine.plan import Plan
from planweave.visualize import legend
from planweave.visualize.graphviz.box import box_of, size_of
from planweave.visualize.graphviz.dot import dot_of
from planweave.visualize.graphviz.drawing import draw, draw_body
from planweave.visualize.graphviz.program import layout
from planweave.visualize.mermaid import mermaid_of
from planweave.visualize.options import Options
from planweave.visualize.picture.picture import Picture
from planweave.visualize.plan.blocks import in_blocks
from planweave.visualize.plan.decomposition import sheet_of
from planweave.visualize.plan.fold import fold
from planweave.visualize.plan.listing import list_of
from planweave.visualize.plan.network import network
from planweave.visualize.plan.order import Order, read_order
from planweave.visualize.plan.outline import Outline
from planweave.visualize.plan.page import decomposition_page, order_page
from planweave.visualize.plan.reading import read_outline
from planweave.visualize.plan.sheet import Sheet
from planweave.visualize.plan.sheet_dot import placed_dot
from planweave.visualize.plan.sheet_svg import draw_sheet, entries_of, sheet_body
from planweave.visualize.plan.tree import tree_picture

__all__ = ["DECOMPOSITION", "ORDER", "network_of", "order_of", "outline_of"]

Writer = Callable[[Any, Options], str | bytes]

_MOST_STEPS, _LONGEST = 40, 1_800.0
"""A partial order of more steps, or of more points in its longer direction, is listed: no network can be read."""


def _placed(sheet: Sheet, options: Options, format: str) -> bytes:
    """The sheet as a file that only Graphviz can make."""
    return layout(placed_dot(sheet), format, time_limit=options.time_limit)


# ---------------------------------------------------------------------- decomposition


def outline_of(plan: Plan, options: Options) -> Outline:
    """The outline of a plan as far as it is shown."""
    return fold(read_outline(plan), options.nodes, options.items)


def _tree_svg(plan: Plan, options: Options) -> str:
    return draw_sheet(sheet_of(outline_of(plan, options)))


def _tree_image(plan: Plan, options: Options, *, format: str) -> bytes:
    return _placed(sheet_of(outline_of(plan, options)), options, format)


def _tree_dot(plan: Plan, options: Options) -> str:
    return dot_of(tree_picture(outline_of(plan, options)), options)


def _tree_mermaid(plan: Plan, options: Options) -> str:
    return mermaid_of(tree_picture(outline_of(plan, options)), options)


def _tree_page(plan: Plan, options: Options) -> str:
    outline = read_outline(plan)
    shown = fold(outline, options.nodes, options.items)
    sheet = sheet_of(shown)
    drawing = sheet_body(sheet, interactive=True)
    return decomposition_page(outline, shown, read_order(plan), drawing, entries_of(sheet.samples))


DECOMPOSITION: dict[str, Writer] = {
    ".svg": _tree_svg,
    ".png": partial(_tree_image, format="png"),
    ".pdf": partial(_tree_image, format="pdf"),
    ".dot": _tree_dot,
    ".html": _tree_page,
    ".mmd": _tree_mermaid,
}
"""How a decomposition is written."""


# ---------------------------------------------------------------------- order


def order_of(plan: Plan, options: Options) -> Order:
    """The partial order of a plan as far as it is shown."""
    order = read_order(plan)
    if len(order.stops) <= options.nodes:
        return order
    return in_blocks(order, read_outline(plan), options.nodes, options.items)


def network_of(order: Order) -> Picture | None:
    """The order as boxes and arrows, if it is small enough to be read so."""
    if len(order.stops) > _MOST_STEPS:
        return None
    picture = network(order)
    sizes = size_of(picture, {vertex.key: box_of(vertex) for vertex in picture.vertices})
    return picture if min(max(size) for size in sizes) <= _LONGEST else None


def _order_svg(plan: Plan, options: Options) -> str:
    order = order_of(plan, options)
    picture = network_of(order)
    return draw(picture, options) if picture is not None else draw_sheet(list_of(order))


def _order_image(plan: Plan, options: Options, *, format: str) -> bytes:
    order = order_of(plan, options)
    picture = network_of(order)
    if picture is None:
        return _placed(list_of(order), options, format)
    return layout(dot_of(picture, options), format, time_limit=options.time_limit)


def _order_dot(plan: Plan, options: Options) -> str:
    return dot_of(network(order_of(plan, options)), options)


def _order_mermaid(plan: Plan, options: Options) -> str:
    return mermaid_of(network(order_of(plan, options)), options)


def _order_page(plan: Plan, options: Options) -> str:
    order = order_of(plan, options)
    picture = network_of(order)
    if picture is not None:
        explained = list(legend.entries_of(picture.legend))
        drawing = draw_body(picture, options, interactive=True)
    else:
        sheet = list_of(order)
        explained = list(entries_of(sheet.samples))
        drawing = sheet_body(sheet, interactive=True)
    return order_page(read_order(plan), order, drawing, explained)


ORDER: dict[str, Writer] = {
    ".svg": _order_svg,
    ".png": partial(_order_image, format="png"),
    ".pdf": partial(_order_image, format="pdf"),
    ".dot": _order_dot,
    ".html": _order_page,
    ".mmd": _order_mermaid,
}
"""How a partial order is written."""
