"""The pages of failure. The root addresses name them as handlers, the settings as the view of a failed form token."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from foedera.platform.pages.shapes import ErrorPage, Link, Text
from foedera.platform.pages.views import render_page

_FAILURES: Mapping[int, tuple[Text, Text]] = {
    400: (_("The request could not be understood"), _("Go back and try again.")),
    403: (
        _("You may not do this"),
        _("Your present role does not allow it. If it should, ask the administrator of your body."),
    ),
    404: (
        _("Nothing is here"),
        _("The address is wrong, the record does not exist, or your present role may not see it."),
    ),
    405: (_("This cannot be done at this address"), _("Go back and use the buttons of the page.")),
    409: (
        _("Somebody changed this meanwhile"),
        _("Nothing of yours was saved. Go back, look at the change and decide anew."),
    ),
    413: (_("The file or the text is too large"), _("Send less at once, or ask the administrator for the limit.")),
    429: (_("Too many requests"), _("Wait a little and try again. Nothing was lost.")),
    500: (
        _("Something failed here"),
        _("It is not your fault; nothing was half-saved. Tell the administrator the number below."),
    ),
    503: (
        _("Not available at the moment"),
        _("The database or a service does not answer. Try again in a minute; what you typed is kept in this tab."),
    ),
}


def failure_page(status: int, *, text: Text = "", links: tuple[Link, ...] = ()) -> ErrorPage:
    """Return the page of a failure by HTTP status, with other words than the usual ones if given."""
    title, usual = _FAILURES.get(status, _FAILURES[500 if status >= 500 else 400])
    return ErrorPage(status=status, title=title, text=text or usual, links=links)


def failure(request: HttpRequest, status: int, *, text: Text = "") -> HttpResponseBase:
    """Return a failure as a page, or as a problem document (RFC 9457) to whoever asked for JSON."""
    page = failure_page(status, text=text)
    accepted = request.headers.get("Accept", "")
    if request.path.startswith("/api/") or ("application/json" in accepted and "text/html" not in accepted):
        problem = {"type": "about:blank", "status": status, "title": str(page.title), "detail": str(page.text)}
        return JsonResponse(problem, status=status, content_type="application/problem+json")
    if status >= 500:
        # No context processor may run now: one of them may be what failed.
        context = {"page": page, "request_id": str(getattr(request, "request_id", ""))}
        return HttpResponse(render_to_string("pages/error_plain.html", context), status=status)
    return render_page(request, page)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return failure(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """Return 403 with the reason that the refusal gave, if it gave one."""
    return failure(request, 403, text=str(exception or ""))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return failure(request, 404)


def server_error(request: HttpRequest) -> HttpResponseBase:
    return failure(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Return 403 for a form whose token is missing or stale (settings.CSRF_FAILURE_VIEW)."""
    return failure(
        request,
        403,
        text=_("This page was open too long, or your browser blocks cookies. Go back, reload the page and send again."),
    )


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """Return 429."""
    return failure(request, 429)
