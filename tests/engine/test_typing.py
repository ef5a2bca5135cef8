"""Type checkers see the values: a workflow is checked as if its tasks ran where they are called."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

USER = """
import asyncio
from collections.abc import Sequence

import planweave as pw


@pw.task
def load(path: str, limit: int = 3) -> list[str]:
    return [path] * limit


@pw.task
async def fetch(url: str) -> bytes:
    return url.encode()


@pw.task(retry=pw.Retry(attempts=3), timeout=30, executor="thread", pool="api", join="all_success", cache=True)
def shout(text: str, *, mark: str = "!") -> str:
    return text.upper() + mark


@pw.task(timeout=5)
async def count(text: str) -> int:
    return len(text)


@pw.task
def enough(text: str) -> bool:
    return len(text) > 9


@pw.task(join="all_done")
def gather(parts: Sequence[str | pw.Missing]) -> str:
    return " ".join(part or "" for part in parts)


@pw.workflow
def inner(path: str, quick: bool = False) -> str:
    return shout(path)


@pw.workflow(pools={"api": 4})
def outer(path: str) -> dict[str, int]:
    lines = load(path)
    reveal_type(lines)  # list[str]
    reveal_type(fetch(path))  # bytes
    reveal_type(shout(path, mark="?"))  # str
    reveal_type(count(path))  # int
    reveal_type(shout.map(lines, mark="?"))  # list[str]
    reveal_type(count.map(lines, failures="drop"))  # list[int]
    reveal_type(pw.when(enough(path), then=lambda: shout(path), otherwise=lambda: inner(path)))  # str
    reveal_type(pw.when(enough(path), then=lambda: count(path)))  # int
    reveal_type(pw.repeat(shout, path, until=enough, limit=3))  # str
    reveal_type(pw.repeat(inner, path, until=enough, limit=3))  # str
    reveal_type(pw.repeat(lambda text: shout(inner(text)), path, until=enough, limit=3))  # str
    reveal_type(inner(path))  # str
    reveal_type(inner.map(lines))  # list[str]
    reveal_type(shout.using(id="loud", after=[lines], timeout=5, retry=None)(path))  # str
    reveal_type(load.using(priority=3))  # Task[[path: str, limit: int =], list[str]]
    reveal_type(fetch)  # Task[[url: str], bytes]
    reveal_type(shout)  # Task[[text: str, *, mark: str =], str]
    reveal_type(inner)  # Workflow[[path: str, quick: bool =], str]
    pause = pw.sleep(60, after=[lines])
    gather.using(after=[pause])([shout(path), shout(path)])
    return {"count": count(shout(path))}


async def live() -> None:
    run = await outer.start(path="here")
    reveal_type(run)  # Run[dict[str, int]]
    reveal_type((await run.wait()).result)  # dict[str, int]
    await pw.start(inner, {"path": "x"}, pools={"api": 1})


reveal_type(outer.run(path="here"))  # Run[dict[str, int]]
reveal_type(outer.run(path="here").result)  # dict[str, int]
reveal_type(pw.run(inner, inputs={"path": "x"}, on_event=print, check=False).result)  # str
reveal_type(inner("here"))  # str
reveal_type(outer.graph())  # Graph
asyncio.run(live())
"""

WRONG = """
import planweave as pw


@pw.task
def load(path: str) -> list[str]:
    return [path]


@pw.task
async def count(text: str) -> int:
    return len(text)


@pw.workflow
def inner(path: str) -> str:
    return path


@pw.workflow
def outer(path: str) -> str:
    load(5)  # arg-type
    load()  # call-arg
    load(path, color="red")  # call-arg
    count(load(path))  # arg-type
    pw.when(load(path), then=lambda: 1)  # arg-type
    pw.repeat(count, path, until=load, limit=3)  # arg-type
    pw.repeat(inner, path, until=lambda text: True)  # call-arg
    load.using(executor="dask")(path)  # arg-type
    load.using(retries=3)(path)  # call-arg
    load.map([path], failures="ignore")  # arg-type
    inner(path, path)  # call-arg
    return count(path)  # return-value


pw.task(timeout="soon")  # call-overload
pw.run(load)  # call-overload
"""


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> dict[str, list[str]]:
    """What mypy --strict says of the two programs: by file, its lines without the name of the file."""
    folder = tmp_path_factory.mktemp("typing")
    kept = getattr(pytestconfig, "cache", None)
    cache = folder / "cache" if kept is None else kept.mkdir("mypy")  # it takes long only the first time
    for name, text in (("user.py", USER), ("wrong.py", WRONG)):
        (folder / name).write_text(text.lstrip("\n"), encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--python-version=3.11"),
            *("--config-file=", "--follow-imports=silent", f"--cache-dir={cache}", "user.py", "wrong.py"),
        ],
        cwd=folder,
        env={"MYPYPATH": str(Path(__file__).parents[2]), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stderr == ""
    said: dict[str, list[str]] = {"user.py": [], "wrong.py": []}
    for line in done.stdout.splitlines():
        name, rest = line.split(":", 1)
        said[name].append(rest)
    return said


def expected_in(text: str) -> dict[int, str]:
    """The comments of a program, by the number of their line."""
    lines = text.lstrip("\n").splitlines()
    return {number: line.split("  # ")[1] for number, line in enumerate(lines, 1) if "  # " in line}


def test_the_types_of_a_workflow_are_those_of_its_values(checked: dict[str, list[str]]) -> None:
    """Law: mypy --strict accepts the program, and reveals exactly the types in its comments."""
    assert [line for line in checked["user.py"] if ": error: " in line] == []
    revealed = {}
    for line in checked["user.py"]:
        found = re.fullmatch(r'(\d+): note: Revealed type is "(.*)"', line)
        if found:
            revealed[int(found[1])] = re.sub(r"\b(?:builtins|planweave\.engine\.\w+)\.", "", found[2])
    assert revealed == expected_in(USER)


def test_a_wrong_use_is_an_error_at_its_line(checked: dict[str, list[str]]) -> None:
    """Law: mypy --strict finds each mistake, by the code in its comment, and nothing else."""
    errors: dict[int, set[str]] = {}
    for line in checked["wrong.py"]:
        found = re.fullmatch(r"(\d+): error: .*\[([a-z-]+)\]", line)
        if found:
            errors.setdefault(int(found[1]), set()).add(found[2])
    assert {number: sorted(codes) for number, codes in errors.items()} == {
        number: [code] for number, code in expected_in(WRONG).items()
    }


def test_the_program_that_is_checked_runs(tmp_path: Path) -> None:
    """Law: what mypy accepts does what it says."""
    lines = [line for line in textwrap.dedent(USER).splitlines() if not line.lstrip().startswith("reveal_type")]
    text = "\n".join(lines).replace("pw.sleep(60", "pw.sleep(0") + "\nprint(outer.run(path='here').result)\n"
    (tmp_path / "user.py").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "user.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("{'count': 5}\n", "", 0)
