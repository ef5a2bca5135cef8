"""The inputs of a run: what a graph is given, checked before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planweave.engine import annotation
from planweave.engine.errors import InputError
from planweave.engine.graph import Graph
from planweave.engine.location import Location
from planweave.engine.wording import clip, listing


def check_inputs(graph: Graph, given: Mapping[str, Any]) -> dict[str, Any]:
    """The value of every input of the graph.

    Raises:
        InputError: something is missing, unknown or of the wrong type.
    """
    if not isinstance(given, Mapping):
        raise InputError(
            f"the inputs of '{graph.name}' are {clip(given)}",
            where=Location.of_user(),
            mend='give each its name: {"name": value}',
        )
    known = {one.name: one for one in graph.inputs}
    names = listing(known) or "none"
    for name in given:
        if name not in known:
            raise InputError(
                f"'{graph.name}' has no input {clip(name)}", where=graph.where, mend=f"its inputs are: {names}"
            )
    missing = [name for name, one in known.items() if one.required and name not in given]
    if missing:
        raise InputError(
            f"'{graph.name}' is not given: {listing(missing)}",
            where=graph.where,
            mend=f"pass {listing(f'{name}=...' for name in missing)}; its inputs are: {names}",
        )
    for name, value in given.items():
        if annotation.provably_not(annotation.kind_of(value), known[name].annotation):
            raise InputError(
                f"input '{name}' of '{graph.name}' is {type(value).__name__} {clip(value, limit=40)}, "
                f"not {annotation.words(known[name].annotation)}",
                where=graph.where,
                mend=f"pass {name}= as {annotation.words(known[name].annotation)}",
            )
    return {name: given.get(name, one.default.value) for name, one in known.items()}
