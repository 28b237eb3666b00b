"""Addresses of the coverage."""

from django.urls import path

from . import views

app_name = "coverage"
urlpatterns = [
    path("coverage/", views.overview, name="overview"),
    path("coverage/white-spots/", views.white_spots, name="white_spots"),
    path("coverage/regions/<str:code>/", views.region, name="region"),
    path("coverage/countries/<str:code>/", views.country, name="country"),
    path("coverage/coverage.<str:kind>", views.export_file, name="export"),
    path("coverage/geometry/<str:name>.json", views.outlines, name="geometry"),
]
