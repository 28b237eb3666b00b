"""Addresses of the register."""

from django.urls import path

from . import views

app_name = "agreements"
urlpatterns = [
    path("agreements/", views.agreement_list, name="list"),
    path("agreements/new/", views.agreement_create, name="create"),
    path("agreements/<str:number>/", views.agreement_record, name="record"),
    path("agreements/<str:number>/change/", views.agreement_change, name="change"),
    path("agreements/<str:number>/add-text/", views.agreement_add_text, name="add_text"),
    path("agreements/<str:number>/texts/<int:key>/", views.agreement_text, name="text"),
    path("agreements/<str:number>/texts/<int:before>/<int:after>/", views.compare_texts, name="compare"),
    path("agreements/<str:number>/step/<str:verb>/", views.agreement_step, name="step"),
    path("agreements/<str:number>/<str:tab>/", views.agreement_record, name="tab"),
    path("ties/", views.tie_list, name="ties"),
    path("ties/new/", views.tie_create, name="tie_create"),
    path("ties/<str:number>/", views.tie_record, name="tie"),
    path("ties/<str:number>/step/<str:verb>/", views.tie_step, name="tie_step"),
]
