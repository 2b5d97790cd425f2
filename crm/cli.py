"""Flask commands of the installation."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from flask import Flask, current_app
from flask_migrate import upgrade
from werkzeug.exceptions import NotFound

from crm import demo
from crm.accounts import commands, queries
from crm.core import jobs, keys, ledger, outbox, tenancy, transaction
from crm.core.db import db
from crm.mail import queries as mail
from crm.subject_requests import intake, parsing, rating


def init_app(app: Flask) -> None:
    """Offer the commands as `flask …`."""
    for command in (
        set_up,
        make_demo,
        verify_ledger,
        rotate_master_key,
        invite,
        work,
        show_jobs,
        rate_kinds,
        receive_mail,
    ):
        app.cli.add_command(command)


@click.command("set-up")
def set_up() -> None:
    """Make secrets, bring the database to the newest shape, fill an empty one with the demo operator."""
    upgrade()
    if not queries.organisations():
        click.echo("First start: making the demo operator, some seconds …")
        demo.make()
    _say_where()


@click.command("demo")
def make_demo() -> None:
    """Add the demo operator to a database that has no operator yet."""
    if queries.organisations():
        raise click.ClickException("The database already has operators.")
    demo.make()
    _say_where()


def _say_where() -> None:
    click.echo(f"Soglasie CRM: {current_app.config['BASE_URL']}")
    sign_in = Path(current_app.instance_path) / demo.SIGN_IN_FILE
    if sign_in.exists():
        click.echo(f"Demo sign-in: {sign_in.read_text().strip()}")


@click.command("verify-ledger")
def verify_ledger() -> None:
    """Prove every operator's chains (consents, audit, acts); name the first row that does not fit."""
    broken = [fault for _ in _each_operator() for fault in _broken_chains()]
    for fault in broken:
        click.echo(fault, err=True)
    if broken:
        raise SystemExit(1)
    click.echo("Every chain is whole.")


def _broken_chains() -> Iterator[str]:
    operator = tenancy.current_organisation_id()
    for model in ledger.chained_models():
        if (sequence := ledger.first_broken(model)) is not None:
            yield f"{model.__tablename__} of operator {operator}: broken at row {sequence}"


@click.command("rotate-master-key")
def rotate_master_key() -> None:
    """Wrap every operator's key anew under the newest master key; older ones can then be removed."""
    for _ in _each_operator():
        with transaction.of_its_own():
            keys.rotate()
    click.echo(f"In use: master key {max(current_app.config['MASTER_KEYS'])}.")


@click.command("invite")
def invite() -> None:
    """Print a single-use code with which a new operator can sign up (for SIGN_UP=invitation)."""
    with transaction.of_its_own():
        code = commands.invitation()
    click.echo(code)


@click.command("work")
def work() -> None:
    """Work the queue of jobs off in this process until it is told to stop (JOBS=worker)."""
    jobs.work()


@click.command("jobs")
def show_jobs() -> None:
    """Show the queue of jobs, the letters that wait or were given up, mailboxes that fail, the latest rounds."""
    click.echo(f"Queued jobs: {jobs.queue_length()}")
    figures = [outbox.figures() for _ in _each_operator()]
    click.echo(f"Letters waiting: {sum(one.waiting for one in figures)}")
    click.echo(f"Letters given up: {sum(one.given_up for one in figures)}")
    _show_mailboxes()
    for run in jobs.last_rounds():
        done = f"done {run.done_at:%Y-%m-%d %H:%M:%S}" if run.done_at else f"held until {run.held_until:%H:%M:%S}"
        click.echo(f"{run.name}: due {run.due_at:%Y-%m-%d %H:%M}, {done}, failed for {run.failed} operators (UTC)")


def _show_mailboxes() -> None:
    """How many mailboxes are read, and which of them failed the last time, and why."""
    count, failing = 0, []
    for _ in _each_operator():
        if (mailbox := mail.mailbox()) and mailbox.is_on:
            count += 1
            if mailbox.fault:
                worked = f"{mailbox.worked_at:%Y-%m-%d %H:%M}" if mailbox.worked_at else "never"
                failing.append(f"Mailbox of operator {mailbox.organisation_id}: {mailbox.fault}, last well {worked}")
    click.echo(f"Mailboxes read: {count}, failing: {len(failing)}")
    for line in failing:
        click.echo(line)


@click.command("rate-kinds")
def rate_kinds() -> None:
    """Show how well the kind of a request is proposed from its words: the rules tried on the labelled letters."""
    letters = rating.examples()
    for part in (*rating.PARTS, "all"):
        verdicts = rating.judged([one for one in letters if part in (one.part, "all")])
        click.echo(f"{part}: {len(verdicts)} letters, {sum(one.kind is seen.kind for one, seen in verdicts)} right")
        for rate in rating.rates(verdicts):
            figures = f"{rate.meant:3} letters, precision {_share(rate.precision)}, recall {_share(rate.recall)}"
            click.echo(f"  {rate.kind.value:17} {figures}")
        sure = [one.kind is seen.kind for one, seen in verdicts if seen.is_sure]
        click.echo(f"  sure of {len(sure)}, wrong in {sure.count(False)} of them")


EX_NOUSER, EX_TEMPFAIL = 67, 75
"""As delivery agents read them (sysexits.h)."""
READ_AT_ONCE = 1024 * 1024


@click.command("receive-mail")
@click.argument("code")
def receive_mail(code: str) -> None:
    """Take one letter from standard input: for a local delivery agent. CODE is the public code of the legal entity.

    Ends with 0 once the letter is kept (as a request, put aside or known already), 67 if nobody has this code, 75 if it
    must be delivered again later.
    """
    raw, size = _standard_input(parsing.LARGEST + 1)
    try:
        with transaction.of_its_own():
            entity = queries.enter_entity(code)
            intake.take(raw, size=size, entity=entity)
    except NotFound:
        raise SystemExit(EX_NOUSER) from None
    except Exception:  # whatever it is: the delivery agent keeps the letter and comes again
        current_app.logger.exception("a letter could not be taken")
        raise SystemExit(EX_TEMPFAIL) from None


def _standard_input(most: int) -> tuple[bytes, int]:
    """The beginning of what comes in, and how long all of it is: whoever delivers must be able to say it to the end."""
    kept: list[bytes] = []
    size = 0
    while piece := sys.stdin.buffer.read(READ_AT_ONCE):
        if size < most:
            kept.append(piece[: most - size])
        size += len(piece)
    return b"".join(kept), size


def _share(value: float | None) -> str:
    return "   –" if value is None else f"{value:.2f}"


def _each_operator() -> Iterator[None]:
    """Visit every operator, each in a session of its own."""
    for organisation_id in queries.organisations():
        with current_app.app_context():
            tenancy.enter(organisation_id)
            yield
            db.session.remove()
