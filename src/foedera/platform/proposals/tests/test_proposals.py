"""Who may not write proposes; whoever may write sees the difference and accepts or declines; conflicts are shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from foedera.accounts.models import Person
from foedera.accounts.tests.make import signed_in
from foedera.agreements.models import Agreement
from foedera.agreements.tests.make import World, actor, agreement, person, step, tie, world
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.history.models import PerformedAction
from foedera.platform.history.queries import timeline
from foedera.platform.notices.kinds import readers_on
from foedera.platform.notices.queries import inbox
from foedera.platform.notices.telling import tell
from foedera.platform.proposals.models import Proposal

pytestmark = pytest.mark.django_db
WHY = "The text on paper says forests"


@pytest.fixture
def made() -> World:
    return world()


@pytest.fixture
def record(made: World) -> Agreement:
    """An agreement of the office in Tambov, which everybody inside the network may read."""
    return agreement(actor(Role.OFFICE_HEAD, made.office, login="head"), publicity="public", budget_line="Trade")


@pytest.fixture
def nina(made: World) -> Person:
    return person("nina", Role.OFFICE_OFFICER, made.other_office)


def owner() -> Client:
    return signed_in(Person.objects.get(login="head"))


def centre(record: Agreement) -> Actor:
    """Somebody else who may change the record."""
    assert record.owner is not None
    return actor(Role.COORDINATOR, record.owner, login="centre")


def form_of(client: Client, record: Agreement) -> dict[str, Any]:
    """What a browser would send back of the form, untouched."""
    page = client.get(f"/proposals/new/agreements/{record.number}/")
    assert page.status_code == 200, page.content.decode()
    form = page.context["page"].form
    sent = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: "" if value is None else value for name, value in sent.items()}


def propose(client: Client, record: Agreement, reason: str = WHY, **change: Any) -> Any:
    return client.post(
        f"/proposals/new/agreements/{record.number}/", {**form_of(client, record), "reason": reason, **change}
    )


def over_api(client: Client, path: str, sent: dict[str, Any], version: int | None = None) -> Any:
    headers = {"If-Match": f'"{version}"'} if version is not None else {}
    return client.post(f"/api/v1/proposals{path}", sent, content_type="application/json", headers=headers)


def test_the_page_of_a_record_leads_there_for_whom_it_is(made: World, record: Agreement, nina: Person) -> None:
    link = f"/proposals/new/agreements/{record.number}/"
    page = f"/agreements/{record.number}/"
    assert link in signed_in(nina).get(page).content.decode()
    assert link not in owner().get(page).content.decode()
    assert link not in signed_in(person("auditor", Role.AUDITOR, made.ministry)).get(page).content.decode()
    assert link not in Client().get(page).content.decode()
    past = signed_in(nina).get(f"{page}?as_of=2020-01-01").content.decode()
    assert link not in past


def test_only_what_was_touched_is_proposed_and_the_record_stays(record: Agreement, nina: Person) -> None:
    answer = propose(signed_in(nina), record, title="Agreement on forests")
    assert answer.status_code == 302
    row = Proposal.objects.get()
    assert answer["Location"] == f"/proposals/{row.number}/"
    assert row.values == {"title": "Agreement on forests"}
    assert row.before == {"title": "Agreement on trade and cooperation"}
    assert (row.proposer_id, row.state, row.owner_id) == (nina.pk, "open", record.owner_id)
    record.refresh_from_db()
    assert record.title == "Agreement on trade and cooperation"


def test_the_owner_sees_the_difference_and_accepts(record: Agreement, nina: Person) -> None:
    hers = signed_in(nina)
    propose(hers, record, title="Agreement on forests", signed_on="2014-03-13")
    number = Proposal.objects.get().number
    his = owner()
    assert number in his.get("/proposals/").content.decode()
    page = his.get(f"/proposals/{number}/").content.decode()
    for words in (
        "Agreement on trade and cooperation",
        "Agreement on forests",
        "2014-03-12",
        "2014-03-13",
        WHY,
        "Synthetic nina",
    ):
        assert words in page
    assert his.get(f"/proposals/{number}/accept/").status_code == 200
    assert his.post(f"/proposals/{number}/accept/", {"version": "1", "reason": "Seen"}).status_code == 302
    record.refresh_from_db()
    assert (record.title, record.signed_on) == ("Agreement on forests", "2014-03-13")
    event = timeline(record)[0]
    assert (event.action, event.person_name) == ("agreements.change", "Synthetic head")
    assert event.reason == f"{number}, Synthetic nina: {WHY} / Seen"
    assert list(PerformedAction.objects.order_by("-id").values_list("name", flat=True)[:2]) == [
        "agreements.change", "proposals.accept",
    ]  # fmt: skip
    shown = hers.get(f"/proposals/{number}/").content.decode()
    assert "Accepted" in shown
    assert "Synthetic head" in shown
    assert his.post(f"/proposals/{number}/accept/", {"version": "2"}).status_code in (403, 422), "only once"


def test_he_declines_with_a_reason_that_the_proposer_reads(record: Agreement, nina: Person) -> None:
    propose(signed_in(nina), record, title="Agreement on forests")
    number = Proposal.objects.get().number
    his = owner()
    assert his.get(f"/proposals/{number}/decline/").status_code == 200
    empty = his.post(f"/proposals/{number}/decline/", {"version": "1", "reason": " "})
    assert empty.status_code == 422
    assert his.post(f"/proposals/{number}/decline/", {"version": "1", "reason": "Paper is wrong"}).status_code == 302
    shown = signed_in(nina).get(f"/proposals/{number}/").content.decode()
    assert "Declined" in shown
    assert "Paper is wrong" in shown
    record.refresh_from_db()
    assert record.title == "Agreement on trade and cooperation"


def test_a_change_since_is_shown_and_wants_a_word(record: Agreement, nina: Person) -> None:
    propose(signed_in(nina), record, title="Agreement on forests")
    number = Proposal.objects.get().number
    head = centre(record)
    step(record, "change", head, title="Agreement on timber", budget_line="Wood")
    his = owner()
    page = his.get(f"/proposals/{number}/").content.decode()
    assert "The record has changed since" in page
    assert "Agreement on timber" in page
    refused = his.post(f"/proposals/{number}/accept/", {"version": "1"})
    assert refused.status_code == 422
    assert "Title" in refused.content.decode()
    record.refresh_from_db()
    assert record.title == "Agreement on timber"
    assert his.post(f"/proposals/{number}/accept/", {"version": "1", "although_changed": "on"}).status_code == 302
    record.refresh_from_db()
    assert (record.title, record.budget_line) == ("Agreement on forests", "Wood"), "what was not proposed stays"


def test_a_change_of_other_fields_is_no_conflict(record: Agreement, nina: Person) -> None:
    propose(signed_in(nina), record, title="Agreement on forests")
    step(record, "change", centre(record), budget_line="Wood")
    assert owner().post(f"/proposals/{Proposal.objects.get().number}/accept/", {"version": "1"}).status_code == 302


def test_a_form_filled_in_before_a_change_does_not_propose_to_undo_it(record: Agreement, nina: Person) -> None:
    client = signed_in(nina)
    sent = {**form_of(client, record), "reason": WHY, "budget_line": "Forests"}
    step(record, "change", centre(record), title="Agreement on timber")
    client.post(f"/proposals/new/agreements/{record.number}/", sent)
    assert Proposal.objects.get().values == {"budget_line": "Forests"}


@pytest.mark.parametrize(
    ("change", "reason"), [({}, WHY), ({"title": "X"}, ""), ({"title": "X"}, "a\x00b"), ({"signed_on": "x"}, WHY)]
)
def test_a_faulty_proposal_keeps_what_was_typed(
    record: Agreement, nina: Person, change: dict[str, str], reason: str
) -> None:
    answer = (
        propose(signed_in(nina), record, reason, note="Typed before", **change)
        if change
        else propose(signed_in(nina), record)
    )
    assert answer.status_code == 422
    if change:
        assert "Typed before" in answer.content.decode()
    assert not Proposal.objects.exists()


def test_who_may_change_is_told_to_do_so(record: Agreement) -> None:
    assert owner().get(f"/proposals/new/agreements/{record.number}/").status_code == 409
    sent = {"record_type": "agreements", "number": record.number, "values": {"title": "X"}, "reason": WHY}
    assert over_api(owner(), "", sent).status_code == 409


def test_nobody_proposes_on_what_he_may_not_read_whole(made: World, nina: Person) -> None:
    head = actor(Role.OFFICE_HEAD, made.office, login="head")
    internal = agreement(head)
    title_only = agreement(head, publicity="title_only", publicity_ground="The other side asked for it")
    client = signed_in(nina)
    for hidden in (internal, title_only):
        assert client.get(f"/proposals/new/agreements/{hidden.number}/").status_code == 404
        sent = {"record_type": "agreements", "number": hidden.number, "values": {"title": "X"}, "reason": WHY}
        assert over_api(client, "", sent).status_code == 404
    for url in ("/proposals/new/nonsense/AG-000001/", "/proposals/new/agreements/AG-999999/", "/proposals/PR-999999/"):
        assert client.get(url).status_code == 404


def test_a_proposal_is_known_to_few(made: World, record: Agreement, nina: Person) -> None:
    propose(signed_in(nina), record, title="Agreement on forests")
    number = Proposal.objects.get().number

    def status(client: Client) -> int:
        return client.get(f"/proposals/{number}/").status_code

    assert status(signed_in(nina)) == 200
    assert status(owner()) == 200
    assert status(signed_in(person("auditor", Role.AUDITOR, made.ministry))) == 200
    stranger = signed_in(person("stranger", Role.MISSION, made.embassy))
    assert status(stranger) == 404
    assert number not in stranger.get("/proposals/?show=all").content.decode()
    assert stranger.get("/api/v1/proposals").json()["items"] == []
    assert status(Client()) == 404
    assert Client().get("/proposals/").status_code == 404
    assert Client().get("/api/v1/proposals").status_code == 404


def test_what_the_proposer_may_no_longer_read_is_not_shown_to_him(made: World, record: Agreement, nina: Person) -> None:
    propose(signed_in(nina), record, title="Agreement on forests")
    head = actor(Role.COORDINATOR, made.office, login="centre")
    step(record, "change", head, title="Secret", publicity="restricted", publicity_ground="Kept")
    page = signed_in(nina).get(f"/proposals/{Proposal.objects.get().number}/").content.decode()
    assert "Secret" not in page
    assert "not for you to see" in page


def test_others_do_not_decide(made: World, record: Agreement, nina: Person) -> None:
    propose(signed_in(nina), record, title="Agreement on forests")
    number = Proposal.objects.get().number
    auditor = signed_in(person("auditor", Role.AUDITOR, made.ministry))
    for client in (signed_in(nina), auditor):
        assert client.get(f"/proposals/{number}/accept/").status_code == 403
        for verb in ("accept", "decline"):
            assert client.post(f"/proposals/{number}/{verb}/", {"version": "1", "reason": "x"}).status_code == 403
    assert Proposal.objects.get().state == "open"


def test_the_proposer_withdraws(record: Agreement, nina: Person) -> None:
    propose(signed_in(nina), record, title="Agreement on forests")
    number = Proposal.objects.get().number
    assert owner().post(f"/proposals/{number}/withdraw/", {"version": "1"}).status_code == 403
    assert signed_in(nina).get(f"/proposals/{number}/withdraw/").status_code == 200
    assert signed_in(nina).post(f"/proposals/{number}/withdraw/", {"version": "1"}).status_code == 302
    assert Proposal.objects.get().state == "withdrawn"
    assert number not in owner().get("/proposals/").content.decode()


def test_two_who_decide_at_once_do_it_once(record: Agreement, nina: Person) -> None:
    propose(signed_in(nina), record, title="Agreement on forests")
    number = Proposal.objects.get().number
    first, second = owner(), owner()
    assert first.post(f"/proposals/{number}/decline/", {"version": "1", "reason": "No"}).status_code == 302
    assert second.post(f"/proposals/{number}/accept/", {"version": "1"}).status_code == 422
    record.refresh_from_db()
    assert record.title == "Agreement on trade and cooperation"


def test_child_rows_and_other_kinds_of_records_can_be_proposed(made: World, record: Agreement, nina: Person) -> None:
    parties = [{"side": "own", "territory": "RU-TAM"}, {"side": "foreign", "territory": "KZ-ALM"}]
    sent = {"record_type": "agreements", "number": record.number, "values": {"parties": parties}, "reason": WHY}
    client = signed_in(nina)
    first = over_api(client, "", sent)
    assert first.status_code == 201, first.content
    body = {"record_type": "bodies", "number": made.government.number, "values": {"phone": "+7 000"}, "reason": WHY}
    second = over_api(client, "", body)
    assert second.status_code == 201, second.content
    his = owner()
    number = first.json()["number"]
    page = his.get(f"/proposals/{number}/").content.decode()
    assert "KZ-ALM" in page
    assert over_api(his, f"/{number}/accept", {}, 1).status_code == 200
    assert record.parties.filter(territory__code="KZ-ALM").exists()


def test_it_is_all_possible_over_the_api(record: Agreement, nina: Person) -> None:
    client, his = signed_in(nina), owner()
    sent = {
        "record_type": "agreements",
        "number": record.number,
        "values": {"title": "Agreement on forests"},
        "reason": WHY,
    }
    made = over_api(client, "", sent)
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    number = made.json()["number"]
    assert made.headers["Location"] == f"/api/v1/proposals/{number}"
    listed = his.get(f"/api/v1/proposals?state=open&record={record.number.lower()}").json()
    assert [p["number"] for p in listed["items"]] == [number]
    one = his.get(f"/api/v1/proposals/{number}").json()
    assert one["may_decide"] is True
    assert one["fields"][0] == {
        "field": "title", "then": "Agreement on trade and cooperation", "now": "Agreement on trade and cooperation",
        "proposed": "Agreement on forests", "changed_since": False,
    }  # fmt: skip
    assert client.get(f"/api/v1/proposals/{number}").json()["may_decide"] is False
    assert over_api(his, f"/{number}/accept", {}).status_code == 428
    assert over_api(his, f"/{number}/accept", {}, 7).status_code == 412
    assert over_api(client, f"/{number}/accept", {}, 1).status_code == 403
    assert over_api(his, f"/{number}/decline", {}, 1).status_code == 422
    assert over_api(his, f"/{number}/accept", {"nonsense": 1}, 1).status_code == 422
    done = over_api(his, f"/{number}/accept", {"reason": "Seen"}, 1)
    assert (done.status_code, done.json()["state"]) == (200, "accepted")
    assert over_api(client, f"/{number}/withdraw", {}, 2).status_code in (403, 409)
    assert client.get("/api/v1/proposals?state=nonsense").status_code == 422
    assert client.get("/api/v1/proposals?before=x").status_code == 422


def test_faulty_values_are_named_over_the_api(record: Agreement, nina: Person) -> None:
    client = signed_in(nina)
    sent = {"record_type": "agreements", "number": record.number, "reason": WHY}
    for values, pointer in (({"nonsense": 1}, "/nonsense"), ({"signed_on": "x"}, "/signed_on"), ({}, "")):
        answer = over_api(client, "", {**sent, "values": values})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert over_api(client, "", {**sent, "values": {"title": "X"}, "reason": ""}).status_code == 422


def test_the_pages_are_russian_too(record: Agreement, nina: Person) -> None:
    client = Client(headers={"accept-language": "ru"})
    client.force_login(nina)
    with translation.override("ru"):
        assert "Предложить изменение" in client.get(f"/proposals/new/agreements/{record.number}/").content.decode()
        assert "Предложения" in client.get("/proposals/").content.decode()


def told(login: str) -> list[tuple[str, str]]:
    somebody = Person.objects.get(login=login)
    reader = readers_on(timezone.localdate(), somebody.pk)[0]
    return [(item.shown.number, item.shown.text) for item in inbox(reader.actor).items]


def test_who_may_decide_is_told_and_who_proposed_hears_what_became_of_it(
    made: World, record: Agreement, nina: Person
) -> None:
    person("auditor", Role.AUDITOR, made.ministry)
    person("centre", Role.COORDINATOR, made.ministry)
    propose(signed_in(nina), record, title="Agreement on forests")
    number = Proposal.objects.get().number
    both = ["proposals.waiting", "proposals.decided"]
    assert tell(timezone.now(), only=both).told == 1
    assert tell(timezone.now(), only=both).told == 0
    assert told("head") == [(record.number, f"Synthetic nina proposes a change: {WHY}")]
    assert told("centre") == told("auditor") == told("nina") == []
    owner().post(f"/proposals/{number}/decline/", {"version": "1", "reason": "Paper is wrong"})
    outcome = tell(timezone.now(), only=both)
    assert (outcome.told, outcome.settled) == (1, 1)
    assert told("nina") == [(record.number, "Declined: Paper is wrong")]


def test_what_waits_stands_on_the_page_of_the_record(made: World, record: Agreement, nina: Person) -> None:
    page = f"/agreements/{record.number}/"
    propose(signed_in(nina), record, title="Agreement on forests")
    number = Proposal.objects.get().number
    for client in (owner(), signed_in(nina), signed_in(person("auditor", Role.AUDITOR, made.ministry))):
        assert number in client.get(page).content.decode()
    for client in (signed_in(person("stranger", Role.MISSION, made.embassy)), Client()):
        assert number not in client.get(page).content.decode()
    owner().post(f"/proposals/{number}/decline/", {"version": "1", "reason": "No"})
    assert number not in owner().get(page).content.decode()


def test_a_tie_can_be_proposed_to_change_too(made: World, record: Agreement, nina: Person) -> None:
    head = readers_on(timezone.localdate(), Person.objects.get(login="head").pk)[0].actor
    between = tie(head, made.government, made.embassy, publicity="public")
    sent = {"record_type": "ties", "number": between.number, "values": {"since": "1999"}, "reason": WHY}
    answer = over_api(signed_in(nina), "", sent)
    assert answer.status_code == 201, answer.content
    assert answer.json()["title"]


def test_the_inspector_who_changes_nothing_may_propose(made: World, record: Agreement) -> None:
    his = signed_in(person("inspector", Role.INSPECTOR, made.ministry))
    assert propose(his, record, title="Agreement on forests").status_code == 302
    number = Proposal.objects.get().number
    assert his.post(f"/proposals/{number}/accept/", {"version": "1"}).status_code == 403
    withdrawn = over_api(his, f"/{number}/withdraw", {}, version=1)
    assert withdrawn.status_code == 200, withdrawn.content.decode()
    assert Proposal.objects.get().state == "withdrawn"
