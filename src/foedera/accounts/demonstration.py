"""Synthetic people for the demonstration; their sign-ins are printed when it starts and are no secret."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils import timezone

from foedera.platform.access.actors import system
from foedera.platform.access.roles import Role

from .actions import give_duty, make_person
from .models import Duty, Person
from .queries import SignIn

PASSWORD = "seven hills and a river"  # noqa: S105 - for synthetic people of the demonstration, printed at its start
LOGINS: tuple[tuple[str, Role], ...] = (
    ("coordinator", Role.COORDINATOR),
    ("legal", Role.LEGAL),
    ("office", Role.OFFICE_OFFICER),
    ("region", Role.REGION),
    ("mission", Role.MISSION),
    ("auditor", Role.AUDITOR),
    ("administrator", Role.ADMINISTRATOR),
)


def make_people(bodies: dict[Role, int]) -> int:
    """A synthetic person for each role that has a body among `bodies` (role -> body id); returns how many were made."""
    actor = system(timezone.localdate(), name="Demonstration")
    made = 0
    for login, role in LOGINS:
        if role not in bodies or Person.objects.filter(login=login).exists():
            continue
        with transaction.atomic():
            person = make_person(actor=actor, login=login, name=f"Synthetic {login}", password=PASSWORD, synthetic=True)
            give_duty(actor=actor, person=person, role=role, body_id=bodies[role], valid_from=datetime.date(2020, 1, 1))
        made += 1
    return made


def sign_ins() -> list[SignIn]:
    """The sign-ins of the demonstration people that exist."""
    duties = Duty.objects.filter(person__is_synthetic=True).select_related("person", "body").order_by("id")
    return [
        SignIn(d.person.name, d.person.login, PASSWORD, f"{Role(d.role).label}, {d.body.name}")
        for d in duties
        if d.person.login in dict(LOGINS)
    ]
