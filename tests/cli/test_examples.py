"""The examples run as their first lines say, and do what they say."""

from __future__ import annotations

import re
from pathlib import Path
from pydoc_data.topics import topics
from types import ModuleType
from typing import Any

import pytest

from planweave.engine.reference import load_script
from tests.cli.commands import ROOT, Call, command

EXAMPLES = ROOT / "examples"

NOTES = {
    "gears.md": (
        "# Gears\n\nA bevel gear turns the axis of a shaft by a right angle. Worm gears cannot be driven backwards.\n\n"
        "Helical gears run more quietly than spur gears do. A pair of gears trades speed for torque.\n"
        "```\nThis is code and not a sentence at all.\n```\n- [ ] Measure the backlash\n- [x] Order grease\n"
    ),
    "springs.md": (
        "# Springs\n\nA coil spring stores energy when it is compressed. Leaf springs carry the axle of a cart.\n\n"
        "The force of a spring grows with its deflection, as Hooke found. TODO: find the modulus of music wire.\n"
    ),
    "inner/bolts.txt": "Bolts are tightened to a fraction of their proof load. A washer spreads the load of a bolt.\n",
}


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A folder of notes."""
    folder = tmp_path / "notes"
    for name, text in NOTES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def module() -> ModuleType:
    """examples/notes.py."""
    return load_script(EXAMPLES / "notes.py")


def test_hello_greets_everybody(tmp_path: Path) -> None:
    """Law: the smallest example runs from the shell as its first line says."""
    done = command("run", str(EXAMPLES / "hello.py:hello"), "-i", 'names=["Ada", "Alan"]', "-q", cwd=tmp_path)
    assert (done.code, done.out, done.err) == (0, "Hello, Ada!\nHello, Alan!\n", "")


def test_publish_waits_for_ann_and_does_as_she_says(call: Call) -> None:
    """Law: the process ends while the run waits; the answer of another process decides how it goes on."""
    for answer, result in (([], "Published"), (["--reject"], "Shelved")):
        assert call("run", str(EXAMPLES / "publish.py:report"), "-i", "topic=tea", "-q").out == ""
        assert call("approve", "last", "ok", "--as", "bob").code == 1
        assert call("approve", "last", "ok", "--as", "ann", *answer).code == 0
        assert call("resume", "last", "-q").out == f"{result}: All there is to say about tea.\n"


@pytest.mark.parametrize("topic", ["with", "import", "try"])
def test_needs_reports_what_the_page_of_a_topic_holds(call: Call, topic: str) -> None:
    """Law: the figures of the report are those of the page, counted here again."""
    result = call("run", str(EXAMPLES / "needs.py:report"), "-i", f"topic={topic}", "-q", "--json").document["result"]
    title, mentions, changes = result["synthesis"].splitlines()
    assert title == f"{topics[topic].strip().splitlines()[0]}: {len(topics[topic].split())} words."
    for name, count in re.findall(r"(\w+) \((\d+)\)", mentions):
        assert len(re.findall(rf'"{name}(?:\(\))?"', topics[topic])) == int(count)
    for version in re.findall(r"version ([\d.]+\d)", changes):
        assert f"version {version}" in topics[topic]


def test_needs_refuses_a_topic_that_is_not_there(call: Call) -> None:
    """Law: a failure names the task at its root and what there is instead."""
    done = call("run", str(EXAMPLES / "needs.py:report"), "-i", "topic=imprt", "-q")
    assert done.code == 1
    assert "failed at 'research': LookupError: the reference has no topic 'imprt'; there are: import" in done.error


def digest(call: Call, folder: Path, *options: str) -> Any:
    """The document of a run of the digest over a folder."""
    arguments = ("-i", f"path={folder}", *options, "--json")
    return call("run", str(EXAMPLES / "notes.py:digest"), *arguments).document


def test_the_digest_quotes_the_notes_and_lists_what_is_left_to_do(call: Call, notes: Path) -> None:
    """Law: each quoted sentence stands in its note; the branch lists open tasks, and only those."""
    result = digest(call, notes)["result"]
    assert result.startswith("# 3 notes\n")
    sentences = re.findall(r"^> (.+)$", result, re.MULTILINE)
    whole = " ".join(" ".join(NOTES.values()).split())
    assert len(sentences) >= 6
    assert all(sentence in whole and "code" not in sentence for sentence in sentences)
    assert re.findall(r"^- \[ \] (.+)$", result, re.MULTILINE) == [
        "Measure the backlash (gears.md)",
        "find the modulus of music wire. (springs.md)",
    ]


@pytest.mark.parametrize("words", [100, 25, 9, 0])
def test_the_loop_shortens_the_digest_until_it_fits(call: Call, notes: Path, words: int) -> None:
    """Law: the digest has at most so many words of the notes; rounds end as soon as that holds."""
    document = digest(call, notes, "-i", f"words={words}")
    sentences = re.findall(r"^> (.+)$", document["result"], re.MULTILINE)
    assert len(" ".join(sentences).split()) <= words
    rounds = [node for name, node in document["nodes"].items() if re.fullmatch(r"shorten@\d+/fits", name)]
    assert [node["value"] for node in rounds] == [False] * (len(rounds) - 1) + [True]
    assert (len(rounds) > 1) == (words < 100)


def test_the_branch_without_open_tasks_is_the_other_one(call: Call, notes: Path) -> None:
    """Law: a folder with nothing left to do has no list, and the branch for one does not run."""
    document = digest(call, notes / "inner")
    assert "Left to do" not in document["result"]
    assert "when/all_done" in document["nodes"] and "when/agenda" not in document["nodes"]


def test_a_file_that_cannot_be_read_at_first_is_asked_again(
    call: Call, notes: Path, module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law: the retry of `read` outlives a hiccup of the disk, and no other error."""
    honest, failures = Path.read_text, ["once"]

    def hiccup(path: Path, *arguments: Any, **options: Any) -> str:
        if path.name == "springs.md" and failures:
            failures.pop()
            raise OSError("the network folder is gone")
        return honest(path, *arguments, **options)

    monkeypatch.setattr(Path, "read_text", hiccup)
    nodes = digest(call, notes)["nodes"]
    assert sorted(nodes[f"read[{i}]"]["attempts"] for i in range(3)) == [1, 1, 2]


def test_a_folder_without_notes_is_one_clear_error(call: Call, tmp_path: Path) -> None:
    """Law: the error of the run names the task and the folder."""
    done = call("run", str(EXAMPLES / "notes.py:digest"), "-i", f"path={tmp_path}", "-q")
    assert done.code == 1
    assert "failed at 'find': FileNotFoundError: no note (.md, .txt) in" in done.error


def test_the_picture_of_a_digest_tells_what_happened(call: Call, notes: Path, tmp_path: Path) -> None:
    """Law: the graph of the run shows items, rounds, the branch that was taken and the one that was not."""
    digest(
        call, notes, "-i", "words=25", "--render", str(tmp_path / "out.svg"), "--timeline", str(tmp_path / "when.svg")
    )
    picture = (tmp_path / "out.svg").read_text(encoding="utf-8")
    for words in ("read[2]", "outline[0]", "shorten@1", "agenda", "all_done", "not taken", "succeeded in"):
        assert words in picture
    assert "critical path" in (tmp_path / "when.svg").read_text(encoding="utf-8")


def test_the_digest_has_one_of_everything(module: ModuleType) -> None:
    """Law: a map, a branch, a loop, a retry, a timeout, a pool and a nested workflow."""
    nodes = module.digest.graph().all_nodes()
    assert {node.kind for node in nodes} == {"task", "map", "when", "repeat"}
    assert any(node.policy.retry and node.policy.timeout and node.policy.pool == "disk" for node in nodes)
    assert module.digest.graph().pools == {"disk": 4}
