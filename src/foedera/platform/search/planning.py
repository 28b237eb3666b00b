"""Asking the index by its own plan: the settings go with the statement in one message and end with it.

A vector that must be unpacked for each row makes every other way than the index many times slower, and the planner, which does
not know how many rows a question fits, takes it now and then for the cheaper one. Compiling a statement, or starting workers for
it, takes longer than running it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

SETTINGS = {
    "enable_seqscan": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    # So that the rows of a very common word are held one by one, and not as pages to be searched again.
    "work_mem": "32MB",
}
# The first of the rows that fit is not looked for along the key either.
ANY_ONE = {**SETTINGS, "enable_indexscan": "off"}


def by_the_index(sql: str, params: Sequence[Any], settings: dict[str, str] = SETTINGS) -> list[tuple[Any, ...]]:
    """The rows of a statement that reads, planned under these settings; afterwards they are as they were for the session."""
    before = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())
    after = "; ".join(f"SET LOCAL {name} TO DEFAULT" for name in settings)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {before}; {sql}; {after}", params)
        cursor.nextset()
        return list(cursor.fetchall())
