"""Deciding, the steps that follow, merging, sessions, and who may. All records are synthetic."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone

from foedera.agreements.models import (
    Agreement,
    AgreementLink,
    Finding,
    FindingRule,
    FindingState,
    FollowUp,
    FollowUpKind,
    State,
)
from foedera.agreements.review import actions, queries
from foedera.agreements.review.running import run_review
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Conflict, Invalid, NotFound, NotNow, Refused
from foedera.platform.actions.performing import action_named, perform

from . import make

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
LAPSED: dict[str, Any] = {"signed_on": "2009-03-12", "term_months": 60, "tacit_renewal": False}


@pytest.fixture
def world() -> make.World:
    return make.world()


@pytest.fixture
def centre(world: make.World) -> Actor:
    return make.actor(Role.COORDINATOR, world.ministry)


def found(agreement: Agreement, rule: str) -> Finding:
    return Finding.objects.get(agreement=agreement, rule=rule, state=FindingState.OPEN)


def decide(by: Actor, finding: Finding, decision: str, reason: str = "Synthetic reason", **values: Any) -> Any:
    return perform(actions.decide, by, record=finding.pk, values={"decision": decision, **values}, reason=reason)


def renewing(by: Actor, *, safe_in_days: int, **values: Any) -> Agreement:
    """An agreement that renews itself, its last safe day so many days from today (30 days of notice by dispatch)."""
    end = TODAY + datetime.timedelta(days=safe_in_days + 30)
    given: dict[str, Any] = {
        "signed_on": "2016-03-12",
        "term_end": end.isoformat(),
        "tacit_renewal": True,
        "renewal_months": 60,
        "nonrenewal_days": 30,
        "notice_months": 6,
        "notice_counted_from": "dispatch",
    }
    return make.agreement(by, **{**given, **values})


def test_ending_what_renews_itself_drafts_a_notice_with_the_last_safe_day(centre: Actor) -> None:
    made = renewing(centre, safe_in_days=20, title="Agreement on timber")
    run_review(centre)
    finding = found(made, FindingRule.RENEWS_SOON)
    safe = TODAY + datetime.timedelta(days=20)
    assert finding.urgent_by == safe
    step = decide(centre, finding, "end", "Nobody uses it")
    assert (step.kind, step.due_on) == (FollowUpKind.NOTICE_OF_NON_RENEWAL, safe)
    for words in (made.title, made.number, "12 March 2016", "Brest Region", "[number of the article to be filled in]"):
        assert words in step.draft
    finding.refresh_from_db()
    assert (finding.state, finding.decision, finding.reason) == ("decided", "end", "Nobody uses it")
    assert finding.decided_by.startswith(centre.name)


def test_a_draft_in_russian(centre: Actor) -> None:
    made = renewing(centre, safe_in_days=20)
    run_review(centre)
    step = decide(centre, found(made, FindingRule.RENEWS_SOON), "end", language="ru")
    assert "12 марта 2016" in step.draft
    assert "to be filled in" not in step.draft


def test_after_the_last_safe_day_a_notice_of_termination_is_drafted(centre: Actor) -> None:
    made = renewing(centre, safe_in_days=-5)
    run_review(centre)
    step = decide(centre, found(made, FindingRule.RENEWS_SOON), "end")
    assert step.kind == FollowUpKind.NOTICE_OF_TERMINATION
    assert "6 months" in step.draft


@pytest.mark.parametrize(
    ("decision", "kind"),
    [
        ("revise", FollowUpKind.REQUEST_TO_REGION),
        ("renew", FollowUpKind.NEGOTIATE_RENEWAL),
        ("end", FollowUpKind.RECORD_END),
    ],
)
def test_each_decision_starts_its_step(centre: Actor, decision: str, kind: str) -> None:
    made = make.agreement(centre, **LAPSED)
    run_review(centre)
    step = decide(centre, found(made, FindingRule.EXPIRED_CARRIED), decision)
    assert step.kind == kind
    assert bool(step.draft) == (decision != "end")


def test_keeping_is_a_review(centre: Actor) -> None:
    made = make.agreement(centre, indefinite=True)
    run_review(centre)
    assert decide(centre, found(made, FindingRule.DORMANT), "keep") is None
    made.refresh_from_db()
    assert made.last_reviewed_on == TODAY.isoformat()
    run_review(centre)
    open_rules = set(Finding.objects.filter(agreement=made, state="open").values_list("rule", flat=True))
    assert FindingRule.DORMANT not in open_rules
    assert FindingRule.REVIEW_DUE not in open_rules


def test_a_decided_finding_comes_back_only_when_its_facts_changed(centre: Actor) -> None:
    made = make.agreement(centre, indefinite=True, in_force_rule="")
    run_review(centre)
    finding = found(made, FindingRule.MISSING_FACTS)
    assert finding.facts == {"missing": ["entry", "subject_areas"]}
    decide(centre, finding, "revise")
    assert run_review(centre).rules[-3].decided == 1

    def change(**values: Any) -> None:
        made.refresh_from_db()
        perform(action_named("agreements.change"), centre, record=made, version=made.version, values=values)
        run_review(centre)

    change(in_force_rule="signature")
    assert not Finding.objects.filter(agreement=made, rule="missing_facts", state="open").exists(), "less is missing"
    change(indefinite=None)
    again = found(made, FindingRule.MISSING_FACTS)
    assert again.facts == {"missing": ["duration", "subject_areas"]}
    finding.refresh_from_db()
    assert (finding.state, finding.decision) == ("gone", "revise"), "the decision is kept"


def test_two_people_deciding_at_once(centre: Actor, world: make.World) -> None:
    made = make.agreement(centre, **LAPSED)
    run_review(centre)
    finding = found(made, FindingRule.EXPIRED_CARRIED)
    decide(centre, finding, "end", "It lapsed")
    second = make.actor(Role.LEGAL, world.ministry)
    with pytest.raises(actions.DecidedMeanwhile, match="It lapsed"):
        decide(second, finding, "keep", "I still need it")
    finding.refresh_from_db()
    assert (finding.decision, finding.reason) == ("end", "It lapsed")
    assert FollowUp.objects.count() == 1


def test_facts_that_changed_since_they_were_shown(centre: Actor) -> None:
    made = make.agreement(centre, **LAPSED)
    run_review(centre)
    finding = found(made, FindingRule.EXPIRED_CARRIED)
    seen = actions.digest_of(finding)
    Finding.objects.filter(pk=finding.pk).update(facts={**finding.facts, "ended_on": "2015-01-01"})
    with pytest.raises(actions.DecidedMeanwhile):
        decide(centre, finding, "end", seen=seen)
    finding.refresh_from_db()
    assert finding.state == "open"


def test_a_reason_is_required_and_faults_are_named(centre: Actor) -> None:
    made = make.agreement(centre, **LAPSED)
    run_review(centre)
    finding = found(made, FindingRule.EXPIRED_CARRIED)
    with pytest.raises(Invalid):
        decide(centre, finding, "end", "  ")
    with pytest.raises(Invalid):
        decide(centre, finding, "perhaps")
    with pytest.raises(Invalid, match="no other agreement"):
        decide(centre, finding, "merge")
    finding.refresh_from_db()
    assert finding.state == "open"


def test_rights_end_at_the_territory(centre: Actor, world: make.World) -> None:
    here = make.agreement(centre, **LAPSED)
    there = make.agreement(centre, own="RU-PRI", publicity="public", **LAPSED)
    run_review(centre)
    officer = make.actor(Role.OFFICE_OFFICER, world.office)
    assert set(queries.findings_of(officer).values_list("agreement", flat=True)) == {here.pk}
    with pytest.raises(NotFound):
        decide(officer, found(there, FindingRule.EXPIRED_CARRIED), "end")
    step = decide(officer, found(here, FindingRule.EXPIRED_CARRIED), "end")
    other = make.actor(Role.OFFICE_OFFICER, world.other_office)
    assert list(queries.steps_of(other)) == []
    with pytest.raises(NotFound):
        perform(actions.finish_step, other, record=step.pk, values={"outcome": "Not mine"})
    auditor = make.actor(Role.AUDITOR, world.ministry)
    assert queries.findings_of(auditor).count() == Finding.objects.count()
    with pytest.raises(Refused):
        decide(auditor, found(there, FindingRule.EXPIRED_CARRIED), "end")
    embassy = make.actor(Role.MISSION, world.embassy)
    assert queries.findings_of(embassy).count() == Finding.objects.count(), "both are with Belarus"
    with pytest.raises(Refused):
        decide(embassy, found(there, FindingRule.EXPIRED_CARRIED), "end")


def test_recording_the_end_archives_the_agreement(centre: Actor) -> None:
    made = make.agreement(centre, **LAPSED)
    run_review(centre)
    step = decide(centre, found(made, FindingRule.EXPIRED_CARRIED), "end")
    with pytest.raises(Invalid):
        perform(actions.finish_step, centre, record=step.pk, values={"outcome": "  "})
    perform(actions.finish_step, centre, record=step.pk, values={"outcome": "Put into the archive"})
    made.refresh_from_db()
    step.refresh_from_db()
    assert made.state == State.ARCHIVED
    assert step.done_on == TODAY
    assert run_review(centre).found == 0
    with pytest.raises(NotNow):
        perform(actions.finish_step, centre, record=step.pk, values={"outcome": "Again"})


def test_two_people_writing_a_draft(centre: Actor) -> None:
    made = renewing(centre, safe_in_days=20)
    run_review(centre)
    step = decide(centre, found(made, FindingRule.RENEWS_SOON), "end")
    seen = actions.digest_of_draft(step.draft)
    perform(actions.write_draft, centre, record=step.pk, values={"draft": "Mine", "seen": seen})
    with pytest.raises(Conflict) as caught:
        perform(actions.write_draft, centre, record=step.pk, values={"draft": "Late", "seen": seen})
    assert caught.value.current == {"draft": "Mine"}


def duplicates(by: Actor) -> tuple[Agreement, Agreement, FollowUp]:
    """Two entries of one agreement, and the step to merge them."""
    kept = make.agreement(by, title="Agreement on timber and pulp", indefinite=True, coordinator="Department")
    again = make.agreement(
        by,
        title="Agreement on pulp and timber",
        indefinite=True,
        register_number="17/2014",
        subject_areas=["trade"] if "trade" in queries.subject_area_names("en") else [],
        signed_at="Minsk",
        notice_months=6,
    )
    run_review(by)
    finding = Finding.objects.get(rule=FindingRule.DUPLICATE)
    step = decide(by, finding, "merge", "One and the same")
    return kept, again, step


def test_merging_fills_moves_and_supersedes(centre: Actor) -> None:
    kept, again, step = duplicates(centre)
    child = make.agreement(centre, title="Programme under it", framework=again.number, signed_on="2016-01-01")
    tie = perform(
        action_named("agreements.record_notice"),
        centre,
        record=again,
        version=Agreement.objects.get(pk=again.pk).version,
        values={"kind": "termination", "side": "own", "dispatched_on": "2026-01-01", "received_on": "2026-01-10"},
    )
    assert tie is not None
    plans = queries.merge_plans(centre, FollowUp.objects.get(pk=step.pk))
    chosen = next(p for p in plans if p.stays.pk == kept.pk)
    outcomes = {row.field: row.outcome for row in chosen.rows}
    assert (outcomes["register_number"], outcomes["notice_months"], outcomes["title"]) == ("filled", "filled", "kept")
    assert ("notices", 1) in chosen.moves
    kept.refresh_from_db()
    again.refresh_from_db()
    versions = {"stays": kept.number, "version": kept.version, "other_version": again.version}
    with pytest.raises(Conflict):
        perform(actions.merge, centre, record=step.pk, values={**versions, "version": kept.version + 1})
    perform(actions.merge, centre, record=step.pk, values=versions)
    kept.refresh_from_db()
    again.refresh_from_db()
    child.refresh_from_db()
    assert (kept.register_number, kept.signed_at, kept.notice_months) == ("17/2014", "Minsk", 6)
    assert kept.coordinator == "Department"
    assert kept.notices.count() == 1
    assert child.framework_id == kept.pk
    assert (again.state, again.superseded_on) == (State.SUPERSEDED, datetime.date(2014, 3, 12))
    assert AgreementLink.objects.filter(agreement=kept, kind="replaces", target=again).count() == 1
    assert kept.parties.count() == 2, "the same parties are not doubled"
    step.refresh_from_db()
    assert step.done_on == TODAY
    run_review(centre)
    assert not Finding.objects.filter(rule=FindingRule.DUPLICATE, state="open").exists()
    assert not Finding.objects.filter(agreement=again, state="open").exists()


def test_a_merge_that_would_make_a_circle_is_refused_whole(centre: Actor) -> None:
    kept, again, step = duplicates(centre)
    between = make.agreement(centre, title="In between", signed_on="2018-01-01", indefinite=True)

    def link(one: Agreement, other: Agreement) -> None:
        one.refresh_from_db()
        perform(
            action_named("agreements.add_link"),
            centre,
            record=one,
            version=one.version,
            values={"kind": "amends", "target": other.number},
        )

    link(kept, between)
    link(between, again)
    kept.refresh_from_db()
    again.refresh_from_db()
    values = {"stays": kept.number, "version": kept.version, "other_version": again.version}
    with pytest.raises(Invalid, match="circle"):
        perform(actions.merge, centre, record=step.pk, values=values)
    again.refresh_from_db()
    step.refresh_from_db()
    assert again.state != State.SUPERSEDED
    assert step.done_on is None
    assert Agreement.objects.get(pk=kept.pk).register_number == ""


def test_bulk_decides_what_it_may_and_tells_the_rest(centre: Actor, world: make.World) -> None:
    here = make.agreement(centre, **LAPSED)
    there = make.agreement(centre, own="RU-PRI", **LAPSED)
    run_review(centre)
    keys = [found(a, FindingRule.EXPIRED_CARRIED).pk for a in (here, there)]
    officer = make.actor(Role.OFFICE_OFFICER, world.office)
    outcome = actions.decide_many(officer, keys, decision="end", reason="All lapsed")
    assert outcome.decided == 1
    assert [key for key, _words in outcome.refused] == [keys[1]]
    faults: tuple[dict[str, Any], ...] = (
        {"decision": "perhaps"},
        {"reason": " "},
        {"findings": []},
        {"findings": list(range(600))},
    )
    for faulty in faults:
        given: dict[str, Any] = {"findings": keys, "decision": "end", "reason": "Why", **faulty}
        with pytest.raises(Invalid):
            actions.decide_many(officer, given["findings"], decision=given["decision"], reason=given["reason"])


def test_a_session_takes_only_what_it_is_about_and_only_while_open(centre: Actor, world: make.World) -> None:
    here = make.agreement(centre, **LAPSED)
    there = make.agreement(centre, own="RU-PRI", **LAPSED)
    run_review(centre)
    session = perform(
        actions.open_session, centre, values={"title": "Tambov", "region": "RU-TAM", "held_on": TODAY.isoformat()}
    )
    session.refresh_from_db()
    with pytest.raises(Invalid, match="not within the region"):
        decide(centre, found(there, FindingRule.EXPIRED_CARRIED), "end", session=session.number)
    decide(centre, found(here, FindingRule.EXPIRED_CARRIED), "end", session=session.number)
    assert [f.agreement_id for f in queries.decided_in(centre, session)] == [here.pk]
    perform(actions.close_session, centre, record=session.pk, version=session.version)
    with pytest.raises(NotNow):
        perform(actions.close_session, centre, record=session.pk, version=session.version + 1)
    still_open = make.agreement(centre, title="Another", **LAPSED)
    run_review(centre)
    with pytest.raises(NotNow):
        decide(centre, found(still_open, FindingRule.EXPIRED_CARRIED), "end", session=session.number)


def test_an_officer_opens_sessions_over_his_own_territory_alone(world: make.World) -> None:
    officer = make.actor(Role.OFFICE_OFFICER, world.office)
    values = {"title": "Session", "held_on": TODAY.isoformat()}
    for region in ("", "RU-PRI", "XX-XX"):
        with pytest.raises(Invalid):
            perform(actions.open_session, officer, values={**values, "region": region})
    made = perform(actions.open_session, officer, values={**values, "region": "RU-PSK"})
    other = make.actor(Role.OFFICE_OFFICER, world.other_office)
    assert made.pk not in queries.sessions_of(other).values_list("pk", flat=True)


def test_the_other_of_a_pair_is_not_told_to_whom_may_not_read_it(centre: Actor, world: make.World) -> None:
    _kept, again, step = duplicates(centre)
    finding = Finding.objects.select_related("agreement", "other").get(rule=FindingRule.DUPLICATE)
    assert finding.other is not None
    officer = make.actor(Role.OFFICE_OFFICER, world.office)
    assert queries.merge_plans(officer, FollowUp.objects.get(pk=step.pk))
    Agreement.objects.filter(pk=finding.other.pk).update(publicity="restricted", owner=world.ministry)
    assert queries.merge_plans(officer, FollowUp.objects.get(pk=step.pk)) == []
    from foedera.agreements.review.items import items_of

    assert [item.comparison for item in items_of(officer, [finding])] == [None]
    values = {"stays": again.number, "version": 1, "other_version": 1}
    with pytest.raises(NotFound):
        perform(actions.merge, officer, record=step.pk, values=values)
