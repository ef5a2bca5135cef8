"""Tools are loaded from modules, files, folders and installed packages."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import planweave as pw
from planweave.nodes.tools import loading

ONE = '''\
import planweave as pw


@pw.tool
def shout(text: str) -> str:
    """Write in capital letters."""
    return text.upper()


more = [pw.Tool("whisper", "Write in small letters.", str.lower)]
alias = shout
'''


def test_the_tools_of_a_file_and_of_a_folder_are_loaded(tmp_path: Path) -> None:
    """Those in lists too, each once; files that begin with an underscore are left out."""
    (tmp_path / "one.py").write_text(ONE.replace("str.lower", "lambda text: text.lower()"))
    (tmp_path / "two.py").write_text(ONE.split("\n\nmore", maxsplit=1)[0].replace("shout", "cry"))
    (tmp_path / "_three.py").write_text("raise RuntimeError")
    assert [one.name for one in loading.load_tools(tmp_path / "one.py")] == ["shout", "whisper"]
    box = pw.Toolbox()
    box.load(tmp_path)
    assert [one.name for one in box] == ["shout", "whisper", "cry"]
    assert box.call("whisper", {"text": "Hi"}) == "hi"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("empty.py", "x = 1", "there is no tool in"),
        ("broken.py", "1/0", "cannot be loaded: ZeroDivisionError"),
        ("wrong.py", "def (", "cannot be loaded: SyntaxError"),
    ],
)
def test_what_has_no_tools_is_told(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(pw.DefinitionError, match=said):
        loading.load_tools(tmp_path / name)


def test_a_module_that_is_not_there_is_told() -> None:
    with pytest.raises(pw.DefinitionError, match="'no_such_module' cannot be loaded: ModuleNotFoundError"):
        pw.Toolbox().load("no_such_module")


def installed(patch: pytest.MonkeyPatch, *values: str) -> None:
    points = [EntryPoint(f"p{i}", value, loading.GROUP) for i, value in enumerate(values)]
    patch.setattr(loading, "entry_points", lambda group: [one for one in points if one.group == group])


def give() -> list[pw.Tool[..., object]]:
    """What a package may offer: a function that gives tools."""
    return [pw.Tool("given", "Give.", give)]


def test_installed_packages_offer_tools_by_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a tool, a module, or a function that gives some."""
    here = "planweave.nodes.tools.builtin.calculator"
    installed(monkeypatch, f"{here}:calculator", "planweave.nodes.tools.builtin.tools:builtin_tools", here)
    box = pw.Toolbox()
    box.load_installed()
    assert [one.name for one in box] == ["calculator"]


@pytest.mark.parametrize("value", ["no_such_module:x", "math:pi", "planweave.nodes.tools.words", "math:inf"])
def test_an_entry_point_that_offers_none_is_told(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    installed(monkeypatch, value)
    with pytest.raises(pw.DefinitionError, match="'p0'") as caught:
        loading.installed_tools()
    assert value in str(caught.value.mend)
