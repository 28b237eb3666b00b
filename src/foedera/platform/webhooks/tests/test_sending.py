"""From a change to the receiver: the outbox, signatures, rights, attempts, switching off."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection, transaction
from django.utils import timezone

from foedera.agreements.access import RegisterPolicy
from foedera.agreements.models import Agreement
from foedera.agreements.tests import make
from foedera.directory.models import Jurisdiction
from foedera.platform.access.asking import asking, program
from foedera.platform.access.roles import Role
from foedera.platform.actions.performing import perform
from foedera.platform.history.models import Entry
from foedera.platform.history.recording import resume_action
from foedera.platform.notices.models import Notice
from foedera.platform.notices.telling import tell
from foedera.platform.webhooks.actions import RENEW_SECRET, SWITCH_OFF, SWITCH_ON
from foedera.platform.webhooks.models import Call, Channel, Delivery, OutboxEvent, Webhook
from foedera.platform.webhooks.rules import PAUSES
from foedera.platform.webhooks.sending import forget, spread

from .conftest import Scene, states

pytestmark = pytest.mark.django_db


def test_a_change_is_told_signed_and_logged(scene: Scene) -> None:
    webhook, secret = scene.webhook()
    made = scene.agreement(title="Agreement on forests")
    assert scene.send().delivered == 1
    (received,) = scene.receiver.received
    assert received.path == "/changes"
    assert received.is_signed_with(secret)
    assert abs(int(received.headers["webhook-timestamp"]) - timezone.now().timestamp()) < 30
    document = received.document
    assert (document["type"], document["data"]["number"], document["data"]["action"]) == (
        "agreements.created",
        made.number,
        "agreements.create",
    )
    assert document["data"]["record"]["title"] == "Agreement on forests"
    assert document["data"]["record"]["version"] == made.version
    call = Call.objects.get()
    assert (call.status, call.fault, states()) == (204, "", ["delivered"])
    assert received.message_id == f"msg_{Delivery.objects.get().message_id.hex}"
    assert Channel.objects.get().last_success_at is not None
    scene.send()
    assert len(scene.receiver.received) == 1, "told once"
    assert webhook.number == "WH-" + f"{webhook.pk:06}"


def test_one_action_is_one_event_whatever_it_writes(scene: Scene) -> None:
    scene.webhook()
    made = scene.agreement()
    make.step(made, "change", scene.head, title="Another title")
    scene.send()
    assert [r.document["type"] for r in scene.receiver.received] == ["agreements.created", "agreements.changed"]


def test_a_write_past_the_program_is_told_too_and_a_part_changes_its_record(scene: Scene) -> None:
    made = scene.agreement()
    scene.webhook()
    resume_action(None)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE agreements_agreement SET title = 'By hand' WHERE id = %s", [made.pk])
    scene.send()
    (received,) = scene.receiver.received
    assert (received.document["data"]["action"], received.document["data"]["record"]["title"]) == ("", "By hand")


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_never_told(scene: Scene) -> None:
    scene.webhook()
    with transaction.atomic():
        scene.agreement()
        assert OutboxEvent.objects.filter(table_name="agreements_agreement").exists()
        transaction.set_rollback(True)
    scene.send()
    assert not scene.receiver.received


def test_nothing_is_put_into_the_outbox_where_nobody_listens(scene: Scene) -> None:
    webhook, _secret = scene.webhook()
    perform(SWITCH_OFF, scene.head, record=webhook)
    OutboxEvent.objects.all().delete()
    scene.agreement()
    assert not OutboxEvent.objects.exists()


def test_only_the_records_and_events_that_were_asked_for(scene: Scene) -> None:
    scene.webhook(record_types=["ties"])
    scene.webhook(events=["changed"])
    made = scene.agreement()
    scene.send()
    assert not scene.receiver.received
    make.step(made, "change", scene.head, title="Another title")
    scene.send()
    assert [r.document["type"] for r in scene.receiver.received] == ["agreements.changed"]


def test_a_body_is_told_only_what_it_may_read_whole(scene: Scene) -> None:
    scene.webhook()
    far = make.actor(Role.OFFICE_OFFICER, scene.world.other_office, login="far")
    for rung in ("internal", "restricted", "title_only"):
        scene.agreement(
            far, own="RU-PRI", title=f"{rung} secret word", publicity=rung, publicity_ground="Asked by the other side"
        )
    assert scene.send().delivered == 0
    scene.agreement(far, own="RU-PRI", title="Open to all", publicity="public")
    scene.send()
    assert [r.document["data"]["record"]["title"] for r in scene.receiver.received] == ["Open to all"]


def test_the_database_judges_too_what_a_body_is_told(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the policy taken away, the fence alone keeps what is not the body's."""
    scene.webhook(record_types=["agreements"])
    far = make.actor(Role.OFFICE_OFFICER, scene.world.other_office, login="far")
    scene.agreement(far, own="RU-PRI", title="Internal secret word")
    scene.agreement(title="One's own")
    for name in ("visible", "whole"):
        monkeypatch.setattr(RegisterPolicy, name, lambda _self, rows, _actor: rows)
    with asking(program(timezone.localdate())):
        scene.send()
    assert [r.document["data"]["record"]["title"] for r in scene.receiver.received] == ["One's own"]


def test_rights_are_asked_again_at_the_moment_of_sending(scene: Scene) -> None:
    scene.webhook()
    far = make.actor(Role.OFFICE_OFFICER, scene.world.other_office, login="far")
    open_one = scene.agreement(far, own="RU-PRI", publicity="public")
    scene.receiver.refuse(500)
    assert scene.send().failed == 1
    Agreement.objects.filter(pk=open_one.pk).update(publicity="internal")
    scene.send(minutes=10)
    assert len(scene.receiver.received) == 1
    assert states()[0] == "not_needed"


def test_territory_is_that_of_the_day_of_sending(scene: Scene) -> None:
    scene.webhook(record_types=["agreements"])
    scene.agreement(make.actor(Role.COORDINATOR, scene.world.ministry, login="centre"))
    Jurisdiction.objects.filter(body=scene.world.office).delete()
    scene.send()
    assert not scene.receiver.received


def test_a_failed_call_is_tried_again_under_the_same_id_and_given_up_in_the_end(scene: Scene) -> None:
    scene.webhook()
    scene.agreement()
    scene.receiver.refuse(*[503] * (len(PAUSES) + 1), content=b"try later")
    later = 0
    for pause in (0, *PAUSES):
        later += pause
        assert scene.send(minutes=later).failed == 1
    assert states() == ["given_up"]
    assert len({r.message_id for r in scene.receiver.received}) == 1
    assert set(Call.objects.values_list("status", "head")) == {(503, "try later")}
    assert scene.send(days=30).failed == 0


def test_it_rests_for_the_run_after_a_failure(scene: Scene) -> None:
    scene.webhook()
    for n in range(3):
        scene.agreement(title=f"Agreement {n}")
    scene.receiver.refuse(500)
    assert scene.send().failed == 1
    assert len(scene.receiver.received) == 1
    assert scene.send(minutes=2).delivered == 3


def test_it_is_switched_off_after_five_days_of_failures_and_its_keepers_are_told(scene: Scene) -> None:
    webhook, _secret = scene.webhook()
    scene.agreement()
    scene.receiver.refuse(500, 500)
    scene.send()
    scene.send(days=4)
    assert Webhook.objects.get().state == "on"
    scene.agreement(title="Another")
    scene.receiver.refuse(500)
    scene.send(days=5, minutes=1)
    webhook.refresh_from_db()
    assert (webhook.state, webhook.off_since is not None) == ("failed", True)
    tell(timezone.now(), only=["webhooks.failed"])
    assert Notice.objects.get().person_id == scene.head.person_id
    assert webhook.number in scene.client.get("/notices/").content.decode()
    perform(SWITCH_ON, scene.head, record=webhook)
    tell(timezone.now(), only=["webhooks.failed"])
    assert Notice.objects.get().settled_at is not None
    assert scene.send(minutes=1).delivered == 2, "what waited is sent"


def test_a_receiver_that_is_gone_is_not_called_again(scene: Scene) -> None:
    scene.webhook()
    scene.agreement()
    scene.receiver.refuse(410)
    scene.send()
    assert Webhook.objects.get().state == "failed"


def test_nobody_follows_a_redirect(scene: Scene) -> None:
    scene.webhook()
    scene.agreement()
    scene.receiver.answers.append((307, {"Location": f"{scene.receiver.url}/elsewhere"}, b""))
    assert scene.send().failed == 1
    assert [r.path for r in scene.receiver.received] == ["/changes"]
    assert Call.objects.get().status == 307


def test_a_receiver_that_does_not_listen_is_a_fault_and_no_error(scene: Scene) -> None:
    scene.webhook(url="http://127.0.0.1:9/")
    scene.agreement()
    assert scene.send().failed == 1
    assert (Call.objects.get().status, Call.objects.get().fault) == (None, "ConnectionRefusedError")


def test_what_was_off_is_not_told_afterwards(scene: Scene) -> None:
    webhook, _secret = scene.webhook()
    other, _other = scene.webhook(name="Another")
    perform(SWITCH_OFF, scene.head, record=webhook)
    scene.agreement(title="While it was off")
    perform(SWITCH_ON, scene.head, record=webhook)
    scene.send()
    assert [d.webhook_id for d in Delivery.objects.all()] == [other.pk]


def test_two_secrets_hold_for_a_day(scene: Scene) -> None:
    webhook, first = scene.webhook()
    _webhook, second = perform(RENEW_SECRET, scene.head, record=webhook)
    scene.agreement()
    scene.send()
    received = scene.receiver.received[-1]
    assert received.is_signed_with(first)
    assert received.is_signed_with(second)
    Channel.objects.update(former_until=timezone.now() - datetime.timedelta(minutes=1))
    scene.agreement(title="Another")
    scene.send()
    received = scene.receiver.received[-1]
    assert received.is_signed_with(second)
    assert not received.is_signed_with(first)


def test_secrets_stand_encrypted_and_never_in_the_history(scene: Scene) -> None:
    _webhook, secret = scene.webhook()
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM webhooks_channel")
        assert secret not in cursor.fetchone()[0]
    assert not Entry.objects.filter(table_name="webhooks_channel").exists()
    assert Entry.objects.filter(table_name="webhooks_webhook").exists()


def test_of_a_record_that_is_gone_those_are_told_who_knew_of_it(scene: Scene) -> None:
    scene.webhook(record_types=["bodies"])
    known = make.body("Agency", country=scene.world.territories["RU"], territory=scene.world.territories["RU-TAM"])
    scene.send()
    number = known.number
    # In a moment of its own, as all tests are one transaction.
    scene.agreement()
    known.delete()
    assert scene.send().delivered == 1
    document = scene.receiver.received[-1].document
    assert (document["type"], document["data"]["number"]) == ("bodies.deleted", number)
    assert "record" not in document["data"]


def test_what_is_long_done_is_forgotten(scene: Scene) -> None:
    scene.webhook()
    scene.agreement()
    scene.send()
    scene.agreement(title="Waits")
    spread(timezone.now())
    assert forget(timezone.now() + datetime.timedelta(days=91)) == 1
    assert states() == ["waiting"]
