"""``planweave tools``: the tools there are, those that fit a text, and what one of them says to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planweave.cli.errors import DONE
from planweave.cli.options import Debug, Json
from planweave.cli.streams import Output, complain
from planweave.cli.tables import table, terminal_width

if TYPE_CHECKING:
    from planweave.nodes.tools.toolbox import Toolbox


def tools(
    context: typer.Context,
    query: Annotated[
        str | None, typer.Argument(metavar="[QUERY]", help="What is to be done.", show_default=False)
    ] = None,
    sources: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="SOURCE", help="Tools of a module, a Python file or a folder too; repeat it."),
    ] = None,
    root: Annotated[
        Path | None, typer.Option("--root", metavar="FOLDER", help="The folder that file tools may use.")
    ] = None,
    most: Annotated[int, typer.Option("-k", min=1, metavar="N", help="So many that fit are listed.")] = 5,
    is_called: Annotated[
        bool, typer.Option("--call", help="Call the tool that fits best, with what QUERY tells of its arguments.")
    ] = False,
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", metavar="PERMISSION", help="What the call may touch: files:read, ...; repeat it."),
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """List the tools there are, or those that fit a text, the best first."""
    from planweave.nodes.tools.builtin.tools import builtin_tools
    from planweave.nodes.tools.toolbox import Toolbox

    output: Output = context.obj
    box = Toolbox(builtin_tools(root=root), allow=allow or ())
    box.load_installed()
    for one in sources or ():
        box.load(one)
    if is_called:
        if query is None:
            raise typer.BadParameter("--call needs a QUERY, which tells what is to be done")
        return _called(output, box, query)
    found = list(box) if query is None else box.find(query, most)
    if output.json:
        output.document([one.document() for one in found])
        return DONE
    if not found:
        output.line("no tool has to do with that" if query is not None else "there are no tools")
        return DONE
    rows = [[one.name, one.schema.words(), ", ".join(sorted(one.permissions)), one.description] for one in found]
    for line in table(["TOOL", "TAKES", "NEEDS", "WHAT FOR"], rows, flexible=[1, 3], width=terminal_width()):
        output.line(line)
    return DONE


def _called(output: Output, box: Toolbox, query: str) -> int:
    told = box.fill(query)
    told.check()
    value = box.call(told.tool.name, told.arguments)
    if output.json:
        output.document({"tool": told.tool.name, "arguments": dict(told.arguments), "value": _plain(value)})
        return DONE
    complain(f"{told.tool.name}({', '.join(f'{name}={one!r}' for name, one in told.arguments.items())})")
    for line in _lines(value):
        output.line(line)
    return DONE


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    from pydantic_core import to_jsonable_python

    return to_jsonable_python(value, fallback=str)


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from value.splitlines()
    elif isinstance(value, list | dict):
        yield json.dumps(_plain(value), ensure_ascii=False, indent=2)
    elif value is not None:
        yield str(value)
