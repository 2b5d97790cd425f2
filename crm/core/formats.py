"""What a file really is: told by its content, never by its name or by what a browser says of it.

The whole of a file is walked, so a file cut short or of another kind is refused while somebody who can choose another
is still there; nothing is unpacked or drawn. No library is asked: puremagic and filetype compare first bytes only, and
what draws pictures or reads PDF brings far more code that strangers' files could hurt than these few lines.
"""

import re
from enum import StrEnum
from zlib import crc32

PNG_BEGINNING, JPEG_BEGINNING = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
PDF_BEGINNING, PDF_END = b"%PDF-", b"%%EOF"
PDF_WINDOW = 1024
"""As readers of PDF do, a little is allowed before its first line and after its last."""
PADDING = b"\0\t\n\r "
JPEG_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")
"""Markers that begin or end something: no stuffed, filling or restarting ones."""
START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
MOST_PARTS = 20_000
"""Parts of a picture that are walked; one made of more is made to keep us busy."""


class FileKind(StrEnum):
    """The kinds of files that are kept."""

    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"


def kind_of(content: bytes) -> FileKind | None:
    """The kind of a whole file; None if it is of no kind that is kept, or not whole."""
    if content.startswith(PNG_BEGINNING):
        return FileKind.PNG if _is_png(content) else None
    if content.startswith(JPEG_BEGINNING):
        return FileKind.JPEG if _is_jpeg(content) else None
    return FileKind.PDF if _is_pdf(content) else None


def _is_pdf(content: bytes) -> bool:
    """A first line and a last one (ISO 32000, 7.5)."""
    return PDF_BEGINNING in content[:PDF_WINDOW] and PDF_END in content.rstrip(PADDING)[-PDF_WINDOW:]


def _is_jpeg(content: bytes) -> bool:
    """Segment after segment to the end of the image (ITU-T T.81, annex B). Telephones write things of their own after
    it, so what follows is not looked at."""
    at, has_frame, is_in_scan = len(JPEG_BEGINNING) - 1, False, False
    for _ in range(MOST_PARTS):
        marker = JPEG_MARKER.search(content, at)
        if marker is None or not (is_in_scan or content[at : marker.start()].strip(b"\xff") == b""):
            return False
        code, at = marker[1][0], marker.end()
        if code == END_OF_IMAGE:
            return is_in_scan
        has_frame = has_frame or code in START_OF_FRAME
        is_in_scan = is_in_scan or (code == START_OF_SCAN and has_frame)
        at += int.from_bytes(content[at : at + 2])
    return False


def _is_png(content: bytes) -> bool:
    """Chunk after chunk, each with its checksum, from header to end and nothing behind it (ISO 15948, 5)."""
    view, at, names = memoryview(content), len(PNG_BEGINNING), set[bytes]()
    for _ in range(MOST_PARTS):
        end = at + 12 + int.from_bytes(view[at : at + 4])
        name = bytes(view[at + 4 : at + 8])
        is_whole = end <= len(view) and crc32(view[at + 4 : end - 4]) == int.from_bytes(view[end - 4 : end])
        if not is_whole or (not names and name != b"IHDR"):
            return False
        names.add(name)
        if name == b"IEND":
            return b"IDAT" in names and end == len(view)
        at = end
    return False
