"""Tells those who keep a body's webhooks that one of them switched itself off."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for
from foedera.platform.notices.kinds import Due, Kind, Line, Reader, Shown, Way, register

from .access import KEEPERS
from .models import Webhook, WebhookState


def _due(now: datetime.datetime, readers: Sequence[Reader]) -> Iterator[Due]:
    del now
    for failed in Webhook.objects.filter(state=WebhookState.FAILED).order_by("id"):
        for reader in readers:
            if (reader.actor.body_id, str(reader.actor.role)) == (failed.body_id, failed.role) and failed.off_since:
                yield Due(
                    reader=reader,
                    key=f"{failed.pk}:{failed.off_since:%Y%m%d%H%M%S}",
                    subject_id=failed.pk,
                    on=failed.off_since.date(),
                )


def _words(actor: Actor, lines: Sequence[Line]) -> Mapping[int, Shown]:
    found = policy_for(Webhook).visible(Webhook.objects.all(), actor).in_bulk([line.subject_id for line in lines])
    return {
        line.id: Shown(
            _("A webhook failed for days and was switched off"),
            reverse("webhooks:webhook", args=[found[line.subject_id or 0].number]),
            number=found[line.subject_id or 0].number,
            title=found[line.subject_id or 0].name,
        )
        for line in lines
        if line.subject_id in found
    }


register(
    Kind(
        name="webhooks.failed",
        label=gettext_lazy("Webhooks that were switched off"),
        purpose=gettext_lazy("A program of your body did not take its calls for days."),
        roles=KEEPERS,
        due=_due,
        words=_words,
        subjects=lambda actor: policy_for(Webhook).visible(Webhook.objects.all(), actor),
        way=Way.AT_ONCE,
    )
)
