"""The JSON form of values: always JSON, whatever the value is."""

from __future__ import annotations

import json
from collections import namedtuple
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from planweave.cli.jsonform import DEEPEST, json_form

Point = namedtuple("Point", ["x", "y"])


@dataclass
class Note:
    text: str
    tags: set[str]


class Model(BaseModel):
    at: datetime
    size: float


class Colour(StrEnum):
    RED = "red"


class Number(Enum):
    ONE = 1


class Hostile:
    """Raises at whatever is done with it."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError("leave me alone")

    def __repr__(self) -> str:
        raise RuntimeError("nor this")


def strict(form: Any) -> Any:
    """The form after a trip through JSON text, which must be encodable and free of NaN."""
    return json.loads(json.dumps(form, allow_nan=False, ensure_ascii=False).encode("utf-8"))


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (None, None),
        (True, True),
        (10**30, 10**30),
        (0.5, 0.5),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        ("é", "é"),
        ("\ud800", "\\ud800"),
        (b"\xff\x00", {"base64": "/wA="}),
        ((1, [2]), [1, [2]]),
        ({3, 1, 2}, [1, 2, 3]),
        ({1: "a", "1": "b"}, {"1": "a", "1'": "b"}),
        ({None: 1, True: 2, (1, 2): 3, 1.5: 4}, {"null": 1, "true": 2, "[1, 2]": 3, "1.5": 4}),
        (date(2026, 11, 22), "2026-11-22"),
        (datetime(2026, 11, 22, 12, tzinfo=UTC), "2026-11-22T12:00:00+00:00"),
        (timedelta(minutes=2), 120.0),
        (Decimal("1.50"), "1.50"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Path("a/b"), "a/b"),
        (Point(1, 2), {"x": 1, "y": 2}),
        (Note("hi", {"b", "a"}), {"text": "hi", "tags": ["a", "b"]}),
        (
            Model(at=datetime(2026, 1, 1, tzinfo=UTC), size=float("inf")),
            {"at": "2026-01-01T00:00:00+00:00", "size": "Infinity"},
        ),
        (Colour.RED, "red"),
        ({Number.ONE: Number.ONE}, {"1": 1}),
        (ValueError("no"), "ValueError: no"),
    ],
)
def test_a_value_takes_the_nearest_form_that_json_has(value: Any, form: Any) -> None:
    """Law: types that JSON does not know become the nearest that it does, and nothing that is not JSON."""
    assert strict(json_form(value)) == form


def test_a_value_without_a_form_becomes_its_repr_with_a_note() -> None:
    """Law: nothing is dropped: what has no form is told by its repr, its type and why."""
    assert json_form([object]) == [{"repr": "<class 'object'>", "type": "type", "note": "has no JSON form"}]


def test_a_value_that_raises_at_every_touch_still_has_a_form() -> None:
    """Law: the form never raises, whatever the value does."""
    form = strict(json_form({"at": Hostile()}))
    assert form["at"]["type"] == "Hostile"
    assert "raises RuntimeError" in form["at"]["repr"]


def test_a_value_that_holds_itself_ends_in_a_note() -> None:
    """Law: a cycle is cut where it closes."""
    loop: list[Any] = [1]
    loop.append(loop)
    assert json_form(loop)[1]["note"] == "holds itself"


def test_the_same_value_in_two_places_is_no_cycle() -> None:
    """Law: only what holds itself is a cycle."""
    shared = [1]
    assert json_form([shared, shared]) == [[1], [1]]


def test_a_value_that_nests_without_end_is_cut_with_a_note() -> None:
    """Law: nesting past the limit costs no stack and no time."""
    deep: Any = []
    for _ in range(10_000):
        deep = [deep]
    form = strict(json_form(deep))
    for _ in range(DEEPEST):
        (form,) = form
    assert "deep" in form["note"]


def test_a_number_with_too_many_digits_is_told_by_its_beginning() -> None:
    """Law: a whole number that Python refuses to write is not written."""
    assert strict(json_form(10**5000))["note"] == "has too many digits"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates() | st.decimals(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)


@given(values)
def test_every_value_has_a_form_that_a_strict_reader_reads(value: Any) -> None:
    """Law: the form of any value is written and read back unchanged."""
    form = json_form(value)
    assert strict(form) == form
