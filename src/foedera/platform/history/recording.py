"""Naming the performed action in the transaction, so that the triggers can write it beside every changed row."""

from __future__ import annotations

from django.db import connection

from foedera.platform.access.actors import Actor

# The moment is taken when the record is locked already, not when the transaction began: whoever waited for the lock is later.
BEGIN = """
WITH performed AS (
    INSERT INTO history_action (at, name, reason, person_id, person_name, role, body_id, channel, request_id)
    VALUES (clock_timestamp(), %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id, at
) SELECT id, set_config('foedera.action', id::text, true), set_config('foedera.at', at::text, true) FROM performed
"""


def record_action(name: str, actor: Actor, reason: str = "") -> int:
    """Write who does what and why, for every row changed until the end of this transaction; returns the id of the action.

    Raises RuntimeError outside a transaction, for the name would be lost before the first write.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an action is recorded only inside a transaction")
    with connection.cursor() as cursor:
        cursor.execute(
            BEGIN,
            [
                name,
                reason,
                actor.person_id,
                actor.signature,
                str(actor.role),
                actor.body_id,
                actor.channel,
                actor.request_id,
            ],
        )
        return int(cursor.fetchone()[0])


def resume_action(action_id: int | None) -> None:
    """Set which performed action the following writes belong to (None: none), inside the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('foedera.action', %s, true)", ["" if action_id is None else str(action_id)])
