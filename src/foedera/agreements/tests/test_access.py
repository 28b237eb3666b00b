"""Who sees and who changes what in the register: role x publicity x territory, the same in list, record, export, API and search."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from foedera.accounts.actions import give_duty
from foedera.accounts.models import Duty, Person
from foedera.accounts.queries import actor_of, duties_on
from foedera.agreements.access import RegisterPolicy, reads_whole, withheld_from
from foedera.agreements.lists import AGREEMENTS, TIES
from foedera.agreements.models import Agreement, Tie
from foedera.agreements.queries import find_agreements, links_of
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor, public, system
from foedera.platform.access.policies import policy_for
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid, NotFound
from foedera.platform.lists import querying
from foedera.platform.lists.description import Context, RecordType
from foedera.platform.records.models import Publicity

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
SECRET = "Budget of the secret harbour"


@pytest.fixture
def world(db: None) -> make.World:
    return make.world()


@pytest.fixture
def centre(world: make.World) -> Actor:
    return make.actor(Role.COORDINATOR, world.ministry, login="centre")


def where(world: make.World, role: Role) -> Any:
    """The body in which a role works in these tests."""
    return {
        Role.DESK: world.ministry,
        Role.OFFICE_HEAD: world.office,
        Role.OFFICE_OFFICER: world.office,
        Role.REGION: world.government,
        Role.AGENCY: world.office,
        Role.MUNICIPALITY: world.office,
        Role.MISSION: world.embassy,
    }.get(role, world.ministry)


def publish(record: Agreement | Tie, publicity: str, *, owner: int | None) -> None:
    type(record).objects.filter(pk=record.pk).update(
        publicity=publicity,
        owner=owner,
        public_from=TODAY + datetime.timedelta(days=30) if publicity == Publicity.PUBLIC_AFTER else None,
    )
    record.refresh_from_db()


# W: seen whole, T: the title alone, -: not at all; the second letter c: may be changed.
# Columns: public, public after a day to come, title only, internal, restricted to another body.
TABLE: dict[Role, dict[str, str]] = {
    Role.ADMINISTRATOR: {"mine": "W W W W -", "other": "W W W W -"},
    Role.COORDINATOR: {"mine": "Wc Wc Wc Wc -", "other": "Wc Wc Wc Wc -"},
    Role.LEGAL: {"mine": "Wc Wc Wc Wc -", "other": "Wc Wc Wc Wc -"},
    Role.INSPECTOR: {"mine": "W W W W -", "other": "W W W W -"},
    Role.AUDITOR: {"mine": "W W W W -", "other": "W W W W -"},
    Role.OFFICE_HEAD: {"mine": "Wc Wc Wc Wc -", "other": "W - T - -"},
    Role.OFFICE_OFFICER: {"mine": "Wc Wc Wc Wc -", "other": "W - T - -"},
    Role.AGENCY: {"mine": "Wc Wc Wc Wc -", "other": "W - T - -"},
    Role.MUNICIPALITY: {"mine": "Wc Wc Wc Wc -", "other": "W - T - -"},
    Role.MISSION: {"mine": "W W W W -", "other": "W - T - -"},
}
RUNGS = ("public", "public_after", "title_only", "internal", "restricted")


@pytest.mark.parametrize("role", list(TABLE))
@pytest.mark.parametrize("kind", ["agreement", "tie"])
def test_rights_by_role_rung_and_territory(world: make.World, centre: Actor, role: Role, kind: str) -> None:
    actor = make.actor(role, where(world, role))
    records: dict[str, Agreement | Tie] = {}
    if kind == "agreement":
        records["mine"] = make.agreement(centre, own="RU-TAM", foreign="BY-BR")
        records["other"] = make.agreement(centre, own="RU-PRI", foreign="BR-SP")
    else:
        ends = {
            code: make.body(f"Town in {code}", territory=world.territories[code], country=world.territories[code[:2]])
            for code in ("RU-TAM", "BY-BR", "RU-PRI", "BR-SP")
        }
        records["mine"] = make.tie(centre, ends["RU-TAM"], ends["BY-BR"])
        records["other"] = make.tie(centre, ends["RU-PRI"], ends["BR-SP"])
    policy = policy_for(Agreement if kind == "agreement" else Tie)
    for place, record in records.items():
        expected = TABLE[role][place].split()
        for rung, wanted in zip(RUNGS, expected, strict=True):
            publish(record, rung, owner=world.other_office.pk if rung == "restricted" else None)
            seen = policy.visible(type(record).objects.all(), actor).filter(pk=record.pk).exists()
            assert seen == (wanted != "-"), (place, rung)
            if seen:
                assert reads_whole(record, actor) == wanted.startswith("W"), (place, rung)
                condition = withheld_from(Context(actor))
                masked = condition is not None and type(record).objects.filter(condition, pk=record.pk).exists()
                assert masked == wanted.startswith("T"), (place, rung)
            changes = (AGREEMENTS if kind == "agreement" else TIES).change
            assert changes is not None
            allowed = seen and changes.verdict(actor, record)[0]
            assert allowed == wanted.endswith("c"), (place, rung)


@pytest.mark.parametrize("rung", RUNGS)
def test_the_public_sees_what_is_public_and_titles(world: make.World, centre: Actor, rung: str) -> None:
    record = make.agreement(centre)
    publish(record, rung, owner=None)
    actor = public(TODAY)
    assert RegisterPolicy().visible(Agreement.objects.all(), actor).exists() == (rung in ("public", "title_only"))
    assert reads_whole(record, actor) == (rung != "title_only")


@pytest.mark.parametrize("rung", RUNGS)
def test_the_owner_sees_and_changes_whatever_the_rung(world: make.World, centre: Actor, rung: str) -> None:
    record = make.agreement(centre, own="RU-PRI", foreign="BR-SP")
    publish(record, rung, owner=world.office.pk)
    actor = make.actor(Role.OFFICE_OFFICER, world.office)
    assert RegisterPolicy().visible(Agreement.objects.all(), actor).exists()
    assert reads_whole(record, actor)
    assert RegisterPolicy().in_scope(record, actor)


def test_public_after_opens_on_its_day(world: make.World, centre: Actor) -> None:
    record = make.agreement(centre)
    publish(record, "public_after", owner=None)
    nobody = public(TODAY)
    rows = Agreement.objects.all()
    assert not RegisterPolicy().visible(rows, nobody).exists()
    assert not RegisterPolicy().visible(rows, nobody.at(TODAY + datetime.timedelta(days=365))).exists(), (
        "looking at a day to come must not open what is not yet public"
    )
    Agreement.objects.update(public_from=TODAY)
    assert RegisterPolicy().visible(rows, nobody).exists()
    assert RegisterPolicy().visible(rows, nobody.at(datetime.date(2015, 1, 1))).exists(), (
        "rights are those of today, whichever day is looked at"
    )


def test_a_day_to_come_in_the_address_opens_nothing(world: make.World, centre: Actor, client: Client) -> None:
    record = make.agreement(centre, title=SECRET)
    publish(record, "public_after", owner=None)
    for address in (
        "/agreements/",
        f"/agreements/{record.number}/",
        "/api/v1/agreements",
        f"/api/v1/agreements/{record.number}",
    ):
        assert SECRET not in client.get(address, {"as_of": "2099-01-01"}).content.decode(), address


# ------------------------------------------------------------------------------------------------------- titles alone


@pytest.fixture
def titled(world: make.World, centre: Actor) -> Agreement:
    """An agreement of which others may know the title, with words to search for in every other field."""
    record = make.agreement(
        centre,
        own="RU-PRI",
        foreign="BR-SP",
        title="Agreement on ports",
        note=SECRET,
        coordinator="Zolotov",
        register_number="SECRET-77",
        subject_areas=["education"] if _has_area("education") else [],
        last_activity_on="2024-05-01",
    )
    publish(record, "title_only", owner=world.other_office.pk)
    return record


def _has_area(code: str) -> bool:
    return code in {c.code for c in AGREEMENTS.column("subject_areas").options()}


def stranger(world: make.World) -> Actor:
    return make.actor(Role.OFFICE_OFFICER, world.office, login="stranger")


def numbers(record_type: RecordType, actor: Actor, address: str) -> list[str]:
    view = querying.parse_view(record_type, QueryDict(address))
    rows = querying.read_page(record_type, view, Context(actor), [record_type.column("number")]).rows
    return [r["number"] for r in rows]


@pytest.mark.parametrize("who", ["public", "stranger"])
def test_a_title_alone_is_listed_without_its_facts(world: make.World, titled: Agreement, who: str) -> None:
    actor = public(TODAY) if who == "public" else stranger(world)
    columns = [c for c in AGREEMENTS.columns if c.kind.value != "rows"]
    (row,) = querying.read_page(AGREEMENTS, querying.View(), Context(actor), columns).rows
    shown = {k: v for k, v in row.items() if v not in (None, "", [], {})}
    assert set(shown) <= {"id", "number", "title", "publicity"}
    (exported,) = querying.stream(AGREEMENTS, querying.View(), Context(actor), columns)
    assert {k for k, v in exported.items() if v not in (None, "", [], {})} <= {"id", "number", "title", "publicity"}


@pytest.mark.parametrize(
    "address",
    [
        "q=Zolotov", "q=SECRET-77", "q=Primorsky", "q=ports", "coordinator__contains=Zolo", "coordinator__empty=0",
        "region=RU-PRI", "partner=BR", "status=in_force", "status=unknown", "state=signed", "kind=agreement",
        "signed_on__from=2014", "signed_on__until=2014", "signed_on__empty=0", "last_activity_on__from=2024",
        "in_force_rule=signature", "binding=unknown", "ends_on__empty=1", "sort=signed_on", "sort=-last_activity_on",
        "sort=state", "sort=ends_on",
    ],
)  # fmt: skip
def test_no_filter_search_or_order_tells_more_than_the_title(
    world: make.World, titled: Agreement, address: str
) -> None:
    assert numbers(AGREEMENTS, stranger(world), address) == []
    assert numbers(AGREEMENTS, public(TODAY), address) == []


@pytest.mark.parametrize("address", ["", "title__contains=ports", "publicity=title_only", "sort=title", "sort=-number"])
def test_what_the_title_tells_may_be_asked(world: make.World, titled: Agreement, address: str) -> None:
    assert numbers(AGREEMENTS, public(TODAY), address) == [titled.number]


def test_facets_and_counts_leave_titles_out(world: make.World, titled: Agreement) -> None:
    for column in AGREEMENTS.columns:
        if column.facet:
            counts = querying.facet_counts(AGREEMENTS, querying.View(), Context(public(TODAY)), column)
            assert sum(n for _v, n in counts) == 0, column.name


def test_a_title_alone_in_pages_and_api(world: make.World, titled: Agreement, client: Client) -> None:
    person = stranger(world)
    for signed_in in (False, True):
        if signed_in:
            assert person.person_id is not None
            client.force_login(Person.objects.get(pk=person.person_id))
        page = client.get(f"/agreements/{titled.number}/").content.decode()
        assert "Agreement on ports" in page
        number = titled.number
        for address in (
            f"/agreements/{number}/", f"/agreements/{number}/texts/", f"/agreements/{number}/parties/",
            f"/agreements/{number}/links/", f"/agreements/{number}/timeline/", f"/agreements/{number}/change/",
            f"/agreements/{number}/step/terminate/", "/agreements/", "/agreements/?format=csv", "/agreements/?format=jsonl",
            f"/api/v1/agreements/{number}", "/api/v1/agreements", f"/api/v1/agreements/{number}/history",
            f"/api/v1/agreements/{number}/status", "/search/?q=ports", "/palette.json?q=Zolotov", "/lookup/agreements/?q=Zolotov",
        ):  # fmt: skip
            answer = client.get(address)
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
            for word in (SECRET, "Zolotov", "SECRET-77", "2014-03-12", "São Paulo", "RU-PRI"):
                if word == "Zolotov" and "Zolotov" in address:
                    continue
                assert word not in content.decode(), (address, word, signed_in)


def test_a_tie_of_which_only_the_title_is_public(world: make.World, centre: Actor, client: Client) -> None:
    near = make.body("Vladivostok", territory=world.territories["RU-PRI"], country=world.territories["RU"])
    far = make.body("Santos", territory=world.territories["BR-SP"], country=world.territories["BR"])
    tie = make.tie(centre, near, far, evidence=SECRET, since="1994", last_activity_on="2024-05-01")
    publish(tie, "title_only", owner=world.other_office.pk)
    for address in (
        f"/ties/{tie.number}/", "/ties/", "/ties/?format=csv", "/ties/?format=jsonl", "/api/v1/ties",
        f"/api/v1/ties/{tie.number}", f"/api/v1/ties/{tie.number}/history",
    ):  # fmt: skip
        answer = client.get(address)
        content = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()  # type: ignore[attr-defined]
        assert SECRET not in content, address
        assert "1994" not in content, address
    assert tie.number in client.get("/ties/").content.decode()
    assert numbers(TIES, public(TODAY), "last_activity_on__from=2024") == []


def test_a_link_does_not_tell_of_what_may_not_be_seen(world: make.World, centre: Actor) -> None:
    hidden = make.agreement(centre, own="RU-PRI", foreign="BR-SP", title=SECRET)
    seen = make.agreement(centre, own="RU-TAM", framework=hidden.number)
    make.step(seen, "add_link", centre, kind="amends", target=hidden.number)
    officer = make.actor(Role.OFFICE_OFFICER, world.office)
    assert links_of(seen, officer) == []
    assert [link.number for link in links_of(seen, centre)] == [hidden.number, hidden.number]
    assert find_agreements(officer, "secret harbour") == []
    assert find_agreements(officer, hidden.number) == []


def test_a_reference_to_what_may_not_be_seen_is_not_found(world: make.World, centre: Actor) -> None:
    hidden = make.agreement(centre, own="RU-PRI", foreign="BR-SP")
    officer = make.actor(Role.OFFICE_OFFICER, world.office)
    with pytest.raises(Invalid, match="not found") as refused:
        make.agreement(officer, framework=hidden.number)
    assert [p.field for p in refused.value.problems] == ["framework"]
    mine = make.agreement(officer)
    with pytest.raises(Invalid, match="not found"):
        make.step(mine, "add_link", officer, kind="amends", target=hidden.number)
    missing = str(refused.value).replace(hidden.number, "AG-999999")
    with pytest.raises(Invalid) as other:
        make.agreement(officer, framework="AG-999999")
    assert str(other.value) == missing, "the words must not tell what exists"


def test_a_framework_that_may_not_be_seen_does_not_stop_other_changes(world: make.World, centre: Actor) -> None:
    hidden = make.agreement(centre, own="RU-PRI", foreign="BR-SP")
    mine = make.agreement(centre, own="RU-TAM", framework=hidden.number)
    officer = make.actor(Role.OFFICE_OFFICER, world.office)
    changed = make.step(mine, "change", officer, framework=hidden.number, note="noted")
    assert (changed.framework_id, changed.note) == (hidden.pk, "noted")


def test_an_officer_enters_agreements_of_his_territory_alone(world: make.World) -> None:
    officer = make.actor(Role.OFFICE_OFFICER, world.office)
    with pytest.raises(Invalid, match="your territory"):
        make.agreement(officer, own="RU-PRI")
    assert make.agreement(officer, own="RU-PSK").own_ids == [world.territories["RU-PSK"].pk]


# -------------------------------------------------------------------------------------------------------------- duties


def test_a_duty_that_has_ended_gives_nothing(world: make.World, client: Client) -> None:
    make.agreement(system(TODAY), own="RU-TAM")
    person = make.person("former", Role.OFFICE_OFFICER, world.office)
    client.force_login(person)
    assert "/agreements/AG-" in client.get("/agreements/").content.decode()
    Duty.objects.filter(person=person).update(valid_until=TODAY - datetime.timedelta(days=1))
    assert "/agreements/AG-" not in client.get("/agreements/").content.decode()
    assert list(duties_on(person.pk, TODAY)) == []
    assert client.get("/agreements/new/").status_code in (302, 403, 409)


def test_a_duty_counts_from_its_first_to_its_last_day(world: make.World) -> None:
    person = make.person("dated", Role.OFFICE_OFFICER, world.office)
    Duty.objects.filter(person=person).update(
        valid_from=datetime.date(2020, 1, 1), valid_until=datetime.date(2020, 12, 31)
    )
    held = [
        bool(duties_on(person.pk, day))
        for day in (
            datetime.date(2019, 12, 31),
            datetime.date(2020, 1, 1),
            datetime.date(2020, 12, 31),
            datetime.date(2021, 1, 1),
        )
    ]
    assert held == [False, True, True, False]


def test_a_jurisdiction_that_has_ended_gives_no_territory(world: make.World, centre: Actor) -> None:
    from foedera.directory.models import Jurisdiction
    from foedera.directory.rules import during

    make.agreement(centre, own="RU-TAM")
    person = make.person("moved", Role.OFFICE_OFFICER, world.office)
    duty = person.duties.select_related("body", "person").get()
    before = actor_of(duty, language="en", channel="page")
    assert world.territories["RU-PSK"].pk in before.own_territories
    Jurisdiction.objects.filter(body=world.office, territory__code="RU-PSK").update(
        valid_until="2020", during=during("", "2020")
    )
    after = actor_of(duty, language="en", channel="page")
    assert world.territories["RU-PSK"].pk not in after.own_territories


def test_roles_in_two_bodies_do_not_mix(world: make.World, centre: Actor, client: Client) -> None:
    tambov = make.agreement(centre, own="RU-TAM", title="Agreement of Tambov")
    primorye = make.agreement(centre, own="RU-PRI", title="Agreement of Primorye")
    person = make.person("twice", Role.OFFICE_OFFICER, world.office)
    give_duty(
        actor=system(TODAY),
        person=person,
        role=Role.OFFICE_OFFICER,
        body_id=world.other_office.pk,
        valid_from=datetime.date(2020, 1, 1),
    )
    client.force_login(person)
    first = client.get("/agreements/").content.decode()
    assert tambov.number in first
    assert primorye.number not in first
    other = duties_on(person.pk, TODAY)[1]
    assert client.post("/account/switch/", {"duty": str(other.id), "next": "/agreements/"}).status_code == 302
    second = client.get("/agreements/").content.decode()
    assert primorye.number in second
    assert tambov.number not in second


def test_a_record_type_without_policy_is_seen_by_nobody() -> None:
    with pytest.raises(LookupError):
        policy_for(Person)


def test_another_record_is_not_found_by_any_address(world: make.World, centre: Actor, client: Client) -> None:
    record = make.agreement(centre, own="RU-PRI", foreign="BR-SP")
    client.force_login(make.person("other", Role.OFFICE_OFFICER, world.office))
    for rest in ("", "texts/", "timeline/", "change/", "add-text/", "step/terminate/", "texts/1/", "texts/1/2/"):
        assert client.get(f"/agreements/{record.number}/{rest}").status_code == 404, rest
    for rest in ("", "/history", "/status"):
        assert client.get(f"/api/v1/agreements/{record.number}{rest}").status_code == 404, rest
    with pytest.raises(NotFound):
        make.step(record, "terminate", stranger(world), reason="r", terminated_on="2020", end_ground="notice")
