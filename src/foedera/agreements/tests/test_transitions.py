"""The procedure of an agreement: every state and verb, the facts each step needs, and what the database itself refuses."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from foedera.agreements.models import SIGNED_STATES, Agreement, State
from foedera.agreements.tests import make
from foedera.agreements.transitions import GATEKEEPERS, TRANSITIONS, WORKERS, allowed_from
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid, NotNow, Refused
from foedera.platform.actions.performing import Reason, action_named, perform

pytestmark = pytest.mark.django_db

# Facts that an agreement in a state has, by the constraints of its table.
FACTS: dict[str, dict[str, Any]] = {
    State.IDEA: {},
    State.INTENT_NOTIFIED: {"intent_notified_on": "2020-01"},
    State.INTENT_CLEARED: {"intent_notified_on": "2020-01", "intent_cleared_on": "2020-02"},
    State.INTENT_PROHIBITED: {"intent_notified_on": "2020-01", "state_reason": "no"},
    State.DRAFTING: {},
    State.IN_CLEARANCE: {"submitted_on": "2020-03"},
    State.RETURNED: {"submitted_on": "2020-03", "state_reason": "unclear"},
    State.CLEARED: {"submitted_on": "2020-03", "cleared_on": "2020-04"},
    State.SIGNED: {"cleared_on": "2020-04", "signed_on": "2020-05-05"},
    State.NOTIFIED: {"signed_on": "2020-05-05", "notified_on": "2020-06"},
    State.REGISTERED: {"signed_on": "2020-05-05", "registered_on": "2020-07"},
    State.REGISTRATION_REFUSED: {"signed_on": "2020-05-05", "state_reason": "no power"},
    State.SIGNED_WITHOUT_CLEARANCE: {"signed_on": "2020-05-05", "state_reason": "in haste"},
    State.WITHDRAWN: {"withdrawn_on": "2020-05"},
    State.SUPERSEDED: {"signed_on": "2020-05-05", "superseded_on": "2021-01-01"},
    State.ARCHIVED: {"archived_on": "2022"},
}
# The table as a lawyer would write it: from each state, the verbs that lead out of it.
EXPECTED: dict[str, set[str]] = {
    State.IDEA: {"notify_intent", "start_drafting", "sign_without_clearance", "withdraw"},
    State.INTENT_NOTIFIED: {"clear_intent", "prohibit_intent", "sign_without_clearance", "withdraw"},
    State.INTENT_CLEARED: {"start_drafting", "sign_without_clearance", "withdraw"},
    State.INTENT_PROHIBITED: {"sign_without_clearance", "archive"},
    State.DRAFTING: {"submit_text", "sign_without_clearance", "withdraw"},
    State.IN_CLEARANCE: {"return_text", "clear_text", "sign_without_clearance", "withdraw"},
    State.RETURNED: {"submit_text", "sign_without_clearance", "withdraw"},
    State.CLEARED: {"sign", "withdraw"},
    State.SIGNED: {"notify_signature", "register", "refuse_registration", "supersede", "archive"},
    State.NOTIFIED: {"register", "refuse_registration", "supersede", "archive"},
    State.REGISTERED: {"supersede", "archive"},
    State.REGISTRATION_REFUSED: {"register", "supersede", "archive"},
    State.SIGNED_WITHOUT_CLEARANCE: {"notify_signature", "refuse_registration", "supersede", "archive"},
    State.WITHDRAWN: {"archive"},
    State.SUPERSEDED: {"archive"},
    State.ARCHIVED: set(),
}
GIVEN: dict[str, Any] = {
    "intent_notified_on": "2020-01-10",
    "intent_cleared_on": "2020-02-10",
    "submitted_on": "2020-03-10",
    "cleared_on": "2020-04-10",
    "signed_on": "2020-05-05",
    "notified_on": "2020-06-10",
    "registered_on": "2020-07-10",
    "withdrawn_on": "2020-08-10",
    "superseded_on": "2021-01-01",
    "archived_on": "2022-01-01",
}
BY_VERB = {t.verb: t for t in TRANSITIONS}


@pytest.fixture
def centre(db: None) -> Actor:
    return make.actor(Role.COORDINATOR, make.world().ministry, login="centre")


@pytest.fixture
def idea(centre: Actor) -> Agreement:
    return make.agreement(centre, signed_on="", in_force_rule="")


def put(agreement: Agreement, state: str, **facts: Any) -> Agreement:
    """The agreement in a state with the facts of it, past the program."""
    Agreement.objects.filter(pk=agreement.pk).update(**{"state": state, **FACTS[state], **facts})
    agreement.refresh_from_db()
    return agreement


def inputs_of(verb: str) -> dict[str, Any]:
    return {n: GIVEN[n] for n in BY_VERB[verb].needs if n in GIVEN}


def take(agreement: Agreement, verb: str, actor: Actor, *, reason: str = "synthetic", **values: Any) -> Agreement:
    return make.step(agreement, verb, actor, reason=reason, **{**inputs_of(verb), **values})


def test_the_table_names_every_state_and_is_what_the_field_says() -> None:
    assert set(EXPECTED) == set(State)
    assert set(FACTS) == set(State)
    for state in State:
        assert {t.verb for t in allowed_from(state)} == EXPECTED[state], state


@pytest.mark.parametrize("state", list(State))
def test_every_verb_from_every_state(centre: Actor, idea: Agreement, state: State) -> None:
    for transition in TRANSITIONS:
        with transaction.atomic():
            point = transaction.savepoint()
            put(idea, state)
            if transition.verb in EXPECTED[state]:
                done = take(idea, transition.verb, centre)
                assert done.state == transition.target
                assert done.state_reason == ("synthetic" if transition.reason else "")
            else:
                with pytest.raises(NotNow, match=str(state.label)):
                    take(idea, transition.verb, centre)
                idea.refresh_from_db()
                assert idea.state == state
            transaction.savepoint_rollback(point)


@pytest.mark.parametrize("transition", TRANSITIONS, ids=lambda t: t.verb)
def test_a_step_needs_its_facts_and_its_reason(centre: Actor, idea: Agreement, transition: Any) -> None:
    put(idea, transition.sources[0])
    for fact in transition.required:
        empty: list[dict[str, Any]] = [{fact: ""}, {fact: None}]
        for nothing in empty:
            with pytest.raises(Invalid) as refused:
                take(idea, transition.verb, centre, **nothing)
            assert [p.field for p in refused.value.problems] == [fact]
        with pytest.raises(Invalid) as refused:
            make.step(idea, transition.verb, centre, reason="synthetic")
        assert fact in [p.field for p in refused.value.problems]
    wanted = action_named(f"agreements.{transition.verb}").reason
    assert wanted is (Reason.REQUIRED if transition.reason else Reason.OPTIONAL)
    if transition.reason:
        with pytest.raises(Invalid, match="Say why"):
            take(idea, transition.verb, centre, reason="")
    idea.refresh_from_db()
    assert idea.state == transition.sources[0]


@pytest.mark.parametrize("transition", TRANSITIONS, ids=lambda t: t.verb)
def test_a_step_is_for_its_roles(idea: Agreement, transition: Any) -> None:
    assert transition.roles in (WORKERS, GATEKEEPERS)
    put(idea, transition.sources[0])
    where = idea.owner
    assert where is not None
    for role in (Role.REGION, Role.AUDITOR, Role.MISSION, Role.LEGAL):
        actor = make.actor(role, where, login=f"{transition.verb}_{role}")
        allowed = role in transition.roles
        assert action_named(f"agreements.{transition.verb}").verdict(actor, idea)[0] == allowed, role
        if not allowed:
            with pytest.raises(Refused):
                take(idea, transition.verb, actor)


def test_the_gates_are_kept_by_the_centre() -> None:
    kept = {t.verb for t in TRANSITIONS if t.roles == GATEKEEPERS}
    assert kept == {
        "clear_intent", "prohibit_intent", "return_text", "clear_text", "register", "refuse_registration",
    }  # fmt: skip


def test_no_way_leads_to_signed_past_the_gate_of_the_text() -> None:
    to_signed = {s for t in TRANSITIONS if t.target is State.SIGNED for s in t.sources}
    assert to_signed == {State.CLEARED}
    to_cleared = {s for t in TRANSITIONS if t.target is State.CLEARED for s in t.sources}
    assert to_cleared == {State.IN_CLEARANCE}


def test_the_long_way_through_all_three_gates(centre: Actor, idea: Agreement) -> None:
    for verb in (
        "notify_intent", "clear_intent", "start_drafting", "submit_text", "return_text", "submit_text", "clear_text", "sign",
        "notify_signature", "refuse_registration", "register", "archive",
    ):  # fmt: skip
        take(idea, verb, centre)
    assert idea.state == State.ARCHIVED
    assert (idea.intent_notified_on, idea.cleared_on, idea.signed_on, idea.registered_on) == (
        "2020-01-10",
        "2020-04-10",
        "2020-05-05",
        "2020-07-10",
    )
    with pytest.raises(NotNow, match="archived"):
        make.step(idea, "change", centre, note="late")


def test_signed_without_clearance_is_a_state_of_its_own(centre: Actor, idea: Agreement) -> None:
    put(idea, State.IN_CLEARANCE, cleared_on="2019")
    done = take(idea, "sign_without_clearance", centre, reason="the governor was there")
    assert (done.state, done.cleared_on, done.signed_on) == (State.SIGNED_WITHOUT_CLEARANCE, "", "2020-05-05")
    assert done.state_reason == "the governor was there"
    assert done.state in SIGNED_STATES


def test_a_fact_that_a_step_is_not_given_stays(centre: Actor, idea: Agreement) -> None:
    make.step(idea, "change", centre, signed_at="Tambov", in_force_rule="fixed_date", in_force_from="2021")
    put(idea, State.CLEARED)
    done = make.step(idea, "sign", centre, signed_on="2020-05-05")
    assert (done.signed_at, done.in_force_rule, done.in_force_from) == ("Tambov", "fixed_date", "2021")
    done = make.step(idea, "register", centre, registered_on="2020-06", register_number="77")
    make.step(idea, "change", centre, original_kept_at="Shelf 4")
    done = make.step(idea, "archive", centre, archived_on="2024")
    assert (done.register_number, done.original_kept_at) == ("77", "Shelf 4")


def test_what_is_entered_with_its_signature_is_signed_or_registered(centre: Actor) -> None:
    assert make.agreement(centre).state == State.SIGNED
    assert make.agreement(centre, register_number="12").state == State.REGISTERED
    assert make.agreement(centre, signed_on="").state == State.IDEA


# ----------------------------------------------------------------------------------------------------- the database itself


@pytest.mark.parametrize(
    ("state", "facts"),
    [
        *((s, {"signed_on": "", "signed_date_unknown": False}) for s in SIGNED_STATES),
        *(
            (s, {"signed_on": "2020"})
            for s in (State.IDEA, State.INTENT_NOTIFIED, State.INTENT_CLEARED, State.INTENT_PROHIBITED, State.DRAFTING,
                      State.IN_CLEARANCE, State.RETURNED, State.CLEARED)
        ),
        (State.IDEA, {"signed_date_unknown": True}),
        *((s, {"intent_notified_on": ""}) for s in (State.INTENT_NOTIFIED, State.INTENT_CLEARED, State.INTENT_PROHIBITED)),
        *((s, {"submitted_on": ""}) for s in (State.IN_CLEARANCE, State.RETURNED)),
        (State.CLEARED, {"cleared_on": ""}),
        (State.SIGNED_WITHOUT_CLEARANCE, {"cleared_on": "2020"}),
        (State.REGISTERED, {"registered_on": "", "register_number": ""}),
        *((s, {"state_reason": ""}) for s in (State.RETURNED, State.INTENT_PROHIBITED, State.REGISTRATION_REFUSED)),
        (State.WITHDRAWN, {"withdrawn_on": ""}),
        (State.SIGNED, {"terminated_on": "2021", "end_ground": ""}),
        (State.SIGNED, {"signed_on": "2020-13"}),
        (State.SIGNED, {"signed_on": "March 2020"}),
        (State.SIGNED, {"signed_on": "2020-1-1"}),
        (State.SIGNED, {"title": ""}),
        (State.SIGNED, {"kind": "pact"}),
        (State.SIGNED, {"publicity": "public_after"}),
        (State.SIGNED, {"publicity": "secret"}),
        (State.SIGNED, {"version": 0}),
    ],
)  # fmt: skip
def test_the_database_ties_a_state_to_its_facts(idea: Agreement, state: State, facts: dict[str, Any]) -> None:
    put(idea, state)
    assignments = ", ".join(f'"{name}" = %s' for name in facts)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE agreements_agreement SET {assignments} WHERE id = %s", [*facts.values(), idea.pk])


def test_the_database_knows_no_other_state(idea: Agreement) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.filter(pk=idea.pk).update(state="approved")


def test_an_unknown_day_of_signature_is_a_fact_too(idea: Agreement) -> None:
    put(idea, State.SIGNED, signed_on="", signed_date_unknown=True)
    assert idea.state == State.SIGNED


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"signed_on": ""}, "needs its date of signature"),
        ({"publicity": "public_after"}, "needs the date"),
        ({"parties": [{"side": "own"}]}, "territory, a body or a name"),
        ({"suspensions": [{"suspended_from": "2021-01-01", "suspended_until": "2020-01-01"}]}, "ends after it begins"),
    ],
)
def test_violated_rules_have_words(centre: Actor, values: dict[str, Any], words: str) -> None:
    made = make.agreement(centre)
    with pytest.raises(Invalid, match=words):
        perform(action_named("agreements.change"), centre, values=values, record=made, version=1)


def test_every_rule_of_the_register_that_a_person_can_break_has_words() -> None:
    from foedera.agreements.models import AgreementLink, Notice, Party, Suspension, Tie
    from foedera.platform.actions.performing import _constraint_messages

    # Kept by the program itself: choices, versions, and facts that only steps write.
    by_steps = {
        "agreements_kind", "agreements_state", "agreements_titled", "agreements_intent_has_date", "agreements_clearance_has_date",
        "agreements_cleared_has_date", "agreements_without_clearance", "agreements_refused_has_reason",
        "agreements_withdrawn_has_date", "agreements_agreement_version", "agreements_tie_version", "agreements_tie_kind",
        "agreements_party_side",
    }  # fmt: skip
    for model in (Agreement, AgreementLink, Notice, Party, Suspension, Tie):
        for constraint in model._meta.constraints:
            assert constraint.name in _constraint_messages or constraint.name in by_steps, constraint.name
