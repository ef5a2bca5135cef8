"""`planweave tools`: lists tools, finds them, and calls the one that fits within what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import Call

OWN = '''\
import planweave as pw


@pw.tool(permissions={"network"})
def weather(city: str, day: str = "today") -> str:
    """The forecast for a town.

    Args:
        city: its name.
    """
    return f"rain in {city}"
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text("hello\n")
    return tmp_path


def test_the_calculator_comes_first_for_a_square_root(call: Call) -> None:
    done = call("tools", "square root of a number")
    assert done.code == 0
    assert done.out.splitlines()[1].startswith("calculator ")


def test_all_tools_are_listed(call: Call, folder: Path) -> None:
    """With what they take, need and are for."""
    lines = call("tools", "--root", "data", "--from", "own.py").out.splitlines()
    assert lines[0].split() == ["TOOL", "TAKES", "NEEDS", "WHAT", "FOR"]
    names = [line.split()[0] for line in lines[1:]]
    assert names == ["calculator", "read_file", "write_file", "list_files", "search_files", "weather"]
    assert "city, day='today'" in lines[-1]
    assert "network" in lines[-1]


def test_the_document_has_schemas(call: Call, folder: Path) -> None:
    (tool,) = call("tools", "forecast", "--from", "own.py", "-k", "1", "--json").document
    assert tool["name"] == "weather"
    assert tool["permissions"] == ["network"]
    assert tool["arguments"]["properties"]["city"] == {"description": "its name.", "type": "string"}


def test_a_tool_is_called_with_what_the_text_tells(call: Call, folder: Path) -> None:
    done = call("tools", "what is 17 % of 230?", "--call")
    assert (done.code, done.out) == (0, "39.1\n")
    assert "calculator(expression='17 % of 230')" in done.err
    document = call("tools", "what is 17 % of 230?", "--call", "--json").document
    assert document == {"tool": "calculator", "arguments": {"expression": "17 % of 230"}, "value": 39.1}
    done = call("tools", "read the file a.txt", "--call", "--root", "data", "--allow", "files:read")
    assert (done.code, done.out) == (0, "hello\n")


def test_what_is_not_allowed_missing_or_unknown_is_told(call: Call, folder: Path) -> None:
    denied = call("tools", "read the file a.txt", "--call", "--root", "data")
    assert denied.code == 1
    assert "needs files:read, which its caller was not granted" in denied.err
    missing = call("tools", "forecast for my town", "--call", "--from", "own.py", "--allow", "network")
    assert "does not tell what the tool 'weather' needs: city" in missing.err
    assert call("tools", "zzzz", "--call").code == 2
    assert call("tools", "zzzz").out == "no tool has to do with that\n"
    assert call("tools", "--call").code == 2
    assert "cannot be loaded" in call("tools", "--from", "none.py").err
    assert "is no permission" in call("tools", "x", "--allow", "Files").err
