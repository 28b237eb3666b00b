"""Views kept by name: from page, API and command, within the rights of whoever reads them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from foedera.accounts.models import Person
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Conflict, Invalid, NotFound, Refused
from foedera.platform.actions.performing import perform
from foedera.platform.lists.saving.actions import CHANGE, DELETE, KEEP, open_with
from foedera.platform.lists.saving.models import FirstView, SavedView
from foedera.platform.lists.saving.queries import offered, view_of

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
        "colleague": make.actor(Role.OFFICE_OFFICER, world.office, login="colleague"),
        "head": make.actor(Role.OFFICE_HEAD, world.office, login="head"),
        "far": make.actor(Role.OFFICE_OFFICER, world.other_office, login="far"),
        "auditor": make.actor(Role.AUDITOR, world.ministry, login="auditor"),
    }


@pytest.fixture
def enter(people: dict[str, Actor]) -> Enter:
    def entered(login: str) -> Client:
        client = Client()
        if login != "public":
            client.force_login(Person.objects.get(login=login))
        return client

    return entered


def keep(
    actor: Actor, name: str = "Treaties", query: str = "kind=treaty", audience: str = "mine", **more: Any
) -> SavedView:
    values = {"kind": "agreements", "name": name, "query": query, "audience": audience, **more}
    made: SavedView = perform(KEEP, actor, values=values)
    return made


def names(actor: Actor) -> list[str]:
    return [view.name for view in offered("agreements", actor).views]


# ----------------------------------------------------------------------------------------------------------------- rights


def test_a_view_is_found_by_those_for_whom_it_is_kept(people: dict[str, Actor]) -> None:
    keep(people["officer"], "Own")
    keep(people["officer"], "Ours", audience="body")
    keep(people["centre"], "All", audience="everyone")
    assert names(people["officer"]) == ["Own", "Ours", "All"]
    assert names(people["colleague"]) == ["Ours", "All"]
    assert names(people["far"]) == ["All"]


@pytest.mark.parametrize(
    ("who", "audience", "allowed"),
    [
        ("officer", "everyone", False),
        ("centre", "everyone", True),
        ("officer", "body", True),
        ("auditor", "body", False),
        ("auditor", "mine", True),
    ],
)
def test_who_may_share(people: dict[str, Actor], who: str, audience: str, allowed: bool) -> None:
    if allowed:
        assert keep(people[who], audience=audience).audience == audience
    else:
        with pytest.raises(Refused):
            keep(people[who], audience=audience)


@pytest.mark.parametrize(
    ("who", "error"),
    [("officer", None), ("head", None), ("colleague", Refused), ("far", NotFound), ("auditor", NotFound)],
)
def test_who_may_change_a_view_of_a_body(people: dict[str, Actor], who: str, error: type[Exception] | None) -> None:
    view = keep(people["officer"], audience="body")
    if error is None:
        assert perform(CHANGE, people[who], record=view, version=1, values={"name": "Other"}).name == "Other"
    else:
        with pytest.raises(error):
            perform(CHANGE, people[who], record=view, version=1, values={"name": "Other"})
        with pytest.raises(error):
            perform(DELETE, people[who], record=view)


def test_two_who_change_a_view_do_not_overwrite_each_other(people: dict[str, Actor]) -> None:
    view = keep(people["officer"], audience="body")
    perform(CHANGE, people["officer"], record=view, version=1, values={"query": "kind=protocol"})
    with pytest.raises(Conflict):
        perform(CHANGE, people["head"], record=view, version=1, values={"query": "kind=other"})


@pytest.mark.parametrize(
    "values",
    [
        {"name": ""},
        {"name": "  "},
        {"name": "x" * 81},
        {"name": "17"},
        {"name": "a\x00"},
        {"query": "colour=red"},
        {"query": "q=kind:nothing"},
        {"query": "sort=nothing"},
        {"query": "group=title"},
        {"query": "kind=%00"},
        {"kind": "nothing"},
    ],
)
def test_a_faulty_view_is_not_kept(people: dict[str, Actor], values: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        keep(people["officer"], **values)
    assert not SavedView.objects.exists()


def test_a_name_is_taken_once_among_those_who_see_it(people: dict[str, Actor]) -> None:
    keep(people["officer"])
    keep(people["colleague"])
    with pytest.raises(Invalid, match="already"):
        keep(people["officer"])


def test_a_view_is_kept_without_place_and_day(people: dict[str, Actor]) -> None:
    view = keep(
        people["officer"],
        query="kind=treaty&after=abc&as_of=2020-01-01&limit=7&view=3&sort=title&columns=title&group=kind",
    )
    assert view.query == "kind=treaty&sort=title&columns=title&group=kind"


def test_a_list_opens_with_the_view_of_the_person_then_of_the_role(people: dict[str, Actor]) -> None:
    for_all = keep(people["centre"], "For officers", audience="everyone")
    open_with(for_all, people["centre"], {"roles": ["office_officer"]})
    own = keep(people["officer"], "Own", query="kind=protocol")
    assert offered("agreements", people["officer"]).first == for_all
    open_with(own, people["officer"], {"mine": True})
    assert offered("agreements", people["officer"]).first == own
    assert offered("agreements", people["colleague"]).first == for_all
    assert offered("agreements", people["head"]).first is None
    open_with(own, people["officer"], {"mine": False})
    assert offered("agreements", people["officer"]).first == for_all
    perform(DELETE, people["centre"], record=for_all)
    assert offered("agreements", people["colleague"]).first is None
    assert not FirstView.objects.filter(view=for_all.pk).exists()


def test_only_a_view_for_everyone_opens_for_a_role_and_only_the_centre_says_so(people: dict[str, Actor]) -> None:
    own = keep(people["centre"])
    with pytest.raises(Invalid):
        open_with(own, people["centre"], {"roles": ["auditor"]})
    shared = keep(people["centre"], "Shared", audience="everyone")
    with pytest.raises(Refused):
        open_with(shared, people["officer"], {"roles": ["auditor"]})


def test_without_a_sign_in_only_the_first_view_of_the_public_is_seen(people: dict[str, Actor], enter: Enter) -> None:
    hidden = keep(people["centre"], "Rare earths", audience="everyone")
    shown = keep(people["centre"], "Culture", query="q=culture", audience="everyone")
    open_with(shown, people["centre"], {"roles": ["public"]})
    text = enter("public").get("/agreements/").content.decode()
    assert "Culture" in text
    assert "Rare earths" not in text
    assert enter("public").get(f"/agreements/?view={hidden.pk}").status_code == 404
    assert enter("public").get("/api/v1/views").json()["items"][0]["name"] == "Culture"


def test_a_view_that_is_no_longer_shared_opens_for_nobody_else(people: dict[str, Actor]) -> None:
    view = keep(people["officer"], audience="body")
    open_with(view, people["colleague"], {"mine": True})
    perform(CHANGE, people["officer"], record=view, version=1, values={"audience": "mine"})
    assert offered("agreements", people["colleague"]).first is None
    with pytest.raises(NotFound):
        view_of(view.pk, people["colleague"])


# ------------------------------------------------------------------------------------------------------------------ pages


def rows(text: str) -> list[str]:
    return re.findall(r"AG-\d+", " ".join(re.findall(r'<th scope="row".*?</th>', text, re.S)))


def test_what_a_view_shows_is_what_its_reader_may_see(people: dict[str, Actor], enter: Enter) -> None:
    near = make.agreement(people["officer"], kind="memorandum")
    far = make.agreement(people["far"], own="RU-PRI", kind="memorandum")
    view = keep(people["centre"], query="kind=memorandum&columns=number", audience="everyone")
    for who, numbers in (("officer", {near.number}), ("far", {far.number}), ("centre", {near.number, far.number})):
        page = enter(who).get(f"/agreements/?view={view.pk}").content.decode()
        assert set(rows(page)) == numbers
        found = enter(who).get(f"/api/v1/agreements?view={view.pk}").json()["items"]
        assert {item["number"] for item in found} == numbers
        file = b"".join(enter(who).get(f"/agreements/?view={view.pk}&format=csv"))
        assert set(re.findall(r"AG-\d+", file.decode())) == numbers


def test_a_view_is_kept_changed_shared_and_deleted_from_the_list(people: dict[str, Actor], enter: Enter) -> None:
    client = enter("officer")
    page = client.get("/agreements/?kind=treaty&sort=title").content.decode()
    assert 'name="view" value="kind=treaty&amp;sort=title"' in page
    sent = client.post(
        "/lists/agreements/views/", {"name": "Treaties", "audience": "mine", "view": "kind=treaty&sort=title"}
    )
    view = SavedView.objects.get()
    assert sent.headers["Location"] == f"/agreements/?view={view.pk}"
    page = client.get(sent.headers["Location"]).content.decode()
    assert re.search(r'href="\?view=\d+"[^>]*aria-current="page"[^>]*>Treaties<', page)
    assert "Kind: <strong>Treaty</strong>" in page
    # Another filter: the view is marked as changed and can be kept as it is shown.
    changed = client.get(f"/agreements/?view={view.pk}&kind=protocol").content.decode()
    assert "Treaties *" in changed
    assert "Kind: <strong>Treaty</strong>" not in changed
    client.post(f"/lists/views/{view.pk}/keep/", {"view": "kind=protocol", "version": "1"})
    assert SavedView.objects.get().query == "kind=protocol"
    # To take the last filter away does not bring the kept view back.
    page = client.get(f"/agreements/?view={view.pk}").content.decode()
    removal = re.search(r'class="filter" href="([^"]+)"', page)
    assert removal is not None
    assert removal[1] == "?view=all"
    form = client.get(f"/lists/views/{view.pk}/change/").content.decode()
    assert 'value="Treaties"' in form
    client.post(f"/lists/views/{view.pk}/change/", {"name": "Ours", "audience": "body", "version": "2"})
    assert "Ours" in enter("colleague").get("/agreements/").content.decode()
    assert client.get(f"/lists/views/{view.pk}/delete/").status_code == 200
    client.post(f"/lists/views/{view.pk}/delete/")
    assert not SavedView.objects.exists()
    assert client.get(f"/agreements/?view={view.pk}").status_code == 404


def test_what_was_typed_stays_when_a_view_is_refused(people: dict[str, Actor], enter: Enter) -> None:
    keep(people["officer"])
    sent = enter("officer").post(
        "/lists/agreements/views/", {"name": "Treaties", "audience": "mine", "view": "kind=protocol"}
    )
    assert sent.status_code == 422
    text = sent.content.decode()
    assert 'value="Treaties"' in text
    assert 'value="kind=protocol"' in text
    assert "already" in text


def test_the_first_view_is_chosen_on_its_page(people: dict[str, Actor], enter: Enter) -> None:
    make.agreement(people["officer"], kind="memorandum")
    shown = make.agreement(people["officer"], kind="protocol")
    view = keep(people["officer"], query="kind=protocol&columns=number")
    client = enter("officer")
    client.post(f"/lists/views/{view.pk}/first/", {"mine": "on"})
    page = client.get("/agreements/").content.decode()
    assert rows(page) == [shown.number]
    assert len(rows(client.get("/agreements/?view=all&columns=number").content.decode())) == 2
    # Programs that ask for the list without a view get all of it.
    assert len(client.get("/api/v1/agreements").json()["items"]) == 2
    assert 'name="roles"' not in client.get(f"/lists/views/{view.pk}/first/").content.decode()
    shared = keep(people["centre"], "Shared", audience="everyone")
    assert 'name="roles"' in enter("centre").get(f"/lists/views/{shared.pk}/first/").content.decode()


def test_what_a_view_names_that_is_no_more_is_said_and_left_out(people: dict[str, Actor], enter: Enter) -> None:
    shown = make.agreement(people["officer"], kind="protocol")
    view = keep(people["officer"], query="kind=protocol&columns=number")
    stale = "kind=protocol&colour=red&state=gone&columns=number,shape&sort=weight&q=colour:red&group=age"
    SavedView.objects.filter(pk=view.pk).update(query=stale)
    answer = enter("officer").get(f"/agreements/?view={view.pk}")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert rows(text) == [shown.number]
    assert "It is shown without it." in text
    for gone in ("colour", "shape", "gone", "Sorting", "Grouping"):
        assert gone in text


@pytest.mark.parametrize("text", ["nothing", "999999", "-1", "\x00", "9" * 40, "²"])
def test_a_view_that_is_not_there_is_not_found(enter: Enter, text: str) -> None:
    client = enter("officer")
    assert client.get("/agreements/", {"view": text}).status_code == 404
    assert client.get("/api/v1/agreements", {"view": text}).status_code == 404


# --------------------------------------------------------------------------------------------------------- API and command


def test_views_over_the_api(people: dict[str, Actor], enter: Enter) -> None:
    client = enter("officer")
    body = {"kind": "agreements", "name": "Treaties", "query": "kind=treaty"}
    made = client.post("/api/v1/views", body, content_type="application/json")
    assert made.status_code == 201
    view = made.json()
    assert (view["name"], view["audience"], view["may_change"], view["first"]) == ("Treaties", "mine", True, False)
    url = f"/api/v1/views/{view['id']}"
    changed = client.patch(url, {"name": "T"}, content_type="application/json", headers={"If-Match": '"1"'})
    assert changed.json()["name"] == "T"
    assert client.get("/api/v1/views?kind=agreements").json()["items"][0]["version"] == 2
    assert client.get("/api/v1/agreements?view=T").status_code == 200
    first = client.post(f"{url}/first", {"mine": True}, content_type="application/json")
    assert first.json()["first"] is True
    assert enter("colleague").get(url).status_code == 404
    assert client.delete(url).json() == {"deleted": True}
    assert client.get(url).status_code == 404


def test_the_command_exports_a_view(people: dict[str, Actor], tmp_path: Any) -> None:
    make.agreement(people["officer"], kind="memorandum")
    shown = make.agreement(people["officer"], kind="protocol")
    keep(people["officer"], "Protocols", query="kind=protocol&columns=number,kind")
    target = tmp_path / "file.csv"
    call_command("export", "agreements", view="protocols", output=str(target))
    assert target.read_text(encoding="utf-8-sig").split() == ["number,kind", f"{shown.number},protocol"]
    with pytest.raises(CommandError, match="Protocols"):
        call_command("export", "agreements", view="nothing", stdout=io.StringIO())


# ----------------------------------------------------------------------------------------------------------------- groups


def test_a_list_in_groups_with_counts(people: dict[str, Actor], enter: Enter) -> None:
    first = make.agreement(people["officer"], kind="protocol", foreign="KZ-ALM")
    second = make.agreement(people["officer"], kind="protocol", legal_nature="treaty")
    third = make.agreement(people["officer"], kind="memorandum")
    client = enter("officer")
    text = client.get("/agreements/?group=kind&columns=number").content.decode()
    groups = re.findall(r'row-group-label">([^<]+)</span> <span class="facet-count">(\d+)<', text)
    assert groups == [("Protocol", "2"), ("Memorandum", "1")]
    assert set(rows(text)) == {first.number, second.number}
    part = client.get("/agreements/?group=kind&columns=number&part=group&value=memorandum").content.decode()
    assert rows(part) == [third.number]
    narrowed = client.get("/agreements/?group=kind&partner=KZ").content.decode()
    assert re.findall(r'row-group-label">([^<]+)</span> <span class="facet-count">(\d+)<', narrowed) == [
        ("Protocol", "1")
    ]
    by_partner = client.get("/agreements/?group=partner").content.decode()
    assert re.findall(r'row-group-label">([^<]+)</span> <span class="facet-count">(\d+)<', by_partner) == [
        ("Belarus", "2"),
        ("Kazakhstan", "1"),
    ]
    by_nature = client.get("/agreements/?group=legal_nature").content.decode()
    assert ("Not entered", "2") in re.findall(
        r'row-group-label">([^<]+)</span> <span class="facet-count">(\d+)<', by_nature
    )
    nothing = client.get("/agreements/?group=legal_nature&columns=number&part=group&value=no value").content.decode()
    assert set(rows(nothing)) == {first.number, third.number}
    areas = client.get("/agreements/?group=subject_areas").content.decode()
    assert ("Not entered", "3") in re.findall(
        r'row-group-label">([^<]+)</span> <span class="facet-count">(\d+)<', areas
    )


def test_groups_hold_only_what_the_reader_may_see(people: dict[str, Actor], enter: Enter) -> None:
    make.agreement(people["far"], own="RU-PRI", kind="contract")
    text = enter("officer").get("/agreements/?group=kind").content.decode()
    assert "row-group-label" not in text
    withheld = make.agreement(
        people["officer"],
        kind="contract",
        publicity="title_only",
        publicity_ground="Asked for",
        title="Agreement on maps",
    )
    text = enter("public").get("/agreements/?group=kind").content.decode()
    assert "row-group-label" not in text
    assert withheld.number not in text


def test_rows_are_as_high_as_was_chosen(enter: Enter) -> None:
    client = enter("officer")
    assert 'data-density="roomy"' in client.get("/agreements/").content.decode()
    client.post("/choice/density/", {"density": "dense", "next": "/agreements/"})
    assert 'data-density="dense"' in client.get("/agreements/").content.decode()
    client.post("/choice/density/", {"density": "nonsense", "next": "/agreements/"})
    assert 'data-density="dense"' in client.get("/agreements/").content.decode()
