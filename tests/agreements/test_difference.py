"""What changed between two editions, word by word."""

import random

import pytest

from crm.agreements.difference import difference, folded, plain
from tests.agreements.test_pages import publish

OLD = "<h2>Срок</h2><p>Мы храним данные 365 дней &amp; ночей.</p><ul><li>раз</li></ul>"
NEW = "<h2>Срок</h2><p>Мы храним ваши данные 730 дней &amp; ночей.</p><ul><li>раз</li><li>два</li></ul>"


def texts(kind):
    return [piece.text.strip() for piece in difference(OLD, NEW) if piece.kind == kind]


def test_words_that_came_and_went_are_named():
    assert (texts("gone"), texts("new")) == (["365"], ["ваши", "730", "• два"])


@pytest.mark.parametrize(("left_out", "whole"), [("new", OLD), ("gone", NEW)])
def test_the_pieces_make_up_either_text(left_out, whole):
    pieces = difference(OLD, NEW)
    assert "".join(piece.text for piece in pieces if piece.kind != left_out) == plain(whole)


def table(*rows):
    return "<table>" + "".join(f"<tr><td>{row}</td></tr>" for row in rows) + "</table>"


FIRST, SECOND = (
    table("первая цель", "что делают", "кому", "сколько"),
    table("вторая цель", "что делают", "кому", "сколько"),
)
END = "<p>конец</p>"


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_alike_tables_a_whole_one_is_new_or_gone(turned):
    texts = [FIRST + END, FIRST + SECOND + END]
    kind = "gone" if turned else "new"
    (changed,) = [piece for piece in difference(*(reversed(texts) if turned else texts)) if piece.kind != "same"]
    assert (changed.kind, changed.text) == (kind, "вторая цель\nчто делают\nкому\nсколько\n")


@pytest.mark.parametrize("seed", range(200))
def test_the_pieces_of_any_two_texts_make_up_either(seed):
    rng = random.Random(seed)  # noqa: S311 - made-up texts, the same ones every time
    older, newer = ("".join(rng.choice(["<p>а</p>", "<p>б в</p>", "<p>а б</p>"]) for _ in range(12)) for _ in "ab")
    pieces = difference(older, newer)
    for left_out, whole in (("new", older), ("gone", newer)):
        assert "".join(piece.text for piece in pieces if piece.kind != left_out) == plain(whole)


def test_equal_texts_have_no_difference():
    assert {piece.kind for piece in difference(OLD, OLD)} == {"same"}


def test_a_very_long_text_is_compared_by_paragraphs():
    long = "<p>" + "</p><p>".join(f"абзац {n} " * 20 for n in range(800)) + "</p>"
    changed = long.replace("абзац 400 ", "глава 400 ", 1)
    assert len([piece for piece in difference(long, changed) if piece.kind == "new"]) == 1


SHAPES = {
    "<p>одна\nстрока</p>\n<p>другая</p>": "одна строка\nдругая\n",
    "<p>а</p>\n<h3>б</h3>\n<p>в</p>": "а\n\nб\nв\n",
    "<ul>\n<li>а</li>\n<li>б</li>\n</ul>": "• а\n• б\n",
    "<table>\n<tr>\n<td>а</td>\n<td>б</td>\n</tr>\n</table>": "а — б\n",
    "<pre><code>а\n  б\n</code></pre>": "а\nб\n",
}


@pytest.mark.parametrize(("document", "text"), SHAPES.items())
def test_a_document_is_read_line_by_line(document, text):
    assert plain(document) == text


def test_what_is_far_from_any_change_is_set_apart_and_nothing_is_lost():
    older = "".join(f"<p>абзац {n}</p>" for n in range(30))
    pieces = difference(older, older.replace("абзац 15", "глава 15"))
    shown = list(folded(pieces))
    assert "".join(piece.text for piece in shown) == "".join(piece.text for piece in pieces)
    assert [(piece.kind, piece.lines) for piece in shown if piece.kind == "far"] == [("far", 13), ("far", 13)]


def test_a_short_text_is_shown_whole():
    assert {piece.kind for piece in folded(difference(OLD, NEW))} == {"same", "gone", "new"}


def test_letters_that_look_like_markup_stay_letters():
    assert plain("<p>&lt;script&gt; &amp;amp;</p>") == "<script> &amp;\n"


def test_staff_see_what_changed_since_the_edition_before(owner):
    publish(owner, "consent", "Храним год: {{company}}")
    publish(owner, "consent", "Храним два года: {{company}}")
    page = owner.get("/settings/documents/consent/difference").text
    assert "<del>год: </del><ins>два года: </ins>" in page


def test_any_two_editions_can_be_compared(owner, ours):
    publish(owner, "policy", "Первая: {{company}}")
    publish(owner, "policy", "Вторая: {{company}}")
    answer = owner.fill("/settings/documents/policy/difference", button="Сравнить")
    assert "<del>Первая: </del><ins>Вторая: </ins>" in answer.text


def test_a_made_up_edition_is_not_found(owner):
    assert owner.get("/settings/documents/consent/difference?newer=00").status_code == 404
