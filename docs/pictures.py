"""Makes the pictures of the README from a run of the demo and from a plan: `make pictures`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import planweave as pw
from planweave import htn
from planweave.demo.research import research

QUESTION = "How does the with statement work?"

DOMAIN = """
(define (domain delivery)
  (:types truck box place)
  (:predicates (at ?t - truck ?p - place) (lies ?b - box ?p - place) (in ?b - box ?t - truck))
  (:task deliver :parameters (?b - box ?to - place))
  (:task go :parameters (?t - truck ?to - place))
  (:method by-truck
    :parameters (?b - box ?t - truck ?from ?to - place)
    :task (deliver ?b ?to)
    :precondition (and (lies ?b ?from) (at ?t ?from))
    :ordered-subtasks (and (load ?b ?t ?from) (go ?t ?to) (unload ?b ?t ?to)))
  (:method on
    :parameters (?t - truck ?from ?to - place)
    :task (go ?t ?to)
    :precondition (at ?t ?from)
    :ordered-subtasks (drive ?t ?from ?to))
  (:action drive :parameters (?t - truck ?from ?to - place)
    :precondition (at ?t ?from) :effect (and (at ?t ?to) (not (at ?t ?from))))
  (:action load :parameters (?b - box ?t - truck ?p - place)
    :precondition (and (lies ?b ?p) (at ?t ?p)) :effect (and (in ?b ?t) (not (lies ?b ?p))))
  (:action unload :parameters (?b - box ?t - truck ?p - place)
    :precondition (and (in ?b ?t) (at ?t ?p)) :effect (and (lies ?b ?p) (not (in ?b ?t)))))
"""
PROBLEM = """
(define (problem two-boxes) (:domain delivery)
  (:objects red blue - truck tea books - box harbour station shop - place)
  (:htn :ordered-subtasks (and (deliver tea shop) (deliver books shop)))
  (:init (at red station) (at blue harbour) (lies tea harbour) (lies books station)))
"""


def main(folder: Path) -> None:
    """Run the demo, and draw the run and its timeline, and a plan, into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        run = pw.run(research, inputs={"question": QUESTION, "folder": place}, run_id="demo")
    run.render(str(folder / "demo.svg"))
    run.render(str(folder / "timeline.svg"), kind="timeline")
    plan = delivery()
    plan.render(str(folder / "plan.svg"))
    plan.relaxed().render(str(folder / "order.svg"), kind="order")


def delivery() -> pw.Plan:
    """A plan for two trucks and two boxes."""
    domain, problem = htn.loads(DOMAIN, PROBLEM)
    return htn.find_plan(domain, problem)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "pictures")
