"""The life of an agreement as a picture: its terms, renewals and suspensions, and the days that count."""

from __future__ import annotations

import datetime
from itertools import pairwise

import numpy as np
from django.utils.translation import gettext as _

from foedera.agreements.terms import (
    IN_FORCE_STATUSES,
    Status,
    TermColumns,
    TermFacts,
    TermResult,
    evaluate,
    spans,
)
from foedera.agreements.terms.months import add_months
from foedera.agreements.terms.trajectory import Enclosure
from foedera.platform.pages.shapes import LifePoint, LifeSpan, Timeline

MOST_RENEWALS = 24
_RUNNING = frozenset({*IN_FORCE_STATUSES, Status.SUSPENDED})
_OVER = frozenset({Status.EXPIRED, Status.TERMINATED})
_DAY = datetime.timedelta(days=1)


def life(facts: TermFacts, now: TermResult) -> Timeline:
    """The life of an agreement on a scale of years, as far as the facts tell; terms until the one that runs, and the next.

    `now` is what the engine says of the same facts for the day that is looked at. Pure.
    """
    as_of = now.as_of
    columns, both = now.columns, now.enclosure
    starts, statuses = spans(columns, enclosure=both).of(0)
    changes = [(start, Status(code)) for start, code in zip(starts, statuses, strict=True)]
    begin = next((start for start, status in changes if status in _RUNNING), None)
    over = next((start for start, status in changes if status in _OVER and (begin is None or start >= begin)), None)
    found: list[LifeSpan] = []
    if begin is not None:
        found += _terms(columns, both, facts, begin, over, as_of)
    found += _unknown(changes, begin)
    found += [
        LifeSpan(
            label=_("Suspended"), since=since.isoformat(), until=until.isoformat() if until else "", colour="amber"
        )
        for since, until in facts.suspensions
    ]
    return Timeline(
        title=_("Life of the agreement"),
        spans=tuple(found),
        points=tuple(_points(facts, begin, over, now)),
        as_of=as_of,
        source=_("Calculated from the recorded facts"),
    )


def _terms(
    columns: TermColumns,
    both: Enclosure,
    facts: TermFacts,
    begin: datetime.date,
    over: datetime.date | None,
    as_of: datetime.date,
) -> list[LifeSpan]:
    last = over - _DAY if over is not None else None
    first = evaluate(columns, begin, enclosure=both)
    end = first.current_term_end[0].item()
    if end is None:
        return [_span(_("In force"), begin, last, "blue")]
    result = [_span(_("First term"), begin, _earlier(end, last), "blue")]
    if last is not None and last <= end:
        return result
    length = facts.later_renewal_months or facts.renewal_months
    if facts.renewal_indefinite or not facts.renewal_months or not length:
        if last is None or last > end:
            after = evaluate(columns, end + _DAY, enclosure=both)
            if int(after.status[0]) in _RUNNING:
                result.append(_span(_("Renewed for an indefinite time"), end + _DAY, last, "green"))
        return result
    renewals = _renewals(columns, end + _DAY, facts.renewal_months, length, last, as_of)
    shown = renewals[-MOST_RENEWALS:]
    if len(shown) < len(renewals):
        label = _("Renewals 1 to %(number)d") % {"number": len(renewals) - len(shown)}
        result.append(_span(label, renewals[0][0], shown[0][0] - _DAY, "green"))
    for number, (since, until) in enumerate(shown, len(renewals) - len(shown) + 1):
        result.append(_span(_("Renewal %(number)d") % {"number": number}, since, _earlier(until, last), "green"))
    return result


def _renewals(
    columns: TermColumns,
    begin: datetime.date,
    first: int,
    later: int,
    last: datetime.date | None,
    as_of: datetime.date,
) -> list[tuple[datetime.date, datetime.date | None]]:
    """First and last days of the renewals until the one after the as-of date, as the engine has them."""
    until = min(last or datetime.date(9999, 1, 1), max(as_of, begin))
    months = (until.year - begin.year) * 12 + until.month - begin.month
    count = max(0, (months - first) // later) + 4
    offsets = np.concatenate(([0], first + later * np.arange(count, dtype=np.int64)))
    base = np.full(len(offsets), np.datetime64(begin, "D").view(np.int64))
    # A few days into each renewal, for short months move its first day.
    days = add_months(base, offsets) + 5
    days = days[days < np.datetime64("9999-12-31", "D").view(np.int64)]
    found = evaluate(columns.take(np.zeros(len(days), np.int64)), days.view("datetime64[D]"))
    result: list[tuple[datetime.date, datetime.date | None]] = []
    for status, number, since, end in zip(
        found.status.tolist(),
        found.renewal_number.tolist(),
        found.current_term_start.tolist(),
        found.current_term_end.tolist(),
        strict=True,
    ):
        if status not in _RUNNING or number < 1 or since is None or (result and since <= result[-1][0]):
            continue
        result.append((since, end))
        if since > until or end is None:
            break
    return result


def _unknown(changes: list[tuple[datetime.date, Status]], begin: datetime.date | None) -> list[LifeSpan]:
    ends: list[datetime.date | None] = [following[0] - _DAY for _here, following in pairwise(changes)]
    result = []
    for (start, status), end in zip(changes, [*ends, None], strict=True):
        if status is Status.UNKNOWN and start > datetime.date.min:
            result.append(_span(_("Status not known"), start, end, "grey"))
    return result


def _points(
    facts: TermFacts, begin: datetime.date | None, over: datetime.date | None, now: TermResult
) -> list[LifePoint]:
    points = []
    if facts.signed_on:
        points.append(LifePoint(_("Signed"), facts.signed_on, "grey"))
    if begin is not None and begin.isoformat() != facts.signed_on:
        points.append(LifePoint(_("In force from"), begin.isoformat(), "green"))
    if facts.objected_on is not None:
        points.append(LifePoint(_("Objection to renewal"), facts.objected_on.isoformat(), "amber"))
    if facts.denounced_on is not None:
        points.append(LifePoint(_("Notice of termination"), facts.denounced_on.isoformat(), "red"))
    safe, renewal = now.last_safe_day, now.next_renewal
    if safe is not None:
        points.append(
            LifePoint(_("Last safe day to object"), safe.isoformat(), "amber" if safe >= now.as_of else "red")
        )
    if renewal is not None:
        points.append(LifePoint(_("Renews itself unless somebody objects"), renewal.isoformat(), "blue"))
    if over is not None and begin is not None:
        points.append(LifePoint(_("Last day in force"), (over - _DAY).isoformat(), "red"))
    return points


def _earlier(end: datetime.date | None, last: datetime.date | None) -> datetime.date | None:
    return end if last is None or (end is not None and end <= last) else last


def _span(label: str, since: datetime.date, until: datetime.date | None, colour: str) -> LifeSpan:
    return LifeSpan(
        label=label,
        since=since.isoformat(),
        until=until.isoformat() if until is not None else "",
        colour=colour,  # type: ignore[arg-type]  # one of the colours of the shapes
    )
