"""Addresses of one's own account; sign-in itself is allauth's."""

from django.urls import path

from . import views

app_name = "accounts"
urlpatterns = [
    path("", views.account, name="account"),
    path("tokens/<int:key>/revoke/", views.revoke, name="revoke_token"),
    path("switch/", views.switch_duty, name="switch_duty"),
]
