"""Review sessions: opened over a region, a country or all, gone through finding by finding, closed with a protocol."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foedera.agreements.models import ReviewSession
from foedera.directory.queries import territory_name
from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import ActionError, Invalid, NotFound
from foedera.platform.actions.performing import perform
from foedera.platform.lists.pages import refuse_early
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from .. import queries
from ..access import DECIDERS
from ..actions import close_session, open_session
from ..items import items_of
from ..protocol import LANGUAGES, as_pdf, as_xlsx, protocol_of
from .desk import desk_page, known_actor, sections

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SessionForm(forms.Form):
    """What a session is about, when it is held and by whom."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=300)
    region = forms.ChoiceField(label=gettext_lazy("Region"), required=False)
    partner = forms.ChoiceField(label=gettext_lazy("Partner state"), required=False)
    held_on = forms.DateField(
        label=gettext_lazy("Held on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    participants = forms.CharField(
        label=gettext_lazy("Participants"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One on a line: name and post."),
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, own, all_words in (("region", True, _("all regions")), ("partner", False, _("all partners"))):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", all_words), *queries.territories_to_choose(actor, own=own)]


@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """All sessions, newest first."""
    actor = known_actor(request)
    found = queries.listed_sessions(actor)
    counts = queries.session_counts(actor, [s.pk for s in found])
    may = actor.role in DECIDERS and not actor.is_past
    page = shapes.TablePage(
        title=_("Review sessions"),
        lead=_("A session goes through the findings of a region, of a country or of all, and ends in a protocol."),
        tabs=sections("sessions"),
        steps=(
            shapes.Step(
                _("Open a review session"),
                reverse("review:session_open"),
                enabled=may,
                reason="" if may else _("Your role does not include this step."),
                primary=True,
            ),
        ),
        blocks=(
            shapes.Table(
                columns=(
                    shapes.Column("title", _("Session")),
                    shapes.Column("scope", _("Over")),
                    shapes.Column("held", _("Held on")),
                    shapes.Column("decided", _("Decided"), numeric=True),
                    shapes.Column("state", _("State")),
                ),
                rows=tuple(
                    shapes.Row(
                        (
                            shapes.Cell(s.title, note=s.number),
                            shapes.Cell(_scope(s, actor.language)),
                            shapes.Cell(date=s.held_on),
                            shapes.Cell(number=counts.get(s.pk, 0)),
                            shapes.Cell(chip=_state(s)),
                        ),
                        url=reverse("review:session", args=[s.number]),
                        number=s.number,
                    )
                    for s in found
                ),
                empty_text=_("No session was held yet."),
            ),
        ),
    )
    return render_page(request, page)


def _state(held: ReviewSession) -> shapes.Chip:
    return shapes.Chip(_("closed"), "grey") if held.closed_at is not None else shapes.Chip(_("open"), "green")


def _scope(held: ReviewSession, language: str) -> str:
    names = [territory_name(t, language) for t in (held.region, held.partner) if t is not None]
    return ", ".join(names) or _("the whole register")


@require_http_methods(["GET", "HEAD", "POST"])
def session_open(request: HttpRequest) -> HttpResponse:
    """Open a session."""
    actor = known_actor(request)
    if request.method != "POST":
        refuse_early(open_session, actor, None)
    initial = {
        "held_on": actor.today,
        "region": request.GET.get("region", ""),
        "partner": request.GET.get("partner", ""),
    }
    form = SessionForm(actor, request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = perform(open_session, actor, values=form.cleaned_data)
        except Invalid as error:
            for problem in error.problems:
                form.add_error(problem.field if problem.field in form.fields else None, str(problem.message))
        except ActionError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(reverse("review:session", args=[made.number]))
    page = shapes.FormPage(
        title=_("Open a review session"),
        form=form,
        submit=_("Open"),
        lead=_("Leave region and partner empty to go through the whole register."),
        cancel_url=reverse("review:sessions"),
        breadcrumbs=(
            shapes.Link(_("Review"), reverse("review:desk")),
            shapes.Link(_("Sessions"), reverse("review:sessions")),
        ),
    )
    return render_page(request, page)


@require_GET
def session(request: HttpRequest, number: str) -> HttpResponse:
    """One session: its findings to decide, what was decided in it, its protocol."""
    actor = known_actor(request)
    held = queries.session(actor, number)
    shown = request.GET.get("show", "open" if held.closed_at is None else "decided")
    decided = queries.decided_in(actor, held)
    allowed, why_not = close_session.verdict(actor, held)
    url = reverse("review:session", args=[held.number])
    tabs = (
        shapes.Link(_("To decide"), f"{url}?show=open", active=shown != "decided"),
        shapes.Link(_("Decided"), f"{url}?show=decided", active=shown == "decided", count=len(decided)),
    )
    more: dict[str, Any] = {
        "number": held.number,
        "chips": (_state(held),),
        "tabs": tabs,
        "lead": f"{_scope(held, actor.language)}",
        "steps": (
            shapes.Step(
                close_session.label,
                reverse("review:session_close", args=[held.number]),
                "post",
                enabled=allowed,
                reason=why_not,
                primary=True,
                confirm=close_session.confirm,
                fields=(("version", str(held.version)),),
            ),
        ),
        "exports": tuple(
            shapes.Link(
                _("Protocol %(kind)s, %(language)s") % {"kind": kind.upper(), "language": language.upper()},
                reverse("review:protocol", args=[held.number, kind]) + f"?language={language}",
            )
            for kind in ("pdf", "xlsx")
            for language in LANGUAGES
        ),
        "breadcrumbs": (
            shapes.Link(_("Review"), reverse("review:desk")),
            shapes.Link(_("Sessions"), reverse("review:sessions")),
        ),
    }
    chosen = queries.of_session(actor, held)
    page = desk_page(
        request,
        actor,
        chosen,
        title=held.title,
        url=url,
        session=held.number if held.closed_at is None else "",
        facets=(),
        **more,
    )
    if shown == "decided":
        from dataclasses import replace

        items = tuple(items_of(actor, decided[:500]))
        page = replace(
            page,
            items=items,
            count=len(decided),
            next_url="",
            first_url="",
            empty_text=_("Nothing was decided in this session."),
        )
    elif held.closed_at is not None:
        from dataclasses import replace

        page = replace(page, may_decide=False)
    return render_page(request, page)


@require_POST
def session_close(request: HttpRequest, number: str) -> HttpResponse:
    """Close a session."""
    actor = known_actor(request)
    held = queries.session(actor, number)
    version = request.POST.get("version", "")
    perform(close_session, actor, record=held, version=int(version) if version.isdigit() else None)
    messages.success(request, _("The session is closed. Its protocol can be fetched."))
    return HttpResponseRedirect(reverse("review:session", args=[held.number]))


@require_GET
def protocol(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """The protocol of a session as a file."""
    actor = known_actor(request)
    held = queries.session(actor, number)
    language = request.GET.get("language", actor.language)
    if kind not in ("pdf", "xlsx") or language not in LANGUAGES:
        raise NotFound()
    made = protocol_of(actor, held, language)
    content, media_type = (as_pdf(made), "application/pdf") if kind == "pdf" else (as_xlsx(made), XLSX)
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{held.number}-protocol-{language}.{kind}"'
    return response
