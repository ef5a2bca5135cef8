"""The face of hierarchical planning, and its textbook example."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

import planweave as pw
from planweave import htn
from planweave.engine.reference import load_script

EXAMPLE = Path(__file__).parents[2] / "examples" / "report.py"


def test_all_names_of_the_face_are_there() -> None:
    """Law: what ``__all__`` names is what the module offers."""
    assert sorted(htn.__all__) == list(htn.__all__)
    assert {name for name in vars(htn) if name[0] not in "_@"} == set(htn.__all__)  # pytest adds names with "@"
    assert htn.fact is pw.FactPattern


def test_the_textbook_example_runs_real_functions() -> None:
    """Law: its plan is that of the textbook, and what its functions return arrives along the causal links."""
    module = load_script(EXAMPLE)
    assert [step.name for step in module.plan.steps] == ["gather_data", "analyze_data", "write_report"]
    assert htn.verify(module.domain, module.problem, module.plan.text()).steps == 3
    text = module.report.run().result["write_report"]
    pages = module.gather()
    assert text == module.write(module.analyze(pages)) and text.startswith(f"{len(pages)} pages")


def test_when_an_action_of_the_textbook_fails_another_plan_goes_on_in_the_same_run(tmp_path: Path) -> None:
    """Law: the data comes from the archive then, along the same causal links; the picture shows both plans."""
    module = load_script(EXAMPLE)
    run = module.unlucky.run()
    assert isinstance(run.nodes["gather_data"].error, FileNotFoundError)
    new = [name for name in run.nodes if name.startswith("replan-1/")]
    assert new == [f"replan-1/{one}" for one in ("read_archive", "analyze_data", "write_report")]
    assert run.nodes["replan-1/analyze_data"].before == ("replan-1/read_archive",)
    assert run.result == {"write_report": module.write(module.analyze(module.archive()))}
    picture = Path(run.render(str(tmp_path / "unlucky.svg"))).read_text(encoding="utf-8")
    assert "another plan" in picture and "read_archive" in picture


def test_the_textbook_example_runs_from_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Law: it prints its plan and both reports, and draws the run that was planned anew."""
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    told = capsys.readouterr().out
    assert told.startswith("==>\n0 gather_data\n") and told.count("pages; the longest is") == 2
    assert (tmp_path / "unlucky.svg").exists()
