"""The register over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router
from ninja.files import UploadedFile

from foedera.agreements import terms
from foedera.platform.actions.errors import NotFound, VersionMissing
from foedera.platform.actions.performing import perform
from foedera.platform.api.root import answer, api_actor, body_of, idempotently, version_of
from foedera.platform.documents.storing import DOCUMENTS, store
from foedera.platform.lists.description import Context
from foedera.platform.lists.pages import find, refuse_early
from foedera.platform.lists.resources import add_resource, body_description

from .access import reads_whole
from .actions import add_text
from .deriving import facts_of_one
from .lists import AGREEMENTS, CREATE_MANY, TIES
from .queries import numbers_of

router = Router()


def _title_only(record: Any, document: dict[str, Any], context: Context) -> dict[str, Any]:
    """Nothing but number and title where only these are public."""
    if reads_whole(record, context.actor):
        return document
    kept = {"number", "title", "title_language", "titles", "publicity", "version"}
    return {k: v if k in kept else None for k, v in document.items()}


@router.get("/agreements/{number}/status", tags=["agreements"], summary="Status on a day with its calculation")
def status(request: HttpRequest, number: str) -> HttpResponse:
    """Status, terms and notice days as of a day (as_of), with the calculation in words."""
    actor = api_actor(request)
    agreement = find(AGREEMENTS, number, actor)
    if not reads_whole(agreement, actor):
        raise NotFound()
    found = terms.evaluate_one(facts_of_one(agreement), actor.as_of)
    return answer(
        {
            "number": agreement.number,
            "as_of": found.as_of,
            "status": found.status.slug,
            "reason": found.reason.slug,
            "renewal_number": found.renewal_number,
            "current_term_start": found.current_term_start,
            "current_term_end": found.current_term_end,
            "next_renewal": found.next_renewal,
            "last_safe_day": found.last_safe_day,
            "ends_on": found.ends_on,
            "warnings": [str(w) for w in terms.describe_warnings(found.warnings)],
            "calculation": found.sentences,
        }
    )


@router.post("/agreements/{number}/texts", tags=["agreements"], summary="Add a version of the text")
def add_text_file(
    request: HttpRequest,
    number: str,
    file: UploadedFile,
    kind: str = "draft",
    language: str = "",
    author: str = "",
    dated: str = "",
) -> HttpResponse:
    """Keep the file and add it as a version of the text."""
    actor = api_actor(request)
    agreement = find(AGREEMENTS, number, actor)
    version = version_of(request)
    if version is None:
        raise VersionMissing(_("State the version of the record on which your change is based."))
    # Before anything is kept: whoever may not add a text sends no file either.
    refuse_early(add_text, actor, agreement)
    stored = store(file.name or "", file, DOCUMENTS)
    values = {
        "kind": kind,
        "language": language,
        "author": author,
        "dated": dated,
        "digest": stored.digest,
        "file_name": (file.name or "")[-255:],
    }
    perform(add_text, actor, values=values, record=agreement, version=version)
    return answer({"number": agreement.number, "digest": stored.digest}, status=201)


@router.post(
    "/agreements/bulk",
    response={201: dict},
    tags=["agreements"],
    summary="New agreements, up to a thousand, all or none",
    openapi_extra=body_description(CREATE_MANY, "Idempotency-Key"),
)
def create_many(request: HttpRequest) -> HttpResponse:
    """Make many agreements in one transaction; answers their numbers in the order given."""
    actor = api_actor(request)

    def carry_out() -> HttpResponse:
        keys = perform(CREATE_MANY, actor, values=body_of(request))
        return answer({"numbers": numbers_of(keys)}, status=201)

    return idempotently(request, actor, carry_out)


add_resource(router, AGREEMENTS, prefix="/agreements", withhold=_title_only, changes_with_the_day=True)
add_resource(router, TIES, prefix="/ties")
