"""The content of arrays of numpy and tables of pandas: types, shape, labels and bytes.

Neither is imported here: a value of theirs comes only from a program that has imported them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from planweave.engine.content.piece import Each, refused, tag, whole
from planweave.engine.errors import ValueRefused

_ARRAY, _INDEX = tag("array"), tag("index")
_INDICES = ("Index", "RangeIndex", "DatetimeIndex", "TimedeltaIndex")


def look_at_array(value: Any, each: Each) -> Iterable[bytes]:
    """The pieces of an array or a scalar of numpy, or of a table, a column or an index of pandas.

    Raises:
        ValueRefused: it is something else of theirs, or has a type that is not known here.
    """
    kind = type(value)
    numpy, pandas = sys.modules["numpy"], sys.modules.get("pandas")
    if kind is numpy.ndarray:
        return [_array(value, each)]
    if numpy.generic in kind.__mro__:
        return [_array(numpy.array(value), each)]
    if pandas is None or not isinstance(value, pandas.DataFrame | pandas.Series | pandas.Index):
        raise refused(kind)
    if kind is pandas.DataFrame:
        columns = [_column(value.iloc[:, i], each) for i in range(value.shape[1])]
        return [_index(value.index, each), _index(value.columns, each), *columns, *_notes(value, each)]
    if kind is pandas.Series:
        return [_index(value.index, each), each(value.name), _column(value, each), *_notes(value, each)]
    return [_index(value, each)]


def _array(value: Any, each: Each) -> bytes:
    """The piece of an array: its type, its shape and its items, row by row."""
    dtype = value.dtype
    if dtype.kind == "O":
        content = each(value.ravel().tolist())
    elif dtype.hasobject:  # then its bytes are addresses
        raise _unknown(dtype)
    else:
        content = each(sha256(value.tobytes()).digest())
    return whole(_ARRAY, [each(repr(dtype)), each(value.shape), content])


def _index(index: Any, each: Each) -> bytes:
    """The piece of the labels of rows or columns."""
    pandas = sys.modules["pandas"]
    kind = type(index)
    if not any(kind is getattr(pandas, name) for name in _INDICES):
        raise refused(kind, mend="use reset_index(), or leave cache out")
    frequency = getattr(index, "freqstr", None)
    return whole(_INDEX, [each(kind.__name__), each(list(index.names)), each(frequency), _column(index, each)])


def _column(column: Any, each: Each) -> bytes:
    """The piece of the values of a column or an index, by their type."""
    numpy, pandas = sys.modules["numpy"], sys.modules["pandas"]
    dtype, values = column.dtype, column.array
    if isinstance(dtype, numpy.dtype):
        return _array(values.to_numpy(), each)
    if type(dtype) is pandas.StringDtype:
        parts = [_array(values.isna(), each), _array(values.to_numpy(dtype=object, na_value=""), each)]
    elif type(dtype) is pandas.DatetimeTZDtype:
        parts = [_array(values.asi8, each), each(repr(dtype.tz))]
    elif type(dtype) is pandas.CategoricalDtype:
        parts = [_array(values.codes, each), _index(values.categories, each), each(values.ordered)]
    else:
        raise _unknown(dtype)
    return whole(_ARRAY, [each(repr(type(dtype))), each(str(dtype)), *parts])


def _notes(value: Any, each: Each) -> Iterator[bytes]:
    """The pieces of what a person has noted at a table or a column."""
    yield each(value.attrs)
    yield each(value.flags.allows_duplicate_labels)
    yield each({name: held for name, held in vars(value).items() if not name.startswith("_")})


def _unknown(dtype: Any) -> ValueRefused:
    return ValueRefused(f"values of the type {dtype!s:.60} cannot be compared", mend="convert them, or leave cache out")
