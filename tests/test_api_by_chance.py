"""Requests that Schemathesis makes up from the description of the API, asked as every role: none fails, none tells what is hidden.

FOEDERA_EXAMPLES says how many requests are made up for each operation (1 in the ordinary run, and then always the same ones).
"""

from __future__ import annotations

import copy
import json
import os
import random
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import hypothesis
import pytest
import schemathesis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import MULTIPART_CONTENT, encode_multipart
from hypothesis import HealthCheck, Phase
from schemathesis.core import NotSet
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from foedera.accounts.models import Person
from foedera.accounts.tests.make import signed_in
from foedera.agreements.models import Agreement
from foedera.agreements.tests import make
from foedera.config.api import api
from foedera.platform.access.roles import Role
from foedera.platform.actions.performing import perform
from foedera.platform.jobs.queries import crons
from foedera.platform.lists.bulk.access import steps_at_all
from foedera.platform.lists.description import record_type
from foedera.platform.webhooks.actions import MAKE

from .house import EYES, House, undone

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("FOEDERA_EXAMPLES", "1"))
BOUNDARY = "made-up"
# What stands beside the secret word may be asked for; the word itself must never come.
BAIT, SECRET = "Qazwsx", "Zirconium"
# Whose numbers stand in the house, by the first part of the address.
KNOWN = {
    "agreements": ("internal", "public", "title_only", "restricted", "idea", "secret"),
    "ties": ("tie", "secret_tie"),
    "bodies": ("office", "government", "embassy"),
    "formats": ("format",),
    "proposals": ("proposal",),
    "notes": ("note", "own_note"),
    "webhooks": ("webhook", "secret_webhook"),
    "reminders": ("reminder",),
    "review": ("session",),
    "readers": ("internal", "hidden", "secret"),
    "who-may": ("internal", "hidden", "secret"),
    "tags": ("internal", "public", "secret"),
}
# Those that stand in addresses as {key}.
KEYS = {
    "bulk": ("bulk",),
    "delegations": ("delegation",),
    "elevations": ("elevation",),
    "export-schedules": ("schedule",),
    "exports": ("export",),
    "merges": ("merge",),
    "readings": ("reading",),
    "review": ("finding", "step"),
    "service-tokens": ("service_token",),
    "subscriptions": ("subscription",),
    "tags": ("tag", "other_tag"),
    "views": ("view",),
    "webhooks": ("message",),
}


@dataclass(frozen=True)
class Asked:
    """A request as it is sent."""

    operation: str
    method: str
    path: str
    content: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...]

    def send(self, client: Client) -> Any:
        return client.generic(
            self.method, self.path, self.content, content_type=self.content_type, headers=dict(self.headers)
        )


@cache
def operations() -> list[Any]:
    """Every operation of the description, each step of a record as one of its own."""
    document = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    for path in [p for p in document["paths"] if p.endswith("/{action}")]:
        document["paths"] |= by_step(path, document["paths"].pop(path)["post"])
    made = []
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(found, Ok), found
        made.append(found.ok())
    return made


def by_step(path: str, described: dict[str, Any]) -> dict[str, Any]:
    """The paths of the steps that stand under one address, each with the body of its step."""
    (named,) = (p for p in described["parameters"] if p["name"] == "action")
    bodies = described["requestBody"]["content"]["application/json"]["schema"]["anyOf"]
    assert [body["title"] for body in bodies] == named["schema"]["enum"]
    found = {}
    for body in bodies:
        step = copy.deepcopy(described)
        step["operationId"] += f"_{body['title']}"
        step["parameters"].remove(named)
        step["requestBody"]["content"]["application/json"]["schema"] = body
        found[path.replace("{action}", body["title"])] = {"post": step}
    return found


def made_up(operation: Any, mode: GenerationMode, most: int) -> list[Any]:
    """Cases of an operation, right ones or wrong ones; none where there is no way to ask it wrongly."""
    found: list[Any] = []

    def keep(case: Any) -> None:
        found.append(case)

    bounded = hypothesis.settings(
        max_examples=most,
        database=None,
        deadline=None,
        derandomize=EXAMPLES == 1,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    try:
        bounded(hypothesis.given(case=operation.as_strategy(generation_mode=mode))(keep))()
    except hypothesis.errors.Unsatisfiable:
        return []
    return found[-most:]


def can_be_wrong(operation: Any) -> bool:
    """Whether there is more to an operation than its address."""
    return bool(operation.body) or any(True for _parameter in operation.query)


def requests_of(operation: Any, house: House, chance: random.Random) -> Iterator[Asked]:
    """The requests made up for an operation, most of them about records that exist."""
    modes = [GenerationMode.POSITIVE]
    if can_be_wrong(operation) and EXAMPLES > 1:
        modes.append(GenerationMode.NEGATIVE)
    for mode in modes:
        for case in made_up(operation, mode, EXAMPLES):
            yield asked_of(case, house, chance)


def asked_of(case: Any, house: House, chance: random.Random) -> Asked:
    path = case.path
    for name, value in (case.path_parameters or {}).items():
        known = _known(case.path, name, house)
        chosen = chance.choice(known) if known and chance.random() < 0.8 else str(value)
        path = path.replace(f"{{{name}}}", chosen if "%" in chosen else quote(chosen, safe=""))
    query = {k: _bait(v, chance) for k, v in (case.query or {}).items()}
    if not query and case.method == "GET" and chance.random() < 0.5:
        query = {"q": BAIT}
    address = path + (f"?{urlencode(query, doseq=True, errors='replace')}" if query else "")
    headers = tuple((k, str(v)) for k, v in (case.headers or {}).items() if str(v).isascii() and str(v).isprintable())
    if chance.random() < 0.7:
        headers = (*(h for h in headers if h[0].lower() != "if-match"), ("If-Match", '"1"'))
    content, content_type = _content(case)
    return Asked(f"{case.method} {case.path}", case.method, address, content, content_type, headers)


def _known(path: str, name: str, house: House) -> list[str]:
    kind = path.removeprefix("/api/v1/").partition("/")[0]
    if name == "number":
        return [house.keys[k] for k in KNOWN.get(kind, ())]
    if name == "name":
        return sorted(crons())
    if name in ("stays", "goes"):
        return [house.keys[k] for k in KNOWN["agreements"]]
    if name == "kind":
        return ["agreements"]
    if name == "step" and "/bulk/" in path:
        return [a.name.partition(".")[2] for a in steps_at_all(record_type(kind))]
    if name == "code" or name == "region":
        return ["RU-TAM"]
    return [house.keys[k] for k in KEYS.get(kind, ())] if name == "key" else []


def _bait(value: Any, chance: random.Random) -> Any:
    return BAIT if isinstance(value, str) and chance.random() < 0.3 else value


def _content(case: Any) -> tuple[bytes, str]:
    if isinstance(case.body, NotSet):
        return b"", "application/json"
    if case.media_type == "multipart/form-data" and isinstance(case.body, dict):
        fields = {str(k): _field(v) for k, v in case.body.items()}
        try:
            return encode_multipart(BOUNDARY, fields), MULTIPART_CONTENT.replace("BoUnDaRyStRiNg", BOUNDARY)
        except (TypeError, UnicodeError):
            return b"--made-up\r\nnonsense", "multipart/form-data; boundary=made-up"
    data = getattr(case.body, "data", None)
    if isinstance(data, bytes):
        return data, case.media_type or "application/json"
    return json.dumps(case.body, default=str).encode(errors="replace"), case.media_type or "application/json"


def _field(value: Any) -> Any:
    data = getattr(value, "data", value)
    return SimpleUploadedFile("made up.txt", data) if isinstance(data, bytes) else str(value)


@pytest.fixture(scope="module")
def planted(house: House) -> House:
    """The house with records of a body in which nobody works who asks: restricted, and with the secret word wherever words can stand."""
    hidden = make.body("Hidden office", country=house.world.territories["RU"])
    keeper = make.actor(Role.MISSION, hidden, login="keeper")
    centre = make.actor(Role.COORDINATOR, hidden, login="keeping")
    words = f"{BAIT} {SECRET}"
    kept = {"publicity": "restricted", "publicity_ground": f"Kept because of {words}"}
    secret = make.agreement(centre, title=f"Agreement on {words}", note=f"Note on {words}", **kept)
    Agreement.objects.filter(pk=secret.pk).update(owner=hidden)
    house.keys["secret"] = secret.number
    agency, abroad = make.body(f"First {BAIT}", "agency"), make.body(f"Second {BAIT}", "agency")
    tie = make.tie(centre, agency, abroad, **kept)
    type(tie).objects.filter(pk=tie.pk).update(owner=hidden)
    house.keys["secret_tie"] = tie.number
    # Administrators and the auditor see every webhook, so this one holds no secret but its body's.
    given = {"name": f"Mirror of {BAIT}", "url": "https://example.org/hidden"}
    webhook, _shown = perform(MAKE, keeper, values=given)
    house.keys["secret_webhook"] = webhook.number
    return house


def client_of(house: House, eyes: str) -> Client:
    client = Client(raise_request_exception=False)
    client.cookies = copy.deepcopy(house.clients[eyes].cookies)
    return client


def as_everybody(house: House, asked: Asked, judge: Callable[[str, Any], None]) -> None:
    for eyes in EYES:
        with undone():
            judge(eyes, asked.send(client_of(house, eyes)))


def test_no_made_up_request_breaks_the_program_or_tells_what_is_hidden(planted: House) -> None:
    warnings.simplefilter("ignore")
    chance = random.Random(1 if EXAMPLES == 1 else None)  # noqa: S311 - chance, no secret
    faults: list[str] = []
    statuses: Counter[int] = Counter()
    for operation in operations():
        for asked in requests_of(operation, planted, chance):

            def judge(eyes: str, answer: Any, asked: Asked = asked) -> None:
                statuses[answer.status_code] += 1
                told = b"".join(answer) if answer.streaming else answer.content
                if answer.status_code >= 500:
                    faults.append(f"{answer.status_code} for {eyes}: {asked}")
                if SECRET.lower().encode() in told.lower() or SECRET.lower() in str(answer.headers).lower():
                    faults.append(f"the word is told to {eyes}: {asked}")

            as_everybody(planted, asked, judge)
    print(f"\n{len(operations())} operations, {statuses.total()} requests: {dict(sorted(statuses.items()))}")
    assert not faults, "\n".join(faults[:20])


def test_there_is_something_to_ask_for_at_every_address(planted: House) -> None:
    """Else requests about records would meet none."""
    parts = {(o.path, name) for o in operations() for name in re.findall(r"{(\w+)}", o.path)}
    assert [(path, name) for path, name in sorted(parts) if not _known(path, name, planted)] == []


def test_the_secret_is_there_for_its_keeper(planted: House) -> None:
    """Else nothing would have been hidden."""
    client = signed_in(Person.objects.get(login="keeping"))
    told = client.get(f"/api/v1/agreements/{planted.keys['secret']}").content.decode()
    assert told.count(SECRET) >= 2
