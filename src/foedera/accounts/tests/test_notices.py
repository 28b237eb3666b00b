"""The centre and the auditor are told that an administrator's session was switched on."""

from __future__ import annotations

import pytest
from django.utils import timezone

from foedera.accounts.models import Person
from foedera.accounts.tests.make import switched_on
from foedera.agreements.tests.make import actor, person, world
from foedera.platform.access.roles import Role
from foedera.platform.notices.queries import inbox
from foedera.platform.notices.telling import tell

pytestmark = pytest.mark.django_db


def test_oversight_is_told_once_with_the_reason() -> None:
    made = world()
    centre = actor(Role.COORDINATOR, made.ministry, login="centre")
    auditor = actor(Role.AUDITOR, made.ministry, login="auditor")
    officer = actor(Role.OFFICE_OFFICER, made.office, login="officer")
    person("admin", Role.ADMINISTRATOR, made.ministry)
    kinds = ["accounts.session_switched_on"]
    assert tell(timezone.now(), only=kinds).told == 0
    switched_on(Person.objects.get(login="admin"))
    assert tell(timezone.now(), only=kinds).told == 2
    assert tell(timezone.now(), only=kinds).told == 0
    for reader in (centre, auditor):
        (item,) = inbox(reader).items
        assert item.shown.text.startswith("Synthetic admin works as administrator until ")
        assert item.shown.text.endswith("Accounts of new colleagues")
        assert item.shown.url.startswith("/account/administrators/")
    assert inbox(officer).items == ()
