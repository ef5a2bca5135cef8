"""The Mermaid text says what the picture says, and nothing that a user wrote can break it."""

from __future__ import annotations

import json
import re

from hypothesis import example, given
from hypothesis import strategies as st

from planweave.engine.state import NodeState
from planweave.visualize.mermaid import mermaid_label, mermaid_of
from planweave.visualize.palette import LOOKS
from planweave.visualize.picture.compose import compose
from planweave.visualize.picture.picture import Edge, Picture, Vertex
from planweave.visualize.text.label import clean
from tests.visualize.samples import HOSTILE, layered, report, run_of, troubled

LINE = re.compile(
    r"""---
    | title:\ ".*"
    | flowchart\ (TB|LR)
    | \ +(v\d+|s_\w+)(\(|\[\[|\{\{|\(\[|\(\(\()"[^"<>`]*(<br/>[^"<>`]*)*"(\)|\]\]|\}\}|\]\)|\)\)\))
    | \ +subgraph\ (c\d+|legend)\["[^"<>`]*"\]
    | \ +end
    | \ +v\d+\ (-->|-\.->)(\|"[^"<>`]*"\|)?\ v\d+
    | \ +classDef\ \w+\ fill:\#[0-9a-f]{6},stroke:\#[0-9a-f]{6},color:\#[0-9a-f]{6}(,stroke-dasharray:\d\ \d)?
    | \ +classDef\ critical\ stroke-width:[\d.]+px
    | \ +linkStyle\ [\d,]+\ stroke-width:[\d.]+px,stroke:\#[0-9a-f]{6}
    | \ +class\ [\w,]+\ \w+""",
    re.VERBOSE,
)


def read(label: str) -> str:
    """What Mermaid shows for a label."""
    text = re.sub(r"#(\d+);", lambda found: chr(int(found[1])), label.replace("#quot;", '"'))
    return text.replace("\u200b", "")


@given(st.text(st.characters(), max_size=40).map(clean))
@example(clean(HOSTILE))
def test_a_label_is_read_back_as_it_was_written(text: str) -> None:
    """Law: entities undone, it is the text; before that, it holds nothing that Mermaid, Markdown or HTML would obey."""
    label = mermaid_label(text)
    assert read(label) == text.replace("\u200b", "")
    assert not re.search(r"[\"<>`*\[\]{}|\\~^!$%&@+;?'](?!$)", re.sub(r"#(\d+|quot);", "", label))
    assert not re.match(r"(\d+\.|-|\+) ", label)


@given(st.lists(st.text(st.characters(), min_size=1, max_size=20).map(clean), min_size=3, max_size=3))
@example([clean(HOSTILE)] * 3)
def test_every_line_is_of_a_form_that_is_known(words: list[str]) -> None:
    """Law: whatever users wrote, each line is a comment, a vertex, an edge, a frame or a style, and nothing else."""
    title, label, detail = words
    vertices = (Vertex("a", label or "a", detail), Vertex("b", label or "b", shape="when"))
    picture = Picture(title, detail, vertices, (Edge("a", "b", label=label),), ())
    lines = mermaid_of(picture).split("\n")
    assert lines.pop() == ""
    for line in lines:
        assert LINE.fullmatch(line), line
    assert [place for place, line in enumerate(lines) if line == "---"] == [0, 2]


def test_every_vertex_edge_cluster_and_state_is_there() -> None:
    """Law: it has as many of each as the picture, and a style for each state that occurs."""
    for what in (report.graph(), run_of(report, number=1), run_of(troubled)):
        picture = compose(what)
        lines = mermaid_of(picture).splitlines()
        assert all(LINE.fullmatch(line) for line in lines)
        assert sum(bool(re.match(r" +v\d+[(\[{]", line)) for line in lines) == len(picture.vertices)
        assert sum("-->" in line or "-.->" in line for line in lines) == len(picture.edges)
        assert sum(line.strip().startswith("subgraph c") for line in lines) == len(picture.clusters)
        for state in picture.legend.states:
            assert any(line.strip() == f's_{state}("{LOOKS[state].sign} {LOOKS[state].word}")' for line in lines)
            assert any(line.strip().startswith(f"classDef {state} ") for line in lines)


@given(st.text(st.characters(), max_size=40).map(clean), st.text(st.characters(), max_size=40).map(clean))
@example(clean(HOSTILE), "failed · condensed by level")
def test_the_title_and_the_state_are_shown(title: str, subtitle: str) -> None:
    """Law: they stand in the front matter, in YAML that gives them back, and hold nothing that looks like HTML."""
    line = mermaid_of(Picture(title, subtitle, (), (), ())).split("\n")[1]
    words = f"{title}: {subtitle}" if subtitle else title
    assert line.startswith('title: "')
    assert json.loads(line.removeprefix("title: ")) == words.replace("<", "‹").replace(">", "›")
    assert "<" not in line and ">" not in line


def test_edges_that_are_drawn_alike_are_told_apart_by_words() -> None:
    """Law: of waiting, captured values and further rounds each has a word of its own."""
    lines = mermaid_of(compose(report.graph())).splitlines()
    words = [found[1] for line in lines if (found := re.search(r"-\.->\|\"(.*)\"\|", line))]
    assert set(words) == {"after", "captured", "again"}
    assert sum("-.->" in line for line in lines) == len(words)


def test_counts_look_as_in_the_other_formats() -> None:
    """Law: many nodes in one state have its colours and sign; many with failures have the border and sign of those."""
    states = ((NodeState.FAILED, 2), (NodeState.SUCCEEDED, 5))
    uniform = Vertex("u", "u", shape="many", state=NodeState.SUCCEEDED, members=("u",), counts=states[1:])
    mixed = Vertex("m", "m", shape="many", state=NodeState.FAILED, members=("m",), counts=states)
    text = mermaid_of(Picture("p", "", (uniform, mixed), (), ()))
    failed, succeeded = LOOKS[NodeState.FAILED], LOOKS[NodeState.SUCCEEDED]
    assert f'v0[["{succeeded.sign} u"]]' in text and f'v1[["{failed.sign} m"]]' in text
    assert "class v0,s_succeeded succeeded" in text
    (style,) = (line for line in text.splitlines() if "classDef plain_failed" in line)
    assert f"stroke:{failed.light.line}" in style and failed.light.fill not in style
    assert "class v1 plain_failed" in text


def test_sites_that_limit_edges_can_draw_it() -> None:
    """Law: written by suffix, a large graph has fewer than the 500 edges at which GitHub stops."""
    from planweave.visualize.options import Options

    text = mermaid_of(compose(layered(30, 30).graph(), Options(nodes=120)))
    assert text.count("-->") < 500
