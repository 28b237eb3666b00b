"""What holds for the whole interface: faults as problem documents, request ids, health, metrics, logs."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.test import Client

from foedera.agreements.tests import make
from foedera.platform.actions.errors import Conflict, NoSpace, NotFound, NotNow, Refused, VersionMissing, invalid
from foedera.platform.api.models import IdempotencyKey
from foedera.platform.api.observing import JsonFormatter, request_id_of_context
from foedera.platform.api.root import problem_of

pytestmark = pytest.mark.django_db
LIST = "/api/v1/agreements"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (invalid("parties.1.territory", "not found"), 422),
        (NotFound(), 404),
        (Refused("no"), 403),
        (NotNow("not now"), 409),
        (Conflict(7), 412),
        (VersionMissing("state it"), 428),
        (NoSpace("full"), 507),
    ],
)
def test_a_refusal_becomes_a_problem_document(error: Any, status: int) -> None:
    answer = problem_of(error)
    document = json.loads(answer.content)
    assert answer.status_code == document["status"] == status
    assert answer["Content-Type"] == "application/problem+json"
    assert document["type"] == f"urn:foedera:problem:{error.code}"
    assert document["title"]
    if status == 422:
        assert document["errors"] == [{"pointer": "/parties/1/territory", "detail": "not found"}]
    if status == 412:
        assert (document["current_version"], answer["ETag"]) == (7, '"7"')


Wrapper = Callable[[Any, str, Any, bool, Any], Any]


@pytest.fixture(params=[OperationalError, InterfaceError])
def no_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every statement fails as when the server is gone."""

    def fail(_execute: Any, _sql: str, _parameters: Any, _many: bool, _context: Any) -> Any:
        raise request.param("server closed the connection unexpectedly")

    with connection.execute_wrapper(fail):
        yield


def test_a_database_that_is_gone_is_said_and_hides_what_it_knows(no_database: None, client: Client) -> None:
    answer = client.get(LIST)
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert "server closed" not in answer.content.decode()
    page = client.get("/agreements/")
    assert page.status_code == 503
    assert "server closed" not in page.content.decode()
    assert client.get("/ready/").status_code == 503
    assert client.get("/health/").status_code == 200, "the process itself is well"


def test_the_program_works_again_when_the_database_does(client: Client) -> None:
    def fail(*_given: Any) -> Any:
        raise OperationalError("gone")

    with connection.execute_wrapper(fail):
        assert client.get(LIST).status_code == 503
    assert client.get(LIST).status_code == 200
    assert client.get("/ready/").status_code == 200


def test_a_fault_of_the_program_is_a_problem_document_without_its_inside(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_error: Any) -> Any:
        raise ZeroDivisionError("the inside")

    monkeypatch.setattr("foedera.agreements.api.terms.evaluate_one", fail)
    world = make.world()
    from foedera.platform.access.roles import Role

    made = make.agreement(make.actor(Role.COORDINATOR, world.ministry))
    type(made).objects.update(publicity="public")
    client.raise_request_exception = False
    answer = client.get(f"{LIST}/{made.number}/status")
    assert answer.status_code == 500
    assert "the inside" not in answer.content.decode()
    assert answer["Content-Type"] == "application/problem+json"


def test_a_key_stands_once_for_each_person() -> None:
    IdempotencyKey.objects.create(person_id=1, key="abc", request_digest="0" * 64)
    IdempotencyKey.objects.create(person_id=2, key="abc", request_digest="0" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        IdempotencyKey.objects.create(person_id=1, key="abc", request_digest="1" * 64)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("abcdef0123456789", True),
        ("short", False),
        ("x" * 65, False),
        ("bad id with spaces", False),
        ("a;b<script>", False),
    ],
)
def test_every_answer_carries_a_request_id(client: Client, given: str, kept: bool) -> None:
    answer = client.get("/health/", headers={"X-Request-ID": given})
    assert (answer["X-Request-ID"] == given) == kept
    assert len(answer["X-Request-ID"]) >= 8


def test_the_request_id_stands_in_the_history(client: Client) -> None:
    from foedera.accounts.actions import make_token
    from foedera.platform.access.roles import Role
    from foedera.platform.history.models import PerformedAction

    world = make.world()
    actor = make.actor(Role.OFFICE_OFFICER, world.office)
    _token, secret = make_token(actor=actor, name="x", days=1, reads_only=False)
    body = {"title": "Agreement", "parties": [{"side": "own", "territory": "RU-TAM"}]}
    answer = client.post(
        LIST,
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}", "X-Request-ID": "request-0123456789"},
    )
    assert answer.status_code == 201
    last = PerformedAction.objects.latest("id")
    assert (last.name, last.request_id, last.channel) == ("agreements.create", "request-0123456789", "api")


def test_a_log_line_is_one_json_object() -> None:
    record = logging.LogRecord("foedera.x", logging.ERROR, "p", 1, "fault %s", ("\n\"'",), None)
    record.status = 500
    line = JsonFormatter().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert (told["message"], told["level"], told["status"], told["logger"]) == (
        "fault \n\"'",
        "error",
        500,
        "foedera.x",
    )


def test_what_background_work_tells_is_such_a_line_too(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    logger = structlog.get_logger("foedera.platform.x")
    token = request_id_of_context.set("request-0123456789")
    try:
        logger.debug("seen by nobody", file=7)
        try:
            raise ValueError("a fault")
        except ValueError:
            logger.exception("an export failed", run=7, reason="no\nspace")
        (record,) = caplog.records
        line = JsonFormatter().format(record)
    finally:
        request_id_of_context.reset(token)
    told = json.loads(line)
    assert "\n" not in line
    assert (told["message"], told["run"], told["reason"], told["level"], told["logger"], told["request_id"]) == (
        "an export failed",
        7,
        "no\nspace",
        "error",
        "foedera.platform.x",
        "request-0123456789",
    )
    assert "ValueError: a fault" in told["exception"]
    assert "an export failed" not in capfd.readouterr().out


def test_metrics_are_for_the_machine_itself(client: Client) -> None:
    client.get("/health/")
    answer = client.get("/metrics/")
    assert answer.status_code == 200
    assert 'foedera_requests_total{method="GET",route="health/",status="200"}' in answer.content.decode()
    assert client.get("/metrics/", REMOTE_ADDR="203.0.113.7").status_code == 404


def test_metrics_name_routes_and_no_records(client: Client) -> None:
    client.get("/agreements/AG-123456/")
    client.get("/nothing/AG-123456/")
    assert "AG-123456" not in client.get("/metrics/").content.decode()
