"""The values of columns and indexes of pandas, by their type, as plain values and arrays of numpy."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from planweave.engine.store.forms.refused import Refused
from planweave.engine.store.forms.zones import read_zone, write_zone_of_table

_MASKED = frozenset(
    {"boolean", "Float32", "Float64", *(f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64))}
)


def pandas_itself() -> Any:
    """The module; imported only to read a value of it, as one to write comes from a program that has imported it."""
    return import_module("pandas")


def write_column(column: Any, write_index: Callable[[Any], Any]) -> tuple[Any, ...]:
    """The values of a column or an index: what they are, and what they are made of.

    Raises:
        Refused: they are of a type that has no form.
    """
    numpy: Any = sys.modules["numpy"]
    pandas = pandas_itself()
    dtype, values = column.dtype, column.array
    if isinstance(dtype, numpy.dtype):
        return _write_objects(values.to_numpy().tolist()) if dtype.kind == "O" else ("array", values.to_numpy())
    if type(dtype) is pandas.StringDtype:
        items = [None if missing else str(item) for item, missing in zip(values, values.isna(), strict=True)]
        return "text", dtype.storage, dtype.na_value is pandas.NA, items
    if type(dtype) is pandas.DatetimeTZDtype:
        return "zoned", values.asi8, dtype.unit, write_zone_of_table(dtype.tz)
    if type(dtype) is pandas.CategoricalDtype:
        return "categories", values.codes, write_index(values.categories), values.ordered
    if type(dtype).__module__.partition(".")[0] == "pandas" and dtype.name in _MASKED:
        return "masked", dtype.name, values.to_numpy(dtype=dtype.numpy_dtype, na_value=0), values.isna()
    raise Refused(f"a column of the type {dtype!s:.60} has no form: convert it")


def read_column(kind: str, parts: list[Any], read_index: Callable[[Any], Any]) -> Any:
    """The values again, as a column with the labels from 0."""
    pandas = pandas_itself()
    match kind, parts:
        case "array", [array]:
            return pandas.Series(array)
        case "objects", [items, nothing]:
            return pandas.Series(_read_objects(items, nothing), dtype=object)
        case "text", [storage, has_na, items]:
            dtype = pandas.StringDtype(storage) if has_na else pandas.StringDtype(storage, na_value=float("nan"))
            return pandas.Series(items, dtype=dtype)
        case "zoned", [moments, unit, zone]:
            index = pandas.DatetimeIndex(moments.view(f"M8[{unit}]"))
            return pandas.Series(index.tz_localize("UTC").tz_convert(read_zone(zone)))
        case "categories", [codes, categories, ordered]:
            return pandas.Series(
                pandas.Categorical.from_codes(codes, categories=read_index(categories), ordered=ordered)
            )
        case "masked", [name, data, mask] if name in _MASKED:
            column = pandas.Series(data).astype(name)
            column[mask] = pandas.NA
            return column
    raise Refused(f"{kind!r:.40} is no kind of column")


def _write_objects(items: list[Any]) -> tuple[Any, ...]:
    """Objects of Python one by one, and where which kind of nothing stands; None stands for itself."""
    pandas = pandas_itself()
    nothing: dict[str, list[int]] = {}
    for i, item in enumerate(items):
        is_nan = type(item) is float and item != item
        name = "NA" if item is pandas.NA else "NaT" if item is pandas.NaT else "nan" if is_nan else None
        if name is not None:
            items[i] = None
            nothing.setdefault(name, []).append(i)
    return "objects", items, nothing


def _read_objects(items: list[Any], nothing: Mapping[str, list[int]]) -> Any:
    numpy: Any = import_module("numpy")
    pandas = pandas_itself()
    column = numpy.empty(len(items), dtype=object)
    for i, item in enumerate(items):  # one by one: numpy would take lists apart
        column[i] = item
    for name, places in nothing.items():
        column[places] = {"NA": pandas.NA, "NaT": pandas.NaT, "nan": float("nan")}[name]
    return column
