"""How hard a text is to read; the figures are textstat 0.7.13's."""

import pytest

from halves.stories.reading import ease_of

PLAIN = (
    "The door is open at eight, the coffee is on, and nobody is behind with anything. "
    "Orders are sorted before you open the shop and you begin."
)


def test_a_plain_text_takes_few_years_of_school():
    assert ease_of(PLAIN) == pytest.approx(4.858, abs=1)  # it counts punctuation too


def test_of_a_few_words_nothing_can_be_said():
    assert ease_of("Have your mornings back.") is None
