"""Days of the register in people's calendars: last safe days to object, and ends."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import BOUND_TO_PARTNERS, BOUND_TO_REGIONS
from foedera.platform.notices.feed import Entry, register_source

from .models import SIGNED_STATES
from .notices import readable, renewing


def _in_territory(actor: Actor) -> Any:
    """Agreements that are the actor's work and that he may read whole; published ones of others are left out."""
    mine = Q(owner=actor.body_id) if actor.body_id is not None else Q(pk__in=[])
    if actor.role in BOUND_TO_REGIONS:
        mine |= Q(own_ids__overlap=sorted(actor.own_territories))
    if actor.role in BOUND_TO_PARTNERS:
        mine |= Q(partner_ids__overlap=sorted(actor.partner_states))
    rows = readable(actor)
    return rows if actor.reads_everything else rows.filter(mine)


def _days(actor: Actor, first: datetime.date, last: datetime.date) -> Iterator[Entry]:
    rows = _in_territory(actor).filter(state__in=SIGNED_STATES)
    ends = rows.filter(ends_on__gte=first, ends_on__lte=last)
    for number, title, titles, end in ends.values_list("number", "title", "titles", "ends_on"):
        yield _entry(actor, f"{number}-end", end, _("Ends"), number, title, titles)
    stoppable = rows.filter(tacit_renewal=True)
    safe_days = renewing(actor.today, (last - actor.today).days, stoppable.values_list("pk", flat=True))
    facts = {
        key: more
        for key, *more in stoppable.filter(pk__in=list(safe_days)).values_list("pk", "number", "title", "titles")
    }
    for key, (renewal, safe) in safe_days.items():
        if key not in facts:
            continue
        number, title, titles = facts[key]
        if safe is not None:
            yield _entry(actor, f"{number}-safe-{renewal}", safe, _("Last safe day to object"), number, title, titles)
        yield _entry(actor, f"{number}-renewal-{renewal}", renewal, _("Renews itself"), number, title, titles)


def _entry(
    actor: Actor, key: str, day: datetime.date, text: str, number: str, title: str, titles: dict[str, str] | None
) -> Entry:
    shown = (titles or {}).get(actor.language) or title
    return Entry(key, day, text, number, shown, reverse("agreements:record", args=[number]))


register_source(_days)
