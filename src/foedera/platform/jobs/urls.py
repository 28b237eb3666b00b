"""Addresses of the background work."""

from django.urls import path

from . import views

app_name = "jobs"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("<str:name>/", views.job, name="job"),
    path("<str:name>/run/", views.run, name="run"),
]
