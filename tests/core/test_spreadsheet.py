"""Tables that leave the house hold no formula."""

import csv
import io

import pytest

from crm.core import spreadsheet


def read(table):
    text = b"".join(spreadsheet.written(table)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "=cmd|'/c calc'!A0",
        "+cmd|x",
        "@SUM(A1)",
        "-2+3+cmd|x",
        " =1",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
        "+7=1",
        "-",
    ],
)
def test_a_formula_is_made_harmless(cell):
    assert spreadsheet.guarded(cell) == f"'{cell}"


@pytest.mark.parametrize(
    "cell", ["", "Пётр Лугов", "+7 912 345-67-89", "+79123456789", "-5", "-1,5", "24.11.2026", "a=b", "№ 1"]
)
def test_other_cells_stay_as_they_are(cell):
    assert spreadsheet.guarded(cell) == cell


def test_the_table_can_be_read_again():
    rows = [["Имя", 'ООО "Ромашка"; и другие'], ["строка\nвторая", "1"]]
    assert read([rows[:1], rows[1:]]) == rows


def test_it_begins_with_the_mark_by_which_spreadsheets_know_utf_8():
    assert b"".join(spreadsheet.written([[["а", "б"]]])) == b"\xef\xbb\xbf" + "а;б\r\n".encode()


def test_no_more_than_one_batch_is_held():
    read_so_far = []

    def batches():
        for n in range(3):
            read_so_far.append(n)
            yield [[str(n)]]

    parts = spreadsheet.written(batches())
    next(parts), next(parts)
    assert read_so_far == [0]
