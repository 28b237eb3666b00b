"""Addresses of the whole house."""

from django.urls import URLPattern, URLResolver, include, path

from foedera.accounts.views.own import identity_callback, identity_login, reset_password
from foedera.platform.api import observing
from foedera.platform.lists.lookups import lookup
from foedera.platform.notices.calendar_views import calendar_feed

from .api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("foedera.desk.urls")),
    path("", include("foedera.agreements.urls")),
    path("", include("foedera.agreements.review.urls")),
    path("", include("foedera.agreements.coverage.urls")),
    path("", include("foedera.directory.urls")),
    path("import/", include("foedera.platform.lists.urls")),
    path("history/", include("foedera.platform.history.urls")),
    path("proposals/", include("foedera.platform.proposals.urls")),
    path("merge/", include("foedera.platform.merging.urls")),
    path("tags/", include("foedera.platform.tags.urls")),
    path("readers/", include("foedera.platform.readers.urls")),
    path("who-may/", include("foedera.platform.rights.urls")),
    path("notes/", include("foedera.platform.notes.urls")),
    path("calendar/<str:secret>.ics", calendar_feed, name="calendar_feed"),
    path("reminders/", include("foedera.platform.reminders.urls")),
    path("following/", include("foedera.platform.following.urls")),
    path("notices/", include("foedera.platform.notices.urls")),
    path("webhooks/", include("foedera.platform.webhooks.urls")),
    path("jobs/", include("foedera.platform.jobs.urls")),
    path("exports/", include("foedera.platform.lists.delivering.urls")),
    path("lists/", include("foedera.platform.lists.list_urls")),
    path("lookup/<str:name>/", lookup, name="lookup"),
    path("account/", include("foedera.accounts.urls")),
    path("accounts/password/reset/", reset_password, name="account_reset_password"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/3rdparty/", include("allauth.socialaccount.urls")),
    path("accounts/oidc/<str:provider_id>/login/", identity_login, name="openid_connect_login"),
    path("accounts/oidc/<str:provider_id>/login/callback/", identity_callback, name="openid_connect_callback"),
    path("choice/", include("foedera.platform.pages.urls")),
    path("api/v1/", api.urls),
    path("health/", observing.health, name="health"),
    path("ready/", observing.readiness, name="ready"),
    path("metrics/", observing.metrics, name="metrics"),
]

handler400 = "foedera.platform.pages.failures.bad_request"
handler403 = "foedera.platform.pages.failures.forbidden"
handler404 = "foedera.platform.pages.failures.not_found"
handler429 = "foedera.platform.pages.failures.too_many_requests"
handler500 = "foedera.platform.pages.failures.server_error"
