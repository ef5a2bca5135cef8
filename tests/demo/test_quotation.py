"""A quotation is verbatim, or it is refused."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from planweave.demo.library import read
from planweave.demo.quotation import Misquotation, Quotation, check

SOURCE = read("import").text
START = SOURCE.index("The basic import statement")
TRUE = Quotation("import", START, START + 40, SOURCE.count("\n", 0, START) + 1, SOURCE[START : START + 40], "", 1.0)


def test_a_true_quotation_passes_unchanged() -> None:
    """Law: the check returns what it was given."""
    assert check([TRUE, TRUE]) == [TRUE, TRUE]
    assert check([]) == []


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (replace(TRUE, text=TRUE.text.replace("basic", "plain")), "characters .* of it read 'The basic"),
        (replace(TRUE, text=TRUE.text.replace(" ", "  ", 1)), "characters .* of it read 'The basic"),
        (replace(TRUE, start=TRUE.start + 1), "characters"),
        (replace(TRUE, line=TRUE.line + 1), f"begins on line {TRUE.line}"),
        (replace(TRUE, topic="improt"), "no topic 'improt'"),
        (replace(TRUE, text="", end=TRUE.start), "empty"),
    ],
)
def test_a_false_quotation_is_refused_by_name(wrong: Quotation, reason: str) -> None:
    """Law: a changed word, another blank, a shifted place, a wrong line or topic is refused, naming the quotation."""
    with pytest.raises(Misquotation, match=reason) as caught:
        check([TRUE, wrong])
    assert (caught.value.quotation, caught.value.topic, caught.value.line) == (wrong.text, wrong.topic, wrong.line)
    assert str(copy.copy(caught.value)) == str(caught.value)
