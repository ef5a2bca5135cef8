"""The index of a toolbox: full-text search over names, descriptions and parameters, in memory.

Source: S. Robertson, H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, as in SQLite's FTS5
(https://www.sqlite.org/fts5.html#the_bm25_function), with Porter's stemmer.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence

from planweave.nodes.tools.tool import Tool
from planweave.nodes.tools.words import MOST, root, telling, words

WEIGHTS = (2.0, 1.0, 0.5, 1.0)
"""What a match counts in the name, the description, the parameters, and by the beginning of a word alone."""


class Index:
    """Finds tools by the words of their texts.

    Args:
        tools: which; they are known by their places here.
    """

    def __init__(self, tools: Sequence[Tool[..., object]]) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.execute(
            'CREATE VIRTUAL TABLE tool USING fts5(name, description, parameters, roots, tokenize="porter unicode61'
            " tokenchars '\u00b7'\")"
        )
        self._database.executemany("INSERT INTO tool VALUES (?, ?, ?, ?)", map(_row, tools))

    def scores(self, query: str) -> dict[int, float]:
        """How well tools match, by their places: above 0, more is better. Those that do not match at all are left out.

        Any text will do.
        """
        some = [one for one in telling(words(query)) if one.isprintable()][:MOST]
        if not some:
            return {}
        wanted = " OR ".join(f'"{one}"' for one in (*some, *dict.fromkeys(map(root, some))))
        with self._lock:
            found = self._database.execute(
                f"SELECT rowid, bm25(tool, {', '.join(map(str, WEIGHTS))}) FROM tool WHERE tool MATCH ?", (wanted,)
            ).fetchall()
        return {rowid - 1: -score for rowid, score in found}


def _row(tool: Tool[..., object]) -> tuple[str, str, str, str]:
    name, description = words(tool.name), words(tool.description)
    parameters = words(" ".join(_parameter_texts(tool)))
    roots = [root(one) for one in (*name, *telling(description), *parameters)]
    return " ".join((*name, tool.name.casefold())), " ".join(description), " ".join(parameters), " ".join(roots)


def _parameter_texts(tool: Tool[..., object]) -> list[str]:
    properties = tool.schema.arguments["properties"]
    return [f"{name} {one.get('description', '')}" for name, one in properties.items()]
