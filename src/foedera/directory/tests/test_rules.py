"""Rules of the directory: ranges of days, how surely a fact held, names compared, states and sessions by dates."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from foedera.directory.rules import (
    Holding,
    day_after,
    during,
    holding,
    is_overdue,
    last_day,
    name_key,
    session_due,
    state_on,
)
from foedera.platform.records.partial_dates import bounds

days = st.dates(min_value=datetime.date(1800, 1, 1), max_value=datetime.date(2100, 12, 31))


@st.composite
def partial(draw: st.DrawFn) -> str:
    """A partial date of any precision, or none."""
    day = draw(days).isoformat()
    return draw(st.sampled_from(["", day[:4], day[:7], day]))


@given(partial(), partial(), days)
def test_a_day_is_in_the_range_when_it_lies_between_the_bounds(begin: str, end: str, day: datetime.date) -> None:
    assume(not (begin and end) or bounds(end)[1] >= bounds(begin)[0])
    within = (not begin or bounds(begin)[0] <= day) and (not end or day <= bounds(end)[1])
    assert (day in during(begin, end)) == within


@given(days, days)
def test_an_end_before_the_beginning_is_refused(one: datetime.date, other: datetime.date) -> None:
    assume(one < other)
    with pytest.raises(ValueError, match="before"):
        during(other.isoformat(), one.isoformat())


def test_the_range_stays_open_at_the_last_day_there_is() -> None:
    assert during("", "9999").upper is None


@given(partial(), partial(), days, st.integers(0, 400))
def test_a_fact_never_held_outside_its_range_and_may_have_held_inside(
    begin: str, end: str, first: datetime.date, length: int
) -> None:
    assume(not (begin and end) or bounds(end)[1] >= bounds(begin)[0])
    last = first + datetime.timedelta(days=length)
    found = holding(begin, end, first, last)
    span = during(begin, end)
    touches = (span.lower is None or span.lower <= last) and (span.upper is None or span.upper > first)
    assert (found is Holding.NEVER) == (not touches)


@given(days, days, days, st.integers(0, 60))
def test_with_exact_days_nothing_is_only_possible(
    begin: datetime.date, end: datetime.date, first: datetime.date, length: int
) -> None:
    assume(begin <= end)
    last = first + datetime.timedelta(days=length)
    held = [first + datetime.timedelta(days=n) for n in range(length + 1)]
    on = [begin <= day <= end for day in held]
    expected = Holding.WHOLE if all(on) else Holding.PART if any(on) else Holding.NEVER
    assert holding(begin.isoformat(), end.isoformat(), first, last) is expected


@pytest.mark.parametrize(
    ("begin", "end", "first", "last", "expected"),
    [
        ("", "", "2025-03-01", "2025-03-31", Holding.WHOLE),
        ("2025-03-15", "", "2025-03-01", "2025-03-31", Holding.PART),
        ("2025", "", "2025-03-01", "2025-03-31", Holding.POSSIBLE),
        ("2025", "", "2025-01-01", "2025-12-31", Holding.PART),
        ("2024", "", "2025-03-01", "2025-03-31", Holding.WHOLE),
        ("2025-03", "2025-03", "2025-01-01", "2025-12-31", Holding.PART),
        ("2025", "2025", "2025-03-01", "2025-03-01", Holding.POSSIBLE),
        ("", "2025-02", "2025-03-01", "2025-03-31", Holding.NEVER),
    ],
)
def test_how_surely_a_fact_held(begin: str, end: str, first: str, last: str, expected: Holding) -> None:
    fromisoformat = datetime.date.fromisoformat
    assert holding(begin, end, fromisoformat(first), fromisoformat(last)) is expected


def test_ends_of_profiles_are_the_first_day_no_longer() -> None:
    assert last_day("1991-12-26") == "1991-12-25"
    assert last_day("2016-03-01") == "2016-02-29"
    assert last_day("2016-03") == "2016-03"
    assert last_day("") == ""


@given(days)
def test_the_day_after_the_last_day_is_the_first_day_no_longer(day: datetime.date) -> None:
    assert day_after(last_day(day.isoformat())) == day.isoformat()


def test_names_are_compared_without_case_accents_and_marks() -> None:
    assert name_key("São  Paulo") == name_key("SAO-PAULO")
    assert name_key("Орёл (область)") == name_key("орел область")
    assert name_key("Йошкар-Ола") != name_key("Иошкар-Ола")
    assert name_key("℠ – Sm") == name_key("sm sm")


@given(st.text(max_size=400))
def test_the_key_of_a_key_is_itself(text: str) -> None:
    key = name_key(text)
    assert name_key(key).strip() == key.strip()
    assert len(key) <= 300


@pytest.mark.parametrize(
    ("state", "begin", "end", "expected"),
    [
        ("active", "", "", "active"),
        ("active", "2030", "", "planned"),
        ("active", "", "2026-03-16", "closed"),
        ("active", "", "2026-03", "active"),
        ("changing", "", "2026-03-17", "changing"),
        ("closed", "", "2026-12-31", "active"),
        ("draft", "", "2020", "draft"),
        ("archived", "", "2020", "archived"),
    ],
)
def test_the_state_follows_from_the_dates(state: str, begin: str, end: str, expected: str) -> None:
    assert state_on(state, begin, end, datetime.date(2026, 3, 17)) == expected


def test_a_session_is_due_months_after_the_last_possible_day_of_the_last_one() -> None:
    assert session_due("2024-02-29", 12) == datetime.date(2025, 2, 28)
    assert session_due("2024-01", 1) == datetime.date(2024, 2, 29)
    assert session_due("2024", 12) == datetime.date(2025, 12, 31)
    assert session_due("", 12) is None
    assert session_due("2024", None) is None
    assert session_due("9999-06", 12) is None


def test_a_format_is_overdue_only_when_its_last_session_is_known_and_it_still_exists() -> None:
    on = datetime.date(2026, 3, 17)
    assert is_overdue("", "2025-03-16", 12, on)
    assert not is_overdue("", "2025-03-17", 12, on)
    assert not is_overdue("", "", 12, on)
    assert not is_overdue("2026-01-01", "2020", 12, on)
    assert not is_overdue("", "2027", 1, on)
