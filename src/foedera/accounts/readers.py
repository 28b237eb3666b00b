"""Who works on a day: everybody who may be told something, each duty with its actor; and the seats, whoever sits in them."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import connection
from django.db.models import Q

from foedera.platform.access.actors import Actor, Territories, territories_of, territories_of_many
from foedera.platform.access.asking import is_asked
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


def seats(day: datetime.date) -> list[Actor]:
    """The roles that are held on the day by people who may sign in, each with the body in which it is held, and nobody's name.

    Lent roles are among them, for they are held. In the order of roles, and of bodies within each.
    """
    order = {role: number for number, role in enumerate(Role)}
    held = sorted(((Role(role), body) for role, body in _held(day)), key=lambda seat: (order[seat[0]], seat[1]))
    # Names of territories are not asked for; the language is that of any.
    language = settings.LANGUAGE_CODE
    covered = territories_of_many(sorted({body for _role, body in held}), day, language)
    return [
        Actor(
            person_id=None,
            name="",
            role=role,
            body_id=body,
            own_territories=covered[body].own,
            partner_states=covered[body].partners,
            today=day,
            as_of=day,
            language=language,
        )
        for role, body in held
    ]


def _held(day: datetime.date) -> list[tuple[str, int]]:
    if is_asked():
        # The fence shows each his colleagues' duties alone; this function tells no person.
        with connection.cursor() as cursor:
            cursor.execute("SELECT role, body_id FROM foedera_seats(%s)", [day])
            return [(role, body) for role, body in cursor.fetchall()]
    held = Duty.objects.filter(valid_from__lte=day, person__is_active=True).filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=day)
    )
    return list(held.order_by().values_list("role", "body_id").distinct())
