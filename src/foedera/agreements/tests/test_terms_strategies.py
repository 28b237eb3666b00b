"""Invented term facts for the property tests: close dates, short terms and month ends, so that facts collide."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from foedera.agreements.terms import CountedFrom, EntryRule, TermColumns, TermFacts

_ENDS_OF_MONTHS = [
    date(2019, 12, 31), date(2020, 1, 30), date(2020, 1, 31), date(2020, 2, 28), date(2020, 2, 29),
    date(2020, 3, 1), date(2020, 3, 31), date(2020, 8, 31), date(2021, 2, 28), date(2024, 2, 29),
]  # fmt: skip
DAYS = st.one_of(st.dates(date(2018, 1, 1), date(2027, 12, 31)), st.sampled_from(_ENDS_OF_MONTHS))
_MAYBE_DAY = st.none() | DAYS


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""


_EXACT = st.just("") | DAYS.map(_text)
_PARTIAL = st.one_of(
    _EXACT, st.integers(2018, 2027).map(str), st.tuples(st.integers(2018, 2027), st.integers(1, 12)).map(
        lambda parts: f"{parts[0]}-{parts[1]:02d}"
    ),
)  # fmt: skip


def _lengths(longest: int) -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(0, longest)


def _pair(first: date, length: int | None) -> tuple[date, date | None]:
    return first, None if length is None else first + timedelta(days=length)


def _rarely(strategy: st.SearchStrategy[Any], nothing: Any = None) -> st.SearchStrategy[Any]:
    return st.integers(0, 7).flatmap(lambda number: strategy if number == 0 else st.just(nothing))


def _crowded(dates: st.SearchStrategy[str]) -> dict[str, st.SearchStrategy[Any]]:
    """Every fact is likely, so that they contradict each other."""
    return {
        "signed_on": dates,
        "in_force_rule": st.sampled_from([rule.slug for rule in EntryRule]),
        "in_force_delay_months": _lengths(4),
        "in_force_delay_days": _lengths(70),
        "in_force_from": dates,
        "provisional_from": st.just("") | dates,
        "last_notification_on": dates,
        "ratified_on": dates,
        "term_months": _lengths(40),
        "term_end": st.just("") | dates,
        "indefinite": st.sampled_from([None, False, False, True]),
        "tacit_renewal": st.sampled_from([None, False, True, True]),
        "renewal_months": _lengths(14),
        "later_renewal_months": _lengths(14),
        "renewal_limit": _lengths(4),
        "renewal_indefinite": st.sampled_from([None, False, False, False, True]),
        "notice_months": _lengths(13),
        "notice_days": _lengths(50),
        "nonrenewal_months": _lengths(13),
        "nonrenewal_days": _lengths(50),
        "notice_counted_from": st.sampled_from([counted.slug for counted in CountedFrom]),
        "objected_on": _MAYBE_DAY,
        "denounced_on": st.none() | _MAYBE_DAY,
        "denunciation_at_term_end": st.sampled_from([None, False, True]),
        "terminated_on": st.just("") | dates,
        "superseded_on": st.none() | _MAYBE_DAY,
        "suspensions": st.lists(st.builds(_pair, DAYS, st.none() | st.integers(-5, 500)), max_size=3).map(tuple),
    }


def _living(dates: st.SearchStrategy[str]) -> dict[str, st.SearchStrategy[Any]]:
    """A signature, a term and renewals, and rarely more, so that terms follow each other."""
    fields = _crowded(dates.filter(bool))
    for name in ("in_force_from", "term_end", "terminated_on", "provisional_from"):
        fields[name] = _rarely(fields[name], "")
    for name in ("indefinite", "denounced_on", "superseded_on", "renewal_limit", "later_renewal_months"):
        fields[name] = _rarely(fields[name])
    fields["in_force_rule"] = st.sampled_from(["signature", "last_notification", "provisional_from_signature"])
    fields["term_months"] = st.integers(1, 30)
    fields["tacit_renewal"] = st.sampled_from([True, True, True, True, False, None])
    fields["renewal_indefinite"] = _rarely(st.just(True))
    fields["renewal_months"] = st.integers(1, 30)
    fields["nonrenewal_months"] = st.integers(0, 8)
    fields["objected_on"] = st.none() | _MAYBE_DAY
    fields["suspensions"] = _rarely(fields["suspensions"], ())
    return fields


def _facts(dates: st.SearchStrategy[str]) -> st.SearchStrategy[TermFacts]:
    return st.one_of(st.builds(TermFacts, **_living(dates)), st.builds(TermFacts, **_crowded(dates)))


def living_facts() -> st.SearchStrategy[TermFacts]:
    """Facts precise to the day of agreements that mostly run and renew themselves."""
    return st.builds(TermFacts, **_living(_EXACT))


def exact_facts() -> st.SearchStrategy[TermFacts]:
    """Facts whose dates are all precise to the day."""
    return _facts(_EXACT)


def any_facts() -> st.SearchStrategy[TermFacts]:
    """Facts with dates of every precision."""
    return _facts(_PARTIAL)


@given(exact_facts())
def test_exact_facts_hold_no_coarse_date(facts: TermFacts) -> None:
    assert not TermColumns.from_facts([facts]).coarse().any()
