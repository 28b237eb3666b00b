"""Addresses that belong to lists as such."""

from django.urls import path

from .asking.completing import complete

app_name = "list"
urlpatterns = [
    path("<str:kind>/complete/", complete, name="complete"),
]
