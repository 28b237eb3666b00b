"""The upkeep of the index."""

from __future__ import annotations

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from foedera.platform.jobs.declaring import describe

describe("search.tidy_words", _("Tidy the words of the search"), _("Forgets words that stand nowhere any more."))

TIDY = """
DELETE FROM platform_search_searchword w USING platform_search_searchword twin WHERE twin.word = w.word AND twin.id < w.id;
DELETE FROM platform_search_searchword w WHERE NOT EXISTS (
    SELECT FROM platform_search_searchentry e
    WHERE CASE WHEN e.whole IS NULL THEN e.own ELSE e.whole END @@ plainto_tsquery('foedera', w.word)
) AND numnode(plainto_tsquery('foedera', w.word)) > 0;
"""


def tidy_words() -> None:
    """Forget words that stand in no entry any more, and rows that say a word twice."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TIDY)


@app.periodic(cron="41 2 * * *")
@app.task(name="search.tidy_words", queue="upkeep", queueing_lock="tidy_words")
def tidy(timestamp: int) -> None:
    """Nightly `tidy_words`."""
    del timestamp
    tidy_words()
