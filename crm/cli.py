"""Flask commands of the installation."""

from collections.abc import Iterator
from pathlib import Path

import click
from flask import Flask, current_app
from flask_migrate import upgrade

from crm import demo
from crm.accounts import commands, queries
from crm.core import jobs, keys, ledger, outbox, tenancy, transaction
from crm.core.db import db


def init_app(app: Flask) -> None:
    """Offer the commands as `flask …`."""
    for command in (set_up, make_demo, verify_ledger, rotate_master_key, invite, work, show_jobs):
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
    """Show the queue of jobs, the letters that wait or were given up, and the latest periodic rounds."""
    click.echo(f"Queued jobs: {jobs.queue_length()}")
    figures = [outbox.figures() for _ in _each_operator()]
    click.echo(f"Letters waiting: {sum(one.waiting for one in figures)}")
    click.echo(f"Letters given up: {sum(one.given_up for one in figures)}")
    for run in jobs.last_rounds():
        done = f"done {run.done_at:%Y-%m-%d %H:%M:%S}" if run.done_at else f"held until {run.held_until:%H:%M:%S}"
        click.echo(f"{run.name}: due {run.due_at:%Y-%m-%d %H:%M}, {done}, failed for {run.failed} operators (UTC)")


def _each_operator() -> Iterator[None]:
    """Visit every operator, each in a session of its own."""
    for organisation_id in queries.organisations():
        with current_app.app_context():
            tenancy.enter(organisation_id)
            yield
            db.session.remove()
