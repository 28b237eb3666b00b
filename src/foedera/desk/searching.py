"""The search over everything, and the palette."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.lists.description import record_types
from foedera.platform.pages import shapes
from foedera.platform.pages.found import SearchHit, SearchPage
from foedera.platform.pages.navigation import at_day, entries_for
from foedera.platform.pages.views import render_page
from foedera.platform.search.asking import parse
from foedera.platform.search.naming import partner_keys, partner_labels
from foedera.platform.search.queries import FACETS, NUMBER, Asked, Found, find, state_label
from foedera.platform.search.visibility import indexed_types

CREATE_URLS = {"agreements": "agreements:create", "ties": "agreements:tie_create", "bodies": "directory:body_create"}
FACET_VALUES = 15
PALETTE_RECORDS = 8
PALETTE_ENTRIES = 20


def search(request: HttpRequest) -> HttpResponse:
    """Everything that fits the words, best first. Raises Invalid."""
    actor = actor_of(request)
    asked = parse(request.GET)
    found = find(actor, asked)
    query = request.GET.copy()
    words = asked.words.strip()
    chips = _chips(actor, asked, query)
    page = SearchPage(
        title=_("Search: %(words)s") % {"words": words[:200]} if words else _("Search"),
        url=request.path,
        words=words[:200],
        hits=tuple(
            SearchHit(
                title=hit.title_pieces,
                url=at_day(request, reverse(hit.record_type.detail_url, args=[hit.number])),
                number=hit.number,
                kind=hit.record_type.singular,
                words=hit.snippet,
                file=hit.file,
                page=hit.page,
            )
            for hit in found.hits
        ),
        count=found.total if words else None,
        count_is_exact=not found.more,
        note=_note(found, actor),
        proposal=shapes.Link(found.suggestion, _with(query, q=[found.suggestion])) if found.suggestion else None,
        instead=found.corrected,
        facets=_facets(asked, found, query),
        filters=chips,
        clear_filters_url=_with(query, **{name: [] for name in FACETS}) if chips else "",
        previous_url=_with(query, page=[str(asked.page - 1)]) if asked.page > 1 else "",
        next_url=_with(query, page=[str(asked.page + 1)]) if asked.page < found.pages else "",
        empty_text=_("Nothing fits these words.") if words else _("Type words, a number, or the beginning of a word."),
        as_of=actor.as_of if actor.is_past else None,
    )
    return render_page(request, page)


def _note(found: Found, actor: Actor) -> str:
    if actor.known_at is not None:
        return _("Records as they stood, found by the words of today.")
    if found.order != NUMBER:
        return ""
    words = ngettext(
        "The newest records come first, and the values count the first %(count)d hit.",
        "The newest records come first, and the values count the first %(count)d hits.",
        found.total,
    )
    return words % {"count": found.total}


def _with(query: QueryDict, **changes: Sequence[str]) -> str:
    """The address of the same question changed; its first page unless a page is named."""
    changed = query.copy()
    changed.pop("page", None)
    for name, values in changes.items():
        changed.setlist(name, list(values))
    return f"?{changed.urlencode()}"


def _labels() -> dict[str, str]:
    return {"type": _("Kind"), "state": _("State"), "year": _("Year"), "partner": _("Partner state")}


def _active(asked: Asked) -> dict[str, tuple[str, ...]]:
    return {
        "type": asked.types,
        "state": asked.states,
        "year": tuple(map(str, asked.years)),
        "partner": asked.partners,
    }


def _facets(asked: Asked, found: Found, query: QueryDict) -> tuple[shapes.Facet, ...]:
    made = []
    active, labels = _active(asked), _labels()
    for name, values in found.facets.items():
        options = []
        for value, label, number in values[:FACET_VALUES]:
            on = value in active[name]
            chosen = [v for v in active[name] if v != value] if on else [*active[name], value]
            options.append(shapes.FacetOption(label, value, number, _with(query, **{name: chosen}), on))
        if options:
            made.append(shapes.Facet(name, labels[name], tuple(options)))
    return tuple(made)


def _chips(actor: Actor, asked: Asked, query: QueryDict) -> tuple[shapes.FilterChip, ...]:
    types = {t.name: t for t in indexed_types()}
    partners = dict(partner_labels(partner_keys(asked.partners), actor.language).values())
    words: dict[str, Any] = {
        "type": lambda v: types[v].plural,
        "state": lambda v: state_label(types, v),
        "year": str,
        "partner": lambda v: partners.get(v, v),
    }
    return tuple(
        shapes.FilterChip(
            _labels()[name], words[name](value), _with(query, **{name: [v for v in values if v != value]})
        )
        for name, values in _active(asked).items()
        for value in values
    )


def palette(request: HttpRequest) -> JsonResponse:
    """Places, steps and records for the palette, as [{"label", "hint", "url", "kind"}]."""
    actor = actor_of(request)
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = [
        {"label": str(e.label), "hint": "", "url": e.url, "kind": "go"}
        for e in entries_for(request, actor)
        if words.casefold() in str(e.label).casefold()
    ]
    for record_type in record_types():
        if record_type.create is None or actor.is_public or record_type.name not in CREATE_URLS:
            continue
        label = str(record_type.create.label)
        if words.casefold() in label.casefold() and record_type.create.verdict(actor, None)[0]:
            url = reverse(CREATE_URLS[record_type.name])
            found.append({"label": label, "hint": "", "url": url, "kind": "create"})
    if len(words) > 1:
        answer = find(actor, Asked(words=words, limit=PALETTE_RECORDS, facets=False, snippets=False))
        found += [
            {
                "label": hit.title,
                "hint": hit.number,
                "url": reverse(hit.record_type.detail_url, args=[hit.number]),
                "kind": str(hit.record_type.singular),
            }
            for hit in answer.hits
        ]
        if answer.total:
            everything = QueryDict(mutable=True)
            everything["q"] = words
            url = f"{reverse('desk:search')}?{everything.urlencode()}"
            found.append({"label": _("Everything that fits"), "hint": str(answer.total), "url": url, "kind": "go"})
    return JsonResponse(found[:PALETTE_ENTRIES], safe=False)
