"""The calculator: what it works out, and that nothing else gets through it."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw
from planweave.nodes.tools.builtin.calculator import LONGEST, calculator, said


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("17 % of 230", 39.1),
        ("20% of 50", 10.0),
        ("50 %", 0.5),
        ("7 % 3", 1),
        ("12 percent of 1,250", 150.0),
        ("2 + 2 =", 4),
        ("0.1 + 0.2", 0.3),
        ("-2^2", -4),
        ("2 × 3 − 4 ÷ 2", 4.0),
        ("√16 + π*0", 4.0),
        ("Square root of 2", 1.4142135623731),
        ("5!", 120),
        ("LOG10(1000)", 3.0),
        ("max(1, 2, 3) // 2", 1),
        ("choose(5, 2) + gcd(12, 18)", 16),
        ("3 times 4 plus 2 divided by 4", 12.5),
        ("2 to the power of 10", 1024),
        ("1e3", 1000.0),
    ],
)
def test_it_works_out_what_people_write(expression: str, value: float) -> None:
    found = calculator(expression)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("9**9**9**9", "too large"),
        ("2**100000", "too large"),
        ("(2**9999)*(2**9999)", "too large"),
        ("99999!", "too large"),
        ("choose(99999, 50000)", "too large"),
        ("10.0**400", "too large"),
        ("1e308*10", "too large"),
        ("1/0", "divides by zero"),
        ("(-8)^(1/3)", "no real value"),
        ("sqrt(-1)", "domain"),
        ("factorial(2.5)", "whole number"),
        ("", "no arithmetic"),
        ("what is love", "no arithmetic"),
        ("1 << 1000000", "no arithmetic"),
        ("1 if 1 else 2", "no arithmetic"),
        ("[1]*9", "no arithmetic"),
        ("(1).__class__", "no arithmetic"),
        ("pi.real", "no arithmetic"),
        ("max(1, 2, key=abs)", "no arithmetic"),
        ("lambda: 1", "no arithmetic"),
        ("(x := 3)", "no arithmetic"),
        ("'a' * 9", "only numbers"),
        ("f'{1}'", "no arithmetic"),
        ("True", "no arithmetic"),
        ("1j", "only numbers"),
        ("__import__('os').system('true')", "only numbers"),
        ("open(1)", "no arithmetic"),
        ("eval(1)", "no arithmetic"),
        ("+".join("1" * LONGEST), "more than 1000 characters"),
        ("+" * 300 + "1", "nested more than 50 deep"),
        ("sqrt(" * 60 + "1" + ")" * 60, "nested more than 50 deep"),
    ],
)
def test_what_is_no_arithmetic_or_too_large_is_refused(expression: str, why: str) -> None:
    """Escapes, bombs and slips: each is refused before it takes time or memory."""
    with pytest.raises(pw.ValueRefused, match=why):
        calculator(expression)


@given(st.text(max_size=200))
def test_law_any_text_gives_a_number_or_is_refused(text: str) -> None:
    try:
        value = calculator(text)
    except pw.ValueRefused:
        return
    assert isinstance(value, int) or math.isfinite(value)


whole = st.integers(-(10**6), 10**6)


@given(whole, whole, whole, st.sampled_from("+-*"), st.sampled_from("+-*"))
def test_law_whole_numbers_are_exact(a: int, b: int, c: int, one: str, two: str) -> None:
    apply = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}
    assert calculator(f"(({a}) {one} ({b})) {two} ({c})") == apply[two](apply[one](a, b), c)


@given(st.integers(0, 1000), st.integers(0, 10**6))
def test_law_a_percentage_is_that_share(percent: int, whole: int) -> None:
    assert calculator(f"{percent} % of {whole}") == pytest.approx(float(Fraction(percent * whole, 100)))


def test_what_is_said_is_written_in_python() -> None:
    assert said("20 % of √9 ^ 2") == "(20/100)*sqrt(9) ** 2"


def test_it_is_found_and_filled_in_from_a_question() -> None:
    box = pw.Toolbox(pw.builtin_tools())
    assert box.find("square root of a number")[0].name == "calculator"
    assert box.call_for("what is 17 % of 230?") == 39.1
    assert box.call_for("please work out sqrt(2) * sqrt(2)") == 2.0
