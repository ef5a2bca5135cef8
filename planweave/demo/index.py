"""The index: sentences in SQLite's full-text search, asked one word at a time.

FTS5 (part of Python's own sqlite3) brings the tokenizer, the Porter stemmer and Okapi BM25 (Robertson and Zaragoza,
"The Probabilistic Relevance Framework: BM25 and Beyond", 2009). Each word is asked separately, as a quoted string:
nothing that a question contains is read as query syntax, no length of question overflows the query parser, and since
BM25 is a sum over words nothing is lost by adding up here.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from token import EXACT_TOKEN_TYPES
from types import TracebackType

from planweave.demo.sentences import LITERAL

OPERATORS = frozenset(EXACT_TOKEN_TYPES) - frozenset("()[]{}.,:;") - {"..."}
OPERATOR = re.compile("|".join(re.escape(sign) for sign in sorted(OPERATORS, key=len, reverse=True)))
TOKENIZE = "porter unicode61 tokenchars '_'"
COLUMNS = ("words", "section", "nearby", "subject", "title")


def spelled(sign: str) -> str:
    """A word for an operator, or for a word that is only meant as code: the tokenizer knows nothing but words.

    >>> spelled("=="), spelled("is")
    ('code_3d3d', 'code_is')
    """
    return "code_" + (sign if sign.isidentifier() else sign.encode().hex())


def mentioned(text: str) -> list[str]:
    """The operators and keywords that `text` talks about, each spelled as a word.

    Code in quotes that holds nothing else mentions them; an expression with names in it only uses them.

    >>> mentioned('The "is not" operator is not "==", though "x is y" may imply "x == y".')
    ['code_is', 'code_not', 'code_3d3d']
    """
    found: list[str] = []
    for literal in LITERAL.findall(text):
        parts = literal[1:-1].split()
        if all(part in OPERATORS or iskeyword(part) for part in parts):
            found += map(spelled, parts)
    return found


@dataclass(frozen=True, slots=True)
class Row:
    """What is indexed of a sentence: its `words`, its `section`'s headings, what stands `nearby`, and its `subject`."""

    words: str
    section: str = ""
    nearby: str = ""
    subject: str = ""
    title: str = ""


class Index:
    """A searchable copy of some rows, in memory; a row is known by its place in the list.

    Close it, or use it in a `with` statement.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self.size = len(rows)
        self.database = sqlite3.connect(":memory:")
        self.database.execute(f'CREATE VIRTUAL TABLE prose USING fts5({", ".join(COLUMNS)}, tokenize="{TOKENIZE}")')
        self.database.executemany(
            f"INSERT INTO prose (rowid, {', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?)",
            ((place, *(with_code(getattr(row, column)) for column in COLUMNS)) for place, row in enumerate(rows)),
        )

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the memory back."""
        self.database.close()

    def matching(self, words: str, columns: Collection[str] = COLUMNS) -> frozenset[int]:
        """The rows that hold these words, next to each other, in one of the columns."""
        found = self.database.execute("SELECT rowid FROM prose WHERE prose MATCH ?", (expression(words, columns),))
        return frozenset(row for (row,) in found)

    def scores(self, words: str) -> dict[int, float]:
        """The BM25 score of every row that holds these words; greater is better."""
        found = self.database.execute(
            "SELECT rowid, -bm25(prose, 1.0, 0.75, 0.25, 0.0, 0.0) FROM prose WHERE prose MATCH ?",
            (expression(words, COLUMNS),),
        )
        return dict(found)

    def stems(self) -> list[Counter[str]]:
        """For every row, how often each word stem occurs in its sentence."""
        self.database.execute("CREATE VIRTUAL TABLE IF NOT EXISTS terms USING fts5vocab(prose, instance)")
        counts: list[Counter[str]] = [Counter() for _ in range(self.size)]
        for row, stem in self.database.execute("SELECT doc, term FROM terms WHERE col = 'words'"):
            counts[row][stem] += 1
        return counts


def with_code(text: str) -> str:
    """The text as it is indexed: with the operators and keywords that it mentions, as words, at the end."""
    return " ".join([text, *mentioned(text)])


def expression(words: str, columns: Collection[str]) -> str:
    """The FTS5 query for these words as a phrase in one of these columns; quoting leaves nothing of them to obey."""
    quoted = words.replace('"', '""').replace("\0", " ")
    return f'{{{" ".join(columns)}}} : "{quoted}"'
