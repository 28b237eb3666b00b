"""Browsers of people for tests: signed in, and with an administrator's session switched on as a person does it."""

from __future__ import annotations

from django.test import Client

from foedera.accounts.models import Person
from foedera.agreements.tests.make import PASSWORD


def signed_in(somebody: Person) -> Client:
    """A browser in which somebody is signed in."""
    client = Client()
    client.force_login(somebody)
    return client


def switched_on(somebody: Person, *, minutes: int = 30) -> Client:
    """A browser in which an administrator is signed in and has switched his session on."""
    client = signed_in(somebody)
    sent = {"reason": "Accounts of new colleagues", "minutes": str(minutes), "proof": PASSWORD}
    answer = client.post("/account/switch-on/", sent)
    assert answer.status_code == 302, answer.content.decode()
    return client
