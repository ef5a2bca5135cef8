"""All tools that come with planweave."""

from __future__ import annotations

import os
from typing import Any

from planweave.nodes.tools.builtin.calculator import calculator
from planweave.nodes.tools.builtin.files import file_tools
from planweave.nodes.tools.tool import Tool


def builtin_tools(*, root: str | os.PathLike[str] | None = None) -> list[Tool[..., Any]]:
    """The tools that come with planweave. What they may touch is up to the toolbox: ``Toolbox(..., allow=...)``.

    Args:
        root: the folder that file tools may use and cannot leave; without one there are none.

    Raises:
        ValueRefused: the root is no folder.

    >>> [one.name for one in builtin_tools()]
    ['calculator']
    """
    return [calculator, *(file_tools(root) if root is not None else ())]
