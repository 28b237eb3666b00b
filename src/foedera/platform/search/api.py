"""The search over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from foedera.platform.api.root import answer, api_actor

from .asking import parse
from .queries import Found, find
from .snippets import Hit, Piece

router = Router()


class PieceOfText(Schema):
    """A piece of text, and whether it was asked for."""

    text: str
    marked: bool


class SearchHit(Schema):
    """A record that was found. `words` are those around what was asked for: of its fields, or of `page` of `file` (page 0: the
    file has no pages)."""

    type: str
    number: str
    title: str
    title_pieces: list[PieceOfText]
    words: list[PieceOfText]
    file: str
    page: int


class FacetValue(Schema):
    """A value by which hits are counted; `value` is what the parameter takes."""

    value: str
    label: str
    count: int


class SearchAnswer(Schema):
    """What was found. `total` is exact unless `more`; then facets count the first `total`, and the newest come first (`order`).

    `suggestion` is another spelling under which something is found; with `corrected` the hits are already those of it.
    """

    items: list[SearchHit]
    total: int
    more: bool
    order: str
    page: int
    pages: int
    facets: dict[str, list[FacetValue]]
    suggestion: str
    corrected: bool


class SearchQuery(Schema):
    """The parameters, each of the last five as often as wanted."""

    q: str = ""
    page: str = ""
    limit: str = ""
    type: list[str] = []
    state: list[str] = []
    year: list[str] = []
    partner: list[str] = []


@router.get("/search", response=SearchAnswer, tags=["search"], operation_id="search", summary="Search over everything")
def search(request: HttpRequest, asked: Query[SearchQuery]) -> HttpResponse:
    """Records of every type, and texts of their files, that hold all the words: inflected, in either alphabet, the last one as a
    beginning; a "phrase" as it stands, -words not at all, a number or identifier as a whole."""
    del asked  # read from the address itself, as the page does; it stands here for the description
    actor = api_actor(request)
    return answer(document(find(actor, parse(request.GET))))


def document(found: Found) -> dict[str, Any]:
    """The answer as the API and the command give it."""
    return {
        "items": [_hit(h) for h in found.hits],
        "total": found.total,
        "more": found.more,
        "order": found.order,
        "page": found.page,
        "pages": found.pages,
        "facets": {
            name: [{"value": value, "label": label, "count": n} for value, label, n in values]
            for name, values in found.facets.items()
        },
        "suggestion": found.suggestion,
        "corrected": found.corrected,
    }


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "type": hit.record_type.name,
        "number": hit.number,
        "title": hit.title,
        "title_pieces": _pieces(hit.title_pieces),
        "words": _pieces(hit.snippet),
        "file": hit.file,
        "page": hit.page,
    }


def _pieces(pieces: tuple[Piece, ...]) -> list[dict[str, Any]]:
    return [{"text": text, "marked": marked} for text, marked in pieces]
