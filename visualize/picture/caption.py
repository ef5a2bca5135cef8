"""The words in and around a vertex: its label, its second line and its tooltip."""

from __future__ import annotations

from planweave.engine.errors import describe
from planweave.engine.node import Approve, Node, Repeat, Replan, Sleep, WaitFor, When
from planweave.engine.recovery import is_search
from planweave.engine.source import Const
from planweave.engine.state import NodeState
from planweave.visualize.palette import LOOKS
from planweave.visualize.picture.draft import Many, Part
from planweave.visualize.picture.picture import GHOST_WORDS
from planweave.visualize.picture.policy import JOIN_WORDS, policy_in_words
from planweave.visualize.text.label import clean
from planweave.visualize.text.unit import count, duration, plural

__all__ = ["caption", "counts_in_words", "detail", "tooltip"]

_LONG = 300


def caption(part: Part) -> str:
    """What stands in the vertex."""
    if part.many is not None:
        return _of_many(part.many)
    return clean(part.name)


def _of_many(many: Many) -> str:
    name = clean(many.name)
    if many.more:
        return f"… {count(many.number)} more" + (f" {name}" if name else "")
    if name:
        return f"{name}\u00a0×\u00a0{count(many.number)}"  # the count never stands alone on a line
    return many.place or plural(many.number, many.noun)


def counts_in_words(counts: tuple[tuple[NodeState, int], ...]) -> str:
    """How many are in which state.

    >>> counts_in_words(((NodeState.FAILED, 8), (NodeState.SUCCEEDED, 9980)))
    '8 failed, 9,980 succeeded'
    """
    return ", ".join(f"{count(number)} {LOOKS[state].word}" for state, number in counts)


def detail(part: Part) -> str:
    """The second line of the vertex: what it is, and how it went."""
    if part.many is not None:
        words = [_size(part.many, len(part.stands_for())), _states(part.many)]
        return " · ".join(word for word in words if word)
    if part.node is None:
        return ""
    words = [_kind_in_words(part.node, ran=part.record is not None)]
    if not words[0] and part.node.task is not None and part.shape == "task" and part.node.name not in part.name:
        words = [clean(part.node.name)]
    if not (isinstance(part.node.control, Replan) or is_search(part.node)):  # which nobody chose when to run
        words.append(JOIN_WORDS.get(part.node.policy.join, ""))
    if part.record is not None:
        words += _course(part)
    return " · ".join(word for word in words if word)


def _size(many: Many, nodes: int) -> str:
    """How many nodes and tasks there are behind a count, as far as its label does not say it."""
    tasks = f"of {plural(many.tasks, 'task')}" if 1 < many.tasks < max(nodes, many.number) else ""
    told = nodes == many.number and (many.more or many.name)
    return " ".join(word for word in ("" if told or not nodes else plural(nodes, "node"), tasks) if word)


def _states(many: Many) -> str:
    """In which states they are; the number is left out where it is that of the nodes, which has just been said."""
    if many.place and not many.name and len(many.counts) == 1:
        return LOOKS[many.counts[0][0]].word
    return counts_in_words(many.counts)


def _kind_in_words(node: Node, *, ran: bool) -> str:
    control = node.control
    if control is None:
        return ""
    if node.id.rsplit("/", 1)[-1].split("-")[0] == node.kind and isinstance(control, When):
        return ""  # its label says it
    if isinstance(control, Replan):
        return "" if ran else f"at most {plural(control.limit, 'other plan')}"
    if isinstance(control, Repeat) and not ran:
        return f"repeat, at most {control.limit:,}"
    if isinstance(control, Sleep) and isinstance(node.args[0], Const) and isinstance(node.args[0].value, int | float):
        return f"sleep {duration(node.args[0].value)}"
    if isinstance(control, Approve | WaitFor) and isinstance(node.args[0], Const):
        return f"{'approve' if isinstance(control, Approve) else 'wait for'} \u201c{clean(node.args[0].value)}\u201d"
    return node.kind.replace("_", " ")


def _course(part: Part) -> list[str]:
    """How it went: the time it took, or what it failed of."""
    record = part.record
    assert record is not None
    cause = f"by {clean(record.cause)}" if record.cause is not None and record.cause != record.id else ""
    if record.state is NodeState.SKIPPED:  # what did not run took no time
        return [f"skipped {cause}".rstrip()]
    words = [cause] if cause else []
    if record.state is NodeState.FAILED and record.error is not None:
        words.insert(0, clean(type(record.error).__name__))
    if record.cached:
        words.append("cached")
    elif record.started is not None and record.ended is not None:
        words.append(duration(record.ended - record.started))
    if len(record.attempts) > 1:
        words.append(plural(len(record.attempts), "try", "tries"))
    return words


def tooltip(part: Part) -> str:
    """Everything that the vertex may have had no room for, in lines."""
    if part.many is not None:
        ids = [clean(member) for member, _ in part.stands_for()]
        some = ", ".join(ids[:5]) + (f", … {ids[-1]}" if len(ids) > 5 else "")
        lines = [_of_many(part.many), part.many.place, _size(part.many, len(ids)), counts_in_words(part.many.counts)]
        return "\n".join(dict.fromkeys(line for line in (*lines, some[:_LONG]) if line))
    if part.node is None:
        return ""
    lines = [clean(part.node.id if part.record is None else part.record.id)]
    if part.node.task is not None:
        lines.append(
            f"{'runs' if part.node.control is None else part.node.kind + ' over'} {clean(part.node.task.name)}"
        )
    elif part.node.control is not None:
        lines.append(_kind_in_words(part.node, ran=part.record is not None))
    lines += policy_in_words(part.node.policy)
    if part.record is not None:
        words = _course(part)
        skipped = part.record.state is NodeState.SKIPPED
        lines.append(", ".join(words if skipped else [LOOKS[part.record.state].word, *words]))
        if part.record.error is not None:
            lines.append(clean(describe(part.record.error))[:_LONG])
    if part.ghost:
        lines.append(GHOST_WORDS[part.ghost])
    if part.node.where is not None:
        lines.append(clean(str(part.node.where)))
    return "\n".join(lines)
