"""A toolbox: a searchable set of tools, and the one door by which a text or a model calls them."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import nlargest, nsmallest
from pathlib import Path
from typing import Any, Protocol

from planweave.engine.errors import DefinitionError, DuplicateIdError, UnknownNameError
from planweave.engine.location import Location
from planweave.engine.wording import clip, listing
from planweave.nodes.tools.calling import call, call_async
from planweave.nodes.tools.filling import Filled, filled
from planweave.nodes.tools.index import Index
from planweave.nodes.tools.loading import installed_tools, load_tools
from planweave.nodes.tools.permission import permissions_of
from planweave.nodes.tools.tool import Tool
from planweave.nodes.tools.words import words

AnyTool = Tool[..., Any]

LEXICAL = 0.15
"""What the match of words counts beside the nearness in meaning, where there is an embedder."""


class Embedder(Protocol):
    """Says how near texts are in meaning."""

    def compare(self, texts: Sequence[str]) -> Callable[[str], Sequence[float]]:
        """A function that says of a text how near it is to each of these: 1 is the same, 0 has nothing in common."""
        ...


class Toolbox:
    """A searchable set of tools.

    Args:
        tools: tools with different names.
        allow: the permissions of whoever calls by this toolbox; what is not among them is denied.
        embedder: a second opinion on what is near in meaning.

    Raises:
        DefinitionError: something is no tool.
        DuplicateIdError: two tools have one name.
        PolicyError: something is no permission.

    >>> from planweave.nodes.tools.tool import tool
    >>> @tool
    ... def shout(text: str) -> str:
    ...     '''Write a text in capital letters.'''
    ...     return text.upper()
    >>> box = Toolbox([shout])
    >>> box.find("make this capital")
    [<tool 'shout'>]
    >>> box.call("shout", {"text": "hello"})
    'HELLO'
    """

    def __init__(
        self, tools: Iterable[AnyTool] = (), *, allow: str | Iterable[str] = (), embedder: Embedder | None = None
    ) -> None:
        self.allow = permissions_of(allow)
        self._tools: dict[str, AnyTool] = {}
        self._embedder = embedder
        self._index: Index | None = None
        self._nearness: Callable[[str], Sequence[float]] | None = None
        self._names: dict[str, list[int]] = {}
        self.add(*tools)

    def add(self, *tools: AnyTool) -> None:
        """Add tools; all of them, or none."""
        known = dict(self._tools)
        for one in tools:
            if not isinstance(one, Tool):
                raise DefinitionError(
                    f"{clip(one)} is no tool", where=Location.of_user(), mend="write @pw.tool above the function"
                )
            if one.name in known and known[one.name] is not one:
                raise DuplicateIdError(
                    f"two tools are called {clip(one.name)}", where=one.where, mend="give one of them name=..."
                )
            known[one.name] = one
        for one in tools:
            one.schema  # noqa: B018  # because what cannot be described must be found out here
        self._tools, self._index = known, None

    def load(self, target: str | Path | types.ModuleType) -> None:
        """Add the tools of a module, a Python file, or a folder of them; see ``load_tools``."""
        self.add(*load_tools(target))

    def load_installed(self) -> None:
        """Add the tools that installed packages offer; see ``installed_tools``."""
        self.add(*installed_tools())

    def __len__(self) -> int:
        return len(self._tools)

    def __iter__(self) -> Iterator[AnyTool]:
        return iter(self._tools.values())

    def __contains__(self, name: object) -> bool:
        return name in self._tools

    def __getitem__(self, name: str) -> AnyTool:
        """The tool of that name; raises UnknownNameError."""
        try:
            return self._tools[name]
        except KeyError:
            from difflib import get_close_matches

            near = get_close_matches(str(name)[:1000], self._tools, n=3) or list(self._tools)
            raise UnknownNameError(
                f"there is no tool {clip(name)}", mend=f"did you mean: {listing(near)}" if near else "add some"
            ) from None

    # ------------------------------------------------------------------ finding

    def find(self, query: str, k: int = 5) -> list[AnyTool]:
        """The tools that fit a text best, the best first; fewer than ``k`` where no more have anything to do with it.

        One whose name is the text comes first. Any text will do.

        Args:
            query: what is to be done, or the name of a tool.
            k: how many at the most.
        """
        tools = list(self._tools.values())
        if self._index is None:
            self._index = Index(tools)
            embedder = self._embedder
            self._nearness = None if embedder is None else embedder.compare([_text(one) for one in tools])
            self._names = _places([one.name for one in tools])
        exact = self._names.get("".join(words(query)), [])
        ranked = self._ranked(query, max(k, 0) + len(exact))
        return [tools[i] for i in dict.fromkeys((*exact, *ranked))][: max(k, 0)]

    def _ranked(self, query: str, most: int) -> list[int]:
        """The places of the tools that fit best."""
        assert self._index is not None, "it is made before anything is looked for"
        scores = self._index.scores(query)
        if self._nearness is None:
            return nsmallest(most, scores, key=lambda i: (-scores[i], i))
        share = LEXICAL / max(scores.values(), default=1.0)
        near = self._nearness(query)
        nearest = nlargest(most, range(len(near)), key=near.__getitem__)  # none of the others is among the best
        some = dict.fromkeys((*nearest, *scores))
        return nsmallest(most, some, key=lambda i: (-near[i] - share * scores.get(i, 0.0), i))

    # ------------------------------------------------------------------ calling

    def call(self, name: str, arguments: Mapping[str, Any] | None = None) -> Any:
        """Call a tool as others ask for it: arguments are checked, and nothing is done that is not allowed.

        Works on a running event loop too, which it holds up; ``await call_async(...)`` does not.

        Args:
            name: of the tool.
            arguments: by name, as JSON has them.

        Raises:
            UnknownNameError: there is no such tool.
            PermissionDenied: it needs what is not allowed.
            ArgumentsRefused: it does not take these arguments.
            NodeTimeout: it took longer than its timeout.
        """
        return call(self[name], arguments or {}, self.allow)

    async def call_async(self, name: str, arguments: Mapping[str, Any] | None = None) -> Any:
        """The same, without holding up the running loop."""
        return await call_async(self[name], arguments or {}, self.allow)

    def fill(self, query: str, tool: AnyTool | str | None = None) -> Filled:
        """What can be told from a text of the arguments of a tool, without a model.

        Args:
            query: what is to be done.
            tool: which, or its name; the one that fits best unless given.

        Raises:
            UnknownNameError: no tool has anything to do with it.
        """
        if tool is None:
            found = self.find(query, 1)
            if not found:
                raise UnknownNameError(f"no tool has to do with {clip(query)}", mend="planweave tools lists them all")
            tool = found[0]
        return filled(self[tool] if isinstance(tool, str) else tool, query)

    def call_for(self, query: str, tool: AnyTool | str | None = None) -> Any:
        """Find the tool for a text, fill in its arguments, and call it.

        Raises:
            ArgumentsRefused: some arguments cannot be told from the text; the error names them.
            UnknownNameError, PermissionDenied, NodeTimeout: see ``fill`` and ``call``.
        """
        told = self.fill(query, tool)
        told.check()
        return call(told.tool, told.arguments, self.allow)


def _places(names: Iterable[str]) -> dict[str, list[int]]:
    """Where each name stands, however it is written: ``WebSearch``, ``web_search``, ``web search``."""
    found: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        if key := "".join(words(name)):
            found.setdefault(key, []).append(i)
    return found


def _text(tool: AnyTool) -> str:
    return f"{' '.join(words(tool.name))}. {tool.description}"
