"""Addresses of the whole house."""

from django.urls import URLPattern, URLResolver, include, path

from foedera.platform.api import observing
from foedera.platform.lists.lookups import lookup

from .api import api

import importlib.util  # noqa: E402


def _there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("foedera.desk.urls")),
    path("", include("foedera.agreements.urls")),
    *([path("", include("foedera.agreements.review.urls"))] if _there("foedera.agreements.review.urls") else []),
    *([path("", include("foedera.agreements.coverage.urls"))] if _there("foedera.agreements.coverage.urls") else []),
    *([path("", include("foedera.directory.urls"))] if _there("foedera.directory.urls") else []),
    *([path("import/", include("foedera.platform.lists.urls"))] if _there("foedera.platform.lists.urls") else []),
    path("lookup/<str:name>/", lookup, name="lookup"),
    path("account/", include("foedera.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("choice/", include("foedera.platform.pages.urls")),
    path("api/v1/", api.urls),
    path("health/", observing.health, name="health"),
    path("ready/", observing.readiness, name="ready"),
    path("metrics/", observing.metrics, name="metrics"),
]

handler400 = "foedera.platform.pages.failures.bad_request"
handler403 = "foedera.platform.pages.failures.forbidden"
handler404 = "foedera.platform.pages.failures.not_found"
handler500 = "foedera.platform.pages.failures.server_error"
