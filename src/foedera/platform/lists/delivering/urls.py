"""Addresses of exports and schedules."""

from django.urls import path

from . import views

app_name = "exports"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("<int:key>/", views.run, name="run"),
    path("<int:key>/progress/", views.progress, name="progress"),
    path("<int:key>/file/", views.file, name="file"),
    path("<int:key>/remove/", views.remove, name="remove"),
    path("schedules/new/", views.repeat, name="repeat"),
    path("schedules/<int:key>/", views.schedule, name="schedule"),
    path("schedules/<int:key>/turn/", views.turn, name="turn"),
    path("schedules/<int:key>/end/", views.end, name="end"),
]
