"""Rendering of pages, and the reader's choice of theme."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from foedera.platform.pages.found import SearchPage
from foedera.platform.pages.frame import DENSITIES, DENSITY_COOKIE, THEME_COOKIE, THEMES
from foedera.platform.pages.shapes import (
    ErrorPage,
    FormPage,
    ListPage,
    Progress,
    RecordPage,
    TablePage,
)

Page = ListPage | SearchPage | RecordPage | FormPage | TablePage | ErrorPage

_LIST_PARTS = {"list-view": "pages/list_body.html", "list": "pages/list_rows.html"}
_YEAR = 365 * 24 * 60 * 60


def render_page(
    request: HttpRequest, page: Page, *, status: int | None = None, extra: Mapping[str, Any] | None = None
) -> HttpResponse:
    """Return the page as HTML. A list asked for by htmx for its element `list-view` is answered without its frame,
    one asked for `list` (another page of the same view) with its rows alone.

    A form with errors is answered with 422, an error page with its own status, unless `status` says otherwise.
    """
    template = page.template
    if isinstance(page, ListPage):
        template = _LIST_PARTS.get(request.headers.get("HX-Target", ""), template)
    if status is None:
        if isinstance(page, ErrorPage):
            status = page.status
        elif isinstance(page, FormPage) and (page.conflicts or (page.form.is_bound and page.form.errors)):
            status = 409 if page.conflicts else 422
        else:
            status = 200
    response = render(request, template, {"page": page, **(extra or {})}, status=status)
    patch_vary_headers(response, ("HX-Target",))
    return response


def render_progress(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Return the block of long work alone, which is what its `poll_url` answers."""
    return render(request, progress.template, {"block": progress})


def _address_back(request: HttpRequest) -> str:
    back = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return back if allowed else "/"


def _keep_choice(request: HttpRequest, cookie: str, chosen: str, offered: tuple[str, ...]) -> HttpResponse:
    response = HttpResponseRedirect(_address_back(request))
    if chosen in offered:
        response.set_cookie(cookie, chosen, max_age=_YEAR, samesite="Lax", secure=request.is_secure(), httponly=True)
    return response


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme in a cookie of this browser and return to where the reader was."""
    return _keep_choice(request, THEME_COOKIE, request.POST.get("theme", ""), THEMES)


@require_POST
def choose_density(request: HttpRequest) -> HttpResponse:
    """Keep the height of rows in a cookie of this browser and return to where the reader was."""
    return _keep_choice(request, DENSITY_COOKIE, request.POST.get("density", ""), DENSITIES)
