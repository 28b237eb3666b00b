"""The lists of agreements and of ties."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse

from foedera.agreements.lists import AGREEMENTS, TIES
from foedera.platform.lists.pages import (
    ListOptions,
    list_response,
)


def agreement_list(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The list of agreements."""
    return list_response(
        request,
        AGREEMENTS,
        ListOptions(
            detail=lambda number: reverse("agreements:record", args=[number]),
            create_url=reverse("agreements:create"),
            import_url="/import/?kind=agreements",
        ),
    )


def tie_list(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The list of ties."""
    return list_response(
        request,
        TIES,
        ListOptions(
            detail=lambda number: reverse("agreements:tie", args=[number]),
            create_url=reverse("agreements:tie_create"),
            import_url="/import/?kind=ties",
        ),
    )
