"""The table of rights: every address of the program, who gets what answer. The rows stand in rights.csv."""

from __future__ import annotations

import copy
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from foedera.config.api import api
from foedera.platform.lists.description import record_types

from .house import EYES, House

TABLE = Path(__file__).with_name("rights.csv")
LAYOUT = ("method", "path", "body", *EYES)
# What is sent with a request that writes, by the name in the column `body`. Braces name records of the house.
BODIES: dict[str, dict[str, Any]] = {
    "": {},
    "agreement": {
        "title": "Agreement on forests",
        "parties": [{"side": "own", "territory": "RU-TAM"}, {"side": "foreign", "territory": "BY-BR"}],
    },
    "agreement_form": {
        "title": "Agreement on forests",
        "kind": "agreement",
        "publicity": "internal",
        "signed_on": "2014-03-12",
        "parties-0-side": "own",
        "parties-0-territory": "RU-TAM",
        "parties-1-side": "foreign",
        "parties-1-territory": "BY-BR",
    },
    "agreements": {
        "items": [
            {
                "title": "Agreement on forests",
                "parties": [{"side": "own", "territory": "RU-TAM"}, {"side": "foreign", "territory": "BY-BR"}],
            }
        ]
    },
    "title": {"title": "Agreement on trade"},
    "name": {"name": "Another name"},
    "text": {"kind": "draft", "language": "ru"},
    "intent": {"intent_notified_on": "2026-01-12"},
    "tie": {
        "first": "{agency}",
        "second": "{abroad}",
        "kind": "partnership",
        "state": "active",
        "publicity": "internal",
        "since": "1999",
    },
    "tie_change": {"kind": "partnership"},
    "activity": {"last_activity_on": "2025"},
    "held": {"last_session": "2025-06"},
    "body": {"name": "Agency of Pskov", "kind": "agency", "territory": "RU-TAM", "publicity": "internal"},
    "close_body": {"valid_until": "2025-12-31", "reason": "Closed by decree"},
    "format": {"name": "Council of regions", "kind": "council", "publicity": "internal"},
    "decide": {"decision": "keep", "reason": "It is needed"},
    "decide_selected": {"selected": "{finding}", "decision": "keep", "reason": "It is needed"},
    "draft": {"draft": "Dear colleagues", "seen": "{draft_seen}"},
    "finish": {"outcome": "The region has answered"},
    "merge": {"stays": "{internal}", "version": "1", "other_version": "1", "reason": "The same"},
    "session": {"title": "Sitting", "region": "RU-TAM", "partner": "BY", "held_on": "{today}"},
    "whole_session": {"title": "Sitting", "held_on": "{today}"},
    "person": {"login": "newcomer", "name": "Synthetic newcomer", "password": "seven hills and a lake"},
    "role": {"role": "auditor", "body": "{ministry}", "valid_from": "{today}"},
    "last_day": {"valid_until": "{later}"},
    "password": {"password": "seven hills and a lake"},
    "token": {"name": "Synthetic", "days": "30", "reads_only": "on"},
    "lend": {"login": "somebody", "valid_from": "{today}", "valid_until": "{later}", "reason": "Leave"},
    "service_token": {"name": "Synthetic", "days": "30", "body": "{office}", "role": "office_officer"},
    "open_reading": {"number": "{hidden}", "hours": "2", "reason": "The minister asks before the talks"},
    "switch_on": {"reason": "Accounts of new colleagues", "minutes": "30", "proof": "seven hills and a river"},
    "identity": {"email": "", "external_id": "synthetic-1"},
    "proposal_form": {
        "title": "Agreement on trade",
        "kind": "agreement",
        "publicity": "public",
        "reason": "The paper says so",
    },
    "proposal": {
        "record_type": "agreements",
        "number": "{public}",
        "values": {"title": "Agreement on trade"},
        "reason": "The paper says so",
    },
    "decision": {"reason": "Seen"},
    "follow": {"record_type": "agreements", "number": "{internal}", "query": "", "name": ""},
    "follow_list": {"record_type": "agreements", "query": "kind=treaty"},
    "remind": {"record_type": "agreements", "number": "{internal}", "text": "Ask", "due_on": "{later}"},
    "remind_form": {"text": "Ask", "due_on": "{later}", "person": ""},
    "later": {"due_on": "{later}"},
    "note_form": {"text": "The paper lies in the archive", "publicity": "internal"},
    "note": {"record_type": "agreements", "number": "{internal}", "text": "The paper lies in the archive"},
    "note_text": {"text": "The paper lies in the safe"},
    "import": {"kind": "agreements", "all_or_nothing": ""},
    "sign_in": {"login": "coordinator", "password": "wrong"},
    "language": {"language": "ru", "next": "/"},
    "notice_ids": {"ids": [1]},
    "digest_hour": {"hour": 9},
    "theme": {"theme": "dark", "next": "/"},
    "density": {"density": "dense", "next": "/"},
    "view": {"kind": "agreements", "name": "Protocols", "query": "kind=protocol"},
    "view_form": {"name": "Protocols", "audience": "mine", "view": "kind=protocol"},
    "view_name": {"name": "Protocols"},
    "view_shared": {"name": "Protocols", "query": "kind=protocol", "kind": "agreements", "audience": "everyone"},
    "view_first": {"mine": True},
    "export": {"kind": "agreements", "query": "kind=treaty", "format": "csv"},
    "repeat": {
        "kind": "agreements",
        "query": "kind=treaty",
        "format": "csv",
        "name": "Treaties",
        "rhythm": "weekly",
        "weekday": 1,
        "day": 1,
        "hour": 6,
    },
    "hour": {"hour": 7},
    "bulk": {"numbers": ["{public}"], "values": {"note": "Seen"}, "preview": True},
    "merge_ask": {
        "kind": "agreements",
        "stays": "{idea}",
        "version": 1,
        "other": "{title_only}",
        "other_version": 1,
        "reason": "Twice",
    },
    "merge_form": {"other_version": "1", "reason": "Twice"},
    "tag": {"name": "important", "audience": "mine"},
    "tag_name": {"name": "important"},
    "tag_into": {"into": "{other_tag}"},
    "tags": {"tags": "seen", "audience": "mine"},
    "tag_off": {"tag": "{tag}"},
    "reader": {"login": "mission", "reason": "The embassy shall know"},
    "reader_off": {"reader": "{reader}"},
    "bulk_tie": {"numbers": ["{tie}"], "values": {"since": "1998"}},
    "bulk_body": {"numbers": ["{agency}"], "values": {"seat": "Tambov"}},
    "bulk_format": {"numbers": ["{format}"], "values": {"founded": "1999"}},
    "bulk_selected": {"step": "change", "selected": "{public}"},
    "bulk_values": {"coordinator": "Third department", "reason": "", "all_or_nothing": ""},
    "stop": {"active": ""},
    "webhook": {"name": "Mirror", "url": "https://example.org/changes"},
    "webhook_change": {"name": "Another"},
}
FILES = {"text": ("words.txt", b"Article 1. Another."), "import": ("list.csv", b"title\nAgreement on tea\n")}


@dataclass(frozen=True)
class Row:
    """One line of the table: a request and the status that each pair of eyes gets."""

    method: str
    path: str
    body: str
    expected: dict[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.path}{' ' + self.body if self.body else ''}"


def rows() -> list[Row]:
    """The lines of the table."""
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return [
            Row(line["method"], line["path"], line["body"], {eyes: line.get(eyes) or "" for eyes in EYES})
            for line in csv.DictReader(stream)
        ]


def routes() -> Iterator[tuple[str, str]]:
    """Every address of the program as (method, route): GET for each, and what the API declares."""

    def walk(resolver: URLResolver, before: str) -> Iterator[str]:
        for entry in resolver.url_patterns:
            after = before + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from walk(entry, after)
            else:
                assert isinstance(entry, URLPattern)
                yield after

    declared = {
        (method.upper(), re.sub(r"\{(\w+)\}", r"<\1>", path).lstrip("/"))
        for path, operations in api.get_openapi_schema()["paths"].items()
        for method in operations
    }
    yield from sorted(declared)
    of_the_api = {route for _method, route in declared}
    yield from (
        ("GET", route) for route in dict.fromkeys(map(plain, walk(get_resolver(), ""))) if route not in of_the_api
    )


def route_of(row: Row) -> tuple[str, str]:
    """The (method, route) that a line of the table is about."""
    path = re.sub(r"\{(\w+)\}", lambda m: "1" if m[1] in NUMERIC else m[1], row.path).partition("?")[0]
    return row.method, plain(resolve(path).route)


def plain(route: str) -> str:
    """A route as it is written in one piece, whatever parts it was put together from."""
    return route.replace("^", "").replace("$", "")


NUMERIC = frozenset(
    {
        "finding",
        "step",
        "person",
        "duty",
        "token",
        "service_token",
        "delegation",
        "elevation",
        "reading",
        "session_of",
        "older_text",
        "newer_text",
        "import",
        "view",
        "export",
        "schedule",
        "bulk",
        "message",
        "subscription",
        "tag",
        "other_tag",
        "reader",
        "merge",
    }
)


def _version(path: str) -> str:
    for kind in record_types():
        for number in re.findall(r"[A-Z]{2}-\d+", path):
            found: Any = kind.model._default_manager.filter(**{kind.by_number: number}).first()
            if found is not None:
                return str(found.version)
    return "1"


def _filled(house: House, value: Any) -> Any:
    if isinstance(value, str):
        return house.fill(value)
    if isinstance(value, dict):
        return {k: _filled(house, v) for k, v in value.items()}
    if isinstance(value, list):
        return [_filled(house, v) for v in value]
    return value


def ask(house: House, eyes: str, row: Row) -> int:
    """Send the request with a person's eyes; returns the status."""
    return int(send(house, eyes, row).status_code)


def send(house: House, eyes: str, row: Row) -> Any:
    """Send the request with a person's eyes; returns the answer."""
    client = Client(raise_request_exception=False)
    client.cookies = copy.deepcopy(house.clients[eyes].cookies)  # what one request does to the browser stays with it
    path = house.fill(row.path)
    if row.method == "GET":
        return client.get(path)
    values: dict[str, Any] = _filled(house, BODIES[row.body])
    version = _version(path)
    if row.body in FILES:
        values["file"] = SimpleUploadedFile(*FILES[row.body])
    if not path.startswith("/api/"):
        return client.post(path, {"version": version, **values})
    headers = {"If-Match": f'"{version}"'}
    if row.body in FILES:
        return client.post(path, values, headers=headers)
    method = {"PATCH": client.patch, "DELETE": client.delete}.get(row.method, client.post)
    return method(path, values, content_type="application/json", headers=headers)
