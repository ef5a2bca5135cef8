"""Permissions: what a tool may touch, and what its caller grants. What is not granted is denied.

A permission is a word for a resource, with or without a colon and a word for what is done with it: ``files:read``,
``network``, ``mail:send``. Granting the resource grants all that can be done with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from planweave.engine.errors import PolicyError
from planweave.engine.location import Location
from planweave.engine.wording import clip

_PERMISSION = re.compile(r"[a-z][a-z0-9-]*(:[a-z][a-z0-9-]*)?")


def permissions_of(given: object) -> frozenset[str]:
    """Permissions, checked; one may stand alone.

    Raises:
        PolicyError: something is no permission.

    >>> sorted(permissions_of(["network", "files:read"]))
    ['files:read', 'network']
    """
    some = [given] if isinstance(given, str) else given
    if not isinstance(some, Iterable):
        some = [given]
    found = frozenset(some)
    for one in found:
        if not isinstance(one, str) or not _PERMISSION.fullmatch(one):
            raise PolicyError(
                f"{clip(one)} is no permission",
                where=Location.of_user(),
                mend="write the resource, and what is done with it: files:read, files:write, network, database:read",
            )
    return found


def lacking(wanted: Iterable[str], granted: Iterable[str]) -> list[str]:
    """What is wanted and not granted, in order.

    >>> lacking(["files:read", "network", "files:write"], ["files:read", "network"])
    ['files:write']
    >>> lacking(["files:read"], ["files"])
    []
    """
    known = frozenset(granted)
    return sorted(one for one in wanted if one not in known and one.partition(":")[0] not in known)
