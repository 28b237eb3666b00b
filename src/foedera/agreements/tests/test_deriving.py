"""What is derived of an agreement is what follows from its facts: statuses on every day, ends, territories, words."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foedera.agreements import terms
from foedera.agreements.deriving import derive, facts_of, facts_of_one, title_key
from foedera.agreements.lists import status_on
from foedera.agreements.models import Agreement, Notice, Party, Suspension
from foedera.agreements.tests import make
from foedera.agreements.tests.test_terms_strategies import DAYS, any_facts
from foedera.platform.access.actors import Actor, system
from foedera.platform.lists.description import Context

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
EXTREMES = [datetime.date.min, datetime.date(2000, 1, 1), TODAY, datetime.date.max]
OF_ROWS = ("objected_on", "denounced_on", "suspensions")


@contextlib.contextmanager
def undone() -> Iterator[None]:
    """A transaction whose rows are not wanted afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def world(db: None) -> make.World:
    return make.world()


@pytest.fixture
def actor(world: make.World) -> Actor:
    return system(TODAY)


def kept(facts: terms.TermFacts) -> terms.TermFacts:
    """The facts as the register can hold them: a suspension ends after it begins, an end has its ground."""
    suspensions = tuple((start, end) for start, end in facts.suspensions if end is None or end >= start)
    return terms.TermFacts(
        **{name: getattr(facts, name) for name in terms.FACT_NAMES if name not in ("suspensions", "end_ground")},
        suspensions=suspensions,
        end_ground="other" if facts.terminated_on else "",
    )


def write(facts: list[terms.TermFacts]) -> list[Agreement]:
    """Agreements with these facts, as rows."""
    made = Agreement.objects.bulk_create(
        Agreement(
            title=f"Synthetic {n}",
            state="signed",
            signed_date_unknown=True,
            **{name: getattr(each, name) for name in terms.FACT_NAMES if name not in OF_ROWS},
        )
        for n, each in enumerate(facts)
    )
    for agreement, each in zip(made, facts, strict=True):
        for kind, day in (("objection", each.objected_on), ("termination", each.denounced_on)):
            if day is not None:
                Notice.objects.create(agreement=agreement, kind=kind, side="own", dispatched_on=day, received_on=day)
        for start, end in each.suspensions:
            Suspension.objects.create(agreement=agreement, suspended_from=start, suspended_until=end)
    return made


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(any_facts().map(kept), min_size=1, max_size=12), st.lists(DAYS, min_size=1, max_size=6))
def test_the_trajectory_kept_is_the_status_on_every_day(
    actor: Actor, facts: list[terms.TermFacts], days: list[datetime.date]
) -> None:
    """The look-up of the list (width_bucket in the database) against the engine, on random days and on days of change."""
    with undone():
        made = write(facts)
        keys = [a.pk for a in made]
        derive(keys)
        columns = terms.TermColumns.from_facts(facts)
        rows = list(Agreement.objects.filter(pk__in=keys).order_by("id"))
        changes = {day + datetime.timedelta(d) for r in rows for day in r.status_starts[1:6] for d in (-1, 0)}
        for day in sorted({*days, *EXTREMES, *list(changes)[:6]}):
            shown = (
                Agreement.objects.filter(pk__in=keys).annotate(found=status_on(Context(actor.at(day)))).order_by("id")
            )
            wanted = [int(code) for code in terms.evaluate(columns, day).status]
            assert list(shown.values_list("found", flat=True)) == wanted, day
        for row, each in zip(rows, facts, strict=True):
            assert facts_of_one(row) == each
            assert row.ends_on == terms.evaluate_one(each, datetime.date.max).ends_on
            assert row.status_starts == sorted(set(row.status_starts))
            assert len(row.status_starts) == len(row.status_codes) >= 1
        assert derive(keys) == 0, "nothing changes the second time"


def test_all_at_once_is_like_one_by_one(actor: Actor) -> None:
    made = [
        make.agreement(
            actor, title=f"Agreement {n}", term_months=12 * (n + 1), tacit_renewal=n % 2 == 0, renewal_months=12
        )
        for n in range(6)
    ]
    make.step(made[0], "suspend", actor, reason="flood", suspended_from="2020-01-01")
    make.step(made[1], "record_notice", actor, kind="objection", side="own", dispatched_on="2015-01-01")
    fields = ("own_ids", "partner_ids", "party_text", "status_starts", "status_codes", "ends_on")
    before = list(Agreement.objects.order_by("id").values_list(*fields))
    Agreement.objects.update(
        own_ids=[], partner_ids=[], party_text="", status_starts=[], status_codes=[], ends_on=datetime.date(1900, 1, 1)
    )
    assert derive(None) == 6
    assert list(Agreement.objects.order_by("id").values_list(*fields)) == before
    assert derive(None) == 0
    assert derive([]) == 0


def test_an_agreement_of_which_nothing_was_derived_is_unknown(actor: Actor) -> None:
    made = make.agreement(actor)
    Agreement.objects.filter(pk=made.pk).update(status_starts=[], status_codes=[])
    found = Agreement.objects.annotate(found=status_on(Context(actor))).get(pk=made.pk)
    assert found.found == int(terms.Status.UNKNOWN)


def test_facts_are_read_in_the_order_of_the_engine(actor: Actor) -> None:
    made = make.agreement(
        actor,
        signed_on="2014-03",
        term_months=60,
        tacit_renewal=True,
        notice_counted_from="dispatch",
        nonrenewal_days=90,
    )
    make.step(
        made,
        "record_notice",
        actor,
        kind="termination",
        side="own",
        dispatched_on="2020-01-01",
        received_on="2020-02-01",
    )
    make.step(made, "suspend", actor, reason="flood", suspended_from="2018-01-01", suspended_until="2018-02-01")
    facts = facts_of_one(made)
    assert (facts.signed_on, facts.term_months, facts.tacit_renewal, facts.nonrenewal_days) == ("2014-03", 60, True, 90)
    assert facts.denounced_on == datetime.date(2020, 1, 1)
    assert facts.suspensions == ((datetime.date(2018, 1, 1), datetime.date(2018, 2, 1)),)
    assert [key for key, _facts in facts_of([made.pk])] == [made.pk]
    with pytest.raises(LookupError):
        facts_of_one(Agreement(pk=0))


def test_a_notice_taken_back_and_the_earliest_of_several(actor: Actor) -> None:
    made = make.agreement(actor, indefinite=True)
    for day in ("2021-05-01", "2020-05-01", "2022-05-01"):
        make.step(made, "record_notice", actor, kind="termination", side="own", received_on=day)
    assert facts_of_one(made).denounced_on == datetime.date(2020, 5, 1)
    Notice.objects.filter(received_on="2020-05-01").update(withdrawn_on="2020-06-01")
    assert facts_of_one(made).denounced_on == datetime.date(2021, 5, 1)


def test_territories_follow_from_parties_and_their_bodies(world: make.World, actor: Actor) -> None:
    t = world.territories
    university = make.body("University of Brest", territory=t["BY-BR"], country=t["BY"])
    made = make.agreement(
        actor,
        parties=[
            {"side": "own", "territory": "RU-TAM"},
            {"side": "own", "body": world.government.number},
            {"side": "own", "territory": "RU-PSK"},
            {"side": "foreign", "body": university.number, "name": "Университет"},
            {"side": "third", "territory": "KZ-ALM"},
            {"side": "witness", "territory": "BR"},
        ],
    )
    assert made.own_ids == sorted([t["RU-TAM"].pk, t["RU-PSK"].pk])
    assert set(made.partner_ids) == {t["BY"].pk, t["KZ"].pk}, "states, and no witness"
    assert "University of Brest" in made.party_text
    assert "Университет" in made.party_text
    Party.objects.filter(agreement=made, territory=t["KZ-ALM"]).delete()
    derive([made.pk])
    made.refresh_from_db()
    assert made.partner_ids == [t["BY"].pk]


def test_an_agreement_without_parties_has_no_territories(actor: Actor) -> None:
    made = make.agreement(actor, parties=[])
    assert (made.own_ids, made.partner_ids, made.party_text.strip()) == ([], [], "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Agreement on Trade", "AGREEMENT  on   trade."),
        ("Соглашение о торговле", "СОГЛАШЕНИЕ «О ТОРГОВЛЕ»"),
        ("Acordo de cooperação", "Acordo de cooperacao"),
        ("Straße", "STRASSE"),
        ("ﬁshing", "fishing"),
    ],
)
def test_the_key_of_a_title_leaves_case_marks_and_punctuation(one: str, other: str) -> None:
    assert title_key(one) == title_key(other)


@given(st.text(max_size=400))
def test_the_key_of_a_title_is_plain_and_short(title: str) -> None:
    key = title_key(title)
    assert len(key) <= 300
    assert key == key.strip()


def test_deriving_costs_the_same_statements_for_many(actor: Actor) -> None:
    keys = [make.agreement(actor, title=f"Agreement {n}").pk for n in range(8)]
    Agreement.objects.update(status_starts=[])
    with CaptureQueriesContext(
        connection,
    ) as few:
        derive(keys[:2])
    Agreement.objects.update(status_starts=[])
    with CaptureQueriesContext(connection) as many:
        derive(keys)
    assert len(many) == len(few)


def test_what_the_list_shows_is_what_the_record_shows(actor: Actor) -> None:
    cases: list[dict[str, Any]] = [
        {"signed_on": "2014-03-12", "term_months": 60},
        {"signed_on": "2014-03-12", "term_months": 60, "tacit_renewal": True, "renewal_months": 60},
        {"signed_on": "2014", "term_months": 60},
        {"signed_on": "2014-03-12", "indefinite": True},
        {"signed_on": "2014-03-12", "in_force_rule": "ratification"},
        {"signed_on": "", "in_force_rule": ""},
    ]
    for facts in cases:
        made = make.agreement(actor, **facts)
        for day in (datetime.date(2013, 1, 1), datetime.date(2014, 3, 12), datetime.date(2019, 3, 12), TODAY):
            listed = Agreement.objects.annotate(found=status_on(Context(actor.at(day)))).get(pk=made.pk)
            assert terms.Status(listed.found) is terms.evaluate_one(facts_of_one(made), day).status
