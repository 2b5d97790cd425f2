"""The whole way over real servers: a letter in koi8-r comes in, staff destroy, the answer reaches who wrote it."""

import imaplib
import ssl
from email import message_from_bytes, policy
from email.header import Header
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from crm.clients.models import Client
from crm.core import jobs
from crm.erasure.models import ErasureAct
from crm.subject_requests import answers
from crm.subject_requests.models import RequestKind, RequestState, SubjectRequest
from tests import post_office
from tests.post_office import NAME, SECRET
from tests.subject_requests.posted import poll

PETER, ASKED = "petr@lugov.example.org", "<asks-1@lugov.example.org>"
TEXT = "Здравствуйте! Удалите, пожалуйста, все мои персональные данные.\nПётр Лугов"


@pytest.fixture
def office(app, box, acting, ours, tmp_path, monkeypatch):
    """The operator's outgoing mail; both its servers are vouched for."""
    with post_office.opened(tmp_path, security="tls") as server:
        known = tmp_path / "both.pem"
        folders = (tmp_path, box.folder)
        known.write_bytes(b"".join(post_office.authority(folder).read_bytes() for folder in folders))
        monkeypatch.setenv("SSL_CERT_FILE", str(known))
        post_office.set_up(server, ours)
        yield server


def test_a_letter_in_koi8_is_answered_in_its_thread_with_an_act(app, box, office, owner, acting, ours):
    box.make("Ящик Петра")
    box.deliver(_letter())
    poll()
    request = _request(acting)
    assert (request.kind, acting.get(Client, ours.client_id).blocked_at is not None) == (RequestKind.ERASURE, True)
    key = request.id
    acting.rollback()
    page = f"/requests/{key}"
    owner.fill(page, button="Да: удалить данные")
    owner.fill(page, button="Да, это его карточка")
    owner.fill(f"/clients/{ours.client_id}/erase?request={key}", confirmation="УНИЧТОЖИТЬ")
    act = acting.scalar(select(ErasureAct).filter_by(client_id=ours.client_id))
    number = act.number
    assert act.reason == "demanded"
    acting.rollback()
    owner.fill(page, button="Никому не передавали")
    owner.fill(f"{page}/answer", button="Составить письмо")
    owner.fill(f"{page}/answer", button="Сохранить и посмотреть")
    assert owner.fill(f"{page}/answer/preview", button="Отправить").status_code == 303
    _post(app)
    assert _request(acting).state is RequestState.ANSWERED
    acting.rollback()
    for sent in office.letters:
        box.deliver(sent.raw, to="Ящик Петра")
    receipt, answer = _read(box, "Ящик Петра")
    assert (receipt["In-Reply-To"], answer["In-Reply-To"]) == (ASKED, ASKED)
    assert ASKED in answer["References"]
    assert (answer["To"], answer["Auto-Submitted"], answer["Subject"]) == (PETER, None, "Re: Мои данные")
    assert f"Акт об уничтожении № {number}" in answer.get_content()
    owner.fill(page, button="Закрыть обращение")
    assert _request(acting).state is RequestState.CLOSED


def _letter() -> bytes:
    made = EmailMessage(policy=policy.SMTP)
    made.set_content(TEXT, charset="koi8-r", cte="8bit")
    head = {
        "From": f"{Header('Пётр Лугов', 'koi8-r').encode()} <{PETER}>",
        "To": NAME,
        "Message-ID": ASKED,
        "Subject": Header("Мои данные", "koi8-r").encode(),
    }
    lines = [f"{name}: {value}" for name, value in head.items()]
    return "\r\n".join(lines).encode() + b"\r\n" + made.as_bytes()


def _post(app) -> None:
    """What the worker does: letters go, and what has gone is written down."""
    jobs.work_off()
    answers.settle_answers()


def _request(acting) -> SubjectRequest:
    return acting.scalar(select(SubjectRequest).execution_options(populate_existing=True))


def _read(box, folder: str) -> list[EmailMessage]:
    """What a mail program would see in the folder."""
    trust = ssl.create_default_context(cafile=str(post_office.authority(box.folder)))
    with imaplib.IMAP4_SSL("localhost", box.tls, ssl_context=trust) as program:
        program.login(NAME, SECRET)
        program.select(f'"{box._path(folder).name[1:]}"')
        _, found = program.search(None, "ALL")
        raw = [program.fetch(number, "(RFC822)")[1][0][1] for number in found[0].split()]
    return [message_from_bytes(one, policy=policy.default) for one in raw]
