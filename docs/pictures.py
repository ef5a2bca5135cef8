"""Makes the pictures of the README from a run of the demo: `make pictures`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import planweave as pw
from planweave.demo.research import research

QUESTION = "How does the with statement work?"


def main(folder: Path) -> None:
    """Run the demo, and draw the run and its timeline into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        run = pw.run(research, inputs={"question": QUESTION, "folder": place}, run_id="demo")
    run.render(str(folder / "demo.svg"))
    run.render(str(folder / "timeline.svg"), kind="timeline")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "pictures")
