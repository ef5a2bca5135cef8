"""Pictures, from the engine's side: the one place where it reaches up, when ``render`` is called."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from planweave.engine.graph import Graph
    from planweave.engine.plan import Plan
    from planweave.engine.run import Run

    Drawable: TypeAlias = Graph | Run[Any] | Plan | Any  # the reason that no plan exists is not known here


def render(what: Drawable, path: str | os.PathLike[str], **options: Any) -> Any:
    """Draw a graph, a run, a plan or the reason that there is none into a file; the suffix says how."""
    from planweave.visualize.render import render as draw

    return draw(what, path, **options)


def svg(what: Drawable) -> str:
    """The usual picture of something as SVG text, for notebooks."""
    from planweave.visualize.render import svg as draw

    return draw(what)
