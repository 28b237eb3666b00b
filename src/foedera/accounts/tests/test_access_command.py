"""`./foedera access`: shows, ends, and makes in a person's name with his rights."""

from __future__ import annotations

import datetime
import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from foedera.accounts.models import Delegation, Elevation, OpenReading, Person, ServiceToken
from foedera.accounts.tests.make import switched_on
from foedera.agreements.tests.make import World, actor, agreement, person, world
from foedera.platform.access.roles import Role

pytestmark = pytest.mark.django_db
WHY = "The minister asks before the talks"


@pytest.fixture
def made() -> World:
    return world()


def access(*words: str, **options: Any) -> str:
    said = io.StringIO()
    call_command("access", *words, stdout=said, **options)
    return said.getvalue().strip()


def items(what: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(access(what, json=True))["items"]
    return found


def test_sessions_of_administrators_are_shown_and_switched_off(made: World) -> None:
    person("admin", Role.ADMINISTRATOR, made.ministry)
    assert access("elevations") == "There are none."
    client = switched_on(Person.objects.get(login="admin"))
    (shown,) = items("elevations")
    assert shown["person"] == "Synthetic admin"
    assert "Synthetic admin" in access("elevations")
    assert access("elevations", end=shown["id"]) == "Ended."
    assert Elevation.objects.get().ended_at is not None
    assert client.get("/account/people/").status_code in (403, 404)
    with pytest.raises(CommandError):
        access("elevations", end=shown["id"])


def test_a_role_is_lent_and_taken_back(made: World) -> None:
    person("officer", Role.OFFICE_OFFICER, made.office)
    person("colleague", Role.OFFICE_OFFICER, made.office)
    until = timezone.localdate() + datetime.timedelta(days=7)
    with pytest.raises(CommandError, match="--by"):
        access("delegations", lend_to="colleague", until=until, reason="Leave")
    with pytest.raises(CommandError, match="Nobody"):
        access("delegations", by="nobody", lend_to="colleague", until=until, reason="Leave")
    with pytest.raises(CommandError, match="Say why"):
        access("delegations", by="officer", lend_to="colleague", until=until)
    assert access("delegations", by="officer", lend_to="colleague", until=until, reason="Leave") == "Lent."
    (shown,) = items("delegations")
    access("delegations", end=shown["id"])
    assert Delegation.objects.get().revoked_at is not None


def test_a_record_is_opened_and_closed(made: World) -> None:
    hidden = agreement(
        actor(Role.OFFICE_HEAD, made.office, login="head"), publicity="restricted", publicity_ground="Kept"
    )
    person("auditor", Role.AUDITOR, made.ministry)
    with pytest.raises(CommandError):
        access("readings", by="head", open=hidden.number, reason=WHY)
    access("readings", by="auditor", open=hidden.number, reason=WHY, hours=1)
    (shown,) = items("readings")
    assert (shown["number"], shown["reason"]) == (hidden.number, WHY)
    access("readings", end=shown["id"])
    assert OpenReading.objects.get().ended_at is not None


def test_a_token_of_a_body_is_made_and_revoked(made: World) -> None:
    person("head", Role.OFFICE_HEAD, made.office)
    secret = access("tokens", by="head", make="Exchange", record_types="agreements", days=10)
    bearer = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/agreements", headers=bearer).status_code == 200
    (shown,) = items("tokens")
    assert (shown["name"], shown["record_types"], shown["reads_only"]) == ("Exchange", ["agreements"], True)
    access("tokens", end=shown["id"])
    assert Client().get("/api/v1/agreements", headers=bearer).status_code == 401
    assert ServiceToken.objects.get().revoked_at is not None
    with pytest.raises(CommandError):
        access("tokens", open="AG-000001", by="head")
