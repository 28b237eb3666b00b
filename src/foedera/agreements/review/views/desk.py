"""The review desk: what needs a decision, by urgency, decided in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from foedera.agreements.models import Decision, Finding, FindingRule, FindingState
from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import ActionError, NotFound, Refused
from foedera.platform.actions.performing import perform
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from .. import queries
from ..access import DECIDERS
from ..actions import DecidedMeanwhile, decide, decide_many
from ..items import item, items_of
from ..pages import DeskPage
from ..queries import FindingFilter
from ..running import run_review

RUNNERS = frozenset({Role.COORDINATOR, Role.LEGAL, Role.ADMINISTRATOR})
FACETS = ("rule", "urgency", "proposed", "region", "partner")


def chosen_of(query: QueryDict) -> FindingFilter:
    """The filter that an address describes; `state` is open unless it says otherwise, "all" for any."""

    def values(name: str) -> tuple[str, ...]:
        return tuple(v for v in query.getlist(name) if v)

    states = values("state") or (FindingState.OPEN.value,)
    return FindingFilter(
        rules=values("rule"),
        regions=values("region"),
        partners=values("partner"),
        proposed=values("proposed"),
        urgency=values("urgency"),
        states=() if states == ("all",) else states,
        decisions=values("decision"),
        agreement=query.get("agreement", ""),
        session=query.get("session", ""),
    )


def sections(active: str) -> tuple[shapes.Link, ...]:
    """The sections of the review, the present one marked."""
    labels = {"desk": _("To decide"), "steps": _("Next steps"), "sessions": _("Sessions")}
    return tuple(shapes.Link(label, reverse(f"review:{name}"), active=name == active) for name, label in labels.items())


def known_actor(request: HttpRequest) -> Actor:
    """The actor of a request. Raises Refused for the public, which is then asked to sign in."""
    actor = actor_of(request)
    if actor.is_public:
        raise Refused(_("Sign in to see the review."))
    return actor


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """What needs a decision."""
    actor = known_actor(request)
    return render_page(
        request,
        desk_page(
            request, actor, chosen_of(request.GET), title=_("Review"), url=reverse("review:desk"), tabs=sections("desk")
        ),
    )


def desk_page(
    request: HttpRequest,
    actor: Actor,
    chosen: FindingFilter,
    *,
    title: str,
    url: str,
    session: str = "",
    facets: Sequence[str] = FACETS,
    **more: Any,
) -> DeskPage:
    """Findings of a filter as a page; a session uses it too."""
    page = queries.findings_page(actor, chosen, after=request.GET.get("after", ""))
    counted = queries.facets(actor, chosen)
    number = queries.count(queries.narrowed(actor, chosen))
    may = actor.role in DECIDERS and not actor.is_past
    steps: list[shapes.Step] = []
    if actor.role in RUNNERS and not session:
        steps.append(shapes.Step(_("Run the review now"), reverse("review:run"), "post"))
    if not session:
        steps.append(
            shapes.Step(
                _("Open a review session"),
                reverse("review:session_open"),
                enabled=may,
                reason="" if may else _("Your role does not include this step."),
                primary=True,
            )
        )
    values: dict[str, Any] = {
        "steps": tuple(steps),
        "lead": _(
            "Each finding says why it is here and what is proposed. You decide; the decision starts the next step."
        ),
        "blocks": (),
        "as_of": actor.as_of if actor.is_past else None,
    }
    values.update(more)
    return DeskPage(
        title=title,
        url=url,
        items=tuple(items_of(actor, page.findings)),
        count=number,
        facets=tuple(_facet(name, counted[name], request.GET) for name in facets if counted.get(name)),
        filters=tuple(_chips(chosen, counted, request.GET, facets)),
        clear_filters_url=url,
        first_url=_with(request.GET, {"after": None}) if request.GET.get("after") else "",
        next_url=_with(request.GET, {"after": [page.next]}) if page.next else "",
        empty_text=_("Nothing needs a decision here. The findings of the next run will stand here."),
        may_decide=may,
        bulk_url=reverse("review:decide_selected"),
        decisions=tuple((d.value, d.label) for d in Decision if d is not Decision.MERGE),
        open_sessions=() if session else tuple(queries.open_sessions(actor)),
        session=session,
        **values,
    )


def _with(query: QueryDict, changes: Mapping[str, Sequence[str] | None]) -> str:
    changed = query.copy()
    changed.pop("after", None)
    for name, values in changes.items():
        if values:
            changed.setlist(name, list(values))
        else:
            changed.pop(name, None)
    return f"?{changed.urlencode()}"


_FACET_LABELS = {
    "rule": lambda: _("Finding"),
    "urgency": lambda: _("Act by"),
    "proposed": lambda: _("Proposed"),
    "region": lambda: _("Region"),
    "partner": lambda: _("Partner"),
}


def _facet(name: str, values: Sequence[queries.FacetValue], query: QueryDict) -> shapes.Facet:
    active = query.getlist(name)
    shown = [v for place, v in enumerate(values) if place < queries.FACET_VALUES or v.value in active]
    options = []
    for value in shown:
        on = value.value in active
        chosen = [v for v in active if v != value.value] if on else [*active, value.value]
        options.append(shapes.FacetOption(value.label, value.value, value.count, _with(query, {name: chosen}), on))
    return shapes.Facet(name, _FACET_LABELS[name](), tuple(options))


def _chips(
    chosen: FindingFilter, counted: Mapping[str, Sequence[queries.FacetValue]], query: QueryDict, facets: Sequence[str]
) -> list[shapes.FilterChip]:
    labels = {name: {v.value: v.label for v in values} for name, values in counted.items()}
    labels["rule"] = {**{str(k): str(v) for k, v in FindingRule.choices}, **labels.get("rule", {})}
    labels["urgency"] = {name: queries.urgency_label(name) for name in queries.URGENCIES}
    chips = []
    for name in facets:
        active = query.getlist(name)
        chips += [
            shapes.FilterChip(
                _FACET_LABELS[name](),
                labels.get(name, {}).get(value, value),
                _with(query, {name: [v for v in active if v != value]}),
            )
            for value in active
        ]
    if query.get("state"):
        states = {**dict(FindingState.choices), "all": _("all")}
        words = ", ".join(str(states.get(v, v)) for v in query.getlist("state"))
        chips.append(shapes.FilterChip(_("State"), words, _with(query, {"state": None})))
    for name, label in (("agreement", _("Agreement")), ("session", _("Session"))):
        if query.get(name):
            chips.append(shapes.FilterChip(label, query.get(name, ""), _with(query, {name: None})))
    return chips


@require_GET
def finding(request: HttpRequest, key: int) -> HttpResponse:
    """One finding on a page of its own."""
    actor = known_actor(request)
    found = queries.finding(actor, key)
    page = DeskPage(
        title=str(FindingRule(found.rule).label),
        number=found.agreement.number,
        url=reverse("review:desk"),
        items=tuple(items_of(actor, [found])),
        count=1,
        blocks=(),
        may_decide=actor.role in DECIDERS and not actor.is_past,
        breadcrumbs=(shapes.Link(_("Review"), reverse("review:desk")),),
        open_sessions=tuple(queries.open_sessions(actor)),
    )
    return render_page(request, page)


def _back(request: HttpRequest, fallback: str) -> str:
    wanted = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if allowed else fallback


@require_POST
def decide_finding(request: HttpRequest, key: int) -> HttpResponse:
    """Decide one finding; answers its place in the list, or the way back to the list without a script."""
    actor = known_actor(request)
    typed_decision, typed_reason = request.POST.get("decision", ""), request.POST.get("reason", "")
    values = {
        "decision": typed_decision,
        "session": request.POST.get("session", ""),
        "seen": request.POST.get("seen", ""),
    }
    conflict: shapes.Text = ""
    fault: shapes.Text = ""
    try:
        perform(decide, actor, record=key, values=values, reason=typed_reason)
    except NotFound:
        raise
    except DecidedMeanwhile as error:
        conflict = str(error)
    except ActionError as error:
        fault = "; ".join(str(p.message) for p in getattr(error, "problems", ())) or str(error)
    failed = bool(conflict or fault)
    if request.headers.get("HX-Request") != "true" and not failed:
        messages.success(request, _("Decided."))
        return HttpResponseRedirect(f"{_back(request, reverse('review:desk'))}#finding-{key}")
    found = queries.finding(actor, key)
    shown = _item_again(actor, found, conflict, fault, typed_decision if failed else "", typed_reason if failed else "")
    if request.headers.get("HX-Request") == "true":
        context = {
            "item": shown,
            "session": values["session"],
            "open_sessions": queries.open_sessions(actor),
            "return_to": request.POST.get("next", ""),
        }
        return render(request, "agreements/review/finding.html", context)
    page = DeskPage(
        title=str(FindingRule(found.rule).label),
        number=found.agreement.number,
        url=reverse("review:desk"),
        items=(shown,),
        count=1,
        blocks=(),
        may_decide=True,
        breadcrumbs=(shapes.Link(_("Review"), _back(request, reverse("review:desk"))),),
        session=values["session"],
    )
    return render_page(request, page, status=409 if conflict else 422)


def _item_again(
    actor: Actor, found: Finding, conflict: shapes.Text, fault: shapes.Text, decision: str, reason: str
) -> Any:
    agreements = [found.agreement, *([found.other] if found.other is not None else [])]
    short = queries.agreements_in_short(agreements, actor.language)
    seen = queries.readable_agreement_ids(actor, [found.other_id] if found.other_id is not None else [])
    return item(
        actor,
        found,
        short,
        seen,
        queries.follow_ups_of_findings([found.pk]).get(found.pk, []),
        queries.subject_area_names(actor.language),
        conflict=conflict,
        fault=fault,
        typed_decision=decision,
        typed_reason=reason,
    )


@require_POST
def decide_selected(request: HttpRequest) -> HttpResponse:
    """Decide the selected findings with one reason, then return to the list."""
    actor = known_actor(request)
    keys = [int(v) for v in request.POST.getlist("selected") if v.isdigit()]
    back = _back(request, reverse("review:desk"))
    try:
        outcome = decide_many(
            actor,
            keys,
            decision=request.POST.get("decision", ""),
            reason=request.POST.get("reason", ""),
            session=request.POST.get("session", ""),
        )
    except ActionError as error:
        messages.error(request, "; ".join(str(p.message) for p in getattr(error, "problems", ())) or str(error))
        return HttpResponseRedirect(back)
    if outcome.decided:
        messages.success(
            request,
            ngettext("%(count)d finding decided.", "%(count)d findings decided.", outcome.decided)
            % {"count": outcome.decided},
        )
    for _key, words in outcome.refused[:10]:
        messages.warning(request, str(words))
    return HttpResponseRedirect(back)


@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Run the review now."""
    actor = known_actor(request)
    summary = run_review(actor)
    new = sum(rule.new for rule in summary.rules)
    gone = sum(rule.gone for rule in summary.rules)
    messages.success(
        request,
        _("The review found %(found)d findings to decide: %(new)d new, %(gone)d no longer found.")
        % {"found": summary.found, "new": new, "gone": gone},
    )
    return HttpResponseRedirect(reverse("review:desk"))
