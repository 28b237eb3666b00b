"""A small world with people in bodies, and a receiver to which calls may go."""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from foedera.accounts.models import Person
from foedera.accounts.tests.make import signed_in
from foedera.agreements.models import Agreement
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.performing import perform
from foedera.platform.webhooks.actions import MAKE
from foedera.platform.webhooks.models import Delivery, Webhook
from foedera.platform.webhooks.sending import Sending, send_waiting, spread

from .receiving import Receiver, receiver

SECRET = re.compile(r"whsec_[\w+/=]{40,}")


@dataclass
class Scene:
    """The world, the head of the office in Tambov and his browser, and the receiver of the office's program."""

    world: make.World
    head: Actor
    client: Client
    receiver: Receiver

    def webhook(self, actor: Actor | None = None, **values: Any) -> tuple[Webhook, str]:
        given = {"name": "Mirror", "url": self.receiver.url, **values}
        made: tuple[Webhook, str] = perform(MAKE, actor or self.head, values=given)
        return made

    def agreement(self, actor: Actor | None = None, **values: Any) -> Agreement:
        return make.agreement(actor or self.head, **values)

    def send(self, **later: float) -> Sending:
        """Spread and send as the job does, so much later."""
        now = timezone.now() + datetime.timedelta(**later)
        spread(now)
        return send_waiting(now)

    def api(self, method: str, path: str, sent: Any = None, **headers: str) -> Any:
        call = getattr(self.client, method)
        return call(f"/api/v1/webhooks{path}", sent, content_type="application/json", headers=headers)


@pytest.fixture
def scene(db: None, settings: LazySettings) -> Iterator[Scene]:
    """Calls may go to this machine."""
    settings.FOEDERA_WEBHOOK_NETWORKS = (ipaddress.ip_network("127.0.0.1"),)
    world = make.world()
    head = make.actor(Role.OFFICE_HEAD, world.office, login="head")
    with receiver() as listening:
        yield Scene(world, head, signed_in(Person.objects.get(login="head")), listening)


def states() -> list[str]:
    """The states of all messages, oldest first."""
    return list(Delivery.objects.order_by("id").values_list("state", flat=True))
