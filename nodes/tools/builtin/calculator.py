"""The calculator: arithmetic in words and signs, of numbers only, bounded in length, depth and size.

Source: simpleeval (https://github.com/danthedeckie/simpleeval), which walks the syntax tree of an expression. Only the
kinds of node that arithmetic needs are left to it, and operators of our own, which bound what they give.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from planweave.engine.errors import DefinitionError, ValueRefused
from planweave.engine.wording import clip
from planweave.nodes.tools.tool import tool

LONGEST = 1000
"""So many characters may an expression have."""
DEEPEST = 50
"""So deep may it be nested."""
BITS = 10_000
"""So many bits may a whole number have: some 3,000 digits."""
DIGITS = 15
"""Significant digits of a result: what a float holds for certain, so that 0.1 + 0.2 is 0.3."""

Number = int | float

_SAID = (
    (re.compile(r"(?<=\d),(?=\d{3}\b)"), ""),
    (re.compile(r"[×·⋅∙]"), "*"),
    (re.compile(r"[÷∶]"), "/"),
    (re.compile(r"[−–—]"), "-"),
    (re.compile(r"\^"), "**"),
    (re.compile(r"π"), "pi"),
    (re.compile(r"√\s*(\d+(?:\.\d+)?)"), r"sqrt(\1)"),
    (re.compile(r"√"), "sqrt"),
    (re.compile(r"\bsquare root of\s+(\d+(?:\.\d+)?)"), r"sqrt(\1)"),
    (re.compile(r"\bsquare root of\b"), "sqrt"),
    (re.compile(r"(\d+(?:\.\d+)?)\s*(?:%|percent\b|per cent\b)\s*(?:of\b)\s*"), r"(\1/100)*"),
    (re.compile(r"(\d+(?:\.\d+)?)\s*(?:%(?!\s*[\d(])|percent\b|per cent\b)"), r"(\1/100)"),
    (re.compile(r"\b(?:multiplied by|times)\b"), "*"),
    (re.compile(r"\bdivided by\b"), "/"),
    (re.compile(r"\bplus\b"), "+"),
    (re.compile(r"\bminus\b"), "-"),
    (re.compile(r"\bto the power of\b"), "**"),
    (re.compile(r"(\d+)!"), r"factorial(\1)"),
)
"""How what people write is written in Python, in this order."""


@tool(
    name="calculator",
    description="Work out arithmetic: sums, products, percentages, powers, the square root of a number, logarithms.",
    category="mathematics",
    idempotent=True,
)
def calculator(expression: str) -> int | float:
    """Work out an expression.

    Args:
        expression: such as "17 % of 230", "sqrt(2) * 3^2", "log10(1000)"; numbers, + - * / // % ^ ( ), pi, e, tau and
            functions of mathematics.

    Returns:
        A whole number where that is exact, else a number of 15 significant digits.

    Raises:
        ValueRefused: it is no arithmetic, has no value, or is too large.

    >>> calculator("17 % of 230"), calculator("0.1 + 0.2"), calculator("2^100 // 10^20")
    (39.1, 0.3, 12676506002)
    """
    value = _worked_out(expression)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(expression, "it is no number")
    if isinstance(value, int):
        return value
    if not math.isfinite(value):
        raise _refused(expression, "it is too large")
    return float(f"{value:.{DIGITS}g}")


def said(expression: str) -> str:
    """What people write, as Python has it.

    >>> said("20 percent of 1,000 × π")
    '(20/100)*1000 * pi'
    """
    expression = expression.lower()
    for pattern, written in _SAID:
        expression = pattern.sub(written, expression)
    return expression.strip().rstrip("=?. ")


def _worked_out(expression: str) -> Any:
    try:
        from simpleeval import InvalidExpression, SimpleEval
    except ImportError as error:
        raise DefinitionError(
            "the calculator needs the package simpleeval, which is not installed", mend="pip install planweave[tools]"
        ) from error
    if len(expression) > LONGEST:
        raise _refused(expression, f"it has more than {LONGEST} characters")
    text = said(expression)
    evaluator = SimpleEval(operators=_OPERATORS, functions=_FUNCTIONS, names=dict(_NAMES))
    evaluator.nodes = {kind: walk for kind, walk in evaluator.nodes.items() if kind in _NODES}
    try:
        tree = ast.parse(text, mode="eval")
        _check(expression, tree)
        return evaluator.eval(text, previously_parsed=tree.body)
    except ValueRefused:
        raise
    except (InvalidExpression, SyntaxError, RecursionError, MemoryError) as error:
        raise _refused(expression, "it is no arithmetic") from error
    except ZeroDivisionError as error:
        raise _refused(expression, "it divides by zero") from error
    except OverflowError as error:
        raise _refused(expression, "it is too large") from error
    except (ArithmeticError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise _refused(expression, str(error) or "it has no value") from error


def _check(expression: str, tree: ast.AST) -> None:
    """Refuse anything but numbers, and what is nested too deep, before anything is worked out."""
    level: list[ast.AST] = [tree]
    for _ in range(DEEPEST):
        for node in level:
            if isinstance(node, ast.Constant) and not _is_sensible(node.value):
                raise _refused(expression, "only numbers of a sensible size can be worked out")
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise _refused(expression, f"it is nested more than {DEEPEST} deep")


def _refused(expression: str, why: str) -> ValueRefused:
    return ValueRefused(
        f"{clip(expression, 80)} cannot be worked out: {why}", mend="write numbers, + - * / ^ ( ) and names like sqrt"
    )


def _is_sensible(value: object) -> bool:
    return type(value) is float or (type(value) is int and _bits(value) <= BITS)


def _bits(value: Number) -> int:
    return value.bit_length() if isinstance(value, int) else 0


def _bounded(value: Any) -> Number:
    if isinstance(value, complex):
        raise ValueError("it has no real value")
    if isinstance(value, int) and value.bit_length() > BITS:
        raise OverflowError
    return value  # type: ignore[no-any-return]  # because it is an int or a float then


def _times(one: Number, two: Number) -> Number:
    if _bits(one) + _bits(two) > BITS + 1:
        raise OverflowError
    return _bounded(one * two)


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, int) and isinstance(exponent, int) and exponent > 0 and _bits(base) * exponent > 2 * BITS:
        raise OverflowError
    return _bounded(base**exponent)


def _factorial(n: Number) -> Number:
    if n != int(n) or n < 0:
        raise ValueError("a factorial is of a whole number from 0")
    if n > 1000:
        raise OverflowError
    return _bounded(math.factorial(int(n)))


def _whole(compute: Callable[[int, int], int]) -> Callable[[Number, Number], Number]:
    def computed(one: Number, two: Number) -> Number:
        if one != int(one) or two != int(two):
            raise ValueError("it wants whole numbers")
        return _bounded(compute(int(one), int(two)))

    return computed


def _choose(n: int, k: int) -> int:
    if n > 10_000:
        raise OverflowError
    return math.comb(n, k)


_OPERATORS: Mapping[type, Callable[..., Number]] = {
    ast.Add: lambda one, two: _bounded(one + two),
    ast.Sub: lambda one, two: _bounded(one - two),
    ast.Mult: _times,
    ast.Div: lambda one, two: one / two,
    ast.FloorDiv: lambda one, two: _bounded(one // two),
    ast.Mod: lambda one, two: _bounded(one % two),
    ast.Pow: _power,
    ast.UAdd: lambda one: +one,
    ast.USub: lambda one: -one,
}
_NAMES: Mapping[str, float] = {"pi": math.pi, "e": math.e, "tau": math.tau}
_FUNCTIONS: Mapping[str, Callable[..., Number]] = {
    **{name: getattr(math, name) for name in "sqrt cbrt exp log2 log10 log1p floor ceil trunc hypot".split()},
    **{name: getattr(math, name) for name in "sin cos tan asin acos atan atan2 sinh cosh tanh degrees radians".split()},
    "ln": math.log,
    "log": math.log,
    "abs": abs,
    "round": round,
    "min": min,
    "max": max,
    "factorial": _factorial,
    "gcd": _whole(math.gcd),
    "lcm": _whole(math.lcm),
    "choose": _whole(_choose),
}
_NODES = frozenset({ast.Expr, ast.Expression, ast.UnaryOp, ast.BinOp, ast.Call, ast.Constant, ast.Name})
"""What is left of the language: no attributes, subscripts, texts, conditions, comprehensions."""
