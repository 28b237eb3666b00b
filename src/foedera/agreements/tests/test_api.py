"""The register over the API as a program uses it: tokens, versions, keys, problem documents, declared answers."""

from __future__ import annotations

import datetime
import threading
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from foedera.accounts.actions import make_token
from foedera.accounts.models import Duty, Person, Token
from foedera.agreements.lists import AGREEMENTS, TIES
from foedera.agreements.models import Agreement, Tie
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.api.models import IdempotencyKey
from foedera.platform.documents.models import StoredFile
from foedera.platform.lists.resources import output_model

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
LIST = "/api/v1/agreements"


class Program:
    """A program that works with a token."""

    def __init__(self, secret: str = "") -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer to a request with a JSON body."""
        content = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        named = {k.replace("_", "-"): v for k, v in headers.items()}
        return self.client.generic(
            method, path, content, content_type="application/json", headers={**self.headers, **named}
        )

    def get(self, path: str, **headers: str) -> Any:
        """The answer to GET."""
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """The answer to POST."""
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        """The answer to PATCH."""
        return self.send("PATCH", path, body, **headers)


@pytest.fixture
def world(db: None) -> make.World:
    return make.world()


@pytest.fixture
def officer(world: make.World) -> Actor:
    return make.actor(Role.OFFICE_OFFICER, world.office, login="officer", channel="api")


@pytest.fixture
def made(officer: Actor) -> Agreement:
    return make.agreement(officer)


def program(actor: Actor, *, reads_only: bool = False) -> Program:
    _token, secret = make_token(actor=actor, name="synthetic", days=30, reads_only=reads_only)
    return Program(secret)


@pytest.fixture
def api(officer: Actor) -> Program:
    return program(officer)


def problem(response: Any, status: int) -> dict[str, Any]:
    """The problem document of an answer, checked for its form (RFC 9457)."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail"} <= set(document)
    assert document["type"].startswith("urn:foedera:problem:") or document["type"] == "about:blank"
    assert document["status"] == status
    assert document["title"]
    for error in document.get("errors", []):
        assert set(error) == {"pointer", "detail"}
        assert error["pointer"] == "" or error["pointer"].startswith("/")
        assert error["detail"]
    return document


def pointers(document: dict[str, Any]) -> set[str]:
    return {e["pointer"] for e in document["errors"]}


NEW: dict[str, Any] = {
    "title": "Agreement on fishing",
    "signed_on": "March 2014",
    "in_force_rule": "signature",
    "parties": [{"side": "own", "territory": "RU-TAM"}, {"side": "foreign", "territory": "BY-BR"}],
}


# ----------------------------------------------------------------------------------------------------------------- create


def test_a_record_is_made_and_read_again(api: Program) -> None:
    answer = api.post(LIST, NEW)
    assert answer.status_code == 201
    document = answer.json()
    assert answer["ETag"] == '"1"'
    assert answer["Location"] == f"{LIST}/{document['number']}"
    assert (document["title"], document["signed_on"], document["version"]) == ("Agreement on fishing", "2014-03", 1)
    assert [p["territory"] for p in document["parties"]] == ["RU-TAM", "BY-BR"]
    again = api.get(answer["Location"])
    assert (again.status_code, again.json(), again["ETag"]) == (200, document, '"1"')


def test_a_key_makes_one_record_and_gives_the_same_answer(api: Program) -> None:
    first = api.post(LIST, NEW, Idempotency_Key="abc")
    second = api.post(LIST, NEW, Idempotency_Key="abc")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert (second["ETag"], second["Location"]) == (first["ETag"], first["Location"])
    assert second["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert Agreement.objects.count() == 1
    assert api.post(LIST, NEW, Idempotency_Key="abd").status_code == 201
    assert Agreement.objects.count() == 2


def test_a_key_used_for_another_request_is_refused(api: Program) -> None:
    api.post(LIST, NEW, Idempotency_Key="abc")
    other = problem(api.post(LIST, {**NEW, "title": "Other"}, Idempotency_Key="abc"), 422)
    assert pointers(other) == {"/Idempotency-Key"}
    problem(api.post("/api/v1/ties", NEW, Idempotency_Key="abc"), 422)
    assert Agreement.objects.count() == 1


def test_a_key_is_not_spent_by_a_faulty_request(api: Program) -> None:
    problem(api.post(LIST, {**NEW, "title": ""}, Idempotency_Key="abc"), 422)
    assert not IdempotencyKey.objects.exists()
    assert api.post(LIST, NEW, Idempotency_Key="abc").status_code == 201


def test_keys_of_two_people_do_not_meet(api: Program, world: make.World) -> None:
    other = program(make.actor(Role.OFFICE_OFFICER, world.office, login="other"))
    assert api.post(LIST, NEW, Idempotency_Key="abc").status_code == 201
    assert "Idempotency-Replayed" not in other.post(LIST, NEW, Idempotency_Key="abc")
    assert Agreement.objects.count() == 2
    problem(api.post(LIST, NEW, Idempotency_Key="x" * 201), 422)


@pytest.mark.django_db(transaction=True)
def test_the_same_key_twice_at_the_same_time() -> None:
    world = make.world()
    actor = make.actor(Role.OFFICE_OFFICER, world.office)
    _token, secret = make_token(actor=actor, name="synthetic", days=30, reads_only=False)
    started = threading.Barrier(2)
    answers: list[Any] = []

    def send() -> None:
        try:
            sender = Program(secret)
            started.wait(timeout=20)
            answers.append(sender.post(LIST, NEW, Idempotency_Key="abc"))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert Agreement.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"signed_on": "2014"}, {"/title"}),
        ({**NEW, "titel": "x"}, {"/titel"}),
        ({**NEW, "signed_on": "spring", "term_months": "five"}, {"/signed_on", "/term_months"}),
        ({**NEW, "parties": [{"side": "own"}, {"side": "foreign", "territory": "XX"}]}, {"/parties/1/territory"}),
        ({**NEW, "parties": [{"side": "nobody"}]}, {"/parties/0/side"}),
        ({**NEW, "parties": "none"}, {"/parties"}),
        ({**NEW, "titles": {"ru": "a\x00"}}, {"/titles"}),
        ({**NEW, "note": "a\x00"}, {"/note"}),
        ({**NEW, "parties": []} | {"publicity": "public_after"}, {""}),
        (b"not json", {""}),
        (b"[1, 2]", {""}),
        (b"\xff\xfe", {""}),
        (b"[" * 5000, {""}),
        (b'{"title": "\\ud800"}', {""}),
        (b"", {"/title"}),
    ],
)
def test_a_faulty_body_is_answered_with_pointers(api: Program, body: Any, where: set[str]) -> None:
    assert pointers(problem(api.post(LIST, body), 422)) == where
    assert not Agreement.objects.exists()


def test_a_body_beyond_the_limit_is_refused(api: Program, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    problem(api.post(LIST, {**NEW, "note": "x" * 2000}), 413)
    problem(api.post(LIST, {**NEW, "note": "x" * 2000}, Idempotency_Key="abc"), 413)


# ----------------------------------------------------------------------------------------------------------------- change


def test_a_change_needs_the_version_it_is_based_on(api: Program, made: Agreement) -> None:
    address = f"{LIST}/{made.number}"
    assert problem(api.patch(address, {"note": "x"}), 428)["type"].endswith("version-missing")
    changed = api.patch(address, {"note": "first", "reason": "because"}, If_Match='"1"')
    assert (changed.status_code, changed["ETag"], changed.json()["note"]) == (200, '"2"', "first")
    stale = api.patch(address, {"note": "second"}, If_Match='"1"')
    assert problem(stale, 412)["current_version"] == 2
    assert stale["ETag"] == '"2"'
    made.refresh_from_db()
    assert (made.note, made.version) == ("first", 2)
    assert api.patch(address, {"note": "third"}, If_Match='W/"2"').status_code == 200
    history = api.get(f"{address}/history").json()["items"]
    assert [e["action"] for e in history] == ["agreements.change", "agreements.change", "agreements.create"]
    assert (history[1]["reason"], history[1]["channel"]) == ("because", "api")


@pytest.mark.parametrize("tag", ["*", '"x"', '"²"', '"-1"', '""', '"1.5"', '"' + "9" * 50 + '"', '"1", "2"'])
def test_a_tag_that_is_none_is_refused(api: Program, made: Agreement, tag: str) -> None:
    answer = api.patch(f"{LIST}/{made.number}", {"note": "x"}, If_Match=tag)
    assert pointers(problem(answer, 422)) == {"/If-Match"}


def test_only_what_is_given_is_changed(api: Program, made: Agreement) -> None:
    before = api.get(f"{LIST}/{made.number}").json()
    after = api.patch(f"{LIST}/{made.number}", {"term_months": 60}, If_Match='"1"').json()
    different = {k for k in before if before[k] != after[k]}
    assert "term_months" in different
    assert different <= {"term_months", "version", "updated_at", "status", "ends_on"}


def test_an_agreement_is_sent_whole_for_its_status_changes_with_the_day(api: Program, made: Agreement) -> None:
    address = f"{LIST}/{made.number}"
    tag = api.get(address)["ETag"]
    again = api.get(address, If_None_Match=tag)
    assert (again.status_code, again["ETag"]) == (200, tag)


def test_a_tie_that_is_unchanged_is_not_sent_again(api: Program, world: make.World, officer: Actor) -> None:
    minsk = make.body("City of Minsk", "city", country=world.territories["BY"])
    tambov = make.body("City of Tambov", "city", country=world.territories["RU"], territory=world.territories["RU-TAM"])
    made = make.tie(officer, tambov, minsk, publicity="public")
    made.refresh_from_db()
    address = f"/api/v1/ties/{made.number}"
    tag = api.get(address)["ETag"]
    same = api.get(address, If_None_Match=tag)
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", tag)
    assert api.get(address, If_None_Match='"99"').status_code == 200
    assert api.get(f"{address}?as_of=2010-01-01", If_None_Match=tag).status_code == 200


def test_steps_over_the_api(api: Program, made: Agreement) -> None:
    address = f"{LIST}/{made.number}"
    done = api.post(f"{address}/suspend", {"suspended_from": "2020-01-01", "reason": "flood"}, If_Match='"1"')
    assert (done.status_code, done.json()["version"]) == (200, 2)
    assert done.json()["suspensions"] == [{"suspended_from": "2020-01-01", "suspended_until": None, "note": ""}]
    assert pointers(problem(api.post(f"{address}/suspend", {"suspended_from": "2019-01-01"}, If_Match='"2"'), 422)) == {
        "/reason"
    }
    problem(api.post(f"{address}/notify_intent", {"intent_notified_on": "2020"}, If_Match='"2"'), 409)
    problem(api.post(f"{address}/clear_intent", {"intent_cleared_on": "2020"}, If_Match='"2"'), 403)
    problem(api.post(f"{address}/resume", {"suspended_until": "2020-02-01"}), 428)
    for nothing in ("create", "change", "create_many", "nothing"):
        problem(api.post(f"{address}/{nothing}", {}, If_Match='"2"'), 404)


# ----------------------------------------------------------------------------------------------------------------- rights


def test_a_token_that_only_reads_does_not_write(officer: Actor, made: Agreement) -> None:
    reader = program(officer, reads_only=True)
    assert reader.get(f"{LIST}/{made.number}").status_code == 200
    for answer in (
        reader.post(LIST, NEW),
        reader.patch(f"{LIST}/{made.number}", {"note": "x"}, If_Match='"1"'),
        reader.post(f"{LIST}/{made.number}/suspend", {"suspended_from": "2020-01-01", "reason": "r"}, If_Match='"1"'),
        reader.post(f"{LIST}/bulk", {"items": [NEW]}),
    ):
        assert "only read" in problem(answer, 403)["detail"]
    assert Agreement.objects.get().version == 1


@pytest.mark.parametrize(
    "fault", ["expired", "revoked", "unknown", "no duty", "blocked", "not bearer", "empty", "begins later"]
)
def test_a_token_that_is_not_valid_is_said_to(officer: Actor, made: Agreement, fault: str) -> None:
    api = program(officer)
    yesterday = TODAY - datetime.timedelta(days=1)
    if fault == "expired":
        Token.objects.update(expires_on=yesterday)
    elif fault == "revoked":
        Token.objects.update(revoked_at=timezone.now())
    elif fault == "unknown":
        api = Program("foedera_unknown")
    elif fault == "no duty":
        Duty.objects.filter(pk=officer.duty_id or 0).update(valid_until=yesterday)
    elif fault == "begins later":
        Duty.objects.filter(pk=officer.duty_id or 0).update(valid_from=TODAY + datetime.timedelta(days=1))
    elif fault == "blocked":
        Person.objects.filter(pk=officer.person_id or 0).update(is_active=False)
    elif fault == "not bearer":
        api.headers = {"Authorization": "Basic b2ZmaWNlcjp4"}
    else:
        api.headers = {"Authorization": "Bearer "}
    for answer in (api.get(LIST), api.get(f"{LIST}/{made.number}"), api.post(LIST, NEW)):
        problem(answer, 401)
        assert answer["WWW-Authenticate"] == "Bearer"
    assert Agreement.objects.count() == 1


def test_a_token_counts_on_its_last_day(officer: Actor, made: Agreement) -> None:
    api = program(officer)
    Token.objects.update(expires_on=TODAY)
    assert api.get(f"{LIST}/{made.number}").status_code == 200


def test_nobody_reads_the_public_register_and_writes_nothing(made: Agreement) -> None:
    nobody = Program()
    assert nobody.get(LIST).json()["items"] == []
    problem(nobody.get(f"{LIST}/{made.number}"), 404)
    Agreement.objects.update(publicity="public")
    assert nobody.get(f"{LIST}/{made.number}").status_code == 200
    problem(nobody.get(f"{LIST}/{made.number}/history"), 404)
    problem(nobody.post(LIST, NEW), 403)
    problem(nobody.patch(f"{LIST}/{made.number}", {"note": "x"}, If_Match='"1"'), 403)


def test_a_browser_needs_the_token_of_its_form_to_write(officer: Actor, made: Agreement) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert officer.person_id is not None
    browser.force_login(Person.objects.get(pk=officer.person_id))
    assert browser.get(f"{LIST}/{made.number}").status_code == 200
    body = orjson.dumps({"note": "x"})
    refused = browser.patch(f"{LIST}/{made.number}", body, content_type="application/json", headers={"If-Match": '"1"'})
    problem(refused, 403)
    browser.get("/agreements/new/")
    token = browser.cookies["csrftoken"].value
    allowed = browser.patch(
        f"{LIST}/{made.number}",
        body,
        content_type="application/json",
        headers={"If-Match": '"1"', "X-CSRFToken": token},
    )
    assert allowed.status_code == 200


def test_a_token_works_in_its_duty_alone(world: make.World, officer: Actor) -> None:
    from foedera.accounts.actions import give_duty

    assert officer.person_id is not None
    person = Person.objects.get(pk=officer.person_id)
    give_duty(
        actor=officer,
        person=person,
        role=Role.COORDINATOR,
        body_id=world.ministry.pk,
        valid_from=datetime.date(2020, 1, 1),
    )
    far = make.agreement(make.actor(Role.COORDINATOR, world.ministry, login="centre"), own="RU-PRI", foreign="BR-SP")
    problem(program(officer).get(f"{LIST}/{far.number}"), 404)


# ---------------------------------------------------------------------------------------------------------------- reading


def test_the_list_filters_sorts_pages_and_counts(api: Program, officer: Actor) -> None:
    made = [make.agreement(officer, title=f"Agreement {n}", signed_on=str(2000 + n)) for n in range(5)]
    answer = api.get(f"{LIST}?sort=signed_on&limit=2&count=1&columns=title,signed_on").json()
    assert answer["items"] == [{"number": a.number, "title": a.title, "signed_on": a.signed_on} for a in made[:2]]
    assert answer["count"] == 5
    seen, after = 2, answer["next"]
    while after:
        answer = api.get(f"{LIST}?sort=signed_on&limit=2&after={after}").json()
        seen, after = seen + len(answer["items"]), answer["next"]
    assert seen == 5
    assert len(api.get(f"{LIST}?signed_on__from=2003").json()["items"]) == 2
    assert api.get(f"{LIST}?q={made[3].number}").json()["items"][0]["number"] == made[3].number


@pytest.mark.parametrize(
    ("address", "where"),
    [
        ("?colour=red", {"/colour"}), ("?sort=x", {"/sort"}), ("?limit=0", {"/limit"}), ("?after=x", {"/after"}),
        ("?state=dead", {"/state"}), ("?columns=parties", {"/columns"}), ("?as_of=spring", {"/as_of"}), ("?q=%00", {"/q"}),
    ],
)  # fmt: skip
def test_a_faulty_address_is_answered_with_pointers(api: Program, address: str, where: set[str]) -> None:
    assert pointers(problem(api.get(LIST + address), 422)) == where


def test_a_status_is_read_as_of_a_day(api: Program, officer: Actor) -> None:
    made = make.agreement(officer, signed_on="2014-03-12", term_months=60, tacit_renewal=False)
    address = f"{LIST}/{made.number}"
    assert api.get(f"{address}?as_of=2015-01-01").json()["status"] == "in_force"
    assert api.get(f"{address}?as_of=2013-01-01").json()["status"] == "not_yet_in_force"
    assert api.get(address).json()["status"] == "expired"
    assert api.get(f"{LIST}?as_of=2015-01-01&status=in_force").json()["items"]
    assert not api.get(f"{LIST}?status=in_force").json()["items"]
    found = api.get(f"{address}/status?as_of=2015-01-01").json()
    assert (found["status"], found["current_term_end"], found["as_of"]) == ("in_force", "2019-03-11", "2015-01-01")
    assert found["calculation"]
    problem(api.patch(f"{address}?as_of=2015-01-01", {"note": "x"}, If_Match='"1"'), 403)
    problem(api.post(f"{LIST}?as_of=2015-01-01", NEW), 403)


@pytest.mark.parametrize("number", ["AG-999999", "nothing", "%00", "AG-1'", "..%2f", "ТИ-1"])
@pytest.mark.parametrize("rest", ["", "/history", "/status"])
def test_what_is_not_there_is_a_problem_too(api: Program, made: Agreement, number: str, rest: str) -> None:
    problem(api.get(f"{LIST}/{number}{rest}"), 404)


def test_an_address_that_is_not_there_is_a_problem_too(api: Program) -> None:
    problem(api.get("/api/v1/nothing"), 404)


def test_answers_keep_to_the_declared_schema(api: Program, world: make.World, officer: Actor) -> None:
    """Answers are written past django-ninja's own check, so they are checked here."""
    full = make.agreement(
        officer, titles={"ru": "О"}, binding=True, term_months=60, tacit_renewal=True, renewal_months=12, public_from="2030-01-01",
        notice_months=6, last_activity_on="2020", framework=make.agreement(officer, title="Framework").number,
        suspensions=[{"suspended_from": "2020-01-01"}],
    )  # fmt: skip
    bare = make.agreement(officer, parties=[{"side": "own", "name": "x"}], signed_on="", in_force_rule="")
    hidden = make.agreement(make.actor(Role.COORDINATOR, world.ministry, login="centre"), own="RU-PRI", foreign="BR-SP")
    Agreement.objects.filter(pk=hidden.pk).update(publicity="title_only")
    tie = make.tie(
        officer,
        make.body("Tambov", territory=world.territories["RU-TAM"]),
        make.body("Brest", territory=world.territories["BY-BR"], country=world.territories["BY"]),
    )
    Tie.objects.filter(pk=tie.pk).update(publicity="title_only")
    for record_type, address, numbers in (
        (AGREEMENTS, LIST, [full.number, bare.number, hidden.number]),
        (TIES, "/api/v1/ties", [tie.number]),
    ):
        item, whole = output_model(record_type, rows=False), output_model(record_type, rows=True)
        listed = api.get(address).json()["items"]
        assert {i["number"] for i in listed} >= set(numbers)
        for document in listed:
            item.model_validate(document)
            assert set(document) == set(item.model_fields)
        for number in numbers:
            document = api.get(f"{address}/{number}").json()
            whole.model_validate(document)
            assert set(document) == set(whole.model_fields)
        for document in Program().get(address).json()["items"]:
            item.model_validate(document)


def test_the_description_and_its_page(client: Client, db: None) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.")
    paths = described["paths"]
    assert {f"{LIST}", f"{LIST}/{{number}}", f"{LIST}/bulk", f"{LIST}/{{number}}/history", "/api/v1/ties"} <= set(paths)
    body = paths[LIST]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert "title" in body["properties"]
    assert "$ref" not in orjson.dumps(body).decode()
    assert any(p["name"] == "If-Match" and p["required"] for p in paths[f"{LIST}/{{number}}"]["patch"]["parameters"])
    names = [p["name"] for p in paths[LIST]["get"]["parameters"]]
    assert {"q", "sort", "limit", "after", "as_of", "state", "signed_on__from", "coordinator__contains"} <= set(names)
    assert len(names) == len(set(names))
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    assert f"PATCH {LIST}/{{number}}" in page.content.decode()
    assert "http://" not in page.content.decode().replace("http://www.w3.org", "").replace("http://testserver", "")


# ------------------------------------------------------------------------------------------------------------------ many


def test_many_at_once(api: Program) -> None:
    answer = api.post(
        f"{LIST}/bulk", {"items": [{**NEW, "title": f"Agreement {n}"} for n in range(20)]}, Idempotency_Key="b"
    )
    assert answer.status_code == 201
    numbers = answer.json()["numbers"]
    titles = dict(Agreement.objects.values_list("number", "title"))
    assert [titles[n] for n in numbers] == [f"Agreement {n}" for n in range(20)]
    again = api.post(
        f"{LIST}/bulk", {"items": [{**NEW, "title": f"Agreement {n}"} for n in range(20)]}, Idempotency_Key="b"
    )
    assert again.json() == answer.json()
    assert Agreement.objects.count() == 20


def test_many_with_a_fault_name_its_place(api: Program) -> None:
    items = [NEW, {**NEW, "title": ""}, {**NEW, "parties": [{"side": "own", "territory": "XX"}]}]
    assert pointers(problem(api.post(f"{LIST}/bulk", {"items": items}), 422)) == {"/items/1/title"}
    assert pointers(problem(api.post(f"{LIST}/bulk", {"items": [NEW, items[2]]}), 422)) >= {
        "/items/1/parties/0/territory"
    }
    assert pointers(problem(api.post(f"{LIST}/bulk", {"items": []}), 422)) == {"/items"}
    assert pointers(problem(api.post(f"{LIST}/bulk", {"things": []}), 422)) == {"/items", "/things"}
    assert not Agreement.objects.exists()


# ----------------------------------------------------------------------------------------------------------------- texts


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path / "files"


def upload(api: Program, made: Agreement, name: str, content: bytes, **headers: str) -> Any:
    return api.client.post(
        f"{LIST}/{made.number}/texts?kind=signed&language=ru",
        {"file": SimpleUploadedFile(name, content)},
        headers={**api.headers, **{k.replace("_", "-"): v for k, v in headers.items()}},
    )


def test_a_text_is_sent_as_a_file(api: Program, made: Agreement, folder: Path) -> None:
    answer = upload(api, made, "text.txt", "Статья 1".encode(), If_Match='"1"')
    assert answer.status_code == 201
    assert made.texts.get().file.digest == answer.json()["digest"]
    problem(upload(api, made, "text.txt", b"other", If_Match='"1"'), 412)
    assert pointers(problem(upload(api, made, "text.pdf", b"lies", If_Match='"2"'), 422)) == {"/file"}
    assert pointers(problem(upload(api, made, "empty.txt", b"", If_Match='"2"'), 422)) == {"/file"}


def test_who_may_not_add_a_text_leaves_no_file(
    api: Program, officer: Actor, made: Agreement, world: make.World, folder: Path
) -> None:
    Agreement.objects.update(publicity="public")
    problem(upload(api, made, "text.txt", b"words"), 428)
    problem(upload(Program(), made, "text.txt", b"words", If_Match='"1"'), 403)
    auditor = program(make.actor(Role.AUDITOR, world.ministry))
    problem(upload(auditor, made, "text.txt", b"words", If_Match='"1"'), 403)
    problem(upload(program(officer, reads_only=True), made, "text.txt", b"words", If_Match='"1"'), 403)
    assert not StoredFile.objects.exists()
    assert not [p for p in folder.rglob("*") if p.is_file()]
