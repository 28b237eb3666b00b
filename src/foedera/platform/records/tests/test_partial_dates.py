"""Partial dates: what is understood, what is refused, what they may mean and how they read."""

from __future__ import annotations

import calendar
from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foedera.platform.records import partial_dates
from foedera.platform.records.partial_dates import PartialDateError

CANONICAL = st.one_of(
    st.integers(1, 9999).map(lambda year: f"{year:04d}"),
    st.tuples(st.integers(1, 9999), st.integers(1, 12)).map(lambda parts: f"{parts[0]:04d}-{parts[1]:02d}"),
    st.dates().map(date.isoformat),
)


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        (None, ""), ("", ""), ("  ", ""),
        ("1954", "1954"), ("1954-03", "1954-03"), ("1954-3", "1954-03"), ("1954-03-17", "1954-03-17"),
        ("1954/3/7", "1954-03-07"), ("03.1954", "1954-03"), ("17.03.1954", "1954-03-17"), ("7.3.1954", "1954-03-07"),
        ("17/03/1954", "1954-03-17"), ("29.02.2020", "2020-02-29"),
        ("March 1954", "1954-03"), ("mar 1954", "1954-03"), ("Sept. 1954", "1954-09"), ("17 March 1954", "1954-03-17"),
        ("March 17, 1954", "1954-03-17"), ("17th of March, 1954", "1954-03-17"),
        ("март 1954", "1954-03"), ("марта 1954 г.", "1954-03"), ("МАРТ 1954 года", "1954-03"),
        ("17 марта 1954 года", "1954-03-17"), ("17  мая 1954 г", "1954-05-17"), ("1954 год", "1954"), ("1954 г.", "1954"),
        ("17 de março de 1954", "1954-03-17"), ("março de 1954", "1954-03"), ("17. März 1954", "1954-03-17"),
        ("2020-01-31T00:00:00", "2020-01-31"), ("2020-01-31 00:00:00", "2020-01-31"),
        (date(1954, 3, 17), "1954-03-17"), (datetime(1954, 3, 17, 23, 59), "1954-03-17"),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_typed_dates_become_canonical(typed: str | date | None, canonical: str) -> None:
    assert partial_dates.parse(typed) == canonical


@pytest.mark.parametrize(
    "typed",
    ["54", "17.03.54", "0000", "1954-13", "13.1954", "00.1954", "30.02.1954", "29.02.2021", "1954-00-10", "March",
     "17 Brumaire 1954", "1954-1955", "12345", "١٩٥٤", "soon", "2020-01-31T23:59:00", "1954-03-17 or so", "-1954",
     "1954-03-", "x" * 10_000],
)  # fmt: skip
def test_what_is_no_date_is_refused(typed: str) -> None:
    with pytest.raises(PartialDateError):
        partial_dates.parse(typed)


@pytest.mark.parametrize("text", ["", "1954-3", "17.03.1954", "1954-02-30", "March 1954", "1954\n"])
def test_only_canonical_texts_have_bounds(text: str) -> None:
    with pytest.raises(PartialDateError):
        partial_dates.bounds(text)
    if text:
        with pytest.raises(PartialDateError, match="Row 1"):
            partial_dates.bounds_of(["1954", text])


def test_a_long_text_among_many_is_refused_and_not_cut() -> None:
    for text in ("1954-03-177", "1954-03-17" + "x" * 500):
        with pytest.raises(PartialDateError, match="Row 2"):
            partial_dates.bounds_of(["1954", "", text])


def test_bounds() -> None:
    assert partial_dates.bounds("1954") == (date(1954, 1, 1), date(1954, 12, 31))
    assert partial_dates.bounds("2020-02") == (date(2020, 2, 1), date(2020, 2, 29))
    assert partial_dates.bounds("1954-03-17") == (date(1954, 3, 17), date(1954, 3, 17))
    assert [partial_dates.precision(text) for text in ("1954", "1954-03", "1954-03-17")] == ["year", "month", "day"]


@given(CANONICAL)
def test_canonical_texts_stay_and_can_be_read_again(text: str) -> None:
    assert partial_dates.parse(text) == text
    first, last = partial_dates.bounds(text)
    assert first <= last
    assert (last - first).days in (0, 27, 28, 29, 30, 364, 365)
    if first.year >= 1000:
        for language in ("en", "ru", "pt"):
            assert partial_dates.parse(partial_dates.display(text, language)) == text


@given(st.lists(st.none() | st.just("") | CANONICAL, max_size=40))
def test_bounds_of_many_are_those_of_each(texts: list[str | None]) -> None:
    low, high = partial_dates.bounds_of(texts)
    assert low.dtype == high.dtype == np.dtype("datetime64[D]")
    expected = [partial_dates.bounds(text) if text else (None, None) for text in texts]
    assert list(zip(low.tolist(), high.tolist(), strict=True)) == expected


@given(st.integers(0, 10_000), st.integers(0, 14), st.integers(0, 33))
def test_many_and_one_refuse_the_same(year: int, month: int, day: int) -> None:
    text = f"{year:04d}-{month:02d}-{day:02d}"
    exists = 1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
    if exists:
        assert partial_dates.bounds_of([text])[0].item() == date(year, month, day)
    else:
        with pytest.raises(PartialDateError):
            partial_dates.bounds_of([text])
        with pytest.raises(PartialDateError):
            partial_dates.parse(text)


@given(CANONICAL, CANONICAL)
def test_texts_of_one_precision_sort_as_their_days(first: str, second: str) -> None:
    if len(first) == len(second):
        assert (first < second) == (partial_dates.bounds(first) < partial_dates.bounds(second))


def test_dates_read_in_words() -> None:
    words = {
        ("1954", "en"): "1954", ("1954-03", "en"): "March 1954", ("1954-03-17", "en"): "17 March 1954",
        ("1954", "ru"): "1954 год", ("1954-03", "ru"): "март 1954 года", ("1954-03-17", "ru"): "17 марта 1954 года",
        ("1954-03-17", "pt-br"): "17 de março de 1954", ("", "ru"): "",
    }  # fmt: skip
    for (text, language), expected in words.items():
        assert partial_dates.display(text, language) == expected
