"""Any value is shown in bounded room and bounded time, however large, deep or hostile it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planweave.visualize.text.value import show

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.text("abcde <\"'", max_size=6),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text("abc", max_size=4), inner, max_size=5),
    max_leaves=12,
)


@given(JSON, st.integers(1, 300))
def test_a_value_takes_no_more_room_than_it_is_given(value: Any, limit: int) -> None:
    """Law: the text is never longer than the limit, and says so where it was cut."""
    shown = show(value, limit)
    assert len(shown.text) <= limit
    if len(shown.text) == limit and not isinstance(value, str):
        assert shown.text.endswith("…") or len(show(value, limit + 1).text) == limit


@given(JSON.filter(lambda value: not isinstance(value, str)))
def test_a_json_value_with_room_is_shown_as_json(value: Any) -> None:
    """Law: read back, it is the value."""
    assert json.loads(show(value, 100_000).text) == value


@given(st.text(max_size=100))
def test_a_text_is_shown_as_it_is(text: str) -> None:
    """Law: no quotes, no escapes."""
    assert show(text, 1_000).text == text


def test_only_as_much_of_a_value_is_looked_at_as_is_shown() -> None:
    """Law: the items of a list that do not fit are never asked for."""
    asked = 0

    class Loud:
        def __repr__(self) -> str:
            nonlocal asked
            asked += 1
            return "loud"

    assert show([Loud() for _ in range(100_000)], 100).note == "list of 100,000 items"
    assert asked < 100
    assert show({"a": "x" * 10_000_000}, 50).text.startswith('{"a": "xxx')
    assert show(b"\0" * 10_000_000, 50).note == "bytes of 10,000,000 bytes"


def test_a_value_that_holds_itself_ends() -> None:
    """Law: depth is bounded, and so is breadth."""
    knot: list[Any] = []
    knot += [knot, knot, knot]
    assert len(show(knot, 2_000).text) <= 2_000


class Hostile:
    """Raises when it is looked at."""

    def __repr__(self) -> str:
        raise RuntimeError("do not look at me")


def test_a_repr_that_raises_is_told_and_nothing_fails() -> None:
    """Law: what a user's class does wrong is shown in its place."""
    assert show([1, Hostile()], 100).text == "[1, <Hostile, whose repr raises RuntimeError>]"


@pytest.mark.parametrize(
    ("value", "note"),
    [
        ({"a": 1}, ""),
        ({str(n): n for n in range(50)}, "dict of 50 entries"),
        ("x" * 5_000, "text of 5,000 characters"),
        (tuple(range(100)), "tuple of 100 items"),
    ],
)
def test_the_note_says_type_and_size_where_the_text_does_not(value: Any, note: str) -> None:
    """Law: what is short speaks for itself."""
    assert show(value, 60).note == note


def test_a_small_set_is_shown_in_an_order_of_its_own() -> None:
    """Law: the order does not depend on hashes."""
    assert show({"b", "a", "c"}, 60).text == '{"a", "b", "c"}'
