"""Rendering by what is asked for, the theme, the pages of failure and the headers."""

import json

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from foedera.platform.pages import failures
from foedera.platform.pages.frame import THEME_COOKIE, Frame, frame
from foedera.platform.pages.security import SecurityHeadersMiddleware
from foedera.platform.pages.shapes import Column, ListPage
from foedera.platform.pages.views import choose_theme, render_page

LIST = ListPage(title="Records", columns=(Column("a", "A"),), rows=(), url="/list")


def _get(rf: RequestFactory, path: str = "/list", **headers: str) -> HttpRequest:
    request = rf.get(path, headers=headers)
    request.user = AnonymousUser()
    return request


@pytest.mark.parametrize(
    ("target", "begins"), [("", b"<!doctype"), ("list-view", b'<div id="list-view"'), ("list", b'<div id="list"')]
)
def test_a_list_is_answered_whole_or_in_the_part_asked_for(rf: RequestFactory, target: str, begins: bytes) -> None:
    response = render_page(_get(rf, **({"HX-Target": target} if target else {})), LIST)
    assert response.content.lstrip().startswith(begins)
    assert "HX-Target" in response["Vary"]


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 429, 500, 503])
def test_every_failure_has_a_page_and_a_problem_document(rf: RequestFactory, status: int) -> None:
    request = _get(rf)
    request.request_id = "R-7"  # type: ignore[attr-defined]  # set by a middleware
    page = failures.failure(request, status)
    assert page.status_code == status
    assert b"R-7" in page.content  # type: ignore[attr-defined]  # an HttpResponse
    problem = failures.failure(_get(rf, Accept="application/json"), status)
    assert problem["Content-Type"] == "application/problem+json"
    assert json.loads(problem.content)["status"] == status  # type: ignore[attr-defined]  # an HttpResponse


def test_handlers_answer_with_their_status(rf: RequestFactory) -> None:
    assert failures.bad_request(_get(rf)).status_code == 400
    assert failures.forbidden(_get(rf), PermissionError("only the legal department")).status_code == 403
    assert failures.not_found(_get(rf), Http404()).status_code == 404
    assert failures.server_error(_get(rf)).status_code == 500
    assert failures.csrf_failure(_get(rf)).status_code == 403


def test_the_theme_is_kept_and_the_reader_returned(rf: RequestFactory) -> None:
    response = choose_theme(rf.post("/theme", {"theme": "dark", "next": "/list?q=x"}))
    assert response["Location"] == "/list?q=x"
    assert response.cookies[THEME_COOKIE].value == "dark"


def test_nobody_is_sent_to_a_foreign_host(rf: RequestFactory) -> None:
    response = choose_theme(rf.post("/theme", {"theme": "pink", "next": "https://example.org/"}))
    assert response["Location"] == "/"
    assert THEME_COOKIE not in response.cookies


def test_a_page_without_a_frame_has_an_anonymous_one(rf: RequestFactory) -> None:
    request = _get(rf)
    request.COOKIES[THEME_COOKIE] = "light"
    found = frame(request)["frame"]
    assert found.navigation == ()
    assert found.theme == "light"
    request.frame = Frame(user_name="Elena Sample")  # type: ignore[attr-defined]  # set by a middleware
    assert frame(request)["frame"].user_name == "Elena Sample"


def test_the_policy_allows_nothing_inline_or_foreign(rf: RequestFactory) -> None:
    response = SecurityHeadersMiddleware(lambda _request: HttpResponse())(_get(rf))
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
