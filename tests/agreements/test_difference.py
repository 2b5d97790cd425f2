"""What changed between two editions, word by word."""

import pytest

from crm.agreements.difference import difference, plain
from tests.agreements.test_pages import publish

OLD = "<h2>Срок</h2><p>Мы храним данные 365 дней &amp; ночей.</p><ul><li>раз</li></ul>"
NEW = "<h2>Срок</h2><p>Мы храним ваши данные 730 дней &amp; ночей.</p><ul><li>раз</li><li>два</li></ul>"


def texts(kind):
    return [piece.text.strip() for piece in difference(OLD, NEW) if piece.kind == kind]


def test_words_that_came_and_went_are_named():
    assert (texts("gone"), texts("new")) == (["365"], ["ваши", "730", "два"])


@pytest.mark.parametrize(("left_out", "whole"), [("new", OLD), ("gone", NEW)])
def test_the_pieces_make_up_either_text(left_out, whole):
    pieces = difference(OLD, NEW)
    assert "".join(piece.text for piece in pieces if piece.kind != left_out) == plain(whole)


def test_equal_texts_have_no_difference():
    assert {piece.kind for piece in difference(OLD, OLD)} == {"same"}


def test_a_very_long_text_is_compared_by_paragraphs():
    long = "<p>" + "</p><p>".join(f"абзац {n} " * 20 for n in range(800)) + "</p>"
    changed = long.replace("абзац 400 ", "глава 400 ", 1)
    assert len([piece for piece in difference(long, changed) if piece.kind == "new"]) == 1


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
