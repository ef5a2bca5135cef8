"""``planweave show``: what is recorded of a run. Nothing of its code is imported, and nothing runs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from planweave.cli.asking import asked, question_document
from planweave.cli.document import moment, run_document
from planweave.cli.errors import DONE, shown
from planweave.cli.jsonform import json_form
from planweave.cli.options import Debug, Json
from planweave.cli.pictures import check_picture
from planweave.cli.progress.wording import counted, duration
from planweave.cli.run import result_text
from planweave.cli.runs import row_document, standing, took, when
from planweave.cli.sketch import Sketch, sketched
from planweave.cli.stores import RunName, StoreUrl, opened, row_of
from planweave.cli.streams import Output, complain
from planweave.cli.tables import MOST, cut, table, terminal_width
from planweave.engine.errors import RecordsUnreadable, describe
from planweave.engine.history import NodeRun
from planweave.engine.recorded import recorded
from planweave.engine.run import Run
from planweave.engine.state import RunState
from planweave.engine.store.rows import Question, RunRow
from planweave.engine.store.store import Store


def show(
    context: typer.Context,
    name: RunName,
    render: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the run: .svg .png .pdf .dot .html .mmd")
    ] = None,
    store: StoreUrl = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Show what is recorded of a run: its state, result, error and nodes.

    The records are enough: the code of the workflow is not imported.
    """
    output: Output = context.obj
    check_picture(render, "--render", Run)
    with opened(store) as there:
        row = row_of(there, name)
        now, questions = there.now(), open_questions(there, row)
        try:
            run: Run[Any] | None = recorded(there, row)
        except RecordsUnreadable as error:
            run = None
            if render is not None:
                raise
            complain(f"note: {shown(error.line)}")
        if render is not None and run is not None:
            run.render(str(render))
        if output.json:
            output.document(show_document(there, row, run, questions, now))
        else:
            for line in told(there, row, run, questions, now):
                output.line(line)
    return DONE


def open_questions(store: Store, row: RunRow) -> list[Question]:
    """What a run asks and has no answer to."""
    return [one for one in store.questions(row.id) if one.is_open]


# ---------------------------------------------------------------------- for programs


def show_document(
    store: Store, row: RunRow, run: Run[Any] | None, questions: Sequence[Question], now: float
) -> dict[str, Any]:
    """What ``--json`` prints: what ``planweave run --json`` prints, and what the store knows besides."""
    known = row_document(row, now)
    if run is None:
        error = row.reason if row.state not in (RunState.SUCCEEDED, RunState.RUNNING) else None
        told = {"id": row.id, "workflow": row.workflow, "state": row.state, "result": None, "error": error}
        document = told | {"nodes": {line.id: sketch_document(line) for line in sketched(store, row)}}
    else:
        document = run_document(run) | {"state": row.state}
        document["error"] = document["error"] or row.reason
    besides = {name: value for name, value in known.items() if name not in document}
    inputs = json.loads(row.inputs) if run is None else run.inputs
    return document | besides | {"inputs": inputs, "questions": [question_document(one) for one in questions]}


def sketch_document(line: Sketch) -> dict[str, Any]:
    """A node of which only its own records could be read."""
    return {
        "state": line.state,
        "attempts": line.attempts,
        "started": moment(line.started),
        "ended": moment(line.ended),
        "error": line.note or None,
        "cause": None,
    }


# ---------------------------------------------------------------------- for people


def told(store: Store, row: RunRow, run: Run[Any] | None, questions: Sequence[Question], now: float) -> Iterator[str]:
    """What people read."""
    width = terminal_width()
    yield from facts(row, run, now, width)
    for one in questions:
        first, *rest = asked(one)
        yield f"{'waits':<9} {first}"
        yield from (f"{'':<9} {line}" for line in rest)
    lines = [_line(node) for node in run.nodes.values()] if run is not None else list(sketched(store, row))
    if lines:
        yield ""
        yield from nodes_told(lines, row, width)
    if run is not None and run.state is RunState.SUCCEEDED and run.result is not None:
        yield ""
        yield result_text(run.result)


def facts(row: RunRow, run: Run[Any] | None, now: float, width: int | None) -> Iterator[str]:
    """The run itself, a fact a line."""
    inputs = run.inputs if run is not None else json.loads(row.inputs)
    error = (run.error.line if run is not None and run.error is not None else None) or row.reason
    is_end = RunState(row.state).is_end
    found = {
        "run": row.id,
        "workflow": row.workflow,
        "state": f"{standing(row, now)}{f' after {took(row, now)}' if is_end else ''}",
        "created": f"{when(row.created)}{'' if is_end else f', {took(row, now)} ago'}",
        "rerun of": f"{row.parent} from '{row.parent_node}'" if row.parent is not None else "",
        "inputs": _inputs_told(inputs),
        "due": when(row.due) if row.due is not None and not is_end else "",
        "wanted": f"somebody asked to {row.wanted} it" if row.wanted is not None and not is_end else "",
        "error": error or "",
        "pruned": f"{when(row.pruned)}: only this is left of it" if row.pruned is not None else "",
    }
    for name, text in found.items():
        if text:
            line = f"{name:<9} {shown(text)}"
            yield line if width is None or name == "error" else cut(line, width)


def _inputs_told(inputs: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_short(value)}" for name, value in inputs.items())


def _short(value: Any) -> str:
    text = json.dumps(json_form(value), ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"


def nodes_told(lines: Sequence[Sketch], row: RunRow, width: int | None) -> Iterator[str]:
    """The nodes, those that did not just succeed first where there are too many."""
    listed = lines
    if len(lines) > MOST:
        order = sorted(range(len(lines)), key=lambda i: (lines[i].state == "succeeded", i))[:MOST]
        listed = [lines[i] for i in sorted(order)]
    rows = [
        [
            line.id,
            line.state.replace("_", " "),
            str(line.attempts) if line.attempts > 1 else "",
            _start(line, row),
            "" if line.started is None or line.ended is None else duration(line.ended - line.started),
            line.note,
        ]
        for line in listed
    ]
    names = ["NODE", "STATE", "TRIES", "START", "TOOK", "NOTE"]
    used = [i for i in range(len(names)) if i < 2 or any(row[i] for row in rows)]
    flexible = [place for place, i in enumerate(used) if names[i] in ("NOTE", "NODE")]
    yield from table([names[i] for i in used], [[row[i] for i in used] for row in rows], flexible=flexible, width=width)
    if len(listed) < len(lines):
        counts = Counter(line.state for line in lines)
        parts = ", ".join(f"{count:,} {state.replace('_', ' ')}" for state, count in counts.most_common())
        yield f"{counted(len(lines), 'node')}: {parts}; --json has them all"


def _start(line: Sketch, row: RunRow) -> str:
    """When a node started, from the start of the run; what a rerun has from the run before started before that."""
    if line.started is None:
        return ""
    if row.parent is not None and line.started < row.created:
        return "before"
    return f"+{duration(line.started - row.created)}"


def _line(node: NodeRun) -> Sketch:
    note = ""
    if node.error is not None:
        note = describe(node.error)
    elif node.cause is not None and node.cause != node.id:
        note = f"because of '{node.cause}'"
    elif node.cached:
        note = "from the cache"
    elif node.attempts and node.attempts[-1].error is not None:
        note = describe(node.attempts[-1].error)
    return Sketch(node.id, str(node.state), len(node.attempts), node.started, node.ended, note)
