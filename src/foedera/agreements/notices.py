"""What the register tells people: renewals and ends that come near, findings, next steps, changes in one's territory."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foedera.agreements import terms
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import BOUND_TO_PARTNERS, BOUND_TO_REGIONS, Role
from foedera.platform.actions.performing import label_of
from foedera.platform.lists.description import Context
from foedera.platform.notices.kinds import Due, Kind, Line, Reader, Shown, Way, register

from .access import withheld_from
from .deriving import facts_of
from .models import SIGNED_STATES, Agreement, Finding, FindingRule, FindingState, FollowUp, FollowUpKind
from .queries import visible_agreements
from .review.access import DECIDERS
from .review.queries import findings_of, steps_of
from .review.settings import review_settings
from .transitions import WORKERS

IN_TERRITORY = BOUND_TO_REGIONS | BOUND_TO_PARTNERS
NEARBY = frozenset({*IN_TERRITORY, Role.COORDINATOR})
LIVING = (terms.Status.IN_FORCE, terms.Status.RENEWED, terms.Status.EXPIRING, terms.Status.SUSPENDED)
# How long a change or a finding is news, and how long before its day a step is told of again.
CHANGE_DAYS = 14
FINDING_DAYS = 30
STEP_DAYS = 7
# What the two kinds of its own tell is not told by the findings as well.
TOLD_OTHERWISE = (FindingRule.RENEWS_SOON, FindingRule.EXPIRES_SOON)

Place = tuple[Sequence[int], Sequence[int], int | None]


def readable(actor: Actor) -> QuerySet[Any, Any]:
    """The agreements that the actor may read whole."""
    rows: QuerySet[Any, Any] = visible_agreements(actor)
    withheld = withheld_from(Context(actor))
    return rows if withheld is None else rows.exclude(withheld)


class Concerned:
    """Finds the readers whose work an agreement is: by own region, partner state, owner, or the whole country."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        self.by_region: dict[int, list[Reader]] = defaultdict(list)
        self.by_partner: dict[int, list[Reader]] = defaultdict(list)
        self.by_body: dict[int, list[Reader]] = defaultdict(list)
        self.everywhere: list[Reader] = []
        for reader in readers:
            actor = reader.actor
            if actor.reads_everything:
                self.everywhere.append(reader)
            if actor.role in BOUND_TO_REGIONS:
                for region in actor.own_territories:
                    self.by_region[region].append(reader)
            if actor.role in BOUND_TO_PARTNERS:
                for partner in actor.partner_states:
                    self.by_partner[partner].append(reader)
            if actor.body_id is not None:
                self.by_body[actor.body_id].append(reader)

    def of(self, place: Place) -> Iterator[Reader]:
        """The readers of an agreement with these own regions, partner states and owner, each once."""
        own, partners, owner = place
        seen: set[int] = set()
        found = [self.everywhere, *(self.by_region.get(k, []) for k in own)]
        found += [self.by_partner.get(k, []) for k in partners]
        found.append(self.by_body.get(owner, []) if owner is not None else [])
        for readers in found:
            for reader in readers:
                if id(reader) not in seen:
                    seen.add(id(reader))
                    yield reader


def _places(ids: Iterable[int]) -> dict[int, Place]:
    rows = Agreement.objects.filter(pk__in=list(ids)).values_list("pk", "own_ids", "partner_ids", "owner")
    return {key: (own, partners, owner) for key, own, partners, owner in rows}


def _to_all(
    readers: Sequence[Reader], grounds: Mapping[int, tuple[str, datetime.date, dict[str, Any]]]
) -> Iterator[Due]:
    """To each reader concerned what is due for agreements, given as id -> (key, day, facts)."""
    concerned, places = Concerned(readers), _places(grounds)
    for agreement, (key, day, facts) in grounds.items():
        for reader in concerned.of(places[agreement]) if agreement in places else ():
            yield Due(reader=reader, key=key, subject_id=agreement, on=day, facts=facts)


def renewing(
    today: datetime.date, days: int, ids: Iterable[int] | None = None
) -> dict[int, tuple[datetime.date, datetime.date | None]]:
    """Agreements that renew themselves and can still be stopped, or have no recorded period to object, within so many days:
    id -> (next renewal, last safe day)."""
    rows = Agreement.objects.filter(tacit_renewal=True, state__in=SIGNED_STATES)
    if ids is not None:
        rows = rows.filter(pk__in=list(ids))
    keys, facts = [], []
    for key, row in facts_of(list(rows.values_list("pk", flat=True))):
        keys.append(key)
        facts.append(row)
    if not keys:
        return {}
    found = terms.evaluate(terms.TermColumns.from_rows(facts), today)
    living = np.isin(found.status, [int(s) for s in LIVING])
    renewals, safes = found.next_renewal.tolist(), found.last_safe_day.tolist()
    latest = today + datetime.timedelta(days=days)
    result = {}
    for position in np.flatnonzero(living).tolist():
        renewal, safe = renewals[position], safes[position]
        if renewal is not None and today <= (safe or renewal) <= latest:
            result[keys[position]] = (renewal, safe)
    return result


def _renewals_due(now: datetime.datetime, readers: Sequence[Reader]) -> Iterator[Due]:
    found = renewing(timezone.localdate(now), review_settings().renewal_warning_days)
    return _to_all(
        readers,
        {
            key: (f"{key}:{safe or renewal}", safe or renewal, {"renewal": str(renewal), "safe": str(safe or "")})
            for key, (renewal, safe) in found.items()
        },
    )


def _ends_due(now: datetime.datetime, readers: Sequence[Reader]) -> Iterator[Due]:
    today = timezone.localdate(now)
    latest = today + datetime.timedelta(days=review_settings().expiry_warning_days)
    rows = Agreement.objects.filter(state__in=SIGNED_STATES, ends_on__gte=today, ends_on__lte=latest)
    return _to_all(readers, {key: (f"{key}:{end}", end, {}) for key, end in rows.values_list("pk", "ends_on") if end})


CHANGED = """
SELECT g.id, (a.at AT TIME ZONE %(zone)s)::date AS day, array_agg(DISTINCT a.person_id), array_agg(DISTINCT a.name)
FROM agreements_agreement g
JOIN history_entry e ON e.subject_table = 'agreements_agreement' AND e.subject_id = g.id
JOIN history_action a ON a.id = e.action_id
WHERE g.updated_at >= %(since)s AND a.at >= %(since)s AND a.person_id IS NOT NULL AND a.name NOT LIKE '%%import%%'
GROUP BY 1, 2 ORDER BY 1, 2
"""


def _changes_due(now: datetime.datetime, readers: Sequence[Reader]) -> Iterator[Due]:
    since = now - datetime.timedelta(days=CHANGE_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(CHANGED, {"zone": timezone.get_current_timezone_name(), "since": since})
        rows = cursor.fetchall()
    concerned, places = Concerned(readers), _places({row[0] for row in rows})
    for agreement, day, people, names in rows:
        for reader in concerned.of(places[agreement]) if agreement in places else ():
            # Of what one did oneself one need not be told.
            if set(people) - {reader.actor.person_id}:
                yield Due(
                    reader=reader,
                    key=f"{agreement}:{day}",
                    subject_id=agreement,
                    on=day,
                    facts={"actions": sorted(names)},
                )


def _findings_by_day(actor: Actor, since: datetime.date) -> dict[datetime.date, int]:
    rows = findings_of(actor).filter(state=FindingState.OPEN, found_on__gte=since).exclude(rule__in=TOLD_OTHERWISE)
    return dict(rows.order_by().values_list("found_on").annotate(Count("id")))


def _findings_due(now: datetime.datetime, readers: Sequence[Reader]) -> Iterator[Due]:
    since = timezone.localdate(now) - datetime.timedelta(days=FINDING_DAYS)
    if not Finding.objects.filter(state=FindingState.OPEN, found_on__gte=since).exists():
        return
    # Who works in the same role in the same body sees the same.
    counted: dict[tuple[Any, int | None], dict[datetime.date, int]] = {}
    for reader in readers:
        seat = (reader.actor.role, reader.actor.body_id)
        if seat not in counted:
            counted[seat] = _findings_by_day(reader.actor, since)
        for day in counted[seat]:
            yield Due(reader=reader, key=str(day), on=day)


def _steps_due(now: datetime.datetime, readers: Sequence[Reader]) -> Iterator[Due]:
    soon = timezone.localdate(now) + datetime.timedelta(days=STEP_DAYS)
    rows = list(FollowUp.objects.filter(done_on__isnull=True).values_list("pk", "agreement", "due_on"))
    concerned, places = Concerned(readers), _places({agreement for _key, agreement, _day in rows})
    for key, agreement, day in rows:
        for reader in concerned.of(places[agreement]):
            yield Due(reader=reader, key=str(key), subject_id=key, on=day)
            if day is not None and day <= soon:
                yield Due(reader=reader, key=f"{key}:{day}", subject_id=key, on=day, facts={"soon": True})


def _named(actor: Actor, ids: Iterable[int | None]) -> dict[int, tuple[str, str]]:
    """Number and title in the reader's language of agreements by id."""
    rows = readable(actor).filter(pk__in=[key for key in ids if key is not None])
    return {
        key: (number, (titles or {}).get(actor.language) or title)
        for key, number, title, titles in rows.values_list("pk", "number", "title", "titles")
    }


def _day(value: datetime.date | str) -> str:
    return date_format(datetime.date.fromisoformat(value) if isinstance(value, str) else value, "DATE_FORMAT")


def _of_agreements(actor: Actor, lines: Sequence[Line], text: Any) -> dict[int, Shown]:
    named = _named(actor, (line.subject_id for line in lines))
    return {
        line.id: Shown(
            text(line), reverse("agreements:record", args=[named[line.subject_id][0]]), *named[line.subject_id]
        )
        for line in lines
        if line.subject_id in named
    }


def _renewal_words(actor: Actor, lines: Sequence[Line]) -> dict[int, Shown]:
    def text(line: Line) -> str:
        renewal = _day(line.facts["renewal"])
        if not line.facts.get("safe"):
            return _("Renews itself on %(day)s; no period to object is recorded") % {"day": renewal}
        return _("Renews itself on %(day)s; the last safe day to object is %(safe)s") % {
            "day": renewal,
            "safe": _day(line.facts["safe"]),
        }

    return _of_agreements(actor, lines, text)


def _end_words(actor: Actor, lines: Sequence[Line]) -> dict[int, Shown]:
    return _of_agreements(actor, lines, lambda line: _("Ends on %(day)s") % {"day": _day(line.on)} if line.on else "")


def _change_words(actor: Actor, lines: Sequence[Line]) -> dict[int, Shown]:
    def text(line: Line) -> str:
        done = ", ".join(dict.fromkeys(str(label_of(name)) for name in line.facts.get("actions", ())))
        return _("Changed: %(actions)s") % {"actions": done}

    return _of_agreements(actor, lines, text)


def _finding_words(actor: Actor, lines: Sequence[Line]) -> dict[int, Shown]:
    days = [line.on for line in lines if line.on is not None]
    counts = _findings_by_day(actor, min(days)) if days else {}

    def text(line: Line) -> str:
        count = counts.get(line.on, 0) if line.on is not None else 0
        words = ngettext(
            "The review of %(day)s put %(count)d matter before you",
            "The review of %(day)s put %(count)d matters before you",
            count,
        )
        return words % {"day": _day(line.on) if line.on else "", "count": count}

    return {line.id: Shown(text(line), reverse("review:desk")) for line in lines}


def _step_words(actor: Actor, lines: Sequence[Line]) -> dict[int, Shown]:
    steps = {
        step.pk: step
        for step in steps_of(actor).filter(pk__in=[line.subject_id for line in lines]).select_related("agreement")
    }
    named = _named(actor, (step.agreement_id for step in steps.values()))
    shown = {}
    for line in lines:
        step = steps.get(line.subject_id or 0)
        if step is None:
            continue
        label = str(FollowUpKind(step.kind).label)
        words = _("Soon due: %(step)s") if line.facts.get("soon") else _("Next step: %(step)s")
        number, title = named.get(step.agreement_id, ("", ""))
        shown[line.id] = Shown(words % {"step": label}, reverse("review:step", args=[step.pk]), number, title)
    return shown


register(
    Kind(
        name="agreements.renews_soon",
        label=gettext_lazy("Renews itself soon"),
        purpose=gettext_lazy("Until the last safe day to object you can stop the renewal."),
        roles=NEARBY,
        due=_renewals_due,
        words=_renewal_words,
        subjects=readable,
        way=Way.AT_ONCE,
    )
)
register(
    Kind(
        name="agreements.expires_soon",
        label=gettext_lazy("Expires soon"),
        purpose=gettext_lazy("An agreement that ends and does not renew itself."),
        roles=NEARBY,
        due=_ends_due,
        words=_end_words,
        subjects=readable,
    )
)
register(
    Kind(
        name="agreements.findings",
        label=gettext_lazy("Findings of the review"),
        purpose=gettext_lazy("What the review of a day put on your desk for a decision."),
        roles=DECIDERS,
        due=_findings_due,
        words=_finding_words,
    )
)
register(
    Kind(
        name="agreements.steps",
        label=gettext_lazy("Next steps"),
        purpose=gettext_lazy("A decision of the review started a step, or its day comes near."),
        roles=WORKERS,
        due=_steps_due,
        words=_step_words,
        subjects=steps_of,
        way=Way.AT_ONCE,
    )
)
register(
    Kind(
        name="agreements.changed",
        label=gettext_lazy("Changes in your territory"),
        purpose=gettext_lazy("Somebody else made or changed an agreement of your territory."),
        roles=IN_TERRITORY,
        due=_changes_due,
        words=_change_words,
        subjects=readable,
    )
)
