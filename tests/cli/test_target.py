"""TARGET, and what is said about one that leads nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from planweave.cli.target import Target, split
from tests.cli.commands import Call, command


@pytest.mark.parametrize(
    ("target", "parts"),
    [
        ("flows:digest", Target("flows", False, "digest")),
        ("flows.daily:digest", Target("flows.daily", False, "digest")),
        ("flows.py:digest", Target("flows.py", True, "digest")),
        ("./flows.py:digest", Target("./flows.py", True, "digest")),
        ("a:b/flows.py:digest", Target("a:b/flows.py", True, "digest")),
        (r"C:\flows\daily.py:digest", Target(r"C:\flows\daily.py", True, "digest")),
    ],
)
def test_a_target_is_split_at_its_last_colon(target: str, parts: Target) -> None:
    """Law: the name stands behind the last colon, so that drives and odd folders keep theirs."""
    assert split(target) == parts


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("", "is not module:name or path/file.py:name"),
        (":", "is not module:name"),
        ("workflows", "is not module:name"),
        ("workflows:", "is not module:name"),
        (":doubled", "is not module:name"),
        ("workflows.py", "names a file, and no workflow in it; fix: write workflows.py:NAME"),
        ("workflows.py:a b", "is not module:name"),
        ("nowhere.py:doubled", "there is no file 'nowhere.py'; fix: the working folder is"),
        ("./workflows:doubled", "did you mean workflows.py:doubled?"),
        ("folder/:doubled", "'folder/' is a folder"),
        ("folder.py:doubled", "'folder.py' is a folder"),
        ("letters.txt:doubled", "there is no module 'letters'"),
        ("./letters.txt:doubled", "'./letters.txt' is not a Python file"),
        ("/dev/null:doubled", "'/dev/null' is not a Python file"),
        ("nul\0l.py:doubled", "there is no file"),
        ("x" * 5000 + ".py:doubled", "cannot be looked at"),
        ("nowhere_at_all:doubled", "there is no module 'nowhere_at_all'"),
        ("workflows.deeper:doubled", "there is no module 'workflows.deeper'"),
        ("workflows.py:dubled", "'workflows.py' has no 'dubled'; fix: did you mean workflows.py:doubled?"),
        ("workflows.py:zzz", "fix: there is workflows.py:doubled, workflows.py:all_doubled"),
        ("workflows.py:double", "'double' is a task, not a workflow; at: workflows.py:"),
        ("workflows.py:Odd", "'Odd' is a class, not a workflow"),
        ("workflows.py:limit", "'limit' is of the type int, not a workflow"),
        ("workflows.py:truth", "is a handle"),
        ("json:loads", "'loads' is of the type function, not a workflow or a graph; fix: there is no workflow"),
        ("garbage.py:w", "'garbage.py' is not Python"),
        ("syntax.py:w", "'syntax.py' is not Python: "),
        ("exits.py:w", "'exits.py' ends the process when it is imported (SystemExit: 3); at: exits.py:2"),
        ("raises.py:w", "'raises.py' cannot be imported: ZeroDivisionError: division by zero; at: raises.py:5"),
        ("library.py:w", "'library.py' cannot be imported: JSONDecodeError"),
        ("library.py:w", "at: library.py:2"),
        ("lacks.py:w", "'lacks.py' cannot be imported: ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("cyclic.py:w", "nodes wait for each other: b -> a -> b; at: node 'b', cyclic.py:2"),
        ("composes.py:w", "'composes.py:w' cannot be composed: ZeroDivisionError: division by zero; at: composes.py:5"),
        ("quits.py:w", "'quits.py:w' cannot be composed: SystemExit: 4"),
        ("itself.py:w", "is called inside itself"),
    ],
)
def test_a_target_that_leads_nowhere_is_one_line_that_says_why(
    call: Call, workflows: Path, target: str, words: str
) -> None:
    """Law: exit code 2, nothing on standard output, and one line with what is wrong, where, and what to do."""
    folder = workflows.parent
    (folder / "folder").mkdir()
    (folder / "folder.py").mkdir()
    (folder / "garbage.py").write_bytes(b"\x00\xff\xfe" * 99)
    for name, text in {
        "letters.txt": "",
        "syntax.py": "def f(:",
        "exits.py": "import sys\nsys.exit(3)",
        "raises.py": "def f():\n    return g()\ndef g():\n    # why\n    return 1 / 0\nf()",
        "library.py": "import json\njson.loads('{')",
        "lacks.py": "import nowhere_at_all",
        "cyclic.py": "import planweave as pw\nw = pw.workflow_from({'a': str, 'b': str}, {'a': ['b'], 'b': ['a']})",
        "composes.py": "import planweave as pw\n\n@pw.workflow\ndef w(x: int) -> int:\n    return x if 1 / 0 else x\n",
        "quits.py": "import planweave as pw\n\n@pw.workflow\ndef w(x: int) -> int:\n    raise SystemExit(4)\n",
        "itself.py": "import planweave as pw\n\n@pw.workflow\ndef w(x: int) -> int:\n    return w(x)\n",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    done = call("run", target)
    assert (done.code, done.out) == (2, "")
    assert words in done.error


def test_a_graph_and_a_module_in_the_working_folder_are_targets_too(call: Call, workflows: Path) -> None:
    """Law: TARGET may be a module of the working folder, and a compiled graph."""
    assert call("run", "workflows:ready", "-i", "x=4", "-q").out == "8\n"


def test_a_file_may_import_its_neighbours_from_anywhere(workflows: Path, tmp_path: Path) -> None:
    """Law: the folder of the file is on the path, as for `python FILE`; tasks in processes find it too."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "neighbour.py").write_text("def plus(x: int) -> int:\n    return x + 1\n", encoding="utf-8")
    (tmp_path / "inner" / "flow.py").write_text(
        "import planweave as pw\nimport neighbour\n\n"
        "@pw.task(executor='process')\ndef plus(x: int) -> int:\n    return neighbour.plus(x)\n\n"
        "@pw.workflow\ndef w(x: int) -> int:\n    return plus(x)\n",
        encoding="utf-8",
    )
    done = command("run", "inner/flow.py:w", "-i", "x=1", "-q", cwd=tmp_path)
    assert (done.code, done.out, done.err) == (0, "2\n", "")
