"""Sign-in at the ministry's identity provider, tried against a real OpenID provider that runs beside the test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import oidc_provider_mock
import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from foedera.accounts.models import Duty, Person
from foedera.agreements.tests.make import World, person, world
from foedera.config.identity import Provider, provider_of
from foedera.platform.access.roles import Role

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/oidc/ministry/login/"


@pytest.fixture
def provider() -> Iterator[str]:
    """The address of a provider on this machine."""
    user = oidc_provider_mock.User(
        sub="mid-4711", claims={"name": "Nina Petrova", "email": "nina@mid.example", "preferred_username": "npetrova"}
    )
    with oidc_provider_mock.run_server_in_thread(require_client_registration=True, user_claims=(user,)) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def configured(provider: str, settings: Any) -> Provider:
    cache.clear()
    asked = {
        "redirect_uris": [f"http://testserver{LOGIN}callback/"],
        "token_endpoint_auth_method": "client_secret_post",
    }
    client = requests.post(f"{provider}/oauth2/clients", json=asked, timeout=10).json()
    made = Provider(
        server=provider,
        client=client["client_id"],
        secret=client["client_secret"],
        name="Ministry",
        claim="sub",
        create=False,
    )
    settings.FOEDERA_IDENTITY_PROVIDER = made
    settings.SOCIALACCOUNT_PROVIDERS = made.described()
    return made


@pytest.fixture
def made() -> World:
    return world()


@pytest.fixture
def nina(made: World) -> Person:
    somebody = person("nina", Role.OFFICE_OFFICER, made.office)
    somebody.external_id = "mid-4711"
    somebody.save()
    return somebody


def walk(client: Client, sub: str = "mid-4711", *, deny: bool = False) -> Any:
    """Go to the provider as a browser does, sign in there, and come back."""
    to_provider = client.post(LOGIN)
    assert to_provider.status_code == 302, to_provider.content.decode()
    address = to_provider["Location"]
    browser = requests.Session()
    browser.trust_env = False
    form = browser.get(address, timeout=10)
    assert form.status_code == 200, form.text
    sent = {"action": "deny"} if deny else {"sub": sub}
    back = browser.post(form.url, data=sent, timeout=10, allow_redirects=False)
    assert back.status_code in (302, 303), back.text
    come = urlsplit(back.headers["Location"])
    assert come.path == f"{LOGIN}callback/"
    return client.get(f"{come.path}?{come.query}")


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_the_sign_in_offers_it_only_where_there_is_one(configured: Provider, settings: Any) -> None:
    assert "Sign in at Ministry" in Client().get("/accounts/login/").content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert "Sign in at" not in Client().get("/accounts/login/").content.decode()
    assert Client().get(LOGIN).status_code == 404


def test_somebody_known_by_identifier_comes_in(configured: Provider, nina: Person) -> None:
    client = Client()
    assert client.get(LOGIN).status_code == 200
    answer = walk(client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert is_in(client)
    assert "Officer of a regional office" in client.get("/agreements/").content.decode()
    again = Client()
    walk(again)
    assert is_in(again)
    assert SocialAccount.objects.get().user_id == nina.pk
    assert not hasattr(SocialAccount.objects.get(), "token") or SocialAccount.objects.get().socialtoken_set.count() == 0


def test_it_counts_as_a_second_factor(configured: Provider, nina: Person, settings: Any) -> None:
    settings.FOEDERA_SECOND_FACTOR = frozenset({"office_officer"})
    client = Client()
    walk(client)
    assert client.get("/agreements/new/").status_code == 200


def test_whom_nobody_has_entered_is_refused_in_words(configured: Provider, made: World) -> None:
    client = Client()
    answer = walk(client)
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "nobody has entered you here" in page
    assert "mid-4711" in page
    assert not is_in(client)
    assert not Person.objects.filter(external_id="mid-4711").exists()


def test_nobody_is_matched_by_name_or_mail(configured: Provider, made: World) -> None:
    same = person("npetrova", Role.COORDINATOR, made.ministry)
    same.email, same.name = "nina@mid.example", "Nina Petrova"
    same.save()
    client = Client()
    assert walk(client).status_code == 403
    assert not is_in(client)


def test_a_blocked_person_stays_out(configured: Provider, nina: Person) -> None:
    Person.objects.update(is_active=False)
    client = Client()
    walk(client)
    assert not is_in(client)


def test_an_identifier_that_passed_to_another_is_not_the_first_ones_any_more(
    configured: Provider, made: World, nina: Person
) -> None:
    walk(Client())
    Person.objects.filter(pk=nina.pk).update(external_id="")
    olga = person("olga", Role.AUDITOR, made.ministry)
    Person.objects.filter(pk=olga.pk).update(external_id="mid-4711")
    client = Client()
    walk(client)
    assert client.session["_auth_user_id"] == str(olga.pk)
    Person.objects.filter(pk=olga.pk).update(external_id="")
    last = Client()
    assert walk(last).status_code == 403
    assert not is_in(last)


def test_where_it_is_allowed_an_account_without_any_role_is_made(
    configured: Provider, made: World, settings: Any
) -> None:
    settings.FOEDERA_IDENTITY_PROVIDER = replace(configured, create=True)
    taken = person("npetrova", Role.COORDINATOR, made.ministry)
    client = Client()
    assert walk(client).status_code == 302
    somebody = Person.objects.get(external_id="mid-4711")
    assert (somebody.name, somebody.has_usable_password()) == ("Nina Petrova", False)
    assert somebody.pk != taken.pk
    assert re.fullmatch(r"npetrova-mid-4711", somebody.login)
    assert not Duty.objects.filter(person=somebody).exists()
    assert client.get("/agreements/new/").status_code == 403


def test_a_refusal_there_is_told_here(configured: Provider, nina: Person) -> None:
    client = Client()
    page = walk(client, deny=True).content.decode()
    assert "did not let you in" in page or "/login/cancelled/" in page
    assert not is_in(client)


def test_an_answer_that_was_not_asked_for_is_refused(configured: Provider, nina: Person) -> None:
    client = Client()
    answer = client.get(f"{LOGIN}callback/?code=stolen&state=made-up")
    assert answer.status_code == 401
    assert not is_in(client)


def test_a_wrong_secret_lets_nobody_in(configured: Provider, nina: Person, settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = replace(configured, secret="guessed").described()
    client = Client()
    assert "did not let you in" in walk(client).content.decode()
    assert not is_in(client)


def test_a_provider_that_is_down_is_told(configured: Provider, settings: Any) -> None:
    gone = Provider(server="http://localhost:9", client="x", secret="y", name="Ministry", claim="sub", create=False)
    settings.SOCIALACCOUNT_PROVIDERS = gone.described()
    for answer in (Client().post(LOGIN), Client().get(f"{LOGIN}callback/?code=x&state=y")):
        assert answer.status_code in (401, 503)
        assert "did not let you in" in answer.content.decode() or "does not answer" in answer.content.decode()


def test_settings_come_from_environment_and_file(tmp_path: Path) -> None:
    assert provider_of({}) is None
    file = tmp_path / "provider.json"
    file.write_text('{"server": "https://id.mid.example/", "client": "foedera", "secret": "s", "create": true}')
    found = provider_of({"FOEDERA_OIDC_FILE": str(file), "FOEDERA_OIDC_NAME": "МИД"})
    assert found == Provider("https://id.mid.example", "foedera", "s", "МИД", "sub", True)


@pytest.mark.parametrize(
    "environment",
    [
        {"FOEDERA_OIDC_SERVER": "https://id.mid.example"},
        {"FOEDERA_OIDC_SERVER": "http://id.mid.example", "FOEDERA_OIDC_CLIENT": "a", "FOEDERA_OIDC_SECRET": "b"},
        {"FOEDERA_OIDC_FILE": "/nonexistent/provider.json"},
    ],
)
def test_half_a_provider_is_refused_at_the_start(environment: dict[str, str]) -> None:
    with pytest.raises(ImproperlyConfigured):
        provider_of(environment)
