"""Tools: what they tell of themselves, and that they are tasks like any."""

from __future__ import annotations

import enum
from typing import Any, Literal, cast

import pytest
from pydantic import BaseModel

import planweave as pw
from planweave.nodes.tools.permission import lacking, permissions_of


class Colour(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


class Point(BaseModel):
    x: float
    y: float = 0.0


@pw.tool(permissions={"files:read", "network"}, category="pictures", cost=2, timeout=5, idempotent=True)
def draw(path: str, colour: Colour, at: Point | None = None, size: Literal[1, 2] = 1) -> str:
    """Draw a dot
    on a picture.

    Long text.

    Args:
        path: of the picture.
        colour: of the dot
            (one of two).
        at: where.

    Returns:
        size: nothing to do with the parameter.
    """
    return f"{path} {colour.value} {at and at.x} {size}"


@pw.tool
async def shout(text: str) -> str:
    """Write a text in capital letters."""
    return text.upper()


def test_a_tool_tells_all_that_there_is_to_know() -> None:
    assert (draw.name, draw.description) == ("draw", "Draw a dot on a picture.")
    assert (draw.category, draw.cost, draw.is_idempotent, draw.needs_approval) == ("pictures", 2.0, True, False)
    assert draw.needs == ("files", "network")
    assert draw.policy.timeout == 5
    document = draw.document()
    assert document["permissions"] == ["files:read", "network"]
    properties = document["arguments"]["properties"]
    assert {name: one.get("description") for name, one in properties.items()} == {
        "path": "of the picture.",
        "colour": "of the dot (one of two).",
        "at": "where.",
        "size": None,
    }
    assert document["arguments"]["required"] == ["path", "colour"]
    assert properties["size"]["enum"] == [1, 2]
    assert document["arguments"]["additionalProperties"] is False


def test_a_tool_is_a_task() -> None:
    """It runs in workflows, with its policy, and can be found again by its name."""

    @pw.workflow
    def flow(text: str) -> str:
        return shout.using(id="loud")(text)

    run = flow.run(text="hello")
    assert run.result == "HELLO"
    assert isinstance(run.nodes["loud"].node.task, pw.Tool)
    assert draw("a.png", Colour.RED) == "a.png red None 1"
    again = pw.Graph.from_json(flow.graph().to_json(), tasks=[shout])
    assert again["loud"].task is shout


def test_a_tool_is_made_of_parts() -> None:
    tool = pw.Tool("double", "Double a number.", _double, permissions="mail:send")
    assert tool(4) == 8
    assert (sorted(tool.permissions), repr(tool)) == (["mail:send"], "<tool 'double'>")
    assert tool.using(retry=pw.Retry(2)).permissions == {"mail:send"}, "it stays a tool"


def test_arguments_become_what_the_function_wants() -> None:
    assert draw.schema.checked({"path": "a", "colour": "blue", "at": {"x": 1}, "size": 2}) == {
        "path": "a",
        "colour": Colour.BLUE,
        "at": Point(x=1.0),
        "size": 2,
    }
    assert draw.schema.checked({"path": "a", "colour": "red"}) == {"path": "a", "colour": Colour.RED}


def test_arguments_that_do_not_fit_are_named_with_what_is_wrong() -> None:
    with pytest.raises(pw.ArgumentsRefused) as caught:
        draw.schema.checked({"colour": "green", "at": {"x": "?"}, "lenght": 3})
    assert set(caught.value.faults) == {"path", "colour", "at.x", "lenght"}
    assert "the tool 'draw' does not take these arguments: path: field required" in caught.value.what
    assert caught.value.mend == "it takes path, colour, at=None, size=1"


def test_names_that_models_keep_for_themselves_are_no_trouble() -> None:
    """Also those with an underscore, and of methods of a model."""

    def odd(_x: int, copy: int, model_config: int, schema: int) -> int:
        """Add."""
        return _x + copy + model_config + schema

    box = pw.Toolbox([pw.tool(odd)])
    assert box.call("odd", {"_x": 1, "copy": 2, "model_config": 3, "schema": 4}) == 10


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: pw.tool(lambda x: x), pw.DefinitionError, "does not say what it is for"),
        (lambda: pw.Tool("t", "Do.", lambda x: x, permissions=["Files"]), pw.PolicyError, "'Files' is no permission"),
        (lambda: pw.Tool("t", "Do.", lambda x: x, permissions=3), pw.PolicyError, "3 is no permission"),
        (lambda: pw.Tool("t", "Do.", lambda x: x, cost=-1), pw.PolicyError, "cost=-1 is no cost"),
        (lambda: pw.Tool("t", "Do.", lambda x: x, permision="x"), pw.UnknownNameError, "a tool has no option"),
        (lambda: pw.Toolbox([pw.Tool("t", "Do.", print)]), pw.DefinitionError, "have no name"),
        (lambda: pw.Toolbox([pw.Tool("t", "Do.", _no_schema)]).find("x"), pw.DefinitionError, "have no schema"),
        (lambda: pw.Toolbox([cast(Any, len)]), pw.DefinitionError, "is no tool"),
        (
            lambda: pw.Toolbox([pw.Tool("t", "Do.", _double), pw.Tool("t", "Do.", _double)]),
            pw.DuplicateIdError,
            "two tools are called 't'",
        ),
    ],
)
def test_what_is_no_tool_is_refused(make: Any, error: type[pw.PlanweaveError], said: str) -> None:
    with pytest.raises(error, match=said):
        make()


def _double(x: int) -> int:
    return 2 * x


class _Opaque:
    pass


def _no_schema(x: _Opaque) -> None:
    """Do."""


def test_granting_a_resource_grants_all_that_is_done_with_it() -> None:
    assert lacking({"files:read", "files:write", "network"}, {"files"}) == ["network"]
    assert lacking({"files"}, {"files:read"}) == ["files"], "a part does not grant the whole"
    assert permissions_of("files:read") == {"files:read"}
