"""Writes pictures of plans, by suffix: what the table of ``visualize/render.py`` has for them."""

from __future__ import annotations

from collections.abc import Callable
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
from planweave.visualize.plan.page import decomposition_page, order_page, reason_page
from planweave.visualize.plan.reading import read_outline
from planweave.visualize.plan.refusals import read_reason
from planweave.visualize.plan.sheet import Sheet
from planweave.visualize.plan.sheet_dot import placed_dot
from planweave.visualize.plan.sheet_svg import draw_sheet, entries_of, sheet_body
from planweave.visualize.plan.tree import tree_picture

__all__ = ["DECOMPOSITION", "ORDER", "REASON", "network_of"]

Writer = Callable[[Any, Options], str | bytes]

_MOST_STEPS, _LONGEST = 40, 1_800.0
"""A partial order of more steps, or of more points in its longer direction, is listed: no network can be read."""


def _table(
    svg: Writer, dot: Callable[[Any, Options], str], drawn: Writer, mermaid: Writer, page: Writer
) -> dict[str, Writer]:
    """The writers by suffix; ``dot`` is what Graphviz makes PNG and PDF of, ``drawn`` what is written as text."""

    def image(format: str) -> Writer:
        return lambda what, options: layout(dot(what, options), format, time_limit=options.time_limit)

    return {
        ".svg": svg,
        ".png": image("png"),
        ".pdf": image("pdf"),
        ".dot": drawn,
        ".html": page,
        ".mmd": mermaid,
    }


def _outlined(outline: Callable[[Any, Options], Outline], page: Writer) -> dict[str, Writer]:
    """The writers of what is an outline."""

    def sheet(what: Any, options: Options) -> Sheet:
        return sheet_of(outline(what, options))

    def tree(what: Any, options: Options) -> Picture:
        return tree_picture(outline(what, options))

    return _table(
        lambda what, options: draw_sheet(sheet(what, options)),
        lambda what, options: placed_dot(sheet(what, options)),
        lambda what, options: dot_of(tree(what, options), options),
        lambda what, options: mermaid_of(tree(what, options), options),
        page,
    )


# ---------------------------------------------------------------------- decompositions and reasons


def _decomposition(plan: Plan, options: Options) -> Outline:
    """The outline of a plan as far as it is shown."""
    return fold(read_outline(plan), options.nodes, options.items)


def _decomposition_page(plan: Plan, options: Options) -> str:
    outline = read_outline(plan)
    shown = fold(outline, options.nodes, options.items)
    sheet = sheet_of(shown)
    drawing = sheet_body(sheet, interactive=True)
    return decomposition_page(outline, shown, read_order(plan), drawing, entries_of(sheet.samples))


def _reason(reason: Any, options: Options) -> Outline:
    """The outline of a reason that no plan exists."""
    return read_reason(reason, options.nodes, options.items)


def _reason_page(reason: Any, options: Options) -> str:
    outline = _reason(reason, options)
    sheet = sheet_of(outline)
    return reason_page(outline, sheet_body(sheet, interactive=True), entries_of(sheet.samples))


DECOMPOSITION = _outlined(_decomposition, _decomposition_page)
"""How a decomposition is written."""

REASON = _outlined(_reason, _reason_page)
"""How it is written why no plan exists."""


# ---------------------------------------------------------------------- partial orders


def _order(plan: Plan, options: Options) -> Order:
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
    order = _order(plan, options)
    picture = network_of(order)
    return draw(picture, options) if picture is not None else draw_sheet(list_of(order))


def _order_image(plan: Plan, options: Options) -> str:
    order = _order(plan, options)
    picture = network_of(order)
    return dot_of(picture, options) if picture is not None else placed_dot(list_of(order))


def _order_page(plan: Plan, options: Options) -> str:
    order = _order(plan, options)
    picture = network_of(order)
    if picture is not None:
        explained = list(legend.entries_of(picture.legend))
        drawing = draw_body(picture, options, interactive=True)
    else:
        sheet = list_of(order)
        explained = list(entries_of(sheet.samples))
        drawing = sheet_body(sheet, interactive=True)
    return order_page(read_order(plan), order, drawing, explained)


ORDER = _table(
    _order_svg,
    _order_image,
    lambda plan, options: dot_of(network(_order(plan, options)), options),
    lambda plan, options: mermaid_of(network(_order(plan, options)), options),
    _order_page,
)
"""How a partial order is written."""
