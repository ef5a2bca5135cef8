"""Arguments are told from a text, as far as it tells them, and what is missing is named."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

import planweave as pw
from planweave.nodes.tools.filling import filled


@pw.tool
def scale(width: int, height: int, factor: float = 1.0) -> None:
    """Scale a picture."""


@pw.tool
def fetch(url: str, to: Annotated[str, Field(json_schema_extra={"format": "path"})] = "-") -> None:
    """Fetch a page."""


@pw.tool
def book(city: str, day: datetime.date, guests: int = 1, board: Literal["none", "half", "full"] = "none") -> None:
    """Book a room."""


@pw.tool
def look(path: str, pattern: str, recursive: bool = False) -> None:
    """Look for a pattern in files."""


@pw.tool
def work_out(expression: str) -> None:
    """Work out."""


@pw.tool
def ask(query: str, limit: int | None = None) -> None:
    """Ask."""


@pw.tool
def mean(values: list[float]) -> None:
    """The mean."""


@pytest.mark.parametrize(
    ("tool", "text", "arguments", "missing"),
    [
        (scale, "make it 20 by 30", {"width": 20, "height": 30}, ()),
        (scale, "height 30, width 20, factor 1.5", {"height": 30, "width": 20, "factor": 1.5}, ()),
        (scale, "scale to width 1,200", {"width": 1200}, ("height",)),
        (scale, "make it larger", {}, ("width", "height")),
        (fetch, "get https://example.org/a?b=1. Please!", {"url": "https://example.org/a?b=1"}, ()),
        (fetch, "get https://example.org to out/page.txt", {"url": "https://example.org", "to": "out/page.txt"}, ()),
        (book, 'a room in "New York" on 2026-05-01', {"city": "New York", "day": "2026-05-01"}, ()),
        (
            book,
            "half board for 3 guests in 'Rome' on 2026-05-01",
            {"board": "half", "guests": 3, "city": "Rome", "day": "2026-05-01"},
            (),
        ),
        (book, "a room in Rome", {}, ("city", "day")),
        (look, "look for 'TODO' in src/main.py", {"pattern": "TODO", "path": "src/main.py"}, ()),
        (look, "look for `x` in notes.txt, recursive", {"path": "notes.txt", "pattern": "x", "recursive": True}, ()),
        (look, "look for `x` in ./a not recursive", {"path": "./a", "pattern": "x", "recursive": False}, ()),
        (work_out, "what is 17 % of 230?", {"expression": "17 % of 230"}, ()),
        (work_out, "please work out (3 + 4) * 2", {"expression": "(3 + 4) * 2"}, ()),
        (work_out, "what is love", {}, ("expression",)),
        (ask, "who was Ada Lovelace", {"query": "who was Ada Lovelace"}, ()),
        (ask, 'search for "Ada" limit 3', {"query": "Ada", "limit": 3}, ()),
        (mean, "the mean of 1, 2.5 and -3", {"values": [1, 2.5, -3]}, ()),
    ],
)
def test_what_a_text_tells(tool: Any, text: str, arguments: dict[str, Any], missing: tuple[str, ...]) -> None:
    found = filled(tool, text)
    assert found.arguments == arguments
    assert found.missing == missing
    if not missing:
        tool.schema.checked(found.arguments)


def test_what_is_missing_is_said() -> None:
    with pytest.raises(pw.ArgumentsRefused, match="does not tell what the tool 'book' needs: city, day") as caught:
        pw.Toolbox([book]).call_for("book a room")
    assert caught.value.faults == {"city": "not told", "day": "not told"}


def test_a_text_is_answered_by_the_tool_that_fits() -> None:
    @pw.tool
    def add(first: int, second: int) -> int:
        """Add two numbers."""
        return first + second

    box = pw.Toolbox([add, book])
    assert box.call_for("add the numbers 3 and 4") == 7
    assert box.fill("add 3 and 4").tool is add
    with pytest.raises(pw.UnknownNameError, match="no tool has to do with 'zzz'"):
        box.call_for("zzz")


@given(st.text())
def test_law_whatever_the_text_what_is_told_fits_the_schema_or_is_missing(text: str) -> None:
    """Law: nothing is made up that the tool would not take for its form, and what is required is told or missing."""
    for tool in (scale, fetch, book, look, work_out, ask, mean):
        found = filled(tool, text)
        required = set(tool.schema.arguments.get("required", ()))
        assert required - found.arguments.keys() == set(found.missing)
        assert found.arguments.keys() <= tool.schema.arguments["properties"].keys()
