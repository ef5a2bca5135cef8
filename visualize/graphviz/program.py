"""The Graphviz that turns DOT text into a picture: the one that is installed, else the one that comes with planweave.

| format | drawn by |
|---|---|
| svg | `dot` on the path, else the embedded Graphviz |
| png, pdf | `dot` on the path, else the extra `planweave[png]` (pygraphviz) |

The environment variable `PLANWEAVE_GRAPHVIZ` chooses: `system` admits only `dot`, `embedded` never runs it (for
pictures that come out the same on every machine, or for DOT from strangers, as the embedded one can reach no file).

Either way the picture comes back as bytes, in bounded time, and nothing is written to standard output or standard
error; what Graphviz says besides is logged. The DOT language is described at graphviz.org/doc/info/lang.html.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec

from planweave.engine.errors import RenderError
from planweave.visualize.graphviz.errors import DotRefused, GraphvizFailed, GraphvizMissing, LayoutTimeout

__all__ = ["ENGINES", "FORMATS", "inline_svg", "layout"]

FORMATS = ("svg", "png", "pdf")
ENGINES = ("dot", "neato", "fdp", "sfdp", "twopi", "circo", "osage", "patchwork")

_log = logging.getLogger(__name__)

_LONGEST = 24 * 3600.0  # seconds; the system calls that wait take no infinity

# What XML 1.0 (section 2.2) cannot hold, and what UTF-8 cannot: a label with one of them would make a file that no
# browser opens.
_UNDRAWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# pygraphviz runs Graphviz inside its process, where a crash would be ours and its warnings would be on our standard
# error: so in a process of its own. -P keeps the working folder off the path.
_PYGRAPHVIZ = (
    "import sys, pygraphviz; "
    "graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode()); "
    "sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog=sys.argv[2]))"
)


def layout(dot: str, format: str = "svg", *, engine: str = "dot", time_limit: float = 120.0) -> bytes:
    """The picture of a graph in the DOT language, as the bytes of a file.

    Parameters:
        dot: the DOT text of one graph. Characters that no XML file can hold are drawn as U+FFFD.
        format: `svg`, `png` or `pdf`.
        engine: the layout engine, one of `ENGINES`.
        time_limit: seconds that the layout may take, a day at most; compiling the embedded Graphviz, which happens once
            on a machine, is not counted.

    Raises:
        GraphvizMissing: nothing installed here draws that format; the message says what to install.
        DotRefused: Graphviz cannot read the text; the message is Graphviz's own, with the line.
        LayoutTooLarge, LayoutTimeout: the graph needs more memory, stack or time than it was given.
        GraphvizFailed: Graphviz gave up for a reason of its own.
        RenderError: an unknown format, engine, or value of `PLANWEAVE_GRAPHVIZ`.

    >>> layout("digraph { load -> join }").startswith(b"<?xml")
    True
    """
    _check("format", format, FORMATS)
    _check("layout engine", engine, ENGINES)
    choice = os.environ.get("PLANWEAVE_GRAPHVIZ") or "any"
    _check("value of PLANWEAVE_GRAPHVIZ", choice, ("any", "system", "embedded"))
    if not dot.strip():
        raise DotRefused("it is empty", mend='write at least "digraph {}"')
    dot = _UNDRAWABLE.sub("\ufffd", dot)
    time_limit = max(0.0, min(time_limit, _LONGEST))
    program = None if choice == "embedded" else shutil.which("dot")
    if program is not None:
        return _run([program, f"-K{engine}", f"-T{format}"], dot, format, time_limit)
    if choice == "system":
        raise GraphvizMissing(
            "PLANWEAVE_GRAPHVIZ=system asks for an installed Graphviz, but there is no `dot` on the path",
            format=format,
            mend="install Graphviz, or unset PLANWEAVE_GRAPHVIZ",
        )
    if format == "svg":
        from planweave.visualize.graphviz.embedded import layout_embedded

        return layout_embedded(dot, engine=engine, time_limit=time_limit)
    if find_spec("pygraphviz") is not None:
        return _run([sys.executable, "-P", "-c", _PYGRAPHVIZ, format, engine], dot, format, time_limit)
    raise GraphvizMissing(
        f"the embedded Graphviz draws SVG only, and this is to be {format.upper()}",
        format=format,
        mend="write .svg, install Graphviz, or pip install planweave[png]",
    )


def inline_svg(svg: bytes) -> str:
    """The `<svg>` element alone, to stand inside an HTML page: no XML declaration, document type or comments.

    Ids, classes and titles stay. Graphviz numbers the ids (`graph0`, `node1`, `edge1`) by the order of the DOT text, so
    they are the same at every call.

    Raises:
        RenderError: there is no `<svg>` element.

    >>> inline_svg(b'<?xml version="1.0"?><!DOCTYPE svg><!-- made --><svg><title>a</title></svg>')
    '<svg><title>a</title></svg>'
    """
    text = re.sub(r"<!--.*?-->\s*", "", svg.decode("utf-8", errors="replace"), flags=re.DOTALL)
    start, end = text.find("<svg"), text.rfind("</svg>")
    if start < 0 or end < start:
        raise RenderError("these bytes are not an SVG picture", mend='give what layout(dot, "svg") returned')
    return text[start:end] + "</svg>"


def _check(name: str, value: str, known: tuple[str, ...]) -> None:
    """Refuse what is not among the known values."""
    if value not in known:
        raise RenderError(f"unknown {name}: {value!r}", mend=f"use one of: {', '.join(known)}")


def _run(command: list[str], dot: str, format: str, seconds: float) -> bytes:
    """The output of a program that reads DOT and writes a picture.

    Not through `graphviz.pipe`: it has no time limit and repeats the program's warnings on our standard error.
    """
    try:
        done = subprocess.run(command, input=dot.encode(), capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise LayoutTimeout(seconds) from None
    except OSError as error:
        raise GraphvizFailed(f"{command[0]} does not start ({error})", mend=_OWN_GRAPHVIZ) from error
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode == 0 and _is_picture(done.stdout, format):
        if said:
            _log.info("Graphviz: %s", said)
        return done.stdout
    if found := re.search(r"syntax error.*", said):
        raise DotRefused(found[0])
    ending = "made no picture" if done.returncode == 0 else f"ended with status {done.returncode}"
    raise GraphvizFailed(f"{os.path.basename(command[0])} {ending}" + (f": {said}" if said else ""), mend=_OWN_GRAPHVIZ)


_OWN_GRAPHVIZ = "repair the installed Graphviz, or write .svg with PLANWEAVE_GRAPHVIZ=embedded"


def _is_picture(content: bytes, format: str) -> bool:
    """Whether the bytes are what they should be: a program may leave nothing and still report success."""
    if format == "svg":
        return b"</svg>" in content
    return content.startswith({"png": b"\x89PNG", "pdf": b"%PDF"}[format])
