"""Addresses of merging."""

from django.urls import path

from . import views

app_name = "merging"
urlpatterns = [
    path("<int:key>/", views.merge, name="merge"),
    path("<int:key>/progress/", views.progress, name="progress"),
    path("<str:kind>/<str:number>/", views.choose, name="choose"),
    path("<str:kind>/<str:number>/<str:other>/", views.plan, name="plan"),
]
