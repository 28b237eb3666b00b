"""Addresses that belong to lists as such: completion of queries, and views."""

from django.urls import path

from .asking.completing import complete
from .bulk import views as bulk
from .saving import views

app_name = "list"
urlpatterns = [
    path("views/<int:key>/change/", views.change, name="view_change"),
    path("views/<int:key>/delete/", views.delete, name="view_delete"),
    path("views/<int:key>/first/", views.open_with, name="view_first"),
    path("views/<int:key>/keep/", views.keep_present, name="view_keep"),
    path("bulk/", bulk.mine, name="bulk_runs"),
    path("bulk/<int:key>/", bulk.run, name="bulk_run"),
    path("bulk/<int:key>/input/", bulk.enter, name="bulk_input"),
    path("bulk/<int:key>/progress/", bulk.progress, name="bulk_progress"),
    path("bulk/<int:key>/carry-out/", bulk.carry_out, name="bulk_carry_out"),
    path("bulk/<int:key>/undo/", bulk.undo, name="bulk_undo"),
    path("bulk/<int:key>/drop/", bulk.drop, name="bulk_drop"),
    path("<str:kind>/bulk/", bulk.choose, name="bulk"),
    path("<str:kind>/complete/", complete, name="complete"),
    path("<str:kind>/views/", views.keep, name="views"),
]
