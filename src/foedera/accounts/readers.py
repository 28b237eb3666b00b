"""Everybody who may be told something: each duty held on a day with the actor that follows from it."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db.models import Q

from foedera.platform.access.actors import Actor, Territories, territories_of
from foedera.platform.access.roles import Role
from foedera.platform.notices.kinds import Reader

from .models import Delegation, Duty, Person
from .queries import body_name


def readers(day: datetime.date, person_id: int | None = None) -> list[Reader]:
    """The duties that people (or one person) who may sign in hold on the day or have lent, own ones first.

    Each is a reader in the person's language.
    """
    held = Duty.objects.filter(valid_from__lte=day, person__is_active=True).filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=day)
    )
    if person_id is not None:
        held = held.filter(Q(person=person_id) | Q(delegations__person=person_id)).distinct()
    duties = {duty.pk: duty for duty in held.select_related("body", "person").order_by("person_id", "id")}
    lent = Delegation.objects.filter(
        duty__in=list(duties),
        valid_from__lte=day,
        valid_until__gte=day,
        revoked_at__isnull=True,
        person__is_active=True,
    )
    if person_id is not None:
        lent = lent.filter(person=person_id)
    pairs = [(duty, duty.person) for duty in duties.values() if person_id in (None, duty.person_id)]
    pairs += [(duties[loan.duty_id], loan.person) for loan in lent.select_related("person").order_by("id")]
    # Many people work in one body; its territories are looked up once.
    covered: dict[tuple[int, str], Territories] = {}
    return [Reader(_actor(duty, person, day, covered), person.email) for duty, person in pairs]


def _actor(duty: Duty, person: Person, day: datetime.date, covered: dict[tuple[int, str], Territories]) -> Actor:
    language = person.language or settings.LANGUAGE_CODE
    place = (duty.body_id, language)
    if place not in covered:
        covered[place] = territories_of(duty.body_id, day, language)
    return Actor(
        person_id=person.pk,
        name=person.name,
        acting_for=duty.person.name if person.pk != duty.person_id else "",
        role=Role(duty.role),
        duty_id=duty.pk,
        body_id=duty.body_id,
        body_name=body_name(duty.body, language),
        own_territories=covered[place].own,
        partner_states=covered[place].partners,
        territory_names=covered[place].names,
        today=day,
        as_of=day,
        channel="job",
        language=language,
    )
