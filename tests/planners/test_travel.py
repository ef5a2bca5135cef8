"""The journey of examples/travel.py: planned, driven, and planned anew where a road is closed."""

from __future__ import annotations

import runpy
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import planweave as pw
from planweave import htn
from planweave.engine.reference import load_script
from planweave.testing import check_laws, simulate

EXAMPLE = Path(__file__).parents[2] / "examples" / "travel.py"


@pytest.fixture(scope="module")
def travel() -> ModuleType:
    """The example."""
    return load_script(EXAMPLE)


def journey(travel: ModuleType, *closed: tuple[str, str]) -> pw.Run[Any]:
    """A run of the journey with some roads closed."""
    run = simulate(travel.journey, {"traffic": [list(road) for road in closed]})
    check_laws(run)
    return run


def check_route(travel: ModuleType, run: pw.Run[Any], closed: set[frozenset[str]]) -> list[str]:
    """The cities on the way: each leg by an open road or from station to station, its length in kilometres."""
    (legs,) = run.result.values()
    cities = ["hamburg", *(leg.to for leg in legs)]
    for (one, two), leg in zip(pairwise(cities), legs, strict=True):
        if leg.how == "car":
            assert frozenset((one, two)) in set(map(frozenset, travel.roads)) - closed
        else:
            assert {one, two} <= set(travel.STATIONS)
        assert leg.kilometres == travel.distance(one, two) > 50
    assert "kassel" in cities and cities[-1] == "munich"
    return cities


def test_the_plan_is_valid_and_runs(travel: ModuleType) -> None:
    """Law: where every road is open, the plan is carried out as it is."""
    htn.verify(travel.domain, travel.problem, travel.plan)
    run = journey(travel)
    assert "replan-1" not in run.nodes
    cities = check_route(travel, run, set())
    assert len(travel.told(run).splitlines()) == len(cities) - 1
    assert travel.distance("hamburg", "hannover") == 132


def test_whichever_road_is_closed_there_is_another_way(travel: ModuleType) -> None:
    """Law: a closed road is met at most once; what was driven stays, and the legs are passed on from plan to plan."""
    for road in travel.roads:
        run = journey(travel, road)
        cities = check_route(travel, run, {frozenset(road)})
        failed = [node for node in run.nodes.values() if node.error is not None]
        assert len(failed) == ("replan-1" in run.nodes) <= 1
        if frozenset(road) == frozenset(("hannover", "kassel")):
            assert len(failed) == 1 and cities[:2] == ["hamburg", "hannover"]


def test_the_train_is_taken_where_roads_are_closed_again_and_again(travel: ModuleType) -> None:
    """Law: each failure is repaired in the same run, from where the car stands."""
    run = journey(travel, ("hannover", "kassel"), ("wuerzburg", "munich"))
    check_route(travel, run, {frozenset(("hannover", "kassel")), frozenset(("wuerzburg", "munich"))})
    assert next(iter(run.result.values()))[-1].how == "train"
    failed = sum(node.error is not None for node in run.nodes.values())
    assert failed == sum(name.startswith("replan-") and "/" not in name for name in run.nodes) <= 2


def test_where_no_road_leads_on_the_error_says_so(travel: ModuleType) -> None:
    """Law: the run fails with the closed road and with what the planner found."""
    run = journey(travel, ("hamburg", "bremen"), ("hamburg", "hannover"))
    assert isinstance(run.error, pw.RunFailed)
    assert "is closed), and no other plan was found: no other plan exists for 'travel'" in str(run.error)
    assert {type(cause) for cause in run.error.causes.values()} == {pw.NoOtherPlan, RuntimeError}


def test_the_picture_tells_what_was_planned_anew(travel: ModuleType, tmp_path: Path) -> None:
    """Law: other plans are in the same picture, in frames of their own."""
    run = journey(travel, ("hannover", "kassel"))
    picture = Path(run.render(str(tmp_path / "journey.svg"))).read_text(encoding="utf-8")
    for words in ("replan-1", "other plans", "another plan", "RuntimeError", "drive-3"):
        assert words in picture
    plain = Path(travel.journey.render(str(tmp_path / "plan.svg"))).read_text(encoding="utf-8")
    assert ">at most 5 other plans<" in plain


def test_it_runs_from_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Law: as its first lines say; it tells both journeys, and why the second went another way."""
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    told = capsys.readouterr().out
    assert "All roads are open:\n  by car to " in told and "to munich" in told
    assert "the road from hannover to kassel is closed)" in told
    assert (tmp_path / "journey.svg").exists()
