"""Reading tags: those that one finds, those on a record, and which records have one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for
from foedera.platform.actions.errors import NotFound
from foedera.platform.history.instants import reading_today
from foedera.platform.lists import composing
from foedera.platform.lists.saving.models import Audience

from .access import of
from .models import Tag, Tagging

ORDER = {Audience.MINE: 0, Audience.BODY: 1, Audience.EVERYONE: 2}
MOST = 500


def sees_tags(actor: Actor) -> bool:
    """Whether the actor finds tags on records: they are not shown to the public, nor beside records as they stood in the past."""
    return not actor.is_public and actor.known_at is None


def visible_tags(actor: Actor) -> QuerySet[Tag, Any]:
    """The tags that the actor finds."""
    return policy_for(Tag).visible(Tag.objects.all(), actor)


def tags_of(actor: Actor) -> list[Tag]:
    """The tags that the actor finds, his own first, by name."""
    with reading_today():
        found = list(visible_tags(actor).order_by("name", "id")[:MOST])
    return sorted(found, key=lambda tag: ORDER[Audience(tag.audience)])


def tag_of(key: int, actor: Actor) -> Tag:
    """One tag that the actor finds. Raises NotFound."""
    with reading_today():
        found: Tag | None = visible_tags(actor).filter(pk=key).first()
    if found is None:
        raise NotFound()
    return found


def named(names: Sequence[str], actor: Actor) -> dict[str, list[Tag]]:
    """The tags that the actor finds by each name in small letters: his own first, then his body's, then everyone's."""
    wanted = Q(pk__in=[])
    for name in names:
        wanted |= Q(name__iexact=name)
    found: dict[str, list[Tag]] = {}
    for tag in sorted(visible_tags(actor).filter(wanted), key=lambda tag: ORDER[Audience(tag.audience)]):
        found.setdefault(tag.name.casefold(), []).append(tag)
    return found


def tags_on(record: Any, actor: Actor) -> list[Tag]:
    """The tags that the actor finds on a record, by name."""
    if not sees_tags(actor):
        return []
    table = record._meta.db_table

    def on_it() -> QuerySet[Tag]:
        taggings = Tagging.objects.filter(of(actor, "tag__"), table_name=table, record_id=composing.A_NUMBER)
        return Tag.objects.filter(pk__in=taggings.values("tag")).order_by("name", "id")

    found = composing.loaded(("tags", table, actor.eyes), Tag, on_it, int(record.pk))
    return sorted(found, key=lambda tag: ORDER[Audience(tag.audience)])


def records_with(table: str, names: Sequence[str], actor: Actor) -> QuerySet[Any, Any]:
    """The ids of the records of a table on which the actor finds one of these tags; without names those with any."""
    if not sees_tags(actor):
        return Tagging.objects.none().values("record_id")
    rows = Tagging.objects.filter(of(actor, "tag__"), table_name=table)
    if names:
        wanted = Q(pk__in=[])
        for name in names:
            wanted |= Q(tag__name__iexact=name)
        rows = rows.filter(wanted)
    return rows.values("record_id")


def counts_on(rows: QuerySet[Any, Any], actor: Actor) -> list[tuple[str, int]]:
    """The names of the tags that the actor finds on these records with how many have them, most first."""
    if not sees_tags(actor):
        return []
    keys = rows.order_by().values("pk")
    on_them = Tagging.objects.filter(of(actor, "tag__"), table_name=rows.model._meta.db_table, record_id__in=keys)
    counted = on_them.values_list("tag__name").annotate(n=Count("record_id", distinct=True))
    return [(str(name), int(n)) for name, n in counted.order_by("-n", "tag__name")]


def find_tags(actor: Actor, words: str) -> list[tuple[str, str]]:
    """The tags that fit the words, for completing a query."""
    if actor.is_public:
        return []
    found = visible_tags(actor).filter(name__icontains=words).order_by("name", "id")[:20]
    return [(name, name) for name in dict.fromkeys(tag.name for tag in found)]
