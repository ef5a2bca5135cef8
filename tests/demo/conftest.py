"""What the tests of the demonstration share: one index of the library, as building it takes longest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from planweave.demo.index import Index
from planweave.demo.search import library_index


@pytest.fixture(scope="session")
def index() -> Iterator[Index]:
    """An index of every sentence of the reference."""
    with library_index() as index:
        yield index
