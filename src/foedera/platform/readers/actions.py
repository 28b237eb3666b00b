"""Naming a reader of a record, and ending that."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for
from foedera.platform.actions.errors import NotFound, Words, invalid
from foedera.platform.actions.performing import Action, Reason, Run, register
from foedera.platform.lists.description import Column, Kind, RecordType, Reference
from foedera.platform.lists.inputs import Input, input_model, resolve
from foedera.platform.records.models import NamedReader, Record

from .people import person_of

NAME, END = "name_reader", "end_reader"
LONGEST_GROUND = 300
BODY = Reference(model=settings.FOEDERA_BODY_MODEL, keys=("number",), label="name", lookup="bodies")
COLUMNS = (
    Column(
        name="body",
        label=gettext_lazy("Body"),
        kind=Kind.REFERENCE,
        reference=BODY,
        help=gettext_lazy("Everybody who works in it may read the record. Enter a body or a login."),
    ),
    Column(
        name="login",
        label=gettext_lazy("Login"),
        max_length=150,
        help=gettext_lazy("Of the one person who may read the record."),
    ),
    Column(
        name="valid_until",
        label=gettext_lazy("Last day"),
        kind=Kind.DATE,
        help=gettext_lazy("Without it he may read the record until you end it."),
    ),
)


class EndInput(Input):
    """Whose reading ends: the id of the named reader."""

    reader: int


def has_readers(record_type: RecordType) -> bool:
    """Whether records of the type name readers: those that stand on the publicity ladder and are changed by their owners."""
    return record_type.change is not None and issubclass(record_type.model, Record)


def why_not(actor: Actor, record: Any) -> Words:
    """Why the actor may not name readers of a record; empty when he may."""
    verdict = policy_for(type(record)).in_scope(record, actor)
    return "" if verdict else verdict.reason


def _reader(run: Run[Any]) -> dict[str, int]:
    """Who is named, as columns of NamedReader. Raises Invalid."""
    given = run.input
    if bool(given.body) == bool(given.login):
        raise invalid("body", _("Enter either a body or a login."))
    if given.body:
        body = resolve(BODY, [given.body], run.actor).get(given.body)
        if body is None:
            raise invalid("body", _("“%(value)s” was not found.") % {"value": given.body})
        return {"body_id": body}
    person = person_of(given.login)
    if person is None:
        raise invalid("login", _("“%(value)s” was not found.") % {"value": given.login})
    return {"person_id": person}


def _name(run: Run[Any]) -> Any:
    record, until = run.record, run.input.valid_until
    if len(run.reason) > LONGEST_GROUND:
        raise invalid("reason", _("The text is too long."))
    if until is not None and until < run.today:
        raise invalid("valid_until", _("This day is over."))
    reader = _reader(run)
    of_it: dict[str, Any] = {"record_table": record._meta.db_table, "record_id": record.pk, **reader}
    still = Q(valid_until__isnull=True) | Q(valid_until__gte=run.today)
    if NamedReader.objects.filter(still, **of_it).exists():
        raise invalid("body" if "body_id" in reader else "login", _("He is named already; end that first."))
    NamedReader.objects.create(valid_from=run.today, valid_until=until, ground=run.reason, **of_it)
    return record


def _end(run: Run[Any]) -> Any:
    """The row goes; what it said stands in the history."""
    record = run.record
    gone, _tables = NamedReader.objects.filter(
        pk=run.input.reader, record_table=record._meta.db_table, record_id=record.pk
    ).delete()
    if not gone:
        raise NotFound()
    return record


def offer_readers(record_type: RecordType) -> None:
    """Register the naming of readers for a record type; the API has it from there."""
    if not has_readers(record_type):
        return
    assert record_type.change is not None
    name = record_type.name.title().replace("_", "")
    for verb, label, body, given, columns, reason in (
        (NAME, gettext_lazy("Name a reader"), _name, input_model(f"{name}ReaderInput", COLUMNS), COLUMNS, Reason.REQUIRED),
        (END, gettext_lazy("End the reading"), _end, EndInput, (), Reason.OPTIONAL),
    ):  # fmt: skip
        register(
            Action(
                name=f"{record_type.name}.{verb}",
                label=label,
                model=record_type.model,
                body=body,
                roles=record_type.change.roles,
                input=given,
                columns=columns,
                reason=reason,
                permits=why_not,
                needs_version=False,
                reversible=False,
                many=False,
                beside=True,
            )
        )
