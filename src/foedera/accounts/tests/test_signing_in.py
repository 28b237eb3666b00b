"""Signing in, working in one of several duties, tokens, and the first administrator."""

from __future__ import annotations

import datetime
import hashlib
import io
import re
from typing import Any

import pytest
from django.contrib.auth.hashers import get_hasher
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from foedera.accounts.actions import give_duty, make_administrator, make_person, make_token, revoke_token
from foedera.accounts.demonstration import PASSWORD as DEMONSTRATION_PASSWORD
from foedera.accounts.demonstration import make_people, sign_ins
from foedera.accounts.models import Duty, Person, Token
from foedera.accounts.queries import actor_of, administrators, duties_on, duty_of_token
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor, system
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid, NotFound
from foedera.platform.history.models import Entry, PerformedAction

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Failed sign-ins are counted in the cache."""
    cache.clear()


@pytest.fixture
def world(db: None) -> make.World:
    return make.world()


@pytest.fixture
def nina(world: make.World) -> Person:
    return make.person("nina", Role.OFFICE_OFFICER, world.office)


def sign_in(client: Client, login: str = "nina", password: str = make.PASSWORD, **more: str) -> Any:
    return client.post(LOGIN, {"login": login, "password": password, **more})


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def text(response: Any) -> str:
    return str(response.content.decode())


# ---------------------------------------------------------------------------------------------------------------- sign-in


@pytest.mark.parametrize("login", ["nina", "NINA", " nina "])
def test_somebody_signs_in_and_out(client: Client, nina: Person, login: str) -> None:
    assert client.get(LOGIN).status_code == 200
    answer = sign_in(client, login, next="/agreements/")
    assert (answer.status_code, answer["Location"]) == (302, "/agreements/")
    assert is_in(client)
    assert client.get("/accounts/logout/").status_code == 200
    assert is_in(client), "leaving takes a button, not a link"
    client.post("/accounts/logout/")
    assert not is_in(client)


@pytest.mark.parametrize(
    ("login", "password"),
    [("nina", "wrong"), ("nina", ""), ("", ""), ("nobody", make.PASSWORD), ("nina", make.PASSWORD.upper()), ("nina\x00", "x"),
     ("nina' OR 1=1 --", "x"), ("x" * 5000, "y" * 5000)],
)  # fmt: skip
def test_a_wrong_sign_in_says_so_and_lets_nobody_in(client: Client, nina: Person, login: str, password: str) -> None:
    answer = sign_in(client, login, password)
    assert answer.status_code in (200, 422)
    assert not is_in(client)
    assert "sessionid" not in client.cookies or not client.session.get("_auth_user_id")


def test_the_answer_does_not_tell_whether_the_login_exists(client: Client, nina: Person) -> None:
    known, unknown = text(sign_in(client, "nina", "wrong password")), text(sign_in(client, "olga", "wrong password"))

    def without_names(page: str) -> str:
        return re.sub(r'value="[^"]*"|nonce="[^"]*"|[0-9a-f]{32}', "", page)

    assert without_names(known) == without_names(unknown)


def test_guessing_is_stopped(client: Client, nina: Person) -> None:
    for _n in range(12):
        sign_in(client, "nina", "wrong password")
    sign_in(client)
    assert not is_in(client), "even with the right password, for a while"


def test_a_sign_in_leads_to_no_other_site(client: Client, nina: Person) -> None:
    answer = sign_in(client, next="https://evil.example/")
    assert answer["Location"] == "/"


def test_nobody_signs_up(client: Client) -> None:
    sent = {"username": "intruder", "login": "intruder", "password1": make.PASSWORD, "password2": make.PASSWORD}
    client.post("/accounts/signup/", sent)
    assert not Person.objects.filter(login="intruder").exists()


def test_the_blocked_and_those_whose_password_changed_are_out_at_once(client: Client, nina: Person) -> None:
    client.force_login(nina)
    assert is_in(client)
    nina.set_password("three lakes and a road")
    nina.save()
    assert not is_in(client)
    client.force_login(nina)
    Person.objects.filter(pk=nina.pk).update(is_active=False)
    assert not is_in(client)
    assert sign_in(Client(), "nina", "three lakes and a road").status_code in (200, 302, 422)


def test_a_session_gets_a_new_name_at_sign_in(client: Client, nina: Person) -> None:
    client.get(LOGIN)
    session = client.session
    session["planted"] = True
    session.save()
    planted = client.cookies["sessionid"].value if "sessionid" in client.cookies else session.session_key
    sign_in(client)
    assert client.cookies["sessionid"].value != planted


@pytest.mark.parametrize(
    "address",
    ["login", "logout", "signup", "password/change", "password/set", "password/reset", "password/reset/done", "inactive",
     "reauthenticate", "email", "confirm-email"],
)  # fmt: skip
def test_every_address_of_the_sign_in_answers(client: Client, nina: Person, address: str) -> None:
    for _turn in range(2):
        assert client.get(f"/accounts/{address}/").status_code in (200, 302, 403, 404), address
        client.force_login(nina)


def test_a_weak_new_password_is_refused(client: Client, nina: Person) -> None:
    client.force_login(nina)
    for weak in ("short", "123456789012345", "password1234"):
        client.post("/accounts/password/change/", {"oldpassword": make.PASSWORD, "password1": weak, "password2": weak})
        nina.refresh_from_db()
        assert not nina.check_password(weak)
    strong = "three lakes and a road"
    answer = client.post(
        "/accounts/password/change/", {"oldpassword": make.PASSWORD, "password1": strong, "password2": strong}
    )
    nina.refresh_from_db()
    assert answer.status_code == 302
    assert nina.check_password(strong)


# ------------------------------------------------------------------------------------------------------------------ people


def test_passwords_are_kept_by_argon2() -> None:
    assert get_hasher("default").algorithm == "argon2"
    made = make_person(actor=system(TODAY), login="olga", name="Olga", password=make.PASSWORD)
    assert made.password.startswith("argon2$argon2id$")
    assert make.PASSWORD not in made.password


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"password": "short"}, "password"),
        ({"password": "123456789012345"}, "password"),
        ({"password": "olga.petrova1"}, "password"),
        ({"password": "password1234"}, "password"),
        ({"login": "olga petrova"}, "login"),
        ({"login": ""}, "login"),
        ({"login": "o" * 61}, "login"),
        ({"login": "ol\x00ga"}, "login"),
        ({"name": ""}, "name"),
        ({"name": "Ol\x00ga"}, "name"),
        ({"email": "no address"}, "email"),
        ({"language": "xx"}, "language"),
    ],
)
def test_a_faulty_person_is_refused_at_the_field(db: None, values: dict[str, str], field: str) -> None:
    given = {"login": "olga.petrova", "name": "Olga Petrova", "password": make.PASSWORD, **values}
    with pytest.raises(Invalid) as refused:
        make_person(actor=system(TODAY), **given)  # type: ignore[arg-type]  # all of them are texts
    assert {p.field for p in refused.value.problems} == {field}
    assert not Person.objects.exists()


def test_a_login_is_taken_whatever_its_case(nina: Person) -> None:
    with pytest.raises(Invalid, match="taken"):
        make_person(actor=system(TODAY), login="NiNa", name="Another", password=make.PASSWORD)
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.create(login="NINA", name="Another")
    assert Person.objects.get_by_natural_key("nInA") == nina


def test_no_password_and_no_secret_stands_in_the_history(world: make.World, nina: Person) -> None:
    actor = actor_of(nina.duties.select_related("body", "person").get(), language="en", channel="page")
    token, secret = make_token(actor=actor, name="report", days=5, reads_only=True)
    revoke_token(actor=actor, key=token.pk)
    rows = [f"{e.before} {e.after}" for e in Entry.objects.all()] + list(
        PerformedAction.objects.values_list("reason", flat=True)
    )
    for row in rows:
        assert "argon2" not in row
        assert secret not in row
        assert hashlib.sha256(secret.encode()).hexdigest() not in row
    names = list(PerformedAction.objects.order_by("id").values_list("name", flat=True))
    assert names[-2:] == ["accounts.make_token", "accounts.revoke_token"]
    assert "accounts.make_person" in names


def test_a_duty_is_held_once_at_a_time(world: make.World, nina: Person) -> None:
    def give(first: str, last: str | None = None) -> Duty:
        return give_duty(
            actor=system(TODAY), person=nina, role=Role.OFFICE_HEAD, body_id=world.office.pk,
            valid_from=datetime.date.fromisoformat(first), valid_until=datetime.date.fromisoformat(last) if last else None,
        )  # fmt: skip

    give("2021-01-01", "2021-12-31")
    with pytest.raises(Invalid, match="already"):
        give("2021-12-31")
    with pytest.raises(Invalid, match="before the first"):
        give("2023-01-01", "2022-01-01")
    give("2022-01-01")
    assert nina.duties.filter(role=Role.OFFICE_HEAD).count() == 2


# ------------------------------------------------------------------------------------------------------------------ duties


def test_somebody_works_in_one_duty_and_changes_to_another(client: Client, world: make.World, nina: Person) -> None:
    second = give_duty(
        actor=system(TODAY),
        person=nina,
        role=Role.AUDITOR,
        body_id=world.ministry.pk,
        valid_from=datetime.date(2020, 1, 1),
    )
    client.force_login(nina)
    assert "Office in Tambov" in text(client.get("/"))
    answer = client.post("/account/switch/", {"duty": str(second.pk), "next": "/agreements/"})
    assert (answer.status_code, answer["Location"]) == (302, "/agreements/")
    assert client.get("/agreements/new/").status_code == 403, "an auditor writes nothing"
    Duty.objects.filter(pk=second.pk).update(valid_until=TODAY - datetime.timedelta(days=1))
    assert client.get("/agreements/new/").status_code == 200, "a duty that ended is left"


@pytest.mark.parametrize("duty", ["", "0", "x", "²", "-1", "9" * 5000, "1.0", "\x00"])
def test_no_duty_of_another_can_be_taken(client: Client, world: make.World, nina: Person, duty: str) -> None:
    other = make.person("olga", Role.COORDINATOR, world.ministry)
    client.force_login(nina)
    assert client.post("/account/switch/", {"duty": duty}).status_code == 302
    assert client.post("/account/switch/", {"duty": str(other.duties.get().pk)}).status_code == 302
    assert "Office in Tambov" in text(client.get("/"))
    assert client.post("/account/switch/", {"next": "https://evil.example/"})["Location"] == "/"
    assert client.get("/account/switch/").status_code == 405


def test_somebody_without_a_duty_sees_what_the_public_sees(client: Client, world: make.World, nina: Person) -> None:
    Duty.objects.all().delete()
    client.force_login(nina)
    assert client.get("/").status_code == 200
    assert client.get("/agreements/new/").status_code == 403
    assert client.get("/account/").status_code == 403, "and is not sent in a circle to the sign-in"
    assert list(duties_on(nina.pk, TODAY)) == []


# ------------------------------------------------------------------------------------------------------------------ tokens


@pytest.fixture
def actor(nina: Person) -> Actor:
    return actor_of(nina.duties.select_related("body", "person").get(), language="en", channel="page")


def test_a_secret_is_shown_once_and_only_its_digest_is_kept(client: Client, nina: Person) -> None:
    client.force_login(nina)
    shown = text(client.post("/account/", {"name": "report", "days": "30", "reads_only": "on"}))
    (secret,) = set(re.findall(r"foedera_[\w-]{40,}", shown))
    token = Token.objects.get()
    assert token.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert (token.reads_only, token.expires_on) == (True, TODAY + datetime.timedelta(days=30))
    page = text(client.get("/account/"))
    assert secret not in page
    assert "report" in page
    found = duty_of_token(secret, TODAY)
    assert found is not None
    assert (found[0].person_id, found[1]) == (nina.pk, True)
    assert duty_of_token(secret, TODAY + datetime.timedelta(days=31)) is None


@pytest.mark.parametrize(
    "sent", [{"name": "", "days": "30"}, {"name": "x", "days": "0"}, {"name": "x", "days": "367"}, {"name": "x", "days": "x"},
             {"name": "x" * 101, "days": "5"}, {"name": "a\x00b", "days": "5"}]
)  # fmt: skip
def test_a_faulty_token_is_refused_and_keeps_what_was_typed(client: Client, nina: Person, sent: dict[str, str]) -> None:
    client.force_login(nina)
    answer = client.post("/account/", sent)
    assert answer.status_code == 422
    assert not Token.objects.exists()


def test_a_token_is_revoked_by_its_owner_alone(client: Client, world: make.World, nina: Person, actor: Actor) -> None:
    token, secret = make_token(actor=actor, name="report", days=5, reads_only=False)
    other = make.person("olga", Role.COORDINATOR, world.ministry)
    stranger = Client()
    stranger.force_login(other)
    assert stranger.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    assert duty_of_token(secret, TODAY) is not None
    assert Client().post(f"/account/tokens/{token.pk}/revoke/").status_code == 403
    client.force_login(nina)
    assert client.get(f"/account/tokens/{token.pk}/revoke/").status_code == 200
    assert duty_of_token(secret, TODAY) is not None, "looking at the question revokes nothing"
    assert client.post(f"/account/tokens/{token.pk}/revoke/").status_code == 302
    assert duty_of_token(secret, TODAY) is None
    with pytest.raises(NotFound):
        revoke_token(actor=actor, key=token.pk)


def test_tokens_are_for_those_who_hold_a_role(nina: Person) -> None:
    with pytest.raises(Invalid, match="role"):
        make_token(actor=system(TODAY), name="x", days=5, reads_only=True)


def test_two_secrets_differ(actor: Actor) -> None:
    made = {make_token(actor=actor, name="x", days=5, reads_only=True)[1] for _n in range(5)}
    assert len(made) == 5


# ----------------------------------------------------------------------------------------------------------- administrator


def command(**given: str) -> str:
    out = io.StringIO()
    values = {"login": "root", "name": "Root", "password": make.PASSWORD, **given}
    call_command("create_administrator", *(f"--{k}={v}" for k, v in values.items()), stdout=out)
    return out.getvalue()


def test_the_first_administrator(client: Client, world: make.World) -> None:
    assert "may sign in as root" in command()
    root = Person.objects.get()
    assert list(administrators()) == [root]
    assert {d.role for d in root.duties.all()} == {Role.ADMINISTRATOR, Role.COORDINATOR}
    assert {d.body_id for d in root.duties.all()} == {world.ministry.pk}
    sign_in(client, "root")
    assert "Coordinator" in text(client.get("/agreements/")), "nobody begins as an administrator"
    client.post("/account/switch/", {"duty": str(root.duties.get(role=Role.ADMINISTRATOR).pk)})
    assert client.get("/account/people/").status_code == 404
    client.post("/account/switch-on/", {"reason": "The first people", "minutes": "30", "proof": make.PASSWORD})
    assert client.get("/account/people/").status_code == 200


@pytest.mark.parametrize(
    ("given", "words"), [({"password": "short"}, "password"), ({"login": "two words"}, "login"), ({"name": ""}, "name")]
)
def test_a_faulty_administrator_is_refused_in_words(world: make.World, given: dict[str, str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        command(**given)
    assert not Person.objects.exists()
    assert not Duty.objects.exists()


def test_an_administrator_needs_a_ministry(db: None) -> None:
    with pytest.raises(CommandError, match="ministry"):
        command()
    assert not Person.objects.exists()


def test_an_administrator_is_made_whole_or_not_at_all(world: make.World) -> None:
    def make_in_no_body() -> None:
        with transaction.atomic():
            make_administrator(login="root", name="Root", password=make.PASSWORD, body_id=0)
            transaction.get_connection().check_constraints()

    with pytest.raises(IntegrityError):
        make_in_no_body()
    assert not Person.objects.exists()


def test_the_people_of_the_demonstration_are_synthetic_and_made_once(world: make.World, client: Client) -> None:
    bodies = {Role.COORDINATOR: world.ministry.pk, Role.OFFICE_OFFICER: world.office.pk}
    assert make_people(bodies) == 2
    assert make_people(bodies) == 0
    assert {s.login for s in sign_ins()} == {"coordinator", "office"}
    assert all(p.is_synthetic for p in Person.objects.all())
    sign_in(client, "coordinator", DEMONSTRATION_PASSWORD)
    assert is_in(client)
