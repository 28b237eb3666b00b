"""Addresses of the coverage."""

from django.urls import path

from .views import geometry, overview, partner, region

app_name = "coverage"
urlpatterns = [
    path("coverage/", overview.overview, name="overview"),
    path("coverage/region/<str:code>/", region.region, name="region"),
    path("coverage/partner/<str:code>/", partner.partner, name="partner"),
    path("coverage/geometry/<str:name>.json", geometry.geometry, name="geometry"),
]
