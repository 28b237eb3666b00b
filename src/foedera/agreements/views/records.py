"""One agreement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from foedera.agreements import queries, terms
from foedera.agreements.access import reads_whole
from foedera.agreements.deriving import facts_of_one
from foedera.agreements.lists import AGREEMENTS, PARTY_COLUMNS, status_choices
from foedera.agreements.models import Agreement, LinkKind, NoticeKind, Side
from foedera.agreements.review.life import life
from foedera.agreements.views.texts import _texts
from foedera.platform.access.actors import Actor
from foedera.platform.access.marks import Sensitivity, reads
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import NotFound
from foedera.platform.actions.performing import Action
from foedera.platform.lists.pages import (
    accompanied,
    cell_of,
    choice_of,
    context_of,
    fact_groups,
    find_with_row,
    steps_of,
    timeline_entries,
)
from foedera.platform.pages import shapes
from foedera.platform.pages.addresses import address
from foedera.platform.pages.navigation import at_day
from foedera.platform.pages.views import render_page

TABS = ("facts", "texts", "parties", "links", "timeline")


def agreement_record(request: HttpRequest, number: str, tab: str = "facts") -> HttpResponse:
    """One agreement; only its title where only that is public."""
    actor = actor_of(request)
    context = context_of(request)
    agreement, row = find_with_row(AGREEMENTS, number, context, AGREEMENTS.columns)
    if not reads_whole(agreement, actor):
        return render_page(request, _title_only(agreement))
    if tab not in TABS:
        raise NotFound()
    term_facts = facts_of_one(agreement)
    result = terms.evaluate_one(term_facts, actor.as_of)
    first, more = steps_of(agreement, actor, lambda a: step_url(agreement.number, a))
    status = next(c for c in status_choices() if c.code == result.status.slug)
    state = choice_of(AGREEMENTS.column("state"), agreement.state)
    chips = [shapes.Chip(status.label, status.colour, _status_hint(result))]  # type: ignore[arg-type]  # colours of the shapes
    if state is not None:
        chips.append(shapes.Chip(state.label, state.colour))  # type: ignore[arg-type]  # colours of the shapes
    if agreement.is_synthetic:
        chips.append(shapes.Chip(_("Synthetic"), "violet", _("Made up for the demonstration")))
    sentences = tuple(result.sentences)
    blocks, facts, entries = _tab(tab, agreement, actor, row, lambda: life(term_facts, result), sentences)
    page = shapes.RecordPage(
        title=row["title"],
        number=agreement.number,
        subtitle=_between(row),
        title_lang="" if row["title"] != agreement.title else agreement.title_language,
        other_titles=tuple(
            shapes.Cell(text, lang=code) for code, text in agreement.titles.items() if text != row["title"]
        ),
        chips=tuple(chips),
        steps=tuple(first[:2]),
        more_steps=(*first[2:], *more),
        clocks=tuple(_clocks(result, sentences)) if result.status in _ALIVE else (),
        tabs=_tabs(request, agreement, tab),
        facts=facts,
        timeline=entries,
        blocks=blocks,
        warnings=tuple(str(w) for w in terms.describe_warnings(result.warnings)),
        breadcrumbs=(shapes.Link(_("Agreements"), at_day(request, reverse("agreements:list"))),),
        as_of=actor.as_of if actor.is_past else None,
    )
    return render_page(request, accompanied(page, AGREEMENTS, agreement, actor, on_timeline=tab == "timeline"))


_ALIVE = frozenset({*terms.IN_FORCE_STATUSES, terms.Status.SUSPENDED, terms.Status.NOT_YET_IN_FORCE})


def step_url(number: str, action: Action[Any]) -> str:
    """Where the form of a step is."""
    verb = action.name.partition(".")[2]
    if verb == "change":
        return address("agreements:change", number)
    if verb == "add_text":
        return address("agreements:add_text", number)
    return address("agreements:step", number, verb)


def _title_only(agreement: Agreement) -> shapes.RecordPage:
    return shapes.RecordPage(
        title=agreement.title,
        number=agreement.number,
        title_lang=agreement.title_language,
        warnings=(_("Only the title is public: %(ground)s") % {"ground": agreement.publicity_ground},),
        breadcrumbs=(shapes.Link(_("Agreements"), reverse("agreements:list")),),
    )


def _between(row: dict[str, Any]) -> str:
    sides = [", ".join(row["own_parties"] or ()), ", ".join(row["foreign_parties"] or ())]
    return " – ".join(s for s in sides if s)


def _status_hint(result: terms.TermResult) -> str:
    if result.status is terms.Status.UNKNOWN:
        return str(terms.describe_reason(result.reason))
    if result.status is terms.Status.RENEWED and result.renewal_number:
        return _("Renewal %(number)d") % {"number": result.renewal_number}
    return ""


def _clocks(result: terms.TermResult, calculation: tuple[str, ...]) -> list[shapes.Clock]:
    clocks = []
    if result.last_safe_day is not None:
        clocks.append(
            shapes.Clock(
                label=_("Last safe day to object"),
                due=result.last_safe_day,
                days_left=(result.last_safe_day - result.as_of).days,
                calculation=calculation,
                soon_days=90,
            )
        )
    if result.next_renewal is not None:
        clocks.append(
            shapes.Clock(
                label=_("Renews itself on"),
                due=result.next_renewal,
                days_left=(result.next_renewal - result.as_of).days,
                calculation=calculation,
            )
        )
    if result.ends_on is not None:
        clocks.append(
            shapes.Clock(
                label=_("Ends on"),
                due=result.ends_on,
                days_left=(result.ends_on - result.as_of).days,
                calculation=calculation,
                soon_days=180,
            )
        )
    return clocks


def _tabs(request: HttpRequest, agreement: Agreement, active: str) -> tuple[shapes.Link, ...]:
    labels = {
        "facts": _("Facts"),
        "texts": _("Texts"),
        "parties": _("Parties"),
        "links": _("Links and review"),
        "timeline": _("Timeline"),
    }
    return tuple(
        shapes.Link(
            label,
            at_day(
                request,
                address("agreements:record", agreement.number)
                if name == "facts"
                else address("agreements:tab", agreement.number, name),
            ),
            active=name == active,
        )
        for name, label in labels.items()
        if name != "timeline" or not actor_of(request).is_public
    )


def _tab(
    tab: str,
    agreement: Agreement,
    actor: Actor,
    row: dict[str, Any],
    picture: Callable[[], shapes.Timeline],
    sentences: tuple[str, ...],
) -> tuple[tuple[shapes.Block, ...], tuple[shapes.FactGroup, ...], tuple[shapes.TimelineEntry, ...]]:
    if tab == "texts":
        return _texts(agreement, actor), (), ()
    if tab == "parties":
        return _parties(agreement, actor), (), ()
    if tab == "links":
        return _links(agreement, actor), (), ()
    if tab == "timeline":
        if actor.is_public:
            raise NotFound()
        return (), (), timeline_entries(agreement, AGREEMENTS, actor)
    words = shapes.Words(paragraphs=sentences, title=_("How the status follows from the facts"))
    return (
        (picture(), words),
        fact_groups(AGREEMENTS, row, leave_out=_not_worth_telling(row)),
        (),
    )


def _not_worth_telling(row: dict[str, Any]) -> frozenset[str]:
    """Facts that are told elsewhere on the page, those told twice as codes, and those that only say something when they are so."""
    unsaid = {"title", "status_code", "region", "partner"}
    if row["title_language"] == (get_language() or "en")[:2]:
        unsaid.add("title_language")
    unsaid |= {name for name in ("is_synthetic", "signed_date_unknown") if not row[name]}
    return frozenset(unsaid)


def _parties(agreement: Agreement, actor: Actor) -> tuple[shapes.Block, ...]:
    language = (get_language() or "en")[:2]
    names_signatories = reads(actor, Sensitivity.PERSONAL, Agreement)
    rows = []
    for party in queries.parties_of(agreement):
        territory = party.territory
        name = territory.names.get(language) or territory.name if territory else ""
        place = shapes.Cell(
            name,
            href=reverse("directory:territory", args=[territory.code]) if territory else "",
            chip=shapes.Chip(_("Contested"), "violet") if territory is not None and territory.contested else None,
        )
        body = shapes.Cell(
            (party.body.names.get(language) or party.body.name) if party.body else "",
            href=reverse("directory:body", args=[party.body.number]) if party.body else "",
        )
        rows.append(
            shapes.Row(
                (
                    cell_of(PARTY_COLUMNS[0], party.side),
                    place,
                    body,
                    shapes.Cell(party.name),
                    cell_of(PARTY_COLUMNS[4], party.level),
                    *((shapes.Cell(party.signatory, note=party.signatory_post),) if names_signatories else ()),
                    shapes.Cell(party.power),
                )
            )
        )
    columns = (
        shapes.Column("side", _("Side")),
        shapes.Column("territory", _("Territory")),
        shapes.Column("body", _("Body")),
        shapes.Column("name", _("Name in the text")),
        shapes.Column("level", _("Level")),
        *((shapes.Column("signatory", _("Signed by")),) if names_signatories else ()),
        shapes.Column("power", _("Power to sign")),
    )
    return (shapes.Table(columns=columns, rows=tuple(rows), title=_("Parties"), empty_text=_("No party is recorded.")),)


_LINK_WORDS: dict[tuple[str, bool], Any] = {
    (LinkKind.AMENDS, True): gettext_lazy("Amends"),
    (LinkKind.AMENDS, False): gettext_lazy("Amended by"),
    (LinkKind.REPLACES, True): gettext_lazy("Replaces"),
    (LinkKind.REPLACES, False): gettext_lazy("Replaced by"),
    (LinkKind.IMPLEMENTS, True): gettext_lazy("Implements"),
    (LinkKind.IMPLEMENTS, False): gettext_lazy("Implemented by"),
    ("framework", True): gettext_lazy("Under the framework"),
    ("framework", False): gettext_lazy("Framework of"),
}


def _links(agreement: Agreement, actor: Actor) -> tuple[shapes.Block, ...]:
    links = shapes.Table(
        columns=(
            shapes.Column("link", _("Link")),
            shapes.Column("number", _("Number")),
            shapes.Column("title", _("Title")),
            shapes.Column("from", _("From")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(_LINK_WORDS[(link.kind, link.forward)]),
                    shapes.Cell(link.number, kind="code", href=reverse("agreements:record", args=[link.number])),
                    shapes.Cell(link.title),
                    shapes.Cell(date=link.effective_on),
                )
            )
            for link in queries.links_of(agreement, actor)
        ),
        title=_("Links"),
        empty_text=_("No link to another agreement."),
    )
    if actor.is_public:
        return (links,)
    notices = shapes.Table(
        columns=(
            shapes.Column("kind", _("Notice")),
            shapes.Column("side", _("Given by")),
            shapes.Column("sent", _("Sent")),
            shapes.Column("received", _("Received")),
            shapes.Column("withdrawn", _("Taken back")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(NoticeKind(n.kind).label),
                    shapes.Cell(Side(n.side).label),
                    shapes.Cell(date=n.dispatched_on),
                    shapes.Cell(date=n.received_on),
                    shapes.Cell(date=n.withdrawn_on),
                )
            )
            for n in queries.notices_of(agreement)
        ),
        title=_("Notices"),
        empty_text=_("No notice was given."),
    )
    steps = shapes.Table(
        columns=(
            shapes.Column("step", _("Next step")),
            shapes.Column("due", _("Due")),
            shapes.Column("done", _("Done")),
            shapes.Column("outcome", _("Outcome")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(f.get_kind_display()),
                    shapes.Cell(date=f.due_on),
                    shapes.Cell(date=f.done_on),
                    shapes.Cell(f.outcome),
                )
            )
            for f in queries.follow_ups_of(agreement)
        ),
        title=_("Next steps from the review"),
        empty_text=_("The review has started no step."),
        more=shapes.Link(
            _("Findings of the review"),
            f"{reverse('review:desk')}?agreement={agreement.number}",
            count=queries.open_findings_count(agreement),
        ),
    )
    return links, notices, steps
