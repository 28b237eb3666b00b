"""The calendar feed itself, and the page on which a person gives it an address or takes it back."""

from __future__ import annotations

import hashlib

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foedera.platform.actions.errors import NotFound
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from . import feed
from .views import reader_of


@require_safe
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The feed at a secret address. An unknown, revoked or faulty one is not found, without a word why."""
    try:
        content = feed.feed_of(secret, timezone.now())
    except NotFound:
        return HttpResponse(status=404, content_type="text/plain")
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    same = request.headers.get("If-None-Match", "").removeprefix("W/") == tag
    response = HttpResponse(status=304) if same else HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["ETag"] = tag
    response["Cache-Control"] = "private, max-age=900"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def calendar(request: HttpRequest) -> HttpResponse:
    """Whether one's calendar has an address; asked for by POST, a new one is made and shown once."""
    actor = reader_of(request)
    blocks: list[shapes.Block] = []
    if request.method == "POST":
        blocks.append(
            shapes.Notice(
                title=_("The address of your calendar"),
                text=feed.renew_address(actor),
                colour="green",
                lines=(
                    _("Copy it into your calendar program now; it is not kept and cannot be shown again."),
                    _("Whoever has it reads your calendar: tell it to nobody."),
                ),
            )
        )
    standing = feed.address_of(actor)
    chip = shapes.Chip(_("Valid"), "green")
    state = shapes.Cell(chip=chip) if standing else shapes.Cell(_("Your calendar has no address."))
    facts = [shapes.Fact(_("State"), state)]
    if standing is not None:
        facts.append(shapes.Fact(_("Made"), shapes.Cell(date=standing.made_at)))
        if standing.read_at is not None:
            facts.append(shapes.Fact(_("Last read by a program"), shapes.Cell(date=standing.read_at)))
    blocks.append(shapes.FactGroup(_("Address"), tuple(facts)))
    page = shapes.TablePage(
        title=_("Calendar"),
        lead=_(
            "Last safe days to object, ends of agreements and sessions of formats in your territory, for your calendar program."
        ),
        steps=(
            shapes.Step(
                _("New address") if standing is None else _("Another address"),
                reverse("notices:calendar"),
                method="post",
                primary=True,
                confirm=_("The present address leads nowhere from then on.") if standing is not None else "",
            ),
        ),
        more_steps=(
            shapes.Step(_("Revoke the address"), reverse("notices:calendar_revoke"), method="post", danger=True),
        )
        if standing is not None
        else (),
        blocks=tuple(blocks),
        breadcrumbs=(shapes.Link(_("Inbox"), reverse("notices:inbox")),),
    )
    response = render_page(request, page)
    # The secret stands on this page once.
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def calendar_revoke(request: HttpRequest) -> HttpResponse:
    """Revoke the address and return."""
    feed.revoke_address(reader_of(request))
    messages.success(request, _("The address leads nowhere now."))
    return HttpResponseRedirect(reverse("notices:calendar"))
