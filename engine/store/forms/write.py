"""Writes a value as JSON: plain data as themselves, all else as lists that open with a tag.

[1,"a"]                  a list            ["~tuple",1,"a"]            a tuple
{"a":1}                  a dict            ["~dict",1,"a",2,"b"]       a dict with other keys: each, then its value
["~list","~tuple",1]     a list that opens like a tag
["~bytes","aGk="]        and the like (leaves.py)
["~object","Point",{"x":1,"y":2}]          an object of a class that the annotation names
["~member","Colour","RED"]                 a member of an enum that the annotation names
["~typed","IPv4Address","127.0.0.1"]       what pydantic can read by the annotation
["~array","<f8",[2],"..."]                 an array of numpy; "~frame", "~series", "~index" for pandas
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from pydantic_core import to_json

from planweave.engine.annotation import is_known, words
from planweave.engine.content.piece import words as kind_in_words
from planweave.engine.store.forms import holders, leaves
from planweave.engine.store.forms.arrays import write_array
from planweave.engine.store.forms.layout import is_data
from planweave.engine.store.forms.named import MEMBER, OBJECT, Named, named
from planweave.engine.store.forms.objects import take, write_member
from planweave.engine.store.forms.parts import Pairs, pairs, parts
from planweave.engine.store.forms.plain import MARK, SCALARS, flat_text, plain_text, scalar_text
from planweave.engine.store.forms.refused import LARGEST, MAX_DEPTH, Refused, too_deep, too_large, unseen
from planweave.engine.store.forms.tables import write_table
from planweave.engine.store.forms.typed import write_typed
from planweave.engine.store.secret import MEND, Secret


class Writer:
    """Writes one value; what stands in several places at one depth is worked out once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, int], tuple[str, Any, Any]] = {}  # with what bears the ids, as long as these

    def write(self, value: Any, annotation: Any, depth: int = 0) -> str:
        """The JSON of a value that stands so deep in another one.

        Raises:
            Refused: it has none.
        """
        kind = type(value)
        if kind in SCALARS:
            return scalar_text(value)
        leaf = leaves.WRITTEN.get(kind)
        if leaf is not None:
            return _plain([leaf.tag, *leaf.write(value)])
        if depth == MAX_DEPTH:
            raise too_deep()
        key = id(value), id(annotation), depth
        if key not in self._known:
            self._known[key] = self._whole(value, kind, annotation, depth), value, annotation
        return self._known[key][0]

    def _whole(self, value: Any, kind: Any, annotation: Any, depth: int) -> str:
        holder = holders.WRITTEN.get(kind)
        if holder is not None:
            return self._holder(value, holder, annotation, depth)
        family = kind.__module__.partition(".")[0]
        if family == "numpy":
            return _plain(list(write_array(value)))
        if family == "pandas":
            tag, *rest = write_table(value)
            return _listed([scalar_text(tag), *(self.write(one, Any, depth + 1) for one in rest)])
        if kind is Secret:
            raise Refused(f"a Secret is never recorded: {MEND}")
        one = named(annotation).get(kind)
        if one is None:
            raise _unnamed(kind, annotation)
        if not one.is_alone:
            raise Refused(f"the annotation names two classes {kind.__qualname__}, which cannot be told apart")
        return f"{one.opening}{self._named(value, one, depth)}]"

    def _named(self, value: Any, one: Named, depth: int) -> str:
        """What an object of a class that the annotation names is written as, after the name of the class."""
        if one.tag == MEMBER:
            return scalar_text(write_member(value))
        if one.tag == OBJECT:
            held, more = take(value)
            written = self._fields(held, one.known, depth, ".{}")
            return f"{written},{self._besides(more, one.known, depth)}" if more else written
        text = plain_text(write_typed(value, one.said))
        if text is None:
            raise Refused(f"{one.kind.__qualname__} is not written as plain data by pydantic")
        return text

    def _besides(self, more: Mapping[str, Any], known: Pairs, depth: int) -> str:
        """What a model knows besides its fields: names of fields, and attributes by their names."""
        written = [
            f'"{name}":{self._fields(one, known, depth, ".{}") if type(one) is dict else self.write(one, Any, depth)}'
            for name, one in more.items()
        ]
        return "{" + _joined(written) + "}"

    def _holder(self, value: Any, holder: holders.Holder, annotation: Any, depth: int) -> str:
        kind = holder.kind
        if kind is list and (flat := flat_text(value)) is not None:
            return flat
        if holder.has_keys:
            if kind is not dict and vars(value):
                raise Refused(f"{kind.__name__} holds more than its items")
            known = pairs(annotation, kind)
            if kind is dict and all(type(key) is str for key in value):
                return self._fields(value, known, depth)
            return _listed([f'"{holder.tag}"', *self._keys_and_values(value, known, depth)])
        items = parts(annotation, kind)
        written = [self._part(one, items.at(i), depth, "[{}]", i) for i, one in enumerate(value)]
        if not holder.has_order:
            written.sort()
        elif kind is list and not (type(value[0]) is str and value[0][:1] == MARK):
            return _listed(written)
        if kind is deque:
            written.insert(0, scalar_text(value.maxlen))
        return _listed([f'"{holder.tag}"', *written])

    def _fields(self, held: Mapping[str, Any], known: Pairs, depth: int, step: str = "[{!r:.40}]") -> str:
        flat = flat_text(held)
        if flat is not None:
            return flat
        written = [
            f"{scalar_text(name)}:{self._part(one, known.at(name), depth, step, name)}" for name, one in held.items()
        ]
        return "{" + _joined(written) + "}"

    def _keys_and_values(self, held: Mapping[Any, Any], known: Pairs, depth: int) -> Iterator[str]:
        for key, one in held.items():
            yield self._part(key, known.keys, depth, "(key {!r:.40})", key)
            yield self._part(one, known.at(key), depth, "[{!r:.40}]", key)

    def _part(self, value: Any, annotation: Any, depth: int, step: str, place: Any) -> str:
        try:
            return self.write(value, annotation, depth + 1)
        except Refused as error:
            raise error.within(step.format(place)) from error.__cause__
        except RecursionError:
            raise
        except Exception as error:  # of a class of a person's
            raise unseen(error).within(step.format(place)) from error


def _plain(written: list[Any]) -> str:
    """The JSON of what a value was turned into; it opens with a tag, or was made by pydantic."""
    try:
        return to_json(written).decode()
    except ValueError:
        raise Refused("its text holds half a surrogate pair, which is no character") from None


def _listed(written: Sequence[str]) -> str:
    return f"[{_joined(written)}]"


def _joined(written: Sequence[str]) -> str:
    if sum(map(len, written)) > LARGEST:
        raise too_large()
    return ",".join(written)


def _unnamed(kind: type, annotation: Any) -> Refused:
    """The error about a value of a class that no annotation names."""
    what = kind_in_words(kind)
    if not (is_data(kind) or issubclass(kind, Enum)):
        return Refused(f"{what} cannot be kept: return plain data, a data class or a model of pydantic")
    said = (
        f"is not among what {words(annotation)} names" if is_known(annotation) else "stands where nothing is annotated"
    )
    return Refused(
        f"{what} {said}: annotate what the task returns with {kind.__qualname__}, to have it read back as one"
    )
