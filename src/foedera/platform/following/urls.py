"""Addresses of what one follows."""

from django.urls import path

from . import views

app_name = "following"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("<int:key>/", views.subscription, name="subscription"),
    path("<int:key>/stop/", views.stop, name="stop"),
]
