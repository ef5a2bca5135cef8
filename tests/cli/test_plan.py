"""`planweave plan` and `planweave verify`: plans for problems in HDDL, found, written, drawn and checked."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import pytest

from planweave import Plan, htn
from planweave.cli.progress.searching import searching
from tests.cli.commands import Call

DOMAIN = """
(define (domain delivery)
  (:types truck package place)
  (:predicates (at ?t - truck ?p - place) (lies ?p - package ?l - place) (in ?p - package ?t - truck))
  (:task deliver :parameters (?p - package ?to - place))
  (:method by-truck
    :parameters (?p - package ?t - truck ?from ?to - place)
    :task (deliver ?p ?to)
    :ordered-subtasks (and (load ?p ?t ?from) (drive ?t ?from ?to) (unload ?p ?t ?to)))
  (:action load :parameters (?p - package ?t - truck ?l - place)
    :precondition (and (lies ?p ?l) (at ?t ?l)) :effect (and (in ?p ?t) (not (lies ?p ?l))))
  (:action unload :parameters (?p - package ?t - truck ?l - place)
    :precondition (and (in ?p ?t) (at ?t ?l)) :effect (and (lies ?p ?l) (not (in ?p ?t))))
  (:action drive :parameters (?t - truck ?from ?to - place)
    :precondition (at ?t ?from) :effect (and (at ?t ?to) (not (at ?t ?from)))))
"""
PROBLEM = """
(define (problem parcel) (:domain delivery)
  (:objects t - truck p - package depot shop - place)
  (:htn :ordered-subtasks (deliver p shop))
  (:init (at t depot) (lies p depot)))
"""


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a domain and problems."""
    (tmp_path / "domain.hddl").write_text(DOMAIN, encoding="utf-8")
    (tmp_path / "problem.hddl").write_text(PROBLEM, encoding="utf-8")
    stuck = PROBLEM.replace("(at t depot)", "(at t shop)")
    (tmp_path / "stuck.hddl").write_text(stuck, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_plan_is_printed_in_the_format_of_the_competitions(call: Call) -> None:
    """Law: standard output is the plan and nothing else; how long it took is told on standard error."""
    done = call("plan", "domain.hddl", "problem.hddl")
    assert done.code == 0 and done.err.startswith("3 steps in ")
    assert done.out.splitlines() == [
        "==>",
        "0 load p t depot",
        "1 drive t depot shop",
        "2 unload p t shop",
        "root 3",
        "3 deliver p shop -> by-truck 0 1 2",
        "<==",
    ]


def test_a_plan_that_was_written_is_valid(call: Call, files: Path) -> None:
    """Law: what `plan -o` writes, `verify` finds valid; a picture is drawn where one is asked for."""
    done = call("plan", "domain.hddl", "problem.hddl", "-o", "plan.txt", "--render", "plan.svg", "--time-limit", "30")
    assert (done.code, done.out) == (0, "plan.txt\n")
    assert "<svg" in (files / "plan.svg").read_text(encoding="utf-8")
    done = call("verify", "domain.hddl", "problem.hddl", "plan.txt")
    assert (done.code, done.err) == (0, "") and done.out.startswith("valid: 3 steps")
    document = call("verify", "domain.hddl", "problem.hddl", "plan.txt", "--json").document
    assert document["valid"] is True and document["steps"] == 3


def test_a_plan_is_told_as_a_document(call: Call) -> None:
    """Law: with --json standard output is one document: the plan to be read back, its text, and schedules."""
    document = call("plan", "domain.hddl", "problem.hddl", "--json").document
    drive = {"id": "drive", "name": "drive", "arguments": ["t", "depot", "shop"], "parameters": ["t", "from", "to"]}
    assert document["steps"][1] == drive | {"duration": None}
    assert ["load", "drive"] in document["orderings"] and document["name"] == "parcel" and document["seconds"] >= 0
    link = {"producer": "load", "fact": ["in", "p", "t"], "consumer": "unload", "positive": True}
    assert link in document["links"]
    assert Plan.from_json(json.dumps(document)).text() == document["text"]
    relaxed = document["schedules"]["relaxed"]
    assert (relaxed["critical_path"], relaxed["width"], relaxed["makespan"]) == (["load", "drive", "unload"], 1, 3)
    domain, problem = htn.loads(DOMAIN, PROBLEM)
    assert htn.verify(domain, problem, document["text"]).steps == 3


@pytest.mark.parametrize("suffix", ["svg", "dot", "html", "mmd"])
def test_a_plan_is_drawn_in_two_ways(call: Call, files: Path, suffix: str) -> None:
    """Law: the usual picture shows how tasks were decomposed; --kind order shows which step makes what true."""
    for kind, says, never in (([], "by-truck", "in p t"), (["--kind", "order"], "in p t", "by-truck")):
        done = call("plan", "domain.hddl", "problem.hddl", "--render", f"plan.{suffix}", *kind)
        text = (files / f"plan.{suffix}").read_text(encoding="utf-8")
        assert done.code == 0 and says in text
        assert never not in text or suffix == "html"  # a page tells of every step what it needs


def test_why_there_is_no_plan_is_drawn(call: Call, files: Path) -> None:
    """Law: where no plan exists, --render draws what was tried, with the culprit; the exit code stays 1."""
    done = call("plan", "domain.hddl", "stuck.hddl", "--render", "why.svg")
    text = (files / "why.svg").read_text(encoding="utf-8")
    assert done.code == 1 and "no plan exists" in text and "(deliver p shop)" in text and "by-truck" in text
    assert text.count('class="vertex failed"') == 2  # the culprit, and its entry in the legend


def test_a_plan_is_made_better_for_as_long_as_is_asked(call: Call, files: Path) -> None:
    """Law: with --improve-for a plan with a step too many loses it."""
    text = DOMAIN.replace("(load ?p ?t ?from) (drive", "(load ?p ?t ?from) (look) (drive")
    look = "(:task look) (:method twice :task (look) :ordered-subtasks (and (see) (see)))"
    look += " (:method never :task (look) :subtasks ())"
    text = text.replace("(:action load", look + " (:action see :effect ()) (:action load")
    (files / "looking.hddl").write_text(text, encoding="utf-8")
    assert call("plan", "looking.hddl", "problem.hddl").err.startswith("5 steps in ")
    assert call("plan", "looking.hddl", "problem.hddl", "--improve-for", "1").err.startswith("3 steps in ")


def test_it_is_told_how_long_a_plan_takes(call: Call, files: Path) -> None:
    """Law: standard error says how long the longest path is, and how long so many workers take; 0 is no number."""
    two = PROBLEM.replace("t - truck p", "t s - truck p q").replace(
        "(deliver p shop)", "(and (deliver p shop) (deliver q shop))"
    )
    two = two.replace("(lies p depot)", "(lies p depot) (at s depot) (lies q depot)")
    (files / "two.hddl").write_text(two, encoding="utf-8")
    done = call("plan", "domain.hddl", "two.hddl", "--workers", "2")
    first, second = done.err.splitlines()
    assert first.endswith("s: critical path 6, no two side by side, 6 with 2 workers")
    assert second == "relaxed: critical path 3, at most 2 side by side, 3 with 2 workers"
    schedules = call("plan", "domain.hddl", "two.hddl", "--workers", "1", "--json").document["schedules"]
    assert schedules["relaxed"]["makespan"] == schedules["relaxed"]["bound"] == 6
    assert call("plan", "domain.hddl", "two.hddl", "--workers", "0").code == 2


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("1 drive t depot shop\n", ""),
        ("0 load p t depot\n1 drive t depot shop\n", "1 drive t depot shop\n0 load p t depot\n"),
        ("by-truck", "by-train"),
        ("drive t depot shop", "drive t depot depot"),
    ],
)
def test_a_damaged_plan_is_refused(call: Call, files: Path, right: str, wrong: str) -> None:
    """Law: a plan that breaks a rule is a failure, and the line says which rule."""
    text = call("plan", "domain.hddl", "problem.hddl").out
    assert right in text
    (files / "bad.txt").write_text(text.replace(right, wrong), encoding="utf-8")
    done = call("verify", "domain.hddl", "problem.hddl", "bad.txt")
    assert (done.code, done.out) == (1, "") and "(rule: " in done.error


def test_no_plan_is_a_failure(call: Call) -> None:
    """Law: a problem without a plan ends with exit code 1, says why as a tree and on one line, and writes nothing."""
    done = call("plan", "domain.hddl", "stuck.hddl", "-o", "plan.txt")
    assert (done.code, done.out) == (1, "") and not Path("plan.txt").exists()
    *tree, last = done.err.splitlines()
    culprit = "(load p t depot): (at t depot) is false; what could make it true: drive"
    assert last.startswith(f"error: no plan exists for 'parcel': {culprit}")
    assert next(line.strip() for line in tree if line.endswith("<-- here")).startswith(culprit)
    document = call("plan", "domain.hddl", "stuck.hddl", "--json").document
    assert document["kind"] == "NoPlan" and document["reason"] == tree


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["plan", "domain.hddl", "none.hddl"], "'none.hddl' cannot be read: No such file or directory"),
        (["plan", "problem.hddl", "domain.hddl"], "swap the two files"),
        (["plan", "domain.hddl", "problem.hddl", "--planner", "none"], "there is no planner 'none'"),
        (["plan", "domain.hddl", "problem.hddl", "-o", "none/plan.txt"], "there is no folder 'none'"),
        (["plan", "domain.hddl", "problem.hddl", "-o", "."], "is a folder"),
        (["plan", "domain.hddl", "problem.hddl", "--render", "plan.txt"], "does not say what to draw"),
        (
            ["plan", "domain.hddl", "problem.hddl", "--render", "p.svg", "--kind", "x"],
            "use one of: decomposition, order",
        ),
        (["plan", "domain.hddl", "problem.hddl", "--kind", "order"], "fix: add --render FILE"),
        (["verify", "domain.hddl", "problem.hddl", "none.txt"], "'none.txt' cannot be read"),
        (["verify", "domain.hddl", "problem.hddl", "domain.hddl"], "domain.hddl:1; fix: begin the plan with '==>'"),
    ],
)
def test_bad_input_is_told(call: Call, arguments: list[str], says: str) -> None:
    """Law: what was typed wrongly ends with exit code 2 and one line that says what and where."""
    done = call(*arguments)
    assert (done.code, done.out) == (2, "") and says in done.error


def test_a_mistake_in_a_file_is_told_with_line_and_column(call: Call, files: Path) -> None:
    """Law: an error in HDDL names file, line and column, as editors jump to them."""
    (files / "wrong.hddl").write_text(DOMAIN.replace("(lies ?p ?l) (at", "(lies ?p ?x) (at"), encoding="utf-8")
    done = call("plan", "wrong.hddl", "problem.hddl")
    assert done.code == 2
    assert done.error.startswith("there is no variable '?x'; at: wrong.hddl:11:33; fix: declare it")


def test_a_search_is_told_on_a_terminal_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: a person sees who is at work, on a line that is gone afterwards; a file gets nothing."""
    monkeypatch.setenv("TERM", "xterm")

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, told in ((Terminal(), True), (io.StringIO(), False)):
        with searching(stream, 60) as on_progress:
            on_progress("lifted")
            time.sleep(0.3 if told else 0)
        assert ("planning: lifted" in stream.getvalue()) == told
        assert told or not stream.getvalue()


def test_who_is_at_work_is_told_in_order() -> None:
    """Law: the planner that is told last is the one that has found the plan."""
    heard: list[str] = []
    domain, problem = htn.loads(DOMAIN, PROBLEM)
    htn.find_plan(domain, problem, planner="lifted", improve_for=0.01, on_progress=heard.append)
    assert heard == ["lifted", "improvement", "verification"]
    heard.clear()
    htn.find_plan(domain, problem, on_progress=heard.append)
    assert heard == ["lifted", "verification"]
