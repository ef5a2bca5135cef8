"""The other end of the wire: what a spawned process does with the jobs that it is sent."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from multiprocessing import connection, parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from planweave.engine.context import LOGGER, current
from planweave.engine.executors.job import Place
from planweave.engine.executors.trouble import Trouble, dropped
from planweave.engine.executors.wire import NOTHING, Order, Wire, WireBroken, pack, unpack
from planweave.engine.reference import find, load_script


class _Reports:
    """Sends what a task reports back over the wire."""

    def __init__(self, wire: Wire, order: Order) -> None:
        self.run_id = order.run_id
        self.inline = order.place
        self._label = order.label
        self._wire = wire

    def node_id(self, position: int) -> str:
        return self._label

    def report(self, place: Place, kind: str, data: Mapping[str, Any]) -> None:
        try:
            content = pack((kind, dict(data)))
        except Exception as error:  # whatever a fact raises when it is packed; what a task only tells never fails it
            content = pack(dropped(self._label, error))
        self._wire.send((place, "report"), content)

    def is_cancelled(self, place: Place) -> bool:
        return False  # a cancelled process is killed


def serve(pipe: Connection, scripts: dict[str, str]) -> None:
    """Run jobs until the wire closes.

    Args:
        pipe: this end of the wire.
        scripts: the files of the modules in the parent that no other process can import, by the names of these.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the run decides what ends
    if sys.platform != "win32":
        os.setsid()  # what a task starts is in this session then, and is killed with it
    LOGGER.disabled = True  # log lines are passed on at the other end, where the program has set up logging
    threading.Thread(target=_end_with_parent, daemon=True).start()
    wire = Wire(pipe)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: _leave(wire))
    functions: dict[str, Callable[..., Any]] = {}
    try:
        wire.send((None, "started"), NOTHING)
        while True:
            order, content = wire.receive()
            current.set((_Reports(wire, order), *order.place))
            kind, answer = _answer(functions, scripts, order, content)
            wire.send((order.place, kind), answer)
            del answer  # it may be large
    except WireBroken:
        return


def _answer(
    functions: dict[str, Callable[..., Any]], scripts: dict[str, str], order: Order, content: memoryview
) -> tuple[str, memoryview]:
    """Run the body; gives the kind of the answer, and its content."""
    try:
        # First the function: that loads the script which may define the classes of the arguments.
        function = _function(functions, order.reference)
        try:
            args, kwargs = _arguments(content, scripts)
        except BaseException as error:
            return "unreadable", pack(Trouble.of(error))
        content.release()  # large arguments need not be in memory twice while the body runs
        value = function(*args, **kwargs)
    except BaseException as error:
        return "error", pack(Trouble.of(error))
    try:
        return "value", pack(value)
    except Exception as error:  # whatever the value raises when it is packed
        return "unsendable", pack(Trouble.of(error))


def _function(functions: dict[str, Callable[..., Any]], reference: str) -> Callable[..., Any]:
    if reference not in functions:
        found = find(reference)
        functions[reference] = getattr(found, "fn", found)
    return functions[reference]


def _arguments(content: memoryview, scripts: dict[str, str]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a job; a script that only they need is loaded when it turns out to be missing."""
    try:
        args, kwargs = unpack(content)
    except ModuleNotFoundError as error:
        if error.name not in scripts:
            raise
        load_script(Path(scripts.pop(error.name)))
        return _arguments(content, scripts)
    return args, kwargs


def _leave(wire: Wire) -> None:
    """In a fork of this process: it is not the task, and an open wire in it would hide that the task's process died."""
    wire.close()
    current.set(None)


def _end_with_parent() -> None:
    """Wait until the parent is gone, however it went; then kill this process and what it has started."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        if sys.platform != "win32":
            os.killpg(0, signal.SIGKILL)
        os._exit(1)
