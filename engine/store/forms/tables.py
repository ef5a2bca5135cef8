"""Tables, columns, indexes and moments of pandas as plain values and arrays of numpy, which have forms of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from planweave.engine.store.forms.columns import pandas_itself, read_column, write_column
from planweave.engine.store.forms.refused import Refused
from planweave.engine.store.forms.zones import read_zone, write_zone_of_table

_INDEXES = ("Index", "DatetimeIndex", "TimedeltaIndex", "CategoricalIndex")


def write_table(value: Any) -> list[Any]:
    """A value of pandas as a list: its tag, and other values.

    Raises:
        Refused: it is of a kind that has no form.
    """
    pandas = pandas_itself()
    kind = type(value)
    if kind is pandas.DataFrame:
        columns = [write_column(value.iloc[:, i], _write_index) for i in range(value.shape[1])]
        return ["~frame", _write_index(value.index), _write_index(value.columns), columns, _write_notes(value)]
    if kind is pandas.Series:
        column = write_column(value, _write_index)
        return ["~series", _write_index(value.index), value.name, column, _write_notes(value)]
    if kind is pandas.Timestamp:
        zone = None if value.tzinfo is None else write_zone_of_table(value.tzinfo)
        return ["~timestamp", value.asm8.view("i8").item(), value.unit, zone]
    if kind is pandas.Timedelta:
        return ["~duration", value.asm8.view("i8").item(), value.unit]
    if isinstance(value, pandas.Index):
        return ["~index", _write_index(value)]
    raise Refused(f"{kind.__name__} of pandas has no form: return a DataFrame, a Series or plain data")


def _write_notes(value: Any) -> dict[str, Any]:
    """What a person has noted at a table or a column; mostly nothing."""
    if any(not name.startswith("_") for name in vars(value)):
        raise Refused(f"{type(value).__name__} has attributes of its own: put them into attrs")
    notes = {"attrs": value.attrs} if value.attrs else {}
    return notes if value.flags.allows_duplicate_labels else {**notes, "unique": True}


def _write_index(index: Any) -> tuple[Any, ...]:
    pandas = pandas_itself()
    kind = type(index).__name__
    if type(index) is pandas.RangeIndex:
        return "range", index.start, index.stop, index.step, index.name
    if type(index) is pandas.MultiIndex:
        codes = [codes.astype("i8") for codes in index.codes]
        return "multi", [_write_index(level) for level in index.levels], codes, list(index.names)
    if kind not in _INDEXES or type(index) is not getattr(pandas, kind):
        raise Refused(f"a {kind} of pandas has no form: use reset_index()")
    return "plain", write_column(index, _write_index), index.name, getattr(index, "freqstr", None)


def _read_index(written: Any) -> Any:
    pandas = pandas_itself()
    match written:
        case "range", start, stop, step, name:
            return pandas.RangeIndex(start, stop, step, name=name)
        case "multi", levels, codes, names:
            return pandas.MultiIndex([_read_index(level) for level in levels], codes, names=names)
        case "plain", [kind, *parts], name, frequency:
            values = read_column(kind, parts, _read_index)
            index = pandas.Index(values.array, name=name, dtype=values.dtype)
            return index if frequency is None else type(index)(index, freq=frequency)
    raise Refused("it is no index")


def _read_frame(index: Any, columns: Any, written: list[Any], notes: Mapping[str, Any]) -> Any:
    pandas = pandas_itself()
    rows = _read_index(index)
    frame = pandas.DataFrame({i: _read_labelled(one, rows) for i, one in enumerate(written)}, index=rows)
    frame.columns = _read_index(columns)
    return _noted(frame, notes)


def _read_series(index: Any, name: Any, written: Any, notes: Mapping[str, Any]) -> Any:
    series = _read_labelled(written, _read_index(index))
    series.name = name
    return _noted(series, notes)


def _read_labelled(written: Any, index: Any) -> Any:
    kind, *parts = written
    column = read_column(kind, parts, _read_index)
    if len(column) != len(index):
        raise Refused(f"{len(column)} values have {len(index)} labels")
    column.index = index
    return column


def _noted(value: Any, notes: Mapping[str, Any]) -> Any:
    value.attrs.update(notes.get("attrs", {}))
    return value.set_flags(allows_duplicate_labels=False) if notes.get("unique") else value


def _read_timestamp(count: int, unit: str, zone: Any) -> Any:
    numpy: Any = import_module("numpy")
    moment = pandas_itself().Timestamp(numpy.datetime64(count, unit))
    return moment if zone is None else moment.tz_localize("UTC").tz_convert(read_zone(zone))


def _read_duration(count: int, unit: str) -> Any:
    numpy: Any = import_module("numpy")
    return pandas_itself().Timedelta(numpy.timedelta64(count, unit))


READ: dict[str, Callable[..., Any]] = {
    "~frame": _read_frame,
    "~series": _read_series,
    "~index": _read_index,
    "~timestamp": _read_timestamp,
    "~duration": _read_duration,
}
"""By tag."""
