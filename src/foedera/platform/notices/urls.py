"""Addresses of the notices."""

from django.urls import path

from . import calendar_views, views

app_name = "notices"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("<int:key>/", views.open_notice, name="open"),
    path("read/", views.read, name="read"),
    path("unread/", views.unread, name="unread"),
    path("read-all/", views.read_all, name="read_all"),
    path("calendar/", calendar_views.calendar, name="calendar"),
    path("calendar/revoke/", calendar_views.calendar_revoke, name="calendar_revoke"),
    path("settings/", views.settings, name="settings"),
]
