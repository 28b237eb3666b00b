"""Pages of reminders: what is due, one with its history, setting, moving, closing."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor, signature_in_words
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import ActionError, Conflict, Invalid, NotFound, NotNow, Problem, Refused
from foedera.platform.actions.performing import Action, actions_of, perform
from foedera.platform.lists.description import Choice, Column, record_type
from foedera.platform.lists.forms import RecordForm
from foedera.platform.lists.pages import refuse_early, steps_of, timeline_entries, version_of
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from . import queries
from .access import REMINDED
from .actions import PERSON, SET
from .colleagues import colleagues_of
from .models import Reminder, ReminderState

COLOURS: dict[str, shapes.Colour] = {"open": "blue", "done": "green", "dropped": "grey"}


def _reader(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if actor.role not in REMINDED or actor.person_id is None:
        raise Refused(_("Your role does not include this step."))
    return actor


def _chip(row: Reminder, today: datetime.date) -> shapes.Chip:
    if row.state == ReminderState.OPEN and row.due_on < today:
        return shapes.Chip(_("Overdue"), "red")
    if row.state == ReminderState.OPEN and row.due_on == today:
        return shapes.Chip(_("Today"), "amber")
    return shapes.Chip(ReminderState(row.state).label, COLOURS[row.state])


def reminder_list(request: HttpRequest) -> HttpResponse:
    """One's reminders: open ones soonest first, closed ones, those set for others."""
    actor = _reader(request)
    shown = request.GET.get("show", "")
    seen = queries.visible(actor)
    if shown == "closed":
        rows = list(seen.filter(person=actor.person_id).exclude(state=ReminderState.OPEN).order_by("-closed_at")[:200])
    elif shown == "others":
        rows = list(seen.exclude(person=actor.person_id)[: queries.PAGE])
    else:
        rows = list(queries.mine(actor)[: queries.PAGE])
    here = reverse("reminders:list")
    page = shapes.TablePage(
        title=_("Reminders"),
        lead=_("What you or a colleague want you to think of, by day. A reminder is set on the page of a record."),
        tabs=(
            shapes.Link(_("For me"), here, active=shown not in ("closed", "others")),
            shapes.Link(_("For others"), f"{here}?show=others", active=shown == "others"),
            shapes.Link(_("Closed"), f"{here}?show=closed", active=shown == "closed"),
        ),
        blocks=(reminder_table(rows, actor),),
    )
    return render_page(request, page)


def reminder_table(rows: Sequence[Reminder], actor: Actor, *, title: str = "", more: bool = False) -> shapes.Table:
    """Reminders as a table, with the records that they are on."""
    titles = queries.titles(rows, actor)
    return shapes.Table(
        title=title,
        columns=(
            shapes.Column("due", _("Due")),
            shapes.Column("state", _("State")),
            shapes.Column("what", _("What is to be done")),
            shapes.Column("record", _("Record")),
            shapes.Column("for", _("For")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(date=row.due_on, href=reverse("reminders:reminder", args=[row.number])),
                    shapes.Cell(chip=_chip(row, actor.today)),
                    shapes.Cell(row.text),
                    shapes.Cell(
                        titles.get((row.about_type, row.about_id), ""), href=_record_url(row), note=row.about_number
                    ),
                    shapes.Cell(row.person_name),
                ),
                number=row.number,
            )
            for row in rows
        ),
        empty_text=_("No reminder."),
        more=shapes.Link(_("All reminders"), reverse("reminders:list")) if more else None,
    )


def _record_url(row: Reminder) -> str:
    kind = record_type(row.about_type)
    return reverse(kind.detail_url, args=[row.about_number]) if kind.detail_url else ""


def _step_url(number: str, action: Action[Reminder]) -> str:
    return reverse("reminders:step", args=[number, action.name.partition(".")[2]])


def reminder_page(request: HttpRequest, number: str) -> HttpResponse:
    """One reminder with what happened to it."""
    actor = _reader(request)
    row = queries.reminder(number, actor)
    first, more = steps_of(row, actor, lambda action: _step_url(row.number, action))
    title = queries.titles([row], actor).get((row.about_type, row.about_id), "")
    facts = [
        shapes.Fact(_("Record"), shapes.Cell(row.about_number, kind="code", href=_record_url(row), note=title)),
        shapes.Fact(_("Due"), shapes.Cell(date=row.due_on)),
        shapes.Fact(_("For"), shapes.Cell(row.person_name)),
        shapes.Fact(_("Set by"), shapes.Cell(signature_in_words(row.maker_name))),
    ]
    if row.first_due_on != row.due_on:
        facts.insert(2, shapes.Fact(_("First due"), shapes.Cell(date=row.first_due_on)))
    if row.closed_at is not None:
        facts.append(shapes.Fact(_("Closed"), shapes.Cell(date=row.closed_at)))
    page = shapes.RecordPage(
        title=row.text,
        number=row.number,
        chips=(_chip(row, actor.today),),
        steps=tuple(first[:1]) if first else (),
        more_steps=(*first[1:], *more),
        facts=(shapes.FactGroup(_("Reminder"), tuple(facts), "reminder"),),
        timeline=timeline_entries(row, None, actor),
        breadcrumbs=(shapes.Link(_("Reminders"), reverse("reminders:list")),),
        as_of=actor.as_of if actor.is_past else None,
    )
    return render_page(request, page)


def _columns(actor: Actor) -> tuple[Column, ...]:
    people = [Choice(str(key), name) for key, name in colleagues_of(actor)]
    return tuple(replace(c, choices=lambda: people) if c is PERSON else c for c in SET.columns)


def set_reminder(request: HttpRequest, record_type: str, number: str) -> HttpResponse:
    """The form of a new reminder on a record, and its setting. What was typed stays on every error."""
    actor = actor_of(request)
    kind, record = queries.reminded(record_type, number, actor)
    refuse_early(SET, actor, None)
    form = RecordForm(
        _columns(actor),
        data=request.POST if request.method == "POST" else None,
        initial={"person": str(actor.person_id)},
    )
    url = reverse(kind.detail_url, args=[getattr(record, kind.by_number)])
    if request.method == "POST":
        try:
            # Nobody chosen is oneself.
            typed = {name: value for name, value in form.typed().items() if name != "person" or value}
            perform(SET, actor, values={**typed, "record_type": kind.name, "number": number})
        except Invalid as error:
            form.show_problems(error.problems)
        except NotFound:
            raise
        except ActionError as error:
            form.show_problems([Problem("", str(error))])
        else:
            return HttpResponseRedirect(url)
    page = shapes.FormPage(
        title=SET.label,
        lead=str(getattr(record, kind.column(kind.title).path)),
        number=number,
        form=form,
        submit=SET.label,
        cancel_url=url,
        identifier=request.path,
    )
    return render_page(request, page)


def step(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """The form of a step on a reminder, and its taking."""
    actor = _reader(request)
    row = queries.reminder(number, actor)
    action = next((a for a in actions_of(Reminder) if a.name == f"reminders.{verb}" and not a.makes_record), None)
    if action is None:
        raise NotFound()
    url = reverse("reminders:reminder", args=[row.number])
    form: forms.Form = RecordForm(
        action.columns,
        data=request.POST if request.method == "POST" else None,
        initial={"due_on": row.due_on},
        reason=action.reason,
    )
    if request.method != "POST":
        refuse_early(action, actor, row)
    elif isinstance(form, RecordForm):
        try:
            perform(
                action,
                actor,
                record=row,
                version=version_of(request.POST.get("version", "")),
                values=form.typed(),
                reason=request.POST.get("reason", ""),
            )
        except Invalid as error:
            form.show_problems(error.problems)
        except (NotNow, Conflict, Refused) as error:
            form.show_problems([Problem("", str(error))])
        else:
            return HttpResponseRedirect(url)
    page = shapes.FormPage(
        title=action.label,
        lead=row.text,
        number=row.number,
        form=form,
        submit=action.label,
        cancel_url=url,
        version=str(row.version),
    )
    return render_page(request, page)
