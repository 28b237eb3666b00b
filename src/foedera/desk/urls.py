"""Addresses of the desk."""

from django.urls import path

from . import searching, views

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", searching.search, name="search"),
    path("palette.json", searching.palette, name="palette"),
]
