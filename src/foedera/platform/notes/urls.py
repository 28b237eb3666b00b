"""Addresses of notes."""

from django.urls import path

from . import views

app_name = "notes"
urlpatterns = [
    path("", views.note_list, name="list"),
    path("on/<str:record_type>/<str:number>/", views.write, name="write"),
    path("<str:number>/", views.note_page, name="note"),
    path("<str:number>/<str:verb>/", views.step, name="step"),
]
