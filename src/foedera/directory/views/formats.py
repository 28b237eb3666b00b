"""Pages of formats: the list, one format with its members over time and its sessions, the forms of its steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import NotFound
from foedera.platform.actions.performing import Action, actions_of
from foedera.platform.lists.description import Choice, Kind
from foedera.platform.lists.pages import (
    FormOptions,
    ListOptions,
    accompanied,
    action_response,
    choice_of,
    context_of,
    fact_groups,
    find,
    find_with_row,
    list_response,
    steps_of,
    timeline_entries,
)
from foedera.platform.pages import shapes
from foedera.platform.pages.navigation import at_day
from foedera.platform.pages.views import render_page

from .. import queries
from ..actions.formats import ADD_MEMBER, END_MEMBERSHIP
from ..lists import FORMATS
from ..models import Format, MembershipStanding
from .sections import (
    columns,
    confidence_chip,
    directory_link,
    past,
    period_cells,
    sections,
    territory_cell,
)

TABS = ("facts", "members", "timeline")
STANDING_COLOURS: dict[str, shapes.Colour] = {
    "member": "green",
    "associate": "blue",
    "observer": "grey",
    "partner": "blue",
    "suspended": "red",
}


def format_list(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The list of formats."""
    return list_response(
        request,
        FORMATS,
        ListOptions(
            detail=lambda number: at_day(request, reverse("directory:format", args=[number])),
            create_url=reverse("directory:format_create"),
            above=(sections(request, "formats"),),
        ),
    )


def step_url(number: str, action: Action[Any], **fields: int) -> str:
    """Where the form of a step is, with what is known of it already."""
    url = reverse("directory:format_step", args=[number, action.name.partition(".")[2]])
    return url + "".join(f"{'&' if i else '?'}{k}={v}" for i, (k, v) in enumerate(fields.items()))


def format_record(request: HttpRequest, number: str, tab: str = "facts") -> HttpResponse:
    """One format as of a day."""
    actor = actor_of(request)
    record, row = find_with_row(FORMATS, number, context_of(request), FORMATS.columns)
    if tab not in TABS or (tab == "timeline" and actor.is_public):
        raise NotFound()
    first, more = steps_of(record, actor, lambda action: step_url(record.number, action))
    kind = choice_of(FORMATS.column("kind"), record.kind)
    chips = [shapes.Chip(kind.label)] if kind else []
    if row["overdue"]:
        chips.append(shapes.Chip(_("Overdue"), "red", _("The last session was longer ago than its cadence.")))
    chips.append(confidence_chip(record.confidence))
    page = shapes.RecordPage(
        title=row["name"],
        number=record.number,
        other_titles=tuple(
            shapes.Cell(text, lang=code)
            for code, text in {"": record.name, **record.names}.items()
            if text != row["name"]
        ),
        chips=tuple(chips),
        steps=tuple(first[:2]),
        more_steps=(*first[2:], *more),
        clocks=_clocks(row, actor),
        tabs=_tabs(request, record, tab, actor),
        facts=fact_groups(FORMATS, row, leave_out=frozenset({"name", "member", "kind"})) if tab == "facts" else (),
        blocks=_members(record, actor, now=tab == "facts") if tab in ("facts", "members") else (),
        timeline=timeline_entries(record, FORMATS, actor) if tab == "timeline" else (),
        breadcrumbs=(directory_link(), shapes.Link(_("Formats"), at_day(request, reverse("directory:formats")))),
        as_of=past(actor),
    )
    return render_page(request, accompanied(page, FORMATS, record, actor, on_timeline=tab == "timeline"))


def _clocks(row: dict[str, Any], actor: Actor) -> tuple[shapes.Clock, ...]:
    if row["session_due"] is None:
        return ()
    return (
        shapes.Clock(
            label=_("Next session due by"),
            due=row["session_due"],
            days_left=(row["session_due"] - actor.as_of).days,
            calculation=(
                _("Last session: %(day)s.") % {"day": row["last_session"]},
                _("Months between sessions: %(months)d.") % {"months": row["cadence_months"]},
            ),
            note=_("Announced for %(day)s.") % {"day": row["next_session"]} if row["next_session"] else "",
        ),
    )


def _tabs(request: HttpRequest, record: Format, active: str, actor: Actor) -> tuple[shapes.Link, ...]:
    labels = {"facts": _("Facts"), "members": _("Members over time"), "timeline": _("Timeline")}
    return tuple(
        shapes.Link(
            label,
            at_day(
                request,
                reverse("directory:format", args=[record.number])
                if name == "facts"
                else reverse("directory:format_tab", args=[record.number, name]),
            ),
            active=name == active,
        )
        for name, label in labels.items()
        if name != "timeline" or not actor.is_public
    )


def _members(record: Format, actor: Actor, *, now: bool) -> tuple[shapes.Block, ...]:
    members = queries.members_of(actor, record, on=actor.as_of if now else None)
    may_end = not now and not actor.is_public and END_MEMBERSHIP.verdict(actor, record)[0]
    steps: tuple[shapes.Step, ...] = ()
    if not actor.is_public and not now:
        allowed, reason = ADD_MEMBER.verdict(actor, record)
        steps = (shapes.Step(ADD_MEMBER.label, step_url(record.number, ADD_MEMBER), enabled=allowed, reason=reason),)
    heads = [
        ("member", _("Member")),
        ("standing", _("Standing")),
        ("from", _("From")),
        ("until", _("Until")),
        ("confidence", _("Confidence")),
        ("source", _("Source")),
    ]
    if may_end:
        heads.append(("step", _("Step")))
    rows = []
    for member in members:
        chip = shapes.Chip(MembershipStanding(member.standing).label, STANDING_COLOURS[member.standing])
        cells = [
            territory_cell(member.territory, member.name),
            shapes.Cell(chip=chip),
            *period_cells(member.valid_from, member.valid_until),
            shapes.Cell(chip=confidence_chip(member.confidence)),
            shapes.Cell(member.source),
        ]
        if may_end:
            href = step_url(record.number, END_MEMBERSHIP, membership=member.id)
            cells.append(shapes.Cell() if member.valid_until else shapes.Cell(pgettext("verb", "End"), href=href))
        rows.append(shapes.Row(tuple(cells)))
    return (
        shapes.Table(
            title=_("Members on this day") if now else _("Members over time"),
            columns=columns(*heads),
            rows=tuple(rows),
            steps=steps,
            empty_text=_("Nobody belongs to it."),
        ),
    )


def format_create(request: HttpRequest) -> HttpResponse:
    """The form of a new format."""
    assert FORMATS.create is not None
    options = FormOptions(
        done=lambda record: reverse("directory:format", args=[record.number]),
        cancel_url=reverse("directory:formats"),
        initial={"confidence": "to_confirm", "publicity": "internal"},
    )
    return action_response(request, FORMATS, FORMATS.create, None, options)


def format_step(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """The form of a step on a format; a membership is chosen from those it has."""
    actor = actor_of(request)
    record: Format = find(FORMATS, number, actor)
    action = next((a for a in actions_of(Format) if a.name.partition(".")[2] == verb), None)
    if action is None or action.makes_record or not action.listed or actor.is_public:
        raise NotFound()
    url = reverse("directory:format", args=[record.number])
    initial: dict[str, Any] = {"standing": "member", "confidence": "to_confirm"} if verb == "add_member" else {}
    initial |= {c.name: request.GET[c.name] for c in action.columns if c.name in request.GET}
    if verb == "end_membership":
        found = [Choice(m.id, m.name) for m in queries.members_of(actor, record)]
        chosen = tuple(
            replace(c, kind=Kind.CHOICE, choices=lambda: found) if c.name == "membership" else c for c in action.columns
        )
        action = replace(action, columns=chosen)
    options = FormOptions(done=lambda _result: url, cancel_url=url, initial=initial)
    return action_response(request, FORMATS, action, record, options)
