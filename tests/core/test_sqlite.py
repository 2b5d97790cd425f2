"""SQLite as we open it: readers never wait, writers queue fairly, the lock never stays behind."""

import fcntl
import threading

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError

from crm.config import engine_options
from crm.core import sqlite
from tests.core.at_once import until

PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 20000}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "notes.sqlite"


@pytest.fixture
def engine(path):
    made = create_engine(f"sqlite:///{path}", **engine_options("sqlite://"))
    sqlite.prepare(made)
    with made.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE note (words TEXT UNIQUE)")
    yield made
    made.dispose()


def write(connection, words):
    connection.exec_driver_sql("INSERT INTO note VALUES (?)", (words,))


def count(connection):
    return connection.exec_driver_sql("SELECT count(*) FROM note").scalar()


def queue_of(path):
    return sqlite._queues[str(path)]


@pytest.mark.parametrize(("pragma", "value"), PRAGMAS.items())
def test_every_connection_is_durable_strict_and_forgetful(engine, pragma, value):
    with engine.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_a_reader_does_not_wait_for_a_writer_nor_see_what_it_has_not_committed(engine):
    with engine.connect() as writer, engine.connect() as reader:
        write(writer, "being written")
        assert count(reader) == 0


def test_a_writer_does_not_wait_for_a_reader(engine):
    with engine.connect() as reader, engine.begin() as writer:
        count(reader)
        write(writer, "written meanwhile")


def test_a_reader_that_turns_to_writing_sees_what_others_committed_meanwhile(engine):
    with engine.connect() as late:
        count(late)
        with engine.begin() as early:
            write(early, "first")
        write(late, "second")
        assert count(late) == 2


def test_writers_get_in_strictly_in_the_order_they_came():
    lock, order, threads = sqlite.FairLock(), [], []

    def queue_up(number):
        lock.acquire()
        order.append(number)
        lock.release()

    lock.acquire()
    for number in range(8):
        threads.append(threading.Thread(target=queue_up, args=(number,)))
        threads[-1].start()
        until(lambda: len(lock._queue) == len(threads))
    lock.release()
    for thread in threads:
        thread.join(10)
    assert order == list(range(8))


def test_a_second_writer_waits_until_the_first_has_committed(engine, path):
    def second():
        with engine.begin() as connection:
            write(connection, "second")

    waiting = threading.Thread(target=second)
    with engine.begin() as first:
        write(first, "first")
        waiting.start()
        until(lambda: queue_of(path)._queue)
        assert count(first) == 1
    waiting.join(10)
    with engine.connect() as connection:
        words = connection.exec_driver_sql("SELECT words FROM note ORDER BY rowid").scalars().all()
    assert words == ["first", "second"]


def fail_in_a_statement(connection):
    write(connection, "twice")
    with pytest.raises(IntegrityError):
        write(connection, "twice")
    connection.rollback()


WAYS_OUT = {
    "commit": lambda connection: connection.commit(),
    "rollback": lambda connection: connection.rollback(),
    "close": lambda connection: connection.close(),
    "a broken connection": lambda connection: connection.invalidate(),
    "a failed statement": fail_in_a_statement,
}


@pytest.mark.parametrize("way_out", WAYS_OUT.values(), ids=WAYS_OUT)
def test_the_queue_moves_on_however_a_writer_ends(engine, path, way_out):
    with engine.connect() as connection:
        write(connection, "words")
        assert queue_of(path)._held
        way_out(connection)
        assert not queue_of(path)._held


def test_the_queue_moves_on_when_a_writer_cannot_even_begin(engine, path, monkeypatch):
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        driver._lock_file = str(path.parent / "no such folder" / "lock")
        with pytest.raises(FileNotFoundError):
            driver.begin_writing()
    assert not queue_of(path)._held


def test_a_reader_never_joins_the_queue(engine, path):
    with engine.connect() as connection:
        count(connection)
        assert not queue_of(path)._held


def test_who_waits_too_long_gets_a_time_out_and_leaves_the_queue(engine, path, monkeypatch):
    monkeypatch.setattr(sqlite, "WAIT_SECONDS", 0.01)
    with engine.connect() as first, engine.connect() as second:
        write(first, "first")
        with pytest.raises(TimeoutError):
            write(second, "second")
        assert not queue_of(path)._queue
        first.commit()
        second.rollback()
        write(second, "after all")


def test_a_writer_waits_for_the_writer_of_another_process(engine, path):
    def write_here():
        with engine.begin() as connection:
            write(connection, "ours")

    with open(f"{path}.writers", "wb") as other_process:
        fcntl.flock(other_process, fcntl.LOCK_EX)
        ours = threading.Thread(target=write_here)
        ours.start()
        until(lambda: queue_of(path)._held)
        ours.join(0.05)
        assert ours.is_alive()
    ours.join(10)
    assert not ours.is_alive()


def test_the_journal_is_cut_to_nothing_when_asked(engine, path):
    with engine.begin() as connection:
        write(connection, "forget me")
    with engine.connect() as connection:
        sqlite.empty_journal(connection)
    assert path.with_name("notes.sqlite-wal").stat().st_size == 0


def test_an_erased_row_is_overwritten_in_the_file(engine, path):
    with engine.begin() as connection:
        write(connection, "canary in a coal mine")
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM note")
    with engine.connect() as connection:
        sqlite.empty_journal(connection)
    assert b"canary" not in path.read_bytes()
