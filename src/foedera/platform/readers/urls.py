"""Addresses of named readers."""

from django.urls import path

from . import views

urlpatterns = [
    path("on/<str:kind>/<str:number>/", views.on_record, name="readers"),
    path("on/<str:kind>/<str:number>/end/", views.end, name="end_reader"),
]
