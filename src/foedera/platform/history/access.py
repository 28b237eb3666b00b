"""The history is seen as the records are to which it belongs; what somebody does is written in his own name."""

from django.apps import apps

from foedera.platform.access.asking import ARRIVING
from foedera.platform.access.fences import (
    ANYBODY,
    BODY,
    EVERYTHING,
    PERSON,
    ROLE,
    SIGNED_IN,
    WRITES,
    Fence,
    add_function,
    as_parent,
    declare,
    of_any,
    refers,
    through,
)

from .models import Entry, Leaf, PerformedAction, PersonalValue, RetentionRule, Seal, TimeStamp
from .triggers import subject_of, tracked_models

# What nobody in person does is read by nobody, but in the transaction that writes it.
OWN = (
    f"{{row}}.person_id = {PERSON} OR ({{row}}.person_id IS NULL AND ({{row}}.role = {ROLE} OR {ROLE} = '{ARRIVING}') "
    f"AND {{row}}.body_id IS NOT DISTINCT FROM {BODY} AND {{row}}.at >= transaction_timestamp())"
)


def _of_entries() -> Fence:
    tables = {subject_of(model)[0] for model in tracked_models()}
    subjects = [model for model in apps.get_models() if model._meta.db_table in tables]
    return Fence(of_any(subjects, "subject_table", "subject_id"), writes="false")


declare(Entry, _of_entries)
SEEN = through("action", refers("history_entry", "action_id"))
declare(PerformedAction, Fence(f"{OWN} OR {SEEN}", writes=f"{{row}}.person_id IS NOT DISTINCT FROM {PERSON}"))

# Whether an action changed other records than these, for its undoing; which ones is not told.
add_function("""
CREATE OR REPLACE FUNCTION foedera_wrote_beyond(the_action bigint, of_table text, ids bigint[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off AS $$
    SELECT EXISTS (SELECT FROM history_entry e WHERE e.action_id = the_action
                   AND NOT (e.subject_table = of_table AND e.subject_id = ANY (ids)))
$$;
""")

# Seals are hashes, for everybody to compare; the program makes them.
for model in (Seal, Leaf, TimeStamp):
    declare(model, Fence(ANYBODY, writes="false"))
KEEPERS = f"{EVERYTHING} AND {WRITES}"
declare(PersonalValue, lambda: Fence(as_parent(PersonalValue, "entry").reads, writes=KEEPERS))
declare(RetentionRule, Fence(SIGNED_IN, writes=KEEPERS))
