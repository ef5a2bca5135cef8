"""``planweave audit``: whether what is recorded of runs is what was recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from planweave.cli.errors import DONE, UsageError
from planweave.cli.hddl import read_text
from planweave.cli.options import Debug, Json
from planweave.cli.plan import check_place
from planweave.cli.progress.wording import counted
from planweave.cli.stores import StoreUrl, opened
from planweave.cli.streams import Output
from planweave.engine.errors import StoreError
from planweave.engine.store.anchor import Anchor
from planweave.engine.store.audit import Report, anchor_of
from planweave.engine.store.audit import audit as look_at
from planweave.engine.store.store import Store

OutputFile = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="What to write to, instead of standard output.")
]


class Unsound(StoreError):
    """What is recorded is not what was recorded."""


def audit() -> int:
    """Check what is recorded of runs, export it, or anchor it elsewhere."""
    return DONE


def audit_verify(
    context: typer.Context,
    anchor: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What `audit anchor` wrote: tells of cut tails, too.")
    ] = None,
    store: StoreUrl = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Check that the records of all runs are what was recorded, and name the first that is not.

    The database checks itself first. Then the chain of each run is followed: an entry that was edited, moved, deleted
    or put in breaks it. That the last entries were cut off, or a run was deleted, only an anchor can tell.
    """
    output: Output = context.obj
    known = None if anchor is None else Anchor.read(read_text(anchor))
    with opened(store) as there:
        report = look_at(there, known)
    if output.json:
        output.document(report_document(report))
    elif report.flaws:
        for flaw in report.flaws:
            output.line(str(flaw))
    else:
        output.line(f"sound: {_words(report)}")
    if report.flaws:
        more = f", and {len(report.flaws) - 1} more" if len(report.flaws) > 1 else ""
        raise Unsound(
            f"what is recorded is not what was recorded: {report.flaws[0]}{more}",
            mend="restore the store from a backup, and find out who writes to it",
        )
    return DONE


def report_document(report: Report) -> dict[str, Any]:
    """What ``--json`` prints of an audit."""
    return {
        "sound": not report.flaws,
        "runs": report.runs,
        "entries": report.entries,
        "pruned": report.pruned,
        "flaws": [
            {"run": one.run, "entry": one.entry, "events": list(one.events), "what": one.what} for one in report.flaws
        ],
    }


def audit_export(
    context: typer.Context,
    file: OutputFile = None,
    store: StoreUrl = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Write all that is recorded as lines of JSON: run, number and hash of each entry, and its records.

    The hash is the sha256 of the hash before it (of the run; 32 zero bytes at first), the number in decimal, a colon,
    and the text, so that anybody can check it.
    """
    output: Output = context.obj
    check_place(file)
    with opened(store) as there:
        if file is not None:
            count = _write_lines(file, exported(there))
            output.line(f"{file}: {counted(count, 'line')}")
            if output.json:
                output.document({"file": str(file), "lines": count})
        elif output.json:
            output.document(list(exported(there)))
        else:
            for one in exported(there):
                output.line(_line(one))
    return DONE


def audit_anchor(
    context: typer.Context,
    file: OutputFile = None,
    store: StoreUrl = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Write how far the records of each run have come, to be kept where nobody can change it: see `audit verify`."""
    output: Output = context.obj
    check_place(file)
    with opened(store) as there:
        anchor = anchor_of(there)
    if file is not None:
        _write_lines(file, iter([json.loads(anchor.text())]))
        output.line(f"{file}: {counted(len(anchor.marks), 'run')}")
    if output.json or file is None:
        output.line(anchor.text().rstrip())
        if output.json:
            output.document(json.loads(anchor.text()))
    return DONE


def exported(store: Store) -> Iterator[dict[str, Any]]:
    """Every entry of every run, the runs in the order in which they were created."""
    for row in reversed(store.rows(is_brief=True)):
        for entry in store.entries(row.id):
            yield {"run": row.id, "number": entry.number, "hash": entry.hash.hex(), "text": entry.text}


def _line(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=True)


def _write_lines(file: Path, documents: Iterator[dict[str, Any]]) -> int:
    """Write one document a line; gives how many."""
    count = 0
    try:
        with file.open("w", encoding="utf-8") as stream:
            for document in documents:
                stream.write(f"{_line(document)}\n")
                count += 1
    except OSError as error:
        raise UsageError(f"-o {str(file)!r} cannot be written: {error.strerror}") from error
    return count


def _words(report: Report) -> str:
    entries = "1 entry" if report.entries == 1 else f"{report.entries:,} entries"
    pruned = f" ({report.pruned:,} pruned)" if report.pruned else ""
    return f"{counted(report.runs, 'run')}{pruned}, {entries}"
