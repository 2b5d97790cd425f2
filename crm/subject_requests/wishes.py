"""What somebody wished by the receipt, written into the journal: so its 30 days and its answer are watched.

A button behind a link of a letter takes consent back at once: its request is in work, and an answer is left. A wish
that nobody could prove waits for a call of the staff: its request is new, and acts on nothing. Those of the rooms below
that nobody saw come (a letter that did not go turned into a call) are found by a periodic job.
"""

from collections.abc import Collection, Sequence

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, exists, select

from crm.accounts.models import LegalEntity, User
from crm.agreements.models import Purpose
from crm.agreements.ready import PurposeKind
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.clients import commands as clients
from crm.clients.models import Client
from crm.consents import queries as consents
from crm.consents.models import Channel, ConsentLink, ConsentRecord, LinkKind
from crm.core import jobs, transaction
from crm.core.clock import now
from crm.core.db import db
from crm.subject_requests import commands, handling, notices, queries
from crm.subject_requests.commands import Contact, Registered, Words
from crm.subject_requests.models import Identity, RequestKind, RequestState, RequestStep, Step, SubjectRequest, Way

BATCH = 100
OF_THE_CARD = (Step.BLOCK, Step.STOP_MARKETING, Step.ERASE, Step.TELL_RECIPIENTS)
"""Needless where other consents or grounds still hold: the data goes on being used for these."""


def took_back(link: ConsentLink, records: Sequence[ConsentRecord], entity: LegalEntity) -> SubjectRequest | None:
    """The button behind a link was pressed and these consents are taken back: write it into the journal and tell the
    person; None where nobody is known any more."""
    transaction.one_at_a_time()
    client = consents.client_behind(records[0])
    if client is None:
        return None
    request, token = _written(client, link, records, entity)
    if records[0].channel is Channel.LINK:  # else the mailbox says nothing about whose card it is
        request.identity, request.identity_at, request.mailbox_proved_at = Identity.CODE, now(), now()
    if request.state in (RequestState.NEW, RequestState.ANSWERED):
        request.state = RequestState.IN_WORK
    if any(_is_advertising(record) for record in records):
        clients.stop_marketing(client, at=now())
    commands.mark(request, Step.WITHDRAW, by=None)
    for step in OF_THE_CARD:
        if client.restricted_at is None:
            commands.mark(request, step, by=None, is_needless=True)
        else:
            _unmark(request, step)
    db.session.flush()
    commands.settle(request)
    url = _url("request_page.status", code=entity.public_code, token=token) if token else ""
    notices.tell_withdrawn(request, [record.purpose for record in records], url=url)
    return request


def _unmark(request: SubjectRequest, step: Step) -> None:
    """Needed after all, since nothing is left to keep the data on; what a human said of a step stays."""
    of_ours = delete(RequestStep).where(RequestStep.request_id == request.id, RequestStep.by_id.is_(None))
    db.session.execute(of_ours.where(RequestStep.step == step))


def _written(
    client: Client, link: ConsentLink, records: Sequence[ConsentRecord], entity: LegalEntity
) -> tuple[SubjectRequest, str]:
    """The open request of this person about taking consent back, with this wish added, or a new one (and the word of
    its page)."""
    words = _words([record.purpose for record in records], link.receipt)
    if known := _open_of(client):
        commands.join(known, words)
        for tied in queries.cards_of(known):
            tied.card.is_confirmed = tied.card.is_confirmed or tied.card.client_id == client.id
        return known, ""
    registered = _register(client, link, words, entity)
    commands.tie(registered.request, client, is_confirmed=records[0].channel is Channel.LINK)
    return registered.request, registered.token


def asks_for_call(link: ConsentLink) -> SubjectRequest | None:
    """Somebody with the receipt wishes to take consent back and no mailbox proves who: write it into the journal, once.
    It blocks nothing, for the number of a receipt may be known to anybody."""
    transaction.one_at_a_time()
    client = db.session.scalar(select(Client).filter_by(subject_key_id=link.subject_key.id))
    if client is None or db.session.scalar(select(exists().where(SubjectRequest.source_id == link.id))):
        return None
    purposes = db.session.scalars(select(Purpose.name).where(Purpose.id.in_(link.purposes)).order_by(Purpose.id))
    entity = consents.entity_of(link.agreement_version)
    registered = _register(client, link, _words(list(purposes), link.receipt), entity)
    commands.tie(registered.request, client, is_confirmed=False)
    db.session.flush()
    commands.settle(registered.request)
    return registered.request


def was_not_the_clients(links: Collection[ConsentLink], *, by: User) -> None:
    """Staff called, and it was not the client who wished: what the receipt alone asked for is no request."""
    transaction.one_at_a_time()
    rows = select(SubjectRequest).where(SubjectRequest.source_id.in_([link.id for link in links]))
    for request in db.session.scalars(rows):
        is_alone = len(queries.messages_of(request)) == 1
        if is_alone and handling.may_follow(request.state, RequestState.DISMISSED):
            request.state = RequestState.DISMISSED
            commands.settle(request)
            audit.note(Action.REQUEST_CHANGED, by=by.id, subject=request.id, details={"what": "dismissed"})


@jobs.every(minutes=60)
def find_calls() -> None:
    """Find wishes to be called about that stand in no journal yet."""
    is_unknown = ~exists().where(SubjectRequest.source_id == ConsentLink.id)
    waiting = select(ConsentLink.id).where(ConsentLink.kind == LinkKind.CALL, ConsentLink.used_at.is_(None), is_unknown)
    for link_id in db.session.scalars(waiting.order_by(ConsentLink.id).limit(BATCH)).all():
        with transaction.of_its_own():
            transaction.one_at_a_time()
            link = db.session.get(ConsentLink, link_id, populate_existing=True)
            if link and link.used_at is None:
                asks_for_call(link)


def _register(client: Client, link: ConsentLink, words: Words, entity: LegalEntity) -> Registered:
    contact = Contact(client.full_name or "", client.email or "", client.phone or "", link.receipt)
    return commands.register(
        contact,
        words,
        way=Way.RECEIPT,
        kind=RequestKind.WITHDRAWAL,
        received_at=now() if link.kind is LinkKind.WITHDRAW else link.created_at,
        entity=entity,
        source_id=link.id,
    )


def _url(endpoint: str, **values: str) -> str:
    """A whole address; in a job there is no request that would know the host."""
    path: str = current_app.url_map.bind("").build(endpoint, values)
    return current_app.config["BASE_URL"] + path  # type: ignore[no-any-return]  # a text


def _words(purposes: Sequence[str], receipt: str) -> Words:
    """What the button says, in words."""
    wish = _("Отзываю согласие на обработку персональных данных для целей:")
    text = "\n".join([wish, *(f"— {one}" for one in purposes)])
    return Words(text=text, subject=_("Отзыв согласия по квитанции %(receipt)s", receipt=receipt))


def _open_of(client: Client) -> SubjectRequest | None:
    """The request by which this person takes consent back already."""
    for request in queries.requests_of(client.id):
        is_same = (request.way, request.kind) == (Way.RECEIPT, RequestKind.WITHDRAWAL)
        if is_same and request.state in handling.OPEN:
            return request
    return None


def _is_advertising(record: ConsentRecord) -> bool:
    purpose = record.agreement_version.agreement.purpose
    return purpose is not None and purpose.kind is PurposeKind.NEWSLETTER
