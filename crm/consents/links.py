"""Letters to a person's mailbox about consent: the receipt, and links behind which a button gives, renews or withdraws.

Opening a link changes nothing, however often a mail scanner does it: only the button on its page acts, and once.
"""

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import current_app, render_template
from flask_babel import gettext as _
from sqlalchemy import delete, or_, select, update

from crm.accounts.queries import hashed
from crm.agreements import queries as agreements
from crm.agreements.models import AgreementVersion
from crm.agreements.policy import may_be_asked
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.clients.models import Client
from crm.consents import commands, policy, queries
from crm.consents.commands import Act, Circumstances, Matter
from crm.consents.models import Channel, ConsentLink, ConsentRecord, ConsentState, LinkKind
from crm.core import outbox, transaction
from crm.core.clock import now
from crm.core.db import db
from crm.core.letters import BadHeader, in_one_line
from crm.core.throttle import Limit

LIFETIMES = {
    LinkKind.SUBSCRIBE: timedelta(days=7),
    LinkKind.WITHDRAW: timedelta(days=1),
    LinkKind.RENEW: timedelta(days=60),
    LinkKind.CALL: timedelta(days=30),
}
TEXTS = {
    LinkKind.SUBSCRIBE: "mail/subscribe.txt",
    LinkKind.WITHDRAW: "mail/withdraw.txt",
    LinkKind.RENEW: "mail/renew.txt",
}
KEPT_AFTER = timedelta(days=30)
BATCH = 500
LONGEST_SUBJECT = 200
TO_MAILBOX = Limit("letters to one mailbox", count=5, minutes=24 * 60)
"""Nobody can be buried in letters by somebody who knows their address."""
FROM_NETWORK = Limit("letters asked for from one network", count=20, minutes=60)
"""Nor through an operator's mail server can anybody write to a crowd."""
TO_PERSON = Limit("letters with which one person takes consent back", count=5, minutes=24 * 60)
"""The same for somebody who collects receipts by sending forms in another's name; each letter works for a day."""
ASKING = Limit("wishes to withdraw by one receipt", count=5, minutes=24 * 60)
ASKING_FROM = Limit("wishes to withdraw from one network", count=30, minutes=60)


class LinkSpent(Exception):
    """The link was used already or is too old, or what it was about is gone."""


class TextChanged(Exception):
    """A newer text took the place of the one that the page showed; nothing was written."""


def send(
    kind: LinkKind,
    client: Client,
    *,
    to: str,
    matter: Matter,
    receipt: str,
    public_code: str,
    company: str,
    seen: Circumstances | None = None,
    label: str = "",
    lapses_on: date | None = None,
) -> ConsentLink | None:
    """Write a letter with a link to this mailbox; `seen` and `label` tell how the box beside the form was ticked,
    `lapses_on` until when consent to the older text holds.

    None, and nothing is written, if no letter can be addressed to it, or it would ask for consent and the card is
    blocked: what the person asks for themselves goes.
    """
    if client.blocked_at is not None and kind in policy.ASKING:
        return None
    link, token = _link(kind, client, matter, receipt)
    if kind is not LinkKind.WITHDRAW:
        link.purpose_id = matter.purpose_id
    if seen:
        link.ip_address, link.user_agent, link.page_address = seen.ip_address, seen.user_agent, seen.page_address
    link.box_label = label
    url = _url("links.page", code=public_code, token=token)
    values = {"url": url, "purpose": in_one_line(matter.purpose), "expires_at": link.expires_at, "lapses_on": lapses_on}
    if not _write(client, to, TEXTS[kind], _subject(kind), company, key=link.letter_key, **values):
        return None
    db.session.add(link)
    return link


def _link(kind: LinkKind, client: Client, matter: Matter, receipt: str) -> tuple[ConsentLink, str]:
    token = secrets.token_hex(20)  # mail programs cut a "-" off the end of an address
    link = ConsentLink(
        kind=kind,
        subject_key=client.subject_key,
        token_hash=hashed(token),
        expires_at=now() + LIFETIMES[kind],
        agreement_version_id=matter.version_id,
        receipt=receipt,
    )
    return link, token


def _write(client: Client, to: str, template: str, subject: str, company: str, *, key: str, **values: Any) -> bool:
    """Whether the letter could be written. Whatever a name is made of, it stays within its line."""
    name = in_one_line(company)
    text = render_template(template, company=name, **values)
    try:
        outbox.write(client.subject_key, to=to, subject=f"{subject}: {name}"[:LONGEST_SUBJECT], text=text, key=key)
    except BadHeader:
        return False
    return True


def _url(endpoint: str, **values: str) -> str:
    """A whole address; in a job there is no request that would know the host."""
    path: str = current_app.url_map.bind("").build(endpoint, values)
    return current_app.config["BASE_URL"] + path  # type: ignore[no-any-return]  # a text


def _subject(kind: LinkKind) -> str:
    words = {
        LinkKind.SUBSCRIBE: _("Подтвердите подписку"),
        LinkKind.WITHDRAW: _("Отзыв согласия"),
        LinkKind.RENEW: _("Подтвердите согласие"),
    }
    return str(words[kind])


def send_receipt(client: Client, *, to: str, receipt: str, company: str) -> None:
    """Write the receipt's number and address to the mailbox that was typed into the form."""
    url = _url("receipts.receipt", number=receipt)
    subject, key = _("Квитанция о согласии"), f"receipt:{receipt}"
    _write(client, to, "mail/receipt.txt", subject, company, key=key, url=url, receipt=receipt)


def ask_to_withdraw(
    records: list[ConsentRecord], *, public_code: str, company: str, may_write: bool = True
) -> ConsentLink | None:
    """Somebody with the receipt wishes to withdraw these consents: a link goes to the mailbox of the card.

    Where there is none, or it proves nothing, or no letter may be sent, the staff see the wish and call; so they do
    when the letter could not be sent in its time (`close_old`). Where nobody is known any more nothing happens.
    The link that was sent, or the wish to be called.
    """
    transaction.one_at_a_time()
    client = queries.client_behind(records[0])
    if client is None:
        return None
    matters = [Matter.of(record.agreement_version) for record in records]
    link = None
    if client.email and not client.is_joined_by_phone and may_write:
        link = send(
            LinkKind.WITHDRAW,
            client,
            to=client.email,
            matter=matters[0],
            receipt=records[0].receipt,
            public_code=public_code,
            company=company,
        )
    if link is None:
        link = _call(client, matters[0], records[0].receipt)
    link.wanted = sorted({*(link.wanted or []), *(matter.purpose_id.hex for matter in matters)})
    audit.note(Action.CONSENT_LINK_SENT, subject=client.id, details={"kind": link.kind.value})
    return link


def _call(client: Client, matter: Matter, receipt: str) -> ConsentLink:
    """The wish to be called: one of a person is enough."""
    if waiting := queries.calls_waiting(client):
        return waiting[0]
    link, _token = _link(LinkKind.CALL, client, matter, receipt)
    db.session.add(link)
    return link


@dataclass(frozen=True)
class Offer:
    """What the button behind a link does now: to which text it says yes, or which consents it takes back."""

    link: ConsentLink
    text: AgreementVersion
    """The newest one: whoever presses late has read what is in force."""
    consents: list[ConsentRecord]


def offered(token: str) -> Offer:
    """What the link with this token offers; LinkSpent if nothing any more."""
    link = db.session.scalar(select(ConsentLink).filter_by(token_hash=hashed(token)))
    if link is None or link.used_at or link.expires_at <= now():
        raise LinkSpent
    text = link.agreement_version
    if link.kind is LinkKind.WITHDRAW:
        return Offer(link, text, _left(link))
    purpose = text.agreement.purpose
    newest = _newest(text)
    if purpose is None or not may_be_asked(purpose) or queries.is_outdated(newest):
        raise LinkSpent
    return Offer(link, newest, [])


def _newest(text: AgreementVersion) -> AgreementVersion:
    return agreements.latest_version(text.agreement, text.rendered_for_id) or text


def _left(link: ConsentLink) -> list[ConsentRecord]:
    """The consents of the receipt that can be taken back by this link still; LinkSpent if there are none."""
    lines = queries.lines_of(link.receipt)
    left = [one.record for one in lines if one.end is None]
    wanted = [record for record in left if record.agreement_version.agreement.purpose_id in link.purposes]
    if not wanted:
        raise LinkSpent
    return wanted


def press(offer: Offer, *, shown: str, ip_address: str, user_agent: str) -> list[ConsentRecord]:
    """Do what the button behind a link says, once; LinkSpent. TextChanged if the text on the page (its address is
    `shown`) is no longer the newest."""
    transaction.one_at_a_time()
    link = offer.link
    unused = update(ConsentLink).where(ConsentLink.id == link.id, ConsentLink.used_at.is_(None))
    if not db.session.execute(unused.values(used_at=now())).rowcount:  # type: ignore[attr-defined]  # it has one
        raise LinkSpent
    client = db.session.scalar(select(Client).filter_by(subject_key_id=link.subject_key_id))
    if client is None:
        raise LinkSpent
    channel = Channel.OTHER_LINK if client.is_joined_by_phone else Channel.LINK
    seen = Circumstances(channel, ip_address, user_agent, link.page_address or "", _note(link))
    if link.kind is LinkKind.WITHDRAW:
        return _take_back(client, link.purposes, seen)
    newest = _newest(offer.text)
    if shown != newest.address:  # asked again: the turn to write has come only now
        raise TextChanged
    state = ConsentState.RENEWED if link.kind is LinkKind.RENEW else ConsentState.GIVEN
    act = Act(state, Matter.of(newest), link.box_label or _("Да, даю согласие"))
    audit.note(Action.CONSENT_GIVEN, subject=client.id, details={"acts": 1})
    return commands.write_down(client, [act], receipt=link.receipt, seen=seen)


def _note(link: ConsentLink) -> str:
    """Where the box was ticked, if one was; the rest of the evidence is that of the button."""
    if not link.ip_address:
        return ""
    on = f"{link.created_at:%d.%m.%Y %H:%M:%S}"
    return str(_("Отметка поставлена %(on)s UTC, IP %(ip)s.", on=on, ip=link.ip_address))


def _take_back(client: Client, purposes: Iterable[uuid.UUID], seen: Circumstances) -> list[ConsentRecord]:
    try:
        return commands.withdraw(client.id, seen=seen, purpose_ids=set(purposes))
    except commands.NothingToWithdraw:
        raise LinkSpent from None


def close_old() -> bool:
    """Close links whose time is over: a letter that still waits with one would only annoy. Whether there may be more.

    A wish to withdraw whose letter could not be sent in time becomes a wish to be called, which stays until somebody
    answers it.
    """
    over = select(ConsentLink).where(
        ConsentLink.kind != LinkKind.CALL, ConsentLink.used_at.is_(None), ConsentLink.expires_at <= now()
    )
    links = db.session.scalars(over.order_by(ConsentLink.expires_at).limit(BATCH)).all()
    undelivered = outbox.take_back([link.letter_key for link in links])
    for link in links:
        if link.kind is LinkKind.WITHDRAW and link.letter_key in undelivered:
            link.kind, link.expires_at = LinkKind.CALL, now() + LIFETIMES[LinkKind.CALL]
        else:
            link.used_at = now()
    return len(links) == BATCH


def clear() -> None:
    """Links that opened nothing for a while are destroyed."""
    is_answered = or_(ConsentLink.kind != LinkKind.CALL, ConsentLink.used_at.is_not(None))
    db.session.execute(delete(ConsentLink).where(is_answered, ConsentLink.expires_at <= now() - KEPT_AFTER))
