"""Outlines for maps."""

from __future__ import annotations

import hashlib
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_safe

from foedera.countries import geometry as outlines
from foedera.platform.actions.errors import NotFound

DAY = 24 * 60 * 60


@cache
def _digest(name: str) -> str:
    return f'"{hashlib.sha256(outlines.geometry(name)).hexdigest()[:32]}"'


def _etag(_request: HttpRequest, name: str) -> str | None:
    return _digest(name) if name in outlines.names() else None


@require_safe
@condition(etag_func=_etag)
def geometry(_request: HttpRequest, name: str) -> HttpResponse:
    """GeoJSON of the world, of contested areas, or of the regions of a profile by its code. Raises NotFound for another name."""
    if name not in outlines.names():
        raise NotFound()
    response = HttpResponse(outlines.geometry(name), content_type="application/geo+json")
    response["Cache-Control"] = f"public, max-age={DAY}"
    return response
