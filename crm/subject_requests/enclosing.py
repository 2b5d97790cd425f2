"""The person's copy as files of a letter: JSON for programs, PDF for people."""

from itertools import groupby
from typing import Any

from flask import render_template
from flask_babel import force_locale

from crm.accounts import queries as accounts
from crm.core import transaction
from crm.core.clock import now
from crm.core.letters import LONGEST_FILES, File
from crm.subject_requests import pdf
from crm.subject_requests.copy import Copy, as_json, subject_copy
from crm.subject_requests.drafts import NotReady, Unready
from crm.subject_requests.models import RequestMessage, SubjectRequest

JSON, PDF = "json", "pdf"
NAME = "personal-data"
TYPES = {JSON: "application/json", PDF: "application/pdf"}


def copy_for(request: SubjectRequest, message: RequestMessage | None) -> Copy:
    """The copy as the staff chose it for this letter; as the rules make it where nobody chose yet. NotReady if
    something of it changed since."""
    copy = subject_copy(request)
    chosen = ((message.options or {}) if message else {}).get("copy")
    if not chosen:
        return copy
    if chosen["digest"] != copy.digest:
        raise NotReady(Unready.COPY_CHANGED)
    return copy.chosen(left_out=chosen["left_out"], whole=chosen["whole"])


def files_of(message: RequestMessage) -> list[File]:
    """What goes with a letter; NotReady, NoPdf. While the PDF is made no transaction is open."""
    formats = ((message.options or {}).get("copy") or {}).get("formats", [])
    if not formats:
        return []
    files = made(copy_for(message.request, message), formats)
    if sum(len(file.content) for file in files) > LONGEST_FILES:
        raise NotReady(Unready.TOO_LARGE)
    return files


def made(copy: Copy, formats: list[str]) -> list[File]:
    """The copy in these formats; NoPdf."""
    files = [File(f"{NAME}.{JSON}", TYPES[JSON], as_json(copy))] if JSON in formats else []
    if PDF in formats:
        html = page_of(copy)
        transaction.let_go()
        files.insert(0, File(f"{NAME}.{PDF}", TYPES[PDF], pdf.made_of(html)))
    return files


def page_of(copy: Copy) -> str:
    """The page that the PDF is made of; everything in it is escaped."""
    return printed("subject_requests/copy_pdf.html", copy)


def printed(template: str, copy: Copy, *, back: str = "") -> str:
    """The copy as a Russian document."""
    with force_locale("ru"):
        return render_template(
            template, copy=copy, groups=grouped(copy), entity=accounts.main_entity(), made_at=now(), back=back
        )


def grouped(copy: Copy) -> list[dict[str, Any]]:
    """The values by record, each with its ground and its term."""
    return [
        {"record": key[0], "ground": key[1], "term": key[2], "items": list(items)}
        for key, items in groupby(copy.items, lambda one: (one.record, one.ground, one.term))
    ]
