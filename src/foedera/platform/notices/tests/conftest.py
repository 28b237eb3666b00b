"""A small world in which an agreement renews itself soon, and a mail server."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from foedera.accounts.models import Person
from foedera.agreements.models import Agreement
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role

from .receiving import MailBox, mail_server


@dataclass
class Scene:
    """The world, its people with browsers, and an agreement of Tambov that renews itself in a hundred days."""

    world: make.World
    now: datetime.datetime
    actors: dict[str, Actor] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)

    def at(self, **later: float) -> datetime.datetime:
        return self.now + datetime.timedelta(**later)

    def person(self, name: str) -> Person:
        return Person.objects.get(login=name)

    def renewing(self, **values: Any) -> Agreement:
        """An agreement whose present term of a year ends in a hundred days; its renewal can be stopped until a month before."""
        end = self.now.date() + datetime.timedelta(days=100)
        begun = end - datetime.timedelta(days=364)
        given: dict[str, Any] = {
            "title": "Agreement on forests",
            "signed_on": begun.isoformat(),
            "term_months": 12,
            "indefinite": False,
            "tacit_renewal": True,
            "renewal_months": 12,
            "nonrenewal_months": 1,
        }
        return make.agreement(self.actors["office"], **{**given, **values})


SEATS = {
    "office": (Role.OFFICE_OFFICER, "office"),
    "colleague": (Role.OFFICE_OFFICER, "office"),
    "far": (Role.OFFICE_OFFICER, "other_office"),
    "mission": (Role.MISSION, "embassy"),
    "coordinator": (Role.COORDINATOR, "ministry"),
    "auditor": (Role.AUDITOR, "ministry"),
}


@pytest.fixture
def scene(db: None) -> Scene:
    """Everybody has an address at foedera.example."""
    world = make.world()
    scene = Scene(world, timezone.now().replace(hour=12, minute=0))
    for name, (role, body) in SEATS.items():
        scene.actors[name] = make.actor(role, getattr(world, body), login=name)
        Person.objects.filter(login=name).update(email=f"{name}@foedera.example")
        scene.clients[name] = Client()
        scene.clients[name].force_login(Person.objects.get(login=name))
    return scene


@pytest.fixture
def box() -> Iterator[MailBox]:
    """A mail server to which the installation sends."""
    with mail_server() as made:
        yield made
