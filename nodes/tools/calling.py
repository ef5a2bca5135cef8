"""Calling a tool as others ask for it: within permissions, with checked arguments, for as long as it may take."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from planweave.engine.errors import NodeTimeout, PermissionDenied
from planweave.engine.wording import clip
from planweave.nodes.tools.permission import lacking
from planweave.nodes.tools.tool import Tool


def check_allowed(tool: Tool[..., Any], allow: Iterable[str]) -> None:
    """Raise PermissionDenied unless a tool is allowed all that it needs."""
    missing = lacking(tool.permissions, allow)
    if missing:
        raise PermissionDenied(
            f"the tool {clip(tool.name)} needs {', '.join(missing)}, which its caller was not granted",
            lacking=missing,
            where=tool.where,
            mend=f"if it is meant to, grant it: Toolbox(..., allow={missing!r})",
        )


def call(tool: Tool[..., Any], arguments: Mapping[str, Any], allow: Iterable[str]) -> Any:
    """What a tool gives; see ``Toolbox.call``."""
    check_allowed(tool, allow)
    given = tool.schema.checked(arguments)
    timeout = tool.policy.timeout
    if timeout is None and not tool.is_async:
        return tool.fn(**given)
    ended: list[tuple[bool, Any]] = []

    def work() -> None:
        try:
            ended.append((True, asyncio.run(_within(tool, given)) if tool.is_async else tool.fn(**given)))
        except BaseException as error:
            ended.append((False, error))

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(work,), name=f"planweave tool {tool.name}", daemon=True)
    thread.start()
    thread.join(None if tool.is_async else timeout)
    if not ended:
        raise late(tool)
    succeeded, what = ended[0]
    if not succeeded:
        raise what
    return what


async def _within(tool: Tool[..., Any], given: Mapping[str, Any]) -> Any:
    limit = asyncio.timeout(tool.policy.timeout)
    try:
        async with limit:
            return await tool.fn(**given)
    except TimeoutError as error:
        if limit.expired():
            raise late(tool) from error
        raise


def late(tool: Tool[..., Any]) -> NodeTimeout:
    """The error of a call that took too long."""
    return NodeTimeout(
        f"the tool {clip(tool.name)} took longer than its timeout of {tool.policy.timeout} s", where=tool.where
    )


async def call_async(tool: Tool[..., Any], arguments: Mapping[str, Any], allow: Iterable[str]) -> Any:
    """The same without holding up the running loop."""
    check_allowed(tool, allow)
    if not tool.is_async:
        return await asyncio.to_thread(call, tool, arguments, allow)
    return await _within(tool, tool.schema.checked(arguments))
