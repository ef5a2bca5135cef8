"""Draws graphs, runs, plans and reasons that there is no plan into files: the suffix says how.

| suffix | of a graph or a run | of a run, ``kind="timeline"`` |
|---|---|---|
| .svg | a picture that any browser shows | rows of bars over time |
| .png .pdf | the same, where Graphviz or ``planweave[png]`` is installed | |
| .dot .mmd | the same as text, for Graphviz and Mermaid | |
| .html | one page with everything in it: zoom, search, details | the same page, opened at its timeline |

| suffix | of a plan | of a plan, ``kind="order"`` |
|---|---|---|
| .svg .png .pdf | its tasks as they were decomposed, read downwards | its steps, and what makes what true for which |
| .dot .mmd | the same as a tree, for Graphviz and Mermaid | the same as boxes and arrows |
| .html | one page: zoom, search, what each step needs | the same |

Of the reason that no plan exists (``NoPlan.reason``) there is a tree in each of these formats: what was tried and
rejected, and what most likely is to be mended.

``KINDS`` is the one table of what can be drawn and how; a new kind of picture is a new entry.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from planweave.engine.errors import RenderError
from planweave.engine.graph import Graph
from planweave.engine.plan import Plan
from planweave.engine.run import Run
from planweave.visualize.graphviz.dot import dot_of
from planweave.visualize.graphviz.drawing import draw
from planweave.visualize.graphviz.errors import LayoutTimeout, LayoutTooLarge
from planweave.visualize.graphviz.program import layout
from planweave.visualize.mermaid import mermaid_of
from planweave.visualize.options import Options
from planweave.visualize.page.page import page_of
from planweave.visualize.picture.compose import compose
from planweave.visualize.picture.condense import OVERVIEW
from planweave.visualize.plan.refusals import Explanation
from planweave.visualize.plan.writers import DECOMPOSITION, ORDER, REASON
from planweave.visualize.timeline.timeline import draw_timeline

__all__ = ["KINDS", "render", "svg"]

Writer = Callable[[Any, Options], str | bytes]
"""Makes the content of a file."""


def _svg(what: Graph | Run[Any], options: Options) -> str:
    return draw(compose(what, options), options)


def _dot(what: Graph | Run[Any], options: Options) -> str:
    return dot_of(compose(what, options), options)


def _mermaid(what: Graph | Run[Any], options: Options) -> str:
    return mermaid_of(compose(what, options), options)


def _png(what: Graph | Run[Any], options: Options) -> bytes:
    return layout(_dot(what, options), "png", time_limit=options.time_limit)


def _pdf(what: Graph | Run[Any], options: Options) -> bytes:
    return layout(_dot(what, options), "pdf", time_limit=options.time_limit)


def _timeline_page(run: Run[Any], options: Options) -> str:
    return page_of(run, options, start="timeline")


_GRAPH: dict[str, Writer] = {
    ".svg": _svg,
    ".png": _png,
    ".pdf": _pdf,
    ".dot": _dot,
    ".html": page_of,
    ".mmd": _mermaid,
}
_TIMELINE: dict[str, Writer] = {".svg": draw_timeline, ".html": _timeline_page}

KINDS: dict[type, dict[str, dict[str, Writer]]] = {
    Graph: {"graph": _GRAPH},
    Run: {"graph": _GRAPH, "timeline": _TIMELINE},
    Plan: {"decomposition": DECOMPOSITION, "order": ORDER},
    Explanation: {"reason": REASON},
}
"""For each type of thing that can be drawn, the kinds of its pictures, the usual one first, and their writers."""

_PREFERRED: Mapping[str, Mapping[str, Any]] = {".mmd": {"nodes": 120}}
"""What formats prefer where the caller said nothing: sites that draw Mermaid refuse more than 500 edges."""


def render(
    what: Graph | Run[Any] | Plan | Explanation,
    path: str | os.PathLike[str],
    *,
    kind: str | None = None,
    **options: Any,
) -> Path:
    """Draw a graph, a run, a plan or the reason that there is none into a file; the suffix says how.

    The file is replaced only when the picture is complete.

    Args:
        what: a graph, a run, live or ended, a plan, or what ``NoPlan.reason`` is.
        path: where to; its folder must exist. ``.svg``, ``.png``, ``.pdf``, ``.dot``, ``.html`` or ``.mmd``.
        kind: ``"graph"`` (the default) or, of a run, ``"timeline"``; of a plan ``"decomposition"`` (the
            default) or ``"order"``.
        options: see ``Options``: ``items``, ``nodes``, ``rows``, ``direction``, ``time_limit``.

    Returns:
        The path.

    Raises:
        RenderError: the suffix, kind or an option is unknown, the folder is missing, or the picture cannot be made;
            what to do about it stands in the message.

    >>> import tempfile
    >>> from planweave.engine.compile import compile_nodes
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     render(compile_nodes("nothing", []), f"{folder}/nothing.svg").name
    'nothing.svg'
    """
    target = Path(path)
    suffix = target.suffix.lower()
    writer = _writer(what, kind, suffix, target)
    chosen = Options.of(options, **_PREFERRED.get(suffix, {}))
    if not target.parent.is_dir():
        raise RenderError(
            f"there is no folder '{target.parent}' to draw into", mend="make it first, or name another one"
        )
    if target.is_dir():
        raise RenderError(f"'{target}' is a folder", mend="name a file in it")
    content = _drawn(writer, what, chosen)
    _replace(target, content.encode() if isinstance(content, str) else content)
    return target


def svg(what: Graph | Run[Any] | Plan | Explanation) -> str:
    """The usual picture of something as SVG text, which is how notebooks show it.

    Raises:
        RenderError: the picture cannot be made.
    """
    content = _drawn(_writer(what, None, ".svg", Path("picture.svg")), what, Options())
    assert isinstance(content, str)
    return content


def _drawn(writer: Writer, what: Any, options: Options) -> str | bytes:
    """What the writer makes; once more as an overview, where Graphviz cannot lay out the whole picture."""
    try:
        return writer(what, options)
    except (LayoutTimeout, LayoutTooLarge):
        if options.nodes <= OVERVIEW:
            raise
        return writer(what, replace(options, nodes=OVERVIEW))


def _writer(what: Any, kind: str | None, suffix: str, target: Path) -> Writer:
    """What writes such a file; refuses with what there is instead."""
    kinds = next((kinds for known, kinds in KINDS.items() if isinstance(what, known)), None)
    if kinds is None:
        raise RenderError(
            f"{what!r:.60} cannot be drawn",
            mend="draw a Graph or a Run (workflow.graph(), workflow.run(...)), a Plan, or the reason of a NoPlan",
        )
    kind = next(iter(kinds)) if kind is None else kind
    if kind not in kinds:
        raise RenderError(f"there is no picture of kind {kind!r} here", mend=f"use one of: {', '.join(kinds)}")
    if suffix not in kinds[kind]:
        said = f"'{target.name}' has the suffix '{suffix}'" if suffix else f"'{target.name}' has no suffix"
        raise RenderError(
            f"{said}, which does not say how to draw a {kind}", mend=f"use one of: {' '.join(kinds[kind])}"
        )
    return kinds[kind][suffix]


def _replace(target: Path, content: bytes) -> None:
    """Put the content in the place of the file in one step: a reader sees the old file or the new one, never a part."""
    part = ""
    try:
        handle, part = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}-", suffix=".part")
        with open(handle, "wb") as file:
            file.write(content)
        os.chmod(part, _mode(target))
        os.replace(part, target)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise RenderError(
            f"'{target}' cannot be written: {error.strerror or error}", mend="name a file that may be written"
        ) from error
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise


def _mode(target: Path) -> int:
    """The permissions of the file that is replaced, else those that a new file of this user gets."""
    with contextlib.suppress(OSError):
        return target.stat().st_mode & 0o777
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask
