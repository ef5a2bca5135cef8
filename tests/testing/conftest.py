"""What the tests of the plugin share: somebody's own tests, run by pytest as they would run them."""

from __future__ import annotations

import pytest

# imported here, since what a run of pytest within this process imports is forgotten when that ends
import planweave.testing.pytest.clock
import planweave.testing.pytest.crash  # noqa: F401

HEAD = """
import asyncio
from datetime import timedelta
import pytest
import planweave as pw
from planweave.testing import ledger
"""


class Somebody:
    """Somebody who has planweave installed, and tests of their own."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester

    def tests(self, source: str, *options: str, alone: bool = False) -> pytest.RunResult:
        """Run what they have written; ``alone`` in a process of its own."""
        self._pytester.makepyfile(test_flow=HEAD + source)
        run = self._pytester.runpytest_subprocess if alone else self._pytester.runpytest_inprocess
        return run("-p", "no:cacheprovider", *options)


@pytest.fixture
def somebody(pytester: pytest.Pytester) -> Somebody:
    """Somebody with tests of their own."""
    return Somebody(pytester)
