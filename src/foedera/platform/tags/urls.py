"""Addresses of tags."""

from django.urls import path

from . import views

app_name = "tags"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("<int:key>/", views.tag, name="tag"),
    path("<int:key>/merge/", views.merge, name="merge"),
    path("<int:key>/delete/", views.delete, name="delete"),
    path("on/<str:kind>/<str:number>/", views.on_record, name="on"),
    path("on/<str:kind>/<str:number>/remove/", views.off_record, name="off"),
]
