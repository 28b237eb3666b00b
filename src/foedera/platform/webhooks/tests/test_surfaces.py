"""Pages and API of webhooks: making, changing, the log of calls, sending again, and for whom all this is."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from foedera.accounts.tests.make import signed_in, switched_on
from foedera.agreements.tests.make import person
from foedera.platform.access.roles import Role
from foedera.platform.history.models import PerformedAction
from foedera.platform.webhooks.models import Channel, Delivery, Webhook

from .conftest import SECRET, Scene, states

pytestmark = pytest.mark.django_db


def form(scene: Scene, **change: Any) -> dict[str, Any]:
    return {"name": "Mirror", "url": scene.receiver.url, **change}


def test_it_is_made_in_the_page_and_its_secret_shown_once(scene: Scene) -> None:
    shown = scene.client.post("/webhooks/new/", form(scene, record_types=["agreements"], events=["created"]))
    (secret,) = set(SECRET.findall(shown.content.decode()))
    webhook = Webhook.objects.get()
    assert (webhook.body_id, webhook.role, webhook.record_types, webhook.events) == (
        scene.world.office.pk, "office_head", ["agreements"], ["created"],
    )  # fmt: skip
    page = scene.client.get(f"/webhooks/{webhook.number}/").content.decode()
    assert secret not in page
    assert "Mirror" in page
    scene.agreement()
    scene.send()
    assert scene.receiver.received[0].is_signed_with(secret)


def test_what_is_faulty_is_said_beside_its_field_and_stays(scene: Scene) -> None:
    answer = scene.client.post("/webhooks/new/", form(scene, url="https://192.168.1.1/x"))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "not called from here" in text
    assert "https://192.168.1.1/x" in text
    assert "Mirror" in text
    assert not Webhook.objects.exists()


def test_it_is_changed_tested_renewed_switched_and_removed_in_pages(scene: Scene) -> None:
    webhook, first = scene.webhook()
    at = f"/webhooks/{webhook.number}/"
    changed = form(scene, name="Another", version="1")
    assert scene.client.post(f"{at}change/", changed).status_code == 302
    assert Webhook.objects.get().name == "Another"
    assert scene.client.post(f"{at}change/", form(scene, version="1")).status_code == 422, "somebody changed it"
    assert scene.client.post(f"{at}test/").status_code == 302
    assert scene.send().delivered == 1
    assert scene.receiver.received[0].document["type"] == "webhooks.test"
    assert first not in scene.client.get(f"{at}secret/").content.decode()
    (second,) = set(SECRET.findall(scene.client.post(f"{at}secret/").content.decode()))
    assert second != first
    assert scene.client.post(f"{at}off/").status_code == 302
    assert Webhook.objects.get().state == "off"
    assert scene.client.post(f"{at}on/").status_code == 302
    assert Webhook.objects.get().state == "on"
    assert scene.client.get(f"{at}remove/").status_code == 200
    assert scene.client.post(f"{at}remove/").status_code == 302
    assert scene.client.get(at).status_code == 404
    assert Channel.objects.get().secret == ""
    names = set(PerformedAction.objects.filter(name__startswith="webhooks.").values_list("name", flat=True))
    assert names >= {f"webhooks.{n}" for n in ("make", "change", "test", "renew_secret", "switch_off", "remove")}


def test_a_message_that_was_given_up_is_sent_again_by_hand(scene: Scene) -> None:
    webhook, _secret = scene.webhook()
    made = scene.agreement()
    scene.receiver.refuse(500, content=b"<b>broken</b>")
    scene.send()
    Delivery.objects.update(state="given_up")
    message = Delivery.objects.get()
    at = f"/webhooks/{webhook.number}/"
    log = scene.client.get(at).content.decode()
    assert made.number in log
    assert "500" in log
    page = scene.client.get(f"{at}messages/{message.pk}/").content.decode()
    assert "&lt;b&gt;broken" in page
    assert "<b>broken" not in page
    assert scene.client.post(f"{at}messages/{message.pk}/again/").status_code == 302
    assert states() == ["waiting"]
    assert scene.send().delivered == 1
    assert len({r.message_id for r in scene.receiver.received}) == 1


def test_the_api_does_all_of_it(scene: Scene) -> None:
    made = scene.api("post", "", form(scene), **{"Idempotency-Key": "k"})
    assert made.status_code == 201, made.content
    assert SECRET.fullmatch(made.json()["secret"])
    assert made.headers["Cache-Control"] == "no-store"
    again = scene.api("post", "", form(scene), **{"Idempotency-Key": "k"})
    assert again.status_code == 201
    assert "secret" not in again.json()
    number = made.json()["number"]
    assert Webhook.objects.count() == 1
    assert [w["number"] for w in scene.api("get", "").json()["items"]] == [number]
    assert scene.api("patch", f"/{number}", {"name": "x"}).status_code == 428
    assert scene.api("patch", f"/{number}", {"name": "x"}, **{"If-Match": '"1"'}).json()["name"] == "x"
    assert scene.api("patch", f"/{number}", {"url": "http://10.0.0.1/"}, **{"If-Match": '"2"'}).status_code == 422
    assert scene.api("post", f"/{number}/test").status_code == 202
    scene.receiver.refuse(500)
    scene.send()
    (message,) = scene.api("get", f"/{number}/messages").json()["items"]
    assert (message["state"], message["calls"][0]["status"]) == ("waiting", 500)
    assert scene.api("post", f"/{number}/messages/{message['id']}/again").status_code == 409
    scene.send(minutes=2)
    assert scene.api("get", f"/{number}/messages?state=delivered").json()["items"][0]["attempts"] == 2
    assert scene.api("post", f"/{number}/messages/{message['id']}/again").status_code == 202
    assert scene.api("post", f"/{number}/off").json()["state"] == "off"
    assert scene.api("post", f"/{number}/off").status_code == 409
    assert scene.api("post", f"/{number}/on").json()["state"] == "on"
    assert SECRET.fullmatch(scene.api("post", f"/{number}/secret").json()["secret"])
    assert scene.api("delete", f"/{number}").status_code == 204
    assert scene.api("get", f"/{number}").status_code == 404
    for bad in ("?before=-1", "?state=nonsense", f"?before={2**70}"):
        assert scene.api("get", f"/{number}/messages{bad}").status_code in (404, 422)


def test_they_are_for_those_who_speak_for_the_body_in_that_role(scene: Scene) -> None:
    webhook, _secret = scene.webhook()
    at = f"/webhooks/{webhook.number}/"
    world = scene.world
    for login, role, body in (
        ("officer", Role.OFFICE_OFFICER, world.office),
        ("stranger", Role.OFFICE_HEAD, world.other_office),
        ("centre", Role.COORDINATOR, world.ministry),
    ):
        client = signed_in(person(login, role, body))
        assert client.get(at).status_code == 404, login
        assert client.post(f"{at}off/").status_code == 404, login
    assert Client().get("/webhooks/").status_code in (302, 404)
    auditor = signed_in(person("auditor", Role.AUDITOR, world.ministry))
    assert auditor.get(at).status_code == 200
    for step in ("off", "test", "secret", "remove", "change"):
        assert auditor.post(f"{at}{step}/").status_code == 403, step
    assert auditor.get("/webhooks/new/").status_code == 403
    administrator = switched_on(person("anna", Role.ADMINISTRATOR, world.ministry))
    assert administrator.post(f"{at}secret/").status_code == 403
    assert administrator.post(f"{at}off/").status_code == 302
    assert Webhook.objects.get().state == "off"


def test_the_log_names_no_record_to_whom_it_is_not(scene: Scene) -> None:
    webhook, _secret = scene.webhook()
    made = scene.agreement(title="Agreement on old maps", publicity="restricted", publicity_ground="Kept by its owner")
    scene.send()
    at = f"/webhooks/{webhook.number}/"
    assert made.number in scene.client.get(at).content.decode()
    administrator = switched_on(person("anna", Role.ADMINISTRATOR, scene.world.ministry))
    assert made.number not in administrator.get(at).content.decode()


def test_a_body_has_no_more_than_twenty(scene: Scene) -> None:
    for n in range(20):
        scene.webhook(name=f"Mirror {n}")
    answer = scene.client.post("/webhooks/new/", form(scene))
    assert answer.status_code == 422
    assert "20 webhooks" in answer.content.decode()
