"""Builders for tests: a small world and bodies, posts, jurisdictions and formats made by the real actions. All of it is synthetic."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from foedera.accounts.actions import give_duty, make_person
from foedera.accounts.queries import actor_of
from foedera.directory.models import (
    Body,
    Format,
    Function,
    Installation,
    Jurisdiction,
    Position,
    Post,
    Territory,
    TerritoryKind,
)
from foedera.directory.rules import during
from foedera.platform.access.actors import Actor, public, system
from foedera.platform.access.roles import Role
from foedera.platform.actions.performing import action_named, perform

PASSWORD = "seven hills and a river"
FUNCTIONS = ("coordination", "representation", "consular", "trade", "own_government")


@dataclass(frozen=True, slots=True)
class World:
    """A state with three regions in two districts and one contested region, three partner states, and the centre's actor."""

    territories: dict[str, Territory]
    ministry: Body
    centre: Actor

    def __getitem__(self, code: str) -> Territory:
        return self.territories[code]


def territory(
    code: str,
    kind: TerritoryKind,
    name: str,
    russian: str = "",
    *,
    valid_from: str = "",
    valid_until: str = "",
    **more: Any,
) -> Territory:
    """A territory; territories come from profiles, so no action makes them."""
    names = {"en": name, **({"ru": russian} if russian else {})}
    dates = {"valid_from": valid_from, "valid_until": valid_until, "during": during(valid_from, valid_until)}
    return Territory.objects.create(code=code, kind=kind, name=name, names=names, **dates, **more)


def world() -> World:
    """The small world of the tests; the register is Russia's."""
    t: dict[str, Territory] = {}
    t["RU"] = territory("RU", TerritoryKind.STATE, "Russia", "Россия")
    Installation.objects.create(id=1, profile="RU", state=t["RU"], digest="synthetic", settings={})
    own: dict[str, Any] = {"own": True, "state": t["RU"]}
    t["RU-FD-V"] = territory("RU-FD-V", TerritoryKind.DISTRICT, "Volga Federal District", **own)
    t["RU-FD-FE"] = territory("RU-FD-FE", TerritoryKind.DISTRICT, "Far Eastern Federal District", **own)
    t["RU-TA"] = territory(
        "RU-TA", TerritoryKind.REGION, "Republic of Tatarstan", "Республика Татарстан", parent=t["RU-FD-V"], **own
    )
    t["RU-PNZ"] = territory("RU-PNZ", TerritoryKind.REGION, "Penza Oblast", parent=t["RU-FD-V"], **own)
    t["RU-X-CR"] = territory("RU-X-CR", TerritoryKind.REGION, "Contested Region", contested=True, **own)
    for code, name, russian in (
        ("KZ", "Kazakhstan", "Казахстан"),
        ("GE", "Georgia", "Грузия"),
        ("BR", "Brazil", "Бразилия"),
    ):
        t[code] = territory(code, TerritoryKind.STATE, name, russian)
    t["US-GA"] = territory("US-GA", TerritoryKind.REGION, "Georgia", state=t["BR"])
    t["SUHH"] = territory(
        "SUHH", TerritoryKind.FORMER_STATE, "Soviet Union", valid_from="1922-12-30", valid_until="1991-12-25"
    )
    for holder, words in (("RU", "Part of Russia"), ("UA", "Part of Ukraine")):
        Position.objects.create(
            territory=t["RU-X-CR"],
            holder=holder,
            statement={"en": words},
            instrument="An instrument",
            source="A source",
        )
    for code in FUNCTIONS:
        Function.objects.create(code=code, names={"en": code.title()})
    ministry = Body.objects.create(
        name="Synthetic Ministry",
        kind="ministry",
        of_state=t["RU"],
        country=t["RU"],
        during=during("", ""),
        is_synthetic=True,
    )
    return World(t, ministry, system(timezone.localdate()))


def body(by: Actor, name: str = "Synthetic office", kind: str = "office_in_region", **values: Any) -> Body:
    """A body made by the real action, public unless said otherwise."""
    given = {"name": name, "kind": kind, "publicity": "public", **values}
    made: Body = perform(action_named("body.create"), by, values=given)
    made.refresh_from_db()
    return made


def step(record: Any, verb: str, by: Actor, *, reason: str = "", **values: Any) -> Any:
    """Take a step on a body or format and read it again."""
    record.refresh_from_db()
    kind = "body" if isinstance(record, Body) else "format"
    perform(action_named(f"{kind}.{verb}"), by, values=values, record=record, version=record.version, reason=reason)
    record.refresh_from_db()
    return record


def cover(
    which: Body, code: str, by: Actor, function: str = "coordination", since: str = "", until: str = "", **more: Any
) -> Jurisdiction:
    """Give a body jurisdiction over a territory."""
    step(which, "assign", by, territory=code, function=function, valid_from=since, valid_until=until, **more)
    return Jurisdiction.objects.filter(body=which).latest("pk")


def post(which: Body, by: Actor, name: str = "Head of office", rank: str = "head", **values: Any) -> Post:
    """A post of a body."""
    step(which, "add_post", by, name=name, rank=rank, **values)
    return Post.objects.filter(body=which).latest("pk")


def appoint(which: Post, by: Actor, name: str, since: str = "", until: str = "", **values: Any) -> Body:
    """Somebody holds a post."""
    given = {"standing": "full", **values}
    return step(  # type: ignore[no-any-return]  # step returns the record it was given
        which.body, "appoint", by, post=which.pk, person_name=name, valid_from=since, valid_until=until, **given
    )


def format_record(by: Actor, name: str = "Synthetic forum", **values: Any) -> Format:
    """A format made by the real action."""
    given = {"name": name, "kind": "forum", "publicity": "public", **values}
    made: Format = perform(action_named("format.create"), by, values=given)
    made.refresh_from_db()
    return made


def actor(role: Role, where: Body, *, login: str = "") -> Actor:
    """The actor of a new person in a role."""
    login = login or f"{role}{where.pk}"
    today = timezone.localdate()
    made = make_person(actor=system(today), login=login, name=f"Synthetic {login}", password=PASSWORD, synthetic=True)
    give_duty(actor=system(today), person=made, role=role, body_id=where.pk, valid_from=datetime.date(2020, 1, 1))
    return actor_of(made.duties.select_related("body", "person").get(), language="en", channel="page")


def nobody() -> Actor:
    """The public."""
    return public(timezone.localdate())
