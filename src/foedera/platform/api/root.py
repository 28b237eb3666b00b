"""The root of the REST API: who asks, problem documents (RFC 9457), idempotency keys, entity tags."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.docs import DocsBase

from foedera.platform.access.actors import Actor, public
from foedera.platform.access.asking import ask_as, asker_of
from foedera.platform.access.middleware import actor_of, looking
from foedera.platform.actions.errors import ActionError, Conflict, Invalid, NotFound, Problem, invalid
from foedera.platform.history.instants import reading_today
from foedera.platform.pages.moved import moved_address

from .authenticating import actor_of_token
from .models import IdempotencyKey

PROBLEM = "application/problem+json"
JSON = "application/json"
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Unauthorised(Exception):
    """The token is unknown, expired or revoked."""


class LocalDocs(DocsBase):
    """The page of the API, made from the description here; nothing is fetched from elsewhere."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **_kwargs: Any) -> HttpResponse:
        """The documentation page."""
        from .documentation import documentation_page

        return documentation_page(request, api)


def json_bytes(value: Any) -> bytes:
    """JSON as UTF-8, dates as ISO text."""
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)


def answer(value: Any, *, status: int = 200, version: int | None = None) -> HttpResponse:
    """A JSON answer, with the entity tag of the record when it has a version."""
    response = HttpResponse(json_bytes(value), status=status, content_type=JSON)
    if version is not None:
        response["ETag"] = f'"{version}"'
    return response


def problem(status: int, code: str, title: str, detail: str = "", **more: Any) -> HttpResponse:
    """A problem document (RFC 9457)."""
    document = {
        "type": f"urn:foedera:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        **more,
    }
    return HttpResponse(json_bytes(document), status=status, content_type=PROBLEM)


def problem_of(error: ActionError) -> HttpResponse:
    """The problem document of a refused action."""
    more: dict[str, Any] = {}
    if isinstance(error, Invalid):
        more["errors"] = [_located(p) for p in error.problems]
    if isinstance(error, Conflict):
        more["current_version"] = error.current_version
    response = problem(error.status, error.code, str(error.title), str(error), **more)
    if isinstance(error, Conflict):
        response["ETag"] = f'"{error.current_version}"'
    return response


def _located(fault: Problem) -> dict[str, str]:
    return {
        "pointer": "/" + fault.field.replace(".", "/") if fault.field else "",
        "detail": str(fault.message),
    }


def api_actor(request: HttpRequest) -> Actor:
    """Who asks over the API: a token, else the session of the pages, else the public. Raises Unauthorised for a bad token."""
    try:
        with reading_today():
            found = actor_of_token(request)
    except PermissionError:
        raise Unauthorised from None
    if found is None:
        if request.user.is_authenticated:
            if request.method in UNSAFE and not getattr(request, "_dont_enforce_csrf_checks", False):
                _check_csrf(request)
            return actor_of(request)
        today = timezone.localdate()
        actor = public(today, request_id=str(getattr(request, "request_id", "")), channel="api")
    else:
        actor, reads_only = found
        if reads_only and request.method in UNSAFE and not getattr(request, "reads_only_by_post", False):
            raise HttpError(403, _("This token may only read."))
        if actor.record_types is not None and _asked_for(request) not in actor.record_types:
            raise HttpError(403, _("This token is not for these records."))
    ask_as(asker_of(actor))
    return looking(request, actor)


def _asked_for(request: HttpRequest) -> str:
    """What kind of records an address of the API is about: its first part below the root."""
    match = request.resolver_match
    route = str(match.route) if match is not None else ""
    return route.partition("api/v1/")[2].partition("/")[0]


def _check_csrf(request: HttpRequest) -> None:
    from django.middleware.csrf import CsrfViewMiddleware

    def never(_request: HttpRequest) -> HttpResponse:
        raise AssertionError("only the check is used")

    checker = CsrfViewMiddleware(never)
    checker.process_request(request)
    if checker.process_view(request, never, (), {}) is not None:
        raise HttpError(403, _("The request carries no valid token of its form."))


def version_of(request: HttpRequest) -> int | None:
    """The version in If-Match; None without the header. Raises Invalid when it is no entity tag of ours."""
    header = request.headers.get("If-Match", "").strip()
    if not header:
        return None
    text = header.removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise invalid("If-Match", _("Send the entity tag that the record came with, such as “3” in quotation marks."))
    return int(text)


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of a request. Raises Invalid when it is none, RequestDataTooBig beyond the limit of the settings."""
    try:
        value = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError as error:
        raise invalid("", _("The body is not JSON: %(reason)s") % {"reason": str(error)}) from error
    if not isinstance(value, dict):
        raise invalid("", _("Send a JSON object."))
    return value


def idempotently(request: HttpRequest, actor: Actor, carry_out: Callable[[], HttpResponse]) -> HttpResponse:
    """Carry out a create once for each idempotency key of a person; a repetition gets the first answer again.

    The key and what was made are committed together. The same key with another body is refused (422).
    """
    key = request.headers.get("Idempotency-Key", "").strip()
    # Tokens of bodies have ids of their own; below zero they cannot meet those of people.
    keeper = actor.person_id if actor.service_id is None else -actor.service_id
    if not key or keeper is None:
        return carry_out()
    if len(key) > 200:
        raise invalid("Idempotency-Key", _("The text is too long."))
    digest = hashlib.sha256(request.path.encode() + b"\n" + request.body).hexdigest()
    with transaction.atomic():
        row, made = IdempotencyKey.objects.get_or_create(person_id=keeper, key=key, defaults={"request_digest": digest})
        if not made:
            row = IdempotencyKey.objects.select_for_update().get(pk=row.pk)
            if row.request_digest != digest:
                raise invalid("Idempotency-Key", _("This key was used for another request."))
            if row.status is not None:
                repeated = HttpResponse(bytes(row.body or b""), status=row.status, content_type=JSON)
                repeated["Idempotency-Replayed"] = "true"
                _add_headers_of_record(repeated, request.path)
                return repeated
        response = carry_out()
        row.status = response.status_code
        row.body = response.content
        row.save(update_fields=["status", "body"])
        return response


def _add_headers_of_record(response: HttpResponse, path: str) -> None:
    """The entity tag and the address of the record in the answer, as the first answer had them."""
    document = orjson.loads(response.content)
    if "version" in document:
        response["ETag"] = f'"{document["version"]}"'
        response["Location"] = f"{path.rstrip('/')}/{document['number']}"


def make_api() -> NinjaAPI:
    """The API with its error answers; rooms add their routers."""
    api = NinjaAPI(
        title="Foedera",
        version="1",
        description="Register of interregional agreements and ties. Errors are problem documents (RFC 9457).",
        docs=LocalDocs(),
        urls_namespace="api",
    )

    @api.exception_handler(ActionError)
    def refused(request: HttpRequest, error: ActionError) -> HttpResponse:
        response = problem_of(error)
        if isinstance(error, NotFound) and (address := moved_address(request, api_actor(request))):
            response.status_code = 307
            response["Location"] = address
        return response

    @api.exception_handler(Unauthorised)
    def unauthorised(_request: HttpRequest, _error: Unauthorised) -> HttpResponse:
        response = problem(401, "unauthorised", _("The token is not valid"))
        response["WWW-Authenticate"] = "Bearer"
        return response

    @api.exception_handler(ValidationError)
    def faulty(_request: HttpRequest, error: ValidationError) -> HttpResponse:
        faults = [
            {"pointer": "/" + "/".join(str(p) for p in e["loc"][1:]), "detail": str(e["msg"])} for e in error.errors
        ]
        return problem(422, "invalid-input", _("The input is not accepted"), errors=faults)

    @api.exception_handler(HttpError)
    def http(_request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, "http", HTTPStatus(error.status_code).phrase, error.message)

    @api.exception_handler(RequestDataTooBig)
    def too_large(_request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
        return problem(413, "too-large", _("The request is too large"))

    @api.exception_handler(Http404)
    def missing(_request: HttpRequest, _error: Http404) -> HttpResponse:
        return problem(404, "not-found", _("Not found"))

    @api.exception_handler(OperationalError)
    @api.exception_handler(InterfaceError)
    def unavailable(_request: HttpRequest, _error: Exception) -> HttpResponse:
        return problem(503, "unavailable", _("The database does not answer; try again in a minute"))

    return api
