"""When a consent holds: rules without a database (152-FZ art. 9)."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from crm.consents.models import Channel, ConsentRecord, ConsentState

PERMITTING = {ConsentState.GIVEN, ConsentState.RENEWED}
STATES = {
    ConsentState.GIVEN: _l("Согласие дано"),
    ConsentState.RENEWED: _l("Согласие подтверждено заново"),
    ConsentState.REFUSED: _l("В согласии отказано"),
    ConsentState.WITHDRAWN: _l("Согласие отозвано"),
    ConsentState.EXPIRED: _l("Срок согласия истёк"),
}
CHANNELS = {
    Channel.FORM: _l("форма на сайте"),
    Channel.EMAIL: _l("письмо по эл. почте"),
    Channel.PHONE: _l("телефонный звонок"),
    Channel.PAPER: _l("письмо на бумаге"),
    Channel.IN_PERSON: _l("лично"),
}


def holds(ledger: Sequence[ConsentRecord]) -> bool:
    """Whether the latest act of will (the first of the sequence) permits processing; no act, no consent."""
    return bool(ledger) and ledger[0].state in PERMITTING
