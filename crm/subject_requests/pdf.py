"""PDF of a printed page, made by a process of its own: what draws pages is large, slow and met by strangers' words."""

import logging
import os
import subprocess
import sys
import threading
from enum import StrEnum
from pathlib import Path

from flask_babel import lazy_gettext as _l

from crm.subject_requests import pdf_child

AT_ONCE, PATIENCE_SECONDS = 1, 20
"""PDFs in the making in one server process, and how long another is waited for."""
LONGEST_SECONDS = 60
LONGEST_HTML, LARGEST_PDF = 1_500_000, 8 * 1024 * 1024
BEGINNING = b"%PDF-"

log = logging.getLogger(__name__)
_making = threading.BoundedSemaphore(AT_ONCE)


class PdfFault(StrEnum):
    """Why there is no PDF."""

    LIBRARIES = "libraries"
    FONT = "font"
    TOO_LARGE = "too_large"
    BUSY = "busy"
    FAILED = "failed"


FAULTS = {
    PdfFault.LIBRARIES: _l(
        "На этом сервере нет библиотек для PDF (libpango-1.0-0 и libpangoft2-1.0-0). Откройте копию для печати и "
        "сохраните её как PDF в браузере или приложите файл JSON."
    ),
    PdfFault.FONT: _l(
        "На этом сервере нет шрифта с русскими буквами (например, fonts-dejavu-core). Откройте копию для печати и "
        "сохраните её как PDF в браузере."
    ),
    PdfFault.TOO_LARGE: _l(
        "Копия слишком велика для PDF. Приложите файл JSON или откройте копию для печати и сохраните её в браузере."
    ),
    PdfFault.BUSY: _l("Сейчас готовятся другие PDF. Повторите через минуту."),
    PdfFault.FAILED: _l(
        "Сделать PDF не получилось. Откройте копию для печати и сохраните её как PDF в браузере или приложите JSON."
    ),
}
"""What each fault means to the staff."""
MISSING = {pdf_child.NO_LIBRARIES: PdfFault.LIBRARIES, pdf_child.NO_FONT: PdfFault.FONT}


class NoPdf(Exception):
    """No PDF was made, and why."""

    def __init__(self, fault: PdfFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def made_of(html: str) -> bytes:
    """The PDF of a whole HTML document; NoPdf. Nothing of it touches a disk."""
    if len(html) > LONGEST_HTML:
        raise NoPdf(PdfFault.TOO_LARGE)
    if not _making.acquire(timeout=PATIENCE_SECONDS):
        raise NoPdf(PdfFault.BUSY)
    try:
        return _made_of(html.encode())
    finally:
        _making.release()


def _made_of(html: bytes) -> bytes:
    """What the other process complains of may repeat the page, so it is not even read."""
    command = [sys.executable, "-I", str(Path(pdf_child.__file__))]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "HOME": "/nonexistent"}
    try:
        ended = subprocess.run(  # noqa: S603  # nothing of it is anybody's input
            command,
            input=html,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd="/",
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NoPdf(PdfFault.FAILED) from None
    if ended.returncode in MISSING:
        raise NoPdf(MISSING[ended.returncode])
    if ended.returncode or not ended.stdout.startswith(BEGINNING) or len(ended.stdout) > LARGEST_PDF:
        log.warning("no PDF: the process ended with %d", ended.returncode)
        raise NoPdf(PdfFault.FAILED)
    return ended.stdout
