"""A real SMTP server of this machine, with a certificate of its own, that keeps what it is given and fails as told."""

import asyncio
import logging
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from crm.accounts.models import User
from crm.core import transaction
from crm.core.db import db
from crm.mail import commands as mail
from crm.mail.models import Security
from tests.builders import Operator

logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # aiosmtpd's own, which would repeat every address
NAME, SECRET = "info@romashka.example.org", "secret of the mailbox"
ACCOUNT = {
    "host": "localhost",
    "username": NAME,
    "password": SECRET,
    "from_address": NAME,
    "from_name": "ООО «Ромашка»",
}
"""Mail settings that a post office of this machine takes."""


class Clerk(SMTP):
    """Speaks for the post office; like others it insists on RSET after it said no to the word DATA."""

    async def smtp_DATA(self, arg: str) -> None:
        if self.event_handler.before_data:
            await self.push(self.event_handler.before_data.pop(0))
        else:
            await super().smtp_DATA(arg)


class PostOffice:
    """The server. `says`, `pauses` and `hangs_up_at` decide what it does at a command (EHLO, MAIL, RCPT, DATA)."""

    def __init__(
        self, folder: Path, *, security: str, names: tuple[str, ...] = ("localhost",), is_valid: bool = True
    ) -> None:
        self.security, self.port, self.connections = security, 0, 0
        self.letters: list[EmailMessage] = []
        """Those it took."""
        self.offered: list[EmailMessage] = []
        """Those whose last line came in, whether taken or not."""
        self.passwords: list[bytes] = []
        self.says: dict[str, str] = {}
        self.pauses: dict[str, float] = {}
        self.hangs_up_at: str | None = None
        self.before_data: list[str] = []
        """What it answers to the word DATA, before the message, one each time."""
        self.reached: list[str] = []
        """The commands it was given, EHLO to DATA, of all connections."""
        self.context = context(folder, names, is_valid=is_valid) if security != "none" else None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(10)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def stop_listening(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)

    async def _serve(self) -> None:
        context = self.context if self.security == "tls" else None
        self._server = await self._loop.create_server(self._answer, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _answer(self) -> SMTP:
        self.connections += 1
        is_upgraded = self.security == "starttls"
        return Clerk(
            self,
            hostname="localhost",
            tls_context=self.context if is_upgraded else None,
            authenticator=self._let_in,
            auth_require_tls=is_upgraded,
            loop=self._loop,
        )

    def _let_in(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.passwords.append(data.password)
        return AuthResult(success=(data.login, data.password) == (NAME.encode(), SECRET.encode()), handled=False)

    async def _at(self, command: str, server: SMTP) -> str | None:
        self.reached.append(command)
        ends = time.monotonic() + self.pauses.get(command, 0)
        while command in self.pauses and time.monotonic() < ends:
            await asyncio.sleep(0.01)
        if self.hangs_up_at == command:
            server.transport.abort()
        return self.says.get(command)

    async def handle_EHLO(self, server: SMTP, session: Any, envelope: Any, name: str, answers: list[str]) -> list[str]:
        session.host_name = name
        await self._at("EHLO", server)
        return answers

    async def handle_MAIL(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:
        envelope.mail_from = address
        if not session.authenticated:
            return "530 who are you?"
        return await self._at("MAIL", server) or "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:
        envelope.rcpt_tos.append(address)
        return await self._at("RCPT", server) or "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Any, envelope: Any) -> str:
        return await self._at("QUIT", server) or "221 Bye"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        letter: Any = message_from_bytes(envelope.content, policy=policy.default)
        letter.envelope, letter.raw = (envelope.mail_from, list(envelope.rcpt_tos)), envelope.content
        self.offered.append(letter)
        said = await self._at("DATA", server)
        if said is None and self.hangs_up_at != "DATA":
            self.letters.append(letter)
        return said or "250 OK"


@contextmanager
def opened(folder: Path, **options: Any) -> Iterator[PostOffice]:
    """A post office that works until the end of the block."""
    office = PostOffice(folder, **options)
    office.start()
    try:
        yield office
    finally:
        office.stop()


def set_up(office: PostOffice, operator: Operator, **changes: Any) -> None:
    """Let our operator (the session must act for it) send its letters by this post office."""
    by = db.session.get_one(User, operator.owner.id)
    security = changes.pop("security", None) or Security(office.security)
    with transaction.of_its_own():
        mail.set_up(**ACCOUNT | {"port": office.port, "security": security, "by": by} | changes)


def words(letter: EmailMessage) -> str:
    """The text of a letter, its lines ended as in Python."""
    return str(letter.get_content()).replace("\r\n", "\n")


def authority(folder: Path) -> Path:
    """The file of the authority that vouches for the certificates made in this folder."""
    path = folder / "authority.pem"
    if not path.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        _keep(folder / "authority.key", key)
        path.write_bytes(_certificate(key, "Authority of the tests", key).public_bytes(serialization.Encoding.PEM))
    return path


def context(folder: Path, names: tuple[str, ...], *, is_valid: bool) -> ssl.SSLContext:
    """A server's way of encrypting, with a certificate made in this folder."""
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(certificate(folder, names, is_valid=is_valid))
    return made


def certificate(folder: Path, names: tuple[str, ...], *, is_valid: bool = True) -> Path:
    """The file of a server's key and certificate, made in this folder."""
    authority(folder)
    above = serialization.load_pem_private_key((folder / "authority.key").read_bytes(), None)
    key, place = ec.generate_private_key(ec.SECP256R1()), folder / f"{names[0]}-{time.monotonic_ns()}.pem"
    _keep(place, key)
    with place.open("ab") as file:
        made = _certificate(key, names[0], above, names=names, days=1 if is_valid else -1)
        file.write(made.public_bytes(serialization.Encoding.PEM))
    return place


def _keep(path: Path, key: Any) -> None:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*form))


def _certificate(key: Any, name: str, above: Any, *, names: tuple[str, ...] = (), days: int = 1) -> x509.Certificate:
    """A server's certificate for these names; without names, the authority's own."""
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named("Authority of the tests"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=3))
        .not_valid_after(moment + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), critical=False)
    )
    if names:
        known = [x509.IPAddress(ip_address(one)) if one[0].isdigit() else x509.DNSName(one) for one in names]
        made = made.add_extension(x509.SubjectAlternativeName(known), critical=False)
    else:
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        made = made.add_extension(usage, critical=True)
    return made.sign(above, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
