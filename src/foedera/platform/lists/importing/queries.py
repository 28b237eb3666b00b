"""Reading runs of imports and mappings kept by name."""

from __future__ import annotations

from django.db.models import QuerySet

from foedera.platform.access.actors import Actor
from foedera.platform.lists.models import ImportRun, SavedMapping

from .mapping import ImportMapping, MappingFault, mapping_from


def saved_mappings(kind: str) -> list[ImportMapping]:
    """The mappings of a kind that people kept, newest first; one that no longer fits the program is left out."""
    found = []
    for name, data in SavedMapping.objects.filter(kind=kind).order_by("-id").values_list("name", "mapping"):
        try:
            found.append(mapping_from({**data, "name": name, "kind": kind}))
        except MappingFault:
            continue
    return found


def runs_of(actor: Actor) -> QuerySet[ImportRun]:
    """The runs that the actor may look at: his own; those who see the whole register see all."""
    runs = ImportRun.objects.all()
    if actor.reads_everything:
        return runs
    if actor.person_id is None:
        return runs.none()
    return runs.filter(person_id=actor.person_id)


def run_of(actor: Actor, key: int) -> ImportRun | None:
    """One run that the actor may look at, or None."""
    return runs_of(actor).filter(pk=key).select_related("file", "report").first()
