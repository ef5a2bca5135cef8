"""One HTML file that shows a graph or a run: pan, zoom, search, and everything that is known of each node.

The file holds all that it needs and asks for nothing: no other file, no network, no script but ours. Its content
security policy admits exactly the one script and the one style sheet that are in it, by their hashes (Content
Security Policy Level 3), so that even a mistake in escaping could run nothing. What users wrote arrives as escaped
text in the SVG, or as JSON that the script shows as text.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from planweave.engine.graph import Graph
from planweave.visualize.graphviz.box import WINDOW, best_direction, box_of
from planweave.visualize.graphviz.drawing import draw_body
from planweave.visualize.legend import entries_of
from planweave.visualize.options import Options
from planweave.visualize.page.details import details_of_graph, details_of_run, groups_of, script_json, vertices_of
from planweave.visualize.page.sheets import graph_sheet, legend_list, timeline_sheet, timeline_sizes
from planweave.visualize.palette import INK, LOOKS, ORDER, PLAIN, Shade, Theme
from planweave.visualize.picture.compose import compose
from planweave.visualize.picture.snapshot import snapshot_of
from planweave.visualize.text.svg import escape
from planweave.visualize.timeline.key import line_entries
from planweave.visualize.timeline.timeline import timeline_of

if TYPE_CHECKING:
    from planweave.engine.run import Run

__all__ = ["filled", "page_of", "style_sheet"]

_SLOT = re.compile(r"\{\{(\w+)\}\}")


def page_of(what: Graph | Run[Any], options: Options | None = None, *, start: str = "graph") -> str:
    """The page of a graph, or of a run as it stands now.

    Args:
        what: what is shown.
        options: how it is drawn.
        start: the tab that is open at first: ``graph`` or, of a run, ``timeline``.

    Raises:
        RenderError: Graphviz cannot lay the picture out.
    """
    options = options or Options()
    moment = what if isinstance(what, Graph) else snapshot_of(what)
    picture = compose(moment, options)
    boxes = {vertex.key: box_of(vertex) for vertex in picture.vertices}
    options = replace(options, direction=best_direction(picture, boxes, options.direction, WINDOW))
    sheets = {"graph": graph_sheet(draw_body(picture, options, interactive=True), hidden=start != "graph")}
    legends = {"graph": entries_of(replace(picture.legend, states=()))}
    shown = {member for vertex in picture.vertices if len(vertex.members) == 1 for member in vertex.members}
    style, groups = style_sheet(), []
    if isinstance(moment, Graph):
        nodes, index = details_of_graph(moment, shown)
        total = len(moment.all_nodes())
    else:
        timeline = timeline_of(moment, options)
        shown |= {row.part.key for row in timeline.rows if row.part is not None}
        nodes, index = details_of_run(moment, shown)
        total = len(moment.nodes)
        groups = groups_of(timeline.rows, index, nodes)
        sheets["timeline"] = timeline_sheet(timeline, index, hidden=start != "timeline")
        legends["timeline"] = line_entries(timeline.rows, timeline.path, timeline.times)
        style += timeline_sizes(timeline)
    data = {
        "nodes": nodes,
        "omitted": max(0, total - len(nodes)),
        "vertices": vertices_of(picture, index, nodes),
        "groups": groups,
        "looks": {str(state): {"word": look.word, "sign": look.sign} for state, look in LOOKS.items()},
        "start": start,
    }
    return filled(
        style,
        title=escape(picture.title),
        subtitle=escape(picture.subtitle),
        tabs=_tabs(list(sheets), start),
        filters=_filters(Counter(node["state"] for node in nodes if "state" in node)),
        sheets="\n".join(sheets.values()),
        legends="".join(legend_list(name, some, hidden=name != start) for name, some in legends.items()),
        data=script_json(data),
    )


def filled(style: str, **parts: str) -> str:
    """The page with its style sheet, its script, and these parts."""
    script = _asset("sheets.js") + _asset("page.js")
    parts |= {"style": style, "script": script, "policy": _policy(script, style)}
    return _SLOT.sub(lambda found: parts[found[1]], _asset("page.html"))


def _asset(name: str) -> str:
    return files("planweave.visualize.page").joinpath(name).read_text(encoding="utf-8")


def _policy(script: str, style: str) -> str:
    """What the page may do: run this script, use this sheet, and nothing else."""

    def hashed(text: str) -> str:
        return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"

    rules = ["default-src 'none'", f"script-src {hashed(script)}", f"style-src {hashed(style)}"]
    return "; ".join([*rules, "base-uri 'none'", "form-action 'none'"])


def _tabs(names: Sequence[str], start: str) -> str:
    """The tabs, where there is more than one sheet."""
    if len(names) < 2:
        return ""
    tabs = [
        f'<button type="button" role="tab" id="tab-{name}" aria-controls="{name}" '
        f'aria-selected="{str(name == start).lower()}">{name.capitalize()}</button>'
        for name in names
    ]
    return f'<div role="tablist" aria-label="Views">{"".join(tabs)}</div>'


def _filters(counts: Mapping[str, int]) -> str:
    """A button for each state that occurs, which is the legend too."""
    buttons = []
    for state in ORDER:
        if counts.get(state):
            look = LOOKS[state]
            badge = f'<span class="badge {state}" aria-hidden="true">{look.sign}</span>'
            words = f'{look.word} <span class="count">{counts[state]:,}</span>'
            buttons.append(f'<button type="button" aria-pressed="false" data-state="{state}">{badge}{words}</button>')
    return f'<div class="filters" role="group" aria-label="Show only">{"".join(buttons)}</div>' if buttons else ""


# ---------------------------------------------------------------------- style


def style_sheet() -> str:
    """The style sheet of the page: the colours of both themes, then ``page.css``, which has the last word."""
    light, dark = ("\n".join(_rules(theme)) for theme in ("light", "dark"))
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n{_asset('page.css')}"


def _rules(theme: Theme) -> Iterable[str]:
    """The colours of a theme: as variables, and for what the SVG holds in colours of its own."""
    ink = INK[theme]
    variables = {name: getattr(ink, name) for name in ("paper", "text", "quiet", "frame", "panel", "focus", "link")}
    variables["failed-mark"] = LOOKS[ORDER[0]].mark_in(theme)
    yield f":root {{ {' '.join(f'--{name}: {value};' for name, value in variables.items())} }}"
    yield f".quiet {{ fill: {ink.quiet}; }} .text {{ fill: {ink.text}; }} .faint {{ fill: {ink.ghost}; }}"
    yield f".edges {{ stroke: {ink.edge}; }} .arrow, .junction {{ fill: {ink.edge}; }} .pause {{ stroke: {ink.edge}; }}"
    yield f".edge.ghost {{ stroke: {ink.faint}; }} .edge.ghost > .arrow {{ fill: {ink.faint}; }}"
    yield f".cluster > rect {{ stroke: {ink.frame}; }} .cluster.filled > rect {{ fill: {ink.panel}; }}"
    yield f".halo {{ stroke: {ink.paper}; }} .halo.filled {{ stroke: {ink.panel}; }}"
    yield f".legend .edge > path {{ stroke: {ink.edge}; }} .edge.path > .arrow {{ fill: {ink.path}; }}"
    yield f".axis {{ stroke: {ink.grid}; }} .area {{ fill: {ink.area}; }} .path {{ stroke: {ink.path}; }}"
    yield f".frame {{ stroke: {ink.faint}; }} .room {{ stroke: {ink.frame}; }}"
    pale, ghost = Shade(ink.panel, ink.frame, ink.text), Shade(ink.paper, ink.faint, ink.ghost)
    for name, shade in {"plain": PLAIN.shade(theme), "pale": pale, "ghost": ghost}.items():
        yield _paint(f".vertex.{name}", shade)
    yield f".vertex.plain > .detail {{ fill: {ink.quiet}; }}"
    for state, look in LOOKS.items():
        shade, mark = look.shade(theme), look.mark_in(theme)
        yield _paint(f".vertex.{state}", shade)
        yield f".mark.{state} {{ fill: {mark}; color: {mark}; }} .bracket.{state} {{ stroke: {mark}; }}"
        yield f".badge.{state} {{ background: {shade.fill}; border-color: {shade.line}; color: {shade.text}; }}"


def _paint(group: str, shade: Shade) -> str:
    boxes = f"{group} > .box, {group} > .back {{ fill: {shade.fill}; stroke: {shade.line}; }}"
    return f"{boxes} {group} > text {{ fill: {shade.text}; }}"
