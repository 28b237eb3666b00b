"""Words of two alphabets and two languages: what a question finds, straight in the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = [pytest.mark.django_db, pytest.mark.server]


def value(sql: str, *parameters: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()[0]


def finds(typed: str, text: str, *identifiers: str) -> bool:
    """Whether the words find a text that is indexed now, with its words known as an index would know them."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM platform_search_searchword")
        cursor.execute(
            "INSERT INTO platform_search_searchword (word, folded) SELECT w, foedera_fold(w) "
            "FROM regexp_split_to_table(lower(%s), '[^[:alpha:]]+') w WHERE length(w) > 2",
            [text],
        )
    return bool(value("SELECT foedera_vector(%s, '', '', '', %s) @@ foedera_query(%s)", text, list(identifiers), typed))


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        # both languages are stemmed in one pass
        ("соглашения", "Соглашение о торговле"),
        ("торговля", "Соглашение о торговле"),
        ("agreements", "Agreement on trade"),
        ("trading", "Agreement on trade"),
        ("соглашение trade", "Соглашение: agreement on trades"),
        ("ёлка", "О праздничных елках"),
        ("елка", "Ёлка"),
        # beginnings, also those that a stem has lost
        ("согл", "Соглашение"),
        ("универ", "Университет"),
        ("universit", "Two universities"),
        ("agreem", "Agreement"),
        ("торговля согл", "Соглашение о торговле"),
        # from one alphabet to the other
        ("soglashenie", "Соглашение"),
        ("soglasheniye", "О соглашениях"),
        ("Tambov", "Тамбов"),
        ("Тамбов", "Tambov"),
        ("tambov", "Город Тамбов"),
        ("Хабаровск", "Khabarovsk"),
        ("Хабаровском", "Khabarovsk"),
        ("Khabarovsk", "Хабаровск"),
        ("Habarovsk", "Хабаровском"),
        ("Xabarovsk", "Хабаровск"),
        ("Habarovsk", "Khabarovsk"),
        ("Cheliabinsk", "Челябинск"),
        ("Chelyabinsk", "Челябинск"),
        ("Čeljabinsk", "Челябинск"),
        ("Râzanʹ", "Рязань"),
        ("Ryazan", "Рязань"),
        ("Рязань", "Ryazan"),
        ("Уфа", "Ufa"),
        ("Ufa", "Уфа"),
        ("Yugra", "Югра"),
        ("Jugra", "Югра"),
        ("Shchyolkovo", "Щёлково"),
        ("pravitelstvo", "О правительствах"),
        ("Nizhny", "Нижний Новгород"),
        ("Люксембург", "Lyuksemburg"),
        ("Sao Paulo", "São Paulo"),
        ("tamb", "Тамбов"),
        ("Хаба", "Khabarovsk"),
        # phrases and what is not wanted
        ('"тамбовская область"', "Правительство Тамбовской области"),
        ("соглашение -торговля", "Соглашение о культуре"),
        # words that say nothing stand in nobody's way
        ("соглашение о торговле и культуре", "Соглашение: культура, торговля"),
        ("the agreement on trade", "Agreement, trade"),
        ("со\u00adгла\u200bшение", "Соглашение"),
    ],
)
def test_words_find(typed: str, text: str) -> None:
    assert finds(typed, text)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("культура", "Соглашение о торговле"),
        ("торговля культура", "Соглашение о торговле"),
        ('"область тамбовская"', "Правительство Тамбовской области"),
        ("соглашение -торговля", "Соглашение о торговле"),
        ("глашение", "Соглашение"),
        ("Tambov", "Томск"),
        ("of the", "Agreement of the parties"),
        ("-торговля", "Соглашение"),
        ("соглаш культура", "Соглашение"),
        ("", "Соглашение"),
        ("\u200b\u00ad", "Соглашение"),
        ("!!! ??? &|()<->:* ''", "Соглашение"),
    ],
)
def test_words_do_not_find(typed: str, text: str) -> None:
    assert not finds(typed, text)


@pytest.mark.parametrize("typed", ["AG-000123", "ag-000123", "№ 15/24-СЖ".replace(" ", ""), "15/24-сж", "MISSION-Q886"])
def test_identifiers_are_found_as_a_whole(typed: str) -> None:
    assert finds(typed, "Agreement", "AG-000123", "№ 15/24-СЖ", "MISSION-Q886")


@pytest.mark.parametrize("typed", ["000123", "AG-00012 trade", "24-СЖ", "Q88 agreement"])
def test_parts_of_identifiers_are_not(typed: str) -> None:
    assert not finds(typed, "Agreement", "AG-000123", "№ 15/24-СЖ", "MISSION-Q886")


def test_weights_order_by_field() -> None:
    ranks = [
        value(
            "SELECT ts_rank(foedera_vector(%s, %s, %s, %s, '{}'), foedera_query('trade'))",
            *("trade" if n == i else "" for n in range(4)),
        )
        for i in range(4)
    ]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == 4


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=600).filter(lambda t: "\x00" not in t and not any("\ud800" <= c <= "\udfff" for c in t)))
def test_whatever_is_typed_is_a_question(typed: str) -> None:
    assert value("SELECT coalesce(length(foedera_query(%s)::text), 0) >= 0", typed)
    assert value("SELECT length(foedera_identifier_query(%s)::text) > 0", typed)
    assert value("SELECT length(foedera_vector(%s, %s, '', '', ARRAY[%s])::text) >= 0", typed, typed, typed)


def test_very_long_texts_are_cut_and_not_refused() -> None:
    assert value("SELECT length(foedera_query(%s)::text) < 20000", "соглашение " * 20_000)
    long = " ".join(f"слово{n}" for n in range(400_000))
    assert value("SELECT pg_column_size(foedera_vector(%s, %s, %s, %s, '{}')) < 1048576", long, long, long, long)
    whole = "SELECT pg_column_size(foedera_whole('', array_agg(to_tsvector('simple', t)))) FROM (SELECT string_agg(n::text, ' ') t FROM "
    assert value(f"{whole} generate_series(1, 300000) n GROUP BY n %% 20) p") < 1048576
