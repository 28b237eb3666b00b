"""The first page, the search over everything, and the palette."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.agreements import terms
from foedera.agreements.lists import STATUS_COLOURS
from foedera.agreements.models import FindingRule
from foedera.platform.access.middleware import actor_of
from foedera.platform.lists.description import record_types
from foedera.platform.pages import shapes
from foedera.platform.pages.navigation import entries_for
from foedera.platform.pages.views import render_page

from . import queries

SOON_DAYS = 90
RECORD_URLS = {
    "agreements": "agreements:record",
    "ties": "agreements:tie",
    "bodies": "directory:body",
    "formats": "directory:format",
}


def home(request: HttpRequest) -> HttpResponse:
    """What is in force, what needs a decision and by when."""
    actor = actor_of(request)
    counts = queries.status_counts(actor)
    figures = [
        shapes.Figure(
            terms.describe_status(status),
            counts.get(status, 0),
            f"{reverse('agreements:list')}?status={status.slug}",
            colour=STATUS_COLOURS[status],  # type: ignore[arg-type]  # colours of the shapes
        )
        for status in terms.Status
        if counts.get(status)
    ]
    figures.append(shapes.Figure(_("Ties"), queries.tie_count(actor), reverse("agreements:ties")))
    blocks: list[shapes.Block] = [shapes.Figures(tuple(figures), _("The register as of the day"))]
    if not actor.is_public:
        blocks.append(
            shapes.Table(
                title=_("Act within %(days)d days") % {"days": SOON_DAYS},
                columns=(
                    shapes.Column("by", _("Act by")),
                    shapes.Column("finding", _("Finding")),
                    shapes.Column("agreement", _("Agreement")),
                ),
                rows=tuple(
                    shapes.Row(
                        (
                            shapes.Cell(date=f.urgent_by),
                            shapes.Cell(FindingRule(f.rule).label),
                            shapes.Cell(
                                f.agreement.title,
                                href=reverse("agreements:record", args=[f.agreement.number]),
                                note=f.agreement.number,
                            ),
                        )
                    )
                    for f in queries.pressing_findings(actor, days=SOON_DAYS)
                ),
                empty_text=_("Nothing presses."),
                more=shapes.Link(_("Review desk"), reverse("review:desk")),
            )
        )
        blocks.append(
            shapes.Table(
                title=_("What the review found"),
                columns=(shapes.Column("rule", _("Finding")), shapes.Column("count", _("Agreements"), numeric=True)),
                rows=tuple(
                    shapes.Row(
                        (
                            shapes.Cell(FindingRule(rule).label, href=f"{reverse('review:desk')}?rule={rule}"),
                            shapes.Cell(number=number),
                        )
                    )
                    for rule, number in queries.finding_counts(actor)
                ),
                empty_text=_("No finding is open."),
            )
        )
    page = shapes.TablePage(
        title=_("Desk") if not actor.is_public else _("Public register"),
        lead=_("What is in force, what lapsed, what renews itself soon, and what waits for a decision."),
        blocks=tuple(blocks),
        as_of=actor.as_of if actor.is_past else None,
    )
    return render_page(request, page)


def search(request: HttpRequest) -> HttpResponse:
    """Everything that fits the words, by type."""
    actor = actor_of(request)
    words = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    groups: dict[str, list[queries.Hit]] = {}
    if words:
        for hit in queries.search(actor, words, limit=20):
            groups.setdefault(hit.record_type.name, []).append(hit)
    blocks = tuple(
        shapes.Table(
            title=record_type.plural,
            columns=(shapes.Column("number", _("Number")), shapes.Column("title", _("Title"))),
            rows=tuple(
                shapes.Row(
                    (
                        shapes.Cell(
                            hit.number, kind="code", href=reverse(RECORD_URLS[hit.record_type.name], args=[hit.number])
                        ),
                        shapes.Cell(hit.title),
                    )
                )
                for hit in groups[record_type.name]
            ),
        )
        for record_type in record_types()
        if record_type.name in groups
    )
    page = shapes.TablePage(
        title=_("Search: %(words)s") % {"words": words} if words else _("Search"),
        lead="" if blocks or not words else _("Nothing fits these words."),
        blocks=blocks,
    )
    return render_page(request, page)


def palette(request: HttpRequest) -> JsonResponse:
    """Places, records and steps for the palette, as [{"label", "hint", "url", "kind"}]."""
    actor = actor_of(request)
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = [
        {"label": str(e.label), "hint": "", "url": e.url, "kind": "go"}
        for e in entries_for(request, actor)
        if words.casefold() in str(e.label).casefold()
    ]
    for record_type in record_types():
        if record_type.create is None or actor.is_public:
            continue
        label = str(record_type.create.label)
        names = {"agreements": "agreements:create", "ties": "agreements:tie_create", "bodies": "directory:body_create"}
        if (
            words.casefold() in label.casefold()
            and record_type.name in names
            and record_type.create.verdict(actor, None)[0]
        ):
            found.append({"label": label, "hint": "", "url": reverse(names[record_type.name]), "kind": "create"})
    if len(words) > 1:
        found += [
            {
                "label": hit.title,
                "hint": hit.number,
                "url": reverse(RECORD_URLS[hit.record_type.name], args=[hit.number]),
                "kind": str(hit.record_type.singular),
            }
            for hit in queries.search(actor, words, limit=5)
        ]
    return JsonResponse(found[:20], safe=False)
