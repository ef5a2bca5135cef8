"""Pictures come from the Graphviz that is there, and every failure says what to do."""

from __future__ import annotations

import importlib.util
import logging
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planweave.engine.errors import RenderError
from planweave.visualize.graphviz.embedded import layout_embedded
from planweave.visualize.graphviz.errors import DotRefused, GraphvizFailed, GraphvizMissing, LayoutTimeout
from planweave.visualize.graphviz.program import ENGINES, FORMATS, inline_svg, layout

SMALL = 'digraph { a [label="load"]; b [label="join"]; a -> b }'

pytestmark = pytest.mark.usefixtures("bare_path")

FakeDot = Callable[[str], Path]


@pytest.fixture
def bare_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A path without any program, and no choice of Graphviz in the environment: the folder on the path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("PLANWEAVE_GRAPHVIZ", raising=False)
    return folder


@pytest.fixture
def fake_dot(bare_path: Path) -> FakeDot:
    """Puts a `dot` on the path that does what a piece of Python says."""

    def write(body: str) -> Path:
        program = bare_path / "dot"
        program.write_text(f"#!{sys.executable}\nimport sys\nread = sys.stdin.read()\n{textwrap.dedent(body)}")
        program.chmod(0o755)
        return program

    return write


@pytest.fixture
def no_pygraphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the extra `png` were not installed."""
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "planweave.visualize.graphviz.program.find_spec", lambda name: None if name == "pygraphviz" else find(name)
    )


ECHO = "sys.stdout.write(f'<svg>{sys.argv[1:]} {read}</svg>')"


def test_without_an_installed_graphviz_svg_comes_from_the_embedded_one() -> None:
    """Nothing but Python packages is needed."""
    assert layout(SMALL) == layout_embedded(SMALL)


def test_an_installed_graphviz_is_used_first(fake_dot: FakeDot) -> None:
    """`dot` on the path gets the text, the format and the engine, and its output is the picture."""
    fake_dot(ECHO)
    assert layout("digraph { é }", engine="neato") == "<svg>['-Kneato', '-Tsvg'] digraph { é }</svg>".encode()


def test_embedded_can_be_chosen_where_graphviz_is_installed(fake_dot: FakeDot, monkeypatch: pytest.MonkeyPatch) -> None:
    """`PLANWEAVE_GRAPHVIZ=embedded` never runs `dot`."""
    fake_dot(ECHO)
    monkeypatch.setenv("PLANWEAVE_GRAPHVIZ", "embedded")
    assert layout(SMALL) == layout_embedded(SMALL)


def test_an_installed_graphviz_can_be_insisted_on(fake_dot: FakeDot, monkeypatch: pytest.MonkeyPatch) -> None:
    """`PLANWEAVE_GRAPHVIZ=system` uses `dot`, and is an error where there is none."""
    monkeypatch.setenv("PLANWEAVE_GRAPHVIZ", "system")
    with pytest.raises(GraphvizMissing, match="no `dot` on the path") as caught:
        layout(SMALL)
    assert caught.value.mend == "install Graphviz, or unset PLANWEAVE_GRAPHVIZ"
    fake_dot(ECHO)
    assert layout(SMALL).startswith(b"<svg>")


@pytest.mark.usefixtures("no_pygraphviz")
@pytest.mark.parametrize("format", ["png", "pdf"])
def test_a_format_that_nothing_here_draws_is_an_error_with_all_ways_out(format: str) -> None:
    """Without Graphviz and without the extra there is no PNG and no PDF."""
    with pytest.raises(GraphvizMissing, match="draws SVG only") as caught:
        layout(SMALL, format)
    assert caught.value.format == format
    assert caught.value.mend == "write .svg, install Graphviz, or pip install planweave[png]"


@pytest.mark.parametrize(("format", "head"), [("png", b"\x89PNG\r\n"), ("pdf", b"%PDF-1.7")])
def test_an_installed_graphviz_draws_png_and_pdf(fake_dot: FakeDot, format: str, head: bytes) -> None:
    """Bytes arrive as they are."""
    fake_dot(f"sys.stdout.buffer.write({head!r} + bytes(range(256)))")
    assert layout(SMALL, format) == head + bytes(range(256))


@pytest.mark.parametrize(("format", "head"), [("png", b"\x89PNG\r\n"), ("pdf", b"%PDF-1.7")])
def test_the_extra_draws_png_and_pdf(format: str, head: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pygraphviz gets the text, the format and the engine in a process of its own."""
    (tmp_path / "pygraphviz.py").write_text(
        textwrap.dedent(f"""
        class AGraph:
            def __init__(self, string):
                self.string = string
            def draw(self, format, prog):
                return {head!r} + f"{{format}} {{prog}} {{self.string}}".encode()
        """)
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert layout("digraph { é }", format, engine="circo") == head + f"{format} circo digraph {{ é }}".encode()
    assert "pygraphviz" not in sys.modules


@pytest.mark.parametrize(("format", "engine", "known"), [("gif", "dot", FORMATS), ("svg", "dotty", ENGINES)])
def test_an_unknown_format_or_engine_is_refused_with_the_known_ones(
    format: str, engine: str, known: tuple[str, ...]
) -> None:
    """The mend lists what may be said."""
    with pytest.raises(RenderError, match="unknown") as caught:
        layout(SMALL, format, engine=engine)
    assert caught.value.mend == f"use one of: {', '.join(known)}"


def test_an_unknown_choice_of_graphviz_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt variable is not taken for none."""
    monkeypatch.setenv("PLANWEAVE_GRAPHVIZ", "wasm")
    with pytest.raises(RenderError, match="PLANWEAVE_GRAPHVIZ: 'wasm'"):
        layout(SMALL)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_draws(engine: str) -> None:
    """The embedded Graphviz has all the engines that are named."""
    assert layout(SMALL, engine=engine).count(b'class="node"') == 2


@pytest.mark.parametrize("dot", ["", " \n\t"])
def test_an_empty_text_is_refused(dot: str) -> None:
    """No text, no graph."""
    with pytest.raises(DotRefused, match="it is empty"):
        layout(dot)


@given(st.text(max_size=20))
def test_a_label_of_any_characters_gives_a_file_that_can_be_read(text: str) -> None:
    """What XML cannot hold is replaced, so that every picture is well-formed and says the rest."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    svg = ElementTree.fromstring(layout(f'digraph {{ a [label="{quoted}"] }}'))
    assert svg.tag.endswith("svg")


def test_characters_that_no_file_can_hold_are_shown_as_replaced() -> None:
    """Control characters, lone surrogates and non-characters become U+FFFD; the text goes on behind them."""
    svg = layout('digraph { a [label="x\x00\x01\x1b\ud800\uffffy"] }').decode()
    assert ">x\ufffd\ufffd\ufffd\ufffd\ufffdy</text>" in svg


def test_a_syntax_error_of_an_installed_graphviz_keeps_its_words(fake_dot: FakeDot) -> None:
    """The error holds the complaint and the line."""
    fake_dot("sys.stderr.write(\"Error: <stdin>: syntax error in line 3 near '>'\\n\"); sys.exit(1)")
    with pytest.raises(DotRefused) as caught:
        layout(SMALL)
    assert caught.value.complaint == "syntax error in line 3 near '>'"
    assert caught.value.dot_line == 3


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("sys.stderr.write('Error: no memory'); sys.exit(1)", "dot ended with status 1: Error: no memory"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "dot ended with status -9"),
        ("sys.stdout.write('<svg></svg>'); sys.exit(3)", "dot ended with status 3"),
        ("sys.stdout.write('')", "dot made no picture"),
        ("sys.stdout.write('<svg><g>')", "dot made no picture"),
    ],
)
def test_a_failure_of_an_installed_graphviz_is_a_clear_error(fake_dot: FakeDot, body: str, what: str) -> None:
    """A failing, crashing or silent `dot` says so, and how to do without it."""
    fake_dot(body)
    with pytest.raises(GraphvizFailed) as caught:
        layout(SMALL)
    assert caught.value.complaint == what
    assert "PLANWEAVE_GRAPHVIZ=embedded" in str(caught.value)


def test_a_dot_that_cannot_start_is_a_clear_error(fake_dot: FakeDot) -> None:
    """A broken installation is not taken for none."""
    fake_dot(ECHO).write_text("#!/nowhere/at/all\n")
    with pytest.raises(GraphvizFailed, match="does not start"):
        layout(SMALL)


def test_an_installed_graphviz_that_takes_too_long_is_stopped(fake_dot: FakeDot, tmp_path: Path) -> None:
    """The program is ended when its time is up."""
    fake_dot(f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    with pytest.raises(LayoutTimeout) as caught:
        layout(SMALL, time_limit=1)
    assert caught.value.seconds == 1
    if (tmp_path / "pid").exists():  # it may have been stopped before it got that far
        assert not Path("/proc", (tmp_path / "pid").read_text()).exists()


def test_no_limit_of_time_is_a_limit_of_a_day(fake_dot: FakeDot) -> None:
    """Infinity is understood, by both ways of drawing."""
    assert layout(SMALL, time_limit=float("inf")) == layout_embedded(SMALL)
    fake_dot(ECHO)
    assert layout(SMALL, time_limit=float("inf")).startswith(b"<svg>")


def test_warnings_are_logged_and_not_printed(
    fake_dot: FakeDot, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """What Graphviz says besides goes to the log, and never to the standard streams."""
    fake_dot("sys.stderr.write('Warning: odd font'); " + ECHO)
    with caplog.at_level(logging.INFO, logger="planweave.visualize.graphviz.program"):
        layout(SMALL)
    assert caplog.messages == ["Graphviz: Warning: odd font"]
    assert caplog.records[0].levelno < logging.WARNING  # which Python prints where nobody set up a log
    assert capfd.readouterr() == ("", "")


def test_an_inline_picture_is_the_svg_element_alone() -> None:
    """Declaration, document type and comments go; every element, id, class and title stays."""
    svg = layout('digraph { a [id="first" class="done"]; a -> "--> <!--"; a -> "two\nlines" }')
    inline = inline_svg(svg)
    assert inline.startswith("<svg ")
    assert inline.endswith("</svg>")
    assert not {"<?", "<!"} & {inline[i : i + 2] for i in range(len(inline))}
    whole = [(element.tag, element.attrib, element.text) for element in ElementTree.fromstring(svg).iter()]
    assert [(element.tag, element.attrib, element.text) for element in ElementTree.fromstring(inline).iter()] == whole
    assert 'id="first" class="node done"' in inline
    assert "<title>a</title>" in inline


@pytest.mark.parametrize("content", [b"", b"\x89PNG", b"</svg><svg>"])
def test_what_is_no_svg_cannot_stand_in_a_page(content: bytes) -> None:
    """Another format gets an error, not an empty page."""
    with pytest.raises(RenderError, match="not an SVG picture"):
        inline_svg(content)
