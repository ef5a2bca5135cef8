"""Addresses of databases: what the driver is told, and what may be shown, which never holds a password."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote

from planweave.engine.errors import PolicyError

SCHEMA = "planweave"
"""The schema that the tables are in unless the URL names another."""

SECRET = frozenset(
    {"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"}
)  # parameters of PostgreSQL's URLs that nobody may see
LONGEST = 63
"""Bytes of a name that PostgreSQL keeps."""


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a PostgreSQL database.

    Attributes:
        full: the URL for the driver.
        schema: where in it the tables are.
        shown: the URL without passwords.
        secrets: what must not be shown, as it is written in the URL and as it is meant.
    """

    full: str = field(repr=False)
    schema: str
    shown: str
    secrets: tuple[str, ...] = field(repr=False)

    @classmethod
    def read(cls, url: str) -> Address:
        """Read ``postgresql://user:password@host:port/database?schema=name&other=...``.

        Raises:
            PolicyError: it cannot be read for certain, or the name of the schema is none.

        >>> Address.read("postgresql://ada:secret@db/runs?schema=mine&sslmode=require").shown
        'postgresql://ada@db/runs?schema=mine&sslmode=require'
        """
        scheme, _, rest = url.partition("://")
        place, _, query = rest.partition("?")
        host, slash, database = place.partition("/")
        user, at, host = host.rpartition("@")
        if "@" in user or "@" in database or "@" in query:
            raise PolicyError(
                "the store's URL has an '@' too many, so that its password cannot be told for certain",
                mend="in a user's name, a password or a value, write @ / ? as %40 %2F %3F",
            )
        user, _, password = user.partition(":")
        pairs = [one.partition("=") for one in query.split("&") if one]
        open_pairs = ["".join(one) for one in pairs if one[0].lower() not in SECRET]
        passed = ["".join(one) for one in pairs if one[0] != "schema"]
        hidden = [password, *(value for name, _, value in pairs if name.lower() in SECRET)]
        return cls(
            f"{scheme}://{rest.partition('?')[0]}{_query(passed)}",
            _schema([unquote(value) for name, _, value in pairs if name == "schema"]),
            f"{scheme}://{user}{at if user else ''}{host}{slash}{database}{_query(open_pairs)}",
            tuple(text for one in hidden for text in (one, unquote(one)) if text),
        )

    def hides(self, text: str) -> str:
        """A text of the driver's, unless something secret is in it.

        >>> Address.read("postgresql://ada:a%zz@db/runs").hides('invalid token: "a%zz"')
        'the rest of the message holds a password'
        """
        return "the rest of the message holds a password" if any(one in text for one in self.secrets) else text


def _query(pairs: list[str]) -> str:
    return f"?{'&'.join(pairs)}" if pairs else ""


def _schema(named: list[str]) -> str:
    name = named[-1] if named else SCHEMA
    if not name or "\0" in name or len(name.encode(errors="replace")) > LONGEST:
        raise PolicyError(f"schema={name[:80]!r} is no name of a schema", mend=f"use 1 to {LONGEST} bytes")
    return name


def without_password(text: str) -> str:
    """What may be shown of something that should be the address of a store.

    >>> without_password("postgre://ada:secret@db/runs"), without_password("postgresql://ada@db")
    ('postgre://...@db/runs', 'postgresql://...@db')
    >>> without_password("runs.db")
    'runs.db'
    """
    scheme, separator, rest = text.partition("://")
    head, at, tail = rest.rpartition("@")
    return f"{scheme}{separator}...{at}{tail}" if head else text
