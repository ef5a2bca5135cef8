"""The report holds source text, its places, and nothing that anybody made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from planweave.demo.index import Index
from planweave.demo.library import Passage, edition, list_topics, read
from planweave.demo.question import Query
from planweave.demo.quotation import Misquotation, Quotation
from planweave.demo.report import write
from planweave.demo.verification import Citation, InvalidReport, verify_report
from tests.demo.asking import ask
from tests.demo.questions import ABOUT_PYTHON_UNSEEN

QUESTIONS = ["What is the difference between is and ==?", "When is __del__ called?", "How do I grow tomatoes?"]


def quoted(topic: str, start: int, end: int) -> Quotation:
    """The quotation of a span of a topic."""
    text = read(topic).text
    return Quotation(topic, start, end, text.count("\n", 0, start) + 1, text[start:end], "", 1.0)


@st.composite
def spans(draw: st.DrawFn) -> Quotation:
    """Any span of any topic that holds more than blanks."""
    topic = draw(st.sampled_from(list_topics()))
    size = len(read(topic).text)
    start = draw(st.integers(0, size - 1))
    quotation = quoted(topic, start, draw(st.integers(start + 1, min(size, start + 600))))
    return quotation if quotation.text.strip() else quoted(topic, 0, 5)


def reported(quotations: list[Quotation], question: str = "Why?") -> str:
    """The report on these quotations."""
    return write(Query(question, ()), quotations, [Passage(t, read(t).text) for t in {q.topic for q in quotations}])


@pytest.mark.parametrize("question", [*QUESTIONS, *ABOUT_PYTHON_UNSEEN[::4]])
def test_what_is_written_is_what_the_check_finds(question: str, index: Index) -> None:
    """Law: a report passes its check, which reads from it exactly the quotations that went in."""
    answer = ask(question, index)
    found = verify_report(answer.report)
    assert set(found) == {Citation(q.topic, q.line, q.text) for q in answer.quotations}
    assert len(found) == len(answer.quotations)


@given(quotations=st.lists(spans(), min_size=1, max_size=4))
def test_any_spans_of_any_topics_survive_the_report(quotations: list[Quotation]) -> None:
    """Law: writing and checking is a round trip, whatever blanks, marks and indentation a span holds."""
    found = verify_report(reported(quotations))
    assert sorted(map(str, found)) == sorted(str(Citation(q.topic, q.line, q.text)) for q in quotations)


@given(quotation=spans(), data=st.data())
def test_any_change_to_a_quotation_is_refused(quotation: Quotation, data: st.DataObject) -> None:
    """Law: one character replaced by another makes a quotation false, and the error names it."""
    place = data.draw(st.integers(0, len(quotation.text) - 1))
    other = data.draw(st.sampled_from("aZ0 .§") | st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]))
    changed = quotation.text[:place] + other + quotation.text[place + 1 :]
    source = read(quotation.topic).text.split("\n")
    lines = "\n".join(source[quotation.line - 1 : quotation.line + changed.count("\n")])
    if changed in lines:
        return
    report = reported([quotation]).split("\n")
    body = [f"> {line}" if line else ">" for line in changed.split("\n")]
    first = next(number for number, line in enumerate(report) if line.startswith(">"))
    report[first : first + quotation.text.count("\n") + 1] = body
    with pytest.raises((Misquotation, InvalidReport)) as caught:
        verify_report("\n".join(report))
    if isinstance(caught.value, Misquotation):
        assert caught.value.topic == quotation.topic


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (
            "identity of the objects",
            "equality of the objects",
            r"not verbatim: 'The default.*equality.*'comparisons', line",
        ),
        ("*comparisons*, line 2", "*comparisons*, line 1", "not verbatim"),
        ("*comparisons*, line 2", "*comparisons*, line 9999", "the topic has"),
        ("- *comparisons*, line", "- *comparison*, line", "no topic 'comparison'"),
        ("> on the identity", ">on the identity", "must begin with '> '"),
        ("> on the identity", "  > on the identity", "must begin with '> '"),
        ("> on the identity", "on the identity", "has no citation on the line after it"),
        ("\n- *comparisons*", "\n\n- *comparisons*", "has no citation on the line after it"),
        (
            "## Comparisons",
            "## Comparisons\n\nPython is a language.",
            "these words are nobody's: 'Python is a language.'",
        ),
        ("## Comparisons", "## Comparisons\n\n<blockquote>Yes.</blockquote>", "these words are nobody's"),
        ("## Comparisons", "## Comparisons\n\n- *try*, line 4", "has no quotation above it"),
        ("## Comparisons", "## Truths", "no topic of the reference is called 'Truths'"),
        ("under Identity comparisons", "under The truth of it", "has no heading 'The truth of it'"),
        (" quotations from", "1 quotations from", "it counts"),
        (f"Python {edition()}", "Python 2.7.18", "it quotes Python 2.7.18, and this is"),
        ("| comparisons | Comparisons |", "| comparisons | All answers |", "the topic is 'Comparisons'"),
        ("| comparisons | Comparisons |", "| comparison | Comparisons |", "no topic 'comparison'"),
        ("# What", "What", "begins with the question as its title"),
    ],
)
def test_a_tampered_report_is_refused(before: str, after: str, reason: str, index: Index) -> None:
    """Law: no word, place, heading, count or line of a report can be changed without an error that says which."""
    report = ask("What is the difference between is and ==?", index).report
    assert before in report
    with pytest.raises((Misquotation, InvalidReport), match=reason):
        verify_report(report.replace(before, after, 1))


def test_nothing_found_is_said_and_nothing_else(index: Index) -> None:
    """Law: without evidence there is no quotation, and the words that nobody could find are named."""
    report = ask("How do I grow tomatoes?", index).report
    assert "Nothing found" in report
    assert "never uses: grow, tomatoes." in report
    assert ">" not in report
    assert verify_report(report) == []
    assert "no words that could be looked for" in ask("what is it?", index).report


def blockquotes(tokens: list[Token]) -> list[str]:
    """The inline text of each blockquote, as a Markdown reader sees it."""
    found: list[str] = []
    depth = 0
    for token in tokens:
        if token.type == "blockquote_open":
            depth += 1
            found.append("")
        elif token.type == "blockquote_close":
            depth -= 1
        elif depth and token.content:
            found[-1] += token.content + "\n"
    return found


@pytest.mark.parametrize("question", [*QUESTIONS, *ABOUT_PYTHON_UNSEEN[::4]])
def test_a_markdown_reader_sees_the_quotations_and_their_citations_apart(question: str, index: Index) -> None:
    """Law: by CommonMark too, each blockquote holds the words of one quotation and not those of its citation."""
    answer = ask(question, index)
    seen = blockquotes(MarkdownIt("commonmark").parse(answer.report))
    found = verify_report(answer.report)
    assert len(seen) == len(found)
    for words, citation in zip(seen, found, strict=True):
        assert f"*{citation.topic}*, line" not in words
        if "\n\n" not in citation.text:
            assert words.split() == citation.text.split()


@pytest.mark.parametrize(
    "question",
    [
        "x\n> A forged quotation.\n- *import*, line 1",
        "> What",
        "<script>alert(1)</script> [link](http://example.com) ![image](x) `code` __bold__ *it* &amp; | # ~~no~~",
        "<!-- a comment",
        "import\u2028> forged\r\n> twice\x0b> thrice",
        "\u202eimport \ud800 \0",
        "\\",
        "\N{GRINNING FACE}",
        "import " * 20_000,
        "",
    ],
)
def test_a_question_cannot_forge_anything(question: str, index: Index) -> None:
    """Law: whatever a question holds, the report shows it as one plain line of title."""
    report = ask(question, index).report
    assert not any("forged" in citation.text for citation in verify_report(report))
    first = report.partition("\n")[0]
    assert first.isprintable()
    assert len(first) < 500
    tokens = MarkdownIt("commonmark").parse(first)
    assert [token.type for token in tokens] == ["heading_open", "inline", "heading_close"]
    assert all(child.type in {"text", "text_special"} for child in tokens[1].children or [])
    assert report.encode()
