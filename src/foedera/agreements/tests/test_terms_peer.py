"""A plain peer of the term engine: one row, dates precise to the day, term by term, in standard Python.

It shares no code with the engine, follows the definitions in words (`foedera.agreements.terms`), and is what the engine
is compared with, here for equality and in `benchmarks/terms.py` for time.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from foedera.agreements.terms import EntryRule, Status, TermColumns, TermFacts, evaluate, evaluate_one
from foedera.agreements.tests.test_terms_strategies import DAYS, exact_facts

DAY = timedelta(days=1)


def same_day(day: date, months: int) -> date | None:
    """Return the day of the same number so many months later, None if that month is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return None if day.day > calendar.monthrange(year, month + 1)[1] else date(year, month + 1, day.day)


def last_of_month(day: date, months: int) -> date:
    """Return the last day of the month so many months later."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def after(day: date, months: int | None, days: int | None) -> date:
    """Return the day on which a period ends whose first day is not counted."""
    return (same_day(day, months or 0) or last_of_month(day, months or 0)) + (days or 0) * DAY


def term_end(begin: date, months: int) -> date:
    """Return the last day of a period whose first day counts."""
    following = same_day(begin, months)
    return following - DAY if following else last_of_month(begin, months)


def deadline(end: date, months: int | None, days: int | None) -> date:
    """Return the last day for a notice before the end of a term."""
    return after(end - (days or 0) * DAY, -(months or 0), 0)


def on(text: str) -> date | None:
    """Return the day of a date precise to the day."""
    return date.fromisoformat(text) if text else None


def entry_of(facts: TermFacts) -> tuple[date | None, date | None]:
    """Return the definitive entry into force and the first day of provisional application."""
    signed, notified, ratified = on(facts.signed_on), on(facts.last_notification_on), on(facts.ratified_on)
    rule = EntryRule[facts.in_force_rule.upper()] if facts.in_force_rule else EntryRule.NOT_RECORDED
    provisional = on(facts.provisional_from)
    fact: date | None = None
    if rule in (EntryRule.SIGNATURE, EntryRule.LAST_SIGNATURE, EntryRule.NTH_SIGNATURE):
        fact = signed
    elif rule == EntryRule.AFTER_SIGNATURE:
        delayed = facts.in_force_delay_months is not None or facts.in_force_delay_days is not None
        fact = signed if delayed else None
    elif rule == EntryRule.LAST_NOTIFICATION:
        fact = notified
    elif rule == EntryRule.RATIFICATION:
        fact = ratified
    elif rule == EntryRule.PROVISIONAL_FROM_SIGNATURE:
        fact = max((day for day in (notified, ratified) if day), default=None)
        provisional = provisional or signed
    entry = on(facts.in_force_from)
    if entry is None and fact is not None:
        entry = after(fact, facts.in_force_delay_months, facts.in_force_delay_days)
    return entry, provisional


def plain_status(facts: TermFacts, day: date, expiring_days: int = 180) -> Status:
    """Return the status on a day, as the definitions say."""
    terminated = on(facts.terminated_on)
    if terminated and day >= terminated:
        return Status.TERMINATED
    entry, provisional = entry_of(facts)
    signed = on(facts.signed_on)
    begins = min((each for each in (entry, provisional) if each), default=None)
    recorded_end = on(facts.term_end)
    first_end = recorded_end
    if first_end is None and facts.term_months and entry:
        first_end = term_end(entry, facts.term_months)
    tacit = facts.tacit_renewal
    if tacit is None and facts.renewal_indefinite:
        tacit = True
    contradictory = bool(first_end) and (
        (tacit is False and facts.renewal_indefinite is True)
        or (facts.indefinite is True and not (tacit and facts.renewal_indefinite))
    )

    def nth_end(number: int) -> date:
        assert first_end is not None
        if number == 0:
            return first_end
        first, later = facts.renewal_months or 0, facts.later_renewal_months or facts.renewal_months or 0
        months = first + (number - 1) * later
        if recorded_end is None:
            assert entry is not None
            return term_end(entry, (facts.term_months or 0) + months)
        return term_end(recorded_end + DAY, months)

    def stops(end: date) -> bool:
        latest = deadline(end, facts.nonrenewal_months, facts.nonrenewal_days)
        return facts.objected_on is not None and facts.objected_on <= latest

    # The last day of the terms, if they end, and the day from which it is known that they do.
    terms_end: date | None = None
    announced = date.min
    doubtful_after: date | None = None
    renewed = False
    if first_end is not None:
        objected = stops(first_end)
        if contradictory:
            doubtful_after = first_end
        elif tacit is False or facts.renewal_limit == 0:
            terms_end = first_end
        elif objected:
            terms_end, announced = first_end, facts.objected_on or date.min
        elif not tacit:
            doubtful_after = first_end
        elif facts.renewal_indefinite:
            renewed = True
        elif not facts.renewal_months:
            doubtful_after = first_end
        else:
            renewed = True
            number = 0
            stoppable = facts.renewal_limit is not None or facts.objected_on is not None
            while stoppable and terms_end is None:
                if facts.renewal_limit is not None and number >= facts.renewal_limit:
                    terms_end = nth_end(number)
                elif stops(nth_end(number)):
                    terms_end, announced = nth_end(number), facts.objected_on or date.min
                number += 1

    ends: list[tuple[date, date]] = [(terms_end, announced)] if terms_end else []
    ended: list[date] = []
    period_known = facts.notice_months is not None or facts.notice_days is not None
    if facts.denounced_on and period_known:
        last = after(facts.denounced_on, facts.notice_months, facts.notice_days)
        if facts.denunciation_at_term_end and first_end is not None:
            number = 0
            while facts.renewal_months and nth_end(number) < last:
                number += 1
            last = max(last, nth_end(number))
        ends.append((last, facts.denounced_on))
        ended.append(last)
    if facts.superseded_on:
        ends.append((facts.superseded_on - DAY, date.min))
        ended.append(facts.superseded_on - DAY)
    if terminated:
        ends.append((terminated - DAY, date.min))
    if ended and day > min(ended) and not (terms_end and terms_end <= min(ended)):
        return Status.TERMINATED
    if begins is None:
        if signed and day < signed:
            return Status.NOT_YET_IN_FORCE
        return Status.EXPIRED if terms_end and day > terms_end else Status.UNKNOWN
    if day < begins:
        return Status.NOT_YET_IN_FORCE
    if terms_end and day > terms_end:
        return Status.EXPIRED
    if doubtful_after and day > doubtful_after:
        return Status.UNKNOWN
    if facts.denounced_on and not period_known and day >= facts.denounced_on:
        return Status.UNKNOWN
    known_end = facts.denounced_on or facts.superseded_on or terminated
    if first_end is None and not facts.indefinite and not known_end and entry and day >= entry:
        return Status.UNKNOWN
    if any(begin <= day <= (until or date.max) for begin, until in facts.suspensions):
        return Status.SUSPENDED
    if any(day >= max(end - expiring_days * DAY, known) for end, known in ends):
        return Status.EXPIRING
    return Status.RENEWED if renewed and first_end and day > first_end else Status.IN_FORCE


@settings(max_examples=250, deadline=None)
@given(st.lists(exact_facts(), min_size=1, max_size=12), st.lists(DAYS, min_size=12, max_size=12))
def test_the_engine_agrees_with_the_plain_peer(facts: list[TermFacts], days: list[date]) -> None:
    as_of = np.array(days[: len(facts)], dtype="datetime64[D]")
    found = evaluate(TermColumns.from_facts(facts), as_of).status.tolist()
    assert found == [plain_status(each, day) for each, day in zip(facts, days, strict=False)]


@settings(max_examples=80, deadline=None)
@given(exact_facts(), DAYS, st.integers(0, 400))
@example(TermFacts(in_force_from="2020-02-29", term_months=12, tacit_renewal=False), date(2021, 2, 28), 0)
def test_one_row_agrees_with_the_plain_peer(facts: TermFacts, day: date, expiring_days: int) -> None:
    assert evaluate_one(facts, day, expiring_days=expiring_days).status == plain_status(facts, day, expiring_days)
