"""What the compiler proves of every node before anything runs: types, join rules, executors and timeouts."""

from __future__ import annotations

import collections.abc
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, get_origin

from planweave.engine import annotation
from planweave.engine.approval import Approval
from planweave.engine.errors import PolicyError, TypeMismatchError
from planweave.engine.missing import Missing
from planweave.engine.node import Approve, Map, Node, Repeat, Replan, Sleep, WaitFor, When
from planweave.engine.reference import reference
from planweave.engine.returns import annotation_of, returned_by
from planweave.engine.source import Const, InputRef, Nest, Source
from planweave.engine.wording import clip

_WANTED_BY_CONTROL: dict[type, tuple[Any, str, str]] = {
    Map: (collections.abc.Iterable, "maps over a list", "pass a list, or what a task that returns one gave"),
    When: (bool | Approval, "decides by a bool", "decide in a task that returns True or False"),
    Replan: (dict, "passes on what a plan comes to", "compile the plan"),
    Sleep: (float, "waits a number of seconds", "pass a number, or what a task that returns one gave"),
}
"""For each control structure: the type of its arguments, what it does with them, and how to mend what is not of it."""

_NAMES = str | list[str] | tuple[str, ...] | None
_SECONDS = float | None
_WANTED_BY_ASKING: dict[type, tuple[Any, ...]] = {
    Approve: (str, Any, _NAMES, _NAMES, _SECONDS),
    WaitFor: (str, _SECONDS),
}
"""For what asks somebody something: the type of each of its arguments."""


def check_nodes(nodes: Sequence[Node], inputs: Mapping[str, Any]) -> None:
    """Raise the first error that the annotations and policies of ``nodes`` prove.

    Raises:
        TypeMismatchError: a value provably cannot be what its parameter wants.
        PolicyError: a policy cannot be kept.
    """
    fns = [None if node.task is None or node.control is not None else node.task.fn for node in nodes]
    fine: set[Hashable] = set()  # calls of one function with the values of the same functions are looked at once
    for node, fn in zip(nodes, fns, strict=True):
        if fn is None:
            _check_control(node, nodes, inputs)
            continue
        key: Hashable = None
        try:
            before = tuple([id(fns[source]) for source in node.args])  # type: ignore[index]  # because others are the exception
        except TypeError:  # an argument that is no plain value of a node
            before = None
        if before is not None and id(None) not in before:
            key = (id(fn), id(node.policy), node.keywords, before)
            if key in fine:
                continue
        _check_policy(node)
        _check_undo(node)
        tolerant = node.policy.join != "all_success"
        for name, source in zip(node.argument_names(), node.args, strict=True):
            _check_argument(node, name, source, nodes, inputs, tolerant)
        if key is not None:
            fine.add(key)


def _check_argument(
    node: Node, name: str, source: Source, nodes: Sequence[Node], inputs: Mapping[str, Any], tolerant: bool
) -> None:
    assert node.task is not None
    wanted = node.task.annotation(name)
    if not annotation.is_known(wanted):
        return
    given = annotation_of(source, nodes, inputs)
    if annotation.provably_not(given, wanted):
        raise TypeMismatchError(
            f"parameter '{name}' of '{node.task.name}' wants {annotation.words(wanted)}, "
            f"but {_origin(source, nodes, name)} {annotation.words(given)}",
            where=node.where,
            node=node.id,
            mend="change one of the annotations, or put a task between them that converts the value",
        )
    if tolerant:
        _check_admits_missing(node, f"'{name}'", source, wanted)


def _check_admits_missing(node: Node, name: str, source: Source, wanted: Any) -> None:
    if type(source) is Nest:
        item = annotation.inside(wanted, source.kind)
        part = name if name.startswith("a part of ") else f"a part of {name}"
        for inner in source.items:
            _check_admits_missing(node, part, inner, item)
    elif type(source) is int and annotation.is_known(wanted) and annotation.provably_not(Missing, wanted):
        raise TypeMismatchError(
            f'under join="{node.policy.join}" {name} may be absent, but its annotation is {annotation.words(wanted)}',
            where=node.where,
            node=node.id,
            mend=f"annotate it as {annotation.words(wanted)} | pw.Missing, and look at it before use",
        )


def _check_control(node: Node, nodes: Sequence[Node], inputs: Mapping[str, Any]) -> None:
    if isinstance(node.control, Repeat):
        _check_until(node, node.control)
        return
    if isinstance(node.control, Approve | WaitFor):
        _check_asking(node, _WANTED_BY_ASKING[type(node.control)], nodes, inputs)
        return
    wanted, does, mend = _WANTED_BY_CONTROL[type(node.control)]
    for source in node.args:
        given = annotation_of(source, nodes, inputs)
        if annotation.provably_not(given, wanted) or (isinstance(node.control, Map) and _is_no_list(given)):
            raise TypeMismatchError(
                f"'{node.id}' {does}, but {_origin(source, nodes)} {annotation.words(given)}",
                where=node.where,
                node=node.id,
                mend=mend,
            )
    if isinstance(node.control, Map):
        _check_lengths(node)


def _check_asking(node: Node, kinds: tuple[Any, ...], nodes: Sequence[Node], inputs: Mapping[str, Any]) -> None:
    for name, source, wanted in zip(node.argument_names(), node.args, kinds, strict=True):
        given = annotation_of(source, nodes, inputs)
        if annotation.provably_not(given, wanted):
            raise TypeMismatchError(
                f"{name}= of '{node.id}' wants {annotation.words(wanted)}, "
                f"but {_origin(source, nodes)} {annotation.words(given)}",
                where=node.where,
                node=node.id,
                mend="pass what it wants, or what a task gave that returns it",
            )


def _is_no_list(given: Any) -> bool:
    """Whether it is certain that a map would refuse it, though it can be walked: a text or a mapping."""
    kinds = [get_origin(member) or member for member in annotation.members(given)]
    return all(isinstance(kind, type) and issubclass(kind, str | bytes | Mapping) for kind in kinds)


def _check_until(node: Node, control: Repeat) -> None:
    graph = control.template.graph
    if type(graph.output) is not Nest:
        return
    done = graph.output.items[-1]  # a round gives the state, and whether it is the last
    given = annotation_of(done, graph.nodes, {one.name: one.annotation for one in graph.inputs})
    if annotation.provably_not(given, bool):
        raise TypeMismatchError(
            f"until= of '{node.id}' wants a bool, but {_origin(done, graph.nodes)} {annotation.words(given)}",
            where=node.where,
            node=node.id,
            mend="end with a task that returns True or False",
        )


def _check_lengths(node: Node) -> None:
    lengths = {len(source.value) for source in node.args if type(source) is Const and hasattr(source.value, "__len__")}
    lengths |= {len(source.items) for source in node.args if type(source) is Nest}
    if len(lengths) > 1:
        raise TypeMismatchError(
            f"the lists of '{node.id}' have different lengths: {', '.join(map(str, sorted(lengths)))}",
            where=node.where,
            node=node.id,
            mend="lists are walked together; pass what is the same for all items by keyword",
        )


def _check_undo(node: Node) -> None:
    """What undoes a task is looked at as a node that is given its value."""
    undo = None if node.task is None else node.task.undo
    if undo is None:
        return
    _check_policy(node._replace(task=undo, policy=undo.policy))
    wanted, given = undo.annotation(undo.parameter_names(1)[0]), returned_by(node)
    if annotation.is_known(wanted) and annotation.provably_not(given, wanted):
        raise TypeMismatchError(
            f"undo={clip(undo.name)} of {clip(node.id)} wants {annotation.words(wanted)}, "
            f"but the task returns {annotation.words(given)}",
            where=node.where,
            node=node.id,
            mend="let it take what the task returns",
        )


def _check_policy(node: Node) -> None:
    task, policy = node.task, node.policy
    assert task is not None
    if task.is_async and policy.executor is not None:
        raise PolicyError(
            f"'{task.name}' is a coroutine, which runs on the loop, not by executor={policy.executor!r}",
            where=node.where,
            node=node.id,
            mend="leave executor out, or make it a plain function",
        )
    if policy.executor == "inline" and policy.timeout is not None:
        raise PolicyError(
            f"'{task.name}' runs inline, so nothing can stop it after timeout={policy.timeout}",
            where=node.where,
            node=node.id,
            mend='use executor="thread" (the run goes on without it) or executor="process" (it is killed)',
        )
    if policy.executor == "process" and reference(task) is None:
        raise PolicyError(
            f"'{task.name}' has executor=\"process\", but another process cannot find it",
            where=node.where,
            node=node.id,
            mend="define it at the top of a module or file, under its own name",
        )


def _origin(source: Source, nodes: Sequence[Node], parameter: str | None = None) -> str:
    """Who gives the value of ``source``, with a verb."""
    if type(source) is int:
        return f"'{nodes[source].id}' gives"
    if type(source) is Const:
        return f"{clip(source.value, limit=60)} is"
    if type(source) is InputRef and source.name != parameter:
        return f"'{source.name.rstrip('*')}' gives"
    return "it is given"
