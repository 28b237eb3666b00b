"""Addresses of reminders."""

from django.urls import path

from . import views

app_name = "reminders"
urlpatterns = [
    path("", views.reminder_list, name="list"),
    path("on/<str:record_type>/<str:number>/", views.set_reminder, name="set"),
    path("<str:number>/", views.reminder_page, name="reminder"),
    path("<str:number>/<str:verb>/", views.step, name="step"),
]
