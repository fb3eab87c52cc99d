"""What sentences are about, told on sentences written before any of them was tried."""

import pytest

from halves.listen.embeddings import embedding
from halves.listen.errors import BackEndUnknown
from halves.listen.meaning import Meanings, examples, given_away
from halves.listen.minilm.model import is_installed
from halves.listen.minilm.words import word_pieces

SAID = {
    "price": [
        "We could never get that sum past accounting this quarter",
        "Is there anything cheaper in your range?",
        "Fifty euros a month is steep for a shop our size",
    ],
    "trust": [
        "I read some bad reviews about you",
        "Can somebody vouch for you?",
        "I'd want to see where my money ends up",
    ],
    "timing": [
        "Ask me again in the autumn",
        "We're swamped until Christmas",
        "I'd rather wait a while before I commit",
    ],
    "need": [
        "We get by without it",
        "I already support another charity",
        "I'm not convinced it would change anything for us",
    ],
    "authority": [
        "The final word is with our managing director",
        "I'd better ask my partner before I say yes",
        "Our legal people have to look at it",
    ],
    "risk": [
        "What would we do if your servers went down?",
        "I'm nervous about giving my bank details",
        "Suppose it fails, do we get our money back?",
    ],
    "effort": [
        "That seems like a huge amount of paperwork",
        "How many days would the installation take?",
        "Half my crew can barely use e-mail",
    ],
    "fit": [
        "Will it run on our old computers?",
        "We sell fish, not software, so would it suit us?",
        "It can't do multi-currency, can it?",
    ],
    "belonging": [
        "Are your other customers small farms too?",
        "I doubt I'm the sort of person you usually work with",
        "Everyone there is younger than me",
    ],
    "aspiration": [
        "I'd love for us to be the place young chefs want to work",
        "We want to become a zero-waste company",
        "I hope to be someone my daughters look up to",
    ],
    "": [
        "Morning, can you hear me okay?",
        "Great to see you again",
        "Yes, send it over",
        "My train was late",
        "Fantastic",
        "I have a dog",
        "Cheers, bye",
        "Thursday at ten suits me",
    ],
}


def told(name: str) -> tuple[int, int]:
    """How many of the 38 are told right, and how many as something that they are not."""
    ours = embedding(name)
    ours.learn([one for many in examples().values() for one in many])
    pairs = [(kind, words) for kind, many in SAID.items() for words in many]
    found = Meanings(ours).of([words for _, words in pairs], ["en"] * len(pairs))
    right = sum(
        (one.is_heard and one.kind == kind) or (not kind and not one.is_heard)
        for one, (kind, _) in zip(found, pairs, strict=True)
    )
    wrong = sum(
        one.is_heard and one.kind not in ("", kind)
        for one, (kind, _) in zip(found, pairs, strict=True)
    )
    return right, wrong


@pytest.mark.skipif(not is_installed(), reason="halves[listen] is not installed")
def test_by_meaning_most_are_told_right_and_few_wrong():
    right, wrong = told("minilm")

    assert right >= 26
    assert wrong <= 3


def test_by_words_some_are_told_right_and_the_unsure_are_left_unknown():
    right, wrong = told("tfidf")

    assert right >= 12
    assert wrong <= 10


@pytest.mark.parametrize(
    ("words", "language", "kind"),
    [
        ("Das ist uns zu teuer.", "de", "price"),
        ("No lo necesitamos.", "es", "need"),
        ("Je dois demander à mon patron.", "fr", "authority"),
        ("É para empresas como nós?", "pt", "belonging"),
        ("Is this for people like us?", "en", "belonging"),
    ],
)
def test_words_give_a_kind_away_in_five_languages(words, language, kind):
    assert kind in given_away(words, language)


def test_another_way_to_compare_is_refused_by_name():
    with pytest.raises(BackEndUnknown, match="'word2vec'"):
        embedding("word2vec")


@pytest.mark.skipif(not is_installed(), reason="halves[listen] is not installed")
@pytest.mark.parametrize(
    ("words", "ids"),
    [  # from the tokenizer.json that was published with the model
        ("It's too expensive for us!", [101, 2009, 1005, 1055, 2205, 6450, 2005, 2149, 999, 102]),
        ("Ünïcödé naïve 日本 €5", [101, 27260, 15743, 1864, 1876, 1574, 2629, 102]),
        ("unaffordable", [101, 14477, 4246, 8551, 3085, 102]),
        ("a\u200bb\tc", [101, 11113, 1039, 102]),
    ],
)
def test_words_are_the_numbers_that_the_model_was_trained_with(words, ids):
    assert word_pieces().encode(words).ids == ids
