"""Arrays and scalars of numpy as plain data: type, shape and bytes.

numpy is imported only to read one: a value of it comes only from a program that has imported it.
"""

from __future__ import annotations

import math
import sys
from base64 import b64encode
from typing import Any

from planweave.engine.store.forms.leaves import read_bytes
from planweave.engine.store.forms.refused import Refused

ARRAY, SCALAR = "~array", "~scalar"


def write_array(value: Any) -> tuple[Any, ...]:
    """An array or a scalar of numpy as plain data, its tag first.

    Raises:
        Refused: it holds objects of Python, or is of a class of its own.
    """
    numpy: Any = sys.modules["numpy"]
    kind = type(value)
    if kind is numpy.ndarray:
        return ARRAY, _written_type(value.dtype), list(value.shape), b64encode(value.tobytes()).decode()
    if kind.__module__ != "numpy" or not issubclass(kind, numpy.generic):
        raise Refused(
            f"{kind.__name__} of {kind.__module__} has no form: return plain data, or numpy.asarray(...) of it"
        )
    if kind is numpy.str_:
        return SCALAR, "str", "".join(value)  # its own text leaves out the zeros at its end
    if kind is numpy.bytes_:  # in an array it would lose the zeros at its end
        return SCALAR, "bytes", b64encode(value).decode()
    if issubclass(kind, numpy.inexact) and not numpy.isfinite(value):
        raise Refused(f"{value} is no finite number")
    return SCALAR, _written_type(value.dtype), b64encode(value.tobytes()).decode()


def read_array(dtype: Any, shape: list[int], content: str) -> Any:
    """The array of plain data."""
    import numpy

    kind, data = _read_type(dtype), read_bytes(content)
    if not all(type(length) is int and length >= 0 for length in shape) or math.prod(shape) * kind.itemsize != len(
        data
    ):
        raise Refused(f"{len(data)} bytes are no array of {kind!s:.80} of the shape {shape!s:.80}")
    return numpy.ndarray(shape, kind, bytearray(data))  # which can be written to, as a new array can


def read_scalar(dtype: Any, content: str) -> Any:
    """The scalar of plain data."""
    import numpy

    if dtype == "str":
        return numpy.str_(content)
    if dtype == "bytes":
        return numpy.bytes_(read_bytes(content))
    return read_array(dtype, [], content)[()]


def _written_type(dtype: Any) -> Any:
    """A type as plain data: a short text, or a list for one with fields."""
    from numpy.lib.format import dtype_to_descr

    if dtype.hasobject or dtype.metadata:
        what = "notes to its type" if dtype.metadata else "objects of Python"
        raise Refused(f"an array of {dtype!s:.40} holds {what}: give it a type of numbers, text or times")
    written = _listed(dtype_to_descr(dtype))
    if repr(_read_type(written)) != repr(dtype):
        raise Refused(f"an array of the type {dtype!r:.80} would come back as one of {_read_type(written)!r:.80}")
    return written


def _listed(part: Any) -> Any:
    return [_listed(one) for one in part] if isinstance(part, list | tuple) else part


def _read_type(written: Any) -> Any:
    from numpy.lib.format import descr_to_dtype

    dtype = descr_to_dtype(_fields(written) if type(written) is list else written)
    if dtype.hasobject:
        raise Refused("an array of objects of Python is never read")
    return dtype


def _fields(written: list[Any]) -> list[tuple[Any, ...]]:
    """Fields as numpy takes them: tuples of a name, a type and perhaps a shape."""
    found = []
    for name, kind, *shape in written:
        title = tuple(name) if type(name) is list else name
        found.append((title, _fields(kind) if type(kind) is list else kind, *map(tuple, shape)))
    return found
