"""Where one is signed in: device, address, last use; signing out there."""

from __future__ import annotations

import datetime

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from foedera.accounts.models import Person
from foedera.accounts.tests.make import switched_on
from foedera.accounts.views.sessions import device
from foedera.agreements.tests.make import PASSWORD, World, person, world
from foedera.platform.access.roles import Role
from foedera.platform.history.models import PerformedAction

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)


@pytest.fixture(autouse=True)
def fresh_rates(db: None) -> None:
    cache.clear()


@pytest.fixture
def made() -> World:
    return world()


@pytest.fixture
def nina(made: World) -> Person:
    return person("nina", Role.OFFICE_OFFICER, made.office)


def browser(user_agent: str, login: str = "nina") -> Client:
    client = Client(headers={"user-agent": user_agent})
    assert client.post("/accounts/login/", {"login": login, "password": PASSWORD}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


@pytest.mark.parametrize(
    ("told", "shown"),
    [(FIREFOX, "Firefox on Linux"), (CHROME, "Chromium on Windows"), ("curl/8.5", "curl"), ("", "Unknown device")],
)
def test_a_device_is_told_in_short(told: str, shown: str) -> None:
    assert device(told) == shown


def test_every_session_is_listed_with_device_and_address(nina: Person) -> None:
    browser(FIREFOX)
    page = browser(CHROME).get("/account/sessions/").content.decode()
    assert "Firefox on Linux" in page
    assert "Chromium on Windows" in page
    assert "127.0.0.1" in page
    assert page.count("This one") == 1


def test_one_is_signed_out_in_another_browser(nina: Person) -> None:
    lost, mine = browser(FIREFOX), browser(CHROME)
    key = UserSession.objects.get(user_agent=FIREFOX).pk
    assert mine.get(f"/account/sessions/{key}/end/").status_code == 200
    assert mine.post(f"/account/sessions/{key}/end/").status_code == 302
    assert is_in(mine)
    assert not is_in(lost)
    assert PerformedAction.objects.filter(name="accounts.end_session").exists()


def test_all_others_end_at_once(nina: Person) -> None:
    others = [browser(FIREFOX), browser("curl/8.5")]
    mine = browser(CHROME)
    assert mine.get("/account/sessions/end-others/").status_code == 405
    assert mine.post("/account/sessions/end-others/").status_code == 302
    assert is_in(mine)
    assert not any(is_in(o) for o in others)


def test_nobody_ends_the_session_of_another(made: World, nina: Person) -> None:
    hers = browser(FIREFOX)
    person("olga", Role.COORDINATOR, made.ministry)
    stranger = browser(CHROME, "olga")
    key = UserSession.objects.get(user_agent=FIREFOX).pk
    assert stranger.post(f"/account/sessions/{key}/end/").status_code == 404
    assert stranger.post(f"/account/people/{nina.pk}/sessions/").status_code == 404
    assert is_in(hers)
    assert Client().get("/account/sessions/").status_code == 302


def test_an_administrator_signs_somebody_out(made: World, nina: Person) -> None:
    first, second = browser(FIREFOX), browser(CHROME)
    admin = switched_on(person("anna", Role.ADMINISTRATOR, made.ministry))
    page = f"/account/people/{nina.pk}/sessions/"
    assert "Firefox on Linux" in admin.get(page).content.decode()
    key = UserSession.objects.get(user_agent=FIREFOX).pk
    assert admin.get(f"{page}{key}/end/").status_code == 200
    assert admin.post(f"{page}{key}/end/").status_code == 302
    assert (is_in(first), is_in(second)) == (False, True)
    assert admin.post(page).status_code == 302
    assert not is_in(second)


def test_the_last_use_is_kept_but_not_at_every_page(nina: Person) -> None:
    client = browser(FIREFOX)
    before = timezone.now() - datetime.timedelta(days=1)
    UserSession.objects.update(last_seen_at=before)
    client.get("/agreements/")
    first = UserSession.objects.get().last_seen_at
    assert first > before
    client.get("/agreements/")
    assert UserSession.objects.get().last_seen_at == first
    session = client.session
    session["seen"] = 0
    session.save()
    client.get("/agreements/")
    assert UserSession.objects.get().last_seen_at > first
