"""The documentation page of the API, made by the server from the OpenAPI description."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI

from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page


def documentation_page(request: HttpRequest, api: NinjaAPI) -> HttpResponse:
    """A page that lists every operation with its parameters and answers, grouped by tag."""
    schema: dict[str, Any] = api.get_openapi_schema()
    groups: dict[str, list[shapes.Row]] = {}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            if method not in ("get", "post", "put", "patch", "delete"):
                continue
            tag = (operation.get("tags") or [_("Other")])[0]
            parameters = ", ".join(p["name"] for p in operation.get("parameters", []))
            answers = ", ".join(str(code) for code in operation.get("responses", {}))
            groups.setdefault(tag, []).append(
                shapes.Row(
                    (
                        shapes.Cell(f"{method.upper()} {path}", kind="code"),
                        shapes.Cell(operation.get("summary", "")),
                        shapes.Cell(parameters, kind="muted"),
                        shapes.Cell(answers, kind="muted"),
                    )
                )
            )
    columns = (
        shapes.Column("operation", _("Operation")),
        shapes.Column("summary", _("What it does")),
        shapes.Column("parameters", _("Parameters")),
        shapes.Column("answers", _("Answers")),
    )
    page = shapes.TablePage(
        title=_("Programming interface"),
        lead=_(
            "JSON over HTTP. Send a token as “Authorization: Bearer …”. A change needs the entity tag of the record in If-Match; "
            "a create may carry an Idempotency-Key. Errors are problem documents (RFC 9457)."
        ),
        blocks=tuple(shapes.Table(columns=columns, rows=tuple(rows), title=tag) for tag, rows in groups.items()),
        exports=(shapes.Link("OpenAPI", "/api/v1/openapi.json"),),
    )
    return render_page(request, page)
