"""Why no plan exists, as a tree: tasks, the methods that could not do them, and what was missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from planweave.engine.wording import cut
from planweave.planners.htn.formula import Equal, Formula, Not, is_variable
from planweave.planners.htn.normal import GOAL, TOP, is_hidden
from planweave.planners.htn.solution import GroundTask


class Why(Enum):
    """What stands in the way of a task, of a method, or of an operator that could make a fact true."""

    NEVER = "a literal that nothing can make so"
    UNDONE = "a literal that was so before, until a step changed it"
    NOT_THEN = "a literal that is not so at that moment"
    TOGETHER = "literals that each have their objects, but none in common"
    CLASH = "a condition that no state fulfils"
    NO_METHOD = "no method does the task"
    NO_OBJECT = "no object has the type of a variable"
    WRONG_OBJECT = "an object is not of the type that is asked for"
    ENDLESS = "every way to do the task leads to the task itself"
    AGAIN = "the task is met again while it is open, and nothing has changed"
    BELOW = "what it needs done cannot be done"
    UNSEEN = "it was not looked into any further"


@dataclass(frozen=True)
class Refusal:
    """A task, a method or an operator that cannot be used, and why.

    Attributes:
        task: the task; its terms are objects, and variables where any object would do.
        why: the kind of obstacle.
        method: the method of the task that this is about; None: the task as a whole, or an operator.
        binding: the objects of the method's variables with which it got as far as it did.
        missing: the literal that is not so; None where no literal is to blame.
        note: more about it, in words.
        after: the steps in the state after which this is so; none: the initial state.
        children: the methods of a task; the tasks in a method; the operators that could make a fact true.
        more: how many further children are left out.
    """

    task: GroundTask
    why: Why
    method: str | None = None
    binding: Mapping[str, str] = field(default_factory=dict)
    missing: Formula | None = None
    note: str = ""
    after: tuple[GroundTask, ...] = ()
    children: tuple[Refusal, ...] = ()
    more: int = 0

    def walk(self) -> Iterator[Refusal]:
        """This and all below it, each before its children."""
        left = [self]
        while left:
            one = left.pop()
            yield one
            left.extend(reversed(one.children))

    @property
    def title(self) -> str:
        """What this is about, in words.

        >>> Refusal(GroundTask("go", ("t1",)), Why.UNSEEN).title, Refusal(GroundTask(GOAL), Why.NEVER).title
        ('(go t1)', 'the goal')
        """
        if self.task.name == TOP:
            return "the tasks of the problem"
        if self.task.name == GOAL:
            return "the goal"
        if is_hidden(self.task.name):
            return f"the effects that {self.task.name.strip('()').removeprefix('done ')} declares"
        return str(self.task)

    @property
    def obstacle(self) -> str:
        """What is in the way, in words.

        >>> from planweave.planners.htn.formula import Atom
        >>> Refusal(GroundTask("go"), Why.NOT_THEN, missing=Atom("road", ("a", "?x"))).obstacle
        '(road a ?x) is false for every ?x'
        """
        words = _WORDS.get(self.why, "")
        if self.missing is not None:
            words = in_words(self.missing, "can never be" if self.why is Why.NEVER else "is", self.why is Why.NEVER)
        return "; ".join(part for part in (words, self.note) if part)


_WORDS = {
    Why.CLASH: "no state fulfils its condition",
    Why.NO_METHOD: "no method does it",
    Why.ENDLESS: "every way to do it leads to itself",
    Why.AGAIN: "it is open already, and nothing has changed since",
    Why.UNSEEN: "not looked into any further",
}


def in_words(literal: Formula, verb: str = "is", wanted: bool = False) -> str:
    """That a literal is not so; or that it is, where it is ``wanted``.

    >>> from planweave.planners.htn.formula import Atom
    >>> in_words(Not(Atom("broken", ("t1",)))), in_words(Atom("at", ("t1", "?x")))
    ('(broken t1) is true', '(at t1 ?x) is false for every ?x')
    """
    part = literal.part if isinstance(literal, Not) else literal
    if isinstance(part, Equal):
        return f"{part.left} and {part.right} are {'two objects' if literal is part else 'the same object'}"
    words = f"{cut(str(part))} {verb} {'true' if (literal is part) is wanted else 'false'}"
    variables = [one for one in dict.fromkeys(str(part).strip("()").split()) if is_variable(one)]
    each = "any" if verb == "can never be" else "every"
    return words + (f" for {each} {', '.join(variables)}" if variables else "")


@dataclass(frozen=True)
class Reason:
    """Why a problem has no plan.

    What it says of literals is so in the state that it names. That nothing else would do is proved by the planner that
    said that no plan exists; which obstacle is named first is a choice: the one that was met after the most was done.

    Attributes:
        problem: the name of the problem.
        root: the tree.
        culprit: the part of the tree that most likely is to be mended.
        note: how the tree was found, in words.
        mended: with what there would be a plan, in words; "": nobody knows.
        is_proof: whether the tree itself shows that there is no plan: each task in it can never be done.
    """

    problem: str
    root: Refusal
    culprit: Refusal
    note: str = ""
    mended: str = ""
    is_proof: bool = False

    @property
    def line(self) -> str:
        """The culprit, on one line."""
        one = self.culprit
        who = one.title if one.method in (None, TOP) else f"{one.title} by {one.method}"
        return cut(f"{who}: {one.obstacle}" + (f"; {self.mended}" if self.mended else ""), 400)

    def text(self) -> str:
        """The tree, indented, on lines of bounded number and length; an arrow marks the culprit."""
        from planweave.planners.htn.explanation.text import reason_text

        return reason_text(self)

    def render(self, path: str, **options: Any) -> Any:
        """Draw the tree into a file: .svg .png .pdf .dot .html .mmd by suffix; see ``planweave.visualize``."""
        from planweave.engine.rendering import render

        return render(self, path, **options)
