"""The card and the dashboard ask the database as often for many grounds, letters and cards as for few."""

import secrets

import pytest
from sqlalchemy import select

from crm.accounts import queries as accounts
from crm.agreements import commands as documents
from crm.agreements import queries as agreements
from crm.agreements.ready import READY, LegalBasis, PurposeKind
from crm.clients.models import Client
from crm.consents import commands, links, queries
from crm.consents.commands import Act, Circumstances, Matter
from crm.consents.models import ConsentLink, ConsentState, LinkKind
from crm.core.clock import now, today
from crm.core.db import db
from tests.builders import many_submissions
from tests.house.test_statements import statements, working


def client_of(house):
    return db.session.get_one(Client, house.ours.client_id)


def grounds(house, number):
    with working(house) as by:
        for n in range(number):
            values = READY[PurposeKind.OTHER].values() | {"name": f"договор {number} {n}", "basis": LegalBasis.CONTRACT}
            made = documents.add_purpose(kind=PurposeKind.OTHER, values=values, by=by)
            db.session.flush()
            known = {"since_on": today(), "until_on": None, "note": "Договор"}
            commands.add_ground(client_of(house), purpose_id=made.id, by=by, **known)


def letters(house, number):
    with working(house):
        client = client_of(house)
        text = queries.ledger_of(client)[-1].agreement_version
        names = {"receipt": "A", "public_code": accounts.main_entity().public_code, "company": "ООО"}
        for kind in [LinkKind.RENEW, LinkKind.SUBSCRIBE, LinkKind.WITHDRAW] * number:
            links.send(kind, client, to=client.email, matter=Matter.of(text), **names)


def purposes(house, number):
    """So many purposes each of which the client agreed to, after a withdrawal, by a form."""
    with working(house) as by:
        client = client_of(house)
        text = queries.ledger_of(client)[-1].agreement_version
        for n in range(number):
            made = documents.add_purpose(
                kind=PurposeKind.OTHER, values=READY[PurposeKind.OTHER].values() | {"name": f"{number} {n}"}, by=by
            )
            db.session.flush()
            matter = Matter(text.id, agreements.agreement_to(made).id, made.id, made.name, 365)
            for state in (ConsentState.WITHDRAWN, ConsentState.GIVEN):
                commands.write_down(client, [Act(state, matter)], receipt="A", seen=Circumstances())


def due(house, number):
    with working(house):
        many_submissions(house.ours.form_id, number)
        for client in db.session.scalars(select(Client)):
            client.restricted_at, client.destroy_on = now(), today()
            link = ConsentLink(kind=LinkKind.CALL, subject_key=client.subject_key, token_hash=secrets.token_bytes(32))
            link.expires_at, link.receipt = now(), "A"
            link.agreement_version = db.session.scalars(select(queries.AgreementVersion)).first()
            db.session.add(link)


@pytest.mark.parametrize(
    ("page", "more"),
    [
        ("/clients/{}", grounds),
        ("/clients/{}", letters),
        ("/clients/{}", purposes),
        ("/clients/{}/withdraw", purposes),
        ("/clients/{}/consents", purposes),
        ("/clients/{}/grounds", grounds),
        ("/", due),
        ("/clients/?standing=soon", due),
    ],
)
def test_a_page_asks_as_often_for_many_as_for_few(app, house, owner, page, more):
    url = page.format(house.ours.client_id)
    more(house, 2)
    few = statements(owner, url)
    more(house, 9)
    many = statements(owner, url)
    assert len(many) == len(few), "\n".join(sorted(set(many)))
