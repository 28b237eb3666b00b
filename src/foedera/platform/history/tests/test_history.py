"""History is written by the database, whoever writes, and is kept as it was written."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from foedera.accounts.models import Duty
from foedera.agreements.deriving import derive
from foedera.agreements.models import Agreement, Party, Suspension
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor, system
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import ActionError
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.history import sealing
from foedera.platform.history.models import Entry, PerformedAction, Seal
from foedera.platform.history.queries import timeline
from foedera.platform.history.recording import record_action, resume_action
from foedera.platform.history.triggers import APPEND_ONLY_TABLES, MANY, install, subject_of, tracked_models

pytestmark = pytest.mark.django_db

TABLE = "agreements_agreement"


@pytest.fixture
def officer(db: None) -> Actor:
    return make.actor(Role.COORDINATOR, make.world().ministry)


def execute(sql: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def triggers_of(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled = 'O'",
            [table],
        )
        return {name for (name,) in cursor.fetchall()}


def entries_of(table: str, key: int) -> list[Entry]:
    return list(Entry.objects.filter(table_name=table, row_id=key).order_by("id"))


@pytest.mark.parametrize("model", tracked_models(), ids=lambda m: m.__name__)
def test_every_business_table_has_its_triggers(model: type[models.Model]) -> None:
    assert {"history_insert", "history_update", "history_delete"} <= triggers_of(model._meta.db_table)
    assert model._meta.pk is not None
    assert model._meta.pk.column == "id", "the trigger names rows by id"


def test_the_tables_of_the_rooms_are_tracked() -> None:
    tables = {m._meta.db_table for m in tracked_models()}
    assert tables >= {
        TABLE,
        "agreements_party",
        "agreements_tie",
        "agreements_notice",
        "directory_body",
        "accounts_duty",
    }
    assert "accounts_person" not in tables, "the hash of a password must not stand in the history"
    assert "accounts_token" not in tables


def test_child_rows_stand_on_the_timeline_of_their_record() -> None:
    assert subject_of(Party) == (TABLE, "agreement_id")
    assert subject_of(Agreement) == (TABLE, "id")


def test_an_action_writes_actor_reason_and_whole_new_rows(officer: Actor) -> None:
    made = make.agreement(officer, title="Agreement on culture")
    (entry,) = entries_of(TABLE, made.pk)
    assert entry.operation == "I"
    assert entry.before is None
    assert entry.after is not None
    assert entry.after["title"] == "Agreement on culture"
    assert entry.action is not None
    assert (entry.action.name, entry.action.person_name, entry.action.role, entry.action.body_id) == (
        "agreements.create",
        officer.name,
        "coordinator",
        officer.body_id,
    )
    parties = Entry.objects.filter(table_name="agreements_party", subject_table=TABLE, subject_id=made.pk)
    assert parties.count() == 2
    assert {p.action_id for p in parties} == {entry.action_id}


def test_a_change_keeps_only_what_changed_before_and_after(officer: Actor) -> None:
    made = make.agreement(officer)
    perform(
        action_named("agreements.change"),
        officer,
        values={"title": "Agreement on science", "coordinator": "Department of science"},
        record=made,
        version=made.version,
        reason="renamed",
    )
    entry = entries_of(TABLE, made.pk)[-1]
    assert entry.before == {"title": "Agreement on trade and cooperation", "coordinator": ""}
    assert entry.after == {"title": "Agreement on science", "coordinator": "Department of science"}
    assert entry.action is not None
    assert entry.action.reason == "renamed"


def test_derived_columns_and_the_version_are_left_out(officer: Actor) -> None:
    made = make.agreement(officer)
    whole = entries_of(TABLE, made.pk)[0].after
    assert whole is not None
    assert not {"own_ids", "partner_ids", "party_text", "status_starts", "search", "version", "updated_at"} & set(whole)
    Agreement.objects.filter(pk=made.pk).update(own_ids=[], status_codes=[], status_starts=[], version=9)
    derive([made.pk])
    assert len(entries_of(TABLE, made.pk)) == 1, "recomputing what follows from facts is no change of facts"


def test_a_write_past_the_program_is_told_of_the_database(officer: Actor) -> None:
    made = make.agreement(officer)
    # A transaction of its own, in which nobody has named an action.
    resume_action(None)
    execute("UPDATE agreements_agreement SET note = 'by hand' WHERE id = %s", made.pk)
    newest = timeline(made)[0]
    assert (newest.channel, newest.person_name, newest.action) == ("database", "", "")
    assert [(c.field, c.before, c.after) for c in newest.changes] == [("note", "", "by hand")]
    execute("INSERT INTO agreements_party (agreement_id, side, level, name, signatory, signatory_post, power) "
            "VALUES (%s, 'third', '', 'UNESCO', '', '', '')", made.pk)  # fmt: skip
    execute("DELETE FROM agreements_party WHERE agreement_id = %s AND name = 'UNESCO'", made.pk)
    gone, came = timeline(made)[:2]
    assert {c.operation for c in came.changes} == {"I"}
    assert {c.operation for c in gone.changes} == {"D"}
    assert ("name", "UNESCO", None) in [(c.field, c.before, c.after) for c in gone.changes]


def test_a_statement_over_many_rows_writes_one_entry_for_each_changed_row(officer: Actor) -> None:
    keys = [make.agreement(officer, title=f"Agreement {n}").pk for n in range(5)]
    with transaction.atomic():
        action = record_action("synthetic.bulk", officer, "a sweep")
        execute("UPDATE agreements_agreement SET note = 'swept' WHERE id = ANY(%s)", keys)
        execute("UPDATE agreements_agreement SET note = 'swept' WHERE id = ANY(%s)", keys)
    swept = Entry.objects.filter(action_id=action)
    assert swept.count() == 5, "the second statement changed nothing"
    assert {e.row_id for e in swept} == set(keys)
    with transaction.atomic():
        action = record_action("synthetic.bulk", officer)
        Party.objects.filter(agreement__in=keys).delete()
    assert Entry.objects.filter(action_id=action, operation="D").count() == 10


def test_copy_writes_history(officer: Actor) -> None:
    made = make.agreement(officer)
    with transaction.atomic():
        action = record_action("synthetic.copy", officer)
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY agreements_suspension (agreement_id, suspended_from, note) FROM STDIN") as copy,
        ):
            for day in ("2020-01-01", "2021-01-01"):
                copy.write_row((made.pk, day, ""))
    assert Entry.objects.filter(action_id=action, subject_id=made.pk, operation="I").count() == 2


def test_a_rollback_leaves_neither_entry_nor_action(officer: Actor) -> None:
    made = make.agreement(officer)
    entries, actions = Entry.objects.count(), PerformedAction.objects.count()
    with pytest.raises(ActionError):
        perform(
            action_named("agreements.change"),
            officer,
            values={"title": "Another title", "signed_on": ""},
            record=made,
            version=made.version,
        )
    assert (Entry.objects.count(), PerformedAction.objects.count()) == (entries, actions)


def test_an_action_is_recorded_only_inside_a_transaction() -> None:
    actor = system(timezone.localdate())
    connection.in_atomic_block, kept = False, connection.in_atomic_block
    try:
        with pytest.raises(RuntimeError):
            record_action("synthetic.outside", actor)
    finally:
        connection.in_atomic_block = kept


@pytest.mark.parametrize("role", ["owner", "web", "worker"])
@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
def test_history_is_append_only(officer: Actor, table: str, role: str) -> None:
    """To every database role that the program uses, whatever privileges it is given."""
    make.agreement(officer)
    sealing.seal_all()
    names = {"owner": "CURRENT_USER", "web": settings.FOEDERA_WEB_ROLE, "worker": settings.FOEDERA_WORKER_ROLE}
    key = "number" if table == "history_seal" else "id"
    statements = (
        f"UPDATE {table} SET {key} = {key}",
        f"UPDATE {table} SET {key} = {key} WHERE false",
        f"DELETE FROM {table}",
        f"DELETE FROM {table} WHERE false",
        f"TRUNCATE {table}",
        f"TRUNCATE {table} CASCADE",
    )

    def send(statement: str) -> None:
        with transaction.atomic():
            if role != "owner":
                execute(f"SET LOCAL ROLE {names[role]}")
            execute(statement)

    for statement in statements:
        with pytest.raises(DatabaseError, match=f"permission denied for table {table}"):
            send(statement)
    # The owner may give the privileges again; then the trigger refuses, also to a session that poses as a replica.
    execute(f"GRANT SELECT, UPDATE, DELETE, TRUNCATE ON {table} TO {names[role]}")
    for statement in statements:
        with pytest.raises(DatabaseError, match="append-only"):
            send(statement)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgenabled FROM pg_trigger WHERE tgname = 'append_only' AND tgrelid = %s::regclass", [table]
        )
        assert cursor.fetchone() == ("A",)
    assert Entry.objects.exists()
    assert Seal.objects.exists()


@pytest.mark.parametrize("model", tracked_models(), ids=lambda m: m.__name__)
def test_no_business_table_can_be_emptied_past_the_history(model: type[models.Model]) -> None:
    with pytest.raises(DatabaseError, match="would leave no history"), transaction.atomic():
        execute(f'TRUNCATE "{model._meta.db_table}" CASCADE')


def test_the_model_refuses_too(officer: Actor) -> None:
    made = make.agreement(officer)
    entry = entries_of(TABLE, made.pk)[0]
    entry.after = {}
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        entry.save()
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        entry.delete()


def test_installing_again_changes_nothing_and_does_not_double_entries(officer: Actor) -> None:
    install(connection)
    made = make.agreement(officer)
    assert len(entries_of(TABLE, made.pk)) == 1


def test_the_timeline_groups_by_action_newest_first(officer: Actor) -> None:
    made = make.agreement(officer)
    make.step(made, "suspend", officer, reason="flood", suspended_from="2020-02-01", suspended_until="2020-03-01")
    make.step(made, "record_activity", officer, last_activity_on="2021-05")
    events = timeline(made)
    assert [e.action for e in events] == ["agreements.record_activity", "agreements.suspend", "agreements.create"]
    assert events[1].reason == "flood"
    assert {c.table for c in events[1].changes} == {"agreements_suspension"}
    assert ("suspended_from", None, "2020-02-01") in [(c.field, c.before, c.after) for c in events[1].changes]
    created = [c for c in events[2].changes if c.table == TABLE]
    assert created == [], "a new record says that it was made, not each of its values"
    assert timeline(made, limit=1)[0].action == "agreements.record_activity"


def test_removing_a_record_keeps_its_history(officer: Actor) -> None:
    made = make.agreement(officer)
    key = made.pk
    Suspension.objects.filter(agreement=made).delete()
    made.delete()
    last = entries_of(TABLE, key)[-1]
    assert last.operation == "D"
    assert last.before is not None
    assert last.before["title"] == "Agreement on trade and cooperation"


def test_a_duty_stands_in_the_history(officer: Actor) -> None:
    assert officer.duty_id is not None
    duty = Duty.objects.get(pk=officer.duty_id)
    assert [e.action for e in timeline(duty)] == ["accounts.give_duty"]


def test_many_rows_written_at_once_are_kept_as_rows_written_one_by_one(officer: Actor) -> None:
    """Of many rows only the columns that some of them fill are turned into JSON; the entries must not show it."""
    made = make.agreement(officer)
    columns = ", ".join(
        f'"{f.column}"'
        for f in Agreement._meta.concrete_fields
        if f.column not in ("id", "number", "search", "note", "binding", "subject_areas", "titles", "source_key")
    )
    copy = f"""
        INSERT INTO {TABLE} ({columns}, note, binding, subject_areas, titles, source_key)
        SELECT {columns}, CASE WHEN n = 7 THEN 'only here' ELSE '' END, CASE WHEN n > 90 THEN mod(n, 2) = 0 END,
               CASE WHEN n = 3 THEN ARRAY['trade'] ELSE '{{}}' END, CASE WHEN n = 5 THEN '{{"de": "Titel"}}' ELSE '{{}}' END::jsonb,
               %s || n
        FROM {TABLE}, generate_series(%s, %s) n WHERE id = {made.pk}
    """
    rows = 2 * MANY
    execute(copy, "together:", 1, rows)
    for number in range(1, rows + 1):
        execute(copy, "alone:", number, number)

    def said(prefix: str) -> list[dict[str, Any]]:
        keys = Agreement.objects.filter(source_key__startswith=prefix).order_by("id").values_list("id", flat=True)
        entries = Entry.objects.filter(table_name=TABLE, row_id__in=list(keys)).order_by("row_id")
        after: list[Any] = [entry.after for entry in entries]
        assert [a["id"] for a in after] == list(keys)
        assert {entry.operation for entry in entries} == {"I"}
        return [{k: v for k, v in a.items() if k not in ("id", "number", "source_key")} for a in after]

    together = said("together:")
    assert len(together) == rows
    assert together == said("alone:")
    assert [n for n, after in enumerate(together, start=1) if "note" in after] == [7]
    assert [n for n, after in enumerate(together, start=1) if "titles" in after] == [5]
    assert sum("binding" in after for after in together) == rows - 90
    assert all("ratified_on" not in after for after in together)
