"""Who is named as a reader, over the API. A record names readers by its steps `name_reader` and `end_reader`."""

from __future__ import annotations

import datetime

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from foedera.platform.actions.errors import NotFound
from foedera.platform.api.root import answer, api_actor

from .queries import readers_of
from .views import whole_record

router = Router()


class ReaderOut(Schema):
    """Somebody, or everybody of a body, who may read a record by name."""

    id: int
    kind: str
    name: str
    valid_from: datetime.date
    valid_until: datetime.date | None
    ground: str


class ReadersOut(Schema):
    """The named readers of a record."""

    items: list[ReaderOut]


@router.get(
    "/readers/on/{kind}/{number}",
    response=ReadersOut,
    tags=["readers"],
    operation_id="readers_on",
    summary="Named readers of a record",
)
def readers_of_record(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    """Whom a record names as readers, for whoever works on the record."""
    actor = api_actor(request)
    if actor.record_types is not None and kind not in actor.record_types:
        raise NotFound()
    _described, record = whole_record(kind, number, actor)
    items = [
        {
            "id": each.id,
            "kind": "body" if each.is_body else "person",
            "name": each.name,
            "valid_from": each.valid_from,
            "valid_until": each.valid_until,
            "ground": each.ground,
        }
        for each in readers_of(record, actor)
    ]
    return answer({"items": items})
