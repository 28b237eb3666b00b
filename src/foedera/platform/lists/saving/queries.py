"""Reading views: those of a list, one by its number or its name, and the one with which a list opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for
from foedera.platform.actions.errors import NotFound
from foedera.platform.history.instants import reading_today

from .models import Audience, FirstView, SavedView

ORDER = {Audience.MINE: 0, Audience.BODY: 1, Audience.EVERYONE: 2}
MOST = 200


@dataclass(frozen=True, slots=True)
class Offered:
    """The views that a reader finds at a list, his own first, and the one with which it opens for him."""

    views: tuple[SavedView, ...] = ()
    first: SavedView | None = None

    def named(self, text: str) -> SavedView | None:
        """The view of that number or, failing that, of that name: one's own before others'."""
        if text.isascii() and text.isdigit():
            return next((v for v in self.views if v.pk == int(text)), None)
        return next((v for v in self.views if v.name.casefold() == text.casefold()), None)


def visible_views(actor: Actor) -> QuerySet[SavedView, Any]:
    """The views that the actor may know of."""
    return policy_for(SavedView).visible(SavedView.objects.all(), actor)


def offered(kind: str, actor: Actor) -> Offered:
    """The views of a list, by one statement."""
    firsts = FirstView.objects.filter(view=OuterRef("pk"))
    rows = (
        visible_views(actor)
        .filter(kind=kind)
        .annotate(
            of_person=Exists(firsts.filter(person_id=actor.person_id)),
            of_role=Exists(firsts.filter(role=actor.role)),
        )
        .order_by("name", "id")[:MOST]
    )
    # Views belong to the one who looks, not to the past that he looks at.
    with reading_today():
        views = sorted(rows, key=lambda v: ORDER[Audience(v.audience)])
    own = next((v for v in views if v.of_person), None)
    role = next((v for v in views if v.of_role), None)
    return Offered(tuple(views), own or role)


def view_of(key: int, actor: Actor) -> SavedView:
    """One view that the actor may know of. Raises NotFound."""
    with reading_today():
        found: SavedView | None = visible_views(actor).filter(pk=key).prefetch_related("first_for").first()
    if found is None:
        raise NotFound()
    return found


def views_of(kind: str, actor: Actor) -> list[SavedView]:
    """The views of a list that the actor may know of, or of all lists, with the choices of first views."""
    rows = visible_views(actor).prefetch_related("first_for").order_by("kind", "name", "id")
    with reading_today():
        return list((rows.filter(kind=kind) if kind else rows)[:MOST])


def roles_of(view: SavedView) -> list[str]:
    """The roles for which a list opens with the view."""
    return sorted(first.role for first in view.first_for.all() if first.role)


def opens_with(view: SavedView, actor: Actor) -> bool:
    """Whether the actor has chosen that the list opens with the view."""
    return actor.person_id is not None and any(f.person_id == actor.person_id for f in view.first_for.all())
