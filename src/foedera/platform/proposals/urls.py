"""Addresses of proposed changes."""

from django.urls import path

from . import views

app_name = "proposals"
urlpatterns = [
    path("", views.proposal_list, name="list"),
    path("new/<str:record_type>/<str:number>/", views.propose, name="new"),
    path("<str:number>/", views.proposal_page, name="proposal"),
    path("<str:number>/accept/", views.accept, name="accept"),
    path("<str:number>/decline/", views.decline, name="decline"),
    path("<str:number>/withdraw/", views.withdraw, name="withdraw"),
]
