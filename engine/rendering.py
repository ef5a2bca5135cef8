"""Pictures, from the engine's side: the one place where it reaches up, when ``render`` is called."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planweave.engine.graph import Graph
    from planweave.engine.plan import Plan
    from planweave.engine.run import Run


def render(what: Graph | Run[Any] | Plan, path: str | os.PathLike[str], **options: Any) -> Any:
    """Draw a graph, a run or a plan into a file; the suffix says how."""
    from planweave.visualize.render import render as draw

    return draw(what, path, **options)


def svg(what: Graph | Run[Any] | Plan) -> str:
    """The picture of a graph, a run or a plan as SVG text, for notebooks."""
    from planweave.visualize.render import svg as draw

    return draw(what)
