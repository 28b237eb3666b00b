"""The whole history as one file that can be verified without this program's database: gzipped JSON Lines.

{"foedera_history": 1, "made_at": ...}
{"seal": {...}, "hash": h, "stamps": [...]}     each seal in order, its document as in `canonical`, followed by its leaves:
{"leaf": h, "action": {...}}
{"leaf": h, "entry": {...}, "personal": [...]}  personal values with their salts, or what erased them
{"leaf": h, "gone": ["e", 57]}                  a leaf whose row the database no longer holds
{"action": {...}} and {"entry": {...}}          what is not under a seal yet
{"end": {"seals": n, "leaves": n, "unsealed": n}}
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from .models import Seal
from .sealing import ACTION_JSON, ENTRY_JSON, moment_text

LEAVES = f"""
SELECT l.kind, l.row_id, encode(l.hash, 'hex'), {ACTION_JSON}, {ENTRY_JSON}, a.id, e.id,
       (SELECT json_agg(json_build_object('side', p.side, 'field', p.field, 'salt', p.salt, 'value', p.value, 'erased', p.erased_by)
                        ORDER BY p.id)::text FROM history_personal p WHERE p.entry_id = e.id)
FROM history_leaf l
LEFT JOIN history_action a ON l.kind = 'a' AND a.id = l.row_id
LEFT JOIN history_entry e ON l.kind = 'e' AND e.id = l.row_id
WHERE l.seal_id = %s ORDER BY l.position
"""  # noqa: S608 - pieces of our own
UNSEALED = f"""
SELECT {ACTION_JSON} FROM history_action a
WHERE NOT EXISTS (SELECT FROM history_leaf l WHERE l.kind = 'a' AND l.row_id = a.id) ORDER BY a.id
"""  # noqa: S608 - as above
UNSEALED_ENTRIES = f"""
SELECT {ENTRY_JSON} FROM history_entry e
WHERE NOT EXISTS (SELECT FROM history_leaf l WHERE l.kind = 'e' AND l.row_id = e.id) ORDER BY e.id
"""  # noqa: S608 - as above


class Exported(NamedTuple):
    """What an export holds."""

    seals: int
    leaves: int
    unsealed: int


def export_history(target: Path) -> Exported:
    """Write the whole history to a file, all of one snapshot; returns what it holds. Raises OSError when it cannot be written.

    The file appears under its name only when it is whole.
    """
    part = target.with_name(target.name + ".part")
    try:
        with gzip.open(part, "wt", encoding="utf-8", compresslevel=6) as stream:
            counts = {"seals": 0, "leaves": 0, "unsealed": 0}
            for line in _lines(counts):
                stream.write(line + "\n")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return Exported(**counts)


def _lines(counts: dict[str, int]) -> Iterator[str]:
    with transaction.atomic(), connection.cursor() as cursor:
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield json.dumps({"foedera_history": 1, "made_at": moment_text(timezone.now())})
        for seal in Seal.objects.order_by("number").prefetch_related("stamps").iterator(chunk_size=100):
            counts["seals"] += 1
            yield json.dumps(_seal(seal))
            cursor.execute(LEAVES, [seal.number])
            while rows := cursor.fetchmany(2000):
                for row in rows:
                    counts["leaves"] += 1
                    yield _leaf(row)
        for query in (UNSEALED, UNSEALED_ENTRIES):
            cursor.execute(query)
            while rows := cursor.fetchmany(2000):
                for (document,) in rows:
                    counts["unsealed"] += 1
                    yield document
        yield json.dumps({"end": counts})


def _seal(seal: Seal) -> dict[str, Any]:
    return {
        "seal": {
            "format": 1,
            "number": seal.number,
            "at": moment_text(seal.at),
            "previous": bytes(seal.previous).hex(),
            "root": bytes(seal.root).hex(),
            "count": seal.count,
            "members": seal.members,
        },
        "hash": bytes(seal.hash).hex(),
        "stamps": [
            {"at": moment_text(s.stamped_at), "authority": s.authority, "response": bytes(s.response).hex()}
            for s in seal.stamps.all()
        ],
    }


def _leaf(row: tuple[Any, ...]) -> str:
    # The documents go into the file as the database wrote them, so that no number is written anew.
    kind, key, leaf, action, entry, action_id, entry_id, personal = row
    if kind == "a" and action_id is not None:
        return f'{{"leaf": "{leaf}", {action[1:]}'
    if kind == "e" and entry_id is not None:
        told = f', "personal": {personal}' if personal else ""
        return f'{{"leaf": "{leaf}", {entry[1:-1]}{told}}}'
    return json.dumps({"leaf": leaf, "gone": [kind, key]})
