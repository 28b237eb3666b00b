"""Tags over the API. On a record they are put by its steps `add_tags` and `remove_tags`, on many by the same in bulk."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from foedera.platform.actions.errors import NotFound
from foedera.platform.actions.performing import perform
from foedera.platform.api.root import answer, api_actor, body_of, idempotently, version_of
from foedera.platform.lists.resources import body_description

from .actions import CHANGE, DELETE, MAKE, MERGE
from .models import Tag
from .queries import tag_of, tags_of, tags_on
from .views import whole_record

router = Router()


class TagOut(Schema):
    """A tag: its name, for whom it is, and whether the reader may change it."""

    id: int
    name: str
    audience: str
    may_change: bool
    version: int


class TagsOut(Schema):
    """Tags that the reader finds."""

    items: list[TagOut]


class TagGoneOut(Schema):
    """It is deleted."""

    deleted: bool


def _document(tag: Tag, actor: Any) -> dict[str, Any]:
    return {
        "id": tag.pk,
        "name": tag.name,
        "audience": tag.audience,
        "may_change": CHANGE.verdict(actor, tag)[0],
        "version": tag.version,
    }


@router.get("/tags", response=TagsOut, tags=["tags"], operation_id="tags_list", summary="Tags")
def list_tags(request: HttpRequest) -> HttpResponse:
    """The tags that the reader finds: his own, his body's, everyone's."""
    actor = api_actor(request)
    found = [] if actor.is_public else tags_of(actor)
    return answer({"items": [_document(tag, actor) for tag in found]})


@router.post(
    "/tags",
    response={201: TagOut},
    tags=["tags"],
    operation_id="tags_create",
    summary="Make a tag",
    openapi_extra=body_description(MAKE, "Idempotency-Key"),
)
def make_tag(request: HttpRequest) -> HttpResponse:
    """Make a tag for oneself, one's body or everyone."""
    actor = api_actor(request)

    def carry_out() -> HttpResponse:
        made = perform(MAKE, actor, values=body_of(request))
        return answer(_document(made, actor), status=201)

    return idempotently(request, actor, carry_out)


@router.get("/tags/{key}", response=TagOut, tags=["tags"], operation_id="tags_read", summary="One tag")
def read_tag(request: HttpRequest, key: int) -> HttpResponse:
    """One tag."""
    actor = api_actor(request)
    tag = tag_of(key, actor)
    return answer(_document(tag, actor), version=tag.version)


@router.patch(
    "/tags/{key}",
    response=TagOut,
    tags=["tags"],
    operation_id="tags_change",
    summary="Rename or share a tag",
    openapi_extra=body_description(CHANGE, "If-Match"),
)
def change_tag(request: HttpRequest, key: int) -> HttpResponse:
    """Rename a tag, or let others find it."""
    actor = api_actor(request)
    changed = perform(CHANGE, actor, record=tag_of(key, actor), version=version_of(request), values=body_of(request))
    return answer(_document(changed, actor), version=changed.version)


@router.delete("/tags/{key}", response=TagGoneOut, tags=["tags"], operation_id="tags_delete", summary="Delete a tag")
def delete_tag(request: HttpRequest, key: int) -> HttpResponse:
    """Delete a tag; the records that had it stay as they are."""
    actor = api_actor(request)
    perform(DELETE, actor, record=tag_of(key, actor))
    return answer({"deleted": True})


@router.post(
    "/tags/{key}/merge",
    response=TagOut,
    tags=["tags"],
    operation_id="tags_merge",
    summary="Merge a tag into another",
    openapi_extra={"requestBody": body_description(MERGE, "")["requestBody"]},
)
def merge_tag(request: HttpRequest, key: int) -> HttpResponse:
    """Every record that has the tag has the other afterwards."""
    actor = api_actor(request)
    stays = perform(MERGE, actor, record=tag_of(key, actor), values=body_of(request))
    return answer(_document(stays, actor), version=stays.version)


@router.get(
    "/tags/on/{kind}/{number}", response=TagsOut, tags=["tags"], operation_id="tags_on", summary="Tags on a record"
)
def tags_of_record(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    """The tags that the reader finds on a record that he reads whole."""
    actor = api_actor(request)
    if actor.record_types is not None and kind not in actor.record_types:
        raise NotFound()
    _described_type, record = whole_record(kind, number, actor)
    return answer({"items": [_document(tag, actor) for tag in tags_on(record, actor)]})
