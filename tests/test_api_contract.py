"""The API is what its description says: the description does not change unseen, and answers keep to it.

After a change `FOEDERA_WRITE_OPENAPI=1 ./foedera test tests/test_api_contract.py` writes openapi.json anew; read the difference.
"""

from __future__ import annotations

import datetime
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from foedera.config.api import api

from .house import House
from .rights import BODIES, Row, rows, send

SNAPSHOT = Path(__file__).with_name("openapi.json")
TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}


def described() -> dict[str, Any]:
    """The description as a reader of English gets it."""
    with translation.override("en"):
        found: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    return found


def test_the_description_changes_only_on_purpose() -> None:
    now = json.dumps(described(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get("FOEDERA_WRITE_OPENAPI") == "1":
        SNAPSHOT.write_text(now, encoding="utf-8")
    kept = SNAPSHOT.read_text(encoding="utf-8")
    if now != kept:
        before, after = json.loads(kept)["paths"], json.loads(now)["paths"]
        changed = sorted(p for p in {*before, *after} if before.get(p) != after.get(p))
        pytest.fail(f"The API changed at {', '.join(changed) or 'its schemas'}; see the docstring of this file.")


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does() -> None:
    operations = [o for methods in described()["paths"].values() for o in methods.values()]
    names = [o["operationId"] for o in operations]
    assert len(names) == len(set(names))
    assert all(o.get("summary") and o.get("tags") for o in operations)


def faults(value: Any, schema: dict[str, Any], whole: dict[str, Any], where: str = "") -> Iterator[str]:
    """What of a value does not keep to a schema, as far as our descriptions use the language of schemas."""
    if "$ref" in schema:
        schema = whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        if not any(not list(faults(value, option, whole)) for option in schema["anyOf"]):
            yield f"{where}: {value!r} is none of {schema['anyOf']}"
        return
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind in ("integer", "number"))):
        yield f"{where}: {value!r} is no {kind}"
        return
    if kind == "string" and schema.get("format") == "date":
        try:
            datetime.date.fromisoformat(value)
        except ValueError:
            yield f"{where}: {value!r} is no date"
    if kind == "array":
        for position, item in enumerate(value):
            yield from faults(item, schema.get("items", {}), whole, f"{where}/{position}")
    if kind == "object":
        properties = schema.get("properties", {})
        yield from (f"{where}: {name} is missing" for name in schema.get("required", []) if name not in value)
        if properties:
            yield from (f"{where}: {name} is not described" for name in value if name not in properties)
        for name, part in properties.items():
            if name in value:
                yield from faults(value[name], part, whole, f"{where}/{name}")


def answered() -> list[Row]:
    """Requests of the table of rights to the API that the coordinator may make."""
    return [r for r in rows() if r.path.startswith("/api/v1/") and r.expected["coordinator"] in ("200", "201")]


@pytest.mark.django_db
@pytest.mark.parametrize("row", answered(), ids=str)
def test_answers_keep_to_the_description(house: House, row: Row) -> None:
    whole = described()
    path = house.fill(row.path).partition("?")[0]
    operation = operation_of(whole, path, row.method)
    if operation is None or row.body == "text":
        return
    response = send(house, "coordinator", row)
    declared = operation["responses"].get(str(response.status_code), {}).get("content", {}).get("application/json")
    assert response.headers["Content-Type"].startswith("application/json"), response.content[:300]
    if declared is not None:
        found = list(faults(response.json(), declared["schema"], whole))
        assert not found, "\n".join(found[:20])


def operation_of(whole: dict[str, Any], path: str, method: str) -> dict[str, Any] | None:
    """The described operation behind a path; the one with the fewest parameters where several fit."""
    fitting = [p for p in whole["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", p), path)]
    fitting.sort(key=lambda p: p.count("{"))
    for template in fitting:
        operation: dict[str, Any] | None = whole["paths"][template].get(method.lower())
        if operation is not None:
            return operation
    return None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "sent", "headers", "status", "code"),
    [
        ("GET", "/api/v1/agreements/AG-999999", None, {}, 404, "not-found"),
        ("GET", "/api/v1/agreements?status=nonsense", None, {}, 422, "invalid-input"),
        ("GET", "/api/v1/agreements?as_of=yesterday", None, {}, 422, "invalid-input"),
        ("GET", "/api/v1/agreements?after=nonsense", None, {}, 422, "invalid-input"),
        ("GET", "/api/v1/agreements", None, {"Authorization": "Bearer foedera_nonsense"}, 401, "unauthorised"),
        ("POST", "/api/v1/agreements", "{", {}, 422, "invalid-input"),
        ("POST", "/api/v1/agreements", '{"title": ""}', {}, 422, "invalid-input"),
        ("PATCH", "/api/v1/agreements/{internal}", '{"title": "Other"}', {}, 428, "version-missing"),
        ("PATCH", "/api/v1/agreements/{internal}", '{"title": "Other"}', {"If-Match": '"1"'}, 412, "changed-meanwhile"),
        ("PATCH", "/api/v1/agreements/{internal}", '{"titel": "Other"}', {"If-Match": '"1"'}, 422, "invalid-input"),
        ("POST", "/api/v1/agreements/{internal}/notify_intent", "{}", {"If-Match": '"3"'}, 409, "not-now"),
        ("PATCH", "/api/v1/bodies/{agency}", '{"name": ""}', {"If-Match": '"1"'}, 422, "invalid-input"),
    ],
)
def test_errors_are_problem_documents(
    house: House, method: str, path: str, sent: str | None, headers: dict[str, str], status: int, code: str
) -> None:
    client = house.clients["coordinator"]
    response = client.generic(
        method,
        house.fill(path),
        sent or "",
        content_type="application/json",
        headers=headers,
    )
    document = response.json()
    assert response.status_code == status == document["status"], document
    assert response.headers["Content-Type"] == "application/problem+json"
    assert document["type"] == f"urn:foedera:problem:{code}"
    assert document["title"]
    assert response.headers["X-Request-ID"]


@pytest.mark.django_db
def test_the_same_key_makes_one_agreement(house: House) -> None:
    client, headers = house.clients["coordinator"], {"Idempotency-Key": "one-and-the-same"}
    first = client.post("/api/v1/agreements", BODIES["agreement"], content_type="application/json", headers=headers)
    again = client.post("/api/v1/agreements", BODIES["agreement"], content_type="application/json", headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["number"] == again.json()["number"]
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client.post(
        "/api/v1/agreements",
        {**BODIES["agreement"], "title": "Other"},
        content_type="application/json",
        headers=headers,
    )
    assert other.status_code == 422


@pytest.mark.django_db
def test_all_pages_of_a_list_hold_every_record_once(house: House) -> None:
    client = house.clients["coordinator"]
    seen, after = [], ""
    while True:
        page = client.get(f"/api/v1/agreements?limit=2&sort=title&after={after}").json()
        seen += [item["number"] for item in page["items"]]
        after = page["next"]
        if not after:
            break
    everything = client.get("/api/v1/agreements?limit=500&count=true").json()
    assert len(seen) == len(set(seen)) == everything["count"]
