"""Dates, numbers and lengths of time in both languages."""

import datetime

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from foedera.platform.pages.wording import (
    day_markup,
    day_words,
    days_left_words,
    machine_date,
    number_words,
    time_left_words,
)


@pytest.mark.parametrize(
    ("language", "value", "style", "words"),
    [
        ("en", "1954", "short", "1954"),
        ("en", "1954-03", "short", "Mar 1954"),
        ("en", "1954-03-17", "short", "17 Mar 1954"),
        ("en", "1954-03-17", "long", "17 March 1954"),
        ("ru", "1954", "long", "1954"),
        ("ru", "1954-03", "short", "03.1954"),
        ("ru", "1954-03-17", "short", "17.03.1954"),
        ("ru", "1954-03-17", "long", "17 марта 1954"),
        ("ru", datetime.date(1954, 3, 17), "short", "17.03.1954"),
        ("en", datetime.datetime(2026, 9, 11, 9, 42), "short", "11 Sep 2026, 09:42"),  # noqa: DTZ001
        ("en", None, "short", ""),
        ("en", "1954-13-40", "short", "1954-13-40"),
        ("en", "between the wars", "long", "between the wars"),
    ],
)
def test_dates_stand_in_the_readers_manner(language: str, value: str, style: str, words: str) -> None:
    with override(language):
        assert day_words(value, style) == words  # type: ignore[arg-type]  # the styles of the table


@given(st.dates(), st.sampled_from(["en", "ru"]))
def test_a_machine_reads_back_every_date(date: datetime.date, language: str) -> None:
    with override(language):
        assert f'datetime="{date.isoformat()}"' in day_markup(date)
        assert datetime.date.fromisoformat(machine_date(date.isoformat())) == date


@given(st.text(max_size=40))
def test_oddities_are_shown_escaped(text: str) -> None:
    with override("en"):
        assert "<script" not in day_markup(f"<script>{text}")


@pytest.mark.parametrize(
    ("days", "english", "russian"),
    [
        (None, "no date", "без даты"),
        (0, "today", "сегодня"),
        (1, "1 day left", "остался 1 день"),
        (2, "2 days left", "осталось 2 дня"),
        (11, "11 days left", "осталось 11 дней"),
        (21, "21 days left", "остался 21 день"),
        (-1, "1 day overdue", "просрочено на 1 день"),
        (-44, "44 days overdue", "просрочено на 44 дня"),
    ],
)
def test_days_left_have_real_plurals(days: int | None, english: str, russian: str) -> None:
    with override("en"):
        assert days_left_words(days) == english
    with override("ru"):
        assert days_left_words(days) == russian


def test_numbers_are_grouped() -> None:
    with override("en"):
        assert number_words(4312) == "4,312"
    with override("ru"):
        assert number_words(4312) == "4\xa0312"


def test_time_left() -> None:
    with override("en"):
        assert time_left_words(30) == "less than a minute left"
        assert time_left_words(240) == "about 4 minutes left"
        assert time_left_words(3 * 3600) == "about 3 hours left"
