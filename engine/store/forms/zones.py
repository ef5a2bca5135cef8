"""Time zones as plain data: zones by their names, offsets by their length."""

from __future__ import annotations

import datetime
import re
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from pydantic_core import TzInfo

from planweave.engine.store.forms.refused import Refused

_NAME = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")


def write_zone(zone: datetime.tzinfo) -> Any:
    """A time zone as plain data.

    Raises:
        Refused: it is of a kind that could not be made again.

    >>> write_zone(datetime.timezone.utc), write_zone(ZoneInfo("UTC"))
    (['offset', 0.0], 'UTC')
    """
    kind = type(zone)
    if isinstance(zone, ZoneInfo) and kind is ZoneInfo and zone.key is not None:
        zone.__reduce__()  # raises where it was read from a file, which its name does not tell
        return zone.key
    if kind is datetime.timezone:
        offset, *name = zone.__getinitargs__()  # type: ignore[attr-defined]  # because typeshed leaves it out
        return ["offset", offset.total_seconds(), *name]
    if kind is TzInfo:  # what pydantic makes of a text with an offset
        offset = zone.utcoffset(None)
        return ["pydantic", 0.0 if offset is None else offset.total_seconds()]
    raise Refused(f"a time zone of the type {kind.__name__} cannot be kept: use zoneinfo.ZoneInfo or datetime.timezone")


def write_zone_of_table(zone: datetime.tzinfo) -> Any:
    """The same, also for the zones of pytz, which older versions of pandas name their columns by.

    A single moment in one cannot be kept: its zone is one of many variants, which only pandas chooses again.
    """
    name = getattr(zone, "zone", None)
    return ["pytz", name] if type(zone).__module__.partition(".")[0] == "pytz" and name else write_zone(zone)


def read_zone(written: Any) -> datetime.tzinfo:
    """The inverse of ``write_zone``."""
    match written:
        case str() if _NAME.fullmatch(written):
            return ZoneInfo(written)
        case ["offset", int() | float() as seconds, *name]:
            return datetime.timezone(datetime.timedelta(seconds=seconds), *name)
        case ["pytz", str() as name] if _NAME.fullmatch(name):
            zone: datetime.tzinfo = import_module("pytz").timezone(name)
            return zone
        case ["pydantic", int() | float() as seconds]:
            return TzInfo(seconds)
    raise Refused(f"{str(written)[:80]} is no time zone")
