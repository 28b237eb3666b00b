"""Tokens of bodies: scope, expiry, last use, revocation; they outlive whoever made them."""

from __future__ import annotations

import datetime
import hashlib
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from foedera.accounts.actions import make_service_token, make_token
from foedera.accounts.models import Person, ServiceToken, Token
from foedera.accounts.queries import actor_of
from foedera.accounts.tests.make import signed_in, switched_on
from foedera.agreements.models import Agreement
from foedera.agreements.tests.make import World, agreement, person, world
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid, Refused
from foedera.platform.history.models import PerformedAction

pytestmark = pytest.mark.django_db
NEW = {
    "title": "Agreement on forests",
    "parties": [{"side": "own", "territory": "RU-TAM"}, {"side": "foreign", "territory": "BY-BR"}],
}


@pytest.fixture
def made() -> World:
    return world()


@pytest.fixture
def head(made: World) -> Person:
    return person("head", Role.OFFICE_HEAD, made.office)


def as_actor(somebody: Person) -> Actor:
    return actor_of(somebody.duties.select_related("body", "person").get(), language="en", channel="page")


def token(made: World, head: Person, **change: Any) -> str:
    values: dict[str, Any] = {
        "body_id": made.office.pk, "role": Role.OFFICE_HEAD, "name": "Exchange", "days": 30, "reads_only": True, **change,
    }  # fmt: skip
    return make_service_token(actor=as_actor(head), **values)[1]


def ask(secret: str, path: str = "/api/v1/agreements", **more: Any) -> Any:
    return Client().get(path, headers={"Authorization": f"Bearer {secret}"}, **more)


def create(secret: str, **headers: str) -> Any:
    return Client().post(
        "/api/v1/agreements",
        NEW,
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}", **headers},
    )


def test_it_is_made_in_the_page_and_its_secret_shown_once(made: World, head: Person) -> None:
    client = signed_in(head)
    shown = client.post(
        "/account/service-tokens/", {"name": "Exchange", "days": "30", "reads_only": "on", "record_types": "agreements"}
    ).content.decode()
    (secret,) = set(re.findall(r"foedera_service_[\w-]{40,}", shown))
    kept = ServiceToken.objects.get()
    assert kept.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert (kept.body_id, kept.role, kept.record_types) == (made.office.pk, "office_head", ["agreements"])
    assert secret not in client.get("/account/service-tokens/").content.decode()
    assert secret not in str(list(PerformedAction.objects.values_list("reason", flat=True)))
    assert ask(secret).status_code == 200


def test_it_sees_what_its_body_sees_in_its_role(made: World, head: Person) -> None:
    agreement(as_actor(head))
    abroad = as_actor(person("other", Role.OFFICE_OFFICER, made.other_office))
    agreement(abroad, own="RU-PRI")
    assert len(ask(token(made, head)).json()["items"]) == 1


def test_it_outlives_whoever_made_it(made: World, head: Person) -> None:
    secret = token(made, head)
    head.duties.update(valid_until=timezone.localdate() - datetime.timedelta(days=1))
    Person.objects.filter(pk=head.pk).update(is_active=False)
    assert ask(secret).status_code == 200


def test_it_reads_only_unless_said_otherwise(made: World, head: Person) -> None:
    assert create(token(made, head)).status_code == 403
    answer = create(token(made, head, reads_only=False))
    assert answer.status_code == 201
    action = PerformedAction.objects.get(name="agreements.create")
    assert (action.person_id, action.person_name, action.body_id) == (
        None,
        "Exchange (Office in Tambov)",
        made.office.pk,
    )


def test_a_repeated_create_with_the_same_key_is_done_once(made: World, head: Person) -> None:
    secret = token(made, head, reads_only=False)
    first, again = (create(secret, **{"Idempotency-Key": "k"}) for _n in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Agreement.objects.count() == 1


def test_it_reaches_only_the_records_it_is_for(made: World, head: Person) -> None:
    secret = token(made, head, record_types=["ties"])
    assert ask(secret, "/api/v1/ties").status_code == 200
    for path in ("/api/v1/agreements", "/api/v1/bodies", "/api/v1/territories", "/api/v1/uncovered"):
        assert ask(secret, path).status_code == 403, path


@pytest.mark.parametrize("end", ["expired", "revoked"])
def test_it_ends(made: World, head: Person, end: str) -> None:
    secret = token(made, head)
    if end == "expired":
        ServiceToken.objects.update(expires_on=timezone.localdate() - datetime.timedelta(days=1))
    else:
        key = ServiceToken.objects.get().pk
        assert signed_in(head).get(f"/account/service-tokens/{key}/revoke/").status_code == 200
        assert signed_in(head).post(f"/account/service-tokens/{key}/revoke/").status_code == 302
    assert ask(secret).status_code == 401


def test_its_last_use_is_known(made: World, head: Person) -> None:
    secret = token(made, head)
    assert ServiceToken.objects.get().last_used_at is None
    ask(secret)
    first = ServiceToken.objects.get().last_used_at
    assert first is not None
    ask(secret)
    assert ServiceToken.objects.get().last_used_at == first, "once a minute is enough"


def test_a_personal_token_has_its_last_use_too(made: World, head: Person) -> None:
    _kept, secret = make_token(actor=as_actor(head), name="mine", days=3, reads_only=True)
    assert ask(secret).status_code == 200
    assert Token.objects.get().last_used_at is not None


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"role": Role.COORDINATOR}, Invalid),
        ({"role": Role.ADMINISTRATOR}, Invalid),
        ({"role": Role.PUBLIC}, Invalid),
        ({"name": " "}, Invalid),
        ({"name": "x\x00"}, Invalid),
        ({"days": 0}, Invalid),
        ({"days": 367}, Invalid),
        ({"record_types": ["nonsense"]}, Invalid),
    ],
)
def test_a_faulty_token_is_refused(made: World, head: Person, change: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        token(made, head, **change)
    with pytest.raises(Invalid):
        token(made, head, body_id=made.ministry.pk)
    assert not ServiceToken.objects.exists()


def test_only_keepers_make_them_and_only_their_own_are_seen(made: World, head: Person) -> None:
    token(made, head)
    key = ServiceToken.objects.get().pk
    officer = person("officer", Role.OFFICE_OFFICER, made.office)
    with pytest.raises(Refused):
        token(made, officer)
    assert signed_in(officer).get("/account/service-tokens/").status_code == 404
    stranger = signed_in(person("stranger", Role.OFFICE_HEAD, made.other_office))
    assert "Exchange" not in stranger.get("/account/service-tokens/").content.decode()
    assert stranger.post(f"/account/service-tokens/{key}/revoke/").status_code == 404
    auditor = signed_in(person("auditor", Role.AUDITOR, made.ministry))
    assert "Exchange" in auditor.get("/account/service-tokens/").content.decode()
    assert auditor.post("/account/service-tokens/", {"name": "x", "days": "3"}).status_code == 404
    assert auditor.post(f"/account/service-tokens/{key}/revoke/").status_code == 404


def test_a_switched_on_administrator_makes_them_for_any_body(made: World) -> None:
    client = switched_on(person("anna", Role.ADMINISTRATOR, made.ministry))
    sent = {"name": "Exchange", "days": "30", "body": made.office.number, "role": "office_officer", "reads_only": "on"}
    assert "foedera_service_" in client.post("/account/service-tokens/", sent).content.decode()
    assert client.post("/account/service-tokens/", {**sent, "body": "BD-999999"}).status_code == 422
    assert client.post("/account/service-tokens/", {**sent, "role": "administrator"}).status_code == 422
    assert ServiceToken.objects.get().body_id == made.office.pk
