"""Whom a client's data may have been passed to: they must be told of a correction or a destruction (152-FZ art. 20(3))
and are named in answers (art. 14(7))."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, defer, joinedload

from crm.accounts import queries as accounts
from crm.agreements.models import AgreementVersion
from crm.agreements.policy import NOT_ENTRUSTED, NOT_PASSED_ON
from crm.clients.models import Client
from crm.consents import queries
from crm.consents.models import ConsentCurrent, ConsentRecord, ConsentState
from crm.core.db import db


def recipients_of(client: Client) -> list[str]:
    """Recipients of every purpose the data was ever used for, as the texts that were agreed to and as the register name
    them, and whoever processes it for the operator; each once, in the operator's own words."""
    consents = _used(client)
    grounds = [ground.purpose.recipients for ground in queries.grounds_of(client, ended=True)]
    named = [words.strip() for words in (*_told(consents), *grounds, *_processors(consents))]
    return [words for words in dict.fromkeys(named) if words not in ("", NOT_PASSED_ON, NOT_ENTRUSTED)]


def _used(client: Client) -> Sequence[ConsentCurrent]:
    """How each purpose stands for which consent was ever given, with the text that was agreed to."""
    text = contains_eager(ConsentCurrent.record).joinedload(ConsentRecord.agreement_version)
    rows = (
        select(ConsentCurrent)
        .filter_by(subject_key_id=client.subject_key_id)
        .join(ConsentCurrent.record)
        .where(ConsentCurrent.state != ConsentState.REFUSED)
        .options(joinedload(ConsentCurrent.purpose))
        .options(text.options(defer(AgreementVersion.html), defer(AgreementVersion.source)))
    )
    return db.session.scalars(rows.order_by(ConsentCurrent.purpose_id)).all()


def _told(consents: Iterable[ConsentCurrent]) -> Iterator[str]:
    for current in consents:
        yield from (current.record.agreement_version.values.get("recipients", ""), current.purpose.recipients)


def _processors(consents: Iterable[ConsentCurrent]) -> Iterator[str]:
    """Those that the texts name, and those of the same legal entities now; the main one's where no text names any."""
    texts = [current.record.agreement_version.values for current in consents]
    codes = {told.get("policy_url", "").rpartition("/")[2] for told in texts}
    entities = accounts.entities()
    yield from (told.get("processor", "") for told in texts)
    yield from (one.processor for one in entities if one.public_code in codes or (one.is_main and not codes - {""}))
