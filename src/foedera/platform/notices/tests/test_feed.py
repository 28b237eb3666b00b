"""The calendar feed: what it shows, to whom, and how its address is renewed and revoked."""

from __future__ import annotations

import datetime
import logging
import re
from typing import Any

import pytest
from django.test import Client, override_settings
from icalendar import Calendar

from foedera.agreements.models import Agreement
from foedera.directory.models import Format, Membership
from foedera.directory.rules import during
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.notices.feed import feed_of
from foedera.platform.notices.models import CalendarAddress

from .conftest import Scene

pytestmark = pytest.mark.django_db


def new_address(client: Client) -> str:
    """The path of a new address, as the page shows it once."""
    found = re.search(r"http://[^/]+(/calendar/[\w-]+\.ics)", client.post("/notices/calendar/").content.decode())
    assert found is not None
    return found[1]


def events(content: bytes) -> list[Any]:
    return list(Calendar.from_ical(content).walk("VEVENT"))


def test_it_shows_the_days_of_ones_territory_as_other_programs_read_them(scene: Scene) -> None:
    agreement = scene.renewing(title="Agreement on forests; rivers, roads")
    ending = scene.renewing(tacit_renewal=False, renewal_months=None, nonrenewal_months=None)
    day = scene.now.date() + datetime.timedelta(days=20)
    made = perform(
        action_named("format.create"),
        scene.actors["coordinator"],
        values={"name": "Forum of regions", "kind": "forum", "publicity": "internal", "next_session": str(day)},
    )
    tambov = scene.world.territories["RU-TAM"]
    Membership.objects.create(format=Format.objects.get(pk=made.pk), territory=tambov, during=during("", ""))
    answer = Client().get(new_address(scene.clients["colleague"]))
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    found = {str(event["SUMMARY"]): event for event in events(answer.content)}
    assert set(found) == {
        "Last safe day to object: Agreement on forests; rivers, roads",
        "Renews itself: Agreement on forests; rivers, roads",
        "Ends: Agreement on forests",
        "Format meets: Forum of regions",
    }
    assert found["Format meets: Forum of regions"]["DTSTART"].dt == day
    assert found["Ends: Agreement on forests"]["DTSTART"].dt == scene.now.date() + datetime.timedelta(days=100)
    assert str(found["Ends: Agreement on forests"]["URL"]).endswith(f"/agreements/{ending.number}/")
    assert len({str(event["UID"]) for event in found.values()}) == 4
    safe = found["Last safe day to object: Agreement on forests; rivers, roads"]
    assert agreement.number in str(safe["DESCRIPTION"])


def test_another_territory_is_not_shown_and_rights_are_those_of_the_moment(scene: Scene) -> None:
    agreement = scene.renewing()
    far, mission = new_address(scene.clients["far"]), new_address(scene.clients["mission"])
    assert events(Client().get(far).content) == []
    assert len(events(Client().get(mission).content)) == 2
    Agreement.objects.filter(pk=agreement.pk).update(
        publicity="restricted", publicity_ground="Kept", owner=scene.world.office
    )
    assert events(Client().get(mission).content) == []


def test_a_new_address_ends_the_one_before_and_a_revoked_one_leads_nowhere(scene: Scene) -> None:
    client = scene.clients["colleague"]
    first = new_address(client)
    second = new_address(client)
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    assert "no-store" in client.get("/notices/calendar/").headers["Cache-Control"]
    assert second.rpartition("/")[2].removesuffix(".ics") not in client.get("/notices/calendar/").content.decode()
    assert client.post("/notices/calendar/revoke/").status_code == 302
    assert Client().get(second).status_code == 404
    assert CalendarAddress.objects.count() == 2


def test_only_the_digest_is_kept_and_nobody_else_can_revoke_it(scene: Scene) -> None:
    path = new_address(scene.clients["colleague"])
    secret = path.rpartition("/")[2].removesuffix(".ics")
    assert secret not in str(list(CalendarAddress.objects.values()))
    scene.clients["mission"].post("/notices/calendar/revoke/")
    assert Client().get(path).status_code == 200


def test_who_may_no_longer_sign_in_or_holds_no_role_has_no_feed(scene: Scene) -> None:
    path = new_address(scene.clients["colleague"])
    person = scene.person("colleague")
    type(person).objects.filter(pk=person.pk).update(is_active=False)
    assert Client().get(path).status_code == 404
    type(person).objects.filter(pk=person.pk).update(is_active=True)
    person.duties.update(valid_until=scene.now.date() - datetime.timedelta(days=1))
    assert Client().get(path).status_code == 404


def test_the_same_days_are_not_sent_twice(scene: Scene) -> None:
    scene.renewing()
    path = new_address(scene.clients["colleague"])
    answer = Client().get(path)
    again = Client().get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert Client().post(path).status_code == 405


def test_the_secret_stands_in_no_log(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    path = new_address(scene.clients["colleague"])
    with caplog.at_level(logging.INFO):
        Client().get(path)
    told = [str(record.__dict__) for record in caplog.records if record.name == "foedera.requests"]
    assert told
    assert path.rpartition("/")[2].removesuffix(".ics") not in "".join(told)


@override_settings(FOEDERA_URL="https://foedera.example")
def test_it_is_written_in_the_language_of_its_reader(scene: Scene) -> None:
    scene.renewing()
    path = new_address_in(scene)
    person = scene.person("colleague")
    type(person).objects.filter(pk=person.pk).update(language="ru")
    words = feed_of(path, scene.now).decode()
    assert "Продлевается само" in words.replace("\r\n ", "")
    assert "https://foedera.example/agreements/" in words.replace("\r\n ", "")


def new_address_in(scene: Scene) -> str:
    page = scene.clients["colleague"].post("/notices/calendar/").content.decode()
    found = re.search(r"/calendar/([\w-]+)\.ics", page)
    assert found is not None
    return found[1]


def test_the_api_renews_and_revokes_it(scene: Scene) -> None:
    client = scene.clients["colleague"]
    assert client.get("/api/v1/calendar").json()["valid"] is False
    made = client.post("/api/v1/calendar").json()
    path = made["url"].partition("/calendar/")[2]
    assert Client().get(f"/calendar/{path}").status_code == 200
    assert client.get("/api/v1/calendar").json()["valid"] is True
    assert client.delete("/api/v1/calendar").json() == {"valid": False, "url": "", "made_at": None, "read_at": None}
    assert Client().get(f"/calendar/{path}").status_code == 404
    assert Client().post("/api/v1/calendar").status_code == 404
