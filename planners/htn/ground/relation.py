"""A relation: rows of integers that only grows, with an index for each way in which joins look rows up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeAlias

Row: TypeAlias = tuple[int, ...]


def columns(positions: tuple[int, ...]) -> Callable[[Row], Row]:
    """What takes these columns of a row, in this order.

    >>> columns((2, 0))((7, 8, 9)), columns((1,))((7, 8, 9)), columns(())((7, 8, 9))
    ((9, 7), (8,), ())
    """
    if not positions:
        return _nothing
    if len(positions) == 1:  # a getter of a slice, because one of an index gives no tuple
        return itemgetter(slice(positions[0], positions[0] + 1))
    return itemgetter(*positions)


def _nothing(row: Row) -> Row:
    return ()


@dataclass(frozen=True, slots=True)
class Access:
    """A way to look up rows.

    Attributes:
        fixed: columns that must hold a value.
        same: pairs of columns that must be equal.
        key: the columns that are known.
        tail: the columns that are asked for.
    """

    fixed: tuple[tuple[int, int], ...]
    same: tuple[tuple[int, int], ...]
    key: tuple[int, ...]
    tail: tuple[int, ...]


class Index:
    """The tails of the rows that fit an access, by their keys: each tail once."""

    def __init__(self, access: Access, arity: int) -> None:
        self.access = access
        self.tails: dict[Row, Any] = {}
        self._key = columns(access.key)
        self._tail = columns(access.tail)
        asked = {*access.key, *access.tail, *(i for i, _ in access.fixed), *(i for _, i in access.same)}
        self._is_whole = len(asked) == arity  # then no two rows have the same key and tail

    def add(self, rows: Iterable[Row]) -> None:
        """Index further rows."""
        access = self.access
        for position, value in access.fixed:
            rows = [row for row in rows if row[position] == value]
        for first, second in access.same:
            rows = [row for row in rows if row[first] == row[second]]
        key, tail, tails = self._key, self._tail, self.tails
        if not access.tail:
            tails.update(dict.fromkeys(map(key, rows), ((),)))
        elif self._is_whole:
            for row in rows:
                one = key(row)
                if one in tails:
                    tails[one].append(tail(row))
                else:
                    tails[one] = [tail(row)]
        else:
            for row in rows:
                tails.setdefault(key(row), {})[tail(row)] = None


class Relation:
    """Rows of integers.

    Attributes:
        name: for people.
        arity: the number of columns.
        rows: all rows, in the order in which they came.
        fresh: those that no join has seen yet.
        whole: the relation of which this one holds some columns, if it does.
    """

    def __init__(self, name: str, arity: int, rows: Iterable[Row] = (), whole: Relation | None = None) -> None:
        self.name = name
        self.arity = arity
        self.rows: dict[Row, None] = dict.fromkeys(rows)
        self.fresh: list[Row] = []
        self.whole = whole
        self._seen = list(self.rows)
        self._parts: dict[tuple[int, ...], Relation] = {}
        self._indexes: dict[Access, Index] = {}
        self._widths: tuple[int, tuple[int, ...]] = (-1, ())

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows; joins see them once they are taken."""
        known = self.rows
        new = [row for row in dict.fromkeys(rows) if row not in known]
        known.update(dict.fromkeys(new))
        self.fresh += new
        for kept, part in self._parts.items():
            part.add(map(columns(kept), new))

    def take(self) -> list[Row]:
        """The fresh rows; joins see them from now on."""
        new, self.fresh = self.fresh, []
        self._seen += new
        for index in self._indexes.values():
            index.add(new)
        return new

    def part(self, kept: tuple[int, ...]) -> Relation:
        """The relation of some columns, which grows with this one."""
        found = self._parts.get(kept)
        if found is None:
            found = self._parts[kept] = Relation(self.name, len(kept), map(columns(kept), self.rows), self)
        return found

    def index(self, access: Access) -> Index:
        """The index for an access."""
        found = self._indexes.get(access)
        if found is None:
            found = self._indexes[access] = Index(access, self.arity)
            found.add(self._seen)
        return found

    @property
    def widths(self) -> tuple[int, ...]:
        """How many values each column holds; as of the last time that the number of rows had doubled."""
        size, widths = self._widths
        if len(self._seen) > 2 * size or size < 0:
            widths = tuple(len({row[i] for row in self._seen}) for i in range(self.arity))
            self._widths = len(self._seen), widths
        return widths
