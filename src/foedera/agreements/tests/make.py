"""Builders for tests: a small world, people in their roles, and agreements made by the real actions. All of it is synthetic."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.utils import timezone

from foedera.accounts.actions import give_duty, make_person
from foedera.accounts.models import Person
from foedera.accounts.queries import actor_of
from foedera.agreements.models import Agreement, Tie
from foedera.directory.models import Body, BodyKind, Function, Jurisdiction, Territory, TerritoryKind
from foedera.directory.rules import during
from foedera.platform.access.actors import Actor, system
from foedera.platform.access.roles import Role
from foedera.platform.actions.performing import action_named, perform

PASSWORD = "seven hills and a river"
# The hash of sign-ins is meant to be slow; people of tests are made by the hundred.
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 64, 1


@dataclass(frozen=True, slots=True)
class World:
    """A state with three regions, three partner states with a region each, and the bodies that people of tests work in."""

    territories: dict[str, Territory]
    ministry: Body
    office: Body
    other_office: Body
    government: Body
    embassy: Body


def _territory(
    code: str, kind: str, name: str, *, own: bool = False, state: Territory | None = None, **more: Any
) -> Territory:
    return Territory.objects.create(
        code=code, kind=kind, name=name, names={"en": name}, own=own, state=state, during=during("", ""), **more
    )


def body(name: str, kind: str = BodyKind.AGENCY, **facts: Any) -> Body:
    """A body of the directory."""
    facts.setdefault("is_synthetic", True)
    return Body.objects.create(name=name, kind=kind, during=during("", ""), **facts)


def cover(which: Body, *territories: Territory, function: str = "coordination") -> None:
    """Give a body jurisdiction over territories without end."""
    made, _new = Function.objects.get_or_create(code=function, defaults={"names": {"en": function}})
    for territory in territories:
        Jurisdiction.objects.create(body=which, territory=territory, function=made, during=during("", ""))


def world() -> World:
    """The small world of the tests."""
    t: dict[str, Territory] = {}
    t["RU"] = _territory("RU", TerritoryKind.STATE, "Russia")
    for code, name in (("RU-TAM", "Tambov Oblast"), ("RU-PSK", "Pskov Oblast"), ("RU-PRI", "Primorsky Krai")):
        t[code] = _territory(code, TerritoryKind.REGION, name, own=True, state=t["RU"])
    for code, name, region, region_name in (
        ("BY", "Belarus", "BY-BR", "Brest Region"),
        ("KZ", "Kazakhstan", "KZ-ALM", "Almaty Region"),
        ("BR", "Brazil", "BR-SP", "São Paulo"),
    ):
        t[code] = _territory(code, TerritoryKind.STATE, name)
        t[region] = _territory(region, TerritoryKind.REGION, region_name, state=t[code])
    ministry = body("Ministry", BodyKind.MINISTRY, country=t["RU"], of_state=t["RU"])
    office = body(
        "Office in Tambov", BodyKind.OFFICE_IN_REGION, country=t["RU"], territory=t["RU-TAM"], parent=ministry
    )
    other = body(
        "Office in Vladivostok", BodyKind.OFFICE_IN_REGION, country=t["RU"], territory=t["RU-PRI"], parent=ministry
    )
    government = body("Government of Tambov Oblast", BodyKind.REGION_GOVERNMENT, country=t["RU"], territory=t["RU-TAM"])
    embassy = body("Embassy in Minsk", BodyKind.EMBASSY, country=t["BY"], of_state=t["RU"], parent=ministry)
    cover(office, t["RU-TAM"], t["RU-PSK"])
    cover(other, t["RU-PRI"])
    cover(embassy, t["BY"], function="representation")
    return World(t, ministry, office, other, government, embassy)


def person(login: str, role: Role, where: Body) -> Person:
    """Somebody who holds a role in a body."""
    made = make_person(
        actor=system(timezone.localdate()), login=login, name=f"Synthetic {login}", password=PASSWORD, synthetic=True
    )
    give_duty(
        actor=system(timezone.localdate()),
        person=made,
        role=role,
        body_id=where.pk,
        valid_from=datetime.date(2020, 1, 1),
    )
    return made


def actor(role: Role, where: Body, *, login: str = "", channel: str = "page") -> Actor:
    """The actor of a new person in a role."""
    made = person(login or f"{role}{where.pk}", role, where)
    return actor_of(made.duties.select_related("body", "person").get(), language="en", channel=channel)


def agreement(by: Actor, *, own: str = "RU-TAM", foreign: str = "BY-BR", **values: Any) -> Agreement:
    """An agreement made by the real action; facts beyond the input of the action are refused."""
    given: dict[str, Any] = {
        "title": "Agreement on trade and cooperation",
        "parties": [{"side": "own", "territory": own}, {"side": "foreign", "territory": foreign}],
        "signed_on": "2014-03-12",
        "in_force_rule": "signature",
    }
    given.update(values)
    made: Agreement = perform(action_named("agreements.create"), by, values=given)
    made.refresh_from_db()
    return made


def step(which: Agreement, verb: str, by: Actor, *, reason: str = "", **values: Any) -> Agreement:
    """Take a step on an agreement and read it again."""
    which.refresh_from_db()
    perform(action_named(f"agreements.{verb}"), by, values=values, record=which, version=which.version, reason=reason)
    which.refresh_from_db()
    return which


def tie(by: Actor, first: Body, second: Body, **values: Any) -> Tie:
    """A tie made by the real action."""
    made: Tie = perform(
        action_named("ties.create"), by, values={"first": first.number, "second": second.number, **values}
    )
    return made
