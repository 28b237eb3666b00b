"""Pages on which a restricted record is opened for reading, and on which that is seen."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import Invalid, NotFound, Refused
from foedera.platform.lists.description import record_types
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from ..actions import close_reading, open_reading
from ..actions.opening import OPENERS
from ..models import OpenReading
from ..queries import readings
from .elevating import SHOWN, access_tabs


class OpenForm(forms.Form):
    """Which restricted record, for how long, and why."""

    number = forms.CharField(label=gettext_lazy("Number"), max_length=24, help_text=gettext_lazy("Such as AG-000012."))
    hours = forms.IntegerField(label=gettext_lazy("Hours"), min_value=1, initial=4)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        help_text=gettext_lazy("The body that owns the record is told at once, with this reason and your name."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["hours"].help_text = _("At most %(most)d.") % {"most": settings.FOEDERA_READING_LONGEST}


def url_of(reading: OpenReading) -> str:
    """The page of the record that was opened, by the description of its type."""
    for kind in record_types():
        if kind.model._meta.db_table == reading.table_name and kind.detail_url:
            return reverse(kind.detail_url, args=[reading.number])
    return ""


def open_page(request: HttpRequest) -> HttpResponse:
    """The form that opens a restricted record."""
    actor = actor_of(request)
    if actor.role not in OPENERS:
        raise NotFound() if actor.is_public else Refused(_("Your role does not include this step."))
    form = OpenForm(request.POST or None, initial={"number": request.GET.get("number", "")})
    if request.method == "POST" and form.is_valid():
        try:
            made = open_reading(actor=actor, **form.cleaned_data)
        except Invalid as error:
            for problem in error.problems:
                form.add_error(problem.field or None, str(problem.message))
        else:
            return HttpResponseRedirect(url_of(made) or reverse("accounts:readings"))
    page = shapes.FormPage(
        title=_("Open a restricted record"),
        lead=_(
            "For reading only and for some hours. The owner, the coordinator and the auditor see that you did and why."
        ),
        form=form,
        submit=_("Open it"),
        cancel_url=reverse("accounts:readings"),
    )
    return render_page(request, page)


def readings_page(request: HttpRequest) -> HttpResponse:
    """Which restricted records were opened: all for coordinator and auditor, else one's own and those of one's body."""
    actor = actor_of(request)
    if actor.is_public:
        raise NotFound()
    now = timezone.now()

    def state(reading: OpenReading) -> shapes.Chip:
        if reading.ended_at is not None:
            return shapes.Chip(_("Closed"))
        return shapes.Chip(_("Open"), "red") if reading.valid_until > now else shapes.Chip(_("Ended by itself"))

    def row(reading: OpenReading) -> shapes.Row:
        running = reading.ended_at is None and reading.valid_until > now
        return shapes.Row(
            (
                shapes.Cell(reading.number, kind="code", href=url_of(reading)),
                shapes.Cell(reading.owner.name if reading.owner is not None else ""),
                shapes.Cell(reading.person.name, note=reading.duty.body.name),
                shapes.Cell(reading.reason),
                shapes.Cell(date=reading.valid_from),
                shapes.Cell(date=reading.ended_at or reading.valid_until),
                shapes.Cell(chip=state(reading)),
                shapes.Cell(
                    _("Close") if running else "",
                    href=reverse("accounts:close_reading", args=[reading.pk]) if running else "",
                ),
            )
        )

    opens = shapes.Step(_("Open a restricted record"), reverse("accounts:open_reading"))
    page = shapes.TablePage(
        title=_("Opened readings"),
        lead=_("Restricted records that somebody outside their body has opened for reading, with the reason."),
        tabs=access_tabs(actor, "readings"),
        steps=(opens,) if actor.role in OPENERS else (),
        blocks=(
            shapes.Table(
                columns=(
                    shapes.Column("number", _("Number")),
                    shapes.Column("owner", _("Owner")),
                    shapes.Column("who", _("Who")),
                    shapes.Column("reason", _("Reason")),
                    shapes.Column("from", _("From")),
                    shapes.Column("until", _("Until")),
                    shapes.Column("state", _("State")),
                    shapes.Column("step", _("Step")),
                ),
                rows=tuple(row(r) for r in readings(actor)[:SHOWN]),
                empty_text=_("No restricted record was opened."),
            ),
        ),
    )
    return render_page(request, page)


def close_page(request: HttpRequest, key: int) -> HttpResponse:
    """Asks, and then closes an opened reading."""
    actor = actor_of(request)
    reading = readings(actor).filter(pk=key, ended_at__isnull=True).first()
    if reading is None:
        raise NotFound()
    if request.method == "POST":
        close_reading(actor=actor, key=key)
        return HttpResponseRedirect(reverse("accounts:readings"))
    page = shapes.FormPage(
        title=_("Close the reading"),
        number=reading.number,
        lead=reading.reason,
        form=forms.Form(),
        submit=_("Close"),
        cancel_url=reverse("accounts:readings"),
        danger=True,
    )
    return render_page(request, page)
