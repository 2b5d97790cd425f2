"""Bytes of strangers' letters as text: whatever they say they are, something readable comes out and nothing raises."""

import binascii
import codecs
import re
import unicodedata

KNOWN = {
    *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "koi8-r", "koi8-u", "koi8-t", "kz1048", "ptcp154", "mac-cyrillic"),
    *(f"cp125{n}" for n in range(9)),
    *("cp437", "cp850", "cp852", "cp855", "cp866", "cp874", "cp932", "cp949", "cp950", "gbk", "gb2312", "gb18030"),
    *(f"iso8859-{n}" for n in range(2, 17) if n != 12),
    *("iso2022_jp", "shift_jis", "euc_jp", "euc_kr", "big5", "mac-roman", "tis-620"),
}
"""Codecs that turn bytes into text in time that grows with their number. ASCII and Latin-1 are not believed: what is
written in them with Russian letters is in something else."""
OF_SEVEN_BITS = {"utf-16", "utf-16-le", "utf-16-be", "iso2022_jp"}
"""Codecs whose bytes may look like UTF-8 and are not."""
REPLACED = "\ufffd"
WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=(\s+(?==\?))?")
"""An encoded word of a header (RFC 2047), with the space before the next one."""
LOWER, UPPER = re.compile(rb"[\xe0-\xff]"), re.compile(rb"[\xc0-\xdf]")
"""Small and large Russian letters in cp1251; in koi8-r it is the other way round."""


def decoded(data: bytes, charset: str = "") -> str:
    """The text of these bytes: in the charset they name, if they are that, else in the likeliest one."""
    named = _codec(charset)
    if named not in OF_SEVEN_BITS and (text := _as_utf8(data)) is not None:
        return text
    if named and named != "utf-8":
        return data.decode(named, "replace")
    russian = data.decode("koi8-r" if len(UPPER.findall(data)) > len(LOWER.findall(data)) else "cp1251", "replace")
    # of a text that is UTF-8 but for a byte or two, those few are lost and no more
    mended = data.decode("utf-8", "replace")
    return mended if mended.count(REPLACED) * 10 <= len(mended) else russian


def header(value: bytes) -> str:
    """A header as people read it, its encoded words decoded; what is broken stays as it stands."""
    return words(decoded(value))


def words(value: str) -> str:
    """A text with its encoded words decoded. Neighbours of one charset are joined first: some programs cut letters."""
    found, at, held = [], 0, [("", b"")]
    for match in WORD.finditer(value):
        charset, way, inside, _ = match.groups()
        if match.start() > at:
            found += [*_text_of(held), value[at : match.start()]]
            held = [("", b"")]
        held.append((charset.partition("*")[0].lower(), _bytes_of(way, inside)))
        at = match.end()
    return "".join([*found, *_text_of(held), value[at:]])


def _text_of(held: list[tuple[str, bytes]]) -> list[str]:
    joined: list[tuple[str, bytearray]] = []
    for charset, data in held:
        if not joined or joined[-1][0] != charset:
            joined.append((charset, bytearray()))
        joined[-1][1].extend(data)
    return [decoded(bytes(data), charset) for charset, data in joined]


def _bytes_of(way: str, inside: str) -> bytes:
    raw = inside.encode("utf-8", "surrogateescape" if inside.isascii() else "replace")
    return unpacked(raw, "base64") if way in "bB" else binascii.a2b_qp(raw, header=True)


def unpacked(data: bytes, encoding: str) -> bytes:
    """Bytes as they were before they were packed for transport; what cannot be unpacked is left out."""
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    if encoding != "base64":
        return data
    clean = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    return binascii.a2b_base64(clean[: len(clean) // 4 * 4] + _rest(clean[len(clean) // 4 * 4 :]))


def _rest(ending: bytes) -> bytes:
    """The last letters of base64, filled up; a single one says nothing."""
    return ending + b"=" * (4 - len(ending)) if len(ending) > 1 else b""


def cleaned(text: str) -> str:
    """A text that can be kept and shown: lines end in one way; nothing that is unseen or turns the writing round."""
    whole = re.sub("\r\n?|[\u2028\u2029\x0b\x0c\x85]", "\n", text).replace("\u00a0", " ")
    if whole.isascii() and whole.isprintable():
        return whole
    return "".join(one for one in whole if one in "\n\t" or unicodedata.category(one)[0] != "C")


def _codec(charset: str) -> str:
    """The codec of a name that a letter gives, or nothing: Python also knows codecs that are no charsets."""
    try:
        name = codecs.lookup(charset.strip()).name if charset.isascii() and len(charset) < 40 else ""
    except (LookupError, ValueError):
        return ""
    return name if name in KNOWN else ""


def _as_utf8(data: bytes) -> str | None:
    """The text if it is UTF-8, perhaps cut off within a letter."""
    try:
        text, _ = codecs.utf_8_decode(data, "strict", False)
    except UnicodeDecodeError:
        return None
    return text
