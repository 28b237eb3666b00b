"""Pages of the directory: what they show on a day, to whom, and that their forms write."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foedera.accounts.models import Person
from foedera.directory.models import Body, Format, Holder, Jurisdiction, Membership
from foedera.directory.tests import make
from foedera.platform.access.roles import Role

pytestmark = pytest.mark.django_db

CountQueries = Callable[..., Any]


@pytest.fixture
def world(db: None) -> make.World:
    return make.world()


@pytest.fixture
def office(world: make.World) -> Body:
    made = make.body(
        world.centre, "Office in Kazan", territory="RU-TA", names={"ru": "Представительство в Казани"}, phone="+7 843"
    )
    make.cover(made, "RU-TA", world.centre, since="2024-02")
    make.appoint(make.post(made, world.centre), world.centre, "First Person", "2024-02-10")
    return made


@pytest.fixture
def forum(world: make.World) -> Format:
    made = make.format_record(world.centre, "Forum of regions", cadence_months=12, last_session="2020-05")
    return make.step(made, "add_member", world.centre, territory="RU-TA", standing="member", valid_from="2020")  # type: ignore[no-any-return]  # step returns the record it was given


@pytest.fixture
def signed_in(world: make.World, client: Client) -> Client:
    make.actor(Role.COORDINATOR, world.ministry, login="coordinator")
    client.force_login(Person.objects.get(login="coordinator"))
    return client


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def streamed(response: Any) -> bytes:
    return b"".join(response.streaming_content)


PAGES = (
    "bodies",
    "territories",
    "formats",
    "responsible",
    "uncovered",
    "jurisdictions",
    "world",
    "missions",
    "contacts",
    "precedence",
    "body_create",
    "format_create",
)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_page_answers_in_both_languages(
    name: str, language: str, signed_in: Client, office: Body, forum: Format
) -> None:
    response = signed_in.get(reverse(f"directory:{name}"), HTTP_ACCEPT_LANGUAGE=language)
    assert response.status_code == 200
    assert "<h1" in response.content.decode()


@pytest.mark.parametrize("name", PAGES[:-2])
def test_the_public_reads_pages_without_names_of_people(name: str, client: Client, office: Body, forum: Format) -> None:
    response = client.get(reverse(f"directory:{name}"))
    assert response.status_code == 200
    assert "First Person" not in response.content.decode()


def test_the_list_shows_bodies_and_exports_them(signed_in: Client, office: Body) -> None:
    url = reverse("directory:bodies")
    assert "Office in Kazan" in text(signed_in.get(url))
    exported = streamed(signed_in.get(url, {"format": "csv"})).decode()
    assert "Office in Kazan" in exported


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ({"covers": "RU-TA"}, True),
        ({"covers": "RU-TA", "as_of": "2020-01-01"}, False),
        ({"covers": "RU-PNZ"}, False),
        ({"state": "active"}, True),
        ({"state": "closed"}, False),
        ({"territory": "RU-TA"}, True),
        ({"of_state": "RU"}, True),
        ({"q": "Kazan"}, True),
        ({"q": "Казани"}, True),
    ],
)
def test_the_list_is_narrowed(query: dict[str, str], there: bool, signed_in: Client, office: Body) -> None:
    shown = text(signed_in.get(reverse("directory:bodies"), query))
    assert (office.number in shown) == there


def test_a_body_shows_facts_holders_and_jurisdictions(signed_in: Client, office: Body) -> None:
    shown = text(signed_in.get(reverse("directory:body", args=[office.number])))
    for words in ("Office in Kazan", "Представительство в Казани", "+7 843", "First Person", "Republic of Tatarstan"):
        assert words in shown
    for tab in ("people", "jurisdictions", "parts", "timeline"):
        assert signed_in.get(reverse("directory:body_tab", args=[office.number, tab])).status_code == 200
    assert signed_in.get(reverse("directory:body_tab", args=[office.number, "secrets"])).status_code == 404


def test_a_body_as_of_a_day_before_its_jurisdiction(signed_in: Client, office: Body) -> None:
    shown = text(signed_in.get(reverse("directory:body", args=[office.number]), {"as_of": "2020-01-01"}))
    assert "It covers no territory." in shown
    assert "First Person" not in shown


def test_the_public_sees_no_holders_and_no_timeline(client: Client, office: Body) -> None:
    for tab in ("people", "jurisdictions"):
        shown = text(client.get(reverse("directory:body_tab", args=[office.number, tab])))
        assert "First Person" not in shown
    assert client.get(reverse("directory:body_tab", args=[office.number, "timeline"])).status_code == 404


def test_what_one_may_not_know_of_is_not_found(client: Client, world: make.World) -> None:
    hidden = make.body(world.centre, "Internal", publicity="internal")
    assert client.get(reverse("directory:body", args=[hidden.number])).status_code == 404
    assert client.get(reverse("directory:body", args=["BD-999999"])).status_code == 404
    assert client.get(reverse("directory:territory", args=["ZZ"])).status_code == 404


def test_a_contested_territory_names_the_positions_and_takes_none(signed_in: Client, world: make.World) -> None:
    shown = text(signed_in.get(reverse("directory:territory", args=["RU-X-CR"])))
    for words in ("Contested", "Part of Russia", "Part of Ukraine", "A source", "the program takes none"):
        assert words in shown


def test_a_territory_says_who_covers_it_on_the_day(signed_in: Client, office: Body, forum: Format) -> None:
    url = reverse("directory:territory", args=["RU-TA"])
    shown = text(signed_in.get(url))
    for words in ("Office in Kazan", "First Person", "Forum of regions", "Республика Татарстан"):
        assert words in shown
    assert "Nobody: this is a gap." in text(signed_in.get(url, {"as_of": "2010-01-01"}))


def test_who_was_responsible_answers_and_keeps_what_was_asked(signed_in: Client, office: Body) -> None:
    url = reverse("directory:responsible")
    asked = {"territory": "Татарстан", "on": "March 2025", "function": "coordination"}
    response = signed_in.get(url, asked)
    assert "Office in Kazan" in text(response)
    assert "March 2025" in response.content.decode()
    assert "gap" in text(signed_in.get(url, {"territory": "RU-PNZ"}))
    for faulty in ({"territory": "Atlantis"}, {"territory": "RU-TA", "on": "someday"}, {"territory": "a\x00b"}):
        assert signed_in.get(url, faulty).status_code == 422


def test_uncovered_pairs_show_both_halves(signed_in: Client, office: Body) -> None:
    shown = text(signed_in.get(reverse("directory:uncovered")))
    for words in ("Penza Oblast", "Kazakhstan", "Regions without a coordinating body"):
        assert words in shown


def test_a_contact_list_is_exported(signed_in: Client, office: Body) -> None:
    url = reverse("directory:contacts")
    assert "First Person" in text(signed_in.get(url, {"territory": "RU-TA"}))
    for kind in ("csv", "xlsx", "jsonl"):
        response = signed_in.get(url, {"territory": "RU-TA", "format": kind})
        assert streamed(response)
    assert signed_in.get(url, {"territory": "ZZ"}).status_code == 200


def test_outlines_are_served(client: Client) -> None:
    response = client.get(reverse("directory:outline", args=["world"]))
    assert response["Content-Type"] == "application/geo+json"
    assert client.get(reverse("directory:outline", args=["secrets"])).status_code == 404


def test_a_format_shows_members_and_that_it_is_overdue(signed_in: Client, forum: Format) -> None:
    shown = text(signed_in.get(reverse("directory:format", args=[forum.number])))
    for words in ("Forum of regions", "Overdue", "Republic of Tatarstan"):
        assert words in shown
    for tab in ("members", "timeline"):
        assert signed_in.get(reverse("directory:format_tab", args=[forum.number, tab])).status_code == 200
    assert forum.number in text(signed_in.get(reverse("directory:formats"), {"overdue": "true"}))
    assert forum.number not in text(signed_in.get(reverse("directory:formats"), {"overdue": "false"}))
    assert forum.number in text(signed_in.get(reverse("directory:formats"), {"member": "RU-TA"}))


# ---------------------------------------------------------------------------------------------------------------- forms


def test_a_body_is_made_by_its_form(signed_in: Client, world: make.World) -> None:
    url = reverse("directory:body_create")
    faulty = signed_in.post(url, {"name": "", "kind": "agency", "publicity": "public"})
    assert faulty.status_code == 422
    made = signed_in.post(url, {"name": "Agency", "kind": "agency", "publicity": "public", "territory": "RU-PNZ"})
    body = Body.objects.get(name="Agency")
    assert made["Location"] == reverse("directory:body", args=[body.number])
    assert body.country_id == world["RU"].pk


def test_every_step_of_a_body_has_its_form(signed_in: Client, office: Body) -> None:
    for verb in ("change", "check", "identify", "close", "add_post", "change_post", "close_post", "appoint", "assign"):
        response = signed_in.get(reverse("directory:body_step", args=[office.number, verb]))
        assert response.status_code == 200, verb
    assert signed_in.get(reverse("directory:body_step", args=[office.number, "create"])).status_code == 404


def test_a_holder_is_appointed_and_ended_by_forms(signed_in: Client, office: Body) -> None:
    post = office.posts.get()
    url = reverse("directory:body_step", args=[office.number, "appoint"])
    assert "Head of office" in text(signed_in.get(url))
    office.refresh_from_db()
    given = {
        "post": str(post.pk),
        "person_name": "Second Person",
        "standing": "full",
        "valid_from": "2025-05-01",
        "ends_predecessor": "true",
        "version": str(office.version),
    }
    assert signed_in.post(url, given).status_code == 302
    assert Holder.objects.get(person_name="First Person").valid_until == "2025-04-30"
    holder = Holder.objects.get(person_name="Second Person")
    office.refresh_from_db()
    url = reverse("directory:body_step", args=[office.number, "end_holder"])
    sent = {"holder": str(holder.pk), "valid_until": "2026-01-31", "version": str(office.version)}
    assert signed_in.post(url, sent).status_code == 302
    holder.refresh_from_db()
    assert holder.valid_until == "2026-01-31"


def test_a_territory_is_assigned_and_ended_by_forms(signed_in: Client, office: Body) -> None:
    office.refresh_from_db()
    url = reverse("directory:body_step", args=[office.number, "assign"])
    given = {"territory": "RU-PNZ", "function": "trade", "version": str(office.version)}
    assert signed_in.post(url, given).status_code == 302
    made = Jurisdiction.objects.get(territory__code="RU-PNZ")
    assert made.confidence == "to_confirm"
    office.refresh_from_db()
    url = reverse("directory:body_step", args=[office.number, "end_jurisdiction"])
    given = {"jurisdiction": str(made.pk), "valid_until": "2026-02-28", "version": str(office.version)}
    assert signed_in.post(url, given).status_code == 302


def test_two_people_changing_the_same_body_are_shown_both_versions(signed_in: Client, office: Body) -> None:
    office.refresh_from_db()
    url = reverse("directory:body_step", args=[office.number, "change"])
    stale = str(office.version - 1)
    given = {"name": "Office", "kind": "office_in_region", "publicity": "public", "confidence": "reported"}
    response = signed_in.post(url, {**given, "version": stale})
    assert response.status_code == 409
    assert "Office in Kazan" in text(response)
    office.refresh_from_db()
    assert office.name == "Office in Kazan"


def test_a_member_is_ended_by_its_form(signed_in: Client, forum: Format) -> None:
    membership = Membership.objects.get()
    url = reverse("directory:format_step", args=[forum.number, "end_membership"])
    assert "Republic of Tatarstan" in text(signed_in.get(url))
    given = {"membership": str(membership.pk), "valid_until": "2025", "version": str(forum.version)}
    assert signed_in.post(url, given).status_code == 302
    membership.refresh_from_db()
    assert membership.valid_until == "2025"


def test_forms_are_not_for_the_public(client: Client, office: Body, forum: Format) -> None:
    assert client.get(reverse("directory:body_step", args=[office.number, "change"])).status_code == 404
    assert client.get(reverse("directory:format_step", args=[forum.number, "change"])).status_code == 404
    assert client.post(reverse("directory:body_create"), {"name": "A", "kind": "agency"}).status_code != 302
    assert not Body.objects.filter(name="A").exists()


@pytest.mark.parametrize(("name", "most"), [("bodies", 25), ("uncovered", 12), ("jurisdictions", 16), ("world", 16)])
def test_pages_keep_their_budget_of_statements(
    name: str, most: int, signed_in: Client, office: Body, django_assert_max_num_queries: CountQueries
) -> None:
    with django_assert_max_num_queries(most):
        signed_in.get(reverse(f"directory:{name}"))
