"""A whole house for the tests that cross rooms: one synthetic world with a record of every kind and a person in every role."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from allauth.usersessions.models import UserSession
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone

from foedera.accounts.actions import lend_role, make_service_token, make_token, open_reading
from foedera.accounts.models import Person
from foedera.accounts.queries import elevations
from foedera.accounts.tests.make import signed_in, switched_on
from foedera.agreements.models import Agreement, Finding, FollowUp
from foedera.agreements.review.actions import decide, digest_of_draft
from foedera.agreements.review.running import run_review
from foedera.agreements.tests import make
from foedera.directory.models import Installation
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.documents.storing import DOCUMENTS, store
from foedera.platform.merging.models import Merge
from foedera.platform.records.models import NamedReader
from foedera.platform.webhooks.models import Delivery
from foedera.platform.webhooks.rules import TEST

# Whose eyes: column of the table of rights -> role and the body of the small world.
EYES: dict[str, tuple[Role, str] | None] = {
    "coordinator": (Role.COORDINATOR, "ministry"),
    "legal": (Role.LEGAL, "ministry"),
    "desk": (Role.DESK, "department"),
    "office_head": (Role.OFFICE_HEAD, "office"),
    "office": (Role.OFFICE_OFFICER, "office"),
    "other_office": (Role.OFFICE_OFFICER, "other_office"),
    "region": (Role.REGION, "government"),
    "regional_agency": (Role.AGENCY, "regional_agency"),
    "municipality": (Role.MUNICIPALITY, "municipality"),
    "mission": (Role.MISSION, "embassy"),
    "inspector": (Role.INSPECTOR, "ministry"),
    "auditor": (Role.AUDITOR, "ministry"),
    "administrator": (Role.ADMINISTRATOR, "ministry"),
    "switched_on": (Role.ADMINISTRATOR, "ministry"),
    "public": None,
}


@dataclass
class House:
    """The world, who is in it with a browser each, and the keys of one record of every kind by name."""

    world: make.World
    actors: dict[str, Actor] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    def fill(self, template: str) -> str:
        """An address with the names of records in braces replaced by their keys."""
        return template.format(**self.keys)


def build() -> House:
    """Make everything by the real actions, inside the caller's transaction."""
    world = make.world()
    Installation.objects.create(id=1, profile="RU", state=world.territories["RU"], digest="synthetic", settings={})
    department = make.body("Second department", "ministry_department", country=world.territories["RU"])
    make.cover(department, world.territories["BY"], function="representation")
    seats = {"country": world.territories["RU"], "territory": world.territories["RU-TAM"]}
    agency, town = make.body("Agency for ties", "agency", **seats), make.body("Town", "municipality", **seats)
    for body in (agency, town):
        make.cover(body, world.territories["RU-TAM"])
    bodies = {
        "ministry": world.ministry,
        "department": department,
        "office": world.office,
        "other_office": world.other_office,
        "government": world.government,
        "embassy": world.embassy,
        "regional_agency": agency,
        "municipality": town,
    }
    house = House(world)
    for name, seat in EYES.items():
        client = Client()
        if seat is not None:
            house.actors[name] = make.actor(seat[0], bodies[seat[1]], login=name)
            somebody = Person.objects.get(login=name)
            client = switched_on(somebody) if name == "switched_on" else signed_in(somebody)
        house.clients[name] = client
    _make_agreements(house)
    _make_proposal(house)
    _make_notes(house)
    _make_subscription(house)
    _make_reminder(house)
    _make_directory(house, bodies)
    _make_review(house)
    _make_accounts(house)
    _make_webhook(house)
    return house


def _make_agreements(house: House) -> None:
    centre, officer = house.actors["coordinator"], house.actors["office"]
    internal = make.agreement(officer)
    keys = house.keys
    keys["internal"] = internal.number
    keys["public"] = make.agreement(officer, title="Agreement on culture and sport", publicity="public").number
    ground = "The other side asked for it"
    keys["title_only"] = make.agreement(
        officer, title="Agreement on border trade", publicity="title_only", publicity_ground=ground
    ).number
    keys["restricted"] = make.agreement(
        centre, title="Agreement on rare earths", publicity="restricted", publicity_ground="Kept by its owner"
    ).number
    keys["idea"] = make.agreement(
        officer, title="Agreement on schools", signed_on="", in_force_rule="", indefinite=None
    ).number
    for position, words in enumerate((b"Article 1. Trade.", b"Article 1. Trade and culture.")):
        stored = store(f"text{position}.txt", io.BytesIO(words), DOCUMENTS)
        values = {"kind": "draft", "language": "en", "digest": stored.digest, "file_name": f"text{position}.txt"}
        make.step(internal, "add_text", officer, **values)
    older, newer = internal.texts.order_by("pk")
    keys["older_text"], keys["newer_text"] = str(older.pk), str(newer.pk)
    agency = make.body(
        "Agency of Tambov",
        country=house.world.territories["RU"],
        of_state=house.world.territories["RU"],
        territory=house.world.territories["RU-TAM"],
    )
    abroad = make.body(
        "Agency of Brest", country=house.world.territories["BY"], territory=house.world.territories["BY-BR"]
    )
    keys["tie"] = make.tie(officer, agency, abroad).number
    keys["agency"], keys["abroad"] = agency.number, abroad.number


def _make_proposal(house: House) -> None:
    asked = {"record_type": "agreements", "number": house.keys["public"], "values": {"title": "Agreement on sport"}}
    made = perform(
        action_named("proposals.propose"), house.actors["other_office"], values=asked, reason="The paper says so"
    )
    house.keys["proposal"] = made.number


def _make_notes(house: House) -> None:
    for name, publicity in (("note", "internal"), ("own_note", "restricted")):
        asked = {"record_type": "agreements", "number": house.keys["internal"], "text": "Ask the archive first"}
        made = perform(action_named("notes.write"), house.actors["office"], values={**asked, "publicity": publicity})
        house.keys[name] = made.number


def _make_subscription(house: House) -> None:
    asked = {"record_type": "agreements", "number": house.keys["internal"]}
    made = perform(action_named("following.follow"), house.actors["office"], values=asked)
    house.keys["subscription"] = str(made.pk)


def _make_reminder(house: House) -> None:
    actor = house.actors["office"]
    asked = {"record_type": "agreements", "number": house.keys["internal"], "text": "Ask for the list"}
    made = perform(action_named("reminders.set"), actor, values={**asked, "due_on": actor.today.isoformat()})
    house.keys["reminder"] = made.number


def _make_directory(house: House, bodies: dict[str, Any]) -> None:
    centre = house.actors["coordinator"]
    made = perform(
        action_named("format.create"),
        centre,
        values={"name": "Forum of regions", "kind": "forum", "publicity": "internal"},
    )
    made.refresh_from_db()
    house.keys["format"] = made.number
    house.keys.update({name: body.number for name, body in bodies.items()})


def _make_review(house: House) -> None:
    centre = house.actors["coordinator"]
    run_review(centre)
    internal = Agreement.objects.get(number=house.keys["internal"])
    findings = list(Finding.objects.filter(agreement=internal, state="open").order_by("pk"))
    house.keys["finding"] = str(findings[0].pk)
    perform(decide, centre, record=findings[-1], values={"decision": "revise"}, reason="The region shall look at it")
    started = FollowUp.objects.latest("pk")
    house.keys["step"], house.keys["draft_seen"] = str(started.pk), digest_of_draft(started.draft)
    session = perform(
        action_named("agreements.open_session"),
        centre,
        values={"title": "Sitting over Tambov", "region": "RU-TAM", "held_on": timezone.localdate().isoformat()},
    )
    session.refresh_from_db()
    house.keys["session"] = session.number


def _make_accounts(house: House) -> None:
    somebody = make.person("somebody", Role.OFFICE_OFFICER, house.world.office)
    house.keys["person"] = str(somebody.pk)
    house.keys["duty"] = str(somebody.duties.get().pk)
    browser = Client()
    browser.post("/accounts/login/", {"login": "somebody", "password": make.PASSWORD})
    house.keys["session_of"] = str(UserSession.objects.get(user=somebody).pk)
    token, _secret = make_token(actor=house.actors["coordinator"], name="Synthetic", days=9, reads_only=True)
    house.keys["token"] = str(token.pk)
    head = make.actor(Role.OFFICE_HEAD, house.world.office, login="head")
    lent = lend_role(
        actor=head,
        login="office",
        valid_from=head.today,
        valid_until=head.today + datetime.timedelta(days=14),
        reason="Leave",
    )
    house.keys["delegation"] = str(lent.pk)
    made, _shown = make_service_token(
        actor=head, body_id=house.world.office.pk, role=Role.OFFICE_HEAD, name="Exchange", days=9, reads_only=True
    )
    house.keys["service_token"] = str(made.pk)
    hidden = make.agreement(
        head, title="Agreement on old maps", publicity="restricted", publicity_ground="Kept by its owner"
    )
    house.keys["hidden"] = hidden.number
    named = {"login": "mission"}
    perform(action_named("agreements.name_reader"), head, record=hidden, values=named, reason="Asked for an opinion")
    house.keys["reader"] = str(NamedReader.objects.get().pk)
    reading = open_reading(actor=house.actors["auditor"], number=hidden.number, hours=2, reason="Asked by the minister")
    house.keys["reading"] = str(reading.pk)
    house.keys["elevation"] = str(elevations(house.actors["auditor"])[0].pk)
    sent = house.clients["coordinator"].post(
        "/import/",
        {"kind": "agreements", "file": SimpleUploadedFile("list.csv", b"title,signed_on\nAgreement on tea,1954\n")},
    )
    house.keys["import"] = sent.headers["Location"].split("/")[2]
    view = {"kind": "agreements", "name": "Treaties", "query": "kind=treaty", "audience": "body"}
    house.keys["view"] = str(perform(action_named("views.keep"), house.actors["office"], values=view).pk)
    asked = {"kind": "agreements", "query": "kind=treaty", "format": "csv"}
    house.keys["export"] = str(perform(action_named("exports.ask"), house.actors["office"], values=asked).pk)
    house.keys["schedule"] = str(perform(action_named("exports.repeat"), house.actors["office"], values=asked).pk)
    _make_bulk(house)
    house.keys["today"] = timezone.localdate().isoformat()
    house.keys["later"] = (timezone.localdate() + datetime.timedelta(days=30)).isoformat()


def _make_bulk(house: House) -> None:
    officer = house.actors["office"]
    chosen = {"kind": "agreements", "step": "change", "numbers": [house.keys["public"]]}
    made = perform(action_named("bulk.choose"), officer, values=chosen)
    perform(action_named("bulk.preview"), officer, record=made, values={"values": {"coordinator": "Second department"}})
    house.keys["bulk"] = str(made.pk)
    pair = [make.agreement(officer, title=f"Agreement on bees {n}") for n in (1, 2)]
    asked = {"other": pair[1].number, "other_version": pair[1].version}
    absorb = action_named("agreements.absorb")
    perform(absorb, officer, record=pair[0], version=pair[0].version, values=asked, reason="Twice")
    house.keys["merge"], house.keys["merged"] = str(Merge.objects.get().pk), pair[1].number
    tag = perform(action_named("tags.make"), officer, values={"name": "urgent", "audience": "body"})
    other = perform(action_named("tags.make"), officer, values={"name": "pressing", "audience": "body"})
    house.keys["tag"], house.keys["other_tag"] = str(tag.pk), str(other.pk)
    public = Agreement.objects.get(number=house.keys["public"])
    perform(action_named("agreements.add_tags"), officer, record=public, values={"tags": "urgent"})


def _make_webhook(house: House) -> None:
    given = {"name": "Mirror", "url": "https://example.org/changes"}
    made, _secret = perform(action_named("webhooks.make"), house.actors["mission"], values=given)
    house.keys["webhook"] = made.number
    now = timezone.now()
    message = Delivery.objects.create(
        webhook=made, kind=TEST, happened_at=now, next_attempt_at=now, state="delivered", done_at=now
    )
    house.keys["message"] = str(message.pk)


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is taken back."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)
