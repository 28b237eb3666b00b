"""Runs of imports are their person's, and of those who see the whole register; kept mappings are for everybody inside."""

from foedera.platform.access.fences import (
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
    of_person,
)

from .bulk.models import BulkRow, BulkRun
from .delivering.models import ExportRun, ExportSchedule
from .models import ImportRun, SavedMapping
from .saving.models import FirstView, SavedView

declare(ImportRun, Fence(of_person(others=EVERYTHING).reads, writes=f"{{row}}.person_id = {PERSON} OR {EVERYTHING}"))
declare(ExportRun, of_person())
declare(ExportSchedule, of_person())
declare(BulkRun, of_person())
declare(BulkRow, lambda: as_parent(BulkRow, "run"))
declare(SavedMapping, Fence(SIGNED_IN, writes=f"{SIGNED_IN} AND {WRITES}"))

SHARERS = f"{ROLE} IN ('coordinator', 'administrator')"
MINE = f"{{row}}.person_id = {PERSON}"
declare(
    SavedView,
    Fence(
        f"{{row}}.id = ANY ((SELECT foedera_public_views())::bigint[]) AND {ROLE} = 'public' OR {SIGNED_IN} AND "
        f"({{row}}.audience = 'everyone' OR {{row}}.audience = 'mine' AND {MINE} OR "
        f"{{row}}.audience = 'body' AND {{row}}.body_id = {BODY})",
        writes=f"{MINE} OR {{row}}.audience = 'body' AND {{row}}.body_id = {BODY} AND {WRITES} OR {SHARERS}",
    ),
)
# Seen with the view too, for it goes with the view.
declare(
    FirstView,
    lambda: Fence(
        f"{MINE} OR {{row}}.role = {ROLE} OR {as_parent(FirstView, 'view').reads}",
        writes=f"{MINE} OR {SHARERS} OR {as_parent(FirstView, 'view').reads} AND {WRITES}",
    ),
)
add_function("""
CREATE OR REPLACE FUNCTION foedera_public_views() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(view_id), '{}') FROM platform_lists_firstview WHERE role = 'public'
$$;
""")
