"""Sealing: new actions and entries are put under a Merkle root that is chained to the last seal.

What is under a seal is said by its leaves alone: each action and entry has one leaf, in the first seal that saw it committed. A
transaction that commits late, with lower ids than others before it, is therefore found by the next seal like any other.

Looking through the whole history each time would be slow, so a seal also notes up to which ids everything is under a seal for
certain, and the next looks only beyond. That is known from snapshots: a seal notes the highest ids it saw and then the end of its
snapshot (pg_snapshot_xmax). Whoever held a lower id and had not committed was running then; once the oldest transaction still running
(pg_snapshot_xmin) is not older than that end, all of those have ended and what they left has been seen. Since an id is taken a moment
before its transaction counts as running, only seals older than SETTLING are trusted; `whole` looks through everything.

One seal is one transaction under an advisory lock: a sealer killed at any instant leaves nothing, two at once seal after each other.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from .canonical import canonical, parse, seal_document, spans
from .merkle import leaf_hash, root, seal_hash
from .models import Seal

# So many actions, and so many entries, are put under one seal; more make another.
MOST = 20_000
SETTLING = datetime.timedelta(minutes=10)
UTC = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'

ACTION_JSON = f"""
jsonb_build_object('action', jsonb_build_object(
    'id', a.id, 'at', to_char(a.at AT TIME ZONE 'UTC', '{UTC}'), 'name', a.name, 'reason', a.reason, 'person_id', a.person_id,
    'person_name', a.person_name, 'role', a.role, 'body_id', a.body_id, 'channel', a.channel, 'request_id', a.request_id))::text
"""
ENTRY_JSON = f"""
jsonb_build_object('entry', jsonb_build_object(
    'id', e.id, 'at', to_char(e.at AT TIME ZONE 'UTC', '{UTC}'), 'action', e.action_id, 'table', e.table_name, 'row', e.row_id,
    'subject_table', e.subject_table, 'subject', e.subject_id, 'operation', e.operation, 'before', e.before, 'after', e.after))::text
"""
UNSEALED = """
SELECT {alias}.id, {document} FROM {table} {alias}
WHERE {alias}.id > %s AND NOT EXISTS (SELECT FROM history_leaf l WHERE l.kind = '{alias}' AND l.row_id = {alias}.id)
ORDER BY {alias}.id LIMIT %s
"""
ACTIONS = UNSEALED.format(alias="a", table="history_action", document=ACTION_JSON)
ENTRIES = UNSEALED.format(alias="e", table="history_entry", document=ENTRY_JSON)
# Not COPY, which PostgreSQL refuses to roles that row-level security binds.
LEAVES = """
INSERT INTO history_leaf (seal_id, position, kind, row_id, hash)
SELECT %s, given.position - 1, given.kind, given.key, given.hash
FROM unnest(%s::text[], %s::bigint[], %s::bytea[]) WITH ORDINALITY AS given (kind, key, hash, position)
"""
LAST = "SELECT (SELECT coalesce(max(id), 0) FROM history_action), (SELECT coalesce(max(id), 0) FROM history_entry)"
SNAPSHOT = """
SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint, clock_timestamp() FROM pg_current_snapshot() s
"""
SETTLED = """
SELECT greatest(max(settled_action), max(last_action) FILTER (WHERE snapshot_end <= %(begin)s AND at < %(before)s)),
       greatest(max(settled_entry), max(last_entry) FILTER (WHERE snapshot_end <= %(begin)s AND at < %(before)s))
FROM history_seal
"""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A seal that was made: its number, its hash (the root to publish) and how much is under it."""

    number: int
    hash: str
    count: int


def moment_text(moment: datetime.datetime) -> str:
    """A moment as canonical documents write it."""
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def seal_all(*, whole: bool = False, most: int = MOST) -> list[Sealed]:
    """Put everything that is committed and not yet under a seal under seals; returns those made, none when nothing is new.

    `whole` looks through the whole history instead of what came since the last seals.
    """
    made = []
    while (sealed := seal_once(whole=whole, most=most)) is not None:
        made.append(sealed)
    return made


def seal_once(*, whole: bool = False, most: int = MOST) -> Sealed | None:
    """Make one seal over at most `most` actions and as many entries; None when there are no new ones."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('history_seal'))")
        # In this order: ids first, then the end of the snapshot.
        cursor.execute(LAST)
        last_action, last_entry = cursor.fetchone()
        cursor.execute(SNAPSHOT)
        begin, end, now = cursor.fetchone()
        cursor.execute(SETTLED, {"begin": begin, "before": now - SETTLING})
        settled_action, settled_entry = (value or 0 for value in cursor.fetchone())
        leaves = [
            *_leaves(cursor, "a", ACTIONS, 0 if whole else settled_action, most),
            *_leaves(cursor, "e", ENTRIES, 0 if whole else settled_entry, most),
        ]
        if not leaves:
            return None
        before = Seal.objects.order_by("-number").first()
        number = before.number + 1 if before else 1
        previous = bytes(before.hash) if before else b""
        members = [(kind, key) for kind, key, _hash in leaves]
        top = root([h for _kind, _key, h in leaves])
        document = seal_document(
            number=number, at=moment_text(now), previous=previous.hex(), root=top.hex(), members=members
        )
        made = Seal.objects.create(
            number=number,
            at=now,
            previous=previous,
            root=top,
            hash=seal_hash(canonical(document)),
            count=len(leaves),
            members=spans(members),
            settled_action=settled_action,
            settled_entry=settled_entry,
            # A batch that was cut off has not seen what lies beyond it.
            last_action=_seen(leaves, "a", most, last_action),
            last_entry=_seen(leaves, "e", most, last_entry),
            snapshot_end=end,
        )
        kinds, keys, hashes = ([leaf[part] for leaf in leaves] for part in range(3))
        cursor.execute(LEAVES, [number, kinds, keys, hashes])
        return Sealed(number, made.hash.hex(), len(leaves))


def _leaves(cursor: Any, kind: str, query: str, beyond: int, most: int) -> Iterator[tuple[str, int, bytes]]:
    cursor.execute(query, [beyond, most])
    for key, document in cursor.fetchall():
        yield kind, key, leaf_hash(canonical(parse(document)))


def _seen(leaves: list[tuple[str, int, bytes]], kind: str, most: int, last: int) -> int:
    keys = [key for k, key, _hash in leaves if k == kind]
    return keys[-1] if len(keys) == most else last
