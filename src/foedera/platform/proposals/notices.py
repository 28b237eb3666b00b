"""What proposals tell people: that one waits for their decision, and what became of their own."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.access.actors import Actor, signature_in_words
from foedera.platform.access.roles import PROPOSERS
from foedera.platform.notices.kinds import Due, Kind, Line, Reader, Shown, Way, register

from . import queries
from .actions import DECIDERS
from .models import Proposal, ProposalState

NEWS_DAYS = 30


def _waiting(now: datetime.datetime, readers: Sequence[Reader]) -> Iterator[Due]:
    """To the people of the owner body who may decide; of records without an owner to whoever reads the whole country."""
    for row in Proposal.objects.filter(state=ProposalState.OPEN, created_at__lte=now).order_by("id"):
        for reader in readers:
            actor = reader.actor
            concerned = actor.reads_everything if row.owner_id is None else actor.body_id == row.owner_id
            if not concerned or actor.person_id == row.proposer_id:
                continue
            if queries.may_decide(row, queries.target_of(row, actor), actor):
                yield Due(reader=reader, key=str(row.pk), subject_id=row.pk, on=timezone.localdate(row.created_at))


def _decided(now: datetime.datetime, readers: Sequence[Reader]) -> Iterator[Due]:
    first: dict[int | None, Reader] = {}
    for reader in readers:
        first.setdefault(reader.actor.person_id, reader)
    rows = Proposal.objects.filter(
        state__in=[ProposalState.ACCEPTED, ProposalState.DECLINED],
        decided_at__gte=now - datetime.timedelta(days=NEWS_DAYS),
    ).order_by("id")
    for row in rows:
        told = first.get(row.proposer_id)
        if told is not None and row.decided_at is not None:
            yield Due(reader=told, key=str(row.pk), subject_id=row.pk, on=timezone.localdate(row.decided_at))


def _found(actor: Actor, lines: Sequence[Line]) -> Mapping[int | None, Proposal]:
    return {row.pk: row for row in queries.visible(actor).filter(pk__in=[line.subject_id for line in lines])}


def _shown(row: Proposal, text: str) -> Shown:
    return Shown(text, reverse("proposals:proposal", args=[row.number]), row.record_number, row.title)


def _waiting_words(actor: Actor, lines: Sequence[Line]) -> Mapping[int, Shown]:
    told: dict[int, Shown] = {}
    found = _found(actor, lines)
    for line in lines:
        row = found.get(line.subject_id)
        if row is not None:
            words = {"person": signature_in_words(row.proposer_name), "reason": row.reason}
            told[line.id] = _shown(row, _("%(person)s proposes a change: %(reason)s") % words)
    return told


def _decided_words(actor: Actor, lines: Sequence[Line]) -> Mapping[int, Shown]:
    told: dict[int, Shown] = {}
    found = _found(actor, lines)
    for line in lines:
        row = found.get(line.subject_id)
        if row is not None:
            words = str(ProposalState(row.state).label)
            told[line.id] = _shown(row, f"{words}: {row.decision_reason}" if row.decision_reason else words)
    return told


register(
    Kind(
        name="proposals.waiting",
        label=gettext_lazy("Proposals to decide"),
        purpose=gettext_lazy("Somebody proposes a change of a record of your body, and you may decide on it."),
        roles=DECIDERS,
        due=_waiting,
        words=_waiting_words,
        subjects=queries.visible,
    )
)
register(
    Kind(
        name="proposals.decided",
        label=gettext_lazy("Your proposals"),
        purpose=gettext_lazy("A change that you proposed was accepted or declined."),
        roles=PROPOSERS,
        due=_decided,
        words=_decided_words,
        subjects=queries.visible,
        way=Way.AT_ONCE,
    )
)
