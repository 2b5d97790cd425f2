"""What a real server counted is in its database once the server has ended."""

import http.client
import sqlite3
from contextlib import closing
from urllib.parse import urlsplit

from tests.browser.serving import running

ADDRESS = "SELECT address FROM web_form WHERE state = 'published' LIMIT 1"
SHOWN = "SELECT coalesce(sum(shown), 0) FROM form_count"


def ask(database, question):
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(question).fetchone()[0]


def visit(server, path):
    asked = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=10)
    asked.request("GET", path)
    answer = asked.getresponse()
    answer.read()
    asked.close()
    return answer.status


def test_a_server_that_ends_writes_down_what_it_counted_last(tmp_path):
    with running(tmp_path, prepared_by=("set-up",)) as server:
        database = server.folder / "crm.sqlite"
        form = f"/f/{ask(database, ADDRESS)}"
        before = ask(database, SHOWN)
        assert [visit(server, form) for _ in range(3)] == [200] * 3
    assert ask(database, SHOWN) == before + 3
