"""Receiving what visitors send: the only writer of submissions."""

import hmac
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy import inspect

from crm.audit import commands as audit
from crm.audit.models import Action
from crm.clients import commands as clients
from crm.clients.models import Client
from crm.clients.policy import ConsentStanding
from crm.consents import commands as consents
from crm.consents import links
from crm.consents import queries as ledger
from crm.consents.commands import Act, Circumstances
from crm.consents.models import ConsentState, LinkKind
from crm.core import keys, transaction
from crm.core.clock import now, today
from crm.core.db import db, new_key
from crm.webforms import counts, policy, queries
from crm.webforms.face import Box, Shown
from crm.webforms.models import Submission
from crm.webforms.page import OpenPage

Answers = dict[str, dict[str, str]]
SAME_OPENING = timedelta(seconds=5)
"""Openings are known to the second, and an answer takes its time."""
LETTER_AGAIN_AFTER = timedelta(minutes=5)
"""Who sends the same again so much later has not got the letter; sooner it is a double tap."""


class TextChanged(Exception):
    """What the page showed is no longer what the form shows; nothing was written."""


class NoConsent(Exception):
    """A consent without which the form takes nothing is missing; nothing was written."""


@dataclass(frozen=True)
class Wishes:
    """What the visitor said yes to."""

    boxes: Collection[str]
    """Names of the ticked boxes."""
    receipt_by_letter: bool = False
    may_write: bool = True
    """Whether a letter may go to the mailbox that was typed: nobody can be buried in letters through a form."""


def submit(shown: Shown, page: OpenPage, answers: Answers, *, wishes: Wishes, seen: Circumstances) -> Submission:
    """Keep what a visitor sent: the card, the consents, the submission as sent — together or not at all.

    The same content sent again within a day is the same submission. TextChanged when the texts that the visitor saw
    are no longer the ones in force; NoConsent.
    """
    transaction.one_at_a_time()
    current = queries.shown(shown.form_id)
    if current is None or current.pins != page.pins:
        raise TextChanged
    return _receive(current, page, answers, wishes, seen)


def _receive(shown: Shown, page: OpenPage, answers: Answers, wishes: Wishes, seen: Circumstances) -> Submission:
    if policy.unticked([(box.name, box.is_required) for box in shown.boxes], wishes.boxes):
        raise NoConsent
    digest = _digest(shown, answers, wishes)
    repeated = queries.repetition(digest)
    if repeated and _stands(repeated):
        _write_again(shown, repeated, wishes, seen)
        return repeated
    client = clients.recognise(
        answers, source=shown.face.title, source_id=shown.pins.form, form_id=shown.form_id, at=now()
    )
    submission = Submission(
        id=new_key(),
        client=client,
        subject_key=client.subject_key,
        form_version_id=shown.pins.form,
        digest=digest,
        filled_in_seconds=page.seconds_open,
    )
    submission.answers = answers
    db.session.add(submission)
    _agree(shown, submission, wishes, seen)
    audit.note(Action.SUBMISSION_RECEIVED, subject=client.id, details={"form": shown.form_id.hex})
    transaction.after_commit(partial(counts.add, shown.face.version_id, "sent"))
    return submission


def _agree(shown: Shown, submission: Submission, wishes: Wishes, seen: Circumstances) -> None:
    """One record for each box; consent that a letter must confirm waits for its button, and is not there until then."""
    client = submission.client
    is_new = inspect(client).pending
    receipt = consents.new_receipt(shown.public_code)
    waiting = _waiting(shown, wishes)
    acts = [_act(box, box.name in wishes.boxes) for box in shown.boxes if box not in waiting]
    records = consents.write_down(client, acts, receipt=receipt, seen=seen) if acts else []
    given = [record for record in records if record.state is ConsentState.GIVEN]
    submission.consent = given[0] if given else None
    if waiting:
        _keep_for_letter(client, is_new=is_new)
    _write(shown, submission, waiting, wishes, receipt=receipt, seen=seen)


def _keep_for_letter(client: Client, *, is_new: bool) -> None:
    """Who has agreed to nothing yet is kept as long as the link that waits for them, unless another ground holds."""
    is_kept_for_letter = client.destroy_on is not None and not client.is_restricted  # a blocked card gets no letter
    if client.standing is ConsentStanding.NONE and (is_new or is_kept_for_letter):
        client.destroy_on = today() + links.LIFETIMES[LinkKind.SUBSCRIBE]


def _waiting(shown: Shown, wishes: Wishes) -> list[Box]:
    return [box for box in shown.boxes if box.is_confirmed_by_letter and box.name in wishes.boxes]


def _act(box: Box, is_ticked: bool) -> Act:
    return Act(ConsentState.GIVEN if is_ticked else ConsentState.REFUSED, box.matter, box.label)


def _write(
    shown: Shown, submission: Submission, waiting: Sequence[Box], wishes: Wishes, *, receipt: str, seen: Circumstances
) -> None:
    """The letters: a link for each consent that waits, and the receipt if it is wished."""
    to = (submission.answers or {}).get("email", {}).get("value")
    if not to or not wishes.may_write:
        return
    for box in waiting:
        links.send(
            LinkKind.SUBSCRIBE,
            submission.client,
            to=to,
            matter=box.matter,
            receipt=receipt,
            public_code=shown.public_code,
            company=shown.company,
            seen=seen,
            label=box.label,
        )
    if submission.consent and wishes.receipt_by_letter:
        links.send_receipt(submission.client, to=to, receipt=receipt, company=shown.company)


def _write_again(shown: Shown, sent: Submission, wishes: Wishes, seen: Circumstances) -> None:
    """What was sent is known, but who sends it again may wait for a letter, or wish one only now."""
    is_late = sent.created_at < now() - LETTER_AGAIN_AFTER
    waiting = _waiting(shown, wishes) if is_late else []
    if waiting:
        _keep_for_letter(sent.client, is_new=False)
    receipt = sent.consent.receipt if sent.consent else consents.new_receipt(shown.public_code)
    _write(shown, sent, waiting, wishes, receipt=receipt, seen=seen)


def came_from(sent: Submission, page: OpenPage) -> bool:
    """Whether a submission was sent from this very opening of the page: a double tap. Who sends the same words from
    another one may be anybody, and is told no receipt."""
    opened_at = sent.created_at - timedelta(seconds=sent.filled_in_seconds)
    return abs(now() - timedelta(seconds=page.seconds_open) - opened_at) <= SAME_OPENING


def _stands(sent: Submission) -> bool:
    """Whether no consent of a submission was taken back since: who then sends the same again agrees anew."""
    given = ledger.all_by_receipt(sent.consent.receipt) if sent.consent else []
    return not any(ledger.end_of(record) for record in given)


def _digest(shown: Shown, answers: Answers, wishes: Wishes) -> bytes:
    """What was sent, where, under which texts: the same words under a new text are another act of will."""
    pins = [shown.pins.form.hex, shown.pins.asks_consent, sorted(wishes.boxes)]
    content = json.dumps([shown.form_id.hex, pins, answers], sort_keys=True, ensure_ascii=False)
    return hmac.digest(keys.derived("repetition"), content.encode(), "sha256")[:16]
