"""The mail settings: the server by which letters leave, a test letter, and what could not be sent."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.accounts import doors
from crm.accounts import queries as accounts
from crm.consents.models import LinkKind
from crm.core import outbox, tenancy, throttle
from crm.core.letters import Undelivered
from crm.mail import commands, policy, queries
from crm.mail.models import Security
from crm.settings.mail_forms import MailForm

bp = Blueprint("mail_desk", __name__, url_prefix="/settings/mail")
Page = str | tuple[str, int] | Response
KINDS = {
    "receipt": _l("квитанция о согласии"),
    "answer": _l("ответ на обращение"),
    "request_code": _l("код для подтверждения почты"),
    "request_received": _l("сообщение, что обращение принято"),
    "request_withdrawn": _l("сообщение, что согласие отозвано"),
    "reminder": _l("напоминание сотруднику о сроке обращения"),
    LinkKind.SUBSCRIBE.value: _l("просьба подтвердить подписку"),
    LinkKind.RENEW.value: _l("просьба согласиться снова"),
    LinkKind.WITHDRAW.value: _l("ссылка для отзыва согласия"),
}
"""What a letter is about, by its kind."""


@bp.route("/", methods=["GET", "POST"])
@doors.owner
def edit() -> Page:
    """The mail server, and how letters stand."""
    account, operator = queries.account(), accounts.organisation()
    new = {"port": 465, "security": Security.TLS, "from_name": operator.name[:100]}
    form = MailForm(saved=account, new=new, any_port=current_app.config["MAIL_PRIVATE_HOSTS"])
    if form.validate_on_submit():
        commands.set_up(**form.settings(), by=current_user)
        flash(_("Почта настроена. Отправьте пробное письмо: оно покажет, всё ли верно."), "success")
        return redirect(url_for(".edit"), 303)
    page = render_template(
        "settings/mail.html",
        form=form,
        account=account,
        figures=outbox.figures(),
        given_up=outbox.given_up(),
        faults=policy.FAULTS,
        kinds=KINDS,
    )
    return page, 422 if form.errors else 200


@bp.post("/test")
@doors.owner
def test() -> Page:
    """Send the owner a test letter and say in words what is wrong, if anything is."""
    account = queries.account() or abort(404)
    limits = {policy.TESTS: tenancy.current_organisation_id().hex}
    try:
        if throttle.wait(limits) or throttle.count(limits):
            raise commands.Busy
        commands.send_test(account, to=current_user.email)
    except commands.Busy:
        flash(_("Пробных писем уже много. Подождите несколько минут."), "warning")
    except Undelivered as refusal:
        flash(_("Пробное письмо не ушло. %(why)s", why=policy.FAULTS[refusal.fault]), "danger")
    else:
        flash(_("Пробное письмо ушло на %(to)s. Проверьте, дошло ли.", to=current_user.email), "success")
    return redirect(url_for(".edit"), 303)


@bp.post("/leave")
@doors.owner
def leave() -> Page:
    """Warn no more of the letters that were given up: some addresses are wrong for ever."""
    count = outbox.leave()
    flash(_("Писем больше не отправляется: %(count)d.", count=count), "success")
    return redirect(url_for(".edit"), 303)


@bp.post("/again")
@doors.owner
def again() -> Page:
    """Let the letters that were given up be sent once more."""
    count = outbox.try_again()
    flash(_("Писем отправляется снова: %(count)d.", count=count), "success")
    return redirect(url_for(".edit"), 303)
