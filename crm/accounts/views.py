"""Pages that let people in: sign-in, sign-out, sign-up, joining by invitation, the language."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from crm.accounts import commands, doors, policy, queries
from crm.accounts.forms import InvitedSignUpForm, PasswordForm, SignInForm, SignUpForm
from crm.accounts.models import User
from crm.agreements import commands as agreements
from crm.core import throttle
from crm.core.web import safe_target

bp = Blueprint("accounts", __name__)
DEVICE = "device"
Page = str | tuple[str, int] | tuple[str, int, dict[str, str]] | Response


@bp.route("/sign-in", methods=["GET", "POST"])
@doors.public
def sign_in() -> Page:
    """Let a staff member in."""
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form), 422 if form.errors else 200
    try:
        user = commands.sign_in(
            email=form.email.data or "",
            password=form.password.data or "",
            address=request.remote_addr or "",
            device=request.cookies.get(DEVICE, ""),
        )
    except commands.SignInRefused as refusal:
        return _refused(form, refusal.wait)
    _welcome(user)
    answer = redirect(safe_target(request.args.get("next")) or url_for("home.index"), 303)
    _keep(answer, DEVICE, commands.device_mark(user))
    return answer


def _refused(form: SignInForm, wait: int) -> Page:
    if not wait:
        form.password.errors = [_("Почта или пароль не подходят.")]
        return render_template("accounts/sign_in.html", form=form), 422
    minutes = -(-wait // 60)
    form.password.errors = [
        ngettext(
            "Слишком много попыток. Попробуйте снова через %(num)d минуту.",
            "Слишком много попыток. Попробуйте снова через %(num)d мин.",
            minutes,
        )
    ]
    return render_template("accounts/sign_in.html", form=form), 429, {"Retry-After": str(wait)}


def _welcome(user: User) -> None:
    session.clear()
    session.permanent = True
    login_user(user)
    session.pop("_id", None)  # a fingerprint of address and browser that nobody looks at


@bp.post("/sign-out")
@doors.staff
def sign_out() -> Page:
    """End this sign-in on the server and in the browser."""
    commands.sign_out(current_user)
    logout_user()
    session.clear()
    answer = redirect(url_for(".sign_in"), 303)
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


@bp.route("/sign-up", methods=["GET", "POST"])
@doors.public
def sign_up() -> Page:
    """Register an operator with its owner."""
    is_open = current_app.config["SIGN_UP"] == "open"
    form = SignUpForm() if is_open else InvitedSignUpForm(code=request.args.get("code"))
    if not form.validate_on_submit() or not _may_sign_up(form):
        return render_template("accounts/sign_up.html", form=form), 422 if form.errors else 200
    owner = {"name": form.owner_name.data or "", "position": form.owner_position.data or ""}
    user = commands.sign_up(
        requisites=form.requisites(),
        owner=owner | {"email": (form.owner_email.data or "").casefold()},
        password=form.new_password.data or "",
    )
    agreements.prepare()
    _welcome(commands.open_session(user))
    flash(_("Компания зарегистрирована. Теперь подготовьте соглашение и форму."), "success")
    return redirect(url_for("home.index"), 303)


def _may_sign_up(form: SignUpForm) -> bool:
    if throttle.count({policy.SIGN_UPS: throttle.network(request.remote_addr or "")}):
        abort(429)
    if queries.credential(form.owner_email.data or ""):
        form.owner_email.errors = [_("С этим адресом нельзя зарегистрироваться. Войдите или возьмите другой.")]
        return False
    if isinstance(form, InvitedSignUpForm) and not _uses(form.code.data or ""):
        form.code.errors = [_("Код не подходит: он с ошибкой, уже использован или истёк.")]
        return False
    return True


def _uses(code: str) -> bool:
    invitation = queries.open_invitation(code)
    if invitation is None or invitation.organisation_id:
        return False
    try:
        commands.use(invitation)
    except commands.InvitationUsed:
        return False
    return True


@bp.route("/join/<code>", methods=["GET", "POST"])
@doors.public
def join(code: str) -> Page:
    """The page where an invited manager sets a password."""
    invitation = queries.open_invitation(code)
    if invitation is None or not invitation.organisation_id:
        guesses = {policy.JOINS: throttle.network(request.remote_addr or "")}
        abort(429 if throttle.count(guesses) else 404)
    form = PasswordForm()
    if not form.validate_on_submit():
        return render_template("accounts/join.html", form=form), 422 if form.errors else 200
    try:
        user = commands.join(invitation, password=form.new_password.data or "")
    except commands.InvitationUsed:
        abort(404)
    _welcome(commands.open_session(user))
    flash(_("Пароль сохранён. Добро пожаловать!"), "success")
    return redirect(url_for("home.index"), 303)


@bp.post("/language")
@doors.public
def choose_language() -> Page:
    """Remember the language of the staff pages in a cookie of its own."""
    answer = redirect(safe_target(request.form.get("next")) or url_for("home.index"), 303)
    _keep(answer, "locale", "en" if request.form.get("locale") == "en" else "ru")
    return answer


def _keep(answer: Response, name: str, value: str) -> None:
    """Have the browser keep a cookie for a year."""
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    seconds = policy.DEVICE_DAYS * 24 * 3600
    answer.set_cookie(name, value, max_age=seconds, secure=secure, httponly=True, samesite="Lax")
