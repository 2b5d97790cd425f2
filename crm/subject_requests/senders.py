"""Who wrote a letter: ourselves, the regulator, somebody with an open request, somebody who writes too much."""

import re
import uuid
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from crm.accounts import queries as accounts
from crm.core import tokens
from crm.core.clock import now
from crm.core.db import EPOCH, db
from crm.core.letters import Letter
from crm.core.tokens import SearchToken
from crm.mail import queries as mail
from crm.subject_requests import handling, parsing
from crm.subject_requests.models import Applicant, RequestMessage, SubjectRequest, Way
from crm.subject_requests.parsing import Parsed
from crm.subject_requests.post import Fate, TakenLetter

MOST_OF_ONE, MOST_OF_ALL = 20, 1000
"""Letters of one sender to one open request, and letters in all, that are taken as requests within a day."""
MOST_TOLD, TOLD_WITHIN = 100, timedelta(days=3)
"""Letters within a day that are answered by themselves, and how old these may be: senders are easily forged, and then
strangers are written to."""
DAY = timedelta(days=1)
REGULATOR = re.compile(r"[^@]+@(?:[\w-]+\.)*rkn\.gov\.ru")
MOST_OPEN = 20
TAKEN = (Fate.REQUEST, Fate.JOINED)


def own_addresses() -> frozenset[str]:
    """The operator's own addresses: what comes from them is no stranger's."""
    account, mailbox = mail.account(), mail.mailbox()
    known = [account.from_address if account else "", mailbox.address if mailbox else ""]
    known += [entity.request_email for entity in accounts.entities()]
    return frozenset(parsing.normal(address) for address in known if address)


def is_regulator(address: str) -> bool:
    """Whether Roskomnadzor writes, or somebody in its name."""
    return REGULATOR.fullmatch(address) is not None


def open_of(letter: Parsed) -> SubjectRequest | None:
    """The open request that the sender goes on with: of the very same address, and of several the one that is named.

    A reference alone proves nothing. A mailbox that somebody typed on a page and did not prove is not theirs.
    """
    if not letter.sender:
        return None
    is_typed = (SubjectRequest.way == Way.PAGE) & SubjectRequest.mailbox_proved_at.is_(None)
    mine = _requests_of(letter.sender).where(SubjectRequest.state.in_(handling.OPEN), ~is_typed)
    found = db.session.scalars(mine.order_by(SubjectRequest.id.desc()).limit(MOST_OPEN)).all()
    answered = _about([*letter.references.split(), letter.in_reply_to]) if len(found) > 1 else set()
    return next((one for one in found if one.id in answered), next(iter(found), None))


def _about(message_ids: list[str]) -> set[uuid.UUID]:
    """The requests to which these letters of ours belong."""
    ours = select(RequestMessage.request_id).join(Letter, Letter.id == RequestMessage.letter_id)
    return set(db.session.scalars(ours.where(Letter.message_id.in_(list(filter(None, message_ids))))))


def message_sent_as(message_ids: tuple[str, ...]) -> RequestMessage | None:
    """The message of ours that went by a letter with one of these Message-IDs; they cannot be guessed."""
    ours = select(RequestMessage).join(Letter, Letter.id == RequestMessage.letter_id)
    return db.session.scalar(ours.where(Letter.message_id.in_(message_ids)).limit(1)) if message_ids else None


def are_too_many(known: SubjectRequest | None) -> bool:
    """Whether more letters come than people write: of this sender, or of all."""
    if known is not None:
        mine = select(RequestMessage.id).filter_by(request_id=known.id, is_ours=False)
        if _counted(mine.where(RequestMessage.created_at >= now() - DAY), MOST_OF_ONE) >= MOST_OF_ONE:
            return True
    return _taken_within_a_day(MOST_OF_ALL) >= MOST_OF_ALL


def may_be_told(request: SubjectRequest, address: str) -> bool:
    """Whether the sender may get a letter by itself: one a day, and not if it came long ago or very many do."""
    if request.received_at < now() - TOLD_WITHIN or _taken_within_a_day(MOST_TOLD + 1) > MOST_TOLD:
        return False
    others = select(Applicant).join(Applicant.request).where(SubjectRequest.created_at >= now() - DAY)
    others = others.where(SubjectRequest.id != request.id, SubjectRequest.way == Way.EMAIL)
    return mailbox(address) not in {mailbox(one.email or "") for one in db.session.scalars(others)}


def mailbox(address: str) -> str:
    """Whose mailbox an address is: anna+1@ and anna+2@ are one."""
    name, _at, domain = address.partition("@")
    return f"{name.partition('+')[0]}@{domain}"


def _requests_of(address: str) -> Select[SubjectRequest]:
    (token,) = tokens.keyed(tokens.email(address))
    return (
        select(SubjectRequest)
        .join(Applicant, Applicant.request_id == SubjectRequest.id)
        .join(SearchToken, SearchToken.subject_key_id == Applicant.subject_key_id)
        .where(SearchToken.token == token)
    )


def _taken_within_a_day(most: int) -> int:
    today = select(TakenLetter.id).where(TakenLetter.fate.in_(TAKEN), TakenLetter.id >= _first_key(now() - DAY))
    return _counted(today, most)


def _counted(some: Select[uuid.UUID], most: int) -> int:
    return db.session.scalar(select(func.count()).select_from(some.limit(most).subquery())) or 0


def _first_key(moment: datetime) -> uuid.UUID:
    """The least key that a row of this moment can have."""
    return uuid.UUID(int=((moment - EPOCH) // timedelta(milliseconds=1)) << 80)
