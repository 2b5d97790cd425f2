"""Acts on accounts: how passwords are kept and checked, codes, closing an access."""

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from crm.accounts import commands, queries
from crm.accounts.models import Credential, LoginSession, User
from crm.audit.models import Action, AuditEntry
from crm.core import transaction
from crm.core.db import db
from tests.builders import PASSWORD

WRONG = "совсем другая длинная фраза"


@pytest.fixture
def hashed(monkeypatch):
    """Every hash that a password was held against."""
    held, verify = [], PasswordHasher.verify

    def watched(hasher, known, password):
        held.append(known)
        return verify(hasher, known, password)

    monkeypatch.setattr(PasswordHasher, "verify", watched)
    return held


def sign_in(email, password):
    return commands.sign_in(email=email, password=password, address="192.0.2.1")


def credential(ours):
    return db.session.scalars(select(Credential).filter_by(email=ours.owner.email)).one()


def test_a_password_is_kept_as_argon2id_only(app, house, ours, acting):
    assert credential(ours).password_hash.startswith("$argon2id$")
    assert PASSWORD.encode() not in house.database.raw()


@pytest.mark.parametrize("email", ["nobody@example.org", "anna@romashka.example.org"])
def test_an_unknown_and_a_known_address_cost_one_hash_of_equal_strength(acting, hashed, email):
    with pytest.raises(commands.SignInRefused):
        sign_in(email, WRONG)
    (held,) = hashed
    assert held.rpartition("$")[0].rpartition("$")[0] == "$argon2id$v=19$m=8,t=1,p=1"


def test_a_closed_account_costs_one_hash_as_well(acting, hashed, ours):
    acting.get_one(User, ours.manager.id).disabled_at = credential(ours).created_at
    with pytest.raises(commands.SignInRefused):
        sign_in(ours.manager.email, PASSWORD)
    assert len(hashed) == 1


def test_who_must_wait_costs_no_hash(app, ours, acting, hashed):
    for _ in range(5):
        with pytest.raises(commands.SignInRefused):
            sign_in(ours.owner.email, WRONG)
    hashed.clear()
    with pytest.raises(commands.SignInRefused) as refusal:
        sign_in(ours.owner.email, PASSWORD)
    assert (hashed, refusal.value.wait > 0) == ([], True)


def test_a_weaker_hash_is_made_anew_at_the_next_sign_in(app, visitor, ours, acting, monkeypatch):
    before = credential(ours).password_hash
    acting.rollback()
    monkeypatch.setitem(app.config, "ARGON2", {"time_cost": 2, "memory_cost": 16, "parallelism": 1})
    assert visitor.fill("/sign-in", email=ours.owner.email, password=PASSWORD).status_code == 303
    assert credential(ours).password_hash != before
    assert "m=16,t=2" in credential(ours).password_hash


def test_the_secret_of_a_sign_in_is_kept_as_a_hash(house, acting, ours):
    token = ours.owner.cookie.partition(".")[2]
    assert queries.login_session(token).user_id == ours.owner.id
    assert token.encode() not in house.database.raw()


def test_every_sign_in_is_a_session_and_an_entry_of_its_own(acting, ours):
    before = len(acting.scalars(select(LoginSession)).all())
    with transaction.of_its_own():
        sign_in(ours.owner.email, PASSWORD)
    assert len(acting.scalars(select(LoginSession)).all()) == before + 1
    last = acting.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()
    assert (last.action, last.actor_id) == (Action.SIGNED_IN, ours.owner.id)


def test_codes_are_long_and_all_different(app):
    with app.app_context():
        codes = {commands.invitation() for _ in range(100)}
    assert len(codes) == 100
    assert min(map(len, codes)) >= 32
