"""Times, counts and sizes as a person reads them."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["clock", "count", "duration", "plural", "size"]

_NOTHING = 5e-8  # seconds; clocks are no finer
_SMALL = ((1e-6, "µs"), (1e-3, "ms"), (1.0, "s"))
_LARGE = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def duration(seconds: float) -> str:
    """A time span in one or two units, from microseconds to days.

    Args:
        seconds: not negative.

    >>> [duration(s) for s in (0, 0.0000042, 0.0312, 0.9999, 7.25, 59.96, 75, 4000, 200000)]
    ['0 s', '4.2 µs', '31 ms', '1 s', '7.2 s', '1 min', '1 min 15 s', '1 h 7 min', '2 d 8 h']
    """
    if seconds < _NOTHING:
        return "0 s"
    if seconds < 59.5:
        scale, unit = next(((s, u) for s, u in reversed(_SMALL) if seconds >= s * 0.9995), _SMALL[0])
        return f"{_two_digits(seconds / scale)} {unit}"
    whole = round(seconds)
    place = next(i for i, (length, _) in enumerate(_LARGE) if whole >= length)
    length, unit = _LARGE[place]
    next_length, next_unit = _LARGE[place + 1]
    rest = round(whole % length / next_length)
    if rest * next_length == length:  # 59.6 min are an hour, not 60 min
        return duration(whole - whole % length + length)
    first = f"{whole // length:,} {unit}"
    return f"{first} {rest} {next_unit}" if rest else first


def _two_digits(number: float) -> str:
    """A number below 1,000 with a decimal where it is below 10.

    >>> _two_digits(9.96), _two_digits(1.04), _two_digits(0.52)
    ('10', '1', '0.52')
    """
    if number < 1:
        return f"{number:.2g}"
    return f"{number:.0f}" if number >= 9.95 else f"{number:.1f}".removesuffix(".0")


def count(number: int) -> str:
    """A count, with separators of thousands.

    >>> count(9988)
    '9,988'
    """
    return f"{number:,}"


def plural(number: int, noun: str, many: str | None = None) -> str:
    """A count with its noun.

    >>> plural(1, "node"), plural(1200, "node"), plural(2, "try", "tries")
    ('1 node', '1,200 nodes', '2 tries')
    """
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"


def size(characters: int) -> str:
    """A number of characters, short.

    >>> size(80), size(20_480), size(3_000_000)
    ('80 characters', '20 thousand characters', '3 million characters')
    """
    if characters < 10_000:
        return plural(characters, "character")
    if characters < 1_000_000:
        return f"{characters / 1e3:.0f} thousand characters"
    return f"{characters / 1e6:.3g} million characters"


def clock(seconds: float) -> str:
    """A point of time, to the millisecond, in UTC.

    Args:
        seconds: since the epoch.

    >>> clock(0.0125)
    '1970-01-01 00:00:00.012 UTC'
    """
    try:
        when = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):  # a virtual clock may stand anywhere
        return f"{seconds:g} s"
    return f"{when:%Y-%m-%d %H:%M:%S}.{when.microsecond // 1000:03d} UTC"
