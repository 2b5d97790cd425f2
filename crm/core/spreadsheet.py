"""Tables that leave the house as CSV, as spreadsheets in Russia open them: UTF-8 with a mark, semicolons.

The only writer: a cell that a spreadsheet would take for a formula is made harmless here (CWE-1236).
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator

MARK = "\ufeff"
TYPE = "text/csv; charset=utf-8"
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
NUMBER = re.compile(r"[+-]\d[\d ().,-]*")
"""Phones and numbers: their sign can do nothing, and an apostrophe would spoil them."""


def guarded(value: str) -> str:
    """The text of a cell that no spreadsheet calculates."""
    if FORMULA.match(value) and not NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def written(batches: Iterable[Iterable[Iterable[str]]]) -> Iterator[bytes]:
    """The table, batch of rows by batch, so that no more than one of them is held."""
    yield MARK.encode()
    for batch in batches:
        part = io.StringIO()
        writer = csv.writer(part, delimiter=";", lineterminator="\r\n")
        writer.writerows([guarded(cell) for cell in row] for row in batch)
        yield part.getvalue().encode()
