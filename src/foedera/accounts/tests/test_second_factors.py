"""Second factors: codes of an app, recovery codes, obligation by role, and what they prove."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from foedera.accounts.models import Person
from foedera.accounts.tests.make import signed_in, switched_on
from foedera.agreements.tests.make import PASSWORD, World, person, world
from foedera.platform.access.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_rates(db: None) -> None:
    cache.clear()


@pytest.fixture
def made() -> World:
    return world()


@pytest.fixture
def nina(made: World) -> Person:
    return person("nina", Role.OFFICE_OFFICER, made.office)


def code_of(secret: str) -> str:
    """What an app shows now for a secret."""
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def sign_in(client: Client, password: str = PASSWORD) -> Any:
    return client.post("/accounts/login/", {"login": "nina", "password": password})


def confirm(client: Client) -> None:
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


def set_up(client: Client) -> str:
    """Set up an app as a person does it; returns its secret."""
    confirm(client)
    page = client.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200
    secret = str(page.context["form"].secret)
    assert secret in page.content.decode()
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert answer.status_code == 302, answer.content.decode()
    return secret


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_an_app_is_set_up_and_asked_for_at_sign_in(nina: Person) -> None:
    secret = set_up(signed_in(nina))
    client = Client()
    answer = sign_in(client)
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert not is_in(client)
    assert client.get("/accounts/2fa/authenticate/").status_code == 200
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert not is_in(client)
    cache.clear()
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert is_in(client)


def test_a_recovery_code_lets_in_once(nina: Person) -> None:
    owner = signed_in(nina)
    set_up(owner)
    page = owner.get("/accounts/2fa/recovery-codes/")
    codes = page.context["unused_codes"]
    assert len(codes) == 10
    assert codes[0] in page.content.decode()
    for expected in (True, False):
        client = Client()
        sign_in(client)
        client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
        assert is_in(client) == expected


def test_secrets_of_apps_are_kept_encrypted(nina: Person) -> None:
    secret = set_up(signed_in(nina))
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr("django.conf.settings.SECRET_KEY", "another")
        client = Client()
        sign_in(client)
        assert client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}).status_code in (200, 422)
        assert not is_in(client)


@pytest.mark.parametrize(
    "address",
    ["", "totp/activate/", "totp/deactivate/", "webauthn/", "webauthn/add/", "recovery-codes/", "recovery-codes/generate/",
     "recovery-codes/download/", "reauthenticate/", "webauthn/reauthenticate/"],
)  # fmt: skip
def test_every_page_of_second_factors_answers(nina: Person, address: str) -> None:
    url = f"/accounts/2fa/{address}"
    assert Client().get(url).status_code in (302, 404)
    client = signed_in(nina)
    assert client.get(url).status_code in (200, 302, 404)
    set_up(client)
    assert client.get(url).status_code in (200, 302)


def test_changing_a_factor_asks_for_a_proof_again(nina: Person) -> None:
    client = signed_in(nina)
    for address in ("totp/activate/", "webauthn/add/"):
        assert client.get(f"/accounts/2fa/{address}")["Location"].startswith("/accounts/reauthenticate/")


def test_a_role_that_demands_it_is_of_use_only_with_it(nina: Person, settings: Any) -> None:
    settings.FOEDERA_SECOND_FACTOR = frozenset({"office_officer"})
    client = Client()
    sign_in(client)
    page = client.get("/agreements/").content.decode()
    assert "Your role demands a second factor" in page
    assert client.get("/agreements/new/").status_code == 403
    assert client.get("/account/second-factor/")["Location"] == "/accounts/2fa/"
    secret = set_up(client)
    assert client.get("/agreements/new/").status_code == 403, "to have it is not to give it"
    cache.clear()
    client.post("/accounts/2fa/reauthenticate/", {"code": code_of(secret)})
    assert client.get("/agreements/new/").status_code == 200
    again = Client()
    sign_in(again)
    cache.clear()
    again.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert again.get("/agreements/new/").status_code == 200
    other_session = signed_in(nina)
    assert other_session.get("/agreements/new/").status_code == 403
    leads = other_session.get("/account/second-factor/?next=/agreements/")["Location"]
    assert leads == "/accounts/2fa/reauthenticate/?next=%2Fagreements%2F"


def test_the_other_roles_need_none(made: World, settings: Any) -> None:
    settings.FOEDERA_SECOND_FACTOR = frozenset({"administrator"})
    assert signed_in(person("olga", Role.COORDINATOR, made.ministry)).get("/agreements/new/").status_code == 200


def test_an_administrators_session_is_switched_on_with_a_code(made: World) -> None:
    anna = person("nina", Role.ADMINISTRATOR, made.ministry)
    client = signed_in(anna)
    secret = set_up(client)
    cache.clear()
    sent = {"reason": "A colleague has left", "minutes": "30", "proof": code_of(secret)}
    answer = client.post("/account/switch-on/", sent)
    assert answer.status_code == 302, "a code, or the proof of a moment ago, is as good as the password"
    assert client.get("/account/people/").status_code == 200


def test_a_proof_of_a_moment_ago_is_good_for_one_step(made: World) -> None:
    client = signed_in(person("nina", Role.ADMINISTRATOR, made.ministry))
    sent = {"reason": "A colleague has left", "minutes": "30", "proof": ""}
    assert client.post("/account/switch-on/", sent).status_code == 422
    confirm(client)
    assert client.post("/account/switch-on/", sent).status_code == 302
    client.post("/account/switch-off/")
    assert client.post("/account/switch-on/", sent).status_code == 422


def test_secrets_typed_while_switched_on_are_not_logged(made: World) -> None:
    from foedera.accounts.models import AccessEntry

    client = switched_on(person("nina", Role.ADMINISTRATOR, made.ministry))
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/2fa/totp/activate/", {"code": "123456"})
    kept = str(list(AccessEntry.objects.values_list("sent", flat=True)))
    assert PASSWORD not in kept
    assert "123456" not in kept
