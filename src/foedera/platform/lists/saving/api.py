"""Views over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from foedera.platform.actions.performing import Action, perform
from foedera.platform.api.root import answer, api_actor, body_of, idempotently, version_of
from foedera.platform.lists.resources import body_description

from .actions import CHANGE, DELETE, KEEP, OPEN_WITH, open_with
from .models import SavedView
from .queries import opens_with, roles_of, view_of, views_of

router = Router()


class ViewOut(Schema):
    """A view: the list, the name, what it shows as in the address of the list, for whom, and whether the reader's list opens with it."""

    id: int
    kind: str
    name: str
    query: str
    audience: str
    first: bool
    first_for_roles: list[str]
    may_change: bool
    version: int


class ViewsOut(Schema):
    """The views that the reader may know of."""

    items: list[ViewOut]


class DeletedOut(Schema):
    """It is deleted."""

    deleted: bool


def _document(view: SavedView, actor: Any) -> dict[str, Any]:
    return {
        "id": view.pk,
        "kind": view.kind,
        "name": view.name,
        "query": view.query,
        "audience": view.audience,
        "first": opens_with(view, actor),
        "first_for_roles": roles_of(view),
        "may_change": CHANGE.verdict(actor, view)[0],
        "version": view.version,
    }


def _described(action: Action[Any], header: str = "") -> dict[str, Any]:
    found = body_description(action, header)
    found["requestBody"]["content"]["application/json"]["schema"].get("properties", {}).pop("view", None)
    required = found["requestBody"]["content"]["application/json"]["schema"].get("required", [])
    if "view" in required:
        required.remove("view")
    return found if header else {"requestBody": found["requestBody"]}


@router.get("/views", response=ViewsOut, tags=["views"], operation_id="views_list", summary="Views of lists")
def list_views(request: HttpRequest, kind: str = "") -> HttpResponse:
    """The views of a list, or of all lists."""
    actor = api_actor(request)
    found = views_of(kind.replace("\x00", ""), actor)
    return answer({"items": [_document(view, actor) for view in found]})


@router.post(
    "/views",
    response={201: ViewOut},
    tags=["views"],
    operation_id="views_create",
    summary="Save a view",
    openapi_extra=_described(KEEP, "Idempotency-Key"),
)
def create_view(request: HttpRequest) -> HttpResponse:
    """Keep a view under a name."""
    actor = api_actor(request)

    def carry_out() -> HttpResponse:
        made = perform(KEEP, actor, values=body_of(request))
        return answer(_document(view_of(made.pk, actor), actor), status=201)

    return idempotently(request, actor, carry_out)


@router.get("/views/{key}", response=ViewOut, tags=["views"], operation_id="views_read", summary="One view")
def read_view(request: HttpRequest, key: int) -> HttpResponse:
    """One view."""
    actor = api_actor(request)
    view = view_of(key, actor)
    return answer(_document(view, actor), version=view.version)


@router.patch(
    "/views/{key}",
    response=ViewOut,
    tags=["views"],
    operation_id="views_change",
    summary="Change a view",
    openapi_extra=_described(CHANGE, "If-Match"),
)
def change_view(request: HttpRequest, key: int) -> HttpResponse:
    """Rename, share, or let it show something else."""
    actor = api_actor(request)
    view = view_of(key, actor)
    changed = perform(CHANGE, actor, record=view, version=version_of(request), values=body_of(request))
    return answer(_document(changed, actor), version=changed.version)


@router.delete(
    "/views/{key}", response=DeletedOut, tags=["views"], operation_id="views_delete", summary="Delete a view"
)
def delete_view(request: HttpRequest, key: int) -> HttpResponse:
    """Delete a view; the records that it showed stay as they are."""
    actor = api_actor(request)
    perform(DELETE, actor, record=view_of(key, actor))
    return answer({"deleted": True})


@router.post(
    "/views/{key}/first",
    response=ViewOut,
    tags=["views"],
    operation_id="views_first",
    summary="Open the list with a view",
    openapi_extra=_described(OPEN_WITH),
)
def open_with_view(request: HttpRequest, key: int) -> HttpResponse:
    """Choose for whom the list opens with the view: oneself, people in some roles."""
    actor = api_actor(request)
    open_with(view_of(key, actor), actor, body_of(request))
    view = view_of(key, actor)
    return answer(_document(view, actor), version=view.version)
