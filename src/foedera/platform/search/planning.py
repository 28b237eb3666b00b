"""Asking the index by its own plan: the settings go before the statement and end with it.

A vector that must be unpacked for each row makes every other way than the index many times slower, and the planner, which does
not know how many rows a question fits, takes it now and then for the cheaper one. Compiling a statement, or starting workers for
it, takes longer than running it; so does planning it behind the fences, wherefore the plan is kept on the connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from foedera.platform.access.asking import is_asked, is_said
from foedera.platform.access.database.preparing import prepared_cursor
from foedera.platform.lists.composing import sized

SETTINGS = {
    "enable_seqscan": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    # So that the rows of a very common word are held one by one, and not as pages to be searched again.
    "work_mem": "32MB",
    # With these settings there is but one way, whatever is asked for: the first plan is as good as any.
    "plan_cache_mode": "force_generic_plan",
}
# The rows that fit are not looked for along the key either.
ANY_ONE = {**SETTINGS, "enable_indexscan": "off"}


def by_the_index(
    sql: str, params: Sequence[Any], settings: dict[str, str] = SETTINGS, *, is_kept: bool = True
) -> list[tuple[Any, ...]]:
    """The rows of a statement that reads, planned under these settings; afterwards they are as they were for the session.

    Unless `is_kept` the statement is planned for this once, with its values written into it.
    """
    before = "SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())
    after = "; ".join(f"SET LOCAL {name} TO DEFAULT" for name in settings)
    if not is_kept:
        with connection.cursor() as cursor:
            cursor.execute(f"{before}; {sql}; {after}", params)
            cursor.nextset()
            return list(cursor.fetchall())
    if not (connection.in_atomic_block or (is_asked() and is_said())):
        # Where each statement is a transaction of its own, the settings would end before it.
        with transaction.atomic():
            return by_the_index(sql, params, settings)
    with connection.cursor() as cursor, prepared_cursor() as kept:
        cursor.execute(before)
        kept.execute(sql, [sized(value) for value in params])
        rows = list(kept.fetchall())
        cursor.execute(after)
        return rows
