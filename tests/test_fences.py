"""The third fence holds by itself: with policies and `visible_to` taken away the database still shows each asker what is his alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, models, transaction

from foedera.accounts.models import Duty, OpenReading, Person, ServiceToken, SignInFailures, Token
from foedera.agreements.models import Agreement, Finding, FollowUp, ReviewSession, Tie
from foedera.agreements.tests import make
from foedera.directory.models import Body, Format, Holder
from foedera.platform.access import installing
from foedera.platform.access.actors import Actor, public
from foedera.platform.access.asking import NOBODY, Asker, arriving, asker_of, asking, program, signing_in
from foedera.platform.access.fences import business_models, fence_of
from foedera.platform.access.policies import ALLOWED, Policy, policy_for, registered
from foedera.platform.access.roles import READS_ONLY
from foedera.platform.actions.errors import NotFound
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.following.models import Look
from foedera.platform.history.models import Entry, PerformedAction
from foedera.platform.lists.models import ImportRun
from foedera.platform.lists.saving.models import FirstView
from foedera.platform.notices.models import Notice
from foedera.platform.proposals.models import Proposal
from foedera.platform.records.models import NamedReader, Publicity
from foedera.platform.search.models import SearchEntry
from foedera.platform.search.visibility import indexed_types

from .house import EYES, House

pytestmark = pytest.mark.django_db
# Tables of which the third fence lets more be known than the policy: what is named in a record that may be read; of one's own notices
# also those about records that are out of sight meanwhile, for they hold no words of them.
WIDER = {Body, FirstView, Look, Notice}
# Needed before anybody can ask, and telling nothing of the register.
BEFORE_ASKING = {SignInFailures}


def actor_for(house: House, eyes: str) -> Actor:
    """The actor of a column of the table of rights."""
    found = house.actors.get(eyes)
    return found if found is not None else public(house.actors["coordinator"].today)


@pytest.fixture
def crowded(house: House) -> House:
    """The house with records of other regions and rungs of publicity in it."""
    officer, far = house.actors["office"], house.actors["other_office"]
    for rung in Publicity.values:
        values = {"publicity": rung, "publicity_ground": "Synthetic"}
        if rung == "public_after":
            values["public_from"] = "2099-01-01"
        make.agreement(far, own="RU-PRI", foreign="BR-SP", title=f"Far away and {rung}", **values)
        make.agreement(officer, title=f"Near and {rung}", **values)
    make.agreement(
        far, own="RU-PRI", foreign="BR-SP", title="Shown", publicity="public_after", public_from="2001-01-01"
    )
    return house


def seen(model: type[models.Model], asker: Asker) -> set[Any]:
    """The keys of all rows that the database shows to an asker who asks for everything."""
    with asking(asker):
        return set(model._base_manager.values_list("pk", flat=True))


# What the tables are


def test_every_table_of_ours_declares_its_fence() -> None:
    installing.load()
    bare = [m.__name__ for m in business_models() if fence_of(m) is None]
    assert not bare, (
        f"{bare} have no fence, so that the web process sees no row of them. Declare one in the room's access.py: "
        "fences.declare(Model, Fence(...)); parts of a record need only `history_subject`."
    )


def test_every_table_of_ours_is_fenced_in_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relrowsecurity, (SELECT array_agg(polname::text) FROM pg_policy WHERE polrelid = c.oid) "
            "FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        found = {name: (on, set(policies or ())) for name, on, policies in cursor.fetchall()}
    wanted = {"asker_reads", "asker_adds", "asker_changes", "asker_removes"}
    assert {m._meta.db_table: found[m._meta.db_table] for m in business_models()} == {
        m._meta.db_table: (True, wanted) for m in business_models()
    }


def test_the_fenced_roles_own_nothing_and_bypass_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication, "
            "(SELECT count(*) FROM pg_class WHERE relowner = r.oid), "
            "has_schema_privilege(r.oid, 'public', 'CREATE'), pg_has_role(r.oid, current_user::regrole, 'MEMBER') "
            "FROM pg_roles r WHERE rolname = ANY(%s) ORDER BY rolname",
            [[settings.FOEDERA_WEB_ROLE, settings.FOEDERA_WORKER_ROLE]],
        )
        assert cursor.fetchall() == [
            (settings.FOEDERA_WEB_ROLE, False, 0, False, False),
            (settings.FOEDERA_WORKER_ROLE, False, 0, False, False),
        ]


def test_triggers_work_as_the_owner_with_a_fixed_search_path() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc "
            "WHERE pronamespace = 'public'::regnamespace AND proname NOT LIKE 'procrastinate%%' "
            "AND ((prosecdef OR proname LIKE 'foedera_through%%') AND proconfig IS NULL "
            "     OR prorettype = 'trigger'::regtype AND NOT prosecdef)"
        )
        assert cursor.fetchall() == []


def test_the_past_of_every_table_is_fenced_too() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'foedera_past'::regnamespace "
            "AND relname LIKE '%%\\_rows' AND NOT (relrowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid))"
        )
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'v' AND relnamespace = 'foedera_past'::regnamespace "
            "AND NOT coalesce(reloptions @> '{security_invoker=true}', false)"
        )
        assert cursor.fetchall() == []


def test_old_rows_are_shown_by_the_rights_of_today(crowded: House) -> None:
    far = Agreement.objects.get(title="Far away and public")
    made = make.agreement(
        crowded.actors["other_office"], own="RU-PRI", foreign="BR-SP", title="Gone", publicity="restricted"
    )
    Agreement.objects.filter(pk__in=[far.pk, made.pk]).update(note="Changed")
    Agreement.objects.filter(pk=far.pk).update(publicity="restricted", title="Hidden now")
    shown = {}
    for eyes in ("office", "other_office", "public"):
        with asking(asker_of(actor_for(crowded, eyes))), connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM foedera_past.agreements_agreement_rows WHERE id IN (%s, %s)", [far.pk, made.pk]
            )
            shown[eyes] = cursor.fetchone()[0]
    assert shown["office"] == shown["public"] == 0
    assert shown["other_office"] > 0


# Who sees what


def test_only_what_is_needed_before_anybody_can_ask_is_open_to_nobody() -> None:
    installing.load()
    assert {m for m in business_models() if (fence := fence_of(m)) and fence.before_asking} == BEFORE_ASKING


@pytest.mark.parametrize("model", [m for m in business_models() if m not in BEFORE_ASKING], ids=lambda m: m.__name__)
def test_nobody_sees_no_row(crowded: House, model: type[models.Model]) -> None:
    assert seen(model, NOBODY) == set()


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("model", list(registered()), ids=lambda m: m.__name__)
def test_the_database_shows_what_the_policy_shows(crowded: House, model: type[models.Model], eyes: str) -> None:
    actor = actor_for(crowded, eyes)
    allowed = set(policy_for(model).visible(model._default_manager.all(), actor).values_list("pk", flat=True))
    found = seen(model, asker_of(actor))
    assert found >= allowed if model in WIDER else found == allowed
    if model is Body:
        named = Body.objects.filter(
            models.Q(pk__in=Tie.objects.values("first")) | models.Q(pk__in=Tie.objects.values("second"))
        )
        parties = Body.objects.filter(pk__in=Agreement.objects.values("parties__body"))
        assert found - allowed <= set(named.values_list("pk", flat=True)) | set(parties.values_list("pk", flat=True))


@pytest.mark.parametrize("eyes", EYES)
def test_entries_of_the_search_are_shown_of_records_that_are_read_whole(crowded: House, eyes: str) -> None:
    actor = actor_for(crowded, eyes)
    whole = {
        (described.name, key)
        for described in indexed_types()
        for key in policy_for(described.model)
        .whole(described.model._default_manager.all(), actor)
        .values_list("pk", flat=True)
    }
    every = set(SearchEntry.objects.values_list("record_type", "record_id"))
    assert whole <= every
    with asking(asker_of(actor)):
        assert set(SearchEntry.objects.values_list("record_type", "record_id")) == whole


@pytest.mark.parametrize("eyes", EYES)
def test_parts_are_shown_with_a_record_that_is_read_whole(crowded: House, eyes: str) -> None:
    actor = actor_for(crowded, eyes)
    asker = asker_of(actor)
    agreements = seen(Agreement, asker)
    title_only = set(Agreement.objects.filter(publicity="title_only").values_list("pk", flat=True))
    checked = 0
    for model in business_models():
        if getattr(model, "history_subject", "") != "agreement":
            continue
        of = dict(model._base_manager.values_list("pk", "agreement"))
        shown = {of[key] for key in seen(model, asker)}
        assert shown <= agreements, model
        if actor.is_public or eyes == "other_office":
            mine = {a.pk for a in Agreement.objects.filter(owner=actor.body_id or 0)}
            assert not shown & (title_only - mine), model
        checked += bool(of)
    assert checked >= 4
    if actor.is_public:
        assert (
            seen(Finding, asker) == seen(FollowUp, asker) == seen(ReviewSession, asker) == seen(Holder, asker) == set()
        )


@pytest.mark.parametrize("eyes", EYES)
def test_the_history_is_shown_with_its_record(crowded: House, eyes: str) -> None:
    asker = asker_of(actor_for(crowded, eyes))
    hidden = set(Agreement.objects.values_list("pk", flat=True)) - seen(Agreement, asker)
    entries = Entry.objects.filter(pk__in=seen(Entry, asker))
    assert not entries.filter(subject_table="agreements_agreement", subject_id__in=hidden).exists()
    if eyes not in ("coordinator", "legal", "administrator", "auditor"):
        assert hidden
    mine = PerformedAction.objects.filter(person_id=actor_for(crowded, eyes).person_id, person_id__isnull=False)
    allowed = set(entries.values_list("action", flat=True)) | set(mine.values_list("pk", flat=True))
    assert seen(PerformedAction, asker) <= allowed


def test_accounts_are_everybodys_own_and_the_administrators(crowded: House) -> None:
    officer = crowded.actors["office"]
    opened = OpenReading.objects.filter(owner=officer.body_id)
    duties = Duty.objects.filter(body=officer.body_id).union(
        Duty.objects.filter(delegations__person=officer.person_id), Duty.objects.filter(pk__in=opened.values("duty"))
    )
    assert seen(Duty, asker_of(officer)) == set(duties.values_list("pk", flat=True))
    named = {
        *duties.values_list("person", flat=True),
        *ServiceToken.objects.filter(body=officer.body_id).values_list("made_by", flat=True),
        *OpenReading.objects.filter(owner=officer.body_id).values_list("person", flat=True),
        *NamedReader.objects.filter(person__isnull=False).values_list("person", flat=True),
        *Proposal.objects.filter(owner=officer.body_id).values_list("proposer", flat=True),
    }
    assert seen(Person, asker_of(officer)) == named
    assert seen(Token, asker_of(officer)) == set()
    assert seen(Person, asker_of(crowded.actors["administrator"])) == set(Person.objects.values_list("pk", flat=True))
    assert seen(Person, asker_of(public(officer.today))) == set()
    today = officer.today
    assert officer.person_id is not None
    at_the_door = arriving(officer.person_id, today)
    assert officer.person_id in seen(Person, at_the_door)
    assert seen(Duty, at_the_door) == set(
        Duty.objects.filter(person=officer.person_id).values_list("pk", flat=True)
    ) | set(Duty.objects.filter(delegations__person=officer.person_id).values_list("pk", flat=True))
    assert (
        seen(Duty, signing_in(today))
        == seen(Token, signing_in(today))
        == seen(Agreement, signing_in(today)) - seen(Agreement, asker_of(public(today)))
        == set()
    )
    assert seen(ImportRun, asker_of(officer)) == set()
    assert seen(ImportRun, asker_of(crowded.actors["coordinator"])) != set()


def test_the_web_process_cannot_be_the_program(crowded: House) -> None:
    everything = program(crowded.actors["coordinator"].today)
    assert seen(Agreement, everything) == set(Agreement.objects.values_list("pk", flat=True))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {settings.FOEDERA_WEB_ROLE}")
        cursor.execute(everything.statement())
        cursor.execute("SELECT count(*) FROM agreements_agreement")
        assert cursor.fetchone() == (0,)
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute(NOBODY.statement())


def test_a_program_of_a_body_is_bound_as_its_body(crowded: House) -> None:
    officer = crowded.actors["office"]
    asker = asker_of(replace(officer, person_id=None, duty_id=None, duties=(), service_id=1))
    assert not asker.is_program
    assert seen(Agreement, asker) == seen(Agreement, asker_of(officer))


# What is written


@pytest.mark.parametrize("eyes", EYES)
def test_who_only_reads_writes_nothing(crowded: House, eyes: str) -> None:
    actor = actor_for(crowded, eyes)
    body = Body.objects.get(pk=crowded.world.office.pk)
    if actor.role in READS_ONLY:
        with pytest.raises(DatabaseError), transaction.atomic(), asking(asker_of(actor)):
            Format._base_manager.create(name="Smuggled", kind="forum", publicity="public")
        with asking(asker_of(actor)), connection.cursor() as cursor:
            cursor.execute("DELETE FROM agreements_tie")
            assert cursor.rowcount == 0
    with pytest.raises(DatabaseError), transaction.atomic(), asking(asker_of(actor)):
        Entry._base_manager.create(table_name="x", row_id=1, subject_table="x", subject_id=1, operation="I")
    with pytest.raises(DatabaseError), transaction.atomic(), asking(asker_of(actor)):
        PerformedAction._base_manager.create(name="forged", person_id=(actor.person_id or 0) + 1, role=str(actor.role))
    assert Body.objects.filter(pk=body.pk).exists()


def test_what_may_not_be_seen_is_not_changed_either(crowded: House) -> None:
    hidden = Agreement.objects.get(title="Far away and restricted")
    with asking(asker_of(crowded.actors["office"])):
        assert Agreement._base_manager.filter(pk=hidden.pk).update(title="Bent") == 0
        assert Agreement._base_manager.filter(pk=hidden.pk).delete()[0] == 0


def test_an_action_may_move_its_record_out_of_sight(crowded: House) -> None:
    far = Agreement.objects.get(title="Far away and internal")
    centre = crowded.actors["coordinator"]
    with asking(asker_of(centre)):
        perform(
            action_named("agreements.change"),
            centre,
            record=far.pk,
            version=far.version,
            values={"publicity": "restricted", "publicity_ground": "Kept by its owner"},
        )
    far.refresh_from_db()
    assert far.publicity == "restricted"
    assert far.pk not in seen(Agreement, asker_of(centre))


def test_an_action_that_errs_about_rights_finds_nothing(crowded: House, monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_first_two(monkeypatch)
    hidden = Agreement.objects.get(title="Far away and internal")
    officer = crowded.actors["office"]
    with pytest.raises(NotFound), asking(asker_of(officer)):
        perform(
            action_named("agreements.change"), officer, record=hidden.pk, version=hidden.version, values={"note": "!"}
        )


def without_the_first_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Policies that let everybody see and do everything, and so queries that start from everything."""
    for policy in {type(p) for p in registered().values()}:
        monkeypatch.setattr(policy, "visible", lambda _policy, rows, _actor: rows)
        monkeypatch.setattr(policy, "in_scope", lambda *_given: ALLOWED)
    monkeypatch.setattr(Policy, "may", lambda *_given: ALLOWED)


# Whose transaction it is


def test_what_was_said_of_an_asker_ends_with_him(crowded: House) -> None:
    officer = crowded.actors["office"]
    with asking(asker_of(officer)):
        assert Agreement._base_manager.exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user <> %s, foedera_asker_role(), foedera_asker_person()", [settings.FOEDERA_WEB_ROLE]
        )
        assert cursor.fetchone() == (True, None, None)


def test_one_asker_after_another_on_one_connection(crowded: House) -> None:
    officer, far = crowded.actors["office"], crowded.actors["other_office"]
    with asking(asker_of(officer)):
        first = set(Agreement._base_manager.values_list("title", flat=True))
        with asking(asker_of(far)):
            second = set(Agreement._base_manager.values_list("title", flat=True))
        assert set(Agreement._base_manager.values_list("title", flat=True)) == first
    assert "Near and internal" in first - second
    assert "Far away and internal" in second - first


def test_a_savepoint_that_is_taken_back_does_not_change_who_asks(crowded: House) -> None:
    asker = asker_of(crowded.actors["office"])
    with transaction.atomic():
        with asking(asker):
            told = transaction.savepoint()
            assert Agreement._base_manager.exists()
            transaction.savepoint_rollback(told)
        with asking(asker):
            assert "Far away and internal" not in set(Agreement._base_manager.values_list("title", flat=True))


@pytest.mark.django_db
def test_the_functions_that_fences_call_read_no_table_whole() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname, proconfig FROM pg_proc WHERE proname LIKE 'foedera_through_%%'")
        found = dict(cursor.fetchall())
    assert "foedera_through_action" in found
    assert [name for name, settings in found.items() if "work_mem=64kB" not in (settings or [])] == []
