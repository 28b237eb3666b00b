"""Addresses that belong to lists as such: completion of queries, and views."""

from django.urls import path

from .asking.completing import complete
from .saving import views

app_name = "list"
urlpatterns = [
    path("views/<int:key>/change/", views.change, name="view_change"),
    path("views/<int:key>/delete/", views.delete, name="view_delete"),
    path("views/<int:key>/first/", views.open_with, name="view_first"),
    path("views/<int:key>/keep/", views.keep_present, name="view_keep"),
    path("<str:kind>/complete/", complete, name="complete"),
    path("<str:kind>/views/", views.keep, name="views"),
]
