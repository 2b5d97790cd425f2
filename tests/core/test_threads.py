"""Letters in a thread, by hand, and with files."""

import pytest

from crm.core import outbox, transaction
from crm.core.letters import LONGEST_FILES, BadHeader, File, Letter, LetterFile, TooLarge
from crm.core.thread import following, message_ids
from tests.core.sending import letter, send
from tests.core.test_letters import BREAKS
from tests.core.test_outbox import erase
from tests.house.dumps import number_of

ID = "<one@mail.example.org>"
PDF = File("personal-data.pdf", "application/pdf", b"%PDF-" + bytes(range(256)) * 400)
JSON = File("personal-data.json", "application/json", b"{}")


def test_a_letter_of_a_thread_says_so_however_long_its_names_are(office, write):
    ids = [f"<{n}-{'x' * 120}@mail.example.org>" for n in range(40)]
    write(in_reply_to=ids[-1], references=" ".join(ids), reply_to="box@почта.рф")
    send()
    (got,) = office.letters
    assert got["In-Reply-To"].strip() == ids[-1]
    assert got["References"].split() == [ids[0], *ids[11:]]
    assert got["Reply-To"] == "box@xn--80a1acny.xn--p1ai"
    assert "=?" not in got["References"]
    assert max(map(len, got.raw.splitlines())) < 998


@pytest.mark.parametrize(
    ("more", "said"),
    [({}, "auto-generated"), ({"in_reply_to": ID}, "auto-replied"), ({"in_reply_to": ID, "is_by_hand": True}, None)],
)
def test_a_letter_says_whether_a_human_wrote_it(office, write, more, said):
    write(**more)
    send()
    assert office.letters[0]["Auto-Submitted"] == said


@pytest.mark.parametrize("place", ["reply_to", "in_reply_to", "references"])
@pytest.mark.parametrize("sign", BREAKS, ids=ascii)
def test_nothing_breaks_out_of_a_header_of_the_thread(write, ours, place, sign):
    value = {"reply_to": f"a@b.example.org{sign}Bcc: all@example.org"}.get(place, f"<a@b{sign}Bcc: all@example.org>")
    with pytest.raises(BadHeader) as refusal:
        write(**{place: value})
    assert "all@example.org" not in str(refusal.value)
    assert number_of(Letter, ours) == 0


@pytest.mark.parametrize(
    "value", ["one@x", "<one>\u202e", "<a b@x>", "<ю@x.example.org>", "<<a@x>>", f"<{'x' * 300}@x>"]
)
def test_what_is_no_message_id_is_refused(write, value):
    with pytest.raises(BadHeader):
        write(in_reply_to=value)


def test_an_answer_follows_what_it_answers_and_repeats_nothing_else():
    assert following("<a@x> junk\r\nBcc: all <b@x> <a@x>", "<c@x>") == ("<c@x>", "<a@x> <b@x> <c@x>")
    assert following("<a@x>", "junk") == ("", "")
    assert message_ids("<" * 50_000) == []


def test_files_arrive_as_they_were(office, write):
    write(files=[PDF, JSON])
    send()
    got = {one.get_filename(): one for one in office.letters[0].iter_attachments()}
    assert {name: one.get_content_type() for name, one in got.items()} == {f.name: f.media_type for f in (PDF, JSON)}
    assert got[PDF.name].get_content() == PDF.content


def test_a_file_is_sealed_and_destroyed_with_its_letter(house, write, ours):
    canary = File("data.txt", "text/plain", b"canary-in-a-file")
    write(files=[canary])
    assert b"canary-in-a-file" not in house.database.raw()
    with transaction.of_its_own():
        assert outbox.take_back(["receipt:1"]) == {"receipt:1"}
    assert (number_of(Letter, ours), number_of(LetterFile, ours)) == (0, 0)


def test_files_of_an_erased_person_are_gone(office, write, ours):
    write(files=[PDF])
    erase(ours)
    send()
    assert (office.connections, number_of(LetterFile, ours)) == (0, 0)


def test_files_that_no_server_takes_are_refused(write, ours):
    half = File("a.pdf", "application/pdf", bytes(LONGEST_FILES // 2 + 1))
    with pytest.raises(TooLarge):
        write(files=[half, half])
    assert number_of(Letter, ours) == 0


@pytest.mark.parametrize("name", ["Иванов.pdf", "a\nb.pdf", "../a.pdf", "pdf", "a b.pdf", ""])
def test_the_name_of_a_file_is_ours(write, name):
    with pytest.raises(ValueError, match="name or the type"):
        write(files=[File(name, "application/pdf", b"x")])


def test_a_letter_without_any_of_it_is_as_before(office, write):
    sent = write()
    send()
    (got,) = office.letters
    assert [got[name] for name in ("Reply-To", "In-Reply-To", "References")] == [None] * 3
    assert not letter(sent).is_by_hand
