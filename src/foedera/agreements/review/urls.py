"""Addresses of the review."""

from django.urls import path

from . import views

app_name = "review"
urlpatterns = [
    path("review/", views.desk, name="desk"),
    path("review/decide/", views.decide_selected, name="decide_selected"),
    path("review/findings/<int:key>/", views.finding, name="finding"),
    path("review/findings/<int:key>/decide/", views.decide_finding, name="decide"),
    path("review/run/", views.run, name="run"),
    path("review/steps/", views.steps, name="steps"),
    path("review/steps/<int:key>/", views.step, name="step"),
    path("review/steps/<int:key>/draft/", views.step_draft, name="draft"),
    path("review/steps/<int:key>/finish/", views.step_finish, name="finish"),
    path("review/steps/<int:key>/merge/", views.step_merge, name="merge"),
    path("review/sessions/", views.sessions, name="sessions"),
    path("review/sessions/new/", views.session_open, name="session_open"),
    path("review/sessions/<str:number>/", views.session, name="session"),
    path("review/sessions/<str:number>/close/", views.session_close, name="session_close"),
    path("review/sessions/<str:number>/protocol.<str:kind>", views.protocol, name="protocol"),
]
