"""Inputs as people type them."""

from __future__ import annotations

import io
import shlex
import sys
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from planweave.cli.errors import UsageError
from planweave.cli.inputs import read_inputs, read_pools
from planweave.engine.compile import compile_nodes
from planweave.engine.graph import Graph, Input
from planweave.engine.source import Const
from planweave.engine.task import task
from planweave.engine.workflow import workflow


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(Enum):
    LOW = 1


@dataclass
class Point:
    x: int
    y: int = 0


class Opaque:
    pass


def graph(**kinds: Any) -> Graph:
    """A graph with inputs of these types."""
    return compile_nodes("digest", [], inputs=[Input(name, kind) for name, kind in kinds.items()])


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (str, "plain text", "plain text"),
        (str, "3", "3"),
        (str, '"quoted"', '"quoted"'),
        (str, "a=b", "a=b"),
        (str, "@home", "@home"),
        (str, "", ""),
        (int, "3", 3),
        (float, "0.5", 0.5),
        (bool, "true", True),
        (list[str], '["a", "b"]', ["a", "b"]),
        (dict[str, int], '{"a": 1}', {"a": 1}),
        (tuple[int, str], '[1, "x"]', (1, "x")),
        (set[int], "[1, 1]", {1}),
        (int | None, "null", None),
        (str | None, "text", "text"),
        (str | None, "3", "3"),
        (Path, "notes/", Path("notes/")),
        (date, "2026-11-22", date(2026, 11, 22)),
        (Colour, "red", Colour.RED),
        (Literal["a", "b"], "b", "b"),
        (Literal["3", 4], "3", "3"),
        (Level, "1", Level.LOW),
        (Point, '{"x": 1}', Point(1)),
        (Annotated[int, Field(ge=1)], "3", 3),
        (Any, "3", 3),
        (Any, "text", "text"),
        (Any, '{"a": [1]}', {"a": [1]}),
    ],
)
def test_a_text_is_read_by_the_type_of_its_input(kind: Any, text: str, value: Any) -> None:
    """Law: plain text for str, JSON for the rest, and else whatever pydantic makes of a text of that type."""
    assert read_inputs(graph(x=kind), [f"x={text}"], None) == {"x": value}


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (int, "three", "input 'x' wants int, not 'three'"),
        (list[str], "a,b", "input 'x' wants list[str], not 'a,b'"),
        (list[int], '[1, "b"]', "at [1]"),
        (Annotated[int, Field(ge=1)], "0", "greater than or equal to 1"),
        (Annotated[str, Field(min_length=2)], "a", "at least 2 characters"),
        (list[int], "[" * 10_000, "input 'x' wants list[int]"),
        (Opaque, "x", "cannot be written as text"),
        (Literal["a", "b"], "c", "not 'c': Input should be 'a' or 'b'"),
        (Literal["a", "b"], "3", "not '3': Input should be 'a' or 'b'"),
        (Colour, "RED", "not 'RED': Input should be 'red' or 'blue'"),
        (Colour | None, "green", "not 'green': Input should be 'red' or 'blue'"),
        (int | Colour, "green", "unable to parse string as an integer; Input should be 'red' or 'blue'"),
        (Level, "low", "not 'low': Input should be 1"),
        (int, "0x10", "not '0x10': Input should be a valid integer, unable to parse string as an integer"),
        (int, "", "not '': Input should be a valid integer"),
        (date, "2026-11-31", "day value is outside expected range"),
        (bool, "perhaps", "Input should be a valid boolean"),
        (list[str], "a,b", "not 'a,b': Input should be a valid list"),
        (list[str], '["a", b]', "Invalid JSON: expected value at line 1 column 7"),
        (dict[str, int], '{"a": 1', "Invalid JSON: EOF while parsing an object"),
    ],
)
def test_a_text_of_the_wrong_type_is_refused_by_name_and_type(kind: Any, text: str, words: str) -> None:
    """Law: the error names the input, the type that it wants, and what to write."""
    with pytest.raises(UsageError) as caught:
        read_inputs(graph(x=kind), [f"x={text}"], None)
    assert words in caught.value.what
    assert caught.value.mend


@pytest.mark.parametrize(
    ("kind", "choice"),
    [
        (Literal["a", "b"], "a"),
        (Literal["a b"], "'a b'"),
        (Literal[True], "true"),
        (Colour, "red"),
        (Level | None, "1"),
    ],
)
def test_what_is_one_of_a_few_is_mended_by_one_of_them(kind: Any, choice: str) -> None:
    """Law: for a choice the mend names one that would be taken."""
    with pytest.raises(UsageError) as caught:
        read_inputs(graph(x=kind), ["x=none of these"], None)
    assert caught.value.mend == f"write e.g. -i x={choice}"
    assert read_inputs(graph(x=kind), shlex.split(f"x={choice}"), None)


@pytest.mark.parametrize(
    ("typed", "words", "mend"),
    [
        (["x"], "not name=value", "write e.g."),
        (["=3"], "not name=value", "write e.g."),
        (["x=1", "x=2"], "given twice", "once"),
        (["z=1"], "has no input 'z'", "its inputs are: x, y"),
        ([], "is not given: x (int), y (list[str])", "add -i x=3 -i y='[...]'"),
        (["x@=nowhere.txt"], "cannot be read: No such file", None),
    ],
)
def test_what_is_no_input_is_refused(typed: list[str], words: str, mend: str | None) -> None:
    """Law: unknown, missing, repeated and malformed inputs are errors that say what to write instead."""
    with pytest.raises(UsageError) as caught:
        read_inputs(graph(x=int, y=list[str]), typed, None)
    assert words in caught.value.what
    assert mend is None or mend in str(caught.value.mend)


def test_an_input_with_a_default_may_be_left_out() -> None:
    """Law: only what has no default must be given."""
    inputs = [Input("x", int), Input("y", int, Const(3))]
    assert read_inputs(compile_nodes("digest", [], inputs=inputs), ["x=1"], None) == {"x": 1}


def test_an_input_may_be_what_a_file_holds(tmp_path: Path) -> None:
    """Law: `name@=FILE` reads the file, by the same types; the value of `name=@...` is a value."""
    (tmp_path / "text").write_text("line 1\nline 2", encoding="utf-8")
    (tmp_path / "list").write_text("[1, 2]", encoding="utf-8")
    typed = [f"x@={tmp_path / 'text'}", f"y@={tmp_path / 'list'}"]
    assert read_inputs(graph(x=str, y=list[int]), typed, None) == {"x": "line 1\nline 2", "y": [1, 2]}


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Law: bytes that are not UTF-8 are an error, not characters."""
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is not UTF-8 text"):
        read_inputs(graph(x=str), [f"x@={tmp_path / 'binary'}"], None)


def test_a_document_gives_inputs_and_what_is_typed_overrides_it(tmp_path: Path) -> None:
    """Law: `--input-json` gives typed values by name, and `-i` beats it."""
    file = tmp_path / "inputs.json"
    file.write_text('{"x": 1, "y": ["a"], "z": {"x": 1}}', encoding="utf-8")
    found = read_inputs(graph(x=int, y=tuple[str, ...], z=Point), ["x=2"], str(file))
    assert found == {"x": 2, "y": ("a",), "z": Point(1)}


def test_a_document_may_come_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: `-` is standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"x": 1}')))
    assert read_inputs(graph(x=int), [], "-") == {"x": 1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[1]", "holds an array, not an object"),
        ("3", "holds a number, not an object"),
        ('{"x": NaN}', "is not JSON"),
        ('{"x": "three"}', "input 'x' wants int"),
        ('{"q": 1, "x": 1}', "has no input 'q'"),
        ('{"x": ' + "[" * 10_000 + "]" * 10_000 + "}", "is not JSON"),
        ('{"x": ' * 10_000, "is not JSON"),
    ],
)
def test_a_document_that_gives_no_inputs_is_refused(tmp_path: Path, text: str, words: str) -> None:
    """Law: hostile and wrong documents are one clear error, however deep they nest."""
    file = tmp_path / "inputs.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_inputs(graph(x=int), [], str(file))
    assert words in caught.value.what


@task(pool="api")
def ask(x: int) -> int:
    return x


@workflow(pools={"api": 2})
def asking(x: int) -> int:
    return ask(x)


def test_the_limit_of_a_pool_is_a_whole_number_from_one() -> None:
    """Law: `--pool name=4` gives the limit of a pool that the graph has; anything else is an error."""
    compiled = asking.graph()
    assert read_pools(compiled, ["api=4"]) == {"api": 4}
    for text, words in {
        "api": "not name=limit",
        "api=0": "not name=limit",
        "api=-1": "not name=limit",
        "api=x": "not name=limit",
        "apo=3": "no node of 'asking' is in a pool 'apo'",
    }.items():
        with pytest.raises(UsageError, match=words):
            read_pools(compiled, [text])
