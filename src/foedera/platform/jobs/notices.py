"""Tells those who look after the register that a periodic job keeps failing."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.access.actors import Actor
from foedera.platform.notices.kinds import Due, Kind, Line, Reader, Shown, Way, register

from .declaring import RUN_BY, description_of
from .queries import crons

# One failure may be the database that was gone for a moment.
TOLD_AFTER = 3
# Of each job the runs since it last ended well.
FAILING = """
SELECT r.name, min(r.id), min(r.started_at), count(*) FROM jobs_jobrun r
WHERE r.state = 'failed' AND r.name = ANY(%s)
  AND r.id > coalesce((SELECT max(d.id) FROM jobs_jobrun d WHERE d.name = r.name AND d.state = 'done'), 0)
GROUP BY r.name HAVING count(*) >= %s ORDER BY r.name
"""


def _failures_due(now: datetime.datetime, readers: Sequence[Reader]) -> Iterator[Due]:
    del now
    with connection.cursor() as cursor:
        cursor.execute(FAILING, [list(crons()), TOLD_AFTER])
        failing = cursor.fetchall()
    for name, first, since, _count in failing:
        for reader in readers:
            yield Due(reader=reader, key=f"{name}:{first}", on=since.date(), facts={"job": name})


def _failure_words(actor: Actor, lines: Sequence[Line]) -> Mapping[int, Shown]:
    del actor
    return {
        line.id: Shown(
            _("A periodic job keeps failing: %(job)s") % {"job": description_of(line.facts["job"]).title},
            reverse("jobs:job", args=[line.facts["job"]]),
        )
        for line in lines
    }


register(
    Kind(
        name="jobs.failing",
        label=gettext_lazy("Background work that fails"),
        purpose=gettext_lazy("A periodic job failed three times and has not ended well since."),
        roles=RUN_BY,
        due=_failures_due,
        words=_failure_words,
        way=Way.AT_ONCE,
    )
)
