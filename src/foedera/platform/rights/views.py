"""The page that tells who may take which step on a record, and the same for the fold on its page."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foedera.platform.access.middleware import actor_of
from foedera.platform.access.roles import Role
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from .queries import Seat, StepRights, rights_on, whole_record


@require_safe
def who_may(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    """Each step with what it is for the reader now, and which roles in which bodies may take it. With `part=steps` the table alone."""
    actor = actor_of(request)
    described, record = whole_record(kind, number, actor)
    table = _table(rights_on(record, actor))
    if request.GET.get("part") == "steps":
        return render(request, table.template, {"block": table})
    number = getattr(record, described.by_number)
    try:
        back = reverse(described.detail_url, args=[number])
    except NoReverseMatch:
        back = ""
    page = shapes.TablePage(
        title=_("Who may take which step"),
        number=number,
        blocks=(table,),
        breadcrumbs=(shapes.Link(number, back),) if back else (),
    )
    return render_page(request, page)


def _table(rights: list[StepRights]) -> shapes.Table:
    columns = (("step", _("Step")), ("you", _("You, now")), ("who", _("May take it by right")))
    return shapes.Table(
        lead=_(
            "Roles in bodies, whoever holds them today. Whether the step is possible now depends on the record besides."
        ),
        columns=tuple(shapes.Column(name, label) for name, label in columns),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(each.label),
                    shapes.Cell(chip=shapes.Chip(_("You may"), "green"))
                    if each.allowed
                    else shapes.Cell(each.reason, kind="muted"),
                    shapes.Cell(_in_words(each.seats) or _("Nobody")),
                )
            )
            for each in rights
        ),
        empty_text=_("No step is taken on such a record."),
    )


def _in_words(seats: Sequence[Seat]) -> str:
    """Each role with the bodies in which it is held, in the order given."""
    bodies: dict[Role, list[str]] = {}
    for seat in seats:
        bodies.setdefault(seat.role, []).append(seat.body_name)
    return "; ".join(f"{role.label} – {', '.join(names)}" for role, names in bodies.items())
