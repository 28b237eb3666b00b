"""Addresses of the history."""

from django.urls import path

from . import views

app_name = "history"
urlpatterns = [
    path("seals/", views.seal_list, name="seals"),
]
