"""Merging over the API: what it would do, what it did, taking it back. The work is a job."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from foedera.platform.actions.errors import NotFound
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.api.root import answer, api_actor, body_of, idempotently
from foedera.platform.lists.description import record_type
from foedera.platform.lists.resources import body_description

from .models import Merge
from .planning import both_records, foreseen, planned
from .queries import merge_of
from .references import counted_in_words
from .separating import ASK, ASK_BACK

router = Router()


class MergeFieldOut(Schema):
    """A field in which both differ: what each says, and whose value stands unless another is chosen."""

    name: str
    stays: Any
    goes: Any
    chosen: str


class MergeRowOut(Schema):
    """A row that refers to the record that goes: what it is, which one, and whether it moves or is dropped."""

    what: str
    which: str
    dropped: bool


class MergePlanOut(Schema):
    """What a merge would do: fields, rows that refer to the record that goes, why it cannot be done (empty: it can), both versions."""

    stays: str
    goes: str
    version: int
    other_version: int
    fields: list[MergeFieldOut]
    rows: list[MergeRowOut]
    why_not: str


class MergeOut(Schema):
    """A merge: which record stays, which goes, how it stands, what was moved and dropped, since when it is taken back."""

    id: int
    kind: str
    stays: str
    goes: str
    state: str
    error: str
    moved: dict[str, int]
    dropped: dict[str, int]
    created_at: str
    merged_at: str | None
    undone_at: str | None


def _document(merge: Merge) -> dict[str, Any]:
    return {
        "id": merge.pk,
        "kind": merge.kind,
        "stays": merge.stays_number,
        "goes": merge.goes_number,
        "state": merge.state,
        "error": merge.error,
        "moved": counted_in_words(merge.moved.get("moved", {})),
        "dropped": counted_in_words(merge.moved.get("dropped", {})),
        "created_at": merge.created_at,
        "merged_at": merge.merged_at,
        "undone_at": merge.undone_at,
    }


@router.get(
    "/merges/plan/{kind}/{stays}/{goes}",
    response=MergePlanOut,
    tags=["merges"],
    operation_id="merges_plan",
    summary="What a merge would do",
)
def plan(request: HttpRequest, kind: str, stays: str, goes: str) -> HttpResponse:
    """Field by field what both say and what would stand, and what refers to the record that goes."""
    actor = api_actor(request)
    try:
        described = record_type(kind)
        absorb = action_named(f"{kind}.absorb")
    except LookupError:
        raise NotFound() from None
    if actor.record_types is not None and kind not in actor.record_types:
        raise NotFound()
    one, other = both_records(described, stays, goes, actor)
    if not absorb.verdict(actor, one)[0]:
        # Whoever may not merge is told nothing of what refers to a record.
        raise NotFound()
    found = planned(described, one, other, actor, {})
    return answer(
        {
            "stays": getattr(one, described.by_number),
            "goes": getattr(other, described.by_number),
            "version": one.version,
            "other_version": other.version,
            "fields": [
                {"name": f.column.name, "stays": f.stays, "goes": f.goes, "chosen": f.chosen} for f in found.fields
            ],
            "rows": [
                {"what": each.what, "which": each.which, "dropped": each.dropped} for each in foreseen(found, actor)
            ],
            "why_not": str(found.why_not),
        }
    )


@router.get("/merges/{key}", response=MergeOut, tags=["merges"], operation_id="merges_read", summary="One merge")
def read_merge(request: HttpRequest, key: int) -> HttpResponse:
    """What was merged into a record."""
    actor = api_actor(request)
    if actor.is_public:
        raise NotFound()
    return answer(_document(merge_of(key, actor)))


@router.post(
    "/merges",
    response={202: MergeOut},
    tags=["merges"],
    operation_id="merges_ask",
    summary="Merge two records",
    openapi_extra=body_description(ASK, "Idempotency-Key"),
)
def ask(request: HttpRequest) -> HttpResponse:
    """Have one record merged into another in the background: every reference moves, or nothing is written."""
    actor = api_actor(request)

    def carry_out() -> HttpResponse:
        body = body_of(request)
        reason = str(body.pop("reason", "") or "")
        return answer(_document(perform(ASK, actor, values=body, reason=reason)), status=202)

    return idempotently(request, actor, carry_out)


@router.post(
    "/merges/{key}/separate",
    response={202: MergeOut},
    tags=["merges"],
    operation_id="merges_separate",
    summary="Take a merge back",
    openapi_extra={"requestBody": body_description(ASK_BACK, "")["requestBody"]},
)
def separate(request: HttpRequest, key: int) -> HttpResponse:
    """Both records become again what they were, if nothing of them was changed since."""
    actor = api_actor(request)
    if actor.is_public:
        raise NotFound()
    reason = str(body_of(request).get("reason") or "")
    return answer(_document(perform(ASK_BACK, actor, record=merge_of(key, actor), reason=reason)), status=202)
