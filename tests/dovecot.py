"""A real Dovecot of this machine with one mailbox, a certificate of its own, and letters put into it as files."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from crm.accounts.models import User
from crm.core import transaction
from crm.core.db import db
from crm.mail import inbox
from crm.mail.models import Afterwards, Security
from crm.mail.talk import folder_word
from tests import post_office
from tests.builders import Operator
from tests.post_office import NAME, SECRET

PROGRAM = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CONF = """
base_dir = {home}/run
log_path = {log}
listen = 127.0.0.1
protocols = imap
ssl = required
ssl_cert = <{certificate}
ssl_key = <{certificate}
disable_plaintext_auth = yes
auth_mechanisms = plain login
first_valid_uid = 1
default_internal_user = {user}
default_login_user = {user}
mail_location = maildir:{home}/mail
mail_fsync = never
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
  }}
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {home}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}/mail
}}
"""


class Dovecot:
    """The server. What is delivered waits in its mailbox at once."""

    def __init__(self, folder: Path, *, names: tuple[str, ...] = ("localhost",), is_valid: bool = True) -> None:
        self.folder, self._home = folder, Path(tempfile.mkdtemp(prefix="dovecot-"))
        self._home.chmod(0o711)  # pytest's own folders are closed to the user under which it works
        self.mail, self.log = self._home / "mail", self._home / "dovecot.log"
        self.plain, self.tls = _free_port(), _free_port()
        self._user = pwd.getpwnam("mail" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name)
        self._certificate = post_office.certificate(folder, names, is_valid=is_valid)
        self._delivered = 0

    def start(self) -> None:
        """Returns once it answers."""
        group = subprocess.run(["/usr/bin/id", "-gn", self._user.pw_name], capture_output=True, text=True, check=True)  # noqa: S603 - ours
        values = {"home": self._home, "log": self.log, "certificate": self._certificate}
        ports = {"plain": self.plain, "tls": self.tls}
        conf = self._home / "dovecot.conf"
        conf.write_text(CONF.format(**values, **ports, user=self._user.pw_name, group=group.stdout.strip()))
        (self._home / "users").write_text(f"{NAME}:{SECRET}\n")
        self.make("INBOX")
        command = [str(PROGRAM), "-F", "-c", str(conf)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - ours
        _wait_for(self.tls, self.process)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self._home, ignore_errors=True)

    def clear(self) -> None:
        """No letters, and no folder but the first."""
        shutil.rmtree(self.mail)
        self.make("INBOX")

    def make(self, name: str) -> Path:
        """A folder; its path."""
        path = self._path(name)
        for part in ("cur", "new", "tmp"):
            (path / part).mkdir(parents=True, exist_ok=True)
        self._give(path)
        return path

    def drop(self, name: str) -> None:
        """A folder goes, with its letters."""
        shutil.rmtree(self._path(name))

    def deliver(self, raw: bytes, *, to: str = "INBOX", at: float | None = None) -> None:
        """Put a letter into a folder, as one that came in at that moment (seconds since 1970)."""
        self._delivered += 1
        moment = at or time.time()
        name = f"{int(moment)}.M{self._delivered:06}P1.localhost"
        waiting, path = self._path(to) / "tmp" / name, self._path(to) / "new" / name
        waiting.write_bytes(raw)
        os.utime(waiting, (moment, moment))
        os.chown(waiting, self._user.pw_uid, self._user.pw_gid)
        waiting.rename(path)

    def letters(self, name: str = "INBOX") -> list[Path]:
        """The letters in a folder."""
        return sorted(one for part in ("new", "cur") for one in (self._path(name) / part).iterdir())

    def read(self, name: str = "INBOX") -> list[bool]:
        """Which of them are marked as read."""
        return ["S" in one.name.partition(":2,")[2] for one in self.letters(name)]

    def _path(self, name: str) -> Path:
        return self.mail if name == "INBOX" else self.mail / f".{folder_word(name)[1:-1].decode()}"

    def _give(self, path: Path) -> None:
        for one in [self.mail, path, *path.iterdir()]:
            os.chown(one, self._user.pw_uid, self._user.pw_gid)


@contextmanager
def opened(folder: Path, **options: Any) -> Iterator[Dovecot]:
    """A mailbox of its own until the end of the block; the test is skipped where there is no Dovecot."""
    if PROGRAM is None:
        pytest.skip("NO DOVECOT: apt-get install dovecot-imapd")
    server = Dovecot(folder, **options)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def set_up(server: Dovecot, operator: Operator, **changes: Any) -> None:
    """Let our operator (the session must act for it) read this mailbox."""
    password = changes.pop("password", SECRET)
    usual = {"address": NAME, "host": "localhost", "port": server.tls, "security": Security.TLS, "username": NAME}
    usual |= {"folders": ["INBOX"], "afterwards": Afterwards.MARK, "move_to": "", "is_on": True}
    by = db.session.get_one(User, operator.owner.id)
    with transaction.of_its_own():
        inbox.set_up(inbox.Settings(**usual | changes), password=password, by=by)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    ends = time.monotonic() + 20
    while time.monotonic() < ends and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("Dovecot did not start: see dovecot.log")
