"""Mails arrive at a real server: at once, in the digest, or not; once; in the reader's language; with the rights of the moment."""

from __future__ import annotations

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import override_settings
from django.utils import timezone

from foedera.accounts.models import Person
from foedera.agreements.models import Agreement
from foedera.platform.notices.actions import choose
from foedera.platform.notices.mailing import PAUSES, send_waiting
from foedera.platform.notices.models import Choice, DigestHour, Mail, MailState, Notice
from foedera.platform.notices.telling import make_digests, tell

from .conftest import Scene
from .receiving import MailBox, free_port, part

pytestmark = pytest.mark.django_db
RENEWS = "agreements.renews_soon"
CHANGED = "agreements.changed"


def receivers(box: MailBox) -> list[str]:
    return sorted(str(message["To"]).partition("@")[0] for message in box.messages)


def test_a_notice_arrives_at_once_as_text_and_html(scene: Scene, box: MailBox) -> None:
    agreement = scene.renewing()
    assert tell(scene.now, only=[RENEWS]).mails == 4
    assert send_waiting(scene.now).sent == 4
    assert receivers(box) == ["colleague", "coordinator", "mission", "office"]
    message = next(m for m in box.messages if "colleague" in str(m["To"]))
    assert str(message["Subject"]).startswith(f"Foedera: {agreement.number} Renews itself on")
    assert message["Auto-Submitted"] == "auto-generated"
    for kind in ("plain", "html"):
        words = part(message, kind)
        assert "Agreement on forests" in words
        assert f"https://foedera.example/agreements/{agreement.number}/" in words
        assert "https://foedera.example/notices/settings/" in words


def test_a_title_is_no_markup_in_the_mail(scene: Scene, box: MailBox) -> None:
    scene.renewing(title="<script>alert(1)</script>")
    tell(scene.now, only=[RENEWS])
    send_waiting(scene.now)
    assert "<script>" not in part(box.messages[0], "html")
    assert "&lt;script&gt;" in part(box.messages[0], "html")


def test_a_mail_is_written_in_the_language_of_its_reader(scene: Scene, box: MailBox) -> None:
    Person.objects.filter(login="colleague").update(language="ru")
    scene.renewing()
    tell(scene.now, only=[RENEWS])
    send_waiting(scene.now)
    message = next(m for m in box.messages if "colleague" in str(m["To"]))
    assert "Продлевается само" in str(message["Subject"])
    assert "Все уведомления" in part(message, "plain")
    assert message["Content-Language"] == "ru"


def test_several_notices_of_a_run_come_in_one_mail_and_what_was_sent_is_not_sent_again(
    scene: Scene, box: MailBox
) -> None:
    for title in ("Agreement on forests", "Agreement on rivers", "Agreement on roads"):
        scene.renewing(title=title)
    tell(scene.now, only=[RENEWS])
    assert send_waiting(scene.now).sent == 4
    tell(scene.at(minutes=5), only=[RENEWS])
    assert send_waiting(scene.at(minutes=5)).sent == 0
    message = next(m for m in box.messages if "colleague" in str(m["To"]))
    assert str(message["Subject"]) == "Foedera: 3 notices"
    assert "Agreement on rivers" in part(message, "plain")
    assert len(set(box.ids())) == len(box.messages) == 4


def test_each_person_chooses_at_once_digest_or_off_for_each_kind(scene: Scene, box: MailBox) -> None:
    choose(scene.actors["colleague"], ways={RENEWS: "off"})
    choose(scene.actors["mission"], ways={RENEWS: "digest"}, hour=0)
    scene.renewing()
    tell(scene.now, only=[RENEWS])
    send_waiting(scene.now)
    assert receivers(box) == ["coordinator", "office"]
    make_digests(scene.now)
    send_waiting(scene.now)
    assert receivers(box) == ["coordinator", "mission", "office"]
    assert Notice.objects.filter(person__login="colleague").count() == 1
    assert Choice.objects.count() == 2


def test_the_digest_comes_once_a_day_from_its_hour_on_and_carries_what_is_neither_read_nor_settled(
    scene: Scene, box: MailBox
) -> None:
    choose(scene.actors["colleague"], ways={}, hour=14)
    assert DigestHour.objects.get().hour == 14
    for title in ("Agreement on forests", "Agreement on rivers"):
        scene.renewing(title=title)
    tell(scene.now, only=[CHANGED])
    local = timezone.localtime(scene.now)
    before, after = local.replace(hour=13), local.replace(hour=15)
    make_digests(before)
    send_waiting(before)
    assert receivers(box) == ["mission"]
    read = Notice.objects.filter(person__login="colleague", kind=CHANGED).first()
    assert read is not None
    Notice.objects.filter(pk=read.pk).update(read_at=scene.now)
    make_digests(after)
    assert make_digests(after) == 0
    send_waiting(after)
    send_waiting(after)
    assert receivers(box) == ["colleague", "mission"]
    message = box.messages[-1]
    assert "Your daily digest" in part(message, "plain")
    assert part(message, "plain").count("Changed:") == 1
    # What is told later the same day waits for the next.
    scene.renewing(title="Agreement on roads")
    tell(after, only=[CHANGED])
    assert make_digests(after + datetime.timedelta(hours=1)) == 0
    assert make_digests(after + datetime.timedelta(days=1)) == 2


def test_a_refused_mail_is_tried_again_later_with_the_same_message_id(scene: Scene, box: MailBox) -> None:
    scene.renewing()
    tell(scene.now, only=[RENEWS])
    Mail.objects.exclude(person__login="colleague").delete()
    box.refusals = ["451 come back later"]
    assert send_waiting(scene.now).failed == 1
    mail = Mail.objects.get()
    assert (mail.state, mail.attempts, mail.fault) == (MailState.WAITING, 1, "SMTPDataError 451")
    assert send_waiting(scene.now).sent == 0
    assert send_waiting(scene.at(minutes=PAUSES[0])).sent == 1
    assert str(mail.message_id) in box.ids()[0]


def test_a_mail_refused_for_good_is_given_up(scene: Scene, box: MailBox) -> None:
    scene.renewing()
    tell(scene.now, only=[RENEWS])
    box.refusals = ["550 there is nobody"] * 4
    assert send_waiting(scene.now).failed == 4
    assert set(Mail.objects.values_list("state", flat=True)) == {MailState.GIVEN_UP}
    assert send_waiting(scene.at(days=1)).sent == 0


def test_a_server_that_is_away_loses_no_mail_and_is_given_up_at_last(scene: Scene, box: MailBox) -> None:
    scene.renewing()
    tell(scene.now, only=[RENEWS])
    Mail.objects.exclude(person__login="colleague").delete()
    at = scene.now
    with override_settings(EMAIL_PORT=free_port()):
        assert send_waiting(at).failed == 1
    assert send_waiting(scene.at(minutes=2)).sent == 1
    Mail.objects.update(state=MailState.WAITING, attempts=0, next_attempt_at=at)
    with override_settings(EMAIL_PORT=free_port()):
        for pause in PAUSES:
            assert send_waiting(at).failed == 1
            at += datetime.timedelta(minutes=pause)
        assert send_waiting(at).failed == 1
    assert Mail.objects.get().state == MailState.GIVEN_UP


def test_what_a_reader_may_no_longer_know_when_it_is_sent_is_not_sent(scene: Scene, box: MailBox) -> None:
    agreement = scene.renewing()
    tell(scene.now, only=[RENEWS])
    Agreement.objects.filter(pk=agreement.pk).update(
        publicity="restricted", publicity_ground="Kept", owner=scene.world.office
    )
    scene.person("office").duties.update(valid_until=scene.now.date() - datetime.timedelta(days=1))
    send_waiting(scene.now)
    assert receivers(box) == ["colleague"]
    assert Mail.objects.filter(state=MailState.NOT_NEEDED).count() == 3


def test_a_settled_notice_is_not_sent(scene: Scene, box: MailBox) -> None:
    scene.renewing()
    tell(scene.now, only=[RENEWS])
    tell(scene.at(days=99), only=[RENEWS])
    assert send_waiting(scene.now).not_needed == 4
    assert box.messages == []


def test_without_a_mail_server_everything_stays_in_the_inbox(scene: Scene) -> None:
    scene.renewing()
    assert tell(scene.now, only=[RENEWS]).mails == 0
    assert make_digests(scene.now) == 0
    assert send_waiting(scene.now).sent == 0
    assert Notice.objects.filter(way="off").count() == 4


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_mail_once(scene: Scene, box: MailBox) -> None:
    for title in ("Agreement on forests", "Agreement on rivers", "Agreement on roads"):
        scene.renewing(title=title)
        tell(scene.now, only=[RENEWS])
    together = threading.Barrier(2)

    def work() -> int:
        try:
            together.wait(10)
            return send_waiting(scene.now).sent
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        sent = [future.result() for future in [pool.submit(work), pool.submit(work)]]
    assert sum(sent) == 12
    assert len(box.messages) == len(set(box.ids())) == 12
