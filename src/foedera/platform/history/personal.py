"""Personal values in the history: an entry holds a salted commitment, salt and value stand apart and may be erased.

A model names its personal columns (texts) in `history_personal`. A trigger on the history itself puts the commitment in their place
before the entry is written, whoever wrote it. `canonical.commitment` says what is hashed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from .canonical import COMMITTED
from .models import Entry, PersonalValue

# For whoever writes: the values go where only the history's own functions and readers look.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION foedera_commit_personal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    name text;
    side text;
    whole jsonb;
    told jsonb;
    grain text;
BEGIN
    FOREACH name IN ARRAY TG_ARGV LOOP
        FOREACH side IN ARRAY ARRAY['before', 'after'] LOOP
            whole := CASE side WHEN 'before' THEN NEW.before ELSE NEW.after END;
            told := whole -> name;
            IF told IS NOT NULL AND jsonb_typeof(told) = 'string' AND told <> '""'::jsonb THEN
                grain := gen_random_uuid()::text;
                INSERT INTO history_personal (entry_id, side, field, salt, value) VALUES (NEW.id, side, name, grain, told);
                whole := whole || jsonb_build_object(name, jsonb_build_object(
                    'committed', encode(sha256(convert_to(grain || ':' || told::text, 'UTF8')), 'hex')));
                IF side = 'before' THEN NEW.before := whole; ELSE NEW.after := whole; END IF;
            END IF;
        END LOOP;
    END LOOP;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION foedera_only_erase() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.salt IS NULL AND NEW.value IS NULL AND NEW.erased_by IS NOT NULL AND OLD.erased_by IS NULL
       AND (NEW.id, NEW.entry_id, NEW.side, NEW.field) = (OLD.id, OLD.entry_id, OLD.side, OLD.field) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'personal values of the history can only be erased: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE OR REPLACE TRIGGER only_erase BEFORE UPDATE OR DELETE ON history_personal
    FOR EACH ROW EXECUTE FUNCTION foedera_only_erase();
CREATE OR REPLACE TRIGGER only_erase_all BEFORE TRUNCATE ON history_personal
    FOR EACH STATEMENT EXECUTE FUNCTION foedera_only_erase();
ALTER TABLE history_personal ENABLE ALWAYS TRIGGER only_erase;
ALTER TABLE history_personal ENABLE ALWAYS TRIGGER only_erase_all;
"""

COMMIT = """
CREATE OR REPLACE TRIGGER "personal_{table}" BEFORE INSERT ON history_entry FOR EACH ROW
    WHEN (NEW.table_name = '{table}' AND (NEW.after ?| '{{{names}}}' OR NEW.before ?| '{{{names}}}'))
    EXECUTE FUNCTION foedera_commit_personal({quoted});
"""


def personal_fields(model: type[models.Model]) -> tuple[str, ...]:
    """The personal columns of a model."""
    return tuple(getattr(model, "history_personal", ()))


def install(connection: BaseDatabaseWrapper) -> None:
    """Create or replace the triggers that commit personal values, and those that let them be erased only."""
    if "history_personal" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS)
        for model in apps.get_models():
            names = personal_fields(model)
            if names:
                cursor.execute(
                    COMMIT.format(
                        table=model._meta.db_table, names=",".join(names), quoted=", ".join(f"'{n}'" for n in names)
                    )
                )


def install_after_migrate(using: str, **_: Any) -> None:
    """Install again after every migration."""
    install(connections[using])


def without_commitment(value: Any) -> Any:
    """A value of an entry; None in place of a commitment, which says nothing to a reader."""
    return None if isinstance(value, dict) and set(value) == {COMMITTED} else value


def reveal(entries: Iterable[Entry]) -> None:
    """Put the values that are still kept in place of their commitments, in memory; None where they were erased."""
    committed = [
        (entry, whole, name)
        for entry in entries
        for whole in (entry.before, entry.after)
        if whole
        for name, value in whole.items()
        if isinstance(value, dict) and set(value) == {COMMITTED}
    ]
    if not committed:
        return
    kept = {
        (v.entry_id, v.side, v.field): v.value
        for v in PersonalValue.objects.filter(entry__in={entry.pk for entry, _whole, _name in committed})
    }
    for entry, whole, name in committed:
        whole[name] = kept.get((entry.pk, "before" if whole is entry.before else "after", name))
