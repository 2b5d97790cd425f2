"""Files as people scan and photograph them, as small as they get; and large ones."""

from base64 import b64decode
from zlib import compress, crc32

PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"
JPEG = b64decode(  # eight white pixels by eight, as Chromium writes them
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP////////////////////////////////////////////////////////////////////////////"
    "//////////2wBDAf//////////////////////////////////////////////////////////////////////////////////////wAARCAAI"
    "AAgDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EAB"
    "QRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AKAA/9k="
)


def chunk(name: bytes, data: bytes) -> bytes:
    """A part of a PNG, with its checksum."""
    return len(data).to_bytes(4) + name + data + crc32(name + data).to_bytes(4)


PNG_PARTS = {
    b"IHDR": b"\0\0\0\1\0\0\0\1\x08\0\0\0\0",
    b"tEXt": b"Comment\0",
    b"IDAT": compress(b"\0\xff"),
    b"IEND": b"",
}
PNG = b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, data) for name, data in PNG_PARTS.items())


def pdf_of(size: int, *, filled: bytes = b"%") -> bytes:
    """A PDF of so many bytes."""
    return PDF[:9] + (filled * size)[: size - len(PDF)] + PDF[9:]
