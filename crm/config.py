"""Settings of an installation, read from the environment and checked at start.

DATABASE_URL     where the data is; default: SQLite in instance/
BASE_URL         the address people use, e.g. https://crm.example.ru; https makes cookies Secure
SECRET_KEY       signs cookies and form tokens; default: made once into instance/secret.key
MASTER_KEY       wraps the operators' keys, "1:<64 hex>" or several with commas, the highest number is in
                 use; default: made once into instance/master.key. Lose it and every personal value is lost.
SIGN_UP          open (default) or invitation: whether anybody may register an operator
INSTANCE         the folder of the database and secrets; default: instance/ of the project
TRUSTED_PROXIES  how many proxies of ours stand in front (default 0): only their X-Forwarded-* is believed
JOBS             embedded: the server works the queue of jobs off in threads of its own, as run.sh has it;
                 worker (default): `flask --app wsgi work` does, in a process of its own
MAIL_PRIVATE_HOSTS  1: operators' mail servers may have private addresses and any port. Only where all who may
                 register are trusted: by the name of a mail server they could feel out the inner network (default 0)
"""

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from crm.core.files import LARGEST, MEGABYTE
from crm.core.sqlite import QueuedConnection


class BadSetting(SystemExit):
    """A setting that cannot be used; its text says which and why."""


def read(environment: Mapping[str, str], instance: Path) -> dict[str, Any]:
    """The Flask configuration for this environment; BadSetting says in one line what is wrong."""
    instance.mkdir(parents=True, exist_ok=True)
    base_url = environment.get("BASE_URL", "http://127.0.0.1:" + environment.get("PORT", "8000")).rstrip("/")
    is_secure = base_url.startswith("https://")
    url = environment.get("DATABASE_URL") or f"sqlite:///{instance / 'crm.sqlite'}"
    return {
        "BASE_URL": base_url,
        "SECRET_KEY": environment.get("SECRET_KEY") or kept_secret(instance / "secret.key", _token),
        "MASTER_KEYS": _master_keys(
            environment.get("MASTER_KEY") or kept_secret(instance / "master.key", lambda: f"1:{_token()}")
        ),
        "SIGN_UP": _choice(environment, "SIGN_UP", "open", "invitation"),
        "TRUSTED_PROXIES": _number(environment, "TRUSTED_PROXIES", 0),
        "JOBS": _choice(environment, "JOBS", "worker", "embedded"),
        "MAIL_PRIVATE_HOSTS": _choice(environment, "MAIL_PRIVATE_HOSTS", "0", "1") == "1",
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(url),
        "SESSION_COOKIE_NAME": "__Host-session" if is_secure else "session",
        "SESSION_COOKIE_SECURE": is_secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,  # no cookie on pages that others may keep
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "MAX_CONTENT_LENGTH": 2 * MEGABYTE,
        "UPLOADS": (  # the pages where staff add a file
            r"/clients/[0-9a-f-]+/(consents|withdraw)/?|/requests/new|/requests/[0-9a-f-]+/answer/handed"
        ),
        "MAX_UPLOAD_LENGTH": LARGEST + MEGABYTE,  # the rest of the form; and a file a little too large is told so there
        "MAX_FORM_MEMORY_SIZE": 2 * MEGABYTE,
        "MAX_FORM_PARTS": 500,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,  # the token does; a Referer is what careful browsers leave out
        "BABEL_DEFAULT_LOCALE": "ru",
        "BABEL_DEFAULT_TIMEZONE": "Europe/Moscow",
        "BABEL_TRANSLATION_DIRECTORIES": str(Path(__file__).parent / "translations"),
        "ARGON2": {"time_cost": 2, "memory_cost": 19_456, "parallelism": 1},  # OWASP's first choice
    }


def engine_options(url: str) -> dict[str, Any]:
    """How the engine of this database is opened; values never get into error messages."""
    if url.startswith("sqlite"):
        options = {"factory": QueuedConnection, "timeout": 20}
        return {"hide_parameters": True, "connect_args": options, "pool_size": 20, "max_overflow": 120}
    if url.startswith("postgresql"):
        return {"hide_parameters": True, "pool_pre_ping": True, "pool_size": 10, "max_overflow": 15}
    raise BadSetting("DATABASE_URL: use sqlite:///path or postgresql://user:password@host/name")


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """The secret kept in the file, made on the first need, readable by its owner alone.

    The file appears whole or not at all, and the first of several processes that need it wins.
    """
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()


def _token() -> str:
    return secrets.token_hex(32)


def _master_keys(text: str) -> dict[int, bytes]:
    try:
        pairs = (pair.split(":") for pair in text.replace("\n", ",").split(",") if pair.strip())
        found = {int(version): bytes.fromhex(key.strip()) for version, key in pairs}
    except ValueError:
        found = {}
    if not found or any(len(key) != 32 for key in found.values()):
        raise BadSetting('MASTER_KEY: expected "1:<64 hex digits>", several separated by commas')
    return found


def _choice(environment: Mapping[str, str], name: str, *choices: str) -> str:
    value = environment.get(name, choices[0])
    if value not in choices:
        raise BadSetting(f"{name}: expected one of {', '.join(choices)}")
    return value


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name, str(default))
    if not value.isdecimal():
        raise BadSetting(f"{name}: expected a whole number")
    return int(value)
