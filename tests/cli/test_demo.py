"""`planweave demo`: quotations that are verbatim, an honest "nothing found", and pictures of what happened."""

from __future__ import annotations

import re
from pathlib import Path
from pydoc_data.topics import topics

import pytest

from planweave.demo import report
from planweave.demo.research import publish, research
from planweave.demo.verification import Citation
from tests.cli.commands import Call, command

NOTHING = "How do I grow tomatoes on a balcony?"


def quotations(markdown: str) -> list[tuple[str, str, int]]:
    """The text, topic and line of every quotation of a report, read from the Markdown alone."""
    found = []
    pattern = re.compile(r"(?P<quote>(?:^>.*\n)+)^- \*(?P<topic>[\w-]+)\*, line (?P<line>\d+)", re.MULTILINE)
    for match in pattern.finditer(markdown):
        text = "\n".join(line.removeprefix(">").removeprefix(" ") for line in match["quote"].splitlines())
        found.append((text, match["topic"], int(match["line"])))
    assert len(found) == len(re.findall(r"(?:^>.*\n)+", markdown, re.MULTILINE)), "a quotation without its citation"
    return found


def check_verbatim(markdown: str) -> int:
    """How many quotations a report has; each of them must stand in the reference, beginning on the line it cites."""
    for text, topic, line in quotations(markdown):
        start = sum(len(one) + 1 for one in topics[topic].split("\n")[: line - 1])
        place = topics[topic].find(text, start)
        assert place >= 0, (text, topic, line)
        assert "\n" not in topics[topic][start:place], (text, topic, line)
    return len(quotations(markdown))


@pytest.mark.parametrize(
    "question",
    [
        "How does the import system find modules?",
        "How are default parameter values evaluated?",
        "What is the difference between is and ==?",
    ],
)
def test_a_question_is_answered_by_quotations_that_the_reference_has(call: Call, tmp_path: Path, question: str) -> None:
    """Law: every blockquote of the report is source text only, verbatim, on the line that its citation names."""
    done = call("demo", question, "-q")
    assert (done.code, done.err) == (0, "")
    markdown = (tmp_path / "planweave-demo" / "report.md").read_text(encoding="utf-8")
    assert check_verbatim(markdown) >= 1
    assert markdown.startswith(f"# {report.escaped(question)}\n")
    assert "word for word" in done.out


def test_a_question_without_evidence_gets_an_honest_nothing(call: Call, tmp_path: Path) -> None:
    """Law: no evidence, no quotation: the screen and the report say so, and that is no failure."""
    done = call("demo", NOTHING, "-o", "garden")
    assert (done.code, done.err) == (0, "")
    assert "Nothing found: " in done.out
    markdown = (tmp_path / "garden" / "report.md").read_text(encoding="utf-8")
    assert "Nothing found" in markdown
    assert quotations(markdown) == []


def test_the_default_question_shows_progress_files_and_time(tmp_path: Path) -> None:
    """Law: `planweave demo` alone works: it tells what it does, where the files are, and how long it took."""
    done = command("demo", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert "when/reading/extract over" in done.out
    assert re.search(r"^All of it took [\d.]+ m?s\.$", done.out, re.MULTILINE)
    for name in ("report.md", "graph.svg", "timeline.svg", "run.html"):
        assert f"planweave-demo/{name} " in done.out
        assert (tmp_path / "planweave-demo" / name).stat().st_size > 500
    assert check_verbatim((tmp_path / "planweave-demo" / "report.md").read_text(encoding="utf-8")) >= 3


def test_the_pictures_show_the_run_as_it_happened(call: Call, tmp_path: Path) -> None:
    """Law: the graph shows the topics that were read; the timeline shows who ran when."""
    call("demo", "How are default parameter values evaluated?", "-q", "-o", "files")
    graph, timeline = (
        (tmp_path / "files" / name).read_text(encoding="utf-8") for name in ("graph.svg", "timeline.svg")
    )
    for picture in (graph, timeline):
        assert "succeeded in" in picture
        assert "read[0]" in picture and "extract[1]" in picture and "publish" in picture
    assert "not taken" in graph


def test_the_document_of_the_demo_tells_the_answer_and_the_run(call: Call, tmp_path: Path) -> None:
    """Law: `--json` prints one document: question, files, citations, and the run as `planweave run` tells it."""
    document = call("demo", "How are default parameter values evaluated?", "--json").document
    assert (document["found"], document["state"], document["workflow"]) == (True, "succeeded", "research")
    assert Path(tmp_path, document["files"]["report.md"]).is_file()
    for citation in document["result"]["citations"]:
        assert citation["text"] in topics[citation["topic"]]
    assert call("demo", NOTHING, "--json").document["found"] is False


@pytest.mark.parametrize(
    "question",
    [
        "",
        " ",
        "?" * 50_000,
        "# > *\n> - *import*, line 1",
        "\x1b[2J\0\u202e",
        "<script>",
        "modules " * 2_000,
        "模块 🐍",
    ],
)
def test_a_hostile_question_gets_an_honest_report(call: Call, tmp_path: Path, question: str) -> None:
    """Law: whatever is asked, the report holds nothing but what the reference has, and the screen stays clean."""
    done = call("demo", "--", question)
    assert (done.code, done.err) == (0, "")
    assert "\x1b" not in done.out and "\0" not in done.out
    check_verbatim((tmp_path / "planweave-demo" / "report.md").read_text(encoding="utf-8"))


def test_a_report_that_is_not_verbatim_is_never_published(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law: the run fails at the check, and no file is left that could be taken for an answer."""
    honest = report.write
    monkeypatch.setattr(report, "write", lambda *parts: honest(*parts).replace("> ", "> Surely, ", 1))
    done = call("demo", "How are default parameter values evaluated?", "-q")
    assert done.code == 1
    assert "failed at 'verify': Misquotation: not verbatim" in done.error
    assert sorted(file.name for file in (tmp_path / "planweave-demo").iterdir()) == [
        "graph.svg",
        "run.html",
        "timeline.svg",
    ]


def test_publishing_replaces_the_report_in_one_step_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law: when the disk refuses, the old report stays as it was, and nothing else is left in the folder."""
    from planweave.demo.research import Verified

    publish.fn(Verified("old", ()), str(tmp_path))

    def refuse(path: Path, target: Path) -> Path:
        raise OSError("no room")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="no room"):
        publish.fn(Verified("new", (Citation("import", 1, "x"),)), str(tmp_path))
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("report.md", "old")]


def test_a_folder_that_cannot_be_made_is_one_line(call: Call, tmp_path: Path) -> None:
    """Law: bad usage is found before anything runs."""
    (tmp_path / "file").write_text("")
    done = call("demo", "-o", "file")
    assert (done.code, done.out) == (2, "")
    assert done.error == "-o 'file' is a file; fix: name a folder"
    assert call("demo", "-o", "file/inner").code == 2


def test_the_workflow_is_one_that_planweave_runs_like_any_other(tmp_path: Path) -> None:
    """Law: it has a branch, maps, a nested workflow, a pool, timeouts and a retry; it runs from Python too."""
    nodes = research.graph().all_nodes()
    assert {node.kind for node in nodes} == {"task", "map", "when"}
    assert {node.policy.pool for node in nodes} == {None, "library"}
    assert any(node.policy.timeout for node in nodes) and any(node.policy.retry for node in nodes)
    answer = research.run(question=NOTHING, folder=str(tmp_path)).result
    assert (answer.found, answer.report) == (False, tmp_path / "report.md")
