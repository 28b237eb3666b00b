"""One calculation in words, so that a lawyer can follow it and check it by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from foedera.agreements.terms.codes import (
    ENDING_LABELS,
    REASON_LABELS,
    STATUS_LABELS,
    CountedFrom,
    Ending,
    EntryRule,
    Label,
    Reason,
    Status,
    describe_warnings,
)
from foedera.agreements.terms.evaluation import Evaluation
from foedera.agreements.terms.facts import TermFacts
from foedera.agreements.terms.months import Days
from foedera.agreements.terms.schedule import FIRST_DAY, LAST_DAY, UNLIMITED, notice_deadline
from foedera.agreements.terms.trajectory import Enclosure
from foedera.platform.records import partial_dates


@dataclass(frozen=True, slots=True)
class Between:
    """A day that is only known to lie between two days, both possible."""

    first: date
    last: date

    def __str__(self) -> str:
        return gettext("between %(first)s and %(last)s") % {
            "first": partial_dates.display_day(self.first),
            "last": partial_dates.display_day(self.last),
        }


@dataclass(frozen=True, slots=True)
class Period:
    """A length of whole months and days."""

    months: int = 0
    days: int = 0

    def __str__(self) -> str:
        months = ngettext("%(count)d month", "%(count)d months", self.months) % {"count": self.months}
        days = ngettext("%(count)d day", "%(count)d days", self.days) % {"count": self.days}
        if self.months and self.days:
            return gettext("%(months)s and %(days)s") % {"months": months, "days": days}
        return months if self.months else days


@dataclass(frozen=True, slots=True)
class Recorded:
    """A partial date as it is recorded."""

    text: str

    def __str__(self) -> str:
        return partial_dates.display(self.text)


Parameter = date | Between | Period | Recorded | int | str | Promise

SENTENCES: Final[Mapping[str, Label]] = {
    "signed": _("Signed: %(day)s."),
    "signature_not_recorded": _("The date of signature is not recorded."),
    "notified": _("Last notification: %(day)s."),
    "ratified": _("Ratified: %(day)s."),
    "entry_recorded": _("In force from, as recorded: %(day)s."),
    "entry_by_signature": _("In force from signature: %(day)s."),
    "entry_at_once": _("In force from that day: %(day)s."),
    "entry_after": _("In force %(period)s later, from: %(day)s."),
    "entry_unknown": _("%(reason)s."),
    "provisional": _("Applied provisionally from: %(day)s."),
    "term": _("First term of %(period)s, last day: %(day)s."),
    "term_end": _("First term, last day as recorded: %(day)s."),
    "indefinite": _("Concluded for an indefinite time."),
    "duration_not_recorded": _("No duration is recorded."),
    "no_renewal": _("It does not renew itself."),
    "renewal_not_recorded": _("Whether it renews itself is not recorded."),
    "renewal_length_not_recorded": _("It renews itself; for how long is not recorded."),
    "renewal": _("It renews itself, each time by %(period)s."),
    "renewal_differing": _("It renews itself, the first time by %(first)s, later by %(period)s."),
    "renewal_limit": _("Number of renewals at most: %(count)d."),
    "renewal_unlimited": _("The number of renewals is not limited."),
    "renewal_indefinite": _("After the first term it continues for an indefinite time."),
    "objected": _("An objection to renewal took effect: %(day)s."),
    "objection_in_time": _("Deadline for the term that ends on %(end)s: %(deadline)s. It is met; no renewal follows."),
    "objection_too_late": _("Deadline for the term that ends on %(end)s: %(deadline)s. It is missed."),
    "objection_next": _("The objection stops the renewal after the term that ends on %(end)s."),
    "objection_without_effect": _("The objection has no effect on the renewal."),
    "renewed": _("Renewal %(number)d runs from %(start)s to %(end)s."),
    "renewed_indefinitely": _("Renewed for an indefinite time from: %(start)s."),
    "next_renewal": _("Next renewal unless someone objects: %(day)s."),
    "notice_deadline": _(
        "An objection must take effect %(period)s before the term ends (%(end)s), at the latest: %(day)s."
    ),
    "safe_day_by_dispatch": _("The dispatch of the notice counts. Last safe day to send it: %(day)s."),
    "safe_day_by_receipt": _(
        "The receipt of the notice counts. With %(period)s for transmission, last safe day to send it: %(day)s."
    ),
    "safe_day_by_assumption": _(
        "Whether dispatch or receipt of the notice counts is not recorded; receipt is assumed."
        " With %(period)s for transmission, last safe day to send it: %(day)s."
    ),
    "safe_day_passed": _("That day has passed; the next term can no longer be prevented by objection."),
    "denounced": _("A notice of termination took effect: %(day)s."),
    "denounced_until": _("With a notice period of %(period)s the last day in force is: %(day)s."),
    "denounced_until_term": _(
        "With a notice period of %(period)s, and only with the end of a term, the last day in force is: %(day)s."
    ),
    "denounced_without_period": _("The notice period is not recorded."),
    "terminated": _("Terminated; no longer in force from: %(day)s."),
    "ground": _("Ground: %(ground)s."),
    "superseded": _("Replaced by another agreement from: %(day)s."),
    "suspended": _("Suspended from %(start)s to %(end)s."),
    "suspended_open": _("Suspended from %(start)s until further notice."),
    "final_day": _("Last day in force: %(day)s (%(cause)s)."),
    "status": _("Status on %(day)s: %(status)s."),
    "status_unknown": _("Status on %(day)s: unknown. %(reason)s."),
    "warning": _("Note: %(warning)s."),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a calculation: what it says, with which values."""

    code: str
    """A key of SENTENCES."""
    parameters: Mapping[str, Parameter]

    @property
    def sentence(self) -> str:
        """The step in words of the active language."""
        return str(SENTENCES[self.code]) % {name: _in_words(value) for name, value in self.parameters.items()}


def _in_words(value: Parameter) -> str | int:
    if isinstance(value, int):
        return value
    return partial_dates.display_day(value) if isinstance(value, date) else str(value)


def steps_of(
    facts: TermFacts,
    both: Enclosure,
    found: Evaluation,
    as_of: date,
    transmission_days: int,
) -> Iterator[Step]:
    """Yield the steps of one calculation in the order in which a lawyer would take them.

    `both` and `found` hold that one row.
    """
    yield from _entry_steps(facts, both)
    yield from _term_steps(facts, both)
    yield from _objection_steps(facts, both)
    yield from _end_steps(facts, both)
    yield from _current_steps(facts, both, found, as_of, transmission_days)
    for label in describe_warnings(int(found.warnings[0])):
        yield Step("warning", {"warning": label})


def _entry_steps(facts: TermFacts, both: Enclosure) -> Iterator[Step]:
    if facts.signed_on:
        yield Step("signed", {"day": Recorded(facts.signed_on)})
    else:
        yield Step("signature_not_recorded", {})
    reason = Reason(int(both.low.entry_reason[0]))
    entry = _between(both.low_schedule.entry, both.high_schedule.entry)
    if facts.last_notification_on:
        yield Step("notified", {"day": Recorded(facts.last_notification_on)})
    if facts.ratified_on:
        yield Step("ratified", {"day": Recorded(facts.ratified_on)})
    provisional = _between(both.low_schedule.provisional, both.high_schedule.provisional)
    if provisional is not None:
        yield Step("provisional", {"day": provisional})
    delay = Period(facts.in_force_delay_months or 0, facts.in_force_delay_days or 0)
    if facts.in_force_from:
        yield Step("entry_recorded", {"day": Recorded(facts.in_force_from)})
    elif entry is None:
        if reason is not Reason.NONE:
            yield Step("entry_unknown", {"reason": REASON_LABELS[reason]})
    elif delay.months or delay.days:
        yield Step("entry_after", {"period": delay, "day": entry})
    elif facts.in_force_rule in (
        EntryRule.LAST_NOTIFICATION.slug, EntryRule.RATIFICATION.slug, EntryRule.PROVISIONAL_FROM_SIGNATURE.slug,
    ):  # fmt: skip
        yield Step("entry_at_once", {"day": entry})
    else:
        yield Step("entry_by_signature", {"day": entry})


def _term_steps(facts: TermFacts, both: Enclosure) -> Iterator[Step]:
    if facts.term_end:
        yield Step("term_end", {"day": Recorded(facts.term_end)})
    elif (first_end := _between(both.low.first_end, both.high.first_end)) is not None:
        yield Step("term", {"period": Period(facts.term_months or 0), "day": first_end})
    if facts.indefinite:
        yield Step("indefinite", {})
    elif not facts.term_end and not facts.term_months:
        yield Step("duration_not_recorded", {})
    if not facts.term_end and not facts.term_months:
        return
    if facts.tacit_renewal is False or facts.renewal_limit == 0:
        yield Step("no_renewal", {})
    elif facts.renewal_indefinite:
        yield Step("renewal_indefinite", {})
    elif facts.tacit_renewal is None:
        if not facts.indefinite:
            yield Step("renewal_not_recorded", {})
    elif not facts.renewal_months:
        yield Step("renewal_length_not_recorded", {})
    else:
        first = Period(facts.renewal_months)
        if facts.later_renewal_months and facts.later_renewal_months != facts.renewal_months:
            yield Step("renewal_differing", {"first": first, "period": Period(facts.later_renewal_months)})
        else:
            yield Step("renewal", {"period": first})
        if facts.renewal_limit is None:
            yield Step("renewal_unlimited", {})
        else:
            yield Step("renewal_limit", {"count": facts.renewal_limit})


def _objection_steps(facts: TermFacts, both: Enclosure) -> Iterator[Step]:
    if facts.objected_on is None:
        return
    yield Step("objected", {"day": facts.objected_on})
    terms, stopped = both.low_schedule, both.low_stops.objected_term
    relevant = terms.has_term[0] and facts.tacit_renewal is not False and facts.renewal_limit != 0
    # With dates of the year alone the days of each term are not known; the ends below tell what follows.
    if not relevant or not both.exact:
        return
    if stopped[0] >= UNLIMITED or both.low.last_term[0] < stopped[0]:
        yield Step("objection_without_effect", {})
        return
    months = np.array([facts.nonrenewal_months or 0], dtype=np.int64)
    days = np.array([facts.nonrenewal_days or 0], dtype=np.int64)
    end = terms.end_of_term(stopped)
    if both.low_stops.objected_too_late[0]:
        missed = terms.end_of_term(np.maximum(stopped - 1, 0))
        yield from _with_days("objection_too_late", {"end": missed, "deadline": notice_deadline(missed, months, days)})
        yield from _with_days("objection_next", {"end": end})
    else:
        yield from _with_days("objection_in_time", {"end": end, "deadline": notice_deadline(end, months, days)})


def _end_steps(facts: TermFacts, both: Enclosure) -> Iterator[Step]:
    if facts.denounced_on is not None:
        yield Step("denounced", {"day": facts.denounced_on})
        period = Period(facts.notice_months or 0, facts.notice_days or 0)
        last = _between(both.low.denounced_from - 1, both.high.denounced_from - 1)
        if facts.notice_months is None and facts.notice_days is None:
            yield Step("denounced_without_period", {})
        elif last is not None:
            by_term = facts.denunciation_at_term_end and both.low_schedule.has_term[0]
            yield Step("denounced_until_term" if by_term else "denounced_until", {"period": period, "day": last})
    if facts.terminated_on:
        yield Step("terminated", {"day": Recorded(facts.terminated_on)})
    if facts.end_ground:
        yield Step("ground", {"ground": facts.end_ground})
    if facts.superseded_on is not None:
        yield Step("superseded", {"day": facts.superseded_on})
    for start, until in facts.suspensions:
        if until is None:
            yield Step("suspended_open", {"start": start})
        elif until >= start:
            yield Step("suspended", {"start": start, "end": until})


def _current_steps(
    facts: TermFacts, both: Enclosure, found: Evaluation, as_of: date, transmission_days: int
) -> Iterator[Step]:
    number, start, end = int(found.renewal_number[0]), _day(found.current_term_start), _day(found.current_term_end)
    if number > 0 and start is not None:
        if end is not None:
            yield Step("renewed", {"number": number, "start": start, "end": end})
        else:
            yield Step("renewed_indefinitely", {"start": start})
    if (final := _between(both.low.final_day, both.high.final_day)) is not None:
        ending = Ending(int(both.low.ending[0]))
        yield Step("final_day", {"day": final, "cause": ENDING_LABELS[ending]})
    if (renewal := _day(found.next_renewal)) is not None:
        yield Step("next_renewal", {"day": renewal})
        yield from _notice_steps(facts, found, as_of, transmission_days)
    status = Status(int(found.status[0]))
    if status is Status.UNKNOWN:
        yield Step("status_unknown", {"day": as_of, "reason": REASON_LABELS[Reason(int(found.reason[0]))]})
    else:
        yield Step("status", {"day": as_of, "status": STATUS_LABELS[status]})


def _notice_steps(facts: TermFacts, found: Evaluation, as_of: date, transmission_days: int) -> Iterator[Step]:
    deadline, safe, end = _day(found.notice_deadline), _day(found.last_safe_day), _day(found.current_term_end)
    if deadline is None or safe is None or end is None:
        return
    if facts.nonrenewal_months is None and facts.nonrenewal_days is None:
        period = Period(facts.notice_months or 0, facts.notice_days or 0)
    else:
        period = Period(facts.nonrenewal_months or 0, facts.nonrenewal_days or 0)
    yield Step("notice_deadline", {"period": period, "end": end, "day": deadline})
    if facts.notice_counted_from == CountedFrom.DISPATCH.slug:
        yield Step("safe_day_by_dispatch", {"day": safe})
    else:
        known = facts.notice_counted_from == CountedFrom.RECEIPT.slug
        code = "safe_day_by_receipt" if known else "safe_day_by_assumption"
        yield Step(code, {"period": Period(days=transmission_days), "day": safe})
    if safe < as_of:
        yield Step("safe_day_passed", {})


def _with_days(code: str, days: Mapping[str, Days]) -> Iterator[Step]:
    """Yield the step unless one of its days lies outside the calendar."""
    parameters = {name: _between(day, day) for name, day in days.items()}
    complete = {name: day for name, day in parameters.items() if day is not None}
    if len(complete) == len(parameters):
        yield Step(code, complete)


def _between(low: Days, high: Days) -> date | Between | None:
    """Return the one day, or the two it lies between; None where one is not in the calendar."""
    first, last = int(low[0]), int(high[0])
    if not (FIRST_DAY <= first <= LAST_DAY and FIRST_DAY <= last <= LAST_DAY):
        return None
    first, last = min(first, last), max(first, last)
    begin, end = date.fromordinal(first - FIRST_DAY + 1), date.fromordinal(last - FIRST_DAY + 1)
    return begin if begin == end else Between(begin, end)


def _day(days: np.ndarray[tuple[int, ...], np.dtype[np.datetime64]]) -> date | None:
    value: date | None = days[0].item()
    return value
