"""Problems that nothing can solve, by construction: an obstacle is put in the way of a problem that has solutions.

Each obstacle is about names of its own, which nothing else in the problem changes, so that the proof that no plan gets
past it does not depend on the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import TypeAlias

from planweave.engine.plan import Fact
from planweave.planners.htn.formula import Atom, Forall, Formula, Not, Parameter, both
from planweave.planners.htn.hddl.networks import fresh_ids
from planweave.planners.htn.model import Method, Operator, Problem, Subtask, TaskNetwork
from planweave.testing.choices import pick
from planweave.testing.htn.formulas import FormulaWriter
from planweave.testing.htn.parts import Part, changed, parts_of, with_parts

Obstacle: TypeAlias = Callable[[Problem, FormulaWriter], tuple[Problem, str]]
"""Gives a problem with an obstacle in its way, and the reason why there is no plan."""

KEY, SHUT, COIN = Atom("key"), Atom("shut"), Atom("coin")


def obstructed(problem: Problem, formulas: FormulaWriter) -> tuple[Problem, str]:
    """A problem with an obstacle in its way, and the reason why there is no plan.

    Args:
        problem: any problem.
        formulas: where the chances come from, and what there may be.
    """
    able: list[Obstacle] = [_missing, _late]
    able += [_shut] if formulas.has("negation") else []
    able += [_untrue_of_one] if formulas.has("forall") else []
    able += [_spent, _each_undoes_the_other] if formulas.has("deletes") else []
    able += [_ghost] if formulas.has("types") and _compound(problem) else []
    return pick(formulas.choices, able)(problem, formulas)


def _missing(problem: Problem, formulas: FormulaWriter) -> tuple[Problem, str]:
    """A fact is needed that is not true initially, and that nothing makes true."""
    return _demanding(_knowing(problem, KEY), KEY, formulas), f"nothing makes {KEY} true"


def _shut(problem: Problem, formulas: FormulaWriter) -> tuple[Problem, str]:
    """A fact must be false that is true initially, and that nothing makes false."""
    return _demanding(_knowing(problem, SHUT, SHUT), Not(SHUT), formulas), f"nothing makes {SHUT} false"


def _untrue_of_one(problem: Problem, formulas: FormulaWriter) -> tuple[Problem, str]:
    """A fact must be true of all objects, and is not of one; nothing changes that."""
    lacking = pick(formulas.choices, list(problem.types))
    others = [Atom("key", (name,)) for name in problem.types if name != lacking]
    known = _knowing(problem, Atom("key", ("?x",)), *others)
    condition = Forall((Parameter("?z"),), Atom("key", ("?z",)))
    return _demanding(known, condition, formulas), f"nothing makes (key {lacking}) true"


def _late(problem: Problem, formulas: FormulaWriter) -> tuple[Problem, str]:
    """A step needs what only a later one makes true."""
    steps = Operator("enter", precondition=KEY), Operator("fetch", effect=KEY)
    late = _doing(_knowing(problem, KEY), steps, formulas, is_ordered=True)
    return late, f"(enter) needs {KEY}, which only (fetch) makes true, and (fetch) comes after it"


def _spent(problem: Problem, formulas: FormulaWriter) -> tuple[Problem, str]:
    """Two steps need what each of them uses up, and nothing makes it anew."""
    pay = Operator("pay", precondition=COIN, effect=Not(COIN))
    spent = _doing(_knowing(problem, COIN, COIN), (pay, pay), formulas)
    return spent, f"(pay) must be done twice and makes {COIN} false, which it needs; nothing makes that true"


def _each_undoes_the_other(problem: Problem, formulas: FormulaWriter) -> tuple[Problem, str]:
    """Each of two steps makes false what the other needs, so that neither can come first."""
    steps = Operator("enter", precondition=KEY, effect=Not(COIN)), Operator("pay", precondition=COIN, effect=Not(KEY))
    undone = _doing(_knowing(_knowing(problem, KEY, KEY), COIN, COIN), steps, formulas)
    return undone, f"(enter) makes {COIN} false, which (pay) needs, and (pay) makes {KEY} false, which (enter) needs"


def _ghost(problem: Problem, formulas: FormulaWriter) -> tuple[Problem, str]:
    """Every method of a task that must be done has a variable that no object can stand for."""
    task = pick(formulas.choices, _compound(problem))
    ghost = Parameter("?g", ("ghost",))

    def change(part: Part) -> Part:
        is_meant = isinstance(part, Method) and part.task == task
        return replace(part, parameters=(*part.parameters, ghost)) if is_meant else part

    haunted = changed(problem, change)
    haunted.domain.types["ghost"] = ()
    return haunted, f"every method of '{task}' wants a ghost, and no object is one"


def _compound(problem: Problem) -> list[str]:
    """The compound tasks of a problem."""
    return [one.name for one in problem.network.subtasks if one.name in problem.domain.tasks]


# ---------------------------------------------------------------------- ways to put them there


def _knowing(problem: Problem, atom: Atom, *true: Atom) -> Problem:
    """With one more predicate, and these facts of it true initially."""
    domain = with_parts(problem.domain, parts_of(problem.domain))
    domain.predicates[atom.predicate] = tuple([Parameter(name) for name in atom.arguments])
    facts = frozenset(Fact(one.predicate, one.arguments) for one in true)
    return replace(problem, domain=domain, state=problem.state | facts)


def _demanding(problem: Problem, condition: Formula, formulas: FormulaWriter) -> Problem:
    """With a condition that must hold in every plan: of the goal, of something that must be done, or of a step more."""
    domain = problem.domain
    places: list[Callable[[], Problem]] = []
    if formulas.has("goals"):
        places.append(lambda: replace(problem, goal=both(problem.goal, condition)))
    able = {*domain.operators, *(domain.tasks if formulas.has("method-preconditions") else ())}
    needed = sorted(_needed(problem) & able)
    places += [partial(changed, problem, partial(_asking, name, condition)) for name in needed]
    places.append(lambda: _doing(problem, (Operator("enter", precondition=condition),), formulas))
    return pick(formulas.choices, places)()


def _asking(name: str, condition: Formula, part: Part) -> Part:
    if (isinstance(part, Operator) and part.name == name) or (isinstance(part, Method) and part.task == name):
        return replace(part, precondition=both(part.precondition, condition))
    return part


def _needed(problem: Problem) -> set[str]:
    """What is in every plan: the tasks of the problem, and what all methods of such a task hold."""
    domain = problem.domain
    needed: set[str] = set()
    left = [one.name for one in problem.network.subtasks]
    while left:
        name = left.pop()
        if name in needed:
            continue
        needed.add(name)
        bodies = [{one.name for one in method.network.subtasks} for method in domain.methods_for(name)]
        left += set.intersection(*bodies) if bodies else ()
    return needed


def _doing(
    problem: Problem, operators: Sequence[Operator], formulas: FormulaWriter, *, is_ordered: bool = False
) -> Problem:
    """With steps more, in this order if it is asked for."""
    domain = with_parts(problem.domain, [*parts_of(problem.domain), *dict.fromkeys(operators)])
    names = list(fresh_ids([one.name for one in operators], set()))
    new = [Subtask(id, one.name) for id, one in zip(names, operators, strict=True)]
    old = problem.network
    if old.order is None or (len(new) + len(old.subtasks) > 1 and formulas.maybe(50, "partial-order")):
        pairs = tuple(pairwise(names)) if is_ordered else ()
        network = replace(old, subtasks=(*old.subtasks, *new), orderings=(*old.orderings, *pairs))
    else:
        subtasks = [old.subtasks[i] for i in old.order]
        place = 0
        for one in new:
            place += formulas.choices.below(len(subtasks) + 1 - place)
            subtasks.insert(place, one)
            place += 1
        network = TaskNetwork(tuple(subtasks), tuple(pairwise([one.id for one in subtasks])), old.constraint)
    return replace(problem, domain=domain, network=network)
