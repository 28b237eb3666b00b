"""Pages of what one follows: the list, one subscription with its news, following and stopping."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import Invalid, Refused
from foedera.platform.actions.performing import perform
from foedera.platform.lists.description import RecordType
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from . import queries
from .actions import FOLLOW, STOP
from .models import Subscription, What

COLOURS: dict[What, shapes.Colour] = {What.ENTERED: "green", What.LEFT: "amber", What.CHANGED: "blue"}


def _follower(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if actor.person_id is None or actor.is_public:
        raise Refused(_("Sign in first."))
    return actor


def mine(request: HttpRequest) -> HttpResponse:
    """What one follows; sent by POST, something more."""
    actor = _follower(request)
    if request.method == "POST":
        return _follow(request, actor)
    rows = list(queries.subscriptions(actor))
    page = shapes.TablePage(
        title=_("Following"),
        lead=_(
            "Of these you are told in your inbox, and by e-mail as you chose. Follow a record from its page under “More”, "
            "a list from the list itself under “This view”."
        ),
        blocks=(
            shapes.Table(
                columns=(
                    shapes.Column("name", _("What")),
                    shapes.Column("kind", _("Kind")),
                    shapes.Column("records", _("Records"), numeric=True),
                    shapes.Column("state", _("State")),
                    shapes.Column("since", _("Since")),
                ),
                rows=tuple(_row(row) for row in rows),
                empty_text=_("You follow nothing yet."),
            ),
        ),
        exports=(shapes.Link(_("What is sent to you, and when"), reverse("notices:settings")),),
    )
    return render_page(request, page)


def _follow(request: HttpRequest, actor: Actor) -> HttpResponse:
    values = {name: request.POST.get(name, "") for name in ("record_type", "number", "query", "name")}
    try:
        made = perform(FOLLOW, actor, values=values)
    except Invalid as error:
        messages.error(request, "; ".join(str(problem.message) for problem in error.problems))
        return HttpResponseRedirect(_back(request))
    messages.success(request, _("You will be told when this changes."))
    return HttpResponseRedirect(_back(request) if made.record_id else reverse("following:subscription", args=[made.pk]))


def _back(request: HttpRequest) -> str:
    """The page from which the button was pressed, where it is one of ours."""
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        return came_from
    return reverse("following:mine")


def _state(row: Subscription) -> shapes.Chip:
    if row.sleeps_because:
        return shapes.Chip(_("Sleeps"), "amber", row.sleeps_because)
    return shapes.Chip(_("Awake"), "green")


def _row(row: Subscription) -> shapes.Row:
    kind = queries.followed_type(row.record_type)
    return shapes.Row(
        (
            shapes.Cell(row.name, href=reverse("following:subscription", args=[row.pk])),
            shapes.Cell(kind.singular if row.record_id is not None else kind.plural),
            shapes.Cell(number=len(row.members)) if row.record_id is None else shapes.Cell(),
            shapes.Cell(chip=_state(row), note=row.sleeps_because),
            shapes.Cell(date=row.created_at),
        ),
        number=row.name,
    )


def _source(row: Subscription, kind: RecordType) -> str:
    """Where what is followed is seen."""
    if row.record_id is not None:
        return reverse(kind.detail_url, args=[row.name])
    return f"{kind.list_url}?{row.query}" if row.query else kind.list_url


@require_safe
def subscription(request: HttpRequest, key: int) -> HttpResponse:
    """One subscription with what was found under it in the last thirty days."""
    actor = _follower(request)
    row = queries.subscription(key, actor)
    kind = queries.followed_type(row.record_type)
    page = shapes.TablePage(
        title=row.name,
        lead=_("What entered, left or changed in the last thirty days. What you did yourself is not told."),
        chips=(_state(row),),
        warnings=(row.sleeps_because,) if row.sleeps_because else (),
        steps=(shapes.Step(STOP.label, reverse("following:stop", args=[row.pk]), method="post"),),
        exports=(shapes.Link(_("Open what you follow"), _source(row, kind)),),
        blocks=(
            shapes.Table(
                columns=(
                    shapes.Column("at", _("Found")),
                    shapes.Column("what", _("What happened")),
                    shapes.Column("number", _("Number")),
                    shapes.Column("title", _("Title")),
                    shapes.Column("steps", _("Steps")),
                ),
                rows=tuple(
                    shapes.Row(
                        (
                            shapes.Cell(date=one.at),
                            shapes.Cell(chip=shapes.Chip(one.what.label, COLOURS[one.what])),
                            shapes.Cell(one.number, kind="code", href=reverse(kind.detail_url, args=[one.number])),
                            shapes.Cell(one.title),
                            shapes.Cell("; ".join(one.steps)),
                        ),
                        number=one.number,
                    )
                    for one in queries.news(row, actor)
                ),
                empty_text=_("Nothing has happened yet."),
            ),
        ),
        breadcrumbs=(shapes.Link(_("Following"), reverse("following:mine")),),
    )
    return render_page(request, page)


@require_POST
def stop(request: HttpRequest, key: int) -> HttpResponse:
    """Follow something no longer."""
    actor = _follower(request)
    perform(STOP, actor, record=queries.subscription(key, actor))
    messages.success(request, _("You will not be told any more."))
    back = _back(request)
    gone = reverse("following:subscription", args=[key])
    return HttpResponseRedirect(reverse("following:mine") if back.endswith(gone) else back)
