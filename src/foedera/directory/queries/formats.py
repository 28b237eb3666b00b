"""Formats: members on a date, formats of a state or region, and those whose session is overdue."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from foedera.platform.access.actors import Actor

from ..models import Format, Membership, Territory
from ..rules import is_overdue, session_due
from .territories import localised


@dataclass(frozen=True, slots=True)
class Member:
    """A state or region in a format, in which standing, from when until when."""

    id: int
    territory: str
    name: str
    own: bool
    standing: str
    valid_from: str
    valid_until: str
    confidence: str
    source: str
    holds: bool


def members_of(actor: Actor, record: Format, *, on: datetime.date | None = None) -> list[Member]:
    """The members of a visible format over time, those of the actor's day first; with `on` only those of that day."""
    found = Membership.objects.filter(format=record.pk)
    if on is not None:
        found = found.filter(during__contains=on)
    values = found.annotate(shown=localised(actor.language, "territory")).values_list(
        "id",
        "territory__code",
        "shown",
        "territory__own",
        "standing",
        "valid_from",
        "valid_until",
        "confidence",
        "source",
        "during",
    )
    members = [Member(*v[:9], holds=(on or actor.as_of) in v[9]) for v in values]
    return sorted(members, key=lambda m: (not m.holds, not m.own, m.name, m.valid_from))


@dataclass(frozen=True, slots=True)
class FormatOn:
    """A format as seen from one of its members on a day, or from the calendar of sessions."""

    number: str
    name: str
    kind: str
    standing: str
    valid_from: str
    valid_until: str
    last_session: str
    next_session: str
    due: datetime.date | None
    overdue: bool


def _on(values: tuple[str, ...], dissolved: str, cadence: int | None, on: datetime.date) -> FormatOn:
    number, name, kind, standing, valid_from, valid_until, last, following = values
    due = session_due(last, cadence)
    overdue = is_overdue(dissolved, last, cadence, on)
    return FormatOn(number, name, kind, standing, valid_from, valid_until, last, following, due, overdue)


def formats_of(actor: Actor, territory: Territory) -> list[FormatOn]:
    """The visible formats to which a state or region belongs on the actor's day, by name."""
    held = Membership.objects.filter(
        territory=territory.pk,
        during__contains=actor.as_of,
        format__in=Format.objects.visible_to(actor),
    ).annotate(shown=localised(actor.language, "format"))
    values = held.order_by("shown").values_list(
        "format__number",
        "shown",
        "format__kind",
        "standing",
        "valid_from",
        "valid_until",
        "format__last_session",
        "format__next_session",
        "format__dissolved",
        "format__cadence_months",
    )
    return [_on(v[:8], v[8], v[9], actor.as_of) for v in values]


def overdue_formats(actor: Actor) -> list[FormatOn]:
    """The visible formats whose next session should have been held before the actor's day, longest overdue first."""
    values = (
        Format.objects.visible_to(actor)
        .filter(cadence_months__isnull=False)
        .exclude(last_session="")
        .annotate(shown=localised(actor.language))
        .values_list("number", "shown", "kind", "last_session", "next_session", "dissolved", "cadence_months")
    )
    found = [
        _on((number, name, kind, "", "", "", last, following), gone, cadence, actor.as_of)
        for number, name, kind, last, following, gone, cadence in values
    ]
    return sorted((f for f in found if f.overdue), key=lambda f: (str(f.due), f.name))
