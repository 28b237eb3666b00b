"""The form of an action and its carrying out."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.access.policies import policy_for
from foedera.platform.actions.errors import ActionError, Conflict, Invalid, NotFound, NotNow, Problem, Refused
from foedera.platform.actions.performing import Action, parse, perform
from foedera.platform.history.queries import timeline
from foedera.platform.lists.description import Column, Kind, RecordType, Words, writable
from foedera.platform.lists.forms import BASE, RecordForm
from foedera.platform.lists.inputs import current_values
from foedera.platform.lists.pages.values import words_of
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page


@dataclass(frozen=True, kw_only=True)
class FormOptions:
    """What a room adds to the form of an action: where it ends, its words, blocks above it."""

    done: Callable[[Any], str]
    cancel_url: str
    title: Words = ""
    lead: Words = ""
    blocks: tuple[Any, ...] = ()
    initial: dict[str, Any] | None = None


def action_response(
    request: HttpRequest,
    record_type: RecordType,
    action: Action[Any],
    record: Any,
    options: FormOptions,
) -> HttpResponse:
    """The form of an action, and its carrying out when the form is sent. What was typed stays on every error."""
    actor = actor_of(request)
    columns: tuple[Column, ...] = writable(action.columns, actor, action.model)
    changes = action is record_type.change
    initial = options.initial or {}
    if changes and record is not None:
        initial = current_values(record_type, record, columns)
    if request.method != "POST":
        refuse_early(action, actor, record)
        form = RecordForm(
            columns,
            initial=initial,
            reason=action.reason,
            group_labels=record_type.groups,
            base=fingerprints(initial) if changes else "",
        )
        return render_page(
            request, _form_page(form, action, record, options, version=str(getattr(record, "version", "")))
        )
    form = RecordForm(
        columns,
        data=request.POST,
        initial=initial,
        reason=action.reason,
        group_labels=record_type.groups,
        base=request.POST.get(BASE, ""),
    )
    version = request.POST.get("version", "")
    if form.wants_more:
        page = _form_page(form, action, record, options, version=version)
        return render_page(request, page, status=200)
    typed = form.typed()
    if changes and record is not None:
        _choose(request.POST, typed, initial, columns)
    try:
        result = perform(
            action,
            actor,
            values=typed,
            record=record,
            version=version_of(version),
            reason=request.POST.get("reason", ""),
        )
    except Invalid as error:
        form.show_problems(error.problems)
    except Conflict as error:
        return render_page(request, _conflict_page(form, action, record, options, error, typed, initial, columns))
    except NotFound:
        raise
    except ActionError as error:
        form.show_problems([Problem("", str(error))])
    else:
        return HttpResponseRedirect(options.done(result))
    return render_page(request, _form_page(form, action, record, options, version=version))


def refuse_early(action: Action[Any], actor: Actor, record: Any) -> None:
    """Say before a form is filled in that its action is not for this actor (Refused) or not possible now (NotNow)."""
    may = policy_for(action.model).may(actor, action.roles, record)
    if not may:
        raise Refused(may.reason)
    allowed, reason = action.verdict(actor, record)
    if not allowed:
        raise NotNow(reason)


def version_of(text: str) -> int | None:
    """The version that a form was filled in on; None for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _choose(data: QueryDict, typed: dict[str, Any], present: dict[str, Any], columns: Sequence[Column]) -> None:
    """Where the person chose the other's version of a field, take it."""
    for column in columns:
        if data.get(f"choose_{column.name}") == "theirs":
            typed[column.name] = present[column.name]


def _conflict_page(
    form: RecordForm,
    action: Action[Any],
    record: Any,
    options: FormOptions,
    error: Conflict,
    typed: dict[str, Any],
    present: dict[str, Any],
    columns: Sequence[Column],
) -> shapes.FormPage:
    kept = parse(action.input, typed).model_dump()
    base = form.data.get(BASE, "").split()
    conflicts = tuple(
        shapes.Conflict(
            c.name,
            c.label,
            _shown(c, present[c.name]),
            _shown(c, kept[c.name]),
            "theirs" if fingerprint(c.name, kept[c.name]) in base else "yours",
        )
        for c in columns
        if c.name in present and _comparable(present[c.name]) != _comparable(kept[c.name])
    )
    last = next(iter(timeline(record, limit=50)), None)
    form.begin_anew_from(fingerprints(present))
    if not conflicts:
        form.show_problems([Problem("", str(error))])
    return _form_page(
        form,
        action,
        record,
        options,
        version=str(error.current_version),
        conflicts=conflicts,
        by=last.person_name if last else "",
        at=last.at if last else None,
    )


def fingerprint(name: str, value: Any) -> str:
    """A short mark of a field's value, the same for the same value."""
    content = orjson.dumps([name, value], default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2s(content, digest_size=6).hexdigest()


def fingerprints(values: dict[str, Any]) -> str:
    """The marks of all values of a form."""
    return " ".join(fingerprint(name, value) for name, value in values.items())


def _comparable(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value


def _shown(column: Column, value: Any) -> str:
    if column.kind is Kind.ROWS:
        return "; ".join(" ".join(str(v) for v in row.values() if v not in (None, "", [], {})) for row in value)
    return str(words_of(column, value))


def _form_page(
    form: RecordForm,
    action: Action[Any],
    record: Any,
    options: FormOptions,
    *,
    version: str,
    conflicts: tuple[shapes.Conflict, ...] = (),
    by: str = "",
    at: datetime.datetime | None = None,
) -> shapes.FormPage:
    number = getattr(record, "number", "") if record is not None else ""
    return shapes.FormPage(
        title=options.title or action.label,
        form=form,
        submit=action.label,
        lead=options.lead or action.confirm,
        number=number,
        cancel_url=options.cancel_url,
        identifier=f"{action.name}:{number}",
        version=version,
        groups=tuple(form.groups),
        conflicts=conflicts,
        conflict_by=by,
        conflict_at=at,
        blocks=options.blocks,
        other_submits=tuple(form.more),
    )
