"""Reading HDDL: the files of the planning competitions, with all that they allow themselves."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import overload

from planweave.planners.htn.domain import Domain
from planweave.planners.htn.hddl.domain import read_domain
from planweave.planners.htn.hddl.problem import read_problem
from planweave.planners.htn.hddl.source import Source
from planweave.planners.htn.model import Problem


@overload
def read(domain_path: str | os.PathLike[str], problem_path: str | os.PathLike[str]) -> tuple[Domain, Problem]: ...
@overload
def read(domain_path: str | os.PathLike[str], problem_path: None = None) -> tuple[Domain, None]: ...
def read(
    domain_path: str | os.PathLike[str], problem_path: str | os.PathLike[str] | None = None
) -> tuple[Domain, Problem | None]:
    """Read a domain and a problem in it from files of HDDL.

    Case does not matter; names come out in lower case. Half a million facts take about a second.

    Args:
        domain_path: the file of the domain.
        problem_path: the file of the problem; None: the domain alone is read, and the second of the pair is None.

    Raises:
        HddlError: a text is not HDDL, or uses a name that is not declared; says where and what to do.
        OSError: a file cannot be read.

    Source: D. Höller et al., "HDDL: an extension to PDDL for expressing hierarchical planning problems", AAAI 2020;
    quirks as pandaPIparser and the domains of the International Planning Competitions 2020 and 2023 have them.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "domain.hddl")
    ...     _ = path.write_text("(define (domain walk) (:task go) (:action step) "
    ...                         "(:method m :task (go) :ordered-subtasks (and (step) (step))))")
    ...     read(path)
    (<domain 'walk' with 1 operators, 1 compound tasks and 1 methods>, None)
    """
    with _collection_paused():
        problem = None if problem_path is None else _source(problem_path)
        return _read(_source(domain_path), problem)


@overload
def loads(domain_text: str, problem_text: str) -> tuple[Domain, Problem]: ...
@overload
def loads(domain_text: str, problem_text: None = None) -> tuple[Domain, None]: ...
def loads(domain_text: str, problem_text: str | None = None) -> tuple[Domain, Problem | None]:
    """Read a domain and a problem in it from texts in HDDL, as ``read`` does from files.

    Args:
        domain_text: the domain.
        problem_text: the problem; None: the domain alone is read, and the second of the pair is None.

    Raises:
        HddlError: a text is not HDDL, or uses a name that is not declared; says where and what to do.

    >>> domain, problem = loads(
    ...     "(define (domain walk) (:predicates (at ?x)) (:task go :parameters (?x)))",
    ...     "(define (problem p) (:objects a b) (:htn :subtasks (go b)) (:init (at a)))",
    ... )
    >>> str(problem.network.subtasks[0]), [str(fact) for fact in problem.state]
    ('(go b)', ['(at a)'])
    """
    with _collection_paused():
        problem = None if problem_text is None else Source.of_hddl(problem_text, "<problem>")
        return _read(Source.of_hddl(domain_text, "<domain>"), problem)


def _read(domain: Source, problem: Source | None) -> tuple[Domain, Problem | None]:
    scope = read_domain(domain)
    return scope.domain, None if problem is None else read_problem(replace(scope, source=problem))


def _source(path: str | os.PathLike[str]) -> Source:
    """The text of a file; what is not UTF-8 in it, most likely in a comment, is taken as Latin-1."""
    found = Path(path).read_bytes()
    try:
        text = found.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = found.decode("latin-1")
    return Source.of_hddl(text.replace("\r\n", "\n").replace("\r", "\n"), os.fspath(path))


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Keep the garbage collector from looking through the facts again and again while they are made: half the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
