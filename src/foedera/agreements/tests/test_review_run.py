"""A run of the review on the database, and the commands. All records are synthetic."""

from __future__ import annotations

import datetime
import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from foedera.agreements.deriving import facts_of_one
from foedera.agreements.models import Agreement, Finding, FindingRule, FindingState
from foedera.agreements.review.queries import status_counts
from foedera.agreements.review.running import Summary, run_review
from foedera.agreements.terms import evaluate_one
from foedera.platform.access.actors import Actor, system
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Refused
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.history.models import Entry, PerformedAction

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


def numbers(summary: Summary) -> dict[str, tuple[int, int, int, int, int]]:
    return {
        r.rule.value: (r.found, r.new, r.changed, r.gone, r.decided)
        for r in summary.rules
        if any((r.found, r.new, r.changed, r.gone, r.decided))
    }


def test_a_second_run_changes_nothing(centre: Actor) -> None:
    make.agreement(centre, **LAPSED)
    make.agreement(centre, title="Programme on culture", indefinite=True, foreign="KZ-ALM")
    first = run_review(centre)
    assert numbers(first)["expired_carried"] == (1, 1, 0, 0, 0)
    assert first.found == Finding.objects.count() > 3
    before = (Entry.objects.count(), list(Finding.objects.order_by("id").values_list("id", "state", "facts")))
    second = run_review(centre)
    assert second.found == first.found
    assert all((r.new, r.changed, r.gone) == (0, 0, 0) for r in second.rules)
    assert (Entry.objects.count(), list(Finding.objects.order_by("id").values_list("id", "state", "facts"))) == before


def test_a_run_is_one_action_in_the_history(centre: Actor) -> None:
    made = make.agreement(centre, **LAPSED)
    run_review(centre)
    performed = PerformedAction.objects.get(name="agreements.run_review")
    entries = Entry.objects.filter(action=performed)
    assert {e.table_name for e in entries} == {"agreements_finding"}
    assert {e.subject_id for e in entries} == {made.pk}


def test_what_is_no_longer_so_is_gone_and_what_changed_is_changed(centre: Actor) -> None:
    made = make.agreement(centre, indefinite=True)
    run_review(centre)
    missing = Finding.objects.get(agreement=made, rule=FindingRule.NO_COORDINATOR)
    facts = Finding.objects.get(agreement=made, rule=FindingRule.MISSING_FACTS)
    assert facts.facts == {"missing": ["subject_areas"]}
    perform(
        action_named("agreements.change"),
        centre,
        record=made,
        version=made.version,
        values={"coordinator": "Department of trade", "in_force_rule": ""},
    )
    summary = numbers(run_review(centre))
    assert summary["no_coordinator"] == (0, 0, 0, 1, 0)
    assert summary["missing_facts"] == (1, 0, 1, 0, 0)
    missing.refresh_from_db()
    facts.refresh_from_db()
    assert missing.state == FindingState.GONE
    assert facts.facts == {"missing": ["entry", "subject_areas"]}


def test_a_look_at_another_day_leaves_the_desk(centre: Actor) -> None:
    make.agreement(centre, **LAPSED)
    summary = run_review(centre, datetime.date(2010, 1, 1))
    assert not summary.written
    assert {r.rule for r in summary.rules if r.found} >= {FindingRule.NO_COORDINATOR}
    assert FindingRule.EXPIRED_CARRIED not in {r.rule for r in summary.rules if r.found}
    assert not Finding.objects.exists()


def test_duplicates_parties_gone_and_replaced_are_found_in_the_database(world: make.World, centre: Actor) -> None:
    first = make.agreement(centre, title="Agreement on timber and pulp", indefinite=True)
    again = make.agreement(centre, title="Agreement on pulp and timber", indefinite=True)
    make.agreement(centre, title="Agreement on timber and pulp", indefinite=True, signed_on="2015-03-12")
    old = make.agreement(centre, title="On fish", indefinite=True, foreign="KZ-ALM")
    new = make.agreement(centre, title="On fish, anew", indefinite=True, foreign="KZ-ALM", signed_on="2020-01-01")
    perform(
        action_named("agreements.add_link"),
        centre,
        record=new,
        version=new.version,
        values={"kind": "replaces", "target": old.number},
    )
    from foedera.directory.models import Territory
    from foedera.directory.rules import during

    gone = Territory.objects.create(
        code="YUCS",
        kind="former_state",
        name="Yugoslavia",
        valid_until="2003-02-03",
        during=during("", "2003-02-03"),
        successors=["RS", "ME"],
    )
    with_gone = make.agreement(centre, title="On roads", indefinite=True, foreign=gone.code)
    run_review(centre)
    duplicate = Finding.objects.get(rule=FindingRule.DUPLICATE)
    assert (duplicate.agreement_id, duplicate.other_id) == (again.pk, first.pk)
    assert duplicate.facts["days_apart"] == 0
    superseded = Finding.objects.get(rule=FindingRule.SUPERSEDED)
    assert (superseded.agreement_id, superseded.other_id) == (old.pk, new.pk)
    party = Finding.objects.get(rule=FindingRule.PARTY_GONE)
    assert party.agreement_id == with_gone.pk
    assert party.facts["parties"][0]["until"] == "2003-02-03"
    assert party.facts["parties"][0]["successors"] == ["RS", "ME"]


def test_only_the_centre_runs_the_review(world: make.World) -> None:
    with pytest.raises(Refused):
        run_review(make.actor(Role.OFFICE_OFFICER, world.office))


def test_status_counts_are_those_of_the_engine_for_each_row(centre: Actor) -> None:
    make.agreement(centre, **LAPSED)
    make.agreement(centre, indefinite=True)
    make.agreement(centre, in_force_rule="")
    make.agreement(centre, term_months=120, tacit_renewal=True, renewal_months=60)
    make.agreement(centre, signed_on="2014", term_months=24)
    make.agreement(centre, signed_on="", in_force_rule="")
    for as_of in (datetime.date(2009, 1, 1), datetime.date(2014, 7, 1), datetime.date(2016, 6, 1), TODAY):
        counted: dict[str, int] = {}
        for row in Agreement.objects.exclude(state="idea"):
            slug = evaluate_one(facts_of_one(row), as_of).status.slug
            counted[slug] = counted.get(slug, 0) + 1
        found = status_counts(system(TODAY).at(as_of), as_of)
        assert {k: v for k, v in found.statuses.items() if v} == counted
        assert found.not_concluded == {"idea": 1}
        out = io.StringIO()
        call_command("status", as_of=as_of.isoformat(), json=True, stdout=out)
        assert {k: v for k, v in json.loads(out.getvalue())["statuses"].items() if v} == counted


def test_the_commands_print_tables_and_json(centre: Actor) -> None:
    made = make.agreement(centre, **LAPSED)
    out = io.StringIO()
    call_command("review", stdout=out)
    assert "Expired but still carried as active" in out.getvalue()
    assert made.number in out.getvalue()
    out = io.StringIO()
    call_command("review", json=True, as_of="2010-01-01", stdout=out)
    summary = json.loads(out.getvalue())
    assert summary["written"] is False
    assert summary["agreements"] == 1
    out = io.StringIO()
    call_command("status", stdout=out)
    assert "Expired" in out.getvalue()
    with pytest.raises(CommandError, match="2026-03-17"):
        call_command("status", as_of="yesterday", stdout=io.StringIO())
