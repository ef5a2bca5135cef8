"""What the codes of PostgreSQL's errors mean for a store.

Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from __future__ import annotations

PASSING = frozenset(
    {
        "40001",  # serialization_failure
        "40P01",  # deadlock_detected
        "57P01",  # admin_shutdown
        "57P02",  # crash_shutdown
        "57P03",  # cannot_connect_now
        "25P03",  # idle_in_transaction_session_timeout
    }
)
"""What another attempt may not meet."""

BUSY = {
    "55P03": "look for a process that keeps a transaction open: SELECT * FROM pg_stat_activity",
    "40001": "try again when fewer write",
    "40P01": "try again when fewer write",
}
"""What means that others are in the way, and what to do about it."""

MENDS = {
    "25006": "name a server and a role that may write",
    "28P01": "see that the password is right",
    "3D000": "see that the database is there",
    "42501": "let the role own the schema, or make it: CREATE SCHEMA ... AUTHORIZATION ...",
    "53100": "make room on the disk of the server; what was acknowledged is safe",
    "53300": "allow more connections: max_connections",
    "XX": "restore it from a backup; planweave audit verify names what is wrong",
    "": "see that the server runs and that the URL names it; what was acknowledged is safe",
}
"""What to do, by the code, else by its class; an empty one is that of an error of the driver."""
