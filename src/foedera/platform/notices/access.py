"""Who sees a notice: the person who was told, as long as he may know of what it is about in the role he works in."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.db.models import Q, QuerySet

from foedera.platform.access.actors import Actor
from foedera.platform.access.fences import add_function, declare, of_person
from foedera.platform.access.policies import ALLOWED, Policy, Verdict, register

from .kinds import kinds_for
from .models import CalendarAddress, Choice, DigestHour, Mail, Notice


def may_know(actor: Actor, only: Collection[str] | None = None) -> Q:
    """Condition of the notices about whose subjects the actor may know now; `only`: of these kinds."""
    allowed = Q(pk__in=[])
    together: dict[Callable[[Actor], QuerySet[Any, Any]], list[str]] = {}
    plain = []
    for kind in kinds_for(actor.role):
        if only is not None and kind.name not in only:
            continue
        if kind.subjects is None:
            plain.append(kind.name)
        else:
            together.setdefault(kind.subjects, []).append(kind.name)
    if plain:
        allowed |= Q(kind__in=plain)
    for subjects, names in together.items():
        allowed |= Q(kind__in=names, subject_id__in=subjects(actor).order_by().values("pk"))
    return allowed


class NoticePolicy(Policy[Notice]):
    """One's own notices, with the rights of the moment."""

    def visible(self, rows: QuerySet[Notice, Any], actor: Actor) -> QuerySet[Notice, Any]:
        """As Policy.visible."""
        if actor.person_id is None:
            return rows.none()
        return rows.filter(may_know(actor), person=actor.person_id)

    def in_scope(self, record: Notice, actor: Actor) -> Verdict:
        """As Policy.in_scope."""
        return ALLOWED


register(Notice, NoticePolicy())

# A notice holds dates and counts alone; what it is about is read behind the fence of its record. The program tells and sends.
for model in (Notice, Mail, Choice, DigestHour, CalendarAddress):
    declare(model, of_person())
# Whose calendar is read, before anybody asks: a calendar program knows the secret address alone.
add_function("""
CREATE OR REPLACE FUNCTION foedera_person_of_calendar(the_digest text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT person_id FROM notices_calendaraddress WHERE digest = the_digest AND revoked_at IS NULL
$$;
""")
