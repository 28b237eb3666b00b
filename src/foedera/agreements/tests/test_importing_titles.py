"""Which other state a title names, or that it cannot be told. Titles are from the registers or made alike."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foedera.agreements.importing.titles import other_state

OWN = {
    "de": ["der Schweiz", "der Schweizerischen Eidgenossenschaft", "dem Schweizerischen Bundesrat"],
    "fr": ["la Suisse", "la Confédération suisse", "le Conseil fédéral suisse"],
    "ru": ["Российской Федерации", "СССР", "Союза Советских Социалистических Республик"],
    "en": ["the United Kingdom", "Great Britain"],
}


@pytest.mark.parametrize(
    ("language", "title", "code"),
    [
        ("de", "Vertrag vom 13. Mai 1874 zwischen der Schweiz und Belgien über die Auslieferung", "BE"),
        ("de", "Abkommen zwischen der Republik Indonesien und der Schweizerischen Eidgenossenschaft", "ID"),
        (
            "de",
            "Abkommen zwischen dem Schweizerischen Bundesrat und der Regierung der Französischen Republik über X",
            "FR",
        ),
        (
            "de",
            "Abkommen zwischen der Schweiz und dem Vereinigten Königreich von Grossbritannien und Nordirland über X",
            "GB",
        ),
        ("de", "Vertrag zwischen der Schweiz und dem Grossherzogtum Baden betreffend Eisenbahnen", "X-BADEN"),
        ("de", "Freihandelsabkommen zwischen der Schweizerischen Eidgenossenschaft und der Volksrepublik China", "CN"),
        ("fr", "Accord du 3 décembre 1998 entre la Confédération suisse et le Canada sur la reconnaissance", "CA"),
        (
            "fr",
            "Accord entre le Conseil fédéral suisse et le Gouvernement de la République française relatif à X",
            "FR",
        ),
        ("ru", "СОГЛАШЕНИЕ между Правительством Российской Федерации и Правительством Республики Армения о Х", "AM"),
        ("ru", "СОГЛАШЕНИЕ между Правительством Российской Федерации и Правительством Киргизской Республики о Х", "KG"),
        (
            "ru",
            "между Министерством науки, высшей школы и политики Российской Федерации и Министерством Монголии о Х",
            "MN",
        ),
        (
            "ru",
            "между Правительством Союза Советских Социалистических Республик и Правительством Республики Корея о Х",
            "KR",
        ),
        ("en", "Convention between Great Britain and Spain, for the Establishment of Copyrights", "ES"),
    ],
)
def test_the_one_other_state_is_found(language: str, title: str, code: str) -> None:
    assert other_state({language: title}, OWN, "1995-01-01").code == code


@pytest.mark.parametrize(
    ("language", "title", "why"),
    [
        ("de", "Welturheberrechts-Abkommen vom 6. September 1952", "pattern"),
        ("de", "Vertrag zwischen der Schweiz, Österreich und Italien über X", "pattern"),
        ("de", "Vertrag zwischen der Schweiz und Österreich und Italien über X", "several"),
        ("de", "Vertrag zwischen der Schweiz und dem Square Kilometre Array Observatory über X", "none"),
        ("de", "Vertrag zwischen der Schweiz und der Republik China über X", "several"),
        ("de", "Vertrag zwischen der Schweiz und der Demokratischen Republik Korea über X", "several"),
        ("ru", "СОГЛАШЕНИЕ о межгосударственном обмене информацией", "pattern"),
        ("ru", "между Правительством СССР и Европейской Организацией Ядерных Исследований о Х", "none"),
    ],
)
def test_where_it_cannot_be_told_nothing_is_guessed(language: str, title: str, why: str) -> None:
    named = other_state({language: title}, OWN, "1995-01-01")
    assert (named.code, named.why) == ("", why)


def test_languages_must_not_contradict_each_other() -> None:
    german = "Vertrag zwischen der Schweiz und Belgien über X"
    assert other_state({"de": german, "fr": "Traité entre la Suisse et la Belgique sur X"}, OWN, "").code == "BE"
    assert other_state({"de": german, "fr": "Traité entre la Suisse et l'Italie sur X"}, OWN, "").why == "several"
    assert other_state({"de": german, "fr": "Traité sur X"}, OWN, "").code == "BE"


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=200), st.sampled_from(["de", "fr", "ru", "en", "xx"]))
def test_any_text_gives_an_answer(text: str, language: str) -> None:
    assert other_state({language: f"zwischen der Schweiz und {text}"}, OWN, "1900").why in (
        "",
        "pattern",
        "none",
        "several",
    )
