"""Notices follow from state: told once, settled when their ground is gone, seen only by whoever may know."""

from __future__ import annotations

import datetime

import pytest

from foedera.accounts.models import Delegation, OpenReading
from foedera.agreements.models import Agreement, FollowUp
from foedera.agreements.review.actions import decide
from foedera.agreements.review.running import run_review
from foedera.agreements.tests import make
from foedera.directory.models import Format, Membership
from foedera.directory.rules import during
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.jobs.models import JobRun, RunState
from foedera.platform.notices.kinds import kinds
from foedera.platform.notices.models import Notice
from foedera.platform.notices.queries import inbox, unread_count
from foedera.platform.notices.telling import tell

from .conftest import Scene

pytestmark = pytest.mark.django_db
RENEWS = "agreements.renews_soon"


def told(scene: Scene, kind: str) -> dict[str, int]:
    """How many notices of a kind each person stands with."""
    names = Notice.objects.filter(kind=kind, settled_at__isnull=True).values_list("person__login", flat=True)
    return {name: list(names).count(name) for name in names}


def texts(scene: Scene, name: str) -> list[str]:
    return [item.shown.text for item in inbox(scene.actors[name]).items]


def test_everybody_whose_work_it_is_learns_that_an_agreement_renews_itself_soon(scene: Scene) -> None:
    agreement = scene.renewing()
    outcome = tell(scene.now, only=[RENEWS])
    assert outcome.told == 4
    assert set(told(scene, RENEWS)) == {"office", "colleague", "mission", "coordinator"}
    item = inbox(scene.actors["colleague"]).items[0]
    assert item.shown.number == agreement.number
    assert item.shown.title == "Agreement on forests"
    assert "last safe day to object" in item.shown.text
    assert item.on is not None
    assert item.on > scene.now.date()


def test_a_second_run_tells_nobody_twice_and_a_missed_one_loses_nothing(scene: Scene) -> None:
    scene.renewing()
    assert tell(scene.now).told > 0
    assert tell(scene.at(minutes=5)).told == 0
    scene.renewing(title="Agreement on rivers")
    # Nothing ran for three days.
    assert tell(scene.at(days=3), only=[RENEWS]).told == 4
    assert tell(scene.at(days=3), only=[RENEWS]).told == 0


def test_a_notice_whose_ground_is_gone_is_settled_and_stands_again_when_it_is_back(scene: Scene) -> None:
    agreement = scene.renewing()
    tell(scene.now, only=[RENEWS])
    make.step(
        agreement,
        "record_notice",
        scene.actors["office"],
        kind="objection",
        side="own",
        dispatched_on=str(scene.now.date()),
    )
    assert tell(scene.at(minutes=5), only=[RENEWS]).settled == 4
    assert unread_count(scene.actors["colleague"]) == 0
    assert inbox(scene.actors["colleague"]).items[0].settled
    make.step(agreement, "withdraw_notice", scene.actors["office"], withdrawn_on=str(scene.now.date()))
    again = tell(scene.at(minutes=10), only=[RENEWS])
    assert (again.told, again.again, again.mails) == (0, 4, 0)
    assert unread_count(scene.actors["colleague"]) == 1


def test_the_last_safe_day_passes_and_the_notice_is_settled(scene: Scene) -> None:
    scene.renewing()
    tell(scene.now, only=[RENEWS])
    assert tell(scene.at(days=99), only=[RENEWS]).settled == 4


def test_an_agreement_that_ends_is_told_in_time(scene: Scene) -> None:
    scene.renewing(tacit_renewal=False, renewal_months=None, nonrenewal_months=None)
    tell(scene.now, only=["agreements.expires_soon"])
    assert texts(scene, "colleague")[0].startswith("Ends on ")
    assert told(scene, RENEWS) == {}


def test_a_change_by_somebody_else_is_told_in_the_territory_alone(scene: Scene) -> None:
    scene.renewing(tacit_renewal=False, term_months=None, indefinite=True, renewal_months=None, nonrenewal_months=None)
    tell(scene.now, only=["agreements.changed"])
    # The officer made it and need not be told; the far office and the centre have nothing to do with it.
    assert set(told(scene, "agreements.changed")) == {"colleague", "mission"}
    assert texts(scene, "colleague") == ["Changed: New agreement"]
    assert tell(scene.at(days=15), only=["agreements.changed"]).settled == 2


def test_findings_of_the_review_are_counted_for_each_reader(scene: Scene) -> None:
    scene.renewing()
    run_review(scene.actors["coordinator"])
    tell(scene.now, only=["agreements.findings"])
    assert set(told(scene, "agreements.findings")) == {"office", "colleague", "coordinator"}
    assert "put 3 matters before you" in texts(scene, "colleague")[0]


def test_a_step_that_a_decision_started_is_told_and_settled_when_it_is_done(scene: Scene) -> None:
    agreement = scene.renewing()
    run_review(scene.actors["coordinator"])
    finding = agreement.findings.filter(rule="text_missing").get()
    perform(decide, scene.actors["coordinator"], record=finding, values={"decision": "revise"}, reason="Ask the region")
    tell(scene.now, only=["agreements.steps"])
    assert texts(scene, "colleague") == ["Next step: Ask the region"]
    step = FollowUp.objects.get()
    FollowUp.objects.filter(pk=step.pk).update(done_on=scene.now.date(), outcome="Answered")
    assert tell(scene.now, only=["agreements.steps"]).settled > 0


def test_a_session_of_a_format_of_ones_territory_is_told(scene: Scene) -> None:
    day = scene.now.date() + datetime.timedelta(days=20)
    made = perform(
        action_named("format.create"),
        scene.actors["coordinator"],
        values={"name": "Forum of regions", "kind": "forum", "publicity": "internal", "next_session": str(day)},
    )
    member = scene.world.territories["RU-TAM"]
    Membership.objects.create(format=Format.objects.get(pk=made.pk), territory=member, during=during("", ""))
    tell(scene.now, only=["directory.session_soon"])
    assert set(told(scene, "directory.session_soon")) == {"office", "colleague", "coordinator"}
    assert tell(scene.at(days=21), only=["directory.session_soon"]).settled == 3


def test_a_job_that_keeps_failing_is_told_until_it_ends_well(scene: Scene) -> None:
    for _turn in range(3):
        JobRun.objects.create(name="agreements.review", state=RunState.FAILED, finished_at=scene.now)
    tell(scene.now, only=["jobs.failing"])
    assert texts(scene, "coordinator") == ["A periodic job keeps failing: Run the review"]
    JobRun.objects.create(name="agreements.review", state=RunState.DONE, finished_at=scene.now)
    assert tell(scene.now, only=["jobs.failing"]).settled == 1


def test_what_is_restricted_meanwhile_is_seen_in_the_inbox_no_more(scene: Scene) -> None:
    agreement = scene.renewing()
    tell(scene.now, only=[RENEWS])
    assert unread_count(scene.actors["mission"]) == 1
    Agreement.objects.filter(pk=agreement.pk).update(
        publicity="restricted", publicity_ground="Kept", owner=scene.world.office
    )
    assert unread_count(scene.actors["mission"]) == 0
    assert inbox(scene.actors["mission"]).items == ()
    assert unread_count(scene.actors["colleague"]) == 1
    key = Notice.objects.get(person__login="mission", kind=RENEWS).pk
    assert scene.clients["mission"].get(f"/notices/{key}/").status_code == 404


def test_what_a_reader_may_not_know_is_not_told_to_him(scene: Scene) -> None:
    agreement = scene.renewing()
    Agreement.objects.filter(pk=agreement.pk).update(
        publicity="restricted", publicity_ground="Kept", owner=scene.world.office
    )
    tell(scene.now, only=[RENEWS])
    assert set(told(scene, RENEWS)) == {"office", "colleague"}


def test_whose_duty_is_over_is_told_nothing_more(scene: Scene) -> None:
    scene.renewing()
    scene.person("colleague").duties.update(valid_until=scene.now.date() - datetime.timedelta(days=1))
    tell(scene.now, only=[RENEWS])
    assert "colleague" not in told(scene, RENEWS)


def test_the_owner_learns_who_opened_a_restricted_record_and_nobody_else(scene: Scene) -> None:
    reader = scene.actors["coordinator"]
    assert reader.person_id is not None
    assert reader.duty_id is not None
    OpenReading.objects.create(
        person_id=reader.person_id,
        duty_id=reader.duty_id,
        table_name="agreements_agreement",
        record_id=1,
        number="AG-000001",
        owner=scene.world.office,
        reason="Asked by the minister",
        valid_from=scene.now,
        valid_until=scene.at(hours=2),
    )
    tell(scene.now, only=["accounts.reading_opened"])
    assert set(told(scene, "accounts.reading_opened")) == {"office", "colleague"}
    assert "Asked by the minister" in texts(scene, "colleague")[0]
    assert tell(scene.at(days=31), only=["accounts.reading_opened"]).settled == 2


def test_to_whom_a_role_is_lent_is_told_in_it(scene: Scene) -> None:
    duty = scene.person("colleague").duties.get()
    Delegation.objects.create(
        duty=duty,
        person=scene.person("far"),
        valid_from=scene.now.date(),
        valid_until=scene.now.date() + datetime.timedelta(days=9),
        reason="Leave",
    )
    scene.renewing()
    tell(scene.now, only=[RENEWS])
    assert "far" in told(scene, RENEWS)


def test_every_kind_of_notice_is_tried_here() -> None:
    tried = {
        RENEWS,
        "agreements.expires_soon",
        "agreements.changed",
        "agreements.findings",
        "agreements.steps",
        "directory.session_soon",
        "jobs.failing",
    }
    assert {
        kind.name for kind in kinds() if kind.name.partition(".")[0] in ("agreements", "directory", "jobs")
    } == tried
