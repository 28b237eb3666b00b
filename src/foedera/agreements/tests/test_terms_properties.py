"""Properties of the term engine on invented facts."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from foedera.agreements.terms import (
    IN_FORCE_STATUSES,
    Evaluation,
    Reason,
    Status,
    TermColumns,
    TermFacts,
    evaluate,
    evaluate_one,
    spans,
)
from foedera.agreements.terms.facts import PARTIAL_DATES
from foedera.agreements.terms.months import add_months, period_end, whole_months
from foedera.agreements.tests.test_terms_strategies import DAYS, any_facts, exact_facts, living_facts
from foedera.platform.records import partial_dates

EVERY_DAY = np.arange("2017-12-30", "2030-01-02", dtype="datetime64[D]")
FOUR_CENTURIES = timedelta(days=146_097)
MONTHS = st.integers(0, 600)


def on_every_day(facts: TermFacts, expiring_days: int = 180) -> Evaluation:
    """Return the evaluation of one agreement on each of EVERY_DAY."""
    columns = TermColumns.from_facts([facts]).take(np.zeros(len(EVERY_DAY), dtype=np.int64))
    return evaluate(columns, EVERY_DAY, expiring_days=expiring_days)


def same(first: Evaluation, second: Evaluation) -> bool:
    """Return whether two evaluations hold the same values."""
    return all(
        np.array_equal(getattr(first, name), getattr(second, name), equal_nan=getattr(first, name).dtype.kind == "M")
        for name in Evaluation.__slots__
    )


@settings(max_examples=100, deadline=None)
@given(any_facts(), st.sampled_from([0, 1, 30, 180, 400]))
def test_spans_give_the_status_of_every_day(facts: TermFacts, expiring_days: int) -> None:
    found = spans(TermColumns.from_facts([facts]), expiring_days)
    days = EVERY_DAY.view(np.int64)
    status = found.statuses[np.searchsorted(found.starts.view(np.int64), days, "right") - 1]
    assert status.tolist() == on_every_day(facts, expiring_days).status.tolist()


@settings(max_examples=80, deadline=None)
@given(st.lists(any_facts(), min_size=1, max_size=30), DAYS)
def test_spans_of_many_are_those_of_each(facts: list[TermFacts], day: date) -> None:
    columns = TermColumns.from_facts(facts)
    many = spans(columns)
    assert list(many) == [spans(TermColumns.from_facts([each])).of(0) for each in facts]
    assert [many.of(row) for row in range(len(many))] == list(many)
    assert many.on(day).tolist() == evaluate(columns, day).status.tolist()


@settings(max_examples=100, deadline=None)
@given(any_facts())
def test_spans_are_few_ordered_and_differ(facts: TermFacts) -> None:
    starts, statuses = spans(TermColumns.from_facts([facts])).of(0)
    assert starts[0] == date(1, 1, 1)
    assert starts == sorted(set(starts))
    assert all(before != after for before, after in pairwise(statuses))
    assert len(starts) <= 20 + 4 * len(facts.suspensions)


@settings(max_examples=80, deadline=None)
@given(any_facts(), st.lists(st.dates(), min_size=1, max_size=20))
def test_spans_hold_from_the_first_to_the_last_year(facts: TermFacts, days: list[date]) -> None:
    columns = TermColumns.from_facts([facts] * len(days))
    as_of = np.array([*days], dtype="datetime64[D]")
    assert spans(columns).on(as_of).tolist() == evaluate(columns, as_of).status.tolist()


@settings(max_examples=80, deadline=None)
@given(st.lists(any_facts(), min_size=1, max_size=30), DAYS)
def test_one_by_one_equals_all_at_once(facts: list[TermFacts], day: date) -> None:
    found = evaluate(TermColumns.from_facts(facts), day)
    for row, each in enumerate(facts):
        one = evaluate_one(each, day)
        number = int(found.renewal_number[row])
        assert (one.status, one.reason, one.ending) == (found.status[row], found.reason[row], found.ending[row])
        assert one.renewal_number == (None if number < 0 else number)
        assert one.warnings == found.warnings[row]
        assert one.provisional == found.provisional[row]
        for name in (
            "current_term_start", "current_term_end", "next_renewal", "notice_deadline", "last_safe_day", "ends_on",
        ):  # fmt: skip
            assert getattr(one, name) == getattr(found, name)[row].item()


@settings(max_examples=80, deadline=None)
@given(any_facts(), DAYS)
def test_the_calculation_reads_in_every_case(facts: TermFacts, day: date) -> None:
    sentences = evaluate_one(facts, day).sentences
    assert sentences
    assert all(sentence.endswith(".") and "%(" not in sentence for sentence in sentences)


@settings(max_examples=60, deadline=None)
@given(any_facts(), st.data())
def test_a_status_from_coarse_dates_holds_for_every_true_date(facts: TermFacts, data: st.DataObject) -> None:
    def some_true_day(text: str) -> str:
        if not text:
            return ""
        first, last = partial_dates.bounds(text)
        return data.draw(st.one_of(st.dates(first, last), st.sampled_from([first, last]))).isoformat()

    found = on_every_day(facts)
    for _ in range(3):
        drawn: dict[str, Any] = {name: some_true_day(getattr(facts, name)) for name in PARTIAL_DATES}
        true = on_every_day(replace(facts, **drawn))
        certain = found.status != Status.UNKNOWN
        assert (found.status[certain] == true.status[certain]).all()
        told = found.reason != Reason.DATE_TOO_COARSE
        assert (found.reason[told] == true.reason[told]).all()
        for name in ("current_term_start", "current_term_end", "next_renewal", "last_safe_day", "ends_on"):
            day, true_day = getattr(found, name), getattr(true, name)
            stated = certain & ~np.isnat(day)
            assert (day[stated] == true_day[stated]).all(), name
        numbered = found.renewal_number >= 0
        assert (found.renewal_number[numbered] == true.renewal_number[numbered]).all()
        # Warnings only tell what is so whatever the true days are.
        assert not (found.warnings & ~true.warnings).any()


@settings(max_examples=80, deadline=None)
@given(exact_facts(), DAYS)
def test_four_centuries_later_all_is_the_same(facts: TermFacts, day: date) -> None:
    def later(value: object) -> object:
        if isinstance(value, date):
            return value + FOUR_CENTURIES
        if isinstance(value, str):
            return (date.fromisoformat(value) + FOUR_CENTURIES).isoformat() if value else ""
        return None

    dated = (*PARTIAL_DATES, "objected_on", "denounced_on", "superseded_on")
    moved: dict[str, Any] = {name: later(getattr(facts, name)) for name in dated}
    moved["suspensions"] = tuple((later(begin), later(until)) for begin, until in facts.suspensions)
    now, then = evaluate_one(facts, day), evaluate_one(replace(facts, **moved), day + FOUR_CENTURIES)
    assert (now.status, now.reason, now.renewal_number, now.warnings, now.ending) == (
        then.status, then.reason, then.renewal_number, then.warnings, then.ending,
    )  # fmt: skip
    for name in ("current_term_start", "current_term_end", "next_renewal", "last_safe_day", "ends_on"):
        assert later(getattr(now, name)) == getattr(then, name)


@settings(max_examples=100, deadline=None)
@given(any_facts())
def test_the_last_safe_day_comes_before_the_deadline_and_the_renewal(facts: TermFacts) -> None:
    found = on_every_day(facts)
    stated = ~np.isnat(found.last_safe_day)
    assert (found.last_safe_day[stated] <= found.notice_deadline[stated]).all()
    both = stated & ~np.isnat(found.next_renewal)
    assert (found.notice_deadline[both] < found.next_renewal[both]).all()
    renewed = ~np.isnat(found.next_renewal)
    assert (found.next_renewal[renewed] > EVERY_DAY[renewed]).all()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(living_facts(), DAYS)
def test_an_objection_by_the_deadline_prevents_the_renewal_and_a_day_later_does_not(
    facts: TermFacts, day: date
) -> None:
    facts = replace(facts, objected_on=None, denunciation_at_term_end=None)
    before = evaluate_one(facts, day)
    known = facts.nonrenewal_months is not None or facts.nonrenewal_days is not None
    assume(before.notice_deadline is not None and before.next_renewal is not None and known)
    assert before.notice_deadline is not None
    assert before.next_renewal is not None
    objected = evaluate_one(replace(facts, objected_on=before.notice_deadline), day)
    assert objected.next_renewal is None
    assert objected.ends_on is not None
    assert objected.ends_on < before.next_renewal
    late = evaluate_one(replace(facts, objected_on=before.notice_deadline + timedelta(days=1)), day)
    assert late.next_renewal == before.next_renewal


@settings(max_examples=100, deadline=None)
@given(exact_facts(), st.integers(0, 3))
def test_one_more_renewal_never_shortens(facts: TermFacts, limit: int) -> None:
    fewer = evaluate_one(replace(facts, renewal_limit=limit), date(2020, 1, 1))
    more = evaluate_one(replace(facts, renewal_limit=limit + 1), date(2020, 1, 1))
    none = evaluate_one(replace(facts, tacit_renewal=False, renewal_indefinite=None), date(2020, 1, 1))
    if more.ends_on is not None and fewer.ends_on is not None:
        assert more.ends_on >= fewer.ends_on
    tacit = evaluate_one(replace(facts, tacit_renewal=True, renewal_indefinite=None), date(2020, 1, 1))
    if tacit.ends_on is not None and none.ends_on is not None:
        assert tacit.ends_on >= none.ends_on


@settings(max_examples=100, deadline=None)
@given(exact_facts())
def test_what_has_ended_stays_ended(facts: TermFacts) -> None:
    status = on_every_day(facts).status
    over = np.flatnonzero((status == Status.EXPIRED) | (status == Status.TERMINATED))
    if over.size:
        assert np.isin(status[over[0] :], [Status.EXPIRED, Status.TERMINATED, Status.NOT_YET_IN_FORCE]).all()
    terminated = np.flatnonzero(status == Status.TERMINATED)
    if terminated.size:
        assert (status[terminated[0] :] == Status.TERMINATED).all()


@settings(max_examples=100, deadline=None)
@given(exact_facts(), DAYS)
def test_a_termination_changes_nothing_before_it_but_expiring(facts: TermFacts, day: date) -> None:
    without = replace(facts, terminated_on="")
    ended = on_every_day(replace(facts, terminated_on=day.isoformat()))
    open_end = on_every_day(without)
    before = np.datetime64(day) > EVERY_DAY
    assert (ended.status[~before] == Status.TERMINATED).all()
    # It may only shorten what is to come, or show that an agreement of no recorded duration was in force.
    changed = before & (ended.status != open_end.status)
    assert np.isin(ended.status[changed], [*IN_FORCE_STATUSES, Status.SUSPENDED]).all()


@settings(max_examples=100, deadline=None)
@given(any_facts())
def test_terms_follow_each_other_without_gap(facts: TermFacts) -> None:
    found = on_every_day(replace(facts, suspensions=()))
    number, start, end = found.renewal_number, found.current_term_start, found.current_term_end
    changes = np.flatnonzero((number[1:] == number[:-1] + 1) & (number[:-1] >= 0))
    for at in changes:
        if not np.isnat(end[at]) and not np.isnat(start[at + 1]):
            assert end[at] + 1 == start[at + 1] == EVERY_DAY[at + 1]
            assert np.isnat(found.next_renewal[at]) or found.next_renewal[at] == EVERY_DAY[at + 1]


@settings(max_examples=60, deadline=None)
@given(st.lists(any_facts(), min_size=1, max_size=20), DAYS, st.randoms(use_true_random=False))
def test_rows_do_not_touch_each_other(facts: list[TermFacts], day: date, random: object) -> None:
    columns = TermColumns.from_facts(facts)
    backwards = np.arange(len(facts))[::-1]
    there = evaluate(columns, day)
    back = evaluate(columns.take(backwards), day)
    assert same(there, Evaluation(*(getattr(back, name)[::-1] for name in Evaluation.__slots__)))


@given(st.dates(date(1600, 1, 1), date(2400, 1, 1)), MONTHS)
def test_month_arithmetic(day: date, months: int) -> None:
    begin, count = np.array([day], "datetime64[D]").view(np.int64), np.array([months])
    after, end = add_months(begin, count), period_end(begin, count + 1)
    assert whole_months(begin, end)[0] == months
    assert whole_months(begin, end + 1)[0] == months + 1
    assert after[0] <= add_months(begin, count + 1)[0]
    assert add_months(add_months(begin, count), -count)[0] <= begin[0]
    assert end[0] - period_end(begin, count)[0] in (28, 29, 30, 31)
    assert add_months(begin, count)[0] - 1 <= period_end(begin, count)[0] <= add_months(begin, count)[0]
    assert add_months(begin, count + 4800)[0] == after[0] + FOUR_CENTURIES.days


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "Europe/Moscow", "America/Sao_Paulo"])
def test_neither_zone_nor_clock_takes_part(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = TermFacts(signed_on="2014-03-12", in_force_rule="signature", term_months=60, tacit_renewal=True,
                      renewal_months=12, nonrenewal_months=6)  # fmt: skip
    here = evaluate_one(facts, date(2020, 3, 11))
    stored = spans(TermColumns.from_facts([facts])).of(0)
    before = os.environ.get("TZ")
    try:
        os.environ["TZ"] = zone
        time.tzset()
        monkeypatch.setattr(time, "time", lambda: 4_000_000_000.0)
        assert evaluate_one(facts, date(2020, 3, 11)) == here
        assert spans(TermColumns.from_facts([facts])).of(0) == stored
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()
