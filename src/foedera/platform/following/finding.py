"""What is found under a subscription now: its records, and the newest entry of the history of each."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.http import QueryDict
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound, invalid
from foedera.platform.lists import querying
from foedera.platform.lists.description import Context, RecordType, record_type
from foedera.platform.lists.saving.opening import open_list

from .access import readable
from .models import Subscription

# As many records of a list are followed; of more nobody reads what he is told.
MOST = 10_000

NEWEST = """
SELECT k.id, e.id FROM unnest(%s::bigint[]) k(id)
CROSS JOIN LATERAL (SELECT h.id FROM history_entry h WHERE h.subject_table = %s AND h.subject_id = k.id
                    ORDER BY h.id DESC LIMIT 1) e
"""
BEFORE = """
SELECT k.id, coalesce((SELECT max(h.id) FROM history_entry h WHERE h.subject_table = %s AND h.subject_id = k.id AND h.at <= %s), 0)
FROM unnest(%s::bigint[]) k(id)
"""
# Whether somebody else than the follower had a hand in it; what nobody named has done is somebody else's.
BY_OTHERS = """
SELECT k.id FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) k(id, since, until)
WHERE k.since = k.until OR EXISTS (
    SELECT FROM history_entry h LEFT JOIN history_action a ON a.id = h.action_id
    WHERE h.subject_table = %s AND h.subject_id = k.id AND h.id > k.since AND h.id <= k.until
      AND a.person_id IS DISTINCT FROM %s)
"""


def described(subscription: Subscription) -> RecordType:
    """The record type of a subscription. Raises NotFound for one that is no more."""
    try:
        return record_type(subscription.record_type)
    except LookupError:
        raise NotFound() from None


def members_of(subscription: Subscription, actor: Actor) -> list[int]:
    """The records under a subscription that the actor may read whole, in the order of their ids.

    Raises Invalid where the list is no longer what it was or has too many records, NotFound where its view is gone.
    """
    kind = described(subscription)
    if subscription.record_id is not None:
        return list(readable(kind, actor).filter(pk=subscription.record_id).values_list("pk", flat=True))
    context, kind = Context(actor), kind.for_reader(actor)
    opened = open_list(kind, QueryDict(subscription.query), context, with_first=False)
    if opened.left_out:
        # Without what is missing the list would be another one, and most of it would seem new.
        raise invalid("query", "; ".join(str(words) for words in opened.left_out))
    view = querying.parse_view(kind, opened.query, context)
    rows = querying.without_withheld(kind, querying.narrowed(kind, view, context), context)
    found = list(rows.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if len(found) > MOST:
        raise invalid("query", _("The list has more than %(most)d records; narrow it.") % {"most": MOST})
    return found


def newest_entries(kind: RecordType, keys: Sequence[int]) -> dict[int, int]:
    """The newest entry of the history of each record; 0 where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [list(keys), kind.model._meta.db_table])
        found = dict(cursor.fetchall())
    return {key: found.get(key, 0) for key in keys}


def entries_before(kind: RecordType, keys: Sequence[int], moment: datetime.datetime) -> dict[int, int]:
    """The newest entry of each record's history up to a moment; 0 where there was none."""
    with connection.cursor() as cursor:
        cursor.execute(BEFORE, [kind.model._meta.db_table, moment, list(keys)])
        return dict(cursor.fetchall())


def by_others(kind: RecordType, spans: Mapping[int, tuple[int, int]], person_id: int) -> set[int]:
    """Those of the records in whose span of entries somebody else than the person had a hand, or time alone."""
    keys = list(spans)
    with connection.cursor() as cursor:
        values: list[Any] = [keys, [spans[k][0] for k in keys], [spans[k][1] for k in keys]]
        cursor.execute(BY_OTHERS, [*values, kind.model._meta.db_table, person_id])
        return {key for (key,) in cursor.fetchall()}
