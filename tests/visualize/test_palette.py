"""Every reader can tell the states apart, and read what stands on them."""

from __future__ import annotations

from itertools import combinations

import pytest

from planweave.engine.state import NodeState
from planweave.visualize.palette import INK, LOOKS, ORDER, PLAIN, Theme

THEMES: tuple[Theme, ...] = ("light", "dark")

# G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, "A Physiologically-based Model for Simulation of Color Vision
# Deficiency" (2009): the matrices for severity 1.0, over linear RGB.
VISION = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}
APART = 10.0
"""CIE76 distance at which two grounds are told apart without looking twice; 2.3 is what is just noticeable."""


def linear(colour: str) -> list[float]:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    bright, dark = sorted(
        (sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(colour), strict=True)) for colour in (one, other)),
        reverse=True,
    )
    return (bright + 0.05) / (dark + 0.05)


def seen(colour: str, vision: str) -> tuple[float, float, float]:
    """The colour in CIE Lab, as it appears to this kind of vision."""
    light = linear(colour)
    red, green, blue = (
        min(1.0, max(0.0, sum(w * c for w, c in zip(row, light, strict=True)))) for row in VISION[vision]
    )
    axes = (
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883,
    )
    x, y, z = (axis ** (1 / 3) if axis > 216 / 24389 else (24389 / 27 * axis + 16) / 116 for axis in axes)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(one: str, other: str, vision: str) -> float:
    pairs = zip(seen(one, vision), seen(other, vision), strict=True)
    return float(sum((a - b) ** 2 for a, b in pairs) ** 0.5)


def test_every_state_has_a_look_and_a_place_in_the_order() -> None:
    """Law: the table of colours covers the table of states; a new state cannot be forgotten here."""
    assert set(LOOKS) == set(NodeState) == set(ORDER)


@pytest.mark.parametrize("theme", THEMES)
def test_text_on_every_state_has_the_contrast_of_wcag_aa(theme: Theme) -> None:
    """Law: text against its ground has a ratio of at least 4.5, on paper and on a dark page."""
    shades = [look.shade(theme) for look in (*LOOKS.values(), PLAIN)]
    assert all(contrast(shade.text, shade.fill) >= 4.5 for shade in shades)
    ink = INK[theme]
    for ground in (ink.paper, ink.panel):
        assert all(contrast(colour, ground) >= 4.4 for colour in (ink.text, ink.quiet, ink.link))
    assert contrast(ink.ghost, ink.paper) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_borders_and_marks_stand_out_from_the_page(theme: Theme) -> None:
    """Law: what carries meaning without text (borders, marks, lines) has a ratio of at least 3 against the page."""
    ink = INK[theme]
    drawn = [look.shade(theme).line for look in LOOKS.values()] + [look.mark_in(theme) for look in LOOKS.values()]
    assert all(contrast(colour, ink.paper) >= 3 for colour in (*drawn, ink.edge, ink.path, ink.focus, ink.faint))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", VISION)
def test_states_are_told_apart_by_colour_or_else_by_their_border(theme: Theme, vision: str) -> None:
    """Law: for every kind of vision, two grounds are far apart, or the borders are of different styles."""
    for one, other in combinations(LOOKS.values(), 2):
        apart = distance(one.shade(theme).fill, other.shade(theme).fill, vision)
        assert apart >= APART or one.border != other.border, (one.word, other.word, apart)


def test_every_state_has_a_sign_and_a_word_of_its_own() -> None:
    """Law: without any colour, the sign in the label and the word in the legend tell every two states apart."""
    assert len({look.sign for look in LOOKS.values()}) == len(LOOKS)
    assert len({look.word for look in LOOKS.values()}) == len(LOOKS)
    assert all(len(look.sign) == 1 for look in LOOKS.values())


@pytest.mark.parametrize("theme", THEMES)
def test_failures_are_the_loudest(theme: Theme) -> None:
    """Law: in greyscale, a failed node is farther from the page than one that succeeded."""
    page = INK[theme].paper
    failed, succeeded = (LOOKS[state].shade(theme).fill for state in (NodeState.FAILED, NodeState.SUCCEEDED))
    assert contrast(failed, page) > contrast(succeeded, page) + 1


@pytest.mark.parametrize("theme", THEMES)
def test_what_asks_for_attention_is_told_apart_in_greyscale(theme: Theme) -> None:
    """Law: without colour, failed, running and cancelled differ in lightness, and failed differs most from the page."""
    loud = [LOOKS[state].shade(theme).fill for state in (NodeState.FAILED, NodeState.RUNNING, NodeState.CANCELLED)]
    assert all(contrast(one, other) >= 1.25 for one, other in combinations(loud, 2))
    assert all(contrast(loud[0], other) >= 1.5 for other in loud[1:])
    page = INK[theme].paper
    assert contrast(loud[0], page) == max(contrast(colour, page) for colour in loud)


def test_on_paper_a_failure_is_as_dark_as_text() -> None:
    """Law: its luminance is about 0.05, far below that of everything else that runs."""
    red, green, blue = linear(LOOKS[NodeState.FAILED].light.fill)
    assert 0.2126 * red + 0.7152 * green + 0.0722 * blue == pytest.approx(0.05, abs=0.01)
