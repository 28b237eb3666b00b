"""Review sessions: which there are, what they are about and what was decided in them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count

from foedera.agreements.models import (
    Finding,
    ReviewSession,
)
from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound

from .findings import FindingFilter, by_urgency, narrowed
from .scope import findings_of, sessions_of


def session(actor: Actor, number: str) -> ReviewSession:
    """A review session by its number. Raises NotFound when there is none that the actor may see."""
    found: ReviewSession | None = (
        sessions_of(actor).select_related("owner", "region", "partner").filter(number=number.upper()).first()
    )
    if found is None:
        raise NotFound()
    return found


def session_made(actor: Actor, key: int) -> ReviewSession:
    """A session that the actor has just opened, with its number."""
    found: ReviewSession = sessions_of(actor).select_related("owner", "region", "partner").get(pk=key)
    return found


def open_sessions(actor: Actor) -> list[tuple[str, str]]:
    """Numbers and titles of the sessions that are open, newest first."""
    return list(sessions_of(actor).filter(closed_at__isnull=True).order_by("-id").values_list("number", "title")[:50])


def of_session(actor: Actor, held: ReviewSession) -> FindingFilter:
    """The filter that leaves what a session is about."""
    return FindingFilter(
        regions=(held.region.code,) if held.region is not None else (),
        partners=(held.partner.code,) if held.partner is not None else (),
    )


def decided_in(actor: Actor, held: ReviewSession) -> list[Finding]:
    """The visible findings decided in a session, in the order of decision."""
    return list(
        findings_of(actor)
        .filter(session=held)
        .exclude(decision="")
        .select_related("agreement", "other")
        .order_by("decided_at", "id")
    )


def open_of_session(actor: Actor, held: ReviewSession, most: int) -> tuple[list[Finding], int]:
    """The open findings of what a session is about, at most so many, and how many there are in all."""
    rows = narrowed(actor, of_session(actor, held))
    return list(by_urgency(rows).select_related("agreement", "other")[:most]), rows.count()


def session_counts(actor: Actor, numbers: Sequence[int]) -> dict[int, int]:
    """How many visible findings were decided in each of the sessions."""
    counted = findings_of(actor).filter(session__in=numbers).exclude(decision="").order_by()
    return dict(counted.values_list("session").annotate(number=Count("id")))


def listed_sessions(actor: Actor, most: int = 200) -> list[ReviewSession]:
    """The sessions that the actor may see, newest first."""
    return list(sessions_of(actor).select_related("region", "partner", "owner").order_by("-held_on", "-id")[:most])
