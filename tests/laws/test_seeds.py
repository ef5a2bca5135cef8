"""The laws, for two thousand seeds."""

from __future__ import annotations

import pytest

from tests.laws.worlds import hold_all

SEEDS = 2_000
CHUNK = 250


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_every_law_holds_for_every_seed(first: int) -> None:
    """Random workflows, under random interleavings, slow and failing journals and cancels, keep every law.

    Each seed runs in the plain world (all laws, and the ends that the reference tells) and in another one in turn.
    """
    for seed in range(first, first + CHUNK):
        hold_all(seed)
