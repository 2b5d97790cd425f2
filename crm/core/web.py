"""What every answer carries: security headers, plain error pages, versioned assets, safe redirects."""

import hashlib
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # Flask-WTF wants to see over https that a form came from a page of ours
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}


def init_app(app: Flask) -> None:
    """Set the headers and error pages of the whole application."""
    app.before_request(_refuse_nul)
    app.after_request(_protect)
    app.register_error_handler(HTTPException, _explain)
    app.register_error_handler(CSRFError, _explain_stale_page)
    app.register_error_handler(TimeoutError, _explain_crowd)
    app.register_error_handler(IntegrityError, _explain_clash)
    app.register_error_handler(StaleDataError, _explain_clash)
    app.register_error_handler(Exception, _explain_failure)
    app.jinja_env.globals["asset"] = asset


def asset(name: str) -> str:
    """The address of a file of static/, new whenever its content is."""
    return url_for("static", filename=name, v=_fingerprint(name))


@lru_cache
def _fingerprint(name: str) -> str:
    content = (Path(__file__).parents[2] / "static" / name).read_bytes()
    return hashlib.sha256(content).hexdigest()[:10]


def safe_target(target: str | None) -> str | None:
    """`target` if it is a path of this site, else None: no redirect leaves the house."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    parts = urlsplit(target)
    is_clean = all(letter.isprintable() and letter not in "\\\t" for letter in target)
    return target if is_clean and not parts.scheme and not parts.netloc else None


def _refuse_nul() -> None:
    if "\0" in request.path:
        abort(404)  # no address has one, and PostgreSQL takes none


def _protect(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static" and response.status_code in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
        response.cache_control.no_cache = None  # Flask's own; an asset's address changes with its content
        response.cache_control.public, response.cache_control.max_age = True, 31_536_000
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


def _page(status: int, heading: str, message: str) -> tuple[str, int]:
    g.pop("after_reading", None)
    return render_template("error.html", status=status, heading=heading, message=message), status


def _explain(error: HTTPException) -> tuple[str, int] | HTTPException:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status < HTTPStatus.BAD_REQUEST:
        return error
    heading, message = {
        400: (_("Запрос не понят"), _("Вернитесь на прежнюю страницу и попробуйте ещё раз.")),
        403: (_("Сюда вам нельзя"), _("Эту страницу открывает владелец компании. Спросите его.")),
        404: (_("Такой страницы нет"), _("Проверьте адрес: возможно, в нём опечатка или страницу закрыли.")),
        405: (_("Так эту страницу не открывают"), _("Вернитесь на прежнюю страницу и нажмите кнопку на ней.")),
        413: (_("Слишком много данных"), _("Сократите текст или файл и отправьте ещё раз.")),
        429: (_("Слишком много попыток"), _("Подождите немного и попробуйте ещё раз.")),
    }.get(status, (_("Не получилось"), _("Попробуйте ещё раз немного позже.")))
    return _page(status, heading, message)


def _explain_stale_page(error: CSRFError) -> tuple[str, int]:
    return _page(400, _("Страница устарела"), _("Вернитесь назад, обновите страницу и отправьте её ещё раз."))


def _explain_crowd(error: TimeoutError) -> tuple[str, int]:
    return _page(503, _("Сейчас слишком много работы"), _("Ничего не записано. Отправьте ещё раз через минуту."))


def _explain_clash(error: Exception) -> tuple[str, int]:
    return _page(
        409,
        _("Кто-то только что сделал то же самое"),
        _("Ничего не записано. Вернитесь, обновите страницу и посмотрите, что изменилось."),
    )


def _explain_failure(error: Exception) -> tuple[str, int]:
    current_app.logger.error("unexpected error at %s", request.endpoint, exc_info=error)
    return _page(
        500,
        _("Ошибка на нашей стороне"),
        _("Ничего не записано. Ошибка попала в журнал; попробуйте ещё раз немного позже."),
    )
