"""Merging duplicates: every reference moves, field by field, all or nothing, taken back exactly; from page, API and the review."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from foedera.accounts.models import Duty, Person
from foedera.agreements.lists import AGREEMENTS
from foedera.agreements.models import Agreement, AgreementLink, Finding, FollowUp
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor
from foedera.platform.access.asking import asker_of, asking
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Conflict, Invalid, NotFound, NotNow, Refused, VersionMissing
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.following.models import Look, Subscription
from foedera.platform.history.models import Entry
from foedera.platform.history.queries import timeline
from foedera.platform.merging.models import Merge
from foedera.platform.merging.planning import foreseen, planned
from foedera.platform.merging.queries import moved_to, went
from foedera.platform.merging.references import counted_in_words, references
from foedera.platform.merging.separating import ASK, ASK_BACK, SEPARATE, work_now
from foedera.platform.records.models import NamedReader
from foedera.platform.tags.queries import tags_on

pytestmark = pytest.mark.django_db
Enter = Callable[[str], Client]


@pytest.fixture
def world() -> make.World:
    return make.world()


@pytest.fixture
def people(world: make.World) -> dict[str, Actor]:
    return {
        "centre": make.actor(Role.COORDINATOR, world.ministry, login="centre"),
        "officer": make.actor(Role.OFFICE_OFFICER, world.office, login="officer"),
        "far": make.actor(Role.OFFICE_OFFICER, world.other_office, login="far"),
        "auditor": make.actor(Role.AUDITOR, world.ministry, login="auditor"),
    }


@pytest.fixture
def officer(people: dict[str, Actor]) -> Actor:
    return people["officer"]


@pytest.fixture
def enter(people: dict[str, Actor]) -> Enter:
    def entered(login: str) -> Client:
        client = Client()
        if login != "public":
            client.force_login(Person.objects.get(login=login))
        return client

    return entered


@pytest.fixture
def pair(officer: Actor) -> tuple[Agreement, Agreement]:
    stays = make.agreement(officer, title="Agreement on trade", note="First", coordinator="")
    goes = make.agreement(officer, title="Agreement on trade (copy)", note="Second", coordinator="Second department")
    return stays, goes


def absorb(
    actor: Actor,
    stays: Agreement,
    goes: Agreement,
    *,
    reason: str = "The same",
    other_version: int | None = None,
    choose: dict[str, str] | None = None,
) -> Agreement:
    stays.refresh_from_db()
    goes.refresh_from_db()
    values = {"other": goes.number, "other_version": other_version or goes.version, "choose": choose or {}}
    perform(action_named("agreements.absorb"), actor, record=stays, version=stays.version, values=values, reason=reason)
    stays.refresh_from_db()
    return stays


def separate(actor: Actor) -> None:
    perform(SEPARATE, actor, record=Merge.objects.latest("pk"), reason="They are two after all")


def subscribe(actor: Actor, record: Agreement) -> None:
    assert actor.person_id is not None
    assert actor.duty_id is not None
    Subscription.objects.create(
        person_id=actor.person_id, duty_id=actor.duty_id, record_type="agreements", record_id=record.pk, name="x"
    )


def everything() -> dict[str, list[Any]]:
    """All rows of all tables that hold facts, but for versions, moments of change and since when a row is known so."""
    found = {}
    for model in apps.get_models():
        table = model._meta.db_table
        if not model.__module__.startswith("foedera.") or table.startswith(
            ("history_", "platform_merging", "platform_search_past", "webhooks_")
        ):
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT (to_jsonb(t) - 'version' - 'updated_at' - 'known_from')::text FROM \"{table}\" t ORDER BY 1"
            )
            found[table] = [row[0] for row in cursor.fetchall()]
    return found


# ------------------------------------------------------------------------------------------------------------------ moving


def test_all_that_refers_moves_and_what_would_stand_twice_is_dropped(
    people: dict[str, Actor], officer: Actor, pair: tuple[Agreement, Agreement]
) -> None:
    stays, goes = pair
    third = make.agreement(officer, title="Third")
    make.step(goes, "record_notice", officer, kind="objection", side="own", dispatched_on="2020-05-01")
    make.step(goes, "suspend", officer, suspended_from="2019-01-01", suspended_until="2019-06-01", reason="War")
    for one in (stays, goes):
        make.step(third, "add_link", officer, kind="amends", target=one.number)
    make.step(goes, "add_link", officer, kind="implements", target=stays.number)
    under = make.agreement(officer, title="Under it", framework=goes.number)
    for one in (stays, goes):
        perform(action_named("agreements.add_tags"), officer, record=one, values={"tags": "urgent"})
    perform(action_named("agreements.add_tags"), officer, record=goes, values={"tags": "copy"})
    note = {"record_type": "agreements", "number": goes.number, "text": "Look here", "publicity": "internal"}
    perform(action_named("notes.write"), officer, values=note)
    absorb(officer, stays, goes)
    assert not Agreement.objects.filter(pk=goes.pk).exists()
    assert (stays.notices.count(), stays.suspensions.count(), stays.parties.count()) == (1, 1, 2)
    assert AgreementLink.objects.filter(agreement=third, target=stays).count() == 1
    assert not AgreementLink.objects.filter(agreement=stays).exists()
    under.refresh_from_db()
    assert under.framework_id == stays.pk
    assert [t.name for t in tags_on(stays, officer)] == ["copy", "urgent"]
    left = [r for r in references(AGREEMENTS) if r.model._default_manager.filter(
        **{r.column: goes.pk, **dict(r.where)}).exists()]  # fmt: skip
    assert left == []
    event = timeline(stays)[0]
    assert (event.action, event.reason) == ("agreements.absorb", "The same")


@pytest.mark.parametrize(
    ("choose", "note", "coordinator"),
    [
        ({}, "First", "Second department"),
        ({"note": "goes"}, "Second", "Second department"),
        ({"coordinator": "stays"}, "First", ""),
        ({"note": "goes", "coordinator": "goes"}, "Second", "Second department"),
    ],
)
def test_field_by_field_one_says_whose_value_stands(
    officer: Actor, pair: tuple[Agreement, Agreement], choose: dict[str, str], note: str, coordinator: str
) -> None:
    merged = absorb(officer, *pair, choose=choose)
    assert (merged.note, merged.coordinator) == (note, coordinator)
    assert merged.title == "Agreement on trade"


@pytest.mark.parametrize(("keep", "codes"), [("both", {"BY-BR", "KZ-ALM"}), ("stays", {"BY-BR"}), ("goes", {"KZ-ALM"})])
def test_parts_of_both_or_of_one(officer: Actor, keep: str, codes: set[str]) -> None:
    stays = make.agreement(officer, foreign="BY-BR")
    goes = make.agreement(officer, foreign="KZ-ALM")
    merged = absorb(officer, stays, goes, choose={"parties": keep})
    foreign = merged.parties.filter(side="foreign").values_list("territory__code", flat=True)
    assert set(foreign) == codes
    assert len(merged.partner_ids) == len(codes)


def test_faults_leave_both_as_they_were(
    people: dict[str, Actor], officer: Actor, pair: tuple[Agreement, Agreement]
) -> None:
    stays, goes = pair
    foreign = make.agreement(people["far"], own="RU-PRI", title="Far away", publicity="public")
    before = everything()
    with pytest.raises(Refused, match="territory"):
        absorb(officer, stays, foreign)
    with pytest.raises(Invalid, match="another record"):
        absorb(officer, stays, stays)
    with pytest.raises(Invalid):
        absorb(officer, stays, goes, choose={"colour": "goes"})
    with pytest.raises(Invalid):
        absorb(officer, stays, goes, choose={"note": "both"})
    with pytest.raises(Invalid, match="Say why"):
        absorb(officer, stays, goes, reason="")
    with pytest.raises(Conflict):
        absorb(officer, stays, goes, other_version=goes.version + 7)
    with pytest.raises(NotFound):
        absorb(people["far"], stays, goes)
    with pytest.raises(VersionMissing):
        perform(
            action_named("agreements.absorb"), officer, record=stays, version=stays.version,
            values={"other": goes.number}, reason="The same",
        )  # fmt: skip
    assert everything() == before


def test_a_value_that_does_not_fit_stops_the_whole_merge(officer: Actor) -> None:
    idea = make.agreement(officer, title="An idea", signed_on="", in_force_rule="")
    signed = make.agreement(officer, title="A signed one")
    before = everything()
    with pytest.raises(Invalid):
        absorb(officer, idea, signed, choose={"signed_on": "goes"})
    assert everything() == before


# ------------------------------------------------------------------------------------------------------------- taking back


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=st.lists(
        st.sampled_from(
            [
                "notice",
                "suspend",
                "link_in",
                "link_out",
                "link_between",
                "framework",
                "tag",
                "note",
                "remind",
                "follow",
                "read",
                "find",
            ]
        ),
        unique=True,
    ),
    on_both=st.booleans(),
    choose=st.fixed_dictionaries(
        {},
        optional={
            "note": st.sampled_from(["stays", "goes"]),
            "title": st.sampled_from(["stays", "goes"]),
            "parties": st.sampled_from(["stays", "goes", "both"]),
            "suspensions": st.sampled_from(["stays", "goes", "both"]),
        },
    ),
)
def test_taking_a_merge_back_restores_everything_exactly(
    people: dict[str, Actor], steps: list[str], on_both: bool, choose: dict[str, str]
) -> None:
    officer = people["officer"]
    with transaction.atomic():
        stays = make.agreement(officer, title="One", note="First")
        goes = make.agreement(officer, title="Two", note="Second", foreign="KZ-ALM")
        third = make.agreement(officer, title="Third")
        for which in (goes, stays) if on_both else (goes,):
            for step in steps:
                _do(step, officer, which, stays if which == goes else goes, third)
        before = everything()
        plan = planned(AGREEMENTS, stays, goes, officer, choose)
        rows = foreseen(plan, officer)
        absorb(officer, stays, goes, choose=choose)
        assert everything() != before
        # What was shown before is what was done.
        done = Merge.objects.latest("pk").moved
        assert Counter(row.what for row in rows if row.dropped) == counted_in_words(done["dropped"])
        assert Counter(row.what for row in rows if not row.dropped) == counted_in_words(done["moved"])
        separate(officer)
        after = everything()
        differing = {
            table: (sorted(set(before[table]) - set(rows)), sorted(set(rows) - set(before[table])))
            for table, rows in after.items()
            if rows != before[table]
        }
        assert not differing
        transaction.set_rollback(True)


def _do(step: str, officer: Actor, which: Agreement, other: Agreement, third: Agreement) -> None:
    if step == "notice":
        make.step(which, "record_notice", officer, kind="objection", side="own", dispatched_on="2020-05-01")
    elif step == "suspend":
        make.step(which, "suspend", officer, suspended_from="2019-01-01", suspended_until="2019-06-01", reason="So")
    elif step == "link_in":
        make.step(third, "add_link", officer, kind="amends", target=which.number)
    elif step == "link_out":
        target = make.agreement(officer, title="Target")
        make.step(which, "add_link", officer, kind="implements", target=target.number)
    elif step == "link_between":
        if not AgreementLink.objects.filter(target=which, agreement=other).exists():
            make.step(which, "add_link", officer, kind="implements", target=other.number)
    elif step == "framework":
        make.agreement(officer, title="Under it", framework=which.number)
    elif step == "tag":
        perform(action_named("agreements.add_tags"), officer, record=which, values={"tags": "urgent, seen"})
    elif step == "note":
        note = {"record_type": "agreements", "number": which.number, "text": "Look", "publicity": "internal"}
        perform(action_named("notes.write"), officer, values=note)
    elif step == "remind":
        due = officer.today + datetime.timedelta(days=3)
        asked = {"record_type": "agreements", "number": which.number, "text": "Call", "due_on": due}
        perform(action_named("reminders.set"), officer, values=asked)
    elif step == "read":
        until = officer.today + datetime.timedelta(days=9)
        NamedReader.objects.create(
            record_table="agreements_agreement", record_id=which.pk, body_id=officer.body_id,
            valid_from=officer.today, valid_until=until, ground="Asked for",
        )  # fmt: skip
    elif step == "find":
        finding = Finding.objects.create(
            agreement=which, rule="dormant", state="open", facts={}, proposed="end", found_on=officer.today,
        )  # fmt: skip
        FollowUp.objects.create(agreement=which, finding=finding, kind="record_end", draft="")
    else:
        subscribe(officer, which)
        Look.objects.create(subscription=Subscription.objects.latest("pk"), at=timezone.now())


def test_what_was_changed_since_is_not_taken_back(officer: Actor, pair: tuple[Agreement, Agreement]) -> None:
    stays, goes = pair
    absorb(officer, stays, goes)
    make.step(stays, "change", officer, note="Later")
    with pytest.raises(NotNow):
        separate(officer)
    make.step(stays, "undo", officer)
    assert Merge.objects.get().undone_at is None


def test_a_merge_is_taken_back_once_and_by_who_may_change(
    people: dict[str, Actor], officer: Actor, pair: tuple[Agreement, Agreement]
) -> None:
    stays, goes = pair
    make.step(stays, "change", officer, publicity="public")
    absorb(officer, stays, goes, choose={"publicity": "stays"})
    for who in ("far", "auditor"):
        with pytest.raises(Refused):
            separate(people[who])
    separate(people["centre"])
    assert Agreement.objects.get(pk=goes.pk).number == goes.number
    with pytest.raises(NotNow, match="no merge"):
        separate(officer)
    # And merged again, the other way round.
    absorb(officer, Agreement.objects.get(pk=goes.pk), Agreement.objects.get(pk=stays.pk))


# -------------------------------------------------------------------------------------------------------- addresses, pages


def test_the_address_of_the_one_that_went_leads_to_the_one_that_stayed(
    people: dict[str, Actor], officer: Actor, pair: tuple[Agreement, Agreement], enter: Enter
) -> None:
    stays, goes = pair
    last = make.agreement(officer, title="The last")
    absorb(officer, stays, goes)
    absorb(officer, last, stays)
    client = enter("officer")
    for tail in ("", "timeline/", "?as_of=2020-01-01"):
        answered = client.get(f"/agreements/{goes.number}/{tail}")
        assert (answered.status_code, answered.headers["Location"]) == (302, f"/agreements/{last.number}/{tail}")
    over_api = client.get(f"/api/v1/agreements/{goes.number}")
    assert (over_api.status_code, over_api.headers["Location"]) == (307, f"/api/v1/agreements/{last.number}")
    for who in ("far", "public"):
        assert enter(who).get(f"/agreements/{goes.number}/").status_code == 404
        assert enter(who).get(f"/api/v1/agreements/{goes.number}").status_code == 404
    assert moved_to(goes.number.lower(), officer) == last.number
    assert moved_to("AG-999999", officer) == ""
    assert client.get("/agreements/AG-999999/").status_code == 404


def test_the_whole_way_on_pages(enter: Enter, officer: Actor, pair: tuple[Agreement, Agreement]) -> None:
    stays, goes = pair
    client = enter("officer")
    make.step(goes, "change", officer, reason="Somebody looked closer", coordinator="Third department")
    here = f"/merge/agreements/{stays.number}/"
    assert f'href="{here}"' in client.get(f"/agreements/{stays.number}/").content.decode()
    assert client.get(here).status_code == 200
    wrong = client.get(f"{here}?other=AG-999999")
    assert wrong.status_code == 422
    assert 'value="AG-999999"' in wrong.content.decode()
    sent = client.get(f"{here}?other={goes.number.lower()}")
    assert (sent.status_code, sent.headers["Location"]) == (302, f"{here}{goes.number}/")
    page = client.get(f"{here}{goes.number}/").content.decode()
    assert f"{goes.number}: Second" in page
    assert f"/merge/agreements/{goes.number}/{stays.number}/" in page
    typed = {"version": str(stays.version), "other_version": str(goes.version), "choose-note": "goes", "reason": ""}
    refused = client.post(f"{here}{goes.number}/", typed)
    assert refused.status_code == 422
    done = client.post(f"{here}{goes.number}/", {**typed, "reason": "One was entered twice"})
    merge = Merge.objects.get()
    assert (done.status_code, done.headers["Location"]) == (302, f"/merge/{merge.pk}/")
    assert f'hx-get="/merge/{merge.pk}/progress/"' in client.get(f"/merge/{merge.pk}/").content.decode()
    assert "HX-Refresh" not in client.get(f"/merge/{merge.pk}/progress/").headers
    work_now(merge.pk)
    # A job that was lost and is begun again finds nothing to do.
    work_now(merge.pk)
    assert client.get(f"/merge/{merge.pk}/progress/").headers["HX-Refresh"] == "true"
    stays.refresh_from_db()
    assert stays.note == "Second"
    assert f"/merge/{merge.pk}/" in client.get(f"/agreements/{stays.number}/timeline/").content.decode()
    shown = client.get(f"/merge/{merge.pk}/").content.decode()
    assert "Agreement on trade (copy)" in shown
    assert f"History of {goes.number}" in shown
    assert "Somebody looked closer" in shown
    assert enter("far").get(f"/merge/{merge.pk}/").status_code == 404
    assert enter("public").get(f"/merge/{merge.pk}/").status_code == 404
    assert client.post(f"/merge/{merge.pk}/", {"reason": ""}).status_code == 422
    back = client.post(f"/merge/{merge.pk}/", {"reason": "They are two"})
    assert (back.status_code, back.headers["Location"]) == (302, f"/merge/{merge.pk}/")
    work_now(merge.pk)
    assert client.get(f"/agreements/{goes.number}/").status_code == 200


def test_who_may_not_change_is_offered_no_merge(people: dict[str, Actor], officer: Actor, enter: Enter) -> None:
    public = make.agreement(officer, publicity="public")
    other = make.agreement(officer, publicity="public", title="Other")
    for who, status in (("far", 403), ("auditor", 403), ("public", 302)):
        client = enter(who)
        assert "/merge/agreements/" not in client.get(f"/agreements/{public.number}/").content.decode()
        assert client.get(f"/merge/agreements/{public.number}/{other.number}/").status_code == status
        assert client.get(f"/api/v1/merges/plan/agreements/{public.number}/{other.number}").status_code == 404
    assert enter("officer").get(f"/merge/nothing/{public.number}/").status_code == 404


def test_what_went_is_told_to_whom_it_was_told_before(
    people: dict[str, Actor], officer: Actor, pair: tuple[Agreement, Agreement], enter: Enter
) -> None:
    stays, goes = pair
    hidden = {"title": "A word kept at home", "publicity": "internal", "publicity_ground": "Synthetic"}
    make.step(goes, "change", officer, **hidden)
    make.step(stays, "change", officer, publicity="public")
    absorb(officer, stays, goes, choose={"publicity": "stays"})
    key = Merge.objects.get().pk
    for who, told in (("officer", True), ("centre", True), ("auditor", True), ("far", False)):
        page = enter(who).get(f"/merge/{key}/")
        assert page.status_code == 200
        assert ("A word kept at home" in page.content.decode()) is told, who
        assert (f"History of {goes.number}" in page.content.decode()) is told, who
        assert "A word kept" not in enter(who).get(f"/agreements/{stays.number}/timeline/").content.decode()
    # And by the third fence alone.
    for who, told in (("officer", True), ("auditor", True), ("far", False)):
        with asking(asker_of(people[who])):
            assert Entry.objects.filter(subject_table="agreements_agreement", subject_id=goes.pk).exists() is told, who
    assert went(Merge.objects.get(), people["far"]) is None


def test_the_narrower_publicity_stands_unless_another_is_chosen(officer: Actor) -> None:
    wide = make.agreement(officer, publicity="public")
    narrow = make.agreement(officer, title="Narrow", publicity="restricted", publicity_ground="Synthetic")
    absorb(officer, wide, narrow)
    assert (wide.publicity, wide.publicity_ground) == ("restricted", "Synthetic")


def test_what_only_others_see_is_not_foreseen(
    people: dict[str, Actor], officer: Actor, pair: tuple[Agreement, Agreement]
) -> None:
    stays, goes = pair
    perform(action_named("agreements.add_tags"), people["centre"], record=goes, values={"tags": "private thought"})
    subscribe(people["centre"], goes)
    for actor, told in ((officer, False), (people["centre"], True)):
        rows = foreseen(planned(AGREEMENTS, stays, goes, actor, {}), actor)
        assert any("private thought" in row.which for row in rows) is told, rows
        assert any(row.what == "Subscription" for row in rows) is told


def test_a_merge_that_led_on_is_taken_back_after_the_later_one(
    officer: Actor, pair: tuple[Agreement, Agreement], enter: Enter
) -> None:
    stays, goes = pair
    last = make.agreement(officer, title="The last")
    absorb(officer, stays, goes)
    absorb(officer, last, stays)
    first, second = Merge.objects.order_by("pk")
    page = enter("officer").get(f"/merge/{first.pk}/").content.decode()
    assert "taken back first" in page
    assert f'href="/merge/{second.pk}/"' in page
    with pytest.raises(NotNow, match="taken back first"):
        perform(ASK_BACK, officer, record=first, reason="Two")
    for merge in (second, first):
        merge.refresh_from_db()
        perform(SEPARATE, officer, record=merge, reason="They are three")
    assert Agreement.objects.filter(pk__in=[stays.pk, goes.pk, last.pk]).count() == 3


def test_the_review_leads_to_the_merge_and_is_settled_by_it(
    people: dict[str, Actor], pair: tuple[Agreement, Agreement], enter: Enter
) -> None:
    stays, goes = pair
    finding = Finding.objects.create(
        agreement=stays,
        other=goes,
        rule="duplicate",
        state="open",
        facts={"title": 96, "parties": 100, "same_kind": True},
        proposed="merge",
        found_on=people["centre"].today,
    )
    step = FollowUp.objects.create(agreement=stays, finding=finding, kind="merge", draft="")
    page = enter("centre").get(f"/review/steps/{step.pk}/").content.decode()
    assert f"/merge/agreements/{stays.number}/{goes.number}/" in page
    absorb(people["centre"], stays, goes)
    finding.refresh_from_db()
    step.refresh_from_db()
    assert finding.state == "gone"
    assert step.done_on is not None


# --------------------------------------------------------------------------------------------------------------------- API


def post(client: Client, address: str, body: Any, version: int | None = None) -> Any:
    headers = {"If-Match": f'"{version}"'} if version is not None else {}
    return client.post(f"/api/v1{address}", json.dumps(body), content_type="application/json", headers=headers)


def test_merging_over_the_api(enter: Enter, officer: Actor, pair: tuple[Agreement, Agreement]) -> None:
    stays, goes = pair
    client = enter("officer")
    plan = client.get(f"/api/v1/merges/plan/agreements/{stays.number}/{goes.number}").json()
    assert {f["name"]: f["chosen"] for f in plan["fields"]} == {
        "title": "stays", "note": "stays", "coordinator": "goes",
    }  # fmt: skip
    assert [(row["what"], row["dropped"]) for row in plan["rows"]] == [("Party", True), ("Party", True)]
    assert "Brest" in plan["rows"][1]["which"]
    asked = {
        "kind": "agreements",
        "stays": stays.number,
        "version": plan["version"],
        "other": goes.number,
        "other_version": plan["other_version"],
        "choose": {"note": "goes"},
    }
    assert post(client, "/merges", asked).status_code == 422
    assert post(client, "/merges", {**asked, "reason": "Twice", "version": 99}).status_code == 412
    assert post(client, "/merges", {**asked, "reason": "Twice", "kind": "nothing"}).status_code == 404
    assert (
        post(client, f"/agreements/{stays.number}/absorb", {"other": goes.number}, plan["version"]).status_code == 404
    )
    done = post(client, "/merges", {**asked, "reason": "Twice"})
    assert (done.status_code, done.json()["state"]) == (202, "waiting"), done.content
    key = Merge.objects.get().pk
    work_now(key)
    read = client.get(f"/api/v1/merges/{key}").json()
    assert (read["stays"], read["goes"], read["state"]) == (stays.number, goes.number, "done")
    assert client.get(f"/api/v1/agreements/{stays.number}").json()["note"] == "Second"
    assert post(client, f"/merges/{key}/separate", {}).status_code == 422
    assert post(client, f"/merges/{key}/separate", {"reason": "Two"}).json()["state"] == "undoing"
    work_now(key)
    assert client.get(f"/api/v1/merges/{key}").json()["state"] == "undone"
    assert client.get(f"/api/v1/agreements/{goes.number}").status_code == 200


def ask(actor: Actor, stays: Agreement, goes: Agreement) -> Merge:
    stays.refresh_from_db()
    goes.refresh_from_db()
    values = {
        "kind": "agreements", "stays": stays.number, "version": stays.version,
        "other": goes.number, "other_version": goes.version,
    }  # fmt: skip
    made: Merge = perform(ASK, actor, values=values, reason="Twice")
    return made


def test_what_others_put_on_the_record_moves_though_the_asker_does_not_see_it(
    people: dict[str, Actor], officer: Actor, pair: tuple[Agreement, Agreement]
) -> None:
    stays, goes = pair
    centre = people["centre"]
    perform(action_named("agreements.add_tags"), centre, record=goes, values={"tags": "private thought"})
    subscribe(centre, goes)
    merge = ask(officer, stays, goes)
    work_now(merge.pk)
    assert [t.name for t in tags_on(stays, centre)] == ["private thought"]
    assert Subscription.objects.get().record_id == stays.pk
    merge.refresh_from_db()
    perform(ASK_BACK, officer, record=merge, reason="Two")
    work_now(merge.pk)
    assert [t.name for t in tags_on(Agreement.objects.get(pk=goes.pk), centre)] == ["private thought"]
    assert Subscription.objects.get().record_id == goes.pk


def test_a_merge_is_refused_when_something_happened_before_its_turn(
    people: dict[str, Actor], officer: Actor, pair: tuple[Agreement, Agreement]
) -> None:
    stays, goes = pair
    merge = ask(officer, stays, goes)
    with pytest.raises(Invalid):
        ask(officer, stays, goes)
    make.step(goes, "change", officer, note="Somebody was faster")
    work_now(merge.pk)
    merge.refresh_from_db()
    assert merge.state == "refused"
    assert "meanwhile" in merge.error
    merge = ask(officer, stays, goes)
    Duty.objects.filter(pk=officer.duty_id or 0).update(valid_until=officer.today - datetime.timedelta(days=1))
    work_now(merge.pk)
    merge.refresh_from_db()
    assert (merge.state, Agreement.objects.filter(pk=goes.pk).exists()) == ("refused", True)


def test_other_record_types_merge_too(people: dict[str, Actor], world: make.World) -> None:
    centre = people["centre"]
    first, second = (
        make.body(f"Agency {n}", country=world.territories["RU"], territory=world.territories["RU-TAM"]) for n in (1, 2)
    )
    third = make.body("Agency abroad", country=world.territories["BY"], territory=world.territories["BY-BR"])
    ties = [make.tie(centre, first, third), make.tie(centre, second, third)]
    for tie in ties:
        tie.refresh_from_db()
    values = {"other": ties[1].number, "other_version": ties[1].version}
    perform(action_named("ties.absorb"), centre, record=ties[0], version=ties[0].version, values=values, reason="Twice")
    separate(centre)
    assert type(ties[1])._default_manager.filter(pk=ties[1].pk).exists()
    made = [
        perform(
            action_named("format.create"),
            centre,
            values={"name": f"Forum {n}", "kind": "forum", "publicity": "internal"},
        )
        for n in (1, 2)
    ]
    for each in made:
        each.refresh_from_db()
    asked = {"other": made[1].number, "other_version": made[1].version}
    perform(
        action_named("formats.absorb"), centre, record=made[0], version=made[0].version, values=asked, reason="Twice"
    )
    assert not type(made[1])._default_manager.filter(pk=made[1].pk).exists()
    separate(centre)
    assert type(made[1])._default_manager.filter(pk=made[1].pk).exists()
    assert Entry.objects.filter(operation="D").exists()
