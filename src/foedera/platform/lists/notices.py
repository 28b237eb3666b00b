"""What exports tell their owner: that a file is ready, or that nothing was exported and why."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.access.actors import Actor
from foedera.platform.notices.kinds import Due, Kind, Line, Reader, Shown, Way, register

from .delivering.access import SIGNED_IN
from .delivering.models import ExportState
from .delivering.queries import ended_since, runs_of

NEWS_DAYS = 14


def _due(now: datetime.datetime, readers: Sequence[Reader]) -> Iterator[Due]:
    """One notice for each export that has ended, to its owner; in another role of his when the one in which he asked is over."""
    of_duty = {reader.actor.duty_id: reader for reader in readers}
    of_person = {reader.actor.person_id: reader for reader in readers}
    for run in ended_since(now - datetime.timedelta(days=NEWS_DAYS)):
        reader = of_duty.get(run.duty_id) or of_person.get(run.person_id)
        if reader is not None and run.finished_at is not None:
            yield Due(
                reader=reader,
                key=f"{run.pk} {run.state}",
                subject_id=run.pk,
                on=timezone.localdate(run.finished_at),
            )


def _words(actor: Actor, lines: Sequence[Line]) -> Mapping[int, Shown]:
    found = {run.pk: run for run in runs_of(actor).filter(pk__in=[line.subject_id for line in lines])}
    told: dict[int, Shown] = {}
    for line in lines:
        run = found.get(line.subject_id or 0)
        if run is None:
            continue
        ready = run.state == ExportState.DONE
        text = _("The file is ready.") if ready else run.error or _("No longer kept")
        url = reverse("exports:run", args=[run.pk]) if run.duty_id == actor.duty_id else reverse("exports:mine")
        told[line.id] = Shown(text, url, title=run.name)
    return told


register(
    Kind(
        name="lists.export_ended",
        label=gettext_lazy("Exports"),
        purpose=gettext_lazy("A file that you asked for is ready, or could not be made."),
        roles=SIGNED_IN,
        due=_due,
        words=_words,
        subjects=runs_of,
        way=Way.DIGEST,
    )
)
