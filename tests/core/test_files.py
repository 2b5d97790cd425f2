"""Files of a client: sealed in their row, refused unless whole and of a known kind, handed out only to be saved."""

import time
import unicodedata

import pytest
from cryptography.exceptions import InvalidTag
from flask import current_app
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect, select
from werkzeug.http import parse_options_header

from crm.accounts.models import User
from crm.clients.models import Client
from crm.core import files, transaction
from crm.core.db import db
from crm.core.files import Attachment, FileFault, Refused, cleaned
from crm.core.formats import FileKind
from crm.core.personal import SubjectKey
from crm.erasure import commands as erasure
from crm.erasure.models import Reason
from crm.erasure.policy import CATEGORIES
from tests.core.scans import JPEG, PDF, PNG, pdf_of
from tests.house.dumps import number_of

NAME, WORDS = "Согласие Лугова.pdf", b"I, Lugov, agree to everything. "
SCAN = pdf_of(300_000, filled=WORDS)


@pytest.fixture
def client(acting, ours):
    return acting.get_one(Client, ours.client_id)


@pytest.fixture
def kept(acting, client):
    """A scan of our client's, read anew from the database."""
    with transaction.of_its_own():
        made = files.keep(client.subject_key, name=NAME, content=SCAN).id
    acting.expunge_all()
    return acting.get_one(Attachment, made)


def test_a_file_opens_as_it_was(kept):
    assert kept.enclosed() == SCAN
    assert (kept.name, kept.kind, kept.size, len(kept.sha256)) == (NAME, FileKind.PDF, 300_000, 64)


@pytest.mark.parametrize("content", [PDF, JPEG, PNG, pdf_of(files.LARGEST)], ids=["pdf", "jpeg", "png", "largest"])
def test_files_of_every_kind_are_kept(client, acting, content):
    made = files.keep(client.subject_key, name="скан", content=content)
    acting.flush()
    acting.expire(made)
    assert made.enclosed() == content


def test_a_list_of_files_does_not_read_them(kept, acting):
    acting.expunge_all()
    assert [inspect(row).unloaded >= {"content"} for row in acting.scalars(select(Attachment))] == [True]


# what is refused


@pytest.mark.parametrize(
    ("fault", "content"),
    [
        (FileFault.EMPTY, b""),
        (FileFault.TOO_LARGE, pdf_of(files.LARGEST + 1)),
        (FileFault.KIND, b"<script>alert(1)</script>"),
        (FileFault.KIND, PDF[:-20]),
    ],
    ids=["empty", "too large", "a page", "cut short"],
)
def test_what_is_no_whole_file_of_a_kind_is_refused(client, acting, fault, content):
    with pytest.raises(Refused) as refusal:
        files.keep(client.subject_key, name="согласие.pdf", content=content)
    assert (refusal.value.fault, list(acting.new)) == (fault, [])


def test_every_fault_has_words(acting):
    assert set(files.FAULTS) == set(FileFault)
    assert "5 МБ" in str(files.FAULTS[FileFault.TOO_LARGE])


# sealing


def pieces(sealed):
    """Pieces of a sealed file, short enough to lie on one page of the database."""
    return [sealed[at : at + 64] for at in range(0, len(sealed), 1024)]


def test_neither_the_file_nor_its_name_stands_in_the_database(kept, house):
    raw = house.database.raw()
    assert any(piece in raw for piece in pieces(kept.content)), "it does stand there sealed"
    assert [
        word for word in (WORDS, b"%PDF", b"startxref", "Согласие Л".encode(), kept.sha256.encode()) if word in raw
    ] == []


@pytest.mark.parametrize("position", [0, 12, 100_000, -1])
def test_a_changed_byte_does_not_open(kept, position):
    damaged = bytearray(kept.content)
    damaged[position] ^= 1
    kept.content = bytes(damaged)
    with pytest.raises(InvalidTag):
        kept.enclosed()


def test_a_file_moved_to_another_row_of_the_same_person_does_not_open(kept, acting):
    other = files.keep(kept.subject_key, name=NAME, content=PDF)
    other.content = kept.content
    with pytest.raises(InvalidTag):
        other.enclosed()


def test_a_file_and_the_sealed_values_do_not_open_in_each_others_place(kept):
    kept.content, kept.sealed = kept.sealed, kept.content
    for open_it in (Attachment.enclosed, Attachment.opened):
        with pytest.raises(InvalidTag):
            open_it(kept)


def test_a_file_does_not_open_with_the_key_of_another_person(kept, acting):
    sealed = kept.content
    with acting.no_autoflush:
        kept.subject_key, kept.content = SubjectKey.fresh(), sealed
        with pytest.raises(InvalidTag):
            kept.enclosed()


def test_a_file_does_not_open_for_another_operator(kept, acting, house):
    sealed = kept.content
    with acting.no_autoflush:
        kept.organisation_id, kept.content = house.neighbour.id, sealed
        with pytest.raises(InvalidTag):
            kept.enclosed()


# erasure


@pytest.fixture
def act(kept, acting, ours):
    """The act of the destruction of the client whose file it was."""
    by = acting.get_one(User, ours.owner.id)
    with transaction.of_its_own():
        return erasure.erase(ours.client_id, reason=Reason.DEMANDED, by=by)


def test_erasing_the_client_destroys_the_file_down_to_the_disk(kept, house, ours, request):
    sealed = pieces(kept.content)
    request.getfixturevalue("act")
    assert number_of(Attachment, ours) == 0
    assert [piece for piece in sealed if piece in house.database.raw()] == []


def test_the_act_names_the_file(act):
    assert act.destroyed["attachment"] == 1
    assert CATEGORIES["attachment"] in act.data_categories


def test_a_file_rolled_back_was_never_there(client, house, ours):
    files.keep(client.subject_key, name=NAME, content=SCAN)
    db.session.flush()
    transaction.forget()
    assert number_of(Attachment, ours) == 0


# handing out


def answer_for(attachment):
    """The answer as it leaves the house."""
    return current_app.process_response(files.response(attachment))


def test_a_file_leaves_only_to_be_saved(kept):
    answer = answer_for(kept)
    assert answer.data == SCAN
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]) == ("nosniff", "no-store")


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PDF, "application/pdf"), (JPEG, "image/jpeg"), (PNG, "image/png")],
    ids=["pdf", "jpeg", "png"],
)
def test_its_type_is_that_of_its_content(client, content, kind):
    page_by_name = files.keep(client.subject_key, name="page.html", content=content)
    assert files.response(page_by_name).headers["Content-Type"] == kind


@pytest.mark.parametrize("name", [NAME, "plain.pdf", 'a"b\\;c=d.pdf', "100% «да».pdf", "a\r\nX-Evil: 1.pdf", "😀.pdf"])
def test_a_browser_reads_the_name_as_it_was_cleaned(client, name):
    kept = files.keep(client.subject_key, name=name, content=PDF)
    header = files.response(kept).headers["Content-Disposition"]
    assert header.isascii()
    assert parse_options_header(header) == ("attachment", {"filename": kept.name})


# names

NAMES = {
    "скан.pdf": "скан.pdf",
    "СКАН.PDF": "СКАН.pdf",
    "C:\\fakepath\\скан.pdf": "скан.pdf",
    "/etc/passwd": "passwd.pdf",
    "../../скан.pdf": "скан.pdf",
    "скан.pdf/": "файл.pdf",
    "согласие": "согласие.pdf",
    "Договор от 12.03.2026": "Договор от 12.03.2026.pdf",
    "снимок.jpeg": "снимок.pdf",
    "счёт.exe": "счёт.exe.pdf",
    "счёт.pdf.exe": "счёт.pdf.exe.pdf",
    "": "файл.pdf",
    "pdf": "pdf.pdf",
    ".pdf": "файл.pdf",
    "..": "файл.pdf",
    ".htaccess": "htaccess.pdf",
    "счёт\u202efdp.exe": "счётfdp.exe.pdf",
    "\ufeff\u200b\u2066": "файл.pdf",
    "а\0б\r\nв\x7f.pdf": "абв.pdf",
    "и\u0306.pdf": "й.pdf",
    "и\u200d\u0306.pdf": "й.pdf",
    " два \u00a0 слова .pdf": "два слова.pdf",
    "я" * 200 + ".pdf": "я" * 146 + ".pdf",
    "\ud800.pdf": "файл.pdf",
}


@pytest.mark.parametrize(("name", "clean"), NAMES.items(), ids=ascii)
def test_a_name_is_cleaned(name, clean):
    assert cleaned(name, FileKind.PDF) == clean


@pytest.mark.parametrize(
    ("name", "clean"), [("a.JPEG", "a.jpeg"), ("a.jpg", "a.jpg"), ("a.png", "a.jpg"), ("a", "a.jpg")]
)
def test_an_ending_that_fits_stays(name, clean):
    assert cleaned(name, FileKind.JPEG) == clean


@given(name=st.text(alphabet=st.characters(), max_size=400), kind=st.sampled_from(FileKind))
def test_any_name_becomes_one_that_shows_and_saves(name, kind):
    clean = cleaned(name, kind)
    assert 4 < len(clean) <= 150
    assert clean.rpartition(".")[2] in files.ENDINGS[kind]
    assert not {unicodedata.category(letter) for letter in clean} & files.UNSEEN
    assert not set(clean) & set("/\\")
    assert clean[0] not in " ."
    assert cleaned(clean, kind) == unicodedata.normalize("NFC", clean) == clean


def test_a_name_made_to_keep_us_busy_does_not():
    began = time.process_time()
    assert len(cleaned("а" + "\u0301\u0316" * 20_000, FileKind.PDF)) == files.LONGEST_NAME
    assert time.process_time() - began < 0.2
