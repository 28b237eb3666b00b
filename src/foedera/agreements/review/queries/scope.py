"""What of the review the actor may see, and territories by their codes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from foedera.agreements.access import withheld_from
from foedera.agreements.models import (
    Agreement,
    Finding,
    FollowUp,
    ReviewSession,
)
from foedera.directory.models import Territory
from foedera.directory.queries import territory_name
from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import visible_rows
from foedera.platform.access.roles import BOUND_TO_PARTNERS, BOUND_TO_REGIONS
from foedera.platform.lists.description import Context

from .. import access as _access  # noqa: F401 - registers the policies used below


def findings_of(actor: Actor) -> QuerySet[Finding]:
    """All findings that the actor may see."""
    rows: QuerySet[Finding] = visible_rows(Finding.objects.all(), actor)
    return rows


def steps_of(actor: Actor) -> QuerySet[FollowUp]:
    """All next steps that the actor may see."""
    rows: QuerySet[FollowUp] = visible_rows(FollowUp.objects.all(), actor)
    return rows


def sessions_of(actor: Actor) -> Any:
    """All review sessions that the actor may see."""
    return ReviewSession.objects.visible_to(actor)


def territory_ids(codes: Iterable[str]) -> dict[str, int]:
    """Ids of territories by code; unknown codes are absent."""
    wanted = {code.upper() for code in codes}
    return dict(Territory.objects.filter(code__in=wanted).values_list("code", "id")) if wanted else {}


def territory_named(code: str, *, own: bool) -> int | None:
    """The id of an own region, or of a foreign state, by its code; None when there is none."""
    return Territory.objects.filter(code=code.upper(), own=own).values_list("id", flat=True).first()


def territory_labels(ids: Iterable[int], language: str) -> dict[int, tuple[str, str]]:
    """Code and name in a language of territories by id."""
    return {
        t.pk: (t.code, territory_name(t, language))
        for t in Territory.objects.filter(pk__in=set(ids)).only("code", "name", "names")
    }


def readable_agreement_ids(actor: Actor, ids: Iterable[int]) -> set[int]:
    """Those of the agreements that the actor may read whole, for what is told of the other one of a pair."""
    rows = Agreement.objects.visible_to(actor).filter(pk__in=set(ids))
    withheld = withheld_from(Context(actor))
    if withheld is not None:
        rows = rows.exclude(withheld)
    return set(rows.values_list("pk", flat=True))


def territories_to_choose(actor: Actor, *, own: bool) -> list[tuple[str, str]]:
    """Codes and names of the own regions, or of the states, that the actor's session may be about, by name."""
    rows = Territory.objects.filter(own=own, during__contains=actor.as_of)
    rows = rows.filter(kind="region") if own else rows.exclude(kind__in=["region", "district"])
    if own and actor.role in BOUND_TO_REGIONS:
        rows = rows.filter(pk__in=sorted(actor.own_territories))
    if not own and actor.role in BOUND_TO_PARTNERS:
        rows = rows.filter(pk__in=sorted(actor.partner_states))
    named = [(t.code, territory_name(t, actor.language)) for t in rows.only("code", "name", "names")]
    return sorted(named, key=lambda pair: pair[1])
