"""One tie."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.agreements.access import reads_whole
from foedera.agreements.lists import TIES
from foedera.agreements.models import Tie
from foedera.agreements.views.steps import _step
from foedera.platform.access.middleware import actor_of
from foedera.platform.lists.description import type_of
from foedera.platform.lists.pages import (
    FormOptions,
    accompanied,
    action_response,
    choice_of,
    context_of,
    fact_groups,
    find_with_row,
    steps_of,
    timeline_entries,
)
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page


def _title_only_tie(tie: Tie) -> shapes.RecordPage:
    return shapes.RecordPage(
        title=tie.end_text,
        number=tie.number,
        warnings=(_("Only the title is public: %(ground)s") % {"ground": tie.publicity_ground},),
        breadcrumbs=(shapes.Link(_("Ties"), reverse("agreements:ties")),),
    )


def tie_record(request: HttpRequest, number: str) -> HttpResponse:
    """One tie with its facts and everything that happened to it."""
    actor = actor_of(request)
    tie, row = find_with_row(TIES, number, context_of(request))
    if not reads_whole(tie, actor):
        return render_page(request, _title_only_tie(tie))
    first, more = steps_of(
        tie, actor, lambda a: reverse("agreements:tie_step", args=[tie.number, a.name.partition(".")[2]])
    )
    state = choice_of(TIES.column("state"), tie.state)
    page = shapes.RecordPage(
        title=row["ends"],
        number=tie.number,
        chips=(shapes.Chip(state.label, state.colour),) if state else (),  # type: ignore[arg-type]  # colours of the shapes
        steps=tuple(first[:2]),
        more_steps=(*first[2:], *more),
        facts=fact_groups(TIES, row, leave_out=frozenset({"ends"})),
        timeline=() if actor.is_public else timeline_entries(tie, type_of(type(tie)), actor),
        breadcrumbs=(shapes.Link(_("Ties"), reverse("agreements:ties")),),
        as_of=actor.as_of if actor.is_past else None,
    )
    return render_page(request, accompanied(page, TIES, tie, actor, on_timeline=True))


def tie_create(request: HttpRequest) -> HttpResponse:
    """The form of a new tie."""
    assert TIES.create is not None
    options = FormOptions(
        done=lambda tie: reverse("agreements:tie", args=[tie.number]),
        cancel_url=reverse("agreements:ties"),
        initial={"kind": "twinning", "state": "unknown", "publicity": "internal"},
    )
    return action_response(request, TIES, TIES.create, None, options)


def tie_step(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """The form of a step in the life of a tie."""
    return _step(request, TIES, number, verb, "agreements:tie")
