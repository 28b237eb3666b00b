"""An action writes everything or nothing, and says in plain words why not."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from foedera.agreements.actions import AgreementChanged
from foedera.agreements.models import Agreement, Tie
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions import events
from foedera.platform.actions.errors import (
    ActionError,
    Conflict,
    Invalid,
    NotFound,
    NotNow,
    Refused,
    VersionMissing,
)
from foedera.platform.actions.performing import Action, action_named, actions_of, label_of, perform, register
from foedera.platform.history.models import Entry, PerformedAction
from foedera.platform.records.models import Publicity

pytestmark = pytest.mark.django_db

Capture = Callable[..., Any]


@pytest.fixture
def world(db: None) -> make.World:
    return make.world()


@pytest.fixture
def officer(world: make.World) -> Actor:
    return make.actor(Role.OFFICE_OFFICER, world.office)


@pytest.fixture
def made(officer: Actor) -> Agreement:
    return make.agreement(officer)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What listeners of AgreementChanged were told."""
    told: list[Any] = []
    monkeypatch.setattr(events, "_listeners", {AgreementChanged: [told.append]})
    return told


def change(actor: Actor, record: Agreement | int | None, **more: Any) -> Any:
    given: dict[str, Any] = {"values": {"note": "seen"}, "record": record, "version": 1, **more}
    return perform(action_named("agreements.change"), actor, **given)


def messages(error: Invalid) -> dict[str, str]:
    return {p.field: str(p.message) for p in error.problems}


def test_a_change_makes_the_version_grow(officer: Actor, made: Agreement) -> None:
    change(officer, made)
    made.refresh_from_db()
    assert (made.note, made.version) == ("seen", 2)


def test_the_version_must_be_stated(officer: Actor, made: Agreement) -> None:
    with pytest.raises(VersionMissing) as refused:
        change(officer, made, version=None)
    assert refused.value.status == 428
    made.refresh_from_db()
    assert made.version == 1


def test_a_stale_version_conflicts_and_names_the_present_one(officer: Actor, made: Agreement) -> None:
    change(officer, made)
    with pytest.raises(Conflict) as refused:
        change(officer, made, values={"note": "mine"})
    assert (refused.value.status, refused.value.current_version) == (412, 2)
    made.refresh_from_db()
    assert made.note == "seen"


@pytest.mark.parametrize("record", [None, 987_654_321])
def test_what_does_not_exist_is_not_found(officer: Actor, record: int | None) -> None:
    with pytest.raises(NotFound):
        change(officer, record)


def test_what_may_not_be_seen_is_not_found(world: make.World, made: Agreement) -> None:
    stranger = make.actor(Role.OFFICE_OFFICER, world.other_office)
    with pytest.raises(NotFound):
        change(stranger, made)


def test_what_may_be_seen_and_not_changed_is_refused_with_the_reason(world: make.World, made: Agreement) -> None:
    Agreement.objects.filter(pk=made.pk).update(publicity=Publicity.PUBLIC)
    stranger = make.actor(Role.OFFICE_OFFICER, world.other_office)
    with pytest.raises(Refused, match="not in your territory"):
        change(stranger, made)
    auditor = make.actor(Role.AUDITOR, world.ministry)
    with pytest.raises(Refused, match="role does not include"):
        change(auditor, made)


def test_another_day_cannot_be_changed(officer: Actor, made: Agreement) -> None:
    with pytest.raises(Refused, match="another day"):
        change(officer.at(datetime.date(2020, 1, 1)), made)
    with pytest.raises(Refused, match="another day"):
        perform(action_named("agreements.create"), officer.at(datetime.date(2020, 1, 1)), values={"title": "A"})


def test_a_step_that_does_not_fit_the_state_says_which_state(officer: Actor, made: Agreement) -> None:
    with pytest.raises(NotNow, match="Signed") as refused:
        perform(
            action_named("agreements.notify_intent"),
            officer,
            values={"intent_notified_on": "2014"},
            record=made,
            version=1,
        )
    assert refused.value.status == 409


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_a_reason_that_is_required_must_be_given(officer: Actor, made: Agreement, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        perform(
            action_named("agreements.suspend"),
            officer,
            values={"suspended_from": "2020-01-01"},
            record=made,
            version=1,
            reason=reason,
        )
    assert messages(refused.value) == {"reason": "Say why."}


def test_a_reason_with_a_character_that_cannot_be_stored_is_refused(officer: Actor, made: Agreement) -> None:
    with pytest.raises(Invalid) as refused:
        change(officer, made, reason="because\x00")
    assert "reason" in messages(refused.value)


def test_a_violated_constraint_is_said_in_words(officer: Actor, made: Agreement) -> None:
    with pytest.raises(Invalid) as refused:
        change(officer, made, values={"signed_on": ""})
    assert messages(refused.value) == {"": "A signed agreement needs its date of signature."}


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"title": ""}, {"title"}),
        ({"title": "x" * 2001}, {"title"}),
        ({"titel": "Misspelt"}, {"titel"}),
        ({"signed_on": "31 February 2014"}, {"signed_on"}),
        ({"signed_on": "2014-13"}, {"signed_on"}),
        ({"term_months": -1}, {"term_months"}),
        ({"term_months": 10**9}, {"term_months"}),
        ({"term_months": "five"}, {"term_months"}),
        ({"binding": "perhaps"}, {"binding"}),
        ({"kind": "pact"}, {"kind"}),
        ({"subject_areas": ["no_such_area"]}, {"subject_areas"}),
        ({"framework": "AG-999999"}, {"framework"}),
        ({"public_from": "2020-02-30"}, {"public_from"}),
        ({"note": "a\x00b"}, {"note"}),
        ({"titles": {"en": "a\x00b"}}, {"titles"}),
        ({"titles": "a text"}, {"titles"}),
        ({"parties": [{"side": "own"}, {"side": "foreign", "territory": "ZZ-1"}]}, {"parties.1.territory"}),
        ({"parties": [{"territory": "BY"}]}, {"parties.0.side"}),
        ({"suspensions": [{"suspended_until": "2020-01-01"}]}, {"suspensions.0.suspended_from"}),
        ({"title": "", "term_months": "x"}, {"title", "term_months"}),
    ],
)
def test_each_fault_is_named_by_its_field(
    officer: Actor, made: Agreement, values: dict[str, Any], fields: set[str]
) -> None:
    before = Entry.objects.count(), PerformedAction.objects.count()
    with pytest.raises(Invalid) as refused:
        change(officer, made, values=values)
    named = set(messages(refused.value))
    assert fields <= named or (fields == {"title", "term_months"} and "term_months" in named)
    assert all(messages(refused.value).values())
    made.refresh_from_db()
    assert made.version == 1
    assert (Entry.objects.count(), PerformedAction.objects.count()) == before


def test_nothing_is_written_when_a_late_part_fails(officer: Actor, made: Agreement) -> None:
    with pytest.raises(Invalid):
        change(
            officer,
            made,
            values={
                "title": "Other",
                "parties": [{"side": "own", "territory": "RU-PSK"}, {"side": "foreign", "territory": "no such"}],
            },
        )
    made.refresh_from_db()
    assert (made.title, made.version, made.parties.count()) == ("Agreement on trade and cooperation", 1, 2)
    assert set(made.parties.values_list("territory__code", flat=True)) == {"RU-TAM", "BY-BR"}


def test_events_are_told_after_the_commit(
    officer: Actor, made: Agreement, heard: list[Any], django_capture_on_commit_callbacks: Capture
) -> None:
    with django_capture_on_commit_callbacks(execute=False) as waiting:
        change(officer, made)
        assert heard == []
    assert waiting
    for deliver in waiting:
        deliver()
    assert heard == [AgreementChanged(made.pk, "agreements.change")]


def test_a_refused_action_tells_nothing(
    officer: Actor, made: Agreement, heard: list[Any], django_capture_on_commit_callbacks: Capture
) -> None:
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ActionError):
        change(officer, made, values={"signed_on": ""})
    assert heard == []


def test_an_action_inside_a_transaction_that_rolls_back_tells_nothing(
    officer: Actor, made: Agreement, heard: list[Any], django_capture_on_commit_callbacks: Capture
) -> None:
    class Abandoned(Exception):
        pass

    def abandon() -> None:
        with transaction.atomic():
            change(officer, made)
            raise Abandoned

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(Abandoned):
        abandon()
    assert heard == []
    made.refresh_from_db()
    assert made.note == ""


def test_a_listener_that_fails_undoes_nothing_and_stops_no_other(
    officer: Actor, made: Agreement, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Capture
) -> None:
    told: list[Any] = []

    def fail(_event: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(events, "_listeners", {AgreementChanged: [fail, told.append]})
    with django_capture_on_commit_callbacks(execute=True):
        change(officer, made)
    assert len(told) == 1
    made.refresh_from_db()
    assert made.note == "seen"


def test_a_name_is_taken_once() -> None:
    known = action_named("agreements.change")
    with pytest.raises(ValueError, match="exists"):
        register(known)


def test_an_action_that_is_gone_keeps_its_name_in_the_history() -> None:
    assert label_of("rooms.gone") == "rooms.gone"
    assert str(label_of("agreements.change")) == "Change"


def test_the_verdict_gives_the_same_reason_as_the_refusal(world: make.World, officer: Actor, made: Agreement) -> None:
    step: Action[Agreement] = action_named("agreements.notify_intent")
    allowed, reason = step.verdict(officer, made)
    assert not allowed
    assert "Signed" in str(reason)
    auditor = make.actor(Role.AUDITOR, world.ministry)
    assert action_named("agreements.change").verdict(auditor, made)[0] is False
    assert action_named("agreements.change").verdict(officer, made) == (True, "")


def test_every_action_has_words_and_roles() -> None:
    for model in (Agreement, Tie):
        assert actions_of(model)
        for action in actions_of(model):
            assert str(action.label)
            assert action.roles
            assert Role.PUBLIC not in action.roles
            # Who changes nothing keeps tags of his own all the same; test_tags holds that they are his alone.
            assert action.name.endswith("_tags") or not action.roles & {Role.AUDITOR, Role.INSPECTOR}
            assert dataclasses.is_dataclass(action)
