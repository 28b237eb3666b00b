"""Worked examples of the term engine, to be checked by hand. All agreements here are invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from foedera.agreements.terms import (
    Ending,
    Reason,
    Status,
    TermColumns,
    TermFacts,
    TermResult,
    Warnings,
    describe_reason,
    describe_status,
    describe_warnings,
    evaluate,
    evaluate_one,
    spans,
)
from foedera.platform.records.partial_dates import PartialDateError

SIGNED = TermFacts(signed_on="2014-03-12", in_force_rule="signature")
FIVE_YEARS = replace(SIGNED, term_months=60, tacit_renewal=False)
RENEWING = replace(SIGNED, term_months=60, tacit_renewal=True, renewal_months=60, nonrenewal_months=6)
FOREVER = replace(SIGNED, indefinite=True)
BY_END = TermFacts(in_force_from="2014-03-12", term_end="2019-12-31", tacit_renewal=True, renewal_months=12)


def day(text: str) -> date:
    """Return a day from its ISO text."""
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("facts", "as_of", "status"),
    [
        # A term of 60 months from 12 March 2014 ends with 11 March 2019.
        (FIVE_YEARS, "2014-03-11", Status.NOT_YET_IN_FORCE),
        (FIVE_YEARS, "2014-03-12", Status.IN_FORCE),
        (FIVE_YEARS, "2018-09-11", Status.IN_FORCE),
        (FIVE_YEARS, "2018-09-12", Status.EXPIRING),
        (FIVE_YEARS, "2019-03-11", Status.EXPIRING),
        (FIVE_YEARS, "2019-03-12", Status.EXPIRED),
        # Renewed without limit: never expiring.
        (RENEWING, "2019-03-11", Status.IN_FORCE),
        (RENEWING, "2019-03-12", Status.RENEWED),
        (RENEWING, "2999-03-12", Status.RENEWED),
        # Once only.
        (replace(RENEWING, renewal_limit=1), "2024-03-11", Status.EXPIRING),
        (replace(RENEWING, renewal_limit=1), "2024-03-12", Status.EXPIRED),
        # Five years, then year by year, twice: to 11 March 2021.
        (replace(RENEWING, renewal_months=12, renewal_limit=2), "2021-03-11", Status.EXPIRING),
        (replace(RENEWING, renewal_months=12, renewal_limit=2), "2021-03-12", Status.EXPIRED),
        # The first renewal by ten years, the next by one: 11 March 2030.
        (replace(RENEWING, renewal_months=120, later_renewal_months=12, renewal_limit=2), "2030-03-11", Status.EXPIRING),
        (replace(RENEWING, renewal_months=120, later_renewal_months=12, renewal_limit=2), "2030-03-12", Status.EXPIRED),
        # After the first term without end.
        (replace(RENEWING, renewal_months=None, renewal_indefinite=True), "2500-01-01", Status.RENEWED),
        # An objection on the last day and a day late.
        (replace(RENEWING, objected_on=day("2018-09-11")), "2019-03-12", Status.EXPIRED),
        (replace(RENEWING, objected_on=day("2018-09-12")), "2019-03-12", Status.RENEWED),
        (replace(RENEWING, objected_on=day("2018-09-12")), "2024-03-12", Status.EXPIRED),
        # The end is near from the objection on, not before anyone knew of it.
        (replace(RENEWING, nonrenewal_months=1, objected_on=day("2019-01-15")), "2019-01-14", Status.IN_FORCE),
        (replace(RENEWING, nonrenewal_months=1, objected_on=day("2019-01-15")), "2019-01-15", Status.EXPIRING),
        # Notice of termination: six months after 31 August 2020 is 28 February 2021.
        (replace(FOREVER, denounced_on=day("2020-08-31"), notice_months=6), "2020-08-30", Status.IN_FORCE),
        (replace(FOREVER, denounced_on=day("2020-08-31"), notice_months=6), "2021-02-28", Status.EXPIRING),
        (replace(FOREVER, denounced_on=day("2020-08-31"), notice_months=6), "2021-03-01", Status.TERMINATED),
        (replace(FOREVER, denounced_on=day("2020-08-31"), notice_days=90), "2020-11-29", Status.EXPIRING),
        (replace(FOREVER, denounced_on=day("2020-08-31"), notice_days=90), "2020-11-30", Status.TERMINATED),
        (replace(FOREVER, denounced_on=day("2020-08-31")), "2020-09-01", Status.UNKNOWN),
        # ... and only at the end of a term.
        (
            replace(RENEWING, denounced_on=day("2020-08-31"), notice_months=6, denunciation_at_term_end=True),
            "2024-03-11",
            Status.EXPIRING,
        ),
        (
            replace(RENEWING, denounced_on=day("2020-08-31"), notice_months=6, denunciation_at_term_end=True),
            "2024-03-12",
            Status.TERMINATED,
        ),
        # Terminated and replaced: out of force from that day.
        (replace(FOREVER, terminated_on="2020-05-05"), "2020-05-04", Status.EXPIRING),
        (replace(FOREVER, terminated_on="2020-05-05"), "2020-05-05", Status.TERMINATED),
        (replace(SIGNED, terminated_on="2020-05-05"), "2016-01-01", Status.IN_FORCE),
        (replace(FOREVER, superseded_on=day("2020-05-05")), "2020-05-05", Status.TERMINATED),
        (replace(FIVE_YEARS, superseded_on=day("2020-05-05")), "2020-05-05", Status.EXPIRED),
        # Suspended while the term runs on.
        (replace(FIVE_YEARS, suspensions=((day("2016-01-01"), day("2016-12-31")),)), "2015-12-31", Status.IN_FORCE),
        (replace(FIVE_YEARS, suspensions=((day("2016-01-01"), day("2016-12-31")),)), "2016-12-31", Status.SUSPENDED),
        (replace(FIVE_YEARS, suspensions=((day("2016-01-01"), day("2016-12-31")),)), "2017-01-01", Status.IN_FORCE),
        (replace(FIVE_YEARS, suspensions=((day("2016-01-01"), None),)), "2019-03-11", Status.SUSPENDED),
        (replace(FIVE_YEARS, suspensions=((day("2016-01-01"), None),)), "2019-03-12", Status.EXPIRED),
        # The recorded end of the first term counts; renewals run from the day after it.
        (BY_END, "2019-12-31", Status.IN_FORCE),
        (BY_END, "2020-01-01", Status.RENEWED),
        # Provisionally from signature, with nothing heard since.
        (TermFacts(signed_on="2014-03-12", in_force_rule="provisional_from_signature"), "2020-01-01", Status.IN_FORCE),
    ],
)  # fmt: skip
def test_statuses(facts: TermFacts, as_of: str, status: Status) -> None:
    assert evaluate_one(facts, day(as_of)).status is status
    assert spans(TermColumns.from_facts([facts])).on(day(as_of)).tolist() == [status]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (TermFacts(), Reason.NO_DATES),
        (TermFacts(signed_on="2014-03-12"), Reason.ENTRY_RULE_NOT_RECORDED),
        (TermFacts(in_force_rule="signature"), Reason.SIGNATURE_NOT_RECORDED),
        (TermFacts(signed_on="2014-03-12", in_force_rule="last_notification"), Reason.WAITS_FOR_LAST_NOTIFICATION),
        (TermFacts(signed_on="2014-03-12", in_force_rule="ratification"), Reason.WAITS_FOR_RATIFICATION),
        (TermFacts(signed_on="2014-03-12", in_force_rule="fixed_date"), Reason.ENTRY_DATE_NOT_RECORDED),
        (TermFacts(signed_on="2014-03-12", in_force_rule="after_signature"), Reason.ENTRY_DELAY_NOT_RECORDED),
        (SIGNED, Reason.DURATION_NOT_RECORDED),
        (replace(SIGNED, term_months=60), Reason.RENEWAL_NOT_RECORDED),
        (replace(SIGNED, term_months=60, tacit_renewal=True), Reason.RENEWAL_LENGTH_NOT_RECORDED),
        (replace(FIVE_YEARS, indefinite=True), Reason.CONTRADICTORY_DURATION),
        (replace(FOREVER, denounced_on=day("2019-01-01")), Reason.NOTICE_PERIOD_NOT_RECORDED),
        (replace(FIVE_YEARS, signed_on="2015"), Reason.DATE_TOO_COARSE),
    ],
)
def test_what_is_not_recorded_is_unknown_with_the_reason(facts: TermFacts, reason: Reason) -> None:
    found = evaluate_one(facts, date(2020, 6, 1))
    assert (found.status, found.reason) == (Status.UNKNOWN, reason)
    assert str(describe_reason(reason))
    if facts.signed_on:
        assert evaluate_one(facts, date(2013, 1, 1)).status is Status.NOT_YET_IN_FORCE


@pytest.mark.parametrize(
    ("facts", "entry"),
    [
        (SIGNED, "2014-03-12"),
        (replace(SIGNED, in_force_from="2014-01-01"), "2014-01-01"),
        (replace(SIGNED, in_force_rule="after_signature", in_force_delay_days=30), "2014-04-11"),
        (replace(SIGNED, in_force_rule="last_notification", last_notification_on="2014-12-31",
                 in_force_delay_months=2), "2015-02-28"),
        (replace(SIGNED, in_force_rule="ratification", ratified_on="2015-01-31", in_force_delay_months=1,
                 in_force_delay_days=1), "2015-03-01"),
        (replace(SIGNED, in_force_rule="provisional_from_signature", last_notification_on="2015-06-01",
                 ratified_on="2015-07-01"), "2015-07-01"),
    ],
)  # fmt: skip
def test_entry_into_force(facts: TermFacts, entry: str) -> None:
    found = evaluate_one(replace(facts, indefinite=True), date(2020, 1, 1))
    assert found.status is Status.IN_FORCE
    assert found.current_term_start == day(entry)


def test_provisional_application_ends_with_the_entry() -> None:
    facts = replace(FIVE_YEARS, in_force_rule="provisional_from_signature", last_notification_on="2015-06-01")
    before, after = evaluate_one(facts, date(2015, 5, 31)), evaluate_one(facts, date(2015, 6, 1))
    assert (before.status, before.provisional) == (Status.IN_FORCE, True)
    assert (after.status, after.provisional) == (Status.IN_FORCE, False)
    assert after.current_term_end == date(2020, 5, 31)


@pytest.mark.parametrize(
    ("begin", "months", "end"),
    [
        ("2020-02-29", 12, "2021-02-28"),
        ("2020-02-29", 48, "2024-02-28"),
        ("2021-02-28", 12, "2022-02-27"),
        ("2021-03-01", 12, "2022-02-28"),
        ("2023-03-01", 12, "2024-02-29"),
        ("2020-08-31", 6, "2021-02-28"),
        ("2020-08-30", 6, "2021-02-28"),
        ("2020-08-29", 6, "2021-02-28"),
        ("2020-08-28", 6, "2021-02-27"),
        ("2020-01-31", 1, "2020-02-29"),
        ("2020-01-31", 2, "2020-03-30"),
        ("2020-01-31", 3, "2020-04-30"),
        ("2020-01-01", 12, "2020-12-31"),
    ],
)
def test_the_end_of_a_term(begin: str, months: int, end: str) -> None:
    facts = TermFacts(in_force_from=begin, term_months=months, tacit_renewal=False)
    assert evaluate_one(facts, day(begin)).ends_on == day(end)


def test_short_months_leave_no_trace_in_later_terms() -> None:
    facts = TermFacts(in_force_from="2020-01-31", term_months=1, tacit_renewal=True, renewal_months=1)
    ends = [evaluate_one(facts, date(2020, month, 15)).current_term_end for month in range(2, 9)]
    assert ends == [
        date(2020, 2, 29), date(2020, 3, 30), date(2020, 4, 30), date(2020, 5, 30), date(2020, 6, 30),
        date(2020, 7, 30), date(2020, 8, 30),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "deadline", "safe"),
    [
        (replace(RENEWING, notice_counted_from="dispatch"), "2028-09-11", "2028-09-11"),
        (replace(RENEWING, notice_counted_from="receipt"), "2028-09-11", "2028-08-28"),
        (RENEWING, "2028-09-11", "2028-08-28"),
        (replace(RENEWING, nonrenewal_months=None, nonrenewal_days=90), "2028-12-11", "2028-11-27"),
        (replace(RENEWING, nonrenewal_months=None), None, None),
        (replace(RENEWING, nonrenewal_months=None, notice_months=3, denunciation_at_term_end=True),
         "2028-12-11", "2028-11-27"),
    ],
)  # fmt: skip
def test_the_last_safe_day_to_object(facts: TermFacts, deadline: str | None, safe: str | None) -> None:
    found = evaluate_one(facts, date(2026, 1, 1))
    assert (found.renewal_number, found.next_renewal) == (2, date(2029, 3, 12))
    assert (found.current_term_start, found.current_term_end) == (date(2024, 3, 12), date(2029, 3, 11))
    assert found.notice_deadline == (day(deadline) if deadline else None)
    assert found.last_safe_day == (day(safe) if safe else None)
    assert evaluate_one(facts, date(2026, 1, 1), transmission_days=0).last_safe_day == found.notice_deadline


@pytest.mark.parametrize(
    ("facts", "ends_on", "ending"),
    [
        (FIVE_YEARS, "2019-03-11", Ending.TERM),
        (RENEWING, None, Ending.NONE),
        (replace(RENEWING, renewal_limit=1), "2024-03-11", Ending.RENEWAL_LIMIT),
        (replace(RENEWING, objected_on=day("2020-01-01")), "2024-03-11", Ending.OBJECTION),
        (replace(RENEWING, denounced_on=day("2020-01-01"), notice_months=6), "2020-07-01", Ending.DENUNCIATION),
        (replace(RENEWING, terminated_on="2020-01-01"), "2019-12-31", Ending.TERMINATION),
        (replace(RENEWING, superseded_on=day("2020-01-01")), "2019-12-31", Ending.SUPERSESSION),
        (FOREVER, None, Ending.NONE),
    ],
)
def test_the_final_day_and_what_brings_it(facts: TermFacts, ends_on: str | None, ending: Ending) -> None:
    found = evaluate_one(facts, date(2016, 1, 1))
    assert (found.ends_on, found.ending) == (day(ends_on) if ends_on else None, ending)


@pytest.mark.parametrize(
    ("facts", "warning"),
    [
        (replace(FOREVER, in_force_from="2013-01-01"), Warnings.FORCE_BEFORE_SIGNATURE),
        (replace(FOREVER, terminated_on="2010-01-01"), Warnings.END_BEFORE_START),
        (TermFacts(in_force_from="2020", term_end="2019-12-31"), Warnings.END_BEFORE_START),
        (replace(RENEWING, objected_on=day("2018-10-01")), Warnings.OBJECTION_TOO_LATE),
        (replace(RENEWING, term_months=3, renewal_months=3), Warnings.NOTICE_LONGER_THAN_TERM),
        (replace(FIVE_YEARS, term_end="2020-12-31"), Warnings.TERM_DISAGREES_WITH_END),
        (replace(FIVE_YEARS, indefinite=True), Warnings.INDEFINITE_WITH_TERM),
        (replace(RENEWING, renewal_months=None), Warnings.RENEWAL_WITHOUT_LENGTH),
        (replace(RENEWING, term_months=None), Warnings.RENEWAL_WITHOUT_TERM),
        (replace(RENEWING, tacit_renewal=False, renewal_limit=2), Warnings.RENEWAL_CONTRADICTORY),
        (replace(FOREVER, in_force_from="2014-03-13"), Warnings.ENTRY_DISAGREES_WITH_RULE),
        (replace(FOREVER, suspensions=((day("2016-01-02"), day("2016-01-01")),)), Warnings.SUSPENSION_BACKWARDS),
        (replace(FOREVER, suspensions=((day("2016-01-01"), None), (day("2017-01-01"), None))), Warnings.SUSPENSIONS_OVERLAP),
        (replace(FIVE_YEARS, terminated_on="2021-01-01"), Warnings.TERMINATED_AFTER_END),
        (replace(RENEWING, nonrenewal_months=None), Warnings.NONRENEWAL_PERIOD_NOT_RECORDED),
        (replace(RENEWING, term_months=0), Warnings.ZERO_LENGTH),
        (replace(FIVE_YEARS, in_force_from="9999-01-01"), Warnings.BEYOND_CALENDAR),
    ],
)  # fmt: skip
def test_contradictions_are_told_and_nothing_fails(facts: TermFacts, warning: Warnings) -> None:
    assert warning in evaluate_one(facts, date(2016, 6, 1)).warnings
    assert [str(label) for label in describe_warnings(warning)] != [""]


def test_consistent_facts_give_no_warning() -> None:
    for facts in (FIVE_YEARS, RENEWING, FOREVER, replace(FIVE_YEARS, term_end="2019-03-11"),
                  replace(FIVE_YEARS, term_end="2019-03-12")):  # fmt: skip
        assert evaluate_one(facts, date(2016, 6, 1)).warnings is Warnings.NONE


@pytest.mark.parametrize(
    ("signed_on", "as_of", "status"),
    [
        ("2014", "2013-12-31", Status.NOT_YET_IN_FORCE),
        ("2014", "2014-06-30", Status.UNKNOWN),
        ("2014", "2014-12-31", Status.IN_FORCE),
        ("2014", "2018-12-31", Status.UNKNOWN),
        ("2014", "2019-06-30", Status.UNKNOWN),
        ("2014", "2019-12-31", Status.EXPIRED),
        ("2014-03", "2014-03-31", Status.IN_FORCE),
        ("2014-03", "2019-03-31", Status.EXPIRED),
    ],
)
def test_a_coarse_date_leaves_open_only_what_it_must(signed_on: str, as_of: str, status: Status) -> None:
    found = evaluate_one(replace(FIVE_YEARS, signed_on=signed_on), day(as_of))
    assert found.status is status
    if status is Status.UNKNOWN:
        assert found.reason is Reason.DATE_TOO_COARSE


def test_the_calculation_in_words() -> None:
    found = evaluate_one(replace(RENEWING, objected_on=day("2023-10-01")), date(2026, 1, 1))
    assert found.sentences == [
        "Signed: 12 March 2014.",
        "In force from signature: 12 March 2014.",
        "First term of 60 months, last day: 11 March 2019.",
        "It renews itself, each time by 60 months.",
        "The number of renewals is not limited.",
        "An objection to renewal took effect: 1 October 2023.",
        "Deadline for the term that ends on 11 March 2024: 11 September 2023. It is missed.",
        "The objection stops the renewal after the term that ends on 11 March 2029.",
        "Renewal 2 runs from 12 March 2024 to 11 March 2029.",
        "Last day in force: 11 March 2029 (Objection to renewal).",
        "Status on 1 January 2026: In force, renewed.",
        "Note: The objection came too late for the renewal it was meant to stop.",
    ]
    renewing = evaluate_one(RENEWING, date(2026, 1, 1)).sentences
    assert "An objection must take effect 6 months before the term ends (11 March 2029), at the latest:" \
        " 11 September 2028." in renewing  # fmt: skip
    assert "In force 30 days later, from: between 31 March 1955 and 30 April 1955." in evaluate_one(
        TermFacts(in_force_rule="last_notification", last_notification_on="1955-03", in_force_delay_days=30),
        date(1960, 1, 1),
    ).sentences  # fmt: skip


def test_spans_are_stored_as_two_arrays() -> None:
    suspended = replace(FIVE_YEARS, suspensions=((day("2016-01-01"), day("2016-12-31")),))
    assert list(spans(TermColumns.from_facts([suspended, RENEWING, TermFacts()]))) == [
        (
            [day("0001-01-01"), day("2014-03-12"), day("2016-01-01"), day("2017-01-01"), day("2018-09-12"), day("2019-03-12")],
            [Status.NOT_YET_IN_FORCE, Status.IN_FORCE, Status.SUSPENDED, Status.IN_FORCE, Status.EXPIRING, Status.EXPIRED],
        ),
        (
            [day("0001-01-01"), day("2014-03-12"), day("2019-03-12")],
            [Status.NOT_YET_IN_FORCE, Status.IN_FORCE, Status.RENEWED],
        ),
        ([day("0001-01-01")], [Status.UNKNOWN]),
    ]  # fmt: skip


def test_rows_may_be_tuples_or_mappings() -> None:
    facts = [RENEWING, TermFacts(), replace(FIVE_YEARS, suspensions=((day("2016-01-01"), None),))]
    mappings = [{name: getattr(each, name) for name in TermFacts.__slots__} for each in facts]
    sparse = [{name: value for name, value in each.items() if value not in (None, "", ())} for each in mappings]
    expected = evaluate(TermColumns.from_facts(facts), date(2020, 1, 1)).status.tolist()
    for rows in (mappings, sparse, [tuple(each.values()) for each in mappings], iter(sparse)):
        assert evaluate(TermColumns.from_rows(rows), date(2020, 1, 1)).status.tolist() == expected


def test_counts_of_no_row_and_of_many() -> None:
    assert set(evaluate(TermColumns.from_rows([]), date(2020, 1, 1)).counts().values()) == {0}
    assert len(spans(TermColumns.from_rows([]))) == 0
    counts = evaluate(TermColumns.from_facts([FIVE_YEARS] * 3 + [FOREVER]), date(2020, 1, 1)).counts()
    assert (counts[Status.EXPIRED], counts[Status.IN_FORCE], sum(counts.values())) == (3, 1, 4)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"term_months": 12_001}, "term_months"),
        ({"term_months": 10**12}, "term_months"),
        ({"notice_days": -1}, "notice_days"),
        ({"in_force_rule": "soon"}, "in_force_rule"),
        ({"notice_counted_from": "hearsay"}, "notice_counted_from"),
        ({"tacit_renewal": "maybe"}, "tacit_renewal"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_impossible_values_are_refused_by_name(row: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TermColumns.from_rows([{}, row])


def test_impossible_dates_are_refused_by_name() -> None:
    with pytest.raises(PartialDateError, match=r"term_end.*Row 1"):
        TermColumns.from_rows([{}, {"term_end": "2021-02-29"}])
    for as_of in (
        np.datetime64("NaT", "D"),
        np.datetime64("10000-01-01"),
        np.array(["2020-01-01"] * 2, "datetime64[D]"),
    ):
        with pytest.raises(ValueError, match="as_of"):
            evaluate(TermColumns.from_facts([FOREVER]), as_of)
    with pytest.raises(ValueError, match="expiring_days"):
        spans(TermColumns.from_facts([FOREVER]), -1)


def test_the_largest_values_stay_in_the_calendar() -> None:
    huge = TermFacts(
        signed_on="9999-12-31", in_force_rule="after_signature", in_force_delay_months=12_000, in_force_delay_days=365_250,
        term_months=12_000, tacit_renewal=True, renewal_months=12_000, later_renewal_months=12_000, renewal_limit=12_000,
        notice_months=12_000, notice_days=365_250, nonrenewal_months=12_000, nonrenewal_days=365_250,
        objected_on=date.max, denounced_on=date.max, denunciation_at_term_end=True, superseded_on=date.max,
        suspensions=((date.min, date.max), (date.max, None)),
    )  # fmt: skip
    early = replace(huge, signed_on="0001", objected_on=date.min, denounced_on=date.min, superseded_on=None)
    for facts in (huge, early, replace(huge, signed_on="9999"), replace(early, term_end="0001-01-01")):
        for as_of in (date.min, date(2020, 1, 1), date.max):
            found = evaluate_one(facts, as_of)
            assert isinstance(found, TermResult)
            assert found.sentences
            assert spans(TermColumns.from_facts([facts])).on(as_of).tolist() == [found.status]


def test_every_code_has_a_label() -> None:
    assert all(str(describe_status(status)) for status in Status)
    with pytest.raises(ValueError, match="99"):
        describe_status(99)
    assert Status.NOT_YET_IN_FORCE.slug == "not_yet_in_force"
    assert (Warnings.END_BEFORE_START | Warnings.ZERO_LENGTH).slugs == ["end_before_start", "zero_length"]
