"""A run as it is recorded: told again from its records alone, without its code, and without running anything.

The graph is read with placeholders for tasks, which only bear their names. What control structures do follows from what
is recorded, as when a run is resumed. Values of classes that only the code knows are shown as what they hold.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from planweave.engine.document.constants import encode
from planweave.engine.document.read import loads
from planweave.engine.errors import PlanweaveError, RecordsUnreadable, UnreadableValue
from planweave.engine.function import ANYTHING
from planweave.engine.journal import MemoryJournal
from planweave.engine.launch import run_of, sizes_of
from planweave.engine.policy import DEFAULT_POLICY
from planweave.engine.run import Run
from planweave.engine.state import RunState
from planweave.engine.store.aside import Aside
from planweave.engine.store.forms.named import MEMBER, OBJECT, TYPED
from planweave.engine.store.replay import replay
from planweave.engine.store.rows import RunRow
from planweave.engine.store.store import Store
from planweave.engine.store.values import name_of_blob, revive
from planweave.engine.task import Task


def recorded(store: Store, row: RunRow) -> Run[Any]:
    """A run as it is recorded; it cannot go on.

    Raises:
        RecordsUnreadable: its graph was not recorded, or its records do not fit together.
    """
    if row.graph is None:
        why = "its records were deleted" if row.pruned is not None else "its graph could not be recorded"
        raise RecordsUnreadable(f"run '{row.id}' cannot be told node by node: {why}", entry=0)
    document = json.loads(row.graph)
    tasks = Placeholders(document)
    try:
        graph = loads(json.dumps(_plain_constants(document)), tasks)
    except PlanweaveError as error:
        raise RecordsUnreadable(f"the graph of run '{row.id}' cannot be read: {error.what}", entry=0) from error
    options = json.loads(row.options)
    sizes = sizes_of(graph, options.get("pools"), options.get("threads", 1), options.get("processes"))
    read = _reader(store)
    values = {name: read(written, Any) for name, written in json.loads(row.inputs).items()}
    journal = MemoryJournal()
    run = run_of(graph, values, row.id, journal, sizes, 0.0, (), is_resumed=True)
    scheduler = run._scheduler
    replay(scheduler, journal.records, store.entries(row.id), read=read, tasks=tasks)
    scheduler.clock, scheduler.epoch = store.now, 0.0
    if not scheduler.state.is_end:
        scheduler.state = RunState(row.state)  # a run is blocked without a record: it may be that none can be made
    return run


def _reader(store: Store) -> Callable[[Any, Any], Any]:
    """What makes values of JSON, wherever the store keeps them."""
    aside = Aside(store)

    def read(written: Any, annotation: Any) -> Any:
        name = name_of_blob(written)
        if name is not None:
            with contextlib.suppress(UnreadableValue):  # the place of the value says so then
                return value_of(json.loads(aside.get(name)), annotation)
        return value_of(written, annotation)

    return read


def value_of(written: Any, annotation: Any = Any) -> Any:
    """A value that was recorded; an object of a class that ``annotation`` does not name as what it holds.

    >>> value_of(["~tuple", 1, ["~object", "Point", {"x": 1, "y": 2}]])
    (1, {'x': 1, 'y': 2})
    """
    for attempt, said in ((written, annotation), (_without_classes(written), Any)):
        try:
            return revive(attempt, said)
        except ValueError:  # a class that nothing names, or numpy, which may not be here
            continue
    return written


def _without_classes(written: Any) -> Any:
    match written:
        case dict():
            return {key: _without_classes(one) for key, one in written.items()}
        case ["~blob", str() as name]:
            return f"(a large value that cannot be read: {name})"
        case [tag, str(), content, *_] if tag in (OBJECT, MEMBER, TYPED):
            return _without_classes(content)
        case list():
            return [_without_classes(one) for one in written]
    return written


class Placeholders(Mapping[str, Any]):
    """Something for each name in a graph document: a task that bears it, and a class for all that is no task."""

    def __init__(self, document: Any) -> None:
        self._asynchronous = {node["task"]: bool(node.get("async")) for node in _nodes(document) if "task" in node}

    def __getitem__(self, reference: str) -> Any:
        name = reference.rpartition("#" if "#" in reference else ":")[2]
        if reference not in self._asynchronous:
            return type(name.rpartition(".")[2], (Exception,), {})
        is_async = self._asynchronous[reference]
        return Task(_never, name, DEFAULT_POLICY, signature=ANYTHING, is_async=is_async, is_open=True)

    def __iter__(self) -> Iterator[str]:
        return iter(self._asynchronous)

    def __len__(self) -> int:
        return len(self._asynchronous)


def _never(*args: Any, **kwargs: Any) -> Any:
    raise AssertionError("a run that is only told runs nothing")


def _nodes(document: Any) -> Iterator[dict[str, Any]]:
    """The nodes of a graph document and of all templates in it."""
    if isinstance(document, dict):
        if isinstance(document.get("id"), str):
            yield document
        for one in document.values():
            yield from _nodes(one)
    elif isinstance(document, list):
        for one in document:
            yield from _nodes(one)


def _plain_constants(document: Any) -> Any:
    """The document with constants that only an annotation tells the type of as plain ones."""
    if isinstance(document, dict):
        if document.keys() == {"typed"}:
            return encode(document["typed"], Any)
        return {key: _plain_constants(one) for key, one in document.items()}
    return [_plain_constants(one) for one in document] if isinstance(document, list) else document
