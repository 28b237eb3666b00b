"""What refers to a record: every foreign key of every model, found from the models, and the parts of the platform that name any record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from foedera.platform.following.models import Subscription
from foedera.platform.history.triggers import tracked_models
from foedera.platform.lists.description import RecordType
from foedera.platform.notes.models import Note
from foedera.platform.proposals.models import Proposal
from foedera.platform.records.models import NamedReader
from foedera.platform.reminders.models import Reminder
from foedera.platform.search.models import SearchEntry
from foedera.platform.tags.models import Tagging

from .models import Merge

_CALLED: dict[type[models.Model], Promise] = {Subscription: gettext_lazy("Subscription")}


def called(model: type[models.Model]) -> str:
    """What the rows of a table are, in words."""
    return str(_CALLED.get(model) or model._meta.verbose_name)


def counted_in_words(counts: Mapping[str, int]) -> dict[str, int]:
    """How many rows of what, which is kept by the labels of models, in words."""
    return {called(apps.get_model(label)): count for label, count in counts.items()}


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that names the record, on rows that fulfil `where`; `also` are columns that go with it, by what they say.

    `part` says that the rows are parts of the record, `tracked` that their changes stand in the history.
    """

    model: type[models.Model]
    column: str
    where: tuple[tuple[str, str], ...] = ()
    also: str = ""
    part: bool = False
    tracked: bool = True

    @property
    def table(self) -> str:
        """The table of the rows."""
        return self.model._meta.db_table

    @property
    def label(self) -> str:
        """The rows in words."""
        return called(self.model)


# Written by triggers from the records themselves.
DERIVED = frozenset({SearchEntry})

# Of two parts the same, though they differ in words: what they are recognised by.
Alike = Callable[[Any], tuple[Any, ...]]
Settle = Callable[[Any, int, int], None]


@dataclass
class _Offered:
    alike: dict[type[models.Model], Alike] = field(default_factory=dict)
    settle: dict[str, Settle] = field(default_factory=dict)


_offered = _Offered()


def recognise_by(model: type[models.Model], key: Alike) -> None:
    """Say by what two parts of a record are recognised as the same one."""
    _offered.alike[model] = key


def settle_with(kind: str, settle: Settle) -> None:
    """Say what a room does at the end of a merge, given the run of the action and the ids of what stays and what went."""
    _offered.settle[kind] = settle


def settler(kind: str) -> Settle | None:
    """What the room does at the end of a merge."""
    return _offered.settle.get(kind)


def references(kind: RecordType) -> Iterator[Reference]:
    """Everything that may refer to records of a type."""
    tracked = set(tracked_models())
    for relation in kind.model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel):
            continue
        model, key = relation.related_model, relation.field
        if model in DERIVED or not isinstance(model, type):
            continue
        part = getattr(model, "history_subject", None) == key.name
        yield Reference(model, str(key.column), part=part, tracked=model in tracked)
    named = (("table_name", kind.model._meta.db_table),)
    yield Reference(Tagging, "record_id", named, tracked=Tagging in tracked)
    yield Reference(Note, "about_id", (("about_type", kind.name),), "about_number", tracked=Note in tracked)
    yield Reference(Reminder, "about_id", (("about_type", kind.name),), "about_number", tracked=Reminder in tracked)
    of_table = (("record_table", kind.model._meta.db_table),)
    yield Reference(NamedReader, "record_id", of_table, tracked=NamedReader in tracked)
    of_type = (("record_type", kind.name),)
    yield Reference(Proposal, "record_id", of_type, "record_number", tracked=Proposal in tracked)
    # What was merged into it before leads on.
    yield Reference(Merge, "leads_id", (("kind", kind.name),), "leads_number", tracked=False)
    yield Reference(Subscription, "record_id", of_type, tracked=Subscription in tracked)


def rows_of(reference: Reference, key: int) -> Any:
    """The rows that refer to the record with this id, as a query."""
    rows: Any = reference.model._default_manager.filter(**{reference.column: key, **dict(reference.where)})
    return rows.order_by("pk")


def rows_to_move(reference: Reference, stays: Any, goes: Any) -> Any:
    """The rows that refer to the record that goes, but for the two themselves, as a query."""
    rows = rows_of(reference, goes.pk)
    return rows.exclude(pk__in=[stays.pk, goes.pk]) if reference.model is type(goes) else rows


def alike(row: Any, parent: str) -> tuple[Any, ...]:
    """What a part is recognised by: what the room says, else all that it holds but its record, its id and the moment it was made."""
    known = _offered.alike.get(type(row))
    if known is not None:
        return known(row)
    return tuple(
        str(getattr(row, f.attname))
        for f in row._meta.concrete_fields
        if not f.primary_key and f.column != parent and not isinstance(f, models.DateTimeField)
    )
