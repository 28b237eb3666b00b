"""The page of seals."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import invalid
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from .seals import published

SHOWN = 50


def seal_list(request: HttpRequest) -> HttpResponse:
    """The seals of the history with the roots to be published, newest first. Raises Invalid for a place that is none."""
    actor_of(request)  # whoever asks; nobody is shown anything before it is known who does
    text = request.GET.get("before", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise invalid("before", _("Enter a whole number."))
    found = published(before=int(text) if text else None, limit=SHOWN)
    more = len(found) == SHOWN and found[-1].number > 1
    table = shapes.Table(
        columns=(
            shapes.Column("number", _("Seal"), numeric=True),
            shapes.Column("at", _("Made")),
            shapes.Column("count", _("Actions and entries"), numeric=True),
            shapes.Column("root", _("Root")),
            shapes.Column("stamped", _("Stamped")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(number=s.number),
                    shapes.Cell(date=s.at),
                    shapes.Cell(number=s.count),
                    shapes.Cell(s.root, kind="code"),
                    shapes.Cell(date=s.stamped_at) if s.stamped_at else shapes.Cell(),
                )
            )
            for s in found
        ),
        title=_("Seals"),
        empty_text=_("Nothing is sealed yet."),
        more=shapes.Link(_("Earlier"), f"?before={found[-1].number}") if more else None,
    )
    page = shapes.TablePage(
        title=_("Seals of the history"),
        lead=_(
            "Everything that is done in the register is put under a root that follows from all before it. Whoever keeps a root can "
            "verify an exported history against it; a root that was printed elsewhere cannot be made to fit another past."
        ),
        blocks=(table,),
    )
    return render_page(request, page)
