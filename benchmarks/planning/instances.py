"""Instances: HDDL files to solve, as a table in the folder of data names them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

TABLE = "instances.tsv"
"""The table: name (``class/domain/problem``), domain file and problem file, relative to it; tabs between them."""


class Instance(NamedTuple):
    """A problem in its domain.

    Attributes:
        kind: what is asked of planners, as ``"total-order"``.
        family: the name of the domain.
        name: of the problem.
        domain, problem: the files.
    """

    kind: str
    family: str
    name: str
    domain: Path
    problem: Path


def instances(data: Path) -> Iterator[Instance]:
    """The instances of a folder of data: of its table, or that in ``hddl/``; none where there is no table.

    Raises:
        ValueError: a line of the table is none.
    """
    table = next((path for path in (data / TABLE, data / "hddl" / TABLE) if path.is_file()), None)
    for number, line in enumerate(table.read_text("utf-8").splitlines() if table else (), 1):
        fields = line.split("\t")
        names = fields[0].split("/")
        if len(fields) != 3 or len(names) != 3:
            raise ValueError(
                f"{table}:{number}: no class/domain/problem, domain file and problem file with tabs between"
            )
        yield Instance(names[0], names[1], names[2], table.parent / fields[1], table.parent / fields[2])  # type: ignore[union-attr]  # because lines come from it
