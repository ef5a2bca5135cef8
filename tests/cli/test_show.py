"""`planweave show` and `planweave resume`: a run as it is recorded, and how it goes on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from planweave.engine.explanation.states import BY_STATE
from planweave.engine.state import NodeState
from planweave.engine.store.store import open_store
from tests.cli.commands import Call, command
from tests.cli.durable import flows, killed, ledger, started


def test_show_tells_what_run_told(call: Call, workflows: Path) -> None:
    """Law: the document of a run in the store is the one that `run --json` printed, and a bit more."""
    for target in ("all_doubled", "failing", "retried"):
        values = ["-i", "numbers=[1, 2]"] if target == "all_doubled" else []
        printed = call("run", f"workflows.py:{target}", *values, "--json").document
        shown = call("show", "last", "--json").document
        assert {name: shown[name] for name in printed} == printed
        assert shown["inputs"] == ({"numbers": [1, 2]} if values else {"x": 1})
        assert (shown["held"], shown["questions"], shown["parent"]) == (False, [], None)


def test_show_is_read_by_people(call: Call, workflows: Path) -> None:
    """Law: facts, a line for each node with its error or its cause, and the result at the end."""
    call("run", "workflows.py:failing", "-q")
    lines = call("show", "last").out.splitlines()
    facts = dict(line.split(None, 1) for line in lines[: lines.index("")])
    assert facts["workflow"] == "failing"
    assert facts["state"].startswith("failed after ")
    assert "failed at 'fail': ValueError: 1 is a bad number" in facts["error"]
    assert any(line.startswith("fail ") and "ValueError: 1 is a bad number" in line for line in lines)
    assert any(line.startswith("double ") and "because of 'fail'" in line for line in lines)
    call("run", "workflows.py:doubled", "-i", "x=4", "-q")
    assert call("show", "last").out.splitlines()[-1] == "8"


def test_show_exits_0_whatever_the_run_came_to(call: Call, workflows: Path) -> None:
    """Law: showing a failed run is no failure."""
    call("run", "workflows.py:failing", "-q")
    assert (call("show", "last").code, call("show", "last", "--json").code) == (0, 0)


ODD = '''\
"""Values of classes that only this file knows."""

import enum
from dataclasses import dataclass
from pathlib import Path

import planweave as pw

Path("imported").touch()


class Colour(enum.Enum):
    RED = 1


@dataclass
class Point:
    x: int
    y: int


class Odd(Exception):
    pass


@pw.task
def points(count: int) -> list[Point]:
    return [Point(i, -i) for i in range(count)]


@pw.task(retry=pw.Retry(attempts=2, on=(Odd,), base=0))
def far(point: Point, start: Point = Point(1, 1)) -> tuple[int, ...]:
    if point.x == 1 and pw.context().attempt == 1:
        raise Odd("once more")
    return (point.x - start.x, point.y - start.y)


@pw.task
async def colour(all: list[tuple[int, ...]]) -> Colour:
    return Colour.RED


@pw.task
def enough(number: int) -> bool:
    return number >= 2


@pw.task
def more(number: int) -> int:
    return number + 1


@pw.workflow
def odd(count: int) -> dict[str, object]:
    last = pw.repeat(more, 0, until=enough, limit=5)
    return {"colour": colour(far.map(points(count), start=Point(2, 2))), "loop": last}
'''


def test_the_records_are_enough(call: Call, tmp_path: Path) -> None:
    """Law: a run is shown and drawn though its code is gone: nothing is imported, and nothing runs."""
    file = tmp_path / "odd.py"
    file.write_text(ODD)
    call("run", "odd.py:odd", "-i", "count=3", "-q")
    file.unlink()
    (tmp_path / "imported").unlink()
    for name in [name for name in sys.modules if name.startswith("planweave_script_odd")]:
        del sys.modules[name]
    document = call("show", "last", "--render", "picture.svg", "--json").document
    assert document["result"] == {"colour": "RED", "loop": 2}
    assert list(document["nodes"])[:4] == ["more", "points", "far", "colour"]
    assert document["nodes"]["points"]["value"] == [{"x": 0, "y": 0}, {"x": 1, "y": -1}, {"x": 2, "y": -2}]
    assert document["nodes"]["far[2]"]["value"] == [0, -4]
    assert document["nodes"]["far[1]"]["attempts"] == 2
    assert "more@2/enough" in document["nodes"]
    assert (tmp_path / "picture.svg").read_text().count("far") >= 3
    assert not (tmp_path / "imported").exists()
    assert call("explain", "last").code == 0


LAMBDA = """\
import planweave as pw

def make():
    @pw.task
    def inner(x: int) -> int:
        if x > 1:
            raise ValueError("too much")
        return x
    return inner

inner = make()

@pw.workflow
def w(x: int) -> int:
    return inner(x)
"""


def test_a_run_whose_graph_could_not_be_recorded_is_shown_as_far_as_it_goes(call: Call, tmp_path: Path) -> None:
    """Law: where the graph is not on record, the records of the nodes are told one by one, and a note says why."""
    (tmp_path / "local.py").write_text(LAMBDA)
    call("run", "local.py:w", "-i", "x=2", "-q")
    done = call("show", "last", "--json")
    assert "its graph could not be recorded" in done.err
    node = done.document["nodes"]["inner"]
    assert (node["state"], node["error"], node["attempts"]) == ("failed", "ValueError: too much", 1)
    assert done.document["state"] == "failed"
    assert call("show", "last", "--render", "a.svg").code == 1
    assert call("resume", "last").code == 1


def test_many_nodes_are_listed_as_far_as_a_person_reads(call: Call, workflows: Path) -> None:
    """Law: of many nodes those that did not just succeed come first, and a line counts them all."""
    numbers = str(list(range(100)))
    call("run", "workflows.py:all_doubled", "-i", f"numbers={numbers}", "-q")
    lines = call("show", "last").out.splitlines()
    assert any(line.startswith("102 nodes: 102 succeeded") for line in lines)
    assert len(lines) < 80


def test_damaged_records_are_shown_as_far_as_they_go(call: Call, workflows: Path, tmp_path: Path) -> None:
    """Law: records that do not fit together are an error that names the entry, and what can be read is shown."""
    call("run", "workflows.py:doubled", "-i", "x=4", "-q", "--store", "here.db")
    store = open_store(tmp_path / "here.db")
    store._write(lambda cursor: cursor.execute("UPDATE entry SET text = '[[1.5,\"failed\",7]]' WHERE number = 2"))  # type: ignore[attr-defined]  # because no store edits
    done = call("show", "last", "--store", "here.db")
    assert done.code == 0
    assert "entry 2 of run" in done.err
    assert call("explain", "last", "--store", "here.db").code == 1


# ---------------------------------------------------------------------- resume


def test_a_killed_run_goes_on_where_it_was(call: Call, tmp_path: Path) -> None:
    """Law: what is recorded as done is not done again; the attempt that was cut off is made again, and it ends."""
    flows(tmp_path)
    killed(tmp_path, "flow", "total", tmp_path / "here.db")
    assert sorted(ledger(tmp_path)) == ["load", "total", "work 0", "work 1", "work 2"]
    done = command("resume", "last", "--store", "here.db", cwd=tmp_path)
    assert (done.code, done.out) == (0, "It is 30.\n")
    assert done.err.splitlines()[0].endswith("goes on")
    assert ledger(tmp_path) == ["total", "report"]
    assert call("show", "last", "--store", "here.db", "--json").document["nodes"]["total"]["attempts"] == 2


def test_a_run_that_has_ended_is_told_as_it_ended(call: Call, tmp_path: Path) -> None:
    """Law: resuming what has ended runs nothing, prints its result, and exits as it did."""
    flows(tmp_path)
    call("run", "flows.py:flow", "-q")
    ledger(tmp_path)
    assert call("resume", "last", "-q").out == "It is 30.\n"
    (tmp_path / "1.bad").touch()
    call("run", "flows.py:flow", "-q")
    (tmp_path / "1.bad").unlink()
    done = call("resume", "last", "-q")
    assert (done.code, "ValueError: 1 is bad" in done.error) == (1, True)
    assert "work 0" in ledger(tmp_path)
    assert call("resume", "last", "--json").document["state"] == "failed"


def test_changed_code_blocks_until_it_is_accepted(call: Call, tmp_path: Path) -> None:
    """Law: a node that has begun, whose code has changed, blocks the run with the difference; a person may accept."""
    flows(tmp_path)
    killed(tmp_path, "flow", "total", tmp_path / "here.db")
    file = tmp_path / "flows.py"
    file.write_text(file.read_text().replace("return sum(items)", "return sum(items) + 1"))
    done = command("resume", "last", "--store", "here.db", "-q", cwd=tmp_path)
    assert done.code == 1
    assert "the code has changed: 'total' is not the same" in done.error
    assert "--accept-changes" in done.error
    (row,) = call("runs", "--store", "here.db", "--json").document
    assert (row["state"], "'total'" in row["reason"]) == ("blocked", True)
    assert "'total' is not the same" in call("explain", "last", "--store", "here.db").out
    done = command("resume", "last", "--store", "here.db", "-q", "--accept-changes", cwd=tmp_path)
    assert (done.code, done.out) == (0, "It is 31.\n")


@pytest.mark.parametrize(
    ("broken", "words"),
    [("raise RuntimeError('no')", "RuntimeError: no"), ("def (", "SyntaxError"), ("raise SystemExit(3)", "SystemExit")],
)
def test_code_that_cannot_be_imported_leaves_the_run_as_it_was(
    call: Call, tmp_path: Path, broken: str, words: str
) -> None:
    """Law: what importing the code raises is one line, and the run can be resumed once it is mended."""
    flows(tmp_path)
    file = tmp_path / "flows.py"
    whole = file.read_text()
    (tmp_path / "2.bad").touch()
    call("run", "flows.py:flow", "-q")
    (name,) = [name for name in sys.modules if name.startswith("planweave_script_flows")]
    del sys.modules[name]
    file.write_text(f"{broken}\n{whole}")
    done = call("resume", "last", "-q")
    assert done.code == 1
    assert "cannot be imported" in done.error
    assert words in done.error
    file.write_text(whole)
    assert "ValueError: 2 is bad" in call("resume", "last", "-q").error


def test_a_run_that_another_process_holds_is_waited_for(tmp_path: Path) -> None:
    """Law: resume says who holds a run and waits; when it has ended there, its result is printed here."""
    flows(tmp_path)
    (tmp_path / "total.hold").touch()
    first = started(tmp_path, "run", "flows.py:flow", "-q", "--store", "here.db")
    from tests.cli.durable import reached

    reached(tmp_path, "total")
    second = started(tmp_path, "resume", "last", "-q", "--store", "here.db")
    try:
        assert second.stdout is not None
        assert "is held by process" in second.stdout.readline()
        (tmp_path / "total.hold").unlink()
        assert first.communicate(timeout=60)[0] == "It is 30.\n"
        assert second.communicate(timeout=60)[0] == "It is 30.\n"
    finally:
        first.kill()
        second.kill()
    assert sorted(ledger(tmp_path)) == ["load", "report", "total", "work 0", "work 1", "work 2"]


def test_every_state_has_an_explanation() -> None:
    """Law: whatever state a node is in, it is explained."""
    assert set(BY_STATE) == set(NodeState)
