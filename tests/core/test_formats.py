"""The kind of a file is told by the whole of its content."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.core.formats import MOST_PARTS, FileKind, kind_of
from tests.core.scans import JPEG, PDF, PNG, PNG_PARTS, chunk

WHOLE = {"pdf": PDF, "jpeg": JPEG, "png": PNG}
SCAN = JPEG.index(b"\xff\xda")
GOOD = {
    "pdf with a little before it": ("pdf", b"\n" * 500 + PDF),
    "pdf with a little after it": ("pdf", PDF + b"<!-- sent by a copier -->" + b"\0" * 5000),
    "jpeg with fill bytes": ("jpeg", JPEG[:2] + b"\xff\xff" + JPEG[2:]),
    "jpeg with a telephone's own after it": ("jpeg", JPEG + b"SEFH" + JPEG + b"SEFT"),
    "jpeg with restarts": ("jpeg", JPEG[:-2] + b"\xff\xd0\x12\xff\x00\xff\xd7" + JPEG[-2:]),
    "jpeg that is a page too": ("jpeg", JPEG[:2] + b"\xff\xfe\x00\x1a<script>alert(1)</script" + JPEG[2:] + PDF),
    "pdf that is a page too": ("pdf", b"<script>alert(1)</script>\n" + PDF),
}
BAD = {
    **{f"{kind} cut in half": whole[: len(whole) // 2] for kind, whole in WHOLE.items()},
    **{f"only the beginning of a {kind}": whole[:8] for kind, whole in WHOLE.items()},
    "nothing": b"",
    "words": "Согласие".encode(),
    "a page": b"<!doctype html><title>x</title>",
    "a drawing": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a program": b"MZ\x90\0\x03",
    "an archive": b"PK\x03\x04\x14\0",
    "gif": b"GIF89a\1\0\1\0\0\0\0;",
    "pdf too far in": b" " * 1025 + PDF,
    "pdf with much after it": PDF + b"x" * 1025,
    "pdf without its end": PDF.replace(b"%%EOF", b""),
    "jpeg without its end": JPEG[:-2],
    "jpeg cut after its scan began": JPEG[: SCAN + 14],
    "jpeg with the end in place of the picture": JPEG[:SCAN] + JPEG[-2:],
    "jpeg without a frame": JPEG.replace(b"\xff\xc0", b"\xff\xe5"),
    "jpeg of a beginning and an end": b"\xff\xd8\xff\xd9",
    "jpeg that begins with rubbish": JPEG[:2] + b"\xff\xe0\0\2rubbish" + JPEG[2:],
    "png with something behind it": PNG + b"<script>",
    "png without its end": PNG[:-12],
    "png without a picture": PNG[:8] + chunk(b"IHDR", PNG_PARTS[b"IHDR"]) + chunk(b"IEND", b""),
    "png without a header": PNG[:8] + chunk(b"IDAT", b"") + chunk(b"IEND", b""),
    "png with a changed byte": PNG.replace(b"Comment", b"Comrade"),
    "png with a part without end": PNG[:8] + b"\xff\xff\xff\xff" + PNG[12:],
}
ENDLESS = {
    "fill bytes": JPEG[:2] + b"\xff" * 100_000,
    "fill bytes in the scan": JPEG[:-2] + b"\xff" * 100_000,
    "restarts": JPEG[:-2] + b"\xff\xd0" * 2_500_000,
    "segments": JPEG[:2] + b"\xff\xe0\0\2" * 1_250_000 + JPEG[2:],
    "markers in the scan": JPEG[:-2] + b"\xff\xe0\0\2" * 1_250_000 + JPEG[-2:],
    "chunks": PNG[:33] + chunk(b"tEXt", b"") * 400_000 + PNG[33:],
    "padding": b"%PDF-" + b"\0" * 5_000_000,
}


@pytest.mark.parametrize(("kind", "content"), [*WHOLE.items(), *GOOD.values()], ids=[*WHOLE, *GOOD])
def test_a_whole_file_is_told(kind, content):
    assert kind_of(content) == FileKind(kind)


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_anything_else_is_none(content):
    assert kind_of(content) is None


@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_a_picture_cut_anywhere_is_none(kind):
    assert [n for n in range(len(WHOLE[kind])) if kind_of(WHOLE[kind][:n])] == []


@pytest.mark.parametrize("content", ENDLESS.values(), ids=ENDLESS)
def test_no_file_keeps_us_busy(content):
    began = time.process_time()
    kind_of(content)
    assert time.process_time() - began < 0.5


def test_a_picture_of_many_parts_is_still_one():
    parts = MOST_PARTS - len(PNG_PARTS)
    assert kind_of(PNG[:33] + chunk(b"tEXt", b"") * parts + PNG[33:]) is FileKind.PNG
    assert kind_of(PNG[:33] + chunk(b"tEXt", b"") * (parts + 1) + PNG[33:]) is None


@given(whole=st.sampled_from([*WHOLE.values()]), changes=st.dictionaries(st.integers(0, 60), st.integers(0, 255)))
def test_damage_never_breaks_us(whole, changes):
    damaged = bytearray(whole)
    for position, value in changes.items():
        damaged[position] = value
    assert kind_of(bytes(damaged)) in {None, *FileKind}
