"""Action: the only way to write.

One write, the same from a page, the API, an import, a job or the command line: version check, policy, transition, rules, write,
history entry, events after commit (plan of the house, section 3).
"""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel
from pydantic import ValidationError as SchemaError

from foedera.platform.access.actors import Actor
from foedera.platform.access.asking import acting, handling
from foedera.platform.access.policies import policy_for
from foedera.platform.history.recording import record_action

from .errors import Conflict, Invalid, NotFound, NotNow, Problem, Refused, VersionMissing, Words
from .events import publish_after_commit

M = TypeVar("M", bound=models.Model)


class Reason(Enum):
    """Whether an action asks why."""

    NEVER = "never"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Nothing(BaseModel):
    """The input of an action that needs none."""


@dataclass(slots=True)
class Run(Generic[M]):
    """What the body of an action works with: the actor, the locked record (None when it makes one), input and reason."""

    actor: Actor
    record: Any
    input: Any
    reason: str
    today: datetime.date
    action_id: int = 0
    events: list[Any] = field(default_factory=list)
    # What was changed beside the record and is not in its history (platform.history.queries.Change).
    beside: list[Any] = field(default_factory=list)

    def tell(self, event: Any) -> None:
        """Publish a domain event after the commit."""
        self.events.append(event)

    def refuse(self, words: Words) -> None:
        """Stop: the step does not fit the state of the record."""
        raise NotNow(words)


@dataclass(frozen=True, kw_only=True)
class Action(Generic[M]):
    """A business verb: its name and label, who may use it, on what, with which input, and its body.

    `columns` describe the input for forms (see platform.lists). `available` tells for a record why the step is
    not possible now (empty words: it is), so that a page can show the reason; `permits` tells why this actor may not take it
    on this record, beyond what the policy says. `reason` says whether the action asks why: every surface shows and demands it.
    `reversible` says whether it may be undone while nothing was changed since (platform.history.undoing), `many` whether it may be
    taken on many records at once (`performing_many`). What an action `beside` the record writes is no part of it: it asks no more
    than that the actor reads the record whole, and does not stand among its steps; nor does one that is not `listed`, which has pages of
    its own.
    """

    name: str
    label: Words
    model: type[M]
    body: Callable[[Run[M]], Any]
    roles: frozenset[Any]
    input: type[BaseModel] = Nothing
    columns: tuple[Any, ...] = ()
    reason: Reason = Reason.OPTIONAL
    makes_record: bool = False
    needs_version: bool = True
    available: Callable[[M], Words] | None = None
    permits: Callable[[Actor, M], Words] | None = None
    primary: bool = False
    confirm: Words = ""
    reversible: bool = True
    many: bool = True
    beside: bool = False
    listed: bool = True

    def verdict(self, actor: Actor, record: M | None) -> tuple[bool, Words]:
        """Whether the actor may take this step on the record now, with the reason if not."""
        may = policy_for(self.model).may(actor, self.roles, None if self.beside else record)
        if not may:
            return False, may.reason
        if record is not None and self.permits is not None:
            forbidden = self.permits(actor, record)
            if forbidden:
                return False, forbidden
        if record is not None and self.available is not None:
            why_not = self.available(record)
            if why_not:
                return False, why_not
        return True, ""


_registry: dict[str, Action[Any]] = {}
# Labels of what the program does itself and no Action stands for.
_labels: dict[str, Words] = {}


def register(action: Action[Any]) -> Action[Any]:
    """Make an action known to pages, API and command line by its name. Raises ValueError when the name is taken."""
    if action.name in _registry:
        raise ValueError(f"an action named {action.name} exists")
    _registry[action.name] = action
    return action


def action_named(name: str) -> Action[Any]:
    """The action of that name. Raises LookupError when there is none."""
    return _registry[name]


def actions_of(model: type[models.Model]) -> list[Action[Any]]:
    """All actions on a record type, in the order of registration."""
    return [a for a in _registry.values() if a.model is model]


def call_action(name: str, label: Words) -> None:
    """Give a label to what is recorded under a name that no Action has."""
    _labels[name] = label


def label_of(name: str) -> Words:
    """The label of an action in history, also of one that no longer exists."""
    action = _registry.get(name)
    return action.label if action else _labels.get(name, name)


def parse(schema: type[BaseModel], values: dict[str, Any] | BaseModel) -> BaseModel:
    """The validated input. Raises Invalid naming each field at fault."""
    if isinstance(values, schema):
        return values
    try:
        return schema.model_validate(values)
    except SchemaError as error:
        raise Invalid(problems_of(error)) from error


def problems_of(error: SchemaError) -> list[Problem]:
    """The faults that pydantic found, in plain words."""
    problems = []
    for fault in error.errors(include_url=False, include_context=True):
        path = ".".join(str(p) for p in fault["loc"])
        problems.append(Problem(path, _message(fault)))
    return problems


_PLAIN: dict[str, Promise] = {
    "missing": _("This is required."),
    "string_too_short": _("This is required."),
    "int_parsing": _("Enter a whole number."),
    "int_type": _("Enter a whole number."),
    "int_from_float": _("Enter a whole number."),
    "bool_parsing": _("Enter yes or no."),
    "bool_type": _("Enter yes or no."),
    "date_parsing": _("Enter a date such as 2026-03-17."),
    "date_from_datetime_parsing": _("Enter a date such as 2026-03-17."),
    "date_type": _("Enter a date such as 2026-03-17."),
    "string_type": _("Enter text."),
    "list_type": _("Enter a list."),
    "extra_forbidden": _("There is no such field."),
    "greater_than_equal": _("The number is too small."),
    "less_than_equal": _("The number is too large."),
    "string_too_long": _("The text is too long."),
    "enum": _("Choose one of the values offered."),
    "literal_error": _("Choose one of the values offered."),
}


def _message(fault: Any) -> Words:
    if fault["type"] == "value_error":
        return str(fault.get("ctx", {}).get("error", fault["msg"]))
    plain = _PLAIN.get(fault["type"])
    return plain if plain is not None else str(fault["msg"])


def perform(
    action: Action[M],
    actor: Actor,
    *,
    values: dict[str, Any] | BaseModel | None = None,
    record: M | int | None = None,
    version: int | None = None,
    reason: str = "",
) -> Any:
    """Carry out an action in one transaction and return what its body returns.

    `record` is the target or its id; `version` the version on which the change is based (required where the action needs
    it). Raises a subclass of ActionError, and then nothing has been written.
    """
    parsed = parse(action.input, values or {})
    reason = checked_reason(action, reason)
    try:
        with acting(actor), transaction.atomic():
            target = _lock(action, actor, record) if not action.makes_record else None
            if target is not None and action.needs_version:
                check_version(target, version)
            check_possible(action, actor, target, reason)
            run: Run[M] = Run(actor=actor, record=target, input=parsed, reason=reason, today=actor.today)
            with handling(action.model._meta.db_table, [target.pk] if target is not None else []):
                run.action_id = record_action(action.name, actor, reason)
                result = action.body(run)
            publish_after_commit(run.events)
            return result
    except (ValidationError, IntegrityError) as error:
        raise refusal_of(error) from error


def refusal_of(error: ValidationError | IntegrityError) -> Invalid:
    """What the fields of a model or the database refused, as faults of the input."""
    if isinstance(error, ValidationError):
        return Invalid(_from_django(error))
    return Invalid([Problem("", constraint_message(error))])


def checked_reason(action: Action[Any], reason: str) -> str:
    """The reason as it is kept. Raises Invalid."""
    reason = reason.strip()
    if "\x00" in reason:
        raise Invalid([Problem("reason", _("The text holds a character that cannot be stored."))])
    return reason


def check_possible(action: Action[Any], actor: Actor, target: Any, reason: str) -> None:
    """Whether the actor may take the step on the locked record (None: on the type), and whether it is possible now.

    Raises Refused, Invalid for a reason that is missing, NotNow.
    """
    policy = policy_for(action.model)
    may = policy.may(actor, action.roles, None if action.beside else target)
    if not may:
        raise Refused(may.reason)
    if action.beside and target is not None:
        whole = policy.whole(action.model._default_manager.filter(pk=target.pk), actor)
        if not whole.exists():
            raise NotFound()
    if target is not None and action.permits is not None:
        forbidden = action.permits(actor, target)
        if forbidden:
            raise Refused(forbidden)
    if action.reason is Reason.REQUIRED and not reason:
        raise Invalid([Problem("reason", _("Say why."))])
    if target is not None and action.available is not None:
        why_not = action.available(target)
        if why_not:
            raise NotNow(why_not)


def _lock(action: Action[M], actor: Actor, record: M | int | None) -> M:
    if record is None:
        raise NotFound()
    key = record if isinstance(record, int) else record.pk
    target = lock(action.model, actor, [key]).get(key)
    if target is None:
        raise NotFound()
    return target


def lock(model: type[M], actor: Actor, keys: Sequence[int]) -> dict[int, M]:
    """The records with these ids that the actor may know of, locked in the order of their ids until the transaction ends."""
    rows: Any = model._default_manager.all()
    visible = policy_for(model).visible(rows, actor)
    # No key is changed, so that records which refer to each other can be written at the same time without a deadlock.
    locked = rows.select_for_update(of=("self",), no_key=True).filter(pk__in=visible.filter(pk__in=keys).values("pk"))
    found: dict[int, M] = {record.pk: record for record in locked.order_by("pk")}
    for record in found.values():
        _remember(record)
    return found


def check_version(target: Any, version: int | None) -> None:
    if version is None:
        raise VersionMissing(_("State the version of the record on which your change is based."))
    if version != target.version:
        raise Conflict(target.version)


def _from_django(error: ValidationError) -> list[Problem]:
    if hasattr(error, "error_dict"):
        return [
            Problem("" if name == "__all__" else name, message)
            for name, messages in error.message_dict.items()
            for message in messages
        ]
    return [Problem("", message) for message in error.messages]


_constraint_messages: dict[str, Words] = {}


def explain_constraint(name: str, words: Words) -> None:
    """Say in plain words what a violated database constraint means."""
    _constraint_messages[name] = words


def constraint_message(error: IntegrityError) -> Words:
    """Plain words for a violated constraint; its name where nobody gave it words."""
    diagnosis = getattr(error.__cause__, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or ""
    if name in _constraint_messages:
        return _constraint_messages[name]
    if getattr(error.__cause__, "sqlstate", "") == "23505":
        return _("A record with these values exists already.")
    return _("The facts contradict each other (rule %(name)s).") % {"name": name}


def _remember(record: models.Model) -> None:
    """Keep the values as they are in the database, so that `save` writes what changed alone."""
    record._as_read = {f.attname: copy.copy(getattr(record, f.attname)) for f in _written_fields(record)}  # type: ignore[attr-defined]


def _written_fields(record: models.Model) -> list[models.Field[Any, Any]]:
    return [f for f in record._meta.concrete_fields if not (f.primary_key or f.generated)]


def _changed_fields(record: models.Model) -> list[str] | None:
    """The names of the fields that differ from what was read; None for a record that no action has locked."""
    read: dict[str, Any] | None = getattr(record, "_as_read", None)
    if read is None:
        return None
    return [f.attname for f in _written_fields(record) if getattr(record, f.attname) != read[f.attname]]


def save(record: models.Model, *, fields: list[str] | None = None) -> None:
    """Validate and write a record inside an action; its version grows by one when it existed before.

    Of a record that the action has locked only the fields that changed are written: what the database keeps beside them is
    not overwritten, and triggers on other columns stay asleep. Raises ValidationError for values that its fields do not take.
    """
    now = datetime.datetime.now(tz=datetime.UTC)
    record.clean_fields(exclude=["owner"])
    if record.pk is None:
        record.save(force_insert=True)
        return
    if fields is None:
        fields = _changed_fields(record)
    if hasattr(record, "version"):
        record.version += 1
        record.updated_at = now  # type: ignore[attr-defined]  # every Record has both
        if fields is not None:
            fields = [*fields, "version", "updated_at"]
    record.save(update_fields=fields)
    if hasattr(record, "_as_read"):
        _remember(record)
