"""A PDF is made apart from the server, of anything, without following anything, or it is said why not."""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from crm.subject_requests import pdf, pdf_child
from crm.subject_requests.pdf import NoPdf, PdfFault

PAGE = "<!doctype html><html lang=ru><title>Копия</title><body>{}</body></html>"


@pytest.fixture
def listener():
    """A web server of this machine that counts who comes."""
    asked = []

    class Counting(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *words):
            pass

    server = HTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def fault(html):
    with pytest.raises(NoPdf) as found:
        pdf.made_of(html)
    return found.value.fault


def test_russian_words_become_a_pdf():
    made = pdf.made_of(PAGE.format("<h1>Привет ₽ №</h1>"))
    assert made.startswith(b"%PDF-")
    assert b"%%EOF" in made[-1024:]


def test_nothing_of_a_page_is_followed(listener):
    url, asked = listener
    page = (
        f'<img src="{url}/a"><link rel=stylesheet href="{url}/b"><link rel=attachment href="{url}/c">'
        f'<style>@import "{url}/d"; p {{ background: url({url}/e) }}'
        f'</style><p>x</p><object data="{url}/g"></object><svg><image href="{url}/h"/></svg>'
    )
    assert pdf.made_of(PAGE.format(page))
    assert asked == []


def test_no_file_of_the_machine_gets_into_it(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("canary-of-a-file" * 100)
    url = f"file://{secret}"
    page = f'<link rel=attachment href="{url}"><img src="{url}"><a rel=attachment href="{url}">x</a>'
    made = pdf.made_of(PAGE.format(page))
    assert b"EmbeddedFile" not in made
    assert len(made) < 20_000


def test_too_much_is_refused_at_once():
    assert fault(PAGE.format("слово " * 900_000)) is PdfFault.TOO_LARGE


def test_a_page_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(pdf, "LONGEST_SECONDS", 0.05)
    assert fault(PAGE.format("x")) is PdfFault.FAILED


def test_what_breaks_the_process_is_told_and_not_raised(monkeypatch, tmp_path):
    child = tmp_path / "child.py"
    child.write_text("import os; os.abort()")
    monkeypatch.setattr(pdf_child, "__file__", str(child))
    assert fault(PAGE.format("x")) is PdfFault.FAILED


@pytest.mark.parametrize(("code", "why"), [(3, PdfFault.LIBRARIES), (4, PdfFault.FONT)])
def test_what_the_machine_lacks_is_said_in_words(monkeypatch, tmp_path, code, why):
    child = tmp_path / "child.py"
    child.write_text(f"import sys; sys.exit({code})")
    monkeypatch.setattr(pdf_child, "__file__", str(child))
    assert fault(PAGE.format("x")) is why
    assert pdf.FAULTS[why]


def test_without_pango_the_process_says_so(tmp_path):
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango')")
    run = f"from runpy import run_path; run_path({pdf_child.__file__!r}, run_name='__main__')"
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {run}"
    ended = subprocess.run([sys.executable, "-c", code], input=b"<p>x", capture_output=True, check=False)  # noqa: S603
    assert ended.returncode == pdf_child.NO_LIBRARIES


def test_one_at_a_time(monkeypatch):
    monkeypatch.setattr(pdf, "PATIENCE_SECONDS", 0.01)
    with pdf._making:
        assert fault(PAGE.format("x")) is PdfFault.BUSY
    assert pdf.made_of(PAGE.format("x"))


def test_the_process_knows_no_secret_and_may_write_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "canary")
    child = tmp_path / "child.py"
    child.write_text("import os, sys; sys.exit(5 if 'SECRET_KEY' in os.environ else 3)")
    monkeypatch.setattr(pdf_child, "__file__", str(child))
    assert fault(PAGE.format("x")) is PdfFault.LIBRARIES
    assert "RLIMIT_FSIZE, (0, 0)" in Path(pdf_child.__spec__.origin).read_text()
