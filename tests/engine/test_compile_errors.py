"""Every error of the compiler says what was wrong, where, and what to do; each is read in tests/engine/mistakes."""

from __future__ import annotations

import ast
import inspect
import textwrap
import types

import pytest

import planweave as pw
from planweave.engine import (
    actions,
    argument,
    asking,
    branch,
    check,
    control,
    decisions,
    filling,
    naming,
    needs,
    policy,
    task,
    tracer,
)
from planweave.engine import compile as compiler
from planweave.engine import workflow as workflows
from planweave.engine.errors import DefinitionError
from tests.engine.mistakes import arguments, definitions, graphs, nodes, plans
from tests.engine.mistakes import asking as askings
from tests.engine.mistakes import control as controls
from tests.engine.program import Mistake, execute, refusal

MISTAKES = [
    *nodes.MISTAKES,
    *arguments.MISTAKES,
    *askings.MISTAKES,
    *controls.MISTAKES,
    *definitions.MISTAKES,
    *graphs.MISTAKES,
    *plans.MISTAKES,
]
each_mistake = pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake.title for mistake in MISTAKES])


@each_mistake
def test_a_mistake_is_answered_with_what_where_and_what_to_do(mistake: Mistake) -> None:
    """Law: the message is, letter by letter, the one that stands beside the program."""
    assert refusal(mistake.program, mistake.error) == textwrap.dedent(mistake.said).strip()


@each_mistake
def test_every_error_names_the_line_and_the_mend(mistake: Mistake) -> None:
    """Law: each error carries a mend, and the line of the user's file (a lookup in a graph has none)."""
    with pytest.raises(mistake.error) as caught:
        execute(mistake.program)
    assert caught.value.mend
    assert caught.value.where is not None or mistake.title == "a node that there is not"
    assert caught.value.line == "; ".join(line.strip() for line in str(caught.value).splitlines())


def raises_in(module: types.ModuleType) -> set[tuple[str, int]]:
    """The lines of a module on which errors are raised on purpose, by the first line of the statement."""
    return {
        (module.__name__, node.lineno)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Raise) and node.exc is not None
    }


def raised_by(mistake: Mistake) -> tuple[str, int]:
    """The module and line of the raise statement that a mistake ends in."""
    try:
        execute(mistake.program)
    except pw.PlanweaveError as error:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        assert trace is not None
        return trace.tb_frame.f_globals["__name__"], trace.tb_lineno
    raise AssertionError(f"{mistake.title}: no error")


def test_every_place_that_raises_is_reached_by_a_mistake() -> None:
    """Law: no error of the compiler goes unread: each raise statement of its modules is provoked by some program."""
    modules = [actions, argument, branch, check, compiler, control, filling, naming, needs, policy, task, tracer]
    modules += [asking, decisions, workflows]
    places = set().union(*map(raises_in, modules))
    reached = {
        max((place for place in places if place[0] == module and place[1] <= line), default=(module, line))
        for module, line in map(raised_by, MISTAKES)
    }
    assert places - reached == set()


def test_every_class_of_definition_error_is_provoked() -> None:
    """Law: each class under DefinitionError is met by a mistake here, or is about JSON documents."""
    provoked = {mistake.error for mistake in MISTAKES} | {pw.HandleUseError}  # those fill tests/engine/test_handle.py
    classes = {DefinitionError, *DefinitionError.__subclasses__()}
    assert {kind for kind in classes if kind.__module__.startswith("planweave.engine")} - provoked == {pw.DocumentError}
