"""The first page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.agreements import terms
from foedera.agreements.lists import STATUS_COLOURS
from foedera.agreements.models import FindingRule
from foedera.platform.access.middleware import actor_of
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page
from foedera.platform.reminders import queries as reminders
from foedera.platform.reminders.access import REMINDED
from foedera.platform.reminders.views import reminder_table

from . import queries

SOON_DAYS = 90


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
    if actor.role in REMINDED and actor.person_id is not None:
        due = list(reminders.mine(actor, until=actor.today + reminders.SOON)[:10])
        if due:
            blocks.append(reminder_table(due, actor, title=_("Your reminders of these days"), more=True))
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
