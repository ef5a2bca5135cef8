"""Assertions about planners, for tests: three lines test a planner.

This module imports hypothesis: it is imported where an assertion is asked for.
"""

from __future__ import annotations

import hypothesis
from hypothesis import strategies as st
from hypothesis.errors import Flaky, NoSuchExample

from planweave.testing.errors import PlannerBroken
from planweave.testing.htn.answer import PlannerLike, asker
from planweave.testing.htn.exercise import Exercise
from planweave.testing.htn.laws import Breach, Law, is_complete, is_deterministic, is_sound
from planweave.testing.htn.strategies import htn_problems
from planweave.testing.htn.trimming import trimmed

EXAMPLES = 500
"""How many problems a planner is asked unless said otherwise."""

TIME_LIMIT = 5.0
"""Seconds of processor time for each of them: more than problems as tiny as these should need."""

_SEEDS = st.integers(0, 9)


def assert_sound(
    planner: PlannerLike,
    problems: st.SearchStrategy[Exercise] | None = None,
    *,
    settings: hypothesis.settings | None = None,
    time_limit: float = TIME_LIMIT,
) -> None:
    """Assert that a planner says nothing wrong: each plan solves its problem, and "no plan exists" is true.

    It may give up: raise ``PlanningTimeout`` or another ``TimeoutError``.

    Args:
        planner: a callable that gets a problem (or ``domain`` and ``problem``), with as many of the keywords
            ``deadline``, ``time_limit`` and ``seed`` as it has parameters for. It gives a plan (``pw.Plan``, a
            ``Solution`` or a text in the IPC format) or raises ``htn.NoPlan``. Or the name of a planner of planweave's.
        problems: what it is asked, as ``htn_problems(...)`` makes them; None: ``htn_problems()``.
        settings: of hypothesis; None: 500 examples, else as your profile says.
        time_limit: processor time for each problem, in seconds, for planners that take a deadline.

    Raises:
        PlannerBroken: with the smallest problem that was found for which it is not so.
        UnknownNameError: there is no planner of that name.

    >>> assert_sound("lifted", settings=hypothesis.settings(max_examples=10, database=None))
    """
    __tracebackhide__ = True
    _hold(is_sound, planner, htn_problems() if problems is None else problems, settings, time_limit)


def assert_complete_on_tiny(
    planner: PlannerLike,
    problems: st.SearchStrategy[Exercise] | None = None,
    *,
    settings: hypothesis.settings | None = None,
    time_limit: float = TIME_LIMIT,
) -> None:
    """Assert that a planner finds a plan where there is one, and says so where there is none, on tiny problems.

    A planner that cannot prove that there is no plan is asked ``htn_problems(solvable=True)``.

    Args:
        planner: as in ``assert_sound``.
        problems: what it is asked; None: ``htn_problems()``.
        settings: of hypothesis; None: 500 examples, else as your profile says.
        time_limit: processor time for each problem, in seconds; what takes longer counts as not found.

    Raises:
        PlannerBroken: with the smallest problem that was found for which it is not so.
        UnknownNameError: there is no planner of that name.
    """
    __tracebackhide__ = True
    _hold(is_complete, planner, htn_problems() if problems is None else problems, settings, time_limit)


def assert_deterministic(
    planner: PlannerLike,
    problems: st.SearchStrategy[Exercise] | None = None,
    *,
    settings: hypothesis.settings | None = None,
    time_limit: float = TIME_LIMIT,
) -> None:
    """Assert that a planner gives equal answers for equal problems and equal seeds, unless it gives up.

    Args:
        planner: as in ``assert_sound``.
        problems: what it is asked; None: ``htn_problems()``.
        settings: of hypothesis; None: 500 examples, else as your profile says.
        time_limit: processor time for each problem, in seconds, for planners that take a deadline.

    Raises:
        PlannerBroken: with the smallest problem that was found for which it is not so.
        UnknownNameError: there is no planner of that name.
    """
    __tracebackhide__ = True
    _hold(is_deterministic, planner, htn_problems() if problems is None else problems, settings, time_limit)


def _hold(
    law: Law,
    planner: PlannerLike,
    problems: st.SearchStrategy[Exercise],
    settings: hypothesis.settings | None,
    time_limit: float,
) -> None:
    __tracebackhide__ = True
    ask = asker(planner)
    last: list[Breach] = []

    def breaks(asked: tuple[Exercise, int]) -> bool:
        breach = law(ask, asked[0], time_limit, asked[1])
        if breach is not None:
            last[:] = [breach]
        return breach is not None

    if settings is None:
        settings = hypothesis.settings(max_examples=EXAMPLES)
    phases = [one for one in settings.phases if one is not hypothesis.Phase.explain]  # which traces every line
    settings = hypothesis.settings(settings, deadline=None, phases=phases)
    seed = 0
    try:
        _, seed = hypothesis.find(st.tuples(problems, _SEEDS), breaks, settings=settings)
    except NoSuchExample:
        return
    except Flaky:
        note = ", but not each time that it is asked"
    else:
        note = ""
    breach = last[0]
    if not note and not any(answer.is_late for answer in breach.answers):
        breach = trimmed(breach, lambda exercise: law(ask, exercise, time_limit, seed))
    raise PlannerBroken(law.__name__, breach.what + note, breach.text) from breach.answers[0].unexpected
