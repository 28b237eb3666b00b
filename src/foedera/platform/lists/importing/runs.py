"""Making runs of imports, and keeping mappings by name."""

from __future__ import annotations

from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import invalid
from foedera.platform.documents.models import StoredFile
from foedera.platform.lists.models import ImportRun, RunState, SavedMapping

from .mapping import ImportMapping


def new_run(
    kind: str,
    file_name: str,
    actor: Actor,
    *,
    file: StoredFile | None = None,
    mapping: ImportMapping | None = None,
    all_or_nothing: bool = False,
    dry_run: bool = False,
) -> ImportRun:
    """A run that waits to be carried out."""
    return ImportRun.objects.create(
        kind=kind,
        file=file,
        file_name=file_name[:255],
        mapping=mapping.stored() if mapping is not None else {},
        all_or_nothing=all_or_nothing,
        dry_run=dry_run,
        state=RunState.WAITING,
        person_id=actor.person_id,
        duty_id=actor.duty_id,
    )


def keep_mapping(kind: str, name: str, mapping: ImportMapping, columns: list[str], actor: Actor) -> SavedMapping:
    """Keep a mapping by name; its signature is the header it was made for. A name that is taken is replaced.

    Raises Invalid for an empty or too long name.
    """
    name = " ".join(name.split())
    if not name or len(name) > 100:
        raise invalid("name", _("Enter a name of at most 100 letters."))
    data = mapping.model_copy(update={"signature": [c for c in columns if c], "name": name, "kind": kind}).stored()
    kept, _made = SavedMapping.objects.update_or_create(
        kind=kind, name=name, defaults={"mapping": data, "person_id": actor.person_id}
    )
    return kept


def set_mapping(run: ImportRun, mapping: ImportMapping) -> None:
    """Say what the columns of a run are; it is looked at before it is imported."""
    ImportRun.objects.filter(pk=run.pk).update(mapping=mapping.stored(), dry_run=True, rows_done=0)
    run.refresh_from_db()


def ask_again(run: ImportRun, *, dry_run: bool) -> None:
    """Prepare a run to be carried out: only looked at, or imported."""
    ImportRun.objects.filter(pk=run.pk).update(dry_run=dry_run, rows_done=0)
    run.refresh_from_db()
