"""Named readers of a restricted record: whom it names, and for how long."""

from __future__ import annotations

import datetime

import pytest

from foedera.agreements.access import reads_whole
from foedera.agreements.models import Agreement, Party
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor
from foedera.platform.access.asking import asker_of, asking
from foedera.platform.access.policies import policy_for
from foedera.platform.access.roles import Role
from foedera.platform.records.models import NamedReader

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> make.World:
    return make.world()


@pytest.fixture
def hidden(world: make.World) -> Agreement:
    owner = make.actor(Role.OFFICE_HEAD, world.other_office)
    return make.agreement(owner, own="RU-PRI", foreign="BR-SP", publicity="restricted", publicity_ground="Synthetic")


def sees(actor: Actor, record: Agreement) -> bool:
    """Whether the policy and the database agree that the actor sees the record and its parts, or that he does not."""
    by_policy = policy_for(Agreement).visible(Agreement.objects.all(), actor).filter(pk=record.pk).exists()
    with asking(asker_of(actor)):
        by_database = Agreement._base_manager.filter(pk=record.pk).exists()
        parts = Party._base_manager.filter(agreement=record.pk).exists()
    assert by_policy == by_database == parts
    return by_policy


def test_whom_a_record_names_reads_it_from_the_first_to_the_last_day(world: make.World, hidden: Agreement) -> None:
    officer, colleague = make.actor(Role.OFFICE_OFFICER, world.office), make.actor(Role.OFFICE_HEAD, world.office)
    day = datetime.timedelta(days=1)
    assert not sees(officer, hidden)
    named = NamedReader.objects.create(
        record_table="agreements_agreement",
        record_id=hidden.pk,
        person_id=officer.person_id,
        valid_from=officer.today,
        ground="Asked",
    )
    assert sees(officer, hidden)
    assert reads_whole(hidden, officer)
    assert not sees(colleague, hidden)
    for first, last, seen in ((day, None, False), (-2 * day, -day, False), (-day, 0 * day, True)):
        NamedReader.objects.filter(pk=named.pk).update(
            valid_from=officer.today + first, valid_until=None if last is None else officer.today + last
        )
        assert sees(officer, hidden) is seen
    NamedReader.objects.filter(pk=named.pk).update(person=None, body=world.office, valid_until=None)
    assert sees(officer, hidden)
    assert sees(colleague, hidden)
    assert not sees(make.actor(Role.COORDINATOR, world.ministry), hidden)
