"""Addresses of the directory."""

from django.urls import path

from .views import bodies, formats, questions, territories

app_name = "directory"
urlpatterns = [
    path("directory/", bodies.body_list, name="bodies"),
    path("directory/responsible/", questions.responsible, name="responsible"),
    path("directory/uncovered/", questions.uncovered, name="uncovered"),
    path("directory/jurisdictions/", questions.jurisdictions, name="jurisdictions"),
    path("directory/contacts/", questions.contacts, name="contacts"),
    path("directory/precedence/", questions.precedence, name="precedence"),
    path("directory/world/", territories.world, name="world"),
    path("directory/missions/", territories.foreign_missions, name="missions"),
    path("directory/territories/", territories.territory_list, name="territories"),
    path("directory/territories/<str:code>/", territories.territory_record, name="territory"),
    path("directory/outlines/<str:name>/", territories.outline, name="outline"),
    path("directory/bodies/new/", bodies.body_create, name="body_create"),
    path("directory/bodies/<str:number>/", bodies.body_record, name="body"),
    path("directory/bodies/<str:number>/step/<str:verb>/", bodies.body_step, name="body_step"),
    path("directory/bodies/<str:number>/<str:tab>/", bodies.body_record, name="body_tab"),
    path("formats/", formats.format_list, name="formats"),
    path("formats/new/", formats.format_create, name="format_create"),
    path("formats/<str:number>/", formats.format_record, name="format"),
    path("formats/<str:number>/step/<str:verb>/", formats.format_step, name="format_step"),
    path("formats/<str:number>/<str:tab>/", formats.format_record, name="format_tab"),
]
