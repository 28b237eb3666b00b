"""The pages of the register as an officer uses them: nothing typed is lost, two editors meet, every address answers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils.html import escape

from foedera.accounts.models import Person
from foedera.agreements.models import Agreement, Tie
from foedera.agreements.review.running import run_review
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.performing import action_named, actions_of, perform

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> make.World:
    return make.world()


@pytest.fixture
def officer(world: make.World) -> Actor:
    return make.actor(Role.OFFICE_OFFICER, world.office, login="officer")


@pytest.fixture
def centre(world: make.World) -> Actor:
    return make.actor(Role.COORDINATOR, world.ministry, login="centre")


@pytest.fixture
def made(officer: Actor) -> Agreement:
    return make.agreement(officer)


@pytest.fixture
def signed_in(client: Client, officer: Actor) -> Client:
    """A browser in which the officer is signed in."""
    return as_(client, officer)


def as_(client: Client, actor: Actor) -> Client:
    assert actor.person_id is not None
    client.force_login(Person.objects.get(pk=actor.person_id))
    return client


def values_of(response: Any) -> dict[str, Any]:
    """What the form of a page holds, by name, as a browser would send it back; empty boxes left out."""
    form = response.context["page"].form
    held: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if value is None or value == []:
            continue
        held[bound.html_name] = value
    if response.context["page"].version:
        held["version"] = response.context["page"].version
    return held


def text(response: Any) -> str:
    return str(response.content.decode())


NEW = {
    "title": "Agreement on fishing", "kind": "agreement", "publicity": "internal", "signed_on": "March 2014", "note": "typed note",
    "parties-0-side": "own", "parties-0-territory": "RU-TAM", "parties-1-side": "foreign", "parties-1-territory": "BY-BR",
}  # fmt: skip


# ------------------------------------------------------------------------------------------------------ make and change


def test_a_new_agreement_by_its_form(signed_in: Client) -> None:
    empty = signed_in.get("/agreements/new/")
    assert empty.status_code == 200
    answer = signed_in.post("/agreements/new/", values_of(empty) | NEW)
    assert not answer.context or not answer.context["page"].form.errors
    made = Agreement.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/agreements/{made.number}/")
    assert (made.title, made.signed_on, made.note) == ("Agreement on fishing", "2014-03", "typed note")
    assert made.parties.count() == 2
    record = signed_in.get(answer["Location"])
    assert "Agreement on fishing" in text(record)


def test_nothing_typed_is_lost_on_an_error(signed_in: Client) -> None:
    typed = NEW | {
        "signed_on": "32 March 2014", "term_months": "five", "binding": "true", "titles:en": "Fishing", "titles:ru": "О рыбе",
        "titles:kk": "Балық", "parties-1-territory": "BY-XX", "parties-1-signatory": "Someone", "parties-2-side": "third",
        "parties-2-name": "UNESCO", "suspensions-0-suspended_from": "2020-02-31", "reason": "",
    }  # fmt: skip
    typed.pop("reason")
    answer = signed_in.post("/agreements/new/", typed)
    assert answer.status_code == 422
    assert Agreement.objects.count() == 0
    held = values_of(answer)
    assert {k: held.get(k) for k in typed} == typed


def test_an_error_in_the_second_row_stands_at_the_second_row(signed_in: Client) -> None:
    answer = signed_in.post("/agreements/new/", NEW | {"parties-1-territory": "BY-XX"})
    assert answer.status_code == 422
    errors = answer.context["page"].form.errors
    assert list(errors) == ["parties-1-territory"]
    assert "BY-XX" in errors["parties-1-territory"][0]


def test_an_error_after_a_blank_row_stands_at_the_row_that_was_typed(signed_in: Client) -> None:
    typed = NEW | {
        "parties-1-territory": "",
        "parties-1-side": "",
        "parties-2-side": "foreign",
        "parties-2-territory": "BY-XX",
    }
    errors = signed_in.post("/agreements/new/", typed).context["page"].form.errors
    assert list(errors) == ["parties-2-territory"]


def test_a_blank_row_is_no_error(signed_in: Client) -> None:
    blank = {
        f"parties-2-{n}": ""
        for n in ("side", "territory", "body", "name", "level", "signatory", "signatory_post", "power")
    }
    answer = signed_in.post("/agreements/new/", NEW | blank | {"title": ""})
    assert list(answer.context["page"].form.errors) == ["title"]
    assert len(answer.context["page"].form.errors["title"]) == 1, "said once"
    assert signed_in.post("/agreements/new/", NEW | blank).status_code == 302


def test_one_more_row_keeps_what_was_typed_and_complains_of_nothing(signed_in: Client) -> None:
    answer = signed_in.post("/agreements/new/", NEW | {"title": "", "_more": "parties"})
    assert answer.status_code == 200
    form = answer.context["page"].form
    assert not form.errors
    held = values_of(answer)
    assert held["parties-1-territory"] == "BY-BR"
    assert "parties-2-side" in form.fields
    assert Agreement.objects.count() == 0
    again = signed_in.post(
        "/agreements/new/", held | {"parties-2-name": "UNESCO", "parties-2-side": "third", "_more": "parties"}
    )
    assert "parties-3-side" in again.context["page"].form.fields
    assert values_of(again)["parties-2-name"] == "UNESCO"


def test_a_change_by_its_form_sends_back_what_was_there(signed_in: Client, officer: Actor) -> None:
    made = make.agreement(
        officer,
        titles={"ru": "О торговле"},
        binding=True,
        term_months=60,
        public_from="2030-01-01",
        subject_areas=[],
        parties=[
            {"side": "own", "territory": "RU-TAM", "signatory": "A. B."},
            {"side": "foreign", "territory": "BY-BR"},
            {"side": "third", "name": "UNESCO"},
        ],
    )
    form = signed_in.get(f"/agreements/{made.number}/change/")
    answer = signed_in.post(
        f"/agreements/{made.number}/change/", values_of(form) | {"note": "only this", "reason": "because"}
    )
    assert answer.status_code == 302
    before = Agreement.objects.filter(pk=made.pk).values().get()
    assert before["note"] == "only this"
    for field in (
        "title",
        "titles",
        "binding",
        "term_months",
        "public_from",
        "signed_on",
        "in_force_rule",
        "subject_areas",
    ):
        assert before[field] == getattr(made, field), field
    from foedera.platform.history.queries import timeline

    newest = timeline(made)[0]
    assert [(c.field, c.after) for c in newest.changes] == [("note", "only this")], "nothing else was touched"
    assert newest.reason == "because"


def test_names_in_languages_are_added_and_removed(signed_in: Client, officer: Actor) -> None:
    made = make.agreement(officer, titles={"ru": "О торговле", "kk": "Сауда"})
    form = signed_in.get(f"/agreements/{made.number}/change/")
    sent = values_of(form) | {"titles:kk": "", "titles:en": "On trade"}
    assert signed_in.post(f"/agreements/{made.number}/change/", sent).status_code == 302
    made.refresh_from_db()
    assert made.titles == {"ru": "О торговле", "en": "On trade"}


@pytest.mark.parametrize("version", ["", "²", "-1", "1.5", "9" * 5000, "x"])
def test_a_form_without_a_usable_version_is_not_taken(signed_in: Client, made: Agreement, version: str) -> None:
    form = values_of(signed_in.get(f"/agreements/{made.number}/change/"))
    answer = signed_in.post(f"/agreements/{made.number}/change/", form | {"version": version, "note": "typed"})
    assert answer.status_code in (409, 422)
    made.refresh_from_db()
    assert made.note == ""
    assert values_of(answer)["note"] == "typed"


# ---------------------------------------------------------------------------------------------------------- two editors


def test_the_second_editor_gets_both_versions_and_chooses(client: Client, officer: Actor, centre: Actor) -> None:
    made = make.agreement(officer, note="first", coordinator="Old")
    address = f"/agreements/{made.number}/change/"
    mine = values_of(as_(client, officer).get(address))
    other = Client()
    theirs = values_of(as_(other, centre).get(address))
    assert other.post(address, theirs | {"note": "theirs", "coordinator": "Theirs"}).status_code == 302
    answer = client.post(address, mine | {"note": "mine", "signed_at": "Tambov", "reason": "my reason"})
    assert answer.status_code == 409
    page = answer.context["page"]
    shown = {c.name: (c.theirs, c.yours) for c in page.conflicts}
    assert shown["note"] == ("theirs", "mine")
    assert shown["coordinator"] == ("Theirs", "Old")
    chosen = {c.name: c.chosen for c in page.conflicts}
    assert chosen["note"] == chosen["signed_at"] == "yours"
    assert chosen["coordinator"] == "theirs", "what the officer has not touched stays as the other left it"
    assert page.conflict_by == centre.name
    assert page.version == "2"
    made.refresh_from_db()
    assert made.note == "theirs", "nothing was overwritten"
    held = values_of(answer)
    assert (held["note"], held["signed_at"], held["reason"]) == ("mine", "Tambov", "my reason"), "nothing typed is lost"
    choice = {"choose_note": "yours", "choose_coordinator": "theirs", "choose_signed_at": "yours"}
    assert client.post(address, held | choice).status_code == 302
    made.refresh_from_db()
    assert (made.note, made.coordinator, made.signed_at, made.version) == ("mine", "Theirs", "Tambov", 3)


def test_rows_of_another_editor_may_be_taken(client: Client, officer: Actor, centre: Actor) -> None:
    made = make.agreement(officer)
    address = f"/agreements/{made.number}/change/"
    mine = values_of(as_(client, officer).get(address))
    make.step(
        made,
        "change",
        centre,
        binding=True,
        public_from="2031-01-01",
        titles={"ru": "Их"},
        parties=[{"side": "own", "territory": "RU-TAM"}, {"side": "foreign", "territory": "KZ-ALM"}],
    )
    answer = client.post(address, mine | {"note": "mine"})
    names = {c.name for c in answer.context["page"].conflicts}
    assert {"parties", "binding", "public_from", "titles", "note"} <= names
    take = {f"choose_{c.name}": c.chosen for c in answer.context["page"].conflicts}
    assert take.pop("choose_note") == "yours"
    assert set(take.values()) == {"theirs"}
    assert client.post(address, values_of(answer) | take).status_code == 302
    made.refresh_from_db()
    assert set(made.parties.values_list("territory__code", flat=True)) == {"RU-TAM", "KZ-ALM"}
    assert (made.binding, made.titles, made.note) == (True, {"ru": "Их"}, "mine")


def test_a_third_change_meets_the_choice_again(client: Client, officer: Actor, centre: Actor) -> None:
    made = make.agreement(officer)
    address = f"/agreements/{made.number}/change/"
    mine = values_of(as_(client, officer).get(address))
    make.step(made, "change", centre, note="second")
    first = client.post(address, mine | {"note": "mine"})
    make.step(made, "change", centre, note="third")
    second = client.post(address, values_of(first) | {"choose_note": "yours"})
    assert second.status_code == 409
    (conflict,) = second.context["page"].conflicts
    assert (conflict.name, conflict.theirs, conflict.yours, conflict.chosen) == ("note", "third", "mine", "yours")
    untouched = client.post(address, values_of(second) | {"choose_note": "theirs"})
    assert untouched.status_code == 302
    made.refresh_from_db()
    assert made.note == "third"


@pytest.mark.parametrize(
    ("verb", "sent"),
    [
        ("record_notice", {"kind": "termination", "side": "own", "dispatched_on": "2026-01-02"}),
        ("terminate", {"terminated_on": "2026-02", "end_ground": "consent", "reason": "agreed"}),
        ("suspend", {"suspended_from": "2026-01-01", "reason": "flood"}),
        ("record_activity", {"last_activity_on": "2026"}),
        ("notify_signature", {"notified_on": "2026"}),
    ],
)
def test_a_step_on_a_record_changed_meanwhile_says_so_and_keeps_what_was_typed(
    signed_in: Client, made: Agreement, officer: Actor, verb: str, sent: dict[str, str]
) -> None:
    address = f"/agreements/{made.number}/step/{verb}/"
    form = values_of(signed_in.get(address))
    make.step(made, "change", officer, note="meanwhile")
    answer = signed_in.post(address, form | sent)
    assert answer.status_code in (409, 422)
    assert "meanwhile" in text(answer)
    held = values_of(answer)
    assert {k: held.get(k) for k in sent} == sent
    assert signed_in.post(address, held).status_code == 302, "sent again on the present version"
    made.refresh_from_db()
    assert made.version == 3


# ---------------------------------------------------------------------------------------------------------------- steps


def test_every_step_that_is_offered_has_a_form(client: Client, centre: Actor) -> None:
    made = make.agreement(centre)
    as_(client, centre)
    for action in actions_of(Agreement):
        verb = action.name.partition(".")[2]
        if action.makes_record or not action.listed or verb in ("change", "add_text"):
            continue
        answer = client.get(f"/agreements/{made.number}/step/{verb}/")
        allowed, reason = action.verdict(centre, made)
        assert answer.status_code == (200 if allowed else 409), action.name
        if not allowed:
            assert escape(str(reason)) in text(answer)


def test_a_step_by_its_form_keeps_facts_that_it_shows(signed_in: Client, officer: Actor) -> None:
    made = make.agreement(officer, original_kept_at="Archive, shelf 4")
    form = signed_in.get(f"/agreements/{made.number}/step/archive/")
    assert values_of(form)["original_kept_at"] == "Archive, shelf 4"
    assert (
        signed_in.post(
            f"/agreements/{made.number}/step/archive/", values_of(form) | {"archived_on": "2026"}
        ).status_code
        == 302
    )
    made.refresh_from_db()
    assert (made.state, made.original_kept_at, made.archived_on) == ("archived", "Archive, shelf 4", "2026")


def test_a_step_without_its_facts_or_reason_says_so_at_the_field(signed_in: Client, made: Agreement) -> None:
    address = f"/agreements/{made.number}/step/terminate/"
    sent = values_of(signed_in.get(address)) | {"terminated_on": "", "end_ground": ""}
    answer = signed_in.post(address, sent)
    assert answer.status_code == 422
    assert {"terminated_on", "end_ground"} & set(answer.context["page"].form.errors)
    answer = signed_in.post(address, sent | {"terminated_on": "2026", "end_ground": "consent"})
    assert set(answer.context["page"].form.errors) == {"reason"}


@pytest.mark.parametrize("verb", ["change", "add_text", "create", "no_such_step"])
def test_what_is_no_step_is_not_found(signed_in: Client, made: Agreement, verb: str) -> None:
    assert signed_in.get(f"/agreements/{made.number}/step/{verb}/").status_code == 404


def test_who_may_not_is_refused_and_nobody_is_asked_to_sign_in(
    client: Client, world: make.World, made: Agreement
) -> None:
    Agreement.objects.update(publicity="public")
    for address in (
        "/agreements/new/",
        f"/agreements/{made.number}/change/",
        f"/agreements/{made.number}/step/terminate/",
    ):
        answer = client.get(address)
        assert answer.status_code == 302, address
        assert answer["Location"].startswith("/accounts/login/")
    as_(client, make.actor(Role.AUDITOR, world.ministry))
    for address in (
        "/agreements/new/",
        f"/agreements/{made.number}/change/",
        f"/agreements/{made.number}/step/terminate/",
    ):
        assert client.get(address).status_code == 403, address
        assert client.post(address, {"version": "1"}).status_code in (403, 422), address
    assert Agreement.objects.get().version == 1


def test_another_day_is_shown_and_cannot_be_changed(signed_in: Client, made: Agreement) -> None:
    shown = signed_in.get(f"/agreements/{made.number}/?as_of=2010-01-01")
    assert shown.status_code == 200
    assert signed_in.get("/agreements/new/?as_of=2010-01-01").status_code == 403
    sent = values_of(signed_in.get(f"/agreements/{made.number}/change/")) | {"note": "from another day"}
    answer = signed_in.post(f"/agreements/{made.number}/change/?as_of=2010-01-01", sent)
    assert answer.status_code == 422
    made.refresh_from_db()
    assert made.note == ""


@pytest.mark.parametrize("as_of", ["yesterday", "2026-02-30", "٢٠٢٦-01-01", "0000-01-01", "%00"])
@pytest.mark.parametrize("address", ["/", "/agreements/", "/search/", "/account/", "/accounts/login/", "/nowhere/"])
def test_an_address_that_names_no_day_is_said_to(client: Client, made: Agreement, as_of: str, address: str) -> None:
    for _turn in range(2):
        answer = client.get(f"{address}?as_of={as_of}")
        wanted = {"/accounts/login/": 200, "/nowhere/": 404}.get(address, 422)
        assert answer.status_code == wanted or (address == "/accounts/login/" and answer.status_code == 302)
        client.force_login(Person.objects.get(login="officer"))


@pytest.mark.parametrize("as_of", ["0001-01-01", "1900-01-01", "2040-06-30", "9999-12-31"])
def test_any_day_can_be_looked_at(signed_in: Client, officer: Actor, as_of: str) -> None:
    made = make.agreement(
        officer, term_months=60, tacit_renewal=True, renewal_months=12, nonrenewal_months=6, notice_days=90
    )
    open_end = make.agreement(officer, indefinite=True, notice_months=6)
    for address in ("/", "/agreements/", f"/agreements/{made.number}/", f"/agreements/{open_end.number}/", "/ties/"):
        assert signed_in.get(f"{address}?as_of={as_of}").status_code == 200, address


@pytest.mark.parametrize(
    "address",
    [
        "/agreements/%00/", "/agreements/AG-%00/", "/agreements/AG-1'--/", "/ties/%00/", "/agreements/?q=%00",
        "/agreements/?title__contains=%00", "/agreements/?region=%00", "/agreements/?partner=%00", "/agreements/?state=%00",
        "/agreements/?signed_on__from=%00", "/agreements/?after=%00", "/agreements/?nonsense=1", "/agreements/?sort=parties",
        "/agreements/?columns=parties", "/agreements/?columns=nothing", "/agreements/?limit=0", "/agreements/?limit=x",
        "/agreements/?after=zzz", "/search/?q=%00", "/palette.json?q=%00", "/lookup/agreements/?q=%00", "/lookup/nothing/?q=a",
        "/agreements/?subject_areas=none", "/agreements/?coordinator__empty=perhaps", "/agreements/?binding=perhaps",
    ],
)  # fmt: skip
def test_rubbish_in_an_address_is_answered(signed_in: Client, made: Agreement, address: str) -> None:
    assert signed_in.get(address).status_code in (200, 404, 422)


# ---------------------------------------------------------------------------------------------------------- the pages


def test_every_tab_and_list_answers(client: Client, centre: Actor, world: make.World) -> None:
    first = make.agreement(centre, term_months=60, tacit_renewal=True, renewal_months=60, nonrenewal_months=6)
    second = make.agreement(centre, title="Protocol", kind="protocol", framework=first.number)
    make.step(second, "add_link", centre, kind="amends", target=first.number)
    make.step(first, "record_notice", centre, kind="objection", side="own", dispatched_on="2015-01-01")
    tie = make.tie(
        centre,
        make.body("Tambov", territory=world.territories["RU-TAM"]),
        make.body("Brest", territory=world.territories["BY-BR"], country=world.territories["BY"]),
    )
    as_(client, centre)
    for address in (
        "/", "/agreements/", "/ties/", f"/ties/{tie.number}/", "/ties/new/", f"/ties/{tie.number}/step/change/",
        f"/ties/{tie.number}/step/close/", "/search/?q=Agreement", "/search/?q=Tambov", "/search/?q=", "/palette.json?q=agree",
        f"/lookup/agreements/?q={first.number}", "/account/", *(f"/agreements/{a.number}/{tab}" for a in (first, second) for tab in
        ("", "texts/", "parties/", "links/", "timeline/", "change/", "add-text/")),
    ):  # fmt: skip
        assert client.get(address).status_code == 200, address
    assert client.get(f"/agreements/{first.number}/nothing/").status_code == 404
    assert first.number in text(client.get(f"/agreements/{second.number}/links/"))
    assert second.number in text(client.get(f"/agreements/{first.number}/links/"))
    assert client.get(f"/agreements/{first.number.lower()}/").status_code == 200


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_pages_speak_both_languages(client: Client, centre: Actor, language: str) -> None:
    made = make.agreement(centre)
    as_(client, centre)
    client.cookies["django_language"] = language
    for address in (
        "/",
        "/agreements/",
        f"/agreements/{made.number}/",
        f"/agreements/{made.number}/timeline/",
        "/agreements/new/",
    ):
        answer = client.get(address)
        assert answer.status_code == 200
        assert f'lang="{language}"' in text(answer), address


def test_values_of_people_are_escaped(signed_in: Client, officer: Actor) -> None:
    evil = "<script>alert(1)</script>"
    made = make.agreement(
        officer,
        title=evil,
        note=evil,
        coordinator=evil,
        titles={"ru": evil},
        parties=[
            {"side": "own", "territory": "RU-TAM", "name": evil, "signatory": evil},
            {"side": "foreign", "name": evil},
        ],
    )
    make.step(made, "change", officer, reason=evil, note=f"{evil}2")
    for address in ("/agreements/", f"/agreements/{made.number}/", f"/agreements/{made.number}/parties/", f"/search/?q={evil}",
                    f"/agreements/{made.number}/timeline/", f"/agreements/{made.number}/change/", f"/agreements/?q={evil}"):  # fmt: skip
        answer = text(signed_in.get(address))
        assert evil not in answer, address
        assert "alert(1)" not in re.sub(r"&lt;script&gt;alert\(1\)&lt;/script&gt;", "", answer).replace("scriptalert(1)/script", "") \
            or "search" in address or "?q=" in address  # fmt: skip


# ----------------------------------------------------------------------------------------------------------------- texts


def send(signed_in: Client, made: Agreement, name: str, content: bytes, **more: str) -> HttpResponse:
    made.refresh_from_db()
    form = {
        "kind": "draft",
        "language": "en",
        "version": str(made.version),
        "file": SimpleUploadedFile(name, content),
        **more,
    }
    return signed_in.post(f"/agreements/{made.number}/add-text/", form)  # type: ignore[return-value]  # the test client's answer


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path / "files"


def test_versions_of_the_text_are_kept_compared_and_given_back(signed_in: Client, made: Agreement, files: Path) -> None:
    first = b"Article 1\nThe Parties cooperate.\nArticle 2\nFive years.\n"
    second = b"Article 1\nThe Parties cooperate closely.\nArticle 2\nFive years.\n"
    assert send(signed_in, made, "draft.txt", first).status_code == 302
    assert send(signed_in, made, "draft 2.txt", second).status_code == 302
    old, new = made.texts.order_by("id")
    listed = text(signed_in.get(f"/agreements/{made.number}/texts/"))
    assert old.file.digest[:16] in listed
    assert new.file.digest[:16] in listed
    compared = signed_in.get(f"/agreements/{made.number}/texts/{old.pk}/{new.pk}/")
    lines = {(line.kind, line.text) for line in compared.context["page"].blocks[0].lines}
    assert ("removed", "The Parties cooperate.") in lines
    assert ("added", "The Parties cooperate closely.") in lines
    assert ("same", "Article 1") in lines
    given = signed_in.get(f"/agreements/{made.number}/texts/{old.pk}/")
    assert b"".join(given.streaming_content) == first  # type: ignore[attr-defined]
    assert given["Content-Disposition"].startswith("attachment")
    assert given["Content-Type"] == "application/octet-stream"
    assert signed_in.get(f"/agreements/{made.number}/texts/999999/").status_code == 404


def test_a_text_of_another_agreement_is_not_given(
    signed_in: Client, made: Agreement, officer: Actor, files: Path
) -> None:
    other = make.agreement(officer, title="Another")
    send(signed_in, other, "draft.txt", b"words")
    key = other.texts.get().pk
    assert signed_in.get(f"/agreements/{made.number}/texts/{key}/").status_code == 404
    assert signed_in.get(f"/agreements/{made.number}/texts/{key}/{key}/").status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.txt", b""), ("draft.exe", b"MZ"), ("draft.pdf", b"no pdf"), ("draft.docx", b"PK\x03\x04 but no archive"),
        ("draft.txt", b"\x00\x01binary"), ("noextension", b"words"),
    ],
)  # fmt: skip
def test_a_file_that_lies_is_said_at_the_file_and_nothing_is_kept(
    signed_in: Client, made: Agreement, files: Path, name: str, content: bytes
) -> None:
    answer = send(signed_in, made, name, content, author="Typed author")
    assert answer.status_code == 422
    assert "Typed author" in text(answer)
    assert not made.texts.exists()
    assert not files.exists() or not [p for p in files.rglob("*") if p.is_file()]


def test_a_file_gone_from_the_folder_is_said(signed_in: Client, made: Agreement, files: Path) -> None:
    send(signed_in, made, "draft.txt", b"words")
    for path in files.rglob("*"):
        if path.is_file():
            path.unlink()
    assert signed_in.get(f"/agreements/{made.number}/texts/{made.texts.get().pk}/").status_code == 404


def test_the_same_file_twice_is_refused_in_words(signed_in: Client, made: Agreement, files: Path) -> None:
    assert send(signed_in, made, "draft.txt", b"words").status_code == 302
    again = send(signed_in, made, "draft.txt", b"words")
    assert again.status_code == 422
    assert "there already" in text(again)
    assert made.texts.count() == 1


def test_a_text_on_a_record_changed_meanwhile_says_so(
    signed_in: Client, made: Agreement, officer: Actor, files: Path
) -> None:
    answer = signed_in.post(
        f"/agreements/{made.number}/add-text/",
        {"kind": "draft", "version": "77", "author": "Typed author", "file": SimpleUploadedFile("a.txt", b"words")},
    )
    assert answer.status_code == 422
    assert "meanwhile" in text(answer)
    assert "Typed author" in text(answer)


# ------------------------------------------------------------------------------------------------------------------ ties


def test_a_tie_by_its_form(client: Client, centre: Actor, world: make.World) -> None:
    here = make.body("Tambov", territory=world.territories["RU-TAM"])
    there = make.body("Brest", territory=world.territories["BY-BR"], country=world.territories["BY"])
    as_(client, centre)
    sent = {"kind": "twinning", "state": "unknown", "publicity": "public", "first": there.number, "second": here.number}
    answer = client.post("/ties/new/", sent | {"second": there.number})
    assert answer.status_code == 422
    assert list(answer.context["page"].form.errors) == ["second"]
    assert client.post("/ties/new/", sent).status_code == 302
    again = client.post("/ties/new/", sent)
    assert again.status_code == 422
    assert "in the register already" in text(again)
    tie = Tie.objects.get()
    assert (tie.own_ids, tie.partner_ids) == ([world.territories["RU-TAM"].pk], [world.territories["BY"].pk])
    form = values_of(client.get(f"/ties/{tie.number}/step/change/"))
    assert client.post(f"/ties/{tie.number}/step/change/", form | {"since": "1994"}).status_code == 302
    tie.refresh_from_db()
    assert tie.since == "1994"
    assert client.post(f"/ties/{tie.number}/step/freeze/", {"version": "2", "reason": "paused"}).status_code == 302
    tie.refresh_from_db()
    assert tie.state == "frozen"


def told_on_timeline(client: Client, made: Agreement, language: str) -> list[tuple[str, str, str]]:
    answer = client.get(f"/agreements/{made.number}/timeline/", headers={"Accept-Language": language})
    changes = [c for entry in answer.context["page"].timeline for c in entry.changes]
    return [(str(c.label), str(c.before), str(c.after)) for c in changes]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            {
                ("Party · Side", "", "Own side"), ("Party · Territory", "", "Tambov Oblast"),
                ("Finding · Finding", "", "Expired but still carried as active"), ("Finding · Proposed", "", "End"),
                ("Suspension · Suspended from", "", "3 Feb 2015"), ("Framework agreement", "", "A framework"),
                ("State", "Idea", "Intent notified"), ("Intent notified", "", "5 Mar 2014"),
            },
        ),
        (
            "ru",
            {
                ("Сторона соглашения · Сторона", "", "Своя сторона"),
                ("Замечание · Состояние", "", "Не решено"), ("Замечание · Замечание", "", "Истекло, но числится действующим"),
                ("Приостановление · Приостановлено с", "", "03.02.2015"),
            },
        ),
    ],
)  # fmt: skip
def test_the_timeline_tells_in_words(
    signed_in: Client, officer: Actor, centre: Actor, language: str, expected: set[tuple[str, str, str]]
) -> None:
    frame = make.agreement(officer, title="A framework")
    idea = make.agreement(officer, signed_on="", in_force_rule="")
    make.step(idea, "notify_intent", officer, intent_notified_on="2014-03-05")
    made = make.agreement(officer, term_months=12, tacit_renewal=False)
    make.step(made, "suspend", officer, reason="because", suspended_from="2015-02-03")
    perform(
        action_named("agreements.change"),
        officer,
        values={"framework": frame.number},
        record=made,
        version=made.version,
    )
    run_review(centre)
    told = {*told_on_timeline(signed_in, made, language), *told_on_timeline(signed_in, idea, language)}
    assert expected <= told, sorted(told)
    labels = {label.rpartition(" · ")[2] for label, _before, _after in told}
    wordless = {"agreement", "words", "during", "facts", "Facts"}
    assert not labels & wordless
    assert "agreements.run_review" not in text(signed_in.get(f"/agreements/{made.number}/timeline/"))


def test_the_timeline_names_nothing_that_its_reader_may_not_see(
    signed_in: Client, officer: Actor, centre: Actor
) -> None:
    hidden = make.agreement(centre, own="RU-PRI", title="A hidden secret", publicity="internal")
    made = make.agreement(officer)
    make.step(made, "add_link", centre, kind="amends", target=hidden.number)
    labels = {label: after for label, _before, after in told_on_timeline(signed_in, made, "en")}
    assert labels["Link · To"] == "something that you may not see"
    assert "secret" not in text(signed_in.get(f"/agreements/{made.number}/timeline/"))
    of_centre = told_on_timeline(as_(Client(), centre), made, "en")
    assert ("Link · To", "", "A hidden secret") in of_centre
