"""Where the tests by killing keep their files."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")
"""Files in memory outlive a process that is killed as those on a disk do, and are many times as fast."""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A new folder, in memory where that can be had."""
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < 2**26:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="planweave-", dir=MEMORY) as made:
        yield Path(made)
