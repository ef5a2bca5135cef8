"""The store in PostgreSQL: servers that stop, connections that break, settings that are too weak, words kept secret."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest

from planweave.engine.errors import (
    AlreadyAnswered,
    DefinitionError,
    LeaseLost,
    PlanweaveError,
    PolicyError,
    RunExists,
    RunHeld,
    SchemaTooNew,
    StoreBusy,
    StoreError,
    StoreUnusable,
)
from planweave.engine.store import line
from planweave.engine.store.address import SCHEMA, Address
from planweave.engine.store.commit import send
from planweave.engine.store.entry import Entry
from planweave.engine.store.line import Line
from planweave.engine.store.postgres import PostgresStore
from planweave.engine.store.rows import RunRow, Write
from planweave.engine.store.schema import MIGRATIONS
from planweave.engine.store.store import open_store
from tests.postgres import Server
from tests.store.common import HERE, THERE, Chain, accepted, created, never, question

SECRET = "hunter2%21"
"""A password, as a URL has it."""


@pytest.fixture
def url(server: Server) -> str:
    return server.url()


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    store = PostgresStore(url)
    yield store
    store.close()


@contextmanager
def administrator(server: Server) -> Iterator[Any]:
    """A connection of somebody else."""
    import psycopg

    with psycopg.connect(server.url().partition("&schema")[0], autocommit=True) as connection:
        yield connection


def setting(store: PostgresStore, name: str) -> str:
    with store._writer.held() as connection:
        return str(connection.execute(f"SHOW {name}".encode()).fetchone()[0])  # type: ignore[index]


def process(store: PostgresStore) -> int:
    with store._writer.held() as connection:
        return connection.info.backend_pid


# ---------------------------------------------------------------------- servers that stop


def test_a_server_may_be_killed_while_runs_go_on(server: Server, store: PostgresStore) -> None:
    """Law: through two immediate restarts every write is taken once, in order, by a caller that notices nothing."""
    chain, other = created(store), created(store, "other")
    going = threading.Event()
    errors: list[StoreError] = []

    def work() -> None:
        while not going.is_set():
            one, two = [chain.write('["long"]')], [chain.write(), other.write("[0]")]
            errors.extend(error for error in store.commit(one) + store.commit(two) if error is not None)
            store.renew(HERE, 60)
            assert store.row("r").entries == len(chain.entries)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for _ in range(2):
            before = len(chain.entries)
            while worker.is_alive() and len(chain.entries) < before + 20:
                time.sleep(0.01)
            server.restart("immediate")
    finally:
        going.set()
        worker.join()
    assert errors == []
    for one in (chain, other):
        entries = list(store.entries(one.run))
        assert entries == one.entries and len(entries) > 20
        assert all(later.follows(earlier.hash) for earlier, later in pairwise(entries))
        assert store.row(one.run).head == entries[-1].hash


def test_a_server_that_stays_away_is_told(server: Server, url: str) -> None:
    """Law: whoever has waited long enough is told; when the server is back, the next call works."""
    store = PostgresStore(url, patience=0.3)
    chain = created(store)
    try:
        server.stop()
        try:
            with pytest.raises(StoreUnusable, match="see that the server runs"):
                store.commit([chain.write("[1]")])
            with pytest.raises(StoreUnusable):
                store.rows()
            with pytest.raises(StoreUnusable, match="see that the server runs"):
                PostgresStore(url, patience=30)
        finally:
            server.start()
        assert store.row("r").entries == 1
        assert accepted(store, Write("r", 1, (chain.entries[1],))) == [True]
    finally:
        store.close()


def test_a_connection_that_the_server_ends_is_opened_again(server: Server, store: PostgresStore) -> None:
    """Law: a lost connection costs nothing but the time to open another."""
    chain = created(store)
    for _ in range(3):
        lost = process(store)
        with administrator(server) as connection:
            connection.execute("SELECT pg_terminate_backend(%s, 5000)", (lost,))
        assert accepted(store, chain.write()) == [True] and process(store) != lost
    assert list(store.entries("r")) == chain.entries


# ---------------------------------------------------------------------- appends and claims at the same time


@contextmanager
def under_way(server: Server, store: PostgresStore) -> Iterator[Any]:
    """A transaction of somebody else, which is committed at the end."""
    with administrator(server) as connection:
        connection.execute(f'SET search_path TO "{store._schema}"')
        with connection.transaction():
            yield connection


def waits(server: Server) -> None:
    """Return once somebody waits for a lock."""
    with administrator(server) as connection:
        while not connection.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone()[
            0
        ]:
            time.sleep(0.01)


def test_an_append_waits_for_a_claim_and_is_refused(server: Server, store: PostgresStore) -> None:
    """Law: what comes while a claim is under way is decided by what that claim came to."""
    chain = created(store)
    with ThreadPoolExecutor(1) as pool:
        with under_way(server, store) as connection:
            connection.execute("UPDATE run SET token = token + 1, holder = 'other' WHERE id = 'r'")
            done = pool.submit(store.commit, [chain.write()])
            waits(server)
        assert isinstance(done.result()[0], LeaseLost)
    assert list(store.entries("r")) == chain.entries[:1]


def test_an_append_waits_for_a_claim_that_comes_to_nothing(server: Server, store: PostgresStore) -> None:
    """Law: where the claim is given up, and where the row is changed for another reason, the append is done."""
    chain = created(store)
    with ThreadPoolExecutor(1) as pool:
        with under_way(server, store) as connection:
            connection.execute("UPDATE run SET wanted = 'cancel' WHERE id = 'r'")
            done = pool.submit(store.commit, [chain.write()])
            waits(server)
        assert done.result() == [None]
    assert list(store.entries("r")) == chain.entries and store.row("r").wanted == "cancel"


def test_a_claim_waits_for_an_append_and_tells_of_it(server: Server, store: PostgresStore) -> None:
    """Law: a claim gives all entries, also those that were committed while it waited."""
    chain = created(store)
    with ThreadPoolExecutor(1) as pool:
        with under_way(server, store) as connection:
            assert send(connection, chain.write()).rowcount == 1
            claimed = pool.submit(store.claim, "r", THERE, 60, is_dead=lambda holder: True)
            waits(server)
        row = claimed.result()
    assert (row.entries, row.head, row.sealed) == (2, chain.entries[1].hash, 2) and row == store.row("r")


def test_a_number_is_taken_once(server: Server, store: PostgresStore) -> None:
    """Law: of two appends of the same number the second waits for the first, and is refused if that is committed."""
    chain = created(store)
    with ThreadPoolExecutor(1) as pool:
        with under_way(server, store) as connection:
            assert send(connection, chain.write("[1]")).rowcount == 1
            other = Write("r", 1, (Entry.after(chain.entries[0].hash, 1, "[2]"),))
            done = pool.submit(store.commit, [other])
            waits(server)
        assert isinstance(done.result()[0], LeaseLost)
    assert list(store.entries("r")) == chain.entries


# ---------------------------------------------------------------------- cut off, and nobody knows how it ended


class Cut:
    """Cuts the line of a store off once a transaction has been committed, before anybody hears of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import psycopg

        held, self.left = Line.held, 0
        self.between: Callable[[], object] = lambda: None

        @contextmanager
        def cut(this: Line) -> Iterator[Any]:
            with held(this) as connection:
                yield connection
                if self.left > 0:
                    self.left -= 1
                    connection.close()
                    self.between()
                    raise psycopg.OperationalError("the connection is lost")

        monkeypatch.setattr(Line, "held", cut)


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> Cut:
    return Cut(monkeypatch)


@pytest.mark.parametrize("times", [1, 3])
def test_what_had_arrived_is_written_once(store: PostgresStore, cut: Cut, times: int) -> None:
    """Law: a commit of which nobody heard is known again by its entries, be it of one write or of several."""
    chain, other = created(store), created(store, "other")
    cut.left = times
    assert accepted(store, chain.write("[1]", questions=(question(),))) == [True]
    cut.left = times
    writes = [
        chain.write("[2]", closed=("n",)),
        other.write("[3]"),
        Write("r", 1, due=4.0),
        Write("r", 7, state="failed"),
    ]
    assert accepted(store, *writes) == [True, True, True, False] and cut.left == 0
    assert list(store.entries("r")) == chain.entries and list(store.entries("other")) == other.entries
    assert store.row("r").due == 4.0 and [one.closed_at is None for one in store.questions()] == [False]


def test_what_had_arrived_counts_though_the_run_was_taken_over(store: PostgresStore, cut: Cut) -> None:
    """Law: whoever released a run with his last write was not refused because another held it by then."""
    chain = created(store)
    other = PostgresStore(store.url)
    cut.left, cut.between = 1, lambda: other.claim("r", THERE, 60, is_dead=never)
    try:
        assert accepted(store, chain.write(is_release=True)) == [True]
        assert store.row("r").holder == THERE and list(store.entries("r")) == chain.entries
        assert accepted(store, chain.write()) == [False]
    finally:
        other.close()


def test_a_release_that_had_arrived_is_one(store: PostgresStore, cut: Cut) -> None:
    """Law: whoever let go of a run, alone or with others, is not refused because he holds it no more."""
    created(store), created(store, "other")
    cut.left = 1
    assert accepted(store, Write("r", 1, is_release=True)) == [True]
    assert accepted(store, Write("r", 1, is_release=True)) == [False]
    cut.left = 1
    assert accepted(store, Write("other", 1, is_release=True), Write("r", 1, due=3.0)) == [True, False]


def test_a_run_that_had_been_created_is_created_once(store: PostgresStore, cut: Cut) -> None:
    """Law: the one who made it is told its token; anybody else that it exists."""
    cut.left = 2
    chain = created(store)
    assert store.row("r").token == 1 and list(store.entries("r")) == chain.entries
    cut.left = 1
    with pytest.raises(RunExists):
        store.create(RunRow("r", "again", "queued"), Chain().write(), HERE, 60)


def test_a_claim_that_had_arrived_holds(store: PostgresStore, cut: Cut) -> None:
    """Law: it is not refused as held by itself, and its token has grown once."""
    created(store, seconds=-1)
    cut.left = 2
    assert store.claim("r", THERE, 60, is_dead=never).token == 2
    cut.left = 1
    with pytest.raises(RunHeld):
        store.claim("r", THERE, 60, is_dead=never)
    assert store.row("r").token == 2


def test_an_answer_that_had_arrived_is_taken(store: PostgresStore, cut: Cut) -> None:
    """Law: who gave it is not told that it was answered before; who gives it a second time is."""
    created(store, questions=(question(),))
    cut.left = 2
    assert store.answer("r", "n", "true", "ada", None).answer == "true"
    cut.left = 1
    with pytest.raises(AlreadyAnswered):
        store.answer("r", "n", "true", "ada", None)


def test_what_may_be_done_twice_is(store: PostgresStore, cut: Cut) -> None:
    """Law: a wish, an event, a renewal, a value and a blob are there once, however often they were cut off."""
    created(store)
    for _ in range(2):
        cut.left = 1
        assert store.want("r", "cancel").wanted == "cancel"
        cut.left = 1
        assert store.renew(HERE, 60) == {"r"}
        cut.left = 1
        store.keep("key", "[1]", "r")
        cut.left = 1
        store.put_blob("name", b"data")
    assert (store.cached("key"), store.get_blob("name"), cut.left) == ("[1]", b"data", 0)


# ---------------------------------------------------------------------- what the server refuses

_RAISE = """
CREATE SEQUENCE tried;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('tried') <= {times} THEN RAISE EXCEPTION 'as tested' USING ERRCODE = '{code}'; END IF;
    RETURN new;
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION refuse()"""


def refusing(store: PostgresStore, code: str, times: int) -> None:
    """Have the server refuse the next entries with an error of its own."""
    with store._writer.held() as connection:
        connection.execute(_RAISE.format(code=code, times=times).encode())


@pytest.mark.parametrize("code", ["40001", "40P01"])
def test_what_others_were_in_the_way_of_is_done_again(store: PostgresStore, code: str) -> None:
    """Law: a transaction that the server gave up for another's sake is made again."""
    chain = created(store)
    refusing(store, code, times=2)
    assert accepted(store, chain.write()) == [True]
    assert accepted(store, chain.write(), chain.write()) == [True, True]
    assert list(store.entries("r")) == chain.entries


@pytest.mark.parametrize(
    ("code", "said"), [("53100", "make room"), ("25006", "may write"), ("XX001", "backup"), ("40001", "fewer write")]
)
def test_what_the_server_cannot_do_is_told(store: PostgresStore, code: str, said: str) -> None:
    """Law: a full or damaged disk is a typed error that says what to do; what was acknowledged stays."""
    chain = created(store)
    store._patience = 0.2
    refusing(store, code, times=1_000_000 if code == "40001" else 1)
    before = store.row("r")
    kind = StoreBusy if code == "40001" else StoreUnusable
    with pytest.raises(kind, match="as tested") as caught:
        store.commit([chain.write("[1]", state="failed", questions=(question(),))])
    assert said in str(caught.value.mend)
    assert store.row("r") == before and store.questions() == []
    with store._writer.held() as connection:
        connection.execute("DROP TRIGGER refuse ON entry")
    assert accepted(store, Write("r", 1, (chain.entries[1],))) == [True]


def test_a_row_that_others_lock_is_busy(server: Server, url: str) -> None:
    """Law: a writer waits as long as it was told to, and then says so; nothing of it is written."""
    store = PostgresStore(url, patience=0.2)
    chain = created(store)
    try:
        with administrator(server) as other, other.transaction():
            other.execute(f'SELECT 1 FROM "{store._schema}".run FOR UPDATE')
            with pytest.raises(StoreBusy, match=r"0\.2 s"):
                store.commit([chain.write("[1]")])
            assert store.row("r").entries == 1, "readers do not wait"
        assert accepted(store, Write("r", 1, (chain.entries[1],))) == [True]
    finally:
        store.close()


def test_a_role_that_may_only_read_reads(server: Server, store: PostgresStore) -> None:
    """Law: tables that are there need no right to make them; what may not be written is refused."""
    chain = created(store)
    reader = PostgresStore(f"{store.url}&options=-c%20default_transaction_read_only%3Don")
    try:
        assert list(reader.entries("r")) == chain.entries
        with pytest.raises(StoreUnusable, match="may write"):
            reader.want("r", "cancel")
    finally:
        reader.close()
    with pytest.raises(StoreUnusable, match="may write"):
        PostgresStore(f"{server.url()}&options=-c%20default_transaction_read_only%3Don")


# ---------------------------------------------------------------------- settings and tables


def test_what_is_acknowledged_is_on_disk_whatever_the_server_is_set_to(store: PostgresStore) -> None:
    """Law: a session that would not wait for the disk does; one that waits for more goes on to."""
    assert setting(store, "synchronous_commit") == "on"
    for given, used in (("off", "on"), ("local", "on"), ("remote_apply", "remote_apply")):
        other = PostgresStore(f"{store.url}&options=-c%20synchronous_commit%3D{given}")
        assert setting(other, "synchronous_commit") == used
        other.close()


def test_a_session_does_not_depend_on_the_defaults_of_the_server(url: str) -> None:
    """Law: the tables and the isolation are ours, whatever the role is set to."""
    options = "-c%20default_transaction_isolation%3Dserializable%20-c%20search_path%3Dpg_catalog"
    store = PostgresStore(f"{url}&options={options}")
    try:
        assert setting(store, "default_transaction_isolation") == "read committed"
        assert accepted(store, created(store).write()) == [True]
    finally:
        store.close()


def test_each_schema_is_a_store_of_its_own(server: Server) -> None:
    """Law: runs of one are not runs of another; any name is a name, and without one it is ours."""
    first, second = PostgresStore(server.url('odd "name" %25 ü')), PostgresStore(server.url())
    try:
        created(first)
        created(second, "other")
        assert [one.id for one in first.rows()] == ["r"] and [one.id for one in second.rows()] == ["other"]
    finally:
        first.close()
        second.close()
    assert Address.read("postgresql://host/runs").schema == SCHEMA
    for name in ("", "x" * 64, "%00"):
        with pytest.raises(PolicyError, match="no name of a schema"):
            PostgresStore(f"postgresql://host/runs?schema={name}")


def test_a_newer_store_is_left_alone(store: PostgresStore) -> None:
    """Law: what a newer planweave wrote is refused, with both versions named."""
    with store._writer.held() as connection:
        connection.execute("UPDATE schema_version SET version = 99")
    with pytest.raises(SchemaTooNew, match=f"version 99.*{len(MIGRATIONS)} is known"):
        PostgresStore(store.url)


def test_tables_of_something_else_are_left_alone(server: Server) -> None:
    """Law: a schema with a table named like one of ours is refused, and nothing is added to it."""
    with administrator(server) as other:
        other.execute("CREATE SCHEMA theirs")
        other.execute("CREATE TABLE theirs.question (text text)")
        with pytest.raises(StoreUnusable, match="question"):
            PostgresStore(server.url("theirs"))
        tables = other.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'theirs'").fetchall()
    assert tables == [("question",)]


# ---------------------------------------------------------------------- what is not shown


def told(call: Callable[[], object]) -> str:
    """All that an error and those behind it say."""
    with pytest.raises(PlanweaveError) as caught:
        call()
    return "".join(traceback.format_exception(caught.value))


def with_password(url: str) -> str:
    return url.replace("postgres@", f"postgres:{SECRET}@")


def test_a_password_is_used_and_never_shown(url: str) -> None:
    """Law: neither the store's URL nor what it says of itself or of its errors has the password."""
    store = PostgresStore(with_password(url), patience=0.2)
    try:
        created(store)
        assert "hunter2" not in f"{store.url} {store!r} {store._address!r} {vars(store)!r}"
        assert store._writer._parameters["password"] == "hunter2!"
        again = open_store(store.url)
        assert again.url == store.url and again.row("r").id == "r"
        again.close()
        for call in (lambda: store.row("none"), lambda: store.create(RunRow("r", "w", "q"), Chain().write(), HERE, 1)):
            assert "hunter2" not in told(call)
    finally:
        store.close()
    assert "hunter2" not in told(store.rows)


@pytest.mark.parametrize(
    "place",
    [
        "postgresql://ada:{}@/runs?host=/nowhere",
        "postgresql://ada@/runs?host=/nowhere&password={}",
        "postgresql://ada:{}@/runs?host=/nowhere&sslpassword={}&sslmode=unknown",
        "postgresql://ada:{}@127.0.0.1:port/runs",
        "postgresql://ada:{}%zz@/runs",
        "postgresql://ada:{}@/runs?unknown={}",
        "postgresql://ada:p@{}@host/runs",
        "postgresql://ada:p/{}@host/runs",
        "postgresql://ada:p?{}@host/runs",
        "postgresql://ada:{}@host/runs?schema=",
        "postgres://ada:{}@",
        "postgre://ada:{}@host/runs",
        "mysql://{}@",
    ],
)
def test_a_password_is_not_shown_when_the_store_cannot_be_opened(server: Server, place: str) -> None:
    """Law: whatever is wrong with an address, the error does not have the password, and says something else."""
    said = told(lambda: open_store(place.format(SECRET, SECRET)))
    assert "hunter2" not in said and "PlanweaveError" not in said


def test_the_driver_is_asked_for_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: without psycopg the error says what to install."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    line.driver.cache_clear()
    try:
        with pytest.raises(DefinitionError, match=r"pip install planweave\[postgres\]"):
            open_store("postgresql://host/runs")
    finally:
        line.driver.cache_clear()
