"""Make the dump of an old store: what the planweave of a commit really wrote, as SQL that can be read.

    python -m tests.store.old.make COMMIT tests/store/old/version_2.sql

The tree of the commit is put into ``PLACE``, together with the workflows from here, and runs them there. Who
held the runs is another machine then, so that the dump tells nothing of this one. Large values are not in the dump:
their names are the hashes of what the workflows make. Do it when a migration is added, with the commit before it and
with the one that adds it; a dump that is there stays as it is.
"""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
MODULES = ("flows.py", "undoing.py", "writing.py")

PLACE = Path("/tmp/planweave-old")
"""Where that is done: graphs tell where their nodes were made, and that is to be the same wherever this is run."""

SOMEBODY = "old-machine|00000000-0000-0000-0000-000000000000|1|1|w"
"""Who held what was left in the midst: nobody knows whether that process lives, but its lease is over."""


def main(commit: str, target: Path) -> None:
    """Write the dump of a commit."""
    PLACE.mkdir()
    try:
        tree, path = PLACE / "tree", PLACE / "runs.db"
        packed = subprocess.run(["git", "-C", ROOT, "archive", commit], check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(tree, filter="data")
        there = tree / "tests" / "store" / "old"
        there.mkdir(parents=True, exist_ok=True)
        for name in MODULES:
            shutil.copy(HERE / name, there / name)
        for run in _say(tree, "names").split():
            _say(tree, run, str(path))
        target.write_text(_dump(path))
        print(f"{target}: {len(target.read_text())} characters")
    finally:
        shutil.rmtree(PLACE)


def _say(tree: Path, *arguments: str) -> str:
    """What ``writing`` prints; it may be killed by what it runs."""
    environment = os.environ | {"PYTHONPATH": str(tree)}
    command = [sys.executable, "-m", "tests.store.old.writing", *arguments]
    done = subprocess.run(command, cwd=tree, env=environment, text=True, capture_output=True, timeout=60, check=False)
    if done.returncode not in (0, -9):
        raise SystemExit(f"{arguments}: {done.stderr}")
    return done.stdout


def _dump(path: Path) -> str:
    database = sqlite3.connect(path)
    (version,) = database.execute("PRAGMA user_version").fetchone()
    database.execute("UPDATE run SET holder = ? WHERE holder IS NOT NULL", (SOMEBODY,))
    database.commit()
    text = "\n".join([*database.iterdump(), f"PRAGMA user_version = {version};", ""])
    database.close()
    return text


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
