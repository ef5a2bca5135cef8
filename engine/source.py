"""Where an argument of a node comes from: another node, an input, a constant, or a container of these.

A ``Source`` is what a handle becomes when a workflow is compiled. The source of another node's value is a
plain ``int``, the position of that node in its graph, because almost every argument is one and the scheduler
reads them in its innermost loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias


class Const:
    """A value that is known when the workflow is traced."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"Const({self.value!r})"


class InputRef:
    """The value of an input of the graph, by name."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"InputRef({self.name!r})"


class Nest:
    """A list, tuple or dict that holds sources; ``keys`` is None unless it is a dict."""

    __slots__ = ("items", "keys", "kind")

    def __init__(self, kind: type, items: tuple[Source, ...], keys: tuple[Any, ...] | None = None) -> None:
        self.kind = kind
        self.items = items
        self.keys = keys

    def __repr__(self) -> str:
        return f"Nest({self.kind.__name__}, {self.items!r}, keys={self.keys!r})"


Source: TypeAlias = "int | Const | InputRef | Nest"


def nodes_of(source: Source) -> Iterator[int]:
    """The positions of the nodes that ``source`` reads, in order of appearance.

    >>> list(nodes_of(Nest(list, (3, Const(5), Nest(tuple, (1,))))))
    [3, 1]
    """
    if type(source) is int:
        yield source
    elif type(source) is Nest:
        for item in source.items:
            yield from nodes_of(item)


def inputs_of(source: Source) -> Iterator[str]:
    """The names of the inputs that ``source`` reads, in order of appearance."""
    if type(source) is InputRef:
        yield source.name
    elif type(source) is Nest:
        for item in source.items:
            yield from inputs_of(item)


def resolve(source: Source, of_node: Callable[[int], Any], of_input: Callable[[str], Any]) -> Any:
    """The value of ``source``, given how to get the value of a node and of an input.

    >>> resolve(Nest(dict, (0, Const("b")), ("x", "y")), {0: "a"}.get, {}.get)
    {'x': 'a', 'y': 'b'}
    """
    if type(source) is int:
        return of_node(source)
    if type(source) is Const:
        return source.value
    if type(source) is InputRef:
        return of_input(source.name)
    assert type(source) is Nest
    values = [resolve(item, of_node, of_input) for item in source.items]
    return dict(zip(source.keys, values, strict=True)) if source.keys is not None else source.kind(values)


def rewrite(source: Source, of_node: Callable[[int], Source], of_input: Callable[[str], Source]) -> Source:
    """``source`` with every node and input in it replaced; constants are shared, not copied."""
    if type(source) is int:
        return of_node(source)
    if type(source) is InputRef:
        return of_input(source.name)
    if type(source) is Nest:
        return Nest(source.kind, tuple(rewrite(item, of_node, of_input) for item in source.items), source.keys)
    return source
