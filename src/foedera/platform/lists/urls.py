"""Addresses of the import."""

from django.urls import path

from .importing import views

app_name = "lists"
urlpatterns = [
    path("", views.imports, name="imports"),
    path("<int:key>/", views.run, name="run"),
    path("<int:key>/columns/", views.columns, name="columns"),
    path("<int:key>/start/", views.start, name="start"),
    path("<int:key>/progress/", views.progress, name="progress"),
    path("<int:key>/report.csv", views.report, name="report"),
]
