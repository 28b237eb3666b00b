"""Pages of bodies: the list, one body with its posts, jurisdictions, parts and history, the forms of its steps."""

from __future__ import annotations

from collections.abc import Callable
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
from foedera.platform.lists.description import Choice, Column, Kind
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
from ..access import sees_holders
from ..actions import ASSIGN, END_HOLDER, END_JURISDICTION
from ..actions.posts import CHANGE_POST, CLOSE_POST, WHICH_HOLDER, WHICH_POST
from ..lists import BODIES
from ..models import Body, Holder, Jurisdiction, PostRank, Standing
from ..transitions import DECIDERS
from .sections import (
    body_cell,
    columns,
    confidence_chip,
    directory_link,
    kind_cell,
    past,
    period_cells,
    sections,
    territory_cell,
)

TABS = ("facts", "people", "jurisdictions", "parts", "timeline")
STANDING_COLOURS: dict[str, shapes.Colour] = {
    "full": "green",
    "acting": "amber",
    "deputy": "blue",
    "planned": "grey",
}


def body_list(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The list of bodies."""
    return list_response(
        request,
        BODIES,
        ListOptions(
            detail=lambda number: at_day(request, reverse("directory:body", args=[number])),
            create_url=reverse("directory:body_create"),
            import_url="/import/?kind=bodies",
            above=(sections(request, "bodies"),),
        ),
    )


def step_url(number: str, action: Action[Any], **fields: int) -> str:
    """Where the form of a step is, with what is known of it already."""
    url = reverse("directory:body_step", args=[number, action.name.partition(".")[2]])
    return url + "".join(f"{'&' if i else '?'}{k}={v}" for i, (k, v) in enumerate(fields.items()))


def body_record(request: HttpRequest, number: str, tab: str = "facts") -> HttpResponse:
    """One body as of a day."""
    actor = actor_of(request)
    body, row = find_with_row(BODIES, number, context_of(request), BODIES.columns)
    if tab not in TABS or (tab == "timeline" and actor.is_public):
        raise NotFound()
    places = queries.places_of(body, actor.language)
    first, more = steps_of(body, actor, lambda action: step_url(body.number, action))
    page = shapes.RecordPage(
        title=row["name"],
        number=body.number,
        subtitle=_subtitle(row),
        other_titles=tuple(
            shapes.Cell(text, lang=code) for code, text in {"": body.name, **body.names}.items() if text != row["name"]
        ),
        chips=_chips(body, row),
        steps=tuple(first[:2]),
        more_steps=(*first[2:], *more),
        tabs=_tabs(request, body, tab, actor),
        facts=_facts(row, places) if tab == "facts" else (),
        blocks=_blocks(tab, body, actor),
        timeline=timeline_entries(body, BODIES, actor) if tab == "timeline" else (),
        warnings=_warnings(body, places),
        breadcrumbs=(directory_link(), shapes.Link(_("Bodies"), at_day(request, reverse("directory:bodies")))),
        as_of=past(actor),
    )
    return render_page(request, accompanied(page, BODIES, body, actor, on_timeline=tab == "timeline"))


def _subtitle(row: dict[str, Any]) -> str:
    kind = choice_of(BODIES.column("kind"), row["kind"])
    parts = [str(kind.label) if kind else "", row["seat"], row["country"] or ""]
    return ", ".join(p for p in parts if p)


def _chips(body: Body, row: dict[str, Any]) -> tuple[shapes.Chip, ...]:
    chips = [confidence_chip(body.confidence)]
    state = choice_of(BODIES.column("state"), row["state"])
    if state is not None:
        chips.insert(0, shapes.Chip(state.label, state.colour))  # type: ignore[arg-type]  # colours of the shapes
    if body.to_be_completed:
        chips.append(shapes.Chip(_("To be completed by the ministry"), "amber"))
    if body.is_synthetic:
        chips.append(shapes.Chip(_("Synthetic"), "violet", _("Made up for the demonstration")))
    return tuple(chips)


def _warnings(body: Body, places: dict[str, tuple[str, str]]) -> tuple[str, ...]:
    if "successor" not in places:
        return ()
    words = _("It is succeeded by %(successor)s.") if body.valid_until else _("Its successor is %(successor)s.")
    return (words % {"successor": places["successor"][1]},)


def _tabs(request: HttpRequest, body: Body, active: str, actor: Actor) -> tuple[shapes.Link, ...]:
    labels = {
        "facts": _("Facts"),
        "people": _("Posts and holders"),
        "jurisdictions": _("Jurisdictions"),
        "parts": _("Parts"),
        "timeline": _("Timeline"),
    }
    return tuple(
        shapes.Link(
            label,
            at_day(
                request,
                reverse("directory:body", args=[body.number])
                if name == "facts"
                else reverse("directory:body_tab", args=[body.number, name]),
            ),
            active=name == active,
        )
        for name, label in labels.items()
        if name != "timeline" or not actor.is_public
    )


def _facts(row: dict[str, Any], places: dict[str, tuple[str, str]]) -> tuple[shapes.FactGroup, ...]:
    """The facts of the description, references led to where they point, identifiers one by one."""
    targets = {
        str(BODIES.column(name).label): reverse(
            "directory:body" if name in ("parent", "successor") else "directory:territory", args=[key]
        )
        for name, (key, _name) in places.items()
    }
    hidden = frozenset({"name", "identifiers", "covers", "state", "kind"})
    groups = []
    for group in fact_groups(BODIES, row, leave_out=hidden):
        facts = tuple(
            replace(f, value=replace(f.value, href=targets[str(f.label)])) if str(f.label) in targets else f
            for f in group.facts
        )
        if group.identifier == "source":
            facts += tuple(
                shapes.Fact(_("Identifier: %(scheme)s") % {"scheme": scheme}, shapes.Cell(value, kind="code"))
                for scheme, value in (row["identifiers"] or {}).items()
            )
        groups.append(replace(group, facts=facts))
    return tuple(groups)


def _blocks(tab: str, body: Body, actor: Actor) -> tuple[shapes.Block, ...]:
    if tab == "facts":
        return (_posts_now(body, actor), *_jurisdictions(body, actor, now=True))
    if tab == "people":
        return _people(body, actor)
    if tab == "jurisdictions":
        return _jurisdictions(body, actor, now=False)
    if tab == "parts":
        return (_parts(body, actor),)
    return ()


def _rank(rank: str) -> shapes.Cell:
    return shapes.Cell(PostRank(rank).label)


def _standing(holder: Holder) -> shapes.Cell:
    return shapes.Cell(chip=shapes.Chip(Standing(holder.standing).label, STANDING_COLOURS[holder.standing]))


def _posts_now(body: Body, actor: Actor) -> shapes.Table:
    rows = []
    for post in queries.held_posts(actor, body, all_time=False):
        names = ", ".join(h.person_name for h in post.holders)
        standings = tuple(shapes.Chip(Standing(h.standing).label, STANDING_COLOURS[h.standing]) for h in post.holders)
        contacts = ", ".join(h.contact for h in post.holders if h.contact)
        vacant = shapes.Cell(_("vacant or not known"), kind="muted")
        who = shapes.Cell(names, chips=standings) if names else vacant
        cells = [shapes.Cell(post.name), _rank(post.rank)]
        if sees_holders(actor):
            cells += [who, shapes.Cell(contacts)]
        rows.append(shapes.Row(tuple(cells)))
    heads = [("post", _("Post")), ("rank", _("Rank"))]
    if sees_holders(actor):
        heads += [("holder", _("Held by")), ("contact", _("Official contact"))]
    return shapes.Table(
        title=_("Posts on this day"),
        columns=columns(*heads),
        rows=tuple(rows),
        empty_text=_("No post is recorded."),
    )


def _people(body: Body, actor: Actor) -> tuple[shapes.Block, ...]:
    posts = queries.held_posts(actor, body)
    may_keep = not actor.is_public and END_HOLDER.verdict(actor, body)[0]
    spans = []
    rows = []
    for post in posts:
        links = [shapes.Cell(post.name, note=PostRank(post.rank).label)]
        if not post.holders:
            rows.append(shapes.Row((*links, shapes.Cell(), shapes.Cell(), shapes.Cell(), shapes.Cell(), shapes.Cell())))
        for holder in post.holders:
            spans.append(_span(post.name, holder))
            end = (
                shapes.Cell(pgettext("verb", "End"), href=step_url(body.number, END_HOLDER, holder=holder.pk))
                if may_keep and not holder.valid_until
                else shapes.Cell()
            )
            person = shapes.Cell(
                holder.person_name,
                chip=shapes.Chip(_("Synthetic"), "violet") if holder.is_synthetic else None,
                note=holder.contact,
            )
            rows.append(
                shapes.Row(
                    (*links, person, _standing(holder), *period_cells(holder.valid_from, holder.valid_until), end)
                )
            )
    table = shapes.Table(
        title=_("Posts and holders over time"),
        columns=columns(
            ("post", _("Post")),
            ("holder", _("Held by")),
            ("standing", _("Standing")),
            ("from", _("From")),
            ("until", _("Until")),
            ("step", _("Step")),
        ),
        rows=tuple(rows),
        steps=_post_steps(body, actor),
        empty_text=_("No post is recorded."),
    )
    if not sees_holders(actor):
        return (_posts_now(body, actor),)
    if not any(span.since for span in spans):
        return (table,)
    dated = tuple(span for span in spans if span.since)
    return (shapes.Timeline(title=_("Who held which post"), spans=dated, as_of=actor.as_of), table)


def _span(post: str, holder: Holder) -> shapes.LifeSpan:
    return shapes.LifeSpan(
        label=f"{holder.person_name}, {post}",
        since=holder.valid_from,
        until=holder.valid_until,
        colour=STANDING_COLOURS[holder.standing],
    )


def _post_steps(body: Body, actor: Actor) -> tuple[shapes.Step, ...]:
    if actor.is_public:
        return ()
    made = []
    for action in (CHANGE_POST, CLOSE_POST):
        allowed, reason = action.verdict(actor, body)
        made.append(shapes.Step(action.label, step_url(body.number, action), enabled=allowed, reason=reason))
    return tuple(made)


def _jurisdictions(body: Body, actor: Actor, *, now: bool) -> tuple[shapes.Block, ...]:
    found = queries.jurisdictions_of(actor, body)
    shown = [j for j in found if not now or actor.as_of in j.during]
    may_end = actor.role in DECIDERS and END_JURISDICTION.verdict(actor, body)[0]
    steps: tuple[shapes.Step, ...] = ()
    if not actor.is_public and not now:
        allowed, reason = ASSIGN.verdict(actor, body)
        steps = (shapes.Step(ASSIGN.label, step_url(body.number, ASSIGN), enabled=allowed, reason=reason),)
    heads = [
        ("territory", _("Territory")),
        ("function", _("Function")),
        ("from", _("From")),
        ("until", _("Until")),
        ("confidence", _("Confidence")),
        ("source", _("Source")),
    ]
    if may_end and not now:
        heads.append(("step", _("Step")))
    table = shapes.Table(
        title=_("Covers on this day") if now else _("Jurisdictions over time"),
        columns=columns(*heads),
        rows=tuple(_jurisdiction_row(body, j, actor, may_end and not now) for j in shown),
        steps=steps,
        empty_text=_("It covers no territory."),
    )
    return (table,)


def _jurisdiction_row(body: Body, jurisdiction: Jurisdiction, actor: Actor, may_end: bool) -> shapes.Row:
    territory = jurisdiction.territory
    cells = [
        territory_cell(territory.code, queries.territory_name(territory, actor.language), territory.contested),
        shapes.Cell(jurisdiction.function.names.get(actor.language) or jurisdiction.function.names["en"]),
        *period_cells(jurisdiction.valid_from, jurisdiction.valid_until),
        shapes.Cell(chip=confidence_chip(jurisdiction.confidence)),
        shapes.Cell(jurisdiction.source, note=jurisdiction.note),
    ]
    if may_end:
        cells.append(
            shapes.Cell()
            if jurisdiction.valid_until
            else shapes.Cell(
                pgettext("verb", "End"), href=step_url(body.number, END_JURISDICTION, jurisdiction=jurisdiction.pk)
            )
        )
    return shapes.Row(tuple(cells))


def _parts(body: Body, actor: Actor) -> shapes.Table:
    return shapes.Table(
        title=_("Parts"),
        columns=columns(
            ("name", _("Name")),
            ("kind", _("Kind")),
            ("seat", _("Seat")),
            ("from", _("From")),
            ("until", _("Until")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    body_cell(part["number"], part["shown"]),
                    kind_cell(part["kind"]),
                    shapes.Cell(part["seat"]),
                    *period_cells(part["valid_from"], part["valid_until"]),
                )
            )
            for part in queries.parts_of(actor, body)
        ),
        empty_text=_("No body is part of it."),
    )


# ------------------------------------------------------------------------------------------------------------- actions


def body_create(request: HttpRequest) -> HttpResponse:
    """The form of a new body."""
    assert BODIES.create is not None
    options = FormOptions(
        done=lambda body: reverse("directory:body", args=[body.number]),
        cancel_url=reverse("directory:bodies"),
        initial={
            "confidence": "to_confirm",
            "publicity": "internal",
            **{n: request.GET[n] for n in ("kind", "territory", "country", "parent") if n in request.GET},
        },
    )
    return action_response(request, BODIES, BODIES.create, None, options)


def body_step(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """The form of a step on a body; posts, holders and jurisdictions are chosen from those it has."""
    actor = actor_of(request)
    body: Body = find(BODIES, number, actor)
    action = next((a for a in actions_of(Body) if a.name.partition(".")[2] == verb), None)
    if action is None or action.makes_record or not action.listed or actor.is_public:
        raise NotFound()
    url = reverse("directory:body", args=[body.number])
    done = {"appoint": "people", "end_holder": "people", "assign": "jurisdictions"}.get(verb)
    target = reverse("directory:body_tab", args=[body.number, done]) if done else url
    initial: dict[str, Any] = {"confidence": "to_confirm"} if verb == "assign" else {}
    if verb == "appoint":
        initial["standing"] = "full"
    initial |= {c.name: request.GET[c.name] for c in action.columns if c.name in request.GET}
    if verb == "change_post" and initial.get("post"):
        initial |= queries.post_values(body, str(initial["post"]))
    options = FormOptions(done=lambda _result: target, cancel_url=url, initial=initial)
    return action_response(request, BODIES, _choosing(action, body, actor), body, options)


def _choosing(action: Action[Any], body: Body, actor: Actor) -> Action[Any]:
    """The action with its references to parts of the body as choices."""
    options: dict[str, Callable[[], list[Choice]]] = {
        WHICH_POST.name: lambda: [Choice(p.id, p.name) for p in queries.held_posts(actor, body)],
        WHICH_HOLDER.name: lambda: [
            Choice(h.pk, f"{h.person_name}, {p.name}") for p in queries.held_posts(actor, body) for h in p.holders
        ],
        "jurisdiction": lambda: [
            Choice(j.pk, f"{queries.territory_name(j.territory, actor.language)} ({j.function.names['en']})")
            for j in queries.jurisdictions_of(actor, body)
        ],
    }

    def chosen(column: Column) -> Column:
        if column.name not in options or column.kind is not Kind.INTEGER:
            return column
        found = options[column.name]()
        return replace(column, kind=Kind.CHOICE, choices=lambda: found)

    if not any(c.name in options for c in action.columns):
        return action
    return replace(action, columns=tuple(chosen(c) for c in action.columns))
