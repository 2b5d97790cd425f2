"""The parts of a letter as it came (MIME), found in bounded time and memory whatever the bytes are.

The library's own parser is not used on strangers' letters: it recurses as deep as they nest, compares each line with
every boundary above it, and its readers of addresses take minutes for a header of a megabyte. Here a part is a stretch
of the bytes, nothing is copied before it is wanted, and everything is looked at only so far.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from crm.mail import charsets

HEADER_BYTES, HEADER_LINES = 2_000_000, 20_000
"""Of the letter's own headers; a part's are read to PART_BYTES."""
PART_BYTES, PART_LINES = 64_000, 500
LONGEST_VALUE, LONGEST_PARAMETERS = 20_000, 3_000
MOST_OF_A_NAME = 5
"""Headers of one name that are kept."""
MOST_PACKED = 2_000_000
DEEPEST, MOST_PARTS, MOST_TRIES = 10, 200, 5_000
"""Levels of parts, parts, and places that look like a boundary."""
PARAMETER = re.compile(r""";\s*([^=;\s"]{1,60})\s*=\s*(?:"((?:[^"\\]|\\.)*+)"?|([^;]*))""", re.DOTALL)


@dataclass(frozen=True)
class Part:
    """One part: its headers by small name, and where its body stands among the bytes."""

    headers: dict[str, list[bytes]]
    raw: bytes = field(repr=False)
    start: int
    end: int
    depth: int = 0

    def raw_header(self, name: str) -> bytes:
        """The first header of this name as it came; empty if there is none."""
        return next(iter(self.headers.get(name, [])), b"")

    def header(self, name: str) -> str:
        """The first header of this name as text, encoded words and all."""
        return charsets.decoded(self.raw_header(name)).strip()

    @property
    def kind(self) -> str:
        """text/plain and the like, in small letters."""
        named = self.header("content-type").partition(";")[0].strip().lower()
        return named if re.fullmatch(r"[\w.+-]{1,80}/[\w.+-]{1,80}", named, re.ASCII) else "text/plain"

    def parameter(self, header: str, name: str) -> str:
        """A parameter of a header, put together where it is cut into pieces (RFC 2231)."""
        found: dict[str, str] = {}
        for match in PARAMETER.finditer(self.header(header)[:LONGEST_PARAMETERS]):
            key, quoted, bare = match.groups()
            value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare.strip()
            found.setdefault(key.lower(), value)
        if name in found:
            return charsets.words(found[name])
        return _joined(
            [found[key] for key in _pieces(name) if key in found], is_coded=f"{name}*" in found or f"{name}*0*" in found
        )

    @property
    def is_attached(self) -> bool:
        """Whether it is said to be a file."""
        return self.header("content-disposition").lower().startswith("attachment")

    @property
    def file_name(self) -> str:
        """The name of a file, as it is said."""
        return self.parameter("content-disposition", "filename") or self.parameter("content-type", "name")

    def content(self, most: int) -> bytes:
        """The beginning of the body, unpacked: so many bytes of what came."""
        encoding = self.header("content-transfer-encoding").lower()
        return charsets.unpacked(self.raw[self.start : min(self.end, self.start + most)], encoding)

    def text(self, most: int) -> str:
        """The beginning of the body as text."""
        return charsets.cleaned(charsets.decoded(self.content(most), self.parameter("content-type", "charset")))


@dataclass
class Reading:
    """How much of a letter has been looked at: what is left out is told."""

    parts: int = 0
    tries: int = 0
    is_cut: bool = False

    def children(self, part: Part) -> Iterator[Part]:
        """The parts of a part, while there is patience for them."""
        if part.depth >= DEEPEST:
            self.is_cut = True
        elif part.kind == "message/rfc822":
            self.parts += 1
            yield _enclosed(part)
        elif part.kind.startswith("multipart/"):
            for start, end in self._stretches(part):
                if self.parts >= MOST_PARTS:
                    self.is_cut = True
                    return
                self.parts += 1
                yield _part(part.raw, start, end, part.depth + 1)

    def _stretches(self, part: Part) -> Iterator[tuple[int, int]]:
        """Where the parts between the boundaries begin and end."""
        boundary = part.parameter("content-type", "boundary")[:200].encode("utf-8", "replace")
        if not boundary:
            return
        mark, began, at = b"--" + boundary, -1, part.start
        while (found := part.raw.find(mark, at, part.end)) >= 0:
            self.tries += 1
            if self.tries > MOST_TRIES:
                self.is_cut = True
                break
            at, behind = found + len(mark), part.raw[found + len(mark) : found + len(mark) + 2]
            if found > part.start and part.raw[found - 1 : found] != b"\n":
                continue
            if behind[:1] not in (b"\n", b" ", b"\t", b"") and behind != b"--":
                continue
            if began >= 0:
                yield began, max(began, found - 1)
            line_end = part.raw.find(b"\n", at, part.end)
            began = -1 if behind == b"--" or line_end < 0 else line_end + 1
            if began < 0:
                return
        if began >= 0:
            yield began, part.end


def opened(raw: bytes, *, depth: int = 0) -> Part:
    """A whole letter. Its lines end in one way from here on."""
    raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in raw else raw
    start = 0
    if raw.startswith((b"From ", b">From ")):  # of a mailbox file
        start = raw.find(b"\n") + 1 or len(raw)
    return _part(raw, start, len(raw), depth, HEADER_BYTES, HEADER_LINES)


def _enclosed(part: Part) -> Part:
    """The letter within a letter. It is seldom packed, and then only by a program that knew no better."""
    if part.header("content-transfer-encoding").lower() in ("base64", "quoted-printable"):
        return opened(part.content(MOST_PACKED), depth=part.depth + 1)
    start = part.start + 1 if part.raw.startswith(b"\n", part.start) else part.start
    return _part(part.raw, min(start, part.end), part.end, part.depth + 1)


def _part(raw: bytes, start: int, end: int, depth: int, most: int = PART_BYTES, lines: int = PART_LINES) -> Part:
    """The part that stands here; without an empty line all of it are headers."""
    if raw.startswith(b"\n", start):
        return Part({}, raw, min(start + 1, end), end, depth)
    blank = raw.find(b"\n\n", start, end)
    stop = end if blank < 0 else blank
    block = raw[start : min(stop, start + most)]
    return Part(_headers(block, lines), raw, end if blank < 0 else blank + 2, end, depth)


def _headers(block: bytes, most: int) -> dict[str, list[bytes]]:
    """Headers by name. A line that goes on belongs to the one before."""
    found: dict[str, list[bytes]] = {}
    held: list[bytes] | None = None
    for line in block.split(b"\n", most)[:most]:
        if line[:1] in (b" ", b"\t"):
            if held and len(held[-1]) < LONGEST_VALUE:
                held[-1] += b" " + line[:LONGEST_VALUE].strip()
            continue
        name, colon, value = line[: LONGEST_VALUE + 100].partition(b":")
        held = None
        if colon and len(name) < 100:
            named = found.setdefault(name.strip().lower().decode("ascii", "replace"), [])
            if len(named) < (1000 if name.lower() == b"received" else MOST_OF_A_NAME):
                named.append(value.strip()[:LONGEST_VALUE])
                held = named
    return found


def _pieces(name: str) -> Iterator[str]:
    yield f"{name}*"
    for n in range(50):
        yield from (f"{name}*{n}*", f"{name}*{n}")


def _joined(pieces: list[str], *, is_coded: bool) -> str:
    whole = "".join(pieces)
    if not is_coded:
        return whole
    charset, _, rest = whole.partition("'")
    return charsets.decoded(unquote_to_bytes(rest.partition("'")[2] or whole), charset)
