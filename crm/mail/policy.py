"""Which mail servers may be spoken to, and in which words a failure is told."""

import ipaddress
import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l

from crm.core.letters import Fault, host_in_ascii
from crm.core.throttle import Limit
from crm.mail.models import Afterwards, Mailbox, Security

PORTS = (465, 587, 25, 2525)
"""Where mail servers listen. Others are refused, or our server would be a tool to search strangers' ports with."""
IMAP_PORTS = (993, 143)
"""Where mailboxes are read."""
TESTS = Limit("test letters of an operator", count=10, minutes=10)
TESTS_AT_ONCE = 8
"""Of all operators: each holds one of the server's threads while it talks to a mail server that may be slow."""
SECURITIES = {
    Security.TLS: _l("TLS с самого начала (обычно порт 465)"),
    Security.STARTTLS: _l("STARTTLS (обычно порт 587)"),
}
MOST_FOLDERS, LONGEST_FOLDER = 20, 200
LETTERS_KEPT, REQUESTS_KEPT = (7, 365), (365, 3650)
"""Fewest and most days. A fine for a request that was not answered can be laid for a year (KoAP art. 4.5)."""
LOOKS = Limit("looks into an operator's mailbox", count=10, minutes=10)
ANYWAY, RARELY = timedelta(hours=1), timedelta(minutes=30)
"""A mailbox that has been failing for so long is tried only so often: it holds up those of others."""
IMAP_SECURITIES = {
    Security.TLS: _l("TLS с самого начала (обычно порт 993)"),
    Security.STARTTLS: _l("STARTTLS (обычно порт 143)"),
}
AFTERWARDS = {
    Afterwards.MARK: _l("Отметить на сервере прочитанным"),
    Afterwards.MOVE: _l("Переложить на сервере в другую папку"),
}
UNICAST = ipaddress.ip_network("2000::/3")
"""What is given out of IPv6; ways of old and of one network alone (::127.0.0.1, 64:ff9b:1::/48) are outside."""
HOST = re.compile(r"[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?")
FAULTS = {
    Fault.NAME: _l("Почтовый сервер с таким именем не найден. Проверьте, нет ли опечатки в адресе сервера."),
    Fault.PRIVATE: _l("Этот адрес ведёт не в интернет, а во внутреннюю сеть: туда письма не отправляются."),
    Fault.CONNECTION: _l("Сервер не принимает соединение на этом порту. Проверьте порт и вид шифрования."),
    Fault.TIME: _l("Сервер не ответил вовремя. Проверьте порт и вид шифрования или попробуйте позже."),
    Fault.CLOSED: _l("Сервер прервал разговор. Попробуйте позже или проверьте вид шифрования."),
    Fault.CERTIFICATE: _l("Сертификат сервера не прошёл проверку: он выдан на другое имя, просрочен или не заверен."),
    Fault.TLS: _l("Сервер не предлагает шифрования на этом порту, а без него пароль и письма не передаются."),
    Fault.LOGIN: _l("Сервер не принял имя и пароль. Часто для программ нужен отдельный пароль: посмотрите в почте."),
    Fault.SENDER: _l(
        "Сервер не разрешает писать с этого адреса отправителя. Обычно он должен совпадать с именем входа."
    ),
    Fault.RECIPIENT: _l("Сервер не принял адрес получателя: такого ящика нет или он переполнен."),
    Fault.MESSAGE: _l("Сервер не принял само письмо, например счёл его спамом."),
    Fault.ADDRESS: _l("По этому адресу написать нельзя: в нём ошибка или буквы, которых почта не передаёт."),
    Fault.INTERRUPTED: _l("Отправка обрывалась на полпути. Ушло ли письмо, неизвестно."),
}
"""What each fault of sending means to the person who can mend it."""
IMAP_FAULTS = {
    **{fault: FAULTS[fault] for fault in (Fault.NAME, Fault.CONNECTION, Fault.TIME, Fault.CERTIFICATE)},
    Fault.PRIVATE: _l("Этот адрес ведёт не в интернет, а во внутреннюю сеть: почта оттуда не забирается."),
    Fault.CLOSED: _l("Сервер прервал разговор или ответил непонятно. Попробуйте позже или проверьте вид шифрования."),
    Fault.TLS: _l("Сервер не предлагает шифрования на этом порту, а без него пароль и письма не передаются."),
    Fault.LOGIN: _l(
        "Сервер не принял имя и пароль. Часто чтение почты программами (IMAP) нужно сначала разрешить в почте "
        "и завести для неё отдельный пароль."
    ),
    Fault.FOLDER: _l("На сервере нет одной из папок."),
    Fault.MESSAGE: _l("Сервер не выдал письмо или не дал его отметить."),
}
"""What each fault of reading a mailbox means."""


def host_of(typed: str) -> str:
    """A typed name of a server as the network knows it, in small letters; empty if it cannot be one."""
    try:
        return host_in_ascii(typed).lower()
    except UnicodeError:
        return ""


def is_host(text: str) -> bool:
    """Whether a text, brought to ASCII, can be the name or the IPv4 address of a server."""
    return len(text) <= 253 and HOST.fullmatch(text) is not None and ".." not in text


def may_be_spoken_to(addresses: Iterable[str], port: int, ports: Collection[int] = PORTS) -> bool:
    """Whether our server may connect there at an operator's word."""
    return port in ports and all(is_public(address) for address in addresses)


def is_time_to_read(mailbox: Mailbox, moment: datetime) -> bool:
    """Whether the mailbox is read in this round."""
    worked_at = mailbox.worked_at or mailbox.created_at
    is_failing = mailbox.fault not in (None, Fault.FOLDER) and moment - worked_at > ANYWAY
    return mailbox.is_on and not (is_failing and mailbox.polled_at and moment - mailbox.polled_at < RARELY)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, whatever it is wrapped in (SSRF).

    An operator names the server and anybody may register as an operator, so this machine, its neighbours and the
    metadata service of a cloud must not be reached by such a name.
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if inner := ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1]) or _translated(ip):
            return is_public(str(inner))
        return ip.is_global and ip in UNICAST
    return ip.is_global and not ip.is_multicast


def _translated(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address behind 64:ff9b::/96 (RFC 6052)."""
    is_behind = ip in ipaddress.ip_network("64:ff9b::/96")
    return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if is_behind else None
