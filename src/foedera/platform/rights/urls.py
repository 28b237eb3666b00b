"""Addresses of who may do what."""

from django.urls import path

from . import views

urlpatterns = [path("<str:kind>/<str:number>/", views.who_may, name="who_may")]
