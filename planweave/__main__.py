"""The command ``planweave``, also as ``python -m planweave``; see ``planweave/cli``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and end the process with its exit code: 0 done, 1 the work failed, 2 bad usage or input."""
    from planweave.cli.app import run_command

    sys.exit(run_command(sys.argv[1:], last=True))


if __name__ == "__main__":
    main()
