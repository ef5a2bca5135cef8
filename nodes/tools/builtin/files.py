"""File tools: read, write, list and search text files under a root that they cannot leave."""

from __future__ import annotations

import fnmatch
import os
from typing import Any, TypedDict

from planweave.engine.errors import ValueRefused
from planweave.engine.wording import clip
from planweave.nodes.tools.builtin.root import Root
from planweave.nodes.tools.tool import Tool, tool

LARGEST = 4 * 2**20
"""Bytes of a file that is read, written or searched."""
MOST = 1000
"""Files that are listed, lines that are found."""
LONGEST = 400
"""Characters of a line that is found."""


class FileEntry(TypedDict):
    """A file or folder."""

    path: str
    kind: str
    size: int


class Line(TypedDict):
    """A line of a file."""

    path: str
    line: int
    text: str


def file_tools(root: str | os.PathLike[str]) -> list[Tool[..., Any]]:
    """Tools for the files under a folder: ``read_file``, ``write_file``, ``list_files``, ``search_files``.

    Args:
        root: the folder. Paths are from there on; those that lead out, over links too, are denied.

    Raises:
        ValueRefused: it is no folder.
    """
    here = Root(root)

    @tool(permissions={"files:read"}, category="files", idempotent=True)
    def read_file(path: str, first_line: int = 1, lines: int = 0) -> str:
        """Read a text file, or some lines of it.

        Args:
            path: of the file.
            first_line: from which line on, counted from 1.
            lines: how many lines; 0 reads all that follow.
        """
        text = _text(here, path)
        if first_line == 1 and lines == 0:
            return text
        if first_line < 1 or lines < 0:
            raise ValueRefused("lines are counted from 1", mend="first_line=1, lines=0 reads all")
        some = text.splitlines(keepends=True)[first_line - 1 :]
        return "".join(some[:lines] if lines else some)

    @tool(permissions={"files:write"}, category="files", idempotent=True)
    def write_file(path: str, text: str) -> int:
        """Write a text to a file, which is made, or replaced as a whole.

        Args:
            path: of the file; folders that are not there are made.
            text: what it holds then.

        Returns:
            How many bytes it has.
        """
        try:
            content = text.encode()
        except UnicodeEncodeError as error:
            raise ValueRefused(f"the text for {clip(path)} is no Unicode text: {error.reason}") from error
        if len(content) > LARGEST:
            raise ValueRefused(f"the text for {clip(path)} has more than {LARGEST:,} bytes")
        here.write(path, content)
        return len(content)

    @tool(permissions={"files:read"}, category="files", idempotent=True)
    def list_files(folder: str = "", pattern: str = "*") -> list[FileEntry]:
        """List the files and folders in a folder and below it, at most 1,000.

        Args:
            folder: which; all of them unless given.
            pattern: of their names, such as *.txt
        """
        found: list[FileEntry] = []
        for one in here.walk(folder):
            if fnmatch.fnmatchcase(one.path.rpartition("/")[2], pattern):
                found.append({"path": one.path, "kind": "folder" if one.is_folder else "file", "size": one.size})
                if len(found) >= MOST:
                    break
        return found

    @tool(permissions={"files:read"}, category="files", idempotent=True)
    def search_files(text: str, folder: str = "", pattern: str = "*") -> list[Line]:
        """Find the lines of text files that hold a text, in any case of letters, at most 1,000.

        Args:
            text: what is looked for, letter by letter.
            folder: where; everywhere unless given.
            pattern: of the names of the files, such as *.md
        """
        if not text:
            raise ValueRefused("an empty text is on every line", mend="say what is looked for")
        wanted, found = text.casefold(), list[Line]()
        for one in here.walk(folder):
            if one.is_folder or one.size > LARGEST or not fnmatch.fnmatchcase(one.path.rpartition("/")[2], pattern):
                continue
            try:
                content = _text(here, one.path)
            except (ValueRefused, PermissionError):  # no text, or not there any more
                continue
            for number, line in enumerate(content.splitlines(), 1):
                if wanted in line.casefold():
                    found.append({"path": one.path, "line": number, "text": line.strip()[:LONGEST]})
                    if len(found) >= MOST:
                        return found
        return found

    return [read_file, write_file, list_files, search_files]


def _text(root: Root, path: str) -> str:
    content = root.read(path, LARGEST)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueRefused(f"{clip(path)} is no text in UTF-8", mend="a document tool may read it") from error
