"""A role is lent for a leave: used with both names in the history, ended by itself, taken back."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from foedera.accounts.actions import make_token
from foedera.accounts.models import Delegation, Duty, Person
from foedera.accounts.queries import actor_of_duty, duties_on
from foedera.accounts.tests.make import signed_in
from foedera.agreements.models import Agreement
from foedera.agreements.tests.make import World, person, world
from foedera.platform.access.middleware import actor_of
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid
from foedera.platform.history.models import PerformedAction
from foedera.platform.history.queries import timeline

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def day(offset: int) -> str:
    return (TODAY + datetime.timedelta(days=offset)).isoformat()


@pytest.fixture
def made() -> World:
    return world()


@pytest.fixture
def head(made: World) -> Person:
    return person("head", Role.OFFICE_HEAD, made.office)


@pytest.fixture
def nina(made: World) -> Person:
    return person("nina", Role.REGION, made.office)


def lend(head: Person, **change: str) -> Any:
    sent = {"login": "nina", "valid_from": day(0), "valid_until": day(14), "reason": "Leave", **change}
    return signed_in(head).post("/account/lend/", sent)


def in_lent_role(nina: Person, head: Person) -> Client:
    client = signed_in(nina)
    client.post("/account/switch/", {"duty": str(head.duties.get().pk)})
    return client


def test_the_colleague_works_in_it_with_both_names(head: Person, nina: Person) -> None:
    assert lend(head).status_code == 302
    client = in_lent_role(nina, head)
    page = client.get("/agreements/").content.decode()
    assert "Head of a regional office" in page
    assert "Synthetic nina for Synthetic head" in page
    sent = {
        "title": "Agreement on forests", "kind": "agreement", "publicity": "internal", "signed_on": "2014-03-12",
        "parties-0-side": "own", "parties-0-territory": "RU-TAM", "parties-1-side": "foreign", "parties-1-territory": "BY-BR",
    }  # fmt: skip
    assert client.post("/agreements/new/", sent).status_code == 302
    agreement = Agreement.objects.get()
    action = PerformedAction.objects.get(name="agreements.create")
    assert (action.person_id, action.person_name) == (nina.pk, "Synthetic nina [for Synthetic head]")
    assert timeline(agreement)[0].person_name == "Synthetic nina for Synthetic head"
    with translation.override("ru"):
        assert timeline(agreement)[0].person_name == "Synthetic nina за Synthetic head"
    assert (
        "Synthetic nina for Synthetic head" in client.get(f"/agreements/{agreement.number}/timeline/").content.decode()
    )


def test_his_own_role_comes_first_and_the_lent_one_is_chosen(head: Person, nina: Person) -> None:
    lend(head)
    page = signed_in(nina).get("/agreements/").content.decode()
    assert "Head of a regional office · Office in Tambov (for Synthetic head)" in page
    assert "Synthetic nina for" not in page


def test_it_begins_and_ends_by_itself(head: Person, nina: Person) -> None:
    lend(head, valid_from=day(2), valid_until=day(3))
    duty = head.duties.get()

    def usable(offset: int) -> bool:
        held = duties_on(nina.pk, TODAY + datetime.timedelta(days=offset))
        return duty.pk in [one.id for one in held]

    assert [usable(n) for n in range(6)] == [False, False, True, True, False, False]


@pytest.mark.parametrize("end", ["duty", "blocked"])
def test_it_ends_with_the_role_behind_it(head: Person, nina: Person, end: str) -> None:
    lend(head)
    client = in_lent_role(nina, head)
    assert "Head of" in client.get("/agreements/").content.decode()
    if end == "duty":
        Duty.objects.filter(person=head).update(valid_until=TODAY - datetime.timedelta(days=1))
    else:
        Person.objects.filter(pk=head.pk).update(is_active=False)
    assert "Head of" not in client.get("/agreements/").content.decode()


def test_it_is_taken_back_by_who_lent_it_alone(head: Person, nina: Person) -> None:
    lend(head)
    client, key = in_lent_role(nina, head), Delegation.objects.get().pk
    assert signed_in(nina).post(f"/account/lend/{key}/take-back/").status_code == 404
    assert client.post(f"/account/lend/{key}/take-back/").status_code == 404
    assert signed_in(head).get(f"/account/lend/{key}/take-back/").status_code == 200
    assert signed_in(head).post(f"/account/lend/{key}/take-back/").status_code == 302
    assert "Head of" not in client.get("/agreements/").content.decode()
    assert lend(head).status_code == 302, "and may be lent again"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"login": "nobody"}, "login"),
        ({"login": "head"}, "login"),
        ({"login": "stranger"}, "login"),
        ({"valid_from": day(-1)}, "valid_from"),
        ({"valid_from": day(5), "valid_until": day(4)}, "valid_until"),
        ({"valid_until": day(400)}, "valid_until"),
        ({"reason": ""}, "reason"),
        ({"reason": "  "}, "reason"),
        ({"login": "ni\x00na"}, "login"),
    ],
)
def test_a_faulty_delegation_is_refused_at_the_field(
    made: World, head: Person, nina: Person, change: dict[str, str], field: str
) -> None:
    person("stranger", Role.OFFICE_OFFICER, made.other_office)
    answer = lend(head, **change)
    assert answer.status_code == 422
    assert field in answer.context["page"].form.errors
    assert not Delegation.objects.exists()


def test_the_same_days_are_not_lent_twice(made: World, head: Person, nina: Person) -> None:
    person("olga", Role.REGION, made.office)
    assert lend(head).status_code == 302
    again = lend(head, login="olga", valid_from=day(14), valid_until=day(20))
    assert again.status_code == 422
    assert "for some of these days" in again.content.decode()
    assert lend(head, login="olga", valid_from=day(15), valid_until=day(20)).status_code == 302


def test_a_lent_role_is_lent_no_further_and_has_no_tokens(head: Person, nina: Person) -> None:
    lend(head)
    client = in_lent_role(nina, head)
    assert client.get("/account/lend/").status_code == 403
    actor = actor_of(client.get("/account/").wsgi_request)
    with pytest.raises(Invalid, match="lent role"):
        make_token(actor=actor, name="x", days=3, reads_only=True)


def test_an_administrator_lends_his_role_to_nobody(made: World, nina: Person) -> None:
    anna = person("anna", Role.ADMINISTRATOR, made.ministry)
    assert signed_in(anna).get("/account/lend/").status_code == 403
    assert Client().get("/account/lend/").status_code == 302


def test_background_work_goes_on_in_the_name_of_who_asked(head: Person, nina: Person) -> None:
    lend(head)
    duty = head.duties.get()
    found = actor_of_duty(duty.pk, "en", nina.pk)
    assert found is not None
    assert (found.person_id, found.acting_for) == (nina.pk, "Synthetic head")
    Delegation.objects.update(revoked_at=timezone.now())
    assert actor_of_duty(duty.pk, "en", nina.pk) is None
    assert actor_of_duty(duty.pk, "en", head.pk) is not None
