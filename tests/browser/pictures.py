"""A screenshot as a PNG with a palette of 256 colours: half the size or less, and nobody sees a difference."""

import struct
import zlib
from collections import Counter, defaultdict
from operator import itemgetter

SIGNATURE = b"\x89PNG\r\n\x1a\n"
Colour = tuple[int, ...]


def small(png: bytes) -> bytes:
    """The same picture (8-bit RGB, as browsers make it) with its commonest colours only."""
    chunks = _chunks(png)
    header = chunks[b"IHDR"]
    width, height, depth, kind = struct.unpack(">IIBB", header[:10])
    assert (depth, kind) == (8, 2), "not an 8-bit RGB picture"
    rows = _rows(zlib.decompress(chunks[b"IDAT"]), width * 3, height)
    pixels = [[tuple(row[at : at + 3]) for at in range(0, width * 3, 3)] for row in rows]
    numbers, palette = _palette(Counter(pixel for row in pixels for pixel in row))
    body = b"".join(b"\0" + bytes(numbers[pixel] for pixel in row) for row in pixels)
    header = header[:9] + b"\3" + header[10:]
    parts = {b"IHDR": header, b"PLTE": bytes(sum(palette, ())), b"IDAT": zlib.compress(body, 9), b"IEND": b""}
    return SIGNATURE + b"".join(map(_chunk, parts, parts.values()))


def _palette(colours: Counter[Colour]) -> tuple[dict[Colour, int], list[Colour]]:
    """128 commonest colours, 128 more for families of rare ones, and which of them stands for each colour."""
    palette = [colour for colour, _ in colours.most_common(128)]
    families: dict[Colour, Counter[Colour]] = defaultdict(Counter)
    for colour in colours.keys() - set(palette):
        families[tuple(part >> 4 for part in colour)][colour] = colours[colour]
    palette += [max(family, key=family.__getitem__) for family in sorted(families.values(), key=Counter.total)[-128:]]

    def nearest(colour: Colour) -> int:
        distances = (sum((a - b) ** 2 for a, b in zip(colour, one, strict=True)) for one in palette)
        return min(enumerate(distances), key=itemgetter(1))[0]

    return {colour: nearest(colour) for colour in colours}, palette


def _chunks(png: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    at = len(SIGNATURE)
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        found[name] = found.get(name, b"") + png[at + 8 : at + 8 + length]
        at += length + 12
    return found


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _rows(data: bytes, stride: int, height: int) -> list[bytearray]:
    """The rows with their filters taken off (PNG specification, chapter 9)."""
    above, rows = bytearray(stride), []
    for start in range(0, height * (stride + 1), stride + 1):
        kind, row = data[start], bytearray(data[start + 1 : start + 1 + stride])
        for at in range(stride):
            left, corner = (row[at - 3], above[at - 3]) if at >= 3 else (0, 0)
            row[at] = (row[at] + _predicted(kind, left, above[at], corner)) & 255
        rows.append(row)
        above = row
    return rows


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    if kind < 4:
        return (0, left, up, (left + up) // 2)[kind]
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))
