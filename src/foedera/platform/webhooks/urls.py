"""Addresses of the webhooks."""

from django.urls import path

from . import views

app_name = "webhooks"
urlpatterns = [
    path("", views.overview, name="list"),
    path("new/", views.new, name="new"),
    path("<str:number>/", views.webhook_page, name="webhook"),
    path("<str:number>/change/", views.change, name="change"),
    path("<str:number>/secret/", views.secret, name="secret"),
    path("<str:number>/remove/", views.remove, name="remove"),
    path("<str:number>/on/", views.switch_on, name="on"),
    path("<str:number>/off/", views.switch_off, name="off"),
    path("<str:number>/test/", views.test, name="test"),
    path("<str:number>/messages/<int:key>/", views.message_page, name="message"),
    path("<str:number>/messages/<int:key>/again/", views.again, name="again"),
]
