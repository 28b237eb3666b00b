"""Who asks: roles, days looked at, and the reasons of a refusal."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from foedera.agreements.access import RegisterPolicy
from foedera.agreements.models import Agreement
from foedera.platform.access.actors import Actor, public, system, territories_of
from foedera.platform.access.middleware import actor_today, looked_at
from foedera.platform.access.policies import ALLOWED, Policy, Verdict, policy_for, register, registered
from foedera.platform.access.roles import (
    BOUND_TO_PARTNERS,
    BOUND_TO_REGIONS,
    CENTRE,
    EVERYONE,
    OFFICES,
    READS_EVERYTHING,
    READS_ONLY,
    Role,
)
from foedera.platform.actions.errors import Invalid

TODAY = timezone.localdate()


def get(address: str) -> HttpRequest:
    return RequestFactory().get(address)


def test_every_role_has_one_scope() -> None:
    scopes = [READS_EVERYTHING, BOUND_TO_REGIONS, BOUND_TO_PARTNERS, frozenset({Role.PUBLIC})]
    assert frozenset().union(*scopes) == EVERYONE
    assert sum(len(s) for s in scopes) == len(EVERYONE)
    assert OFFICES <= BOUND_TO_REGIONS
    assert CENTRE <= READS_EVERYTHING
    assert not READS_ONLY & (OFFICES | CENTRE)


@pytest.mark.parametrize("role", list(Role))
def test_an_actor_knows_what_his_role_means(role: Role) -> None:
    actor = Actor(person_id=1, name="x", role=role, today=TODAY, as_of=TODAY)
    assert actor.reads_everything == (role in READS_EVERYTHING)
    assert actor.reads_only == (role in READS_ONLY)
    assert actor.is_public == (role == Role.PUBLIC)
    assert not actor.is_past


def test_looking_at_another_day_switches_writing_off() -> None:
    actor = system(TODAY)
    policy = RegisterPolicy()
    assert policy.may(actor, CENTRE, None)
    for day in (TODAY - datetime.timedelta(days=1), TODAY + datetime.timedelta(days=1)):
        there = actor.at(day)
        assert there.is_past
        verdict = policy.may(there, CENTRE, None)
        assert not verdict
        assert "another day" in str(verdict.reason)
    assert actor.at(TODAY) == actor


def test_a_role_that_is_not_named_may_not() -> None:
    verdict = RegisterPolicy().may(public(TODAY), CENTRE, None)
    assert not verdict
    assert str(verdict.reason)
    assert ALLOWED
    assert not Verdict(False)


@pytest.mark.parametrize(
    ("address", "day"), [("/", TODAY), ("/?as_of=", TODAY), ("/?as_of=2014-03-12", datetime.date(2014, 3, 12))]
)
def test_the_day_stands_in_the_address(address: str, day: datetime.date) -> None:
    assert looked_at(get(address), TODAY)[0] == day


@pytest.mark.parametrize("text", ["spring", "2014-02-30", "12.03.2014", "2014", "\x00", "9" * 5000])
def test_what_is_no_day_is_said_to_be_none(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        looked_at(RequestFactory().get("/", {"as_of": text}), TODAY)
    assert [p.field for p in refused.value.problems] == ["as_of"]


def test_nobody_is_the_public_whatever_the_day() -> None:
    from django.contrib.auth.models import AnonymousUser

    request: Any = get("/?as_of=spring")
    request.user = AnonymousUser()
    actor = actor_today(request)
    assert (actor.role, actor.as_of, actor.person_id) == (Role.PUBLIC, TODAY, None)


def test_a_policy_is_set_once() -> None:
    class Synthetic(Policy[Agreement]):
        """Nothing of its own."""

    with pytest.raises(ValueError, match="Agreement"):
        register(Agreement, Synthetic())
    assert Agreement in registered()
    assert isinstance(policy_for(Agreement), RegisterPolicy)
    with pytest.raises(NotImplementedError):
        Synthetic().visible(Agreement.objects.none(), system(TODAY))
    with pytest.raises(NotImplementedError):
        Synthetic().in_scope(Agreement(), system(TODAY))


@pytest.mark.django_db
def test_a_body_without_jurisdiction_covers_nothing() -> None:
    from foedera.agreements.tests import make

    world = make.world()
    found = territories_of(world.ministry.pk, TODAY, "en")
    assert (found.own, found.partners) == (frozenset(), frozenset())
    tambov = territories_of(world.office.pk, TODAY, "en")
    assert tambov.own == {world.territories["RU-TAM"].pk, world.territories["RU-PSK"].pk}
    assert set(tambov.names) == {"Tambov Oblast", "Pskov Oblast"}
