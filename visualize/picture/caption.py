"""The words in and around a vertex: its label, its second line and its tooltip."""

from __future__ import annotations

from planweave.engine.errors import describe
from planweave.engine.node import Node, Repeat, Sleep, When
from planweave.engine.source import Const
from planweave.engine.state import NodeState
from planweave.visualize.palette import LOOKS
from planweave.visualize.picture.draft import Many, Part
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
    return f"{name} × {count(many.number)}" if name else plural(many.number, many.noun)


def counts_in_words(counts: tuple[tuple[NodeState, int], ...]) -> str:
    """How many are in which state.

    >>> counts_in_words(((NodeState.FAILED, 8), (NodeState.SUCCEEDED, 9980)))
    '8 failed, 9,980 succeeded'
    """
    return ", ".join(f"{count(number)} {LOOKS[state].word}" for state, number in counts)


def detail(part: Part) -> str:
    """The second line of the vertex: what it is, and how it went."""
    if part.many is not None:
        number = len(part.stands_for())
        nodes = plural(number, "node") if number != part.many.number else ""
        return " · ".join(word for word in (nodes, counts_in_words(part.many.counts)) if word)
    if part.node is None:
        return ""
    words = [_kind_in_words(part.node, ran=part.record is not None)]
    if not words[0] and part.node.task is not None and part.shape == "task" and part.node.name not in part.name:
        words = [clean(part.node.name)]
    if part.record is not None:
        words += _course(part)
    return " · ".join(word for word in words if word)


def _kind_in_words(node: Node, *, ran: bool) -> str:
    control = node.control
    if control is None:
        return ""
    if node.id.rsplit("/", 1)[-1].split("-")[0] == node.kind and isinstance(control, When):
        return ""  # its label says it
    if isinstance(control, Repeat) and not ran:
        return f"repeat, at most {control.limit:,}"
    if isinstance(control, Sleep) and isinstance(node.args[0], Const) and isinstance(node.args[0].value, int | float):
        return f"sleep {duration(node.args[0].value)}"
    return node.kind


def _course(part: Part) -> list[str]:
    """How it went: the time it took, or what it failed of."""
    record = part.record
    assert record is not None
    words = []
    if record.state is NodeState.FAILED and record.error is not None:
        words.append(clean(type(record.error).__name__))
    if record.cause is not None and record.cause != record.id:
        words.append(f"by {clean(record.cause)}")
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
        return "\n".join(
            line for line in (_of_many(part.many), counts_in_words(part.many.counts), some[:_LONG]) if line
        )
    if part.node is None:
        return ""
    lines = [clean(part.node.id if part.record is None else part.record.id)]
    if part.node.task is not None:
        lines.append(
            f"{'runs' if part.node.control is None else part.node.kind + ' over'} {clean(part.node.task.name)}"
        )
    elif part.node.control is not None:
        lines.append(_kind_in_words(part.node, ran=part.record is not None))
    policy = part.node.policy.as_dict()
    if policy:
        lines.append(", ".join(f"{name}={clean(str(value))[:60]}" for name, value in policy.items()))
    if part.record is not None:
        lines.append(", ".join([LOOKS[part.record.state].word, *_course(part)]))
        if part.record.error is not None:
            lines.append(clean(describe(part.record.error))[:_LONG])
    if part.ghost:
        lines.append("did not run")
    if part.node.where is not None:
        lines.append(clean(str(part.node.where)))
    return "\n".join(lines)
