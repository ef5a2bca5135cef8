"""Explanations as people read them: an indented tree on few lines, none of them long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from planweave.engine.wording import cut
from planweave.planners.htn.explanation.reason import Reason, Refusal, Why
from planweave.planners.htn.normal import TOP
from planweave.planners.htn.solution import GroundTask

MOST_LINES = 60
"""Lines of a tree."""
CHILDREN = (6, 3, 1)
"""So many children of a part are shown at the most; the first of these that leaves few enough lines."""
BEGINNING, ENDING = 6, 8
"""Parts above and below the middle of a path, which is left out where it alone has too many lines."""
DEEPEST = 20
"""How far lines are indented."""
LONGEST = 160
"""Characters of a line."""
STEPS = 3
"""Steps of a state that are named: the last ones."""
ARROW = "  <-- here"


def reason_text(reason: Reason) -> str:
    """The tree of a reason; see ``Reason.text``."""
    path = _path(reason)
    lines: list[str] = []
    for most in CHILDREN:
        lines = list(_tree(reason, path, most))
        if len(lines) <= MOST_LINES:
            break
    head = f"no plan exists for '{reason.problem}'" + (f" ({reason.note})" if reason.note else "")
    return "\n".join([cut(head, LONGEST), *lines, *([cut(reason.mended, LONGEST)] if reason.mended else [])])


def _tree(reason: Reason, path: Sequence[Refusal], most: int) -> Iterator[str]:
    """The lines of the tree, each part with so many children at most; what is on the path to the culprit is shown."""
    place = {id(one): i for i, one in enumerate(path)}
    left: list[tuple[Refusal | str, int, tuple[GroundTask, ...]]] = [(reason.root, 1, ())]
    while left:
        one, depth, after = left.pop()
        if isinstance(one, str):
            yield _line(one, depth)
            continue
        yield _line(_words(one, after, reason), depth)
        last = max(len(path) - ENDING, 0)
        if most == CHILDREN[-1] and depth >= BEGINNING and place.get(id(one), last) < last - 1:
            left.append((path[last], depth + 1, one.after))
            left.append((f"... {last - place[id(one)] - 1} parts further down", depth + 1, ()))
        else:
            left.extend(reversed(list(_below(one, depth + 1, place, most))))


def _path(reason: Reason) -> list[Refusal]:
    """The parts from the root to the culprit."""
    left: list[tuple[Refusal, tuple[Refusal, ...]]] = [(reason.root, ())]
    while left:
        one, above = left.pop()
        if one is reason.culprit:
            return [*above, one]
        left += [(child, (*above, one)) for child in one.children]
    return []


def _below(
    one: Refusal, depth: int, path: Mapping[int, int], most: int
) -> Iterator[tuple[Refusal | str, int, tuple[GroundTask, ...]]]:
    """The children that are shown, in their order, the one that leads to the culprit among them."""
    kept = list(one.children[:most])
    leading = next((child for child in one.children if id(child) in path), None)
    if leading is not None and id(leading) not in {id(child) for child in kept}:
        kept[-1] = leading
    for child in kept:
        yield child, depth, one.after
    more = one.more + len(one.children) - len(kept)
    if more:
        yield f"... and {more} more" if one.why is Why.BELOW else f"... nor by {more} other ways", depth, ()


def _words(one: Refusal, after: tuple[GroundTask, ...], reason: Reason) -> str:
    """What a part says, where its parent stands in the state after some steps."""
    head = one.title
    if one.method is not None and one.task.name != TOP:
        binding = " ".join(f"{name}={value}" for name, value in sorted(one.binding.items()))
        head = f"method {one.method}" + (f" ({binding})" if binding else "")
    elif one.after != after:
        head += f", after {_steps(one.after[len(after) :])}"
    said = one.obstacle if one.why is not Why.BELOW else _count(one, reason)
    return head + (f": {said}" if said else "") + (ARROW if one is reason.culprit else "")


def _count(one: Refusal, reason: Reason) -> str:
    """What became of the methods of a task: that none can do it is said only where that is proved."""
    count = len(one.children) + one.more
    if one.method is not None:
        return ""
    if count == 1:
        return "its only method cannot do it" if reason.is_proof else "its only method did not get through"
    return f"none of its {count} methods {'can do it' if reason.is_proof else 'got through'}"


def _steps(steps: tuple[GroundTask, ...]) -> str:
    last = ", ".join(map(str, steps[-STEPS:]))
    return last if len(steps) <= STEPS else f"{len(steps)} steps, the last {last}"


def _line(text: str, depth: int) -> str:
    mark = ARROW if text.endswith(ARROW) else ""
    return "  " * min(depth, DEEPEST) + cut(text.removesuffix(ARROW), LONGEST) + mark
