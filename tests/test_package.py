"""What is shipped: the wheel, what importing it costs, and the locks."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

import planweave

ROOT = Path(__file__).parents[1]
FOLDERS = ("engine", "nodes", "planners", "visualize")
PLUGIN = "planweave_pytest.py"
HEAVY = ("graphviz", "networkx", "pydantic_ai", "rich", "typer", "wasmtime")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

BUILD_WHEEL = """
import sys
from setuptools import build_meta
build_meta.build_wheel(sys.argv[1])
"""

IMPORT_EVERYTHING = """
import importlib, json, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import planweave
for module in pkgutil.walk_packages(planweave.__path__, "planweave."):
    importlib.import_module(module.name)
print(json.dumps({name: getattr(module, "__file__", None) for name, module in sys.modules.items()}))
"""

IMPORT_FACE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import planweave
print(json.dumps(list(sys.modules)))
"""


def run_python(code: str, *arguments: str, cwd: Path) -> str:
    """Standard output of `code` in a fresh interpreter that sees neither this folder nor PYTHON* variables."""
    command = [sys.executable, "-I", "-c", code, *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def files_under(folder: Path) -> set[str]:
    """Paths below `folder` of all that a person put there: no caches, no hidden files, nothing behind a link."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {
        path.as_posix()
        for path in found
        if not any(part.startswith(".") or part == "__pycache__" or (folder / part).is_symlink() for part in path.parts)
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the checkout, so that building leaves nothing behind."""
    copy = tmp_path_factory.mktemp("checkout")
    for folder in ("planweave", *FOLDERS):
        shutil.copytree(ROOT / folder, copy / folder, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", PLUGIN):
        shutil.copy(ROOT / name, copy / name)
    run_python(BUILD_WHEEL, "dist", cwd=copy)
    (built,) = (copy / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel installed in it: a pure wheel is installed by unpacking."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_the_wheel_holds_every_file_of_the_package_and_its_four_folders(wheel: Path) -> None:
    """Law: what stands in planweave/ and behind its links is what the wheel holds, each file once; data files too.

    Beside the package there is the plugin for pytest, and nothing else.
    """
    expected = {f"planweave/{path}" for path in files_under(ROOT / "planweave")}
    expected |= {f"planweave/{folder}/{path}" for folder in FOLDERS for path in files_under(ROOT / folder)}
    expected.add(PLUGIN)
    with zipfile.ZipFile(wheel) as archive:
        held = [name for name in archive.namelist() if ".dist-info/" not in name]
    assert sorted(held) == sorted(expected), "data files are named in pyproject.toml: [tool.setuptools.package-data]"
    assert "planweave/py.typed" in held
    assert {f"planweave/{folder}/__init__.py" for folder in FOLDERS} <= set(held)


def test_every_module_of_the_installed_wheel_imports_under_the_name_planweave_only(site: Path) -> None:
    """Law: all modules import without any extra, from the wheel, and none is loaded again under a bare folder name."""
    modules: dict[str, str | None] = json.loads(run_python(IMPORT_EVERYTHING, str(site), cwd=site))
    ours = {name: file for name, file in modules.items() if name.split(".")[0] == "planweave"}
    assert {f"planweave.{folder}" for folder in FOLDERS} <= set(ours)
    elsewhere = {name: file for name, file in ours.items() if file is None or not Path(file).is_relative_to(site)}
    assert not elsewhere
    assert not {name for name in modules if name.split(".")[0] in FOLDERS}


def test_importing_planweave_leaves_heavy_packages_alone(site: Path) -> None:
    """Law: who imports planweave pays for networkx, Graphviz and the terminal only on first use."""
    loaded = set(json.loads(run_python(IMPORT_FACE, str(site), cwd=site)))
    assert not loaded & set(HEAVY)


def test_collecting_the_tests_and_doctests_loads_no_module_under_a_bare_folder_name() -> None:
    """Law: pytest, which has collected everything by now, knows each module by one name."""
    assert not {name for name in sys.modules if name.split(".")[0] in FOLDERS}


def test_the_version_is_the_same_in_the_package_and_in_its_metadata() -> None:
    """Law: `planweave.__version__` is the version that is built."""
    assert planweave.__version__ == PROJECT["version"]


@pytest.mark.parametrize("name", ["uv", "dev", "bench"])
def test_a_lock_names_no_index_and_every_line_is_exact_and_hashed(name: str) -> None:
    """Law: a lock says what a package is (version and hashes), never where it comes from."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert not re.findall(r"\w+://\S*|^\s*-.*", re.sub(r"--hash=sha256:[0-9a-f]{64}", "", text), flags=re.MULTILINE)
    entries = re.split(r"\n(?=\S)", text.strip())
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9-]+==[^\s*]+ ", entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize(("name", "extras"), [("dev", ["test", "lint"]), ("bench", ["test", "lint", "bench"])])
def test_a_lock_satisfies_what_the_project_declares(name: str, extras: list[str]) -> None:
    """Law: every requirement of pyproject.toml that a lock covers is in it, in a version that it admits."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    locked = re.findall(r"^([a-z0-9-]+)==(\S+)", text, flags=re.MULTILINE)
    declared = PROJECT["dependencies"] + [line for extra in extras for line in PROJECT["optional-dependencies"][extra]]
    for requirement in map(Requirement, declared):
        versions = [version for package, version in locked if package == requirement.name]
        assert versions, f"{requirement} is not locked: make lock"
        assert all(requirement.specifier.contains(version) for version in versions), f"{requirement}: make lock"
