"""The present state is what the ledger says, whatever happened and in whatever order."""

import itertools
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.agreements import queries as agreements
from crm.consents import commands, links, policy, queries, terms
from crm.consents.commands import Circumstances
from crm.consents.models import Channel
from crm.core import clock as house_clock
from crm.core import jobs, transaction
from crm.core.db import db
from tests.consents.willing import CODES, ENQUIRY, NEWSLETTER, REGISTRATION, letters_to, new_edition, purpose, send

numbers = itertools.count()


class Story:
    """One person, and everything that can happen to their consents."""

    def __init__(self, form, by, clock):
        self.form, self.by, self.clock = form, by, clock
        clock.move(days=1)
        self.email = f"person{next(numbers)}@example.org"
        self.client = self.sends(ENQUIRY)

    def sends(self, *boxes):
        return send(self.form, *boxes, email=self.email, text_1=f"Обращение {next(numbers)}").client

    def withdraws(self, *boxes):
        seen = Circumstances(Channel.EMAIL, given_on=house_clock.today())
        purpose_ids = [purpose(box).id for box in boxes] or None
        with suppress(commands.NothingToWithdraw):
            commands.withdraw(self.client.id, seen=seen, purpose_ids=purpose_ids, by=self.by)

    def gives(self, box, *, days=0, edition=0):
        versions = agreements.versions(agreements.agreement(CODES[box]))
        version = versions[min(edition, len(versions) - 1)]
        seen = Circumstances(Channel.PAPER, given_on=house_clock.today() - timedelta(days=days))
        commands.give(self.client, [version], public_code="AAAAA", seen=seen, by=self.by)

    def presses(self, kind):
        for letter in letters_to(self.client, kind)[-1:]:
            token = letter.text.partition("/confirm/")[2].split()[0].partition("/")[2]
            with suppress(links.LinkSpent):
                offer = links.offered(token)
                links.press(offer, shown=offer.text.address, ip_address="192.0.2.9", user_agent="x")

    def asks_again(self, days):
        new_edition(ENQUIRY, by=self.by, words=f"Слово {next(numbers)}.")
        lapses_on = days and house_clock.today() + timedelta(days=days)
        with transaction.of_its_own():
            terms.ask_again(agreements.agreement("consent"), lapses_on=lapses_on or None, by=self.by)
        jobs.work_off()

    def lives(self, **by):
        self.clock.move(**by)
        with transaction.of_its_own():
            terms.end_what_is_over()


STEPS = {
    "sends the form": lambda one: one.sends(ENQUIRY),
    "sends the form with two boxes": lambda one: one.sends(ENQUIRY, REGISTRATION),
    "wants the newsletter": lambda one: one.sends(ENQUIRY, NEWSLETTER),
    "presses the button of the newsletter": lambda one: one.presses("subscribe"),
    "takes one back": lambda one: one.withdraws(ENQUIRY),
    "takes another back": lambda one: one.withdraws(REGISTRATION, NEWSLETTER),
    "takes all back": lambda one: one.withdraws(),
    "agrees by phone": lambda one: one.gives(ENQUIRY),
    "agreed on a paper that is found late": lambda one: one.gives(ENQUIRY, days=40),
    "agreed to an old edition": lambda one: one.gives(ENQUIRY, edition=3),
    "is asked again": lambda one: one.asks_again(0),
    "is asked again, else consent lapses": lambda one: one.asks_again(20),
    "agrees again": lambda one: one.presses("renew"),
    "lives on for some days": lambda one: one.lives(days=21),
    "lives on for a year": lambda one: one.lives(days=366),
    "sees the clock put back": lambda one: one.lives(days=-200),
}


def by_the_table(client):
    return {
        key: (one.record_id, one.state, one.was_withdrawn, one.expires_at)
        for key, one in queries.currents_of(client).items()
    }


def by_the_ledger(client):
    return {
        key: (one.decides.id, one.state, one.was_withdrawn, one.expires_at if one.permits else None)
        for key, one in queries.folded(client).items()
    }


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(list(STEPS)), max_size=12))
def test_the_table_says_what_the_ledger_says(form, anna, clock, acting, steps):
    clock.stop(max(house_clock.now(), datetime(2026, 11, 24, 9, tzinfo=UTC)))
    story = Story(form, anna, clock)
    for step in steps:
        STEPS[step](story)
        db.session.flush()
        assert by_the_table(story.client) == by_the_ledger(story.client), step
        standings = queries.folded(story.client).values()
        assert story.client.standing is policy.overall(standings, at=house_clock.now()) or "clock" in step, step
        assert story.client.destroy_on is None or not policy.is_kept(standings, at=house_clock.now()), step
