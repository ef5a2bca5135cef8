"""A digest of a folder of notes: what each is about, in its own words, and what is still to be done.

    planweave run examples/notes.py:digest -i path=docs --render notes.svg
    planweave run examples/notes.py:digest -i path=docs -i words=120 --json

It has one of everything: a map over the files, a retry, a timeout and a pool where files are read, a nested workflow
for each note, a branch that is only taken if something is left to do, and a loop that shortens the digest until it
fits. Type checkers follow the values all the way: try `mypy --strict examples/notes.py`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import planweave as pw

SUFFIXES = (".md", ".txt")
HIDDEN = re.compile(r"```.*?```|<!--.*?-->|^(?:\s*\||#| {4})[^\n]*$", re.DOTALL | re.MULTILINE)
PARAGRAPH = re.compile(r"\s*\n\s*(?:[-*+]|\d+\.) +|\s*\n\s*\n\s*")
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'(`*])")
WORD = re.compile(r"[a-z]{5,}")
LEFT_TO_DO = re.compile(r"^\s*[-*] \[ \] (.+)$|\bTODO:? *(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Note:
    """A file and what it says."""

    path: Path
    text: str

    @property
    def title(self) -> str:
        """Its first heading, else its name."""
        heading = re.search(r"^#+ +(.+)$", self.text, re.MULTILINE)
        return heading[1].strip() if heading else self.path.stem

    @property
    def sentences(self) -> list[str]:
        """Its prose, without code, tables and headings."""
        prose = HIDDEN.sub("\n\n", self.text)
        paragraphs = [" ".join(paragraph.split()) for paragraph in PARAGRAPH.split(prose)]
        whole = [sentence for paragraph in paragraphs for sentence in SENTENCE.split(paragraph)]
        return [sentence for sentence in whole if len(sentence.split()) >= 5 and sentence[-1:] in ".!?"]


@dataclass(frozen=True)
class Outline:
    """What a note is about: its keywords, and its most telling sentences, each with its score, best first."""

    note: Note
    keywords: list[str]
    sentences: list[tuple[float, str]]


@dataclass(frozen=True)
class Draft:
    """A digest in the making, and the number of words that it may have."""

    outlines: list[Outline]
    most_words: int


@pw.task
def find(path: str) -> list[Path]:
    """The notes in a folder, or the one at a path."""
    place = Path(path)
    files = [place] if place.is_file() else sorted(file for file in place.rglob("*") if file.suffix in SUFFIXES)
    if not files:
        raise FileNotFoundError(f"no note ({', '.join(SUFFIXES)}) in {path!r}")
    return files


@pw.task(retry=pw.Retry(attempts=3, base=0.2, on=(OSError,)), timeout=30, pool="disk")
def read(path: Path) -> Note:
    """A note; a network folder that hiccups is asked again."""
    return Note(path, path.read_text(encoding="utf-8", errors="replace"))


@pw.task
def count(notes: list[Note]) -> dict[str, int]:
    """In how many notes each word occurs: what all speak of says little about one of them."""
    return dict(Counter(word for note in notes for word in set(WORD.findall(note.text.lower()))))


@pw.task
def keywords(note: Note, spread: dict[str, int]) -> dict[str, float]:
    """The words that set a note apart, with their weight."""
    most = max(spread.values(), default=1)
    counts = Counter(WORD.findall(" ".join(note.sentences).lower()))
    weights = {word: n * math.log((1 + most) / (0.5 + spread[word])) for word, n in counts.items() if word in spread}
    return dict(sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:12])


@pw.task
def choose(note: Note, weights: dict[str, float]) -> Outline:
    """The sentences that hold most of the keywords for their length: Luhn, "Automatic Creation of Abstracts", 1958."""
    scored = []
    for sentence in dict.fromkeys(note.sentences):
        words = set(WORD.findall(sentence.lower()))
        scored.append((sum(weights.get(word, 0.0) for word in words) / math.sqrt(len(sentence.split())), sentence))
    scored.sort(key=lambda item: (-item[0], item[1]))
    return Outline(note, list(weights)[:5], scored[:3])


@pw.workflow
def outline(note: Note, spread: dict[str, int]) -> Outline:
    """What one note is about."""
    return choose(note, keywords(note, spread))


@pw.task
def gather(outlines: list[Outline], words: int) -> Draft:
    """A first draft, with more in it than may stay."""
    return Draft(outlines, words)


@pw.task
def shorten(draft: Draft) -> Draft:
    """Drop the sentences that tell least: a tenth of them, or one; the notes with most lose first."""
    if length(draft) <= draft.most_words:
        return draft
    places = [(len(one.sentences), -one.sentences[-1][0], i) for i, one in enumerate(draft.outlines) if one.sentences]
    outlines = list(draft.outlines)
    for _, _, i in sorted(places, reverse=True)[: max(1, len(places) // 10)]:
        outlines[i] = replace(outlines[i], sentences=outlines[i].sentences[:-1])
    return replace(draft, outlines=outlines)


@pw.task
def fits(draft: Draft) -> bool:
    """Whether it is short enough, or nothing is left to drop."""
    return length(draft) <= draft.most_words or not any(one.sentences for one in draft.outlines)


def length(draft: Draft) -> int:
    """How many words of sentences a draft has."""
    return sum(len(sentence.split()) for one in draft.outlines for _, sentence in one.sentences)


@pw.task
def left_to_do(notes: list[Note]) -> list[str]:
    """What the notes say is still to be done: open check boxes and TODO."""
    matches = [(match, note) for note in notes for match in LEFT_TO_DO.finditer(note.text)]
    return [f"{(match[1] or match[2]).strip()} ({note.path.name})" for match, note in matches]


@pw.task
def any_left(tasks: list[str]) -> bool:
    """Whether there is anything to do."""
    return bool(tasks)


@pw.task
def agenda(tasks: list[str]) -> str:
    """What is to be done, as a list."""
    return "\n".join(["## Left to do", "", *(f"- [ ] {task}" for task in tasks), ""])


@pw.task
def all_done() -> str:
    """Nothing is to be done: no list."""
    return ""


@pw.task
def write(draft: Draft, tasks: str) -> str:
    """The digest in Markdown."""
    title = f"# {len(draft.outlines)} note{'s' if len(draft.outlines) != 1 else ''}"
    return "\n".join([title, "", *lines(draft), tasks]).rstrip() + "\n"


def lines(draft: Draft) -> Iterator[str]:
    """A few lines for each note that something is left of."""
    for one in draft.outlines:
        yield f"**{one.note.title}** ({one.note.path.name}; {', '.join(one.keywords) or 'no prose'})"
        yield from (f"> {sentence}" for _, sentence in one.sentences)
        yield ""


@pw.workflow(pools={"disk": 4})
def digest(path: str, words: int = 300) -> str:
    """What the notes in a folder are about, in at most so many words of theirs, and what is left to do."""
    notes = read.map(find(path))
    outlines = outline.map(notes, spread=count(notes))
    short = pw.repeat(shorten, gather(outlines, words), until=fits, limit=1000)
    tasks = left_to_do(notes)
    todo = pw.when(any_left(tasks), then=lambda: agenda(tasks), otherwise=all_done)
    return write(short, todo)
