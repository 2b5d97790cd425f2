"""By what a letter shows that no human wrote it to us: reports of mail servers, answers by machines, our own letters.

One sign is not enough where a human's letter could bear it: then a human decides, and nothing is lost.
"""

import re
from collections.abc import Iterator
from enum import StrEnum

from crm.mail.mime import Part
from crm.subject_requests.post import Why

MOST_HOPS = 50
"""Mail servers on the way of a letter; real ones pass ten at most."""
OUR_MESSAGE_ID = re.compile(r"<[0-9a-f]{32}@([^<>@\s]+)>")
"""As core/letters.py makes them, and other mail programs too: alone it proves nothing."""
VACATION = re.compile(
    r"авто(матический\s+)?-?ответ|в отпуске|нет в офисе|вне офиса|отсутствую|"
    r"out of (the )?office|auto(matic)?[ -]?reply|autoresponder|on vacation|on leave",
    re.IGNORECASE,
)
FAILURE = re.compile(
    r"undeliver|delivery (status|failure|has failed|report)|returned mail|mail delivery|failure notice|"
    r"не доставлен|не удалось доставить|недоставлен",
    re.IGNORECASE,
)


class Sign(StrEnum):
    """What can be seen of it."""

    REPORT = "report"
    NULL_PATH = "null_path"
    DAEMON = "daemon"
    FAILED = "failed"
    FAILURE_SUBJECT = "failure_subject"
    RECEIPT = "receipt"
    REPLIED = "replied"
    ROBOT = "robot"
    GENERATED = "generated"
    VACATION_SUBJECT = "vacation_subject"
    SUPPRESS = "suppress"
    BULK = "bulk"
    LIST = "list"
    UNSUBSCRIBE = "unsubscribe"
    OURS = "ours"
    FROM_US = "from_us"
    ROUND = "round"


def signs(letter: Part, sender: str, subject: str, own: frozenset[str]) -> set[Sign]:
    """Every sign that a letter bears. `own` are the operator's addresses."""
    return {
        *_of_reports(letter, sender, subject),
        *_of_machines(letter, subject, own),
        *_of_ourselves(letter, sender, own),
    }


def verdict(found: set[Sign]) -> tuple[Why | None, bool]:
    """What these signs mean together, and whether that is sure."""
    machine = found & {Sign.REPLIED, Sign.ROBOT, Sign.RECEIPT}
    weak = found & {Sign.GENERATED, Sign.BULK, Sign.LIST, Sign.UNSUBSCRIBE}
    returned = found & {Sign.NULL_PATH, Sign.DAEMON, Sign.FAILED, Sign.FAILURE_SUBJECT}
    if Sign.OURS in found or (Sign.FROM_US in found and machine | weak):
        return Why.LOOP, True
    if found & {Sign.FROM_US, Sign.ROUND}:
        return Why.LOOP, False
    if machine:
        return Why.AUTOMATIC, True
    if Sign.REPORT in found or len(returned) > 1:
        return Why.BOUNCE, True
    if Sign.VACATION_SUBJECT in found and (weak or found & {Sign.NULL_PATH, Sign.SUPPRESS}):
        return Why.AUTOMATIC, True
    if Sign.LIST in found and found & {Sign.UNSUBSCRIBE, Sign.BULK}:
        return Why.AUTOMATIC, True
    if returned - {Sign.FAILURE_SUBJECT}:
        return Why.BOUNCE, False
    return (Why.AUTOMATIC, False) if weak else (None, True)


def _of_reports(letter: Part, sender: str, subject: str) -> Iterator[Sign]:
    if letter.kind == "multipart/report":
        kind = letter.parameter("content-type", "report-type").lower()
        yield Sign.RECEIPT if kind == "disposition-notification" else Sign.REPORT
    if letter.raw_header("return-path").replace(b" ", b"") == b"<>":
        yield Sign.NULL_PATH
    if sender.partition("@")[0] in ("mailer-daemon", "postmaster", "mail-daemon"):
        yield Sign.DAEMON
    if letter.raw_header("x-failed-recipients"):
        yield Sign.FAILED
    if FAILURE.search(subject):
        yield Sign.FAILURE_SUBJECT


def _of_machines(letter: Part, subject: str, own: frozenset[str]) -> Iterator[Sign]:
    submitted = _word(letter, "auto-submitted")
    if submitted and submitted != "no":
        yield Sign.GENERATED if submitted == "auto-generated" else Sign.REPLIED
    precedence = _word(letter, "precedence")
    if precedence in ("auto_reply", "auto-reply") or any(
        _word(letter, name) not in ("", "no") for name in ("x-autoreply", "x-autorespond", "x-autoresponse")
    ):
        yield Sign.ROBOT
    if VACATION.search(subject):
        yield Sign.VACATION_SUBJECT
    if letter.raw_header("x-auto-response-suppress"):
        yield Sign.SUPPRESS
    if _is_our_group(letter, own):
        return  # the operator's mailbox is a group: every letter to it is marked as one of a list
    if precedence in ("bulk", "junk", "list"):
        yield Sign.BULK
    if letter.raw_header("list-id"):
        yield Sign.LIST
    if letter.raw_header("list-unsubscribe"):
        yield Sign.UNSUBSCRIBE


def _of_ourselves(letter: Part, sender: str, own: frozenset[str]) -> Iterator[Sign]:
    made_here = OUR_MESSAGE_ID.fullmatch(letter.header("message-id"))
    is_looped = any(address in letter.header("x-loop").lower() for address in own)
    is_like_ours = made_here is not None and made_here[1].lower() in _domains(own)
    if is_looped or letter.raw_header("x-soglasie") or (is_like_ours and sender in own):
        yield Sign.OURS
    if is_like_ours or sender in own:
        yield Sign.FROM_US
    if len(letter.headers.get("received", [])) > MOST_HOPS:
        yield Sign.ROUND


def _is_our_group(letter: Part, own: frozenset[str]) -> bool:
    told = " ".join(letter.header(name).lower() for name in ("list-id", "list-post"))
    return any(address in told or address.replace("@", ".") in told for address in own)


def _domains(own: frozenset[str]) -> set[str]:
    return {address.rpartition("@")[2] for address in own}


def _word(letter: Part, name: str) -> str:
    """The first word of a header, in small letters."""
    return re.split(r"[;,\s(]", letter.header(name).lower()[:100])[0]
