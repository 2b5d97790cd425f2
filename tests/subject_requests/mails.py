"""Letters as bytes, as mail programs and less friendly hands write them."""

from email.header import Header
from email.message import EmailMessage

SENDER, ADDRESSEE = "petr@lugov.example.org", "pdn@romashka.example.org"
WISH = "Здравствуйте! Прошу удалить все мои персональные данные. Пётр Лугов"
PDF = b"JVBERi0xLjQK"


def letter(
    text: str = WISH,
    *,
    sender: str = f"Пётр Лугов <{SENDER}>",
    subject: str = "Мои данные",
    message_id: str = "<1@lugov.example.org>",
    charset: str = "utf-8",
    date: str = "Tue, 24 Nov 2026 10:00:00 +0300",
    **headers: str,
) -> bytes:
    """A letter of plain text; an empty header is left out, further ones are named with underscores."""
    made = EmailMessage()
    made["To"] = ADDRESSEE
    made.set_content(text, charset=charset)
    lines = [f"From: {encoded(sender)}"] if sender else []
    lines += [f"Subject: {Header(subject, 'utf-8').encode()}"] if subject else []
    lines += [f"Message-ID: {message_id}"] if message_id else []
    lines += [f"Date: {date}"] if date else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n" + made.as_bytes().replace(b"\n", b"\r\n")


def encoded(sender: str) -> str:
    """A sender's header with the name as an encoded word."""
    name, _, rest = sender.partition("<")
    return f"{Header(name.strip(), 'utf-8').encode()} <{rest}" if rest and not name.isascii() else sender


def raw(*lines: str | bytes, body: str | bytes = WISH, sender: str = SENDER) -> bytes:
    """A letter written out by hand: a sender, these headers, the body."""
    head = [f"From: {sender}".encode(), *(one.encode() if isinstance(one, str) else one for one in lines)]
    return b"\r\n".join(head) + b"\r\n\r\n" + (body.encode() if isinstance(body, str) else body)


def several(*parts: bytes, kind: str = "mixed", **headers: str) -> bytes:
    """A letter of these parts, each with headers of its own."""
    named = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    return raw(
        "Subject: =?utf-8?B?0JTQsNC90L3Ri9C1?=", f"Content-Type: multipart/{kind}; boundary=edge", *named, body=body
    )


def part(kind: str, body: str | bytes, **headers: str) -> bytes:
    """One part of several."""
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"Content-Type: {kind}\r\n{named}\r\n".encode() + (body.encode() if isinstance(body, str) else body)


def plain(text: str = WISH) -> bytes:
    """A part of plain text."""
    return part("text/plain; charset=utf-8", text, Content_Transfer_Encoding="8bit")


def nested(levels: int) -> bytes:
    """Parts within parts, the innermost with the words."""
    head = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(levels))
    return f"From: {SENDER}\r\nSubject: nest\r\n".encode() + head + plain()


def report(message_id: str, *, action: str = "failed") -> bytes:
    """A report of a mail server about a letter of ours."""
    status = f"Reporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; {SENDER}\r\nAction: {action}\r\n"
    return several(
        plain("Your message could not be delivered."),
        part("message/delivery-status", status),
        part("message/rfc822", f"From: {ADDRESSEE}\r\nMessage-ID: {message_id}\r\n\r\nответ\r\n"),
        kind="report; report-type=delivery-status",
        Return_Path="<>",
    ).replace(f"From: {SENDER}".encode(), b"From: MAILER-DAEMON@mx.example.org", 1)
